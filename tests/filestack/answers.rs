//! Answers that cannot be believed.

use ferry::error::ErrorKind;
use ferry::filestack::{Filelink, Intelligent, Upload, UploadOptions, processing, store, workflow};
use ferry::transfer::source::Source;
use serde_json::json;

use super::calls::{chain, options, upload};
use super::server::{Reply, Server};
use super::{SOURCE, client, uploads};

const BAD_HANDLES: &[&str] =
    &["../../etc/passwd?x=1#", "abc\r\nX-Evil: 1", "a/b", "a b", "a\u{0}b", "..", "é", "%2e%2e", ""];

#[test]
fn a_handle_that_no_caller_could_give_is_not_taken_from_a_service() {
    let long = "x".repeat(100_000);
    for handle in BAD_HANDLES.iter().copied().chain([long.as_str()]) {
        let answer = json!({"handle": handle, "size": 10, "url": "https://cdn.example.com/ok"}).to_string();
        let own = answer.clone();
        let server = Server::start(move |_| Reply::json(200, &own));
        let api = client(&server.url(), 0);
        let case = handle.escape_default().to_string();
        let stored = [
            store::upload_url(&api, SOURCE, UploadOptions::default(), None),
            processing::store(&api, &chain(), &Default::default(), None),
        ];
        for result in stored {
            // An empty handle is none: the last element of the url stands for it.
            match result {
                Ok(link) => assert_eq!((handle, link.handle()), ("", "ok")),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Protocol, "{case}: {error}");
                    assert!(error.message().len() < 1000, "{case}");
                }
            }
        }
        let server = uploads::service(move |step, _| (step == "complete").then(|| Reply::json(200, &answer)));
        let error = upload(&client(&server.url(), 0), Intelligent::Off).expect_err(&case);
        assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "complete"), "{case}: {error}");
    }
}

#[test]
fn a_handle_in_an_address_is_checked_too() {
    for url in
        ["https://cdn.example.com/a?x=1#", "https://cdn.example.com/a\r\nb", "https://cdn.example.com/.."]
    {
        let answer = json!({ "url": url }).to_string();
        let server = Server::start(move |_| Reply::json(200, &answer));
        let error = processing::store(&client(&server.url(), 0), &chain(), &Default::default(), None);
        assert_eq!(error.expect_err(url).kind(), ErrorKind::Protocol, "{url:?}");
    }
    let done = json!({
        "uuid": "u", "timestamp": 1, "status": "completed",
        "data": {"url": "https://cdn.example.com/../x?y"},
    });
    let server = Server::start(move |_| Reply::json(200, &done.to_string()));
    let job = ferry::filestack::av::convert(&client(&server.url(), 0), &chain(), None, &options(), None);
    let error = job.and_then(|job| job.filelink()).expect_err("no handle");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[test]
fn what_a_start_says_is_checked_before_it_is_used() {
    let long = "x".repeat(100_000);
    for (name, value) in [
        ("uri", long.as_str()),
        ("region", long.as_str()),
        ("upload_id", long.as_str()),
        ("location_region", long.as_str()),
        ("location_region", "eu\r\nX-Evil: 1"),
        ("location_url", "host.example.com/?x="),
        ("location_url", "user:pw@host.example.com"),
        ("location_url", "host.example.com\r\nX-Evil: 1"),
        ("location_url", "ftp://host.example.com"),
    ] {
        let mut answer = json!({
            "uri": "u", "region": "r", "upload_id": "i", "location_url": "127.0.0.1:1", "location_region": "r",
        });
        answer[name] = value.into();
        let answer = answer.to_string();
        let server = uploads::service(move |step, _| (step == "start").then(|| Reply::json(200, &answer)));
        let error = upload(&client(&server.url(), 0), Intelligent::Off).expect_err(name);
        let case = format!("{name}: {error}");
        assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "start"), "{case}");
        assert!(error.message().len() < 1000, "{case}");
    }
}

#[test]
fn what_an_upload_address_says_is_checked_before_it_is_used() {
    let many: serde_json::Map<String, serde_json::Value> =
        (0..500).map(|n| (format!("x-{n}"), "y".into())).collect();
    for (case, answer) in [
        ("a long url", json!({"url": format!("http://127.0.0.1:1/{}", "x".repeat(100_000)), "headers": {}})),
        ("a long header", json!({"url": "http://127.0.0.1:1/", "headers": {"x": "y".repeat(100_000)}})),
        ("many headers", json!({"url": "http://127.0.0.1:1/", "headers": many})),
        ("a broken header", json!({"url": "http://127.0.0.1:1/", "headers": {"x": "a\r\nb: c"}})),
    ] {
        let answer = answer.to_string();
        let server = uploads::service(move |step, _| (step == "upload").then(|| Reply::json(200, &answer)));
        let error = upload(&client(&server.url(), 0), Intelligent::Off).expect_err(case);
        assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "upload"), "{case}: {error}");
    }
}

