//! Options of one request.

use std::ffi::c_void;

use super::progress::{Watcher, ferry_progress_fn};
use super::security::{self, ferry_security};
use super::{Options, init_options, options, run_void};
use crate::error::Result;
use crate::filestack::RequestOptions;

/// Options of one request; zero and NULL are the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_request_options {
    /// Set by `ferry_request_options_init`.
    pub struct_size: usize,
    /// Instead of the one the object was made with.
    pub security: *const ferry_security,
    /// For the whole call, in milliseconds, all retries included; 0: the client's `deadline_ms`.
    pub deadline_ms: u32,
    /// NULL: none.
    pub on_progress: ferry_progress_fn,
    /// Handed to `on_progress`.
    pub user_data: *mut c_void,
}

// SAFETY: plain data, size first; zeros and any other bytes are values of its integers and pointers, and a callback is only
// called if it is not NULL, which the header demands to be a function then.
unsafe impl Options for ferry_request_options {
    const NAME: &'static str = "ferry_request_options";
}

/// Sets every field to its default. `size` is `sizeof *options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_request_options_init(options: *mut ferry_request_options, size: usize) {
    // SAFETY: NULL or `size` writable bytes, as the header demands.
    run_void(|| unsafe { init_options(options, size) })
}

/// # Safety
/// `given` is NULL or points to valid options.
pub unsafe fn request_options(given: *const ferry_request_options) -> Result<(RequestOptions, Watcher)> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
        let options = RequestOptions {
            security: security::optional(given.security),
            deadline: super::connection::deadline(given.deadline_ms),
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}
