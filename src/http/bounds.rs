//! What ends a call before its answer: cancel, a deadline, a peer that has stalled.
//!
//! Sockets check them before every read and write, and wait in slices of [`SLICE`]. So a cancelled call
//! returns at once whether the peer is silent, drips or is merely slow, and a transfer that moves is never
//! taken for stalled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::exchange;
pub use super::exchange::{Entered, current};
use crate::error::{Error, ErrorKind, Result};

/// The longest a socket waits before it looks at the bounds again.
pub const SLICE: Duration = Duration::from_millis(100);

/// The bounds of one operation, shared by all its threads.
#[derive(Debug)]
pub struct Bounds {
    cancelled: Arc<AtomicBool>,
    abandoned: AtomicBool,
    deadline: Option<Instant>,
    pub connect: Duration,
    pub stall: Duration,
}

impl Bounds {
    pub fn new(
        cancelled: Arc<AtomicBool>,
        deadline: Option<Duration>,
        connect: Duration,
        stall: Duration,
    ) -> Arc<Self> {
        Arc::new(Bounds {
            cancelled,
            abandoned: AtomicBool::new(false),
            deadline: deadline.and_then(|after| Instant::now().checked_add(after)),
            connect,
            stall,
        })
    }

    /// Ends whatever is still under way: another part of the same operation has failed for good.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// An error once the operation must end.
    pub fn check(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) || self.abandoned.load(Ordering::Relaxed) {
            return Err(Error::cancelled());
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                Err(Error::new(ErrorKind::Timeout, "the deadline of the call (deadline_ms) has passed"))
            }
            _ => Ok(()),
        }
    }

    /// Sleeps, but not past the end of the operation; `wake` ends the sleep early.
    pub fn sleep(&self, pause: Duration, wake: impl Fn() -> bool) -> Result<()> {
        let end = Instant::now() + pause;
        loop {
            self.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || wake() {
                return Ok(());
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    /// Makes these the bounds of the exchange that this thread begins, until the result is dropped.
    pub fn enter(self: &Arc<Self>) -> Entered {
        exchange::enter(Arc::clone(self))
    }
}
