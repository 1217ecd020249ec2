//! Parameters of a request, as the texts that are signed and sent (`specs/telestream.md` 2.1, 2.2).

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};
use crate::http::{escaped, push_json_ascii, secret_parts};
use crate::json;

/// How true and false are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booleans {
    /// `True` and `False`: what the vendor's Python SDK signs for a request that the caller spells out.
    Python,
    /// `true` and `false`: what the service understands (`specs/telestream.md` 3.6).
    Service,
}

/// A parameter: a text, or several under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Param {
    Text(String),
    Nested(BTreeMap<String, String>),
}

/// The parameters of one request, sorted by the code points of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(BTreeMap<String, Param>);

/// The members of a JSON object; none for `None`. `pipeline` and a list of `profiles` become the text they
/// are sent as.
pub fn members(params_json: Option<&str>) -> Result<Map<String, Value>> {
    let Some(text) = params_json else { return Ok(Map::new()) };
    let refused = |error| Error::invalid_argument(format!("params is not JSON: {error}"));
    let Value::Object(mut members) = json::parse(text.as_bytes(), refused)? else {
        return Err(Error::invalid_argument("params is not a JSON object"));
    };
    for (name, value) in &mut members {
        match (name.as_str(), &*value) {
            ("pipeline", Value::Object(_)) => {
                let mut text = String::new();
                write_pipeline(&mut text, value)?;
                *value = text.into();
            }
            ("profiles", Value::Array(names)) => *value = joined(names)?.into(),
            _ => {}
        }
    }
    Ok(members)
}

/// What the name of a parameter contains whose value is secret: `aws_access_key`, `encryption_iv`, and
/// `password` of the `storage_credential_attributes` (`specs/telestream.md` 3.3, 3.5, 7).
const SECRET: [&str; 8] = [
    "access_key",
    "secret",
    "encryption_key",
    "encryption_iv",
    "password",
    "username",
    "credential",
    "token",
];

/// What a service must not echo into an error: the values of secret parameters, and what is secret in URLs.
pub fn secrets(members: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    members.iter().for_each(|(name, value)| collect(name, value, &mut found));
    found
}

fn collect(name: &str, value: &Value, found: &mut Vec<String>) {
    let is_secret = SECRET.iter().any(|word| name.contains(word));
    match value {
        // A text already (`members`).
        Value::String(text) if name == "pipeline" => {
            json::read(text.as_bytes()).iter().for_each(|inner| collect("", inner, found));
        }
        Value::String(text) if text.contains("://") => found.extend(secret_parts(text)),
        Value::String(text) if is_secret => found.push(text.clone()),
        Value::Number(number) if is_secret => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, found)),
        Value::Object(inner) => inner.iter().for_each(|(name, value)| collect(name, value, found)),
        _ => {}
    }
}

/// Numbers and bools as the texts that API 3.0 takes, in JSON too (`specs/telestream.md` 2.9).
pub fn texts(mut members: Map<String, Value>) -> Result<Map<String, Value>> {
    for (name, value) in &mut members {
        if !value.is_array() && !value.is_object() {
            *value = scalar(name, value, Booleans::Service)?.into();
        }
    }
    Ok(members)
}

impl Params {
    /// Fails with `InvalidArgument` for what cannot be signed: null, lists, objects within objects.
    pub fn new(members: &Map<String, Value>, booleans: Booleans) -> Result<Self> {
        let mut params = BTreeMap::new();
        for (name, value) in members {
            let param = match value {
                Value::Object(inner) => {
                    let inner = inner.iter().map(|(key, value)| {
                        let shown = format!("{name}[{key}]");
                        named(key)?;
                        Ok((key.clone(), scalar(&shown, value, booleans)?))
                    });
                    Param::Nested(inner.collect::<Result<_>>()?)
                }
                _ => Param::Text(scalar(name, value, booleans)?),
            };
            named(name)?;
            params.insert(name.clone(), param);
        }
        Ok(Params(params))
    }

    pub fn set(&mut self, name: &str, text: &str) {
        self.0.insert(name.into(), Param::Text(text.into()));
    }

    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The text that is signed: brackets and the name before them as they are, all else percent-encoded.
    pub fn canonical(&self) -> String {
        self.written(|name, key| match key {
            None => escaped(name),
            Some(key) => format!("{name}[{}]", escaped(key)),
        })
    }

    /// The text that is sent: the same with everything percent-encoded.
    pub fn query(&self) -> String {
        self.written(|name, key| match key {
            None => escaped(name),
            Some(key) => escaped(&format!("{name}[{key}]")),
        })
    }

    /// Those with these names, and all others.
    pub fn split(&self, names: &[&str]) -> (Params, Params) {
        let (picked, others) =
            self.0.clone().into_iter().partition(|(name, _)| names.contains(&name.as_str()));
        (Params(picked), Params(others))
    }

    fn written(&self, name_of: impl Fn(&str, Option<&str>) -> String) -> String {
        let mut pairs = Vec::new();
        for (name, param) in &self.0 {
            match param {
                Param::Text(text) => pairs.push(format!("{}={}", name_of(name, None), escaped(text))),
                Param::Nested(inner) => pairs.extend(
                    inner.iter().map(|(key, text)| format!("{}={}", name_of(name, Some(key)), escaped(text))),
                ),
            }
        }
        pairs.join("&")
    }
}

