//! The C functions, called as C calls them, but where Miri can look on (`make miri`): what owns what, what is
//! borrowed for how long, options of older versions. What they do is tested in `tests/c`.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr;

use serde_json::json;

use super::bytes::ferry_string_free;
use super::error::{
    FERRY_INTERNAL, FERRY_INVALID_ARGUMENT, FERRY_OK, ferry_error, ferry_error_free, ferry_error_message,
    ferry_error_status,
};
use super::json::{
    ferry_json_add_string, ferry_json_free, ferry_json_new, ferry_json_new_array, ferry_json_set_int,
    ferry_json_set_json, ferry_json_text,
};
use super::request::{ferry_request_options, ferry_request_options_init, request_options};
use super::security::{ferry_security_free, ferry_security_new, ferry_security_policy_json};
use super::value::{
    ferry_value, ferry_value_at, ferry_value_free, ferry_value_get, ferry_value_json, ferry_value_key,
    ferry_value_len, ferry_value_string,
};
use super::webhook::{ferry_webhook_sign, ferry_webhook_verify, ferry_webhook_verify_any};
use super::{get_or, guard, into_raw, run_void};

fn text<'t>(text: *const c_char) -> &'t str {
    // SAFETY: every test passes a text of a live object.
    unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8")
}

/// What an error says, which is freed.
fn said(error: *mut ferry_error) -> String {
    assert!(!error.is_null());
    // SAFETY: a call has returned it, and it is freed once.
    unsafe {
        assert_eq!(ferry_error_status(error), FERRY_INVALID_ARGUMENT);
        let said = text(ferry_error_message(error)).to_owned();
        ferry_error_free(Some(Box::from_raw(error)));
        said
    }
}

#[test]
fn a_panic_is_a_status() {
    let mut error = ptr::null_mut();
    // SAFETY: `error` may be written to, and is freed once.
    unsafe {
        assert_eq!(guard(&mut error, || panic!("a mistake of Ferry")), FERRY_INTERNAL);
        assert!(text(ferry_error_message(error)).contains("a mistake of Ferry"));
        ferry_error_free(Some(Box::from_raw(error)));
        assert_eq!(guard(ptr::null_mut(), || panic!("nobody is told")), FERRY_INTERNAL);
    }
    assert_eq!(get_or(7, || panic!("no answer")), 7);
    run_void(|| panic!("nothing to answer"));
}

#[test]
fn json_is_written_and_an_argument_may_be_its_own_text() {
    let (json, array) = (ferry_json_new(), ferry_json_new_array());
    // SAFETY: all pointers are live, or NULL where that is allowed.
    unsafe {
        let error = ptr::null_mut();
        assert_eq!(ferry_json_add_string(array, c"a\"b".as_ptr(), error), FERRY_OK);
        assert_eq!(ferry_json_set_json(json, c"list".as_ptr(), ferry_json_text(array), error), FERRY_OK);
        assert_eq!(ferry_json_set_json(json, c"self".as_ptr(), ferry_json_text(json), error), FERRY_OK);
        assert_eq!(ferry_json_set_int(json, c"n".as_ptr(), -1, error), FERRY_OK);
        let all = r#"{"list":["a\"b"],"self":{"list":["a\"b"]},"n":-1}"#;
        assert_eq!(text(ferry_json_text(json)), all);
        let mut error = ptr::null_mut();
        assert_eq!(ferry_json_set_int(array, c"n".as_ptr(), 1, &mut error), FERRY_INVALID_ARGUMENT);
        assert!(said(error).contains("json is an array"));
        ferry_json_free(Some(Box::from_raw(json)));
        ferry_json_free(Some(Box::from_raw(array)));
        ferry_json_free(None);
    }
}

#[test]
fn a_webhook_is_signed_and_verified_with_any_of_several_secrets() {
    let body = b"{\"id\": 1}";
    let (now, mut signature, mut error) = (c"1700000000".as_ptr(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: all pointers are live; the text is freed once.
    unsafe {
        let content = body.as_ptr().cast();
        let signed =
            ferry_webhook_sign(c"new".as_ptr(), content, body.len(), now, &mut signature, &mut error);
        assert_eq!((signed, error.is_null()), (FERRY_OK, true));
        let secrets = [c"old".as_ptr(), c"new".as_ptr()];
        let verify = |count, error| {
            ferry_webhook_verify_any(secrets.as_ptr(), count, content, body.len(), now, signature, 0, error)
        };
        assert_eq!(verify(2, ptr::null_mut()), FERRY_OK);
        assert_ne!(verify(1, ptr::null_mut()), FERRY_OK);
        let refused = ferry_webhook_verify(ptr::null(), content, body.len(), now, signature, 0, &mut error);
        assert_eq!(refused, FERRY_INVALID_ARGUMENT);
        assert!(said(error).contains("secret"));
        ferry_string_free(signature);
        ferry_string_free(ptr::null_mut());
    }
}

#[test]
fn a_security_lends_its_texts() {
    let (mut security, mut error) = (ptr::null_mut(), ptr::null_mut());
    let policy = cr#"{"expiry": 4102444800}"#.as_ptr();
    // SAFETY: all pointers are live; the object is freed once.
    unsafe {
        assert_eq!(ferry_security_new(policy, c"secret".as_ptr(), &mut security, &mut error), FERRY_OK);
        assert!(text(ferry_security_policy_json(security)).contains("4102444800"));
        assert_eq!(text(ferry_security_policy_json(ptr::null())), "");
        ferry_security_free(Some(Box::from_raw(security)));
        let refused = ferry_security_new(c"[".as_ptr(), c"secret".as_ptr(), &mut security, &mut error);
        assert_eq!((refused, security.is_null()), (FERRY_INVALID_ARGUMENT, true));
    }
    said(error);
}

#[test]
fn a_value_lends_the_values_within_until_it_is_freed() {
    let document = json!({"list": [1, "a\u{e9}", null], "n": 2.5});
    let value = into_raw(ferry_value::new(document).expect("memory"));
    // SAFETY: all pointers are live, or NULL where that is allowed; the document is freed once.
    unsafe {
        let list = ferry_value_get(value, c"list".as_ptr());
        let texts = ferry_value_string(ferry_value_at(list, 1));
        assert_eq!((ferry_value_len(list), text(texts)), (3, "a\u{e9}"));
        assert_eq!(text(ferry_value_json(list)), "[1,\"a\u{e9}\",null]");
        assert_eq!(ferry_value_json(list), ferry_value_json(list), "it is written once");
        assert_eq!(text(ferry_value_key(value, 1)), "n");
        assert!(ferry_value_at(list, 3).is_null() && ferry_value_string(list).is_null());
        assert!(ferry_value_get(ptr::null(), c"n".as_ptr()).is_null());
        ferry_value_free(Some(Box::from_raw(value)));
        ferry_value_free(None);
    }
}

#[test]
fn options_of_an_older_version_are_read_no_further_than_they_go() {
    let mut options = MaybeUninit::<ferry_request_options>::uninit();
    let older = std::mem::offset_of!(ferry_request_options, deadline_ms);
    // SAFETY: `init` writes as many bytes as it is told of, and no more are read.
    unsafe {
        ferry_request_options_init(options.as_mut_ptr(), older);
        assert_eq!((*options.as_ptr()).struct_size, older);
        assert!(request_options(options.as_ptr()).is_ok());
        assert!(request_options(ptr::null()).is_ok());
    }
}
