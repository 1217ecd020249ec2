//! How many parts to send at once where the caller does not say: as many as make the transfer faster.
//!
//! The number is doubled as long as that brings at least a tenth more bytes a second, and taken back where it
//! does not. From then on it is held: a quarter more is tried now and then, and kept only if it pays. A
//! service that asks for less gets less.
//!
//! The rate is measured over windows of several round trips, with a pause after each change: a new connection
//! fills its buffers first, which is no speed. New connections also send fast until they lose their first
//! packets, so a number that was taken back at the start is tried a second time if the line gets slower soon.
//! Nothing is tried that could not pay any more: what is left would be over, and connections that have only
//! begun would be the last to end.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

/// The shortest window, for lines that are short.
const WINDOW: Duration = Duration::from_millis(500);

/// How much faster a larger number must be.
const GAIN: f64 = 1.1;

/// The longest time between two looks at the bytes within a window: in a longer one there was less to send
/// than could be.
const GAP: Duration = Duration::from_millis(400);

/// A trial takes a pause and a window. What is left must take so many times as long.
const WORTH: f64 = 3.0;

/// How long a number is held before a larger one is tried again.
const HELD: Duration = Duration::from_secs(15);

/// Finds the number of parts to send at once.
#[derive(Debug)]
pub struct Adapt {
    most: usize,
    limit: usize,
    phase: Phase,
    window: Option<Window>,
    /// Whether a number was held, however long.
    has_held: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// Nothing is known yet.
    First,
    /// A larger number than `before` is tried; it had `rate`.
    Trying { before: usize, rate: f64, ends: Ends },
    /// The number is as good as known; as long as the line is not slower than it was at `rate`, if that is
    /// the first to be held.
    Held { since: Instant, rate: Option<f64> },
}

/// What follows a trial that pays.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ends {
    /// The number is doubled again.
    Doubling,
    Holding,
}

#[derive(Debug)]
struct Window {
    /// Bytes that leave before do not count.
    from: Instant,
    sent: Option<u64>,
    looked: Instant,
}

impl Adapt {
    /// Between 1 and `most`. `round_trip` is what is known of the line by now.
    pub fn new(most: usize, round_trip: Duration) -> Self {
        let mut adapt =
            Adapt { most: most.max(1), limit: 1, phase: Phase::First, window: None, has_held: false };
        adapt.begin(round_trip);
        adapt
    }

