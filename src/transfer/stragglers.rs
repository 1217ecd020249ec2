//! Parts on connections that are much slower than the others. Such a part is sent again over another
//! connection, so that the end of a transfer does not wait for it.
//!
//! An answer that a download reads is such a part too; another connection brings what is left of it, as often
//! as it straggles. The last answer under way has no other to be compared with: it is ended once, if nothing
//! of it moves for four seconds.
//!
//! Workers that wait look at the parts under way twice a second. A part straggles if its rate over two and a
//! half seconds was under a quarter of the usual one, if nothing of it moved for four seconds while others
//! did, or if the answer to it takes four times as long as that to any other (15 seconds at least where the
//! answer may have to wait for what the service makes of the parts). At the end, when connections
//! are free and no part is left to take, it also straggles if another connection would be done with it in
//! half the time, and within two seconds. Each part is sent again for that reason once, and at most a
//! hundredth of all bytes, or one part, is sent in vain for being slow. Nothing is judged while a limit holds
//! the transfer back, or where rates are too low.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::plan::{MIB, Part};
use crate::http::Bounds;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// A rate is measured over so many pauses. Bytes leave in pieces of 128 KiB: within one pause they tell
/// nothing.
const PAUSES: usize = 5;

/// At the end a rate is measured over so many.
const PAUSES_AT_END: usize = 2;

/// What a connection needs at the end before it sends: a request for an address, and slow start.
const BEGIN: f64 = 0.5;

/// The longest time in seconds that another connection may need at the end. Where it is longer, packet loss
/// limits every connection, and another may do worse.
const LONGEST_AGAIN: f64 = 2.0;

/// A rate under the usual one divided by this is slow.
const SLOW: f64 = 4.0;

/// How many looks nothing of a part may move.
const STILL_LOOKS: u32 = 8;

/// A lower rate cannot be told in that time: bytes leave in pieces of 128 KiB.
const FINEST: f64 = 200e3;

/// The same where no part is faster than [`FINEST`].
const SLOW_STILL_LOOKS: u32 = 60;

/// How long an answer may take that has to wait for what the service makes of the parts.
const LATE: Duration = Duration::from_secs(15);

/// The fewest rates that tell the usual one.
const FEWEST: usize = 4;

/// How many of the parts that were sent tell the usual rate.
const KEPT: usize = 20;

/// A smaller part takes no time worth the trouble.
const SMALLEST: u64 = MIB;

/// The parts that a transfer sends, and how fast.
#[derive(Debug, Default)]
pub struct Stragglers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    under_way: Vec<Sending>,
    looked: Option<Instant>,
    /// Bytes a second of parts that were sent.
    sent: VecDeque<f64>,
    /// The longest that the answer to a part took after its last byte.
    longest_answer: Duration,
    /// Offsets of the parts that were sent again.
    again: Vec<u64>,
    bytes_again: u64,
}

#[derive(Debug)]
struct Sending {
    part: Part,
    /// What has moved is not lost if the attempt is ended.
    is_kept: bool,
    bounds: Arc<Bounds>,
    moved: Arc<AtomicU64>,
    since: Instant,
    /// What had moved at the last looks, the first ones first.
    seen: VecDeque<(Instant, u64)>,
    /// Since when all has moved.
    whole: Option<Instant>,
    /// At how many looks running nothing had moved.
    still: u32,
    /// Whether its answer may have to wait for what the service makes of the parts.
    may_be_late: Arc<AtomicBool>,
}

