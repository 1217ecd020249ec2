//! Uploads of what a reader gives: they go up while it is read.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind, Result};
use ferry::filestack::{Intelligent, Upload, UploadOptions};
use ferry::http::Connection;
use ferry::transfer::lifecycle::UploadState;
use serde_json::{Value, json};

use super::server::{Reply, Server};
use super::support::{TestCloud, control, noise, of_few_tries, wait_until};
use super::uploads::service;

const MIB: usize = 1 << 20;

/// The default part.
const PART: usize = 5 * MIB;

/// The longest that a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes that a reader gives, as far as the test lets it.
#[derive(Clone)]
struct Tap(Arc<(Mutex<Flow>, Condvar)>);

struct Flow {
    data: Vec<u8>,
    given: usize,
    open: usize,
}

impl Tap {
    /// A reader that gives everything.
    fn new(data: &[u8]) -> Self {
        let flow = Flow { data: data.to_vec(), given: 0, open: usize::MAX };
        Tap(Arc::new((Mutex::new(flow), Condvar::new())))
    }

    /// A reader that waits after `open` bytes for [`Tap::open`].
    fn open_to(self, open: usize) -> Self {
        self.0.0.lock().expect("a lock").open = open;
        self.0.1.notify_all();
        self
    }

    fn given(&self) -> usize {
        self.0.0.lock().expect("a lock").given
    }

    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let (flow, changed) = &*self.0;
        let flow = flow.lock().expect("a lock");
        let wait = |flow: &mut Flow| flow.given >= flow.open && flow.given < flow.data.len();
        let (mut flow, late) = changed.wait_timeout_while(flow, PATIENCE, wait).expect("a lock");
        assert!(!late.timed_out(), "nobody opens the tap");
        let from = flow.given;
        let count = buffer.len().min(flow.data.len() - from).min(flow.open - from);
        buffer[..count].copy_from_slice(&flow.data[from..from + count]);
        flow.given += count;
        Ok(count)
    }

    /// The same, slowly: a second for 10 MiB.
    fn slow_reader(&self) -> impl FnMut(&mut [u8]) -> Result<usize> + Send + 'static {
        let tap = self.clone();
        move |buffer| {
            std::thread::sleep(Duration::from_millis(25));
            tap.read(buffer)
        }
    }

    fn reader(&self) -> impl FnMut(&mut [u8]) -> Result<usize> + Send + 'static {
        let tap = self.clone();
        move |buffer| tap.read(buffer)
    }
}

fn upload(cloud: &TestCloud, size: Option<usize>, tap: &Tap) -> Upload<'static> {
    with(cloud, size, tap, UploadOptions::default())
}

fn with(cloud: &TestCloud, size: Option<usize>, tap: &Tap, options: UploadOptions) -> Upload<'static> {
    let size = size.map(|size| size as u64);
    Upload::of_reader(&cloud.client(of_few_tries()), size, options, tap.reader()).expect("an upload")
}

fn assert_stored(upload: &Upload<'_>, data: &[u8], case: &str) {
    let content = upload.filelink().and_then(|link| link.content(&Default::default(), None));
    assert!(content.expect("the file can be fetched") == data, "{case}: other bytes are stored");
}

#[test]
fn parts_are_stored_while_the_reader_still_reads() {
    let (cloud, data) = (TestCloud::start(), noise(3 * PART + 7));
    for watched in [false, true] {
        let tap = Tap::new(&data).open_to(2 * PART);
        let upload = upload(&cloud, Some(data.len()), &tap);
        let before = cloud.confirmed("put");
        let mut totals = Vec::new();
        std::thread::scope(|scope| {
            let run = scope.spawn(|| {
                let mut look = |snapshot: &ferry::transfer::progress::Snapshot| {
                    totals.push(snapshot.bytes_total);
                    true
                };
                upload.run(if watched { Some(&mut look) } else { None })
            });
            wait_until("the second part", || cloud.confirmed("put") == before + 2);
            assert_eq!((tap.given(), upload.lifecycle().state()), (2 * PART, UploadState::Uploading));
            tap.clone().open_to(usize::MAX);
            run.join().expect("no panic").expect("uploaded");
        });
        assert_stored(&upload, &data, "read while it went up");
        assert!(totals.iter().all(|total| *total == data.len() as u64), "{totals:?}");
        assert_eq!(totals.is_empty(), !watched);
    }
}

