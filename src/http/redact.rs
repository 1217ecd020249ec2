//! Keeping secrets out of what people read: the texts that a call must not show, and addresses without their
//! secret parts.
//!
//! A service may echo what it was sent in any encoding. So secrets and texts are compared decoded
//! ([`super::decode`]), with the two alphabets of base64 and the two encodings of a space taken as equal, and
//! long ones without case: host names lose theirs, and some gateways write all in capitals. Base64 and
//! hexadecimal digits of a secret are searched for. Text is cleaned first and cut afterwards. What was cut
//! before all secrets were known loses the beginning of a secret at its end too.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem;

use super::address::secret_parts;
use super::decode::{Decoded, broken_escape, without_broken_escape};
use super::escape::{escaped, percent_decoded};
use super::hex;
use crate::error::{Error, KEPT_BODY, excerpt};

/// What stands for a secret.
pub(super) const HIDDEN: &str = "***";

/// The shortest secret that is searched for, in bytes. Replacing shorter ones would shred every message, and
/// would tell what they are; nothing of three bytes protects anything.
const SHORTEST: usize = 4;

/// The shortest secret that is searched for in any case, in bytes: a shorter one may be a word.
const SHORTEST_FOLDED: usize = 8;

/// The most bytes of a secret that an escape before it takes in: `%` two, `\u` four.
const MOST_SWALLOWED: usize = 5;

/// Texts that must not reach people. Cheap to make and to clone: nothing is computed until a text is cleaned.
#[derive(Clone, Default)]
pub struct Secrets(Option<Arc<Known>>);

struct Known {
    texts: Vec<String>,
    patterns: OnceLock<Patterns>,
}

/// The secrets in the forms in which they are compared.
#[derive(Default)]
struct Patterns {
    /// With a decoded text.
    decoded: Forms,
    /// With a text as it is.
    plain: Forms,
}

#[derive(Default)]
struct Forms {
    /// With their case.
    exact: Vec<Vec<u8>>,
    /// In lower case.
    folded: Vec<Vec<u8>>,
}

impl Patterns {
    fn new(texts: &[String]) -> Self {
        let mut patterns = Patterns::default();
        for text in texts {
            let Patterns { decoded, plain } = &mut patterns;
            let bytes = Decoded::new(text).bytes();
            let mut pattern = comparable(&bytes);
            // The padding of base64 may be missing.
            pattern.truncate(pattern.len() - pattern.iter().rev().take_while(|b| **b == b'=').count());
            decoded.add(pattern);
            plain.add(text.clone().into_bytes());
            let encoded = escaped(text);
            decoded.exact.extend([text, &encoded].into_iter().flat_map(|text| base64_runs(text.as_bytes())));
            for notation in [&bytes, text.as_bytes(), encoded.as_bytes()] {
                if notation.len() >= SHORTEST {
                    decoded.folded.push(hex(notation).into_bytes());
                    plain.folded.push(hex(notation).into_bytes());
                }
            }
        }
        for forms in [&mut patterns.decoded, &mut patterns.plain] {
            for list in [&mut forms.exact, &mut forms.folded] {
                list.sort_unstable();
                list.dedup();
            }
        }
        patterns
    }
}

impl Forms {
    fn add(&mut self, form: Vec<u8>) {
        match form.len() {
            0..SHORTEST => {}
            SHORTEST..SHORTEST_FOLDED => self.exact.push(form),
            _ => self.folded.push(form.to_ascii_lowercase()),
        }
    }

    /// Each, and what it is searched for in. `lower` is `text` in lower case.
    fn within<'a>(&'a self, text: &'a [u8], lower: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let exact = self.exact.iter().map(move |form| (form.as_slice(), text));
        exact.chain(self.folded.iter().map(move |form| (form.as_slice(), lower)))
    }
}

