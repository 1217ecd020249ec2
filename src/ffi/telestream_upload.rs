//! Uploads to Telestream. The handle is that of the Filestack uploads: run, pause, interrupt, cancel, run again.
//!
//! ```c
//! ferry_upload *upload = NULL;
//! ferry_value *video = NULL;
//! if (ferry_telestream_upload_new(telestream, NULL, "film.mov", "{\"profiles\": [\"h264\"]}", NULL, &upload,
//!                                 &err) == FERRY_OK &&
//!     ferry_upload_run(upload, &err) == FERRY_OK && ferry_upload_result(upload, &video, &err) == FERRY_OK)
//!     puts(ferry_value_json(video));
//! ferry_value_free(video);
//! ferry_upload_free(upload);
//! ```

use std::ffi::{c_char, c_void};

use super::error::{ferry_error, ferry_status};
use super::progress::{Watcher, ferry_progress_fn};
use super::telestream::ferry_telestream;
use super::upload::ferry_upload;
use super::{Out, borrow, guard, option_struct, optional_text, options, owned_text, text};
use crate::error::{Error, Result};
use crate::telestream::{Protocol, Upload, UploadOptions};

/// Parts in any order, several at once; ranges where the service offers no parts.
pub const FERRY_PROTOCOL_PARTS: i32 = 0;
/// The older protocol: range after range on one connection.
pub const FERRY_PROTOCOL_RANGES: i32 = 1;

/// Options of an upload to Telestream; zero and NULL are the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_telestream_upload_options {
    /// Set by `ferry_telestream_upload_options_init`.
    pub struct_size: usize,
    /// NULL: the last element of the path.
    pub filename: *const c_char,
    /// Parts under way at once, 1 to 32; 0: 8. Never more than the service allows.
    pub concurrency: u32,
    /// One of `FERRY_PROTOCOL_*`.
    pub protocol: i32,
    /// Files that belong to the video, such as subtitles: a JSON object of a path, or a list of paths, for every tag; NULL: none. They go up after
    /// the video, in parts only.
    pub extra_files_json: *const c_char,
    /// For the whole call, in milliseconds, all retries included; 0: the client's `deadline_ms`.
    pub deadline_ms: u32,
    /// NULL: none.
    pub on_progress: ferry_progress_fn,
    /// Handed to `on_progress`.
    pub user_data: *mut c_void,
}

option_struct!(ferry_telestream_upload_options, ferry_telestream_upload_options_init:
    struct_size filename concurrency protocol extra_files_json deadline_ms on_progress user_data
);

/// Prepares the upload of a file that becomes a video; nothing is sent. `factory_id` NULL: the client's factory. `params_json` says what the video shall
/// have, a JSON object or NULL: "profiles" (a list, or a text with commas; none given: all of the factory; "none": none yet), "path_format", "payload",
/// "pipeline" and so on. `options` may be NULL; its callback and user data must live until every `ferry_upload_run` has returned. The handle is used like
/// that of `ferry_filestack_upload_new`: run it, and run it again after a failure. A run that was cancelled also takes the upload back at the service.
/// The address that bytes go to is the service's choice, and may be plain http.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_upload_new(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    path: *const c_char,
    params_json: *const c_char,
    options: *const ferry_telestream_upload_options,
    out: *mut *mut ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, telestream, factory, path, params, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(telestream, "telestream")?,
                optional_text(factory_id, "factory_id")?,
                text(path, "path")?,
                optional_text(params_json, "params_json")?,
                upload_options(options)?,
            )
        };
        let upload = Upload::new(&telestream.client, factory, path, params, options)?;
        out.set_boxed(ferry_upload::to_telestream(upload, watcher));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// # Safety
/// `given` is NULL or points to valid options.
unsafe fn upload_options(given: *const ferry_telestream_upload_options) -> Result<(UploadOptions, Watcher)> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
        let protocol = match given.protocol {
            FERRY_PROTOCOL_PARTS => Protocol::Parts,
            FERRY_PROTOCOL_RANGES => Protocol::Ranges,
            other => {
                let text = format!("protocol is {other}, which is none of FERRY_PROTOCOL_PARTS and _RANGES");
                return Err(Error::invalid_argument(text));
            }
        };
        let options = UploadOptions {
            filename: owned_text(given.filename, "filename")?,
            concurrency: (given.concurrency > 0).then_some(given.concurrency),
            protocol,
            extra_files: owned_text(given.extra_files_json, "extra_files_json")?,
            deadline: super::connection::deadline(given.deadline_ms),
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}