impl Stragglers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An attempt to send a part, within the `bounds` of the transfer. It is ended only if it
    /// `can_be_repeated`.
    pub fn watch(&self, part: Part, bounds: &Arc<Bounds>, can_be_repeated: bool) -> Watched<'_> {
        self.watch_from(part, bounds, can_be_repeated, Instant::now())
    }

    /// An attempt to receive a range. It can be ended as often as it straggles and `can_be_repeated`: what
    /// has come is kept.
    pub fn watch_received(&self, range: Part, bounds: &Arc<Bounds>, can_be_repeated: bool) -> Watched<'_> {
        if can_be_repeated {
            return self.lock().watch(self, range, bounds, true, Instant::now());
        }
        self.unwatched(range, bounds)
    }

    /// Parts of another file follow, which may have the same offsets.
    pub fn begin_file(&self) {
        self.lock().again.clear();
    }

    fn unwatched(&self, part: Part, bounds: &Arc<Bounds>) -> Watched<'_> {
        Watched { of: self, part, bounds: Arc::clone(bounds), moved: Arc::default() }
    }

    fn watch_from(
        &self,
        part: Part,
        bounds: &Arc<Bounds>,
        can_be_repeated: bool,
        since: Instant,
    ) -> Watched<'_> {
        let mut state = self.lock();
        if can_be_repeated && part.length >= SMALLEST && !state.again.contains(&part.offset) {
            return state.watch(self, part, bounds, false, since);
        }
        self.unwatched(part, bounds)
    }

    /// [`Stragglers::look`] where nothing moves any more beside which an attempt could stand still. Whether
    /// one has stood still and is ended.
    pub fn look_at_the_last(&self, now: Instant, is_held_back: bool) -> bool {
        let mut state = self.lock();
        if is_held_back {
            state.forget();
        } else if state.is_time(now) {
            for sending in &mut state.under_way {
                sending.still = if sending.look(now) { 0 } else { sending.still + 1 };
            }
            let before = state.under_way.len();
            state.under_way.retain(|sending| {
                let is_still = sending.still >= STILL_LOOKS;
                if is_still {
                    sending.bounds.abandon();
                }
                !is_still
            });
            return state.under_way.len() < before;
        }
        false
    }

    /// Ends the attempts that straggle. `total` is how many bytes the transfer has, `free` how many more
    /// parts could be sent at once if there were any. While a limit holds it back (`is_held_back`), no rate
    /// tells anything.
    pub fn look(&self, now: Instant, total: u64, free: usize, is_held_back: bool) {
        let mut state = self.lock();
        if is_held_back {
            state.forget();
        } else {
            state.look(now, total, free);
        }
    }
}

impl State {
    fn watch<'a>(
        &mut self,
        of: &'a Stragglers,
        part: Part,
        bounds: &Arc<Bounds>,
        is_kept: bool,
        since: Instant,
    ) -> Watched<'a> {
        let watched = Watched { of, part, bounds: bounds.child(), moved: Arc::default() };
        self.under_way.push(Sending {
            part,
            is_kept,
            bounds: Arc::clone(&watched.bounds),
            moved: Arc::clone(&watched.moved),
            since,
            seen: VecDeque::new(),
            whole: None,
            still: 0,
            may_be_late: Arc::default(),
        });
        watched
    }

    /// What was seen is too old.
    fn forget(&mut self) {
        self.looked = None;
        for sending in &mut self.under_way {
            sending.seen.clear();
            sending.still = 0;
        }
    }

    /// Whether it is time for another look.
    fn is_time(&mut self, now: Instant) -> bool {
        let elapsed = self.looked.map(|looked| now.saturating_duration_since(looked));
        if elapsed.is_some_and(|elapsed| elapsed < PAUSE) {
            return false;
        }
        // Nobody had to wait meanwhile.
        if elapsed.is_some_and(|elapsed| elapsed > PAUSE * 3) {
            self.forget();
        }
        self.looked = Some(now);
        true
    }

    fn look(&mut self, now: Instant, total: u64, free: usize) {
        if !self.is_time(now) {
            return;
        }
        let moves: Vec<bool> = self.under_way.iter_mut().map(|sending| sending.look(now)).collect();
        let one_moves = moves.contains(&true);
        for (sending, moves) in self.under_way.iter_mut().zip(moves) {
            sending.still =
                if moves || !one_moves || sending.whole.is_some() { 0 } else { sending.still + 1 };
        }
        let late = self.late(free);
        let usual = self.usual().filter(|usual| *usual >= FINEST);
        let fastest = self.under_way.iter().filter_map(Sending::rate).fold(0.0, f64::max);
        let still_looks = if fastest >= FINEST { STILL_LOOKS } else { SLOW_STILL_LOOKS };
        let longest = self.longest_answer.max(PAUSE) * 4;
        let is_slow = |sending: &Sending| match sending.whole {
            None => sending.rate().zip(usual).is_some_and(|(rate, usual)| rate < usual / SLOW),
            // All has moved into the system, which may still send.
            Some(whole) => {
                let longest =
                    if sending.may_be_late.load(Ordering::Relaxed) { longest.max(LATE) } else { longest };
                self.sent.len() >= FEWEST && now.saturating_duration_since(whole) > longest
            }
        };
        let (again, bytes_again) = (&mut self.again, &mut self.bytes_again);
        self.under_way.retain(|sending| {
            let bytes = sending.moved.load(Ordering::Relaxed);
            let may_be_slow = sending.is_kept || *bytes_again + bytes <= sending.part.length.max(total / 100);
            let is_slow = is_slow(sending) || late.contains(&sending.part.offset);
            let straggles = (may_be_slow && is_slow) || sending.still >= still_looks;
            if straggles {
                if !sending.is_kept {
                    *bytes_again += bytes;
                    again.push(sending.part.offset);
                }
                sending.bounds.abandon();
            }
            !straggles
        });
    }

    /// Offsets of the parts that `free` other connections would be done with in half the time, the last ones.
    fn late(&self, free: usize) -> Vec<u64> {
        if free == 0 || self.sent.len() < FEWEST {
            return Vec::new();
        }
        let fastest = self.sent.iter().copied().fold(FINEST, f64::max);
        let time_left = |sending: &Sending| {
            let moved = sending.moved.load(Ordering::Relaxed);
            let left = sending.part.length.saturating_sub(moved) as f64;
            let again = if sending.is_kept { left } else { sending.part.length as f64 };
            let again = again / fastest + BEGIN;
            let time = left / sending.rate_over(PAUSES_AT_END)?.max(1.0);
            (again <= LONGEST_AGAIN && time / 2.0 > again).then_some((time, sending.part.offset))
        };
        let moving = self.under_way.iter().filter(|sending| sending.whole.is_none());
        let mut late: Vec<_> = moving.filter_map(time_left).collect();
        late.sort_by(|one, other| other.0.total_cmp(&one.0));
        late.into_iter().take(free).map(|(_, offset)| offset).collect()
    }

    /// The usual rate: of what moves, else of what was sent.
    fn usual(&self) -> Option<f64> {
        let moving = self.under_way.iter().filter(|sending| sending.whole.is_none());
        let mut rates: Vec<f64> = moving.filter_map(Sending::rate).collect();
        if rates.len() < FEWEST {
            rates = self.sent.iter().copied().collect();
        }
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().filter(|_| rates.len() >= FEWEST)
    }
}

