//! Every fault at every step: once, and the upload succeeds; for good, and it fails as documented, and goes
//! on from there when the fault is gone. What is stored is right each time.

mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ferry::error::ErrorKind;
use ferry::filestack::RequestOptions;
use ferry::filestack::{Intelligent, Upload, UploadOptions};
use ferry::http::Connection;
use ferry::transfer::lifecycle::UploadState;
use ferry::transfer::source::Source;
use serde_json::{Value, json};
use support::{TestCloud, impatient, noise, of_few_tries};

const SIZE: usize = (11 << 20) + 7;

/// A fault, and the kind of error it is when it does not go away.
fn faults_of(step: &str) -> Vec<(&'static str, Value, ErrorKind)> {
    let mut faults = vec![
        ("500", json!({"status": 500}), ErrorKind::Http),
        ("503", json!({"status": 503}), ErrorKind::Http),
        ("429 with Retry-After", json!({"status": 429, "retry_after": 1}), ErrorKind::Http),
        ("cut", json!({"cut_after": 0}), ErrorKind::Network),
        ("stall", json!({"stall_ms": 60_000}), ErrorKind::Timeout),
        ("lost answer", json!({"lost_answer": true}), ErrorKind::Network),
    ];
    if step == "put" {
        faults.extend([
            ("wrong ETag", json!({"wrong_etag": true}), ErrorKind::Integrity),
            ("cut in the middle", json!({"cut_after": 1 << 20}), ErrorKind::Network),
            ("stall in the middle", json!({"stall_after": 1 << 20, "stall_ms": 60_000}), ErrorKind::Timeout),
            ("clock skew", json!({"status": 403, "code": "RequestTimeTooSkewed"}), ErrorKind::Http),
            ("slow down", json!({"status": 503, "code": "SlowDown"}), ErrorKind::Http),
        ]);
    }
    faults
}

/// A pause of the machine is no stall where the fault is another one.
fn connection_for(kind: ErrorKind) -> Connection {
    if kind == ErrorKind::Timeout { impatient() } else { of_few_tries() }
}

fn options(intelligent: Intelligent) -> UploadOptions {
    UploadOptions { intelligent, ..Default::default() }
}

fn assert_stored(upload: &Upload<'_>, data: &[u8], case: &str) {
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("the file can be fetched") == data, "{case}: other bytes are stored");
}

/// Numbers of the parts whose PUT was confirmed.
fn stored_parts(cloud: &TestCloud) -> BTreeSet<u64> {
    let confirmed = |r: &&Value| r["class"] == "put" && r["status"] == 200;
    cloud.requests().iter().filter(confirmed).filter_map(|r| r["part"].as_u64()).collect()
}

/// How many PUTs came for these parts.
fn times_sent(cloud: &TestCloud, parts: &BTreeSet<u64>) -> usize {
    let is_one =
        |r: &&Value| r["class"] == "put" && r["part"].as_u64().is_some_and(|part| parts.contains(&part));
    cloud.requests().iter().filter(is_one).count()
}

/// The fault happens once: nobody notices.
fn passes_once(step: &str, intelligent: Intelligent) {
    let data = noise(SIZE);
    for (name, action, kind) in faults_of(step) {
        let case = format!("{name} once at {step}, {intelligent:?}");
        let cloud = TestCloud::start();
        cloud.faults(json!([{"class": step, "times": 1, "action": action}]));
        let client = cloud.client(connection_for(kind));
        let upload =
            Upload::new(&client, Source::Bytes(&data), None, options(intelligent)).expect("an upload");
        upload.run(None).unwrap_or_else(|e| panic!("{case}: {e}"));
        assert_eq!(upload.lifecycle().state(), UploadState::Uploaded, "{case}");
        assert_stored(&upload, &data, &case);
        assert_eq!(cloud.fired(), [1], "{case}: the fault did not happen");
    }
}

