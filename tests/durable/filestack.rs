//! Filestack: what goes on from a journal, and what does not.

use std::fs;
use std::sync::Arc;

use ferry::error::{Error, ErrorKind};
use ferry::filestack::{
    Client, ClientOptions, Intelligent, Place as Storage, Security, Upload, UploadOptions,
};
use ferry::http::Connection;
use serde_json::json;

use super::support::{TestCloud, noise, of_few_tries, overwrite_secretly};
use super::{Place, decoded};

pub const MIB: usize = 1 << 20;

/// Three parts, the last one shorter.
pub const LENGTH: usize = 12 * MIB;

pub fn options(place: &Place) -> UploadOptions {
    UploadOptions { journal_dir: Some(place.journals()), concurrency: 1, ..Default::default() }
}

pub fn upload(client: &Arc<Client>, path: &str, options: UploadOptions) -> Upload<'static> {
    Upload::of_file(client, path, options).expect("an upload")
}

/// Uploads until `class` fails for good, as if the process had ended there.
pub fn begin(cloud: &TestCloud, path: &str, options: UploadOptions, class: &str, skip: u32) -> Error {
    cloud.faults(json!([{"class": class, "skip": skip, "times": 100, "action": {"status": 403}}]));
    fail(cloud, path, options)
}

/// Uploads until `class` is answered with `status`.
fn begin_with(cloud: &TestCloud, path: &str, options: UploadOptions, class: &str, status: u16) -> Error {
    cloud.faults(json!([{"class": class, "times": 100, "action": {"status": status}}]));
    fail(cloud, path, options)
}

fn fail(cloud: &TestCloud, path: &str, options: UploadOptions) -> Error {
    let client = cloud.client(of_few_tries());
    let error = upload(&client, path, options).run(None).expect_err("it fails");
    cloud.faults(json!([]));
    error
}

/// Uploads to the end, and proves it.
pub fn end(cloud: &TestCloud, path: &str, options: UploadOptions, bytes: &[u8]) {
    let upload = upload(&cloud.client(of_few_tries()), path, options);
    upload.run(None).expect("uploaded");
    let content = upload.filelink().and_then(|link| link.content(&Default::default(), None));
    assert!(content.expect("content") == bytes, "the stored bytes are those of the file");
}

/// Lower-case words that tell where bytes went.
fn puts(cloud: &TestCloud) -> usize {
    cloud.confirmed("put")
}

