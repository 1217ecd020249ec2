//! Addresses that are credentials: which parts of a URL are secret, and what an error shows of it.

use std::ops::Range;

use memchr::memmem;

use super::decode::Decoded;
use super::escape::percent_decoded;
use super::redact::{HIDDEN, replace};
use crate::error::excerpt;

/// The longest address that an error shows, in characters.
const LONGEST_SHOWN: usize = 300;

/// An address, cut where its secrets begin and end.
struct Address<'a> {
    scheme: &'a str,
    user: &'a str,
    /// Host, port and path.
    place: &'a str,
    /// After the first question mark or hash, also a percent-encoded one, which a chain's URL has.
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
        let first = marks.iter().filter_map(|mark| Some((rest.find(mark)?, mark.len()))).min();
        let cut = first.and_then(|(at, length)| Some((rest.get(..at)?, rest.get(at + length..)?)));
        let (place, beyond) = cut.unwrap_or((rest, ""));
        Address { scheme, user, place, beyond }
    }
}

/// How many addresses within an address are looked at.
const MOST_INNER: usize = 8;

/// The secret parts of an address, each alone and all together, those of addresses within its path too.
pub fn secret_parts(address: &str) -> Vec<String> {
    let mut parts = Vec::new();
    push_parts(&mut parts, address);
    let path = percent_decoded(address);
    for (at, _) in path.match_indices("://").skip(1).take(MOST_INNER) {
        push_parts(&mut parts, path.get(at..).unwrap_or_default());
    }
    // A filelink that is signed says its policy and signature in the path.
    for element in path.split('/').filter_map(|element| element.strip_prefix("security=")) {
        let values = element.split([',', ':']).filter(|value| value.len() >= SHORTEST_SIGNED);
        parts.extend(values.map(str::to_owned));
    }
    parts
}

fn push_parts(parts: &mut Vec<String>, address: &str) {
    let Address { user, beyond, .. } = Address::of(address);
    if !user.is_empty() {
        parts.extend([format!("{user}@"), user.to_owned()]);
        parts.extend(user.split(':').map(str::to_owned));
        // A password may have a colon.
        parts.extend(user.split_once(':').map(|(_, password)| password.to_owned()));
    }
    push_pair(parts, beyond);
    if beyond.contains('&') {
        beyond.split('&').for_each(|pair| push_pair(parts, pair));
    }
    // A value may have a separator that others use between pairs.
    if beyond.contains([';', '?', '#']) {
        beyond.split(['&', ';', '?', '#']).for_each(|pair| push_pair(parts, pair));
    }
}

fn push_pair(parts: &mut Vec<String>, pair: &str) {
    match pair.split_once('=') {
        Some((name, value)) => {
            parts.push(pair.to_owned());
            push_value(parts, name, value);
        }
        None if is_word(pair) => {}
        None => parts.push(pair.to_owned()),
    }
}

