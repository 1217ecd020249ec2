//! What a connection does when the peer is hostile or the line is bad, over real sockets.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind, Result};
use ferry::filestack::store::{self, StoreOptions};
use ferry::filestack::transform::{Transform, TransformSource};
use ferry::filestack::{
    Client, ClientOptions, Filelink, RequestOptions, Security, Upload, UploadOptions, processing,
};
use ferry::http::retry::Attempt;
use ferry::http::{Connection, Http, Method, Payload, Request, Response, Secrets, Stop};
use ferry::telestream::{self, Resource};
use ferry::transfer::source::Source;

use crate::nasty::{Authority, Nasty, Peer};
use crate::support::noise;

/// What "within a second" of `include/README.md` allows.
const SECOND: Duration = Duration::from_secs(1);

/// One Mbit/s: a piece of 12,500 bytes each 100 ms.
const PIECE: usize = 12_500;
const PAUSE: Duration = Duration::from_millis(100);

/// More than what sockets, kernels and TLS hold between the two sides.
const BODY: usize = 16 << 20;

fn request<'a>(method: Method, url: &str, body: Payload<'a>) -> Request<'a> {
    let url = format!("{url}/thing");
    let secrets = Secrets::default();
    Request { method, url, headers: Vec::new(), body, shown: None, secrets, attempt: Attempt::default() }
}

fn get(url: &str) -> Request<'static> {
    request(Method::GET, url, Payload::None)
}

fn send(connection: Connection, request: Request<'_>) -> Result<Response> {
    let http = Http::new(connection).expect("a client");
    let bounds = http.bounds(Arc::default(), None);
    http.send(request, &bounds)
}

/// A client whose timeouts are far away: a result that comes is not the work of one.
fn patient() -> Connection {
    Connection { stall_timeout: Duration::from_secs(60), max_retries: 0, ..Connection::default() }
}

/// One that takes a peer that does nothing for stalled soon, so that a defect shows as that.
fn watchful() -> Connection {
    Connection { stall_timeout: Duration::from_secs(2), ..patient() }
}

fn trusting(file: &tempfile::NamedTempFile, connection: Connection) -> Connection {
    Connection { ca_file: file.path().to_str().map(str::to_owned), ..connection }
}

// Bounds, whatever the peer does.

/// What a peer does with a request.
#[derive(Debug, Clone, Copy)]
enum Manner {
    DripsHead,
    DripsBody,
    TakesSlowly,
    /// 1 Mbit/s in both directions.
    Line,
}

const MANNERS: [Manner; 4] = [Manner::DripsHead, Manner::DripsBody, Manner::TakesSlowly, Manner::Line];

impl Manner {
    fn serve(self, peer: &mut Peer, head: &str) -> io::Result<()> {
        const ENDLESS: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n";
        peer.hit();
        match self {
            Manner::DripsHead => {
                peer.take(length(head))?;
                peer.drip("HTTP/1.1 200 OK\r\nx-drip: ")
            }
            Manner::DripsBody => {
                peer.take(length(head))?;
                peer.drip(ENDLESS)
            }
            Manner::TakesSlowly => peer.take_slowly(1000, Duration::from_millis(50)),
            Manner::Line if head.contains("content-length") => peer.take_slowly(PIECE, PAUSE),
            Manner::Line => peer.send_slowly(ENDLESS, PIECE, PAUSE),
        }
    }
}

fn length(head: &str) -> usize {
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    length.map_or(0, |length| length.parse().expect("a length"))
}

/// Starts an upload, and is nasty from the PUT on.
fn storage(manner: Manner) -> Nasty {
    Nasty::start(move |peer| {
        loop {
            let head = peer.head()?;
            let host = head.split("host: ").nth(1).and_then(|h| h.lines().next()).expect("a host").to_owned();
            let length = length(&head);
            if head.contains("/multipart/start") {
                peer.take(length)?;
                let location = format!("\"location_url\":\"http://{host}\"");
                peer.answer(
                    200,
                    &format!("{{\"uri\":\"/u\",\"region\":\"r\",\"upload_id\":\"i\",{location}}}"),
                )?;
            } else if head.contains("/multipart/upload") {
                peer.take(length)?;
                peer.answer(200, &format!("{{\"url\":\"http://{host}/put\",\"headers\":{{}}}}"))?;
            } else {
                return manner.serve(peer, &head);
            }
        }
    })
}

