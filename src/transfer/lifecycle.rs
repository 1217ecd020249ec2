//! Where an upload stands, and what may happen to it next: the same for every service.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, TryLockError};

use super::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// Where an upload stands. The words are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum UploadState {
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

impl UploadState {
    const ALL: [UploadState; 7] = [
        UploadState::Initialized,
        UploadState::Uploading,
        UploadState::Paused,
        UploadState::Error,
        UploadState::Uploaded,
        UploadState::Aborted,
        UploadState::Interrupted,
    ];

    fn after(result: &Result<()>) -> UploadState {
        match result {
            Ok(()) => UploadState::Uploaded,
            Err(error) => match error.kind() {
                ErrorKind::Paused => UploadState::Paused,
                ErrorKind::Cancelled => UploadState::Aborted,
                _ if error.retryable() => UploadState::Interrupted,
                _ => UploadState::Error,
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
            state: AtomicU8::new(UploadState::Initialized as u8),
            running: Mutex::new(()),
        }
    }
}

impl Lifecycle {
    pub fn control(&self) -> &Control {
        &self.control
    }

    pub fn state(&self) -> UploadState {
        match self.recorded() {
            state @ (UploadState::Uploaded | UploadState::Uploading) => state,
            _ if self.control.is_cancelled() => UploadState::Aborted,
            state => state,
        }
    }

    /// Does `work` unless there is nothing left to do, and remembers how it ended.
    pub fn run(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let _running = match self.running.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(
                    ErrorKind::InvalidState,
                    "the upload is running already, in another call",
                ));
            }
        };
        match self.recorded() {
            UploadState::Uploaded => return Ok(()),
            UploadState::Aborted => {
                return Err(Error::new(
                    ErrorKind::InvalidState,
                    "the upload was cancelled; make a new one to start over",
                ));
            }
            _ => {}
        }
        self.record(UploadState::Uploading);
        let result = work();
        self.control.resume();
        self.record(UploadState::after(&result));
        result
    }

    fn recorded(&self) -> UploadState {
        let state = self.state.load(Ordering::Relaxed);
        UploadState::ALL.get(usize::from(state)).copied().unwrap_or(UploadState::Error)
    }

    fn record(&self, state: UploadState) {
        self.state.store(state as u8, Ordering::Relaxed);
    }
}

/// For the result of an upload that has none yet.
pub fn not_uploaded() -> Error {
    Error::new(ErrorKind::NotReady, "the file is not uploaded yet: run the upload to its end first")
}
