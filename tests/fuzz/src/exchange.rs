//! The bytes of an answer, through the client that all calls use: heads, and bodies in chunks.
//!
//! The promise: what the client returns is what HTTP says that these bytes are ([`super::reference`]), or an
//! error. What comes after an answer is never taken for the answer to the next request. The end of the
//! connection is seen: nothing waits for a timeout.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use ferry::error::{Error, ErrorKind, Result};
use ferry::http::retry::Attempt;
use ferry::http::{Connection, Http, Method, Payload, Request, Response, Secrets};

use super::fence::{self, Pieces};
use super::peer::{Peer, Reply};
use super::reference;
use super::sound;

/// Stands for 4 KiB: inputs are short, and answers may be long.
const EXPANDED: u8 = 0x1a;
const EXPANSION: usize = 4 << 10;

/// More than the largest head.
const LONGEST: usize = 256 << 10;

/// What the second request is answered with.
const SECOND: &[u8] = b"this is the second answer";

const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::DELETE, Method::POST];

struct Script {
    first: Vec<u8>,
    closes: bool,
}

static SCRIPT: Mutex<Script> = Mutex::new(Script { first: Vec::new(), closes: true });

fn peer() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| {
        Peer::start(|request| {
            if request.path != "/first" {
                return Reply::new("200 OK", "", SECOND);
            }
            let script = SCRIPT.lock().expect("nobody panicked");
            Reply { bytes: script.first.clone(), closes: script.closes }
        })
    })
}

/// The head of an answer and all that follows. The first byte chooses the method, and whether the connection
/// stays open; three say how the answer is cut into pieces.
pub fn head(data: &[u8]) {
    let [choice, a, b, c, bytes @ ..] = data else { return };
    if !fence::STANDS {
        return;
    }
    let method = &METHODS[usize::from(*choice) % METHODS.len()];
    // To wait for more costs time, so few inputs ask for it.
    exchange(method, expanded(bytes), Pieces::new([*a, *b, *c]), *choice < 250);
}

/// A chunked body. Three bytes say how it is cut into pieces.
pub fn chunked(data: &[u8]) {
    let [a, b, c, bytes @ ..] = data else { return };
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    exchange(&Method::GET, [head, &*expanded(bytes)].concat(), Pieces::new([*a, *b, *c]), true);
}

fn expanded(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match *byte {
            EXPANDED if all.len() < LONGEST => all.resize(all.len() + EXPANSION, b'x'),
            byte => all.push(byte),
        }
    }
    all
}

fn exchange(method: &Method, bytes: Vec<u8>, pieces: Pieces, closes: bool) {
    let expected = reference::answer(&bytes, *method == Method::HEAD, closes);
    let status = reference::status(&bytes);
    *SCRIPT.lock().expect("nobody panicked") = Script { first: bytes, closes };
    peer().next();
    let http = client(closes);
    fence::receive_in(pieces);
    let first = send(&http, method.clone(), "/first");
    let follows =
        matches!(*method, Method::GET | Method::HEAD) && matches!(status, Some(301..=303 | 307 | 308));
    match &first {
        Ok(response) if follows => {
            let body: &[u8] = if *method == Method::HEAD { b"" } else { SECOND };
            let is_whole = response.status == 200 && response.body == body;
            assert!(is_whole || (300..400).contains(&response.status), "a redirect to nowhere succeeds");
        }
        first => judge(first, expected, closes),
    }
    let second = send(&http, Method::GET, "/second");
    match &second {
        Ok(second) => assert!(second.body == SECOND, "{} answers another request", text(&second.body)),
        // What was left of the first answer, or its end, may only cost the connection. A busy machine may be
        // late for the client that waits for 50 ms only.
        Err(error) => {
            let is_late = error.kind() == ErrorKind::Timeout && !closes;
            assert!(is_late || error.kind() == ErrorKind::Network, "{error}");
        }
    }
    fence::receive_in(Pieces::new([0; 3]));
}

/// A client that gives nobody a second chance. Where the connection stays open, it soon finds that nothing
/// comes.
fn client(closes: bool) -> Http {
    let stall = if closes { Duration::from_secs(20) } else { Duration::from_millis(50) };
    let connection = Connection { stall_timeout: stall, max_retries: 0, ..Connection::default() };
    Http::new(connection).expect("a client")
}

fn send(http: &Http, method: Method, path: &str) -> Result<Response> {
    let (url, secrets) = (format!("{}{path}", peer().url()), Secrets::default());
    let body = if method == Method::POST { Payload::Bytes(b"body") } else { Payload::None };
    let attempt = Attempt::default();
    let request = Request { method, url, headers: Vec::new(), body, shown: None, secrets, attempt };
    http.send(request, &http.bounds(std::sync::Arc::default(), None))
}

fn judge(result: &Result<Response>, expected: Option<reference::Answer>, closes: bool) {
    match result {
        Err(error) => judge_error(error, closes),
        // The text of an error is only shown, and may be encoded.
        Ok(response) if !(200..300).contains(&response.status) => {
            assert!(expected.is_none_or(|expected| expected.status == response.status));
        }
        Ok(response) => {
            let Some(expected) = expected else {
                panic!("what is no whole answer is taken for {}: {}", response.status, text(&response.body));
            };
            assert_eq!(response.status, expected.status);
            judge_headers(response, &expected.headers);
            assert!(
                response.body == expected.body,
                "{} is returned, not {}",
                text(&response.body),
                text(&expected.body)
            );
        }
    }
}

/// A header that is there once has its value. Of several with one name, and of bytes that are no text, a
/// client may make what it likes.
fn judge_headers(response: &Response, headers: &[(String, Vec<u8>)]) {
    let count = |name: &str| headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
    for (name, value) in headers.iter().filter(|(name, _)| count(name) == 1) {
        if value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            assert_eq!(response.header(name).map(str::as_bytes), Some(value.as_slice()), "{name}");
        }
    }
}

fn judge_error(error: &Error, closes: bool) {
    sound(error);
    assert!(!closes || error.kind() != ErrorKind::Timeout, "the end of the connection is not seen: {error}");
}

/// The beginning, to be looked at.
fn text(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(200)];
    format!("{} ({} bytes)", shown.escape_ascii(), bytes.len())
}
