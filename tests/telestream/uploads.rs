//! Uploads to Telestream against the local cloud: what goes wrong on the way, and that the bytes are right in
//! the end.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ferry::error::ErrorKind;
use ferry::http::Connection;
use ferry::telestream::{Client, ClientOptions, Protocol, Upload, UploadOptions};
use ferry::transfer::lifecycle::UploadState;
use localcloud::{Cloud, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::flip::{FACTORY, client, repeated, stored};
use crate::support::{TestCloud, control, impatient, noise, of_few_tries};

/// A file of its own folder.
pub fn file(folder: &TempDir, data: &[u8]) -> String {
    let path = folder.path().join("film.mp4");
    fs::write(&path, data).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Parts of 1000 bytes.
pub fn cloud() -> TestCloud {
    TestCloud::with(Options { flip_part_size: 1000, polls: 1, ..Options::default() })
}

fn upload(client: &Arc<Client>, path: &str, protocol: Protocol) -> Upload {
    let options = UploadOptions { protocol, ..Default::default() };
    Upload::new(client, None, path, Some(r#"{"profiles":"h264"}"#), options).expect("an upload")
}

/// How many requests of that class a fault struck.
pub fn struck(url: &str, class: &str) -> usize {
    let requests = control(url, "requests");
    let requests = requests.as_array().expect("requests").iter();
    requests.filter(|request| request["class"] == class && request["fault"] == true).count()
}

/// A cloud that can be ended and started again on its address, with what it had stored.
struct Mortal {
    options: Options,
    cloud: Option<Cloud>,
}

impl Mortal {
    fn start(folder: &TempDir, faults: Value) -> Self {
        let options = Options {
            data: Some(folder.path().join("cloud")),
            faults: Some(faults.to_string()),
            ..Options::default()
        };
        let cloud = Cloud::start(options.clone()).expect("the local cloud starts");
        let address: SocketAddr = cloud.http_url().trim_start_matches("http://").parse().expect("an address");
        Mortal { options: Options { http: address, faults: None, ..options }, cloud: Some(cloud) }
    }

    fn url(&self) -> String {
        format!("http://{}", self.options.http)
    }

    fn restart(&mut self) {
        self.cloud = None;
        // The address may be in use for a moment yet.
        let again = (0..500).find_map(|_| {
            std::thread::sleep(Duration::from_millis(20));
            Cloud::start(self.options.clone()).ok()
        });
        self.cloud = Some(again.expect("the local cloud starts again"));
    }
}

#[test]
fn a_server_that_dies_twice_and_loses_a_part_gets_every_part_once() {
    let folder = folder();
    let data = noise(300 << 20);
    let path = file(&folder, &data);
    let mut mortal = Mortal::start(
        &folder,
        json!([
            {"class": "flip_part", "skip": 3, "times": 1, "action": {"lost_answer": true}},
            // Confirmed, and not there.
            {"class": "flip_part", "skip": 7, "times": 1, "action": {"status": 200}},
        ]),
    );
    let client = client(mortal.url(), of_few_tries());
    let upload = upload(&client, &path, Protocol::Parts);
    let (done, total) = (AtomicU32::new(0), AtomicU32::new(0));
    let (mut failures, mut faults) = (0, 0);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let mut failures = 0;
            loop {
                let result = upload.run(Some(&mut |snapshot| {
                    done.fetch_max(snapshot.parts_done, Ordering::Relaxed);
                    total.store(snapshot.parts_total, Ordering::Relaxed);
                    true
                }));
                let Err(error) = result else { return failures };
                assert!(error.retryable(), "{error}");
                assert_eq!(upload.lifecycle().state(), UploadState::Interrupted);
                failures += 1;
            }
        });
        for kill_at in [12, 40] {
            while done.load(Ordering::Relaxed) < kill_at && !run.is_finished() {
                std::thread::sleep(Duration::from_millis(1));
            }
            faults += struck(&mortal.url(), "flip_part");
            assert!(!run.is_finished(), "it was over before the server died");
            mortal.restart();
        }
        failures = run.join().expect("the upload ends");
    });
    assert_eq!(faults, 2, "the faults did not happen");
    assert_eq!(upload.lifecycle().state(), UploadState::Uploaded);
    assert_eq!(total.load(Ordering::Relaxed), 60);
    assert_eq!(repeated(&mortal.url()), 0, "after {failures} failed runs");
    assert!(stored(&client, &upload) == data, "other bytes are stored");
}

