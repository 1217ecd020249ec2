//! The older form of the upload API's bodies: flat fields, as the SDKs for PHP, Java, Python 2 and Ruby 2.0
//! send them (3.2, 3.6). It becomes the JSON that newer SDKs send.

use serde_json::{Map, Value, json};

use crate::query::Query;

const TEXTS: [&str; 9] =
    ["apikey", "filename", "mimetype", "uri", "region", "upload_id", "md5", "policy", "signature"];
const NUMBERS: [&str; 3] = ["size", "part", "offset"];
/// Store params, which the form calls `store_location` and so on.
const STORE: [&str; 5] = ["location", "path", "container", "region", "access"];

/// `query` counts too: old releases for Python put the options of the caller there. Others are left out.
pub(crate) fn to_json(form: &Query, query: &Query) -> Value {
    let mut body = Map::new();
    for name in TEXTS {
        if let Some(text) = form.get(name) {
            body.insert(name.to_owned(), Value::from(text));
        }
    }
    for name in NUMBERS {
        if let Some(text) = form.get(name) {
            // What is no number is refused as a text.
            body.insert(name.to_owned(), text.parse::<u64>().map_or_else(|_| json!(text), Value::from));
        }
    }
    let mut store = Map::new();
    for name in STORE {
        let own = form.get(&format!("store_{name}"));
        // `region` alone is what `start` answered.
        let other = || form.get(name).filter(|_| name != "region").or_else(|| query.get(name));
        if let Some(text) = own.or_else(other) {
            store.insert(name.to_owned(), Value::from(text));
        }
    }
    if !store.is_empty() {
        body.insert("store".to_owned(), Value::Object(store));
    }
    // All uploads are in parts; here this means the intelligent ones.
    if ["multipart", "fii"].iter().any(|name| form.get(name).is_some_and(is_true)) {
        body.insert("fii".to_owned(), Value::from(true));
    }
    if let Some(parts) = form.get("parts").map(parts).filter(|parts| !parts.is_empty()) {
        body.insert("parts".to_owned(), Value::from(parts));
    }
    Value::Object(body)
}

/// Such a body for the journal.
pub(crate) fn without_secrets(mut body: Value) -> Value {
    for name in ["policy", "signature"] {
        if let Some(value) = body.get_mut(name) {
            *value = Value::from("***");
        }
    }
    body
}

/// PHP writes 1.
fn is_true(text: &str) -> bool {
    text == "1" || text.eq_ignore_ascii_case("true")
}

/// `1:etag;2:etag`. After an intelligent upload PHP sends the number of its parts, which says nothing.
fn parts(text: &str) -> Vec<Value> {
    let pairs = text.split(';').filter_map(|pair| pair.split_once(':'));
    let part = |(number, etag): (&str, &str)| {
        let number = number.trim().parse::<u64>().map_or_else(|_| json!(number), Value::from);
        json!({ "part_number": number, "etag": etag.trim() })
    };
    pairs.map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_fields_become_the_body_of_newer_sdks() {
        let form = Query::parse(
            "apikey=KEY&region=us-east-1&size=5&store_location=s3&store_region=eu-west-1&multipart=1&part=x\
             &parts=1:%22a%22;2:b&files=none",
        );
        let expected = json!({
            "apikey": "KEY", "region": "us-east-1", "size": 5, "part": "x",
            "store": {"location": "s3", "path": "p/", "region": "eu-west-1"}, "fii": true,
            "parts": [{"part_number": 1, "etag": "\"a\""}, {"part_number": 2, "etag": "b"}],
        });
        assert_eq!(to_json(&form, &Query::parse("path=p/&key=K")), expected);
        let plain = to_json(&Query::parse("multipart=false&parts=2"), &Query::default());
        assert_eq!(plain, json!({}));
    }
}
