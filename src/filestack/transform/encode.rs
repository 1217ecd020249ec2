//! Percent-encoding: what a URL's path can carry stays as it is, as in the URLs that the Python SDK sends.

use crate::http::starts_encoded;

/// What RFC 3986 lets stand in a path: unreserved characters, sub-delimiters, `:`, `@`, `/`.
#[allow(
    clippy::indexing_slicing,
    reason = "only the compiler indexes here, and it refuses what is out of bounds"
)]
const KEPT: [bool; 256] = {
    let mut kept = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        kept[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b"-._~!$&'()*+,;=:@/";
    let mut mark = 0;
    while mark < marks.len() {
        kept[marks[mark] as usize] = true;
        mark += 1;
    }
    kept
};

fn kept(byte: u8) -> bool {
    KEPT.get(usize::from(byte)).copied().unwrap_or(false)
}

/// Whether a value has to stand in double quotes, lest the service take it for more than one value.
fn ambiguous(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'/' | b',' | b'"' | b'[' | b']')
}

/// Writes a parameter's text, in double quotes when it would be ambiguous without them or when `quoted` says
/// so.
///
/// A double quote inside is encoded twice: once decoded it is `%22`, which the service cannot mistake for the
/// end.
pub(super) fn push_text(out: &mut String, text: &str, quoted: bool) {
    if !quoted && text.bytes().all(|byte| kept(byte) && !ambiguous(byte)) {
        out.push_str(text);
        return;
    }
    let quoted = quoted || text.bytes().any(ambiguous);
    out.push_str(if quoted { "%22" } else { "" });
    for character in text.chars() {
        match character {
            '"' => out.push_str("%2522"),
            other => push_char(out, other),
        }
    }
    out.push_str(if quoted { "%22" } else { "" });
}

/// Writes what is part of a URL already: sequences such as `%20` stay.
pub(super) fn push_url(out: &mut String, url: &str) {
    if is_clean(url) {
        out.push_str(url);
        return;
    }
    let mut rest = url;
    while let Some(character) = rest.chars().next() {
        if starts_encoded(rest.as_bytes()) {
            out.push('%');
        } else {
            push_char(out, character);
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
}

/// Whether [`push_url`] writes a URL as it is.
pub(super) fn is_clean(url: &str) -> bool {
    let mut rest = url.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if !kept(byte) && !starts_encoded(rest) {
            return false;
        }
        rest = after;
    }
    true
}

fn push_char(out: &mut String, character: char) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if u8::try_from(character).is_ok_and(|byte| byte.is_ascii() && kept(byte)) {
        out.push(character);
        return;
    }
    for &byte in character.encode_utf8(&mut [0; 4]).as_bytes() {
        let digit = |value: u8| char::from(DIGITS.get(usize::from(value)).copied().unwrap_or(b'0'));
        out.push('%');
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::percent_decoded;

    fn text(text: &str, quoted: bool) -> String {
        let mut out = String::new();
        push_text(&mut out, text, quoted);
        out
    }

    #[test]
    fn text_is_quoted_when_it_has_to_be() {
        for (given, expected) in [
            ("a.png", "a.png"),
            ("00:01:30", "00:01:30"),
            ("a b", "%22a%20b%22"),
            ("a/b/", "%22a/b/%22"),
            ("a,b", "%22a,b%22"),
            ("[x]", "%22%5Bx%5D%22"),
            ("50%", "50%25"),
            ("%20", "%2520"),
            ("ü?#", "%C3%BC%3F%23"),
            ("say \"hi\"", "%22say%20%2522hi%2522%22"),
        ] {
            assert_eq!(text(given, false), expected);
        }
        assert_eq!(text("a", true), "%22a%22");
    }

    #[test]
    fn a_url_keeps_what_is_encoded() {
        for (given, expected) in [
            ("https://x/a%20b?c=d#e", "https://x/a%20b%3Fc=d%23e"),
            ("https://x/100%", "https://x/100%25"),
            ("https://x/%zz%2", "https://x/%25zz%252"),
            ("https://x/ü [1]\"", "https://x/%C3%BC%20%5B1%5D%22"),
        ] {
            let mut out = String::new();
            push_url(&mut out, given);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn decoding_undoes_encoding() {
        for given in ["ü ?#%[]", "plain", "%", "a%2"] {
            assert_eq!(percent_decoded(&text(given, false)).trim_matches('"'), given);
        }
        assert_eq!(percent_decoded("%ff"), "\u{fffd}");
    }
}
