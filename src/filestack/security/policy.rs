//! A policy document: what it may hold, and the one way it is written.

use std::fmt::Write as _;

use regex_lite::Regex;
use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};
use crate::http::push_json_ascii;
use crate::json;

/// What a policy may hold (`specs/filestack.md` 2.1).
const KEYS: &[&str] = &["expiry", "call", "handle", "url", "maxSize", "minSize", "path", "container"];

/// What a policy may allow.
pub const CALLS: &[&str] =
    &["pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove", "exif", "runWorkflow"];

/// The end of the year 9999 in Unix seconds. What is later is in milliseconds: those of 1978 and after are
/// beyond it.
const LATEST_EXPIRY: u64 = 253_402_300_799;

/// A JSON object, not yet checked to be a policy that the service understands.
#[derive(Clone)]
pub(super) struct Policy(Map<String, Value>);

impl Policy {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let refused = |cause| Error::invalid_argument(format!("the policy is not JSON: {cause}"));
        match json::parse(text.as_bytes(), refused)? {
            Value::Object(map) => Ok(Policy(map)),
            _ => Err(Error::invalid_argument("the policy is not a JSON object")),
        }
    }

    /// Refuses keys, types and calls that the service does not know, and broken patterns.
    pub(super) fn check(&self) -> Result<()> {
        for (key, value) in &self.0 {
            match key.as_str() {
                "expiry" => {
                    whole_number(key, value, "a Unix time in seconds")?;
                    if value.as_u64().is_some_and(|expiry| expiry > LATEST_EXPIRY) {
                        let text = format!(
                            "is {value}, after the year 9999: is it in milliseconds? It is in seconds"
                        );
                        return Err(invalid(key, &text));
                    }
                }
                "maxSize" | "minSize" => whole_number(key, value, "a number of bytes")?,
                "handle" | "url" | "path" | "container" => {
                    let text = value.as_str().ok_or_else(|| invalid(key, "must be a string"))?;
                    if key != "handle" {
                        check_pattern(key, text)?;
                    }
                }
                "call" => check_calls(value)?,
                _ => {
                    return Err(Error::invalid_argument(format!(
                        "the policy's key {key:?} is not known: a policy holds {}",
                        KEYS.join(", ")
                    )));
                }
            }
        }
        if let (Some(least), Some(most)) = (self.integer("minSize"), self.integer("maxSize"))
            && least > most
        {
            return Err(invalid(
                "minSize",
                &format!("of {least} is larger than its maxSize of {most}: no file passes"),
            ));
        }
        if self.0.contains_key("expiry") {
            Ok(())
        } else {
            Err(Error::invalid_argument("the policy's expiry is missing: a Unix time in seconds"))
        }
    }

    /// The document as Python's `json.dumps(sort_keys=True)` writes it (`specs/filestack.md` 2.2).
    pub(super) fn to_json(&self) -> Result<String> {
        let mut out = String::with_capacity(128);
        write_object(&mut out, &self.0)?;
        Ok(out)
    }

    pub(super) fn integer(&self, key: &str) -> Option<u64> {
        self.0.get(key).and_then(Value::as_u64)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str)
    }

    /// The calls the policy names; `None` when it leaves the choice to the service.
    pub(super) fn calls(&self) -> Option<Vec<&str>> {
        match self.0.get("call")? {
            Value::String(call) => Some(vec![call]),
            Value::Array(calls) => Some(calls.iter().filter_map(Value::as_str).collect()),
            _ => Some(Vec::new()),
        }
    }
}

fn invalid(key: &str, what: &str) -> Error {
    Error::invalid_argument(format!("the policy's {key} {what}"))
}

/// What is wrong with a pattern in the eyes of every engine. Others understand more than the one here, and
/// which one the service has is not documented.
const FAULTS: [&str; 10] = [
    "found open group without closing ')'",
    "expected closing ')', but got end of pattern",
    "found closing ')' without matching '('",
    "uncounted repetition operator must be applied to a sub-expression",
    "found counted repetition with a min bigger than its max",
    "non-empty character class has no closing bracket",
    "non-empty character class has no closing bracket after dash",
    "found unclosed character class",
    "invalid range in character class",
    "saw start of escape sequence, but saw end of pattern before it finished",
];