impl Secrets {
    /// Secrets of fewer than 4 bytes are ignored.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Secrets::default().with(texts)
    }

    /// These and more.
    pub fn with<T: AsRef<str>>(&self, texts: impl IntoIterator<Item = T>) -> Self {
        let mut all: Vec<String> = self.texts().to_vec();
        let long = texts.into_iter().filter(|text| text.as_ref().len() >= SHORTEST);
        all.extend(long.map(|text| text.as_ref().to_owned()));
        Secrets((!all.is_empty()).then(|| Arc::new(Known { texts: all, patterns: OnceLock::new() })))
    }

    /// These and more, each as it is and percent-decoded.
    pub fn with_decoded(&self, texts: impl IntoIterator<Item = String>) -> Self {
        let both =
            |text: String| [Some(percent_decoded(&text)).filter(|decoded| *decoded != text), Some(text)];
        self.with(texts.into_iter().flat_map(both).flatten())
    }

    /// These, and what is secret in an address: user, password, query, fragment, and a `security=` element.
    pub fn with_address(&self, address: &str) -> Self {
        self.with_decoded(secret_parts(address))
    }

    /// These and `others`.
    pub fn and(&self, others: &Secrets) -> Self {
        if others.0.is_none() { self.clone() } else { self.with(others.texts()) }
    }

    /// `text` with each secret in it replaced by `***`, and with the parts of S3's errors and of signed
    /// queries replaced that are secret by their name ([`QUERY_NAMES`], [`ELEMENTS`]).
    pub fn clean(&self, text: &str) -> String {
        self.hide(text, false)
    }

    /// The same for a text that was cut: the beginning of a secret at its end is replaced too.
    pub fn clean_cut(&self, text: &str) -> String {
        self.hide(without_broken_escape(text), true)
    }

    /// The beginning of a service's text, for an error: cleaned, on one line, cut after so many characters.
    pub fn excerpt(&self, text: &str, most: usize) -> String {
        let kept = text.char_indices().nth(KEPT_BODY).and_then(|(end, _)| text.get(..end));
        let clean = kept.map_or_else(|| self.clean(text), |kept| self.clean_cut(kept));
        excerpt(&clean, most).into_owned()
    }

    /// The error with message and body cleaned.
    pub fn clean_error(&self, error: Error) -> Error {
        let (message_is_cut, body_is_cut) = (error.message_is_cut(), error.body_is_cut());
        error
            .map_message(|message| if message_is_cut { self.clean_cut(message) } else { self.clean(message) })
            .map_body(|body| if body_is_cut { self.clean_cut(body) } else { self.clean(body) })
    }

    fn texts(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |known| &known.texts)
    }

    fn patterns(&self) -> Option<&Patterns> {
        self.0.as_ref().map(|known| known.patterns.get_or_init(|| Patterns::new(&known.texts)))
    }

    fn hide(&self, text: &str, is_cut: bool) -> String {
        if text.is_empty() {
            return String::new();
        }
        let decoded = Decoded::new(text);
        let bytes = decoded.bytes();
        let comparable = comparable(&bytes);
        let lower = comparable.to_ascii_lowercase();
        let mut found = Vec::new();
        let is_escaped = |at: usize| decoded.units.get(at).is_some_and(|unit| unit.level > 0);
        let has_escapes = decoded.units.iter().any(|unit| unit.level > 0);
        // A cut may have left the beginning of an escape that is written in escapes.
        let whole = comparable.len() - if is_cut { broken_escape(&bytes) } else { 0 };
        if let Some(Patterns { decoded: forms, plain }) = self.patterns() {
            for (pattern, within) in forms.within(&comparable, &lower) {
                // What stands before a secret may make an escape of its first bytes.
                for swallowed in 0..=if has_escapes { MOST_SWALLOWED } else { 0 } {
                    let Some(rest) = pattern.get(swallowed..).filter(|rest| rest.len() >= SHORTEST) else {
                        break;
                    };
                    let begins = |start: usize| match swallowed {
                        0 => Some(start),
                        _ => start.checked_sub(1).filter(|before| is_escaped(*before)),
                    };
                    for (start, end) in memmem::find_iter(within, rest).map(|at| (at, at + rest.len())) {
                        let padding =
                            bytes.iter().skip(end).take(2).take_while(|byte| **byte == b'=').count();
                        found.extend(begins(start).map(|from| (decoded.span(from..end + padding), HIDDEN)));
                    }
                    let ends = [within.len(), whole].into_iter().skip(usize::from(whole == within.len()));
                    for text in ends.filter(|_| is_cut).filter_map(|end| within.get(..end)) {
                        let stump = overlap(text, rest);
                        let from = begins(text.len() - stump).filter(|_| stump >= SHORTEST);
                        found.extend(from.map(|from| (decoded.span(from..within.len()), HIDDEN)));
                    }
                }
            }
            // As it is, too: a `%` before a secret would make its first digits part of an escape.
            for (pattern, within) in plain.within(text.as_bytes(), text.to_ascii_lowercase().as_bytes()) {
                let starts = memmem::find_iter(within, pattern);
                found.extend(starts.map(|start| (start..start + pattern.len(), HIDDEN)));
            }
        }
        find_named(&decoded, &bytes, &lower, &mut found);
        replace(text, found)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// A text inside of a longer one that is written in base64: three bytes are four characters, so there are
/// three notations, without the characters that it shares with its neighbours.
fn base64_runs(text: &[u8]) -> Vec<Vec<u8>> {
    let run = |shift: usize| {
        let bytes = [vec![0; shift], text.to_vec()].concat();
        let shared = [0, 2, 3].get(shift).copied().unwrap_or(0);
        let encoded = STANDARD_NO_PAD.encode(&bytes).into_bytes();
        encoded.get(shared..bytes.len() * 8 / 6).unwrap_or_default().to_vec()
    };
    (0..3).map(run).collect()
}

/// Bytes as they are compared: base64's `-` and `_` as its `+` and `/`, and a space as the `+` of forms.
fn comparable(bytes: &[u8]) -> Vec<u8> {
    let class = |byte: &u8| match byte {
        b'-' | b' ' => b'+',
        b'_' => b'/',
        other => *other,
    };
    bytes.iter().map(class).collect()
}

/// The length of the longest beginning of `pattern`, but not all of it, that `text` ends with. Linear: the
/// search of Knuth, Morris and Pratt, started where a whole match cannot end any more.
fn overlap(text: &[u8], pattern: &[u8]) -> usize {
    let is_next = |length: usize, byte: u8| pattern.get(length) == Some(&byte);
    let step = |borders: &[usize], mut length: usize, byte: u8| {
        while length > 0 && !is_next(length, byte) {
            length = borders.get(length - 1).copied().unwrap_or(0);
        }
        length + usize::from(is_next(length, byte))
    };
    let mut borders = Vec::with_capacity(pattern.len());
    for (at, byte) in pattern.iter().enumerate() {
        let border = if at == 0 { 0 } else { step(&borders, borders.last().copied().unwrap_or(0), *byte) };
        borders.push(border);
    }
    let from = text.len().saturating_sub(pattern.len().saturating_sub(1));
    text.iter().skip(from).fold(0, |length, byte| step(&borders, length, *byte))
}

/// Names in a query whose values are secret wherever they stand, in lower case: signatures of S3 (both
/// versions), of Google, of Azure, of Filestack and of Telestream, and what they are made with.
const QUERY_NAMES: [&[u8]; 9] = [
    b"signature=",
    b"credential=",
    b"security-token=",
    b"awsaccesskeyid=",
    b"googleaccessid=",
    b"access_key=",
    b"policy=",
    b"?sig=",
    b"&sig=",
];

/// The elements in which S3 echoes a signature and what was signed, in lower case. The beginning of a name is
/// enough: `StringToSignBytes` is one too.
const ELEMENTS: [&[u8]; 4] =
    [b"<signatureprovided", b"<stringtosign", b"<canonicalrequest", b"<awsaccesskeyid"];

/// Adds what is secret by its name.
fn find_named(decoded: &Decoded, bytes: &[u8], lower: &[u8], found: &mut Vec<(Range<usize>, &str)>) {
    let position = |from: usize, is_end: &dyn Fn(u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|byte| is_end(*byte)).map_or(bytes.len(), |at| from + at)
    };
    for name in QUERY_NAMES {
        let mut end = 0;
        for at in memmem::find_iter(lower, &comparable(name)).map(|at| at + name.len()) {
            // Within the last value: looking for its end again would make the time quadratic.
            if at >= end {
                let quote = bytes.get(at).copied().filter(|byte| b"\"'".contains(byte));
                let start = at + usize::from(quote.is_some());
                end = position(start, &|byte| match quote {
                    Some(quote) => byte == quote || byte == b'<',
                    None => byte <= b' ' || b"&<>\"',;".contains(&byte),
                });
                found.push((decoded.span(start..end), HIDDEN));
            }
        }
    }
    for name in ELEMENTS {
        let mut end = 0;
        for at in memmem::find_iter(lower, name) {
            if at >= end {
                let start = position(at, &|byte| byte == b'>') + 1;
                end = position(start, &|byte| byte == b'<');
                found.push((decoded.span(start..end), HIDDEN));
            }
        }
    }
}