fn client(url: &str, deadline: Duration) -> Arc<Client> {
    let connection = Connection { deadline: Some(deadline), ..patient() };
    let security = Security::new("{\"expiry\":4102444800}", "secret").expect("security");
    let options = ClientOptions {
        base_url: Some(url.to_owned()),
        security: Some(security),
        connection,
        ..ClientOptions::default()
    };
    Client::new("TESTKEY", options).expect("a client")
}

fn link(client: &Arc<Client>) -> Filelink {
    Filelink::new(client, "ABCDEFGHIJKLMNOPQRST").expect("a handle")
}

fn chain() -> Transform {
    Transform::new(TransformSource::parse("ABCDEFGHIJKLMNOPQRST").expect("a handle"))
}

/// Enough for the requests before the one that is at stake, on a busy machine too.
const DEADLINE: Duration = Duration::from_millis(1500);

fn ends_by_its_deadline(serve: fn(Manner) -> Nasty, call: fn(&Arc<Client>) -> Result<()>) {
    thread::scope(|scope| {
        for manner in MANNERS {
            scope.spawn(move || {
                let peer = serve(manner);
                let begin = Instant::now();
                let error = call(&client(&peer.url(), DEADLINE)).expect_err("no answer came");
                let took = begin.elapsed();
                assert_eq!(error.kind(), ErrorKind::Timeout, "{manner:?}: {error}");
                assert!(error.message().contains("deadline"), "{manner:?}: {error}");
                assert!(took < DEADLINE + SECOND, "{manner:?}: it took {took:?}");
                assert!(peer.hits() > 0, "{manner:?}: it was not reached");
            });
        }
    });
}

fn at_once(manner: Manner) -> Nasty {
    Nasty::start(move |peer| {
        let head = peer.head()?;
        manner.serve(peer, &head)
    })
}

macro_rules! every_call_ends_by_its_deadline {
    ($($name:ident: $serve:expr, $call:expr;)*) => {
        mod every_call_ends_by_its_deadline {
            use super::*;
            $(#[test] fn $name() { ends_by_its_deadline($serve, $call); })*
        }
    };
}

const ASKED: RequestOptions = RequestOptions { security: None, deadline: None };

fn upload(client: &Arc<Client>) -> Result<()> {
    let data = noise(4 << 20);
    Upload::new(client, Source::Bytes(&data), None, UploadOptions::default())?.run(None)
}

every_call_ends_by_its_deadline! {
    upload_start: at_once, upload;
    upload_put: storage, upload;
    download: at_once, |client| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        link(client).download(path.to_str().expect("a path"), &ASKED, None).map(drop)
    };
    content: at_once, |client| link(client).content(&ASKED, None).map(drop);
    metadata: at_once, |client| link(client).metadata(None, &ASKED, None).map(drop);
    delete: at_once, |client| link(client).delete(false, &ASKED, None);
    overwrite: at_once, |client| {
        link(client).overwrite(&Source::Bytes(&noise(4 << 20)), "name", &ASKED, None).map(drop)
    };
    transform_json: at_once, |client| processing::json(client, &chain(), &ASKED, None).map(drop);
    store: at_once, |client| processing::store(client, &chain(), &StoreOptions::default(), None).map(drop);
    upload_url: at_once, |client| {
        store::upload_url(client, "https://example.com/x", UploadOptions::default(), None).map(drop)
    };
    telestream_list: at_once, |client| {
        // Of the Filestack client only its address and its deadline are of use here.
        let connection = Connection { deadline: Some(DEADLINE), ..patient() };
        let base_url = Some(client.hosts().api.clone());
        let options = telestream::ClientOptions {
            base_url, connection, factory_id: Some("f".into()), ..Default::default()
        };
        let asked = telestream::RequestOptions::default();
        let client = telestream::Client::new("access", "secret", options)?;
        client.list(Resource::Videos, None, None, &asked, None).map(drop)
    };
}

/// Cancels after 300 ms, which begin when the call has reached `peer` if there is one; how long the call took
/// from then on, and how it ended.
fn cancelled(peer: Option<&Nasty>, work: impl FnOnce(Arc<Stop>) -> Error) -> (Duration, Error) {
    let stop = Arc::new(Stop::default());
    thread::scope(|scope| {
        let from = scope.spawn(|| {
            let give_up = Instant::now() + Duration::from_secs(30);
            while peer.is_some_and(|peer| peer.hits() == 0) && Instant::now() < give_up {
                thread::sleep(Duration::from_millis(5));
            }
            thread::sleep(Duration::from_millis(300));
            stop.cancel();
            Instant::now()
        });
        let error = work(Arc::clone(&stop));
        let end = Instant::now();
        (end.saturating_duration_since(from.join().expect("cancelled")), error)
    })
}

