//! Addresses and other arguments of a call: which can be used, and how an error quotes them.

use std::borrow::Cow;

use crate::error::{Error, Result, excerpt};
use crate::http::shown_address;

/// The longest URL in bytes that the service is told to fetch.
const LONGEST_URL: usize = 64 << 10;

/// The longest argument that an error quotes, in characters.
const LONGEST_QUOTED: usize = 60;

/// What errors call the source of a chain.
pub(super) fn shown_source(source: &str) -> String {
    if source.starts_with('[') {
        "several files".to_owned()
    } else if source.contains("://") {
        shown_address(source)
    } else {
        source.to_owned()
    }
}

/// An argument as an error quotes it.
pub(super) fn quoted(text: &str) -> String {
    let shown = if text.contains("://") { Cow::Owned(shown_address(text)) } else { Cow::Borrowed(text) };
    format!("{:?}", excerpt(&shown, LONGEST_QUOTED))
}

/// Refuses what the service could not fetch.
pub(super) fn check_url(url: &str) -> Result<()> {
    let is_url = url
        .split_once("://")
        .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && !rest.is_empty());
    if url.len() > LONGEST_URL {
        let text = format!("url has {} bytes, at most {LONGEST_URL} are allowed", url.len());
        return Err(Error::invalid_argument(text));
    }
    if is_url && !url.chars().any(|c| c.is_control() || c == ' ') {
        return Ok(());
    }
    Err(Error::invalid_argument(
        "url must be an http or https URL without spaces, e.g. https://example.com/picture.jpg",
    ))
}