#[test]
fn no_key_no_policy_and_no_address_is_in_a_journal_or_a_token() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    let security = Security::new(r#"{"expiry":4102444800}"#, "opensesame").expect("a security");
    let (policy, signature) = (security.policy_b64().to_owned(), security.signature().to_owned());
    cloud.faults(json!([{"class": "put", "skip": 1, "times": 100, "action": {"status": 403}}]));
    let own = UploadOptions { security: Some(security), ..options(&place) };
    let upload = upload(&cloud.client(of_few_tries()), &path, own);
    upload.run(None).expect_err("it fails");
    let asked = cloud.requests().into_iter().find(|it| it["class"] == "upload").expect("a part");
    let of_session = |name: &str| asked["body"][name].as_str().expect("a text").to_owned();
    let (id, uri) = (of_session("upload_id"), of_session("uri"));
    for kept in [fs::read(place.journal()).expect("a journal"), decoded(&upload.token().expect("a token"))] {
        let text = String::from_utf8_lossy(&kept);
        for secret in [&*policy, &*signature, &*id, &*uri, "opensesame", "TESTKEY", "127.0.0.1"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn a_handle_that_was_cancelled_leaves_the_journal_of_a_later_upload_alone() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    let cancelled = upload(&cloud.client(of_few_tries()), &path, options(&place));
    cancelled.lifecycle().control().cancel();
    let run = || cancelled.run(None).expect_err("it is over").kind();
    assert_eq!(run(), ErrorKind::Cancelled);
    assert!(!std::path::Path::new(&place.journals()).exists(), "there was nothing to be taken back");
    begin(&cloud, &path, options(&place), "put", 1);
    assert_eq!(run(), ErrorKind::InvalidState);
    end(&cloud, &path, options(&place), &bytes);
    assert_eq!(cloud.count("start"), 1);
}

#[test]
fn a_new_process_sends_only_what_is_missing() {
    for intelligent in [Intelligent::Off, Intelligent::On] {
        let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
        let path = place.file("film.mov", &bytes);
        let own = || UploadOptions { intelligent, ..options(&place) };
        begin(&cloud, &path, own(), "put", 1);
        assert_eq!(puts(&cloud), 1);
        let [listed] = place.list().try_into().expect("one upload");
        let part = if intelligent == Intelligent::Off { 5 } else { 8 };
        assert_eq!(
            (
                &listed["service"],
                &listed["path"],
                &listed["size"],
                &listed["bytes_stored"],
                &listed["in_use"]
            ),
            (&json!("filestack"), &json!(path), &json!(LENGTH), &json!(part * MIB), &json!(false))
        );
        end(&cloud, &path, own(), &bytes);
        assert_eq!(
            puts(&cloud),
            if intelligent == Intelligent::Off { 3 } else { 2 },
            "nothing was sent twice"
        );
        assert_eq!((cloud.count("start"), place.journal_files().len()), (1, 0));
    }
}

#[test]
fn a_file_whose_bytes_changed_behind_its_time_is_found_and_then_sent_anew() {
    let (cloud, place, mut bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    begin(&cloud, &path, options(&place), "put", 1);
    bytes[7] ^= 1;
    overwrite_secretly(&path, &bytes);
    let error = upload(&cloud.client(of_few_tries()), &path, options(&place)).run(None).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::FileChanged, "{error}");
    assert_eq!(cloud.count("complete"), 0);
    end(&cloud, &path, options(&place), &bytes);
    assert_eq!((cloud.count("start"), place.journal_files().len()), (2, 0));
}

#[test]
fn another_file_account_or_place_is_another_upload() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    let first = begin(&cloud, &path, options(&place), "put", 1);
    assert_eq!(first.http_status(), 403, "{first}");
    let elsewhere = Storage { path: Some("elsewhere/".into()), ..Default::default() };
    begin(&cloud, &path, UploadOptions { place: elsewhere, ..options(&place) }, "put", 1);
    let other =
        ClientOptions { base_url: Some(cloud.url()), connection: of_few_tries(), ..Default::default() };
    let other = Client::new("OTHERKEY", other).expect("a client");
    cloud.faults(json!([{"class": "put", "times": 9, "action": {"status": 403}}]));
    upload(&other, &path, options(&place)).run(None).expect_err("it fails");
    assert_eq!((cloud.count("start"), place.journal_files().len()), (3, 3));
    // The file changes: the journals of its old self go, those of other uploads stay.
    let bytes = noise(LENGTH + 1);
    fs::write(&path, &bytes).expect("written");
    cloud.faults(json!([]));
    end(&cloud, &path, options(&place), &bytes);
    assert_eq!((cloud.count("start"), place.journal_files().len()), (4, 2));
}

#[test]
fn an_upload_is_done_by_one_process_at_a_time() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    cloud.faults(json!([{"class": "put", "times": 9, "action": {"status": 403}}]));
    let client = cloud.client(of_few_tries());
    let first = upload(&client, &path, options(&place));
    first.run(None).expect_err("it fails");
    assert_eq!(place.list()[0]["in_use"], json!(true));
    let starts = cloud.requests().len();
    let error = upload(&client, &path, options(&place)).run(None).expect_err("in use");
    assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}");
    assert!(error.message().contains(place.journal().to_str().expect("UTF-8")), "{error}");
    assert_eq!(cloud.requests().len(), starts, "nothing was sent");
    drop(first);
    cloud.faults(json!([]));
    upload(&client, &path, options(&place)).run(None).expect("uploaded");
}

