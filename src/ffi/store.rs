//! Where the result of a chain is stored.

use std::ffi::{c_char, c_void};

use super::progress::{Watcher, ferry_progress_fn};
use super::security::{self, ferry_security};
use super::{Options, init_options, options, owned_text, run_void};
use crate::error::Result;
use crate::filestack::store::StoreOptions;
use crate::filestack::{Place, RequestOptions};

/// Options of storing a result; zero and NULL are the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_store_options {
    /// Set by `ferry_store_options_init`.
    pub struct_size: usize,
    /// NULL: as the service chooses.
    pub filename: *const c_char,
    /// "S3", "gcs", "azure", "rackspace", "dropbox"; NULL: the account's.
    pub location: *const c_char,
    /// Folder (with a slash at its end) or full key in the storage.
    pub path: *const c_char,
    /// Bucket or container; NULL: the account's.
    pub container: *const c_char,
    /// Of the container.
    pub region: *const c_char,
    /// "public" or "private"; NULL: private.
    pub access: *const c_char,
    /// Workflows to run on the stored file: a JSON array of 1 to 20 ids.
    pub workflows_json: *const c_char,
    /// Whether the result is base64 text, to be stored decoded.
    pub base64decode: bool,
    /// Instead of the client's; NULL: the client's.
    pub security: *const ferry_security,
    /// For the whole call, in milliseconds, all retries included; 0: the client's `deadline_ms`.
    pub deadline_ms: u32,
    /// NULL: none.
    pub on_progress: ferry_progress_fn,
    /// Handed to `on_progress`.
    pub user_data: *mut c_void,
}

// SAFETY: plain data, size first; zeros are a value, and whoever sets a `bool` in C sets it to 0 or 1. A callback is only called
// if it is not NULL, which the header demands to be a function then.
unsafe impl Options for ferry_store_options {
    const NAME: &'static str = "ferry_store_options";
}

/// Sets every field to its default. `size` is `sizeof *options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_store_options_init(options: *mut ferry_store_options, size: usize) {
    // SAFETY: NULL or `size` writable bytes, as the header demands.
    run_void(|| unsafe { init_options(options, size) })
}

/// # Safety
/// `given` is NULL or points to valid options.
pub unsafe fn store_options(given: *const ferry_store_options) -> Result<(StoreOptions, Watcher)> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
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
            base64decode: given.base64decode,
            request: RequestOptions {
                security: security::optional(given.security),
                deadline: super::connection::deadline(given.deadline_ms),
            },
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}
