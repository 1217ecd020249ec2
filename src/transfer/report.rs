//! The calling thread's side of a call: it reports progress, delivers events, reads what is to be sent and
//! writes what is received while another thread does the work. Callbacks run nowhere else.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, TryRecvError};
use std::time::{Duration, Instant};

use super::context::TransferContext;
use super::feed::Feed;
use super::progress::{LONGEST, Progress, Reporter, SHORTEST, Snapshot};
use super::signal::NotifyAtEnd;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Bounds;
use crate::thread;

/// Called on the calling thread. Returning `false` interrupts the call; the observer is not called again.
pub type Observer<'a> = &'a mut dyn FnMut(&Snapshot) -> bool;

/// Runs `work`. With an observer or a handler of events, `work` runs on a new thread, and the calling thread
/// reports progress and delivers events until it ends. The last report of a success says 100 %.
///
/// After a cancel the error is `Cancelled`, whatever else failed meanwhile.
pub fn run_with_progress<T: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    run_with_feed(context, observer, None, work)
}

/// The same for work that sends what a reader gives: with a feed, the calling thread reads too. An error of
/// the reader ends the work at once and is returned.
pub fn run_with_feed<T: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    feed: Option<&Feed>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    if observer.is_none() && feed.is_none() && context.bounds.events().is_none() {
        // Starting a thread takes a third of the time of a small upload.
        return work().map_err(|error| cancelled_or(context, error));
    }
    attend(context, observer, feed, &mut |_: ()| Ok(()), |_| work())
}

/// Hands a piece over to the calling thread, from any thread of the work.
pub type Handover<'a, P> = &'a (dyn Fn(P) -> Result<()> + Sync);

/// The same for work whose result comes in pieces: the calling thread passes what `work` hands over to
/// `write`. An error of `write` ends the work and is returned.
pub fn stream_with_progress<T: Send, P: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    write: &mut dyn FnMut(P) -> Result<()>,
    work: impl FnOnce(Handover<'_, P>) -> Result<T> + Send,
) -> Result<T> {
    attend(context, observer, None, write, work)
}

