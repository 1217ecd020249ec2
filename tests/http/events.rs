//! Events: what a handler is told of requests, connections and retries, beside what the service saw.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use ferry::error::ErrorKind;
use ferry::filestack::{
    Batch, Client, ClientOptions, Filelink, Item, RequestOptions, Security, Upload, UploadOptions,
};
use ferry::http::{Connection, Event, EventHandler, EventKind, Http, Method};
use ferry::telestream;
use ferry::transfer::lifecycle::UploadState;
use ferry::transfer::progress::Snapshot;
use ferry::transfer::source::Source;
use serde_json::json;

use crate::nasty::{Authority, Nasty};
use crate::server::{Server, answer, request};
use crate::support::{TestCloud, flip, nobody, noise, of_few_tries, wait_until};

/// What a handler was told, and on which threads.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<(Event, ThreadId)>>>);

impl Told {
    fn to(&self, connection: Connection) -> Connection {
        let told = self.clone();
        let handle = move |event: &Event| {
            let event = (event.clone(), thread::current().id());
            told.0.lock().expect("a lock").push(event);
        };
        Connection { on_event: Some(EventHandler::new(handle)), ..connection }
    }

    /// All events so far; each was told on this thread.
    fn all(&self) -> Vec<Event> {
        let told = self.0.lock().expect("a lock");
        assert!(told.iter().all(|(_, thread)| *thread == thread::current().id()));
        told.iter().map(|(event, _)| event.clone()).collect()
    }

    fn of(&self, kind: EventKind) -> Vec<Event> {
        self.all().into_iter().filter(|event| event.kind == kind).collect()
    }

    /// How many parts or files there were to be at once, each time that it changed.
    fn numbers(&self) -> Vec<usize> {
        self.of(EventKind::Concurrency).iter().map(|event| event.concurrency).collect()
    }

    fn attempts(&self) -> Vec<Event> {
        self.of(EventKind::Attempt)
    }

    /// Everything that people may read of them.
    fn texts(&self) -> String {
        self.all().iter().map(|event| format!("{event:?}\n")).collect()
    }
}

fn path_of(url: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    format!("/{}", path.split('?').next().unwrap_or_default())
}

/// How often each request was made: method, path, status (0: no answer), part.
type Counts = BTreeMap<(String, String, u64, u64), usize>;

fn counted(attempts: &[Event]) -> Counts {
    let mut counts = Counts::new();
    for event in attempts {
        let method = event.method.as_ref().expect("a method").to_string();
        let part = event.attempt.part.into();
        *counts.entry((method, path_of(&event.url), event.http_status.into(), part)).or_default() += 1;
    }
    counts
}

fn journal(cloud: &TestCloud) -> Counts {
    let mut counts = Counts::new();
    for request in cloud.requests() {
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let (status, part) = (request["status"].as_u64(), request["part"].as_u64());
        let key = (text("method"), path_of(&format!("x://h{}", text("path"))), status, part);
        *counts.entry((key.0, key.1, key.2.unwrap_or(0), key.3.unwrap_or(0))).or_default() += 1;
    }
    counts
}

/// After an end from outside the service may have answered what nobody waited for, or not have seen a request
/// at all: each of the journal has its event, and each answer that came was one of the journal's.
fn assert_all_told(told: &Told, cloud: &TestCloud) {
    let total = |counts: &Counts, key: &(String, String, u64, u64), answered: bool| {
        let is_same = |other: &(String, String, u64, u64)| {
            (&other.0, &other.1, other.3) == (&key.0, &key.1, key.3) && (other.2 != 0 || !answered)
        };
        counts.iter().filter(|(other, _)| is_same(other)).map(|(_, count)| count).sum::<usize>()
    };
    let (events, journal) = (counted(&told.attempts()), journal(cloud));
    for key in journal.keys().chain(events.keys()) {
        let (told, seen) = (total(&events, key, false), total(&journal, key, false));
        assert!(told >= seen && total(&events, key, true) <= seen, "{key:?}: {events:?} {journal:?}");
    }
}

