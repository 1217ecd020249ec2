//! Where an upload stands, and what may happen to it next: the same for every service.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, TryLockError};

use super::control::Control;
use crate::error::{Error, Kind, Result};

/// Where an upload stands. The words are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    Initialized,
    Uploading,
    Paused,
    /// Failed; the same call would fail again.
    Error,
    Uploaded,
    /// Cancelled, for good.
    Aborted,
    /// Failed; another run can go on from here.
    Interrupted,
}

impl State {
    const ALL: [State; 7] = [
        State::Initialized,
        State::Uploading,
        State::Paused,
        State::Error,
        State::Uploaded,
        State::Aborted,
        State::Interrupted,
    ];

    fn after(result: &Result<()>) -> State {
        match result {
            Ok(()) => State::Uploaded,
            Err(error) => match error.kind() {
                Kind::Paused => State::Paused,
                Kind::Cancelled => State::Aborted,
                _ if error.retryable() => State::Interrupted,
                _ => State::Error,
            },
        }
    }
}

/// The life of one upload: one run at a time, until it is uploaded or cancelled.
#[derive(Debug)]
pub struct Lifecycle {
    control: Control,
    state: AtomicU8,
    running: Mutex<()>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Lifecycle {
            control: Control::default(),
            state: AtomicU8::new(State::Initialized as u8),
            running: Mutex::new(()),
        }
    }
}

impl Lifecycle {
    pub fn control(&self) -> &Control {
        &self.control
    }

    pub fn state(&self) -> State {
        match self.recorded() {
            state @ (State::Uploaded | State::Uploading) => state,
            _ if self.control.is_cancelled() => State::Aborted,
            state => state,
        }
    }

    /// Does `work` unless there is nothing left to do, and remembers how it ended.
    pub fn run(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let _running = match self.running.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(Kind::InvalidState, "the upload is running already, in another call"));
            }
        };
        match self.recorded() {
            State::Uploaded => return Ok(()),
            State::Aborted => {
                return Err(Error::new(
                    Kind::InvalidState,
                    "the upload was cancelled; make a new one to start over",
                ));
            }
            _ => {}
        }
        self.record(State::Uploading);
        let result = work();
        self.control.resume();
        self.record(State::after(&result));
        result
    }

    fn recorded(&self) -> State {
        let state = self.state.load(Ordering::Relaxed);
        State::ALL.get(usize::from(state)).copied().unwrap_or(State::Error)
    }

    fn record(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
    }
}

/// For the result of an upload that has none yet.
pub fn not_uploaded() -> Error {
    Error::new(Kind::NotReady, "the file is not uploaded yet: run the upload to its end first")
}
