//! JSON that a program writes: policies, tags, workflows, parameters. Whatever a text has in it, quotes, line
//! breaks, backslashes, it stays one text.
//!
//! ```c
//! ferry_json *calls = ferry_json_new_array(), *policy = ferry_json_new();
//! ferry_json_add_string(calls, "read", NULL);
//! ferry_json_set_json(policy, "call", ferry_json_text(calls), NULL);
//! ferry_json_set_int(policy, "expiry", (int64_t)ferry_security_expiry_in(3600), NULL);
//! ferry_security *security = NULL;
//! if (ferry_security_new(ferry_json_text(policy), "SECRET", &security, &err) != FERRY_OK)
//!     fprintf(stderr, "%s\n", ferry_error_message(err)); // also if one of the calls above has failed
//! ferry_security_free(security);
//! ferry_json_free(policy);
//! ferry_json_free(calls);
//! ```
//!
//! Each call tells whether it has failed. Who does not look loses nothing silently: the text is then no JSON,
//! so that the function that it is given to refuses it.

use std::ffi::{CStr, CString, c_char};

use once_cell::sync::OnceCell;
use serde_json::{Map, Number, Value};

use super::error::{ferry_error, ferry_status};
use super::{Live, c_text, get_or, guard, into_raw, null, text};
use crate::error::{Error, Result};
use crate::{memory, panic};

/// An object or an array that is being written.
pub struct ferry_json {
    value: Value,
    /// The first call that has failed.
    failure: Option<Error>,
    text: OnceCell<CString>,
    _live: Live,
}

impl ferry_json {
    fn new(value: Value) -> Self {
        ferry_json { value, failure: None, text: OnceCell::new(), _live: Live::default() }
    }

    fn text(&self) -> &CStr {
        if let Some(text) = self.text.get() {
            return text;
        }
        let written = match &self.failure {
            None => crate::json::write(&self.value),
            Some(error) => Ok(format!("(no JSON: {})", error.message()).into_bytes()),
        };
        match written {
            Ok(bytes) => self.text.get_or_init(|| c_text(bytes)),
            // Once there is memory, there is the text.
            Err(_) => c"(no JSON: there is no memory for its text)",
        }
    }

    fn set(&mut self, name: &str, value: Value) -> Result<()> {
        match &mut self.value {
            Value::Object(members) => {
                members.insert(name.to_owned(), value);
                Ok(())
            }
            _ => Err(Error::invalid_argument("json is an array: ferry_json_add_* appends to it")),
        }
    }

    fn add(&mut self, value: Value) -> Result<()> {
        match &mut self.value {
            Value::Array(items) => {
                memory::reserve(items, 1, "the JSON")?;
                items.push(value);
                Ok(())
            }
            _ => Err(Error::invalid_argument("json is an object: ferry_json_set_* sets its members")),
        }
    }
}

/// Runs the body of a function that changes `json`, and keeps its failure.
///
/// # Safety
/// `json` is NULL or points to a live one that nobody else uses; `err` as for `guard`.
unsafe fn change(
    json: *mut ferry_json,
    err: *mut *mut ferry_error,
    body: impl FnOnce(&mut ferry_json) -> Result<()>,
) -> ferry_status {
    let body = || {
        // SAFETY: by this function's contract.
        let json = unsafe { json.as_mut() }.ok_or_else(|| null("json"))?;
        let done = panic::catch(|| memory::check().and_then(|()| body(json))).inspect_err(|error| {
            json.failure.get_or_insert_with(|| error.clone());
        });
        // Not before: it may have been an argument.
        json.text = OnceCell::new();
        done
    };
    // SAFETY: by this function's contract.
    unsafe { guard(err, body) }
}

fn double(value: f64) -> Result<Value> {
    let number = Number::from_f64(value);
    number.map(Value::Number).ok_or_else(|| Error::invalid_argument(format!("JSON has no number {value}")))
}