#[test]
fn a_reader_of_any_size_is_stored_in_every_mode() {
    for (size, mode) in [
        (1, Intelligent::Off),
        (PART, Intelligent::Off),
        (PART + 1, Intelligent::On),
        (2 * PART, Intelligent::Fallback),
        (17 * PART + 3, Intelligent::Off),
    ] {
        let (cloud, data) = (TestCloud::start(), noise(size));
        for announced in [Some(size), None] {
            let options = UploadOptions { intelligent: mode, concurrency: 3, ..Default::default() };
            let upload = with(&cloud, announced, &Tap::new(&data), options);
            let case = format!("{size} bytes, announced {announced:?}, {mode:?}");
            upload.run(None).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_stored(&upload, &data, &case);
        }
    }
}

/// The reader is far ahead of a service that stores nothing: the disk holds 64 MiB of it at most.
#[test]
fn reading_stops_while_64_mib_are_not_stored() {
    let (cloud, data) = (TestCloud::start(), noise(100 * MIB));
    cloud.faults(json!([{"class": "put", "action": {"stall_ms": 60_000}}]));
    let tap = Tap::new(&data);
    let client = cloud.client(Connection::default());
    let options = UploadOptions { concurrency: 2, ..Default::default() };
    let upload =
        Upload::of_reader(&client, Some(data.len() as u64), options, tap.reader()).expect("an upload");
    // Reports that come when the spool is nearly full.
    let mut calls = 0;
    let error = upload
        .run(Some(&mut |_| {
            calls += u32::from(tap.given() >= 60 * MIB);
            calls <= 8
        }))
        .expect_err("interrupted");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, true), "{error}");
    assert!((60 * MIB..=64 * MIB).contains(&tap.given()), "{} bytes were read", tap.given());

    cloud.faults(json!([]));
    upload.run(None).expect("the rest");
    assert_stored(&upload, &data, "interrupted while the spool was full");
}

#[test]
fn the_size_must_be_as_announced() {
    let data = noise(2 * PART);
    for (size, words) in
        [(data.len() - 1, "more bytes"), (data.len() + 1, "fewer bytes"), (PART, "more bytes")]
    {
        let cloud = TestCloud::start();
        let upload = upload(&cloud, Some(size), &Tap::new(&data));
        for _ in 0..2 {
            let error = upload.run(None).expect_err("another size");
            assert_eq!(error.kind(), ErrorKind::FileChanged, "{error}");
            assert!(error.message().contains(words), "{error}");
            assert_eq!(upload.lifecycle().state(), UploadState::Error);
        }
        assert_eq!(cloud.count("complete"), 0, "announced {size}");
    }
}

#[test]
fn a_reader_that_fails_ends_the_upload_at_once_and_another_run_goes_on() {
    let (cloud, data) = (TestCloud::start(), noise(3 * PART));
    cloud.faults(json!([{"class": "put", "match": {"part": 1}, "action": {"stall_ms": 60_000}}]));
    let tap = Tap::new(&data);
    let failed = Arc::new(AtomicUsize::new(0));
    let read = {
        let (tap, failed) = (tap.clone(), Arc::clone(&failed));
        let mut puts = None;
        let url = cloud.url();
        move |buffer: &mut [u8]| {
            if tap.given() >= 2 * PART && failed.load(Ordering::Relaxed) == 0 {
                puts.get_or_insert_with(|| {
                    wait_until("a PUT", || requests(&url).iter().any(|request| request["class"] == "put"))
                });
                failed.fetch_add(1, Ordering::Relaxed);
                return Err(Error::new(ErrorKind::Io, "the camera is gone"));
            }
            tap.read(buffer)
        }
    };
    let client = cloud.client(Connection::default());
    let size = Some(data.len() as u64);
    let upload = Upload::of_reader(&client, size, UploadOptions::default(), read).expect("an upload");
    let begin = Instant::now();
    let error = upload.run(None).expect_err("the reader fails");
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Io, "cannot upload unnamed_file: the camera is gone")
    );
    assert!(begin.elapsed() < PATIENCE, "a request that stalls was waited for");
    assert_eq!(cloud.count("complete"), 0);
    cloud.faults(json!([]));
    upload.run(None).expect("the reader works again");
    assert_stored(&upload, &data, "after a failure of the reader");
}

fn requests(url: &str) -> Vec<Value> {
    let Value::Array(list) = control(url, "requests") else { panic!("a list of requests") };
    list
}