/// HTTP's own headers are ours: what a service hands out must not break the framing of the request.
#[test]
fn headers_of_the_framing_are_not_taken_from_a_service() {
    let server = uploads::service(|step, seen| {
        (step == "upload").then(|| {
            let url = format!("http://{}/bucket/key", seen.host());
            let headers = json!({
                "Host": "evil.example.com", "Transfer-Encoding": "chunked", "Content-Length": "1",
                "Connection": "keep-alive", "x-amz-date": "now",
            });
            Reply::json(200, &json!({ "url": url, "headers": headers }).to_string())
        })
    });
    upload(&client(&server.url(), 0), Intelligent::Off).expect("uploaded");
    let put = server.seen().into_iter().find(|seen| seen.method == "PUT").expect("a PUT");
    let head = put.head.to_ascii_lowercase();
    assert!(
        !head.contains("evil") && !head.contains("chunked") && head.contains("x-amz-date: now"),
        "{head}"
    );
    assert_eq!((head.matches("host:").count(), head.matches("content-length:").count()), (1, 1), "{head}");
}

#[test]
fn the_body_of_an_error_is_bounded() {
    let huge = format!(r#"{{"status":"failed","uuid":"u","message":"m","junk":"{}"}}"#, "x".repeat(1 << 20));
    let incomplete = format!(r#"{{"junk":"{}"}}"#, "x".repeat(1 << 20));
    for answer in [huge, incomplete] {
        let own = answer.clone();
        let server = Server::start(move |_| Reply::json(200, &own));
        let api = client(&server.url(), 0);
        let convert = ferry::filestack::av::convert(&api, &chain(), None, &options(), None);
        let error = match convert {
            Ok(job) => job.wait(&options(), None).expect_err("failed"),
            Err(error) => error,
        };
        assert!(error.body().len() <= 16 << 10, "{} bytes", error.body().len());
        let error = store::upload_url(&api, SOURCE, UploadOptions::default(), None).expect_err("no handle");
        assert!(error.body().len() <= 16 << 10, "{} bytes", error.body().len());
        let server = uploads::service(move |step, _| {
            matches!(step, "start" | "complete").then(|| Reply::json(200, &answer))
        });
        let error = upload(&client(&server.url(), 0), Intelligent::Off).expect_err("no start");
        assert!(error.body().len() <= 16 << 10, "{} bytes", error.body().len());
    }
}

/// Who looks at a job that was started anew must not start it once more.
#[test]
fn only_the_start_of_a_job_is_forced() {
    let server = Server::start(|_| {
        Reply::json(
            200,
            r#"{"uuid":"u","status":"completed","data":{"url":"https://cdn.example.com/HANDLE"}}"#,
        )
    });
    let api = client(&server.url(), 0);
    let params = Some(r#"{"preset":"mp3","force":true}"#);
    let job = ferry::filestack::av::convert(&api, &chain(), params, &options(), None).expect("a job");
    assert_eq!(job.status(&options(), None).expect("a status"), "completed");
    job.wait(&options(), None).expect("done");
    let asked: Vec<String> = server.seen().iter().map(|seen| seen.target.clone()).collect();
    assert_eq!(asked.iter().map(|it| it.contains("force:true")).collect::<Vec<_>>(), [true, false, false]);
    assert!(asked.iter().all(|it| it.contains("preset:mp3")) && !job.url().contains("force"), "{asked:?}");
}

/// A job that is accepted is no failure: the answers of 202 are states.
#[test]
fn a_state_may_come_with_202() {
    let server =
        Server::start(|_| Reply::json(202, r#"{"uuid":"u","timestamp":1,"status":"started","jobid":"j"}"#));
    let api = client(&server.url(), 0);
    let job = ferry::filestack::av::convert(&api, &chain(), None, &options(), None).expect("a job");
    assert_eq!(job.status(&options(), None).expect("a status"), "started");
    let run = workflow::run(&api, "w", SOURCE, &options(), None).expect("a job");
    assert_eq!(run["jobid"], "j");
}

/// A refusal that comes as a success is no metadata, no result and no state.
#[test]
fn an_error_alone_is_no_answer() {
    let answer = r#"{"error":"nobody knows why","c":"7","t":5}"#;
    let server = Server::start(move |_| Reply::json(200, answer));
    let api = client(&server.url(), 0);
    let link = Filelink::new(&api, super::HANDLE).expect("a filelink");
    for (name, result) in [
        ("metadata", link.metadata(None, &options(), None)),
        ("json", processing::json(&api, &chain(), &options(), None)),
        ("status", workflow::status(&api, "j", &options(), None)),
        ("run", workflow::run(&api, "w", SOURCE, &options(), None)),
    ] {
        let error = result.expect_err(name);
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 200), "{name}: {error}");
        assert!(error.message().contains("nobody knows why"), "{name}: {error}");
    }
    let beside = Server::start(|_| Reply::json(200, r#"{"error":null,"size":5}"#));
    let link = Filelink::new(&client(&beside.url(), 0), super::HANDLE).expect("a filelink");
    assert_eq!(link.metadata(None, &options(), None).expect("metadata")["size"], 5);
}

#[test]
fn a_workflow_that_was_started_has_a_job() {
    for body in ["{}", "[]", r#"{"jobid":5}"#, r#"{"jobid":"","workflow_id":"w"}"#] {
        let server = Server::start(move |_| Reply::json(200, body));
        let job = workflow::run(&client(&server.url(), 0), "w", SOURCE, &options(), None);
        let error = job.expect_err(body);
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Protocol, 200), "{body}: {error}");
        assert!(error.message().contains("jobid") && error.body() == body, "{body}: {error}");
    }
}

/// Answers so one after the other, then the last of them for ever.
fn in_turn(answers: &'static [&'static str]) -> Server {
    let next = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |_| {
        let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed).min(answers.len() - 1);
        Reply::json(200, answers[place])
    })
}

