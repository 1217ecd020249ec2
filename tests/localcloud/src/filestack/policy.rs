//! Security policies: form, signature and what they allow (2).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use regex_lite::Regex;
use serde_json::Value;

use crate::identifier;
use crate::storage;

/// Why a policy was not good enough.
#[derive(Debug, PartialEq)]
pub(crate) enum Refused {
    /// Not a policy at all: 401 at the upload API.
    Malformed(String),
    /// A policy that does not allow this call: 403.
    Forbidden(String),
}

impl Refused {
    pub(crate) fn reason(&self) -> &str {
        match self {
            Refused::Malformed(reason) | Refused::Forbidden(reason) => reason,
        }
    }
}

/// What a call is about to do.
#[derive(Clone, Copy, Default)]
pub(crate) struct Deed<'a> {
    /// Call names of which the policy must list one.
    pub(crate) calls: &'a [&'a str],
    pub(crate) handle: Option<&'a str>,
    pub(crate) size: Option<u64>,
    pub(crate) path: Option<&'a str>,
    pub(crate) container: Option<&'a str>,
    /// A remote source.
    pub(crate) url: Option<&'a str>,
}

pub(crate) struct Policy {
    expiry: u64,
    calls: Option<Vec<String>>,
    handle: Option<String>,
    max_size: Option<u64>,
    min_size: Option<u64>,
    path: Option<Regex>,
    container: Option<Regex>,
    url: Option<Regex>,
}

impl Policy {
    /// Reads the encoded text. Unknown keys are ignored, as the service does.
    pub(crate) fn parse(encoded: &str) -> Result<Policy, Refused> {
        let malformed = |reason: String| Refused::Malformed(reason);
        let bytes = URL_SAFE
            .decode(encoded)
            .or_else(|_| STANDARD.decode(encoded))
            .map_err(|_| malformed("policy was not properly url-safe base64 encoded".to_owned()))?;
        let json: Value = serde_json::from_slice(&bytes)
            .map_err(|error| malformed(format!("the policy is not JSON: {error}")))?;
        let expiry = json.get("expiry").and_then(Value::as_u64).ok_or_else(|| {
            malformed("the policy has no expiry, or one that is not an integer (Unix seconds)".to_owned())
        })?;
        let calls = match json.get("call") {
            None => None,
            Some(Value::String(call)) => Some(vec![call.clone()]),
            Some(Value::Array(list)) => {
                let calls: Option<Vec<String>> =
                    list.iter().map(|call| call.as_str().map(str::to_owned)).collect();
                Some(calls.ok_or_else(|| malformed("the policy's call must list strings".to_owned()))?)
            }
            Some(_) => return Err(malformed("the policy's call must be a list of strings".to_owned())),
        };
        Ok(Policy {
            expiry,
            calls,
            handle: text(&json, "handle")?.map(str::to_owned),
            max_size: number(&json, "maxSize")?,
            min_size: number(&json, "minSize")?,
            path: pattern(&json, "path")?,
            container: pattern(&json, "container")?,
            url: pattern(&json, "url")?,
        })
    }

    /// Whether the policy lists the call by name or lists none at all. `exif` must always be listed (2.1).
    pub(crate) fn lists(&self, call: &str) -> bool {
        match &self.calls {
            None => call != "exif",
            Some(calls) => {
                calls.iter().any(|listed| listed == call || (listed == "revoke" && call == "remove"))
            }
        }
    }

    pub(crate) fn allow(&self, deed: &Deed<'_>) -> Result<(), Refused> {
        let forbid = |reason: String| Err(Refused::Forbidden(reason));
        // Good until the moment is over, not only before it (2.1).
        if self.expiry < identifier::now_seconds() {
            return forbid(format!("the policy expired at {}", self.expiry));
        }
        if !deed.calls.iter().any(|call| self.lists(call)) {
            return forbid(format!("the policy does not allow the call {}", deed.calls.join(" or ")));
        }
        if let (Some(wanted), Some(handle)) = (&self.handle, deed.handle)
            && wanted != handle
        {
            return forbid("the policy is for another handle".to_owned());
        }
        if let Some(size) = deed.size {
            if let Some(max) = self.max_size.filter(|max| size > *max) {
                return forbid(format!("the file has {size} bytes, the policy's maxSize is {max}"));
            }
            if let Some(min) = self.min_size.filter(|min| size < *min) {
                return forbid(format!("the file has {size} bytes, the policy's minSize is {min}"));
            }
        }
        if let (Some(path), Some(given)) = (&self.path, deed.path)
            && !path.is_match(given)
        {
            return forbid("invalid security policy path".to_owned());
        }
        if let (Some(container), Some(given)) = (&self.container, deed.container)
            && !container.is_match(given)
        {
            return forbid("invalid security policy container".to_owned());
        }
        if let (Some(url), Some(given)) = (&self.url, deed.url)
            && !url.is_match(given)
        {
            return forbid("invalid security policy url".to_owned());
        }
        Ok(())
    }
}

fn wrong_type(key: &str, wanted: &str) -> Refused {
    Refused::Malformed(format!("the policy's {key} must be {wanted}"))
}

fn text<'a>(json: &'a Value, key: &str) -> Result<Option<&'a str>, Refused> {
    json.get(key).map(|value| value.as_str().ok_or_else(|| wrong_type(key, "a string"))).transpose()
}

fn number(json: &Value, key: &str) -> Result<Option<u64>, Refused> {
    json.get(key).map(|value| value.as_u64().ok_or_else(|| wrong_type(key, "an integer"))).transpose()
}

fn pattern(json: &Value, key: &str) -> Result<Option<Regex>, Refused> {
    let Some(source) = text(json, key)? else {
        return Ok(None);
    };
    Regex::new(&format!("^(?:{source})$")).map(Some).map_err(|_| wrong_type(key, "a regular expression"))
}

/// The signature of an encoded policy: hex HMAC-SHA256 over the text as it is sent (2.2).
pub(crate) fn signature(encoded: &str, app_secret: &str) -> String {
    storage::hex(&storage::hmac(app_secret.as_bytes(), encoded.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_notes() {
        let encoded = "eyJjYWxsIjogWyJyZWFkIl0sICJleHBpcnkiOiAyNTMzODE5NjQ0MTV9";
        let expected = "f61fa1effb0638ab5b6e208d5d2fd9343f8557d8a0bf529c6d8542935f77bb3c";
        assert_eq!(signature(encoded, "SECURITY-SECRET"), expected);
    }

    #[test]
    fn a_policy_allows_only_what_it_lists() {
        let policy =
            Policy::parse("eyJjYWxsIjogWyJyZWFkIl0sICJleHBpcnkiOiAyNTMzODE5NjQ0MTV9").expect("a policy");
        assert!(policy.allow(&Deed { calls: &["read"], ..Deed::default() }).is_ok());
        assert!(policy.allow(&Deed { calls: &["remove"], ..Deed::default() }).is_err());
    }

    #[test]
    fn unpadded_base64_is_refused() {
        assert!(matches!(Policy::parse("eyJleHBpcnkiOiAxfQ"), Err(Refused::Malformed(_))));
    }
}
