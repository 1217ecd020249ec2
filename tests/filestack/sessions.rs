//! Uploads whose session the service has forgotten.

use ferry::error::ErrorKind;
use ferry::filestack::{Intelligent, Upload, UploadOptions};
use ferry::transfer::lifecycle::UploadState;
use ferry::transfer::source::Source;
use serde_json::{Value, json};

use super::support::{TestCloud, noise, of_few_tries};

const SIZE: usize = (11 << 20) + 7;

/// How a service says that it does not know the upload: class, action.
fn forgotten() -> Vec<(&'static str, Intelligent, Value)> {
    vec![
        ("put", Intelligent::Off, json!({"status": 404, "code": "NoSuchUpload"})),
        ("upload", Intelligent::Off, json!({"status": 404, "body": "{\"error\":\"not found\"}"})),
        ("upload", Intelligent::Off, json!({"status": 400, "body": "{\"error\":\"upload_id is unknown\"}"})),
        ("commit", Intelligent::On, json!({"status": 404, "body": "{\"error\":\"not found\"}"})),
        ("complete", Intelligent::Off, json!({"status": 404, "body": "{\"error\":\"not found\"}"})),
    ]
}

fn options(intelligent: Intelligent) -> UploadOptions {
    UploadOptions { intelligent, ..Default::default() }
}

fn assert_stored(upload: &Upload<'_>, data: &[u8], case: &str) {
    let content = upload.filelink().and_then(|link| link.content(&Default::default(), None));
    assert!(content.expect("the file can be fetched") == data, "{case}: other bytes are stored");
}

#[test]
fn an_upload_that_the_service_has_forgotten_starts_anew() {
    let data = noise(SIZE);
    for (class, mode, action) in forgotten() {
        let case = format!("{action} at {class}");
        let cloud = TestCloud::start();
        cloud.faults(json!([{"class": class, "skip": 1, "times": 1, "action": action}]));
        // One part is all there is to commit or complete once.
        if class == "complete" {
            cloud.faults(json!([{"class": class, "times": 1, "action": action}]));
        }
        let client = cloud.client(of_few_tries());
        let upload = Upload::new(&client, Source::Bytes(&data), None, options(mode)).expect("an upload");
        let mut reports = Vec::new();
        upload
            .run(Some(&mut |report| {
                reports.push(*report);
                true
            }))
            .unwrap_or_else(|e| panic!("{case}: {e}"));
        assert_stored(&upload, &data, &case);
        assert_eq!(cloud.count("start"), 2, "{case}");
        for pair in reports.windows(2) {
            assert!(pair[0].bytes_done <= pair[1].bytes_done, "{case}: {pair:?}");
            assert!(pair[0].parts_done <= pair[1].parts_done, "{case}: {pair:?}");
        }
        let last = reports.last().expect("a report");
        assert_eq!((last.bytes_done, last.parts_done), (SIZE as u64, last.parts_total), "{case}");
    }
}

#[test]
fn an_upload_that_is_forgotten_again_fails_and_the_next_run_starts_anew() {
    let data = noise(SIZE);
    for (class, mode, action) in forgotten() {
        let case = format!("{action} at {class}");
        let cloud = TestCloud::start();
        cloud.faults(json!([{"class": class, "times": 1000, "action": action}]));
        let client = cloud.client(of_few_tries());
        let upload = Upload::new(&client, Source::Bytes(&data), None, options(mode)).expect("an upload");
        let error = upload.run(None).expect_err(&case);
        assert!(error.message().contains("started anew"), "{case}: {error}");
        assert_eq!((error.kind(), error.step(), cloud.count("start")), (ErrorKind::Http, class, 2), "{case}");
        cloud.faults(json!([]));
        upload.run(None).unwrap_or_else(|e| panic!("{case}, run again: {e}"));
        assert_eq!(cloud.count("start"), 3, "{case}");
        assert_stored(&upload, &data, &case);
    }
}

/// The file may be stored: another one must not be made in silence.
#[test]
fn an_upload_forgotten_after_a_lost_completion_is_not_sent_again_in_silence() {
    let cloud = TestCloud::start();
    cloud.faults(json!([
        {"class": "complete", "times": 1, "action": {"lost_answer": true}},
        {"class": "complete", "times": 1, "action": {"status": 404, "body": "{\"error\":\"not found\"}"}},
    ]));
    let client = cloud.client(of_few_tries());
    let data = noise(1000);
    let upload =
        Upload::new(&client, Source::Bytes(&data), None, options(Intelligent::Off)).expect("an upload");
    let error = upload.run(None).expect_err("the outcome is unknown");
    assert_eq!((error.kind(), error.step()), (ErrorKind::NotReady, "complete"), "{error}");
    assert!(error.message().contains("may be stored"), "{error}");
    assert_eq!((cloud.count("start"), upload.lifecycle().state()), (1, UploadState::Error));
    upload.run(None).expect("another run asks again, and the service knows it now");
    assert_eq!(cloud.count("start"), 1);
}

/// An answer of success that does not say what is stored may stand for a file that is.
#[test]
fn an_upload_forgotten_after_a_completion_that_says_nothing_is_not_sent_again_in_silence() {
    for body in ["{}", "no JSON", r#"{"handle":"a/b","size":1000}"#] {
        let cloud = TestCloud::start();
        cloud.faults(json!([
            {"class": "complete", "times": 1, "action": {"status": 200, "body": body}},
            {"class": "complete", "times": 1, "action": {"status": 404, "body": "{\"error\":\"not found\"}"}},
        ]));
        let client = cloud.client(of_few_tries());
        let data = noise(1000);
        let upload =
            Upload::new(&client, Source::Bytes(&data), None, options(Intelligent::Off)).expect("an upload");
        assert_eq!(upload.run(None).expect_err("no answer").kind(), ErrorKind::Protocol, "{body}");
        let error = upload.run(None).expect_err("the outcome is unknown");
        assert_eq!((error.kind(), error.step()), (ErrorKind::NotReady, "complete"), "{body}: {error}");
        assert_eq!(cloud.count("start"), 1, "{body}");
    }
}
