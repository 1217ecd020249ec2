//! Uploads to Filestack: one call for a whole upload, or a handle that can be stopped and run again.
//!
//! ```c
//! ferry_filelink *stored = NULL;
//! if (ferry_filestack_upload_file(client, "photo.jpg", NULL, &stored, &err) == FERRY_OK)
//!     puts(ferry_filelink_url(stored));
//! ferry_filelink_free(stored);
//! ```
//!
//! An upload is at least four requests: start, one address and one PUT for each part, and completion. With
//! `single_request` of the options it is one, whose body is the file. This is for small files, alone or in
//! batches: the service has a limit of its own, and what breaks off begins anew.
//!
//! - `filename`, `sanitize_filename`, `mimetype`, `location`, `path`, `container`, `access`, `security` and
//!   what is about the call can be set. `intelligent`, `part_size`, `concurrency` (but of a batch),
//!   `journal_dir`, `restart`, `tags_json`, `alt_text`, `region` and `workflows_json` cannot: that is
//!   FERRY_INVALID_ARGUMENT.
//! - The request is sent again only if it has surely not arrived: there was no connection, or the answer was
//!   429. Else a failure is final (`ferry_error_retryable` is false), and the file may be stored all the
//!   same; who uploads it again may store a second one. The call itself never does. The error's step is
//!   "store".
//! - The size of what is stored is compared with what was sent (FERRY_INTEGRITY). The parts of other uploads
//!   are compared by their MD5 as well.
//! - A reader's data is read to its end first, into the temporary file.
//! - A prepared upload can be run again, and is sent again from its first byte; it has no token. A batch that
//!   is run again sends what is not known to be stored.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::error::{ferry_error, ferry_status};
use super::filelink::ferry_filelink;
use super::filestack::ferry_filestack;
use super::options::{check_reserved, is_set};
use super::progress::{Watcher, ferry_progress_fn};
use super::reader::{Reader, announced, ferry_read_fn};
use super::security::{self, ferry_security};
use super::upload::ferry_upload;
use super::{Out, borrow, guard, option_struct, options, owned_text, slice, text};
use crate::error::{Error, Result};
use crate::filestack::store;
use crate::filestack::{Intelligent, Place, Upload, UploadOptions};
use crate::transfer::source::Source;

/// Plain multipart upload.
pub const FERRY_INTELLIGENT_OFF: i32 = 0;
/// Send parts in chunks that get smaller on a bad network. Plain if the account does not have it.
pub const FERRY_INTELLIGENT_ON: i32 = 1;
/// Plain until a part fails, then in chunks.
pub const FERRY_INTELLIGENT_FALLBACK: i32 = 2;

/// Options of an upload. Zero and NULL mean the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_upload_options {
    /// Set by `ferry_upload_options_init`.
    pub struct_size: usize,
    /// Name of the stored file. NULL: the last element of the path; "unnamed_file" for data without a path.
    pub filename: *const c_char,
    /// Replace each of \ { } | % ` " ' ~ [ ] # ^ < > in the name by "-", except in its extension.
    pub sanitize_filename: MaybeUninit<bool>,
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
    /// Number of parts, and of files of a batch, sent at the same time, 1 to 64. 0: as many as make it
    /// faster; the number follows the line.
    pub concurrency: u32,
    /// Size of a part in bytes, 5 MiB to 5 GiB. 0: 5 MiB. It is raised where the file would need more than
    /// 10,000 parts. Intelligent uploads always use 8 MiB.
    pub part_size: u64,
    /// Policy and signature. NULL: the client's.
    pub security: *const ferry_security,
    /// Progress callback. NULL: none.
    pub on_progress: ferry_progress_fn,
    /// Passed to `on_progress`.
    pub user_data: *mut c_void,
    /// Time limit of the whole call in milliseconds, retries included. 0: the client's `deadline_ms`.
    pub deadline_ms: u32,
    /// Start anew where the file may be stored already and the service cannot tell (FERRY_NOT_READY): then a
    /// second one is possible.
    pub restart: MaybeUninit<bool>,
    /// Folder that keeps what the upload of a file needs to go on after the process has ended, however that
    /// happened; see @ref journal. NULL: none.
    pub journal_dir: *const c_char,
    /// The most bytes a second of all connections of the upload together, there and back; see @ref upload.
    /// `ferry_upload_limit` changes it. The client's limit holds too. 0: no limit.
    pub bytes_per_second: u64,
    /// Send the file in one request instead of parts; for small files, see @ref filestack_upload.
    pub single_request: MaybeUninit<bool>,
    /// Must be 0.
    pub _reserved: u32,
}

