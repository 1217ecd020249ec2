//! An upload as a handle: it can be paused, interrupted, cancelled and run again, whatever service it is to,
//! and whether it is of one file or of many.
//!
//! An upload that goes on after the network was away:
//!
//! ```c
//! ferry_upload *upload = NULL;
//! ferry_status status = ferry_filestack_upload_new(client, "film.mov", NULL, &upload, &err);
//! if (status == FERRY_OK)
//!     status = ferry_upload_run(upload, &err);
//! for (int runs = 1; status != FERRY_CANCELLED && ferry_error_retryable(err) && runs < 5; runs++) {
//!     fprintf(stderr, "%s\n", ferry_error_message(err));
//!     ferry_error_free(err);
//!     status = ferry_upload_run(upload, &err); // what has arrived is not sent again
//! }
//! ferry_error_free(err);
//! ferry_upload_free(upload);
//! ```
//!
//! Three ways to stop an upload, each from any thread:
//!
//! - Pause (`ferry_upload_pause`): requests under way end first, then the run returns FERRY_PAUSED. It can be
//!   run again.
//! - Interrupt (`ferry_upload_interrupt`, or a progress callback that does not return 0): the run returns
//!   FERRY_CANCELLED within a second. It can be run again; parts that were under way are sent again.
//! - Cancel (`ferry_upload_cancel`): the run returns FERRY_CANCELLED within a second. It cannot be run again.
//!   An upload to Telestream is deleted at the service.
//!
//! A limit (`bytes_per_second` of the options, `ferry_upload_limit`) is kept evenly, in steps of a few
//! milliseconds, by all connections of the upload together; that of the client by all its calls together.
//! Where both are set the lower one wins. What counts is what a meter on the line shows, there and back:
//! bodies, the heads of requests and answers, TLS, and the headers of the packets that carry them. The
//! opening of a connection does not wait, but counts. To wait for a limit is no stall (`stall_timeout_ms`).
//! Any limit works, but a service may give up a connection on which little moves: below 64 KiB/s set
//! `concurrency` to 1.

use std::ffi::c_char;
use std::sync::{Arc, Mutex};

use super::batch::{self, ItemWatcher};
use super::error::{ferry_error, ferry_status};
use super::filelink::ferry_filelink;
use super::progress::Watcher;
use super::started::Started;
use super::value::ferry_value;
use super::{Live, Out, borrow, get_or, guard, into_c_string, run_void};
use crate::error::{Error, ErrorKind, Result};
use crate::filestack::{self, Batch, Filelink};
use crate::telestream;
use crate::transfer::lifecycle::{Lifecycle, UploadState};

/// An upload that can be paused, interrupted, cancelled and run again. Threads may share it: one runs it,
/// others control and watch it.
pub struct ferry_upload {
    /// Dropped first: its run is of the others.
    pub(super) started: Mutex<Option<Started>>,
    pub(super) upload: Arc<Service>,
    pub(super) watcher: Watcher,
    _live: Live,
}

/// Whose upload it is.
pub(super) enum Service {
    Filestack(Box<filestack::Upload<'static>>),
    Telestream(Box<telestream::Upload>),
    Batch(Box<Batch>, ItemWatcher),
}

impl Service {
    pub(super) fn lifecycle(&self) -> &Lifecycle {
        match self {
            Service::Filestack(upload) => upload.lifecycle(),
            Service::Telestream(upload) => upload.lifecycle(),
            Service::Batch(batch, _) => batch.lifecycle(),
        }
    }

    pub(super) fn run(&self, watcher: Watcher) -> Result<()> {
        match self {
            Service::Filestack(upload) => watcher.watch(|observer| upload.run(observer)),
            Service::Telestream(upload) => watcher.watch(|observer| upload.run(observer)),
            Service::Batch(batch, on_item) => on_item.run(batch, watcher),
        }
    }

    fn token(&self) -> Result<String> {
        match self {
            Service::Filestack(upload) => upload.token(),
            Service::Telestream(upload) => upload.token(),
            Service::Batch(..) => Err(Error::new(
                ErrorKind::InvalidState,
                "a batch has no token: give it a journal, and another process can go on with it",
            )),
        }
    }

    fn result(&self) -> Result<ferry_value> {
        match self {
            Service::Filestack(upload) => upload.answer().and_then(ferry_value::new),
            Service::Telestream(upload) => upload.answer().and_then(ferry_value::new),
            Service::Batch(batch, _) => batch::report(batch),
        }
    }

