//! What a single call can be given: another security, a deadline, a progress callback.
//!
//! ```c
//! ferry_request_options options;
//! ferry_request_options_init(&options, sizeof options);
//! options.deadline_ms = 30000;
//! ferry_value *metadata = NULL;
//! ferry_filelink_metadata(link, NULL, &options, &metadata, &err);
//! ferry_value_free(metadata);
//! ```

use std::ffi::c_void;

use super::options::check_reserved;
use super::progress::{Watcher, ferry_progress_fn};
use super::security::{self, ferry_security};
use super::{option_struct, options};
use crate::error::Result;
use crate::filestack::RequestOptions;

/// Options of a call. Zero and NULL mean the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_request_options {
    /// Set by `ferry_request_options_init`.
    pub struct_size: usize,
    /// Policy and signature. NULL: those of the object. Must be NULL in calls of Telestream.
    pub security: *const ferry_security,
    /// Progress callback. NULL: none.
    pub on_progress: ferry_progress_fn,
    /// Passed to `on_progress`.
    pub user_data: *mut c_void,
    /// Time limit of the whole call in milliseconds, retries included. 0: the client's `deadline_ms`.
    pub deadline_ms: u32,
    /// Must be 0.
    pub _reserved: u32,
}

option_struct!(ferry_request_options, ferry_request_options_init:
    struct_size security on_progress user_data deadline_ms _reserved
);

/// # Safety
/// `given` is NULL or points to valid options.
pub unsafe fn request_options(given: *const ferry_request_options) -> Result<(RequestOptions, Watcher)> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
        check_reserved(given._reserved, "ferry_request_options")?;
        let options = RequestOptions {
            security: security::optional(given.security),
            deadline: super::connection::deadline(given.deadline_ms),
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}
