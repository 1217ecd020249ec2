//! The engine: how a run is ended and goes on, what the queue of parts does, and what a download leaves
//! behind.

#[path = "tools/emulated.rs"]
mod emulated;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind, Result};
use ferry::filestack::{Client, ClientOptions, Filelink, RequestOptions, Upload, UploadOptions};
use ferry::http::retry::Attempts;
use ferry::http::{Bounds, Connection, EventHandler, EventKind};
use ferry::telestream;
use ferry::transfer::context::TransferContext;
use ferry::transfer::control::Control;
use ferry::transfer::digest::{self, Md5};
use ferry::transfer::lifecycle::{Lifecycle, UploadState};
use ferry::transfer::plan::{MIB, Part, Plan};
use ferry::transfer::progress::Progress;
use ferry::transfer::queue::{NO_DIGEST, Wait, send_parts};
use ferry::transfer::slots::{Slots, Turns};
use ferry::transfer::source::{Source, digest_ranges};
use md5::Digest;
use serde_json::json;
use support::{TestCloud, flip, noise};

/// The longest that ending a run may take.
const SECOND: Duration = Duration::from_secs(1);

/// The longest that a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

// ---- Pause, interrupt, cancel ----

/// Four parts of 5 MiB; the PUT of the second stalls.
fn stalled_cloud() -> TestCloud {
    let cloud = TestCloud::start();
    let stalled = json!({"class": "put", "match": {"part": 2}, "action": {"stall_ms": 60_000}});
    cloud.faults(json!([stalled]));
    cloud
}

fn upload<'a>(cloud: &TestCloud, data: &'a [u8]) -> Upload<'a> {
    let options = UploadOptions { concurrency: 2, ..Default::default() };
    Upload::new(&cloud.client(Connection::default()), Source::Bytes(data), None, options).expect("an upload")
}

/// Runs the upload until it knows that three parts are stored, does `stop`, and returns the error and how
/// long it took after that.
fn stopped(upload: &Upload<'_>, stop: impl FnOnce()) -> (Error, Duration) {
    let done = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            upload.run(Some(&mut |snapshot| {
                *done.0.lock().expect("a lock") = snapshot.parts_done;
                done.1.notify_all();
                true
            }))
        });
        wait(&done, |done| *done == 3);
        let begin = Instant::now();
        stop();
        (run.join().expect("no panic").expect_err("stopped"), begin.elapsed())
    })
}

#[test]
fn an_interrupted_upload_ends_within_a_second_and_goes_on_where_it_was() {
    let (cloud, data) = (stalled_cloud(), noise(20 << 20));
    let upload = upload(&cloud, &data);
    let (error, took) = stopped(&upload, || upload.lifecycle().control().interrupt());
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, true), "{error}");
    assert!(took < SECOND, "{took:?}");
    assert_eq!(upload.lifecycle().state(), UploadState::Interrupted);

    cloud.faults(json!([]));
    upload.run(None).expect("the same upload goes on");
    assert_eq!(upload.lifecycle().state(), UploadState::Uploaded);
    assert_eq!(cloud.confirmed("put"), 4, "no part is stored twice");
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("the file") == data);
}

#[test]
fn a_cancel_outranks_an_interrupt_and_is_for_good() {
    for interrupt_first in [true, false] {
        let (cloud, data) = (stalled_cloud(), noise(20 << 20));
        let upload = upload(&cloud, &data);
        let control = upload.lifecycle().control();
        let (error, took) = stopped(&upload, || {
            if interrupt_first {
                control.interrupt();
            }
            control.cancel();
            control.interrupt();
        });
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, false), "{error}");
        assert!(took < SECOND, "{took:?}");
        assert_eq!(upload.lifecycle().state(), UploadState::Aborted);
        assert_eq!(upload.run(None).expect_err("over").kind(), ErrorKind::InvalidState);
    }
}

#[test]
fn an_observer_that_returns_false_interrupts() {
    let (cloud, data) = (stalled_cloud(), noise(20 << 20));
    let upload = upload(&cloud, &data);
    let mut reports = 0;
    let error = upload
        .run(Some(&mut |_| {
            reports += 1;
            reports < 3
        }))
        .expect_err("interrupted");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, true), "{error}");
    assert_eq!((reports, upload.lifecycle().state()), (3, UploadState::Interrupted));
    cloud.faults(json!([]));
    upload.run(None).expect("the same upload goes on");
}

