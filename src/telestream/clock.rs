//! The time of a signature, and how far the service's clock is from ours (`specs/telestream.md` 2.5).

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::random;

const DAY: u64 = 86_400;

/// How far timestamps may be ahead of the system's clock, in microseconds, so that none is given twice. A
/// clock that was further ahead was wrong and has been set right: timestamps follow it, or the service would
/// refuse them all.
const TOLERANCE: u64 = 5_000_000;

/// How far a client's timestamps are behind the clock at most, in microseconds.
const SPREAD: u64 = 1_000_000;

/// How much further behind each next process is, in microseconds. No two of a million are as far.
const STEP: u64 = 618_033;

/// Gives every signature of a client a time of its own: the service takes a POST with the same signature only
/// once. Several clients of an account may make the same request in the same microsecond, workers of a fleet
/// that begin together do, so each is behind by another fraction of a second. So are processes that have the
/// same client, for they were forked after it was made.
#[derive(Debug, Default)]
pub struct Clock {
    /// Microseconds since 1970.
    last: AtomicU64,
    behind: u64,
}

impl Clock {
    pub fn new() -> Self {
        Clock { last: AtomicU64::default(), behind: random::rng().u64(..SPREAD) }
    }

    /// About now, or a microsecond after the last timestamp: `2016-01-28T11:42:46.262935Z`.
    pub fn timestamp(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        // Processes that have the same last timestamp, and go on from there, are apart too.
        written(self.tick(now).saturating_sub(self.behind_in(process::id())))
    }

    fn behind_in(&self, process: u32) -> u64 {
        (self.behind + u64::from(process) * STEP) % SPREAD
    }

    fn tick(&self, now: u64) -> u64 {
        let after =
            |last: u64| if (now..now.saturating_add(TOLERANCE)).contains(&last) { last + 1 } else { now };
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
        last.map_or(now, after)
    }
}

/// How many seconds the service's clock, as a `Date` header tells it, is ahead of ours; negative if it is
/// behind.
pub fn lead(date: &str) -> Option<i64> {
    let seconds = |time: SystemTime| i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok();
    seconds(httpdate::parse_http_date(date).ok()?)?.checked_sub(seconds(SystemTime::now())?)
}

// Signatures need microseconds, which `httpdate` does not write: hence a calendar of our own.

fn written(micros: u64) -> String {
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (year, month, day) = date_of(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// Year, month and day of a number of days since 1970. Years begin in March here, so that the leap day is a
/// year's last.
fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn timestamps_are_iso_8601_with_microseconds() {
        assert_eq!(written(1_453_981_366_262_935), "2016-01-28T11:42:46.262935Z");
        assert_eq!(written(951_782_400_000_000), "2000-02-29T00:00:00.000000Z");
        assert_eq!(written(4_107_542_399_000_001), "2100-02-28T23:59:59.000001Z");
    }

    #[test]
    fn time_never_stands_still_and_does_not_go_back_by_a_little() {
        let clock = Clock::default();
        assert_eq!([7, 7, 3, 20].map(|now| clock.tick(now)), [7, 8, 9, 20]);
        let first = clock.timestamp();
        assert!(first < clock.timestamp());
    }

    #[test]
    fn clients_that_sign_at_the_same_moment_have_other_times() {
        let behind = [(); 8].map(|()| Clock::new().behind);
        assert!(behind.iter().any(|other| *other != behind[0]), "{behind:?}");
        assert!(behind.iter().all(|behind| *behind < SPREAD));
        let clock = Clock::new();
        let behind: BTreeSet<u64> = (1..50_000).map(|process| clock.behind_in(process)).collect();
        assert!(behind.len() == 49_999 && behind.last().is_some_and(|behind| *behind < SPREAD));
    }

    #[test]
    fn a_clock_that_was_set_ahead_and_back_again_is_followed_back() {
        const HOUR: u64 = 3_600_000_000;
        let clock = Clock::default();
        assert_eq!([7, HOUR, 8, 9].map(|now| clock.tick(now)), [7, HOUR, 8, 9]);
    }

    #[test]
    fn a_date_header_is_read_to_the_second() {
        let now = SystemTime::now();
        let lead_of = |time: SystemTime| lead(&httpdate::fmt_http_date(time)).expect("a date");
        assert!((99..=100).contains(&lead_of(now + std::time::Duration::from_secs(100))));
        assert!((-101..=-100).contains(&lead_of(now - std::time::Duration::from_secs(100))));
        for bad in ["", "06 Nov 1994", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 CET"] {
            assert_eq!(lead(bad), None, "{bad}");
        }
    }
}
