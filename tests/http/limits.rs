//! Limits on how fast bytes pass, over real sockets. That every second has its share is tested beside
//! `src/http/pace.rs`, on a clock of its own, and by `make lines`; here stands what no slow machine changes.

use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ferry::error::{ErrorKind, Result};
use ferry::filestack::{Batch, Item, RequestOptions, Upload, UploadOptions};
use ferry::http::retry::Attempt;
use ferry::http::{Connection, Http, Method, Pace, Payload, Request, Response, Secrets, Stop};
use ferry::transfer::source::Source;

use crate::nasty::{Authority, Nasty, Peer};
use crate::support::{TestCloud, noise};

const SECOND: Duration = Duration::from_secs(1);

fn limited(bytes_per_second: u64) -> Connection {
    Connection { bytes_per_second, max_retries: 0, ..Connection::default() }
}

fn request<'a>(method: Method, url: &str, body: Payload<'a>) -> Request<'a> {
    let url = format!("{url}/thing");
    Request {
        method,
        url,
        headers: Vec::new(),
        body,
        shown: None,
        secrets: Secrets::default(),
        attempt: Attempt::default(),
    }
}

fn send(http: &Http, request: Request<'_>) -> Result<Response> {
    http.send(request, &http.bounds(Arc::default(), None))
}

fn length(head: &str) -> usize {
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    length.map_or(0, |length| length.parse().expect("a length"))
}

/// Answers each request with its body, or with 300 KB if it has none.
fn echo(peer: &mut Peer) -> io::Result<()> {
    loop {
        let head = peer.head()?;
        let body = match length(&head) {
            0 => "x".repeat(300_000),
            length => String::from_utf8_lossy(&peer.bytes(length)?).into_owned(),
        };
        peer.answer(200, &body)?;
    }
}

/// At least as long as so many bytes take.
fn assert_took(begin: Instant, bytes: usize, rate: u64) {
    let least = Duration::from_secs_f64(bytes as f64 / rate as f64);
    assert!(begin.elapsed() >= least, "{bytes} bytes at {rate} a second took {:?} only", begin.elapsed());
}

#[test]
fn no_more_bytes_pass_than_the_client_may_send_and_receive() {
    const RATE: u64 = 500_000;
    let authority = Authority::sound();
    let file = authority.file();
    let body = "abcdefgh".repeat(25_000);
    for is_tls in [false, true] {
        let peer = if is_tls { Nasty::start_tls(&authority, echo) } else { Nasty::start(echo) };
        let url = peer.url_of(is_tls);
        let begin = Instant::now();
        let ca_file = file.path().to_str().map(str::to_owned);
        let http = Http::new(Connection { ca_file, ..limited(RATE) }).expect("a client");
        let answer = send(&http, request(Method::PUT, &url, Payload::Bytes(body.as_bytes())));
        assert!(answer.expect("an answer").body == body.as_bytes());
        assert_took(begin, 2 * body.len(), RATE);
        // Over the same connection.
        let answer = send(&http, request(Method::GET, &url, Payload::None)).expect("an answer");
        assert_eq!(answer.body.len(), 300_000);
        assert_took(begin, 2 * body.len() + 300_000, RATE);
        assert_eq!(peer.connections(), 1);
    }
}

#[test]
fn all_calls_of_a_client_share_its_limit() {
    const RATE: u64 = 500_000;
    let peer = Nasty::start(echo);
    let (url, begin) = (peer.url(), Instant::now());
    let http = Http::new(limited(RATE)).expect("a client");
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| send(&http, request(Method::GET, &url, Payload::None)).expect("an answer"));
        }
    });
    assert_took(begin, 900_000, RATE);
}

#[test]
fn the_lower_of_two_limits_holds() {
    for (of_client, of_call) in [(500_000, u64::MAX), (u64::MAX, 500_000), (500_000, 0), (0, 500_000)] {
        let peer = Nasty::start(echo);
        let begin = Instant::now();
        let http = Http::new(limited(of_client)).expect("a client");
        let bounds = http.paced_bounds(Arc::default(), None, [Arc::new(Pace::new(of_call))]);
        http.send(request(Method::GET, &peer.url(), Payload::None), &bounds).expect("an answer");
        assert_took(begin, 300_000, 500_000);
    }
}

