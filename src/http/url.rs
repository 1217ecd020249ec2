//! The checks of URLs that callers and services hand over.

use ureq::http::Uri;

use super::redact;
use crate::error::{Error, ErrorKind, Result};

/// Refuses a base URL that is not absolute http or https; gives it back without a slash at its end.
pub fn check_base_url(what: &str, url: &str) -> Result<String> {
    let refused = |why: &str| Err(Error::invalid_argument(format!("{what} {why}, e.g. https://example.com")));
    let Ok(uri) = url.parse::<Uri>() else { return refused("must be an absolute http or https URL") };
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return refused("must be an absolute http or https URL");
    }
    if uri.query().is_some() {
        return refused("must not have a query");
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Whether `url` may be used: https always, plain http only to this machine or where the base URL `asked_by` is plain itself.
pub fn check_scheme(url: &str, asked_by: &str) -> Result<()> {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    match uri.as_ref().and_then(Uri::scheme_str) {
        Some("https") => Ok(()),
        Some("http") if asked_by.starts_with("http://") || is_loopback(host) => Ok(()),
        Some("http") => Err(Error::new(
            ErrorKind::Protocol,
            format!(
                "the service names {}, which is not encrypted; plain http is used only to this machine or when the base URL asks for it",
                redact::url(url)
            ),
        )),
        _ => Err(Error::new(
            ErrorKind::Protocol,
            format!("the service names an address that cannot be used: {:?}", redact::url(url)),
        )),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_needs_loopback_or_a_plain_base() {
        assert!(check_scheme("https://s3.example.com/x", "https://a").is_ok());
        assert!(check_scheme("http://127.0.0.1:9/x", "https://a").is_ok());
        assert!(check_scheme("http://[::1]:9/x", "https://a").is_ok());
        assert!(check_scheme("http://s3.example.com/x", "http://gateway").is_ok());
        assert!(check_scheme("http://s3.example.com/x", "https://a").is_err());
        assert!(check_scheme("ftp://s3.example.com/x", "https://a").is_err());
    }

    #[test]
    fn base_urls_are_checked_and_trimmed() {
        assert_eq!(
            check_base_url("base_url", "http://127.0.0.1:80/x/").ok().as_deref(),
            Some("http://127.0.0.1:80/x")
        );
        for bad in ["", "example.com", "ftp://x", "http://", "https://x?y=1", "https:///x"] {
            assert!(check_base_url("base_url", bad).is_err(), "{bad}");
        }
    }
}
