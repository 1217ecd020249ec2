//! Query strings and percent-encoding.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;

/// The decoded pairs of a query string, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(name), decode_form(value))
        });
        Query(pairs.collect())
    }

    /// A value by its name; of several the first one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Query {
        Query(pairs.into_iter().collect())
    }
}

/// One path segment without its percent-encoding.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn decode_form(text: &str) -> String {
    decode(&text.replace('+', " "))
}

fn hides_security(segment: &str) -> bool {
    let bytes = URL_SAFE.decode(segment).or_else(|_| URL_SAFE_NO_PAD.decode(segment)).unwrap_or_default();
    bytes.windows(8).any(|window| window == b"security")
}

/// A path and query fit for a log: policies, signatures and keys become `***`.
pub(crate) fn mask(path: &str, query: Option<&str>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_path_keeps_no_secret() {
        let masked = mask("/security=p:abc,s:def/HANDLE", Some("policy=abc&size=true&signature=def&key=K"));
        assert_eq!(masked, "/security=***/HANDLE?policy=***&size=true&signature=***&key=***");
        assert_eq!(mask("/flip%2Fsecurity=p:abc,s:def/H", None), "/flip%2Fsecurity=***/H");
        let tasks = URL_SAFE.encode(r#"[{"name":"security","params":{"policy":"abc"}}]"#);
        assert_eq!(mask(&format!("/KEY/b64/{tasks}/H"), None), "/KEY/b64/***/H");
    }
}
