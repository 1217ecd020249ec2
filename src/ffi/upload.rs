//! Uploads: the one-shot calls, and the handle that can be paused, cancelled and run again.

use std::ffi::{c_char, c_void};

use serde_json::Value;

use super::error::{ferry_error, ferry_status};
use super::filelink::ferry_filelink;
use super::filestack::ferry_filestack;
use super::options::{Flag, check_reserved, is_set};
use super::progress::{Watcher, ferry_progress_fn};
use super::security::{self, ferry_security};
use super::value::ferry_value;
use super::{Live, Out, borrow, get_or, guard, option_struct, options, owned_text, run_void, slice, text};
use crate::error::{Error, ErrorKind, Result};
use crate::filestack::store;
use crate::filestack::{Filelink, Intelligent, Place, Upload, UploadOptions};
use crate::telestream;
use crate::transfer::lifecycle::{Lifecycle, UploadState};
use crate::transfer::report::Observer;
use crate::transfer::source::Source;

/// Plain multi-part upload.
pub const FERRY_INTELLIGENT_OFF: i32 = 0;
/// Parts go up in chunks that get smaller on a bad network; plain if the account does not have it.
pub const FERRY_INTELLIGENT_ON: i32 = 1;
/// Plain until a part fails, then in chunks.
pub const FERRY_INTELLIGENT_FALLBACK: i32 = 2;

/// The size of data that is not known before its end.
pub const FERRY_SIZE_UNKNOWN: u64 = 0xFFFF_FFFF_FFFF_FFFF;

/// Gives the next bytes: fills at most `capacity` bytes of `buffer` and returns how many, 0 at the end, less than 0 to fail the
/// call. Runs on the thread that made the call.
pub type ferry_read_fn =
    Option<unsafe extern "C" fn(buffer: *mut c_void, capacity: usize, user_data: *mut c_void) -> i64>;

/// Options of an upload. Zero and NULL mean the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_upload_options {
    /// Set by `ferry_upload_options_init`.
    pub struct_size: usize,
    /// Name of the stored file. NULL: the last element of the path; "unnamed_file" for data without a path.
    pub filename: *const c_char,
    /// Replace each of \ { } | % ` " ' ~ [ ] # ^ < > in the name by "-", except in its extension.
    pub sanitize_filename: Flag,
    /// MIME type. NULL: derived from the extension of the name, else "application/octet-stream".
    pub mimetype: *const c_char,
    /// Description for people who cannot see the picture, up to 125 characters. NULL: none.
    pub alt_text: *const c_char,
    /// Tags: a JSON object of strings; at most 10, keys up to 128, values up to 256 characters. NULL: none.
    pub tags_json: *const c_char,
    /// Storage: "S3", "gcs", "azure", "rackspace", "dropbox". NULL: the client's `storage`.
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
    /// One of `FERRY_INTELLIGENT_*`.
    pub intelligent: i32,
    /// Number of parts sent at the same time, 1 to 20. 0: 4.
    pub concurrency: u32,
    /// Size of a part in bytes, 5 MiB to 5 GiB. 0: 5 MiB. It is raised where the file would need more than 10,000
    /// parts. Intelligent uploads always use 8 MiB.
    pub part_size: u64,
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

option_struct!(ferry_upload_options, ferry_upload_options_init:
    struct_size filename sanitize_filename mimetype alt_text tags_json location path container
    region access workflows_json intelligent concurrency part_size security on_progress user_data
    deadline_ms _reserved
);

/// # Safety
/// `given` is NULL or points to valid options.
unsafe fn upload_options(given: *const ferry_upload_options) -> Result<(UploadOptions, Watcher)> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
        check_reserved(given._reserved, "ferry_upload_options")?;
        let options = UploadOptions {
            filename: owned_text(given.filename, "filename")?,
            sanitize_filename: is_set(given.sanitize_filename),
            mimetype: owned_text(given.mimetype, "mimetype")?,
            place: Place {
                location: owned_text(given.location, "location")?,
                path: owned_text(given.path, "path")?,
                container: owned_text(given.container, "container")?,
                region: owned_text(given.region, "region")?,
                access: owned_text(given.access, "access")?,
                workflows_json: owned_text(given.workflows_json, "workflows_json")?,
            },
            tags_json: owned_text(given.tags_json, "tags_json")?,
            alt_text: owned_text(given.alt_text, "alt_text")?,
            intelligent: match given.intelligent {
                FERRY_INTELLIGENT_OFF => Intelligent::Off,
                FERRY_INTELLIGENT_ON => Intelligent::On,
                FERRY_INTELLIGENT_FALLBACK => Intelligent::Fallback,
                other => {
                    let text = format!(
                        "intelligent is {other}, but must be one of FERRY_INTELLIGENT_OFF, _ON, _FALLBACK"
                    );
                    return Err(Error::invalid_argument(text));
                }
            },
            part_size: given.part_size,
            concurrency: given.concurrency,
            security: security::optional(given.security),
            deadline: super::connection::deadline(given.deadline_ms),
            checksums: true,
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}

