//! An upload beside a loop of the program's own (poll, epoll, libuv, asyncio, Qt): it is started, and the
//! loop polls it whenever its descriptor can be read.
//!
//! ```c
//! ferry_upload *upload = NULL;
//! ferry_progress progress = {.struct_size = sizeof progress};
//! if (ferry_filestack_upload_new(client, "film.mov", NULL, &upload, &err) == FERRY_OK &&
//!     ferry_upload_start(upload, &err) == FERRY_OK) {
//!     struct pollfd ready = {.fd = ferry_upload_fd(upload), .events = POLLIN};
//!     while (ferry_upload_poll(upload, &progress) == FERRY_NOT_READY)
//!         poll(&ready, 1, -1); // beside whatever else the program waits for
//!     if (ferry_upload_finish(upload, &err) == FERRY_OK)
//!         puts("stored");
//! }
//! ferry_error_free(err);
//! ferry_upload_free(upload);
//! ```
//!
//! A started upload has a thread of its own until `ferry_upload_finish` or `ferry_upload_free` returns. Its
//! callbacks (progress, events, `read`, `on_item`) do not run there, but on the thread that polls, inside
//! `ferry_upload_poll` or `ferry_upload_finish`, one in a call; the upload waits for them. Pause, interrupt,
//! cancel, limit and the getters work as during `ferry_upload_run`.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::errand::Errands;
use super::error::{FERRY_INVALID_ARGUMENT, FERRY_INVALID_STATE, FERRY_NOT_READY, FERRY_OK};
use super::error::{ferry_error, ferry_status};
use super::progress::ferry_progress;
use super::upload::{Service, ferry_upload};
use super::{borrow, get_or, guard};
use crate::error::{Error, ErrorKind, Result, system_text};
use crate::thread;
use crate::transfer::lifecycle::UploadState;

/// A run on a thread of its own. Dropping it interrupts the run and waits for its end.
pub struct Started {
    errands: Arc<Errands>,
    service: Arc<Service>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Started {
    fn drop(&mut self) {
        let is_in_callback = self.errands.abandon();
        self.service.lifecycle().control().interrupt();
        // The thread waits for the callback that this would be called in.
        if let Some(thread) = self.thread.take().filter(|_| !is_in_callback) {
            let _ = thread.join();
        }
    }
}

fn check_none(started: &Option<Started>) -> Result<()> {
    match started {
        Some(_) => {
            let text = "the upload was started already: finish it first";
            Err(Error::new(ErrorKind::InvalidState, text))
        }
        None => Ok(()),
    }
}

impl ferry_upload {
    fn slot(&self) -> MutexGuard<'_, Option<Started>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error while the upload is started.
    pub(super) fn check_not_started(&self) -> Result<()> {
        check_none(&self.slot())
    }

    fn start(&self) -> Result<()> {
        let mut slot = self.slot();
        check_none(&slot)?;
        if self.upload.lifecycle().state() == UploadState::Uploading {
            let text = "the upload is running already, in another call";
            return Err(Error::new(ErrorKind::InvalidState, text));
        }
        let errands = Errands::new().map_err(|cause| {
            let text = format!("cannot make a pipe for the upload: {}", system_text(&cause));
            Error::new(ErrorKind::Io, text).with_cause(&cause)
        })?;
        let (own, service, watcher) = (Arc::clone(&errands), Arc::clone(&self.upload), self.watcher);
        let work = move || own.work(move || service.run(watcher));
        let thread = thread::spawn(work)?;
        errands.wait_for_begin(|| self.upload.lifecycle().state() == UploadState::Uploading);
        let service = Arc::clone(&self.upload);
        *slot = Some(Started { errands, service, thread: Some(thread) });
        Ok(())
    }

    fn errands(&self) -> Option<Arc<Errands>> {
        self.slot().as_ref().map(|started| Arc::clone(&started.errands))
    }

    fn finish(&self) -> Result<()> {
        let not_started = || {
            let text = "the upload was not started: start it first";
            Error::new(ErrorKind::InvalidState, text)
        };
        let errands = self.errands().ok_or_else(not_started)?;
        let result = errands.finish()?.ok_or_else(not_started)?;
        let started = self.slot().take();
        drop(started);
        result
    }
}

/// Start an upload and return at once; it goes on in a thread of its own. The result is that of
/// `ferry_upload_finish`, which has to follow before another start or run.
///
/// Fails with FERRY_INVALID_STATE if it is started or running already, FERRY_IO if there is no descriptor
/// left, FERRY_OUT_OF_MEMORY if there is no thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_start(
    upload: *const ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointer as the header demands.
        unsafe { borrow(upload, "upload") }?.start()
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Return the descriptor of a started upload, on Windows its SOCKET: it can be read (POLLIN) when there is
/// progress, a callback to run or the end, until `ferry_upload_poll` was called, or for the end
/// `ferry_upload_finish`. Only wait for it: do not read it and do not close it. It is closed by
/// `ferry_upload_finish` and `ferry_upload_free`: take it out of the loop before. Returns -1 for NULL and for
/// an upload that is not started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_fd(upload: *const ferry_upload) -> i32 {
    // SAFETY: NULL or a live upload, as the header demands.
    get_or(-1, || unsafe { upload.as_ref() }?.errands().map(|errands| errands.fd()))
}

/// Look at a started upload without waiting, and run the callback that is due, if one is. Returns
/// FERRY_NOT_READY while the upload is running and FERRY_OK when it has ended, well or not, which
/// `ferry_upload_finish` tells; FERRY_INVALID_STATE if it is not started.
///
/// `progress` receives the last report; NULL: none. Set its `struct_size` to `sizeof *progress` before: no
/// more is written, and 0 is FERRY_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_poll(
    upload: *const ferry_upload,
    progress: *mut ferry_progress,
) -> ferry_status {
    let body = || {
        // SAFETY: NULL or a live upload, as the header demands.
        let upload = unsafe { upload.as_ref() }?;
        // SAFETY: NULL or a struct whose size is set, as the header demands.
        if !unsafe { ferry_progress::is_sized(progress) } {
            return None;
        }
        let Some(errands) = upload.errands() else { return Some(FERRY_INVALID_STATE) };
        let (snapshot, has_ended) = errands.poll();
        // SAFETY: as above.
        unsafe { ferry_progress::from(&snapshot).write_to(progress) };
        Some(if has_ended { FERRY_OK } else { FERRY_NOT_READY })
    };
    get_or(FERRY_INVALID_ARGUMENT, body)
}

/// Wait for the end of a started upload, running its callbacks meanwhile, and return what `ferry_upload_run`
/// would. Its thread has ended then, and the upload can be started or run again. Does not wait if
/// `ferry_upload_poll` has returned FERRY_OK.
///
/// Fails with FERRY_INVALID_STATE if it is not started, and in a callback of the upload.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_finish(
    upload: *const ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointer as the header demands.
        unsafe { borrow(upload, "upload") }?.finish()
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}