    /// The longer a round trip is, the more are worth a try at once: one connection has less under way then.
    fn begin(&mut self, round_trip: Duration) {
        let first = match round_trip.as_millis() {
            0..10 => 4,
            10..40 => 8,
            40..120 => 16,
            _ => 32,
        };
        self.limit = first.max(self.limit).min(self.most);
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Tells how many bytes have left so far, and how many are left to send. Called again and again while
    /// more could be sent if more might. `round_trip` is what is known of the line by now.
    pub fn observe(&mut self, now: Instant, sent: u64, left: u64, round_trip: Duration) {
        if self.phase == Phase::First {
            self.begin(round_trip);
        }
        let settling = WINDOW.max(round_trip * 4);
        let measured = WINDOW.max(round_trip * 6);
        self.window.take_if(|window| now.saturating_duration_since(window.looked) > GAP);
        let begun = Window { from: now + settling, sent: None, looked: now };
        let window = self.window.get_or_insert(begun);
        window.looked = now;
        if now < window.from {
            return;
        }
        let Some(before) = window.sent else {
            (window.from, window.sent) = (now, Some(sent));
            return;
        };
        let elapsed = now.saturating_duration_since(window.from);
        if elapsed >= measured {
            let rate = sent.saturating_sub(before) as f64 / elapsed.as_secs_f64();
            (window.from, window.sent) = (now, Some(sent));
            let is_worth = left as f64 >= rate * WORTH * (settling + measured).as_secs_f64();
            self.measured(now, rate, is_worth);
        }
    }

    /// A limit holds the transfer back: what it brings says nothing of the line. A number that was being
    /// tried is taken back.
    pub fn hold(&mut self, now: Instant) {
        self.window = None;
        if let Phase::Trying { before, .. } = self.phase {
            self.set(before);
            self.held(now, None);
        }
    }

    /// The service asks for less.
    pub fn slow_down(&mut self, now: Instant) {
        self.set(self.limit * 3 / 4);
        self.held(now, None);
    }

    fn measured(&mut self, now: Instant, rate: f64, is_worth: bool) {
        match self.phase {
            Phase::First | Phase::Held { .. } if !is_worth => {}
            Phase::First => self.try_more(self.limit * 2, rate, Ends::Doubling),
            Phase::Trying { rate: slower, ends, .. } if rate >= slower * GAIN => match ends {
                Ends::Doubling if self.limit < self.most && is_worth => {
                    self.try_more(self.limit * 2, rate, ends)
                }
                _ => self.held(now, None),
            },
            Phase::Trying { before, rate: slower, .. } => {
                self.set(before);
                self.held(now, Some(slower));
            }
            Phase::Held { rate: Some(first), .. } if rate * GAIN < first => {
                self.try_more(self.limit * 2, rate, Ends::Doubling);
            }
            Phase::Held { since, .. } if now.saturating_duration_since(since) >= HELD => {
                if self.limit < self.most {
                    self.try_more(self.limit + self.limit.div_ceil(4), rate, Ends::Holding);
                }
            }
            Phase::Held { .. } => {}
        }
    }

    /// Holds the number. The first time it may be too low, if the line gets slower than `rate`.
    fn held(&mut self, now: Instant, rate: Option<f64>) {
        let is_first = !std::mem::replace(&mut self.has_held, true);
        self.phase = Phase::Held { since: now, rate: rate.filter(|_| is_first) };
    }

    fn try_more(&mut self, limit: usize, rate: f64, ends: Ends) {
        self.phase = Phase::Trying { before: self.limit, rate, ends };
        self.set(limit);
    }

    fn set(&mut self, limit: usize) {
        self.limit = limit.clamp(1, self.most);
        self.window = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that gives each connection at most `each` bytes a second, and all of them at most `all`.
    struct Line {
        each: f64,
        all: f64,
    }

    impl Line {
        /// Sends for so many seconds; the numbers that were in use.
        fn run(&self, adapt: &mut Adapt, seconds: u64) -> Vec<usize> {
            let (begin, mut sent) = (Instant::now(), 0.0);
            let mut limits = vec![adapt.limit()];
            for tick in 0..seconds * 20 {
                sent += (self.each * adapt.limit() as f64).min(self.all) / 20.0;
                adapt.observe(begin + Duration::from_millis(50 * tick), sent as u64, u64::MAX, SHORT);
                if limits.last() != Some(&adapt.limit()) {
                    limits.push(adapt.limit());
                }
            }
            limits
        }
    }

    const SHORT: Duration = Duration::from_millis(1);

    #[test]
    fn a_line_that_gets_slower_when_packets_are_lost_is_tried_again() {
        // All of it at first, whatever the number; then each connection has so much.
        let mut adapt = Adapt::new(64, Duration::from_millis(80));
        let (begin, mut sent, mut limits) = (Instant::now(), 0.0, vec![adapt.limit()]);
        for tick in 0..400 {
            let all = 12e6;
            sent += if tick < 50 { all } else { (0.4e6 * adapt.limit() as f64).min(all) } / 20.0;
            adapt.observe(
                begin + Duration::from_millis(50 * tick),
                sent as u64,
                u64::MAX,
                Duration::from_millis(80),
            );
            if limits.last() != Some(&adapt.limit()) {
                limits.push(adapt.limit());
            }
        }
        assert_eq!(limits[..4], [16, 32, 16, 32]);
        assert!(adapt.limit() >= 32, "{limits:?}");
    }

    #[test]
    fn it_climbs_until_the_line_is_full_and_stays_there() {
        let mut adapt = Adapt::new(64, SHORT);
        let limits = Line { each: 1e6, all: 30e6 }.run(&mut adapt, 10);
        assert_eq!(limits, [4, 8, 16, 32, 64, 32]);
    }

    #[test]
    fn it_stays_where_one_more_brings_nothing() {
        let limits = Line { each: 100e6, all: 100e6 }.run(&mut Adapt::new(64, SHORT), 10);
        assert_eq!(limits, [4, 8, 4]);
    }

    #[test]
    fn a_little_more_is_not_worth_more_connections() {
        let limits = Line { each: 1.05e6, all: 4.41e6 }.run(&mut Adapt::new(64, SHORT), 10);
        assert_eq!(limits, [4, 8, 4], "the second four bring 5 %");
    }

    #[test]
    fn a_line_that_gets_a_little_slower_is_left_alone() {
        let mut adapt = Adapt::new(64, SHORT);
        let (begin, mut sent, mut limits) = (Instant::now(), 0, vec![adapt.limit()]);
        for tick in 0..240 {
            sent += if tick < 80 { 4_200_000 } else { 4_000_000 } / 20;
            adapt.observe(begin + Duration::from_millis(50) * tick, sent, u64::MAX, SHORT);
            if limits.last() != Some(&adapt.limit()) {
                limits.push(adapt.limit());
            }
        }
        assert_eq!(limits, [4, 8, 4]);
    }

    #[test]
    fn a_long_line_begins_with_more() {
        let first = |most, milliseconds| {
            let mut adapt = Adapt::new(most, Duration::ZERO);
            adapt.observe(Instant::now(), 0, u64::MAX, Duration::from_millis(milliseconds));
            adapt.limit()
        };
        assert_eq!([0, 20, 80, 200].map(|milliseconds| first(64, milliseconds)), [4, 8, 16, 32]);
        assert_eq!(first(2, 80), 2);
    }

    #[test]
    fn it_never_leaves_its_bounds() {
        let limits = Line { each: 1e6, all: 1e9 }.run(&mut Adapt::new(20, SHORT), 60);
        assert_eq!(limits, [4, 8, 16, 20]);
        let mut adapt = Adapt::new(20, SHORT);
        (0..20).for_each(|_| adapt.slow_down(Instant::now()));
        assert_eq!(adapt.limit(), 1);
    }

    #[test]
    fn once_held_it_moves_by_a_quarter_at_most() {
        let mut adapt = Adapt::new(64, SHORT);
        Line { each: 1e6, all: 16e6 }.run(&mut adapt, 10);
        assert_eq!(adapt.limit(), 16);
        let limits = Line { each: 1e6, all: 16e6 }.run(&mut adapt, 60);
        assert!(limits.iter().all(|limit| (16..=20).contains(limit)), "{limits:?}");
        assert_eq!(adapt.limit(), 16);
    }

    #[test]
    fn nothing_is_tried_when_the_end_is_near() {
        let mut adapt = Adapt::new(64, Duration::from_millis(80));
        let (begin, all) = (Instant::now(), 200_000_000);
        for tick in 0..60 {
            let sent = 3_000_000 * tick;
            let round_trip = Duration::from_millis(80);
            adapt.observe(begin + Duration::from_millis(50) * tick as u32, sent, all - sent, round_trip);
            assert_eq!(adapt.limit(), 16, "60 MB a second: a trial takes one of three seconds");
        }
    }

    #[test]
    fn the_climb_ends_when_the_end_is_near() {
        let mut adapt = Adapt::new(64, SHORT);
        let (begin, mut sent, mut limits) = (Instant::now(), 0, vec![adapt.limit()]);
        for tick in 0..400 {
            sent += 50_000 * adapt.limit() as u64;
            let left = if tick < 30 { u64::MAX } else { 1 };
            adapt.observe(begin + Duration::from_millis(50 * tick), sent, left, SHORT);
            if limits.last() != Some(&adapt.limit()) {
                limits.push(adapt.limit());
            }
        }
        assert_eq!(limits, [4, 8]);
    }

    #[test]
    fn seconds_with_too_little_to_send_are_no_measure() {
        let mut adapt = Adapt::new(64, SHORT);
        let begin = Instant::now();
        for second in 0..60 {
            adapt.observe(begin + Duration::from_secs(second), second * 1_000_000, u64::MAX, SHORT);
        }
        assert_eq!(adapt.limit(), 4);
    }

    #[test]
    fn it_does_not_climb_because_of_a_limit() {
        let mut adapt = Adapt::new(64, SHORT);
        let begin = Instant::now();
        for tick in 0..20 * 120 {
            adapt.hold(begin + Duration::from_millis(50 * tick));
            assert_eq!(adapt.limit(), 4);
        }
        let limits = Line { each: 1e6, all: 6e6 }.run(&mut adapt, 2);
        assert_eq!(limits, [4, 8], "it goes on where it was when the limit is gone");
        adapt.hold(begin);
        assert_eq!(adapt.limit(), 4, "what was being tried is taken back");
    }

    #[test]
    fn a_line_that_has_become_wider_is_found() {
        let mut adapt = Adapt::new(64, SHORT);
        Line { each: 1e6, all: 16e6 }.run(&mut adapt, 10);
        Line { each: 1e6, all: 30e6 }.run(&mut adapt, 90);
        assert!(adapt.limit() >= 25, "{}", adapt.limit());
    }
}
