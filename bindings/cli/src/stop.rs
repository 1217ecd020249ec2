//! Ctrl-C and SIGTERM: what is under way ends within a second and can go on. A second Ctrl-C ends the program
//! at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ferry::error::Error;

/// Whether the program was told to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that signals set.
    pub fn at_signals() -> io::Result<Self> {
        let stop = Stop::default();
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // In this order: the first signal sets the flag, the second finds it set.
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop.0))?;
            signal_hook::flag::register(signal, Arc::clone(&stop.0))?;
        }
        Ok(stop)
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error if the program was told to stop.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_set() { Err(Error::interrupted()) } else { Ok(()) }
    }
}
