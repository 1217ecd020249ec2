//! One version of a file: what an answer must say to be a piece of it. Bytes of two versions are never mixed.

#![forbid(unsafe_code)]

use super::Lost;
use crate::error::{Error, ErrorKind, Result};
use crate::http::ResponseStream;

/// The longest ETag in bytes; a longer one is as good as none.
const LONGEST_ETAG: usize = 1024;

/// A file as one answer had it: a strong ETag and the length.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    etag: String,
    length: u64,
}

/// The length of the body, if it is announced.
pub fn length(answer: &ResponseStream) -> Option<u64> {
    answer.header("content-length").and_then(|value| value.parse().ok())
}

impl Version {
    /// The version that an answer brings as a whole. None if nothing proves that another answer has the same
    /// bytes: a weak ETag does not (RFC 9110, 8.8.3).
    pub fn of(answer: &ResponseStream) -> Option<Self> {
        Self::new(answer.header("etag")?, length(answer)?)
    }

    fn new(etag: &str, length: u64) -> Option<Self> {
        let inner = etag.strip_prefix('"')?.strip_suffix('"')?;
        let is_strong =
            etag.len() <= LONGEST_ETAG && inner.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
        is_strong.then(|| Version { etag: etag.to_owned(), length })
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// Asks with `open` for the bytes from `from` to `end`, or to those of the end of the file. Returns the
    /// answer, and how many of its bytes come before them: a service without ranges answers with all.
    pub fn rest(
        &self,
        open: impl FnOnce(&[(String, String)]) -> Result<ResponseStream>,
        from: u64,
        end: Option<u64>,
    ) -> std::result::Result<(ResponseStream, u64), Lost> {
        let last = end.map_or_else(String::new, |end| end.saturating_sub(1).to_string());
        let headers = [
            ("range".to_owned(), format!("bytes={from}-{last}")),
            ("if-range".to_owned(), self.etag.clone()),
        ];
        let asked = Asked { version: self, from, end };
        match open(&headers) {
            Ok(answer) => {
                let unwanted = asked.check(&Said::of(&answer))?;
                Ok((answer, unwanted))
            }
            Err(error) if error.http_status() == 416 => Err(Lost::NoRanges(asked.explain(error))),
            Err(error) => Err(error.into()),
        }
    }
}

/// A range of a version.
struct Asked<'a> {
    version: &'a Version,
    from: u64,
    end: Option<u64>,
}

/// The head of an answer to that.
#[derive(Clone, Copy)]
struct Said<'a> {
    status: u16,
    etag: Option<&'a str>,
    content_range: Option<&'a str>,
    length: Option<u64>,
}

impl<'a> Said<'a> {
    fn of(answer: &'a ResponseStream) -> Self {
        Said {
            status: answer.status(),
            etag: answer.header("etag"),
            content_range: answer.header("content-range"),
            length: length(answer),
        }
    }
}

impl Asked<'_> {
    /// How many bytes the answer has before those that were asked for. An error unless they are those, of the
    /// same version.
    fn check(&self, said: &Said<'_>) -> std::result::Result<u64, Lost> {
        let Version { etag, length } = self.version;
        let is_same = said.etag == Some(etag);
        let refused = |what: String| {
            let error = Error::new(ErrorKind::Protocol, what).with_answer(said.status, String::new());
            Err(Lost::NoRanges(self.explain(error)))
        };
        match said.status {
            // One who wants the end of the file skips what comes before.
            200 if is_same && said.length == Some(*length) => match self.end {
                None => Ok(self.from),
                Some(_) => refused("the service answered with the whole file".to_owned()),
            },
            200 => Err(changed()),
            206 if said.etag.is_some() && !is_same => Err(changed()),
            206 => {
                let end = self.end.unwrap_or(*length);
                let range = format!("bytes {}-{}/{length}", self.from, end.saturating_sub(1));
                let what = if !is_same {
                    "has no ETag".to_owned()
                } else if said.content_range.is_none_or(|said| !is_range(said, &range)) {
                    format!("has the Content-Range {:?}", said.content_range.unwrap_or_default())
                } else if said.length.is_some_and(|said| said != end - self.from) {
                    format!("has {} bytes", said.length.unwrap_or_default())
                } else {
                    return Ok(0);
                };
                refused(format!("the service answered with a part of the file that {what}"))
            }
            status => refused(format!("the service answered with status {status}, which brings no file")),
        }
    }

    fn explain(&self, error: Error) -> Error {
        let Asked { version: Version { length, .. }, from, end } = self;
        let last = end.unwrap_or(*length).saturating_sub(1);
        error.map_message(|message| format!("{message} (asked for the bytes {from}-{last} of {length})"))
    }
}

