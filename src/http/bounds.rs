//! What ends a call before its answer: cancel, a deadline, a peer that has stalled.
//!
//! Sockets check them before every read and write, and wait in slices of [`SLICE`]. So a cancelled call
//! returns at once whether the peer is silent, drips or is merely slow, and a transfer that moves is never
//! taken for stalled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use super::event::{Event, EventHandler, Events};
use super::exchange;
pub use super::exchange::Entered;
use super::pace::Paces;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;

/// The longest a socket waits before it looks at the bounds again.
pub const SLICE: Duration = Duration::from_millis(100);

/// Whether an operation was interrupted or cancelled from outside. Set by any thread; read by every socket
/// of the operation.
#[derive(Debug, Default)]
pub struct Stop(AtomicU8);

impl Stop {
    const RUNNING: u8 = 0;
    const INTERRUPTED: u8 = 1;
    const CANCELLED: u8 = 2;

    /// Ends the operation; it can be run again. Has no effect after [`Stop::cancel`].
    pub fn interrupt(&self) {
        self.replace(Self::RUNNING, Self::INTERRUPTED);
    }

    /// Takes an interrupt back, but not a cancel.
    pub fn forget_interrupt(&self) {
        self.replace(Self::INTERRUPTED, Self::RUNNING);
    }

    /// Ends the operation for good.
    pub fn cancel(&self) {
        self.0.store(Self::CANCELLED, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Self::CANCELLED
    }

    /// Returns an error once the operation was interrupted or cancelled.
    pub fn check(&self) -> Result<()> {
        match self.0.load(Ordering::Relaxed) {
            Self::RUNNING => Ok(()),
            Self::INTERRUPTED => Err(Error::interrupted()),
            _ => Err(Error::cancelled()),
        }
    }

    fn replace(&self, from: u8, to: u8) {
        let _ = self.0.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// The bounds of one operation, shared by all its threads.
#[derive(Debug)]
pub struct Bounds {
    stop: Arc<Stop>,
    abandoned: AtomicBool,
    deadline: Option<Instant>,
    pub connect: Duration,
    pub stall: Duration,
    /// Those of the operation, if these are of one request.
    operation: Option<Arc<Bounds>>,
    pub paces: Paces,
    /// The events of the operation, if anybody wants to know them.
    events: Option<Arc<Events>>,
}

impl Bounds {
    pub fn new(stop: Arc<Stop>, deadline: Option<Duration>, connect: Duration, stall: Duration) -> Arc<Self> {
        Self::with(stop, deadline, connect, stall, Paces::new(), None)
    }

    /// The same for an operation whose connections keep to `paces`, and whose events go to the handler.
    pub fn with(
        stop: Arc<Stop>,
        deadline: Option<Duration>,
        connect: Duration,
        stall: Duration,
        paces: Paces,
        handler: Option<&EventHandler>,
    ) -> Arc<Self> {
        Arc::new(Bounds {
            stop,
            abandoned: AtomicBool::new(false),
            deadline: deadline.and_then(|after| Instant::now().checked_add(after)),
            connect,
            stall,
            operation: None,
            paces,
            events: handler.map(|handler| Arc::new(Events::new(handler.clone()))),
        })
    }

    /// The same bounds for a new beginning: not abandoned.
    pub fn renewed(&self) -> Arc<Self> {
        Arc::new(self.within(None))
    }

    /// The bounds of one request of the operation, which can be abandoned alone: then it is sent again.
    pub fn child(self: &Arc<Self>) -> Arc<Self> {
        Arc::new(self.within(Some(Arc::clone(self))))
    }

    fn within(&self, operation: Option<Arc<Bounds>>) -> Self {
        Bounds {
            stop: Arc::clone(&self.stop),
            abandoned: AtomicBool::new(false),
            deadline: self.deadline,
            connect: self.connect,
            stall: self.stall,
            paces: self.paces.clone(),
            operation,
            events: self.events.clone(),
        }
    }

    /// Whether a limit holds the operation back, so that a faster line would change nothing.
    pub fn is_held_back(&self) -> bool {
        self.paces.iter().any(|pace| pace.holds_back())
    }

    /// The events of the operation; `None` if nobody wants to know them.
    pub fn events(&self) -> Option<&Arc<Events>> {
        self.events.as_ref()
    }

    /// Records an event, if anybody wants to know it.
    pub fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = &self.events {
            events.record(event());
        }
    }

    /// Ends whatever is still under way: another part of the same operation has failed for good, or the one
    /// request takes too long.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// An error once the operation must end.
    pub fn check(&self) -> Result<()> {
        self.stop.check()?;
        memory::check()?;
        match (&self.operation, self.abandoned.load(Ordering::Relaxed)) {
            (Some(operation), false) => return operation.check(),
            (Some(operation), true) => return operation.check().and_then(|()| Err(outpaced())),
            (None, true) => return Err(Error::cancelled()),
            (None, false) => {}
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                Err(Error::new(ErrorKind::Timeout, "the deadline of the call has passed"))
            }
            _ => Ok(()),
        }
    }

    /// The time left before the deadline; `None` without one.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
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

/// The error of a request that is sent again at once.
fn outpaced() -> Error {
    let text = "the connection is much slower than the others and is left for another one";
    Error::new(ErrorKind::Network, text).with_retryable(true).with_retry_after(Some(Duration::ZERO))
}
