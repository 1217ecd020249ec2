//! Policies and their signatures: what whoever holds them may do, and until when.
//!
//! ```c
//! char policy[100];
//! snprintf(policy, sizeof policy, "{\"expiry\": %llu, \"call\": [\"read\"]}",
//!          (unsigned long long)ferry_security_expiry_in(3600));
//! ferry_security *security = NULL;
//! char *url = NULL;
//! if (ferry_security_new(policy, "SECRET", &security, &err) == FERRY_OK &&
//!     ferry_filelink_signed_url(link, security, &url, &err) == FERRY_OK)
//!     puts(url);
//! ferry_string_free(url);
//! ferry_security_free(security);
//! ```
//!
//! The calls that a policy has to name. Without `call` it allows all but "exif".
//!
//! | Function | `call` |
//! |---|---|
//! | `ferry_filestack_upload_*`, `ferry_upload_run`, `ferry_upload_start` | "store" or "pick" |
//! | `ferry_filelink_content`, `_download`, `_stream` | "read" |
//! | `ferry_filelink_metadata` | "stat"; for the attribute `exif` "exif" too, which has to be named |
//! | `ferry_filelink_overwrite_file`, `_overwrite_bytes` | "write" |
//! | `ferry_filelink_overwrite_url` | "writeUrl" |
//! | `ferry_filelink_delete` | "remove" |
//! | `ferry_transform_content`, `_download`, `_stream`, `_json` | "convert"; without tasks "read" |
//! | `ferry_transform_store` | as above, and "store" or "pick" |
//! | `ferry_transform_av_convert`, `ferry_av_status`, `ferry_av_wait` | "convert" |
//! | `ferry_filestack_zip` | "read" or "convert" |
//! | `ferry_filestack_screenshot` | what is done with the chain: "convert" |
//! | `ferry_filestack_workflow_run`, `ferry_filestack_workflow_status` | "runWorkflow" |
//! | `ferry_filestack_request` | as the address that it asks for |
//! | `ferry_filelink_signed_url`, `ferry_transform_signed_url` | what is done with the URL, as above |
//!
//! A call whose policy has expired by this machine's clock, does not name what is needed or is for another
//! handle fails with FERRY_INVALID_ARGUMENT before anything is sent. `skip_policy_checks` of the client's
//! options leaves that to the service, which may see it otherwise. What else a policy can hold (`url`,
//! `path`, `container`, sizes) and its signature only the service looks at; `ferry_security_allows` tries the
//! former.

use std::ffi::{CString, c_char};

use serde_json::Value;

use super::error::{ferry_error, ferry_status};
use super::{Live, Out, borrow, c_text, get_or, guard, optional_text, text};
use crate::error::{Error, Result};
use crate::filestack::Security;
use crate::filestack::security::{CALLS, PolicyCall, expiry_in};

/// A policy and its signature. Any number of threads may use it at the same time. Clients, uploads and calls
/// copy what they need of it.
pub struct ferry_security {
    pub(super) inner: Security,
    policy_json: CString,
    policy_b64: CString,
    signature: CString,
    url_string: CString,
    _live: Live,
}

impl ferry_security {
    fn new(inner: Security) -> Self {
        ferry_security {
            policy_json: c_text(inner.policy_json()),
            policy_b64: c_text(inner.policy_b64()),
            signature: c_text(inner.signature()),
            url_string: c_text(inner.url_element()),
            inner,
            _live: Live::default(),
        }
    }
}

/// A copy of the security behind a pointer that may be NULL.
///
/// # Safety
/// `security` is NULL or points to a live one.
pub unsafe fn optional(security: *const ferry_security) -> Option<Security> {
    // SAFETY: by this function's contract.
    unsafe { security.as_ref() }.map(|s| s.inner.clone())
}

