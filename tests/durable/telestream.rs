//! Telestream: parts and ranges go on from a journal and a token.

use std::fs;

use ferry::error::ErrorKind;
use ferry::telestream::{Client, ClientOptions, Protocol, Upload, UploadOptions};
use ferry::transfer::progress::Snapshot;
use localcloud::Options;
use serde_json::{Value, json};

use super::support::flip::{client, repeated};
use super::support::{TestCloud, control, noise, of_few_tries, overwrite_secretly};
use super::{Place, decoded};

const PART: usize = 64 << 10;

fn cloud() -> TestCloud {
    TestCloud::with(Options { flip_part_size: PART as u64, polls: 1, ..Options::default() })
}

fn options(place: &Place, protocol: Protocol) -> UploadOptions {
    UploadOptions { journal_dir: Some(place.journals()), concurrency: 1, protocol, ..Default::default() }
}

fn upload(cloud: &TestCloud, path: &str, options: UploadOptions) -> Upload {
    let params = Some(r#"{"payload": "opensesame"}"#);
    Upload::new(&client(cloud.url(), of_few_tries()), None, path, params, options).expect("an upload")
}

/// The first two pieces are stored, then every request of `class` fails.
fn begin(cloud: &TestCloud, path: &str, options: UploadOptions, class: &str) -> Upload {
    cloud.faults(json!([{"class": class, "skip": 2, "times": 99, "action": {"status": 403}}]));
    let upload = upload(cloud, path, options);
    upload.run(None).expect_err("it fails");
    cloud.faults(json!([]));
    upload
}

/// Length of the file, the class of its requests.
fn cases() -> [(Protocol, usize, &'static str); 2] {
    [(Protocol::Parts, 5 * PART + 7, "flip_part"), (Protocol::Ranges, (17 << 20) + 7, "flip_range")]
}

#[test]
fn a_new_process_sends_only_what_is_missing() {
    for (protocol, length, class) in cases() {
        let (cloud, place) = (cloud(), Place::new());
        let path = place.file("film.mp4", &noise(length));
        drop(begin(&cloud, &path, options(&place, protocol), class));
        let listed = &place.list()[0];
        let stored = if protocol == Protocol::Parts { 2 * PART } else { 10 << 20 };
        assert_eq!((&listed["service"], &listed["bytes_stored"]), (&json!("telestream"), &json!(stored)));
        let upload = upload(&cloud, &path, options(&place, protocol));
        let mut last = Snapshot::default();
        let mut observe = |now: &Snapshot| {
            last = *now;
            true
        };
        upload.run(Some(&mut observe)).expect("uploaded");
        assert!(upload.answer().expect("a video")["id"].is_string(), "{protocol:?}");
        assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 0), "{protocol:?}");
        assert_eq!(place.journal_files().len(), 0);
        // Parts that were stored before are counted too.
        assert_eq!((last.parts_done, last.bytes_done), (last.parts_total, length as u64), "{protocol:?}");
        assert!(last.parts_done > 2, "{protocol:?}");
    }
}

/// Also where nothing has looked into the journal yet: a progress callback runs before anything is sent.
#[test]
fn a_cancel_before_the_first_run_takes_back_what_another_process_has_begun() {
    let (cloud, place) = (cloud(), Place::new());
    let path = place.file("film.mp4", &noise(5 * PART));
    drop(begin(&cloud, &path, options(&place, Protocol::Parts), "flip_part"));
    let upload = upload(&cloud, &path, options(&place, Protocol::Parts));
    upload.lifecycle().control().cancel();
    let error = upload.run(Some(&mut |_: &Snapshot| true)).expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!((control(&cloud.url(), "sessions"), place.journal_files().len()), (json!([]), 0));
}