    fn filelink(&self) -> Result<Filelink> {
        match self {
            Service::Filestack(upload) => upload.filelink(),
            Service::Telestream(_) => Err(Error::new(
                ErrorKind::InvalidState,
                "an upload to Telestream makes a video, not a filelink: ask for its result",
            )),
            Service::Batch(..) => Err(Error::new(
                ErrorKind::InvalidState,
                "a batch makes many filelinks: ask for that of an item",
            )),
        }
    }
}

impl ferry_upload {
    pub(super) fn to_filestack(upload: filestack::Upload<'static>, watcher: Watcher) -> Self {
        Self::new(Service::Filestack(Box::new(upload)), watcher)
    }

    pub(super) fn to_telestream(upload: telestream::Upload, watcher: Watcher) -> Self {
        Self::new(Service::Telestream(Box::new(upload)), watcher)
    }

    pub(super) fn to_batch(batch: Batch, on_item: ItemWatcher, watcher: Watcher) -> Self {
        Self::new(Service::Batch(Box::new(batch), on_item), watcher)
    }

    fn new(upload: Service, watcher: Watcher) -> Self {
        ferry_upload { started: Mutex::default(), upload: Arc::new(upload), watcher, _live: Live::default() }
    }

    pub(super) fn item_filelink(&self, index: usize) -> Result<Filelink> {
        match &*self.upload {
            Service::Batch(batch, _) => batch.filelink(index),
            _ => Err(Error::new(ErrorKind::InvalidState, "the upload is no batch: it has no items")),
        }
    }
}

/// Run an upload until it is stored, stopped or has failed.
///
/// After FERRY_PAUSED, an interrupt or a failure, run it again: parts that the service has confirmed are not
/// sent again. Fails with FERRY_CANCELLED if it is cancelled, or interrupted (`ferry_error_retryable` is then
/// true); with FERRY_INVALID_STATE if it is running in another thread, was started (`ferry_upload_start`),
/// was cancelled in an earlier run, or another process holds its journal; with FERRY_FILE_CHANGED if the file
/// is no longer what it was. Once it is uploaded, it returns FERRY_OK and sends nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_run(
    upload: *const ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointer as the header demands.
        let upload = unsafe { borrow(upload, "upload") }?;
        upload.check_not_started()?;
        upload.upload.run(upload.watcher)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Request a pause and return at once. No new request starts, those under way end, then `ferry_upload_run`
/// returns FERRY_PAUSED; on a slow line that takes as long as a part does. Without a run in progress it
/// pauses the next one at its start. Call it from any thread, also inside a callback. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_pause(upload: *const ferry_upload) {
    // SAFETY: NULL or a live upload, as the header demands; the same holds for the functions below.
    get_or((), || unsafe { upload.as_ref() }.map(|u| u.upload.lifecycle().control().pause()))
}

/// Interrupt the run in progress and return at once. `ferry_upload_run` returns FERRY_CANCELLED within a
/// second, `ferry_error_retryable` is true, and the upload can be run again: parts that the service has
/// confirmed are not sent again, those under way are. Without a run in progress it does nothing. Call it from
/// any thread, also inside a callback, but not from a signal handler. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_interrupt(upload: *const ferry_upload) {
    // SAFETY: see `ferry_upload_pause`.
    get_or((), || unsafe { upload.as_ref() }.map(|u| u.upload.lifecycle().control().interrupt()))
}

/// Cancel an upload for good and return at once. `ferry_upload_run` returns FERRY_CANCELLED within a second,
/// and the upload cannot be run again. That run also deletes an upload to Telestream at the service. If none
/// is in progress, the next run does so and ends. Call it from any thread, also inside a callback. NULL is
/// allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_cancel(upload: *const ferry_upload) {
    // SAFETY: see `ferry_upload_pause`.
    get_or((), || unsafe { upload.as_ref() }.map(|u| u.upload.lifecycle().control().cancel()))
}

/// Set the most bytes a second of all connections of an upload together, and return at once; 0 takes the
/// limit away. It holds from now on, for a run in progress and for those that follow, and replaces
/// `bytes_per_second` of the options; the client's limit stays. Call it from any thread, also inside a
/// callback. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_limit(upload: *const ferry_upload, bytes_per_second: u64) {
    // SAFETY: see `ferry_upload_pause`.
    let upload = unsafe { upload.as_ref() };
    get_or((), || upload.map(|u| u.upload.lifecycle().control().limit(bytes_per_second)))
}