fn ends_when_cancelled(case: &str, connection: Connection, request: Request<'_>) {
    ends_when_cancelled_at(None, case, connection, request);
}

fn ends_when_cancelled_at(peer: Option<&Nasty>, case: &str, connection: Connection, request: Request<'_>) {
    let http = Http::new(connection).expect("a client");
    let (took, error) = cancelled(peer, |stop| {
        let bounds = http.bounds(stop, None);
        http.send(request, &bounds).expect_err("no answer came")
    });
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{case}: {error}");
    assert!(took < SECOND, "{case}: it took {took:?}");
}

#[test]
fn a_cancelled_call_returns_within_a_second_whatever_the_peer_does() {
    let authority = Authority::sound();
    let file = authority.file();
    let body = noise(4 << 20);
    thread::scope(|scope| {
        for manner in MANNERS {
            let (authority, file, body) = (&authority, &file, &body);
            let serve = move |peer: &mut Peer| {
                let head = peer.head()?;
                manner.serve(peer, &head)
            };
            scope.spawn(move || {
                let peer = Nasty::start(serve);
                ends_when_cancelled(&format!("{manner:?}, GET"), patient(), get(&peer.url()));
                let put = request(Method::PUT, &peer.url(), Payload::Bytes(body));
                ends_when_cancelled(&format!("{manner:?}, PUT"), patient(), put);
            });
            scope.spawn(move || {
                let peer = Nasty::start_tls(authority, serve);
                let url = peer.https_url();
                ends_when_cancelled(&format!("{manner:?}, GET, TLS"), trusting(file, patient()), get(&url));
                let put = request(Method::PUT, &url, Payload::Bytes(body));
                ends_when_cancelled(&format!("{manner:?}, PUT, TLS"), trusting(file, patient()), put);
            });
        }
    });
}

/// The head of a TLS record of 16 KiB, whose content then never ends.
fn drip_handshake(peer: &mut Peer) -> io::Result<()> {
    peer.drip("\u{16}\u{3}\u{3}\u{40}\u{0}")
}

fn drip_connect(peer: &mut Peer) -> io::Result<()> {
    peer.head()?;
    peer.drip("HTTP/1.1 200 Connected\r\nx-drip: ")
}

#[test]
fn a_cancelled_call_returns_within_a_second_from_a_dripping_handshake() {
    let peer = Nasty::start(drip_handshake);
    ends_when_cancelled("TLS", patient(), get(&peer.https_url()));
}

#[test]
fn a_cancelled_call_returns_within_a_second_from_a_dripping_proxy() {
    let peer = Nasty::start(drip_connect);
    let connection = Connection { proxy: Some(peer.url()), ..patient() };
    ends_when_cancelled("CONNECT", connection, get("https://example.com"));
}

#[test]
fn a_cancelled_call_returns_within_a_second_through_a_tunnel() {
    let authority = Authority::sound();
    let file = authority.file();
    let body = noise(4 << 20);
    let proxies = [(Nasty::start(Peer::tunnel), false), (Nasty::start_tls(&authority, Peer::tunnel), true)];
    thread::scope(|scope| {
        for (proxy, is_tls) in &proxies {
            for manner in MANNERS {
                let (authority, file, body) = (&authority, &file, &body);
                scope.spawn(move || {
                    let peer = Nasty::start_tls(authority, move |peer| {
                        let head = peer.head()?;
                        manner.serve(peer, &head)
                    });
                    let connection = Connection { proxy: Some(proxy.url_of(*is_tls)), ..patient() };
                    let put = request(Method::PUT, &peer.https_url(), Payload::Bytes(body));
                    let case = format!("{manner:?}, {is_tls}");
                    ends_when_cancelled_at(Some(&peer), &case, trusting(file, connection), put);
                    assert!(peer.hits() > 0, "{manner:?}, {is_tls}: it was not reached");
                });
            }
        }
    });
}