fn check_pattern(key: &str, pattern: &str) -> Result<()> {
    match Regex::new(pattern).map_err(|error| error.to_string()) {
        Err(fault) if FAULTS.contains(&fault.as_str()) => {
            Err(invalid(key, &format!("is no pattern (a regular expression): {fault}")))
        }
        _ => Ok(()),
    }
}

fn whole_number(key: &str, value: &Value, meaning: &str) -> Result<()> {
    if value.is_u64() {
        Ok(())
    } else {
        Err(invalid(key, &format!("must be {meaning}: a whole number, 0 or more")))
    }
}

fn check_calls(value: &Value) -> Result<()> {
    let calls = match value {
        Value::Array(calls) => calls.as_slice(),
        one => std::slice::from_ref(one),
    };
    match calls.iter().find(|call| !call.as_str().is_some_and(|name| CALLS.contains(&name))) {
        None => Ok(()),
        Some(call) => {
            Err(invalid("call", &format!("holds {call}, but a call is one of {}", CALLS.join(", "))))
        }
    }
}

fn write_value(out: &mut String, value: &Value) -> Result<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => push_json_ascii(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_value(out, item)?;
            }
            out.push(']');
        }
        Value::Object(map) => write_object(out, map)?,
    }
    Ok(())
}

fn write_object(out: &mut String, map: &Map<String, Value>) -> Result<()> {
    // Bytes of UTF-8 sort as code points do, which is Python's order too.
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|&(key, _)| key);
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        push_json_ascii(out, key);
        out.push_str(": ");
        write_value(out, value)?;
    }
    out.push('}');
    Ok(())
}

/// Python's `str` of a number. Whole numbers that a u64 cannot hold have lost their last digits by now.
fn write_number(out: &mut String, number: &Number) -> Result<()> {
    let float = match number.as_f64() {
        Some(float) if number.is_f64() => float,
        _ => {
            let _ = write!(out, "{number}");
            return Ok(());
        }
    };
    if float.fract() == 0.0 && float.abs() >= 9_007_199_254_740_992.0 {
        return Err(Error::invalid_argument(format!(
            "the policy holds the number {number}: whole numbers must be below {}",
            u64::MAX
        )));
    }
    // Rust and Python agree on the digits and on when to write an exponent, but not on its form.
    let text = format!("{float:?}");
    match text.split_once("e-") {
        Some((digits, exponent)) => {
            let _ = write!(out, "{digits}e-{exponent:0>2}");
        }
        None => out.push_str(&text),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        Policy::parse(text).and_then(|policy| policy.to_json()).expect(text)
    }

    #[test]
    fn is_written_as_python_writes_it() {
        // Each right side is what `json.dumps(json.loads(left), sort_keys=True)` gives.
        for (given, expected) in [
            (r#"{"b":[1,"x"],"a":{"d":null,"c":true}}"#, r#"{"a": {"c": true, "d": null}, "b": [1, "x"]}"#),
            (r#"{"x":[],"y":{}}"#, r#"{"x": [], "y": {}}"#),
            ("{\"x\":\"\u{fc}\u{1f600}\u{7f}\"}", r#"{"x": "\u00fc\ud83d\ude00\u007f"}"#),
            (r#"{"x":"a\/b\"\\\n\r\t\b\f\u0001<>&'"}"#, r#"{"x": "a/b\"\\\n\r\t\b\f\u0001<>&'"}"#),
            (
                r#"{"x":18446744073709551615,"y":-9223372036854775808}"#,
                r#"{"x": 18446744073709551615, "y": -9223372036854775808}"#,
            ),
            (
                r#"{"x":[1.0,0.5,1e-5,1.5e-10,0.0001,123456.75]}"#,
                r#"{"x": [1.0, 0.5, 1e-05, 1.5e-10, 0.0001, 123456.75]}"#,
            ),
            (r#"{"a":1,"A":2,"é":3,"z":4}"#, r#"{"A": 2, "a": 1, "z": 4, "\u00e9": 3}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a": 2}"#),
        ] {
            assert_eq!(written(given), expected);
        }
    }

    #[test]
    fn a_number_that_lost_digits_is_refused() {
        let policy = Policy::parse(r#"{"x":99999999999999999999}"#).expect("JSON");
        assert!(policy.to_json().is_err());
    }
}
