//! How fast bytes may pass: a limit that the connections of an upload, or of a client, share.
//!
//! The allowance of a pace grows with time, exactly and never in jumps. A connection that has bytes to move
//! takes a place behind all that were taken before, for a small piece, and moves it when the allowance has
//! come to that place. So pieces follow one another evenly, who waits longest is next, and no more passes
//! than the allowance. A new limit changes how fast the allowance grows, for places that are taken too.
//!
//! What counts is what a meter on the line shows: the bytes of TCP, and the headers of the packets that carry
//! them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use smallvec::SmallVec;

/// The bytes of a place are counted in billionths, for allowances grow by the nanosecond.
const UNIT: u128 = 1_000_000_000;

/// How much of the allowance is kept for connections that come late, in time. More would be a burst.
const DEPTH: Duration = Duration::from_millis(50);

/// After a rest as long as this nothing of the allowance is left over.
const REST: Duration = Duration::from_secs(1);

/// The number of pieces in a second, where that makes pieces of a reasonable size.
const PIECES: u64 = 400;
const SMALLEST: u64 = 256;
const LARGEST: u64 = 32 << 10;

/// Packets that a peer acknowledges at once. With fewer it may wait for more.
const ACKNOWLEDGED: u64 = 2;

/// For how long a connection that had to wait tells that the limit is what holds the transfer back.
const HELD: Duration = Duration::from_millis(500);

/// A shorter wait tells nothing.
const SHORTEST: Duration = Duration::from_micros(100);

/// A limit in bytes a second, 0 for none, and what has passed under it.
#[derive(Debug)]
pub struct Pace {
    /// Holds only what is sent, in pieces that are acknowledged at once: for one who watches the round trip.
    is_for_sending: bool,
    /// That of the state, for those who only ask whether there is a limit.
    rate: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rate: u64,
    /// When `allowed` was right.
    at: Instant,
    allowed: u128,
    /// The end of the last place.
    taken: u128,
    /// When that was; none yet.
    taken_at: Option<Instant>,
    /// When a connection had to wait last.
    held: Option<Instant>,
}

impl Default for Pace {
    fn default() -> Self {
        Pace::new(0)
    }
}

impl Pace {
    pub fn new(rate: u64) -> Self {
        let now = Instant::now();
        let state = State { rate, at: now, allowed: 0, taken: 0, taken_at: None, held: None };
        Pace { is_for_sending: false, rate: AtomicU64::new(rate), state: Mutex::new(state) }
    }

    /// A limit of what is sent. Where it is the lowest, pieces are large enough to be acknowledged at once,
    /// so that no round trip is longer for it.
    pub fn for_sending(rate: u64) -> Self {
        Pace { is_for_sending: true, ..Pace::new(rate) }
    }

    /// Whether there is a limit on bytes that go that way.
    pub fn limits(&self, flow: Flow) -> bool {
        self.rate() > 0 && (flow == Flow::Out || !self.is_for_sending)
    }

    /// Bytes a second; 0 without a limit.
    pub fn rate(&self) -> u64 {
        self.rate.load(Ordering::Relaxed)
    }

    /// Changes the limit at once; 0 takes it away. From any thread.
    pub fn set(&self, rate: u64) {
        self.set_at(Instant::now(), rate);
    }

    fn set_at(&self, now: Instant, rate: u64) {
        let mut state = self.at(now);
        if state.rate == 0 {
            state.allowed = state.taken;
        }
        state.rate = rate;
        self.rate.store(rate, Ordering::Relaxed);
    }

    /// Whether connections have to wait for their places, so that a faster line would change nothing.
    pub fn holds_back(&self) -> bool {
        self.holds_back_at(Instant::now())
    }

    fn holds_back_at(&self, now: Instant) -> bool {
        let state = self.lock();
        state.rate > 0 && state.held.is_some_and(|held| now.saturating_duration_since(held) < HELD)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state with the allowance of this moment.
    fn at(&self, now: Instant) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        let elapsed = now.saturating_duration_since(state.at);
        let grown = state.allowed.saturating_add(allowance(state.rate, elapsed));
        let is_resting = state.taken_at.is_none_or(|then| now.saturating_duration_since(then) >= REST);
        let kept = if is_resting { 0 } else { allowance(state.rate, DEPTH) };
        state.allowed = grown.min(state.taken.saturating_add(kept));
        state.at = state.at.max(now);
        state
    }

