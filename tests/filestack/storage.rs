//! What the storage says to a PUT, and what the service says to an overwrite.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind};
use ferry::filestack::{Filelink, Intelligent, Upload, UploadOptions};
use ferry::http::Connection;
use ferry::transfer::source::Source;
use serde_json::{Value, json};

use super::calls::{options, single, upload};
use super::server::{Reply, Server};
use super::support::{TestCloud, noise, overwrite_secretly};
use super::{HANDLE, client, uploads};

/// The sizes of the PUTs, in the order in which they came.
fn put_sizes(cloud: &TestCloud) -> Vec<u64> {
    let puts = cloud.requests();
    puts.iter().filter(|r| r["class"] == "put").filter_map(|r| r["size"].as_u64()).collect()
}

fn run_intelligent(faults: Value, max_retries: u32, length: usize) -> (TestCloud, ferry::error::Result<()>) {
    let cloud = TestCloud::start();
    cloud.faults(faults);
    let client = cloud.client(Connection { max_retries, ..Default::default() });
    let options = UploadOptions { intelligent: Intelligent::On, ..Default::default() };
    let data = noise(length);
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    let result = upload.run(None);
    if result.is_ok() {
        let content = upload.filelink().and_then(|link| link.content(&Default::default(), None));
        assert!(content.expect("the file") == data, "other bytes are stored");
    }
    (cloud, result)
}

const NOT_NOW: &str = r#"{"status": 503, "retry_after": 0}"#;

#[test]
fn a_chunk_that_fails_is_halved_but_never_below_32_kib() {
    let action: Value = serde_json::from_str(NOT_NOW).expect("JSON");
    let (cloud, result) =
        run_intelligent(json!([{"class": "put", "times": 5, "action": action}]), 6, 200_000);
    result.expect("uploaded");
    // specs/filestack.md 3.7: half of what failed, rounded up; what succeeds keeps its size.
    let failed = [200_000, 100_000, 50_000, 32_768, 32_768];
    let stored = [32_768, 32_768, 32_768, 32_768, 32_768, 32_768, 200_000 - 6 * 32_768];
    assert_eq!(put_sizes(&cloud), [&failed[..], &stored[..]].concat());
}

#[test]
fn a_chunk_that_is_stored_renews_the_retries() {
    let action: Value = serde_json::from_str(NOT_NOW).expect("JSON");
    let twice = |skip| json!({"class": "put", "skip": skip, "times": 2, "action": action});
    // Two fail, one is stored, two fail, one is stored: never three in a row.
    let (cloud, result) = run_intelligent(json!([twice(0), twice(1)]), 2, 200_000);
    result.expect("uploaded");
    assert_eq!(put_sizes(&cloud)[..5], [200_000, 100_000, 50_000, 50_000, 32_768]);
    let three = json!([{"class": "put", "times": 3, "action": action}]);
    let (_, result) = run_intelligent(three, 2, 200_000);
    assert_eq!(result.expect_err("three in a row").http_status(), 503);
}

#[test]
fn an_etag_of_a_storage_with_a_key_of_its_own_is_no_md5() {
    const OTHER: &str = "etag: \"00112233445566778899aabbccddeeff\"\r\n";
    for (headers, is_stored) in [
        ("x-amz-server-side-encryption: aws:kms\r\n", true),
        ("x-amz-server-side-encryption: aws:kms:dsse\r\n", true),
        ("x-amz-server-side-encryption-customer-algorithm: AES256\r\n", true),
        ("x-amz-server-side-encryption: AES256\r\n", false),
        ("", false),
    ] {
        let server = uploads::service(move |step, _| {
            (step == "put").then(|| Reply::Answer(200, format!("{OTHER}{headers}"), Vec::new()))
        });
        let result = upload(&client(&server.url(), 0), Intelligent::Off);
        match result {
            Ok(()) => assert!(is_stored, "{headers:?}"),
            Err(error) => {
                assert!(!is_stored, "{headers:?}: {error}");
                assert_eq!((error.kind(), error.step()), (ErrorKind::Integrity, "put"), "{error}");
            }
        }
    }
}

