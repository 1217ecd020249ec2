//! Wakes the threads of a run that wait for what another of them does: a part gets ready, a piece arrives,
//! space is given back, the work ends.
//!
//! An event count: a waiter takes [`Signal::now`], looks at whatever it waits for, and waits only if nothing
//! has happened since. So no lock is shared between the two sides, and nothing is missed.

#![forbid(unsafe_code)]

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often something has happened, and who waits for the next time.
#[derive(Debug, Default)]
pub struct Signal {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    fn lock(&self) -> MutexGuard<'_, u64> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a later [`Signal::wait`] compares with.
    pub fn now(&self) -> u64 {
        *self.lock()
    }

    /// Says that something has happened.
    pub fn notify(&self) {
        *self.lock() += 1;
        self.changed.notify_all();
    }

    /// Waits until something has happened since `seen`, at most as long as `longest`.
    pub fn wait(&self, seen: u64, longest: Duration) {
        let count = self.lock();
        drop(self.changed.wait_timeout_while(count, longest, |count| *count == seen));
    }
}

/// Notifies when it is dropped.
pub(super) struct NotifyAtEnd<'a>(pub &'a Signal);

impl Drop for NotifyAtEnd<'_> {
    fn drop(&mut self) {
        self.0.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_before_the_wait_is_not_missed() {
        let signal = Signal::default();
        let seen = signal.now();
        signal.notify();
        signal.wait(seen, Duration::from_secs(3600));
        assert_ne!(signal.now(), seen);
    }

    #[test]
    fn a_waiting_thread_is_woken() {
        let signal = Signal::default();
        let seen = signal.now();
        std::thread::scope(|scope| {
            scope.spawn(|| signal.wait(seen, Duration::from_secs(3600)));
            drop(NotifyAtEnd(&signal));
        });
    }
}