#[test]
fn a_call_whose_observer_returns_false_is_cancelled_and_retryable() {
    let cloud = TestCloud::start();
    let link = Filelink::new(&cloud.client(Connection::default()), "ABCDEFGH").expect("a link");
    let error = link.content(&RequestOptions::default(), Some(&mut |_| false)).expect_err("interrupted");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, true), "{error}");
}

#[test]
fn an_interrupt_while_nothing_runs_has_no_effect_and_a_cancel_has() {
    let lifecycle = Lifecycle::default();
    let check = || lifecycle.control().check();
    lifecycle.control().interrupt();
    let failed = lifecycle.run(|| check().and(Err(Error::new(ErrorKind::Network, "cut"))));
    assert_eq!(failed.expect_err("cut by the network").kind(), ErrorKind::Network);
    assert_eq!(lifecycle.state(), UploadState::Interrupted);
    lifecycle.control().cancel();
    assert_eq!(lifecycle.state(), UploadState::Aborted);
    assert_eq!(lifecycle.run(check).expect_err("cancelled").kind(), ErrorKind::Cancelled);
}

#[test]
fn an_interrupt_that_one_run_has_honoured_does_not_end_the_next() {
    let lifecycle = Lifecycle::default();
    let interrupted = lifecycle.run(|| {
        lifecycle.control().interrupt();
        lifecycle.control().check()
    });
    assert!(interrupted.expect_err("interrupted").retryable());
    lifecycle.run(|| lifecycle.control().check()).expect("runs");
    assert_eq!(lifecycle.state(), UploadState::Uploaded);
}

#[test]
fn a_pause_that_came_too_late_for_a_run_ends_the_next_one() {
    let lifecycle = Lifecycle::default();
    let failed = lifecycle.run(|| {
        lifecycle.control().pause();
        Err(Error::new(ErrorKind::Network, "cut"))
    });
    assert_eq!(failed.expect_err("cut").kind(), ErrorKind::Network);
    let runs = || lifecycle.run(|| lifecycle.control().check());
    assert_eq!(runs().expect_err("paused").kind(), ErrorKind::Paused);
    assert_eq!(lifecycle.state(), UploadState::Paused);
    lifecycle.run(|| lifecycle.control().check()).expect("a pause is honoured once");
}

#[test]
fn a_panic_leaves_no_upload_running() {
    let lifecycle = Lifecycle::default();
    let panicked = catch_unwind(AssertUnwindSafe(|| lifecycle.run(|| panic!("a bug"))));
    assert!(panicked.is_err());
    assert_eq!(lifecycle.state(), UploadState::Error);
    lifecycle.run(|| Ok(())).expect("another run");
}

#[test]
fn an_interrupted_upload_to_telestream_keeps_its_session_and_a_cancelled_one_does_not() {
    let options = localcloud::Options { flip_part_size: 1000, polls: 1, ..Default::default() };
    let cloud = TestCloud::with(options);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    fs::write(&path, noise(3000)).expect("written");
    let client = flip::client(cloud.url(), Connection::default());
    let upload = || {
        let (path, options) = (path.to_str().expect("UTF-8"), telestream::UploadOptions::default());
        telestream::Upload::new(&client, None, path, None, options).expect("an upload")
    };
    let stalled = json!([{"class": "flip_part", "action": {"stall_ms": 60_000}}]);
    for cancels in [false, true] {
        let upload = upload();
        cloud.faults(stalled.clone());
        let before = cloud.count("flip_part");
        let error = upload.run(Some(&mut |_| {
            let is_under_way = cloud.count("flip_part") > before;
            if cancels && is_under_way {
                upload.lifecycle().control().cancel();
            }
            cancels || !is_under_way
        }));
        assert_eq!(error.expect_err("stopped").kind(), ErrorKind::Cancelled);
        assert_eq!(cloud.count("flip_abort"), usize::from(cancels));
        if !cancels {
            let sessions = cloud.count("flip_session");
            cloud.faults(json!([]));
            upload.run(None).expect("the same upload goes on");
            assert_eq!(cloud.count("flip_session"), sessions, "in the same session");
        }
    }
}