fn upload<'a>(client: &Arc<Client>, data: &'a [u8], options: UploadOptions) -> Upload<'a> {
    Upload::new(client, Source::Bytes(data), None, options).expect("an upload")
}

// ---- Each attempt ----

#[test]
fn every_request_of_an_upload_has_its_event() {
    let (cloud, told, data) = (TestCloud::start(), Told::default(), noise(20 << 20));
    let upload = upload(&cloud.client(told.to(Connection::default())), &data, UploadOptions::default());
    upload.run(None).expect("uploaded");
    let attempts = told.attempts();
    assert_eq!(counted(&attempts), journal(&cloud));
    let steps = |step: &str| attempts.iter().filter(|event| event.attempt.step == step).count();
    assert_eq!([steps("start"), steps("upload"), steps("put"), steps("complete")], [1, 4, 4, 1]);
    for event in &attempts {
        assert_eq!((event.failure, event.attempt.number), (None, 1), "{event:?}");
        assert!(event.sent > 0 && event.received > 0 && event.message.is_empty(), "{event:?}");
        assert!(event.remote.is_some_and(|remote| cloud.url().ends_with(&remote.to_string())), "{event:?}");
        assert!(event.first_byte > Duration::ZERO && event.whole >= event.first_byte, "{event:?}");
        if event.reused {
            assert_eq!((event.times.tcp, event.times.tls), (Duration::ZERO, Duration::ZERO));
        }
    }
    let put: u64 = attempts.iter().filter(|event| event.attempt.step == "put").map(|event| event.sent).sum();
    assert!((20 << 20..21 << 20).contains(&put), "{put}");
    assert!(told.of(EventKind::Retry).is_empty());

    // Each connection is told once, before the request that it was opened for, if it was for one.
    let connections = told.of(EventKind::Connection);
    let (ahead, needed): (Vec<_>, Vec<_>) = connections.iter().partition(|event| event.attempt.number == 0);
    assert_eq!(needed.len(), attempts.iter().filter(|event| !event.reused).count());
    assert!(ahead.len() < 4 && ahead.iter().all(|event| event.attempt.step == "upload"), "{ahead:?}");
    assert!(connections.iter().all(|event| event.failure.is_none() && event.url == cloud.url()));
    assert_eq!(told.all().first().map(|event| event.kind), Some(EventKind::Connection));
}

#[test]
fn attempts_that_fail_are_told_and_so_is_why_they_are_repeated() {
    let (cloud, told, data) = (TestCloud::start(), Told::default(), noise(11 << 20));
    cloud.faults(json!([
        {"class": "start", "times": 1, "action": {"status": 503, "retry_after": 0}},
        {"class": "upload", "match": {"part": 1}, "times": 2, "action": {"status": 500}},
        {"class": "put", "match": {"part": 2}, "times": 1, "action": {"cut_after": 1 << 20}},
        {"class": "put", "match": {"part": 3}, "times": 1, "action": {"status": 503, "code": "SlowDown"}},
        {"class": "complete", "times": 1, "action": {"lost_answer": true}},
    ]));
    let mut retries = 0;
    let upload = upload(&cloud.client(told.to(Connection::default())), &data, UploadOptions::default());
    upload
        .run(Some(&mut |snapshot| {
            retries = snapshot.retries;
            true
        }))
        .expect("uploaded");
    assert_eq!(cloud.fired(), [1, 2, 1, 1, 1]);
    assert_eq!(counted(&told.attempts()), journal(&cloud));
    let mut repeated: Vec<_> = told
        .of(EventKind::Retry)
        .iter()
        .map(|event| (event.attempt.step, event.attempt.part, event.attempt.number, event.http_status))
        .collect();
    repeated.sort_unstable();
    let expected = [
        ("complete", 0, 1, 0),
        ("put", 2, 1, 0),
        ("put", 3, 1, 503),
        ("start", 0, 1, 503),
        ("upload", 1, 1, 500),
        ("upload", 1, 2, 500),
    ];
    assert_eq!(repeated, expected);
    assert_eq!(retries as usize, expected.len());
    for event in told.of(EventKind::Retry) {
        let kind = if event.http_status == 0 { ErrorKind::Network } else { ErrorKind::Http };
        assert_eq!(event.failure, Some(kind), "{event:?}");
        assert!(!event.message.is_empty(), "{event:?}");
        let failed = |attempt: &&Event| {
            attempt.attempt == event.attempt && attempt.failure == Some(kind) && !attempt.message.is_empty()
        };
        assert_eq!(told.attempts().iter().filter(failed).count(), 1, "{event:?}");
    }
    let slow = told.attempts().into_iter().find(|event| event.message.contains("SlowDown"));
    assert!(slow.is_some_and(|event| !event.request_id.is_empty()));
}