/// The fault happens once at that step: nobody notices. `provoked` is what else must go wrong for the step to
/// come.
fn passes_once(protocol: Protocol, class: &str, provoked: Option<(&str, Value)>, actions: &[Value]) {
    let data = noise(5500);
    for action in actions {
        let case = format!("{action} at {class}, {protocol:?}");
        let (folder, cloud) = (folder(), cloud());
        let mut faults = vec![json!({"class": class, "times": 1, "action": action})];
        if let Some((class, action)) = &provoked {
            faults.push(json!({"class": class, "times": 1, "action": action}));
        }
        cloud.faults(json!(faults));
        let client = client(cloud.url(), impatient());
        // One at a time: an answer that is lost is not that of the last part, which tells the video.
        let options = UploadOptions { protocol, concurrency: 1, ..Default::default() };
        let params = Some(r#"{"profiles":"h264"}"#);
        let upload = Upload::new(&client, None, &file(&folder, &data), params, options).expect("an upload");
        upload.run(None).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(struck(&cloud.url(), class), 1, "{case}: the fault did not happen");
        assert!(stored(&client, &upload) == data, "{case}: other bytes are stored");
        assert_eq!(repeated(&cloud.url()), 0, "{case}");
    }
}

/// What can go wrong with any request.
fn any_faults() -> Vec<Value> {
    vec![
        json!({"status": 503}),
        json!({"status": 429, "retry_after": 0}),
        json!({"cut_after": 0}),
        json!({"lost_answer": true}),
        json!({"stall_ms": 60_000}),
    ]
}

/// The same, and what can go wrong in the middle of a body.
fn body_faults() -> Vec<Value> {
    let mut faults = any_faults();
    faults.extend([json!({"cut_after": 500}), json!({"stall_after": 500, "stall_ms": 60_000})]);
    faults
}

#[test]
fn a_session_that_fails_once_is_opened_within_the_run() {
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        passes_once(protocol, "flip_session", None, &any_faults());
    }
}

#[test]
fn a_part_that_fails_once_is_made_good_within_the_run() {
    passes_once(Protocol::Parts, "flip_part", None, &body_faults());
}

#[test]
fn a_range_that_fails_once_is_made_good_within_the_run() {
    passes_once(Protocol::Ranges, "flip_range", None, &body_faults());
}

#[test]
fn a_question_for_what_is_missing_that_fails_once_is_asked_again_within_the_run() {
    for (protocol, class) in [(Protocol::Parts, "flip_part"), (Protocol::Ranges, "flip_range")] {
        passes_once(protocol, "flip_missing", Some((class, json!({"lost_answer": true}))), &any_faults());
    }
}

#[test]
fn what_fails_for_good_can_be_run_again_when_it_is_mended() {
    let data = noise(5500);
    for (protocol, class, step) in [
        (Protocol::Parts, "flip_session", "session"),
        (Protocol::Parts, "flip_part", "part"),
        (Protocol::Ranges, "flip_range", "range"),
    ] {
        let (folder, cloud) = (folder(), cloud());
        let skip = if protocol == Protocol::Parts && class == "flip_part" { 2 } else { 0 };
        cloud.faults(json!([{"class": class, "skip": skip, "action": {"status": 502}}]));
        let client = client(cloud.url(), of_few_tries());
        let upload = upload(&client, &file(&folder, &data), protocol);
        let error = upload.run(None).expect_err(class);
        assert_eq!(
            (error.kind(), error.http_status(), error.step()),
            (ErrorKind::Http, 502, step),
            "{error}"
        );
        assert!(struck(&cloud.url(), class) >= 3, "{class}: the retries were not struck");
        assert_eq!(upload.lifecycle().state(), UploadState::Interrupted);
        cloud.faults(json!([]));
        upload.run(None).expect(class);
        assert!(stored(&client, &upload) == data, "{class}: other bytes are stored");
        assert_eq!(repeated(&cloud.url()), 0, "{class}");
    }
}

