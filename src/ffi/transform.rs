//! Chains of tasks: built, turned into URLs, run.

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
use super::{
    Live, Out, borrow, borrow_mut, get_or, guard, into_c_string, optional_text, run_void, slice_of_texts,
    text,
};
use crate::error::{Error, ErrorKind, Result};
use crate::filestack::transform::{Transform, TransformSource};
use crate::filestack::{Client, av, processing, screenshot, zip};

/// Takes the next bytes of a result: returns 0 to go on, anything else to fail the call. Runs on the thread that made the call.
pub type ferry_write_fn =
    Option<unsafe extern "C" fn(data: *const c_void, len: usize, user_data: *mut c_void) -> i32>;

/// A file, or several, and what is done to it, task after task. A builder: changed by one thread at a time; the functions that take
/// it as `const` may be used from several.
pub struct ferry_transform {
    client: Arc<Client>,
    chain: Transform,
    _live: Live,
}

impl ferry_transform {
    fn new(client: &Arc<Client>, chain: Transform) -> Self {
        ferry_transform { client: Arc::clone(client), chain, _live: Live::default() }
    }
}

/// A chain without tasks yet. `source` is a file's handle, an http or https URL, or a storage alias "src://alias/path". Nothing
/// is sent.
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

/// A chain over several files, each as `ferry_transform_new` takes it, for the tasks that join files ("collage", "animate", "zip").
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

/// Adds a task. `params` is as in a URL, "width:500,align:[top,left]", not percent-encoded; NULL for none. An unknown task or parameter, a value
/// out of range or a missing one is FERRY_INVALID_ARGUMENT, says what is allowed, and leaves the chain as it was.
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

/// Adds a task, its parameters as a JSON object: {"width": 500, "align": ["top", "left"]}; NULL for none.
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

/// Adds an element of the URL as it is, "new_task=k:v", unchecked: for what this version of the library does not know.
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

/// Whether the API key stands in the URL of a handle too, as some accounts want it; it always does for other sources. NULL is
/// allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_with_apikey(transform: *mut ferry_transform, always: bool) {
    get_or((), || {
        // SAFETY: as in `ferry_transform_add`.
        unsafe { transform.as_mut() }.map(|t| t.chain.always_with_apikey(always))
    })
}

/// The URL of the result, unsigned, ready to be sent by any client. `out` is freed with `ferry_string_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_url(
    transform: *const ferry_transform,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, transform) = unsafe { (Out::new(out, "out")?, borrow(transform, "transform")?) };
        out.set(into_c_string(transform.client.chain_url(&transform.chain)));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// The URL of the result with a policy and its signature: those of `security`, or the client's for NULL. `out` is freed with
/// `ferry_string_free`.
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

/// The URL of the result in base64 form, for sources and values that no path can carry; signed with `security`, or the client's, if there is
/// one. `out` is freed with `ferry_string_free`.
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

/// Runs the chain and downloads the result to `path`, replacing what is there once all bytes have come. `bytes` gets the length; it may be
/// NULL, and so may `options`.
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

/// Runs the chain; the result in memory, at most 1 GiB. `options` may be NULL.
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

/// Runs the chain and hands the result to `write`, piece by piece. Once a piece was handed over, a failure is final. `bytes` gets the length;
/// it may be NULL, and so may `options`.
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
        let (bytes, t, (options, watcher)) =
            unsafe { (Out::optional(bytes), borrow(transform, "transform")?, request_options(options)?) };
        let write = write.ok_or_else(|| Error::invalid_argument("write is NULL"))?;
        let mut hand_over = |piece: &[u8]| {
            // SAFETY: `write` is a function as the header describes it, and the piece lives until it returns.
            match unsafe { write(piece.as_ptr().cast(), piece.len(), write_data) } {
                0 => Ok(()),
                code => Err(Error::new(
                    ErrorKind::Io,
                    format!("the write callback has failed: it returned {code}"),
                )),
            }
        };
        let length = watcher
            .watch(|observer| processing::stream(&t.client, &t.chain, &options, observer, &mut hand_over))?;
        if let Some(bytes) = bytes {
            bytes.set(length);
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Runs a chain whose last task answers with JSON ("tags", "sfw", "ocr", "caption", "imagesize", "metadata", …). `options` may be NULL.
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
        out.set_boxed(ferry_value::new(value));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Runs the chain and stores the result as a new file; the chain stays as it is. Not repeatable without trace: if an answer is lost on
/// the way, the attempt that follows stores once more. `options` may be NULL.
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

/// Starts the conversion of audio or video with the parameters of the task "video_convert" as a JSON object, e.g. {"preset": "h264"}. `options`
/// may be NULL.
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

/// A copy, to go on in two directions.
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

/// Frees a chain; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_transform_free(transform: Option<Box<ferry_transform>>) {
    run_void(|| drop(transform))
}

/// A chain that starts with a screenshot of the page at `url`. `params` is as in `ferry_transform_add`, "agent:mobile,width:400"; NULL for the
/// defaults. Nothing is sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_screenshot(
    client: *const ferry_filestack,
    url: *const c_char,
    params: *const c_char,
    out: *mut *mut ferry_transform,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, url, params) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(client, "client")?,
                text(url, "url")?,
                optional_text(params, "params")?,
            )
        };
        out.set_boxed(ferry_transform::new(&client.client, screenshot::chain(url, params)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Downloads 1 to 100 files, each a handle or an http or https URL, as one ZIP archive to `path`. `bytes` gets its length; it may be NULL, and so
/// may `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_zip(
    client: *const ferry_filestack,
    sources: *const *const c_char,
    count: usize,
    path: *const c_char,
    options: *const ferry_request_options,
    bytes: *mut u64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (bytes, client, sources, path, (options, watcher)) = unsafe {
            (
                Out::optional(bytes),
                borrow(client, "client")?,
                slice_of_texts(sources, count, "sources")?,
                text(path, "path")?,
                request_options(options)?,
            )
        };
        let length =
            watcher.watch(|observer| zip::download(&client.client, &sources, path, &options, observer))?;
        if let Some(bytes) = bytes {
            bytes.set(length);
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}
