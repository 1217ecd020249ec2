//! Chains of tasks: built, turned into URLs, run. A chain is checked while it is built; building it sends
//! nothing.
//!
//! ```c
//! ferry_transform *chain = NULL;
//! char *url = NULL;
//! if (ferry_transform_new(client, ferry_filelink_handle(link), &chain, &err) == FERRY_OK &&
//!     ferry_transform_add(chain, "resize", "width:500,fit:crop", &err) == FERRY_OK &&
//!     ferry_transform_add_json(chain, "rotate", "{\"deg\": 90}", &err) == FERRY_OK &&
//!     ferry_transform_url(chain, &url, &err) == FERRY_OK)
//!     puts(url);
//! ferry_string_free(url);
//! ferry_transform_free(chain);
//! ```

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::av::ferry_av;
use super::bytes::ferry_bytes;
use super::error::{ferry_error, ferry_status};
use super::filelink::ferry_filelink;
use super::filestack::ferry_filestack;
use super::request::{ferry_request_options, request_options};
use super::security::{self, ferry_security};
use super::store::{ferry_store_options, store_options};
use super::value::ferry_value;
use super::writer::{ferry_write_fn, stream};
use super::{
    Live, Out, borrow, borrow_mut, get_or, guard, into_c_string, optional_text, run_void, slice_of_texts,
    text,
};
use crate::error::Result;
use crate::filestack::transform::{Transform, TransformSource};
use crate::filestack::{Client, av, processing};

/// One or several sources and the tasks to apply, in order. A builder: only one thread at a time may change
/// it, and none may use it meanwhile. Functions that take it as `const` may run in several threads at the
/// same time.
pub struct ferry_transform {
    client: Arc<Client>,
    chain: Transform,
    _live: Live,
}

impl ferry_transform {
    pub(super) fn new(client: &Arc<Client>, chain: Transform) -> Self {
        ferry_transform { client: Arc::clone(client), chain, _live: Live::default() }
    }
}

/// Create a chain without tasks. `source` is a handle (as for `ferry_filelink_new`), an http or https URL, or
/// a storage alias "src://alias/path". Nothing is sent. Free `out` with `ferry_transform_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_new(
    client: *const ferry_filestack,
    source: *const c_char,
    out: *mut *mut ferry_transform,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, source) =
            unsafe { (Out::new(out, "out")?, borrow(client, "client")?, text(source, "source")?) };
        out.set_boxed(ferry_transform::new(&client.client, Transform::new(TransformSource::parse(source)?)));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Create a chain over several sources, for tasks that join files ("collage", "animate", "zip"). Nothing is
/// sent. Free `out` with `ferry_transform_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_new_list(
    client: *const ferry_filestack,
    sources: *const *const c_char,
    count: usize,
    out: *mut *mut ferry_transform,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, sources) = unsafe {
            (Out::new(out, "out")?, borrow(client, "client")?, slice_of_texts(sources, count, "sources")?)
        };
        out.set_boxed(ferry_transform::new(&client.client, Transform::new(TransformSource::list(&sources)?)));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Add a task. `params` is written as in a URL but not percent-encoded, "width:500,align:[top,left]"; NULL:
/// none. Fails with FERRY_INVALID_ARGUMENT, and leaves the chain as it was, if the task or a parameter is
/// unknown, out of range or missing; the message says what is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_add(
    transform: *mut ferry_transform,
    task: *const c_char,
    params: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands; the caller uses the builder from one thread at a time.
        let (transform, task, params) = unsafe {
            (borrow_mut(transform, "transform")?, text(task, "task")?, optional_text(params, "params")?)
        };
        transform.chain.add(task, params)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Add a task with its parameters as a JSON object, {"width": 500, "align": ["top", "left"]}; NULL: none.
/// Fails as `ferry_transform_add`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_add_json(
    transform: *mut ferry_transform,
    task: *const c_char,
    params_json: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: as in `ferry_transform_add`.
        let (transform, task, params) = unsafe {
            (
                borrow_mut(transform, "transform")?,
                text(task, "task")?,
                optional_text(params_json, "params_json")?,
            )
        };
        transform.chain.add_json(task, params)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Add an element of the URL as it is, "new_task=k:v": for what this version of the library does not know.
/// Only that it can stand in a URL is checked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_add_raw(
    transform: *mut ferry_transform,
    element: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: as in `ferry_transform_add`.
        let (transform, element) =
            unsafe { (borrow_mut(transform, "transform")?, text(element, "element")?) };
        transform.chain.add_raw(element)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Put the API key into the URL even if the source is a handle, as some accounts need it. With other sources
/// it is always there. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_with_apikey(transform: *mut ferry_transform, always: bool) {
    get_or((), || {
        // SAFETY: as in `ferry_transform_add`.
        unsafe { transform.as_mut() }.map(|t| t.chain.always_with_apikey(always))
    })
}