#[test]
fn a_pause_that_the_service_asks_for_is_told() {
    let (cloud, told) = (TestCloud::start(), Told::default());
    cloud.faults(json!([{"class": "metadata", "times": 1, "action": {"status": 429, "retry_after": 1}}]));
    let client = cloud.client(told.to(Connection::default()));
    let link = Filelink::new(&client, "ABCDEFGHIJ0123456789").expect("a filelink");
    link.metadata(None, &RequestOptions::default(), None).expect_err("no such file");
    assert_eq!(cloud.fired(), [1]);
    let waits: Vec<Duration> = told.of(EventKind::Retry).iter().map(|event| event.wait).collect();
    assert_eq!(waits, [Duration::from_secs(1)]);
    let numbers: Vec<_> = told.attempts().iter().map(|e| (e.attempt.number, e.http_status)).collect();
    assert_eq!(numbers, [(1, 429), (2, 404)]);
}

#[test]
fn each_redirect_that_is_followed_is_an_attempt_of_the_same_number() {
    let server = Server::start(|head, _| match head.split(' ').nth(1).unwrap_or_default() {
        "/a" => answer("302 Found", "location: /b?signature=hunter2hunter2\r\n", ""),
        _ => answer("200 OK", "x-request-id: R-17\r\n", "[]"),
    });
    let told = Told::default();
    let http = Http::new(told.to(Connection::default())).expect("a client");
    let bounds = http.bounds(Arc::default(), None);
    http.send(request(Method::GET, &server.url("/a")), &bounds).expect("followed");
    bounds.events().expect("events").deliver();
    let seen: Vec<_> = told
        .attempts()
        .iter()
        .map(|e| (path_of(&e.url), e.http_status, e.failure, e.request_id.clone()))
        .collect();
    let first = ("/a".to_owned(), 302, None, String::new());
    assert_eq!(seen, [first, ("/b".to_owned(), 200, None, "R-17".to_owned())]);
    assert!(!told.texts().contains("hunter2"));
}

#[test]
fn downloads_are_told_with_their_bytes_and_one_that_is_cut_with_its_failure() {
    let (cloud, told, data) = (TestCloud::start(), Told::default(), noise(3 << 20));
    let client = cloud.client(told.to(Connection::default()));
    let upload = upload(&client, &data, UploadOptions::default());
    upload.run(None).expect("uploaded");
    cloud.faults(json!([{"class": "deliver", "times": 1, "action": {"cut_response_after": 1 << 20}}]));
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("downloaded") == data);
    assert_eq!(cloud.fired(), [1]);
    let downloads: Vec<_> = told.attempts().into_iter().filter(|e| e.method == Some(Method::GET)).collect();
    let seen: Vec<_> = downloads.iter().map(|e| (e.attempt.number, e.http_status, e.failure)).collect();
    assert_eq!(seen, [(1, 200, Some(ErrorKind::Network)), (2, 206, None)]);
    let received: u64 = downloads.iter().map(|e| e.received).sum();
    assert!(downloads[1].received < 3 << 20 && received > 3 << 20, "{downloads:?}");
}

