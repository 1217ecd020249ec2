//! What holds for every call to Telestream: no error shows a secret, a deadline and an observer end it, no
//! redirect is followed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind, Result};
use ferry::http::Connection;
use ferry::telestream::{Client, ClientOptions, RequestOptions, Resource};
use ferry::transfer::report::Observer;
use serde_json::json;

use crate::service::{ACCESS, Reply, SECRET, Seen, Service, encoded};
use crate::support::nobody;

/// The options of a request by default.
const O: &RequestOptions = &RequestOptions { deadline: None };

fn client(service: &Service) -> Arc<Client> {
    let options =
        ClientOptions { base_url: Some(service.url()), factory_id: Some("F".into()), ..Default::default() };
    Client::new(ACCESS, SECRET, options).expect("a client")
}

/// Every function that talks, once.
type Ask = fn(&Client, &RequestOptions, Option<Observer<'_>>) -> Result<()>;

const CALLS: [(&str, Ask); 20] = [
    ("list", |c, o, w| c.list(Resource::Videos, None, None, o, w).map(drop)),
    ("list_all", |c, o, w| c.list_all(Resource::Factories, None, None, o, w).map(drop)),
    ("find", |c, o, w| c.find(Resource::Profiles, None, "p", None, o, w).map(drop)),
    ("create", |c, o, w| c.create(Resource::Encodings, None, r#"{"video_id":"v"}"#, o, w).map(drop)),
    ("create a video", |c, o, w| {
        let params = r#"{"source_url":"http://user:pass-of-source@e.com/x?token=query-of-source"}"#;
        c.create(Resource::Videos, None, params, o, w).map(drop)
    }),
    ("update", |c, o, w| c.update(Resource::Profiles, None, "p", r#"{"fps":5}"#, o, w).map(drop)),
    ("update a factory", |c, o, w| {
        let params = r#"{"aws_secret_key":"key-of-storage"}"#;
        c.update(Resource::Factories, None, "f", params, o, w).map(drop)
    }),
    ("delete", |c, o, w| c.delete(Resource::Videos, None, "v", o, w).map(drop)),
    ("video_encodings", |c, o, w| c.video_encodings(None, "v", None, o, w).map(drop)),
    ("video_metadata", |c, o, w| c.video_metadata(None, "v", o, w).map(drop)),
    ("video_delete_source", |c, o, w| c.video_delete_source(None, "v", o, w).map(drop)),
    ("encoding_retry", |c, o, w| c.encoding_retry(None, "e", o, w).map(drop)),
    ("encoding_cancel", |c, o, w| c.encoding_cancel(None, "e", o, w).map(drop)),
    ("notifications", |c, o, w| c.notifications(None, o, w).map(drop)),
    ("notifications_update", |c, o, w| c.notifications_update(None, r#"{"delay":5}"#, o, w).map(drop)),
    ("video_wait", |c, o, w| c.video_wait(None, "v", o, w).map(drop)),
    ("video_encodings_wait", |c, o, w| c.video_encodings_wait(None, "v", o, w).map(drop)),
    ("encoding_wait", |c, o, w| c.encoding_wait(None, "e", o, w).map(drop)),
    ("request", |c, o, w| c.request("PUT", "/x.json", Some(r#"{"a":1}"#), o, w).map(drop)),
    ("create a video of a file", |c, o, w| {
        let params = json!({"file": concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ferry.png")});
        c.create(Resource::Videos, None, &params.to_string(), o, w).map(drop)
    }),
];

const ODD_ACCESS: &str = "AKID+/=\u{e9}42";
const ODD_APIKEY: &str = "tcs_key/+=42";

/// Clients of both APIs with keys that change when they are encoded.
fn both_clients(url: &str) -> [Arc<Client>; 2] {
    let options = || ClientOptions {
        base_url: Some(url.to_owned()),
        factory_id: Some("F".into()),
        connection: Connection { max_retries: 0, ..Connection::default() },
        ..Default::default()
    };
    let signed = Client::new(ODD_ACCESS, SECRET, options()).expect("a client");
    [signed, Client::with_apikey(ODD_APIKEY, options()).expect("a client")]
}

/// The same, and how many of the calls each has: with an API key the last one is refused.
fn both_with_calls(url: &str) -> [(Arc<Client>, usize); 2] {
    let [signed, keyed] = both_clients(url);
    [(signed, CALLS.len()), (keyed, CALLS.len() - 1)]
}

fn assert_hidden(name: &str, error: &Error, secrets: &[&str]) {
    let told = format!("{}\n{}\n{error:?}", error.message(), error.body());
    for secret in secrets {
        let forms = [
            (*secret).to_owned(),
            encoded(secret),
            encoded(&encoded(secret)),
            encoded(secret).to_lowercase(),
        ];
        for form in forms {
            assert!(!told.contains(&form), "{name} shows {form}: {told}");
        }
    }
}

/// An error that has the whole request in it, as it is and percent-encoded.
fn echo_text(seen: &Seen) -> Reply {
    let echo = seen.echo();
    Reply::new(422, format!("{echo}\n{}\n{}", encoded(&echo), encoded(&encoded(&echo))))
}

fn echo_json(seen: &Seen) -> Reply {
    Reply::new(422, json!({"error": "Echo", "message": echo_text(seen).body}).to_string())
}

#[test]
fn no_error_of_a_service_that_echoes_shows_a_secret() {
    for echo in [echo_text, echo_json] {
        let service = Service::answering(echo);
        for (client, calls) in both_with_calls(&service.url()) {
            for (name, ask) in CALLS.into_iter().take(calls) {
                let error = ask(&client, O, None).expect_err(name);
                assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 422), "{name}: {error}");
                let seen = service.seen().pop().expect("a request");
                let signature = seen.params.get("signature").map_or("none was sent", String::as_str);
                let sources = ["pass-of-source", "query-of-source", "key-of-storage"];
                assert_hidden(name, &error, &[ODD_ACCESS, ODD_APIKEY, signature]);
                assert_hidden(name, &error, &sources);
                assert!(error.message().contains(&seen.method), "{name}: the echo is gone too: {error}");
            }
        }
    }
}

/// Its name does not stand before it, as in a query.
#[test]
fn an_access_key_is_hidden_wherever_it_stands() {
    let service = Service::answering(|seen| {
        let key = seen.params.get("access_key").or(seen.params.get("api_key")).cloned().unwrap_or_default();
        Reply::new(422, json!({"error": "Unknown", "message": format!("nobody has {key} here")}).to_string())
    });
    let client = both_clients(&service.url()).into_iter().next().expect("a client that signs");
    let (name, ask) = CALLS[0];
    let error = ask(&client, O, None).expect_err(name);
    assert!(error.message().contains("nobody has"), "{error}");
    assert_hidden(name, &error, &[ODD_ACCESS]);
}

/// It is never sent, but the service has it too.
#[test]
fn a_secret_key_that_the_service_tells_is_hidden() {
    let told = format!("<{SECRET}> <se%63ret> <{}>", hexadecimal(SECRET));
    let service = Service::answering(move |_| Reply::new(422, json!({"message": told}).to_string()));
    let client = both_clients(&service.url()).into_iter().next().expect("a client that signs");
    let (name, ask) = CALLS[0];
    let error = ask(&client, O, None).expect_err(name);
    assert!(error.message().ends_with("<***> <***> <***>"), "{error}");
    assert_hidden(name, &error, &[SECRET]);
}

/// A text is cleaned before it is cut.
#[test]
fn no_cut_leaves_the_beginning_of_a_key() {
    for length in [0, 4000, (16 << 10) - 100] {
        for more in (0..100).step_by(5) {
            let before = "x".repeat(length + more);
            let error = format!("{before}{ODD_APIKEY}{}", "y".repeat(2042));
            let failed = json!({"id": "v", "status": "fail", "pad": error, "error_message": error});
            let service = Service::answering(move |_| Reply::new(200, failed.to_string()));
            let [_, client] = both_clients(&service.url());
            let error = client.video_wait(None, "v", O, None).expect_err("failed");
            assert!(error.message().contains("video v has failed"), "{error}");
            for text in [error.message(), error.body()] {
                let is_left = [&ODD_APIKEY[..6], &ODD_APIKEY[6..]].iter().any(|piece| text.contains(piece));
                assert!(!is_left, "{text}");
            }
        }
    }
}

#[test]
fn short_and_nested_secrets_of_parameters_are_hidden() {
    let told = "login of bob77 with hunter2, key abc1234, c0ffeec0ffeec0ffee, correct-horse";
    let service = Service::answering(move |_| Reply::new(422, json!({"message": told}).to_string()));
    let client = client(&service);
    for (params, expected) in [
        (
            json!({"source_url": "ftp://bob77:hunter2@h.example.com/a.mp4", "aws_secret_key": "abc1234"}),
            "login of *** with ***, key ***, c0ffeec0ffeec0ffee, correct-horse",
        ),
        (
            json!({"source_url": "https://cdn.filestackcontent.com/security=p:eyJ,s:c0ffeec0ffeec0ffee/H"}),
            "login of bob77 with hunter2, key abc1234, ***, correct-horse",
        ),
        (
            json!({"pipeline": {"x": {"password": "correct-horse", "secret": "hunter2"}}, "y": {"secret": 77}}),
            "login of bob77 with ***, key abc1234, c0ffeec0ffeec0ffee, ***",
        ),
        (
            json!({"x": {"username": "bob77", "password": "correct-horse", "host": "login"}}),
            "login of *** with hunter2, key abc1234, c0ffeec0ffeec0ffee, ***",
        ),
    ] {
        let error = client.create(Resource::Videos, None, &params.to_string(), O, None).expect_err("422");
        assert!(error.message().ends_with(expected), "{error}");
    }
}

/// A success too may repeat what proves the request.
#[test]
fn an_answer_that_repeats_its_signature_shows_none() {
    let service = Service::answering(|seen| {
        let signature = seen.params.get("signature").cloned().unwrap_or_default();
        let status = if seen.target.contains("videos/v") { "fail" } else { "x" };
        Reply::new(200, json!({"status": status, "error_message": signature}).to_string())
    });
    let [client, _] = both_clients(&service.url());
    let failed = client.video_wait(None, "v", O, None).expect_err("failed");
    let no_list = client.list(Resource::Profiles, None, None, O, None).expect_err("no list");
    let seen = service.seen();
    for (error, seen) in [failed, no_list].iter().zip(&seen) {
        let signature = seen.params.get("signature").expect("a signature");
        assert!(error.body().contains("***"), "{}", error.body());
        assert_hidden("success", error, &[signature]);
    }
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn no_error_of_a_refused_connection_shows_a_secret() {
    let (_taken, address) = nobody();
    for (client, calls) in both_with_calls(&format!("http://{address}")) {
        for (name, ask) in CALLS.into_iter().take(calls) {
            let error = ask(&client, O, None).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::Network, "{name}: {error}");
            assert!(error.message().contains(&address.to_string()), "{name}: {error}");
            assert!(!error.message().contains('?'), "{name}: {error}");
            let sources = ["pass-of-source", "query-of-source", "key-of-storage"];
            assert_hidden(name, &error, &[ODD_ACCESS, ODD_APIKEY]);
            assert_hidden(name, &error, &sources);
        }
    }
}

#[test]
fn every_call_ends_at_its_deadline() {
    let service = Service::silent();
    let client = client(&service);
    let deadline = Duration::from_millis(300);
    std::thread::scope(|scope| {
        for (name, ask) in CALLS {
            let client = &client;
            scope.spawn(move || {
                let begin = Instant::now();
                let options = RequestOptions { deadline: Some(deadline) };
                let error = ask(client, &options, None).expect_err(name);
                assert_eq!(error.kind(), ErrorKind::Timeout, "{name}: {error}");
                let took = begin.elapsed();
                assert!(took >= deadline && took < deadline + Duration::from_secs(1), "{name}: {took:?}");
            });
        }
    });
}

#[test]
fn every_call_ends_when_its_observer_says_so() {
    let service = Service::silent();
    let client = client(&service);
    std::thread::scope(|scope| {
        for (name, ask) in CALLS {
            let client = &client;
            scope.spawn(move || {
                let (mut reports, mut asked) = (0, None);
                let mut observe = |_: &ferry::transfer::progress::Snapshot| {
                    reports += 1;
                    if reports == 2 {
                        asked = Some(Instant::now());
                    }
                    reports < 2
                };
                let error = ask(client, O, Some(&mut observe)).expect_err(name);
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{name}: {error}");
                // What makes something may have done so.
                let makes =
                    name.starts_with("create") || matches!(name, "encoding_retry" | "encoding_cancel");
                assert_eq!(error.retryable(), !makes, "{name}");
                let took = asked.expect("a second report").elapsed();
                assert!(took < Duration::from_secs(1), "{name}: {took:?}");
            });
        }
    });
}

#[test]
fn only_a_call_that_reads_follows_a_redirect() {
    let (_taken, nobody) = nobody();
    let service =
        Service::answering(move |_| Reply::new(307, "").with("location", &format!("http://{nobody}/x")));
    let [client, _] = both_clients(&service.url());
    for (name, ask) in CALLS {
        let error = ask(&client, O, None).expect_err(name);
        let is_followed = error.kind() == ErrorKind::Network && error.message().contains(&nobody.to_string());
        let method = service.seen().pop().expect("a request").method;
        assert_eq!(is_followed, method == "GET", "{name}: {error}");
        assert!(is_followed || error.http_status() == 307, "{name}: {error}");
    }
}