option_struct!(ferry_upload_options, ferry_upload_options_init:
    struct_size filename sanitize_filename mimetype alt_text tags_json location path container
    region access workflows_json intelligent concurrency part_size security on_progress user_data
    deadline_ms restart journal_dir bytes_per_second single_request _reserved
);

/// # Safety
/// `given` is NULL or points to valid options.
pub unsafe fn upload_options(given: *const ferry_upload_options) -> Result<(UploadOptions, Watcher)> {
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
            bytes_per_second: given.bytes_per_second,
            security: security::optional(given.security),
            deadline: super::connection::deadline(given.deadline_ms),
            journal_dir: owned_text(given.journal_dir, "journal_dir")?,
            single_request: is_set(given.single_request),
            restart: is_set(given.restart),
            checksums: true,
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}

/// Upload a file and wait until it is stored. `out` receives its filelink; free it with
/// `ferry_filelink_free`. `options` may be NULL.
///
/// Fails with FERRY_IO if the file cannot be read, FERRY_FILE_CHANGED if it changes meanwhile,
/// FERRY_INTEGRITY if what is stored differs from it, and with the statuses of every request. An upload that
/// fails starts from the beginning in the next call, unless `journal_dir` of the options is set;
/// `ferry_filestack_upload_new` makes one that can be run again.
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

/// Upload bytes in memory and wait until they are stored. They are not copied: do not change them until the
/// call returns. Otherwise as `ferry_filestack_upload_file`.
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

/// Upload what `read` provides while it is read, and wait until it is stored; see @ref reader. `size` is its
/// length or `FERRY_SIZE_UNKNOWN`. Otherwise as `ferry_filestack_upload_file`.
///
/// Fails with FERRY_FILE_CHANGED if the data has another length than `size`, FERRY_INVALID_ARGUMENT if it is
/// empty or the callback claims more than the capacity, and FERRY_IO if the callback fails or the disk is
/// full. The requests under way then end at once, and nothing is stored. If the service forgets the upload
/// when parts are stored already, it cannot start anew: the error is final.
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
        // SAFETY: as the header demands, until the call returns; so long lives `upload`.
        let reader = unsafe { Reader::new(read, read_data) }?;
        let read = move |buffer: &mut [u8]| reader.read(buffer);
        let upload = Upload::of_reader(&client.client, announced(size), options, read)?;
        finish(&upload, watcher, out)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Have the service fetch and store the file at `url`. Of `options`, which may be NULL, it uses where and how
/// to store, the tags, the callback and the deadline; `mimetype`, `alt_text` and `journal_dir` must be NULL.
/// `out` receives the filelink; free it with `ferry_filelink_free`. Fails with FERRY_HTTP if the service
/// cannot fetch the file.
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

/// Prepare the upload of a file. Nothing is sent. The callback of `options`, which may be NULL, and its user
/// data must live until every `ferry_upload_run` has returned. Fails with FERRY_IO if the file cannot be
/// opened. Free `out` with `ferry_upload_free`.
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
        let upload = Upload::of_file(&client.client, path, options)?;
        out.set_boxed(ferry_upload::to_filestack(upload, watcher));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Prepare the upload of a token (`ferry_upload_token`), of the file at `path`. Nothing is sent. Its run
/// sends what the service lacks, and compares what it has with the file: the file may be elsewhere or a copy,
/// on another machine too, if its bytes are the same. The client's API key must be that of the token.
///
/// The token says what is stored and how. `options` may set `concurrency`, `bytes_per_second`, `security`,
/// `on_progress`, `user_data`, `deadline_ms`, `journal_dir` and `restart`; it may be NULL. Otherwise as
/// `ferry_filestack_upload_new`. Fails with FERRY_INVALID_ARGUMENT if the token is cut, altered, of another
/// version, service or account, or of a file of another size. Free `out` with `ferry_upload_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_resume(
    client: *const ferry_filestack,
    path: *const c_char,
    token: *const c_char,
    options: *const ferry_upload_options,
    out: *mut *mut ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, path, token, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(client, "client")?,
                text(path, "path")?,
                text(token, "token")?,
                upload_options(options)?,
            )
        };
        let upload = Upload::resume(&client.client, path, token, options)?;
        out.set_boxed(ferry_upload::to_filestack(upload, watcher));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}
