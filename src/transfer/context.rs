//! One run of a transfer: what ends it, what it counts, and how its requests are retried. Every thread of
//! the run shares it.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::control::Control;
use super::progress::Progress;
use super::signal::Signal;
use super::stragglers::Stragglers;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Bounds;
use crate::http::retry::{Attempt, Attempts};

/// One run of a transfer.
#[derive(Debug)]
pub struct TransferContext<'a> {
    pub control: &'a Control,
    pub bounds: Arc<Bounds>,
    pub progress: &'a Progress,
    /// What the threads of the run wake each other with.
    pub signal: Arc<Signal>,
    pub stragglers: Stragglers,
    /// A part has failed: no other request starts, those under way may end.
    failed: AtomicBool,
    /// The service has said that there are too many requests.
    throttled: Arc<AtomicBool>,
    /// How many threads send parts; 1 outside the queue.
    workers: AtomicUsize,
}

impl<'a> TransferContext<'a> {
    pub fn new(control: &'a Control, bounds: Arc<Bounds>, progress: &'a Progress) -> Self {
        TransferContext {
            control,
            bounds,
            progress,
            signal: Arc::default(),
            stragglers: Stragglers::default(),
            failed: AtomicBool::new(false),
            throttled: Arc::default(),
            workers: AtomicUsize::new(1),
        }
    }

    /// The same run, begun again: what has failed before is forgotten, deadline and cancellation stay.
    pub fn renewed(&self) -> Self {
        let signal = Arc::clone(&self.signal);
        let new = TransferContext::new(self.control, self.bounds.renewed(), self.progress);
        TransferContext { signal, ..new.within(self) }
    }

    /// The run of a part of the whole: the service asks all of them for less.
    pub fn within(self, whole: &TransferContext<'_>) -> Self {
        TransferContext { throttled: Arc::clone(&whole.throttled), ..self }
    }

    /// Returns an error if no further request may start.
    pub fn check(&self) -> Result<()> {
        // Read first: if a pause or an interrupt has made another part fail, it is seen below, and is the
        // error.
        let has_failed = self.failed.load(Ordering::Acquire);
        self.control.check()?;
        self.bounds.check()?;
        if has_failed { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Retries `attempt` until it succeeds or the retry policy gives up.
    pub fn retry_until_done<T>(
        &self,
        mut attempts: Attempts,
        mut attempt: impl FnMut(Attempt) -> Result<T>,
    ) -> Result<T> {
        loop {
            self.check()?;
            match attempt(attempts.attempt()) {
                Ok(done) => return Ok(done),
                Err(error) => self.retry(&mut attempts, error)?,
            }
        }
    }

    /// Calls `ask` until it returns something, with pauses of 1 second, then 2, 4, 5, 5, … in between.
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

    /// Waits for the next attempt after `error`. Returns an error if there is to be none.
    pub fn retry(&self, attempts: &mut Attempts, error: Error) -> Result<()> {
        // The other workers have connections: the queue leaves the part to them.
        if error.is_out_of_descriptors() && self.workers() > 1 {
            return Err(error);
        }
        if matches!(error.http_status(), 429 | 503) {
            self.throttled.store(true, Ordering::Relaxed);
        }
        // What is not to be sent again is not announced as a retry.
        if error.retryable() && attempts.are_left() {
            self.check()?;
        }
        attempts.after(error, &self.bounds, || self.check().is_err())?;
        self.check()?;
        self.progress.retried();
        Ok(())
    }

    /// Whether the service has said so since the last call.
    pub fn take_throttled(&self) -> bool {
        self.throttled.swap(false, Ordering::Relaxed)
    }

    pub(super) fn workers(&self) -> usize {
        self.workers.load(Ordering::Relaxed)
    }

    pub(super) fn set_workers(&self, count: usize) {
        self.workers.store(count, Ordering::Relaxed);
    }

    /// Adds one worker.
    pub(super) fn engage(&self) {
        self.workers.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one worker away, but not the last. Returns whether it did.
    pub(super) fn retire(&self) -> bool {
        let one_less = |count: usize| count.checked_sub(1).filter(|left| *left > 0);
        self.workers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    /// Ends the other requests of the run: at once if `error` is final; otherwise those under way may
    /// finish, so that the next run need not send them again.
    pub(super) fn fail(&self, error: &Error) {
        self.failed.store(true, Ordering::Release);
        // A pause lets them end. A cancel ends them itself, or is what another failure has done to a part
        // that had not begun.
        if !error.retryable() && !matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Paused) {
            self.bounds.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_of_a_poll_become_longer() {
        let (control, progress, limit) = (Control::default(), Progress::default(), Duration::from_secs(1));
        let bounds = Bounds::new(Arc::default(), Some(Duration::from_millis(1500)), limit, limit);
        let context = TransferContext::new(&control, bounds, &progress);
        let mut asked = 0;
        let result = context.poll(|| {
            asked += 1;
            Ok(None::<()>)
        });
        assert_eq!(result.expect_err("the deadline").kind(), ErrorKind::Timeout);
        // A second lies between the first two, two before a third.
        assert!(asked <= 2, "{asked} times");
    }
}
