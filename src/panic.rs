//! Panics of the library as errors. A panic is a bug, but must neither end the program that uses the
//! library nor hang it.

#![forbid(unsafe_code)]

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use crate::error::{Error, ErrorKind, Result};
use crate::local::Local;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: Local<String> = const { Local::new(String::new()) };
}

/// Runs `body`. A panic becomes an error of kind `Internal` with the message and, if [`record`] was called,
/// the place of the panic.
pub fn catch<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    let nested = CATCHING.replace(true);
    // What threads share are atomics, and mutexes whose poison is ignored: each is consistent at any time.
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(error(&*panic)));
    CATCHING.set(nested);
    result
}

/// Runs a function of the program inside of a [`catch`]. Its panics are none of the library's.
pub fn outside<T>(function: impl FnOnce() -> T) -> T {
    let catching = CATCHING.replace(false);
    let result = function();
    CATCHING.set(catching);
    result
}

/// For a panic hook: keeps the place of the panic for the error. Returns false if the panic is none of the
/// library's, since no [`catch`] is in progress on this thread.
pub fn record(info: &PanicHookInfo<'_>) -> bool {
    let ours = CATCHING.get();
    if ours && let Some(place) = info.location() {
        let place = format!(" ({}:{})", place.file(), place.line());
        PLACE.with(|kept| kept.replace(place));
    }
    ours
}

fn error(panic: &(dyn Any + Send)) -> Error {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default();
    let place = PLACE.with(|kept| kept.replace(String::new()));
    Error::new(ErrorKind::Internal, format!("a bug in Ferry, please report it: {message}{place}"))
}
