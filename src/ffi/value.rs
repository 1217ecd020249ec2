//! JSON of a service, read-only. The getters take NULL, so that no check is needed in between.
//!
//! ```c
//! ferry_value *metadata = NULL;
//! if (ferry_filelink_metadata(link, "size,filename", NULL, &metadata, &err) == FERRY_OK)
//!     printf("%lld bytes\n", (long long)ferry_value_int(ferry_value_get(metadata, "size")));
//! ferry_value_free(metadata);
//! ```

use std::ffi::{CString, c_char};

use once_cell::sync::OnceCell;
use serde_json::{Map, Value};

use super::{Live, c_text, get_or, optional_text};
use crate::error::Result;
use crate::http::parse_json;

/// No value, or JSON's null.
pub const FERRY_VALUE_NULL: i32 = 0;
/// true or false.
pub const FERRY_VALUE_BOOL: i32 = 1;
/// A number without a fraction.
pub const FERRY_VALUE_INT: i32 = 2;
/// A number with a fraction or an exponent.
pub const FERRY_VALUE_DOUBLE: i32 = 3;
/// A string.
pub const FERRY_VALUE_STRING: i32 = 4;
/// An array; see `ferry_value_at`.
pub const FERRY_VALUE_ARRAY: i32 = 5;
/// An object; see `ferry_value_get`.
pub const FERRY_VALUE_OBJECT: i32 = 6;

/// A JSON value. A call returns a whole document, which the caller frees; the values inside it are borrowed
/// from it and must not be freed. Any number of threads may read it at the same time.
pub struct ferry_value {
    /// A scalar, or an empty array or object that stands for the children.
    value: Value,
    text: CString,
    /// Members of an object have names, items of an array have empty ones.
    children: Vec<(CString, ferry_value)>,
    json: OnceCell<CString>,
    /// Only the whole answer counts as an object that is handed out.
    _live: Option<Live>,
}

impl ferry_value {
    /// A whole answer.
    pub fn new(value: Value) -> Self {
        ferry_value { _live: Some(Live::default()), ..Self::part(value) }
    }

    /// The document that `json` is; JSON's null if it is empty.
    pub fn parse(json: &[u8]) -> Result<Self> {
        if json.is_empty() {
            return Ok(Self::new(Value::Null));
        }
        Ok(Self::new(parse_json(json)?))
    }

    fn part(value: Value) -> Self {
        let text = value.as_str().map(c_text).unwrap_or_default();
        let (value, children) = match value {
            Value::Array(items) => {
                let items = items.into_iter().map(|item| (CString::default(), Self::part(item)));
                (Value::Array(Vec::new()), items.collect())
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, member)| (c_text(name), Self::part(member)));
                (Value::Object(Map::new()), members.collect())
            }
            scalar => (scalar, Vec::new()),
        };
        ferry_value { value, text, children, json: OnceCell::new(), _live: None }
    }

    fn whole(&self) -> Value {
        let members = self.children.iter().map(|(name, child)| (name, child.whole()));
        match &self.value {
            Value::Array(_) => members.map(|(_, item)| item).collect(),
            Value::Object(_) => {
                members.map(|(name, member)| (name.to_string_lossy().into_owned(), member)).collect()
            }
            scalar => scalar.clone(),
        }
    }
}

/// # Safety
/// `value` is NULL or a live value.
unsafe fn read_value<T>(
    value: *const ferry_value,
    otherwise: T,
    body: impl FnOnce(&ferry_value) -> Option<T>,
) -> T {
    // SAFETY: by this function's contract.
    get_or(otherwise, || unsafe { value.as_ref() }.and_then(body))
}

/// Return the type of a value: one of `FERRY_VALUE_*`; `FERRY_VALUE_NULL` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_type(value: *const ferry_value) -> i32 {
    let kind = |value: &ferry_value| {
        Some(match &value.value {
            Value::Null => FERRY_VALUE_NULL,
            Value::Bool(_) => FERRY_VALUE_BOOL,
            Value::Number(number) if number.is_f64() => FERRY_VALUE_DOUBLE,
            Value::Number(_) => FERRY_VALUE_INT,
            Value::String(_) => FERRY_VALUE_STRING,
            Value::Array(_) => FERRY_VALUE_ARRAY,
            Value::Object(_) => FERRY_VALUE_OBJECT,
        })
    };
    // SAFETY: NULL or a live value, as the header demands; the same holds for every getter below.
    unsafe { read_value(value, FERRY_VALUE_NULL, kind) }
}

/// Return the member of an object with that name; NULL if there is none. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_get(
    value: *const ferry_value,
    key: *const c_char,
) -> *const ferry_value {
    let member = |value: &ferry_value| {
        // SAFETY: NULL or a NUL-terminated text, as the header demands.
        let key = unsafe { optional_text(key, "key") }.ok()??;
        let is_object = value.value.is_object();
        let found = value.children.iter().find(|(name, _)| is_object && name.as_bytes() == key.as_bytes())?;
        Some(&raw const found.1)
    };
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, std::ptr::null(), member) }
}

/// Return an element of an array or a member of an object by its index, counted from 0; NULL past the end.
/// Members are in the service's order. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_at(value: *const ferry_value, index: usize) -> *const ferry_value {
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, std::ptr::null(), |v| v.children.get(index).map(|child| &raw const child.1)) }
}

/// Return the name of a member of an object by its index, counted from 0; NULL past the end and for anything
/// but an object. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_key(value: *const ferry_value, index: usize) -> *const c_char {
    let name = |value: &ferry_value| {
        let child = value.children.get(index).filter(|_| value.value.is_object())?;
        Some(child.0.as_ptr())
    };
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, std::ptr::null(), name) }
}

/// Return the number of elements of an array or members of an object, or the length of a string in bytes;
/// else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_len(value: *const ferry_value) -> usize {
    let length =
        |v: &ferry_value| Some(if v.value.is_string() { v.text.as_bytes().len() } else { v.children.len() });
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, 0, length) }
}

/// Return the text of a string; NULL for anything but a string. Characters U+0000, which C cannot express,
/// are left out. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_string(value: *const ferry_value) -> *const c_char {
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, std::ptr::null(), |v| v.value.is_string().then(|| v.text.as_ptr())) }
}

/// Return a number as an integer; 0 for anything but a number. A fraction is cut off; a number out of range
/// becomes the end of the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_int(value: *const ferry_value) -> i64 {
    let integer = |value: &ferry_value| {
        let Value::Number(number) = &value.value else { return None };
        let large = number.as_u64().map(|_| i64::MAX);
        number.as_i64().or(large).or_else(|| number.as_f64().map(|float| float as i64))
    };
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, 0, integer) }
}

/// Return a number; 0 for anything but a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_double(value: *const ferry_value) -> f64 {
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, 0.0, |v| v.value.as_f64()) }
}

/// Return whether the value is JSON's true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_bool(value: *const ferry_value) -> bool {
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, false, |v| v.value.as_bool()) }
}

/// Return the value as JSON text; "null" for NULL. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_json(value: *const ferry_value) -> *const c_char {
    let json = |v: &ferry_value| Some(v.json.get_or_init(|| c_text(v.whole().to_string())).as_ptr());
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, c"null".as_ptr(), json) }
}

/// Free a document that a call returned, and with it the values inside. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_free(value: Option<Box<ferry_value>>) {
    drop(value);
}
