//! Webhooks: proof that a message comes from the service.
//!
//! ```c
//! const char *body = "{}", *timestamp = "1559199901", *signature = "0000"; // of the HTTP request
//! if (ferry_webhook_verify("SECRET", body, strlen(body), timestamp, signature, 300, &err) != FERRY_OK)
//!     fprintf(stderr, "refused: %s\n", ferry_error_message(err));
//! ferry_error_free(err);
//! ```

use std::ffi::{c_char, c_void};
use std::time::{SystemTime, UNIX_EPOCH};

use super::error::{ferry_error, ferry_status};
use super::{Out, guard, into_c_string, slice, slice_of_texts, text};
use crate::error::Result;
use crate::filestack::webhook;

/// Verify a webhook. `body` is the raw body of the request before any parsing; `timestamp` and `signature`
/// are its headers FS-Timestamp and FS-Signature. `tolerance_seconds` is the greatest age of a message, and
/// the greatest lead of the service's clock; 300 is usual, 0 accepts any age. Returns FERRY_OK,
/// FERRY_SIGNATURE_MISMATCH or FERRY_SIGNATURE_EXPIRED. Signatures are compared in constant time; no error
/// contains the right one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_webhook_verify(
    secret: *const c_char,
    body: *const c_void,
    len: usize,
    timestamp: *const c_char,
    signature: *const c_char,
    tolerance_seconds: u32,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let verify = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (secret, body, timestamp, signature) = unsafe {
            (
                text(secret, "secret")?,
                slice(body, len, "body")?,
                text(timestamp, "timestamp")?,
                text(signature, "signature")?,
            )
        };
        webhook::verify(secret.as_bytes(), body, timestamp, signature, tolerance_seconds, now())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, verify) }
}

/// Verify a webhook while secrets change: the message may be signed with any of the `count` secrets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_webhook_verify_any(
    secrets: *const *const c_char,
    count: usize,
    body: *const c_void,
    len: usize,
    timestamp: *const c_char,
    signature: *const c_char,
    tolerance_seconds: u32,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let verify = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (secrets, body, timestamp, signature) = unsafe {
            (
                slice_of_texts(secrets, count, "secrets")?,
                slice(body, len, "body")?,
                text(timestamp, "timestamp")?,
                text(signature, "signature")?,
            )
        };
        let secrets: Vec<&[u8]> = secrets.iter().map(|secret| secret.as_bytes()).collect();
        webhook::verify_any(&secrets, body, timestamp, signature, tolerance_seconds, now())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, verify) }
}

/// Sign a message as the service does, to test a receiver. Free `out` with `ferry_string_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_webhook_sign(
    secret: *const c_char,
    body: *const c_void,
    len: usize,
    timestamp: *const c_char,
    out: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let sign = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, secret, body, timestamp) = unsafe {
            (
                Out::new(out, "out")?,
                text(secret, "secret")?,
                slice(body, len, "body")?,
                text(timestamp, "timestamp")?,
            )
        };
        out.set(into_c_string(webhook::sign(secret.as_bytes(), body, timestamp)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, sign) }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