#[test]
fn a_cancelled_upload_returns_within_a_second_on_an_ordinary_line() {
    let peer = storage(Manner::Line);
    let client = client(&peer.url(), Duration::from_secs(60));
    let data = noise(4 << 20);
    let upload =
        Upload::new(&client, Source::Bytes(&data), None, UploadOptions::default()).expect("an upload");
    thread::scope(|scope| {
        let from = scope.spawn(|| {
            thread::sleep(Duration::from_millis(500));
            upload.lifecycle().control().cancel();
            Instant::now()
        });
        let error = upload.run(None).expect_err("cancelled");
        let end = Instant::now();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        let took = end.saturating_duration_since(from.join().expect("cancelled"));
        assert!(took < SECOND, "it took {took:?}");
    });
}

// Answers that come before the request is whole.

#[derive(Debug, Clone, Copy)]
enum After {
    /// The connection stays open, and nobody reads.
    Open,
    Close,
    Reset,
}

/// Answers when it has 64 KiB of the body.
fn early(status: u16, after: After) -> impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static {
    move |peer| {
        peer.head()?;
        peer.take(64 << 10)?;
        peer.answer(status, "{\"size\":1}")?;
        match after {
            After::Open => peer.idle(),
            After::Close => Ok(()), // with unread bytes, so the kernel resets too, but only now
            After::Reset => {
                thread::sleep(Duration::from_millis(100)); // else the reset destroys the answer on its way
                peer.reset()
            }
        }
    }
}

fn each_way(check: impl Fn(&str, &Nasty, &str, Connection, Method), status: u16) {
    let authority = Authority::sound();
    let file = authority.file();
    for method in [Method::PUT, Method::POST] {
        for after in [After::Open, After::Close, After::Reset] {
            let peer = Nasty::start(early(status, after));
            check(&format!("{method} {after:?}"), &peer, &peer.url(), watchful(), method.clone());
            let peer = Nasty::start_tls(&authority, early(status, after));
            let connection = trusting(&file, watchful());
            check(&format!("{method} {after:?}, TLS"), &peer, &peer.https_url(), connection, method.clone());
        }
    }
}

#[test]
fn a_reset_while_a_body_is_sent_is_told_with_its_number() {
    let (authority, body) = (Authority::sound(), noise(BODY));
    let file = authority.file();
    let serve = |peer: &mut Peer| {
        peer.head()?;
        peer.take(64 << 10)?;
        peer.reset()
    };
    let (plain, tls) = (Nasty::start(serve), Nasty::start_tls(&authority, serve));
    for (url, connection) in [(plain.url(), patient()), (tls.https_url(), trusting(&file, patient()))] {
        let error = send(connection, request(Method::PUT, &url, Payload::Bytes(&body)));
        let error = error.expect_err("nobody has answered");
        let is_told = error.message().contains("the connection broke before the answer ended: ");
        assert!(error.kind() == ErrorKind::Network && error.errno() != 0 && is_told, "{url}: {error:?}");
    }
}

#[test]
fn an_early_success_is_a_network_error() {
    let body = noise(BODY);
    let check = |case: &str, _: &Nasty, url: &str, connection: Connection, method: Method| {
        let error = send(connection.clone(), request(method.clone(), url, Payload::Bytes(&body)))
            .expect_err(&format!("{case}: it was taken for a success"));
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Network, true), "{case}: {error}");
        assert!(error.may_have_been_sent(), "{case}: {error}");
        // A body that is streamed fares the same.
        let (mut reader, length) = (&body[..], body.len() as u64);
        let stream = Payload::Stream { reader: &mut reader, length };
        let error = send(connection, request(method, url, stream)).expect_err(case);
        assert_eq!(error.kind(), ErrorKind::Network, "{case}, streamed: {error}");
    };
    each_way(check, 200);
}

#[test]
fn an_early_refusal_is_that_refusal() {
    let body = noise(BODY);
    let check = |case: &str, _: &Nasty, url: &str, connection: Connection, method: Method| {
        let response = send(connection, request(method, url, Payload::Bytes(&body)));
        let response = response.unwrap_or_else(|e| panic!("{case}: {e}"));
        assert_eq!((response.status, response.text().as_str()), (403, "{\"size\":1}"), "{case}");
    };
    each_way(check, 403);
}

