//! A whole HTTP response, for requests that have no function of their own.

use std::ffi::{CString, c_char, c_void};

use super::error::{ferry_error, ferry_status};
use super::value::ferry_value;
use super::{Live, Out, borrow, c_text, get_or, guard, optional_text, run_void};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;

/// The response of a service, read completely: status, headers, body.
///
/// Any number of threads may read it at the same time.
pub struct ferry_response {
    status: i32,
    /// Names and values in the order in which they came.
    headers: Vec<(CString, CString)>,
    /// The body and a NUL after it.
    body: Vec<u8>,
    url: CString,
    _live: Live,
}

impl ferry_response {
    pub fn new(response: Response) -> Self {
        let text = |name: &str, value: &[u8]| (c_text(name), c_text(value));
        let headers = response.headers.iter();
        let headers = headers.map(|(name, value)| text(name.as_str(), value.as_bytes())).collect();
        let mut body = response.body;
        body.push(0);
        ferry_response {
            status: i32::from(response.status),
            headers,
            body,
            url: c_text(response.shown),
            _live: Live::default(),
        }
    }

    fn body(&self) -> &[u8] {
        self.body.strip_suffix(&[0]).unwrap_or_default()
    }
}

/// Return the HTTP status, e.g. 200; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_status(response: *const ferry_response) -> i32 {
    // SAFETY: NULL or a live response, as the header demands; the same holds for every getter below.
    get_or(0, || unsafe { response.as_ref() }.map(|r| r.status))
}

/// Return the value of the header `name`, upper and lower case being the same; NULL if there is none. Of several
/// with that name it is the first. Borrowed until the response is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_header(
    response: *const ferry_response,
    name: *const c_char,
) -> *const c_char {
    get_or(std::ptr::null(), || {
        // SAFETY: see `ferry_response_status`; `name` is NULL or a NUL-terminated text.
        let (response, name) = unsafe { (response.as_ref()?, optional_text(name, "name").ok()??) };
        let is_named =
            |header: &&(CString, CString)| header.0.as_bytes().eq_ignore_ascii_case(name.as_bytes());
        response.headers.iter().find(is_named).map(|(_, value)| value.as_ptr())
    })
}

/// Return the number of headers; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_header_count(response: *const ferry_response) -> usize {
    // SAFETY: see `ferry_response_status`.
    get_or(0, || unsafe { response.as_ref() }.map(|r| r.headers.len()))
}

/// Return the name of a header in lower case, counted from 0; NULL past the end. Borrowed until the response is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_header_name(
    response: *const ferry_response,
    index: usize,
) -> *const c_char {
    // SAFETY: see `ferry_response_status`.
    let name = || Some(unsafe { response.as_ref() }?.headers.get(index)?.0.as_ptr());
    get_or(std::ptr::null(), name)
}

/// Return the value of a header, counted from 0; NULL past the end. Borrowed until the response is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_header_value(
    response: *const ferry_response,
    index: usize,
) -> *const c_char {
    // SAFETY: see `ferry_response_status`.
    let value = || Some(unsafe { response.as_ref() }?.headers.get(index)?.1.as_ptr());
    get_or(std::ptr::null(), value)
}

/// Return the body; NULL only for NULL. A NUL byte follows the last one, so that text can be used as it is. Borrowed until
/// the response is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_body(response: *const ferry_response) -> *const c_void {
    // SAFETY: see `ferry_response_status`.
    get_or(std::ptr::null(), || unsafe { response.as_ref() }.map(|r| r.body.as_ptr().cast()))
}

/// Return the length of the body in bytes, without the NUL; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_body_len(response: *const ferry_response) -> usize {
    // SAFETY: see `ferry_response_status`.
    get_or(0, || unsafe { response.as_ref() }.map(|r| r.body().len()))
}

/// Parse the body as JSON into `out`; JSON's null if the body is empty. FERRY_PROTOCOL if the body is anything else.
/// Free `out` with `ferry_value_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_json(
    response: *const ferry_response,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, response) = unsafe { (Out::new(out, "out")?, borrow(response, "response")?) };
        let body = response.body();
        let value = if body.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::from_slice(body) };
        let value = value.map_err(|e| {
            let url = response.url.to_string_lossy();
            Error::new(ErrorKind::Protocol, format!("{url}: the body of the response is not JSON: {e}"))
        })?;
        out.set_boxed(ferry_value::new(value));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Return the address of the request without its secrets, as errors show it. "" for NULL. Borrowed until the response is
/// freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_url(response: *const ferry_response) -> *const c_char {
    // SAFETY: see `ferry_response_status`.
    get_or(c"".as_ptr(), || unsafe { response.as_ref() }.map(|r| r.url.as_ptr()))
}

/// Free a response; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_free(response: Option<Box<ferry_response>>) {
    run_void(|| drop(response))
}
