//! Screenshots of web pages: each is a chain, to which tasks can be added.
//!
//! ```c
//! ferry_transform *page = NULL;
//! if (ferry_filestack_screenshot(client, "https://example.com", "width:1280", &page, &err) == FERRY_OK)
//!     ferry_transform_download(page, "page.png", NULL, NULL, &err);
//! ferry_transform_free(page);
//! ```

use std::ffi::c_char;

use super::error::{ferry_error, ferry_status};
use super::filestack::ferry_filestack;
use super::transform::ferry_transform;
use super::{Out, borrow, guard, optional_text, text};
use crate::error::Result;
use crate::filestack::screenshot;

/// Create a chain that starts with a screenshot of the page at `url`. `params` is written as for
/// `ferry_transform_add`, "agent:mobile,width:400"; NULL: the defaults. Nothing is sent. Free `out` with
/// `ferry_transform_free`.
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