#[test]
fn data_of_unknown_size_is_read_first_with_reports_of_the_bytes_read() {
    let (cloud, data) = (TestCloud::start(), noise(2 * PART));
    let tap = Tap::new(&data);
    let client = cloud.client(of_few_tries());
    let upload =
        Upload::of_reader(&client, None, UploadOptions::default(), tap.slow_reader()).expect("an upload");
    let mut reports = Vec::new();
    upload
        .run(Some(&mut |report| {
            if report.bytes_total == 0 {
                assert_eq!(cloud.count("start"), 0, "the service was not told the size");
            }
            reports.push((report.bytes_done, report.bytes_total));
            true
        }))
        .expect("uploaded");
    let known = reports.iter().position(|(_, total)| *total > 0).expect("the size gets known");
    let (reading, sending) = reports.split_at(known);
    assert!(reading.len() > 1 && reading.is_sorted() && reading[reading.len() - 1].0 > 0, "{reports:?}");
    assert!(
        sending.is_sorted() && sending.iter().all(|(_, total)| *total == data.len() as u64),
        "{reports:?}"
    );
    assert_eq!(sending.last(), Some(&(data.len() as u64, data.len() as u64)));
    assert_stored(&upload, &data, "unknown size");
}

#[test]
fn an_observer_interrupts_the_reading_too_and_another_run_reads_on() {
    for announced in [false, true] {
        let (cloud, data) = (TestCloud::start(), noise(PART));
        let tap = Tap::new(&data);
        let (client, size) = (cloud.client(of_few_tries()), announced.then_some(data.len() as u64));
        let upload =
            Upload::of_reader(&client, size, UploadOptions::default(), tap.slow_reader()).expect("an upload");
        let error = upload.run(Some(&mut |_| tap.given() < MIB)).expect_err("interrupted");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, true), "{error}");
        assert!(tap.given() < data.len());
        assert_eq!((cloud.count("put"), upload.lifecycle().state()), (0, UploadState::Interrupted));
        upload.run(None).expect("the rest");
        assert_stored(&upload, &data, "interrupted");
    }
}

#[test]
fn a_pause_and_a_cancel_end_the_reading_between_two_calls() {
    for cancels in [false, true] {
        let (cloud, data) = (TestCloud::start(), noise(3 * PART));
        let tap = Tap::new(&data).open_to(PART + MIB);
        let upload = upload(&cloud, Some(data.len()), &tap);
        let error = std::thread::scope(|scope| {
            let run = scope.spawn(|| upload.run(None));
            wait_until("the first part", || cloud.confirmed("put") == 1);
            let control = upload.lifecycle().control();
            if cancels {
                control.cancel()
            } else {
                control.pause()
            }
            tap.clone().open_to(PART + MIB + 1);
            run.join().expect("no panic").expect_err("stopped")
        });
        let (kind, state) = match cancels {
            true => (ErrorKind::Cancelled, UploadState::Aborted),
            false => (ErrorKind::Paused, UploadState::Paused),
        };
        assert_eq!((error.kind(), upload.lifecycle().state()), (kind, state), "{error}");
        assert_eq!(tap.given(), PART + MIB + 1, "it was read on");
        if !cancels {
            tap.clone().open_to(usize::MAX);
            upload.run(None).expect("the rest");
            assert_eq!(cloud.confirmed("put"), 3, "no part is sent twice");
            assert_stored(&upload, &data, "paused");
        }
    }
}

#[test]
fn a_part_that_fails_is_sent_again_while_others_are_given_back() {
    let (cloud, data) = (TestCloud::start(), noise(20 * PART));
    cloud.faults(json!([
        {"class": "put", "match": {"part": 1}, "times": 2, "action": {"status": 503}},
        {"class": "put", "match": {"part": 3}, "times": 1, "action": {"cut_after": 3_000_000}},
        {"class": "put", "match": {"part": 5}, "times": 1, "action": {"lost_answer": true}},
    ]));
    let upload = upload(&cloud, Some(data.len()), &Tap::new(&data));
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired(), [2, 1, 1]);
    assert_stored(&upload, &data, "with retries");
}

#[test]
fn an_upload_that_is_forgotten_starts_anew_as_long_as_all_of_the_data_is_here() {
    let (cloud, data) = (TestCloud::start(), noise(3 * PART));
    let unknown = json!({"status": 404, "body": "{\"error\":\"not found\"}"});
    // The first call of the upload, so that no part is stored.
    cloud.faults(json!([{"class": "upload", "times": 1, "action": unknown}]));
    let tap = Tap::new(&data).open_to(PART);
    let upload = upload(&cloud, Some(data.len()), &tap);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| upload.run(None));
        wait_until("the second start", || cloud.count("start") == 2);
        tap.clone().open_to(usize::MAX);
        run.join().expect("no panic").expect("started anew");
    });
    assert_eq!(cloud.fired(), [1]);
    assert_stored(&upload, &data, "started anew");
}