#[test]
fn a_deadline_covers_the_reading_of_the_data_too() {
    let cloud = TestCloud::start();
    let client = cloud.client(Connection::default());
    let limit = Duration::from_millis(300);
    let slowly = |buffer: &mut [u8]| {
        thread::sleep(Duration::from_millis(10));
        Ok(buffer.len().min(10))
    };
    for size in [None, Some(1 << 30)] {
        let options = UploadOptions { deadline: Some(limit), ..Default::default() };
        let endless = Upload::of_reader(&client, size, options, slowly).expect("an upload");
        let begin = Instant::now();
        assert_eq!(endless.run(None).expect_err("too slow").kind(), ErrorKind::Timeout);
        assert!(begin.elapsed() < limit + SECOND, "{size:?}: {:?}", begin.elapsed());
    }

    // Half of the time for reading; what is left does not last for a service that says nothing.
    cloud.faults(json!([{"class": "any", "action": {"stall_ms": 60_000}}]));
    let mut left = 1;
    let options = UploadOptions { deadline: Some(2 * SECOND), ..Default::default() };
    let upload = Upload::of_reader(&client, None, options, move |_| {
        if left > 0 {
            thread::sleep(3 * SECOND / 2);
        }
        Ok(std::mem::take(&mut left))
    });
    let begin = Instant::now();
    let error = upload.expect("an upload").run(None).expect_err("the deadline has passed");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(begin.elapsed() < 3 * SECOND, "{:?}", begin.elapsed());
}

// ---- The queue of parts ----

struct Engine {
    control: Control,
    progress: Progress,
}

impl Engine {
    fn new() -> Self {
        Engine { control: Control::default(), progress: Progress::default() }
    }

    fn context(&self) -> TransferContext<'_> {
        let bounds = Bounds::new(self.control.stop(), None, PATIENCE, PATIENCE);
        TransferContext::new(&self.control, bounds, &self.progress)
    }
}

/// Waits until `reached` is true of what is in `state`.
fn wait<T>(state: &(Mutex<T>, Condvar), reached: impl Fn(&T) -> bool) {
    let (mutex, changed) = state;
    let guard = mutex.lock().expect("a lock");
    let (_guard, result) = changed.wait_timeout_while(guard, PATIENCE, |t| !reached(t)).expect("a lock");
    assert!(!result.timed_out(), "what is waited for does not come");
}

fn md5(bytes: &[u8]) -> Md5 {
    digest::md5_slices(&[bytes])[0]
}

/// A file of zeros, and a function that writes a byte at the beginning of a part.
fn zeros(plan: Plan) -> (tempfile::NamedTempFile, impl Fn(u32) + Sync) {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let file = tempfile::NamedTempFile::new().expect("a file");
    let length = plan.parts().map(|part| part.length).sum();
    file.as_file().set_len(length).expect("a length");
    let other = Mutex::new(file.reopen().expect("opened"));
    let touch = move |number: u32| {
        let part = plan.parts().nth(number as usize - 1).expect("a part");
        let mut other = other.lock().expect("a lock");
        other.seek(SeekFrom::Start(part.offset)).expect("the place");
        other.write_all(b"!").expect("written");
    };
    (file, touch)
}

/// The order of events shows in the digests: a byte that is changed when a part is sent is in the digest of
/// a part that is digested later, and not in that of one that was digested before.
#[test]
fn sending_begins_before_more_than_64_mib_are_digested() {
    let plan = Plan::new(8 * 16 * MIB, 16 * MIB);
    let (file, touch) = zeros(plan);
    let source = Source::open(file.path().to_str().expect("UTF-8")).expect("open");
    let engine = Engine::new();
    let digests = Mutex::new(vec![None; 8]);
    send_parts(
        &engine.context(),
        &source,
        plan.parts(),
        Turns::ahead(&Slots::fixed(1)),
        Some(digest_ranges),
        None,
        |part, md5, slot| {
            slot()?;
            if part.number == 1 {
                touch(5);
            }
            digests.lock().expect("a lock")[part.number as usize - 1] = md5;
            Ok(())
        },
    )
    .expect("sent");
    let mut bytes = vec![0; 16 << 20];
    let before = md5(&bytes);
    bytes[0] = b'!';
    let after = md5(&bytes);
    let digests = digests.into_inner().expect("a lock");
    assert!((0..4).chain(5..8).all(|index| digests[index] == Some(before)));
    assert!(digests[4] == Some(after), "the fifth part was digested before the first one was sent");
}

