//! Addresses and headers that callers and services supply.

use ferry::error::ErrorKind;
use ferry::http::{self, Method, Payload, Request};

use crate::server::{Server, answer, request, send, values};

#[test]
fn a_port_that_is_none_is_refused_and_not_taken_for_80() {
    for port in ["0", "65536", "99999", "8o", "", "-1", "+80", "080000"] {
        for host in ["127.0.0.1", "[::1]", "files.example.com"] {
            let url = format!("http://{host}:{port}");
            let error = http::check_base_url("base_url", &url).expect_err(&url);
            assert!(
                error.kind() == ErrorKind::InvalidArgument && error.message().contains("port"),
                "{error}"
            );
            let error = http::check_scheme(&format!("{url}/x"), &url).expect_err(&url);
            assert!(error.kind() == ErrorKind::Protocol && error.message().contains("port"), "{error}");
        }
    }
    for good in ["http://127.0.0.1:1", "https://[::1]:65535", "http://[::1]"] {
        assert!(http::check_base_url("base_url", good).is_ok(), "{good}");
        assert!(http::check_scheme(good, "http://a").is_ok(), "{good}");
    }
    assert!(http::check_scheme("https://u:9999999@a.example.com", "http://a").is_ok());
    for bad in ["https://a.example.com/#x", "https://u:9999999@a.example.com"] {
        assert!(http::check_base_url("base_url", bad).is_err(), "{bad}");
    }
}

#[test]
fn headers_that_belong_to_the_connection_are_refused_from_a_service() {
    let check = |name: &str| http::check_headers(&[(name.to_owned(), "x".to_owned())]);
    for name in ["Transfer-Encoding", "connection", "Expect", "Keep-Alive", "TE", "Trailer", "Upgrade"] {
        let error = check(name).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.message().contains(&name.to_ascii_lowercase()), "{error}");
    }
    for name in ["Proxy-Authorization", "Proxy-Connection", "Proxy-Authenticate", "a b", "a\r\nb"] {
        assert!(check(name).is_err(), "{name}");
    }
    for name in ["Authorization", "Content-MD5", "x-amz-date", "Host", "Content-Length"] {
        assert!(check(name).is_ok(), "{name}");
    }
}

#[test]
fn host_and_length_are_those_of_the_request_whatever_a_service_hands_out() {
    let server = Server::start(|_, body| answer("200 OK", "", body));
    let handed_out = [("Host", "evil.example"), ("Content-Length", "99"), ("x-amz-date", "today")];
    let headers = handed_out.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let url = server.url("/");
    for streamed in [false, true] {
        let mut reader = &b"body"[..];
        let body = if streamed {
            Payload::Stream { reader: &mut reader, length: 4 }
        } else {
            Payload::Bytes(b"body")
        };
        let request = Request { headers: headers.clone(), body, ..request(Method::PUT, &url) };
        assert_eq!(send(request).expect("an answer").body, b"body");
    }
    for head in server.heads() {
        assert_eq!(values(&head, "host"), [server.address.to_string()]);
        assert_eq!(values(&head, "content-length"), ["4"]);
        assert_eq!(values(&head, "x-amz-date"), ["today"]);
    }
}