/// Whether a value is a word or a number that stands in many texts, and protects nothing: `host`, `3600`.
fn is_word(value: &str) -> bool {
    value.len() < SHORTEST_WORDLIKE
        && (value.bytes().all(|byte| byte.is_ascii_lowercase())
            || value.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A value of small letters alone, or of digits alone, is secret if it is as long as this, in bytes.
const SHORTEST_WORDLIKE: usize = 8;

/// The shortest value of a `security=` element that is secret, in bytes: `p` and `s` name the others.
const SHORTEST_SIGNED: usize = 16;

/// A value, and the key that a credential of AWS (`KEY/date/region/…`) begins with.
pub fn push_value(parts: &mut Vec<String>, name: &str, value: &str) {
    if name.to_ascii_lowercase().contains("credential")
        && let Some(key) = value.split('/').next().and_then(|key| key.split("%2").next())
    {
        parts.push(key.to_owned());
    }
    if !is_word(value) {
        parts.push(value.to_owned());
    }
}

/// What errors call an address: scheme, host and path, without what a `security=` element in it proves.
pub fn shown_address(address: &str) -> String {
    let Address { scheme, place, .. } = Address::of(address);
    let separator = if scheme.is_empty() { "" } else { "://" };
    excerpt(&redacted(&format!("{scheme}{separator}{place}")), LONGEST_SHOWN).into_owned()
}

/// What an error may show of a URL: scheme, host and path. Left out are the query, the fragment and the
/// credentials, those of a URL within the path too, however often it is encoded; what a `security=` element
/// says; and everything from a task or a source in base64 on, which cannot be cleaned.
pub fn redacted(url: &str) -> String {
    let decoded = Decoded::new(url);
    let mut bytes = decoded.bytes();
    let query = bytes.iter().position(|byte| b"?#".contains(byte)).unwrap_or(bytes.len());
    bytes.truncate(query);
    let base64 = [&b"/b64/"[..], b"b64://"];
    let base64 = base64.iter().filter_map(|mark| Some(memmem::find(&bytes, mark)? + mark.len())).min();
    bytes.truncate(base64.unwrap_or(query));

    let level = |at: Range<usize>| {
        decoded.units.get(at).unwrap_or_default().iter().map(|unit| unit.level).max().unwrap_or(0)
    };
    // A slash that is encoded deeper than the segment is a character of it.
    let segment = |start: usize, level: u8| {
        let units = decoded.units.get(start..bytes.len()).unwrap_or_default();
        let end = units.iter().position(|unit| unit.byte == b'/' && unit.level <= level);
        start..end.map_or(bytes.len(), |end| start + end)
    };

    let mut hidden = Vec::new();
    let mut authorities: Vec<_> =
        memmem::find_iter(&bytes, b"://").map(|at| segment(at + 3, level(at..at + 3))).collect();
    let first_slash = memchr::memchr(b'/', &bytes).and_then(|slash| slash.checked_sub(1));
    let has_scheme = first_slash.is_some() && memmem::find(&bytes, b"://") == first_slash;
    if !has_scheme {
        authorities.push(segment(0, 0));
    }
    for authority in authorities {
        let text = bytes.get(authority.clone()).unwrap_or_default();
        if let Some(at) = memchr::memrchr(b'@', text) {
            hidden.push((decoded.span(authority.start..authority.start + at + 1), ""));
        }
    }
    let mut end = 0;
    let lower = bytes.to_ascii_lowercase();
    for at in memmem::find_iter(&lower, b"security=").map(|at| at + b"security=".len()) {
        // Within the last one: looking for its end again would make the time quadratic.
        if at >= end {
            let policy = segment(at, level(at - 1..at));
            end = policy.end;
            hidden.push((decoded.span(policy), HIDDEN));
        }
    }
    let text = url.get(..decoded.span(0..bytes.len()).end).unwrap_or_default();
    let suffix = if base64.is_some() { HIDDEN } else { "" };
    replace(text, hidden) + suffix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Secrets;

    #[test]
    fn a_user_with_an_encoded_slash_is_hidden_with_the_password() {
        for address in ["http://u%2Fx:secret@host/p", "http://user:secret%2Fx@host/p"] {
            assert!(!redacted(address).contains("secret"), "{}", redacted(address));
        }
    }

    #[test]
    fn urls_lose_query_credentials_and_security() {
        for (whole, shown) in [
            (
                "https://user:pw@cdn.example.com/security=p:abc,s:def/HANDLE?signature=x#y",
                "https://cdn.example.com/security=***/HANDLE",
            ),
            (
                "https://cdn.example.com/security%3Dp%3Aabc%2Cs%3Adef/HANDLE",
                "https://cdn.example.com/security%3D***/HANDLE",
            ),
            // A slash that is encoded as often as the policy ends it.
            (
                "https://h/K/a%2Fsecurity%3Dp%3Aabc%2Fresize/HANDLE",
                "https://h/K/a%2Fsecurity%3D***%2Fresize/HANDLE",
            ),
            ("http://127.0.0.1:80", "http://127.0.0.1:80"),
            ("user:pw@host/a@2x.png?q", "host/a@2x.png"),
            ("user:pw@host", "host"),
            ("host/x/https://u:p@i/y", "host/x/https://i/y"),
            ("https://h/K/b64/eyJh/b64://aHR0cHM", "https://h/K/b64/***"),
            ("https://h/K/b64://aHR0cHM", "https://h/K/b64://***"),
            ("https://h/a//b/?", "https://h/a//b/"),
            ("https://h/[https://u:p@i/x,https://v:q@j/y?t=1,z]", "https://h/[https://i/x,https://j/y"),
            ("", ""),
        ] {
            assert_eq!(redacted(whole), shown, "{whole}");
        }
    }

    #[test]
    fn the_parts_of_an_address_are_secrets() {
        let secrets = |address: &str| Secrets::default().with_address(address);
        let signed = "https://b.example.com/k?X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=c0ffee00\
                      &t=a%2Fb%2Bcdef&p=abc;d1f&open7#f";
        let clean = secrets(signed).clean("3600 host c0ffee00 a/b+cdef a%2Fb%2Bcdef abc;d1f open7");
        assert_eq!(clean, "3600 host *** *** *** *** ***");
        let clean =
            secrets("ftp://user1:p%40ss:x@h/dir?key=0123456789").clean("h dir user1 p@ss:x 0123456789");
        assert_eq!(clean, "h dir *** *** ***");
        let inner = secrets("https://cdn.example.com/KEY/https://bob:hunter22@h/x%3Ft=abcd1");
        assert_eq!(inner.clean("bob hunter22 abcd1"), "bob *** ***");
    }

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