#[test]
fn a_session_that_is_forgotten_is_begun_anew_once() {
    let data = noise(3000);
    for (protocol, class) in [(Protocol::Parts, "flip_part"), (Protocol::Ranges, "flip_range")] {
        let (folder, cloud) = (folder(), cloud());
        cloud.faults(json!([{"class": class, "times": 1, "action": {"status": 404}}]));
        let client = client(cloud.url(), of_few_tries());
        let upload = upload(&client, &file(&folder, &data), protocol);
        upload.run(None).expect(class);
        assert_eq!(struck(&cloud.url(), class), 1, "{class}: the fault did not happen");
        assert_eq!(cloud.count("flip_session"), 2, "{class}");
        assert!(stored(&client, &upload) == data);
        cloud.faults(json!([{"class": class, "times": 20, "action": {"status": 404}}]));
        let again = self::upload(&client, &file(&folder, &data), protocol);
        let error = again.run(None).expect_err(class);
        assert!(error.message().contains("started anew") && error.http_status() == 404, "{error}");
    }
}

#[test]
fn a_service_that_keeps_losing_parts_is_an_error() {
    let (folder, cloud) = (folder(), cloud());
    cloud.faults(json!([{"class": "flip_part", "match": {"part": 1}, "action": {"status": 200}}]));
    let client = client(cloud.url(), of_few_tries());
    let upload = upload(&client, &file(&folder, &noise(3000)), Protocol::Parts);
    let error = upload.run(None).expect_err("a part is missing");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(struck(&cloud.url(), "flip_part") >= 5, "the part was not asked for again");
    assert!(error.retryable() && error.message().contains("misses parts"), "{error}");
}

#[test]
fn no_error_shows_where_the_session_is() {
    let (folder, cloud) = (folder(), cloud());
    cloud.faults(json!([{"class": "flip_part", "skip": 1, "action": {"status": 400}}]));
    let client = client(cloud.url(), of_few_tries());
    let upload = upload(&client, &file(&folder, &noise(3000)), Protocol::Parts);
    let error = upload.run(None).expect_err("refused");
    assert!(struck(&cloud.url(), "flip_part") >= 1, "the fault did not happen");
    let seen = cloud.requests();
    let part = seen.iter().find(|request| request["class"] == "flip_part").expect("a part");
    let location = part["path"].as_str().expect("a path");
    let id = location.split_once("id=").map_or(location, |(_, id)| id);
    assert!(!format!("{error} {}", error.body()).contains(id), "{error}");
    assert!(!error.retryable());
    assert_eq!(upload.lifecycle().state(), UploadState::Error);
}

#[test]
fn not_even_the_error_of_taking_it_back_shows_where_the_session_is() {
    let (folder, cloud) = (folder(), cloud());
    let client = client(cloud.url(), of_few_tries());
    let upload = upload(&client, &file(&folder, &noise(3000)), Protocol::Parts);
    let stalled = json!({"class": "flip_part", "action": {"stall_ms": 60_000}});
    cloud.faults(json!([stalled]));
    let mut id = None;
    let error = upload
        .run(Some(&mut |_| {
            let parts = cloud.requests().into_iter().find(|request| request["class"] == "flip_part");
            let Some(part) = parts else { return true };
            let found =
                part["path"].as_str().and_then(|path| path.split_once("id=")).expect("an id").1.to_owned();
            let body = json!({"error": "Odd", "message": format!("session {found} stays")}).to_string();
            cloud.faults(json!([stalled, {"class": "flip_abort", "action": {"status": 400, "body": body}}]));
            id = Some(found);
            upload.lifecycle().control().cancel();
            true
        }))
        .expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(struck(&cloud.url(), "flip_abort"), 1, "the fault did not happen");
    assert!(
        error.message().contains("the service was not told") && error.message().contains("stays"),
        "{error}"
    );
    assert!(!error.message().contains(&id.expect("an id")), "{error}");
}

