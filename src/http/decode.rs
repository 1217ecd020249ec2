//! A text freed of the encodings that services and proxies put on it, for searching. Each decoded byte knows
//! which bytes of the text it came from, so that what is found can be cut out of the text.
//!
//! Decoded are percent-encoding, JSON escapes and HTML entities, in any mixture and up to [`LEVELS`] deep.
//! Time and memory grow linearly with the text.

use std::ops::Range;

/// How often an encoding is undone: a URL within a URL within JSON has 3, the rest is reserve. A limit keeps
/// the time linear.
const LEVELS: u8 = 6;

/// One byte of the decoded text.
#[derive(Debug, Clone, Copy)]
pub struct Unit {
    pub byte: u8,
    /// How many encodings were undone for it; 0 if it stands in the text itself.
    pub level: u8,
    start: u32,
    end: u32,
}

/// A decoded text.
#[derive(Debug)]
pub struct Decoded {
    pub units: Vec<Unit>,
}

impl Decoded {
    pub fn new(text: &str) -> Self {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let unit = |(at, byte)| Unit { byte, level: 0, start: place(at), end: place(at + 1) };
        let mut units: Vec<Unit> = text.bytes().enumerate().map(unit).collect();
        for level in 1..=LEVELS {
            if !units.iter().any(|unit| OPENERS.contains(&unit.byte)) {
                break;
            }
            let decoded = undo(&units, level);
            let is_done = decoded.len() == units.len();
            units = decoded;
            if is_done {
                break;
            }
        }
        Decoded { units }
    }

    /// The decoded bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.units.iter().map(|unit| unit.byte).collect()
    }

    /// Where in the text the decoded bytes `range` came from; empty if `range` is.
    pub fn span(&self, range: Range<usize>) -> Range<usize> {
        match self.units.get(range).and_then(|units| Some((units.first()?, units.last()?))) {
            Some((first, last)) => first.start as usize..last.end as usize,
            None => 0..0,
        }
    }
}

/// The characters that begin an escape.
const OPENERS: &[u8] = b"%\\&";

/// The longest escape that is looked for at a cut, in bytes of one that is written in escapes, too:
/// `%25252525XX`, `\ud83d\ude00`, `&amp;amp;amp;quot;`.
const LONGEST_ESCAPE: usize = 48;

/// How many bytes at the end of a decoded text may be the beginning of an escape.
pub fn broken_escape(bytes: &[u8]) -> usize {
    let end = bytes.get(bytes.len().saturating_sub(LONGEST_ESCAPE)..).unwrap_or_default();
    end.iter().position(|byte| OPENERS.contains(byte)).map_or(0, |at| end.len() - at)
}

/// A text that was cut, without what may be the beginning of an escape at its end. Costs up to 48 bytes of
/// the text.
pub fn without_broken_escape(text: &str) -> &str {
    // `&#0000000049;` has any number of zeros.
    let bare = text.trim_end_matches(|c: char| c.is_ascii_hexdigit());
    let text = if bare.ends_with(['#', '%', 'x', 'X']) { bare } else { text };
    let from = text.len().saturating_sub(LONGEST_ESCAPE);
    let opener = text.as_bytes().get(from..).and_then(|end| end.iter().position(|b| OPENERS.contains(b)));
    opener.and_then(|at| text.get(..from + at)).unwrap_or(text)
}