#[test]
fn the_next_parts_are_digested_while_there_is_still_one_to_send() {
    let plan = Plan::new(8 * 16 * MIB, 16 * MIB);
    let (file, touch) = zeros(plan);
    let source = Source::open(file.path().to_str().expect("UTF-8")).expect("open");
    let engine = Engine::new();
    let begun = (Mutex::new(BTreeSet::new()), Condvar::new());
    let digest_of_5 = Mutex::new(None);
    send_parts(
        &engine.context(),
        &source,
        plan.parts(),
        Turns::new(&Slots::fixed(2)),
        Some(digest_ranges),
        None,
        |part, md5, slot| {
            slot()?;
            if part.number == 4 {
                // The last part of the first batch. The worker that sends it has digested the second batch
                // before.
                touch(5);
            }
            if part.number == 5 {
                *digest_of_5.lock().expect("a lock") = md5;
            }
            begun.0.lock().expect("a lock").insert(part.number);
            begun.1.notify_all();
            // Each worker sends one of the first two, so neither has just digested when the last one is left.
            match part.number {
                1 => wait(&begun, |begun| begun.contains(&2)),
                2 => wait(&begun, |begun| begun.contains(&1)),
                3 => wait(&begun, |begun| begun.contains(&4)),
                _ => {}
            }
            Ok(())
        },
    )
    .expect("sent");
    assert_eq!(*digest_of_5.lock().expect("a lock"), Some(md5(&vec![0; 16 << 20])));
}

#[test]
fn a_part_that_panics_ends_the_upload_with_the_place_of_the_panic() {
    // Any function of the C interface sets the hook that knows the place.
    // SAFETY: NULL is allowed.
    unsafe { ferry::ffi::upload::ferry_upload_free(None) };
    for workers in [1, 3] {
        let engine = Engine::new();
        let result = send_parts(
            &engine.context(),
            &Source::Bytes(&[0; 64]),
            Plan::new(64, 8).parts(),
            Turns::ahead(&Slots::fixed(workers)),
            Some(digest_ranges),
            None,
            |part, _, _| if part.number == 2 { panic!("part {} is odd", part.number) } else { Ok(()) },
        );
        let error = result.expect_err("a panic");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Internal, false));
        assert!(error.message().contains("part 2 is odd (tests/transfer.rs:"), "{error}");
    }
}

/// An error as if the system had no file descriptor left.
fn no_descriptor() -> Error {
    // EMFILE, or ERROR_TOO_MANY_OPEN_FILES.
    let cause = std::io::Error::from_raw_os_error(if cfg!(windows) { 4 } else { 24 });
    Error::new(ErrorKind::Network, "cannot connect: Too many open files").with_cause(&cause)
}

/// Sends 40 parts while at most `limit` connections can be had. Returns the result, the parts sent, and the
/// attempts.
fn send_with_descriptors(limit: usize, retries: u32) -> (Result<()>, Vec<u32>, usize) {
    let engine = Engine::new();
    let context = engine.context();
    let (open, attempts, sent) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let all_at_once = Barrier::new(4);
    let first = AtomicUsize::new(0);
    let result = send_parts(
        &context,
        &Source::Bytes(&[0; 40]),
        Plan::new(40, 1).parts(),
        Turns::ahead(&Slots::fixed(4)),
        NO_DIGEST,
        None,
        |part, _, slot| {
            slot()?;
            if first.fetch_add(1, Ordering::SeqCst) < 4 {
                all_at_once.wait();
            }
            let mut tries = Attempts::new(retries);
            loop {
                attempts.fetch_add(1, Ordering::SeqCst);
                let has_one = open.fetch_add(1, Ordering::SeqCst) < limit;
                if has_one {
                    thread::sleep(Duration::from_millis(1));
                    sent.lock().expect("a lock").push(part.number);
                }
                open.fetch_sub(1, Ordering::SeqCst);
                if has_one {
                    return Ok(());
                }
                context.retry(&mut tries, no_descriptor().with_retry_after(Some(Duration::ZERO)))?;
            }
        },
    );
    (result, sent.into_inner().expect("a lock"), attempts.into_inner())
}