/// The fault stays: a clear end in time; it goes: the same upload goes on.
fn fails_clearly_and_goes_on(step: &'static str, intelligent: Intelligent) {
    let data = noise(SIZE);
    for (name, action, kind) in faults_of(step) {
        let case = format!("{name} for good at {step}, {intelligent:?}");
        let cloud = TestCloud::start();
        cloud.faults(json!([{"class": step, "times": 1_000_000, "action": action}]));
        let client = cloud.client(connection_for(kind));
        let upload =
            Upload::new(&client, Source::Bytes(&data), None, options(intelligent)).expect("an upload");
        let begin = Instant::now();
        let error = upload.run(None).expect_err(&case);
        assert!(begin.elapsed() < Duration::from_secs(20), "{case}: it took {:?}", begin.elapsed());
        assert_eq!((error.kind(), error.step()), (kind, step), "{case}: {error}");
        assert!(error.retryable(), "{case}: {error}");
        assert_eq!(upload.lifecycle().state(), UploadState::Interrupted, "{case}");

        // Each attempt met it: the first, and those that `of_few_tries` allows.
        assert!(cloud.fired()[0] > 2, "{case}: the fault happened {:?} times", cloud.fired());
        let stored = stored_parts(&cloud);
        let sent = times_sent(&cloud, &stored);
        cloud.faults(json!([]));
        upload.run(None).unwrap_or_else(|e| panic!("{case}, then run again: {e}"));
        assert_stored(&upload, &data, &case);
        let unproven = matches!(name, "wrong ETag" | "lost answer") && step == "put";
        if !unproven && intelligent == Intelligent::Off {
            let again = times_sent(&cloud, &stored) - sent;
            assert_eq!(
                again, 0,
                "{case}: of the parts {stored:?}, which were stored, {again} were sent again"
            );
        }
    }
}

macro_rules! matrix {
    ($($name:ident: $step:literal, $mode:ident;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn passes_when_it_happens_once() {
                passes_once($step, Intelligent::$mode);
            }

            #[test]
            fn fails_clearly_when_it_stays_and_goes_on_when_it_goes() {
                fails_clearly_and_goes_on($step, Intelligent::$mode);
            }
        })*
    };
}

matrix! {
    start_plain: "start", Off;
    upload_plain: "upload", Off;
    put_plain: "put", Off;
    complete_plain: "complete", Off;
    start_intelligent: "start", On;
    upload_intelligent: "upload", On;
    put_intelligent: "put", On;
    commit_intelligent: "commit", On;
    complete_intelligent: "complete", On;
}

/// A file in one request is sent again only if it has surely not arrived, so that no second file is stored.
#[test]
fn a_file_in_one_request_is_not_sent_twice() {
    let data = noise(1 << 20);
    for (name, action, kind) in faults_of("store") {
        let cloud = TestCloud::start();
        cloud.faults(json!([{"class": "store_api", "times": 1, "action": action}]));
        let options = UploadOptions { single_request: true, ..Default::default() };
        let client = cloud.client(connection_for(kind));
        let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
        let sent = || cloud.requests().iter().filter(|r| r["class"] == "store_api").count();
        match upload.run(None) {
            Ok(()) => assert_eq!((name, sent()), ("429 with Retry-After", 2)),
            Err(error) => {
                assert_ne!(name, "429 with Retry-After", "{error}");
                assert_eq!(
                    (error.kind(), error.step(), error.retryable()),
                    (kind, "store", false),
                    "{error}"
                );
                assert_eq!((upload.lifecycle().state(), sent()), (UploadState::Error, 1), "{name}");
                // Who runs it again all the same has it sent again.
                upload.run(None).unwrap_or_else(|e| panic!("{name}, then run again: {e}"));
            }
        }
        assert_stored(&upload, &data, name);
        assert_eq!(cloud.fired(), [1], "{name}: the fault did not happen");
        assert_eq!(cloud.requests().iter().filter(|r| r["class"] == "start").count(), 0, "{name}");
    }
}
