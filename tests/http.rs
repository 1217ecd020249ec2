//! What `src/http` promises, each against a small server in the test: redaction, redirects, pauses, bounds of an
//! answer, and what is never sent. One answer per connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ferry::error::{Error, ErrorKind, Result};
use ferry::http::{self, Bounds, Connection, Http, Method, Payload, Request, Response, Secrets};

/// A server on 127.0.0.1. It records the head of each request.
struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request with what `answer` makes of its head and body.
    fn start(answer: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (record, answer) = (Arc::clone(&heads), Arc::new(answer));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (record, answer) = (Arc::clone(&record), Arc::clone(&answer));
                thread::spawn(move || serve(client, &record, &*answer));
            }
        });
        Server { address, heads }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn paths(&self) -> Vec<String> {
        self.heads().iter().map(|head| head.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
    }
}

fn serve(
    mut client: TcpStream,
    record: &Mutex<Vec<String>>,
    answer: &dyn Fn(&str, &str) -> String,
) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = values(&head, "content-length").first().and_then(|v| v.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    record.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    client.write_all(answer(&head, &String::from_utf8_lossy(&body)).as_bytes()).ok()
}

/// The values of a header.
fn values(head: &str, name: &str) -> Vec<String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned()).collect()
}

/// An answer; `headers` end with `\r\n` each.
fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
}

fn http() -> Http {
    let connection = Connection { stall_timeout: Duration::from_secs(5), ..Connection::default() };
    Http::new(connection).expect("a client")
}

fn bounds(http: &Http) -> Arc<Bounds> {
    http.bounds(Arc::new(AtomicBool::new(false)), None)
}

fn request(method: Method, url: &str) -> Request<'static> {
    Request {
        method,
        url: url.to_owned(),
        headers: Vec::new(),
        body: Payload::None,
        shown: None,
        secrets: Secrets::default(),
    }
}

fn send(request: Request<'_>) -> Result<Response> {
    let http = http();
    http.send(request, &bounds(&http))
}

fn get(url: &str) -> Result<Response> {
    send(request(Method::GET, url))
}

/// All that people may read of an error.
fn texts(error: &Error) -> String {
    format!("{}\n{}\n{error:?}", error.message(), error.body())
}

// Secrets.

/// A policy in base64 with the characters that every encoding treats differently.
const POLICY: &str = "eyJ+/-ab\"c d&e\\<fé==";

/// `POLICY` as services and proxies write it. Made by hand and by Python, not by the code under test.
const FORMS: [&str; 12] = [
    POLICY,
    "eyJ%2B%2F-ab%22c%20d%26e%5C%3Cf%C3%A9%3D%3D",
    "eyJ%2b%2f-ab%22c%20d%26e%5c%3cf%c3%a9%3d%3d",
    "eyJ%2B%2f-ab%22c%20d%26e%5c%3Cf%C3%A9%3d%3D",
    "eyJ%252B%252F-ab%2522c%2520d%2526e%255C%253Cf%25C3%25A9%253D%253D",
    "eyJ%252b%252f-ab%2522c%2520d%2526e%255c%253cf%25c3%25a9%253d%253d",
    "eyJ%2B%2F-ab%22c+d%26e%5C%3Cf%C3%A9%3D%3D",
    r#"eyJ+/-ab\"c d&e\\<f\u00e9=="#,
    r#"eyJ+\/-ab\"c d\u0026e\\\u003cf\u00E9\u003d\u003d"#,
    "eyJ+/-ab&quot;c d&amp;e\\&lt;f&#233;==",
    "eyJ&#43;&#x2F;-ab&#34;c d&#38;e&#92;&#60;f&#xe9;&#61;&#61;",
    "eyJ+/-ab\"c d&e\\<fé",
];

#[test]
fn a_secret_is_hidden_in_every_form_a_service_may_echo_it() {
    for form in FORMS {
        for status in ["403 Forbidden", "200 OK"] {
            let server = Server::start(move |_, _| answer(status, "", &format!("bad <{form}> seen")));
            let secrets = Secrets::new([POLICY]);
            let url = server.url("/x");
            let result = send(Request { secrets, ..request(Method::GET, &url) });
            let error = result.and_then(Response::success).and_then(|a| a.json()).expect_err("not JSON");
            assert!(error.body() == "bad <***> seen", "{form}: {}", error.body());
            assert!(!error.message().contains("eyJ"), "{form}: {}", error.message());
        }
    }
}

