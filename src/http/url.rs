//! Checks of URLs that callers and services supply.

use super::address::redacted;
use super::endpoint::Endpoint;
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
        let text = format!("the service names the address {}, which {why}", redacted(url));
        Error::new(ErrorKind::Protocol, text)
    };
    let end = Endpoint::parse(url).map_err(refused)?;
    if !end.is_tls && !is_plain(asked_by) && !end.is_loopback() {
        return Err(refused(
            "is not encrypted; plain http is used only to this machine or if the base URL is http",
        ));
    }
    Ok(())
}

/// Whether a URL is one of `http`, in any case of its letters.
pub fn is_plain(url: &str) -> bool {
    Endpoint::parse(url).is_ok_and(|end| !end.is_tls)
}

/// Whether a path has a `.` or `..` alone between slashes, percent-encoded or not. Clients and servers fold
/// these, and what comes before them is lost.
pub fn has_dot_segment(path: &str) -> bool {
    let is_dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    // To look for these two costs less than to look at every segment.
    let may_have = path.starts_with(['.', '%']) || path.contains("/.") || path.contains("/%2");
    may_have && path.split('/').any(is_dots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_alone_between_slashes_are_found() {
        for path in [".", "..", "/..", "/../x", "a/./b", "a/..", "%2e", "/.%2E/x", "a/%2e%2e", "/%2E."] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["", "/", "/a", "/.a", "a./b", "/...", "/a/..b/c", "/%2e%2ex", "/%252e", "/%22../x%22"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }

    #[test]
    fn plain_http_needs_loopback_or_a_plain_base() {
        assert!(check_scheme("https://s3.example.com/x", "https://a").is_ok());
        assert!(check_scheme("HTTP://s3.example.com/x", "HTTP://gateway").is_ok());
        assert!(check_scheme("HTTP://s3.example.com/x", "HTTPS://a").is_err());
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