/// After the new start the calling thread's failure must end the new requests too.
#[test]
fn a_reader_that_fails_after_a_new_start_ends_the_upload() {
    let cloud = TestCloud::start();
    cloud.faults(json!([{"class": "upload", "times": 1, "action": {"status": 404, "body": "{}"}}]));
    let url = cloud.url();
    let mut left = PART;
    let read = move |buffer: &mut [u8]| {
        if left == 0 {
            wait_until("the second start", || {
                requests(&url).iter().filter(|request| request["class"] == "start").count() == 2
            });
            return Err(Error::new(ErrorKind::Io, "the camera is gone"));
        }
        let count = buffer.len().min(left);
        left -= count;
        Ok(count)
    };
    let client = cloud.client(of_few_tries());
    let size = Some(2 * PART as u64);
    let upload = Upload::of_reader(&client, size, UploadOptions::default(), read).expect("an upload");
    let error = upload.run(None).expect_err("the reader fails");
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert_eq!(cloud.count("complete"), 0);
}

#[test]
fn an_upload_that_is_forgotten_when_parts_are_given_back_ends_with_what_to_do() {
    let unknown = json!({"status": 404, "body": "{\"error\":\"not found\"}"});
    for class in ["upload", "put", "complete"] {
        let (cloud, data) = (TestCloud::start(), noise(3 * PART));
        let action =
            if class == "put" { json!({"status": 404, "code": "NoSuchUpload"}) } else { unknown.clone() };
        let skip = if class == "complete" { 0 } else { 1 };
        cloud.faults(json!([{"class": class, "skip": skip, "action": action}]));
        let tap = Tap::new(&data).open_to(PART);
        let upload = upload(&cloud, Some(data.len()), &tap);
        let error = std::thread::scope(|scope| {
            let run = scope.spawn(|| upload.run(None));
            wait_until("the first part", || cloud.confirmed("put") == 1);
            tap.clone().open_to(usize::MAX);
            run.join().expect("no panic").expect_err("forgotten")
        });
        assert_eq!(
            (error.kind(), error.http_status(), error.retryable()),
            (ErrorKind::Http, 404, false),
            "{error}"
        );
        assert!(
            error.message().contains("cannot start anew") && error.message().contains("make a new upload"),
            "{error}"
        );
        cloud.faults(json!([]));
        assert_eq!(cloud.count("start"), 1, "{class}: it was started anew");
        assert!(upload.answer().is_err(), "{class}");
    }
}

/// What is stored has another size than what was sent, so the session is given up; the next run must not make
/// a file of what is left of the data.
#[test]
fn what_was_given_back_is_never_sent_as_zeros() {
    let server: Server = service(|step, _| {
        let answer = json!({"handle": super::HANDLE, "size": 1, "url": "x"});
        (step == "complete").then(|| Reply::json(200, &answer.to_string()))
    });
    let data = noise(2 * PART);
    let client = super::client(&server.url(), 0);
    let size = Some(data.len() as u64);
    let upload = Upload::of_reader(&client, size, UploadOptions::default(), Tap::new(&data).reader())
        .expect("an upload");
    let error = upload.run(None).expect_err("another size");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Integrity, false), "{error}");
    assert!(error.message().contains("make a new upload"), "{error}");
    let error = upload.run(None).expect_err("the data is gone");
    assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}");
    let starts = server.seen().iter().filter(|seen| seen.path() == "/multipart/start").count();
    assert_eq!(starts, 1, "a session was begun that cannot end");
}

#[test]
fn what_is_read_before_the_size_is_known_is_reported_as_it_is() {
    let (cloud, data) = (TestCloud::start(), noise(6 * 1000));
    let tap = Tap::new(&data);
    let slow = {
        let tap = tap.clone();
        move |buffer: &mut [u8]| {
            // Longer than the shortest time between two reports.
            std::thread::sleep(Duration::from_millis(60));
            let most = buffer.len().min(1000);
            tap.read(&mut buffer[..most])
        }
    };
    let client = cloud.client(of_few_tries());
    let upload = Upload::of_reader(&client, None, UploadOptions::default(), slow).expect("an upload");
    let mut most = 0;
    upload
        .run(Some(&mut |now| {
            assert!(now.bytes_done as usize <= tap.given());
            most = most.max(now.bytes_done);
            true
        }))
        .expect("uploaded");
    assert_eq!(most, data.len() as u64);
    assert_stored(&upload, &data, "of a reader without a size");
}
