//! One direction of a line: a bottleneck with a queue before it, then a long way on which packets get lost.
//!
//! Nothing here knows a clock or a device: packets come in with times and go out with times, and the same
//! seed gives the same line. Times count from any one moment.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use fastrand::Rng;

/// The least queue that a line has unless told otherwise, in bytes.
const LEAST_QUEUE: usize = 64 << 10;

/// What a direction is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Bits a second at the bottleneck.
    pub rate: u64,
    /// From the bottleneck to the other end.
    pub delay: Duration,
    /// Bytes that wait before the bottleneck at most. A packet that does not fit is dropped.
    pub queue: usize,
    /// The share of packets that are lost behind the bottleneck, each at random.
    pub loss: f64,
    /// The most that is added to the delay of a packet, at random; packets keep their order.
    pub jitter: Duration,
    /// The share of packets that others overtake: they come later by an eighth of the delay.
    pub overtaken: f64,
}

impl Settings {
    /// A direction of a line with this round trip, half of which it takes. Its queue holds what the
    /// bottleneck sends in one round trip, but at least 64 KiB.
    pub fn new(rate: u64, round_trip: Duration, loss: f64) -> Settings {
        let product = (rate as f64 / 8.0 * round_trip.as_secs_f64()) as usize;
        Settings {
            rate,
            delay: round_trip / 2,
            queue: product.max(LEAST_QUEUE),
            loss,
            jitter: Duration::ZERO,
            overtaken: 0.0,
        }
    }

    /// How long the bottleneck takes to send this many bytes.
    fn time_of(&self, bytes: usize) -> Duration {
        Duration::from_nanos(bytes as u64 * 8 * 1_000_000_000 / self.rate.max(1))
    }
}

/// A packet on its way behind the bottleneck.
#[derive(Debug)]
struct Flight {
    arrival: Duration,
    /// Packets that arrive together keep their order.
    number: u64,
    packet: Box<[u8]>,
}

impl Flight {
    fn key(&self) -> (Duration, u64) {
        (self.arrival, self.number)
    }
}

impl PartialEq for Flight {
    fn eq(&self, other: &Flight) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Flight {}

impl PartialOrd for Flight {
    fn partial_cmp(&self, other: &Flight) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The first to arrive is the greatest, for a heap gives the greatest first.
impl Ord for Flight {
    fn cmp(&self, other: &Flight) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// What has become of packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub offered: u64,
    /// Found the queue full.
    pub dropped: u64,
    /// Lost behind the bottleneck.
    pub lost: u64,
    pub delivered: u64,
    pub delivered_bytes: u64,
}

/// One direction of a line.
#[derive(Debug)]
pub struct Direction {
    settings: Settings,
    random: Rng,
    /// Each with the time at which it came.
    waiting: VecDeque<(Duration, Box<[u8]>)>,
    waiting_bytes: usize,
    /// When the bottleneck has sent what it is sending.
    free: Duration,
    flying: BinaryHeap<Flight>,
    /// The last arrival of those that keep their order.
    last: Duration,
    number: u64,
    counts: Counts,
}

impl Direction {
    pub fn new(settings: Settings, seed: u64) -> Direction {
        Direction {
            settings,
            random: Rng::with_seed(seed),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            free: Duration::ZERO,
            flying: BinaryHeap::new(),
            last: Duration::ZERO,
            number: 0,
            counts: Counts::default(),
        }
    }

