//! JSON that is read or written. Reading a long text, each step asks whether there is memory left: how many
//! values it makes comes from outside.

#![forbid(unsafe_code)]

use std::io::{self, Read, Write};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::memory;

/// What a text of this length makes fits into the reserve of `src/memory.rs`.
const SHORT: usize = 2 << 10;

/// The bytes that a value takes at most, its share of a list that grows included.
const OF_A_VALUE: usize = 512;

/// The value that the text is. Fails with what `refused` makes of the fault of a text that is not JSON, and
/// with `OutOfMemory`.
pub fn parse(json: &[u8], refused: impl FnOnce(serde_json::Error) -> Error) -> Result<Value> {
    let is_long = json.len() > SHORT;
    if is_long {
        let (values, _) = measure(json);
        memory::room(json.len().saturating_add(values.saturating_mul(OF_A_VALUE)), "the JSON")?;
    }
    serde_json::from_reader(Text { left: json, is_checked: is_long }).map_err(|error| {
        match error.io_error_kind() {
            Some(_) => memory::lacking("the JSON"),
            None => refused(error),
        }
    })
}

/// The most values of a text from outside; an empty list or object counts as two. They take less than
/// 100 MB.
pub const MOST_VALUES: usize = 200_000;

/// What the library wrote itself. None for what is not JSON, and for more than [`MOST_VALUES`]: who wrote a
/// token is known only after it is read.
pub fn read(json: &[u8]) -> Option<Value> {
    if measure(json).0 > MOST_VALUES {
        return None;
    }
    serde_json::from_reader(Text { left: json, is_checked: false }).ok()
}

/// An upper bound of the number of values in a JSON text, and its depth. In what is not JSON both mean
/// nothing.
pub fn measure(json: &[u8]) -> (usize, usize) {
    let (mut values, mut depth, mut deepest) = (1, 0usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b',' => values += 1,
            b'[' | b'{' => {
                values += 1;
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (values, deepest)
}

/// The first whole number in a JSON text that 64 bits cannot hold: a value has other digits than it.
#[cfg_attr(not(feature = "capi"), allow(dead_code, reason = "the C interface refuses it"))]
pub fn too_large(json: &str) -> Option<&str> {
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
    let is_lost = |number: &str| {
        let digits = number.strip_prefix('-').unwrap_or(number);
        let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
    };
    let mut rest = json;
    // The next number or text, whichever is first.
    while let Some(at) = rest.find(|c: char| c == '"' || is_of_number(c)) {
        rest = rest.get(at..)?;
        if rest.starts_with('"') {
            rest = after_text(rest.get(1..)?);
            continue;
        }
        let (number, after) = rest.split_at(rest.find(|c| !is_of_number(c)).unwrap_or(rest.len()));
        if is_lost(number) {
            return Some(number);
        }
        rest = after;
    }
    None
}

/// What follows the text in whose middle `json` begins.
fn after_text(json: &str) -> &str {
    let mut is_escaped = false;
    let end = json.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.and_then(|end| json.get(end + 1..)).unwrap_or_default()
}

/// The text of a value, which may be of many small pieces.
#[cfg_attr(not(feature = "capi"), allow(dead_code, reason = "the C interface writes it"))]
pub fn write(value: &Value) -> Result<Vec<u8>> {
    let mut text = Written(Vec::new());
    match serde_json::to_writer(&mut text, value) {
        Ok(()) => memory::reserve(&mut text.0, 1, "the JSON").map(|()| text.0),
        Err(_) => Err(memory::lacking("the JSON")),
    }
}

struct Written(Vec<u8>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        memory::append(&mut self.0, bytes, "the JSON").map_err(Error::into_io)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A text that is read. One that is checked fails where memory has ended. (A slice would be another reader
/// for serde_json, and all of its code twice in the library.)
struct Text<'a> {
    left: &'a [u8],
    is_checked: bool,
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_checked {
            memory::check().map_err(Error::into_io)?;
        }
        self.left.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_read_as_a_short_one() {
        let long = format!(r#"{{"a\u00e4":[1,-2,0.5,"{}"],"b":null}}"#, "x".repeat(SHORT));
        let value = parse(long.as_bytes(), |error| panic!("{error}")).expect("JSON");
        assert_eq!(value, serde_json::from_str::<Value>(&long).expect("JSON"));
        for wrong in [&long[1..], &long[..long.len() - 1], &format!("{long}]"), &format!("{long}\u{1}")] {
            let said = serde_json::from_str::<Value>(wrong).expect_err("no JSON").to_string();
            let error = parse(wrong.as_bytes(), |error| Error::invalid_argument(error.to_string()));
            assert_eq!(error.expect_err("no JSON").message(), said);
        }
    }

    #[test]
    fn what_the_library_wrote_has_bounds() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count));
        assert!(read(list(1000).as_bytes()).is_some());
        assert!(read(list(MOST_VALUES).as_bytes()).is_none());
    }

    #[test]
    fn a_whole_number_beyond_64_bits_is_found_wherever_it_stands() {
        for (json, number) in [
            ("18446744073709551616", Some("18446744073709551616")),
            (r#"{"a":[1,-9223372036854775809]}"#, Some("-9223372036854775809")),
            (r#"["\\",99999999999999999999,"x"]"#, Some("99999999999999999999")),
            (r#"["\"",99999999999999999999]"#, Some("99999999999999999999")),
            (r#"["é99999999999999999999\\\"99999999999999999999"]"#, None),
            ("[18446744073709551615,-9223372036854775808,-0,0]", None),
            ("[1e30,99999999999999999999.5,99999999999999999999e1,-1.5E-3]", None),
            (r#"{"99999999999999999999":true}"#, None),
            ("", None),
        ] {
            assert_eq!(too_large(json), number, "{json}");
        }
    }
}
