//! The queue of parts: parts are digested in batches and sent by several threads. All threads end before the call returns.
//!
//! An idle sender digests the next batch: MD5 costs more than all the rest of an upload, and many streams side by side cost
//! little more than one (`digest`).

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::context::TransferContext;
use super::digest::{self, Md5};
use super::plan::Part;
use super::source::{Source, digest_ranges};
use crate::error::{Error, ErrorKind, Result};
use crate::http::bounds::SLICE;

/// Sends every part with `send` on up to `concurrency` threads. With `digest`, `send` gets each part's MD5.
/// The first error that is not a consequence of another one is the result.
pub fn send_parts(
    context: &TransferContext<'_>,
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
        let work = || queue.work(context, source, &send);
        // A thread that cannot be started leaves more work for the others.
        let threads: Vec<_> =
            (0..helpers).map_while(|_| crate::thread::builder().spawn_scoped(scope, work).ok()).collect();
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
        context: &TransferContext<'_>,
        source: &Source<'_>,
        send: &(impl Fn(Part, Option<Md5>) -> Result<()> + Sync),
    ) {
        loop {
            let result = match context.check().map(|()| self.next(context)) {
                Ok(Next::Send(part, md5)) => send(part, md5),
                Ok(Next::Digest(batch)) => self.digest(context, source, &batch),
                Ok(Next::Nothing) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                context.fail(&error);
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

    fn next(&self, context: &TransferContext<'_>) -> Next {
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
            if context.check().is_err() {
                return Next::Nothing;
            }
            state =
                self.changed.wait_timeout(state, SLICE).map_or_else(|e| e.into_inner().0, |(state, _)| state);
        }
    }

    fn digest(&self, context: &TransferContext<'_>, source: &Source<'_>, batch: &[Part]) -> Result<()> {
        let digests = digest_ranges(source, &context.bounds, batch);
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
    matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Paused)
}
