//! The rate of transfers that yield to other traffic, from how long packets wait on the line.
//!
//! As LEDBAT (RFC 6817), but for all connections of a client together, and by the rate at which they send. It
//! grows while packets wait for less than [`TARGET`] and falls while they wait for longer.
//!
//! How long they wait is how much longer the round trip is than the shortest one. A line that is always full
//! would hide that, so now and then the rate is lowered for a moment, until nothing waits (as LEDBAT++ does).

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::sys::round_trips::Measured;

/// How long packets are to wait on the line, in seconds.
const TARGET: f64 = 0.02;

/// Packets that wait for less than this find the line free.
const FREE: f64 = TARGET / 4.0;

/// The rise at the start ends where so many looks, one after another, show that packets wait. One connection
/// may show it because its peer is slow to acknowledge.
const SEEN: u32 = 8;

/// Packets have waited for as long as the least of the last looks shows (RFC 6817, 3.4.1). One look alone may
/// show a peer that was slow to acknowledge, or a busy machine; packets that wait on the line show in all.
/// With more than two the rate swings on short lines.
const LOOKS: usize = 2;

/// How much a look at one connection changes what is known of all.
const SMOOTHING: f64 = 0.25;

/// What the kernel knows of a connection is believed for this long, or half a round trip.
const STALE: Duration = Duration::from_millis(20);

/// The shortest time between two changes of the rate, in seconds: while it rises fast, and later.
const FIRST_ROUND: f64 = 0.05;
const ROUND: f64 = 0.1;

/// How fast it rises at the start, and what is left of it when packets begin to wait. They tell so a round
/// trip late.
const RISE: f64 = 1.5;
const FALL: f64 = 0.7;

/// How much of the way to the rate that looks right it goes in a round, and the most.
const GAIN: f64 = 0.25;
const STEP: f64 = 1.25;

/// After so many rounds with a free line it goes further in each.
const CALM: u32 = 4;
const CALM_STEP: f64 = 1.15;

/// The most that is sent above the rate at once, where packets do not wait. More would swing on short lines.
const HASTE: f64 = 1.1;

/// A rate of which less is used does not rise.
const USED: f64 = 0.5;

/// Bytes a second at the start.
const FIRST: f64 = 640_000.0;

/// The least that is under way, in bytes, whatever else is on the line: less would never end.
const LEAST: f64 = 8192.0;

/// More than any line has, in bytes a second.
const MOST: f64 = 1e12;

/// How often the line is drained, and how much of the rate is left then.
const DRAIN: Duration = Duration::from_secs(30);
const DRAINED: f64 = 0.25;

/// For how long the shortest round trip to a peer is believed, at least.
const AGE: Duration = Duration::from_secs(300);

/// Peers whose shortest round trip is kept.
const PEERS: usize = 256;

/// How fast to send.
#[derive(Debug)]
pub struct Steering {
    /// Bytes a second at which packets are taken to wait for the target.
    rate: f64,
    /// The line was free since the start.
    is_rising: bool,
    /// Rounds with a free line, and looks at one that is not, one after another.
    calm: u32,
    busy: u32,
    /// Seconds: of the peer that was looked at last, and what packets have waited for of late.
    round_trip: f64,
    waiting: f64,
    /// What the last looks have shown, in seconds.
    last: [f64; LOOKS],
    round: Option<Round>,
    /// When a look has counted last.
    seen: Option<Instant>,
    /// When the line was drained last, or begins to be.
    drained: Option<Instant>,
    shortest: HashMap<IpAddr, Shortest>,
}

#[derive(Debug)]
struct Round {
    begin: Instant,
    /// Bytes that were sent before it.
    sent: u64,
    /// Seconds that packets have waited for, and how often that was seen.
    waited: f64,
    looks: u32,
}

/// The shortest round trip to a peer, of now and of the time before.
#[derive(Debug)]
struct Shortest {
    since: Instant,
    now: Duration,
    before: Duration,
}

impl Default for Steering {
    fn default() -> Self {
        Steering {
            rate: FIRST,
            is_rising: true,
            calm: 0,
            busy: 0,
            round_trip: 0.1,
            waiting: 0.0,
            last: [0.0; LOOKS],
            round: None,
            seen: None,
            drained: None,
            shortest: HashMap::new(),
        }
    }
}

impl Steering {
    /// Bytes a second. Less than the rate at once where packets wait for longer than the target, and more
    /// where they wait for less: without that it would swing.
    pub fn rate(&self) -> u64 {
        let share = ((self.round_trip + TARGET) / (self.round_trip + self.waiting)).min(HASTE);
        (self.rate * share).max(1.0) as u64
    }