#[test]
fn base64_is_hidden_in_both_alphabets_with_and_without_padding() {
    let secrets = Secrets::new(["eyJjYWxsIjpb+/8ifQ=="]);
    let text = "eyJjYWxsIjpb+/8ifQ== eyJjYWxsIjpb-_8ifQ== eyJjYWxsIjpb-_8ifQ eyJjYWxsIjpb-_8ifQ%3D%3D.";
    assert_eq!(secrets.clean(text), "*** *** *** ***.");
}

#[test]
fn what_a_storage_echoes_of_a_signature_is_hidden_though_nobody_named_it() {
    let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no match</Message>\
        <AWSAccessKeyId>AKIDEXAMPLE1</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n2026 hush2</StringToSign>\
        <SignatureProvided>hush3</SignatureProvided><StringToSignBytes>hush4 57</StringToSignBytes>\
        <CanonicalRequest>PUT\n/x\nX-Amz-Security-Token=hush5</CanonicalRequest>\
        <CanonicalRequestBytes>hush6</CanonicalRequestBytes><RequestId>R1</RequestId>\
        <Resource>/b?X-Amz-Signature=hush7&amp;X-Amz-Credential=hush8%2F2026&amp;partNumber=3</Resource>\
        <More>https%3A%2F%2Fs%2Fb%3FX-Amz-Security-Token%3Dhush9%26X-Amz-Signature%3Dhush10%26p%3D1</More>\
        </Error>";
    let server = Server::start(move |_, _| answer("403 Forbidden", "", body));
    let error = get(&server.url("/")).and_then(Response::success).expect_err("refused");
    assert!(!texts(&error).contains("hush") && !texts(&error).contains("AKID"), "{}", error.body());
    assert!(error.message().contains("SignatureDoesNotMatch: no match"), "{}", error.message());
    assert!(
        error.body().contains("partNumber=3") && error.body().contains("<RequestId>R1<"),
        "{}",
        error.body()
    );
}

#[test]
fn no_part_of_a_secret_is_left_where_a_body_is_cut() {
    let signature = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let secrets = Secrets::new([signature]);
    for visible in [1, 5, 32, 63] {
        let body = format!("{}{signature} tail", "x".repeat((16 << 10) - visible));
        let error = Error::new(ErrorKind::Protocol, "no").with_answer(200, body.clone());
        let error = secrets.clean_error(error);
        assert!(error.body().len() <= 16 << 10, "{} bytes", error.body().len());
        assert!(!error.body().contains("01234"), "{visible} digits stay");
        let server = Server::start(move |_, _| answer("403 Forbidden", "", &body));
        let url = server.url("/");
        let result = send(Request { secrets: secrets.clone(), ..request(Method::GET, &url) });
        let error = result.and_then(Response::success).expect_err("refused");
        assert!(error.body().len() <= 16 << 10 && !error.body().contains("01234"), "{visible} digits stay");
    }
}

#[test]
fn an_unreachable_address_is_shown_without_what_is_secret_in_it() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let sources = [
        "https%3A%2F%2Fhush1%3Ahush2%40host.example%2Fdir%2Fa.jpg%3Ftoken%3Dhush3%26X-Amz-Signature%3Dhush4",
        "https%3a%2f%2fhush1%3ahush2%40host.example%2fdir%2fa.jpg%3ftoken%3dhush3",
        "https%253A%252F%252Fhush1%253Ahush2%2540host.example%252Fdir%252Fa.jpg%253Ftoken%253Dhush3",
        "https://hush1:hush2@host.example/dir/a.jpg?token=hush3",
        "https%3A%2F%2Fhush1%3Ahu%252Fsh2%40host.example%2Fdir%2Fa.jpg%23hush3",
    ];
    for source in sources {
        let url = format!("http://{closed}/HUSHKEY/security=p:hush5,s:hush6/resize=width:10/{source}");
        let secrets = Secrets::new(["HUSHKEY"]);
        let error = send(Request { secrets, ..request(Method::GET, &url) }).expect_err("refused");
        let text = texts(&error);
        assert!(!text.to_lowercase().contains("hu"), "{text}");
        assert!(text.contains(&format!("http://{closed}/***/security=***/resize=width:10/http")), "{text}");
        assert!(text.contains("host.example"), "{text}");
    }
}