/// Longer than the stall timeout passes before the first byte may leave, and again before the answer may be
/// read.
#[test]
fn to_wait_for_a_limit_is_no_stall() {
    let peer = Nasty::start(|peer| {
        peer.head()?;
        peer.answer(200, "slow")
    });
    let begin = Instant::now();
    let http = Http::new(Connection { stall_timeout: SECOND, ..limited(100) }).expect("a client");
    let answer = send(&http, request(Method::GET, &peer.url(), Payload::None)).expect("an answer");
    assert_eq!(answer.body, b"slow");
    assert!(begin.elapsed() > 2 * SECOND, "the limit did not hold");
}

#[test]
fn a_peer_that_stalls_is_noticed_under_a_limit_too() {
    let peer = Nasty::start(|peer| {
        peer.head()?;
        peer.hit();
        peer.idle()
    });
    let connection = Connection { stall_timeout: SECOND, ..limited(50_000_000) };
    let http = Http::new(connection).expect("a client");
    let body = noise(32 << 20);
    let error = send(&http, request(Method::PUT, &peer.url(), Payload::Bytes(&body))).expect_err("a stall");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("stall_timeout_ms"), "{error}");
    let error = send(&http, request(Method::GET, &peer.url(), Payload::None)).expect_err("a stall");
    assert!(error.message().contains("stall_timeout_ms"), "{error}");
    assert_eq!(peer.hits(), 2);
}

#[test]
fn a_call_that_waits_for_a_limit_ends_within_a_second() {
    let body = noise(1 << 20);
    let peer = Nasty::start(|peer| peer.idle());
    for rate in [1, 1000, 100_000] {
        let http = Http::new(limited(rate)).expect("a client");
        let stop = Arc::new(Stop::default());
        let put = || request(Method::PUT, &peer.url(), Payload::Bytes(&body));
        thread::scope(|scope| {
            let cancelled = scope.spawn(|| {
                thread::sleep(Duration::from_millis(300)); // until it waits
                stop.cancel();
                Instant::now()
            });
            let error = http.send(put(), &http.bounds(Arc::clone(&stop), None)).expect_err("cancelled");
            let end = Instant::now();
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
            assert!(end.saturating_duration_since(cancelled.join().expect("no panic")) < SECOND);
        });
        let begin = Instant::now();
        let bounds = http.bounds(Arc::default(), Some(Duration::from_millis(500)));
        let error = http.send(put(), &bounds).expect_err("the deadline");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(begin.elapsed() < 2 * SECOND, "{rate}: {:?}", begin.elapsed());
    }
}

#[test]
fn what_a_limit_holds_back_from_its_first_byte_on_has_not_been_sent() {
    let authority = Authority::sound();
    let file = authority.file();
    let serve = |peer: &mut Peer| {
        peer.take(1)?;
        peer.hit();
        peer.idle()
    };
    let (plain, tls) = (Nasty::start(serve), Nasty::start_tls(&authority, serve));
    for (peer, url) in [(&plain, plain.url()), (&tls, tls.https_url())] {
        // The smallest piece takes minutes at one byte a second, and next to nothing at the other rate.
        for (rate, may_have_been_sent) in [(1, false), (1 << 30, true)] {
            let ca_file = file.path().to_str().map(str::to_owned);
            let http = Http::new(Connection { ca_file, ..limited(rate) }).expect("a client");
            let bounds = http.bounds(Arc::default(), Some(SECOND));
            let asked = request(Method::POST, &url, Payload::Bytes(b"once"));
            let error = http.send(asked, &bounds).expect_err("the deadline");
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
            assert_eq!(error.may_have_been_sent(), may_have_been_sent, "{url} {rate}: {error}");
            assert_eq!(peer.hits() > 0, may_have_been_sent, "{url} {rate}");
        }
    }
}