/// Not run yet.
pub const FERRY_UPLOAD_INITIALIZED: i32 = 1;
/// Running.
pub const FERRY_UPLOAD_UPLOADING: i32 = 2;
/// The last run ended because of a pause; another run goes on.
pub const FERRY_UPLOAD_PAUSED: i32 = 3;
/// The last run was interrupted, or failed and `ferry_error_retryable` was true; another run goes on.
pub const FERRY_UPLOAD_INTERRUPTED: i32 = 4;
/// The last run failed, and another one fails too unless the cause is removed.
pub const FERRY_UPLOAD_ERROR: i32 = 5;
/// Stored. Final.
pub const FERRY_UPLOAD_UPLOADED: i32 = 6;
/// Cancelled. Final.
pub const FERRY_UPLOAD_ABORTED: i32 = 7;

/// Return the state of an upload: one of `FERRY_UPLOAD_*`; 0 for NULL. Call it from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_state(upload: *const ferry_upload) -> i32 {
    let number = |upload: &ferry_upload| match upload.upload.lifecycle().state() {
        UploadState::Initialized => FERRY_UPLOAD_INITIALIZED,
        UploadState::Uploading => FERRY_UPLOAD_UPLOADING,
        UploadState::Paused => FERRY_UPLOAD_PAUSED,
        UploadState::Interrupted => FERRY_UPLOAD_INTERRUPTED,
        UploadState::Error => FERRY_UPLOAD_ERROR,
        UploadState::Uploaded => FERRY_UPLOAD_UPLOADED,
        UploadState::Aborted => FERRY_UPLOAD_ABORTED,
    };
    // SAFETY: see `ferry_upload_pause`.
    get_or(0, || unsafe { upload.as_ref() }.map(number))
}

/// Return the word for a state of an upload, e.g. "interrupted" for FERRY_UPLOAD_INTERRUPTED, or "unknown".
/// Static.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_upload_state_name(state: i32) -> *const c_char {
    let name = match state {
        FERRY_UPLOAD_INITIALIZED => c"initialized",
        FERRY_UPLOAD_UPLOADING => c"uploading",
        FERRY_UPLOAD_PAUSED => c"paused",
        FERRY_UPLOAD_INTERRUPTED => c"interrupted",
        FERRY_UPLOAD_ERROR => c"error",
        FERRY_UPLOAD_UPLOADED => c"uploaded",
        FERRY_UPLOAD_ABORTED => c"aborted",
        _ => c"unknown",
    };
    name.as_ptr()
}

/// Get the text with which another process, language or machine goes on with an upload:
/// `ferry_filestack_upload_resume`, `ferry_telestream_upload_resume`. It says what the service has confirmed
/// so far, in one line of ASCII: about 64 bytes for each part, or for each chunk of an intelligent upload,
/// and some KiB. Call it at any time, from any thread, also inside a callback and after a failure. It has no
/// key, policy or signature in it, and only clients of the same account and the same address of the service
/// can use it. One of them at a time: two that go on with the same token at once can store the bytes of
/// either, and one that goes on when the upload is complete stores the file once more. Fails with
/// FERRY_INVALID_STATE after a cancel, and for a batch.
/// Free `out` with `ferry_string_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_token(
    upload: *const ferry_upload,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, upload) = unsafe { (Out::new(out, "out")?, borrow(upload, "upload")?) };
        out.set(into_c_string(upload.upload.token()?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Get what the service said of the stored file, or of the video that was made of it; JSON's null if
/// Telestream said nothing. Fails with FERRY_NOT_READY until it is uploaded. Of a batch it is the report, at
/// any time (`ferry_filestack_upload_batch`). Free `out` with `ferry_value_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_result(
    upload: *const ferry_upload,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, upload) = unsafe { (Out::new(out, "out")?, borrow(upload, "upload")?) };
        out.set_boxed(upload.upload.result()?);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Get the filelink of the stored file. Fails with FERRY_NOT_READY until it is uploaded, and with
/// FERRY_INVALID_STATE for an upload to Telestream and for a batch, which make none or many. Free `out` with
/// `ferry_filelink_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_filelink(
    upload: *const ferry_upload,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, upload) = unsafe { (Out::new(out, "out")?, borrow(upload, "upload")?) };
        out.set_boxed(ferry_filelink::new(upload.upload.filelink()?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Free an upload that is not running. One that was started is interrupted, without another callback, and its
/// thread has ended when this returns. What the service has received stays there. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_free(upload: Option<Box<ferry_upload>>) {
    run_void(|| drop(upload))
}
