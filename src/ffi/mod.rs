//! The C interface: one file per C noun, each thin. What is `unsafe` beside it is in the digest kernel and
//! `src/sys/`.
//!
//! Every exported function runs its body in [`guard`] (or [`get_or`], for getters): nothing unwinds into C,
//! NULL and bad UTF-8 become `FERRY_INVALID_ARGUMENT`, outputs are NULL or 0 after a failure. The helpers of
//! this file are all it takes to do so.

#![allow(non_camel_case_types)]
#![allow(clippy::missing_safety_doc, reason = "what a C caller must do is said once, in include/README.md")]

#[cfg(feature = "capi")]
mod allocator;
pub mod av;
pub mod batch;
pub mod bytes;
pub mod connection;
mod errand;
pub mod error;
pub mod event;
pub mod filelink;
pub mod filestack;
pub mod filestack_upload;
pub mod journal;
pub mod json;
pub mod options;
pub mod progress;
pub mod reader;
pub mod request;
pub mod response;
pub mod screenshot;
pub mod security;
pub mod started;
pub mod store;
pub mod telestream;
pub mod telestream_resources;
pub mod telestream_upload;
#[cfg(test)]
mod tests;
pub mod transform;
pub mod upload;
pub mod value;
pub mod version;
pub mod webhook;
pub mod workflow;
pub mod writer;
pub mod zip;

use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::memory;
use crate::panic;
use error::{ferry_error, ferry_status};
pub(crate) use options::{option_struct, options};

/// Everything handed to C that C has to free.
static LIVE: AtomicU64 = AtomicU64::new(0);

/// Part of every handle: counts it for as long as it lives.
#[derive(Debug)]
pub struct Live(());

impl Live {
    pub fn count() -> u64 {
        LIVE.load(Ordering::Relaxed)
    }
}

impl Default for Live {
    fn default() -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Live(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Keeps panics of the library from being printed to the standard error of the host, and keeps their places
/// for the errors they become.
///
/// The panic hook belongs to the copy of std that is linked. The shared and the static library have one of
/// their own. A Rust program that links the rlib shares its copy: the hook is installed on the first call of
/// the C interface only, it passes every panic that is not the library's to the hook that was there before,
/// and a hook that the program sets later replaces it; the library's panics are then reported by that one and
/// are still errors, but without their places.
fn silence_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !panic::record(info) {
                before(info);
            }
        }));
    });
}

fn catch_panic<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    silence_panics();
    panic::catch(body)
}

/// Runs the body of a function that can fail: its status, with `*err` set to match. What reads the arguments
/// looks whether there is memory. Outputs come before that, and are NULL or 0 after each failure.
///
/// # Safety
/// `err` is NULL or points to a writable `ferry_error *`.
pub unsafe fn guard(err: *mut *mut ferry_error, body: impl FnOnce() -> Result<()>) -> ferry_status {
    let (status, error) = match catch_panic(body) {
        Ok(()) => (error::FERRY_OK, std::ptr::null_mut()),
        Err(error) => failed(error, !err.is_null()),
    };
    if !err.is_null() {
        // SAFETY: not NULL, so by this function's contract writable.
        unsafe { err.write(error) };
    }
    status
}

#[cold]
fn failed(error: Error, wanted: bool) -> (ferry_status, *mut ferry_error) {
    let status = error::status_of(error.kind());
    (status, if wanted { into_raw(ferry_error::new(error)) } else { std::ptr::null_mut() })
}

/// Runs the body of a getter or a request that cannot fail; `otherwise` is the answer for NULL.
pub fn get_or<T>(otherwise: T, body: impl FnOnce() -> Option<T>) -> T {
    catch_panic(|| Ok(body())).ok().flatten().unwrap_or(otherwise)
}

/// Runs the body of a function that has nothing to answer.
pub fn run_void(body: impl FnOnce()) {
    get_or((), || {
        body();
        None
    });
}

/// Every handle may be used, and freed, by another thread than the one that made it, and by several at the
/// same time as far as its functions take it as `const`.
const _: () = {
    const fn any_thread<T: Send + Sync>() {}
    any_thread::<ferry_error>();
    any_thread::<value::ferry_value>();
    any_thread::<json::ferry_json>();
    any_thread::<bytes::ferry_bytes>();
    any_thread::<response::ferry_response>();
    any_thread::<filestack::ferry_filestack>();
    any_thread::<security::ferry_security>();
    any_thread::<upload::ferry_upload>();
    any_thread::<filelink::ferry_filelink>();
    any_thread::<transform::ferry_transform>();
    any_thread::<av::ferry_av>();
    any_thread::<telestream::ferry_telestream>();
};

/// Hands a value to C, which frees it with the type's `_free`.
pub fn into_raw<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// The object behind a handle.
///
/// # Safety
/// `handle` is NULL or points to a live `T` that is not written to until the borrow ends.
pub unsafe fn borrow<'a, T>(handle: *const T, name: &str) -> Result<&'a T> {
    memory::check()?;
    // SAFETY: the caller's contract is that of `as_ref`.
    unsafe { handle.as_ref() }.ok_or_else(|| null(name))
}

/// The builder behind a handle.
///
/// # Safety
/// `handle` is NULL or points to a live `T` that nobody else uses until the borrow ends.
pub unsafe fn borrow_mut<'a, T>(handle: *mut T, name: &str) -> Result<&'a mut T> {
    memory::check()?;
    // SAFETY: the caller's contract is that of `as_mut`.
    unsafe { handle.as_mut() }.ok_or_else(|| null(name))
}

