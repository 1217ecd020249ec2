//! Keeping secrets out of what people read.

use std::fmt;
use std::sync::Arc;

use super::escape::{escaped, push_json_ascii};
use crate::error::Error;

/// The URL without query, credentials and `security=` element: what an error may show.
pub fn url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let path: Vec<&str> = path
        .split('/')
        .map(|part| if part.starts_with("security=") { "security=***" } else { part })
        .collect();
    let separator = if scheme.is_empty() { "" } else { "://" };
    let slash = if path.iter().all(|p| p.is_empty()) { "" } else { "/" };
    format!("{scheme}{separator}{host}{slash}{}", path.join("/"))
}

/// Texts that must not reach people. A service may echo what it was sent, in any form; each secret is known in all of
/// its forms: as it is, percent-encoded once and twice in either case, and as JSON writes it.
#[derive(Clone, Default)]
pub struct Secrets(Arc<[String]>);

impl Secrets {
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Secrets::default().with(texts)
    }

    /// These and more.
    pub fn with<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<String> = self.0.to_vec();
        forms.extend(texts.into_iter().filter(|text| !text.is_empty()).flat_map(forms_of));
        // The longest first: a secret may contain another.
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Secrets(forms.into())
    }

    /// `text` with every secret in it replaced.
    pub fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in self.0.iter() {
            if clean.contains(secret.as_str()) {
                clean = clean.replace(secret.as_str(), "***");
            }
        }
        clean
    }

    /// The error with every secret in its texts replaced.
    pub fn clean_error(&self, error: Error) -> Error {
        if self.0.is_empty() { error } else { error.map_text(|shown| self.clean(shown)) }
    }

    /// The length of the longest form of a secret in bytes: a text that is cut must be cleaned this far past the cut.
    pub fn longest(&self) -> usize {
        self.0.first().map_or(0, String::len)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

fn forms_of(secret: &str) -> Vec<String> {
    let once = escaped(secret);
    let twice = escaped(&once);
    let mut json = String::new();
    push_json_ascii(&mut json, secret);
    let json = json.trim_matches('"').to_owned();
    let lower = |text: &str| {
        let mut out = String::with_capacity(text.len());
        let mut digits = 0;
        for c in text.chars() {
            out.push(if digits > 0 { c.to_ascii_lowercase() } else { c });
            digits = if c == '%' { 2 } else { digits.max(1) - 1 };
        }
        out
    };
    vec![lower(&once), lower(&twice), once, twice, json, secret.to_owned()]
}

#[cfg(test)]
mod tests {
    #[test]
    fn urls_lose_query_credentials_and_security() {
        let clean = super::url("https://user:pw@cdn.example.com/security=p:abc,s:def/HANDLE?signature=x#y");
        assert_eq!(clean, "https://cdn.example.com/security=***/HANDLE");
        assert_eq!(super::url("http://127.0.0.1:80"), "http://127.0.0.1:80");
    }

    #[test]
    fn echoed_secrets_disappear() {
        let secrets = super::Secrets::new(["eyJ/=", "f00", ""]);
        assert_eq!(
            secrets.clean("bad policy eyJ/= sig f00 %65 eyJ%2F%3D eyJ%2f%3d"),
            "bad policy *** sig *** %65 *** ***"
        );
    }
}
