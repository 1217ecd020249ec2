//! Addresses that are credentials: which parts of a URL are secret, and what an error shows of it.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::http::{percent_decoded, redact};

/// The longest address that an error shows, in characters.
const LONGEST_SHOWN: usize = 300;

/// The longest URL in bytes that the service is told to fetch.
const LONGEST_URL: usize = 64 << 10;

/// The longest argument that an error quotes, in characters.
const LONGEST_QUOTED: usize = 60;

/// An address, cut where its secrets begin and end.
struct Address<'a> {
    scheme: &'a str,
    user: &'a str,
    /// Host, port and path.
    place: &'a str,
    /// From the first question mark or hash on, also a percent-encoded one, which a chain's URL has.
    beyond: &'a str,
}

impl<'a> Address<'a> {
    fn of(text: &'a str) -> Self {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
        let is_port = authority.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit());
        // What is no port is the beginning of a password with a slash or a question mark in it, which should
        // have been percent-encoded.
        let within = if authority.contains('@') || is_port { authority } else { rest };
        let (user, rest) = match within.rfind('@') {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default()),
            None => ("", rest),
        };
        let marks = ["?", "#", "%3F", "%3f", "%23"];
        let end = marks.iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
        let (place, beyond) = rest.split_at_checked(end).unwrap_or((rest, ""));
        Address { scheme, user, place, beyond }
    }
}

/// The secret parts of an address, each alone and all together.
pub(super) fn parts_of(address: &str) -> Vec<String> {
    let Address { user, beyond, .. } = Address::of(address);
    let mut parts = Vec::new();
    if !user.is_empty() {
        parts.extend([format!("{user}@"), user.to_owned()]);
        parts.extend(user.split(':').map(str::to_owned));
    }
    let marks = ["%3F", "%3f", "%23", "?", "#"];
    let bare = marks.iter().find_map(|mark| beyond.strip_prefix(mark)).unwrap_or(beyond);
    parts.push(bare.to_owned());
    for pair in bare.split(['&', ';', '?', '#']) {
        parts.push(pair.to_owned());
        if let Some((name, value)) = pair.split_once('=') {
            push_value(&mut parts, name, value);
        }
    }
    // A filelink that is signed says its policy and signature in the path.
    let path = percent_decoded(address);
    for element in path.split('/').filter_map(|element| element.strip_prefix("security=")) {
        let values = element.split([',', ':']).filter(|value| value.len() >= SHORTEST_SIGNED);
        parts.extend(values.map(str::to_owned));
    }
    parts
}

/// The shortest value of a `security=` element that is secret, in bytes: `p` and `s` name the others.
const SHORTEST_SIGNED: usize = 16;

/// A value, and the key that a credential of AWS (`KEY/date/region/…`) begins with.
pub(super) fn push_value(parts: &mut Vec<String>, name: &str, value: &str) {
    if name.to_ascii_lowercase().contains("credential")
        && let Some(key) = value.split('/').next().and_then(|key| key.split("%2").next())
    {
        parts.push(key.to_owned());
    }
    parts.push(value.to_owned());
}

/// What errors call an address: scheme, host and path, without what a `security=` element in it proves.
pub(super) fn shown_address(address: &str) -> String {
    let Address { scheme, place, .. } = Address::of(address);
    let separator = if scheme.is_empty() { "" } else { "://" };
    shortened(&redact::url(&format!("{scheme}{separator}{place}")), LONGEST_SHOWN).into_owned()
}

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
    format!("{:?}", shortened(&shown, LONGEST_QUOTED))
}

/// A text on one line, cut after so many characters.
pub(super) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    let end = text.char_indices().nth(most).map(|(end, _)| end);
    let kept = end.and_then(|end| text.get(..end)).unwrap_or(text);
    if end.is_none() && !kept.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = kept.replace(char::is_control, "\u{fffd}");
    line.push_str(if end.is_some() { "…" } else { "" });
    Cow::Owned(line)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_it_proves() {
        for (address, expected) in [
            ("https://h.example.com/a/b.jpg", "https://h.example.com/a/b.jpg"),
            ("https://u:p@h.example.com:8080/a?b=c#d", "https://h.example.com:8080/a"),
            ("https://u:p/w@h/a", "https://h/a"),
            ("https://u:p?w@h/a?email=x@y", "https://y"),
            ("https://h/@user/a", "https://h/@user/a"),
            ("https://[::1]:80/a", "https://[::1]:80/a"),
            ("https://[::1]/@a", "https://[::1]/@a"),
            ("https://h/a%3Fb=c", "https://h/a"),
            ("https://h/a%23b", "https://h/a"),
            ("src://alias/path?x", "src://alias/path"),
            ("https://h/security=p:eyJ9,s:c0ffee/HANDLE", "https://h/security=***/HANDLE"),
            ("https://h/security%3Dp%3AeyJ9/HANDLE", "https://h/security%3D***/HANDLE"),
        ] {
            assert_eq!(shown_address(address), expected, "{address}");
        }
        assert!(shown_address(&format!("https://h/{}", "x".repeat(1000))).len() < 310);
    }
}
