//! Stored files: download, describe, overwrite, delete.
//!
//! ```c
//! ferry_filelink *file = NULL;
//! uint64_t length = 0;
//! if (ferry_filelink_new(client, "HANDLE", &file, &err) == FERRY_OK &&
//!     ferry_filelink_download(file, "photo.jpg", NULL, &length, &err) == FERRY_OK)
//!     printf("%llu bytes\n", (unsigned long long)length);
//! ferry_filelink_free(file);
//! ```

use std::ffi::{CString, c_char, c_void};

use super::bytes::ferry_bytes;
use super::error::{ferry_error, ferry_status};
use super::filestack::ferry_filestack;
use super::request::{ferry_request_options, request_options};
use super::security::{self, ferry_security};
use super::value::ferry_value;
use super::writer::{ferry_write_fn, stream};
use super::{Live, Out, borrow, c_text, get_or, guard, into_c_string, optional_text, run_void, slice, text};
use crate::error::Result;
use crate::filestack::Filelink;
use crate::transfer::source::Source;

/// A stored file. Any number of threads may use it at the same time.
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

/// Make the filelink of a stored file from its handle. Nothing is sent. Fails with FERRY_INVALID_ARGUMENT if
/// `handle` cannot be one: 1 to 128 letters, digits, - and _. Free `out` with `ferry_filelink_free`.
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

/// Return the handle, which is the last element of the URL; "" for NULL. Borrowed until the filelink is
/// freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_handle(filelink: *const ferry_filelink) -> *const c_char {
    // SAFETY: NULL or a live filelink, as the header demands.
    get_or(c"".as_ptr(), || unsafe { filelink.as_ref() }.map(|l| l.handle.as_ptr()))
}

/// Return the URL without a signature; "" for NULL. Borrowed until the filelink is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_url(filelink: *const ferry_filelink) -> *const c_char {
    // SAFETY: NULL or a live filelink, as the header demands.
    get_or(c"".as_ptr(), || unsafe { filelink.as_ref() }.map(|l| l.url.as_ptr()))
}

/// Make the URL with a policy and its signature: those of `security`, or of the client if it is NULL. Fails
/// with FERRY_INVALID_ARGUMENT if there is neither. Free `out` with `ferry_string_free`.
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

/// Download the file to `path`, replacing what is there. The bytes go into a temporary file in the same
/// folder, which is renamed when it is whole, so `path` is either new and whole or untouched. Where the
/// service has ranges, a file of 16 MiB or more comes over several connections at once, and after a cut the
/// download goes on where it was. `bytes`, which may be NULL, receives the length. `options` may be NULL.
/// Fails with FERRY_IO if the file cannot be written, FERRY_FILE_CHANGED if the stored file is changed
/// meanwhile and then once more.
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

/// Download the file into memory, over one connection. Goes on after a cut as `ferry_filelink_download` does.
/// `options` may be NULL. Fails with FERRY_OUT_OF_MEMORY if it is larger than 1 GiB or than the memory. Free
/// `out` with `ferry_bytes_free`.
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

/// Download the file and pass it to `write` piece by piece, over one connection. `bytes`, which may be NULL,
/// receives the length. `options` may be NULL. Fails with FERRY_IO if `write` does not return 0,
/// FERRY_FILE_CHANGED if the stored file is changed meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_stream(
    filelink: *const ferry_filelink,
    write: ferry_write_fn,
    write_data: *mut c_void,
    options: *const ferry_request_options,
    bytes: *mut u64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        unsafe {
            let link = borrow(filelink, "filelink");
            stream(link, write, write_data, options, bytes, |link, options, observer, write| {
                link.filelink.stream(options, observer, write)
            })
        }
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Ask the service for what it knows of the file. `attributes` is a list such as "size,filename,md5"; NULL:
/// those that the service chooses. `options` may be NULL. Free `out` with `ferry_value_free`.
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
        out.set_boxed(ferry_value::new(value)?);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Get what the service said when the file was stored; only its handle if the filelink was made from one.
/// Nothing is sent. Free `out` with `ferry_value_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_answer(
    filelink: *const ferry_filelink,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, filelink) = unsafe { (Out::new(out, "out")?, borrow(filelink, "filelink")?) };
        out.set_boxed(ferry_value::new(filelink.filelink.answer().clone())?);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Delete the file. With `keep_stored` only the handle is deleted and the object stays in the storage. Needs
/// a security, of `options` (which may be NULL) or of the client.
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

/// Replace the content of the stored file by that of the file at `path`. Its name and type stay. Needs a
/// security, of `options` (which may be NULL) or of the client.
///
/// An empty file is no error here: it empties the stored one. Fails with FERRY_FILE_CHANGED if the file has
/// more bytes than its size, as under /proc, and otherwise as `ferry_filestack_upload_file`.
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

/// Replace the content of the stored file by bytes in memory. Otherwise as `ferry_filelink_overwrite_file`.
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

/// Replace the content of the stored file by what the service finds at `url`, decoded if `base64decode` says
/// that it is base64 text. Otherwise as `ferry_filelink_overwrite_file`.
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

/// Free a filelink. The stored file stays. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filelink_free(filelink: Option<Box<ferry_filelink>>) {
    run_void(|| drop(filelink))
}
