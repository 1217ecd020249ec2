//! How many parts may be sent at the same time: of one upload, or of all uploads of a batch together. The
//! caller says so, or the line does ([`super::adapt`]).

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::adapt::Adapt;
use super::signal::Signal;
use crate::error::{Error, Result};
use crate::http::retry::Attempt;
use crate::http::{Bounds, Event, EventKind, RoundTrip};
use crate::thread;

/// The most parts that may be sent at the same time.
pub const MOST: u32 = 64;

/// Refuses a number that no transfer can have. 0 leaves it to the line.
pub fn check_concurrency(concurrency: u32) -> Result<()> {
    if concurrency <= MOST {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "concurrency is {concurrency}, but must be from 1 to {MOST}, or 0 for what suits the line"
    )))
}

/// Slots for parts that are being sent. Whoever makes them holds one from the start, and takes and gives back
/// the others.
#[derive(Debug)]
pub struct Slots {
    most: usize,
    limit: AtomicUsize,
    taken: AtomicUsize,
    adapt: Option<(Mutex<Adapt>, Arc<RoundTrip>)>,
}

/// The most workers that get ready while others send. A part takes many times as long to send as its address
/// to ask for, and each worker has a stack and a connection.
const AHEAD: usize = 8;

impl Slots {
    /// `concurrency` of them, or what suits the line if that is 0; never more than `most`.
    pub fn new(concurrency: u32, most: usize, round_trip: &Arc<RoundTrip>) -> Self {
        match concurrency as usize {
            0 => Slots::adaptive(most, round_trip),
            fixed => Slots::fixed(fixed.min(most)),
        }
    }

    /// Exactly so many.
    pub fn fixed(slots: usize) -> Self {
        let most = slots.max(1);
        Slots { most, limit: AtomicUsize::new(most), taken: AtomicUsize::new(1), adapt: None }
    }

    /// As many as make the transfer faster.
    fn adaptive(most: usize, round_trip: &Arc<RoundTrip>) -> Self {
        let adapt = Adapt::new(most, round_trip.get());
        let limit = AtomicUsize::new(adapt.limit());
        let adapt = Some((Mutex::new(adapt), Arc::clone(round_trip)));
        Slots { most: most.max(1), limit, taken: AtomicUsize::new(1), adapt }
    }

    /// How many there can ever be.
    pub fn most(&self) -> usize {
        self.most
    }

    /// How many there are now.
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// How many nobody has taken.
    pub fn free(&self) -> usize {
        self.limit().saturating_sub(self.taken.load(Ordering::Relaxed))
    }

    /// That of whoever made them.
    pub fn own(&self) -> Slot<'_> {
        Slot(self)
    }

    /// Takes a slot if one is free.
    pub fn take(&self) -> Option<Slot<'_>> {
        let limit = self.limit();
        let one_more = |taken: usize| (taken < limit).then_some(taken + 1);
        let taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.is_ok().then(|| Slot(self))
    }

    /// Tells how many bytes have left so far, and how many are left to send, when no slot is free: the number
    /// of slots follows, unless a limit holds the bytes back.
    pub fn observe(&self, sent: u64, left: u64, bounds: &Bounds) {
        self.adapt(bounds, |adapt, round_trip| match bounds.is_held_back() {
            true => adapt.hold(Instant::now()),
            false => adapt.observe(Instant::now(), sent, left, round_trip),
        });
    }

    /// The service has refused a request because there are too many.
    pub fn slow_down(&self, bounds: &Bounds) {
        self.adapt(bounds, |adapt, _| adapt.slow_down(Instant::now()));
    }

    fn adapt(&self, bounds: &Bounds, change: impl FnOnce(&mut Adapt, Duration)) {
        if let Some((adapt, round_trip)) = &self.adapt {
            let mut adapt = adapt.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut adapt, round_trip.get());
            let concurrency = adapt.limit();
            if self.limit.swap(concurrency, Ordering::Relaxed) != concurrency {
                let none = Attempt::default();
                bounds.tell(|| Event { concurrency, ..Event::new(EventKind::Concurrency, none) });
            }
        }
    }
}