    /// Takes what the kernel has measured, and how many bytes were sent since the beginning; the new rate.
    pub fn observe(&mut self, now: Instant, peer: IpAddr, measured: Measured, sent: u64) -> u64 {
        // It has rested, and what the kernel knows of it is old. Where many connections share a low rate that
        // is so of all of them, and it is better than nothing.
        let is_old = measured.acknowledged > STALE.max(measured.now / 2);
        let lately = Duration::from_secs_f64(ROUND.max(2.0 * (self.round_trip + self.waiting)));
        let has_news = !is_old || self.seen.is_none_or(|seen| now.saturating_duration_since(seen) >= lately);
        // The kernel has not measured one whose first packet was lost.
        if measured.now.is_zero() || !has_news {
            return self.drained(now).unwrap_or_else(|| self.rate());
        }
        self.seen = Some(now);
        let base = self.shortest_of(now, peer, measured);
        self.last.rotate_left(1);
        self.last[LOOKS - 1] = measured.now.saturating_sub(base).as_secs_f64();
        let waiting = self.last.iter().copied().fold(f64::MAX, f64::min);
        self.round_trip = base.as_secs_f64();
        self.waiting += (waiting - self.waiting) * SMOOTHING;
        let current = self.round_trip + self.waiting;
        if let Some(rate) = self.drained(now) {
            return rate;
        }
        self.busy = if waiting > FREE { self.busy + 1 } else { 0 };
        if self.is_rising && self.busy >= SEEN {
            self.is_rising = false;
            self.round = None;
            self.change(FALL);
        }
        let round = self.round.get_or_insert(Round { begin: now, sent, waited: 0.0, looks: 0 });
        round.waited += waiting;
        round.looks += 1;
        let least = match self.is_rising {
            true => FIRST_ROUND.max(1.5 * current),
            false => ROUND.max(2.0 * current),
        };
        let took = now.saturating_duration_since(round.begin).as_secs_f64();
        if took >= least {
            let waiting = round.waited / f64::from(round.looks);
            let is_used = sent.saturating_sub(round.sent) as f64 >= USED * self.rate * took;
            self.round = None;
            self.end_round(waiting, is_used);
        }
        self.rate()
    }

    /// The rate while the line is drained. What was sent before that says nothing of the time after.
    fn drained(&mut self, now: Instant) -> Option<u64> {
        let drained = *self.drained.get_or_insert(now);
        if now.saturating_duration_since(drained) < DRAIN {
            return None;
        }
        self.round = None;
        // The queue becomes empty within this, and a round trip shows it.
        let current = self.round_trip + self.waiting;
        if now >= drained + DRAIN + Duration::from_secs_f64(TARGET * 2.0 + 2.0 * current) {
            self.drained = Some(now);
            return None;
        }
        Some((self.rate * DRAINED).max(1.0) as u64)
    }

    /// The shortest round trip to a peer that is known.
    fn shortest_of(&mut self, now: Instant, peer: IpAddr, measured: Measured) -> Duration {
        let least = measured.now.min(measured.least);
        if self.shortest.len() >= PEERS && !self.shortest.contains_key(&peer) {
            self.shortest.clear();
        }
        let own =
            self.shortest.entry(peer).or_insert_with(|| Shortest { since: now, now: least, before: least });
        if now.saturating_duration_since(own.since) >= AGE {
            *own = Shortest { since: now, now: least, before: own.now };
        }
        own.now = own.now.min(least);
        own.now.min(own.before)
    }

    fn end_round(&mut self, waiting: f64, is_used: bool) {
        let is_free = waiting < FREE && is_used;
        self.calm = if is_free { self.calm + 1 } else { 0 };
        // As if so much were under way that packets wait for the target.
        let aim = (self.round_trip + TARGET) / (self.round_trip + waiting);
        let factor = match self.is_rising {
            true => RISE,
            false if self.calm >= CALM => CALM_STEP,
            false => (1.0 + GAIN * (aim - 1.0)).clamp(0.5, STEP),
        };
        if factor < 1.0 || is_used {
            self.change(factor);
        }
    }

