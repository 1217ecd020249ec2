//! Stored files.

use std::ffi::{CString, c_char, c_void};

use super::bytes::ferry_bytes;
use super::error::{ferry_error, ferry_status};
use super::filestack::ferry_filestack;
use super::progress::{Watcher, ferry_progress_fn};
use super::security::{self, ferry_security};
use super::{Live, Options, Out, borrow, c_text, give_text, guard, init_options, look, options, text};
use crate::error::Result;
use crate::filestack::{Filelink, RequestOptions};

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
    look((), || Some(unsafe { init_options(options, size) }))
}

/// # Safety
/// `given` is NULL or points to valid options.
unsafe fn request_options(given: *const ferry_request_options) -> Result<(RequestOptions, Watcher)> {
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

/// A file in the cloud. Used by any number of threads at once.
pub struct ferry_filelink {
    filelink: Filelink,
    handle: CString,
    url: CString,
    _live: Live,
}

impl ferry_filelink {
    pub fn new(filelink: Filelink) -> Self {
        ferry_filelink {
            handle: c_text(filelink.handle()),
            url: c_text(filelink.url()),
            filelink,
            _live: Live::new(),
        }
    }
}

/// The filelink of a stored file from its handle. Nothing is sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_new(
    client: *const ferry_filestack,
    handle: *const c_char,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, handle) =
            unsafe { (Out::new(out, "out")?, borrow(client, "client")?, text(handle, "handle")?) };
        out.give(ferry_filelink::new(Filelink::new(&client.client, handle)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The handle: the last element of the URL. "" for NULL. Borrowed until the filelink is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_handle(filelink: *const ferry_filelink) -> *const c_char {
    // SAFETY: NULL or a live filelink, as the header demands.
    look(c"".as_ptr(), || unsafe { filelink.as_ref() }.map(|l| l.handle.as_ptr()))
}

/// The address, never signed. "" for NULL. Borrowed until the filelink is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_url(filelink: *const ferry_filelink) -> *const c_char {
    // SAFETY: NULL or a live filelink, as the header demands.
    look(c"".as_ptr(), || unsafe { filelink.as_ref() }.map(|l| l.url.as_ptr()))
}

/// The address with a policy and its signature: those of `security`, or for NULL those the filelink was made with. `out` is freed
/// with `ferry_string_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_signed_url(
    filelink: *const ferry_filelink,
    security: *const ferry_security,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, filelink, security) =
            unsafe { (Out::new(out, "out")?, borrow(filelink, "filelink")?, security::optional(security)) };
        out.set(give_text(filelink.filelink.signed_url(security.as_ref())?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Downloads the file to `path`, replacing what is there; signed if there is a security. Until all bytes are there they are in a temporary
/// file in the same folder. `bytes` gets the length; it may be NULL, and so may `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_download(
    filelink: *const ferry_filelink,
    path: *const c_char,
    options: *const ferry_request_options,
    bytes: *mut u64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (bytes, filelink, path, (options, watcher)) = unsafe {
            (
                Out::optional(bytes),
                borrow(filelink, "filelink")?,
                text(path, "path")?,
                request_options(options)?,
            )
        };
        let length = watcher.watch(|observer| filelink.filelink.download(path, &options, observer))?;
        if let Some(bytes) = bytes {
            bytes.set(length);
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The bytes of the file in memory, at most 1 GiB; signed if there is a security. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_content(
    filelink: *const ferry_filelink,
    options: *const ferry_request_options,
    out: *mut *mut ferry_bytes,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, filelink, (options, watcher)) =
            unsafe { (Out::new(out, "out")?, borrow(filelink, "filelink")?, request_options(options)?) };
        let content = watcher.watch(|observer| filelink.filelink.content(&options, observer))?;
        out.give(ferry_bytes::new(content));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Frees a filelink; NULL is allowed. The file stays where it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_free(filelink: Option<Box<ferry_filelink>>) {
    look((), || {
        drop(filelink);
        None
    })
}