#[test]
fn every_file_of_a_batch_is_told() {
    let (cloud, told) = (TestCloud::start(), Told::default());
    let folder = tempfile::tempdir().expect("a folder");
    let items: Vec<Item> = (0..40)
        .map(|number| {
            let path = folder.path().join(format!("{number}.bin"));
            std::fs::write(&path, noise(1000 + number)).expect("written");
            Item { path: path.to_str().expect("UTF-8").to_owned(), options: None }
        })
        .collect();
    cloud.faults(json!([{"class": "put", "times": 3, "action": {"status": 500}}]));
    let client = cloud.client(told.to(Connection::default()));
    Batch::new(&client, items, UploadOptions::default()).expect("a batch").run(None, None).expect("stored");
    assert_eq!(cloud.fired(), [3]);
    assert_eq!(counted(&told.attempts()), journal(&cloud));
    assert_eq!(told.of(EventKind::Retry).len(), 3);
}

#[test]
fn every_request_to_telestream_is_told_and_so_is_the_one_that_takes_an_upload_back() {
    let (cloud, told) = (TestCloud::start(), Told::default());
    let client = flip::client(cloud.url(), told.to(Connection::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    std::fs::write(&path, noise(12 << 20)).expect("written");
    let path = path.to_str().expect("UTF-8");
    // With an answer that tells the video nobody asks what is stored.
    cloud.faults(json!([{"class": "flip_part", "times": 3, "action": {"lost_answer": true}}]));
    let upload = telestream::Upload::new(&client, None, path, None, Default::default()).expect("an upload");
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired(), [3]);
    let count = |step: &str| told.attempts().iter().filter(|e| e.attempt.step == step).count();
    assert_eq!(told.attempts().len(), cloud.requests().len());
    assert!(count("session") == 1 && count("part") >= 3 && count("status") >= 1, "{}", told.texts());

    cloud.faults(json!([{"class": "flip_part", "action": {"stall_ms": 60_000}}]));
    let upload = telestream::Upload::new(&client, None, path, None, Default::default()).expect("an upload");
    upload
        .run(Some(&mut |_| {
            if cloud.fired()[0] >= 3 {
                upload.lifecycle().control().cancel();
            }
            true
        }))
        .expect_err("cancelled");
    assert_eq!(count("abort"), 1);
    assert_eq!(told.attempts().len(), cloud.requests().len());
    // Who has the address of a session can send parts.
    let texts = told.texts();
    assert!(!texts.contains("LOCAL_SECRET_KEY") && !texts.contains("signature="), "{texts}");
}

// ---- Connections, restarts, the number at once ----

#[test]
fn a_connection_is_told_with_the_times_of_its_phases() {
    let authority = Authority::sound();
    let server = Nasty::start_tls(&authority, |peer| {
        peer.head()?;
        peer.answer(200, "[]")
    });
    let (told, file) = (Told::default(), authority.file());
    let ca_file = file.path().to_str().map(str::to_owned);
    let http = Http::new(told.to(Connection { ca_file, ..Connection::default() })).expect("a client");
    let bounds = http.bounds(Arc::default(), None);
    http.send(request(Method::GET, &server.https_url()), &bounds).expect("an answer");
    bounds.events().expect("events").deliver();
    let [opened, attempt] = <[Event; 2]>::try_from(told.all()).expect("two events");
    assert_eq!((opened.kind, attempt.kind), (EventKind::Connection, EventKind::Attempt));
    assert_eq!((opened.failure, opened.url), (None, server.https_url()));
    assert!(opened.times.tcp > Duration::ZERO && opened.times.tls > Duration::ZERO, "{:?}", opened.times);
    assert!(opened.whole >= opened.times.tcp + opened.times.tls && attempt.whole > opened.whole);
    assert!(!attempt.reused && attempt.times.tls == opened.times.tls && attempt.remote == opened.remote);
}

#[test]
fn a_connection_that_cannot_be_opened_is_told_and_so_is_the_attempt() {
    let (_taken, closed) = nobody();
    let told = Told::default();
    let http = Http::new(told.to(Connection::default())).expect("a client");
    let bounds = http.bounds(Arc::default(), None);
    http.send(request(Method::GET, &format!("http://{closed}/")), &bounds).expect_err("refused");
    bounds.events().expect("events").deliver();
    let events = told.all();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Connection, EventKind::Attempt]);
    for event in &events {
        assert_eq!((event.failure, event.http_status), (Some(ErrorKind::Network), 0), "{event:?}");
        assert!(event.message.contains("cannot connect") && event.remote.is_none(), "{event:?}");
        assert!(!event.reused && event.sent == 0, "{event:?}");
    }
}