#[test]
fn the_debug_form_of_a_client_and_an_answer_shows_no_secret() {
    let connection = Connection {
        proxy: Some("http://user:hush1@127.0.0.1:1".into()),
        user_agent: Some("agent".into()),
        ..Connection::default()
    };
    let shown = format!("{:?}", Http::new(connection).expect("a client"));
    assert!(!shown.contains("hush"), "{shown}");
    let server = Server::start(|_, _| answer("200 OK", "x-token: hush2\r\n", "{\"a\": \"hush3\"}"));
    let shown = format!("{:?}", get(&server.url("/?token=hush4")).expect("an answer"));
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("200"), "{shown}");
}

// Messages.

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

// Pauses.

#[test]
fn an_answer_is_returned_at_once_if_the_pause_does_not_fit_before_the_deadline() {
    let server = Server::start(|_, _| {
        answer("503 Service Unavailable", "retry-after: 60\r\n", "{\"error\": \"too busy\"}")
    });
    let http = http();
    let bounds = http.bounds(Arc::new(AtomicBool::new(false)), Some(Duration::from_secs(2)));
    let url = server.url("/");
    let error = http.send(request(Method::GET, &url), &bounds).and_then(Response::success).expect_err("busy");
    let error = http.attempts().after(error, &bounds, || false).expect_err("no time");
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 503), "{error}");
    assert!(error.retryable() && error.body().contains("too busy"));
    assert!(error.message().contains("60 s") && error.message().contains("deadline_ms"), "{error}");
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

// Bounds of an answer.

#[test]
fn an_answer_of_too_many_json_values_is_refused() {
    let json = |body: String| {
        let server = Server::start(move |_, _| answer("200 OK", "", &body));
        get(&server.url("/")).and_then(|answer| answer.json())
    };
    let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(json(list(190_000)).is_ok());
    for body in [list(1 << 20), format!("[{}[]]", "[],".repeat(300_000)), format!("{{{}}}", members(250_000))]
    {
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
fn an_answer_can_be_read_whole() {
    let server =
        Server::start(|_, _| answer("418 I'm a teapot", "X-B: 1\r\nX-A: two\r\nx-b: 3\r\n", "{\"a\": [1]}"));
    let url = server.url("/pot?key=hush");
    let answer = get(&url).expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (418, b"{\"a\": [1]}".as_slice()));
    assert_eq!(answer.json().expect("JSON")["a"][0], 1);
    assert_eq!(
        (answer.header("x-A"), answer.header("X-b"), answer.header("x-c")),
        (Some("two"), Some("1"), None)
    );
}

// Addresses and headers.

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
    for good in
        ["http://127.0.0.1:1", "https://[::1]:65535", "https://u:9999999@a.example.com", "http://[::1]"]
    {
        assert!(http::check_base_url("base_url", good).is_ok(), "{good}");
        assert!(http::check_scheme(good, "http://a").is_ok(), "{good}");
    }
    assert!(http::check_base_url("base_url", "https://a.example.com/#x").is_err());
}

#[test]
fn headers_that_belong_to_the_connection_are_refused_from_a_service() {
    let check = |name: &str| http::check_headers(&[(name.to_owned(), "x".to_owned())]);
    for name in ["Transfer-Encoding", "connection", "Expect", "Keep-Alive", "TE", "Trailer", "Upgrade"] {
        let error = check(name).expect_err(name);
        assert!(error.kind() == ErrorKind::Protocol && error.message().contains(name), "{error}");
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

// Redirects.

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
    for to in
        ["file:///etc/passwd", "ftp://h/x", "http://127.0.0.1:0/x", "http://", "http:///x", "", "http://a b/"]
    {
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
fn a_storages_temporary_redirect_of_a_put_asks_for_another_signature() {
    let xml = "<Error><Code>TemporaryRedirect</Code><Message>elsewhere</Message></Error>";
    let server =
        Server::start(move |_, _| answer("307 Moved", "location: http://127.0.0.1:1/x?s=hush\r\n", xml));
    let request = Request { body: Payload::Bytes(b"part"), ..request(Method::PUT, &server.url("/x")) };
    let error = send(request).and_then(Response::success).expect_err("a redirect");
    assert_eq!((error.kind(), error.http_status(), error.retryable()), (ErrorKind::Http, 307, true));
    assert!(error.message().contains("http://127.0.0.1:1/x") && !texts(&error).contains("hush"), "{error}");
}
