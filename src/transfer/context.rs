//! One run of a transfer: what bounds it, what it counts, and how it retries.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::control::Control;
use super::progress::Progress;
use crate::error::{Error, Result};
use crate::http::Bounds;
use crate::http::retry::Attempts;

/// One run of a transfer: what bounds it, and what it counts.
#[derive(Debug)]
pub struct TransferContext<'a> {
    pub control: &'a Control,
    pub bounds: Arc<Bounds>,
    pub progress: &'a Progress,
    /// A part has failed: no other request begins, those under way may end.
    failed: AtomicBool,
}

impl<'a> TransferContext<'a> {
    pub fn new(control: &'a Control, bounds: Arc<Bounds>, progress: &'a Progress) -> Self {
        TransferContext { control, bounds, progress, failed: AtomicBool::new(false) }
    }

    /// The same run, begun again: what has failed before is forgotten, deadline and cancellation stay.
    pub fn renewed(&self) -> Self {
        TransferContext::new(self.control, self.bounds.renewed(), self.progress)
    }

    /// An error where no further request may begin.
    pub fn check(&self) -> Result<()> {
        self.control.check()?;
        self.bounds.check()?;
        if self.failed.load(Ordering::Relaxed) {
            return Err(Error::cancelled());
        }
        Ok(())
    }

    /// Runs `attempt` until it succeeds or there is to be no other.
    pub fn retry_until_done<T>(
        &self,
        mut attempts: Attempts,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        loop {
            self.check()?;
            match attempt() {
                Ok(done) => return Ok(done),
                Err(error) => self.retry(&mut attempts, error)?,
            }
        }
    }

    /// Asks until there is something; pauses from 1 to 5 seconds in between.
    pub fn poll<T>(&self, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        let mut pause = Duration::from_millis(500);
        loop {
            if let Some(found) = ask()? {
                return Ok(found);
            }
            pause = (pause * 2).min(Duration::from_secs(5));
            self.bounds.sleep(pause, || self.check().is_err())?;
            self.check()?;
        }
    }

    /// Waits for the next attempt after `error`, or gives an error back if there is to be none.
    pub fn retry(&self, attempts: &mut Attempts, error: Error) -> Result<()> {
        attempts.after(error, &self.bounds, || self.check().is_err())?;
        self.check()?;
        self.progress.retried();
        Ok(())
    }

    /// Stops the other parts: at once when trying again is hopeless, else after the requests under way, which then need
    /// not be sent again by the next run.
    pub(super) fn fail(&self, error: &Error) {
        self.failed.store(true, Ordering::Relaxed);
        if !error.retryable() {
            self.bounds.abandon();
        }
    }
}
