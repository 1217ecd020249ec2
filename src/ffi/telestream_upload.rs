//! Uploads to Telestream. A file becomes a video, and the service encodes it.
//!
//! ```c
//! ferry_upload *upload = NULL;
//! ferry_value *video = NULL;
//! const char *params = "{\"profiles\": \"h264\"}";
//! if (ferry_telestream_upload_new(telestream, NULL, "film.mov", params, NULL, &upload, &err) == FERRY_OK &&
//!     ferry_upload_run(upload, &err) == FERRY_OK && ferry_upload_result(upload, &video, &err) == FERRY_OK) {
//!     puts(ferry_value_string(ferry_value_get(video, "id")));
//! }
//! ferry_value_free(video);
//! ferry_upload_free(upload);
//! ```

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::error::{ferry_error, ferry_status};
use super::options::is_set;
use super::progress::{Watcher, ferry_progress_fn};
use super::reader::{Reader, announced, ferry_read_fn};
use super::telestream::ferry_telestream;
use super::upload::ferry_upload;
use super::{Out, borrow, guard, option_struct, optional_text, options, owned_text, slice, text};
use crate::error::{Error, Result};
use crate::telestream::{Protocol, Upload, UploadOptions};
use crate::transfer::source::Source;

/// Send parts in any order, several at a time; ranges if the service offers no parts.
pub const FERRY_PROTOCOL_PARTS: i32 = 0;
/// Send one range after the other on one connection: the older protocol.
pub const FERRY_PROTOCOL_RANGES: i32 = 1;

/// Options of an upload to Telestream. Zero and NULL are the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_telestream_upload_options {
    /// Set by `ferry_telestream_upload_options_init`.
    pub struct_size: usize,
    /// The name of the file at the service. NULL: the last element of the path. Data without a path needs
    /// one.
    pub filename: *const c_char,
    /// Files that belong to the video, such as subtitles: a JSON object with a path, or a list of paths, for
    /// each tag, e.g. {"subtitles": ["de.srt", "en.srt"]}. They are sent after the video, and only in parts.
    /// NULL: none.
    pub extra_files_json: *const c_char,
    /// Number of parts sent at the same time, 1 to 64. 0: as many as make it faster; the number follows the
    /// line. The service may allow fewer.
    pub concurrency: u32,
    /// One of `FERRY_PROTOCOL_*`.
    pub protocol: i32,
    /// Called with the progress of a run, on the thread of that run. NULL: none.
    pub on_progress: ferry_progress_fn,
    /// Passed to `on_progress`.
    pub user_data: *mut c_void,
    /// The longest time one run may take, in milliseconds, all retries included. 0: `deadline_ms` of the
    /// client.
    pub deadline_ms: u32,
    /// Start anew where the video may exist already and the service cannot tell (FERRY_NOT_READY): then a
    /// second one is possible.
    pub restart: MaybeUninit<bool>,
    /// Folder that keeps what the upload needs to go on after the process has ended, however that happened;
    /// see @ref journal. NULL: none.
    pub journal_dir: *const c_char,
    /// The most bytes a second of all connections of the upload together, there and back; see @ref upload.
    /// `ferry_upload_limit` changes it. The client's limit holds too. 0: no limit.
    pub bytes_per_second: u64,
}

option_struct!(ferry_telestream_upload_options, ferry_telestream_upload_options_init:
    struct_size filename extra_files_json concurrency protocol on_progress user_data deadline_ms restart
    journal_dir bytes_per_second
);

/// Prepare the upload of a file that becomes a video. The file is opened and the arguments are checked;
/// nothing is sent.
///
/// `factory_id` NULL is that of "factory_id" in the parameters, or else the client's; two that differ are
/// refused. `params_json` is a JSON object or NULL: "profiles" (a list, or a text with commas; without it all
/// profiles of the factory, "none" for no encoding yet), "path_format", "payload", "pipeline" and so on.
/// `options` may be NULL. Its callback and user data must live until every `ferry_upload_run` has returned.
///
/// The handle works like that of `ferry_filestack_upload_new`: run it, and after a failure run it again,
/// which sends only what the service lacks. A run that ends by `ferry_upload_cancel` also deletes the upload
/// at the service; one that is interrupted or paused does not. The service chooses the address that the bytes
/// are sent to, and this may be plain http. Free `out` with `ferry_upload_free`.
///
/// Fails with FERRY_IO if a file cannot be read, and with FERRY_INVALID_ARGUMENT if a file is empty, a
/// parameter or an option cannot be used, or there is no factory. A run can fail with FERRY_FILE_CHANGED if a
/// file changes meanwhile, and with FERRY_INTEGRITY if the service stored another number of bytes.
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

