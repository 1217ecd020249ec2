//! The calling thread's side of a call: it reports progress and writes received bytes while another thread
//! does the work. Callbacks run nowhere else.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Instant;

use super::context::TransferContext;
use super::progress::{LONGEST, Reporter, SHORTEST, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::thread;

/// Called on the calling thread. Returning `false` interrupts the call; the observer is not called again.
pub type Observer<'a> = &'a mut dyn FnMut(&Snapshot) -> bool;

/// Runs `work`. With an observer, `work` runs on a new thread and the calling thread reports progress until
/// it ends. The last report of a success says 100 %.
///
/// After a cancel the error is `Cancelled`, whatever else failed meanwhile.
pub fn run_with_progress<T: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    match observer {
        Some(observer) => stream_with_progress(context, Some(observer), &mut |_| Ok(()), |_| work()),
        // Starting a thread takes a third of the time of a small upload.
        None => work().map_err(|error| cancelled_or(context, error)),
    }
}

/// Hands bytes over to the calling thread.
pub type Handover<'a> = &'a dyn Fn(Vec<u8>) -> Result<()>;

/// The same for work whose result is a stream: the calling thread passes what `work` hands over to `write`.
/// An error of `write` ends the work and is returned.
pub fn stream_with_progress<T: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
    work: impl FnOnce(Handover<'_>) -> Result<T> + Send,
) -> Result<T> {
    std::thread::scope(|scope| {
        let mut caller =
            Caller { context, observer, reporter: Reporter::default(), told: Snapshot::default() };
        caller.report();
        context.bounds.check()?;
        // Two pieces under way at most: a slow `write` slows the transfer down instead of filling the memory.
        let (pieces, inbox) = mpsc::sync_channel::<Vec<u8>>(2);
        let worker = thread::spawn_scoped(scope, move || {
            work(&|piece| pieces.send(piece).map_err(|_| Error::cancelled()))
        });
        let worker = worker.map_err(|cause| thread::not_started(&cause))?;
        let written = catch_unwind(AssertUnwindSafe(|| caller.receive(inbox, write)));
        if !matches!(written, Ok(Ok(()))) {
            // The scope waits for the worker, also while a panic of a callback unwinds.
            context.bounds.abandon();
        }
        let result = worker.join();
        written.unwrap_or_else(|panic| resume_unwind(panic))?;
        if result.is_ok() {
            caller.finish();
        }
        result
    })
    .map_err(|error| cancelled_or(context, error))
}

fn cancelled_or(context: &TransferContext<'_>, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Cancelled if !error.retryable() => error,
        _ if context.control.is_cancelled() => Error::cancelled(),
        _ => error,
    }
}

/// What the calling thread has while the worker works.
struct Caller<'a, 'o> {
    context: &'a TransferContext<'a>,
    /// None once it has interrupted.
    observer: Option<Observer<'o>>,
    reporter: Reporter,
    told: Snapshot,
}

impl Caller<'_, '_> {
    /// Writes and reports until the worker has dropped its end of `inbox`.
    fn receive(
        &mut self,
        inbox: mpsc::Receiver<Vec<u8>>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut reported = Instant::now();
        loop {
            let wait =
                SHORTEST.checked_sub(reported.elapsed()).filter(|left| !left.is_zero()).unwrap_or(SHORTEST);
            match inbox.recv_timeout(wait) {
                Ok(piece) => write(&piece)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            let since = reported.elapsed();
            if since >= LONGEST || (since >= SHORTEST && self.has_news()) {
                self.report();
                reported = Instant::now();
            }
        }
    }

    fn has_news(&mut self) -> bool {
        let (now, told) = (self.reporter.report(self.context.progress, false), &self.told);
        (now.bytes_done, now.parts_done, now.retries) != (told.bytes_done, told.parts_done, told.retries)
    }

    fn report(&mut self) {
        let Some(observer) = &mut self.observer else { return };
        self.told = self.reporter.report(self.context.progress, false);
        if !observer(&self.told) {
            self.observer = None;
            self.context.control.interrupt();
        }
    }

    fn finish(mut self) {
        let last = self.reporter.report(self.context.progress, true);
        if let Some(observer) = self.observer {
            observer(&last);
        }
    }
}
