//! Answers: bounded, not encoded, and readable whole.

use ferry::error::ErrorKind;
use ferry::http::{Method, Response};

use crate::server::{Server, answer, get, request, send, values};

#[test]
fn an_answer_of_too_many_json_values_is_refused() {
    let json = |body: String| {
        let server = Server::start(move |_, _| answer("200 OK", "", &body));
        get(&server.url("/")).and_then(|answer| answer.json())
    };
    let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(json(list(199_999)).is_ok());
    for body in [
        list(200_000),
        list(1 << 20),
        format!("[{}[]]", "[],".repeat(300_000)),
        format!("{{{}}}", members(250_000)),
    ] {
        let error = json(body).expect_err("too many");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Protocol, 200));
        assert!(error.message().contains("200000 JSON values"), "{error}");
    }
    let deep = |depth: usize| json(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(deep(100).is_ok());
    let error = deep(100_000).expect_err("too deep");
    assert!(error.kind() == ErrorKind::Protocol && error.message().contains("128"), "{error}");
    // Commas and brackets inside a text are no values.
    assert!(json(format!("[\"{}\\\"{}\"]", "[,{".repeat(200_000), ",".repeat(300_000))).is_ok());
}

fn members(count: usize) -> String {
    (0..count).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(",")
}

#[test]
fn no_encoding_is_accepted_and_an_encoded_answer_is_refused() {
    let gzip = |status: &'static str| {
        let server = Server::start(move |_, _| answer(status, "content-encoding: gzip\r\n", "\u{1f}junk"));
        let result = get(&server.url("/"));
        let heads = server.heads();
        assert_eq!(values(&heads[0], "accept-encoding"), ["identity"]);
        result
    };
    let error = gzip("200 OK").expect_err("encoded");
    assert!(error.kind() == ErrorKind::Protocol && error.message().contains("gzip"), "{error}");
    // A busy gateway is still a busy gateway.
    let error = gzip("503 Service Unavailable").and_then(Response::success).expect_err("busy");
    assert_eq!((error.kind(), error.http_status(), error.retryable()), (ErrorKind::Http, 503, true));
    assert_eq!(error.body(), "");
    let server = Server::start(|_, _| answer("200 OK", "content-encoding: identity\r\n", "[]"));
    assert!(get(&server.url("/")).is_ok());
}

#[test]
fn a_transfer_that_is_encoded_is_refused() {
    for encoding in ["gzip", "gzip, chunked", "chunked, gzip", "deflate"] {
        let server = Server::start(move |_, _| {
            let head =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: {encoding}\r\n\r\n");
            head + "4\r\njunk\r\n0\r\n\r\n"
        });
        let error = get(&server.url("/")).expect_err(encoding);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{encoding}: {error}");
        let named = encoding.split(", ").find(|name| *name != "chunked").expect("a name");
        assert!(error.message().contains(named) && !error.retryable(), "{encoding}: {error}");
    }
}

/// Its bytes would be taken with what frames them, as if that were the answer.
#[test]
fn an_answer_in_chunks_that_nobody_can_take_apart_is_refused() {
    for (version, encoding, why) in [
        ("1.0", "transfer-encoding: chunked\r\n", "HTTP/1.0"),
        ("1.0", "transfer-encoding: chunked\r\ncontent-length: 14\r\n", "HTTP/1.0"),
        ("1.1", "transfer-encoding: chunked, chunked\r\n", "chunks twice"),
        ("1.1", "transfer-encoding: chunked\r\ntransfer-encoding: Chunked\r\n", "chunks twice"),
    ] {
        let server = Server::start(move |_, _| {
            let head = format!("HTTP/{version} 200 OK\r\nconnection: close\r\n{encoding}\r\n");
            head + "4\r\njunk\r\n0\r\n\r\n"
        });
        let error = get(&server.url("/")).expect_err(encoding);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{encoding}: {error}");
        assert!(error.message().contains(why) && !error.retryable(), "{encoding}: {error}");
    }
}

#[test]
fn only_a_request_that_may_have_a_body_says_that_it_has_none() {
    for (method, says) in [
        (Method::GET, false),
        (Method::HEAD, false),
        (Method::DELETE, false),
        (Method::POST, true),
        (Method::PUT, true),
        (Method::PATCH, true),
    ] {
        let server = Server::start(|_, _| answer("200 OK", "", ""));
        send(request(method.clone(), &server.url("/"))).expect("an answer");
        let lengths = values(&server.heads()[0], "content-length");
        assert_eq!(lengths, if says { vec!["0"] } else { Vec::new() }, "{method}");
    }
}

#[test]
fn an_answer_may_have_16_mib_and_no_byte_more() {
    for (length, is_read) in [(16 << 20, true), ((16 << 20) + 1, false)] {
        let server = Server::start(move |_, _| answer("200 OK", "", &"x".repeat(length)));
        match get(&server.url("/")) {
            Ok(answer) => assert!(is_read && answer.body.len() == length),
            Err(error) => assert!(!is_read && error.message().contains("larger than 16 MiB"), "{error}"),
        }
    }
}

#[test]
fn an_answer_can_be_read_whole() {
    let server =
        Server::start(|_, _| answer("418 I'm a teapot", "X-B: 1\r\nX-A: two\r\nx-b: 3\r\n", "{\"a\": [1]}"));
    let url = server.url("/pot?key=hush");
    let answer = get(&url).expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (418, b"{\"a\": [1]}".as_slice()));
    assert_eq!(answer.json().expect("JSON")["a"][0], 1);
    assert_eq!((answer.header("x-A"), answer.header("X-b")), (Some("two"), Some("1")));
    assert_eq!((answer.header("x-c"), answer.shown()), (None, server.url("/pot")));
    let all: Vec<_> = answer.headers.get_all("x-b").iter().collect();
    assert_eq!(all, ["1", "3"]);
}
