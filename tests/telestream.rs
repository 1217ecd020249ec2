//! Requests to Telestream: what is sent, what is repeated, and what an error says.

#[path = "support/telestream.rs"]
mod service;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind};
use ferry::http::Connection;
use ferry::telestream::{Client, ClientOptions, Resource};
use serde_json::{Value, json};
use service::{ACCESS, Answer, SECRET, Service};

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

fn fine() -> Service {
    Service::start(&[(200, "", r#"{"id":"x"}"#)])
}

/// The error of one GET that is answered so.
fn error_of(answers: &'static [Answer]) -> Error {
    client_with(&Service::start(answers), SECRET, Some("F"), 0)
        .list(Resource::Videos, None, None)
        .expect_err("an error")
}

#[test]
fn every_operation_has_its_request() {
    let service = fine();
    let c = client(&service);
    let done: Vec<Value> = [
        c.list(Resource::Factories, None, None),
        c.list(Resource::Videos, None, Some(r#"{"page":2,"per_page":50,"status":"success"}"#)),
        c.list(Resource::Encodings, Some("G"), Some(r#"{"screenshots":true,"profile_name":"h264"}"#)),
        c.find(Resource::Factories, None, "A", None),
        c.find(Resource::Profiles, None, "my profile", Some(r#"{"expand":true}"#)),
        c.create(
            Resource::Videos,
            None,
            r#"{"source_url":"http://e.com/a b.mp4?x=1&y","profiles":["h264","webm"]}"#,
        ),
        c.create(Resource::Encodings, None, r#"{"video_id":"v","profile_id":"p"}"#),
        c.update(Resource::Factories, None, "A", r#"{"upload_original_video":true}"#),
        c.update(Resource::Factories, Some("G"), "A", r#"{"name":"♥"}"#),
        c.update(Resource::Profiles, None, "p", r#"{"fps":29.97,"title":""}"#),
        c.delete(Resource::Videos, None, "v"),
        c.delete(Resource::Encodings, None, "e"),
        c.delete(Resource::Profiles, None, "p"),
        c.video_encodings(None, "v", Some(r#"{"per_page":1}"#)),
        c.video_metadata(None, "v"),
        c.video_delete_source(Some("G"), "v"),
        c.encoding_retry(None, "e"),
        c.encoding_cancel(None, "e"),
        c.notifications(None),
        c.notifications_update(
            None,
            r#"{"delay":13,"send_video_payload":true,"events":{"video_created":false}}"#,
        ),
        c.request("get", "encodings/count.json", None),
        c.request(
            "PUT",
            "/x.json/",
            Some(r#"{"yes":true,"signature":"s","access_key":null,"timestamp":[]}"#),
        ),
    ]
    .into_iter()
    .map(|answer| answer.unwrap_or_else(|error| panic!("{error}")))
    .collect();
    assert!(done.iter().all(|answer| *answer == json!({"id": "x"})));
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
    client.list(Resource::Videos, None, Some(r#"{"factory_id":"P"}"#)).expect("an answer");
    client.list(Resource::Videos, Some("G"), Some(r#"{"factory_id":"P"}"#)).expect("an answer");
    client.list(Resource::Factories, None, None).expect("an answer");
    let seen: Vec<String> = service.seen().iter().map(service::Seen::plain).collect();
    assert_eq!(seen, ["factory_id=P", "factory_id=G", ""]);
}

#[test]
fn long_parameters_travel_in_the_body() {
    let service = fine();
    let command = "ffmpeg ✓ ".repeat(2000);
    let params = json!({"command": command, "extname": ".mp4"}).to_string();
    client(&service).create(Resource::Profiles, None, &params).expect("an answer");
    let seen = service.seen().remove(0);
    assert_eq!(seen.in_query, ["access_key", "signature", "timestamp"]);
    assert_eq!(seen.params["command"], command);
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
}

#[test]
fn every_attempt_is_signed_anew() {
    let service =
        Service::start(&[(503, "", ""), (0, "", ""), (429, "retry-after: 0\r\n", ""), (200, "", "[]")]);
    assert_eq!(client(&service).list(Resource::Videos, None, None).expect("the fourth"), json!([]));
    let seen = service.seen();
    let all = |name: &str| seen.iter().map(|seen| seen.params[name].clone()).collect::<BTreeSet<_>>();
    assert_eq!((seen.len(), all("timestamp").len(), all("signature").len()), (4, 4, 4));
}

#[test]
fn changes_are_repeated_twice_at_most() {
    let service = Service::start(&[(500, "", "")]);
    let client = client_with(&service, SECRET, Some("F"), 9);
    let error = client.delete(Resource::Videos, None, "v").expect_err("no answer");
    assert_eq!((service.seen().len(), error.retryable(), error.http_status()), (3, true, 500));
}

#[test]
fn what_may_have_been_made_is_not_made_again() {
    const LOST: [&[Answer]; 2] = [&[(500, "", "")], &[(0, "", "")]];
    for answers in LOST {
        let service = Service::start(answers);
        let error = client(&service).create(Resource::Videos, None, "{}").expect_err("no answer");
        assert_eq!((service.seen().len(), error.retryable()), (1, false), "{answers:?}");
    }
    let busy = Service::start(&[(429, "retry-after: 0\r\n", ""), (201, "", r#"{"id":"v"}"#)]);
    client(&busy).create(Resource::Videos, None, "{}").expect("the second");
    assert_eq!(busy.seen().len(), 2);
}

#[test]
fn a_post_that_finds_nobody_is_tried_again() {
    let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let client = |max_retries| {
        let options = ClientOptions {
            base_url: Some(format!("http://{address}")),
            factory_id: Some("F".into()),
            connection: Connection { max_retries, ..Connection::default() },
            ..Default::default()
        };
        Client::new(ACCESS, SECRET, options).expect("a client")
    };
    let error = client(0).create(Resource::Videos, None, "{}").expect_err("nobody is there");
    assert_eq!((error.kind(), error.retryable(), error.step()), (ErrorKind::Network, true, "create"));

    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        let listener = TcpListener::bind(address).expect("the same port");
        Service::on(listener, &[(201, "", r#"{"id":"v"}"#)])
    });
    client(10).create(Resource::Videos, None, "{}").expect("somebody is there at last");
    assert_eq!(late.join().expect("the service").seen().len(), 1);
}

#[test]
fn an_error_says_class_message_status_and_body() {
    const BODY: &str = r#"{"error":"RecordNotFound","message":"Couldn't find Video with ID=x"}"#;
    let service = Service::start(&[(404, "", BODY)]);
    let error = client(&service).find(Resource::Videos, None, "x", None).expect_err("an error");
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
    let error = client.list(Resource::Videos, None, None).expect_err("refused");
    assert!(error.message().ends_with("HTTP 401: NotAuthorized: Signatures do not match"), "{error}");
    let seen = service.seen().remove(0);
    assert!(!error.message().contains(&seen.params["signature"]) && !error.message().contains('?'));
}

#[test]
fn an_empty_answer_is_a_success_where_there_is_nothing_to_say() {
    let service = Service::start(&[(200, "", "")]);
    let c = client(&service);
    let answers = [
        c.delete(Resource::Videos, None, "v"),
        c.video_delete_source(None, "v"),
        c.encoding_retry(None, "e"),
        c.encoding_cancel(None, "e"),
        c.request("POST", "/x.json", None),
    ];
    assert!(answers.into_iter().all(|answer| answer.expect("a success") == Value::Null));
    assert_eq!(c.create(Resource::Videos, None, "{}").expect_err("no video").kind(), ErrorKind::Protocol);
}

#[test]
fn a_deadline_ends_all_attempts() {
    let service = Service::start(&[(503, "retry-after: 60\r\n", "")]);
    let options = ClientOptions {
        base_url: Some(service.url()),
        factory_id: Some("F".into()),
        connection: Connection { deadline: Some(Duration::from_millis(300)), ..Connection::default() },
        ..Default::default()
    };
    let start = Instant::now();
    let client = Client::new(ACCESS, SECRET, options).expect("a client");
    let error = client.list(Resource::Videos, None, None).expect_err("too late");
    // The pause would end after the deadline, so the answer is returned instead.
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 503));
    assert!(error.message().contains("deadline_ms"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
}