#[test]
fn a_peer_that_has_listened_before_may_be_starting_again() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let once = thread::spawn(move || {
        let (mut peer, _) = listener.accept().expect("a connection");
        peer.read(&mut [0; 4096]).and_then(|_| peer.write_all(answer("200 OK", "", "{}").as_bytes()))
    });
    let told = Told::default();
    let connection = told.to(Connection { max_retries: 2, ..Connection::default() });
    let options = ClientOptions { base_url: Some(url), connection, ..ClientOptions::default() };
    let client = Client::new("TESTKEY", options).expect("a client");
    let link = Filelink::new(&client, "ABCDEFGHIJ0123456789").expect("a filelink");
    let metadata = || link.metadata(None, &RequestOptions::default(), None);
    metadata().expect("an answer");
    once.join().expect("no panic").expect("answered");
    let error = metadata().expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert_eq!(told.attempts().len(), 1 + 3, "a peer that never was there is asked twice");
}

#[test]
fn an_upload_that_the_service_has_forgotten_is_told_when_it_begins_anew() {
    let (cloud, told, data) = (TestCloud::start(), Told::default(), noise(11 << 20));
    cloud.faults(json!([{"class": "put", "match": {"part": 3}, "times": 1, "action": {"status": 404,
        "body": "<Error><Code>NoSuchUpload</Code></Error>"}}]));
    let upload = upload(&cloud.client(told.to(Connection::default())), &data, UploadOptions::default());
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired(), [1]);
    let restarts = told.of(EventKind::Restart);
    assert_eq!(restarts.len(), 1);
    assert_eq!((restarts[0].failure, restarts[0].http_status), (Some(ErrorKind::Http), 404));
    assert!(restarts[0].message.contains("NoSuchUpload"), "{restarts:?}");
    assert_eq!(told.attempts().iter().filter(|event| event.attempt.step == "start").count(), 2);
}

#[test]
fn a_service_that_asks_for_less_at_once_is_told_with_the_new_number() {
    let (cloud, told, data) = (TestCloud::start(), Told::default(), noise(60 << 20));
    cloud.faults(json!([
        {"class": "put", "times": 1, "action": {"status": 503}},
        {"class": "put", "action": {"hold_ms": 200}},
    ]));
    let upload = upload(&cloud.client(told.to(Connection::default())), &data, UploadOptions::default());
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired()[0], 1);
    let numbers = told.numbers();
    // Three quarters of 4, or of 8 where the peer was slow to accept the connection.
    assert!(numbers.contains(&3) || numbers.contains(&6), "{numbers:?}");
    assert!(numbers.windows(2).all(|two| two[0] != two[1]), "{numbers:?}");
}