/// Of an idle connection that a peer gives up just then, for one. It is not always first: one time will do.
#[test]
fn an_answer_that_came_before_the_request_is_none_to_it() {
    for status in [200, 404, 408] {
        let peer = Nasty::start(move |peer| {
            peer.answer(status, "{}")?;
            peer.head().map(drop)
        });
        let http = Http::new(patient()).expect("a client");
        let is_none = |result: Result<Response>| {
            let Err(error) = result else { return false };
            let is_early = error.message().contains("before it had the whole request");
            is_early && (error.kind(), error.retryable()) == (ErrorKind::Network, true)
        };
        let is_seen = (0..5_000).any(|_| {
            let result = http.send(
                request(Method::POST, &peer.url(), Payload::Bytes(&[7; 100])),
                &http.bounds(Arc::default(), None),
            );
            let is_sent = result.as_ref().is_err_and(Error::may_have_been_sent);
            is_none(result) && !is_sent
        });
        assert!(is_seen, "{status}");
    }
}

#[test]
fn an_early_answer_through_a_connect_tunnel_is_that_answer() {
    let authority = Authority::sound();
    let file = authority.file();
    let body = noise(BODY);
    for is_tls in [false, true] {
        let proxy =
            if is_tls { Nasty::start_tls(&authority, Peer::tunnel) } else { Nasty::start(Peer::tunnel) };
        let connection = Connection { proxy: Some(proxy.url_of(is_tls)), ..watchful() };
        let peer = Nasty::start_tls(&authority, |peer| {
            peer.head()?;
            peer.take(64 << 10)?;
            thread::sleep(Duration::from_millis(300)); // until all buffers are full, so that the client waits
            peer.answer(403, "{\"size\":1}")?;
            peer.idle()
        });
        let put = request(Method::PUT, &peer.https_url(), Payload::Bytes(&body));
        let response = send(trusting(&file, connection), put);
        let response = response.unwrap_or_else(|e| panic!("the proxy speaks TLS: {is_tls}: {e}"));
        assert_eq!((response.status, response.text().as_str()), (403, "{\"size\":1}"));
        assert_eq!((proxy.hits(), peer.connections()), (1, 1));
    }
}

#[test]
fn what_is_no_tls_ends_an_upload_that_nobody_reads() {
    let authority = Authority::sound();
    let peer = Nasty::start_tls(&authority, |peer| {
        peer.head()?;
        peer.send_bare(b"this is no record of TLS")?;
        peer.idle()
    });
    let (file, body) = (authority.file(), noise(BODY));
    let request = request(Method::PUT, &peer.https_url(), Payload::Bytes(&body));
    let error = send(trusting(&file, watchful()), request).expect_err("a broken connection");
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert!(error.message().contains("TLS"), "{error}");
}

#[test]
fn a_connection_with_an_early_answer_is_not_used_again() {
    let body = noise(BODY);
    let peer = Nasty::start(early(403, After::Open));
    let http = Http::new(watchful()).expect("a client");
    for count in 1..=2 {
        let bounds = http.bounds(Arc::default(), None);
        let put = request(Method::PUT, &peer.url(), Payload::Bytes(&body));
        assert_eq!(http.send(put, &bounds).expect("the refusal").status, 403);
        assert_eq!(peer.connections(), count);
    }
}

#[test]
fn a_source_is_not_read_on_after_an_early_answer() {
    struct Counted(u64);
    impl io::Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += buffer.len() as u64;
            Ok(buffer.len())
        }
    }
    let peer = Nasty::start(early(403, After::Open));
    let (mut reader, length) = (Counted(0), 1 << 30);
    let put = request(Method::PUT, &peer.url(), Payload::Stream { reader: &mut reader, length });
    assert_eq!(send(watchful(), put).expect("the refusal").status, 403);
    assert!(reader.0 < length / 4, "{} bytes were read", reader.0);
}

#[test]
fn an_answer_to_an_empty_body_is_not_early() {
    let peer = Nasty::start(|peer| {
        loop {
            peer.head()?;
            peer.answer(200, "made")?;
        }
    });
    let http = Http::new(patient()).expect("a client");
    let bounds = http.bounds(Arc::default(), None);
    // How soon the answer is there differs from time to time.
    for _ in 0..500 {
        for body in [Payload::None, Payload::Bytes(b"")] {
            let response = http.send(request(Method::POST, &peer.url(), body), &bounds);
            assert_eq!(response.expect("an answer").text(), "made");
        }
    }
}

#[test]
fn an_interim_answer_is_no_answer() {
    let body = noise(BODY);
    let peer = Nasty::start(|peer| {
        peer.head()?;
        peer.take(64 << 10)?;
        peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n")?;
        peer.take(64 << 10)?;
        peer.send("\r\n")?;
        peer.take(BODY - (128 << 10))?;
        peer.answer(200, "all of it")
    });
    let put = request(Method::PUT, &peer.url(), Payload::Bytes(&body));
    assert_eq!(send(watchful(), put).expect("sent").text(), "all of it");
}