    /// Takes a place for so many bytes; its end.
    fn take(&self, now: Instant, bytes: u64) -> u128 {
        let mut state = self.at(now);
        state.taken = state.taken.saturating_add(u128::from(bytes) * UNIT);
        state.taken_at = state.taken_at.max(Some(now));
        if state.taken - state.allowed.min(state.taken) > allowance(state.rate, SHORTEST) {
            state.held = Some(now);
        }
        state.taken
    }

    /// A place was larger or smaller than what has passed in it.
    fn correct(&self, place: u64, passed: u64) {
        let mut state = self.lock();
        let more = u128::from(passed.saturating_sub(place)) * UNIT;
        let less = u128::from(place.saturating_sub(passed)) * UNIT;
        state.taken = state.taken.saturating_add(more).saturating_sub(less);
    }

    /// How long it takes until the allowance has come to the end of a place.
    fn wait(&self, now: Instant, end: u128) -> Duration {
        let state = self.at(now);
        if state.rate == 0 {
            return Duration::ZERO;
        }
        // Others may have given back what was theirs before this place.
        let end = end.min(state.taken);
        let nanoseconds = end.saturating_sub(state.allowed).div_ceil(u128::from(state.rate));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

fn allowance(rate: u64, time: Duration) -> u128 {
    u128::from(rate).saturating_mul(time.as_nanos())
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    In,
    Out,
}

/// The packets of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Packets {
    /// The most bytes of TCP in one.
    pub payload: u64,
    /// The headers of IP and TCP of one.
    pub header: u64,
}

impl Packets {
    /// The bytes on the line that carry so many bytes of TCP.
    fn on_line(&self, bytes: u64) -> u64 {
        bytes.saturating_add(bytes.div_ceil(self.payload.max(1)).saturating_mul(self.header))
    }
}

/// The paces that hold for one operation: the slowest wins.
pub type Paces = SmallVec<[Arc<Pace>; 3]>;

/// A place in each pace, for one piece. What has not passed is given back when it is dropped.
#[derive(Debug)]
pub struct Turn {
    places: SmallVec<[Place; 3]>,
    packets: Packets,
    bytes: u64,
    passed: u64,
}

#[derive(Debug)]
struct Place {
    pace: Arc<Pace>,
    end: u128,
}

impl Turn {
    /// A turn for up to `want` bytes behind all others; none where there is no limit.
    pub fn take(paces: &Paces, flow: Flow, want: usize, packets: Packets) -> Option<Turn> {
        Self::take_at(Instant::now(), paces, flow, want, packets)
    }

    fn take_at(now: Instant, paces: &Paces, flow: Flow, want: usize, packets: Packets) -> Option<Turn> {
        let limited = || paces.iter().filter(|pace| pace.limits(flow));
        let lowest = limited().min_by_key(|pace| pace.rate())?;
        let pair = ACKNOWLEDGED * packets.payload;
        let smallest = if lowest.is_for_sending { pair.clamp(SMALLEST, LARGEST) } else { SMALLEST };
        let piece = (lowest.rate() / PIECES).clamp(smallest, LARGEST);
        // Whole packets where there are several, and as many as a peer acknowledges at once.
        let rest = if piece >= pair { piece % pair } else { 0 };
        let bytes = (want as u64).min(piece - rest);
        let place =
            |pace: &Arc<Pace>| Place { end: pace.take(now, packets.on_line(bytes)), pace: Arc::clone(pace) };
        Some(Turn { places: limited().map(place).collect(), packets, bytes, passed: 0 })
    }

    /// How many bytes may pass.
    pub fn bytes(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }

    /// How long it takes until they may.
    pub fn wait(&self, now: Instant) -> Duration {
        self.places.iter().map(|place| place.pace.wait(now, place.end)).max().unwrap_or_default()
    }

    /// So many have passed; more than were allowed where nobody could wait.
    pub fn passed(mut self, bytes: usize) {
        self.passed = bytes as u64;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let [place, passed] = [self.bytes, self.passed].map(|bytes| self.packets.on_line(bytes));
        if place != passed {
            self.places.iter().for_each(|own| own.pace.correct(place, passed));
        }
    }
}

#[cfg(test)]
mod tests;