/// Uploads a file and waits for it. `out` gets its filelink. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_file(
    client: *const ferry_filestack,
    path: *const c_char,
    options: *const ferry_upload_options,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, path, (options, watcher)) = unsafe {
            (Out::new(out, "out")?, borrow(client, "client")?, text(path, "path")?, upload_options(options)?)
        };
        finish(&Upload::of_file(&client.client, path, options)?, watcher, out)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Uploads bytes in memory and waits. They are not copied: leave them as they are until the call returns. `out` gets the filelink.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_bytes(
    client: *const ferry_filestack,
    data: *const c_void,
    len: usize,
    options: *const ferry_upload_options,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, data, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(client, "client")?,
                slice(data, len, "data")?,
                upload_options(options)?,
            )
        };
        finish(&Upload::new(&client.client, Source::Bytes(data), None, options)?, watcher, out)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Uploads what `read` gives and waits. The data goes into an unlinked temporary file in /var/tmp (or /tmp) first, so that memory does not
/// grow with it and parts can be sent again; progress is reported from then on. `size` is its length, or `FERRY_SIZE_UNKNOWN`; data of another length is FERRY_FILE_CHANGED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_reader(
    client: *const ferry_filestack,
    read: ferry_read_fn,
    read_data: *mut c_void,
    size: u64,
    options: *const ferry_upload_options,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, (options, watcher)) =
            unsafe { (Out::new(out, "out")?, borrow(client, "client")?, upload_options(options)?) };
        let read = read.ok_or_else(|| Error::invalid_argument("read is NULL"))?;
        let size = (size != FERRY_SIZE_UNKNOWN).then_some(size);
        let upload = Upload::of_reader(&client.client, size, options, |buffer| {
            // SAFETY: `read` is a function as the header describes it, and writes at most as much as the buffer has.
            let count = unsafe { read(buffer.as_mut_ptr().cast(), buffer.len(), read_data) };
            usize::try_from(count).map_err(|_| {
                Error::new(ErrorKind::Io, format!("the read callback has failed: it returned {count}"))
            })
        })?;
        finish(&upload, watcher, out)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Has the service fetch and store the file at `url`. Of the options those count that say where and how to store, the tags, and the callback;
/// `mimetype` and `alt_text` must be NULL. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_url(
    client: *const ferry_filestack,
    url: *const c_char,
    options: *const ferry_upload_options,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, url, (options, watcher)) = unsafe {
            (Out::new(out, "out")?, borrow(client, "client")?, text(url, "url")?, upload_options(options)?)
        };
        let filelink = watcher.watch(|observer| store::upload_url(&client.client, url, options, observer))?;
        out.set_boxed(ferry_filelink::new(filelink));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

fn finish(upload: &Upload<'_>, watcher: Watcher, out: Out<*mut ferry_filelink>) -> Result<()> {
    watcher.watch(|observer| upload.run(observer))?;
    out.set_boxed(ferry_filelink::new(upload.filelink()?));
    Ok(())
}

/// An upload that can be paused, cancelled and run again. Used by several threads at once: one runs it, others control and
/// look at it.
pub struct ferry_upload {
    upload: Service,
    watcher: Watcher,
    _live: Live,
}

/// Whose upload it is.
enum Service {
    Filestack(Box<Upload<'static>>),
    Telestream(Box<telestream::Upload>),
}

impl Service {
    fn lifecycle(&self) -> &Lifecycle {
        match self {
            Service::Filestack(upload) => upload.lifecycle(),
            Service::Telestream(upload) => upload.lifecycle(),
        }
    }

    fn run(&self, observer: Option<Observer<'_>>) -> Result<()> {
        match self {
            Service::Filestack(upload) => upload.run(observer),
            Service::Telestream(upload) => upload.run(observer),
        }
    }