#[test]
fn workers_without_a_file_descriptor_leave_their_parts_to_the_others() {
    for limit in [1, 2, 3] {
        let (result, mut sent, attempts) = send_with_descriptors(limit, 0);
        result.expect("sent by fewer workers");
        sent.sort_unstable();
        assert_eq!(sent, Vec::from_iter(1..=40), "each part once");
        assert!((40..=48).contains(&attempts), "{attempts} attempts with {limit} descriptors");
    }
}

#[test]
fn no_file_descriptor_at_all_is_an_error_after_the_retries_of_the_last_worker() {
    let (result, sent, attempts) = send_with_descriptors(0, 3);
    let error = result.expect_err("no descriptor");
    assert!(error.is_out_of_descriptors() && error.kind() == ErrorKind::Network, "{error}");
    assert!(sent.is_empty());
    // Once for each of seven workers. The eighth tries four times once it is alone, and maybe four times
    // before.
    assert!((11..=15).contains(&attempts), "{attempts}");
}

#[test]
fn a_place_that_gets_free_takes_part_in_an_upload_that_is_under_way() {
    let (engine, slots) = (Engine::new(), Slots::fixed(2));
    let taken = Mutex::new(slots.take());
    let together = Barrier::new(2);
    let parts = Plan::new(4, 1).parts();
    send_parts(
        &engine.context(),
        &Source::Bytes(&[0; 4]),
        parts,
        Turns::ahead(&slots),
        NO_DIGEST,
        None,
        |part, _, slot| {
            slot()?;
            match part.number {
                1 => drop(taken.lock().expect("a lock").take()),
                // Only two threads come through.
                2 | 3 => drop(together.wait()),
                _ => {}
            }
            Ok(())
        },
    )
    .expect("sent");
    assert!(slots.take().is_some(), "the place is given back");
}

#[test]
fn a_digest_that_is_known_is_that_of_the_first_part() {
    let (engine, known) = (Engine::new(), [7; 16]);
    let seen = Mutex::new(Vec::new());
    let parts = Plan::new(2, 1).parts();
    send_parts(
        &engine.context(),
        &Source::Bytes(b"ab"),
        parts,
        Turns::ahead(&Slots::fixed(1)),
        Some(digest_ranges),
        Some(known),
        |part, md5, _| {
            seen.lock().expect("a lock").push((part.number, md5 == Some(known)));
            Ok(())
        },
    )
    .expect("sent");
    assert_eq!(seen.into_inner().expect("a lock"), [(1, true), (2, false)]);
}

#[test]
fn the_queue_takes_parts_as_it_needs_them() {
    let taken = AtomicU32::new(0);
    let parts = Plan::new(1 << 32, 1).parts().inspect(|_| {
        taken.fetch_add(1, Ordering::Relaxed);
    });
    let engine = Engine::new();
    let error = send_parts(
        &engine.context(),
        &Source::Bytes(b""),
        parts,
        Turns::ahead(&Slots::fixed(4)),
        NO_DIGEST,
        None,
        |part, _, _| {
            if part.number < 10 { Ok(()) } else { Err(Error::new(ErrorKind::Http, "refused")) }
        },
    );
    assert_eq!(error.expect_err("refused").message(), "refused");
    assert!(taken.into_inner() < 100);
}

#[test]
fn a_pause_ends_the_wait_for_a_retry() {
    let engine = Engine::new();
    let (context, waiting) = (engine.context(), (Mutex::new(false), Condvar::new()));
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            send_parts(
                &context,
                &Source::Bytes(b"a"),
                Plan::new(1, 1).parts(),
                Turns::ahead(&Slots::fixed(1)),
                NO_DIGEST,
                None,
                |_, _, _| {
                    *waiting.0.lock().expect("a lock") = true;
                    waiting.1.notify_all();
                    let busy = Error::new(ErrorKind::Http, "busy").with_retryable(true);
                    context
                        .retry(&mut Attempts::new(3), busy.with_retry_after(Some(Duration::from_secs(100))))
                },
            )
        });
        wait(&waiting, |waiting| *waiting);
        let begin = Instant::now();
        engine.control.pause();
        assert_eq!(run.join().expect("no panic").expect_err("paused").kind(), ErrorKind::Paused);
        assert!(begin.elapsed() < SECOND, "{:?}", begin.elapsed());
    });
}