#[test]
fn a_session_that_the_service_has_forgotten_is_begun_anew() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    begin(&cloud, &path, options(&place), "put", 1);
    let gone = r#"{"error": "upload_id is unknown"}"#;
    cloud.faults(json!([{"class": "upload", "times": 1, "action": {"status": 404, "body": gone}}]));
    end(&cloud, &path, options(&place), &bytes);
    assert_eq!((cloud.count("start"), puts(&cloud)), (2, 4));
    assert_eq!(place.journal_files().len(), 0);
}

/// As one does that is complete, which a journal does not know if it could not grow.
#[test]
fn a_session_of_another_process_that_the_service_refuses_is_begun_anew() {
    for (intelligent, class) in
        [(Intelligent::Off, "upload"), (Intelligent::On, "upload"), (Intelligent::On, "commit")]
    {
        let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
        let path = place.file("film.mov", &bytes);
        let own = || UploadOptions { intelligent, ..options(&place) };
        begin(&cloud, &path, own(), "put", 1);
        let refusal = r#"{"error": "this upload is complete"}"#;
        cloud.faults(json!([{"class": class, "times": 1, "action": {"status": 400, "body": refusal}}]));
        end(&cloud, &path, own(), &bytes);
        assert_eq!((cloud.fired(), cloud.count("start")), (vec![1], 2), "{class}");
        assert_eq!(place.journal_files().len(), 0);
    }
}

#[test]
fn a_session_begins_anew_for_no_other_refusal() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    // It is this process's own session.
    let error = begin_with(&cloud, &path, options(&place), "upload", 400);
    assert_eq!((error.http_status(), cloud.count("start")), (400, 1), "{error}");
    // It is another process's, and the service does not say that it is over.
    begin(&cloud, &path, options(&place), "put", 1);
    let error = begin(&cloud, &path, options(&place), "upload", 0);
    assert_eq!((error.http_status(), cloud.count("start")), (403, 1), "{error}");
    let error = begin_with(&cloud, &path, options(&place), "complete", 400);
    assert_eq!((error.http_status(), cloud.count("start")), (400, 1), "{error}");
}

#[test]
fn what_the_service_refuses_to_join_is_sent_anew_by_the_next_run() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    let error = begin_with(&cloud, &path, options(&place), "complete", 400);
    assert!(error.message().contains("the next run starts anew") && !error.retryable(), "{error}");
    end(&cloud, &path, options(&place), &bytes);
    assert_eq!((cloud.count("start"), place.journal_files().len()), (2, 0));
    // Parts that may have been joined stay as they are.
    in_doubt(&cloud, &place, &path);
    let error = begin_with(&cloud, &path, options(&place), "complete", 400);
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::NotReady, 400), "{error}");
    assert!(error.message().contains("with restart") && !error.retryable(), "{error}");
    assert_eq!(cloud.count("start"), 3);
    cloud.faults(json!([{"class": "complete", "times": 1, "action": {"status": 400}}]));
    end(&cloud, &path, UploadOptions { restart: true, ..options(&place) }, &bytes);
    assert_eq!((cloud.count("start"), place.journal_files().len()), (4, 0));
}

/// The answer to the completion is lost, and the process ends.
fn in_doubt(cloud: &TestCloud, place: &Place, path: &str) {
    cloud.faults(json!([{"class": "complete", "times": 9, "action": {"lost_answer": true}}]));
    let options = options(place);
    upload(&cloud.client(of_few_tries()), path, options).run(None).expect_err("it fails");
    cloud.faults(json!([]));
}

#[test]
fn a_lost_answer_to_the_completion_is_asked_for_again() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    in_doubt(&cloud, &place, &path);
    end(&cloud, &path, options(&place), &bytes);
    assert_eq!((cloud.count("start"), puts(&cloud), place.journal_files().len()), (1, 3, 0));
}

