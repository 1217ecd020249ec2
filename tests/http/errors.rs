//! What an error says, and when the next attempt is made.

use std::sync::Arc;
use std::time::Duration;

use ferry::error::{Error, ErrorKind};
use ferry::http::{Method, Response};

use crate::server::{Server, answer, bounds, get, http, request};

#[test]
fn a_message_is_one_line_whatever_a_service_says() {
    let json = r#"{"error": "one\ntwo\r\u001b[31mred\u0007\u0000\u009b\u2028\u202eend"}"#;
    let server = Server::start(move |_, _| answer("400 Bad Request", "", json));
    let error = get(&server.url("/")).and_then(Response::success).expect_err("refused");
    let error = error.while_doing("cannot\ndo it");
    assert!(!error.message().chars().any(|c| c.is_control() || "\u{2028}\u{202e}".contains(c)));
    assert!(error.message().starts_with("cannot do it: HTTP 400: one two"), "{:?}", error.message());
    let error = Error::new(ErrorKind::Http, "no").with_answer(400, "a\tb\r\n\u{1b}[31mc\0d".into());
    assert_eq!(error.body(), "a\tb\r\n\u{fffd}[31mc\u{fffd}d");
}

#[test]
fn the_body_of_an_error_has_at_most_16_kib_whoever_sets_it() {
    for filler in ["x", "é", "€", "\u{1}", "😀"] {
        let body = format!("a{}", filler.repeat(20_000));
        let error = Error::new(ErrorKind::Protocol, "no").with_answer(200, body);
        let length = error.body().len();
        assert!(length <= 16 << 10 && length > (16 << 10) - 4, "{filler:?}: {length}");
    }
}

#[test]
fn an_answer_is_returned_at_once_if_the_pause_does_not_fit_before_the_deadline() {
    let server = Server::start(|_, _| {
        answer("503 Service Unavailable", "retry-after: 60\r\n", "{\"error\": \"too busy\"}")
    });
    let http = http();
    let bounds = http.bounds(Arc::default(), Some(Duration::from_secs(2)));
    let url = server.url("/");
    let error = http.send(request(Method::GET, &url), &bounds).and_then(Response::success).expect_err("busy");
    let error = http.attempts().after(error, &bounds, || false).expect_err("no time");
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 503), "{error}");
    assert!(error.retryable() && error.body().contains("too busy"));
    assert!(error.message().contains("60 s") && error.message().contains("deadline"), "{error}");
    assert!(bounds.check().is_ok(), "the deadline was waited for");
}

#[test]
fn a_pause_longer_than_two_minutes_is_not_waited_for() {
    let bounds = bounds(&http());
    let asked = |seconds| {
        let busy =
            Error::new(ErrorKind::Http, "HTTP 503").with_answer(503, "busy".into()).with_retryable(true);
        // The wake-up ends each pause that is begun.
        http().attempts().after(busy.with_retry_after(Some(Duration::from_secs(seconds))), &bounds, || true)
    };
    assert!(asked(120).is_ok());
    let error = asked(121).expect_err("too long");
    assert_eq!((error.http_status(), error.body(), error.retryable()), (503, "busy", true));
    assert!(error.message().contains("121 s"), "{error}");
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let pause = |headers: &str| {
        let headers = format!("{headers}\r\n");
        let server = Server::start(move |_, _| answer("503 Service Unavailable", &headers, ""));
        get(&server.url("/")).and_then(Response::success).expect_err("busy").retry_after()
    };
    let date = "date: Wed, 21 Oct 2015 07:28:00 GMT\r\nretry-after: ";
    assert_eq!(pause("retry-after: 7"), Some(Duration::from_secs(7)));
    assert_eq!(pause(&format!("{date}Wed, 21 Oct 2015 07:29:30 GMT")), Some(Duration::from_secs(90)));
    assert_eq!(pause(&format!("{date}Wednesday, 21-Oct-15 07:28:05 GMT")), Some(Duration::from_secs(5)));
    assert_eq!(pause(&format!("{date}Wed, 21 Oct 2015 07:00:00 GMT")), Some(Duration::ZERO));
    assert_eq!(pause(&format!("{date}soon")), None);
    assert_eq!(pause("retry-after: -1"), None);
    assert!(
        pause("retry-after: 99999999999999999999999").is_some_and(|long| long > Duration::from_secs(120))
    );
}
