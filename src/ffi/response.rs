//! The whole response of a service, for requests that have no function of their own.
//!
//! ```c
//! ferry_response *response = NULL;
//! ferry_value *answer = NULL;
//! if (ferry_filestack_request(client, "GET", "/file/HANDLE", NULL, NULL, &response, &err) == FERRY_OK) {
//!     const char *type = ferry_response_header(response, "content-type");
//!     printf("%d %s\n", (int)ferry_response_status(response), type != NULL ? type : "");
//!     if (ferry_response_json(response, &answer, &err) == FERRY_OK)
//!         puts(ferry_value_json(answer));
//! }
//! ferry_value_free(answer);
//! ferry_response_free(response);
//! ```

use std::ffi::{CString, c_char, c_void};

use super::error::{ferry_error, ferry_status};
use super::value::ferry_value;
use super::{Live, Out, borrow, c_text, get_or, guard, optional_text, run_void};
use crate::error::Result;
use crate::http::Response;

/// The response of a service: status, headers and the whole body. Any number of threads may read it at the
/// same time.
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
        // A service may send any bytes, but text here is UTF-8.
        let text = |value: &[u8]| c_text(&*String::from_utf8_lossy(value));
        let headers = response.headers.iter();
        let headers = headers.map(|(name, value)| (c_text(name.as_str()), text(value.as_bytes()))).collect();
        let (status, url) = (i32::from(response.status), c_text(response.shown()));
        let mut body = response.body;
        body.reserve_exact(1);
        body.push(0);
        ferry_response { status, headers, body, url, _live: Live::default() }
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

/// Return the value of the header `name`, which is not case-sensitive; NULL if there is none. If the header
/// occurs several times, it is the first. Bytes of it that are not UTF-8 become U+FFFD. Borrowed until the
/// response is freed.
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

/// Return the name of a header in lower case by its index, counted from 0; NULL past the end. Borrowed until
/// the response is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_header_name(
    response: *const ferry_response,
    index: usize,
) -> *const c_char {
    // SAFETY: see `ferry_response_status`.
    let name = || Some(unsafe { response.as_ref() }?.headers.get(index)?.0.as_ptr());
    get_or(std::ptr::null(), name)
}

/// Return the value of a header by its index, counted from 0; NULL past the end. Bytes of it that are not
/// UTF-8 become U+FFFD. Borrowed until the response is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_header_value(
    response: *const ferry_response,
    index: usize,
) -> *const c_char {
    // SAFETY: see `ferry_response_status`.
    let value = || Some(unsafe { response.as_ref() }?.headers.get(index)?.1.as_ptr());
    get_or(std::ptr::null(), value)
}

/// Return the body; NULL only for NULL. A NUL byte follows the last byte, so that text can be used as a
/// string. Borrowed until the response is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_body(response: *const ferry_response) -> *const c_void {
    // SAFETY: see `ferry_response_status`.
    get_or(std::ptr::null(), || unsafe { response.as_ref() }.map(|r| r.body.as_ptr().cast()))
}

/// Return the length of the body in bytes, without that NUL; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_body_len(response: *const ferry_response) -> usize {
    // SAFETY: see `ferry_response_status`.
    get_or(0, || unsafe { response.as_ref() }.map(|r| r.body().len()))
}

/// Parse the body as JSON. `out` receives it, or JSON's null if the body is empty; free it with
/// `ferry_value_free`. Fails with FERRY_PROTOCOL if the body is anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_json(
    response: *const ferry_response,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, response) = unsafe { (Out::new(out, "out")?, borrow(response, "response")?) };
        let value = ferry_value::parse(response.body())
            .map_err(|error| error.while_doing(response.url.to_string_lossy()))?;
        out.set_boxed(value);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Return the URL of the request as errors show it, without secrets; "" for NULL. Borrowed until the response
/// is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_url(response: *const ferry_response) -> *const c_char {
    // SAFETY: see `ferry_response_status`.
    get_or(c"".as_ptr(), || unsafe { response.as_ref() }.map(|r| r.url.as_ptr()))
}

/// Free a response. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_response_free(response: Option<Box<ferry_response>>) {
    run_void(|| drop(response))
}
