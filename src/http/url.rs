//! Checks of URLs that callers and services supply.

use ureq::http::Uri;

use super::redact;
use crate::error::{Error, ErrorKind, Result};

/// Checks a base URL: absolute, http or https, without query and fragment, and with a port from 1 to 65535 if
/// it has one. Returns it without slashes at its end. `what` names the option in the `InvalidArgument` error.
pub fn check_base_url(what: &str, url: &str) -> Result<String> {
    let refused = |why: &str| Err(Error::invalid_argument(format!("{what} {why}, e.g. https://example.com")));
    let Ok(uri) = url.parse::<Uri>() else { return refused("must be an absolute http or https URL") };
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return refused("must be an absolute http or https URL");
    }
    if !has_usable_port(&uri) {
        return refused("must have a port from 1 to 65535, or none");
    }
    if url.contains(['?', '#']) {
        return refused("must not have a query or a fragment");
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Checks a URL that a service supplied: https, or http if it names this machine or if the base URL
/// `asked_by` is http itself; with a host, and a port from 1 to 65535 if it has one. Errors are `Protocol`.
pub fn check_scheme(url: &str, asked_by: &str) -> Result<()> {
    let refused = |why: &str| {
        let text = format!("the service names the address {}, {why}", redact::url(url));
        Err(Error::new(ErrorKind::Protocol, text))
    };
    let Ok(uri) = url.parse::<Uri>() else { return refused("which is not a URL") };
    let host = uri.host().unwrap_or_default();
    if host.is_empty() || !matches!(uri.scheme_str(), Some("http" | "https")) {
        return refused("which is not an absolute http or https URL");
    }
    if !has_usable_port(&uri) {
        return refused("whose port is not a number from 1 to 65535");
    }
    let is_plain = uri.scheme_str() == Some("http");
    if is_plain && !asked_by.starts_with("http://") && !is_loopback(host) {
        return refused(
            "which is not encrypted; plain http is used only to this machine or if the base URL is http",
        );
    }
    Ok(())
}

/// Whether the URL has no port or one from 1 to 65535. `Uri` accepts any text there, and reads what is no
/// port as none: the request would go to port 80 or 443, to somebody else's server.
fn has_usable_port(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let after_address = host_and_port.rsplit(']').next().unwrap_or_default();
    after_address.split_once(':').is_none_or(|(_, port)| {
        let is_number = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        is_number && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
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