/// Whether a `Content-Range` is this one. The unit is in any case (RFC 9110, 14.1).
fn is_range(said: &str, range: &str) -> bool {
    said.trim().eq_ignore_ascii_case(range)
}

fn changed() -> Lost {
    let text = "the file was changed while it was downloaded; download it again";
    Lost::Changed(Error::new(ErrorKind::FileChanged, text).with_retryable(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version() -> Version {
        Version::new("\"a\"", 100).expect("a strong ETag")
    }

    #[test]
    fn only_a_strong_etag_makes_a_version() {
        for etag in ["\"a\"", "\"\"", "\"9b2cf535f27731c974343645a3985328-3\"", "\"W/a\""] {
            assert!(Version::new(etag, 1).is_some(), "{etag}");
        }
        let long = format!("\"{}\"", "a".repeat(LONGEST_ETAG));
        for etag in ["", "a", "\"", "W/\"a\"", "w/\"a\"", "\"a", "a\"", "\"a\", \"b\"", "\"a b\"", &long] {
            assert!(Version::new(etag, 1).is_none(), "{etag}");
        }
    }

    const RANGE: Said<'static> =
        Said { status: 206, etag: Some("\"a\""), content_range: Some("bytes 10-19/100"), length: Some(10) };

    fn check(said: Said<'_>, end: Option<u64>) -> std::result::Result<u64, &'static str> {
        let version = version();
        Asked { version: &version, from: 10, end }.check(&said).map_err(|lost| match lost {
            Lost::Changed(_) => "changed",
            Lost::NoRanges(_) => "no ranges",
            Lost::Attempt(_) | Lost::Failed(_) => "error",
        })
    }

    #[test]
    fn a_range_is_taken_only_if_it_is_exactly_the_one_that_was_asked_for() {
        assert_eq!(check(RANGE, Some(20)), Ok(0));
        assert_eq!(check(Said { length: None, ..RANGE }, Some(20)), Ok(0));
        assert_eq!(check(Said { content_range: Some("Bytes 10-19/100"), ..RANGE }, Some(20)), Ok(0));
        for range in
            ["bytes 10-18/100", "bytes 9-19/100", "bytes 10-19/101", "bytes 10-19/*", "10-19/100", ""]
        {
            let said = Said { content_range: Some(range), ..RANGE };
            assert_eq!(check(said, Some(20)), Err("no ranges"), "{range}");
        }
        assert_eq!(check(Said { content_range: None, ..RANGE }, Some(20)), Err("no ranges"));
        assert_eq!(check(Said { length: Some(9), ..RANGE }, Some(20)), Err("no ranges"));
        assert_eq!(check(Said { etag: None, ..RANGE }, Some(20)), Err("no ranges"));
        for etag in ["\"b\"", "W/\"a\"", "a"] {
            assert_eq!(check(Said { etag: Some(etag), ..RANGE }, Some(20)), Err("changed"), "{etag}");
        }
        let rest = Said { content_range: Some("bytes 10-99/100"), length: Some(90), ..RANGE };
        assert_eq!((check(rest, None), check(rest, Some(20))), (Ok(0), Err("no ranges")));
        assert_eq!(check(Said { status: 204, ..RANGE }, Some(20)), Err("no ranges"));
    }

    #[test]
    fn a_whole_file_in_place_of_a_range_is_another_one_or_tells_that_there_are_no_ranges() {
        let whole = Said { status: 200, content_range: None, length: Some(100), ..RANGE };
        assert_eq!((check(whole, None), check(whole, Some(20))), (Ok(10), Err("no ranges")));
        for other in [
            Said { etag: Some("\"b\""), ..whole },
            Said { etag: None, ..whole },
            Said { length: Some(101), ..whole },
            Said { length: None, ..whole },
        ] {
            assert_eq!((check(other, None), check(other, Some(20))), (Err("changed"), Err("changed")));
        }
    }
}