#[test]
fn interim_answers_that_fill_the_input_while_a_body_is_sent_end_the_request_at_once() {
    let body = noise(BODY);
    for again in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"] {
        let peer = Nasty::start(move |peer| {
            peer.head()?;
            peer.take(64 << 10)?;
            peer.send(&again.repeat(4000))?;
            // It waits for the rest.
            peer.take(BODY - (64 << 10))?;
            peer.answer(200, "all of it")
        });
        let put = request(Method::PUT, &peer.url(), Payload::Bytes(&body));
        let error = send(watchful(), put).expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{again}: {error}");
        assert!(error.message().contains("64 KiB of interim answers"), "{error}");
        assert!(error.may_have_been_sent(), "{error}");
    }
}

#[test]
fn answers_that_are_none_do_not_come_for_ever() {
    for (start, again) in [
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", "x-a: b\r\n"),
    ] {
        let peer = Nasty::start(move |peer| {
            peer.head()?;
            peer.send(start)?;
            let many = again.repeat(1000);
            loop {
                peer.send(&many)?;
            }
        });
        // Nothing else ends it.
        let error = send(patient(), get(&peer.url())).expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{again}: {error}");
        assert!(error.message().contains("interim answers or trailers"), "{error}");
    }
}

/// `Expect: 100-continue` from a caller: the body waits for the peer's word, but not for long.
#[test]
fn a_body_that_is_expected_waits_for_the_word_of_the_peer() {
    fn expecting<'a>(url: &str, body: &'a [u8]) -> Request<'a> {
        let headers = vec![("expect".to_owned(), "100-continue".to_owned())];
        Request { headers, ..request(Method::PUT, url, Payload::Bytes(body)) }
    }
    let body = noise(2 << 20);
    let (came, told) = mpsc::channel();
    let refuses = Nasty::start(move |peer| {
        peer.head()?;
        peer.answer(403, "no")?;
        came.send(peer.take(1).is_ok()).map_err(io::Error::other)
    });
    assert_eq!(send(watchful(), expecting(&refuses.url(), &body)).expect("refused").status, 403);
    assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(false), "the body was sent");
    let asks = Nasty::start(|peer| {
        peer.head()?;
        peer.send("HTTP/1.1 100 Continue\r\n\r\n")?;
        peer.take(2 << 20)?;
        peer.answer(200, "")
    });
    assert_eq!(send(watchful(), expecting(&asks.url(), &body)).expect("sent").status, 200);
    let silent = Nasty::start(|peer| {
        peer.head()?;
        peer.take(2 << 20)?;
        peer.answer(200, "")
    });
    let connection = Connection { stall_timeout: Duration::from_secs(5), ..patient() };
    assert_eq!(send(connection, expecting(&silent.url(), &body)).expect("sent").status, 200);
}

// Answers that are cut short.

const WITHOUT_LENGTH: &str = "HTTP/1.1 200 OK\r\n\r\nhalf of it";

#[test]
fn a_body_without_length_must_end_with_close_notify() {
    let authority = Authority::sound();
    let file = authority.file();
    let peer = Nasty::start_tls(&authority, |peer| {
        peer.head()?;
        peer.send(WITHOUT_LENGTH)?;
        peer.finish()
    });
    let error = send(trusting(&file, patient()), get(&peer.https_url())).expect_err("a cut body");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Network, true), "{error}");
    assert!(error.message().contains("close_notify"), "{error}");
}

#[test]
fn a_body_without_length_does_not_end_with_a_reset() {
    let authority = Authority::sound();
    let file = authority.file();
    let serve = |peer: &mut Peer| {
        peer.head()?;
        peer.send(WITHOUT_LENGTH)?;
        thread::sleep(Duration::from_millis(200)); // until it has been read, else the reset destroys it
        peer.reset()
    };
    let (plain, tls) = (Nasty::start(serve), Nasty::start_tls(&authority, serve));
    let results =
        [send(patient(), get(&plain.url())), send(trusting(&file, patient()), get(&tls.https_url()))];
    for result in results {
        let error = result.expect_err("a cut body");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Network, true), "{error}");
    }
}

