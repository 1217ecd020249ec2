//! ZIP archives of several files.
//!
//! ```c
//! const char *const sources[] = {"HANDLE", "https://example.com/photo.jpg"};
//! if (ferry_filestack_zip(client, sources, 2, "photos.zip", NULL, NULL, &err) != FERRY_OK)
//!     fprintf(stderr, "%s\n", ferry_error_message(err));
//! ```

use std::ffi::c_char;

use super::error::{ferry_error, ferry_status};
use super::filestack::ferry_filestack;
use super::request::{ferry_request_options, request_options};
use super::{Out, borrow, guard, slice_of_texts, text};
use crate::error::Result;
use crate::filestack::zip;

/// Download 1 to 100 files as one ZIP archive to `path`, as `ferry_filelink_download` does. Each source is a
/// handle or an http or https URL. `bytes`, which may be NULL, receives the length. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_zip(
    client: *const ferry_filestack,
    sources: *const *const c_char,
    count: usize,
    path: *const c_char,
    options: *const ferry_request_options,
    bytes: *mut u64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (bytes, client, sources, path, (options, watcher)) = unsafe {
            (
                Out::optional(bytes),
                borrow(client, "client")?,
                slice_of_texts(sources, count, "sources")?,
                text(path, "path")?,
                request_options(options)?,
            )
        };
        let length =
            watcher.watch(|observer| zip::download(&client.client, &sources, path, &options, observer))?;
        if let Some(bytes) = bytes {
            bytes.set(length);
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}
