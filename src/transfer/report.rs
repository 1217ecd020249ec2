//! Runs work on another thread while the calling thread reports progress and writes what the work hands over.

#![forbid(unsafe_code)]

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, Builder};
use std::time::Instant;

use super::context::TransferContext;
use super::progress::{LONGEST, Reporter, SHORTEST, Snapshot};
use crate::error::{Error, ErrorKind, Result, system_text};

/// Called on the caller's thread; `false` cancels.
pub type Observer<'a> = &'a mut dyn FnMut(&Snapshot) -> bool;

/// The name of every thread the engine starts; the panic hook knows them by it.
pub const THREAD_NAME: &str = "ferry";

/// Does `work`, on another thread if there is an observer: the calling thread then reports until it is done. On success the last report says 100 %.
pub fn run_with_progress<T: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    match observer {
        Some(observer) => stream_with_progress(context, Some(observer), &mut |_| Ok(()), |_| work()),
        // Nobody to tell: a thread would cost a third of a small upload.
        None => work(),
    }
}

/// Hands bytes over to the calling thread.
pub type Handover<'a> = &'a dyn Fn(Vec<u8>) -> Result<()>;

/// [`run_with_progress`] for work whose result is a stream: what it hands over goes to `write` on the calling thread.
pub fn stream_with_progress<T: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
    work: impl FnOnce(Handover<'_>) -> Result<T> + Send,
) -> Result<T> {
    thread::scope(|scope| {
        let mut attendance =
            Attendance { context, observer, reporter: Reporter::default(), told: Snapshot::default() };
        attendance.tell();
        context.bounds.check()?;
        // Few pieces under way: a slow `write` slows the transfer down instead of filling the memory.
        let (pieces, inbox) = mpsc::sync_channel::<Vec<u8>>(2);
        let worker = Builder::new()
            .name(THREAD_NAME.into())
            .spawn_scoped(scope, move || work(&|piece| pieces.send(piece).map_err(|_| Error::cancelled())));
        let worker = worker.map_err(|e| {
            Error::new(ErrorKind::OutOfMemory, format!("cannot start a thread: {}", system_text(&e)))
        })?;
        let written = attendance.receive(inbox, write);
        let result = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        written?;
        if result.is_ok() {
            attendance.finish();
        }
        result
    })
}

/// What the calling thread does while others work.
struct Attendance<'a, 'o> {
    context: &'a TransferContext<'a>,
    /// Gone once it has cancelled.
    observer: Option<Observer<'o>>,
    reporter: Reporter,
    told: Snapshot,
}

impl Attendance<'_, '_> {
    /// Writes and reports until the work ends. When `write` fails, so does the work.
    fn receive(
        &mut self,
        inbox: mpsc::Receiver<Vec<u8>>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut when = Instant::now();
        loop {
            let wait =
                SHORTEST.checked_sub(when.elapsed()).filter(|left| !left.is_zero()).unwrap_or(SHORTEST);
            match inbox.recv_timeout(wait) {
                Ok(piece) => {
                    if let Err(error) = write(&piece) {
                        self.context.control.cancel();
                        return Err(error);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            let since = when.elapsed();
            if since >= LONGEST || (since >= SHORTEST && self.has_news()) {
                self.tell();
                when = Instant::now();
            }
        }
    }

    fn has_news(&mut self) -> bool {
        let (now, told) = (self.reporter.report(self.context.progress, false), &self.told);
        (now.bytes_done, now.parts_done, now.retries) != (told.bytes_done, told.parts_done, told.retries)
    }

    fn tell(&mut self) {
        let Some(observer) = &mut self.observer else { return };
        self.told = self.reporter.report(self.context.progress, false);
        if !observer(&self.told) {
            self.observer = None;
            self.context.control.cancel();
        }
    }

    fn finish(mut self) {
        let last = self.reporter.report(self.context.progress, true);
        if let Some(observer) = self.observer {
            observer(&last);
        }
    }
}
