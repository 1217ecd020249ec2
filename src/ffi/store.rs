//! Where and how the result of a chain is stored.
//!
//! ```c
//! ferry_store_options options;
//! ferry_store_options_init(&options, sizeof options);
//! options.filename = "small.jpg";
//! options.path = "thumbnails/";
//! ```

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::options::{check_reserved, is_set};
use super::progress::{Watcher, ferry_progress_fn};
use super::security::{self, ferry_security};
use super::{option_struct, options, owned_text};
use crate::error::Result;
use crate::filestack::store::StoreOptions;
use crate::filestack::{Place, RequestOptions};

/// Options of storing a result. Zero and NULL mean the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_store_options {
    /// Set by `ferry_store_options_init`.
    pub struct_size: usize,
    /// Name of the stored file. NULL: chosen by the service.
    pub filename: *const c_char,
    /// Decode the result from base64 text before it is stored.
    pub base64decode: MaybeUninit<bool>,
    /// Storage: "S3", "gcs", "azure", "rackspace", "dropbox". NULL: the account's.
    pub location: *const c_char,
    /// Folder (with a slash at its end) or full key in the storage. NULL: chosen by the service.
    pub path: *const c_char,
    /// Bucket or container. NULL: the account's.
    pub container: *const c_char,
    /// Region of the container. NULL: the account's.
    pub region: *const c_char,
    /// "public" or "private". NULL: "private".
    pub access: *const c_char,
    /// Workflows to run on the stored file: a JSON array of 1 to 20 ids. NULL: none.
    pub workflows_json: *const c_char,
    /// Policy and signature. NULL: the client's.
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

option_struct!(ferry_store_options, ferry_store_options_init:
    struct_size filename base64decode location path container region access workflows_json security
    on_progress user_data deadline_ms _reserved
);

/// # Safety
/// `given` is NULL or points to valid options.
pub unsafe fn store_options(given: *const ferry_store_options) -> Result<(StoreOptions, Watcher)> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
        check_reserved(given._reserved, "ferry_store_options")?;
        let options = StoreOptions {
            filename: owned_text(given.filename, "filename")?,
            place: Place {
                location: owned_text(given.location, "location")?,
                path: owned_text(given.path, "path")?,
                container: owned_text(given.container, "container")?,
                region: owned_text(given.region, "region")?,
                access: owned_text(given.access, "access")?,
                workflows_json: owned_text(given.workflows_json, "workflows_json")?,
            },
            base64decode: is_set(given.base64decode),
            request: RequestOptions {
                security: security::optional(given.security),
                deadline: super::connection::deadline(given.deadline_ms),
            },
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}