/// A slot that is taken; dropping it gives it back.
#[derive(Debug)]
pub struct Slot<'a>(&'a Slots);

impl Slot<'_> {
    /// Gives the slot back if more are taken than there are now.
    pub fn leave_if_over(self) -> Option<Self> {
        let limit = self.0.limit();
        let one_less = |taken: usize| (taken > limit).then(|| taken - 1);
        match self.0.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
            Ok(_) => {
                std::mem::forget(self);
                None
            }
            Err(_) => Some(self),
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The slots of one upload: the one that it has, and others that it takes. Who waits longest is next.
#[derive(Debug)]
pub struct Turns<'a> {
    pub(super) slots: &'a Slots,
    /// The most workers beside those that have a slot.
    ahead: usize,
    uses_own: AtomicBool,
    used: AtomicUsize,
    waiting: Mutex<VecDeque<thread::Id>>,
}

impl<'a> Turns<'a> {
    /// For workers that need a slot for all that they do.
    pub fn new(slots: &'a Slots) -> Self {
        let (uses_own, used) = (AtomicBool::new(false), AtomicUsize::new(0));
        Turns { slots, ahead: 0, uses_own, used, waiting: Mutex::default() }
    }

    /// For workers that have something to do before they need a slot: there is one more for each in use, up
    /// to [`AHEAD`].
    pub fn ahead(slots: &'a Slots) -> Self {
        Turns { ahead: AHEAD, ..Turns::new(slots) }
    }

    /// For workers that need a slot for all that they do, and one more: it waits for a slot, and so sees
    /// whether more of them pay.
    pub fn watched(slots: &'a Slots) -> Self {
        Turns { ahead: 1, ..Turns::new(slots) }
    }

    /// The most workers that there can ever be.
    pub fn most(&self) -> usize {
        self.slots.most() + self.slots.most().min(self.ahead)
    }

    /// How many workers there can be now.
    pub fn workers(&self) -> usize {
        self.slots.limit() + self.used().min(self.ahead)
    }

    fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<thread::Id>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot if one is free and no other thread has waited longer. The thread waits until it calls
    /// [`Turns::give_up`], and looks again when `signal` is notified.
    pub fn take(&'a self, signal: &'a Signal) -> Option<Turn<'a>> {
        let own = thread::id();
        let mut waiting = self.waiting();
        if !waiting.contains(&own) {
            waiting.push_back(own);
        }
        if waiting.front() != Some(&own) {
            return None;
        }
        let other = match self.uses_own.swap(true, Ordering::Acquire) {
            false => None,
            true => Some(self.slots.take()?),
        };
        waiting.pop_front();
        if !waiting.is_empty() {
            // There may be another for the next.
            signal.notify();
        }
        self.used.fetch_add(1, Ordering::Relaxed);
        Some(Turn { turns: self, other, signal })
    }

    /// The calling thread does not wait any more.
    pub fn give_up(&self, signal: &Signal) {
        let own = thread::id();
        self.waiting().retain(|waiting| *waiting != own);
        signal.notify();
    }
}

