//! The counters of a transfer and the reports made of them: at most ten and at least two a second, and the
//! bytes done never go down.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The shortest time between two reports.
pub const SHORTEST: Duration = Duration::from_millis(100);

/// The longest time between two reports.
pub const LONGEST: Duration = Duration::from_millis(400);

/// The counters of one transfer, written by its threads.
#[derive(Debug, Default)]
pub struct Progress {
    counters: Counters,
    /// Those of the batch that the transfer is a part of.
    batch: Option<Arc<Progress>>,
}

#[derive(Debug, Default)]
struct Counters {
    total: AtomicU64,
    parts_total: AtomicU32,
    files_total: AtomicU32,
    /// Bytes of finished parts.
    stored: AtomicU64,
    /// Bytes of parts under way.
    moving: AtomicU64,
    /// Bytes that have left or come, whatever became of them.
    sent: AtomicU64,
    /// Bytes that an earlier run had stored.
    found: AtomicU64,
    parts_done: AtomicU32,
    files_done: AtomicU32,
    retries: AtomicU32,
}

impl Counters {
    /// Bytes that are stored or on their way.
    fn under_way(&self) -> u64 {
        self.stored.load(Ordering::Relaxed).saturating_add(self.moving.load(Ordering::Relaxed))
    }
}

impl Progress {
    /// The counters of one upload of a batch: `batch` counts all that it counts.
    pub fn within(batch: &Arc<Progress>) -> Self {
        Progress { batch: Some(Arc::clone(batch)), ..Progress::default() }
    }

    fn each(&self, change: impl Fn(&Counters)) {
        change(&self.counters);
        if let Some(batch) = &self.batch {
            change(&batch.counters);
        }
    }

    /// Bytes that are stored or on their way.
    pub fn done(&self) -> u64 {
        self.counters.under_way()
    }

    pub fn expect(&self, bytes: u64, parts: u32) {
        self.counters.total.store(bytes, Ordering::Relaxed);
        self.counters.parts_total.store(parts, Ordering::Relaxed);
    }

    pub fn expect_files(&self, files: u32) {
        self.counters.files_total.store(files, Ordering::Relaxed);
    }

    /// Counts what is read from `inner` as moved. Dropping the reader takes that back, unless
    /// [`Counted::stored`] was called.
    pub fn counted<R>(&self, inner: R) -> Counted<'_, R> {
        Counted { inner, progress: self, moved: 0 }
    }

    /// Bytes of a part that left this machine, or came.
    pub fn moved(&self, bytes: u64) {
        self.each(|counters| {
            add(&counters.sent, bytes);
            add(&counters.moving, bytes);
        });
    }

    /// Bytes that have left or come so far, those of all files of a batch, whatever became of them.
    pub fn sent(&self) -> u64 {
        let all = self.batch.as_deref().unwrap_or(self);
        all.counters.sent.load(Ordering::Relaxed)
    }

    /// Bytes that have neither left nor come yet, those of all files of a batch; `u64::MAX` if nobody knows.
    pub fn left(&self) -> u64 {
        let all = &self.batch.as_deref().unwrap_or(self).counters;
        match all.total.load(Ordering::Relaxed) {
            0 => u64::MAX,
            total => total.saturating_sub(all.under_way()),
        }
    }

    /// Takes back the bytes that a failed attempt had moved.
    pub fn took_back(&self, bytes: u64) {
        self.each(|counters| subtract(&counters.moving, bytes));
    }

    /// Bytes that had moved are stored.
    pub fn stored(&self, bytes: u64) {
        self.each(|counters| {
            add(&counters.stored, bytes);
            subtract(&counters.moving, bytes);
        });
    }

    /// An earlier run has stored these bytes: they are done, and say nothing of the rate.
    pub fn found(&self, bytes: u64) {
        self.each(|counters| {
            add(&counters.found, bytes);
            add(&counters.stored, bytes);
        });
    }

    pub fn part_done(&self) {
        self.parts_done(1);
    }

    fn parts_done(&self, parts: u32) {
        self.each(|counters| count(&counters.parts_done, parts));
    }

    /// A file is stored, with so many bytes and parts. What was not sent was stored before.
    pub fn file_done(&self, bytes: u64, parts: u32) {
        self.found(bytes.saturating_sub(self.counters.stored.load(Ordering::Relaxed)));
        self.parts_done(parts.saturating_sub(self.counters.parts_done.load(Ordering::Relaxed)));
        self.each(|counters| count(&counters.files_done, 1));
    }

    /// Nothing is stored any more: the transfer starts anew. What was reported stays.
    pub fn restart(&self) {
        let own = &self.counters;
        let stored = own.stored.load(Ordering::Relaxed);
        let found = own.found.load(Ordering::Relaxed);
        let parts_done = own.parts_done.load(Ordering::Relaxed);
        self.each(|counters| {
            subtract(&counters.stored, stored);
            subtract(&counters.found, found);
            counters.parts_done.fetch_sub(parts_done, Ordering::Relaxed);
        });
    }

    pub fn retried(&self) {
        self.each(|counters| count(&counters.retries, 1));
    }
}

