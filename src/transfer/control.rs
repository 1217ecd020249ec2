//! Pause and cancel: asked for from any thread, also inside a callback; honoured by the run in progress or the next.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// What the outside asks of a transfer.
#[derive(Debug, Default)]
pub struct Control {
    paused: AtomicBool,
    cancelled: Arc<AtomicBool>,
}

impl Control {
    /// No new part starts; what is under way ends first, so that nothing has to be sent twice.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }

    /// Everything ends at once, for good.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The flag that ends what waits in a socket.
    pub fn cancelled(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// An error where a transfer may not go on: called between two requests.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::cancelled());
        }
        if self.is_paused() {
            return Err(paused());
        }
        Ok(())
    }

    /// Takes the pause back: the run that honoured it has ended.
    pub fn resume(&self) {
        self.paused.store(false, Ordering::Relaxed);
    }
}

fn paused() -> Error {
    Error::new(ErrorKind::Paused, "the upload was paused; run it again to go on")
}