#[test]
fn a_body_without_length_ends_with_the_connection() {
    let peer = Nasty::start(|peer| {
        peer.head()?;
        peer.send(WITHOUT_LENGTH)?;
        peer.finish()
    });
    assert_eq!(send(patient(), get(&peer.url())).expect("the body").text(), "half of it");
}

// Proxies that speak TLS themselves.

#[test]
fn https_runs_through_a_proxy_that_speaks_tls() {
    let authority = Authority::sound();
    let file = authority.file();
    let body = noise(2 << 20);
    let proxy = Nasty::start_tls(&authority, Peer::tunnel);
    let sent = body.clone();
    let peer = Nasty::start_tls(&authority, move |peer| {
        loop {
            let head = peer.head()?;
            assert!(peer.bytes(length(&head))? == sent, "other bytes arrived");
            peer.answer(200, &"0123456789".repeat(50_000))?;
        }
    });
    let connection = Connection { proxy: Some(proxy.https_url()), ..watchful() };
    let http = Http::new(trusting(&file, connection)).expect("a client");
    for _ in 0..3 {
        let put = request(Method::PUT, &peer.https_url(), Payload::Bytes(&body));
        let response = http.send(put, &http.bounds(Arc::default(), None)).expect("an answer");
        assert!(response.body == "0123456789".repeat(50_000).as_bytes(), "other bytes came back");
    }
    assert_eq!((proxy.connections(), peer.connections()), (1, 1));
}

#[test]
fn plain_http_is_forwarded_by_a_proxy_that_speaks_tls() {
    let authority = Authority::sound();
    let file = authority.file();
    let proxy = Nasty::start_tls(&authority, |peer| {
        let head = peer.head()?;
        peer.answer(200, head.lines().next().unwrap_or_default())
    });
    let connection = Connection { proxy: Some(proxy.https_url()), ..watchful() };
    let response = send(trusting(&file, connection), get("http://127.0.0.1:9")).expect("an answer");
    assert_eq!(response.text(), "GET http://127.0.0.1:9/thing HTTP/1.1");
}

#[test]
fn the_certificate_of_a_proxy_is_checked() {
    let authority = Authority::sound();
    let proxy = Nasty::start_tls(&authority, Peer::tunnel);
    let connection = Connection { proxy: Some(proxy.https_url()), ..patient() };
    for url in ["http://127.0.0.1:9", "https://127.0.0.1:9"] {
        let error = send(connection.clone(), get(url)).expect_err("an unknown authority");
        assert!(error.kind() == ErrorKind::Network && !error.retryable(), "{error}");
        assert!(error.message().contains("proxy") && error.message().contains("certificate"), "{error}");
        assert_eq!(proxy.hits(), 0);
    }
}

// Connecting.

#[test]
fn the_connect_timeout_covers_the_handshake_and_the_proxy() {
    let silent = |peer: &mut Peer| peer.idle();
    let short = Connection { connect_timeout: Duration::from_millis(300), ..watchful() };
    let peers = [Nasty::start(silent), Nasty::start(drip_handshake)];
    let mut cases: Vec<_> = peers.iter().map(|peer| (peer, short.clone(), peer.https_url())).collect();
    let proxies = [Nasty::start(silent), Nasty::start(drip_connect)];
    for proxy in &proxies {
        let connection = Connection { proxy: Some(proxy.url()), ..short.clone() };
        cases.push((proxy, connection, "https://example.com".to_owned()));
    }
    for (peer, connection, url) in cases {
        let error = send(connection, get(&url)).expect_err("no connection");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Timeout, true), "{error}");
        assert!(error.message().contains("connect_timeout_ms"), "{error}");
        assert!(!error.may_have_been_sent(), "{error}");
        assert_eq!(peer.connections(), 1);
    }
}

#[test]
fn a_failed_handshake_is_before_sending() {
    let closes = Nasty::start(|peer| peer.finish());
    let resets = Nasty::start(|peer| peer.reset());
    let talks = Nasty::start(|peer| peer.send("HTTP/1.1 400 This is no TLS\r\n\r\n"));
    for peer in [&closes, &resets, &talks] {
        let error = send(patient(), get(&peer.https_url())).expect_err("no TLS");
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert!(!error.may_have_been_sent(), "{error}");
    }
    let error = send(patient(), get(&talks.https_url())).expect_err("no TLS");
    assert!(error.message().contains("does not speak TLS") && !error.retryable(), "{error}");
    // Without TLS the request may have left before anybody notices.
    let closes = Nasty::start(|peer| {
        peer.head()?;
        peer.finish()
    });
    let error = send(patient(), get(&closes.url())).expect_err("no answer");
    assert!(error.may_have_been_sent(), "{error}");
}

