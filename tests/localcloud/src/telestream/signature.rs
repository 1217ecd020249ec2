//! The string that is signed, and its signature (2.1 to 2.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::params::text_of;
use crate::storage::hmac;

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Sorted by raw name, `file` and the signature left out; nested members stand at the place of their outer
/// name, which is not escaped.
pub(crate) fn canonical_query(params: &Map<String, Value>) -> String {
    let mut names: Vec<&String> = params.keys().collect();
    names.sort();
    let mut pairs = Vec::new();
    for name in names {
        match params.get(name) {
            _ if name == "file" || name == "signature" => {}
            Some(Value::Object(members)) => {
                let mut inner: Vec<_> = members.iter().collect();
                inner.sort_by_key(|(name, _)| *name);
                let inner =
                    inner.into_iter().map(|(inner, value)| (inner, text_of(value).unwrap_or_default()));
                pairs.extend(
                    inner.map(|(inner, value)| format!("{name}[{}]={}", escape(inner), escape(&value))),
                );
            }
            Some(value) => {
                let value = text_of(value).unwrap_or_default();
                pairs.push(format!("{}={}", escape(name), escape(&value)));
            }
            None => {}
        }
    }
    pairs.join("&")
}

/// A slash, and the path without white space and slashes at its ends.
pub(crate) fn canonical_path(path: &str) -> String {
    format!("/{}", path.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0B', '/']))
}

/// The name in a Host header: no port, lower case.
pub(crate) fn canonical_host(host: &str) -> String {
    let end = host.rfind(':').filter(|end| host.get(end + 1..).is_some_and(|port| !port.contains(']')));
    host.get(..end.unwrap_or(host.len())).unwrap_or(host).to_lowercase()
}

pub(crate) fn string_to_sign(method: &str, host: &str, path: &str, params: &Map<String, Value>) -> String {
    format!(
        "{}\n{}\n{}\n{}",
        method.to_uppercase(),
        host.to_lowercase(),
        canonical_path(path),
        canonical_query(params)
    )
}

pub(crate) fn sign(secret: &str, text: &str) -> String {
    STANDARD.encode(hmac(secret.as_bytes(), text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    #[test]
    fn the_vendor_s_signatures_come_out() {
        let vectors: Vec<Value> =
            serde_json::from_str(include_str!("../../../vectors/telestream_signing.json")).expect("vectors");
        assert!(vectors.len() > 30);
        for (number, vector) in vectors.iter().enumerate() {
            let text = |name: &str| vector[name].as_str().unwrap_or_default();
            let mut params = vector["params"].as_object().cloned().unwrap_or_default();
            if params.get("pipeline").is_some_and(Value::is_object) {
                // The client makes text of it; here the text comes from outside.
                let sent = Query::parse(text("string_to_sign").lines().last().unwrap_or_default());
                params.insert("pipeline".to_owned(), Value::from(sent.get("pipeline").expect("its text")));
            }
            for value in params.values_mut() {
                if let Value::Bool(flag) = value {
                    *value = Value::from(if *flag { "True" } else { "False" });
                }
            }
            for (name, field) in
                [("factory_id", "factory_id"), ("access_key", "access_key"), ("timestamp", "timestamp")]
            {
                if vector[field].is_string() {
                    params.insert(name.to_owned(), vector[field].clone());
                }
            }
            let signed = string_to_sign(text("method"), text("api_host"), text("path"), &params);
            assert_eq!(signed, text("string_to_sign"), "vector {number}");
            assert_eq!(sign(text("secret_key"), &signed), text("signature"), "vector {number}");
        }
    }

    #[test]
    fn the_port_is_no_part_of_the_host() {
        assert_eq!(canonical_host("API.example.org:8080"), "api.example.org");
        assert_eq!(canonical_host("[::1]:80"), "[::1]");
        assert_eq!(canonical_host("[::1]"), "[::1]");
    }
}
