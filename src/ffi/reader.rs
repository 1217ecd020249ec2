//! Data of an upload that has no file: a callback provides it while it goes up.
//!
//! ```c
//! static int64_t read_file(void *buffer, size_t capacity, void *user_data) {
//!     FILE *file = user_data; // e.g. what popen has opened
//!     size_t count = fread(buffer, 1, capacity, file);
//!     return ferror(file) ? -1 : (int64_t)count;
//! }
//! ```
//!
//! The thread that makes the call reads; others send each part as soon as it is whole. Until a part is
//! stored, an unlinked temporary file in /var/tmp (or /tmp) keeps it, so that it can be sent again: at most
//! 64 MiB, or four parts if those are more. Reading stops while that is full. A file system that cannot give
//! the space of a stored part back (not Linux) keeps all of the data until the call returns.
//!
//! The service must be told the size at the start. Data of unknown size is therefore read to its end first,
//! and the temporary file grows to its size. Progress then reports the bytes read, with `bytes_total` 0;
//! `bytes_done` begins again at 0 when the size is known.

use std::ffi::c_void;

use super::errand;
use crate::error::{Error, ErrorKind, Result};

/// Provides the next bytes: writes at most `capacity` bytes into `buffer` and returns how many. Return 0 at
/// the end, a negative number to fail the call with FERRY_IO, or as it was told to end meanwhile:
/// FERRY_CANCELLED, FERRY_PAUSED. Runs on the thread that made the call; what ends the call takes effect
/// between two calls of it. It must not throw, longjmp or panic.
pub type ferry_read_fn =
    Option<unsafe extern "C" fn(buffer: *mut c_void, capacity: usize, user_data: *mut c_void) -> i64>;

/// The size of data that is not known before its end.
pub const FERRY_SIZE_UNKNOWN: u64 = 0xFFFF_FFFF_FFFF_FFFF;

/// A callback and its data.
pub struct Reader {
    call: unsafe extern "C" fn(*mut c_void, usize, *mut c_void) -> i64,
    user_data: *mut c_void,
}

// SAFETY: the pointer is not dereferenced here. It is handed to the callback, on the thread that makes the
// call; the header demands that callback and data can be used from each thread that runs the upload they were
// given to.
unsafe impl Send for Reader {}

impl Reader {
    /// # Safety
    /// `call` is NULL or a function as `ferry_read_fn` describes it, and may be called with `user_data` as
    /// long as this lives.
    pub unsafe fn new(call: ferry_read_fn, user_data: *mut c_void) -> Result<Self> {
        let call = call.ok_or_else(|| Error::invalid_argument("read is NULL"))?;
        Ok(Reader { call, user_data })
    }

    /// Asks the callback for bytes; how many of `buffer` it has filled.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        // SAFETY: by the contract of `new`; it writes at most as much as the buffer has.
        let count =
            errand::run(|| unsafe { (self.call)(buffer.as_mut_ptr().cast(), buffer.len(), self.user_data) })
                .ok_or_else(Error::interrupted)?;
        usize::try_from(count).map_err(|_| {
            Error::new(ErrorKind::Io, format!("the read callback has failed: it returned {count}"))
        })
    }
}

/// The size that was announced, if it is known.
pub fn announced(size: u64) -> Option<u64> {
    (size != FERRY_SIZE_UNKNOWN).then_some(size)
}
