//! Requests to Telestream: what is sent, what is repeated, and what an error says.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind, Result};
use ferry::http::Connection;
use ferry::telestream::{Client, ClientOptions, RequestOptions, Resource, Upload, UploadOptions};
use serde_json::{Value, json};

use crate::service::{ACCESS, Answer, Reply, SECRET, Seen, Service};
use crate::support::nobody;

/// The options of a request by default.
const O: &RequestOptions = &RequestOptions { deadline: None };

fn client_with(service: &Service, secret: &str, factory: Option<&str>, max_retries: u32) -> Arc<Client> {
    let options = ClientOptions {
        base_url: Some(service.url()),
        factory_id: factory.map(str::to_owned),
        connection: Connection { max_retries, ..Connection::default() },
        ..Default::default()
    };
    Client::new(ACCESS, secret, options).expect("a client")
}

fn client(service: &Service) -> Arc<Client> {
    client_with(service, SECRET, Some("F"), 3)
}

/// The body of a request that has no function of its own.
fn requested(client: &Client, method: &str, path: &str, params: Option<&str>) -> Result<Value> {
    client.request(method, path, params, O, None).and_then(|response| response.json())
}

fn fine() -> Service {
    Service::start(&[(200, "", r#"{"id":"x"}"#)])
}

/// The error of one GET that is answered so.
fn error_of(answers: &'static [Answer]) -> Error {
    client_with(&Service::start(answers), SECRET, Some("F"), 0)
        .list(Resource::Videos, None, None, O, None)
        .expect_err("an error")
}

#[test]
fn every_operation_has_its_request() {
    const LISTS: [&str; 4] =
        ["GET /factories.json", "GET /videos.json", "GET /encodings.json", "GET /videos/v/encodings.json"];
    let service = Service::answering(|seen| {
        let is_list = LISTS.contains(&seen.call().as_str());
        Reply::new(200, if is_list { r#"[{"id":"x"}]"# } else { r#"{"id":"x"}"# })
    });
    let c = client(&service);
    let done: Vec<Value> = [
        c.list(Resource::Factories, None, None, O, None),
        c.list(Resource::Videos, None, Some(r#"{"page":2,"per_page":50,"status":"success"}"#), O, None),
        c.list(
            Resource::Encodings,
            Some("G"),
            Some(r#"{"screenshots":true,"profile_name":"h264"}"#),
            O,
            None,
        ),
        c.find(Resource::Factories, None, "A", None, O, None),
        c.find(Resource::Profiles, None, "my profile", Some(r#"{"expand":true}"#), O, None),
        c.create(
            Resource::Videos,
            None,
            r#"{"source_url":"http://e.com/a b.mp4?x=1&y","profiles":["h264","webm"]}"#,
            O,
            None,
        ),
        c.create(Resource::Encodings, None, r#"{"video_id":"v","profile_id":"p"}"#, O, None),
        c.update(Resource::Factories, None, "A", r#"{"upload_original_video":true}"#, O, None),
        c.update(Resource::Factories, Some("G"), "A", r#"{"name":"♥"}"#, O, None),
        c.update(Resource::Profiles, None, "p", r#"{"fps":29.97,"title":""}"#, O, None),
        c.delete(Resource::Videos, None, "v", O, None),
        c.delete(Resource::Encodings, None, "e", O, None),
        c.delete(Resource::Profiles, None, "p", O, None),
        c.video_encodings(None, "v", Some(r#"{"per_page":1}"#), O, None),
        c.video_metadata(None, "v", O, None),
        c.video_delete_source(Some("G"), "v", O, None),
        c.encoding_retry(None, "e", O, None),
        c.encoding_cancel(None, "e", O, None),
        c.notifications(None, O, None),
        c.notifications_update(
            None,
            r#"{"delay":13,"send_video_payload":true,"events":{"video_created":false}}"#,
            O,
            None,
        ),
        requested(&c, "get", "encodings/count.json", None),
        requested(
            &c,
            "PUT",
            "/x.json/",
            Some(r#"{"yes":true,"signature":"s","access_key":null,"timestamp":[]}"#),
        ),
    ]
    .into_iter()
    .map(|answer| answer.unwrap_or_else(|error| panic!("{error}")))
    .collect();
    let one = |answer: &Value| answer.get(0).unwrap_or(answer) == &json!({"id": "x"});
    assert!(done.iter().all(one), "{done:?}");
    let seen: Vec<String> = service.seen().iter().map(|s| format!("{} {}", s.call(), s.plain())).collect();
    assert_eq!(
        seen,
        [
            "GET /factories.json factory_id=F",
            "GET /videos.json factory_id=F page=2 per_page=50 status=success",
            "GET /encodings.json factory_id=G profile_name=h264 screenshots=true",
            "GET /factories/A.json factory_id=F",
            "GET /profiles/my%20profile.json expand=true factory_id=F",
            "POST /videos.json factory_id=F profiles=h264,webm source_url=http://e.com/a b.mp4?x=1&y",
            "POST /encodings.json factory_id=F profile_id=p video_id=v",
            "PUT /factories/A.json factory_id=A upload_original_video=true",
            "PUT /factories/A.json factory_id=G name=♥",
            "PUT /profiles/p.json factory_id=F fps=29.97 title=",
            "DELETE /videos/v.json factory_id=F",
            "DELETE /encodings/e.json factory_id=F",
            "DELETE /profiles/p.json factory_id=F",
            "GET /videos/v/encodings.json factory_id=F per_page=1",
            "GET /videos/v/metadata.json factory_id=F",
            "DELETE /videos/v/source.json factory_id=G",
            "POST /encodings/e/retry.json factory_id=F",
            "POST /encodings/e/cancel.json factory_id=F",
            "GET /notifications.json factory_id=F",
            "PUT /notifications.json delay=13 events[video_created]=false factory_id=F send_video_payload=true",
            "GET /encodings/count.json factory_id=F",
            "PUT /x.json factory_id=F yes=True",
        ]
    );
    let bodies = service.seen();
    let length = |call: &str| {
        let seen = bodies.iter().find(|seen| seen.method == call).expect(call);
        seen.headers.get("content-length").map(String::as_str)
    };
    assert_eq!((length("POST"), length("PUT")), (Some("0"), Some("0")));
    assert!(bodies.iter().any(|seen| seen.target.contains("events%5Bvideo_created%5D=false")));
}

#[test]
fn a_factory_of_the_parameters_is_used_where_there_is_no_other() {
    let service = fine();
    let client = client_with(&service, SECRET, None, 0);
    let named = Some(r#"{"factory_id":"P"}"#);
    client.find(Resource::Videos, None, "v", named, O, None).expect("an answer");
    client.find(Resource::Videos, Some("P"), "v", named, O, None).expect("an answer");
    client.find(Resource::Factories, None, "f", None, O, None).expect("an answer");
    let seen: Vec<String> = service.seen().iter().map(Seen::plain).collect();
    assert_eq!(seen, ["factory_id=P", "factory_id=P", ""]);
}

#[test]
fn long_parameters_travel_in_the_body() {
    let service = fine();
    let command = "ffmpeg ✓ ".repeat(2000);
    let params = json!({"command": command, "extname": ".mp4"}).to_string();
    client(&service).create(Resource::Profiles, None, &params, O, None).expect("an answer");
    let seen = service.seen().remove(0);
    assert_eq!(seen.in_query, ["access_key", "signature", "timestamp"]);
    assert_eq!(seen.params["command"], command);
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
}

#[test]
fn every_attempt_is_signed_anew() {
    let service =
        Service::start(&[(503, "", ""), (0, "", ""), (429, "retry-after: 0\r\n", ""), (200, "", "[]")]);
    assert_eq!(client(&service).list(Resource::Videos, None, None, O, None).expect("the fourth"), json!([]));
    let seen = service.seen();
    let all = |name: &str| seen.iter().map(|seen| seen.params[name].clone()).collect::<BTreeSet<_>>();
    assert_eq!((seen.len(), all("timestamp").len(), all("signature").len()), (4, 4, 4));
}

#[test]
fn changes_are_repeated_twice_at_most() {
    let service = Service::start(&[(500, "", "")]);
    let client = client_with(&service, SECRET, Some("F"), 9);
    let error = client.delete(Resource::Videos, None, "v", O, None).expect_err("no answer");
    assert_eq!((service.seen().len(), error.retryable(), error.http_status()), (3, true, 500));
}

#[test]
fn what_may_have_been_made_is_not_made_again() {
    const LOST: [&[Answer]; 2] = [&[(500, "", "")], &[(0, "", "")]];
    for answers in LOST {
        let service = Service::start(answers);
        let error = client(&service).create(Resource::Videos, None, "{}", O, None).expect_err("no answer");
        assert_eq!((service.seen().len(), error.retryable()), (1, false), "{answers:?}");
    }
    let busy = Service::start(&[(429, "retry-after: 0\r\n", ""), (201, "", r#"{"id":"v"}"#)]);
    client(&busy).create(Resource::Videos, None, "{}", O, None).expect("the second");
    assert_eq!(busy.seen().len(), 2);
}

#[test]
fn a_post_that_finds_nobody_is_tried_again() {
    let (taken, address) = nobody();
    let client = |max_retries| {
        let options = ClientOptions {
            base_url: Some(format!("http://{address}")),
            factory_id: Some("F".into()),
            connection: Connection { max_retries, ..Connection::default() },
            ..Default::default()
        };
        Client::new(ACCESS, SECRET, options).expect("a client")
    };
    let error = client(0).create(Resource::Videos, None, "{}", O, None).expect_err("nobody is there");
    assert_eq!((error.kind(), error.retryable(), error.step()), (ErrorKind::Network, true, "create"));

    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        taken.listen(16).expect("it listens");
        Service::on(taken.into(), &[(201, "", r#"{"id":"v"}"#)])
    });
    client(10).create(Resource::Videos, None, "{}", O, None).expect("somebody is there at last");
    assert_eq!(late.join().expect("the service").seen().len(), 1);
}

#[test]
fn an_error_says_class_message_status_and_body() {
    const BODY: &str = r#"{"error":"RecordNotFound","message":"Couldn't find Video with ID=x"}"#;
    let service = Service::start(&[(404, "", BODY)]);
    let error = client(&service).find(Resource::Videos, None, "x", None, O, None).expect_err("an error");
    assert_eq!(
        error.message(),
        "cannot find video x: HTTP 404: RecordNotFound: Couldn't find Video with ID=x"
    );
    assert_eq!((error.kind(), error.http_status(), error.body()), (ErrorKind::Http, 404, BODY));
    assert_eq!((error.step(), error.retryable(), service.seen().len()), ("find", false, 1));
    assert_eq!(error_of(&[(500, "", "")]).message(), "cannot list videos: HTTP 500");
}

#[test]
fn an_error_that_looks_like_a_success_is_an_error() {
    let error = error_of(&[(200, "", r#"{"error":"BadRequest","message":"no"}"#)]);
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 200));
    assert!(error.message().ends_with("BadRequest: no"));
    assert_eq!(error_of(&[(200, "", "<html>")]).kind(), ErrorKind::Protocol);
    assert_eq!(error_of(&[(200, "", "")]).kind(), ErrorKind::Protocol);
    assert_eq!(error_of(&[(302, "", "")]).http_status(), 302);
}

#[test]
fn an_expired_signature_tells_how_far_the_clock_is_off() {
    const EXPIRED: &str = r#"{"error":"NotAuthorized","message":"Signatures expired"}"#;
    let error = error_of(&[(401, "date: Fri, 01 Jan 2100 00:00:00 GMT\r\n", EXPIRED)]);
    assert!(error.message().contains("your clock is ") && error.message().contains("behind"), "{error}");
    assert_eq!((error.kind(), error.http_status(), error.body()), (ErrorKind::Http, 401, EXPIRED));
    let error = error_of(&[(401, "date: Fri, 01 Jan 2010 00:00:00 GMT\r\n", EXPIRED)]);
    assert!(error.message().contains("seconds off, ahead of the service's"), "{error}");
    let error = error_of(&[(401, "", EXPIRED)]);
    assert!(error.message().ends_with("NotAuthorized: Signatures expired"), "{error}");
}

#[test]
fn a_wrong_secret_is_refused_and_nothing_secret_is_told() {
    let service = fine();
    let client = client_with(&service, "wrong", Some("F"), 3);
    let error = client.list(Resource::Videos, None, None, O, None).expect_err("refused");
    assert!(error.message().ends_with("HTTP 401: NotAuthorized: Signatures do not match"), "{error}");
    let seen = service.seen().remove(0);
    assert!(!error.message().contains(&seen.params["signature"]) && !error.message().contains('?'));
}

#[test]
fn an_empty_answer_is_a_success_where_there_is_nothing_to_say() {
    let service = Service::start(&[(200, "", "")]);
    let c = client(&service);
    let answers = [
        c.delete(Resource::Videos, None, "v", O, None),
        c.video_delete_source(None, "v", O, None),
        c.encoding_retry(None, "e", O, None),
        c.encoding_cancel(None, "e", O, None),
    ];
    assert!(answers.into_iter().all(|answer| answer.expect("a success") == Value::Null));
    assert_eq!(
        c.create(Resource::Videos, None, "{}", O, None).expect_err("no video").kind(),
        ErrorKind::Protocol
    );
}

#[test]
fn the_deadline_of_the_client_holds_where_a_call_has_none() {
    let service = Service::silent();
    let options = ClientOptions {
        base_url: Some(service.url()),
        factory_id: Some("F".into()),
        connection: Connection { deadline: Some(Duration::from_millis(300)), ..Connection::default() },
        ..Default::default()
    };
    let begin = Instant::now();
    let client = Client::new(ACCESS, SECRET, options).expect("a client");
    let error = client.list(Resource::Videos, None, None, O, None).expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(begin.elapsed() < Duration::from_millis(1300));
}

#[test]
fn a_pause_that_the_service_asks_for_is_made() {
    let service = Service::start(&[(429, "retry-after: 1\r\n", ""), (200, "", "[]")]);
    client(&service).list(Resource::Videos, None, None, O, None).expect("the second");
    let seen = service.seen();
    let pause = seen[1].when - seen[0].when;
    assert!(pause >= Duration::from_secs(1), "{pause:?}");
}

/// A local file and the parameters that send it.
fn local_file(length: usize) -> (tempfile::NamedTempFile, String) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&vec![b'x'; length]).expect("written");
    let params = json!({"file": file.path()}).to_string();
    (file, params)
}

#[test]
fn a_file_that_goes_up_in_one_request_is_counted() {
    const SIZE: u64 = 3 << 20;
    let told = Arc::new(AtomicU64::new(0));
    let heard = Arc::clone(&told);
    // The answer waits until the observer has been told of all that was sent.
    let service = Service::answering(move |_| {
        let end = Instant::now() + Duration::from_secs(20);
        while heard.load(Ordering::Relaxed) < SIZE && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        Reply::new(200, r#"{"id":"v"}"#)
    });
    let (_file, params) = local_file(SIZE as usize);
    let mut last = (0, 0);
    let mut observe = |snapshot: &ferry::transfer::progress::Snapshot| {
        told.fetch_max(snapshot.bytes_done, Ordering::Relaxed);
        last = (snapshot.bytes_done, snapshot.bytes_total);
        true
    };
    let begin = Instant::now();
    client(&service).create(Resource::Videos, None, &params, O, Some(&mut observe)).expect("a video");
    let seen = service.seen().remove(0);
    assert!(begin.elapsed() < Duration::from_secs(20), "the bytes were not told while the call ran");
    assert_eq!(last, (seen.body.len() as u64, seen.body.len() as u64));
}

#[test]
fn a_file_that_changes_while_it_goes_up_in_one_request_is_an_error_with_the_video() {
    let (mut file, params) = local_file(5000);
    let path = file.path().to_owned();
    let service = Service::answering(move |_| {
        std::fs::write(&path, "other").expect("written");
        Reply::new(200, r#"{"id":"v"}"#)
    });
    let error = client(&service).create(Resource::Videos, None, &params, O, None).expect_err("changed");
    assert_eq!((error.kind(), error.body()), (ErrorKind::FileChanged, r#"{"id":"v"}"#));
    assert!(!error.retryable() && error.message().contains("it has shrunk"), "{error}");
    file.flush().expect("flushed");
}

#[test]
fn a_list_without_an_end_is_an_error() {
    let service = Service::answering(|seen| {
        let page: u64 = seen.params["page"].parse().expect("a number");
        let objects: Vec<Value> = (0..5000).map(|n| json!({"id": format!("{page}-{n}")})).collect();
        Reply::new(200, Value::Array(objects).to_string())
    });
    let error = client(&service).list_all(Resource::Videos, None, None, O, None).expect_err("too many");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("more than 100000 videos"), "{error}");
    assert_eq!(service.seen().len(), 21);
}

/// Each page has an object that nobody can tell from another one.
#[test]
fn a_list_of_the_same_page_without_an_end_is_an_error() {
    let service = Service::answering(|_| {
        let mut objects: Vec<Value> = (0..99).map(|n| json!({"id": n.to_string()})).collect();
        objects.push(json!({"title": "no id"}));
        Reply::new(200, Value::Array(objects).to_string())
    });
    let error = client(&service).list_all(Resource::Videos, None, None, O, None).expect_err("the same page");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("again and again"), "{error}");
    assert_eq!(service.seen().len(), 4);
}

#[test]
fn a_service_at_an_ipv6_address_is_signed_for() {
    let listener = TcpListener::bind("[::1]:0").expect("a port");
    let service = Service::on(listener, &[(200, "", "[]")]);
    let by_base = client(&service);
    by_base.list(Resource::Videos, None, None, O, None).expect("signed for [::1]");
    let options = ClientOptions {
        base_url: Some(service.url()),
        api_host: Some("[::1]".into()),
        factory_id: Some("F".into()),
        ..Default::default()
    };
    let by_host = Client::new(ACCESS, SECRET, options).expect("a client");
    by_host.list(Resource::Videos, None, None, O, None).expect("signed for [::1]");
    assert!(service.seen().iter().all(|seen| seen.header("host").starts_with("[::1]:")));
}

#[test]
fn a_request_returns_the_whole_response() {
    let service = Service::start(&[(202, "x-thing: one\r\n", "not JSON")]);
    let response = client(&service).request("POST", "/x.json", None, O, None).expect("a response");
    assert_eq!((response.status, response.header("x-thing")), (202, Some("one")));
    assert_eq!(response.body, b"not JSON");
    let refused = Service::start(&[(200, "", r#"{"error":"BadRequest","message":"no"}"#)]);
    let error = client(&refused).request("GET", "/x.json", None, O, None).expect_err("an error");
    assert_eq!(error.message(), "cannot GET /x.json: HTTP 200: BadRequest: no");
}

/// Clients fold such a path, and the service would be asked for another one than was signed.
#[test]
fn dots_alone_between_slashes_stand_in_no_path() {
    let service = fine();
    let c = client(&service);
    for path in ["/../x", "/videos/../factories.json", "./videos.json", "/videos/%2e%2E/x.json", "/videos/.."]
    {
        for error in [
            requested(&c, "GET", path, None).expect_err(path),
            c.signed_params("GET", path, None, None).expect_err(path),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{path}: {error}");
            assert!(error.message().contains(". or .."), "{path}: {error}");
        }
    }
    assert!(service.seen().is_empty());
    requested(&c, "GET", "/profiles/h.264..json", None).expect("no dots alone");
}

#[test]
fn the_factory_of_the_parameters_is_that_of_the_call() {
    let service = fine();
    let own = r#"{"factory_id":"G","a":1}"#;
    let c = client(&service);
    requested(&c, "GET", "/x.json", Some(own)).expect("an answer");
    c.create(Resource::Encodings, None, own, O, None).expect("an answer");
    c.update(Resource::Factories, None, "A", own, O, None).expect("an answer");
    c.find(Resource::Videos, Some("G"), "v", Some(own), O, None).expect("the same one twice");
    let folder = tempfile::tempdir().expect("a folder");
    let film = folder.path().join("film.mp4");
    std::fs::write(&film, b"bytes").expect("written");
    let film = film.to_str().expect("UTF-8");
    let upload = |factory| Upload::new(&c, factory, film, Some(own), UploadOptions::default());
    upload(None).expect("an upload").run(None).expect_err("no session");
    for seen in service.seen() {
        assert_eq!(seen.params["factory_id"], "G", "{seen:?}");
    }
    let count = service.seen().len();
    let refused = [
        c.create(Resource::Encodings, Some("H"), own, O, None).map(drop),
        c.list(Resource::Videos, Some("H"), Some(own), O, None).map(drop),
        upload(Some("H")).map(drop),
        requested(&c, "GET", "/x.json", Some(r#"{"factory_id":""}"#)).map(drop),
    ];
    for result in refused {
        let error = result.expect_err("two factories, or none");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        assert!(error.message().contains("factory_id"), "{error}");
    }
    assert_eq!(service.seen().len(), count, "nothing was sent");
}

#[test]
fn only_a_status_that_is_final_ends_a_wait() {
    const V: Answer = (200, "", r#"{"id":"v","status":"success"}"#);
    type Wait = fn(&Client) -> Result<Value>;
    let wait: [(&str, Wait); 3] = [
        ("video", |c| c.video_wait(None, "v", O, None)),
        ("encoding", |c| c.encoding_wait(None, "v", O, None)),
        ("encodings", |c| c.video_encodings_wait(None, "v", O, None)),
    ];
    for (name, wait) in wait {
        for body in [r#"{"id":"v"}"#, r#"{"id":"v","status":null}"#, r#"{"id":"v","status":5}"#, "[]"] {
            let answers = Box::leak(vec![(200, "", body)].into_boxed_slice());
            let error = wait(&client(&Service::start(answers))).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::Protocol, "{name} {body}: {error}");
            assert!(error.message().contains("status"), "{name} {body}: {error}");
        }
    }
    let unknown = (200, "", r#"{"id":"v","status":"resting"}"#);
    for wait in [wait[0].1, wait[1].1] {
        let answers = Box::leak(vec![unknown, V].into_boxed_slice());
        let service = Service::start(answers);
        assert_eq!(wait(&client(&service)).expect("done")["status"], "success");
        assert_eq!(service.seen().len(), 2);
    }
    let none = (200, "", r#"[{"id":"e"}]"#);
    let error = wait[2].1(&client(&Service::start(Box::leak(vec![V, none].into_boxed_slice()))));
    assert_eq!(error.expect_err("no status").kind(), ErrorKind::Protocol);
    let resting = (200, "", r#"[{"id":"e","status":"resting"}]"#);
    let done = (200, "", r#"[{"id":"e","status":"fail"}]"#);
    let service = Service::start(Box::leak(vec![V, resting, done].into_boxed_slice()));
    assert_eq!(wait[2].1(&client(&service)).expect("done")[0]["status"], "fail");
    assert_eq!(service.seen().len(), 3);
}

#[test]
fn a_list_is_a_list() {
    for body in [r#"{"id":"x"}"#, "{}", r#"{"videos":{}}"#, r#"{"error":"X"}"#] {
        let c = client(&Service::start(Box::leak(vec![(200, "", body)].into_boxed_slice())));
        for (name, answer) in [
            ("list", c.list(Resource::Videos, None, None, O, None)),
            ("video_encodings", c.video_encodings(None, "v", None, O, None)),
        ] {
            let error = answer.expect_err(body);
            assert_eq!(
                (error.kind(), error.http_status()),
                (ErrorKind::Protocol, 200),
                "{name} {body}: {error}"
            );
            assert!(error.message().contains("no list") && error.body() == body, "{name} {body}: {error}");
        }
    }
}
