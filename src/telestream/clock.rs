//! The time of a signature, and how far the service's clock is from ours (`specs/telestream.md` 2.5).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const DAY: u64 = 86_400;

/// Gives every signature of a client a time of its own: the service takes a POST with the same signature only once.
#[derive(Debug, Default)]
pub struct Clock {
    /// Microseconds since 1970.
    last: AtomicU64,
}

impl Clock {
    /// Now, or a microsecond after the timestamp before: `2016-01-28T11:42:46.262935Z`.
    pub fn timestamp(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        written(self.tick(u64::try_from(now.as_micros()).unwrap_or(u64::MAX)))
    }

    fn tick(&self, now: u64) -> u64 {
        let after = |last: u64| now.max(last.saturating_add(1));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
        last.map_or(now, after)
    }
}

/// How many seconds the service's clock, as a `Date` header tells it, is ahead of ours; negative if it is behind.
pub fn lead(date: &str) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let theirs = i64::try_from(seconds(date)?).ok()?;
    theirs.checked_sub(i64::try_from(now).ok()?)
}

fn written(micros: u64) -> String {
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (year, month, day) = date_of(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` in seconds since 1970.
fn seconds(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = date.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = words.next()?;
    let month = 1 + u64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()?;
    let year: u64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut time = words.next()?.split(':').map(|part| part.parse::<u64>().ok().filter(|n| *n <= 60));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    (words.next() == Some("GMT") && time.next().is_none())
        .then(|| days_until(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

// The calendar in both directions: years begin in March here, so that the leap day is a year's last.

fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day - (153 * from_march + 2) / 5 + 1)
}

fn days_until(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let (era, year) = (year / 400, year % 400);
    era * 146_097 + year * 365 + year / 4 - year / 100 + (153 * from_march + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_iso_8601_with_microseconds() {
        assert_eq!(written(1_453_981_366_262_935), "2016-01-28T11:42:46.262935Z");
        assert_eq!(written(951_782_400_000_000), "2000-02-29T00:00:00.000000Z");
        assert_eq!(written(4_107_542_399_000_001), "2100-02-28T23:59:59.000001Z");
    }

    #[test]
    fn time_never_stands_still_and_never_goes_back() {
        let clock = Clock::default();
        assert_eq!([7, 7, 3, 20].map(|now| clock.tick(now)), [7, 8, 9, 20]);
        let first = clock.timestamp();
        assert!(first < clock.timestamp());
    }

    #[test]
    fn a_date_header_is_read_to_the_second() {
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for bad in ["", "06 Nov 1994", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 CET"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert!((0..40_000).all(|day| {
            let (year, month, date) = date_of(day);
            days_until(year, month, date) == day
        }));
    }
}
