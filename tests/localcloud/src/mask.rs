//! What a person may see of a request: policies, signatures and keys become `***`.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::query::decode;

const HIDDEN: &str = "***";
/// What a name has in it whose value nobody is to see, beside those that end in `key`.
const SECRET: [&str; 9] = [
    "authorization",
    "cookie",
    "credential",
    "password",
    "policy",
    "secret",
    "security",
    "signature",
    "token",
];

fn hides_security(segment: &str) -> bool {
    let bytes = URL_SAFE.decode(segment).or_else(|_| URL_SAFE_NO_PAD.decode(segment)).unwrap_or_default();
    bytes.windows(8).any(|window| window == b"security")
}

pub(crate) fn path(path: &str, query: Option<&str>) -> String {
    let mut encoded = false;
    let segments = path.split('/').map(|segment| {
        // Tasks may be base64 as a whole, security among them.
        let hidden = std::mem::replace(&mut encoded, segment == "b64") && hides_security(segment);
        let start = decode(segment).find("security=").map(|_| segment.find("security").unwrap_or(0));
        match start {
            _ if hidden => "***".to_owned(),
            Some(start) => format!("{}security=***", segment.get(..start).unwrap_or("")),
            None => segment.to_owned(),
        }
    });
    let mut masked = segments.collect::<Vec<_>>().join("/");
    if let Some(query) = query {
        let pairs = query.split('&').map(|pair| {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            if matches!(name, "policy" | "signature" | "key") {
                format!("{name}=***")
            } else {
                pair.to_owned()
            }
        });
        masked.push('?');
        masked.push_str(&pairs.collect::<Vec<_>>().join("&"));
    }
    masked
}

/// A body: what its names say is secret, and secrets in its URLs.
pub(crate) fn json(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let masked = if is_secret(name) && !value.is_null() { HIDDEN.into() } else { json(value) };
                (name.clone(), masked)
            });
            members.collect()
        }
        Value::Array(items) => items.iter().map(json).collect(),
        Value::String(text) if text.contains("://") => url(text).into(),
        other => other.clone(),
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("key") || SECRET.iter().any(|word| name.contains(word))
}

/// Who may use it stands before an `@`.
fn url(url: &str) -> String {
    let (start, query) = url.split_once('?').map_or((url, None), |(start, query)| (start, Some(query)));
    let masked = path(start, query);
    let Some((scheme, rest)) = masked.split_once("://") else { return masked };
    let (host, behind) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    match host.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{HIDDEN}@{host}{behind}"),
        None => masked,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{URL_SAFE, path};
    use base64::Engine as _;

    #[test]
    fn a_masked_path_keeps_no_secret() {
        let masked = path("/security=p:abc,s:def/HANDLE", Some("policy=abc&size=true&signature=def&key=K"));
        assert_eq!(masked, "/security=***/HANDLE?policy=***&size=true&signature=***&key=***");
        assert_eq!(path("/flip%2Fsecurity=p:abc,s:def/H", None), "/flip%2Fsecurity=***/H");
        let tasks = URL_SAFE.encode(r#"[{"name":"security","params":{"policy":"abc"}}]"#);
        assert_eq!(path(&format!("/KEY/b64/{tasks}/H"), None), "/KEY/b64/***/H");
    }

    #[test]
    fn a_masked_body_keeps_no_secret() {
        let body = json!({
            "apikey": "K", "part": 1, "store": {"location": "s3"}, "security": {"policy": "P"}, "tags": null,
            "sources": [{"source": "https://me:pw@host/a?signature=S", "headers": {"Authorization": "A"}}],
        });
        let masked = json!({
            "apikey": "***", "part": 1, "store": {"location": "s3"}, "security": "***", "tags": null,
            "sources": [{"source": "https://***@host/a?signature=***", "headers": {"Authorization": "***"}}],
        });
        assert_eq!(super::json(&body), masked);
    }
}
