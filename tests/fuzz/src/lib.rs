//! What is fuzzed: whatever comes from outside. Each function takes any bytes, and fails (panics, or worse)
//! only where Ferry breaks a promise. tests/fuzz.rs replays the corpora with them on the stable toolchain.

mod download;
mod durable;
mod exchange;
mod fence;
mod flip;
mod peer;
mod reference;
mod service;
mod telestream;
mod tls;

use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};

use ferry::ffi::bytes::ferry_string_free;
use ferry::ffi::error::{
    FERRY_INTERNAL, FERRY_OK, ferry_error, ferry_error_body, ferry_error_free, ferry_error_message,
    ferry_status,
};
use ferry::ffi::filestack::{ferry_filestack, ferry_filestack_new};
use ferry::ffi::security::{
    ferry_security, ferry_security_allows, ferry_security_free, ferry_security_from_signed,
    ferry_security_new, ferry_security_new_unchecked, ferry_security_policy_b64, ferry_security_signature,
};
use ferry::ffi::transform::{
    ferry_transform, ferry_transform_add, ferry_transform_add_json, ferry_transform_add_raw,
    ferry_transform_base64_url, ferry_transform_free, ferry_transform_new, ferry_transform_url,
};
use ferry::ffi::webhook::{ferry_webhook_sign, ferry_webhook_verify};

pub use download::download;
pub use durable::{journal, token};
pub use exchange::{chunked, head};
pub use service::answer;
pub use telestream::telestream;
pub use tls::tls;

/// An error has a message, and is never a bug of Ferry.
fn sound(error: &ferry::error::Error) {
    assert!(!error.message().is_empty());
    assert_ne!(error.kind(), ferry::error::ErrorKind::Internal, "{error}");
}

/// The API key of the clients.
const KEY: &CStr = c"KEYOFTHEFUZZER";

/// Calls `body` with a place for an error; a failure must leave one with a message, and never be a bug of
/// Ferry.
fn call(body: impl FnOnce(*mut *mut ferry_error) -> ferry_status) -> bool {
    told(body).is_none()
}

/// As [`call`], for what a service has part in: the error does not tell the API key.
fn asked(body: impl FnOnce(*mut *mut ferry_error) -> ferry_status) -> bool {
    let error = told(body);
    let key = KEY.to_str().expect("UTF-8");
    assert!(error.as_ref().is_none_or(|text| !text.contains(key)), "{error:?}");
    error.is_none()
}

/// The message and the body of the error, if there is one.
fn told(body: impl FnOnce(*mut *mut ferry_error) -> ferry_status) -> Option<String> {
    let mut error = null_mut();
    let status = body(&mut error);
    assert_eq!(status == FERRY_OK, error.is_null(), "an error exactly when the status says so");
    if error.is_null() {
        return None;
    }
    // SAFETY: the error is live until it is freed, once, here.
    unsafe {
        let message = CStr::from_ptr(ferry_error_message(error)).to_str().expect("UTF-8");
        assert!(!message.is_empty());
        assert_ne!(status, FERRY_INTERNAL, "{message}");
        let body = CStr::from_ptr(ferry_error_body(error)).to_str().expect("UTF-8");
        let text = format!("{message}\n{body}");
        ferry_error_free(Some(Box::from_raw(error)));
        Some(text)
    }
}

/// The input as texts: separated by NUL bytes, which C could not pass on anyway.
fn texts(data: &[u8]) -> impl Iterator<Item = CString> {
    data.split(|byte| *byte == 0).map(|text| CString::new(text).expect("no NUL is left"))
}

/// A policy: whatever is accepted signs to something that is accepted again, and says the same.
pub fn policy(data: &[u8]) {
    let mut texts = texts(data);
    let (policy, other) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    for new in [ferry_security_new, ferry_security_new_unchecked] {
        let mut security: *mut ferry_security = null_mut();
        // SAFETY: texts and outputs are valid; what is given away is freed once.
        unsafe {
            if !call(|err| new(policy.as_ptr(), c"secret".as_ptr(), &mut security, err)) {
                assert!(security.is_null());
                continue;
            }
            let mut again: *mut ferry_security = null_mut();
            let (b64, signature) = (ferry_security_policy_b64(security), ferry_security_signature(security));
            assert!(call(|err| ferry_security_from_signed(b64, signature, &mut again, err)));
            assert_eq!(CStr::from_ptr(b64), CStr::from_ptr(ferry_security_policy_b64(again)));
            call(|err| ferry_security_allows(security, c"read".as_ptr(), other.as_ptr(), err));
            ferry_security_free(Some(Box::from_raw(security)));
            ferry_security_free(Some(Box::from_raw(again)));
        }
    }
    let mut security: *mut ferry_security = null_mut();
    // SAFETY: as above.
    unsafe {
        if call(|err| ferry_security_from_signed(policy.as_ptr(), other.as_ptr(), &mut security, err)) {
            call(|err| ferry_security_allows(security, c"store".as_ptr(), null(), err));
            ferry_security_free(Some(Box::from_raw(security)));
        }
    }
}

