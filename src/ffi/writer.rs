//! Results without a file: a callback receives them while they come.
//!
//! ```c
//! static int32_t print(const void *data, size_t len, void *user_data) {
//!     FILE *file = user_data;
//!     return fwrite(data, 1, len, file) == len ? 0 : -1;
//! }
//! ```
//!
//! Each byte is handed over once, in order. After a cut only the rest is asked for, and only of what has a
//! strong ETag; of anything else a failure is final once a piece was handed over. At most two pieces wait in
//! memory, so a slow callback slows the service down. Its time counts for the deadline, and not as silence of
//! the service.

use std::ffi::c_void;

use super::Out;
use super::request::{ferry_request_options, request_options};
use crate::error::{Error, ErrorKind, Result};
use crate::filestack::RequestOptions;
use crate::panic;
use crate::transfer::report::Observer;

/// Receives the next bytes of a result. Return 0 to go on, any other value to fail the call with FERRY_IO.
/// Runs on the thread that made the call. It must not throw, longjmp or panic.
pub type ferry_write_fn =
    Option<unsafe extern "C" fn(data: *const c_void, len: usize, user_data: *mut c_void) -> i32>;

/// Makes a call of `object` that `receive`s pieces, passes them on to the callback, and writes their length
/// to `bytes`.
///
/// # Safety
/// `bytes` and `options` as the header demands; `write` as for `hand_over`.
pub unsafe fn stream<T>(
    object: Result<&T>,
    write: ferry_write_fn,
    user_data: *mut c_void,
    options: *const ferry_request_options,
    bytes: *mut u64,
    receive: impl FnOnce(
        &T,
        &RequestOptions,
        Option<Observer<'_>>,
        &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64>,
) -> Result<()> {
    // SAFETY: by this function's contract.
    let (bytes, object, mut write, (options, watcher)) =
        unsafe { (Out::optional(bytes), object?, hand_over(write, user_data)?, request_options(options)?) };
    let length = watcher.watch(|observer| receive(object, &options, observer, &mut write))?;
    if let Some(bytes) = bytes {
        bytes.set(length);
    }
    Ok(())
}

/// Passes pieces on to the callback.
///
/// # Safety
/// `write` is NULL or a function as `ferry_write_fn` describes it, and may be called with `user_data` as long
/// as the result lives.
unsafe fn hand_over(
    write: ferry_write_fn,
    user_data: *mut c_void,
) -> Result<impl FnMut(&[u8]) -> Result<()>> {
    let write = write.ok_or_else(|| Error::invalid_argument("write is NULL"))?;
    Ok(move |piece: &[u8]| {
        // SAFETY: by the contract of `hand_over`; the piece lives until it returns.
        match panic::outside(|| unsafe { write(piece.as_ptr().cast(), piece.len(), user_data) }) {
            0 => Ok(()),
            code => {
                let text = format!("the write callback has failed: it returned {code}");
                Err(Error::new(ErrorKind::Io, text))
            }
        }
    })
}