#[test]
fn a_refused_certificate_says_why() {
    let day = |offset: i32| rcgen::date_time_ymd(2026 + offset, 1, 1);
    let expired = Authority::with(&["127.0.0.1"], |params| params.not_after = day(-6));
    let early = Authority::with(&["127.0.0.1"], |params| params.not_before = day(900));
    let foreign = Authority::with(&["other.example", "another.example"], |_| {});
    let sound = Authority::sound();
    let other = Authority::sound().file();
    let told = |authority: &Authority, file: Option<&tempfile::NamedTempFile>| {
        let peer = Nasty::start_tls(authority, |peer| peer.head().map(drop));
        let ca_file = file.map(|file| file.path().to_str().expect("a path").to_owned());
        let connection = Connection { ca_file, ..patient() };
        let error = send(connection, get(&peer.https_url())).expect_err("refused");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Network, false), "{error}");
        assert!(!error.may_have_been_sent(), "{error}");
        error.message().to_owned()
    };

    let text = told(&expired, Some(&expired.file()));
    assert!(text.contains("expired") && text.contains("days ago"), "{text}");
    assert!(!text.contains("ca_file"), "{text}");

    let text = told(&early, Some(&early.file()));
    assert!(text.contains("not valid before") && text.contains("clock"), "{text}");
    assert!(!text.contains("ca_file"), "{text}");

    let text = told(&foreign, Some(&foreign.file()));
    assert!(text.contains("\"127.0.0.1\"") && text.contains("other.example"), "{text}");
    assert!(!text.contains("ca_file"), "{text}");

    let text = told(&sound, None);
    assert!(text.contains("authority") && text.contains("name its certificate in ca_file"), "{text}");

    let text = told(&sound, Some(&other));
    let path = other.path().to_str().expect("a path");
    assert!(text.contains(&format!("neither in ca_file {path} nor")), "{text}");
}

// Heads.

fn with_headers(headers: String) -> Result<Response> {
    let peer = Nasty::start(move |peer| {
        peer.head()?;
        peer.send(&format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\nok"))
    });
    send(patient(), get(&peer.url()))
}

#[test]
fn headers_up_to_64_kib_are_read() {
    let response = with_headers(format!("x-long: {}\r\n", "a".repeat(60 << 10))).expect("an answer");
    assert_eq!(response.text(), "ok");
}

#[test]
fn larger_headers_are_a_protocol_error_with_the_limit() {
    for length in [64 << 10, 70 << 10, 1 << 20] {
        let error = with_headers(format!("x-long: {}\r\n", "a".repeat(length))).expect_err("too large");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Protocol, false), "{error}");
        assert!(error.message().contains("64 KiB"), "{error}");
    }
}

#[test]
fn more_headers_than_128_are_a_protocol_error_with_the_limit() {
    let error = with_headers("x-many: 1\r\n".repeat(200)).expect_err("too many");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Protocol, false), "{error}");
    assert!(error.message().contains("128"), "{error}");
}

// Descriptors.

/// Runs the test below in a process of its own, for the limit is the process's.
#[test]
#[cfg(unix)]
fn a_process_without_descriptors_is_told_from_a_network_without_ways() {
    super::emulated::passes_with_descriptors(40, "transport::out_of_descriptors", &[]);
}

#[test]
#[ignore = "run by the test above"]
fn out_of_descriptors() {
    let http = Http::new(patient()).expect("a client");
    let mut files = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        files.push(file);
    }
    let bounds = http.bounds(Arc::default(), None);
    let error = http.send(get("http://127.0.0.1:9"), &bounds).expect_err("no socket");
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.message().to_lowercase().contains("too many open files"), "{error}");
    assert!(error.is_out_of_descriptors() && !error.may_have_been_sent(), "{error}");
    let error = http.send(get("http://localhost:9"), &bounds).expect_err("no files for the resolver");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Io, false), "{error}");
    assert!(error.is_out_of_descriptors() && !error.may_have_been_sent(), "{error}");
    assert!(error.message().contains("cannot find the host localhost: Too many open files"), "{error}");
    drop(files);
    let error = http.send(get("http://127.0.0.1:9"), &bounds).expect_err("no server");
    assert!(error.kind() == ErrorKind::Network && !error.is_out_of_descriptors(), "{error}");
}