#[test]
fn an_outcome_that_nobody_knows_is_said_until_a_restart_is_asked_for() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    in_doubt(&cloud, &place, &path);
    let gone = |times: u32| json!([{"class": "complete", "times": times, "action": {"status": 404}}]);
    for _ in 0..2 {
        cloud.faults(gone(1));
        let error =
            upload(&cloud.client(of_few_tries()), &path, options(&place)).run(None).expect_err("unknown");
        assert_eq!(error.kind(), ErrorKind::NotReady, "{error}");
        assert!(error.message().contains("restart") && !error.retryable(), "{error}");
    }
    assert_eq!(cloud.count("start"), 1);
    cloud.faults(gone(1));
    end(&cloud, &path, UploadOptions { restart: true, ..options(&place) }, &bytes);
    assert_eq!((cloud.count("start"), place.journal_files().len()), (2, 0));
}

#[test]
fn a_completion_that_was_refused_for_certain_leaves_no_doubt() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    begin(&cloud, &path, options(&place), "complete", 0);
    cloud.faults(json!([{"class": "complete", "times": 1, "action": {"status": 404}}]));
    end(&cloud, &path, options(&place), &bytes);
    assert_eq!(cloud.count("start"), 2);
}

#[test]
fn a_cancelled_upload_leaves_no_journal() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    cloud.faults(json!([{"class": "put", "skip": 1, "action": {"stall_ms": 60_000}}]));
    let upload = upload(&cloud.client(Connection::default()), &path, options(&place));
    let mut journals = 0;
    let error = upload.run(Some(&mut |progress| {
        if progress.bytes_done > 0 {
            journals = place.journal_files().len();
            upload.lifecycle().control().cancel();
        }
        true
    }));
    assert_eq!(error.expect_err("cancelled").kind(), ErrorKind::Cancelled);
    assert_eq!((journals, place.journal_files().len()), (1, 0));
}

#[test]
fn data_without_a_file_has_no_journal() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let source = ferry::transfer::source::Source::Bytes(b"abc");
    let error =
        Upload::new(&cloud.client(of_few_tries()), source, None, options(&place)).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
}

/// A journal is cut, or has a flipped bit: the file is stored right, or the journal is refused by name. What
/// is read of a journal that is damaged at any byte is tested in `checkpoint`.
#[test]
fn a_damaged_journal_is_sent_again_or_refused_and_never_wrong() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(1000));
    let path = place.file("film.mov", &bytes);
    begin(&cloud, &path, options(&place), "complete", 0);
    let length = fs::metadata(place.journal()).expect("a journal").len() as usize;
    let client = cloud.client(of_few_tries());
    let mut refused = 0;
    let places = (0..16).chain((16..length).step_by(23));
    for (at, is_cut) in places.flat_map(|at| [(at, true), (at, false)]) {
        if place.journal_files().is_empty() {
            begin(&cloud, &path, options(&place), "complete", 0);
        }
        let journal = place.journal();
        let mut damaged = fs::read(&journal).expect("a journal");
        if is_cut {
            damaged.truncate(at);
        } else if let Some(byte) = damaged.get_mut(at) {
            *byte ^= 1 << (at % 8);
        }
        fs::write(&journal, &damaged).expect("damaged");
        let upload = upload(&client, &path, options(&place));
        match upload.run(None) {
            Ok(()) => {
                let link = upload.filelink().expect("a filelink");
                assert_eq!(link.content(&Default::default(), None).ok().as_ref(), Some(&bytes), "at {at}");
                assert_eq!(place.journal_files().len(), 0);
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::InvalidState, "at {at}: {error}");
                assert!(error.message().contains("version"), "{error}");
                fs::remove_file(&journal).expect("removed");
            }
        }
    }
    assert_eq!(refused, 1, "the byte of the version");
}