/// A slot in use; dropping it gives it back.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Turns<'a>,
    /// None for the one that the upload has.
    other: Option<Slot<'a>>,
    signal: &'a Signal,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.used.fetch_sub(1, Ordering::Relaxed);
        match self.other.take() {
            Some(other) => drop(other),
            None => self.turns.uses_own.store(false, Ordering::Release),
        }
        // Not before it is free: who wakes up looks once.
        self.signal.notify();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_slot_that_is_given_back_can_be_taken_again() {
        let slots = Slots::fixed(2);
        let one = slots.take();
        assert!(one.is_some() && slots.take().is_none() && slots.take().is_none());
        drop(one);
        assert!(slots.take().is_some());
        assert!(Slots::fixed(1).take().is_none() && Slots::fixed(0).take().is_none());
    }

    #[test]
    fn a_slot_is_left_only_where_more_are_taken_than_there_are() {
        let slots = Slots::fixed(3);
        let (one, two) = (slots.take().expect("a slot"), slots.take().expect("a slot"));
        let one = one.leave_if_over().expect("all are in use, and none too many");
        slots.limit.store(2, Ordering::Relaxed);
        assert!(one.leave_if_over().is_none() && two.leave_if_over().is_some());
    }

    #[test]
    fn an_upload_uses_its_own_slot_first() {
        let (slots, signal) = (Slots::fixed(2), Signal::default());
        let (one, two) = (Turns::new(&slots), Turns::new(&slots));
        let turns = [one.take(&signal), one.take(&signal)];
        assert!(turns.iter().all(Option::is_some) && one.take(&signal).is_none() && one.used() == 2);
        assert_eq!((one.workers(), Turns::ahead(&slots).workers()), (2, 2));
        assert_eq!(
            [Turns::ahead(&slots), Turns::watched(&slots), Turns::new(&slots)].map(|t| t.most()),
            [4, 3, 2]
        );
        assert!(two.take(&signal).is_some(), "it has one itself");
        drop(turns);
        assert_eq!((one.used(), one.take(&signal).is_some()), (0, true));
    }

    #[test]
    fn who_waits_longest_is_next() {
        let (slots, signal) = (Slots::fixed(1), Signal::default());
        let turns = Turns::ahead(&slots);
        let turn = turns.take(&signal);
        assert!(turn.is_some() && turns.take(&signal).is_none());
        assert_eq!(turns.workers(), 2);
        drop(turn);
        thread::scope(|scope| {
            let other = scope.spawn(|| turns.take(&signal).is_some());
            assert!(!other.join().expect("no panic"), "this thread waits longer");
        });
        turns.give_up(&signal);
        thread::scope(|scope| {
            let third = scope.spawn(|| turns.take(&signal).is_some());
            assert!(!third.join().expect("no panic"), "the other one waits longer");
        });
    }

    #[test]
    fn who_gives_up_leaves_its_place_to_those_behind() {
        let (slots, signal) = (Slots::fixed(1), Signal::default());
        let turns = Turns::ahead(&slots);
        let turn = turns.take(&signal);
        assert!(turn.is_some() && turns.take(&signal).is_none());
        let (goes_on, waits) = std::sync::mpsc::channel::<()>();
        thread::scope(|scope| {
            let turns = &turns;
            let signal = &signal;
            let (is_behind, behind) = std::sync::mpsc::channel();
            let other = scope.spawn(move || {
                is_behind.send(turns.take(signal).is_none()).expect("somebody waits");
                waits.recv().expect("a word");
                turns.take(signal).is_some()
            });
            assert!(behind.recv().expect("a word"));
            drop(turn);
            turns.give_up(signal);
            goes_on.send(()).expect("it waits");
            assert!(other.join().expect("no panic"), "nobody is before it now");
        });
    }

    #[test]
    fn who_waits_for_a_slot_is_told_when_it_is_free() {
        let (slots, signal) = (Slots::fixed(1), Signal::default());
        let turns = Turns::new(&slots);
        let minute = Duration::from_secs(60);
        let take = || loop {
            let seen = signal.now();
            if let Some(turn) = turns.take(&signal) {
                return turn;
            }
            signal.wait(seen, minute);
            assert_ne!(signal.now(), seen, "nobody said that a slot is free");
        };
        let left = AtomicUsize::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let turn = take();
                        while turns.waiting().is_empty() && left.load(Ordering::Relaxed) > 1 {
                            thread::yield_now();
                        }
                        // As a part that has ended does.
                        signal.notify();
                        drop(turn);
                    }
                    left.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
    }

    #[test]
    fn fewer_slots_than_are_taken_leave_none() {
        let slots = Slots::adaptive(64, &Arc::default());
        let taken: Vec<_> = std::iter::from_fn(|| slots.take()).collect();
        assert_eq!(taken.len(), 3);
        let second = Duration::from_secs(1);
        slots.slow_down(&Bounds::new(Arc::default(), None, second, second));
        drop(taken);
        let taken: Vec<_> = std::iter::from_fn(|| slots.take()).collect();
        assert_eq!((slots.limit(), taken.len()), (3, 2));
    }
}
