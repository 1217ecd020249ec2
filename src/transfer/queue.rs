//! The queue of parts of one upload. Several workers send parts; an idle one digests the next group, since
//! MD5 costs more than all the rest of an upload and many streams side by side cost little more than one
//! ([`super::digest`]).
//!
//! The bytes of a part leave in a slot ([`super::slots`]). There are more workers than slots: while some
//! send, others ask the service where the next parts go, so that a slot is not empty for a round trip.
//!
//! A download takes its ranges by it too: its source is empty, and to send a part is to receive it.
//!
//! All threads end before [`send_parts`] returns. Parts are numbered and cut by [`super::plan`]; how one is
//! sent and retried is the service's business.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::iter::Peekable;
use std::num::NonZero;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Scope, scope};
use std::time::Instant;

use super::context::TransferContext;
use super::digest::{self, Md5};
use super::plan::{MIB, Part};
use super::slots::{Turn, Turns};
use super::source::Source;
use crate::error::{Error, Result};
use crate::http::bounds::{Bounds, SLICE};
use crate::{panic, thread};

/// The most bytes of a group of several parts: 12 lanes for parts of 5 MiB, and 10 to 100 ms of digesting.
pub const GROUP_BYTES: u64 = 64 * MIB;

/// Sends each part with `send`, on the calling thread and on others. `send` waits for a slot with the
/// function that it gets: the calling thread has one, others are taken as they get free. `send` gets what
/// `digest` makes of each part, if there is one. `parts` is read as parts are needed, so it may be long; it
/// is in the order of the source, whose bytes may come meanwhile. What a reader gave of a part can go once
/// the part is sent. `digested` is the digest of the first part if it is known already.
///
/// Returns the first root-cause error; cancellations caused by it are ignored. A panic of `send` is an
/// error of kind `Internal`. A worker without a file descriptor for its connection leaves its part and all
/// others to the rest.
pub fn send_parts<D: Copy + Send>(
    context: &TransferContext<'_>,
    source: &Source<'_>,
    parts: impl IntoIterator<Item = Part, IntoIter: Send>,
    turns: Turns<'_>,
    digest: Option<Digest<D>>,
    digested: Option<D>,
    send: impl Fn(Part, Option<D>, Wait<'_>) -> Result<()> + Sync,
) -> Result<()> {
    let mut parts = parts.into_iter();
    let mut first: VecDeque<Part> = parts.by_ref().take(turns.most()).collect();
    let most = first.len().max(1);
    if let Some(feed) = source.feed() {
        feed.make_room(first.iter().map(|part| part.length).max().unwrap_or(0));
    }
    let ready = digested.and_then(|digest| first.pop_front().map(|part| (part, Some(digest))));
    let state = State {
        waiting: first.into_iter().chain(parts).peekable(),
        ready: ready.into_iter().collect(),
        digesting: 0,
        digesters: 0,
        most_digesters: most_digesters(),
        sending: 0,
        most,
        error: None,
    };
    Queue { context, source, turns, digest, send, state: Mutex::new(state) }.run()
}

/// The most workers that digest at the same time: one for each processor, and some for storage that answers
/// slowly. Each has a buffer for each part of its group.
fn most_digesters() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).max(4)
}

/// Waits for the slot of a part, which the part has to its end. An error if no further request may start.
pub type Wait<'a> = &'a dyn Fn() -> Result<()>;

/// Digests parts side by side.
pub type Digest<D> = fn(&Source<'_>, &Bounds, &[Part]) -> Result<Vec<D>>;

/// Nothing is digested.
pub const NO_DIGEST: Option<Digest<Md5>> = None;

struct Queue<'a, I: Iterator, F, D> {
    context: &'a TransferContext<'a>,
    source: &'a Source<'a>,
    turns: Turns<'a>,
    digest: Option<Digest<D>>,
    send: F,
    /// `context.signal` is notified when a part gets ready, and when one ends.
    state: Mutex<State<I, D>>,
}

struct State<I: Iterator, D> {
    /// Parts that no worker has taken.
    waiting: Peekable<I>,
    /// Parts to be sent next, digested if they are to be.
    ready: VecDeque<(Part, Option<D>)>,
    /// How many parts are being digested, and by how many workers.
    digesting: usize,
    digesters: usize,
    most_digesters: usize,
    /// How many parts are being sent. Any of them may become ready again.
    sending: usize,
    /// How many workers there can be.
    most: usize,
    error: Option<Error>,
}