    fn answer(&self) -> Result<Value> {
        match self {
            Service::Filestack(upload) => upload.answer(),
            Service::Telestream(upload) => upload.answer(),
        }
    }

    fn filelink(&self) -> Result<Filelink> {
        match self {
            Service::Filestack(upload) => upload.filelink(),
            Service::Telestream(_) => Err(Error::new(
                ErrorKind::InvalidState,
                "an upload to Telestream makes a video, not a filelink: ask for its result",
            )),
        }
    }
}

impl ferry_upload {
    pub(super) fn to_telestream(upload: telestream::Upload, watcher: Watcher) -> Self {
        ferry_upload { upload: Service::Telestream(Box::new(upload)), watcher, _live: Live::default() }
    }
}

/// Prepares the upload of a file; nothing is sent. The callback of `options` and its user data must live until every
/// `ferry_upload_run` has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_new(
    client: *const ferry_filestack,
    path: *const c_char,
    options: *const ferry_upload_options,
    out: *mut *mut ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, path, (options, watcher)) = unsafe {
            (Out::new(out, "out")?, borrow(client, "client")?, text(path, "path")?, upload_options(options)?)
        };
        let upload = Service::Filestack(Box::new(Upload::of_file(&client.client, path, options)?));
        out.set_boxed(ferry_upload { upload, watcher, _live: Live::default() });
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Uploads, and waits until it is done, paused, cancelled or has failed. After FERRY_PAUSED or a failure run it again: what the
/// service has confirmed is not sent again. After FERRY_CANCELLED it is over: FERRY_INVALID_STATE. While it runs in another thread:
/// FERRY_INVALID_STATE. Once uploaded: FERRY_OK, and nothing happens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_run(
    upload: *const ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointer as the header demands.
        let upload = unsafe { borrow(upload, "upload") }?;
        upload.watcher.watch(|observer| upload.upload.run(observer))
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Asks for a pause; returns at once. No new part starts, those under way end, then `ferry_upload_run` returns FERRY_PAUSED. From any
/// thread, also inside a callback. Asked for while nothing runs, it pauses the next run at its start. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_pause(upload: *const ferry_upload) {
    // SAFETY: NULL or a live upload, as the header demands; the same holds for the functions below.
    get_or((), || unsafe { upload.as_ref() }.map(|u| u.upload.lifecycle().control().pause()))
}

/// Ends the upload for good; returns at once, and `ferry_upload_run` within a second with FERRY_CANCELLED. From any thread, also inside
/// a callback. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_cancel(upload: *const ferry_upload) {
    // SAFETY: see `ferry_upload_pause`.
    get_or((), || unsafe { upload.as_ref() }.map(|u| u.upload.lifecycle().control().cancel()))
}

/// Where the upload stands: "initialized", "uploading", "paused", "error" (failed, and would again), "uploaded", "aborted" (cancelled),
/// "interrupted" (failed, and another run can go on). Static; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_state(upload: *const ferry_upload) -> *const c_char {
    let name = |upload: &ferry_upload| {
        let name = match upload.upload.lifecycle().state() {
            UploadState::Initialized => c"initialized",
            UploadState::Uploading => c"uploading",
            UploadState::Paused => c"paused",
            UploadState::Error => c"error",
            UploadState::Uploaded => c"uploaded",
            UploadState::Aborted => c"aborted",
            UploadState::Interrupted => c"interrupted",
        };
        name.as_ptr()
    };
    // SAFETY: see `ferry_upload_pause`.
    get_or(c"".as_ptr(), || unsafe { upload.as_ref() }.map(name))
}

/// What the service said of the stored file, or of the video that it became; JSON's null if Telestream has it all but did not say. FERRY_NOT_READY
/// before it is uploaded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_result(
    upload: *const ferry_upload,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, upload) = unsafe { (Out::new(out, "out")?, borrow(upload, "upload")?) };
        out.set_boxed(ferry_value::new(upload.upload.answer()?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The filelink of the stored file; FERRY_NOT_READY before it is uploaded. Uploads to Telestream have none: FERRY_INVALID_STATE.
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

/// Frees an upload that is not running; NULL is allowed. What the service has is left there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_free(upload: Option<Box<ferry_upload>>) {
    run_void(|| drop(upload))
}
