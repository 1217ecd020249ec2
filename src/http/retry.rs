//! The retry policy of all requests (`specs/filestack.md` 3.9): which errors are worth another attempt, and
//! how long to wait before it.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::random;

use super::bounds::Bounds;
use super::event::{Event, EventKind};

/// Retries of one call or one part if the caller does not say.
pub const DEFAULT_RETRIES: u32 = 10;

const BASE: Duration = Duration::from_millis(250);
const CAP: Duration = Duration::from_secs(15);

/// The longest pause that is made because a service asks for it. As in curl, an answer that asks for more is
/// returned at once: asking again earlier is what the service said not to do, and a caller wants to know
/// about an hour's wait.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// Statuses of errors that pass. 501 and 505 do not.
pub fn status_is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 506..=599)
}

/// Codes of S3 errors that pass, whatever their status. A new signature cures the first one.
pub fn s3_code_is_passing(code: &str) -> bool {
    matches!(
        code,
        "RequestTimeTooSkewed" | "RequestTimeout" | "SlowDown" | "InternalError" | "ServiceUnavailable"
    )
}

/// Which attempt of what a request is: what events tell of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The step, as errors name it.
    pub step: &'static str,
    /// The part that it is for; 0 if it is for none.
    pub part: u32,
    /// 1 for the first; 0 for what is no attempt.
    pub number: u32,
}

impl Attempt {
    /// The same of another step.
    pub fn at(self, step: &'static str) -> Self {
        Attempt { step, ..self }
    }
}

/// The attempts of one call.
#[derive(Debug)]
pub struct Attempts {
    attempt: Attempt,
    retries: u32,
    /// The attempt before found nobody listening.
    unheard: bool,
}

impl Attempts {
    /// `retries` is how many attempts may follow the first one.
    pub fn new(retries: u32) -> Self {
        Attempts { attempt: Attempt { number: 1, ..Attempt::default() }, retries, unheard: false }
    }

    /// The same for a step, and a part if it is not 0.
    pub fn of(self, step: &'static str, part: u32) -> Self {
        Attempts { attempt: Attempt { step, part, ..self.attempt }, ..self }
    }

    /// The attempt that is made now.
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Whether another one may follow.
    pub fn are_left(&self) -> bool {
        self.attempt.number <= self.retries
    }

    /// Waits until the next attempt is due: as long as the service asked, else by exponential backoff with
    /// full jitter (250 ms, doubled up to 15 s). `wake` ends the wait early.
    ///
    /// Returns `error` at once if it is final, if no retry is left, if the service asks for more than 120 s,
    /// or if the wait would end after the deadline: the answer says more than a timeout would. Where nobody
    /// listens on this machine one more attempt is made, after 250 ms.
    pub fn after(&mut self, error: Error, bounds: &Bounds, wake: impl Fn() -> bool) -> Result<()> {
        let made = self.attempt.number - 1;
        let is_hopeless = self.unheard && error.nobody_listens();
        if !error.retryable() || made >= self.retries || is_hopeless {
            return Err(error);
        }
        self.unheard = error.nobody_listens();
        let asked = error.retry_after().or_else(|| self.unheard.then_some(BASE));
        let pause =
            asked.unwrap_or_else(|| jitter(BASE.saturating_mul(2u32.saturating_pow(made.min(16))).min(CAP)));
        let seconds = pause.as_secs();
        if pause > LONGEST_ASKED {
            return Err(error.map_message(|m| format!("{m} (the service asks to wait {seconds} s)")));
        }
        if bounds.remaining().is_some_and(|left| pause >= left) {
            return Err(error.map_message(|m| match asked {
                Some(_) => {
                    format!("{m} (the service asks to wait {seconds} s, past the deadline)")
                }
                None => format!("{m} (no time for another attempt before the deadline)"),
            }));
        }
        bounds.tell(|| Event { wait: pause, ..Event::new(EventKind::Retry, self.attempt) }.failed(&error));
        self.attempt.number = self.attempt.number.saturating_add(1);
        bounds.sleep(pause, wake)
    }
}

/// Full jitter: every pause up to `longest` is equally likely, so that clients that failed together do not
/// return together.
fn jitter(longest: Duration) -> Duration {
    longest.mul_f64(random::rng().f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn bounds() -> std::sync::Arc<Bounds> {
        Bounds::new(Default::default(), None, Duration::from_secs(1), Duration::from_secs(1))
    }

    #[test]
    fn gives_up_after_the_last_retry_and_keeps_the_cause() {
        let mut attempts = Attempts::new(2);
        let fail = || Error::new(ErrorKind::Network, "cut").with_retry_after(Some(Duration::ZERO));
        assert!(attempts.after(fail(), &bounds(), || false).is_ok());
        assert!(attempts.after(fail(), &bounds(), || false).is_ok());
        let error = attempts.after(fail(), &bounds(), || false).expect_err("no third retry");
        assert_eq!(error.message(), "cut");
    }

    #[test]
    fn where_nobody_listens_one_more_attempt_is_made() {
        let refused = || {
            let error = Error::new(ErrorKind::Network, "refused").with_retry_after(Some(Duration::ZERO));
            error.with_nobody_listening(true)
        };
        let mut attempts = Attempts::new(9);
        assert!(attempts.after(refused(), &bounds(), || false).is_ok());
        assert!(attempts.after(refused(), &bounds(), || false).expect_err("hopeless").retryable());
        let mut attempts = Attempts::new(9);
        let cut = Error::new(ErrorKind::Network, "cut").with_retry_after(Some(Duration::ZERO));
        for error in [refused(), cut, refused()] {
            assert!(attempts.after(error, &bounds(), || false).is_ok());
        }
    }

    #[test]
    fn a_final_error_is_not_retried() {
        let error = Error::new(ErrorKind::Http, "no").with_retryable(false);
        assert!(Attempts::new(9).after(error, &bounds(), || false).is_err());
    }

    #[test]
    fn pauses_stay_under_the_cap() {
        assert!((0..1000).all(|_| jitter(CAP) <= CAP));
    }

    #[test]
    fn client_errors_are_final_but_for_three() {
        let passing: Vec<u16> = (400..500).filter(|s| status_is_passing(*s)).collect();
        assert_eq!(passing, [408, 425, 429]);
        assert!(status_is_passing(503) && !status_is_passing(501));
    }
}
