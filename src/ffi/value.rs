//! JSON of a service, read-only. The getters take NULL, so that no check is needed in between.
//!
//! ```c
//! ferry_value *metadata = NULL;
//! if (ferry_filelink_metadata(link, "size,filename", NULL, &metadata, &err) == FERRY_OK)
//!     printf("%lld bytes\n", (long long)ferry_value_int(ferry_value_get(metadata, "size")));
//! ferry_value_free(metadata);
//! ```

use std::ffi::{CString, c_char};
use std::io;

use once_cell::sync::OnceCell;
use serde_json::{Map, Value};

use super::{Live, c_text, get_or, optional_text};
use crate::error::{Error, Result};
use crate::http::parse_json;
use crate::memory;

/// No value, or JSON's null.
pub const FERRY_VALUE_NULL: i32 = 0;
/// true or false.
pub const FERRY_VALUE_BOOL: i32 = 1;
/// A number without a fraction, from -2^63 to 2^64 - 1.
pub const FERRY_VALUE_INT: i32 = 2;
/// A number with a fraction or an exponent, or beyond the range of `FERRY_VALUE_INT`. It is the nearest
/// double: `ferry_value_json` may have other digits than the service.
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
    children: Vec<(Name, ferry_value)>,
    json: OnceCell<Vec<u8>>,
    /// Only the whole answer counts as an object that is handed out.
    _live: Option<Live>,
}

#[derive(Default)]
struct Name {
    text: CString,
    /// As the service wrote it, if it has characters that C cannot express.
    whole: Option<String>,
}

impl Name {
    fn new(name: String) -> Result<Self> {
        let mut whole = None;
        if name.contains('\0') {
            let mut copy = Vec::new();
            memory::append(&mut copy, name.as_bytes(), WHAT)?;
            whole = String::from_utf8(copy).ok();
        }
        Ok(Name { text: c_text(name), whole })
    }
}

impl ferry_value {
    /// A whole answer.
    pub fn new(value: Value) -> Result<Self> {
        Ok(ferry_value { _live: Some(Live::default()), ..Self::part(value)? })
    }

    /// The document that `json` is; JSON's null if it is empty.
    pub fn parse(json: &[u8]) -> Result<Self> {
        Self::new(if json.is_empty() { Value::Null } else { parse_json(json)? })
    }

    fn part(value: Value) -> Result<Self> {
        memory::check()?;
        let text = value.as_str().map(c_text).unwrap_or_default();
        let mut children = Vec::new();
        let value = match value {
            Value::Array(items) => {
                memory::reserve(&mut children, items.len(), WHAT)?;
                for item in items {
                    children.push((Name::default(), Self::part(item)?));
                }
                Value::Array(Vec::new())
            }
            Value::Object(members) => {
                memory::reserve(&mut children, members.len(), WHAT)?;
                for (name, member) in members {
                    children.push((Name::new(name)?, Self::part(member)?));
                }
                Value::Object(Map::new())
            }
            scalar => scalar,
        };
        Ok(ferry_value { value, text, children, json: OnceCell::new(), _live: None })
    }

    /// Appends the JSON.
    fn write(&self, to: &mut Vec<u8>) -> Result<()> {
        let is_object = self.value.is_object();
        let [begin, end] = match &self.value {
            Value::Array(_) => [b"[", b"]"],
            Value::Object(_) => [b"{", b"}"],
            scalar => return write_json(to, scalar),
        };
        memory::append(to, begin, WHAT)?;
        for (index, (name, child)) in self.children.iter().enumerate() {
            if index > 0 {
                memory::append(to, b",", WHAT)?;
            }
            if is_object {
                let text = name.whole.as_deref().map_or_else(|| name.text.to_string_lossy(), Into::into);
                write_json(to, &text.into())?;
                memory::append(to, b":", WHAT)?;
            }
            child.write(to)?;
        }
        memory::append(to, end, WHAT)
    }

    /// With a NUL at its end.
    fn json(&self) -> Result<Vec<u8>> {
        let mut json = Vec::new();
        self.write(&mut json)?;
        memory::append(&mut json, b"\0", WHAT)?;
        Ok(json)
    }
}

const WHAT: &str = "the JSON";

fn write_json(to: &mut Vec<u8>, scalar: &Value) -> Result<()> {
    struct Appended<'a>(&'a mut Vec<u8>);

    impl io::Write for Appended<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            memory::append(self.0, bytes, WHAT).map_err(Error::into_io)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    serde_json::to_writer(Appended(to), scalar).map_err(|_| memory::lacking(WHAT))
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

/// Return the member of an object with that name; NULL if there is none. A member whose name has characters
/// U+0000, which C cannot express, is found by its index only. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_get(
    value: *const ferry_value,
    key: *const c_char,
) -> *const ferry_value {
    let member = |value: &ferry_value| {
        // SAFETY: NULL or a NUL-terminated text, as the header demands.
        let key = unsafe { optional_text(key, "key") }.ok()??;
        let is_named = |name: &Name| name.whole.is_none() && name.text.as_bytes() == key.as_bytes();
        let is_object = value.value.is_object();
        let found = value.children.iter().find(|(name, _)| is_object && is_named(name))?;
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
/// but an object. Characters U+0000 are left out, though not by `ferry_value_json`. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_key(value: *const ferry_value, index: usize) -> *const c_char {
    let name = |value: &ferry_value| {
        let child = value.children.get(index).filter(|_| value.value.is_object())?;
        Some(child.0.text.as_ptr())
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

/// Return the value as JSON text; "null" for NULL, "" if there is no memory for it. Borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_json(value: *const ferry_value) -> *const c_char {
    let json = |v: &ferry_value| {
        let json = v.json.get_or_try_init(|| v.json());
        Some(json.map_or(c"".as_ptr(), |json| json.as_ptr().cast()))
    };
    // SAFETY: see `ferry_value_type`.
    unsafe { read_value(value, c"null".as_ptr(), json) }
}

/// Free a document that a call returned, and with it the values inside. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_value_free(value: Option<Box<ferry_value>>) {
    drop(value);
}
