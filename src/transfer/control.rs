//! Pause, interrupt, cancel and limit: what any thread may ask of a transfer while another thread runs it.
//!
//! | asked for | the run ends | afterwards | asked for while nothing runs |
//! |-----------|--------------|------------|------------------------------|
//! | pause     | after the requests under way | it can be run again | the next run ends at its start |
//! | interrupt | at once | it can be run again | no effect |
//! | cancel    | at once | it is over | the next run ends at its start |
//!
//! A limit can be changed at any time and holds for the run under way and those that follow.
//!
//! "At once" is within a second ([`crate::http::bounds`]). Cancel outranks interrupt, interrupt outranks
//! pause.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::http::{Pace, Stop};

/// The requests of other threads. Every function may be called from any thread, also inside a callback.
#[derive(Debug, Default)]
pub struct Control {
    paused: AtomicBool,
    stop: Arc<Stop>,
    pace: Arc<Pace>,
}

impl Control {
    /// No new request starts. Requests under way end first, so that nothing is sent twice.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }

    /// Ends the run at once. What the service has confirmed stays confirmed. No effect if nothing runs or
    /// after a cancel.
    pub fn interrupt(&self) {
        self.stop.interrupt();
    }

    /// Ends the run at once and for good.
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Sets the most bytes a second of all connections together, at once; 0 takes the limit away.
    pub fn limit(&self, bytes_per_second: u64) {
        self.pace.set(bytes_per_second);
    }

    /// How fast the connections of the transfer are.
    pub fn pace(&self) -> Arc<Pace> {
        Arc::clone(&self.pace)
    }

    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    pub fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// The state that ends what waits in a socket.
    pub fn stop(&self) -> Arc<Stop> {
        Arc::clone(&self.stop)
    }

    /// Returns an error if no further request may start.
    pub fn check(&self) -> Result<()> {
        self.stop.check()?;
        if self.is_paused() {
            return Err(Error::new(ErrorKind::Paused, "the upload was paused; run it again to go on"));
        }
        Ok(())
    }

    /// Drops an interrupt that was asked for while nothing ran. Called when a run begins.
    pub(super) fn begin(&self) {
        self.stop.forget_interrupt();
    }

    /// Takes the pause back. Called when a run has ended because of it.
    pub(super) fn resume(&self) {
        self.paused.store(false, Ordering::Relaxed);
    }
}