/// Sign a policy with the application's secret, which is not kept. `policy_json` is a JSON object with
/// `expiry` (Unix seconds) and optionally `call` (the table above), `handle`, `url`, `maxSize`, `minSize`,
/// `path`, `container`. Of these `url`, `path` and `container` are regular expressions.
///
/// Fails with FERRY_INVALID_ARGUMENT if it has another key, a value of the wrong kind or a broken expression.
/// Free `out` with `ferry_security_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_new(
    policy_json: *const c_char,
    app_secret: *const c_char,
    out: *mut *mut ferry_security,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, policy, secret) = unsafe {
            (Out::new(out, "out")?, text(policy_json, "policy_json")?, text(app_secret, "app_secret")?)
        };
        out.set_boxed(ferry_security::new(Security::new(policy, secret)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Do the same with any keys and values, for what the service knows and this version of the library does not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_new_unchecked(
    policy_json: *const c_char,
    app_secret: *const c_char,
    out: *mut *mut ferry_security,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, policy, secret) = unsafe {
            (Out::new(out, "out")?, text(policy_json, "policy_json")?, text(app_secret, "app_secret")?)
        };
        out.set_boxed(ferry_security::new(Security::unchecked(policy, secret)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Return the time `seconds` from now in Unix seconds, for the `expiry` of a policy.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_security_expiry_in(seconds: u64) -> u64 {
    get_or(0, || Some(expiry_in(seconds)))
}

/// Check whether the policy allows a call, without asking the service. Returns FERRY_OK, or
/// FERRY_INVALID_ARGUMENT with the reason. `call` is "read", "store", "convert" and so on. `details_json` is
/// a JSON object of what the policy may restrict: "handle", "size", "path", "container", "url", and "now"
/// (Unix seconds) instead of the clock; NULL: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_allows(
    security: *const ferry_security,
    call: *const c_char,
    details_json: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (security, name, details) = unsafe {
            (borrow(security, "security")?, text(call, "call")?, optional_text(details_json, "details_json")?)
        };
        if !CALLS.contains(&name) {
            return Err(Error::invalid_argument(format!("call {name:?} is none of {}", CALLS.join(", "))));
        }
        let details = details.unwrap_or("{}");
        let refused = |error| Error::invalid_argument(format!("details is not JSON: {error}"));
        let details = crate::json::parse(details.as_bytes(), refused)?;
        let Some(details) = details.as_object() else {
            return Err(Error::invalid_argument("details is not a JSON object"));
        };
        for (key, value) in details {
            let (fits, kind) = match key.as_str() {
                "handle" | "path" | "container" | "url" => (value.is_string(), "a text"),
                "size" | "now" => (value.is_u64(), "a whole number"),
                _ => (false, "left out: it is none of handle, path, container, url, size, now"),
            };
            if !fits {
                return Err(Error::invalid_argument(format!("details: {key} must be {kind}")));
            }
        }
        let text = |name: &str| details.get(name).and_then(Value::as_str);
        let number = |name: &str| details.get(name).and_then(Value::as_u64);
        let call = PolicyCall {
            name,
            now: number("now"),
            handle: text("handle"),
            size: number("size"),
            path: text("path"),
            container: text("container"),
            url: text("url"),
        };
        security.inner.allows(&call).map_err(Error::invalid_argument)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Take a policy (base64) and its signature (64 hexadecimal digits) that were made elsewhere. Fails with
/// FERRY_INVALID_ARGUMENT if they cannot be such. Free `out` with `ferry_security_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_from_signed(
    policy_b64: *const c_char,
    signature: *const c_char,
    out: *mut *mut ferry_security,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, policy, signature) = unsafe {
            (Out::new(out, "out")?, text(policy_b64, "policy_b64")?, text(signature, "signature")?)
        };
        out.set_boxed(ferry_security::new(Security::from_signed(policy, signature)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Return the policy as the JSON text that was signed; "" for NULL. Borrowed until the security is freed,
/// like all texts below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_policy_json(security: *const ferry_security) -> *const c_char {
    // SAFETY: NULL or a live security, as the header demands; the same holds for every getter below.
    get_or(c"".as_ptr(), || unsafe { security.as_ref() }.map(|s| s.policy_json.as_ptr()))
}

/// Return the policy in URL-safe base64, as the service takes it; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_policy_b64(security: *const ferry_security) -> *const c_char {
    // SAFETY: see `ferry_security_policy_json`.
    get_or(c"".as_ptr(), || unsafe { security.as_ref() }.map(|s| s.policy_b64.as_ptr()))
}

/// Return the signature: 64 hexadecimal digits; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_signature(security: *const ferry_security) -> *const c_char {
    // SAFETY: see `ferry_security_policy_json`.
    get_or(c"".as_ptr(), || unsafe { security.as_ref() }.map(|s| s.signature.as_ptr()))
}

/// Return both as the element of a URL, "security=p:POLICY,s:SIGNATURE"; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_url_string(security: *const ferry_security) -> *const c_char {
    // SAFETY: see `ferry_security_policy_json`.
    get_or(c"".as_ptr(), || unsafe { security.as_ref() }.map(|s| s.url_string.as_ptr()))
}

/// Free a security. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_security_free(security: Option<Box<ferry_security>>) {
    drop(security);
}