fn parsed(json: &str) -> Result<Value> {
    let refused = |cause| Error::invalid_argument(format!("value_json is not JSON: {cause}"));
    let value = crate::json::parse(json.as_bytes(), refused)?;
    match crate::json::too_large(json) {
        None => Ok(value),
        Some(number) => {
            let number = number.get(..40).unwrap_or(number);
            let text = format!(
                "value_json has the whole number {number}, which is none of 64 bits; write it as a string"
            );
            Err(Error::invalid_argument(text))
        }
    }
}

/// Make an object without members. Free it with `ferry_json_free`. Never returns NULL.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_json_new() -> *mut ferry_json {
    get_or(std::ptr::null_mut(), || Some(into_raw(ferry_json::new(Value::Object(Map::new())))))
}

/// Make an array without items. Free it with `ferry_json_free`. Never returns NULL.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_json_new_array() -> *mut ferry_json {
    get_or(std::ptr::null_mut(), || Some(into_raw(ferry_json::new(Value::Array(Vec::new())))))
}

/// Set a member of an object to a string. Of two members of one name the later one stays. Fails with
/// FERRY_INVALID_ARGUMENT if `json` is an array.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_set_string(
    json: *mut ferry_json,
    name: *const c_char,
    value: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        change(json, err, |json| {
            let name = text(name, "name")?;
            let value = text(value, "value")?;
            json.set(name, value.into())
        })
    }
}

/// Set a member to a whole number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_set_int(
    json: *mut ferry_json,
    name: *const c_char,
    value: i64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        change(json, err, |json| {
            let name = text(name, "name")?;
            json.set(name, value.into())
        })
    }
}

/// Set a member to a number. Fails with FERRY_INVALID_ARGUMENT if it is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_set_double(
    json: *mut ferry_json,
    name: *const c_char,
    value: f64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        change(json, err, |json| {
            let name = text(name, "name")?;
            json.set(name, double(value)?)
        })
    }
}

/// Set a member to true or false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_set_bool(
    json: *mut ferry_json,
    name: *const c_char,
    value: bool,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        change(json, err, |json| {
            let name = text(name, "name")?;
            json.set(name, value.into())
        })
    }
}

/// Set a member to what this JSON text is: an array, an object, null. Fails with FERRY_INVALID_ARGUMENT if it
/// is not JSON, or has a whole number that neither int64_t nor uint64_t can hold. Numbers with a fraction or
/// an exponent become the nearest double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_set_json(
    json: *mut ferry_json,
    name: *const c_char,
    value_json: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        change(json, err, |json| {
            let name = text(name, "name")?;
            let value_json = text(value_json, "value_json")?;
            json.set(name, parsed(value_json)?)
        })
    }
}

/// Append a string to an array. Fails with FERRY_INVALID_ARGUMENT if `json` is an object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_add_string(
    json: *mut ferry_json,
    value: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        change(json, err, |json| {
            let value = text(value, "value")?;
            json.add(value.into())
        })
    }
}

/// Append a whole number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_add_int(
    json: *mut ferry_json,
    value: i64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { change(json, err, |json| json.add(value.into())) }
}

/// Append a number. Fails with FERRY_INVALID_ARGUMENT if it is not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_add_double(
    json: *mut ferry_json,
    value: f64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { change(json, err, |json| json.add(double(value)?)) }
}

/// Append true or false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_add_bool(
    json: *mut ferry_json,
    value: bool,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { change(json, err, |json| json.add(value.into())) }
}

/// Append what this JSON text is, as `ferry_json_set_json` sets it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_add_json(
    json: *mut ferry_json,
    value_json: *const c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        change(json, err, |json| {
            let value_json = text(value_json, "value_json")?;
            json.add(parsed(value_json)?)
        })
    }
}

/// Return the JSON, for any argument that takes some. Borrowed until `json` is changed or freed. "" for NULL;
/// not JSON if a call that should have changed it has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_text(json: *const ferry_json) -> *const c_char {
    // SAFETY: NULL or a live one, as the header demands.
    get_or(c"".as_ptr(), || unsafe { json.as_ref() }.map(|json| json.text().as_ptr()))
}

/// Free it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_json_free(json: Option<Box<ferry_json>>) {
    drop(json);
}