/// Each of its files has one part, which never waits for a slot.
#[test]
fn a_batch_of_small_files_is_told_too_when_the_service_asks_for_less() {
    let (cloud, told) = (TestCloud::start(), Told::default());
    cloud.faults(json!([
        {"class": "start", "times": 1, "action": {"status": 503}},
        {"class": "put", "action": {"hold_ms": 50}},
    ]));
    let folder = tempfile::tempdir().expect("a folder");
    let items = (0..60).map(|number| {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, noise(1000)).expect("written");
        Item { path: path.to_str().expect("UTF-8").to_owned(), options: None }
    });
    let client = cloud.client(told.to(Connection::default()));
    let batch = Batch::new(&client, items.collect(), UploadOptions::default()).expect("a batch");
    batch.run(None, None).expect("uploaded");
    assert_eq!(cloud.fired()[0], 1);
    let numbers = told.numbers();
    assert!(numbers.iter().any(|number| [3, 6, 12, 24].contains(number)), "{numbers:?}");
}

// ---- Secrets ----

#[test]
fn no_event_has_a_secret_whatever_the_service_says() {
    let security = Security::new("{\"expiry\": 4000000000}", "APPSECRET").expect("a security");
    for class in ["start", "upload", "put", "complete", "deliver", "metadata"] {
        let (cloud, told, data) = (TestCloud::start(), Told::default(), noise(100));
        let options = ClientOptions {
            base_url: Some(cloud.url()),
            security: Some(security.clone()),
            skip_policy_checks: true,
            connection: told.to(of_few_tries()),
            ..Default::default()
        };
        let client = Client::new("SECRETKEY", options).expect("a client");
        let echo = json!({"echo": true, "status": 500, "headers": {"x-request-id": "SECRETKEY"}});
        cloud.faults(json!([{"class": class, "times": 2, "action": echo}]));
        let upload = upload(&client, &data, UploadOptions::default());
        upload.run(None).expect("uploaded");
        let link = upload.filelink().expect("a filelink");
        link.content(&RequestOptions::default(), None).expect("downloaded");
        link.metadata(None, &RequestOptions::default(), None).expect("known");
        assert_eq!(cloud.fired(), [2], "{class}");
        let texts = told.texts();
        for secret in ["SECRETKEY", security.policy_b64(), security.signature(), "Signature=", "Credential="]
        {
            assert!(!texts.contains(secret), "{class}: {secret} in {texts}");
        }
        assert_eq!(told.of(EventKind::Retry).len(), 2, "{class}");
    }
}

// ---- Delivery ----

#[test]
fn events_come_while_the_call_runs_and_all_of_them_after_a_cancel() {
    let (cloud, data) = (Arc::new(TestCloud::start()), noise(20 << 20));
    cloud.faults(json!([{"class": "put", "match": {"part": 2}, "action": {"stall_ms": 60_000}}]));
    let (told, service) = (Told::default(), Arc::clone(&cloud));
    let running: Arc<Mutex<Option<Arc<Upload<'static>>>>> = Arc::default();
    let (record, upload) = (told.to(Connection::default()), Arc::clone(&running));
    let handle = move |event: &Event| {
        record.on_event.as_ref().expect("a handler").tell(event);
        if event.attempt.step == "put"
            && let Some(upload) = &*upload.lock().expect("a lock")
        {
            // Before that there is nothing to cancel.
            wait_until("the part that stalls", || service.fired() != [0]);
            upload.lifecycle().control().cancel();
        }
    };
    let connection = Connection { on_event: Some(EventHandler::new(handle)), ..Connection::default() };
    let data: &'static [u8] = data.leak();
    let upload = Arc::new(self::upload(&cloud.client(connection), data, UploadOptions::default()));
    *running.lock().expect("a lock") = Some(Arc::clone(&upload));
    assert_eq!(upload.run(None).expect_err("cancelled").kind(), ErrorKind::Cancelled);
    assert_eq!(upload.lifecycle().state(), UploadState::Aborted);
    // The stalled one too, which the cancel has cut.
    assert_all_told(&told, &cloud);
    let cut = told.attempts().into_iter().find(|e| (e.attempt.step, e.attempt.part) == ("put", 2));
    assert_eq!(cut.expect("an event").failure, Some(ErrorKind::Cancelled));
    running.lock().expect("a lock").take();
}