fn count(counter: &AtomicU32, more: u32) {
    counter.fetch_add(more, Ordering::Relaxed);
}

fn add(counter: &AtomicU64, bytes: u64) {
    counter.fetch_add(bytes, Ordering::Relaxed);
}

fn subtract(counter: &AtomicU64, bytes: u64) {
    counter.fetch_sub(bytes, Ordering::Relaxed);
}

/// Counts what is read, as it leaves.
#[derive(Debug)]
pub struct Counted<'a, R> {
    inner: R,
    progress: &'a Progress,
    moved: u64,
}

impl<R> Counted<'_, R> {
    /// Everything that was read is stored.
    pub fn stored(mut self) {
        self.progress.stored(std::mem::take(&mut self.moved));
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.moved += count as u64;
        self.progress.moved(count as u64);
        Ok(count)
    }
}

impl<R> Drop for Counted<'_, R> {
    fn drop(&mut self) {
        self.progress.took_back(self.moved);
    }
}

/// What a caller is told.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Snapshot {
    pub bytes_done: u64,
    /// 0 if unknown.
    pub bytes_total: u64,
    pub parts_done: u32,
    pub parts_total: u32,
    /// Files of a batch.
    pub files_done: u32,
    /// 0 outside of a batch.
    pub files_total: u32,
    pub retries: u32,
    /// Over the last 5 seconds.
    pub bytes_per_second: u64,
    /// Negative if unknown.
    pub seconds_left: f64,
}

/// Turns counters into reports. Lives on the caller's thread.
#[derive(Debug, Default)]
pub struct Reporter {
    high_water: u64,
    most_parts: u32,
    /// Points in time of the last 5 seconds, each with the bytes done by then.
    window: VecDeque<(Instant, u64)>,
}

/// How far back the rate looks.
const WINDOW: Duration = Duration::from_secs(5);

impl Reporter {
    /// Makes the next report. The last byte counts only with `finished`: 100 % means that the transfer is
    /// complete.
    pub fn report(&mut self, progress: &Progress, finished: bool) -> Snapshot {
        let counters = &progress.counters;
        let total = counters.total.load(Ordering::Relaxed);
        let now_done = if finished {
            total
        } else {
            let under_way = counters.under_way();
            if total == 0 { under_way } else { under_way.min(total.saturating_sub(1)) }
        };
        self.high_water = self.high_water.max(now_done);
        self.most_parts = self.most_parts.max(counters.parts_done.load(Ordering::Relaxed));
        let own = self.high_water.saturating_sub(counters.found.load(Ordering::Relaxed));
        let rate = self.rate(Instant::now(), own);
        let left = total.saturating_sub(self.high_water);
        let seconds_left = match rate {
            _ if total > 0 && left == 0 => 0.0,
            0 => -1.0,
            _ if total == 0 => -1.0,
            rate => left as f64 / rate as f64,
        };
        Snapshot {
            bytes_done: self.high_water,
            bytes_total: total,
            parts_done: self.most_parts,
            parts_total: counters.parts_total.load(Ordering::Relaxed),
            files_done: counters.files_done.load(Ordering::Relaxed),
            files_total: counters.files_total.load(Ordering::Relaxed),
            retries: counters.retries.load(Ordering::Relaxed),
            bytes_per_second: rate,
            seconds_left,
        }
    }