#[test]
fn an_account_with_a_key_uploads_too() {
    let (folder, cloud) = (folder(), cloud());
    let data = noise(5500);
    let options =
        ClientOptions { base_url: Some(cloud.url()), factory_id: Some(FACTORY.into()), ..Default::default() };
    let client = Client::with_apikey("LOCAL_API_KEY", options).expect("a client");
    let upload = upload(&client, &file(&folder, &data), Protocol::Parts);
    upload.run(None).expect("uploaded");
    assert!(stored(&client, &upload) == data);
}

#[test]
fn an_upload_that_is_cancelled_is_taken_back() {
    let (folder, cloud) = (folder(), cloud());
    let client = client(cloud.url(), of_few_tries());
    let upload = upload(&client, &file(&folder, &noise(3000)), Protocol::Parts);
    cloud.faults(json!([{"class": "flip_part", "action": {"stall_ms": 60_000}}]));
    let mut calls = 0;
    let result = upload.run(Some(&mut |_| {
        calls += 1;
        if calls == 3 {
            upload.lifecycle().control().cancel();
        }
        true
    }));
    assert_eq!(result.expect_err("cancelled").kind(), ErrorKind::Cancelled);
    assert_eq!(upload.lifecycle().state(), UploadState::Aborted);
    assert!(struck(&cloud.url(), "flip_part") >= 1, "the fault did not happen");
    assert_eq!(cloud.confirmed("flip_abort"), 1);
    assert_eq!(upload.run(None).expect_err("over").kind(), ErrorKind::InvalidState);
}

#[test]
fn an_upload_that_is_interrupted_keeps_its_session_and_goes_on() {
    let data = noise(5500);
    for (protocol, class) in [(Protocol::Parts, "flip_part"), (Protocol::Ranges, "flip_range")] {
        let (folder, cloud) = (folder(), cloud());
        let client = client(cloud.url(), of_few_tries());
        let upload = upload(&client, &file(&folder, &data), protocol);
        cloud.faults(json!([{"class": class, "action": {"stall_ms": 60_000}}]));
        let mut calls = 0;
        let result = upload.run(Some(&mut |_| {
            calls += 1;
            calls < 3
        }));
        let error = result.expect_err("interrupted");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, true), "{error}");
        assert!(struck(&cloud.url(), class) >= 1, "the fault did not happen");
        assert_eq!(upload.lifecycle().state(), UploadState::Interrupted);
        assert_eq!(cloud.count("flip_abort"), 0);
        cloud.faults(json!([]));
        upload.run(None).expect("the rest");
        assert_eq!(cloud.count("flip_session"), 1);
        assert!(stored(&client, &upload) == data, "other bytes are stored");
    }
}

#[test]
fn a_part_on_a_connection_that_hangs_is_sent_again_over_another() {
    let cloud = TestCloud::with(Options { flip_part_size: 2 << 20, polls: 1, ..Options::default() });
    let hangs = json!({"stall_ms": 3_600_000, "stall_after": 1 << 20});
    cloud.faults(json!([{"class": "flip_part", "skip": 9, "times": 1, "action": hangs}]));
    let hour = Duration::from_secs(3600);
    let connection =
        Connection { stall_timeout: hour, deadline: Some(Duration::from_secs(120)), ..Default::default() };
    let client = client(cloud.url(), connection);
    let (folder, data) = (folder(), noise(12 * (2 << 20)));
    let upload = upload(&client, &file(&folder, &data), Protocol::Parts);
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired(), [1]);
    assert!(stored(&client, &upload) == data);
}
