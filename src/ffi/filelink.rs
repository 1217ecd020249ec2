//! Stored files.

use std::ffi::{CString, c_char, c_void};

use super::bytes::ferry_bytes;
use super::error::{ferry_error, ferry_status};
use super::filestack::ferry_filestack;
use super::request::{ferry_request_options, request_options};
use super::security::{self, ferry_security};
use super::value::ferry_value;
use super::{Live, Out, borrow, c_text, get_or, guard, into_c_string, optional_text, run_void, slice, text};
use crate::error::Result;
use crate::filestack::Filelink;
use crate::transfer::source::Source;

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
            _live: Live::default(),
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
        out.set_boxed(ferry_filelink::new(Filelink::new(&client.client, handle)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The handle: the last element of the URL. "" for NULL. Borrowed until the filelink is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_handle(filelink: *const ferry_filelink) -> *const c_char {
    // SAFETY: NULL or a live filelink, as the header demands.
    get_or(c"".as_ptr(), || unsafe { filelink.as_ref() }.map(|l| l.handle.as_ptr()))
}

/// The address, never signed. "" for NULL. Borrowed until the filelink is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_url(filelink: *const ferry_filelink) -> *const c_char {
    // SAFETY: NULL or a live filelink, as the header demands.
    get_or(c"".as_ptr(), || unsafe { filelink.as_ref() }.map(|l| l.url.as_ptr()))
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
        out.set(into_c_string(filelink.filelink.signed_url(security.as_ref())?));
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
        out.set_boxed(ferry_bytes::new(content));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// What the service knows of the file. `attributes` is a list such as "size,filename,md5"; NULL for the service's choice. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_metadata(
    filelink: *const ferry_filelink,
    attributes: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, filelink, attributes, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(filelink, "filelink")?,
                optional_text(attributes, "attributes")?,
                request_options(options)?,
            )
        };
        let value = watcher.watch(|observer| filelink.filelink.metadata(attributes, &options, observer))?;
        out.set_boxed(ferry_value::new(value));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// What the service said when the file was stored; only its handle if the filelink was made from one. Nothing is sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_answer(
    filelink: *const ferry_filelink,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, filelink) = unsafe { (Out::new(out, "out")?, borrow(filelink, "filelink")?) };
        out.set_boxed(ferry_value::new(filelink.filelink.answer().clone()));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Deletes the file, which needs a security. With `keep_stored` only the handle goes, and the object stays in the storage. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_delete(
    filelink: *const ferry_filelink,
    keep_stored: bool,
    options: *const ferry_request_options,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (filelink, (options, watcher)) =
            unsafe { (borrow(filelink, "filelink")?, request_options(options)?) };
        watcher.watch(|observer| filelink.filelink.delete(keep_stored, &options, observer))
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Replaces the bytes of the stored file by those of the file at `path`, which needs a security. Its name and type stay. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_overwrite_file(
    filelink: *const ferry_filelink,
    path: *const c_char,
    options: *const ferry_request_options,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (filelink, path, (options, watcher)) =
            unsafe { (borrow(filelink, "filelink")?, text(path, "path")?, request_options(options)?) };
        let name = std::path::Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or("file");
        let source = Source::open(path)?;
        watcher.watch(|observer| filelink.filelink.overwrite(&source, name, &options, observer)).map(|_| ())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The same with bytes in memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_overwrite_bytes(
    filelink: *const ferry_filelink,
    data: *const c_void,
    len: usize,
    options: *const ferry_request_options,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (filelink, data, (options, watcher)) =
            unsafe { (borrow(filelink, "filelink")?, slice(data, len, "data")?, request_options(options)?) };
        let source = Source::Bytes(data);
        watcher.watch(|observer| filelink.filelink.overwrite(&source, "file", &options, observer)).map(|_| ())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The same with what the service finds at `url`; `base64decode` if that is base64 text, to be stored decoded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_overwrite_url(
    filelink: *const ferry_filelink,
    url: *const c_char,
    base64decode: bool,
    options: *const ferry_request_options,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (filelink, url, (options, watcher)) =
            unsafe { (borrow(filelink, "filelink")?, text(url, "url")?, request_options(options)?) };
        watcher
            .watch(|observer| filelink.filelink.overwrite_url(url, base64decode, &options, observer))
            .map(|_| ())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Frees a filelink; NULL is allowed. The file stays where it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_free(filelink: Option<Box<ferry_filelink>>) {
    run_void(|| drop(filelink))
}
