//! Reading JSON that a service sent: bounded in values, not only in bytes. 16 MiB of `[],[],…` would take 2.4 GB as
//! values.

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// The most values of one answer; an empty list or object counts as two. They take up to 40 MB.
pub const MOST_VALUES: usize = 200_000;

/// The deepest nesting that serde_json reads.
const DEEPEST: usize = 128;

/// Parses a service's answer. Errors are `Protocol` and quote nothing of the answer.
pub fn parse_json(bytes: &[u8]) -> Result<Value> {
    let refused = |fault: String| Err(Error::new(ErrorKind::Protocol, format!("the answer {fault}")));
    let (values, depth) = measure(bytes);
    if values > MOST_VALUES {
        return refused(format!("has more than {MOST_VALUES} JSON values"));
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(_) if depth >= DEEPEST => refused(format!("has JSON nested more than {DEEPEST} deep")),
        Err(error) => refused(format!("is not JSON: {error}")),
    }
}

/// An upper bound of the number of values in a JSON text, and its depth. In what is not JSON both mean nothing.
fn measure(json: &[u8]) -> (usize, usize) {
    let (mut values, mut depth, mut deepest) = (1, 0usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b',' => values += 1,
            b'[' | b'{' => {
                values += 1;
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (values, deepest)
}
