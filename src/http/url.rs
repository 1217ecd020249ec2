//! Checks of URLs that callers and services supply.

use super::endpoint::Endpoint;
use super::redact;
use crate::error::{Error, ErrorKind, Result};

/// Checks a base URL: absolute, http or https, without query and fragment, and with a port from 1 to 65535 if
/// it has one. Returns it without slashes at its end. `what` names the option in the `InvalidArgument` error.
pub fn check_base_url(what: &str, url: &str) -> Result<String> {
    let refused =
        |why: &str| Error::invalid_argument(format!("{what} {why}; it is given as in https://example.com"));
    Endpoint::parse(url).map_err(refused)?;
    if url.contains(['?', '#']) {
        return Err(refused("has a query or a fragment"));
    }
    // It would stand in every URL that is handed out.
    if url.contains('@') {
        return Err(refused("has a user in it"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Checks a URL that a service supplied: https, or http if it names this machine or if the base URL
/// `asked_by` is http itself; with a host, and a port from 1 to 65535 if it has one. Errors are `Protocol`.
pub fn check_scheme(url: &str, asked_by: &str) -> Result<()> {
    let refused = |why: &str| {
        let text = format!("the service names the address {}, which {why}", redact::url(url));
        Error::new(ErrorKind::Protocol, text)
    };
    let end = Endpoint::parse(url).map_err(refused)?;
    if !end.is_tls && !asked_by.starts_with("http://") && !end.is_loopback() {
        return Err(refused(
            "is not encrypted; plain http is used only to this machine or if the base URL is http",
        ));
    }
    Ok(())
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
        for bad in ["", "example.com", "ftp://x", "http://", "https://x?y=1", "https:///x", "https://u:p@x"] {
            assert!(check_base_url("base_url", bad).is_err(), "{bad}");
        }
    }
}
