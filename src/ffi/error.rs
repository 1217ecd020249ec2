//! Why a call failed. Every call that can fail returns a status; its last argument, which may be NULL,
//! receives the error.
//!
//! ```c
//! ferry_filestack *client = NULL;
//! if (ferry_filestack_new("", NULL, &client, &err) != FERRY_OK) {
//!     fprintf(stderr, "%s: %s\n", ferry_status_name(ferry_error_status(err)), ferry_error_message(err));
//!     ferry_error_free(err);
//! }
//! ```

use std::ffi::{CStr, CString, c_char};

use super::{Live, c_text, get_or};
use crate::error::{Error, ErrorKind};

/// The result of a call that can fail: `FERRY_OK` or a reason. Treat a number that is not listed here as a
/// failure.
pub type ferry_status = i32;

/// Success.
pub const FERRY_OK: ferry_status = 0;
/// An argument cannot be used; the message names it. Nothing was sent.
pub const FERRY_INVALID_ARGUMENT: ferry_status = 1;
/// The object is in the wrong state for this call, e.g. the upload is running already.
pub const FERRY_INVALID_STATE: ferry_status = 2;
/// A local file cannot be read or written, or a read or write callback failed.
pub const FERRY_IO: ferry_status = 3;
/// The connection failed or was cut.
pub const FERRY_NETWORK: ferry_status = 4;
/// A timeout or the deadline has passed.
pub const FERRY_TIMEOUT: ferry_status = 5;
/// The service answered with an error; see `ferry_error_http_status` and `ferry_error_body`.
pub const FERRY_HTTP: ferry_status = 6;
/// The answer of the service was not understood.
pub const FERRY_PROTOCOL: ferry_status = 7;
/// What was stored differs from what was sent.
pub const FERRY_INTEGRITY: ferry_status = 8;
/// The source changed while it was uploaded, or the stored file while it was downloaded.
pub const FERRY_FILE_CHANGED: ferry_status = 9;
/// The call was cancelled or interrupted. After an interrupt `ferry_error_retryable` is true, unless the call
/// makes something and may have arrived.
pub const FERRY_CANCELLED: ferry_status = 10;
/// The upload was paused; run it again to go on.
pub const FERRY_PAUSED: ferry_status = 11;
/// There is no result yet.
pub const FERRY_NOT_READY: ferry_status = 12;
/// The signature does not belong to the message.
pub const FERRY_SIGNATURE_MISMATCH: ferry_status = 13;
/// The signature is right but too old.
pub const FERRY_SIGNATURE_EXPIRED: ferry_status = 14;
/// Memory or threads have run out.
pub const FERRY_OUT_OF_MEMORY: ferry_status = 15;
/// A bug in the library. Please report it with the message.
pub const FERRY_INTERNAL: ferry_status = 99;

pub fn status_of(kind: ErrorKind) -> ferry_status {
    match kind {
        ErrorKind::InvalidArgument => FERRY_INVALID_ARGUMENT,
        ErrorKind::InvalidState => FERRY_INVALID_STATE,
        ErrorKind::Io => FERRY_IO,
        ErrorKind::Network => FERRY_NETWORK,
        ErrorKind::Timeout => FERRY_TIMEOUT,
        ErrorKind::Http => FERRY_HTTP,
        ErrorKind::Protocol => FERRY_PROTOCOL,
        ErrorKind::Integrity => FERRY_INTEGRITY,
        ErrorKind::FileChanged => FERRY_FILE_CHANGED,
        ErrorKind::Cancelled => FERRY_CANCELLED,
        ErrorKind::Paused => FERRY_PAUSED,
        ErrorKind::NotReady => FERRY_NOT_READY,
        ErrorKind::SignatureMismatch => FERRY_SIGNATURE_MISMATCH,
        ErrorKind::SignatureExpired => FERRY_SIGNATURE_EXPIRED,
        ErrorKind::OutOfMemory => FERRY_OUT_OF_MEMORY,
        ErrorKind::Internal => FERRY_INTERNAL,
    }
}