#[test]
fn all_events_come_although_a_callback_panics() {
    for panics_at in ["event", "progress"] {
        let (cloud, data) = (TestCloud::start(), noise(20 << 20));
        let told = Told::default();
        let record = told.to(Connection::default());
        let handle = move |event: &Event| {
            record.on_event.as_ref().expect("a handler").tell(event);
            assert!(panics_at != "event" || event.attempt.step != "upload", "a bug of the program");
        };
        let connection = Connection { on_event: Some(EventHandler::new(handle)), ..Connection::default() };
        let upload = upload(&cloud.client(connection), &data, UploadOptions::default());
        let mut reports = 0;
        let mut observer = |_: &Snapshot| {
            reports += 1;
            assert!(panics_at != "progress" || reports < 2, "a bug of the program");
            true
        };
        let result = catch_unwind(AssertUnwindSafe(|| upload.run(Some(&mut observer))));
        assert!(result.is_err(), "the panic goes on in the caller");
        assert_all_told(&told, &cloud);
    }
}

#[test]
fn without_a_handler_there_is_no_queue() {
    let http = Http::new(Connection::default()).expect("a client");
    assert!(http.bounds(Arc::default(), None).events().is_none());
    assert!(http.bounds(Arc::default(), None).renewed().events().is_none());
    let http = Http::new(Told::default().to(Connection::default())).expect("a client");
    assert!(http.bounds(Arc::default(), None).renewed().events().is_some());
}

#[test]
fn a_handler_is_released_once_when_the_last_user_of_the_client_has_gone() {
    let released = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&released);
    let release = move || {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let on_event = Some(EventHandler::new(|_| {}).with_release(release));
    let options =
        ClientOptions { connection: Connection { on_event, ..Connection::default() }, ..Default::default() };
    let client = Client::new("", options.clone());
    assert!(client.is_err() && released.load(Ordering::Relaxed) == 0, "no client, nothing to release");
    let client = Client::new("APIKEY", options).expect("a client");
    let link = Filelink::new(&client, "ABCDEFGHIJ0123456789").expect("a filelink");
    drop(client);
    assert_eq!(released.load(Ordering::Relaxed), 0);
    drop(link);
    assert_eq!(released.load(Ordering::Relaxed), 1);
}

#[test]
fn an_answer_that_is_refused_for_its_encoding_is_told() {
    let server = Server::start(|_, _| answer("200 OK", "content-encoding: br\r\n", "abc"));
    let told = Told::default();
    let http = Http::new(told.to(Connection::default())).expect("a client");
    let bounds = http.bounds(Arc::default(), None);
    http.send(request(Method::GET, &server.url("/a")), &bounds).expect_err("encoded");
    bounds.events().expect("events").deliver();
    let seen: Vec<_> = told.attempts().iter().map(|e| (e.http_status, e.failure)).collect();
    assert_eq!(seen, [(200, Some(ErrorKind::Protocol))]);
}

#[test]
fn what_an_interrupt_has_ended_is_not_told_as_a_retry() {
    let (cloud, told, data) = (TestCloud::start(), Told::default(), noise(6 * (5 << 20)));
    cloud.faults(json!([{"class": "put", "action": {"stall_ms": 60_000}}]));
    let client = cloud.client(told.to(Connection::default()));
    let upload = upload(&client, &data, UploadOptions { concurrency: 4, ..Default::default() });
    thread::scope(|scope| {
        scope.spawn(|| {
            while cloud.count("put") < 4 {
                thread::sleep(Duration::from_millis(5));
            }
            upload.lifecycle().control().interrupt();
        });
        upload.run(None).expect_err("interrupted");
    });
    assert_eq!(told.of(EventKind::Retry).len(), 0);
    let ended = told.attempts().iter().filter(|e| e.failure == Some(ErrorKind::Cancelled)).count();
    assert!(ended >= 4, "{ended}");
}