    fn change(&mut self, factor: f64) {
        self.rate = (self.rate * factor).clamp(LEAST / (self.round_trip + TARGET), MOST);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::background::LOOK;
    use super::*;

    /// A line with a queue, and another sender that fills it while it is there.
    struct Line {
        /// Bytes a second.
        rate: f64,
        round_trip: f64,
        /// The kernel knows only the round trip of now.
        is_forgotten: bool,
        /// So many looks, one after another, see a peer that acknowledges 40 ms late; then one does not.
        slow_looks: u32,
        /// They send in turn, and a look is at the one that has just sent.
        connections: u32,
        now: Instant,
    }

    impl Default for Line {
        fn default() -> Self {
            let (rate, round_trip, now) = (2.5e6, 0.04, Instant::now());
            Line { rate, round_trip, is_forgotten: false, slow_looks: 0, connections: 1, now }
        }
    }

    /// What has come of it.
    struct Done {
        /// The share of the line that was used.
        used: f64,
        /// What 95 % of the packets have waited for at most, in seconds.
        waited: f64,
    }

    impl Line {
        /// Sends for so many seconds. `other` is how many bytes a second another sender sends at a time.
        fn run(&mut self, steering: &mut Steering, seconds: u32, other: impl Fn(f64) -> f64) -> Done {
            const STEP: f64 = 0.001;
            /// What a connection sends in its turn, in bytes.
            const PACKETS: f64 = 2896.0;
            let begin = self.now;
            let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let (mut queue, mut sent, mut offered) = (0.0_f64, 0.0, 0.0);
            let most = self.rate * self.round_trip.max(0.1);
            let mut waits = Vec::new();
            // What packets have waited for comes to be known a round trip later, smoothed.
            let (mut known, mut smooth) = (std::collections::VecDeque::new(), 0.0);
            let mut rate = steering.rate() as f64;
            for step in 0..seconds * 1000 {
                let time = f64::from(step) * STEP;
                let [own, others] = [rate, other(time)].map(|rate| rate * STEP);
                queue = (queue + own + others - self.rate * STEP).clamp(0.0, most);
                let all = (own + others).max(self.rate * STEP);
                sent += own * (self.rate * STEP / all).min(1.0);
                let waiting = queue / self.rate;
                waits.push(waiting);
                known.push_back((time + self.round_trip + waiting, waiting));
                while known.front().is_some_and(|(then, _)| *then <= time) {
                    let (_, last) = known.pop_front().expect("one");
                    smooth += (last - smooth) / 8.0;
                }
                if step % 10 == 0 {
                    let now = begin + Duration::from_secs_f64(time);
                    let is_late = step / 10 % (self.slow_looks + 1) != 0;
                    let late = if is_late { 0.04 } else { 0.0 };
                    let smoothed = Duration::from_secs_f64(self.round_trip + smooth + late);
                    let shortest = Duration::from_secs_f64(self.round_trip);
                    let least = if self.is_forgotten { smoothed } else { shortest };
                    let turn = Duration::from_secs_f64(f64::from(self.connections) * PACKETS / rate);
                    let acknowledged = turn.saturating_sub(smoothed);
                    let measured = Measured { now: smoothed, least, acknowledged };
                    offered += rate * 0.01;
                    rate = steering.observe(now, peer, measured, offered as u64) as f64;
                }
            }
            self.now = begin + Duration::from_secs(seconds.into());
            waits.sort_by(f64::total_cmp);
            Done { used: sent / (self.rate * f64::from(seconds)), waited: waits[waits.len() * 95 / 100] }
        }
    }

    #[test]
    fn the_queue_is_drained_at_times() {
        let (mut steering, begin) = (Steering::default(), Instant::now());
        let short = Duration::from_millis(40);
        let measured = Measured { now: short, least: short, acknowledged: Duration::ZERO };
        let mut rate = |since: Duration| {
            steering.observe(begin + since, IpAddr::V4(Ipv4Addr::LOCALHOST), measured, 0) as f64
        };
        let full = rate(Duration::ZERO);
        assert!(rate(DRAIN) < full / 2.0);
        assert_eq!(rate(DRAIN + Duration::from_secs(1)), full);
    }

    #[test]
    fn a_drain_ends_where_all_that_the_kernel_knows_is_old() {
        let (mut steering, begin) = (Steering::default(), Instant::now());
        let mut rate = |since: Duration, acknowledged: Duration| {
            let now = Duration::from_millis(5);
            let measured = Measured { now, least: now, acknowledged };
            steering.observe(begin + since, IpAddr::V4(Ipv4Addr::LOCALHOST), measured, 0)
        };
        let (full, old) = (rate(Duration::ZERO, Duration::ZERO), STALE * 2);
        assert!(rate(DRAIN, Duration::ZERO) < full / 2);
        assert!(rate(DRAIN + LOOK, old) < full / 2, "it lasts for two round trips at least");
        assert_eq!(rate(DRAIN + Duration::from_secs(1), old), full);
    }

    #[test]
    fn an_idle_line_is_used_and_packets_hardly_wait() {
        for mbit in [20, 100, 500] {
            for milliseconds in [5, 20, 80, 200] {
                let (rate, round_trip) = (f64::from(mbit) * 125_000.0, f64::from(milliseconds) / 1e3);
                let mut line = Line { rate, round_trip, ..Line::default() };
                let done = line.run(&mut Steering::default(), 30, |_| 0.0);
                let what = format!("{mbit} Mbit/s, {milliseconds} ms");
                assert!(done.used > 0.85, "{what}: {:.3} of the line", done.used);
                assert!(done.waited < 0.05, "{what}: packets wait for {:.3} s", done.waited);
            }
        }
    }

    #[test]
    fn it_yields_to_others_and_comes_back() {
        let mut line = Line { rate: 12.5e6, ..Line::default() };
        let mut steering = Steering::default();
        line.run(&mut steering, 10, |_| 0.0);
        // Another sender fills the line and its queue.
        let done = line.run(&mut steering, 10, |_| 12.5e6);
        assert!(done.used < 0.2, "it keeps {:.2}", done.used);
        let done = line.run(&mut steering, 20, |_| 0.0);
        assert!(done.used > 0.75, "it takes {:.2} again", done.used);
    }

    /// Each then sends so seldom that what the kernel knows of it is always old.
    #[test]
    fn many_connections_come_back_too() {
        for (connections, round_trip) in [(4, 0.04), (8, 0.03), (16, 0.04), (16, 0.08), (32, 0.15)] {
            let mut line = Line { rate: 12.5e6, connections, round_trip, ..Line::default() };
            let mut steering = Steering::default();
            line.run(&mut steering, 10, |_| 0.0);
            line.run(&mut steering, 10, |_| 12.5e6);
            let done = line.run(&mut steering, 30, |_| 0.0);
            assert!(done.used > 0.6, "{connections} take {:.2} again", done.used);
        }
    }

    #[test]
    fn what_the_kernel_has_not_measured_is_no_round_trip() {
        let (mut steering, begin) = (Steering::default(), Instant::now());
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (trip, acknowledged) = (Duration::from_millis(40), Duration::ZERO);
        let unknown = Measured { now: Duration::ZERO, least: Duration::from_secs(4294), acknowledged };
        steering.observe(begin, peer, unknown, 0);
        for look in 1..300 {
            let sent = f64::from(look) * LOOK.as_secs_f64() * steering.rate;
            let measured = Measured { now: trip, least: trip, acknowledged };
            steering.observe(begin + look * LOOK, peer, measured, sent as u64);
        }
        assert!(steering.rate > FIRST, "{}", steering.rate);
    }

    /// Its own packets, that always wait for a little, must not become the shortest round trip.
    #[test]
    fn packets_hardly_wait_for_as_long_as_it_sends() {
        let mut line = Line { is_forgotten: true, ..Line::default() };
        let done = line.run(&mut Steering::default(), 1200, |_| 0.0);
        assert!(done.waited < 0.04, "packets wait for {:.3} s", done.waited);
        assert!(done.used > 0.9, "{:.3} of the line", done.used);
    }

    #[test]
    fn a_peer_that_is_slow_to_acknowledge_is_not_a_line_that_is_full() {
        let mut line = Line { slow_looks: 2, ..Line::default() };
        let done = line.run(&mut Steering::default(), 30, |_| 0.0);
        assert!(done.used > 0.85, "{:.3} of the line", done.used);
        assert!(done.waited < 0.05, "packets wait for {:.3} s", done.waited);
    }

    #[test]
    fn a_rate_that_is_not_used_up_does_not_grow() {
        let mut steering = Steering::default();
        let (begin, peer) = (Instant::now(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let trip = Duration::from_millis(20);
        let measured = Measured { now: trip, least: trip, acknowledged: Duration::ZERO };
        for look in 0..1000 {
            // Four tenths of it.
            let sent = f64::from(look) * LOOK.as_secs_f64() * FIRST * 0.4;
            steering.observe(begin + look * LOOK, peer, measured, sent as u64);
        }
        assert_eq!(steering.rate, FIRST);
    }
}
