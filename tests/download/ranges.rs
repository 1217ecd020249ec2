//! Large files in several ranges at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ferry::error::ErrorKind;
use ferry::filestack::RequestOptions;
use ferry::http::{Connection, EventHandler};
use ferry::transfer::progress::Snapshot;

use super::server::{Asked, FileServer, Log, PATIENCE, Reply};
use super::support::noise;
use super::{SOON, client, client_with, to_file, to_file_with, to_memory};

/// Eight ranges.
const LENGTH: usize = 16 << 20;
const RANGE: usize = 2 << 20;
const ETAG: &str = "\"v1\"";

/// All requests: the one for the whole file, and those for all ranges but the first.
const ALL: usize = LENGTH / RANGE;

/// Where the first answer waits for what others do.
const PAUSE: usize = RANGE / 2;

/// A server whose first answer waits in its first range, as `wait` says, and that answers to ranges as
/// `answer` says.
fn served(
    data: &[u8],
    wait: impl Fn(&Log) + Clone + Send + Sync + 'static,
    answer: impl Fn(&Asked, &[u8], &Arc<Log>) -> Reply + Send + Sync + 'static,
) -> FileServer {
    let data = Arc::<[u8]>::from(data);
    FileServer::start(move |asked, log| {
        if asked.number > 0 {
            return answer(asked, &data, log);
        }
        let (log, wait) = (Arc::clone(log), wait.clone());
        Reply::whole(&data, ETAG).wait(PAUSE, move || wait(&log))
    })
}

