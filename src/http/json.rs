//! Reading JSON that a service sent. Its values are bounded, not only its bytes: 16 MiB of `[],[],…` would
//! take 2.4 GB of memory.

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, MOST_VALUES};

/// The depth at which serde_json stops.
const TOO_DEEP: usize = 128;

/// Parses a service's answer. Errors are `Protocol` and quote nothing of the answer.
pub fn parse_json(bytes: &[u8]) -> Result<Value> {
    check_bounds(bytes)?;
    json::parse(bytes, |error| Error::new(ErrorKind::Protocol, format!("the answer is not JSON: {error}")))
}

/// Returns an error for JSON of too many values, or nested too deeply.
pub(super) fn check_bounds(text: &[u8]) -> Result<()> {
    let (values, depth) = json::measure(text);
    let fault = if values > MOST_VALUES {
        format!("has more than {MOST_VALUES} JSON values")
    } else if depth >= TOO_DEEP {
        format!("has JSON nested {TOO_DEEP} deep or deeper")
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Protocol, format!("the answer {fault}")))
}
