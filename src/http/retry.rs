//! The one retry policy (`specs/filestack.md` 3.9): what is worth another attempt, and how long to wait before it.

use std::time::Duration;

use crate::error::{Error, Result};

use super::bounds::Bounds;

/// Retries of one call or one part when nothing else is asked for.
pub const DEFAULT_RETRIES: u32 = 10;

const BASE: Duration = Duration::from_millis(250);
const CAP: Duration = Duration::from_secs(15);

/// The longest pause a service may ask for with `Retry-After`.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// The statuses that stand for "not now": 501 and 505 stand for "never".
pub fn status_is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 506..=599)
}

/// The S3 error codes that stand for "not now", whatever status they come with; a new signature cures the skew.
pub fn s3_code_is_passing(code: &str) -> bool {
    matches!(
        code,
        "RequestTimeTooSkewed" | "RequestTimeout" | "SlowDown" | "InternalError" | "ServiceUnavailable"
    )
}

/// The attempts of one call.
#[derive(Debug)]
pub struct Attempts {
    made: u32,
    retries: u32,
}

impl Attempts {
    /// `retries` is how many may follow the first attempt.
    pub fn new(retries: u32) -> Self {
        Attempts { made: 0, retries }
    }

    /// Waits for the next attempt; gives `error` back if there is to be none. `wake` ends the wait early.
    pub fn after(&mut self, error: Error, bounds: &Bounds, wake: impl Fn() -> bool) -> Result<()> {
        if !error.retryable() || self.made >= self.retries {
            return Err(error);
        }
        let pause = match error.retry_after() {
            Some(asked) => asked.min(LONGEST_ASKED),
            None => jitter(BASE.saturating_mul(2u32.saturating_pow(self.made.min(16))).min(CAP)),
        };
        self.made += 1;
        bounds.sleep(pause, wake)
    }
}

/// Full jitter: any pause up to `longest` is as likely as any other, so clients that failed together come back apart.
fn jitter(longest: Duration) -> Duration {
    longest.mul_f64(fastrand::f64())
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
