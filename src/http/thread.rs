//! How the library starts threads.

use std::io;
use std::thread::Builder;

use crate::error::{Error, ErrorKind, system_text};

/// The stack of every thread, in bytes: std's own default. Without an explicit size std reads the environment
/// variable `RUST_MIN_STACK`, and the library reads none.
const STACK: usize = 2 << 20;

/// Starts a thread of that name.
pub fn builder(name: &str) -> Builder {
    Builder::new().name(name.to_owned()).stack_size(STACK)
}

/// The error of a thread that the system did not start.
pub fn not_started(cause: &io::Error) -> Error {
    Error::new(ErrorKind::OutOfMemory, format!("cannot start a thread: {}", system_text(cause)))
}
