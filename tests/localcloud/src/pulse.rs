//! Tells who follows the cloud that something may have changed.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(crate) struct Pulse {
    beats: AtomicU64,
    notify: Notify,
}

impl Pulse {
    pub(crate) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Release);
        self.notify.notify_waiters();
    }

    pub(crate) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Acquire)
    }

    /// Waits for the next beat after so many.
    pub(crate) async fn after(&self, beats: u64) {
        // Made before the look: a beat between look and wait wakes it.
        let next = self.notify.notified();
        if self.beats() == beats {
            next.await;
        }
    }
}
