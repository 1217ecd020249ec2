//! State machine of an upload, the same for every service. At most one run at a time; `Uploaded` and
//! `Aborted` are final.

#![forbid(unsafe_code)]

use std::sync::{Mutex, PoisonError, TryLockError};

use super::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// The state of an upload. The words are those of the C interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UploadState {
    #[default]
    Initialized,
    Uploading,
    /// The last run ended because of a pause; another run goes on.
    Paused,
    /// The last run failed, and another one would fail too unless something changes.
    Error,
    Uploaded,
    /// Cancelled, for good.
    Aborted,
    /// The last run failed or was interrupted; another run can go on.
    Interrupted,
}

impl UploadState {
    fn after_failure(error: &Error) -> UploadState {
        match error.kind() {
            ErrorKind::Paused => UploadState::Paused,
            _ if error.retryable() => UploadState::Interrupted,
            _ => UploadState::Error,
        }
    }
}

/// The state of one upload and what controls it.
#[derive(Debug, Default)]
pub struct Lifecycle {
    control: Control,
    state: Mutex<UploadState>,
    running: Mutex<()>,
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

    /// Runs `work` unless the upload is over, and records how it ended.
    ///
    /// A pause ends this run or, if it came too late for this run to honour it, the next one. An interrupt
    /// ends only a run that has begun: `state` is `Uploading`. After a cancel the error is `Cancelled`,
    /// whatever else failed meanwhile.
    ///
    /// `InvalidState` if another thread runs the upload or it was cancelled in an earlier run.
    pub fn run(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        self.run_to_end(work, |error| error)
    }

    /// The same. The run that is cancelled for good ends with `over`, which takes back what it has done; the
    /// state is `Uploading` until that has returned.
    pub fn run_to_end(
        &self,
        work: impl FnOnce() -> Result<()>,
        over: impl FnOnce(Error) -> Error,
    ) -> Result<()> {
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
            UploadState::Aborted => return Err(aborted()),
            _ => {}
        }
        // Before the state is `Uploading`: whoever sees that can interrupt this run, and older interrupts are
        // forgotten.
        self.control.begin();
        let mut run = Run { lifecycle: self, end: UploadState::Error };
        self.record(UploadState::Uploading);
        let result = work();
        run.end = match &result {
            Ok(()) => UploadState::Uploaded,
            Err(_) if self.control.is_cancelled() => UploadState::Aborted,
            Err(error) => UploadState::after_failure(error),
        };
        if run.end == UploadState::Paused {
            self.control.resume();
        }
        match result {
            Err(error) if run.end == UploadState::Aborted => {
                // What failed may have failed for the cancel, or before anything has looked for it.
                let is_told = error.kind() == ErrorKind::Cancelled && !error.retryable();
                Err(over(if is_told { error } else { Error::cancelled() }))
            }
            result => result,
        }
    }

    /// `InvalidState` if the upload was cancelled, though its run may still be ending.
    pub fn check_not_aborted(&self) -> Result<()> {
        match self.recorded() {
            UploadState::Uploaded => Ok(()),
            _ if self.control.is_cancelled() => Err(aborted()),
            _ => Ok(()),
        }
    }

    fn recorded(&self) -> UploadState {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, state: UploadState) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// A run that has begun. Records its end when dropped, so that a panic leaves no upload in the state
/// `Uploading`.
struct Run<'a> {
    lifecycle: &'a Lifecycle,
    end: UploadState,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.lifecycle.record(self.end);
    }
}

fn aborted() -> Error {
    Error::new(ErrorKind::InvalidState, "the upload was cancelled; make a new one to start over")
}

/// The error for the result of an upload that has none yet.
pub fn not_uploaded() -> Error {
    Error::new(ErrorKind::NotReady, "the file is not uploaded yet: run the upload to its end first")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_shows_when_the_run_has_ended_and_undoes_no_upload() {
        let upload = Lifecycle::default();
        let result = upload.run(|| {
            upload.check_not_aborted().expect("it is under way");
            upload.control().cancel();
            assert_eq!(upload.state(), UploadState::Uploading);
            upload.check_not_aborted().expect_err("it is over for good");
            Err(Error::cancelled())
        });
        assert_eq!(result.expect_err("cancelled").kind(), ErrorKind::Cancelled);
        assert_eq!(upload.state(), UploadState::Aborted);

        // Whatever else fails after it, or before anything has looked for it.
        let upload = Lifecycle::default();
        upload.control().cancel();
        let result = upload.run(|| Err(Error::invalid_argument("the policy has expired")));
        assert_eq!(result.expect_err("cancelled").kind(), ErrorKind::Cancelled);
        assert_eq!(upload.state(), UploadState::Aborted);

        // After an interrupt that it came too late for.
        let upload = Lifecycle::default();
        let work = || {
            upload.control().cancel();
            Err(Error::interrupted())
        };
        let result = upload.run_to_end(work, |error| {
            assert_eq!(upload.state(), UploadState::Uploading);
            error.map_message(|message| format!("{message}; it was taken back"))
        });
        let error = result.expect_err("cancelled");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, false));
        assert!(error.message().ends_with("; it was taken back"), "{error}");
        let again = upload.run_to_end(|| Ok(()), |_| unreachable!("this run was not cancelled"));
        assert_eq!(again.expect_err("it is over").kind(), ErrorKind::InvalidState);

        let upload = Lifecycle::default();
        upload.run(|| Ok(())).expect("uploaded");
        upload.control().cancel();
        assert_eq!(upload.state(), UploadState::Uploaded);
        let upload = Lifecycle::default();
        upload.control().cancel();
        assert_eq!(upload.state(), UploadState::Aborted, "it never ran");
    }
}
