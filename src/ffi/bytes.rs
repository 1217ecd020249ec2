//! Strings and buffers that the library hands out and the caller frees.
//!
//! ```c
//! ferry_bytes *content = NULL;
//! if (ferry_filelink_content(link, NULL, &content, &err) == FERRY_OK)
//!     fwrite(ferry_bytes_data(content), 1, ferry_bytes_len(content), stdout);
//! ferry_bytes_free(content);
//! ```

use std::ffi::{CString, c_char, c_void};
use std::sync::atomic::Ordering;

use super::{LIVE, Live, get_or, run_void};

/// Free a string that the library returned as `char *`. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_string_free(string: *mut c_char) {
    run_void(|| {
        if !string.is_null() {
            // SAFETY: not NULL, so by the header's contract a text from `give_text`, which made it by
            // `into_raw`.
            drop(unsafe { CString::from_raw(string) });
            LIVE.fetch_sub(1, Ordering::Relaxed);
        }
    })
}

/// A buffer of bytes that the library filled. Any number of threads may read it at the same time.
pub struct ferry_bytes {
    content: Vec<u8>,
    _live: Live,
}

impl ferry_bytes {
    pub fn new(content: Vec<u8>) -> Self {
        ferry_bytes { content, _live: Live::default() }
    }
}

/// Return the bytes; NULL only for NULL. Borrowed until the buffer is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_bytes_data(bytes: *const ferry_bytes) -> *const c_void {
    // SAFETY: NULL or a live buffer, as the header demands.
    get_or(std::ptr::null(), || unsafe { bytes.as_ref() }.map(|b| b.content.as_ptr().cast()))
}

/// Return the number of bytes; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_bytes_len(bytes: *const ferry_bytes) -> usize {
    // SAFETY: NULL or a live buffer, as the header demands.
    get_or(0, || unsafe { bytes.as_ref() }.map(|b| b.content.len()))
}

/// Free a buffer. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_bytes_free(bytes: Option<Box<ferry_bytes>>) {
    drop(bytes);
}
