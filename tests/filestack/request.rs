//! Any request: where it may go, what it carries, what comes back.

use ferry::error::{ErrorKind, Result};
use ferry::filestack::{Client, ClientOptions, Filelink, rest};
use ferry::http::Response;
use serde_json::json;

use super::calls::options;
use super::server::{Reply, Server};
use super::{APIKEY, HANDLE, NEEDLES, SIGNATURE, client};

fn ask(server: &Server, method: &str, target: &str, body: Option<&str>) -> Result<Response> {
    rest::request(&client(&server.url(), 2), method, target, body, &options(), None)
}

fn fine() -> Server {
    Server::start(|seen| {
        let headers = "content-type: application/json\r\nx-own: 1\r\n".to_owned();
        Reply::Answer(201, headers, json!({"method": seen.method}).to_string().into_bytes())
    })
}

#[test]
fn a_path_is_below_the_api_and_is_signed() {
    let server = fine();
    let answer = ask(&server, "post", "/file/x?a=b", Some(r#"{"c": 1}"#)).expect("an answer");
    assert_eq!((answer.status, answer.header("x-own")), (201, Some("1")));
    assert_eq!(answer.json().expect("JSON")["method"], "POST");
    let seen = server.seen().remove(0);
    assert!(seen.target.starts_with("/api/file/x?a=b&policy="), "{}", seen.target);
    assert!(seen.target.ends_with(&format!("&signature={SIGNATURE}")), "{}", seen.target);
    assert!(
        !seen.target.contains(APIKEY) && !seen.head.contains(APIKEY),
        "the API key goes nowhere by itself"
    );
    assert!(seen.head.to_ascii_lowercase().contains("content-type: application/json"), "{}", seen.head);
    assert_eq!(seen.body, br#"{"c": 1}"#);

    ask(&server, "GET", "/file/x", None).expect("an answer");
    assert!(server.seen().remove(1).target.starts_with("/api/file/x?policy="));
    let head = ask(&server, "HEAD", "/file/x", None).expect("an answer");
    assert!(head.body.is_empty());
}

#[test]
fn a_url_is_at_one_of_the_hosts_of_the_client() {
    let server = fine();
    let url = format!("{}/process/x", server.url());
    ask(&server, "GET", &url, None).expect("an answer");
    assert_eq!(server.seen().remove(0).path(), "/process/x");
    server.forget();
    let port = server.url().rsplit(':').next().map(str::to_owned).unwrap_or_default();
    for target in [
        "https://example.com/x".to_owned(),
        format!("http://127.0.0.1:{port}@example.com/x"),
        format!("http://user:pw@127.0.0.1:{port}/x"),
        format!("https://127.0.0.1:{port}/x"),
        format!("http://localhost:{port}/x"),
        "http://127.0.0.1:1/x".to_owned(),
        format!("ftp://127.0.0.1:{port}/x"),
        "file".to_owned(),
        String::new(),
        "/../secret".to_owned(),
        "/a/%2e%2E/b".to_owned(),
        "/a b".to_owned(),
        "/a\r\nX-Evil: 1".to_owned(),
        "/a#b".to_owned(),
        "/a%+f".to_owned(),
        format!("/{}", "x".repeat(100_000)),
    ] {
        let error = ask(&server, "GET", &target, None).expect_err(&target);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{target:?}: {error}");
    }
    assert!(server.seen().is_empty(), "something was sent");
}

#[test]
fn bad_methods_and_bodies_are_refused() {
    let server = fine();
    for (method, body) in [
        ("TRACE", None),
        ("CONNECT", None),
        ("", None),
        ("GET\r\n", None),
        ("GET", Some("{}")),
        ("HEAD", Some("{}")),
        ("POST", Some("{")),
    ] {
        let error = ask(&server, method, "/x", body).expect_err(method);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{method:?}: {error}");
    }
    assert!(server.seen().is_empty(), "something was sent");
}

#[test]
fn only_what_is_idempotent_is_repeated() {
    for (method, times) in [("GET", 3), ("HEAD", 3), ("PUT", 3), ("DELETE", 3), ("POST", 1), ("PATCH", 1)] {
        let server = Server::start(|_| Reply::Lost);
        ask(&server, method, "/x", None).expect_err(method);
        assert_eq!(server.seen().len(), times, "{method}");
    }
}

#[test]
fn an_answer_that_is_no_success_is_an_error_without_secrets() {
    let server = Server::start(|seen| {
        Reply::Answer(404, String::new(), format!("{} {}", seen.target, seen.head).into_bytes())
    });
    let target = format!("/file/x?key={APIKEY}&token=t0ken-Value_1");
    let error = ask(&server, "GET", &target, None).expect_err("404");
    assert_eq!(
        (error.kind(), error.http_status(), error.step()),
        (ErrorKind::Http, 404, "request"),
        "{error}"
    );
    assert!(error.message().contains("/api/file/x"), "{error}");
    for needle in NEEDLES {
        assert!(
            !error.message().contains(needle) && !error.body().contains(needle),
            "{error}: {}",
            error.body()
        );
    }
}

#[test]
fn a_refusal_without_a_reason_says_what_to_look_at() {
    let refused = |status: u16, reason: &str, is_signed: bool| {
        let reason = reason.to_owned();
        let server =
            Server::start(move |_| Reply::Answer(status, String::new(), reason.clone().into_bytes()));
        let own = ClientOptions {
            base_url: Some(server.url()),
            security: is_signed.then(super::security),
            ..ClientOptions::default()
        };
        let client = Client::new(APIKEY, own).expect("a client");
        let link = Filelink::new(&client, HANDLE).expect("a filelink");
        let error = link.metadata(None, &options(), None).expect_err("refused");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, status), "{error}");
        error.message().to_owned()
    };
    for status in [401, 403] {
        let message = refused(status, "Invalid App policy", true);
        assert!(message.contains("the secret of this API key's application"), "{message}");
        let message = refused(status, "the policy has expired", true);
        assert!(!message.contains("the secret of this API key's application"), "{message}");
        let message = refused(status, "", false);
        assert!(message.contains("no policy was sent"), "{message}");
    }
    assert!(!refused(404, "", false).contains("policy"), "that is no refusal");
}
