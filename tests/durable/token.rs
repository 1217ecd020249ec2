//! The token: another process, or another machine, goes on.

use std::sync::Arc;

use ferry::error::ErrorKind;
use ferry::filestack::{Client, ClientOptions, Upload, UploadOptions};
use serde_json::json;

use super::Place;
use super::filestack::{LENGTH, MIB};
use super::support::{TestCloud, noise, of_few_tries};

/// An upload that has failed at its second part, and its token.
fn failed(cloud: &TestCloud, path: &str) -> String {
    cloud.faults(json!([{"class": "put", "skip": 1, "times": 9, "action": {"status": 403}}]));
    let options = UploadOptions { concurrency: 1, ..Default::default() };
    let upload = Upload::of_file(&cloud.client(of_few_tries()), path, options).expect("an upload");
    upload.run(None).expect_err("it fails");
    cloud.faults(json!([]));
    upload.token().expect("a token")
}

fn resumed(client: &Arc<Client>, path: &str, token: &str) -> Upload<'static> {
    Upload::resume(client, path, token, UploadOptions::default()).expect("an upload")
}

#[test]
fn a_copy_of_the_file_goes_on_elsewhere() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let token = failed(&cloud, &place.file("film.mov", &bytes));
    assert!(token.bytes().all(|byte| byte.is_ascii_graphic()), "{token}");
    let copy = Place::new().file("copy", b"");
    std::fs::create_dir_all(std::path::Path::new(&copy).parent().expect("a folder")).expect("a folder");
    std::fs::write(&copy, &bytes).expect("a copy");
    let upload = resumed(&cloud.client(of_few_tries()), &copy, &token);
    upload.run(None).expect("uploaded");
    assert_eq!((cloud.count("start"), cloud.confirmed("put")), (1, 3));
    let link = upload.filelink().expect("a filelink");
    assert_eq!(link.content(&Default::default(), None).ok(), Some(bytes));
    assert_eq!(upload.answer().expect("an answer")["filename"], "film.mov", "the token's name");
    std::fs::remove_file(copy).expect("removed");
}

#[test]
fn a_token_of_a_finished_upload_gives_its_result_and_sends_nothing() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", b"abc");
    let client = cloud.client(of_few_tries());
    let upload = Upload::of_file(&client, &path, UploadOptions::default()).expect("an upload");
    resumed(&client, &path, &upload.token().expect("a token")).lifecycle();
    upload.run(None).expect("uploaded");
    let again = resumed(&client, &path, &upload.token().expect("a token"));
    let before = cloud.requests().len();
    again.run(None).expect("uploaded");
    assert_eq!(cloud.requests().len(), before);
    assert_eq!(again.answer().ok(), upload.answer().ok());
}

#[test]
fn a_token_of_a_finished_upload_is_of_no_other_file() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let client = cloud.client(of_few_tries());
    let path = place.file("film.mov", b"abc");
    let upload = Upload::of_file(&client, &path, UploadOptions::default()).expect("an upload");
    upload.run(None).expect("uploaded");
    let other = resumed(&client, &place.file("other", b"xyz"), &upload.token().expect("a token"));
    assert!(other.answer().is_err(), "it is not known yet whose answer that is");
    let error = other.run(None).expect_err("another file");
    assert_eq!((error.kind(), cloud.count("start")), (ErrorKind::FileChanged, 1), "{error}");
    assert!(other.answer().is_err());
}

/// A session of one address is none of the other, where its key and the bytes would go.
#[test]
fn an_upload_goes_on_at_its_own_address_of_the_service_alone() {
    let (cloud, other, place) = (TestCloud::start(), TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    let token = failed(&cloud, &path);
    let client = other.client(of_few_tries());
    let error = Upload::resume(&client, &path, &token, UploadOptions::default()).expect_err("refused");
    assert!(error.message().contains("another address"), "{error}");
    super::filestack::begin(&cloud, &path, super::filestack::options(&place), "put", 1);
    let before = cloud.requests().len();
    let upload = Upload::of_file(&client, &path, super::filestack::options(&place)).expect("an upload");
    upload.run(None).expect("uploaded");
    assert_eq!((other.count("start"), cloud.requests().len()), (1, before));
}

#[test]
fn a_cancel_before_the_first_run_leaves_no_journal_of_another_process() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    super::filestack::begin(&cloud, &path, super::filestack::options(&place), "put", 1);
    assert_eq!(place.journal_files().len(), 1);
    let upload = Upload::of_file(&cloud.client(of_few_tries()), &path, super::filestack::options(&place));
    let upload = upload.expect("an upload");
    upload.lifecycle().control().cancel();
    let error = upload.run(Some(&mut |_: &ferry::transfer::progress::Snapshot| true)).expect_err("cancelled");
    assert_eq!((error.kind(), place.journal_files().len()), (ErrorKind::Cancelled, 0), "{error}");
}