    fn rate(&mut self, now: Instant, done: u64) -> u64 {
        self.window.push_back((now, done));
        while self.window.len() > 2 && self.window.get(1).is_some_and(|(when, _)| now - *when >= WINDOW) {
            self.window.pop_front();
        }
        match self.window.front() {
            Some((when, before)) if now > *when => {
                (done.saturating_sub(*before) as f64 / (now - *when).as_secs_f64()) as u64
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_counts_until_it_turns_out_not_to_be_stored() {
        let progress = Progress::default();
        let mut reader = progress.counted(&b"0123456789"[..]);
        reader.read_exact(&mut [0; 7]).expect("read");
        assert_eq!(progress.done(), 7);
        drop(reader);
        assert_eq!((progress.done(), progress.sent()), (0, 7));
        let mut reader = progress.counted(&b"0123456789"[..]);
        reader.read_to_end(&mut Vec::new()).expect("read");
        reader.stored();
        assert_eq!((progress.done(), progress.sent()), (10, 17));
    }

    #[test]
    fn progress_never_goes_down_and_ends_at_the_total() {
        let progress = Progress::default();
        let mut reporter = Reporter::default();
        progress.expect(100, 2);
        progress.moved(60);
        assert_eq!(progress.done(), 60);
        assert_eq!(reporter.report(&progress, false).bytes_done, 60);
        progress.took_back(60);
        assert_eq!((progress.done(), progress.sent()), (0, 60));
        assert_eq!(reporter.report(&progress, false).bytes_done, 60);
        progress.moved(100);
        assert_eq!(reporter.report(&progress, false).bytes_done, 99);
        progress.stored(100);
        assert_eq!(reporter.report(&progress, false).bytes_done, 99);
        let last = reporter.report(&progress, true);
        assert_eq!((last.bytes_done, last.seconds_left), (100, 0.0));
    }

    #[test]
    fn the_time_left_is_what_the_bytes_left_take_at_this_rate() {
        let (progress, mut reporter) = (Progress::default(), Reporter::default());
        progress.expect(1000, 1);
        assert_eq!(reporter.report(&progress, false).seconds_left, -1.0, "there is no rate yet");
        assert_eq!(Reporter::default().report(&progress, true).seconds_left, 0.0, "it is done");
        let mut reporter = Reporter::default();
        reporter.window.push_back((Instant::now() - Duration::from_secs(4), 0));
        progress.moved(400);
        let report = reporter.report(&progress, false);
        // 400 bytes in 4 s and what this test has taken.
        assert!((50..=100).contains(&report.bytes_per_second), "{report:?}");
        assert_eq!(report.seconds_left, 600.0 / report.bytes_per_second as f64);
    }

    #[test]
    fn the_rate_is_that_of_the_last_5_seconds() {
        let mut reporter = Reporter::default();
        let begin = Instant::now();
        let rate = |second: u64| reporter.rate(begin + Duration::from_secs(second), 1000 * second.min(5));
        let rates: Vec<u64> = (0..=10).map(rate).collect();
        assert_eq!(rates, [0, 1000, 1000, 1000, 1000, 1000, 800, 600, 400, 200, 0]);
    }

    #[test]
    fn what_an_earlier_run_has_stored_is_done_but_no_sign_of_speed() {
        let (progress, mut reporter) = (Progress::default(), Reporter::default());
        progress.expect(10_000, 2);
        progress.found(9000);
        reporter.window.push_back((Instant::now() - Duration::from_secs(4), 0));
        let report = reporter.report(&progress, false);
        assert_eq!((report.bytes_done, report.bytes_per_second), (9000, 0));
        progress.moved(400);
        let report = reporter.report(&progress, false);
        assert!(report.bytes_done == 9400 && (1..=100).contains(&report.bytes_per_second), "{report:?}");
    }

    #[test]
    fn a_batch_counts_what_its_uploads_count() {
        let batch = Arc::new(Progress::default());
        batch.expect(100, 3);
        batch.expect_files(2);
        let (one, other) = (Progress::within(&batch), Progress::within(&batch));
        let said = || {
            let Snapshot { bytes_done, parts_done, files_done, retries, .. } =
                Reporter::default().report(&batch, false);
            (bytes_done, parts_done, files_done, retries)
        };
        one.moved(40);
        other.moved(20);
        other.retried();
        assert_eq!(said(), (60, 0, 0, 1));
        one.stored(40);
        one.part_done();
        assert_eq!(said(), (60, 1, 0, 1));
        one.restart();
        assert_eq!(said(), (20, 0, 0, 1), "the other's bytes stay");
        one.file_done(40, 2);
        assert_eq!(said(), (60, 2, 1, 1), "the rest was stored before");
    }

    #[test]
    fn an_unknown_total_has_no_time_left() {
        let progress = Progress::default();
        progress.moved(10);
        let report = Reporter::default().report(&progress, false);
        assert_eq!((report.bytes_done, report.bytes_total, report.seconds_left), (10, 0, -1.0));
        let mut reporter = Reporter::default();
        reporter.window.push_back((Instant::now() - Duration::from_secs(4), 0));
        let report = reporter.report(&progress, false);
        assert!(report.bytes_per_second > 0 && report.seconds_left == -1.0, "{report:?}");
    }
}