#[test]
fn once_a_part_has_failed_a_fallback_upload_sends_all_that_follow_in_chunks() {
    const PART: usize = 8 << 20;
    let cloud = TestCloud::start();
    cloud.faults(json!([{"class": "put", "times": 1, "action": {"status": 503, "retry_after": 0}}]));
    let client = cloud.client(Connection::default());
    let options = UploadOptions { intelligent: Intelligent::Fallback, concurrency: 1, ..Default::default() };
    let data = noise(2 * PART + 1);
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired(), [1]);
    // Only parts that went up in chunks are committed; no part but the first one failed before.
    assert_eq!((cloud.count("put"), cloud.count("commit")), (4, 3));
}

#[test]
fn an_etag_has_at_most_1024_bytes() {
    for (length, is_taken) in [(1024, true), (1025, false)] {
        let etag = "x".repeat(length);
        let server = uploads::service(move |step, _| {
            (step == "put").then(|| Reply::Answer(200, format!("etag: {etag}\r\n"), Vec::new()))
        });
        let result = upload(&client(&server.url(), 0), Intelligent::Off);
        assert_eq!(result.as_ref().err().map(Error::kind), (!is_taken).then_some(ErrorKind::Protocol));
    }
}

#[test]
fn a_put_has_the_headers_that_are_signed_and_none_that_describes_the_bytes() {
    let server = uploads::service(|_, _| None);
    for intelligent in [Intelligent::Off, Intelligent::On] {
        server.forget();
        upload(&client(&server.url(), 0), intelligent).expect("uploaded");
        let seen = server.seen();
        let puts: Vec<_> = seen.iter().filter(|seen| seen.method == "PUT").collect();
        assert!(!puts.is_empty());
        for put in puts {
            let head = put.head.to_ascii_lowercase();
            let names: BTreeSet<&str> =
                head.lines().filter_map(|line| line.split_once(':')).map(|(n, _)| n).collect();
            // specs/filestack.md 3.4: exactly the headers that the service returned, and Content-Length.
            let signed = ["authorization", "x-amz-security-token"];
            let framing = ["host", "content-length", "accept-encoding"];
            assert_eq!(names, signed.into_iter().chain(framing).collect());
        }
    }
}

#[test]
fn a_redirected_put_is_signed_again() {
    for status in [301, 307] {
        let puts = AtomicUsize::new(0);
        let server = uploads::service(move |step, _| {
            let is_first = step == "put" && puts.fetch_add(1, Ordering::SeqCst) == 0;
            is_first.then(|| Reply::Answer(status, "location: http://127.0.0.1:1/x\r\n".into(), Vec::new()))
        });
        upload(&client(&server.url(), 1), Intelligent::Off).unwrap_or_else(|e| panic!("{status}: {e}"));
        assert_eq!(server.count("/multipart/upload"), 2, "{status}");
        // A storage that never stops redirecting is an error in the end.
        let server = uploads::service(move |step, _| {
            let redirect = || Reply::Answer(status, "location: http://127.0.0.1:1/x\r\n".into(), Vec::new());
            (step == "put").then(redirect)
        });
        let error = upload(&client(&server.url(), 1), Intelligent::Off).expect_err("redirected for ever");
        assert_eq!((error.http_status(), error.step()), (status, "put"), "{error}");
        assert_eq!(server.count("/multipart/upload"), 2, "{status}");
    }
}

