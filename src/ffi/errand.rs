//! Callbacks of an upload that was started: its own thread asks for them, and the program's thread runs them
//! when it polls. Also what tells the program that there is something to poll for.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::local::Local;
use crate::panic;
use crate::sys::bell::Bell;
use crate::thread;
use crate::transfer::progress::Snapshot;

/// How often a thread that starts an upload looks whether it runs.
const LOOK: Duration = Duration::from_millis(1);

thread_local! {
    /// Those of the started upload whose thread this is.
    static OWN: Local<Option<Arc<Errands>>> = const { Local::new(None) };
}

/// Those of the started upload whose thread this is, if it is one.
pub fn own() -> Option<Arc<Errands>> {
    OWN.with(|own| own.look(Clone::clone))
}

/// Runs a callback of the program: at once, or on the thread that polls if this is the thread of a started
/// upload. `None` if nobody polls any more.
pub fn run<R>(callback: impl FnOnce() -> R) -> Option<R> {
    match own() {
        None => Some(panic::outside(callback)),
        Some(errands) => errands.ask(callback),
    }
}

/// What passes between the thread of a started upload and the one that polls.
pub struct Errands {
    state: Mutex<State>,
    /// Notified when the state has changed.
    changed: Condvar,
    /// Rings while there is something to poll for.
    bell: Bell,
}

#[derive(Default)]
struct State {
    snapshot: Snapshot,
    /// The callback that waits to be run.
    errand: Option<Errand>,
    /// The thread that runs one.
    runs_on: Option<thread::Id>,
    rings: bool,
    has_begun: bool,
    has_ended: bool,
    /// The upload is being freed: no callback is run any more.
    is_abandoned: bool,
    end: Option<Result<()>>,
}

/// A callback on the stack of the thread that waits for it.
struct Errand(*mut (dyn FnMut() + 'static));

// SAFETY: the header demands that callbacks and their data can be used by each thread that polls.
unsafe impl Send for Errand {}

impl Errands {
    pub fn new() -> io::Result<Arc<Self>> {
        Ok(Arc::new(Errands { state: Mutex::default(), changed: Condvar::new(), bell: Bell::new()? }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The descriptor that can be read while there is something to poll for.
    pub fn fd(&self) -> i32 {
        self.bell.fd()
    }

    fn tell(&self, state: &mut State) {
        state.rings = state.rings || self.bell.ring().is_ok();
        self.changed.notify_all();
    }

    // ---- The thread of the upload ----

    /// Does the work of the upload's thread, which this is, and keeps the result.
    pub fn work(self: &Arc<Self>, work: impl FnOnce() -> Result<()>) {
        OWN.with(|own| own.replace(Some(Arc::clone(self))));
        let result = panic::catch(work);
        OWN.with(|own| own.replace(None));
        let mut state = self.lock();
        state.end = Some(result);
        state.has_ended = true;
        self.tell(&mut state);
    }

    /// Tells how far the upload is. False if it has to end.
    pub fn report(&self, snapshot: &Snapshot) -> bool {
        let mut state = self.lock();
        state.snapshot = *snapshot;
        state.has_begun = true;
        self.tell(&mut state);
        !state.is_abandoned
    }

    /// Has the thread that polls run a callback, and waits until it has.
    fn ask<R>(&self, callback: impl FnOnce() -> R) -> Option<R> {
        let (mut callback, mut answer) = (Some(callback), None);
        let mut errand = || answer = callback.take().map(panic::outside);
        let errand: *mut (dyn FnMut() + '_) = &raw mut errand;
        // SAFETY: only the lifetime changes. The pointer is used by `serve` alone, and this function does not
        // return before that is over or the errand was taken back.
        let errand: *mut (dyn FnMut() + 'static) = unsafe { std::mem::transmute(errand) };
        let mut state = self.lock();
        state.has_begun = true;
        if !state.is_abandoned {
            state.errand = Some(Errand(errand));
            self.tell(&mut state);
        }
        while state.errand.is_some() || state.runs_on.is_some() {
            state = self.wait(state);
        }
        drop(state);
        answer
    }

    // ---- The threads of the program ----

    /// Waits until the upload can be interrupted: an interrupt that comes earlier is none. `is_running` looks
    /// whether it can; its first report may come much later, where a batch has many files to look at.
    pub fn wait_for_begin(&self, is_running: impl Fn() -> bool) {
        let mut state = self.lock();
        while !state.has_begun && !state.has_ended && !is_running() {
            let waited = self.changed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Runs the callback that waits, if one does. How far the upload is, and whether it has ended.
    pub fn poll(&self) -> (Snapshot, bool) {
        let mut state = self.lock();
        // The end stays to be told until it is taken.
        if state.rings && !state.has_ended {
            state.rings = self.bell.silence().is_err();
        }
        drop(state);
        self.serve();
        let state = self.lock();
        (state.snapshot, state.has_ended)
    }

    /// Runs callbacks until the upload has ended; its result, which can be taken once.
    pub fn finish(&self) -> Result<Option<Result<()>>> {
        loop {
            let mut state = self.lock();
            if state.runs_on == Some(thread::id()) {
                let text = "an upload cannot be finished in a callback of its own, for which that would wait";
                return Err(Error::new(ErrorKind::InvalidState, text));
            }
            if state.has_ended {
                return Ok(state.end.take());
            }
            if state.errand.is_none() {
                drop(self.wait(state));
                continue;
            }
            drop(state);
            self.serve();
        }
    }

    /// Runs no callback any more. Whether this thread is in one.
    pub fn abandon(&self) -> bool {
        let mut state = self.lock();
        state.is_abandoned = true;
        state.errand = None;
        self.changed.notify_all();
        state.runs_on == Some(thread::id())
    }

    fn serve(&self) {
        let mut state = self.lock();
        let Some(Errand(errand)) = state.errand.take() else { return };
        state.runs_on = Some(thread::id());
        drop(state);
        let _served = Served(self);
        // SAFETY: `ask` keeps what it points to alive, and leaves it alone, until `_served` is dropped.
        unsafe { (*errand)() };
    }
}

/// The callback has returned when this is dropped.
struct Served<'a>(&'a Errands);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.lock().runs_on = None;
        self.0.changed.notify_all();
    }
}