/// `text` with each range replaced by its text. Of ranges that overlap, the first one's text stands for all.
pub(super) fn replace(text: &str, mut ranges: Vec<(Range<usize>, &str)>) -> String {
    ranges.retain(|(range, _)| !range.is_empty());
    ranges.sort_unstable_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, by) in ranges {
        if range.start >= done {
            out.push_str(text.get(done..range.start).unwrap_or_default());
            out.push_str(by);
        }
        done = done.max(range.end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;
    use crate::error::ErrorKind;
    use crate::http::redacted;

    #[test]
    fn a_secret_is_found_in_base64_wherever_it_stands() {
        let secrets = Secrets::new(["hunter2/secret"]);
        for before in ["", "a", "ab", "abc"] {
            for encoding in [STANDARD, URL_SAFE_NO_PAD] {
                let text = encoding.encode(format!("{before}hunter2/secret and more"));
                let clean = secrets.clean(&text);
                assert!(clean.contains("***"), "{before}: {clean}");
                let echo = encoding.encode(format!("{before}x=hunter2%2Fsecret"));
                assert!(secrets.clean(&echo).contains("***"), "{before}: {echo}");
            }
        }
    }

    #[test]
    fn a_secret_is_found_in_hexadecimal_digits_and_in_any_case() {
        let secrets = Secrets::new(["hunter2/Secret-X", "Hush1"]);
        let hexadecimal = "68756e746572322f5365637265742d58";
        for text in [
            "HUNTER2/SECRET-X",
            "hunter2/secret-x",
            "HUNTER2%2FSECRET-X",
            "%hunter2/secret-x",
            hexadecimal,
            &hexadecimal.to_uppercase(),
            // Of its notation in a URL.
            "68756e746572322532465365637265742d58",
            "%68756e746572322f5365637265742d58",
            "4875736831",
        ] {
            let clean = secrets.clean(&format!("<{text}> and more"));
            assert!(clean.contains("***"), "{text}: {clean}");
            assert!(!clean.to_lowercase().contains("hunter2"), "{text}: {clean}");
        }
        assert_eq!(secrets.clean(&format!("<{hexadecimal}>")), "<***>");
        assert_eq!(secrets.clean("Hush1 hush1 HUSH1"), "*** hush1 HUSH1");
        assert_eq!(secrets.clean_cut("x HUNTER2/SEC"), "x ***");
        assert_eq!(secrets.clean_cut("x 68756E746572322f5"), "x ***");
    }

    #[test]
    fn secrets_of_fewer_than_four_bytes_are_ignored() {
        assert_eq!(Secrets::new(["", "a", "key", "f00d"]).clean("a key f00d"), "a key ***");
    }

    #[test]
    fn a_secret_of_four_bytes_is_found_in_base64() {
        let secrets = Secrets::new(["ab7x"]);
        for before in ["", "-", "--"] {
            for after in ["", "-", "--"] {
                let encoded = STANDARD.encode(format!("{before}ab7x{after}"));
                assert!(secrets.clean(&encoded).contains("***"), "{before}ab7x{after}");
            }
        }
    }

    #[test]
    fn zeros_do_not_save_a_secret() {
        let secrets = Secrets::new(["abcdef1"]);
        for zeros in ["0".repeat(8), "0".repeat(1000)] {
            for entity in [format!("abcdef&#{zeros}49;"), format!("&#x{zeros}61;bcdef1")] {
                assert_eq!(secrets.clean(&format!("x {entity}")), "x ***");
            }
            for end in ["", "4", "49"] {
                assert_eq!(secrets.clean_cut(&format!("x abcdef&amp;#{zeros}{end}")), "x ***");
            }
        }
    }

    #[test]
    fn an_escape_that_a_cut_has_broken_does_not_save_the_beginning_of_a_secret() {
        let json = r#"{"handle":"HANDLE0123456789abcd","expiry":4102444800}"#;
        let secrets = Secrets::new([json]);
        let nested = json.replace('"', "&amp;amp;quot;");
        let end = nested.rfind("&amp;amp;quot;").expect("a quote");
        for cut in 1.."&amp;amp;quot;".len() {
            assert_eq!(secrets.clean_cut(nested.get(..end + cut).expect("ASCII")), "***");
        }
    }

    #[test]
    fn an_escape_that_takes_in_the_first_bytes_of_a_secret_does_not_save_the_rest() {
        let secret = "5c1f9d3e7b2a48600f1e2d3c4b5a6978";
        let secrets = Secrets::new([secret]);
        let (most, last) = secret.split_at(31);
        for before in ["%", "%2", "\\u", "\\u00", "%25", "&#x35;%"] {
            for text in [format!("x {before}{secret}"), format!("x {before}{most}\\u003{last}")] {
                assert!(!secrets.clean(&text).contains("2a48600f"), "{text}");
                let cut = text.get(..text.len() - 9).expect("ASCII");
                assert!(!secrets.clean_cut(cut).contains("2a48600f"), "{cut}");
            }
        }
        assert_eq!(secrets.clean("f9d3e7b2a48600f1e2d3c4b5a6978"), "f9d3e7b2a48600f1e2d3c4b5a6978");
    }

    #[test]
    fn an_escape_in_escapes_that_a_cut_has_broken_does_not_save_the_beginning_of_a_secret() {
        let secret = "5c1f9d3e7b2a48600f1e2d3c4b5a6978";
        let escape: String = b"%5c%75%30%30%33%38".iter().map(|byte| format!("%{byte:02x}")).collect();
        for cut in 1..escape.len() {
            let text = format!("x {}{}", &secret[..31], &escape[..cut]);
            assert_eq!(Secrets::new([secret]).clean_cut(&text), "x ***", "{text}");
        }
    }

    #[test]
    fn a_text_of_a_service_is_cleaned_before_it_is_cut() {
        let secrets = Secrets::new(["0123456789abcdef"]);
        for before in ["x".repeat(190), "x".repeat(KEPT_BODY - 8)] {
            let shown = secrets.excerpt(&format!("{before}0123456789abcdef"), 200);
            assert!(!shown.contains("0123"), "{shown}");
            let error = Error::invalid_argument(format!("{}0123456789abcdef", before.repeat(9)));
            assert!(!secrets.clean_error(error).message().contains("0123"));
        }
    }

    #[test]
    fn a_percent_sign_before_a_secret_does_not_save_it() {
        assert_eq!(Secrets::new(["abcdef0123"]).clean("100%abcdef0123%"), "100***%");
    }

    #[test]
    fn overlapping_secrets_are_replaced_once() {
        let secrets = Secrets::new(["abcdef", "defghi", "abcdef"]).and(&Secrets::new(["ghijkl"]));
        assert_eq!(secrets.clean("<abcdefghijkl>"), "<***>");
    }

    #[test]
    fn named_values_are_hidden_without_being_known() {
        let clean =
            Secrets::default().clean("bad Signature=\"a b\", Credential=AK/1 policy=&x=1 ?sig=z config=y");
        assert_eq!(clean, "bad Signature=\"***\", Credential=*** policy=&x=1 ?sig=*** config=y");
    }

    #[test]
    fn the_beginning_of_a_secret_at_a_cut_is_replaced() {
        let secrets = Secrets::new(["aabaabaac/123"]);
        assert_eq!(secrets.clean_cut("x aabaabaaba"), "x aab***");
        assert_eq!(secrets.clean_cut("x aabaabaac%2"), "x ***");
        assert_eq!(secrets.clean_cut("x aab"), "x aab");
        assert_eq!(secrets.clean("x aabaabaac"), "x aabaabaac");
    }

    /// A time that grows with the square of the length would be minutes here.
    #[test]
    #[cfg_attr(miri, ignore = "it is a matter of hours there")]
    fn long_texts_take_linear_time() {
        const LENGTH: usize = 1 << 16;
        let secrets = Secrets::new(["a".repeat(LENGTH), "signature=".repeat(LENGTH / 20)]);
        for piece in [
            "a",
            "signature=",
            "signature=\"",
            "<stringtosign",
            "<stringtosign>",
            "security=",
            ":%2F%2F",
            "://",
            "https:%2F%2Fu:p@",
            "%25",
            "%2525",
            "\\",
            "\\u0025",
            "&amp;",
            "&#x25;",
            "&",
            "@",
            "?sig=",
        ] {
            let long = piece.repeat(LENGTH / piece.len());
            assert!(redacted(&long).len() <= long.len() + 3, "{piece}");
            assert!(secrets.clean_cut(&secrets.clean(&long)).len() <= long.len(), "{piece}");
        }
    }

    #[test]
    fn an_errors_message_and_body_are_cleaned() {
        let error = Error::new(ErrorKind::Http, "bad hush1").with_answer(403, "hush1".into());
        let error = Secrets::new(["hush1"]).clean_error(error);
        assert_eq!((error.message(), error.body()), ("bad ***", "***"));
    }
}