/// Make the URL of the result, unsigned, ready to be sent by any client. Free `out` with `ferry_string_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if the source or a parameter has a "." or ".." alone between slashes,
/// "%2e" too: clients fold these, and the URL would ask for something else. `ferry_transform_base64_url`
/// carries them; all other functions fail alike.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_url(
    transform: *const ferry_transform,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, transform) = unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?) };
        out.set(into_c_string(transform.client.chain_url(&transform.chain)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Make the URL of the result with a policy and its signature: those of `security`, or of the client if it is
/// NULL. Fails with FERRY_INVALID_ARGUMENT if there is neither. Free `out` with `ferry_string_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_signed_url(
    transform: *const ferry_transform,
    security: *const ferry_security,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, transform, security) =
            unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?, security::optional(security)) };
        out.set(into_c_string(transform.client.signed_chain_url(&transform.chain, security.as_ref())?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Make the URL of the result in base64 form, for sources and values that no path can carry; signed if there
/// is a `security` or the client has one. Free `out` with `ferry_string_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_base64_url(
    transform: *const ferry_transform,
    security: *const ferry_security,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, transform, security) =
            unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?, security::optional(security)) };
        out.set(into_c_string(transform.client.base64_chain_url(&transform.chain, security.as_ref())));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Run the chain and download the result to `path`, as `ferry_filelink_download` does. `bytes`, which may be
/// NULL, receives the length. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_download(
    transform: *const ferry_transform,
    path: *const c_char,
    options: *const ferry_request_options,
    bytes: *mut u64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (bytes, t, path, (options, watcher)) = unsafe {
            (
                Out::optional(bytes),
                borrow(transform, "transform")?,
                text(path, "path")?,
                request_options(options)?,
            )
        };
        let length =
            watcher.watch(|observer| processing::download(&t.client, &t.chain, path, &options, observer))?;
        if let Some(bytes) = bytes {
            bytes.set(length);
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Run the chain and get the result in memory. `options` may be NULL. Fails with FERRY_OUT_OF_MEMORY if it is
/// larger than 1 GiB or than the memory. Free `out` with `ferry_bytes_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_content(
    transform: *const ferry_transform,
    options: *const ferry_request_options,
    out: *mut *mut ferry_bytes,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, t, (options, watcher)) =
            unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?, request_options(options)?) };
        let content =
            watcher.watch(|observer| processing::content(&t.client, &t.chain, &options, observer))?;
        out.set_boxed(ferry_bytes::new(content));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Run the chain and pass the result to `write` piece by piece. `bytes`, which may be NULL, receives the
/// length. `options` may be NULL. Fails with FERRY_IO if `write` does not return 0, FERRY_FILE_CHANGED if the
/// service has another result when the rest is asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_stream(
    transform: *const ferry_transform,
    write: ferry_write_fn,
    write_data: *mut c_void,
    options: *const ferry_request_options,
    bytes: *mut u64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        unsafe {
            let t = borrow(transform, "transform");
            stream(t, write, write_data, options, bytes, |t, options, observer, write| {
                processing::stream(&t.client, &t.chain, options, observer, write)
            })
        }
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Run a chain whose last task answers with JSON ("tags", "sfw", "ocr", "caption", "imagesize", "metadata"
/// and others). `options` may be NULL. Fails with FERRY_PROTOCOL if the result is not JSON. Free `out` with
/// `ferry_value_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_json(
    transform: *const ferry_transform,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, t, (options, watcher)) =
            unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?, request_options(options)?) };
        let value = watcher.watch(|observer| processing::json(&t.client, &t.chain, &options, observer))?;
        out.set_boxed(ferry_value::new(value)?);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Run the chain and store the result as a new file. The chain does not change. `options` may be NULL. Free
/// `out` with `ferry_filelink_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_store(
    transform: *const ferry_transform,
    options: *const ferry_store_options,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, t, (options, watcher)) =
            unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?, store_options(options)?) };
        let filelink =
            watcher.watch(|observer| processing::store(&t.client, &t.chain, &options, observer))?;
        out.set_boxed(ferry_filelink::new(filelink));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Start a conversion of audio or video. `params_json` is a JSON object of the parameters of the task
/// "video_convert", e.g. {"preset": "h264"}; NULL: none. `options` may be NULL. Free `out` with
/// `ferry_av_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_av_convert(
    transform: *const ferry_transform,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_av,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, t, params, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(transform, "transform")?,
                optional_text(params_json, "params_json")?,
                request_options(options)?,
            )
        };
        let conversion =
            watcher.watch(|observer| av::convert(&t.client, &t.chain, params, &options, observer))?;
        out.set_boxed(ferry_av::new(conversion));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Copy a chain, to go on in two directions. Free `out` with `ferry_transform_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_clone(
    transform: *const ferry_transform,
    out: *mut *mut ferry_transform,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, transform) = unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?) };
        out.set_boxed(ferry_transform::new(&transform.client, transform.chain.clone()));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Free a chain. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_free(transform: Option<Box<ferry_transform>>) {
    run_void(|| drop(transform))
}
