//! Redirects. GET and HEAD follow up to [`MOST_HOPS`]; every other method gets an error that names where to,
//! because sending a body or a change to another place is the caller's decision.
//!
//! A hop never goes from https to http. Each target passes [`check_scheme`]. A request header reaches another
//! origin only if it is one of [`TRAVELLERS`], so no credential does; a target's query is its own.

use ureq::http::{HeaderMap, Method};

use super::endpoint::Endpoint;
use super::request::{Address, Payload};
use super::url::check_scheme;
use crate::error::{Error, ErrorKind, Result};

/// The most redirects of one request; a service and its CDN need 2, browsers stop at 20.
const MOST_HOPS: usize = 5;

/// The headers that another origin gets.
const TRAVELLERS: [&str; 5] = ["user-agent", "accept", "accept-encoding", "range", "if-range"];

/// Whether an answer of this status names another address for the same request.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where the answer of `base` points; `None` if that cannot be read.
pub(super) fn target(base: &str, headers: &HeaderMap) -> Option<String> {
    resolve(base, headers.get("location")?.to_str().ok()?.trim())
}

/// The redirects of one request.
#[derive(Debug)]
pub(super) struct Redirects {
    /// `None` for a request that follows no redirect.
    left: Option<usize>,
    visited: Vec<String>,
}

impl Redirects {
    pub fn new(method: &Method, body: &Payload<'_>) -> Self {
        let follows = matches!(*method, Method::GET | Method::HEAD) && matches!(body, Payload::None);
        Redirects { left: follows.then_some(MOST_HOPS), visited: Vec::new() }
    }

    /// The address that the answer of `address` names, and `headers` without what it must not get. `None`:
    /// the answer is the result.
    pub fn next(
        &mut self,
        address: &Address,
        status: u16,
        answer: &HeaderMap,
        headers: &mut Vec<(String, String)>,
    ) -> Result<Option<Address>> {
        let (Some(left), true) = (self.left, is_redirect(status)) else { return Ok(None) };
        let Some(url) = target(address.url(), answer) else { return Ok(None) };
        let next = address.moved(url);
        let failed = |kind, why: &str| {
            let text = format!("HTTP {status}: a redirect to {}, {why}", next.shown());
            Err(address.explain(Error::new(kind, text).with_answer(status, String::new())))
        };
        if is_https(address.url()) && !is_https(next.url()) {
            return failed(ErrorKind::Protocol, "which is not encrypted");
        }
        if let Err(error) = check_scheme(next.url(), address.url()) {
            let error =
                next.secrets().clean_error(error).while_doing(format_args!("HTTP {status}: a redirect"));
            return Err(address.explain(error.with_answer(status, String::new())));
        }
        if left == 0 {
            return failed(ErrorKind::Http, &format!("the {}th in a row", MOST_HOPS + 1));
        }
        self.visited.push(address.url().to_owned());
        if self.visited.iter().any(|url| url == next.url()) {
            return failed(ErrorKind::Http, "where the request has been before");
        }
        self.left = Some(left - 1);
        if Endpoint::parse(next.url()) != Endpoint::parse(address.url()) {
            headers.retain(|(name, _)| TRAVELLERS.iter().any(|known| name.eq_ignore_ascii_case(known)));
        }
        Ok(Some(next))
    }
}

fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

/// A reference in a `Location`, resolved against the URL that named it (RFC 3986, 5.2), without its fragment.
/// Our own because the crate `url` brings 20 more, most of them tables of international names, which no
/// service's URL has.
fn resolve(base: &str, reference: &str) -> Option<String> {
    let reference = reference.split('#').next().unwrap_or_default();
    let scheme = reference.split_once(':').map_or("", |(scheme, _)| scheme);
    if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
        return Some(reference.to_owned());
    }
    let base = base.split('#').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://")?;
    if reference.is_empty() {
        return Some(base.to_owned());
    }
    if reference.starts_with("//") {
        return Some(format!("{scheme}:{reference}"));
    }
    let (authority, base_path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let base_path = base_path.split('?').next().unwrap_or_default();
    let (path, query) = reference.split_at(reference.find('?').unwrap_or(reference.len()));
    let path = match path.chars().next() {
        None => base_path.to_owned(),
        Some('/') => without_dots(path),
        Some(_) => {
            let folder = base_path.rsplit_once('/').map_or("", |(folder, _)| folder);
            without_dots(&format!("{folder}/{path}"))
        }
    };
    Some(format!("{scheme}://{authority}{path}{query}"))
}

/// An absolute path without its `.` and `..`.
fn without_dots(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") {
        segments.push("");
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Secrets;

    #[test]
    fn references_are_resolved_as_rfc_3986_says() {
        // The examples of section 5.4, without the scheme-specific ones and with fragments dropped.
        let base = "http://a/b/c/d?q";
        for (reference, resolved) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d?y"),
            ("g?y#s", "http://a/b/c/g?y"),
            ("", "http://a/b/c/d?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            assert_eq!(resolve(base, reference).as_deref(), Some(resolved), "{reference}");
        }
        assert_eq!(resolve("https://a", "b:c/../d").as_deref(), Some("b:c/../d"));
        assert_eq!(resolve("https://a", "./b").as_deref(), Some("https://a/b"));
    }

    fn next(from: &str, to: &str) -> Result<Option<String>> {
        let mut answer = HeaderMap::new();
        answer.insert("location", to.parse().expect("a header"));
        let from = Address::new(from.into(), None, Secrets::default());
        let next = Redirects::new(&Method::GET, &Payload::None).next(&from, 302, &answer, &mut Vec::new());
        Ok(next?.map(|next| next.url().to_owned()))
    }

    #[test]
    fn https_stays_https() {
        for to in ["http://a.example.com/x", "http://127.0.0.1/x", "HTTP://a.example.com/x", "http:x"] {
            let error = next("https://a.example.com/", to).expect_err(to);
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::Protocol, 302), "{error}");
            assert!(!error.retryable(), "{error}");
        }
        for to in ["//b.example.com/x", "/x", "HTTPS://b.example.com/x"] {
            assert!(next("https://a.example.com/", to).expect(to).is_some());
        }
        assert!(next("http://127.0.0.1:1/", "http://127.0.0.1:2/").expect("plain").is_some());
        assert!(next("http://127.0.0.1:1/", "https://a.example.com/").expect("better").is_some());
    }
}