#[test]
fn a_token_goes_on_with_another_handle_and_opens_nothing_for_others() {
    for (protocol, length, class) in cases() {
        let (cloud, place) = (cloud(), Place::new());
        let path = place.file("film.mp4", &noise(length));
        let own = UploadOptions { journal_dir: None, ..options(&place, protocol) };
        let token = begin(&cloud, &path, own, class).token().expect("a token");
        let other = Client::new("LOCAL_ACCESS_KEY", "other", ClientOptions::default()).expect("a client");
        let error = Upload::resume(&other, &path, &token, UploadOptions::default()).expect_err("refused");
        assert!(error.message().contains("another account"), "{error}");
        let upload =
            Upload::resume(&client(cloud.url(), of_few_tries()), &path, &token, UploadOptions::default())
                .expect("an upload");
        upload.run(None).expect("uploaded");
        assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 0), "{protocol:?}");
        let filestack = ferry::filestack::Client::new("KEY", Default::default()).expect("a client");
        let error = ferry::filestack::Upload::resume(&filestack, &path, &token, Default::default());
        let message = error.expect_err("refused").message().to_owned();
        assert!(message.contains("telestream") && message.contains("filestack"), "{message}");
    }
}

#[test]
fn a_token_that_is_older_than_the_journal_takes_nothing_from_it() {
    let (cloud, place) = (cloud(), Place::new());
    let path = place.file("film.mp4", &noise((17 << 20) + 7));
    let own = || options(&place, Protocol::Ranges);
    let token = begin(&cloud, &path, own(), "flip_range").token().expect("a token");
    // The next range tells that the session has moved, and the one behind it fails.
    cloud.faults(json!([{"class": "flip_range", "times": 1, "action": {"moved": true}},
        {"class": "flip_range", "times": 99, "action": {"status": 403}}]));
    upload(&cloud, &path, own()).run(None).expect_err("it fails");
    cloud.faults(json!([]));
    let journal = UploadOptions { journal_dir: own().journal_dir, ..Default::default() };
    let resumed =
        Upload::resume(&client(cloud.url(), of_few_tries()), &path, &token, journal).expect("an upload");
    resumed.run(None).expect("uploaded");
    assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 0));
}

#[test]
fn extra_files_go_on_too() {
    let (cloud, place) = (cloud(), Place::new());
    let path = place.file("film.mp4", &noise(PART + 1));
    let extra = place.file("film.srt", &noise(3 * PART));
    let extra_files = Some(json!({"subtitles": extra}).to_string());
    let own = || UploadOptions { extra_files: extra_files.clone(), ..options(&place, Protocol::Parts) };
    cloud.faults(json!([{"class": "flip_part", "skip": 3, "times": 99, "action": {"status": 403}}]));
    let first = upload(&cloud, &path, own());
    first.run(None).expect_err("it fails");
    let token = first.token().expect("a token");
    drop(first);
    cloud.faults(json!([]));
    let other = UploadOptions { extra_files: Some(json!({"logo": extra}).to_string()), ..Default::default() };
    let error =
        Upload::resume(&client(cloud.url(), of_few_tries()), &path, &token, other).expect_err("refused");
    assert!(error.message().contains("tags"), "{error}");
    upload(&cloud, &path, own()).run(None).expect("uploaded");
    assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 0));
}

#[test]
fn a_session_that_the_service_has_forgotten_is_begun_anew() {
    for (protocol, length, class) in cases() {
        let (cloud, place) = (cloud(), Place::new());
        let path = place.file("film.mp4", &noise(length));
        drop(begin(&cloud, &path, options(&place, protocol), class));
        cloud.faults(json!([{"class": "flip_missing", "times": 1, "action": {"status": 404}}]));
        upload(&cloud, &path, options(&place, protocol)).run(None).expect("uploaded");
        assert_eq!((cloud.count("flip_session"), place.journal_files().len()), (2, 0), "{protocol:?}");
    }
}