/// Prepare the upload of a token (`ferry_upload_token`), of the file at `path`. Nothing is sent. Its run
/// sends what the service lacks, and compares what it has with the file: the file may be elsewhere or a copy,
/// on another machine too, if its bytes are the same. The client must be of the token's account.
///
/// The token says what is uploaded and how. `options` may set all but `filename` and `protocol`;
/// `extra_files_json` says where the other files are now, with the token's tags, and NULL that they are where
/// they were. Otherwise as `ferry_telestream_upload_new`. Fails with FERRY_INVALID_ARGUMENT if the token is
/// cut, altered, of another version, service or account, or of a file of another size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_upload_resume(
    telestream: *const ferry_telestream,
    path: *const c_char,
    token: *const c_char,
    options: *const ferry_telestream_upload_options,
    out: *mut *mut ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, telestream, path, token, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(telestream, "telestream")?,
                text(path, "path")?,
                text(token, "token")?,
                upload_options(options)?,
            )
        };
        let upload = Upload::resume(&telestream.client, path, token, options)?;
        out.set_boxed(ferry_upload::to_telestream(upload, watcher));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Prepare the upload of what `read` provides while it is read; see @ref reader. `size` is its length or
/// `FERRY_SIZE_UNKNOWN`; then the first run reads to the end before it sends. `filename` of `options` is
/// needed, since data has no name of its own and the service takes the extension of the video from it.
///
/// A run that was stopped or has failed can be followed by another one, which goes on reading where it was.
/// Each run may call the callback from its thread. The callback and its data must live until the last run has
/// returned.
///
/// A run also fails with FERRY_FILE_CHANGED if the data has another length than `size`,
/// FERRY_INVALID_ARGUMENT if it is empty, and FERRY_IO if the callback fails or the disk is full. The
/// requests under way then end at once, and there is no video. If the service forgets the upload when parts
/// are stored already, it cannot begin anew: make another one. Otherwise as `ferry_telestream_upload_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_upload_reader_new(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    read: ferry_read_fn,
    read_data: *mut c_void,
    size: u64,
    params_json: *const c_char,
    options: *const ferry_telestream_upload_options,
    out: *mut *mut ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands; callback and data as long as the upload is run.
        let (out, telestream, factory, reader, params, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(telestream, "telestream")?,
                optional_text(factory_id, "factory_id")?,
                Reader::new(read, read_data)?,
                optional_text(params_json, "params_json")?,
                upload_options(options)?,
            )
        };
        let source = Source::of_reader(announced(size), move |buffer| reader.read(buffer))?;
        let upload = Upload::of_source(&telestream.client, factory, source, params, options)?;
        out.set_boxed(ferry_upload::to_telestream(upload, watcher));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Prepare the upload of bytes in memory. They are not copied: do not change or free them until `out` is
/// freed. `filename` of `options` is needed, since data has no name of its own and the service takes the
/// extension of the video from it. Otherwise as `ferry_telestream_upload_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_upload_bytes_new(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    data: *const c_void,
    len: usize,
    params_json: *const c_char,
    options: *const ferry_telestream_upload_options,
    out: *mut *mut ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands; the bytes until the upload is freed.
        let (out, telestream, factory, data, params, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(telestream, "telestream")?,
                optional_text(factory_id, "factory_id")?,
                slice(data, len, "data")?,
                optional_text(params_json, "params_json")?,
                upload_options(options)?,
            )
        };
        let source = Source::Bytes(data);
        let upload = Upload::of_source(&telestream.client, factory, source, params, options)?;
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
            concurrency: given.concurrency,
            bytes_per_second: given.bytes_per_second,
            protocol,
            extra_files: owned_text(given.extra_files_json, "extra_files_json")?,
            deadline: super::connection::deadline(given.deadline_ms),
            journal_dir: owned_text(given.journal_dir, "journal_dir")?,
            restart: is_set(given.restart),
        };
        Ok((options, Watcher::new(given.on_progress, given.user_data)))
    }
}