#[test]
fn a_completion_in_work_is_asked_again_after_a_pause() {
    let asked = AtomicUsize::new(0);
    let server = uploads::service(move |step, _| {
        let in_work = step == "complete" && asked.fetch_add(1, Ordering::SeqCst) < 2;
        in_work.then(|| Reply::json(202, "{}"))
    });
    let begin = Instant::now();
    upload(&client(&server.url(), 0), Intelligent::Off).expect("uploaded");
    assert_eq!(server.count("/multipart/complete"), 3);
    // specs/filestack.md 3.6: pauses of 0.5 and 1 s.
    assert!(begin.elapsed() >= Duration::from_millis(1500), "{:?}", begin.elapsed());
}

/// Overwrites a file with 5 bytes; the service gives this answer.
fn overwritten(answer: &'static str) -> ferry::error::Result<Value> {
    let server = Server::start(move |_| Reply::json(200, answer));
    let client = client(&server.url(), 3);
    let link = Filelink::new(&client, HANDLE)?;
    link.overwrite(&Source::Bytes(b"hello"), "a.txt", &options(), None)
}

#[test]
fn an_overwrite_that_stored_another_number_of_bytes_is_no_success() {
    let unproven = [r#"{"url":"x"}"#, r#"{"size":null}"#, "{}", "[]"];
    let wrong = [r#"{"size":1}"#, r#"{"size":"1"}"#, r#"{"size":42000000}"#, r#"{"size":-1}"#];
    for answer in wrong.into_iter().chain(unproven) {
        let error = overwritten(answer).expect_err(answer);
        assert_eq!(error.kind(), ErrorKind::Integrity, "{answer}: {error}");
        assert!(error.message().contains("5"), "{answer}: {error}");
    }
    let error = overwritten(r#"{"error":"disk full"}"#).expect_err("it says so");
    assert_eq!(error.kind(), ErrorKind::Http, "{error}");
    assert!(error.message().contains("disk full"), "{error}");
    for answer in [r#"{"size":5}"#, r#"{"size":"5"}"#] {
        overwritten(answer).unwrap_or_else(|e| panic!("{answer}: {e}"));
    }
}

#[test]
fn a_file_in_one_request_that_is_not_stored_whole_is_no_success() {
    let cases = [
        (r#"{"url":"http://x/HANDLE","size":9}"#, ErrorKind::Integrity),
        (r#"{"url":"http://x/HANDLE"}"#, ErrorKind::Integrity),
        (r#"{"error":"disk full"}"#, ErrorKind::Http),
        (r#"{"size":10}"#, ErrorKind::Protocol),
        (r#"{"url":"http://x/a?b","size":10}"#, ErrorKind::Protocol),
        ("Invalid Application", ErrorKind::Protocol),
    ];
    for (answer, kind) in cases {
        let server = Server::start(move |_| Reply::json(200, answer));
        let error = single(&client(&server.url(), 3)).expect_err(answer);
        assert_eq!((error.kind(), error.step()), (kind, "store"), "{answer}: {error}");
        assert_eq!((error.retryable(), server.seen().len()), (false, 1), "{answer}: {error}");
    }
    let server = Server::start(|_| Reply::json(200, r#"{"url":"http://x/HANDLE","size":"10"}"#));
    single(&client(&server.url(), 3)).expect("uploaded");
    let seen = server.seen().remove(0);
    assert!(seen.target.starts_with("/api/store/S3?key="), "{}", seen.target);
    assert!(seen.head.to_ascii_lowercase().contains("content-type: text/plain"), "{}", seen.head);
    assert_eq!(seen.body, b"some bytes");
}

#[test]
fn an_overwrite_reports_its_progress() {
    let server = Server::start(|_| Reply::json(200, r#"{"size":5}"#));
    let link = Filelink::new(&client(&server.url(), 0), HANDLE).expect("a filelink");
    let mut last = None;
    let mut observer = |report: &ferry::transfer::progress::Snapshot| {
        last = Some(*report);
        true
    };
    link.overwrite(&Source::Bytes(b"hello"), "a.txt", &options(), Some(&mut observer)).expect("overwritten");
    let last = last.expect("a report");
    assert!(last.bytes_total > 5 && last.bytes_done == last.bytes_total, "{last:?}");
    assert_eq!((last.parts_done, last.parts_total), (1, 1), "{last:?}");
}

#[test]
fn a_deletion_that_is_refused_with_status_200_is_no_success() {
    for (body, kind) in [
        ("Invalid Application", ErrorKind::Protocol),
        (r#"{"error":"not allowed"}"#, ErrorKind::Http),
        ("success", ErrorKind::Internal),
    ] {
        let server = Server::start(move |_| Reply::json(200, body));
        let link = Filelink::new(&client(&server.url(), 0), HANDLE).expect("a filelink");
        match link.delete(false, &options(), None) {
            Ok(()) => assert_eq!(body, "success"),
            Err(error) => assert_eq!((error.kind(), error.http_status()), (kind, 200), "{body}: {error}"),
        }
    }
}

#[test]
fn a_completion_that_proves_nothing_is_no_success() {
    let completed = |etag: &'static str, answer: &'static str| {
        let server = uploads::service(move |step, _| match step {
            "put" => Some(Reply::Answer(200, format!("etag: \"{etag}\"\r\n"), Vec::new())),
            "complete" => Some(Reply::json(200, answer)),
            _ => None,
        });
        upload(&client(&server.url(), 0), Intelligent::Off)
    };
    let failed = r#"{"handle":"HANDLE0123456789abcd","status":"Failed"}"#;
    let error = completed("abc", failed).expect_err("the service says so");
    assert_eq!((error.kind(), error.step()), (ErrorKind::Integrity, "complete"), "{error}");
    let error = completed("abc", r#"{"handle":"HANDLE0123456789abcd"}"#).expect_err("unproven");
    assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "complete"), "{error}");
    completed("abc", r#"{"handle":"HANDLE0123456789abcd","size":11}"#).expect_err("another size");
}

#[test]
fn a_put_that_was_only_accepted_is_no_success() {
    for status in [202, 206, 299] {
        let server = uploads::service(move |step, _| {
            (step == "put").then(|| Reply::Answer(status, "etag: \"abc\"\r\n".into(), Vec::new()))
        });
        let error = upload(&client(&server.url(), 0), Intelligent::Off).expect_err("accepted");
        assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "put"), "{status}: {error}");
    }
}

/// The file changes between its digest and its way, and its time does not.
#[test]
fn other_bytes_behind_the_same_time_are_a_changed_file_and_no_fault_of_the_storage() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mov");
    std::fs::write(&path, b"some bytes").expect("written");
    let file = path.clone();
    let server = uploads::service(move |step, _| {
        (step == "put").then(|| {
            overwrite_secretly(&file, b"same bytes");
            let etag = "etag: \"00112233445566778899aabbccddeeff\"\r\n";
            Reply::Answer(200, etag.to_owned(), Vec::new())
        })
    });
    let path = path.to_str().expect("UTF-8");
    let upload =
        Upload::of_file(&client(&server.url(), 0), path, UploadOptions::default()).expect("an upload");
    let error = upload.run(None).expect_err("changed");
    assert_eq!(error.kind(), ErrorKind::FileChanged, "{error}");
}

#[test]
fn a_completion_without_a_size_is_proven_by_the_etags_or_is_no_success() {
    for (etag, is_proven) in [(None, true), (Some("etag: \"of another kind\"\r\n"), false)] {
        let server = uploads::service(move |step, _| match (step, etag) {
            ("complete", _) => Some(Reply::json(200, r#"{"handle": "HANDLE0123456789abcd", "url": "x"}"#)),
            ("put", Some(etag)) => Some(Reply::Answer(200, etag.to_owned(), Vec::new())),
            _ => None,
        });
        match upload(&client(&server.url(), 0), Intelligent::Off) {
            Ok(()) => assert!(is_proven),
            Err(error) => assert!(!is_proven && error.message().contains("neither the size"), "{error}"),
        }
    }
}