#[test]
fn an_outcome_that_nobody_knows_is_said_until_a_restart_is_asked_for() {
    let (cloud, place) = (cloud(), Place::new());
    let path = place.file("film.mp4", &noise(PART));
    cloud.faults(json!([{"class": "flip_part", "times": 99, "action": {"lost_answer": true}},
        {"class": "flip_missing", "times": 99, "action": {"status": 503}}]));
    let own = || options(&place, Protocol::Parts);
    upload(&cloud, &path, own()).run(None).expect_err("it fails");
    cloud.faults(json!([{"class": "flip_missing", "times": 2, "action": {"status": 404}}]));
    for _ in 0..2 {
        let error = upload(&cloud, &path, own()).run(None).expect_err("unknown");
        assert_eq!(error.kind(), ErrorKind::NotReady, "{error}");
    }
    cloud.faults(json!([{"class": "flip_missing", "times": 1, "action": {"status": 404}}]));
    upload(&cloud, &path, UploadOptions { restart: true, ..own() }).run(None).expect("uploaded");
    assert_eq!((cloud.count("flip_session"), place.journal_files().len()), (2, 0));
}

#[test]
fn a_file_whose_bytes_changed_behind_its_time_is_found() {
    for (protocol, length, class) in cases() {
        let (cloud, place, mut bytes) = (cloud(), Place::new(), noise(length));
        let path = place.file("film.mp4", &bytes);
        drop(begin(&cloud, &path, options(&place, protocol), class));
        bytes[7] ^= 1;
        overwrite_secretly(&path, &bytes);
        let error = upload(&cloud, &path, options(&place, protocol)).run(None).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::FileChanged, "{error}");
        upload(&cloud, &path, options(&place, protocol)).run(None).expect("uploaded");
        assert_eq!(cloud.count("flip_session"), 2);
    }
}

/// The answer to the only part that was stored is lost, but the journal knows what was sent.
#[test]
fn a_part_whose_answer_was_lost_is_compared_with_the_file() {
    let (cloud, place, mut bytes) = (cloud(), Place::new(), noise(3 * PART));
    let path = place.file("film.mp4", &bytes);
    let lose_an_answer = || {
        cloud.faults(json!([{"class": "flip_part", "times": 1, "action": {"lost_answer": true}},
            {"class": "flip_missing", "times": 99, "action": {"status": 403}}]));
        upload(&cloud, &path, options(&place, Protocol::Parts)).run(None).expect_err("it fails");
        assert_eq!(cloud.fired(), [1, 1]);
        cloud.faults(json!([]));
    };
    lose_an_answer();
    upload(&cloud, &path, options(&place, Protocol::Parts)).run(None).expect("uploaded");
    assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 0));
    lose_an_answer();
    bytes[7] ^= 1;
    overwrite_secretly(&path, &bytes);
    let run = || upload(&cloud, &path, options(&place, Protocol::Parts)).run(None);
    assert_eq!(run().expect_err("changed").kind(), ErrorKind::FileChanged);
    run().expect("uploaded");
    assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (3, 0));
}

/// A record that says that the last part of a file goes is on the disk before that does; what follows it may
/// be lost with the machine. The video may be made then, though other files are still to be sent.
#[test]
fn what_proves_a_video_is_on_the_disk_before_its_last_part_goes() {
    // Length, kind and payload of the record; its sum follows.
    const COMPLETING: [u8; 6] = [1, 0, 0, 0, 4, 1];
    for has_extra in [false, true] {
        let (cloud, place) = (cloud(), Place::new());
        let path = place.file("film.mp4", &noise(3 * PART));
        let extra = place.file("film.srt", &noise(2 * PART));
        let extra_files = has_extra.then(|| json!({"subtitles": extra}).to_string());
        let own = || UploadOptions {
            concurrency: if has_extra { 1 } else { 3 },
            extra_files: extra_files.clone(),
            ..options(&place, Protocol::Parts)
        };
        let fault = match has_extra {
            true => json!({"class": "flip_part", "skip": 3, "times": 99, "action": {"status": 403}}),
            false => json!({"class": "flip_part", "times": 3, "action": {"lost_answer": true}}),
        };
        let silence = json!({"class": "flip_missing", "times": 99, "action": {"status": 403}});
        cloud.faults(json!([fault, silence]));
        upload(&cloud, &path, own()).run(None).expect_err("it fails");
        cloud.faults(json!([]));
        let journal = place.journal();
        let bytes = fs::read(&journal).expect("a journal");
        let at = bytes.windows(COMPLETING.len()).position(|window| window == COMPLETING).expect("the record");
        fs::write(&journal, &bytes[..at + COMPLETING.len() + 4]).expect("written");
        upload(&cloud, &path, own()).run(None).expect("uploaded");
        assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 0), "{has_extra}");
    }
}