/// Reads everything if the size is not known, before the work can begin. Reports the bytes read, of a total
/// that is unknown.
pub fn read_to_size(
    context: &TransferContext<'_>,
    observer: &mut Option<Observer<'_>>,
    feed: Option<&Feed>,
) -> Result<()> {
    let Some(feed) = feed.filter(|feed| feed.size().is_none()) else { return Ok(()) };
    let progress = Progress::default();
    let reading = TransferContext::new(context.control, context.bounds.renewed(), &progress);
    let observer = observer.as_mut().map(|observer| &mut **observer as Observer<'_>);
    let mut caller = Caller::new(&reading, observer, Some(feed));
    progress.moved(feed.bytes_read());
    caller.report();
    let mut read = || -> Result<bool> {
        reading.check()?;
        let before = feed.bytes_read();
        let has_read = caller.read()?;
        if !has_read {
            reading.check()?;
        }
        progress.moved(feed.bytes_read() - before);
        caller.look();
        Ok(has_read)
    };
    while read().map_err(|error| cancelled_or(context, error))? {}
    Ok(())
}

fn attend<T: Send, P: Send>(
    context: &TransferContext<'_>,
    observer: Option<Observer<'_>>,
    feed: Option<&Feed>,
    write: &mut dyn FnMut(P) -> Result<()>,
    work: impl FnOnce(Handover<'_, P>) -> Result<T> + Send,
) -> Result<T> {
    thread::check()?;
    std::thread::scope(|scope| {
        let mut caller = Caller::new(context, observer, feed);
        caller.report();
        context.bounds.check()?;
        // Two pieces under way at most: a slow `write` slows the transfer down instead of filling the memory.
        let (pieces, inbox) = mpsc::sync_channel::<P>(2);
        let signal = &*context.signal;
        let worker = thread::spawn_scoped(scope, move || {
            let _end = NotifyAtEnd(signal);
            let pieces = pieces; // dropped before the end is told
            work(&|piece| {
                pieces.send(piece).map_err(|_| Error::cancelled())?;
                signal.notify();
                Ok(())
            })
        });
        let worker = worker.map_err(|cause| thread::not_started(&cause))?;
        let attended = catch_unwind(AssertUnwindSafe(|| caller.attend(inbox, write)));
        if !matches!(attended, Ok(Ok(()))) {
            // The scope waits for the worker, also while a panic of a callback unwinds.
            context.control.interrupt();
            signal.notify();
            if let Some(events) = context.bounds.events() {
                events.end();
            }
        }
        let result = worker.join();
        let delivered = deliver_all(&context.bounds);
        let attended = attended.and_then(|attended| delivered.map(|()| attended));
        attended.unwrap_or_else(|panic| resume_unwind(panic))?;
        if result.is_ok() {
            caller.finish();
        }
        result
    })
    .map_err(|error| cancelled_or(context, error))
}

/// Delivers all events, also after one at which the handler has panicked. The error is its panic.
fn deliver_all(bounds: &Bounds) -> std::thread::Result<()> {
    let mut result = Ok(());
    while let Some(events) = bounds.events() {
        match catch_unwind(AssertUnwindSafe(|| events.deliver())) {
            Ok(true) => {}
            Ok(false) => break,
            Err(panic) => result = Err(panic),
        }
    }
    result
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
    feed: Option<&'a Feed>,
    reporter: Reporter,
    told: Snapshot,
    reported: Instant,
    /// When it last looked whether there is something to report.
    looked: Instant,
}

impl<'a, 'o> Caller<'a, 'o> {
    fn new(context: &'a TransferContext<'a>, observer: Option<Observer<'o>>, feed: Option<&'a Feed>) -> Self {
        let (reporter, told, now) = (Reporter::default(), Snapshot::default(), Instant::now());
        Caller { context, observer, feed, reporter, told, reported: now, looked: now }
    }

    /// Reads, writes and reports until the worker has dropped its end of `inbox`.
    fn attend<P>(&mut self, inbox: mpsc::Receiver<P>, write: &mut dyn FnMut(P) -> Result<()>) -> Result<()> {
        loop {
            let seen = self.context.signal.now();
            let is_busy = match inbox.try_recv() {
                Ok(piece) => write(piece).map(|()| true)?,
                Err(TryRecvError::Empty) => self.may_read() && self.read()?,
                Err(TryRecvError::Disconnected) => return Ok(()),
            };
            if let Some(events) = self.context.bounds.events() {
                events.deliver();
            }
            self.look();
            if !is_busy {
                self.context.signal.wait(seen, SHORTEST.saturating_sub(self.looked.elapsed()));
            }
        }
    }

    /// Whether the run goes on. Its worker ends it, and may have begun it anew (`TransferContext::renewed`).
    fn may_read(&self) -> bool {
        self.context.control.check().is_ok() && self.context.bounds.remaining() != Some(Duration::ZERO)
    }

    /// Reads once. False if that is not possible now. A reader that gives up because it was interrupted or
    /// paused has not failed: after a pause the requests under way end first.
    fn read(&mut self) -> Result<bool> {
        let control = self.context.control;
        self.feed.map_or(Ok(false), |feed| feed.pull(&self.context.signal)).or_else(|error| {
            control.stop().check()?;
            if control.is_paused() && error.kind() == ErrorKind::Io { Ok(false) } else { Err(error) }
        })
    }

    /// Reports if it is time to.
    fn look(&mut self) {
        if self.looked.elapsed() >= SHORTEST {
            self.looked = Instant::now();
            if self.reported.elapsed() >= LONGEST || self.has_news() {
                self.report();
                self.reported = self.looked;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::transfer::control::Control;
    use crate::transfer::progress::Progress;

    fn bounds() -> Arc<Bounds> {
        let limit = Duration::from_secs(1);
        Bounds::new(Default::default(), None, limit, limit)
    }

    #[test]
    fn after_a_cancel_every_error_is_that() {
        let (control, progress) = (Control::default(), Progress::default());
        let context = TransferContext::new(&control, bounds(), &progress);
        let error = |text: &str| Error::new(ErrorKind::Io, text);
        assert_eq!(cancelled_or(&context, error("full")).kind(), ErrorKind::Io);
        control.cancel();
        assert_eq!(cancelled_or(&context, error("full")).kind(), ErrorKind::Cancelled);
    }

    #[test]
    fn what_was_reported_is_no_news() {
        let (control, progress) = (Control::default(), Progress::default());
        let context = TransferContext::new(&control, bounds(), &progress);
        let mut told = Vec::new();
        let mut observer = |now: &Snapshot| {
            told.push(now.bytes_done);
            true
        };
        let mut caller = Caller::new(&context, Some(&mut observer), None);
        progress.expect(100, 2);
        assert!(!caller.has_news());
        progress.moved(5);
        assert!(caller.has_news());
        caller.report();
        assert!(!caller.has_news());
        progress.part_done();
        assert!(caller.has_news());
        drop(caller);
        assert_eq!(told, [5]);
    }

    #[test]
    fn news_are_reported_at_once_and_the_rest_now_and_then() {
        let (control, progress) = (Control::default(), Progress::default());
        let context = TransferContext::new(&control, bounds(), &progress);
        let told = std::cell::Cell::new(0);
        let mut observer = |_: &Snapshot| {
            told.set(told.get() + 1);
            true
        };
        let mut caller = Caller::new(&context, Some(&mut observer), None);
        let now = Instant::now();
        // What is to come is not past, however slow the machine is.
        let (to_come, past) = (now + Duration::from_secs(3600), now.checked_sub(LONGEST).expect("a time"));
        for (looked, reported, bytes, expected, what) in [
            (past, to_come, 0, 0, "no news"),
            (to_come, past, 5, 0, "it has just looked"),
            (past, to_come, 0, 1, "the news of before"),
            (past, past, 0, 2, "no news for long"),
        ] {
            progress.moved(bytes);
            (caller.looked, caller.reported) = (looked, reported);
            caller.look();
            assert_eq!(told.get(), expected, "{what}");
        }
    }
}
