//! Audio and video conversions.

use std::ffi::{CString, c_char};

use super::error::{ferry_error, ferry_status};
use super::filelink::ferry_filelink;
use super::request::{ferry_request_options, request_options};
use super::value::ferry_value;
use super::{Live, Out, borrow, c_text, get_or, guard, into_c_string, run_void};
use crate::error::Result;
use crate::filestack::av::Conversion;

/// A conversion of audio or video, a job of the service. Used by any number of threads at once.
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

/// The job's id. "" for NULL. Borrowed until the conversion is freed, like all texts below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_uuid(av: *const ferry_av) -> *const c_char {
    // SAFETY: NULL or a live conversion, as the header demands; the same holds for every getter below.
    get_or(c"".as_ptr(), || unsafe { av.as_ref() }.map(|a| a.uuid.as_ptr()))
}

/// When the job began, as the service says it. "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_timestamp(av: *const ferry_av) -> *const c_char {
    // SAFETY: see `ferry_av_uuid`.
    get_or(c"".as_ptr(), || unsafe { av.as_ref() }.map(|a| a.timestamp.as_ptr()))
}

/// The URL of the conversion, unsigned. "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_url(av: *const ferry_av) -> *const c_char {
    // SAFETY: see `ferry_av_uuid`.
    get_or(c"".as_ptr(), || unsafe { av.as_ref() }.map(|a| a.url.as_ptr()))
}

/// Asks the service how far it is: "started", "pending", "completed" or "failed". `out` is freed with `ferry_string_free`; `options` may be NULL.
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

/// Asks until the conversion is completed, with pauses from 1 to 5 seconds; a failed one is FERRY_HTTP with the service's reason. `deadline_ms` of
/// `options` bounds the wait, its callback is called meanwhile and can cancel it. `out` gets the service's description of the result; it
/// may be NULL, and so may `options`.
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
            out.set_boxed(ferry_value::new(value));
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The converted file: FERRY_NOT_READY until `ferry_av_status` or `ferry_av_wait` has seen it completed. Nothing is sent.
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

/// Frees a conversion; NULL is allowed. The job goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_av_free(av: Option<Box<ferry_av>>) {
    run_void(|| drop(av))
}