#[test]
fn the_error_of_a_part_is_not_hidden_by_those_of_the_parts_that_it_ended() {
    let engine = Engine::new();
    let (context, both) = (engine.context(), Barrier::new(2));
    let send = |part: Part, _, _: Wait<'_>| {
        both.wait();
        if part.number == 1 {
            return Err(Error::new(ErrorKind::FileChanged, "it has grown"));
        }
        context.bounds.sleep(PATIENCE, || false)
    };
    let result = send_parts(
        &context,
        &Source::Bytes(b"ab"),
        Plan::new(2, 1).parts(),
        Turns::ahead(&Slots::fixed(2)),
        NO_DIGEST,
        None,
        send,
    );
    assert_eq!(result.expect_err("changed").kind(), ErrorKind::FileChanged);
}

// ---- Stragglers ----

#[test]
fn a_part_on_a_connection_that_hangs_is_sent_again_over_another() {
    let cloud = TestCloud::start();
    let hangs = json!({"stall_ms": 3_600_000, "stall_after": 1 << 20});
    cloud.faults(json!([{"class": "put", "match": {"part": 6}, "times": 1, "action": hangs}]));
    let hour = Duration::from_secs(3600);
    let connection = Connection { stall_timeout: hour, deadline: Some(6 * PATIENCE), ..Default::default() };
    let data = noise(8 * (5 << 20));
    let options = UploadOptions { concurrency: 4, ..Default::default() };
    let upload =
        Upload::new(&cloud.client(connection), Source::Bytes(&data), None, options).expect("an upload");
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired(), [1]);
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("the file") == data);
    let puts = cloud.requests().iter().filter(|r| r["class"] == "put" && r["part"] == 6).count();
    assert_eq!(puts, 2);
}

// ---- Threads ----

/// Run by the test below, in a process that has RUST_MIN_STACK.
#[test]
#[ignore = "needs RUST_MIN_STACK"]
fn child_with_large_stacks() {
    let engine = Engine::new();
    let stacks = Mutex::new(Vec::new());
    let both = Barrier::new(2);
    send_parts(
        &engine.context(),
        &Source::Bytes(b"ab"),
        Plan::new(2, 1).parts(),
        Turns::ahead(&Slots::fixed(2)),
        NO_DIGEST,
        None,
        |_, _, _| {
            both.wait();
            if thread::current().name() == Some("ferry") {
                stacks.lock().expect("a lock").push(stack_size());
            }
            Ok(())
        },
    )
    .expect("sent");
    let default = thread::spawn(stack_size).join().expect("no panic");
    assert!(default >= 64 << 20, "std reads RUST_MIN_STACK: {default}");
    let stacks = stacks.into_inner().expect("a lock");
    assert_eq!(stacks.len(), 1);
    assert!(stacks[0] < 4 << 20, "{stacks:?}");
}

/// The size of the mapping that the stack of this thread is in.
fn stack_size() -> usize {
    let local = 0u8;
    let address = &raw const local as usize;
    let maps = fs::read_to_string("/proc/self/maps").expect("the maps");
    let ranges = maps.lines().filter_map(|line| {
        let (from, rest) = line.split_once('-')?;
        let (to, _) = rest.split_once(' ')?;
        Some((usize::from_str_radix(from, 16).ok()?, usize::from_str_radix(to, 16).ok()?))
    });
    ranges.filter(|(from, to)| (*from..*to).contains(&address)).map(|(from, to)| to - from).sum()
}