    /// From now on the line is like this; packets behind the bottleneck are not touched.
    pub fn set(&mut self, now: Duration, settings: Settings) {
        self.send(now);
        self.settings = settings;
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// A packet comes to the queue.
    pub fn offer(&mut self, now: Duration, packet: Box<[u8]>) {
        self.send(now);
        self.counts.offered += 1;
        if self.waiting_bytes + packet.len() > self.settings.queue {
            self.counts.dropped += 1;
            return;
        }
        self.waiting_bytes += packet.len();
        self.waiting.push_back((now, packet));
        self.send(now);
    }

    /// The next packet that has arrived by `now`, and when.
    pub fn take(&mut self, now: Duration) -> Option<(Duration, Box<[u8]>)> {
        self.send(now);
        if self.flying.peek()?.arrival > now {
            return None;
        }
        let flight = self.flying.pop()?;
        self.counts.delivered += 1;
        self.counts.delivered_bytes += flight.packet.len() as u64;
        Some((flight.arrival, flight.packet))
    }

    /// When something happens next if nothing comes.
    pub fn next(&self) -> Option<Duration> {
        let sends = self.waiting.front().map(|(came, _)| self.free.max(*came));
        let arrives = self.flying.peek().map(|flight| flight.arrival);
        sends.into_iter().chain(arrives).min()
    }

    /// Sends what the bottleneck has begun to send by `now`.
    fn send(&mut self, now: Duration) {
        while let Some((came, packet)) = self.waiting.pop_front() {
            let begin = self.free.max(came);
            if begin > now {
                self.waiting.push_front((came, packet));
                return;
            }
            self.waiting_bytes -= packet.len();
            self.free = begin + self.settings.time_of(packet.len());
            if self.chance(self.settings.loss) {
                self.counts.lost += 1;
                continue;
            }
            let late = self.settings.jitter.mul_f64(self.random.f64());
            let arrival = self.last.max(self.free + self.settings.delay + late);
            let arrival = if self.chance(self.settings.overtaken) {
                arrival + self.settings.delay / 8
            } else {
                self.last = arrival;
                arrival
            };
            self.flying.push(Flight { arrival, number: self.number, packet });
            self.number += 1;
        }
    }

    /// Draws only where it can matter, so that settings that are off change nothing.
    fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.f64() < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// 12 Mbit/s: a packet of 1500 bytes takes 1 ms.
    fn settings() -> Settings {
        Settings { delay: 10 * MS, ..Settings::new(12_000_000, 20 * MS, 0.0) }
    }

    fn packet(mark: u8) -> Box<[u8]> {
        vec![mark; 1500].into()
    }

    /// All that arrives until `end`: when, and which.
    fn arrivals(direction: &mut Direction, end: Duration) -> Vec<(Duration, u8)> {
        std::iter::from_fn(|| direction.take(end)).map(|(when, packet)| (when, packet[0])).collect()
    }

    #[test]
    fn a_packet_takes_its_sending_and_the_delay() {
        let mut direction = Direction::new(settings(), 1);
        direction.offer(5 * MS, packet(1));
        assert_eq!(direction.next(), Some(16 * MS));
        assert_eq!(direction.take(16 * MS - Duration::from_nanos(1)), None);
        assert_eq!(arrivals(&mut direction, 16 * MS), [(16 * MS, 1)]);
        assert_eq!(direction.next(), None);
    }

    #[test]
    fn packets_leave_one_after_the_other_at_the_rate() {
        let mut direction = Direction::new(settings(), 1);
        for mark in 1..=3 {
            direction.offer(Duration::ZERO, packet(mark));
        }
        assert_eq!(arrivals(&mut direction, Duration::MAX / 2), [(11 * MS, 1), (12 * MS, 2), (13 * MS, 3)]);
    }

    #[test]
    fn the_queue_is_one_product_but_at_least_64_kib() {
        assert_eq!(Settings::new(100_000_000, 80 * MS, 0.0).queue, 1_000_000);
        assert_eq!(Settings::new(1_000_000, 20 * MS, 0.0).queue, 64 << 10);
    }

    #[test]
    fn a_packet_that_finds_the_queue_full_is_dropped() {
        let mut direction = Direction::new(Settings { queue: 3000, ..settings() }, 1);
        for mark in 1..=5 {
            direction.offer(Duration::ZERO, packet(mark));
        }
        // One is being sent, two wait.
        assert_eq!(arrivals(&mut direction, Duration::MAX / 2).len(), 3);
        let counts = direction.counts();
        assert_eq!(
            (counts.offered, counts.dropped, counts.delivered, counts.delivered_bytes),
            (5, 2, 3, 4500)
        );
    }

    #[test]
    fn loss_is_the_share_that_was_asked_for_and_the_same_with_the_same_seed() {
        let run = |seed| {
            let lossy = Settings { loss: 0.01, queue: usize::MAX, ..settings() };
            let mut direction = Direction::new(lossy, seed);
            for mark in 0..100_000_u32 {
                direction.offer(Duration::ZERO, packet(mark as u8));
            }
            let arrived = arrivals(&mut direction, Duration::MAX / 2);
            let counts = direction.counts();
            assert_eq!(counts.lost + counts.delivered, 100_000);
            (counts.lost, arrived)
        };
        let (lost, arrived) = run(7);
        assert!((900..1100).contains(&lost), "{lost}");
        assert_eq!(run(7), (lost, arrived.clone()));
        assert_ne!(run(8).1, arrived);
    }

    #[test]
    fn what_is_lost_takes_its_time_at_the_bottleneck() {
        let mut direction = Direction::new(Settings { loss: 1.0, ..settings() }, 1);
        direction.offer(Duration::ZERO, packet(1));
        direction.set(Duration::ZERO, settings());
        direction.offer(Duration::ZERO, packet(2));
        assert_eq!(arrivals(&mut direction, Duration::MAX / 2), [(12 * MS, 2)]);
    }

    #[test]
    fn a_change_counts_for_what_still_waits() {
        let mut direction = Direction::new(settings(), 1);
        for mark in 1..=3 {
            direction.offer(Duration::ZERO, packet(mark));
        }
        // Sent at 0, being sent from 1 ms on, waiting.
        direction.set(MS, Settings { rate: 6_000_000, delay: 50 * MS, ..settings() });
        assert_eq!(arrivals(&mut direction, Duration::MAX / 2), [(11 * MS, 1), (12 * MS, 2), (54 * MS, 3)]);
    }

    #[test]
    fn jitter_keeps_the_order() {
        let mut direction = Direction::new(Settings { jitter: 20 * MS, queue: usize::MAX, ..settings() }, 3);
        for mark in 0..200 {
            direction.offer(Duration::ZERO, packet(mark));
        }
        let arrived = arrivals(&mut direction, Duration::MAX / 2);
        assert!(arrived.is_sorted());
        assert!(arrived.iter().map(|(_, mark)| *mark).eq(0..200));
        let late = |(when, mark): &(Duration, u8)| *when > u32::from(*mark) * MS + 11 * MS;
        assert!(arrived.iter().any(late));
    }

    #[test]
    fn packets_are_overtaken_where_asked_for() {
        let mut direction = Direction::new(Settings { overtaken: 0.1, queue: usize::MAX, ..settings() }, 3);
        for mark in 0..200 {
            direction.offer(Duration::ZERO, packet(mark));
        }
        let marks: Vec<u8> =
            arrivals(&mut direction, Duration::MAX / 2).into_iter().map(|(_, mark)| mark).collect();
        assert_eq!(marks.len(), 200);
        let overtaken = marks.windows(2).filter(|pair| pair[0] > pair[1]).count();
        assert!((5..40).contains(&overtaken), "{overtaken}");
    }
}