impl Sending {
    /// Notes what has moved; whether that is more than at the last look.
    fn look(&mut self, now: Instant) -> bool {
        let moved = self.moved.load(Ordering::Relaxed);
        let before = self.seen.back().map_or(0, |(_, moved)| *moved);
        if self.seen.len() > PAUSES {
            self.seen.pop_front();
        }
        self.seen.push_back((now, moved));
        if moved >= self.part.length {
            self.whole.get_or_insert(now);
        }
        moved > before
    }

    /// Bytes a second over the last pauses. None if the part was not sent all the time.
    fn rate(&self) -> Option<f64> {
        self.rate_over(PAUSES)
    }

    fn rate_over(&self, pauses: usize) -> Option<f64> {
        let first = self.seen.len().checked_sub(pauses + 1)?;
        let ((begin, before), (end, now)) = (self.seen.get(first)?, self.seen.back()?);
        let seconds = end.saturating_duration_since(*begin).as_secs_f64();
        Some(now.saturating_sub(*before) as f64 / seconds)
    }
}

/// An attempt that may be ended because it straggles: its bounds then fail with an error that can be retried.
#[derive(Debug)]
pub struct Watched<'a> {
    of: &'a Stragglers,
    part: Part,
    bounds: Arc<Bounds>,
    moved: Arc<AtomicU64>,
}

impl Watched<'_> {
    pub fn bounds(&self) -> &Arc<Bounds> {
        &self.bounds
    }

    /// As soon as that is true, the answer may have to wait for what the service makes of the parts.
    pub fn may_be_late(self, may_be_late: &Arc<AtomicBool>) -> Self {
        let mut state = self.of.lock();
        let own = state.under_way.iter_mut().filter(|sending| Arc::ptr_eq(&sending.moved, &self.moved));
        own.for_each(|sending| sending.may_be_late = Arc::clone(may_be_late));
        drop(state);
        self
    }

    /// So many bytes of the part have come.
    pub fn moved(&self, count: usize) {
        self.moved.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// The bytes of the part, counted as they leave.
    pub fn reader<R: Read>(&self, inner: R) -> impl Read + use<R> {
        WatchedReader { inner, moved: Arc::clone(&self.moved) }
    }

    /// The part is stored.
    pub fn stored(self) {
        self.stored_at(Instant::now());
    }

    fn stored_at(self, now: Instant) {
        let mut state = self.of.lock();
        let own = state.under_way.iter().find(|sending| Arc::ptr_eq(&sending.moved, &self.moved));
        if let Some((since, whole)) = own.map(|sending| (sending.since, sending.whole)) {
            let seconds = now.saturating_duration_since(since).as_secs_f64().max(0.001);
            if state.sent.len() == KEPT {
                state.sent.pop_front();
            }
            state.sent.push_back(self.part.length as f64 / seconds);
            let answer = whole.map_or(Duration::ZERO, |whole| now.saturating_duration_since(whole));
            state.longest_answer = state.longest_answer.max(answer);
        }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let is_other = |sending: &Sending| !Arc::ptr_eq(&sending.moved, &self.moved);
        self.of.lock().under_way.retain(is_other);
    }
}

struct WatchedReader<R> {
    inner: R,
    moved: Arc<AtomicU64>,
}

impl<R: Read> Read for WatchedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.moved.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