/// What a worker does next.
#[derive(Debug, PartialEq)]
enum Step<D> {
    Digest(Vec<Part>),
    Send(Part, Option<D>),
}

impl<I, F, D> Queue<'_, I, F, D>
where
    I: Iterator<Item = Part> + Send,
    F: Fn(Part, Option<D>, Wait<'_>) -> Result<()> + Sync,
    D: Copy + Send,
{
    fn lock(&self) -> MutexGuard<'_, State<I, D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(self) -> Result<()> {
        self.context.set_workers(1);
        thread::check()?;
        scope(|scope| self.work(scope));
        self.context.set_workers(1);
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).error.map_or(Ok(()), Err)
    }

    /// Starts workers for parts that nobody has taken: as many as there can be slots, and one for each part
    /// that is being sent.
    fn hire<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        loop {
            let mut state = self.lock();
            let most = state.most.min(self.turns.workers());
            if self.context.workers() >= most || state.is_taken() {
                return;
            }
            self.context.engage();
            let work = move || {
                let ended = panic::catch(|| {
                    self.work(scope);
                    Ok(())
                });
                ended.inspect_err(|error| self.fail(error.clone()))
            };
            // A thread that cannot be started leaves more parts to the others.
            if thread::spawn_scoped(scope, work).is_err() {
                self.context.retire();
                state.most = self.context.workers();
            }
        }
    }

    fn work<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let mut has_digested = false;
        loop {
            self.hire(scope);
            let step = match self.next(has_digested) {
                Ok(Some(step)) => step,
                Ok(None) => return,
                Err(error) => return self.fail(error),
            };
            has_digested = matches!(step, Step::Digest(_));
            let result = match step {
                Step::Digest(group) => self.digest(group),
                Step::Send(part, digest) => self.send(part, digest, scope),
            };
            match result {
                Ok(Worker::Stays) => {}
                Ok(Worker::Retires) => return,
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Waits for something to do; None if the worker is not needed any more.
    fn next(&self, has_digested: bool) -> Result<Option<Step<D>>> {
        loop {
            let seen = self.context.signal.now();
            let mut state = self.lock();
            let may_go_on = self.context.check();
            if !state.is_drained() {
                may_go_on?;
                let (digest, workers) = (self.digest.is_some(), self.context.workers());
                if let Some(step) = state.step(self.source, digest, workers, has_digested) {
                    return Ok(Some(step));
                }
            } else if state.sending == 0 {
                return Ok(None);
            } else if may_go_on.is_err() {
                // No error: the parts under way are the last, and with them the upload may be complete.
                self.context.retire();
                return Ok(None);
            }
            let free = if state.is_drained() { self.turns.slots.free() } else { 0 };
            drop(state);
            self.context.signal.wait(seen, SLICE);
            self.look_for_stragglers(free);
        }
    }

    fn look_for_stragglers(&self, free: usize) {
        let is_held_back = self.context.bounds.is_held_back();
        self.context.stragglers.look(Instant::now(), self.source.len(), free, is_held_back);
    }

    fn digest(&self, group: Vec<Part>) -> Result<Worker> {
        let digests = panic::catch(|| match self.digest {
            Some(digest) => digest(self.source, &self.context.bounds, &group),
            None => Ok(Vec::new()),
        });
        let mut state = self.lock();
        state.digesting -= group.len();
        state.digesters -= 1;
        self.context.signal.notify();
        state.ready.extend(group.into_iter().zip(digests?.into_iter().map(Some)));
        Ok(Worker::Stays)
    }

    /// Waits for a slot.
    fn turn<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) -> Result<Turn<'scope>> {
        loop {
            let seen = self.context.signal.now();
            let turn = self.turns.take(&self.context.signal);
            // After it: whatever has ended the part that had the slot before is seen.
            if let Err(error) = self.context.check() {
                self.turns.give_up(&self.context.signal);
                return Err(error);
            }
            if let Some(turn) = turn {
                self.hire(scope);
                return Ok(turn);
            }
            self.context.signal.wait(seen, SLICE);
            self.look_for_stragglers(0);
            let limit = self.turns.slots.limit();
            match self.context.take_throttled() {
                true => self.turns.slots.slow_down(&self.context.bounds),
                false => {
                    let progress = self.context.progress;
                    self.turns.slots.observe(progress.sent(), progress.left(), &self.context.bounds);
                }
            }
            if self.turns.slots.limit() > limit {
                // Another may wait longer.
                self.context.signal.notify();
            }
        }
    }

    fn send<'scope>(
        &'scope self,
        part: Part,
        digest: Option<D>,
        scope: &'scope Scope<'scope, '_>,
    ) -> Result<Worker> {
        let was_alone = self.context.workers() == 1;
        let turn = RefCell::new(None);
        let wait = || {
            let has_none = turn.borrow().is_none();
            if has_none {
                turn.replace(Some(self.turn(scope)?));
            }
            Ok(())
        };
        let result = panic::catch(|| (self.send)(part, digest, &wait));
        if result.is_ok() {
            self.source.stored(part.offset, part.length);
        }
        let is_alone = was_alone && self.context.workers() == 1;
        let mut state = self.lock();
        state.sending -= 1;
        self.context.signal.notify();
        match result {
            // A worker that was alone has been through all the retries (`TransferContext::retry`).
            Err(error) if error.is_out_of_descriptors() && !is_alone => {
                state.ready.push_front((part, digest));
                let retires = self.context.retire();
                state.most = self.context.workers();
                Ok(if retires { Worker::Retires } else { Worker::Stays })
            }
            Err(error) => {
                drop(state);
                // Before the slot is free: nobody begins another part in it.
                self.fail(error);
                Ok(Worker::Retires)
            }
            Ok(()) => Ok(Worker::Stays),
        }
    }

    fn fail(&self, error: Error) {
        self.context.fail(&error);
        error.keep_in(&mut self.lock().error);
        self.context.signal.notify();
    }
}