/// A webhook: nothing passes but what was signed, and that always does.
pub fn webhook(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == 0).map(<[u8]>::to_vec);
    let mut text = || CString::new(parts.next().unwrap_or_default()).expect("no NUL is left");
    let (timestamp, signature) = (text(), text());
    let body = parts.next().unwrap_or_default();
    let verify = |signature: *const c_char| {
        // SAFETY: texts and body are valid.
        call(|err| unsafe {
            ferry_webhook_verify(
                c"secret".as_ptr(),
                body.as_ptr().cast(),
                body.len(),
                timestamp.as_ptr(),
                signature,
                0,
                err,
            )
        })
    };
    let mut right: *mut c_char = null_mut();
    // SAFETY: as above; the text is freed once.
    unsafe {
        let signed = call(|err| {
            ferry_webhook_sign(
                c"secret".as_ptr(),
                body.as_ptr().cast(),
                body.len(),
                timestamp.as_ptr(),
                &mut right,
                err,
            )
        });
        if signed {
            let is_right =
                CStr::from_ptr(right).to_bytes().eq_ignore_ascii_case(signature.to_bytes().trim_ascii());
            let is_moment =
                timestamp.to_str().is_ok_and(|text| text.parse::<u32>().is_ok_and(|n| n.to_string() == text));
            assert!(verify(right) || !is_moment, "a right signature is refused");
            assert!(!verify(signature.as_ptr()) || is_right, "a forged signature passes");
            ferry_string_free(right);
        }
    }
}

/// A chain: source, then task and parameters in turn, as they stand in a URL.
pub fn transform(data: &[u8]) {
    chain(data, |transform, task, params, err| {
        // SAFETY: handle and texts are valid.
        unsafe { ferry_transform_add(transform, task.as_ptr(), params.as_ptr(), err) }
    });
}

/// The same with parameters as JSON.
pub fn transform_json(data: &[u8]) {
    chain(data, |transform, task, params, err| {
        // SAFETY: handle and texts are valid.
        unsafe { ferry_transform_add_json(transform, task.as_ptr(), params.as_ptr(), err) }
    });
}

fn chain(
    data: &[u8],
    add: impl Fn(*mut ferry_transform, &CStr, &CStr, *mut *mut ferry_error) -> ferry_status,
) {
    let mut texts = texts(data);
    let source = texts.next().unwrap_or_default();
    // One for all: making a client costs more than building a chain.
    static CLIENT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let client = *CLIENT.get_or_init(|| client(null()).expose_provenance());
    let client: *const ferry_filestack = std::ptr::with_exposed_provenance(client);
    let mut transform: *mut ferry_transform = null_mut();
    // SAFETY: handles and texts are valid; what is given away is freed once.
    unsafe {
        let made = call(|err| ferry_transform_new(client, source.as_ptr(), &mut transform, err))
            || call(|err| ferry_transform_new(client, c"sm9IEXAMPLEQuzfJykmA".as_ptr(), &mut transform, err));
        assert!(made);
        while let (Some(task), Some(params)) = (texts.next(), texts.next()) {
            let before = url(transform);
            if !call(|err| add(transform, &task, &params, err)) {
                assert_eq!(before, url(transform), "a refused task leaves the chain as it was");
                call(|err| ferry_transform_add_raw(transform, params.as_ptr(), err));
            }
        }
        if let Some(url) = url(transform) {
            assert!(
                url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#'),
                "{url} cannot be sent"
            );
            let folded = |part: &str| matches!(&*part.to_lowercase().replace("%2e", "."), "." | "..");
            assert!(!url.split('/').any(folded), "{url} is another one once it is sent");
        }
        let mut other: *mut c_char = null_mut();
        assert!(call(|err| ferry_transform_base64_url(transform, null(), &mut other, err)));
        ferry_string_free(other);
        ferry_transform_free(Some(Box::from_raw(transform)));
    }
}

/// None of what no path can carry.
///
/// # Safety
/// `transform` is live.
unsafe fn url(transform: *const ferry_transform) -> Option<String> {
    let mut url: *mut c_char = null_mut();
    // SAFETY: by this function's contract; the text is freed once.
    unsafe {
        if !call(|err| ferry_transform_url(transform, &mut url, err)) {
            return None;
        }
        let text = CStr::from_ptr(url).to_str().expect("UTF-8").to_owned();
        ferry_string_free(url);
        Some(text)
    }
}

fn client(options: *const ferry::ffi::filestack::ferry_filestack_options) -> *mut ferry_filestack {
    let mut client = null_mut();
    // SAFETY: texts, options and output are valid.
    assert!(call(|err| unsafe { ferry_filestack_new(KEY.as_ptr(), options, &mut client, err) }));
    client
}