#[cold]
fn null(name: &str) -> Error {
    Error::invalid_argument(format!("{name} is NULL"))
}

/// An output of a function that can fail: NULL or 0 until it is given a value.
pub struct Out<T>(*mut T);

impl<T: OutValue> Out<T> {
    /// # Safety
    /// `slot` is NULL or points to a writable `T`.
    pub unsafe fn new(slot: *mut T, name: &str) -> Result<Self> {
        // SAFETY: as by this function's contract.
        unsafe { Self::optional(slot) }.ok_or_else(|| null(name))
    }

    /// The same for an output that may be NULL.
    ///
    /// # Safety
    /// `slot` is NULL or points to a writable `T`.
    pub unsafe fn optional(slot: *mut T) -> Option<Self> {
        if slot.is_null() {
            return None;
        }
        // SAFETY: not NULL, so by this function's contract writable.
        unsafe { slot.write(T::NOTHING) };
        Some(Out(slot))
    }

    pub fn set(self, value: T) {
        // SAFETY: `new` has found it not NULL, and its caller promised it writable.
        unsafe { self.0.write(value) };
    }
}

impl<T> Out<*mut T> {
    /// Gives ownership of `value` to C.
    pub fn set_boxed(self, value: T) {
        self.set(into_raw(value));
    }
}

/// What an output is before it has a value.
pub trait OutValue: Sized {
    const NOTHING: Self;
}

impl<T> OutValue for *mut T {
    const NOTHING: Self = std::ptr::null_mut();
}

impl OutValue for u64 {
    const NOTHING: Self = 0;
}

/// A text argument that must be there.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated text that is not written to until the borrow ends.
#[inline]
pub unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    memory::check()?;
    // SAFETY: as by this function's contract.
    unsafe { optional_text(text, name) }?.ok_or_else(|| null(name))
}

/// A text argument that may be NULL.
///
/// # Safety
/// As for [`text`].
#[inline]
pub unsafe fn optional_text<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, so by this function's contract NUL-terminated.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    // Most texts are short and ASCII, for which looking at their bytes here is faster than calling the
    // checker.
    if !bytes.is_ascii()
        && let Err(error) = std::str::from_utf8(bytes)
    {
        return Err(not_utf8(name, error));
    }
    if bytes.len() > SHORT {
        // It is copied, escaped, parsed: then there is an error sooner than the reserve ends.
        memory::room(bytes.len().saturating_mul(4), name)?;
    }
    // SAFETY: just checked.
    Ok(Some(unsafe { std::str::from_utf8_unchecked(bytes) }))
}

/// What is made of a text that is no longer fits into the reserve of `src/memory.rs`.
const SHORT: usize = 16 << 10;

#[cold]
fn not_utf8(name: &str, error: std::str::Utf8Error) -> Error {
    Error::invalid_argument(format!("{name} is not UTF-8 from byte {} on", error.valid_up_to()))
}

/// A copy of a text field of an option struct.
///
/// # Safety
/// As for [`text`].
pub unsafe fn owned_text(text: *const c_char, name: &str) -> Result<Option<String>> {
    // SAFETY: as by this function's contract.
    unsafe { optional_text(text, name) }.map(|text| text.map(str::to_owned))
}

/// Bytes; `data` may be NULL if `len` is 0.
///
/// # Safety
/// `data` points to `len` readable bytes that are not written to until the borrow ends, or `len` is 0.
pub unsafe fn slice<'a>(data: *const c_void, len: usize, name: &str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null(name));
    }
    if len > isize::MAX as usize {
        return Err(Error::invalid_argument(format!(
            "{name} cannot have {len} bytes: no memory is that large"
        )));
    }
    // SAFETY: not NULL, no longer than memory can be, and by this function's contract readable.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// An array; `items` may be NULL if `count` is 0.
///
/// # Safety
/// `items` points to `count` elements that are not written to until the borrow ends, or `count` is 0.
pub unsafe fn slice_of<'a, T>(items: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if items.is_null() {
        return Err(null(name));
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Error::invalid_argument(format!(
            "{name} cannot have {count} elements: no memory is that large"
        )));
    }
    // SAFETY: not NULL, no longer than memory can be, and by this function's contract readable.
    Ok(unsafe { std::slice::from_raw_parts(items, count) })
}

/// An array of texts, none of them NULL.
///
/// # Safety
/// `texts` points to `count` pointers as for [`text`], or `count` is 0.
pub unsafe fn slice_of_texts<'a>(
    texts: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<&'a str>> {
    // SAFETY: by this function's contract.
    let texts = unsafe { slice_of(texts, count, name) }?;
    // SAFETY: each is a text by this function's contract.
    texts.iter().enumerate().map(|(index, one)| unsafe { text(*one, &format!("{name}[{index}]")) }).collect()
}

/// A text as C keeps it: without the NUL bytes that would cut it short.
pub fn c_text(text: impl Into<Vec<u8>>) -> CString {
    let mut bytes = text.into();
    // Looking at all bytes side by side beats a search that stops at the first, for there is none.
    if bytes.iter().fold(false, |any, byte| any | (*byte == 0)) {
        bytes.retain(|byte| *byte != 0);
    }
    // SAFETY: none of the bytes is NUL.
    unsafe { CString::from_vec_unchecked(bytes) }
}

/// Hands a text to C, which frees it with `ferry_string_free`.
pub fn into_c_string(text: impl Into<Vec<u8>>) -> *mut c_char {
    LIVE.fetch_add(1, Ordering::Relaxed);
    c_text(text).into_raw()
}