/// The same, whose first answer waits until so many bytes were received, as the progress that it is to be
/// told says.
fn served_after(
    data: &[u8],
    received: usize,
    answer: impl Fn(&Asked, &[u8], &Arc<Log>) -> Reply + Send + Sync + 'static,
) -> (FileServer, impl FnMut(&Snapshot) -> bool) {
    let seen = Arc::new(AtomicU64::new(0));
    let gate = Arc::clone(&seen);
    let wait = move |_: &Log| {
        while gate.load(Ordering::Relaxed) < received as u64 {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let observer = move |snapshot: &Snapshot| {
        seen.store(snapshot.bytes_done, Ordering::Relaxed);
        true
    };
    (served(data, wait, answer), observer)
}

fn right(asked: &Asked, data: &[u8], _: &Arc<Log>) -> Reply {
    Reply::right(asked, data, ETAG)
}

/// Whether the request is for the range with that number, from 0.
fn is_range(asked: &Asked, number: usize) -> bool {
    asked.range.is_some() && asked.bytes(LENGTH).0 == number * RANGE
}

/// The bytes that were asked for, in their order, but for those of the first answer.
fn spans(server: &FileServer) -> Vec<(usize, usize)> {
    let mut spans: Vec<_> = server.log.asked().iter().skip(1).map(|asked| asked.bytes(LENGTH)).collect();
    spans.sort_unstable();
    spans
}

#[test]
fn a_large_file_comes_in_ranges_beside_its_first_answer_and_no_byte_twice() {
    let data = noise(LENGTH);
    let server = served(&data, |log| log.wait_for(ALL), right);
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    let asked = server.log.asked();
    assert_eq!((asked[0].range.as_ref(), asked.len()), (None, ALL));
    assert!(asked[1..].iter().all(|asked| asked.if_range.as_deref() == Some(ETAG)), "{asked:?}");
    let expected: Vec<_> = (1..ALL).map(|number| (number * RANGE, (number + 1) * RANGE)).collect();
    assert_eq!(spans(&server), expected);
}

#[test]
fn an_answer_that_is_left_to_others_is_no_failure() {
    let data = noise(LENGTH);
    let (server, mut observer) = served_after(&data, PAUSE + (ALL - 1) * RANGE, right);
    let failures = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&failures);
    let handler = EventHandler::new(move |event| {
        counter.fetch_add(u64::from(event.failure.is_some()), Ordering::Relaxed);
    });
    let connection = Connection { on_event: Some(handler), ..Connection::default() };
    let content = to_file(&client_with(&server.url, connection), Some(&mut observer));
    assert!(content.expect("downloaded") == data);
    assert_eq!(failures.load(Ordering::Relaxed), 0);
}

#[test]
fn others_take_ranges_from_the_end_while_the_first_answer_is_read() {
    let data = noise(LENGTH);
    // The ranges wait until the first answer has come to them.
    let server = served(
        &data,
        |log| log.wait_for(3),
        |asked, data, log| {
            let log = Arc::clone(log);
            Reply::right(asked, data, ETAG).wait(0, move || log.wait_for_end(0))
        },
    );
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    let spans = spans(&server);
    assert!(
        spans.is_sorted_by(|a, b| a.1 == b.0) && spans.last().is_some_and(|last| last.1 == LENGTH),
        "{spans:?}"
    );
}

#[test]
fn what_is_left_of_a_range_that_stands_still_comes_over_another_connection() {
    let data = noise(LENGTH);
    let last = LENGTH - RANGE;
    // Its second half is asked for again before it leaves, while the others are on their way.
    let is_rest = move |asked: &Asked| asked.range.is_some() && asked.bytes(LENGTH).0 > last;
    let server = served(
        &data,
        move |log| log.wait_for_one(is_rest),
        move |asked, data, log| {
            let (log, reply) = (Arc::clone(log), Reply::right(asked, data, ETAG));
            match asked.bytes(LENGTH).0 {
                begin if begin == last => reply.wait(RANGE / 2, move || log.wait_for_one(is_rest)),
                begin if begin > last => reply,
                _ => reply.drip(Duration::from_millis(100)),
            }
        },
    );
    let begin = Instant::now();
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    assert!(begin.elapsed() < PATIENCE / 2, "{:?}", begin.elapsed());
    assert_eq!(spans(&server).last(), Some(&(last + RANGE / 2, LENGTH)), "nothing came twice");
}

#[test]
fn what_is_left_of_a_first_answer_that_stands_still_comes_over_another_connection() {
    let data = noise(LENGTH);
    let is_rest = |asked: &Asked| asked.range.is_some() && asked.bytes(LENGTH).0 == PAUSE;
    let server = served(&data, move |log| log.wait_for_one(is_rest), right);
    let begin = Instant::now();
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    assert!(begin.elapsed() < PATIENCE / 2, "{:?}", begin.elapsed());
}

#[test]
fn a_file_that_is_not_large_or_has_no_ranges_or_no_version_comes_in_one_answer() {
    let data = noise(LENGTH);
    for (case, length) in [
        ("small", LENGTH - 1),
        ("no Accept-Ranges", LENGTH),
        ("none", LENGTH),
        ("weak", LENGTH),
        ("no ETag", LENGTH),
    ] {
        let own = data[..length].to_vec();
        let server = FileServer::start(move |_, _| {
            let reply = Reply::whole(&own, ETAG);
            match case {
                "no Accept-Ranges" => reply.without("accept-ranges"),
                "none" => reply.with("accept-ranges", "none"),
                "weak" => reply.with("etag", "W/\"v1\""),
                "no ETag" => reply.without("etag"),
                _ => reply,
            }
        });
        assert!(to_file(&client(&server.url, 0), None).expect("downloaded") == data[..length], "{case}");
        assert_eq!(server.ranges(), [None], "{case}");
    }
    let server = served(&data, |_| (), right);
    assert!(to_memory(&client(&server.url, 0)).expect("downloaded") == data);
    assert_eq!(server.ranges(), [None], "in memory");
}

#[test]
fn a_service_that_refuses_every_range_has_a_first_answer() {
    let data = noise(LENGTH);
    let refused = |_: &Asked, _: &[u8], _: &Arc<Log>| Reply::new(503, "");
    // Each that was asked for is refused before the first answer comes to it, and is asked for again after
    // that.
    let server = served(&data, |log| log.wait_for(ALL + 3), refused);
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
}

#[test]
fn ranges_that_bring_nothing_are_taken_over_by_the_first_answer() {
    let data = noise(LENGTH);
    for is_cut in [true, false] {
        let server = served(
            &data,
            |log| log.wait_for(3),
            move |asked, data, log| {
                let reply = Reply::right(asked, data, ETAG);
                let log = Arc::clone(log);
                if is_cut { reply.cut(0) } else { reply.wait(0, move || log.wait_for_end(0)) }
            },
        );
        // Without retries a cut would be final.
        assert!(to_file(&client(&server.url, 0), None).expect("downloaded") == data, "cut: {is_cut}");
    }
}

#[test]
fn a_range_that_is_cut_or_refused_for_a_while_goes_on_where_it_was() {
    let data = noise(LENGTH);
    let server = served(
        &data,
        |log| log.wait_for(ALL + 2),
        |asked, data, log| {
            let is_again = log.asked()[..asked.number].iter().any(|before| before.range == asked.range);
            match () {
                () if is_range(asked, 3) => Reply::right(asked, data, ETAG).cut(CUT),
                () if is_range(asked, 5) && !is_again => Reply::new(503, "").with("retry-after", "0"),
                () => Reply::right(asked, data, ETAG),
            }
        },
    );
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    let spans = spans(&server);
    assert_eq!(spans.len(), ALL + 1);
    assert!(spans.contains(&(3 * RANGE + CUT, 4 * RANGE)), "{spans:?}");
}

#[test]
fn a_range_of_which_only_the_end_of_its_answer_is_missing_is_not_asked_for_again() {
    let data = noise(LENGTH);
    let server = served(
        &data,
        |log| {
            // Who asks again does so within a second.
            log.wait_for(ALL);
            std::thread::sleep(Duration::from_secs(1));
        },
        |asked, data, _| match Reply::right(asked, data, ETAG) {
            reply if is_range(asked, 3) || is_range(asked, 7) => reply.unended(),
            reply => reply,
        },
    );
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    let expected: Vec<_> = (1..ALL).map(|number| (number * RANGE, (number + 1) * RANGE)).collect();
    assert_eq!(spans(&server), expected);
}

const CUT: usize = 100_000;

#[test]
fn the_first_answer_goes_on_where_it_was_when_it_is_cut() {
    let data = noise(LENGTH);
    let server = FileServer::start({
        let data = data.clone();
        move |asked, log| {
            let reply = Reply::right(asked, &data, ETAG);
            let log = Arc::clone(log);
            if asked.number == 0 {
                reply.wait(PAUSE, move || log.wait_for(ALL)).cut(PAUSE + 1)
            } else {
                reply
            }
        }
    });
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    let asked = server.log.asked();
    let rest = format!("bytes={}-", PAUSE + 1);
    assert_eq!((asked.len(), asked[ALL].range.as_ref()), (ALL + 1, Some(&rest)));
    assert_eq!(asked[ALL].if_range.as_deref(), Some(ETAG));
}

/// Ways to answer to a range that is not one.
const SPOILED: [&str; 6] = ["200", "206 of other bytes", "206 without ETag", "another version", "403", "416"];

fn spoiled(way: &str, asked: &Asked, data: &[u8]) -> Reply {
    match way {
        "200" => Reply::whole(data, ETAG),
        "206 of other bytes" => {
            Reply::right(asked, data, ETAG).with("content-range", "bytes 0-2097151/16777216")
        }
        "206 without ETag" => Reply::right(asked, data, ETAG).without("etag"),
        "another version" => Reply::whole(data, "\"v2\""),
        "403" => Reply::new(403, "no ranges for you"),
        _ => Reply::new(416, "").with("content-range", "bytes */16777216"),
    }
}

#[test]
fn if_something_is_wrong_with_a_range_the_first_answer_brings_everything() {
    let data = noise(LENGTH);
    for case in SPOILED {
        // One range has come by then, and is received again.
        let wait = |log: &Log| {
            log.wait_for(3);
            log.wait_for_end(1);
            log.wait_for_end(2);
        };
        let server = served(&data, wait, move |asked, data, _| {
            if asked.number == 1 { Reply::right(asked, data, ETAG) } else { spoiled(case, asked, data) }
        });
        let (mut reports, mut last) = (Vec::new(), Snapshot::default());
        let mut observer = |snapshot: &Snapshot| {
            reports.push(snapshot.bytes_done);
            last = *snapshot;
            true
        };
        let content = to_file(&client(&server.url, 10), Some(&mut observer));
        assert!(content.unwrap_or_else(|e| panic!("{case}: {e}")) == data, "{case}");
        assert_eq!(server.ranges().iter().filter(|range| range.is_none()).count(), 1, "{case}");
        assert!(reports.is_sorted(), "{case}: {reports:?}");
        assert_eq!((last.bytes_done, last.bytes_total), (LENGTH as u64, LENGTH as u64), "{case}");
    }
}

/// A server whose ranges are right but for the second one: it is cut when the first answer was left, and its
/// rest answered to like that.
fn failing_late(
    data: &[u8],
    answer: impl Fn(&Asked, &[u8]) -> Reply + Send + Sync + 'static,
) -> (FileServer, impl FnMut(&Snapshot) -> bool) {
    served_after(data, PAUSE + (ALL - 2) * RANGE + 1, move |asked, data, log| {
        if is_range(asked, 1) && asked.number < ALL {
            let log = Arc::clone(log);
            return Reply::right(asked, data, ETAG).wait(1000, move || log.wait_for_end(0)).cut(1001);
        }
        if asked.number == ALL {
            return answer(asked, data);
        }
        Reply::right(asked, data, if asked.number < ALL { ETAG } else { "\"v2\"" })
    })
}

#[test]
fn a_file_that_was_changed_meanwhile_is_downloaded_anew() {
    let data = noise(LENGTH);
    let (server, mut observer) = failing_late(&data, |_, data| Reply::whole(data, "\"v2\""));
    assert!(to_file(&client(&server.url, 10), Some(&mut observer)).expect("downloaded") == data);
    let asked = server.log.asked();
    assert_eq!(asked[ALL + 1].range, None);
    let of_new = asked[ALL + 2..].iter().all(|asked| asked.if_range.as_deref() == Some("\"v2\""));
    assert!(of_new, "no range of the old version is asked for any more: {asked:?}");
}

#[test]
fn a_range_that_turns_out_to_be_none_begins_the_download_anew_without_ranges() {
    let data = noise(LENGTH);
    let late = |asked: &Asked, data: &[u8]| Reply::right(asked, data, ETAG).without("content-range");
    let (server, mut observer) = failing_late(&data, late);
    assert!(to_file(&client(&server.url, 10), Some(&mut observer)).expect("downloaded") == data);
    assert_eq!(server.ranges().len(), ALL + 2);
    assert_eq!(server.ranges()[ALL + 1], None);
}

#[test]
fn the_error_of_a_range_ends_the_others_at_once() {
    let data = noise(LENGTH);
    // Also where another call could succeed: nothing of this one is kept for it.
    let (server, mut observer) = served_after(&data, PAUSE + (ALL - 1) * 1000, |asked, data, log| {
        let reply = Reply::right(asked, data, ETAG);
        if is_range(asked, 1) {
            let log = Arc::clone(log);
            return reply.wait(1000, move || log.wait_for_end(0)).cut(1001);
        }
        // They would take a minute.
        reply.wait(1000, || std::thread::sleep(Duration::from_secs(60)))
    });
    let begin = Instant::now();
    let error = to_file(&client(&server.url, 0), Some(&mut observer)).expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[test]
fn a_callback_and_a_deadline_end_all_ranges_at_once() {
    let data = noise(LENGTH);
    let stuck = |_: &Log| std::thread::sleep(Duration::from_secs(60));
    let server = |data: &[u8]| {
        served(data, stuck, move |asked, data, _| {
            Reply::right(asked, data, ETAG).wait(1000, || std::thread::sleep(Duration::from_secs(60)))
        })
    };
    let own = server(&data);
    let log = Arc::clone(&own.log);
    let mut stopped = None;
    let mut observer = |_: &Snapshot| {
        if log.asked().len() > 3 {
            stopped = Some(Instant::now());
        }
        stopped.is_none()
    };
    let error = to_file(&client(&own.url, 10), Some(&mut observer)).expect_err("stopped");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, true), "{error}");
    let took = stopped.expect("it was stopped").elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");

    let own = server(&data);
    let limit = Duration::from_millis(700);
    let options = RequestOptions { deadline: Some(limit), ..Default::default() };
    let begin = Instant::now();
    let error = to_file_with(&client(&own.url, 10), &options, None).expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(begin.elapsed() < limit + Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn progress_goes_up_to_the_length_and_knows_it_from_the_start() {
    let data = noise(LENGTH);
    let seen = Arc::new(AtomicU64::new(0));
    let gate = Arc::clone(&seen);
    // The first answer waits for a report that says that all ranges have come.
    let all = (LENGTH - RANGE + PAUSE) as u64;
    let wait = move |_: &Log| {
        while gate.load(Ordering::Relaxed) < all {
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let server = served(&data, wait, right);
    let mut reports = Vec::new();
    let mut observer = |snapshot: &Snapshot| {
        seen.store(snapshot.bytes_done, Ordering::Relaxed);
        reports.push(*snapshot);
        true
    };
    assert!(to_file(&client(&server.url, 10), Some(&mut observer)).expect("downloaded") == data);
    assert!(reports.is_sorted_by(|a, b| a.bytes_done <= b.bytes_done), "{reports:?}");
    let totals: Vec<u64> =
        reports.iter().map(|report| report.bytes_total).filter(|total| *total > 0).collect();
    assert!(totals.iter().all(|total| *total == LENGTH as u64), "{totals:?}");
    let last = reports.last().expect("a report");
    assert_eq!((last.bytes_done, last.parts_done, last.parts_total, last.retries), (LENGTH as u64, 1, 1, 0));
}
