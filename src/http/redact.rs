//! Keeping secrets out of what people read.

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

/// `text` with every secret in it replaced: a service may echo what it was sent.
pub fn text(text: &str, secrets: &[&str]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.iter().filter(|s| !s.is_empty()) {
        if clean.contains(secret) {
            clean = clean.replace(secret, "***");
        }
    }
    clean
}

/// The error with every secret in its texts replaced.
pub fn error(error: Error, secrets: &[&str]) -> Error {
    if secrets.is_empty() { error } else { error.map_text(|shown| text(shown, secrets)) }
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
        assert_eq!(super::text("bad policy eyJ= sig f00", &["eyJ=", "f00", ""]), "bad policy *** sig ***");
    }
}