#[test]
fn no_address_and_no_parameter_is_in_a_journal_or_a_token() {
    let (cloud, place) = (cloud(), Place::new());
    let path = place.file("film.mp4", &noise(5 * PART));
    let upload = begin(&cloud, &path, options(&place, Protocol::Parts), "flip_part");
    let id = control(&cloud.url(), "sessions")[0]["id"].as_str().expect("an id").to_owned();
    let token = decoded(&upload.token().expect("a token"));
    for kept in [fs::read(place.journal()).expect("a journal"), token] {
        let text = String::from_utf8_lossy(&kept);
        for secret in [id.as_str(), "127.0.0.1", "opensesame", "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

/// A token is a copy: what was sent with it since, it does not know.
#[test]
fn a_video_that_another_file_has_become_is_no_success() {
    for (protocol, length, class) in cases() {
        let (cloud, place) = (cloud(), Place::new());
        let bytes = noise(length);
        let path = place.file("film.mp4", &bytes);
        let own = UploadOptions { journal_dir: None, ..options(&place, protocol) };
        let token = begin(&cloud, &path, own, class).token().expect("a token");
        let mut others = bytes;
        *others.last_mut().expect("a byte") ^= 1;
        let other = place.file("other.mp4", &others);
        let id_of = |path: &str| {
            let upload =
                Upload::resume(&client(cloud.url(), of_few_tries()), path, &token, UploadOptions::default());
            let upload = upload.expect("an upload");
            upload.run(None).expect("uploaded");
            upload.answer().expect("a video")["id"].clone()
        };
        assert_ne!(id_of(&other), id_of(&path), "{protocol:?}");
        assert_eq!(cloud.count("flip_session"), 2, "{protocol:?}");
    }
}

/// Another process has stored a part and has not told that, and the bytes of the part are others now. That
/// this one was about to send them proves nothing, and no video may be made before the service has them.
#[test]
fn a_part_that_nothing_proves_is_sent_again_until_the_service_has_confirmed_it() {
    let (cloud, place, mut bytes) = (cloud(), Place::new(), noise(4 * PART));
    let path = place.file("film.mp4", &bytes);
    let own = || UploadOptions { concurrency: 2, ..Default::default() };
    let refuses = |skip: u32| {
        cloud.faults(json!([{"class": "flip_part", "skip": skip, "times": 1, "action": {"status": 403}}]));
    };
    let first = upload(&cloud, &path, UploadOptions { concurrency: 1, ..own() });
    refuses(1);
    first.run(None).expect_err("the second part is refused");
    let token = first.token().expect("a token");
    refuses(2);
    first.run(None).expect_err("the fourth part is refused");
    drop(first);
    bytes[2 * PART + 7] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let second =
        Upload::resume(&client(cloud.url(), of_few_tries()), &path, &token, own()).expect("an upload");
    refuses(0);
    second.run(None).expect_err("the third part is refused");
    // It is slow, so that the last one would be there first.
    cloud.faults(json!([{"class": "flip_part", "times": 1, "action": {"slow_bytes_per_second": 200_000}}]));
    second.run(None).expect("uploaded");
    assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 1));
    let of_parts = |seen: &Value| seen["class"] == "flip_part" && seen["status"] == 200;
    let parts: Vec<Value> = cloud.requests().into_iter().filter(of_parts).collect();
    let numbers: Vec<&str> =
        parts.iter().rev().take(2).filter_map(|it| it["headers"]["x-part"].as_str()).collect();
    assert_eq!(numbers, ["3", "2"], "the last one goes last");
}