#[test]
fn other_bytes_of_the_same_size_are_found() {
    let (cloud, place, mut bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let token = failed(&cloud, &place.file("film.mov", &bytes));
    bytes[3] ^= 1;
    let other = place.file("other", &bytes);
    let upload = resumed(&cloud.client(of_few_tries()), &other, &token);
    let error = upload.run(None).expect_err("refused");
    assert_eq!((error.kind(), cloud.count("complete")), (ErrorKind::FileChanged, 0), "{error}");
}

#[test]
fn what_is_no_token_of_this_upload_is_refused_with_its_reason() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    let token = failed(&cloud, &path);
    let client = cloud.client(of_few_tries());
    let refused = |client: &Arc<Client>, path: &str, token: &str, options: UploadOptions| {
        let error = Upload::resume(client, path, token, options).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        error.message().to_owned()
    };
    let says = |token: &str, words: &str| {
        let message = refused(&client, &path, token, UploadOptions::default());
        assert!(message.contains(words), "{message}");
    };
    for (text, words) in
        [("", "is none"), ("ferry", "is none"), ("ferryx.AAAA", "is none"), ("ferry1.", "is cut")]
    {
        says(text, words);
    }
    says(&token.replacen("ferry1.", "ferry2.", 1), "of version 2");
    for length in "ferry1.".len()..token.len() {
        says(&token[..length], "is cut");
    }
    for at in "ferry1.".len()..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'B' { b'C' } else { b'B' };
        let altered = String::from_utf8(altered).expect("ASCII");
        let message = refused(&client, &path, &altered, UploadOptions::default());
        assert!(message.contains("was altered") || message.contains("is cut"), "at {at}: {message}");
    }
    for more in ["A", "AA", "AAA", "AAAA"] {
        says(&format!("{token}{more}"), "was altered");
    }
    let other = ClientOptions { base_url: Some(cloud.url()), ..Default::default() };
    let other = Client::new("OTHERKEY", other).expect("a client");
    assert!(refused(&other, &path, &token, UploadOptions::default()).contains("another account"));
    let longer = place.file("longer", &noise(LENGTH + MIB));
    assert!(refused(&client, &longer, &token, UploadOptions::default()).contains("is not the file"));
    let named = UploadOptions { filename: Some("x".into()), ..Default::default() };
    assert!(refused(&client, &path, &token, named).contains("the token says"));
}

#[test]
fn a_token_has_at_most_64_bytes_a_part_whatever_the_storage_calls_them() {
    for kms in [false, true] {
        let (cloud, place) = (TestCloud::start(), Place::new());
        cloud.settings(json!({"kms": kms}));
        let path = place.file("film.mov", &noise(60 * MIB));
        let client = cloud.client(of_few_tries());
        let upload = Upload::of_file(&client, &path, UploadOptions::default()).expect("an upload");
        let empty = upload.token().expect("a token").len();
        cloud.faults(json!([{"class": "complete", "times": 9, "action": {"status": 403}}]));
        upload.run(None).expect_err("it fails");
        let grown = upload.token().expect("a token").len() - empty;
        let session = 600;
        assert!(grown <= 12 * 64 + session, "{grown}");
    }
}

#[test]
fn no_secret_is_in_a_token_or_a_journal() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    let token = failed(&cloud, &path);
    let options = super::filestack::options(&place);
    super::filestack::begin(&cloud, &path, options, "put", 1);
    let decoded = {
        use base64::Engine as _;
        base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(&token["ferry1.".len()..]).expect("base64")
    };
    let journal = std::fs::read(place.journal()).expect("a journal");
    for bytes in [decoded, journal] {
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["TESTKEY", "upload_id", "/filestack-local"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("film.mov"), "{text}");
    }
}

#[test]
fn a_token_goes_on_with_its_own_session_and_not_with_that_of_a_journal() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    let own = || UploadOptions { concurrency: 1, journal_dir: Some(place.journals()), ..Default::default() };
    let client = cloud.client(of_few_tries());
    // The journal has nothing of the three parts, the token one.
    cloud.faults(json!([{"class": "put", "times": 9, "action": {"status": 403}}]));
    Upload::of_file(&client, &path, own()).expect("an upload").run(None).expect_err("it fails");
    let token = failed(&cloud, &path);
    assert_eq!((cloud.count("start"), place.journal_files().len()), (2, 1));
    let upload = Upload::resume(&client, &path, &token, own()).expect("an upload");
    upload.run(None).expect("uploaded");
    assert_eq!((cloud.count("start"), cloud.confirmed("put"), place.journal_files().len()), (2, 3, 0));
    let link = upload.filelink().expect("a filelink");
    assert_eq!(link.content(&Default::default(), None).ok(), Some(bytes));
}

#[test]
fn what_a_reader_gives_has_no_token() {
    let cloud = TestCloud::start();
    let read = |_: &mut [u8]| Ok(0);
    let options = UploadOptions::default();
    let upload = Upload::of_reader(&cloud.client(of_few_tries()), Some(3), options, read).expect("an upload");
    let error = upload.token().expect_err("nobody else can go on");
    assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}");
    assert!(error.message().contains("read callback"), "{error}");
}