/// Some SDKs take such a job for one that is not done yet.
#[test]
fn a_conversion_is_waited_for_until_it_has_a_result() {
    for unusable in [
        r#"{"uuid":"u","status":"completed"}"#,
        r#"{"uuid":"u","status":"completed","data":{"url":"https://cdn.example.com/"}}"#,
    ] {
        let done = r#"{"uuid":"u","status":"completed","data":{"url":"https://cdn.example.com/HANDLE"}}"#;
        let server = in_turn(Box::leak(vec![unusable, unusable, done].into_boxed_slice()));
        let job = ferry::filestack::av::convert(&client(&server.url(), 0), &chain(), None, &options(), None);
        let job = job.expect("a job");
        if !unusable.contains("data") {
            let error = job.filelink().expect_err("no result yet");
            assert_eq!(error.kind(), ErrorKind::NotReady, "{error}");
            assert!(error.message().contains("has no result yet"), "{error}");
        }
        job.wait(&options(), None).expect("done");
        assert_eq!(job.filelink().expect("a file").handle(), "HANDLE");
        assert_eq!(server.seen().len(), 3);
    }
}

#[test]
fn a_refused_file_is_told_in_the_words_of_the_service() {
    let sent = |answer: &'static str| {
        let server = Server::start(move |_| Reply::json(200, answer));
        let api = client(&server.url(), 0);
        let link = Filelink::new(&api, super::HANDLE).expect("a filelink");
        let bytes = [7; 1000];
        let overwritten = link.overwrite(&Source::Bytes(&bytes), "a.bin", &options(), None).map(drop);
        let single = UploadOptions { single_request: true, ..Default::default() };
        let upload = Upload::new(&api, Source::Bytes(&bytes), Some("a.bin"), single).expect("an upload");
        [("overwrite", overwritten), ("store", upload.run(None).map(drop))]
    };
    for (name, result) in sent(r#"{"error":"nobody knows why"}"#) {
        let error = result.expect_err(name);
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 200), "{name}: {error}");
        assert!(error.message().contains("nobody knows why"), "{name}: {error}");
    }
    for (name, result) in sent(r#"{"size":1000.0,"url":"https://cdn.example.com/HANDLE"}"#) {
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for (name, result) in sent(r#"{"size":1000.5,"url":"https://cdn.example.com/HANDLE"}"#) {
        assert_eq!(result.expect_err(name).kind(), ErrorKind::Integrity, "{name}");
    }
}
