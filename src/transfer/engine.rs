//! The engine: parts are digested in batches and sent by several threads, while the caller's thread reports progress.
//!
//! Every thread is scoped to the call. Whoever of the senders finds no digested part left digests the next batch: MD5 costs more
//! than all the rest of an upload, and many streams side by side cost little more than one (`digest`).

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::control::Control;
use super::digest::{self, Md5};
use super::plan::Part;
use super::progress::{LONGEST, Progress, Reporter, SHORTEST, Snapshot};
use super::source::Source;
use crate::error::{Error, Kind, Result, system_text};
use crate::http::Bounds;
use crate::http::bounds::SLICE;
use crate::http::retry::Attempts;

/// Called on the caller's thread; `false` cancels.
pub type Observer<'a> = &'a mut dyn FnMut(&Snapshot) -> bool;

/// The name of every thread the engine starts; the panic hook knows them by it.
pub const THREAD_NAME: &str = "ferry";

/// One run of a transfer: what bounds it, and what it counts.
#[derive(Debug)]
pub struct Job<'a> {
    pub control: &'a Control,
    pub bounds: Arc<Bounds>,
    pub progress: &'a Progress,
    /// A part has failed: no other request begins, those under way may end.
    failed: AtomicBool,
}

impl<'a> Job<'a> {
    pub fn new(control: &'a Control, bounds: Arc<Bounds>, progress: &'a Progress) -> Self {
        Job { control, bounds, progress, failed: AtomicBool::new(false) }
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
    pub fn persist<T>(&self, mut attempts: Attempts, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
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
    fn fail(&self, error: &Error) {
        self.failed.store(true, Ordering::Relaxed);
        if !error.retryable() {
            self.bounds.abandon();
        }
    }
}

/// Does `work`, on another thread if there is an observer: the calling thread then reports until it is done. On success the last report says 100 %.
pub fn attend<T: Send>(
    job: &Job<'_>,
    observer: Option<Observer<'_>>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    match observer {
        Some(observer) => attend_stream(job, Some(observer), &mut |_| Ok(()), |_| work()),
        // Nobody to tell: a thread would cost a third of a small upload.
        None => work(),
    }
}

/// Hands bytes over to the calling thread.
pub type Handover<'a> = &'a dyn Fn(Vec<u8>) -> Result<()>;

/// [`attend`] for work whose result is a stream: what it hands over goes to `write` on the calling thread.
pub fn attend_stream<T: Send>(
    job: &Job<'_>,
    observer: Option<Observer<'_>>,
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
    work: impl FnOnce(Handover<'_>) -> Result<T> + Send,
) -> Result<T> {
    thread::scope(|scope| {
        let mut attendance =
            Attendance { job, observer, reporter: Reporter::default(), told: Snapshot::default() };
        attendance.tell();
        job.bounds.check()?;
        // Few pieces under way: a slow `write` slows the transfer down instead of filling the memory.
        let (pieces, inbox) = mpsc::sync_channel::<Vec<u8>>(2);
        let worker = Builder::new()
            .name(THREAD_NAME.into())
            .spawn_scoped(scope, move || work(&|piece| pieces.send(piece).map_err(|_| Error::cancelled())));
        let worker = worker.map_err(|e| {
            Error::new(Kind::OutOfMemory, format!("cannot start a thread: {}", system_text(&e)))
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
    job: &'a Job<'a>,
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
                        self.job.control.cancel();
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
        let (now, told) = (self.reporter.report(self.job.progress, false), &self.told);
        (now.bytes_done, now.parts_done, now.retries) != (told.bytes_done, told.parts_done, told.retries)
    }

    fn tell(&mut self) {
        let Some(observer) = &mut self.observer else { return };
        self.told = self.reporter.report(self.job.progress, false);
        if !observer(&self.told) {
            self.observer = None;
            self.job.control.cancel();
        }
    }

    fn finish(mut self) {
        let last = self.reporter.report(self.job.progress, true);
        if let Some(observer) = self.observer {
            observer(&last);
        }
    }
}

/// Sends every part with `send` on up to `concurrency` threads. With `digest`, `send` gets each part's MD5.
/// The first error that is not a consequence of another one is the result.
pub fn send_parts(
    job: &Job<'_>,
    source: &Source<'_>,
    parts: Vec<Part>,
    concurrency: usize,
    digest: bool,
    send: impl Fn(Part, Option<Md5>) -> Result<()> + Sync,
) -> Result<()> {
    let helpers = concurrency.min(parts.len()).saturating_sub(1);
    let (raw, ready) = if digest {
        (parts.into(), VecDeque::new())
    } else {
        (VecDeque::new(), parts.into_iter().map(|part| (part, None)).collect())
    };
    let queue = Queue {
        state: Mutex::new(State { raw, ready, digesting: false, error: None }),
        changed: Condvar::new(),
    };
    thread::scope(|scope| {
        let work = || queue.work(job, source, &send);
        // A thread that cannot be started leaves more work for the others.
        let threads: Vec<_> = (0..helpers)
            .map_while(|_| Builder::new().name(THREAD_NAME.into()).spawn_scoped(scope, work).ok())
            .collect();
        work();
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    match queue.lock().error.take() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    raw: VecDeque<Part>,
    ready: VecDeque<(Part, Option<Md5>)>,
    digesting: bool,
    error: Option<Error>,
}

enum Next {
    Send(Part, Option<Md5>),
    Digest(Vec<Part>),
    Nothing,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(
        &self,
        job: &Job<'_>,
        source: &Source<'_>,
        send: &(impl Fn(Part, Option<Md5>) -> Result<()> + Sync),
    ) {
        loop {
            let result = match job.check().map(|()| self.next(job)) {
                Ok(Next::Send(part, md5)) => send(part, md5),
                Ok(Next::Digest(batch)) => self.digest(job, source, &batch),
                Ok(Next::Nothing) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                job.fail(&error);
                let mut state = self.lock();
                let weightier =
                    state.error.as_ref().is_none_or(|first| is_consequence(first) && !is_consequence(&error));
                if weightier {
                    state.error = Some(error);
                }
                self.changed.notify_all();
                return;
            }
        }
    }

    fn next(&self, job: &Job<'_>) -> Next {
        let mut state = self.lock();
        loop {
            if let Some((part, md5)) = state.ready.pop_front() {
                return Next::Send(part, md5);
            }
            if !state.digesting {
                if state.raw.is_empty() {
                    return Next::Nothing;
                }
                state.digesting = true;
                let count = digest::lanes().min(state.raw.len());
                return Next::Digest(state.raw.drain(..count).collect());
            }
            if job.check().is_err() {
                return Next::Nothing;
            }
            state =
                self.changed.wait_timeout(state, SLICE).map_or_else(|e| e.into_inner().0, |(state, _)| state);
        }
    }

    fn digest(&self, job: &Job<'_>, source: &Source<'_>, batch: &[Part]) -> Result<()> {
        let digests = digest_ranges(source, &job.bounds, batch);
        let mut state = self.lock();
        state.digesting = false;
        if let Ok(digests) = &digests {
            state.ready.extend(batch.iter().zip(digests).map(|(part, md5)| (*part, Some(*md5))));
        }
        self.changed.notify_all();
        digests.map(|_| ())
    }
}

/// Errors that only say that something else has ended the work.
fn is_consequence(error: &Error) -> bool {
    matches!(error.kind(), Kind::Cancelled | Kind::Paused)
}

/// Below this many bytes a digest in one go does not make a cancelled call wait.
const IN_ONE_GO: u64 = 128 << 20;

/// The MD5 of each range; ranges in memory are not copied.
pub fn digest_ranges(source: &Source<'_>, bounds: &Bounds, ranges: &[Part]) -> Result<Vec<Md5>> {
    let slices: Option<Vec<&[u8]>> = ranges.iter().map(|r| source.slice(r.offset, r.length)).collect();
    match slices {
        Some(slices) if ranges.iter().map(|r| r.length).sum::<u64>() <= IN_ONE_GO => {
            Ok(digest::md5_slices(&slices))
        }
        _ => {
            let lengths: Vec<u64> = ranges.iter().map(|r| r.length).collect();
            digest::md5_streams(&lengths, |stream, offset, buffer| {
                bounds.check()?;
                let start = ranges.get(stream).map_or(0, |r| r.offset);
                source.read_exact_at(buffer, start + offset)
            })
        }
    }
}
