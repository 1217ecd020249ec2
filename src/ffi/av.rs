//! Conversions of audio and video: jobs that run at the service.
//!
//! ```c
//! ferry_transform *chain = NULL;
//! ferry_av *conversion = NULL;
//! ferry_filelink *converted = NULL;
//! if (ferry_transform_new(client, "HANDLE", &chain, &err) == FERRY_OK &&
//!     ferry_transform_av_convert(chain, "{\"preset\": \"h264\"}", NULL, &conversion, &err) == FERRY_OK &&
//!     ferry_av_wait(conversion, NULL, NULL, &err) == FERRY_OK &&
//!     ferry_av_filelink(conversion, &converted, &err) == FERRY_OK)
//!     puts(ferry_filelink_url(converted));
//! ferry_filelink_free(converted);
//! ferry_av_free(conversion);
//! ferry_transform_free(chain);
//! ```

use std::ffi::{CString, c_char};

use super::error::{ferry_error, ferry_status};
use super::filelink::ferry_filelink;
use super::request::{ferry_request_options, request_options};
use super::value::ferry_value;
use super::{Live, Out, borrow, c_text, get_or, guard, into_c_string, run_void};
use crate::error::Result;
use crate::filestack::av::Conversion;

/// A conversion of audio or video, which is a job of the service. Any number of threads may use it at the
/// same time.
pub struct ferry_av {
    conversion: Conversion,
    uuid: CString,
    timestamp: CString,
    url: CString,
    _live: Live,
}

impl ferry_av {
    pub fn new(conversion: Conversion) -> Self {
        ferry_av {
            uuid: c_text(conversion.uuid()),
            timestamp: c_text(conversion.timestamp()),
            url: c_text(conversion.url()),
            conversion,
            _live: Live::default(),
        }
    }
}

/// Return the id of the job; "" for NULL. Borrowed until the conversion is freed, like all texts below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_uuid(av: *const ferry_av) -> *const c_char {
    // SAFETY: NULL or a live conversion, as the header demands; the same holds for every getter below.
    get_or(c"".as_ptr(), || unsafe { av.as_ref() }.map(|a| a.uuid.as_ptr()))
}

/// Return when the job began, as the service tells it; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_timestamp(av: *const ferry_av) -> *const c_char {
    // SAFETY: see `ferry_av_uuid`.
    get_or(c"".as_ptr(), || unsafe { av.as_ref() }.map(|a| a.timestamp.as_ptr()))
}

/// Return the URL of the conversion, unsigned; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_url(av: *const ferry_av) -> *const c_char {
    // SAFETY: see `ferry_av_uuid`.
    get_or(c"".as_ptr(), || unsafe { av.as_ref() }.map(|a| a.url.as_ptr()))
}

/// Ask the service for the state of the job: "started", "pending", "completed" or "failed". `options` may be
/// NULL. Free `out` with `ferry_string_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_status(
    av: *const ferry_av,
    options: *const ferry_request_options,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, av, (options, watcher)) =
            unsafe { (Out::new(out, "out")?, borrow(av, "av")?, request_options(options)?) };
        let status = watcher.watch(|observer| av.conversion.status(&options, observer))?;
        out.set(into_c_string(status));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Ask repeatedly, with pauses from 1 to 5 seconds, until the conversion is completed. Fails with FERRY_HTTP
/// and the service's reason if the conversion fails, with FERRY_PROTOCOL if it was completed ten times and
/// had no file, with FERRY_TIMEOUT after `deadline_ms` of `options`, and with FERRY_CANCELLED if its callback
/// ends the wait. `out` receives the service's description of the result; free it with `ferry_value_free`.
/// `out` and `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_wait(
    av: *const ferry_av,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, av, (options, watcher)) =
            unsafe { (Out::optional(out), borrow(av, "av")?, request_options(options)?) };
        let value = watcher.watch(|observer| av.conversion.wait(&options, observer))?;
        if let Some(out) = out {
            out.set_boxed(ferry_value::new(value)?);
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Get the converted file. Fails with FERRY_NOT_READY until `ferry_av_status` or `ferry_av_wait` has seen it
/// completed, and with FERRY_PROTOCOL if it has become no file. Nothing is sent. Free `out` with
/// `ferry_filelink_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_filelink(
    av: *const ferry_av,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, av) = unsafe { (Out::new(out, "out")?, borrow(av, "av")?) };
        out.set_boxed(ferry_filelink::new(av.conversion.filelink()?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Free a conversion. The job goes on. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_free(av: Option<Box<ferry_av>>) {
    run_void(|| drop(av))
}
