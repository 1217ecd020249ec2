//! How many threads may send at the same time: of one upload, or of all uploads of a batch together.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};

/// Places for threads. Whoever calls has one already; each other thread takes one and gives it back.
#[derive(Debug)]
pub struct Slots {
    all: usize,
    free: AtomicUsize,
}

impl Slots {
    /// For so many threads, of which the calling thread is one.
    pub fn new(threads: usize) -> Self {
        let all = threads.max(1);
        Slots { all, free: AtomicUsize::new(all - 1) }
    }

    /// How many threads there may be.
    pub fn all(&self) -> usize {
        self.all
    }

    /// Takes a place if one is free.
    pub fn take(&self) -> Option<Slot<'_>> {
        let one_less = |free: usize| free.checked_sub(1);
        let taken = self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        taken.is_ok().then(|| Slot(self))
    }
}

/// A place that is taken; dropping it gives it back.
#[derive(Debug)]
pub struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.free.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_given_back_can_be_taken_again() {
        let slots = Slots::new(2);
        let one = slots.take();
        assert!(one.is_some() && slots.take().is_none() && slots.take().is_none());
        drop(one);
        assert!(slots.take().is_some());
        assert!(Slots::new(1).take().is_none() && Slots::new(0).take().is_none());
    }
}