fn named(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid_argument("params has a parameter without a name"));
    }
    Ok(())
}

fn refused(name: &str, fault: &str) -> Error {
    Error::invalid_argument(format!("params: {name} {fault}"))
}

fn scalar(name: &str, value: &Value, booleans: Booleans) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(yes) => Ok(match (booleans, yes) {
            (Booleans::Python, true) => "True",
            (Booleans::Python, false) => "False",
            (Booleans::Service, true) => "true",
            (Booleans::Service, false) => "false",
        }
        .into()),
        Value::Number(number) => decimal(name, number),
        Value::Null => Err(refused(name, "is null; leave it out, or use an empty text")),
        Value::Array(_) => Err(refused(name, "is a list; the service takes one only for profiles")),
        Value::Object(_) => {
            Err(refused(name, "is an object in an object; the service takes names of one level"))
        }
    }
}

/// A number without an exponent.
fn decimal(name: &str, number: &Number) -> Result<String> {
    exact(name, number)?;
    let text = number.to_string();
    match number.as_f64() {
        Some(float) if text.contains(['e', 'E']) => Ok(float.to_string()),
        _ => Ok(text),
    }
}

/// A whole number that does not fit into 64 bits has lost digits when it was read.
fn exact(name: &str, number: &Number) -> Result<()> {
    const LARGEST: f64 = 9_223_372_036_854_775_808.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.abs() >= LARGEST => {
            Err(refused(name, "is a number of more than 64 bits; write it as a text"))
        }
        _ => Ok(()),
    }
}

fn joined(names: &[Value]) -> Result<String> {
    let texts = names.iter().map(|name| {
        name.as_str()
            .filter(|name| !name.is_empty() && !name.contains(','))
            .ok_or_else(|| refused("profiles", "must be a list of names or ids, none of them with a comma"))
    });
    Ok(texts.collect::<Result<Vec<_>>>()?.join(","))
}

/// JSON as the vendor's SDK writes it: in the given order, with spaces, in ASCII (`specs/telestream.md` 2.4).
fn write_pipeline(out: &mut String, value: &Value) -> Result<()> {
    match value {
        Value::Object(members) => {
            out.push('{');
            for (place, (name, member)) in members.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                push_json_ascii(out, name);
                out.push_str(": ");
                write_pipeline(out, member)?;
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                write_pipeline(out, item)?;
            }
            out.push(']');
        }
        Value::String(text) => push_json_ascii(out, text),
        Value::Number(number) => {
            exact("pipeline", number)?;
            out.push_str(&number.to_string());
        }
        Value::Bool(_) | Value::Null => out.push_str(&value.to_string()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(json: &str, booleans: Booleans) -> Result<String> {
        Params::new(&members(Some(json))?, booleans).map(|params| params.canonical())
    }

    #[test]
    fn every_value_has_one_text() {
        let text = |json| canonical(json, Booleans::Service).expect("parameters");
        assert_eq!(
            text(r#"{"b":true,"a":-5,"c":29.97,"d":1e-7,"e":2.0,"f":""}"#),
            "a=-5&b=true&c=29.97&d=0.0000001&e=2.0&f="
        );
        assert_eq!(
            text(r#"{"n":18446744073709551615,"m":-9223372036854775808}"#),
            "m=-9223372036854775808&n=18446744073709551615"
        );
        assert_eq!(text(r#"{"profiles":["h264","webm"]}"#), "profiles=h264%2Cwebm");
        assert_eq!(text(r#"{"events":{"b":false,"a":1},"empty":{}}"#), "events[a]=1&events[b]=false");
        assert_eq!(canonical(r#"{"x":{"y":false}}"#, Booleans::Python).expect("parameters"), "x[y]=False");
        assert_eq!(
            text(r#"{"pipeline":{"a":["\u007f\n\ud83d\ude00"]}}"#),
            format!("pipeline={}", escaped(r#"{"a": ["\u007f\n\ud83d\ude00"]}"#))
        );
    }

    #[test]
    fn what_cannot_be_signed_is_refused_by_name() {
        for (json, culprit) in [
            (r#"{"a":{"b":{"c":1}}}"#, "a[b] is an object in an object"),
            (r#"{"a":{"b":[1]}}"#, "a[b] is a list"),
            (r#"{"tags":["a"]}"#, "tags is a list"),
            (r#"{"profiles":[1]}"#, "profiles must be"),
            (r#"{"profiles":["a,b"]}"#, "profiles must be"),
            (r#"{"a":null}"#, "a is null"),
            (r#"{"a":99999999999999999999}"#, "a is a number of more than 64 bits"),
            (r#"{"pipeline":{"a":1e300}}"#, "pipeline is a number"),
            (r#"{"":1}"#, "without a name"),
            ("[]", "not a JSON object"),
            ("{", "not JSON"),
        ] {
            let error = canonical(json, Booleans::Python).expect_err(json);
            assert!(error.message().contains(culprit), "{json}: {}", error.message());
        }
    }
}
