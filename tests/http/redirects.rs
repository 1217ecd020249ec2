//! Redirects.

use ferry::error::ErrorKind;
use ferry::http::{Method, Payload, Request, Response};

use crate::server::{Server, answer, get, request, send, texts, values};

/// Redirects `/hop/N` to `/hop/N-1` with `status`; `/hop/0` is the goal.
fn hops(status: &'static str) -> Server {
    Server::start(move |head, _| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path.rsplit('/').next().and_then(|n| n.parse::<u32>().ok()) {
            Some(0) | None => answer("200 OK", "", "\"goal\""),
            Some(n) => answer(status, &format!("location: /hop/{}\r\n", n - 1), "moved"),
        }
    })
}

#[test]
fn a_get_follows_five_redirects_of_each_status_and_no_sixth() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let server = hops(status);
        assert_eq!(get(&server.url("/hop/5")).expect("followed").body, b"\"goal\"", "{status}");
        assert_eq!(server.heads().len(), 6);
        let error = get(&server.url("/hop/6")).and_then(Response::success).expect_err("too many");
        assert_eq!(error.http_status().to_string(), status[..3], "{error}");
        assert!(error.message().contains(&server.url("/hop/0")), "{error}");
        assert!(!error.retryable(), "{error}");
    }
}

#[test]
fn a_head_stays_a_head() {
    let server = hops("303 See Other");
    send(request(Method::HEAD, &server.url("/hop/2"))).expect("followed");
    assert!(server.heads().iter().all(|head| head.starts_with("HEAD ")), "{:?}", server.heads());
    assert_eq!(server.heads().len(), 3);
}

#[test]
fn a_relative_location_is_resolved() {
    let server = Server::start(|head, _| match head.split(' ').nth(1).unwrap_or_default() {
        "/a/b/c?x=1" => answer("302 Found", "location: ../d?y=2#part\r\n", ""),
        "/a/d?y=2" => answer("302 Found", "location: ?z=3\r\n", ""),
        "/a/d?z=3" => answer("302 Found", "location: ./e/.//f\r\n", ""),
        _ => answer("200 OK", "", "[]"),
    });
    get(&server.url("/a/b/c?x=1")).expect("followed");
    assert_eq!(server.paths(), ["/a/b/c?x=1", "/a/d?y=2", "/a/d?z=3", "/a/e//f"]);
}

/// It is the service's own: what it means is for the service to say.
#[test]
fn a_percent_sign_in_a_location_goes_back_as_it_came() {
    let server = Server::start(|head, _| match head.split(' ').nth(1).unwrap_or_default() {
        "/" => answer("302 Found", "location: /%zz?x=100%&y=%4\r\n", ""),
        _ => answer("404 Not Found", "", "%zz"),
    });
    let error = get(&server.url("/")).and_then(Response::success).expect_err("404");
    assert_eq!(server.paths(), ["/", "/%zz?x=100%&y=%4"]);
    assert_eq!((error.http_status(), error.body()), (404, "%zz"));
}

#[test]
fn credentials_stay_with_their_origin() {
    let other = Server::start(|_, _| answer("403 Forbidden", "", "no token=hush2"));
    let far = other.url("/far?X-Amz-Signature=hush2hush2");
    let server = Server::start(move |head, _| match head.split(' ').nth(1).unwrap_or_default() {
        "/start?policy=hush3" => answer("302 Found", "location: /near\r\n", ""),
        _ => answer("302 Found", &format!("location: {far}\r\n"), ""),
    });
    let own =
        [("X-Api-Key", "hush1"), ("Authorization", "hush1"), ("User-Agent", "us"), ("Range", "bytes=0-1")];
    let headers = own.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let url = server.url("/start?policy=hush3");
    let answer = send(Request { headers, ..request(Method::GET, &url) }).expect("followed");
    let near = &server.heads()[1];
    assert_eq!((values(near, "x-api-key"), server.paths()[1].as_str()), (vec!["hush1".to_owned()], "/near"));
    let far = &other.heads()[0];
    assert!(!far.contains("hush1") && !far.contains("hush3"), "{far}");
    assert_eq!(
        (values(far, "user-agent"), values(far, "range")),
        (vec!["us".into()], vec!["bytes=0-1".into()])
    );
    assert_eq!(answer.shown(), other.url("/far"));
    let error = answer.success().expect_err("refused");
    assert!(!texts(&error).contains("hush2hush2"), "{}", texts(&error));
}

#[test]
fn a_circle_of_redirects_ends_with_an_error_that_names_it() {
    let server = Server::start(|head, _| {
        let to = if head.starts_with("GET /a") { "/b?token=hush" } else { "/a?token=hush" };
        answer("302 Found", &format!("location: {to}\r\n"), "")
    });
    let error = get(&server.url("/a?token=hush")).and_then(Response::success).expect_err("a circle");
    assert!(error.message().contains(&server.url("/a")) && !texts(&error).contains("hush"), "{error}");
    assert!(!error.retryable() && server.heads().len() <= 6, "{error}");
}

#[test]
fn a_redirect_to_what_cannot_be_used_is_refused() {
    for to in [
        "file:///etc/passwd",
        "ftp://h/x",
        "http://127.0.0.1:0/x",
        "http://",
        "http:///x",
        "",
        "http://a b/",
        "/ü",
    ] {
        let location = format!("location: {to}\r\n");
        let server = Server::start(move |_, _| answer("302 Found", &location, ""));
        let error = get(&server.url("/")).and_then(Response::success).expect_err(to);
        assert!(!error.retryable() && error.http_status() == 302, "{to}: {error}");
        assert_eq!(server.heads().len(), 1, "{to}");
    }
    let server = Server::start(|_, _| answer("302 Found", "", ""));
    let error = get(&server.url("/")).and_then(Response::success).expect_err("nowhere");
    assert_eq!(error.http_status(), 302);
}

#[test]
fn other_methods_are_not_redirected_and_the_error_names_where_to() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let server = Server::start(|head, _| {
            let to = "https://u:hush@other.example/new?X-Amz-Signature=hush";
            let status = if head.starts_with("PUT") { "301 Moved" } else { "302 Found" };
            answer(status, &format!("location: {to}\r\n"), "")
        });
        let url = server.url("/");
        let error = send(request(method.clone(), &url)).and_then(Response::success).expect_err("a redirect");
        assert!(error.message().contains("https://other.example/new"), "{error}");
        assert!(!texts(&error).contains("hush") && !error.retryable(), "{error}");
        assert_eq!(server.heads().len(), 1);
    }
}

#[test]
fn a_redirect_of_a_put_is_an_error_that_names_where_to() {
    let xml = "<Error><Code>TemporaryRedirect</Code><Message>elsewhere</Message></Error>";
    let server =
        Server::start(move |_, _| answer("307 Moved", "location: http://127.0.0.1:1/x?s=hush\r\n", xml));
    let request = Request { body: Payload::Bytes(b"part"), ..request(Method::PUT, &server.url("/x")) };
    let error = send(request).and_then(Response::success).expect_err("a redirect");
    assert_eq!((error.kind(), error.http_status(), error.retryable()), (ErrorKind::Http, 307, false));
    assert!(error.message().contains("http://127.0.0.1:1/x") && !texts(&error).contains("hush"), "{error}");
}