/// The name of a status.
pub fn name_of(status: ferry_status) -> &'static CStr {
    match status {
        FERRY_OK => c"FERRY_OK",
        FERRY_INVALID_ARGUMENT => c"FERRY_INVALID_ARGUMENT",
        FERRY_INVALID_STATE => c"FERRY_INVALID_STATE",
        FERRY_IO => c"FERRY_IO",
        FERRY_NETWORK => c"FERRY_NETWORK",
        FERRY_TIMEOUT => c"FERRY_TIMEOUT",
        FERRY_HTTP => c"FERRY_HTTP",
        FERRY_PROTOCOL => c"FERRY_PROTOCOL",
        FERRY_INTEGRITY => c"FERRY_INTEGRITY",
        FERRY_FILE_CHANGED => c"FERRY_FILE_CHANGED",
        FERRY_CANCELLED => c"FERRY_CANCELLED",
        FERRY_PAUSED => c"FERRY_PAUSED",
        FERRY_NOT_READY => c"FERRY_NOT_READY",
        FERRY_SIGNATURE_MISMATCH => c"FERRY_SIGNATURE_MISMATCH",
        FERRY_SIGNATURE_EXPIRED => c"FERRY_SIGNATURE_EXPIRED",
        FERRY_OUT_OF_MEMORY => c"FERRY_OUT_OF_MEMORY",
        FERRY_INTERNAL => c"FERRY_INTERNAL",
        _ => c"unknown",
    }
}

/// Return the name of a status, e.g. "FERRY_NETWORK", or "unknown". Static.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_status_name(status: ferry_status) -> *const c_char {
    name_of(status).as_ptr()
}

/// Made by the call that failed, freed by the caller. Any number of threads may read it at the same time.
pub struct ferry_error {
    error: Error,
    message: CString,
    step: CString,
    body: CString,
    _live: Live,
}

impl ferry_error {
    pub fn new(error: Error) -> Self {
        let error = error.shortened();
        ferry_error {
            message: c_text(error.message()),
            step: c_text(error.step()),
            body: c_text(error.body()),
            error,
            _live: Live::default(),
        }
    }
}

/// Return the status that the call returned; `FERRY_OK` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_status(error: *const ferry_error) -> ferry_status {
    // SAFETY: NULL or a live error, as the header demands; the same holds for every getter below.
    get_or(FERRY_OK, || unsafe { error.as_ref() }.map(|e| status_of(e.error.kind())))
}

/// Return one line of text for people: what was being done, to what, what came back, what to do. It contains
/// no secret. "" for NULL. Borrowed until the error is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_message(error: *const ferry_error) -> *const c_char {
    // SAFETY: see `ferry_error_status`.
    get_or(c"".as_ptr(), || unsafe { error.as_ref() }.map(|e| e.message.as_ptr()))
}

/// Return the HTTP status of the service's answer; 0 if there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_http_status(error: *const ferry_error) -> i32 {
    // SAFETY: see `ferry_error_status`.
    get_or(0, || unsafe { error.as_ref() }.map(|e| i32::from(e.error.http_status())))
}

/// Return the system's number of the error, a value of `errno`: ENOENT if a file is not there, ECONNREFUSED
/// if nobody listens. On Windows one of `GetLastError` or `WSAGetLastError`. 0 if it was not the system that
/// refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_errno(error: *const ferry_error) -> i32 {
    // SAFETY: see `ferry_error_status`.
    get_or(0, || unsafe { error.as_ref() }.map(|e| e.error.errno()))
}

/// Return the first 16 KiB of the body of the service's answer with secrets removed; "" if there was none.
/// Borrowed until the error is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_body(error: *const ferry_error) -> *const c_char {
    // SAFETY: see `ferry_error_status`.
    get_or(c"".as_ptr(), || unsafe { error.as_ref() }.map(|e| e.body.as_ptr()))
}

/// Return the step that failed. Of an upload to Filestack: "start", "upload", "put", "commit", "complete"; to
/// Telestream: "session", "part", "range", "status", "abort". Of other calls a word for what was asked, such
/// as "download"; "" if nothing had begun. Borrowed until the error is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_step(error: *const ferry_error) -> *const c_char {
    // SAFETY: see `ferry_error_status`.
    get_or(c"".as_ptr(), || unsafe { error.as_ref() }.map(|e| e.step.as_ptr()))
}

/// Return whether the same call can succeed later without a change: after a network failure, a busy service
/// or an interrupt. It is false after a pause, which is no failure: whoever asked for it runs the upload
/// again. It is false if the call may have created something that a repetition would create twice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_retryable(error: *const ferry_error) -> bool {
    // SAFETY: see `ferry_error_status`.
    get_or(false, || unsafe { error.as_ref() }.map(|e| e.error.retryable()))
}

/// Free an error. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_error_free(error: Option<Box<ferry_error>>) {
    drop(error);
}