#[test]
#[cfg(target_os = "linux")] // where a process sees its stacks
fn the_stacks_of_the_threads_do_not_depend_on_the_environment() {
    let output = emulated::this_program()
        .args(["--exact", "child_with_large_stacks", "--ignored"])
        .env("RUST_MIN_STACK", (64 << 20).to_string())
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

// ---- Connections ----

/// A service that answers a start only when the connections of all four parts are open, and with a refusal.
#[test]
fn connections_for_the_parts_are_opened_while_the_start_is_under_way() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let service = thread::spawn(move || {
        let mut open: Vec<_> = listener.incoming().flatten().take(4).collect();
        // The others have nothing to say.
        let mut first = open.remove(0);
        let mut lines = BufReader::new(first.try_clone().expect("a clone")).lines();
        let line = lines.next().expect("a request").expect("a line");
        first.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").expect("an answer");
        line
    });
    let opened = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&opened);
    let on_event = Some(EventHandler::new(move |event| {
        if event.kind == EventKind::Connection {
            told.lock().expect("a lock").push(event.attempt.step);
        }
    }));
    let connection = Connection { stall_timeout: PATIENCE, max_retries: 0, on_event, ..Default::default() };
    let options = ClientOptions { base_url: Some(url), connection, ..Default::default() };
    let client = Client::new("KEY", options).expect("a client");
    let data = noise(20 << 20);
    let options = UploadOptions { concurrency: 4, ..Default::default() };
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    let error = upload.run(None).expect_err("a refusal");
    assert_eq!((error.step(), error.http_status()), ("start", 400), "{error}");
    assert!(service.join().expect("no panic").starts_with("POST /multipart/start"));
    let mut opened = opened.lock().expect("a lock").clone();
    opened.sort_unstable();
    assert_eq!(opened, ["start", "upload", "upload", "upload"]);
}

// ---- Downloads ----

/// A server that gives every request `head` and `body`; between the two halves of the body it waits for
/// `go_on`.
fn server(head: &'static str, body: &'static [u8], go_on: Option<mpsc::Receiver<()>>) -> Filelink {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().expect("a clone")).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let (first, second) = body.split_at(body.len() / 2);
            stream.write_all(&[head.as_bytes(), b"\r\n\r\n", first].concat()).ok();
            if let Some(go_on) = &go_on {
                go_on.recv().ok();
            }
            stream.write_all(second).ok();
        }
    });
    let client = Client::new("KEY", ClientOptions { base_url: Some(url), ..Default::default() });
    Filelink::new(&client.expect("a client"), "handle").expect("a link")
}

#[test]
fn an_answer_that_brings_no_whole_file_is_an_error() {
    for (head, status) in [
        ("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/100\r\nContent-Length: 5", 206),
        ("HTTP/1.1 202 Accepted\r\nContent-Length: 5", 202),
        ("HTTP/1.1 204 No Content", 204),
    ] {
        let body: &[u8] = if status == 204 { b"" } else { b"01234" };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let link = server(head, body, None);
        let options = RequestOptions::default();
        let download = link.download(path.to_str().expect("UTF-8"), &options, None);
        for error in [download.err(), link.content(&options, None).err()] {
            let error = error.unwrap_or_else(|| panic!("{status} is a success"));
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::Protocol, status), "{error}");
        }
        assert!(!path.exists());
    }
}

#[test]
fn a_download_under_way_leaves_the_file_as_it_was() {
    let (go_on, gate) = mpsc::channel();
    let link = server("HTTP/1.1 200 OK\r\nContent-Length: 10", b"0123456789", Some(gate));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, "old").expect("written");
    let names =
        || Vec::from_iter(fs::read_dir(folder.path()).expect("entries").flatten().map(|e| e.file_name()));
    let mut half_way = None;
    let mut observer = |snapshot: &ferry::transfer::progress::Snapshot| {
        if snapshot.bytes_done == 5 && half_way.is_none() {
            half_way = Some((names(), fs::read(&path).expect("the old file")));
            go_on.send(()).expect("the server waits");
        }
        true
    };
    let length =
        link.download(path.to_str().expect("UTF-8"), &RequestOptions::default(), Some(&mut observer));
    assert_eq!(length.expect("downloaded"), 10);
    let (mut seen, old) = half_way.expect("a report half way");
    // Elsewhere what has come has a name of its own until it is complete.
    if !cfg!(target_os = "linux") {
        let before = seen.len();
        seen.retain(|name| !name.to_string_lossy().starts_with(".ferry-"));
        assert_eq!(before - seen.len(), 1, "{seen:?}");
    }
    assert_eq!((seen, old), (vec!["file".into()], b"old".to_vec()));
    assert_eq!((names(), fs::read(&path).expect("the file")), (vec!["file".into()], b"0123456789".to_vec()));
}