enum Worker {
    Stays,
    Retires,
}

impl<I: Iterator<Item = Part>, D> State<I, D> {
    /// Whether no part is left that a worker could take, unless one that is being sent comes back.
    fn is_drained(&mut self) -> bool {
        self.is_taken() && self.digesting == 0
    }

    /// Whether workers have taken all parts.
    fn is_taken(&mut self) -> bool {
        self.ready.is_empty() && self.waiting.peek().is_none()
    }

    /// Takes the next step for one of `workers`, if there is one now.
    ///
    /// A worker that finds fewer parts ready or being digested than there are workers digests the next
    /// group, while the others send. With parts ready, one worker at a time does so, and it sends one part
    /// before it digests again: large parts would otherwise keep it from sending for seconds.
    ///
    /// A part whose bytes have not all come is none yet.
    fn step(
        &mut self,
        source: &Source<'_>,
        digest: bool,
        workers: usize,
        has_digested: bool,
    ) -> Option<Step<D>> {
        let supply = self.ready.len() + self.digesting;
        let is_here = |part: &Part| source.has(part.offset + part.length);
        let is_short = digest
            && self.digesters < self.most_digesters
            && supply < workers
            && self.waiting.peek().is_some_and(is_here);
        let digests_ahead = is_short && self.digesting == 0 && !has_digested;
        let ready = if digests_ahead { None } else { self.ready.pop_front() };
        if ready.is_none() && is_short {
            let group = self.group(source);
            self.digesting += group.len();
            self.digesters += 1;
            return Some(Step::Digest(group));
        }
        let undigested = |waiting: &mut Peekable<I>| waiting.next_if(is_here).map(|part| (part, None));
        let (part, digest) = ready.or_else(|| if digest { None } else { undigested(&mut self.waiting) })?;
        self.sending += 1;
        Some(Step::Send(part, digest))
    }

    /// Takes as many parts as are digested well side by side, at least one.
    fn group(&mut self, source: &Source<'_>) -> Vec<Part> {
        let mut group = Vec::new();
        let mut bytes = 0u64;
        while group.len() < digest::lanes()
            && let Some(part) = self.waiting.next_if(|part| {
                (group.is_empty() || part.length.saturating_add(bytes) <= GROUP_BYTES)
                    && source.has(part.offset + part.length)
            })
        {
            bytes = bytes.saturating_add(part.length);
            group.push(part);
        }
        group
    }
}

#[cfg(test)]
mod tests;
