//! One operation of a service: what its errors say, whether it may be repeated, and which secrets no error
//! shows. The services build the requests; retries, reports and errors are handled here.

#![forbid(unsafe_code)]

use std::time::Duration;

use super::context::TransferContext;
use super::control::Control;
use super::progress::Progress;
use super::report::{self, Handover, Observer};
use crate::error::{Error, Result};
use crate::http::retry::{Attempt, Attempts};
use crate::http::{Http, Secrets};

/// Whether a request is sent again after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Sent again up to the client's `max_retries` times: a second request changes nothing.
    Idempotent,
    /// The same, but at most this many times.
    AtMost(u32),
    /// Sent again only if the request has surely not arrived (there was no connection, or the service
    /// answered 429): a second request would make a second object.
    NotArrived,
}

/// One operation of a service.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The step that errors name.
    pub step: &'static str,
    /// Completes "cannot …" in errors. Contains no secret.
    pub doing: String,
    pub repeat: Repeat,
    /// Texts that no error shows.
    pub secrets: Secrets,
    /// Overrides the client's deadline.
    pub deadline: Option<Duration>,
}

impl Operation {
    /// Retries `attempt` until it succeeds or may not be repeated. The calling thread reports to `observer`.
    pub fn run<T: Send>(
        &self,
        http: &Http,
        observer: Option<Observer<'_>>,
        mut attempt: impl FnMut(&TransferContext<'_>, Attempt) -> Result<T> + Send,
    ) -> Result<T> {
        self.run_work(http, observer, |context| self.retry(http, context, |which| attempt(context, which)))
    }

    /// Runs `work`, which retries its requests with [`Operation::retry`]. The calling thread reports to
    /// `observer`.
    pub fn run_work<T: Send>(
        &self,
        http: &Http,
        observer: Option<Observer<'_>>,
        work: impl FnOnce(&TransferContext<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let (control, progress) = (Control::default(), Progress::default());
        let context = self.context(http, &control, &progress);
        self.named(report::run_with_progress(&context, observer, || work(&context)))
    }

    /// Runs `work`. The calling thread passes what it hands over to `write`.
    pub fn stream<T: Send>(
        &self,
        http: &Http,
        observer: Option<Observer<'_>>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
        work: impl FnOnce(&TransferContext<'_>, Handover<'_, Vec<u8>>) -> Result<T> + Send,
    ) -> Result<T> {
        let (control, progress) = (Control::default(), Progress::default());
        let context = self.context(http, &control, &progress);
        let mut write = |piece: Vec<u8>| write(&piece);
        self.named(report::stream_with_progress(&context, observer, &mut write, |send| work(&context, send)))
    }

    /// Retries `attempt`, a step of `work`, until it succeeds or may not be repeated.
    pub fn retry<T>(
        &self,
        http: &Http,
        context: &TransferContext<'_>,
        attempt: impl FnMut(Attempt) -> Result<T>,
    ) -> Result<T> {
        self.retry_part(http, context, 0, attempt)
    }

    /// The same for a part that has this number.
    pub fn retry_part<T>(
        &self,
        http: &Http,
        context: &TransferContext<'_>,
        part: u32,
        mut attempt: impl FnMut(Attempt) -> Result<T>,
    ) -> Result<T> {
        context.retry_until_done(self.attempts(http, part), |which| {
            attempt(which).map_err(|error| self.judged(error))
        })
    }

    /// Removes the secrets from the error and adds the step and what was being done.
    pub fn error(&self, error: Error) -> Error {
        self.secrets.clean_error(error).at(self.step).while_doing(format_args!("cannot {}", self.doing))
    }

    /// The same for the error of a result.
    pub fn named<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| self.error(error))
    }

    /// The retry policy of one call, or of a part of it if that is not 0.
    pub(super) fn attempts(&self, http: &Http, part: u32) -> Attempts {
        let attempts = match self.repeat {
            Repeat::AtMost(most) => http.attempts_at_most(most),
            Repeat::Idempotent | Repeat::NotArrived => http.attempts(),
        };
        attempts.of(self.step, part)
    }

    /// Whether a request that has arrived may be sent again.
    pub(super) fn may_repeat(&self) -> bool {
        self.repeat != Repeat::NotArrived
    }

    /// Removes the secrets, and makes the error of an attempt final if the request may have arrived and must
    /// not arrive twice.
    pub(super) fn judged(&self, error: Error) -> Error {
        let error = self.secrets.clean_error(error);
        let may_repeat = self.may_repeat() || !error.may_have_been_sent() || error.http_status() == 429;
        if may_repeat || !error.retryable() {
            return error;
        }
        let error = error.with_retryable(false);
        error.map_message(|message| format!("{message} (not repeated: it may have been done already)"))
    }

    fn context<'c>(&self, http: &Http, control: &'c Control, progress: &'c Progress) -> TransferContext<'c> {
        TransferContext::new(control, http.bounds(control.stop(), self.deadline), progress)
    }
}