// ---- Paths ----

/// Windows takes more than 260 characters only in a form of their own, and never a slash in that.
#[test]
fn a_long_path_in_any_script_is_read_and_written() {
    let cloud = TestCloud::start();
    let client = cloud.client(Connection::default());
    let root = tempfile::tempdir().expect("a folder");
    let mut folder = root.path().to_str().expect("UTF-8").to_owned();
    for letter in ["ü", "Ω", "写", "л"] {
        folder += "/";
        folder += &letter.repeat(80);
    }
    assert!(folder.chars().count() > 320);
    fs::create_dir_all(&folder).expect("folders");
    let (path, data) = (format!("{folder}/фильм 🎬.mp4"), noise(6 << 20));
    fs::write(&path, &data).expect("written");
    let options = UploadOptions { journal_dir: Some(format!("{folder}/журнал")), ..Default::default() };
    let upload = Upload::of_file(&client, &path, options).expect("an upload");
    upload.run(None).expect("uploaded");
    assert_eq!(upload.answer().expect("an answer")["filename"], "фильм 🎬.mp4");
    let (link, copy) = (upload.filelink().expect("a link"), format!("{folder}/копия 🎬.mp4"));
    for _ in ["a new file", "in place of one"] {
        let length = link.download(&copy, &RequestOptions::default(), None).expect("downloaded");
        assert_eq!(length, data.len() as u64);
        assert!(fs::read(&copy).expect("the copy") == data);
        fs::write(&copy, "old").expect("written");
    }
    let mut names = Vec::from_iter(fs::read_dir(&folder).expect("entries").flatten().map(|e| e.file_name()));
    names.sort();
    assert_eq!(names, ["журнал", "копия 🎬.mp4", "фильм 🎬.mp4"]);
}

#[test]
fn a_directory_and_a_device_are_refused_in_words() {
    let cloud = TestCloud::start();
    let client = cloud.client(Connection::default());
    let link = Filelink::new(&client, "ABCDEFGH").expect("a link");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("UTF-8");
    let devices: &[&str] = if cfg!(windows) { &["NUL", "nul", r"\\.\NUL"] } else { &["/dev/null"] };
    let advice = "; read it yourself and hand the bytes over by a read callback";
    for (path, why, advice) in [(folder, "it is a directory", "")]
        .into_iter()
        .chain(devices.iter().map(|device| (*device, "it is not a regular file", advice)))
    {
        let sent = Upload::of_file(&client, path, UploadOptions::default()).expect_err("refused");
        assert_eq!(sent.message(), format!("cannot upload {path}: {why}{advice}"));
        let written = link.download(path, &RequestOptions::default(), None).expect_err("refused");
        assert_eq!(written.message(), format!("cannot write {path}: {why}"));
        assert_eq!((sent.kind(), written.kind()), (ErrorKind::Io, ErrorKind::Io));
    }
    assert_eq!(cloud.requests().len(), 0, "nothing was asked for");
    assert_eq!(fs::read_dir(folder).expect("entries").count(), 0, "nothing was made");
}

/// The length in bits, which the padding tells, then needs more than 32 bits.
#[test]
fn the_md5_of_a_stream_of_more_than_512_mib_is_right() {
    let length = (512 << 20) + 1;
    let zeros = vec![0; 1 << 20];
    thread::scope(|scope| {
        let expected = scope.spawn(|| {
            let mut md5 = md5::Md5::new();
            (0..512).for_each(|_| md5.update(&zeros));
            md5.update([0]);
            md5.finalize()
        });
        let read = |_: usize, _: u64, buffer: &mut [u8]| {
            buffer.fill(0);
            Ok::<(), std::convert::Infallible>(())
        };
        let Ok(sums) = digest::md5_streams(digest::SLICE, &[length], read);
        assert_eq!(sums, [Md5::from(expected.join().expect("digested"))]);
    });
}