/// Undoes one level of encoding.
fn undo(units: &[Unit], level: u8) -> Vec<Unit> {
    let mut out = Vec::with_capacity(units.len());
    let mut rest = units;
    while let Some((first, after)) = rest.split_first() {
        let Some((length, decoded)) = escape(rest) else {
            out.push(*first);
            rest = after;
            continue;
        };
        let end = rest.get(length - 1).map_or(first.end, |last| last.end);
        let unit = |byte| Unit { byte, level, start: first.start, end };
        match decoded {
            Escaped::Byte(byte) => out.push(unit(byte)),
            Escaped::Char(c) => out.extend(c.encode_utf8(&mut [0; 4]).bytes().map(unit)),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

enum Escaped {
    Byte(u8),
    Char(char),
}

/// The escape at the beginning of `units`: its length in units and what it stands for.
fn escape(units: &[Unit]) -> Option<(usize, Escaped)> {
    match units.first()?.byte {
        b'%' => {
            let byte = u8::try_from(number(units.get(1..3)?, 16)?).ok()?;
            Some((3, Escaped::Byte(byte)))
        }
        b'\\' => json_escape(units),
        b'&' => html_entity(units),
        _ => None,
    }
}

fn json_escape(units: &[Unit]) -> Option<(usize, Escaped)> {
    let byte = match units.get(1)?.byte {
        byte @ (b'"' | b'\\' | b'/') => byte,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let first = number(units.get(2..6)?, 16)?;
            if let Some(c) = char::from_u32(first) {
                return Some((6, Escaped::Char(c)));
            }
            let is_pair = units.get(6)?.byte == b'\\' && units.get(7)?.byte == b'u';
            let second = number(units.get(8..12).filter(|_| is_pair)?, 16)?;
            let c = char::decode_utf16([u16::try_from(first).ok()?, u16::try_from(second).ok()?]).next()?;
            return Some((12, Escaped::Char(c.ok()?)));
        }
        _ => return None,
    };
    Some((2, Escaped::Byte(byte)))
}

fn html_entity(units: &[Unit]) -> Option<(usize, Escaped)> {
    const NAMED: [(&[u8], char); 5] =
        [(b"amp", '&'), (b"lt", '<'), (b"gt", '>'), (b"quot", '"'), (b"apos", '\'')];
    const LONGEST: usize = 10;
    let zeros = leading_zeros(units);
    let end = units.iter().take(zeros + LONGEST).position(|unit| unit.byte == b';')?;
    let name = units.get(1..end)?;
    let c = match (name.first()?.byte, name.get(1).map(|unit| unit.byte)) {
        (b'#', Some(b'x' | b'X')) => char::from_u32(number(name.get(2..)?, 16)?)?,
        (b'#', _) => char::from_u32(number(name.get(1..)?, 10)?)?,
        _ => NAMED.iter().find(|(known, _)| known.iter().copied().eq(name.iter().map(|unit| unit.byte)))?.1,
    };
    Some((end + 1, Escaped::Char(c)))
}

/// How many zeros are the first digits of a numeric entity. Each is looked at once, for it has one opener.
fn leading_zeros(units: &[Unit]) -> usize {
    let is = |at: usize, bytes: &[u8]| units.get(at).is_some_and(|unit| bytes.contains(&unit.byte));
    if !is(1, b"#") {
        return 0;
    }
    let first = if is(2, b"xX") { 3 } else { 2 };
    units.iter().skip(first).take_while(|unit| unit.byte == b'0').count()
}

/// The digits as a number; `None` if there are none, or too many.
fn number(digits: &[Unit], radix: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |sum, unit| {
        sum.checked_mul(radix)?.checked_add(char::from(unit.byte).to_digit(radix)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_encodings_are_undone_and_keep_their_places() {
        let text = r"a%2525\u0025&#x25;41 \ud83d\ude00";
        let decoded = Decoded::new(text);
        assert_eq!(String::from_utf8(decoded.bytes()).as_deref(), Ok("a%%A 😀"));
        assert_eq!(text.get(decoded.span(1..2)), Some("%2525"));
        assert_eq!(text.get(decoded.span(3..4)), Some("&#x25;41"));
        assert_eq!(text.get(decoded.span(5..9)), Some(r"\ud83d\ude00"));
    }

    #[test]
    fn every_escape_of_json_is_undone() {
        let decoded = Decoded::new(r#"\"\/\b\f\n\r\t\u0041"#);
        assert_eq!(String::from_utf8(decoded.bytes()).as_deref(), Ok("\"/\u{8}\u{c}\n\r\tA"));
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in
            ["100% sure", "%", "%4", "%zz", "\\", "\\q", "\\u12", "\\ud800", "&", "&amp", "&#;", "&#x;", "é"]
        {
            assert_eq!(String::from_utf8(Decoded::new(text).bytes()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_broken_escape_is_dropped() {
        assert_eq!(without_broken_escape("abcdefgh%2"), "abcdefgh");
        assert_eq!(without_broken_escape("é%25252"), "é");
        assert_eq!(without_broken_escape("plain"), "plain");
    }
}