/// The body would take hours.
#[test]
fn an_answer_that_comes_early_is_seen_while_the_limit_holds_the_body() {
    let peer = Nasty::start(|peer| {
        peer.head()?;
        peer.answer(413, "too large")?;
        peer.idle()
    });
    let http = Http::new(limited(2000)).expect("a client");
    let body = noise(16 << 20);
    let answer = send(&http, request(Method::PUT, &peer.url(), Payload::Bytes(&body))).expect("an answer");
    assert_eq!((answer.status, answer.body), (413, b"too large".to_vec()));
}

#[test]
fn the_connections_of_an_upload_share_its_limit() {
    const RATE: u64 = 5_000_000;
    let (cloud, data) = (TestCloud::start(), noise(12 << 20));
    let begin = Instant::now();
    let options = UploadOptions { bytes_per_second: RATE, concurrency: 3, ..Default::default() };
    let client = cloud.client(Connection::default());
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    upload.run(None).expect("uploaded");
    assert_took(begin, data.len(), RATE);
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("the file") == data);
}

#[test]
fn the_files_of_a_batch_share_its_limit() {
    const RATE: u64 = 1_000_000;
    let (cloud, folder) = (TestCloud::start(), tempfile::tempdir().expect("a folder"));
    let items = (0..20).map(|number| {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, noise(100_000)).expect("a file");
        Item { path: path.to_str().expect("UTF-8").to_owned(), options: None }
    });
    let items: Vec<Item> = items.collect();
    let options = UploadOptions { bytes_per_second: RATE, ..Default::default() };
    let client = cloud.client(Connection::default());
    let begin = Instant::now();
    Batch::new(&client, items.clone(), options.clone())
        .and_then(|batch| batch.run(None, None))
        .expect("stored");
    assert_took(begin, 2_000_000, RATE);
    let own = Item { options: Some(Arc::new(options)), ..items[0].clone() };
    let error = Batch::new(&client, vec![own], UploadOptions::default()).expect_err("of one file");
    assert!(error.message().contains("bytes_per_second is for the batch as a whole"), "{error}");
}

/// At first it would take a year.
#[test]
fn a_limit_that_is_taken_away_holds_no_longer() {
    let (cloud, data) = (TestCloud::start(), noise(1 << 20));
    let options = UploadOptions { bytes_per_second: 1, ..Default::default() };
    let client = cloud.client(Connection::default());
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    let mut reports = 0;
    let mut watch = |_: &_| {
        reports += 1;
        if reports == 3 {
            assert_eq!(cloud.count("start"), 0, "the limit did not hold");
            upload.lifecycle().control().limit(0);
        }
        true
    };
    upload.run(Some(&mut watch)).expect("uploaded");
    assert_eq!(cloud.confirmed("put"), 1);
}

/// It begins so slowly that it never ends, and then at a rate that it keeps to.
#[test]
fn a_limit_that_is_changed_holds_from_then_on() {
    const RATE: u64 = 2_000_000;
    let (cloud, data) = (TestCloud::start(), noise(2 << 20));
    let options = UploadOptions { bytes_per_second: 1, ..Default::default() };
    let client = cloud.client(Connection::default());
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    let (running, runs) = mpsc::channel();
    thread::scope(|scope| {
        let upload = &upload;
        scope.spawn(move || upload.run(Some(&mut |_| running.send(()).is_ok())).expect("uploaded"));
        runs.recv().expect("it runs");
        let begin = Instant::now();
        upload.lifecycle().control().limit(RATE);
        while runs.recv().is_ok() {}
        assert_took(begin, data.len(), RATE);
    });
}

#[test]
fn the_largest_limit_is_none() {
    let (cloud, data) = (TestCloud::start(), noise(20 << 20));
    let options = UploadOptions { bytes_per_second: u64::MAX, ..Default::default() };
    let client = cloud.client(limited(u64::MAX));
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    upload.run(None).expect("uploaded");
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("the file") == data);
}
