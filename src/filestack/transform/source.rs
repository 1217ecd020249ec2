//! What a chain starts from.

use std::fmt;

use super::{LONGEST_CHAIN, encode};
use crate::error::{Error, Result};
use crate::filestack::address::{quoted, shown_source};
use crate::filestack::filelink::is_handle;

/// The last element of a transformation's URL (`specs/filestack.md` 0.2, 5.11).
#[derive(Clone)]
pub struct TransformSource {
    /// As it was given, with room behind it for the tasks of most chains.
    pub(super) text: String,
    /// How it stands in a URL, where that is not how it was given.
    pub(super) encoded: Option<String>,
    pub(super) handle: bool,
}

impl fmt::Debug for TransformSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TransformSource").field(&shown_source(&self.text)).finish()
    }
}

/// For the tasks of a chain, in bytes.
const ROOM: usize = 192;

/// The longest source, in bytes.
const LONGEST_SOURCE: usize = 64 << 10;

impl TransformSource {
    /// A handle (1 to 128 of `A-Z a-z 0-9 _ -`), an http or https URL, a storage alias `src://alias/path`, or
    /// the result of a workflow `wf://…`. A URL may hold sequences such as `%20`; what else a path cannot
    /// carry is encoded, its question mark included.
    ///
    /// Fails with `InvalidArgument` for anything else, and for more than 64 KiB.
    #[inline]
    pub fn parse(text: &str) -> Result<Self> {
        if is_handle(text) {
            return Ok(TransformSource { text: with_room(text), encoded: None, handle: true });
        }
        Self::parse_other(text)
    }

    fn parse_other(text: &str) -> Result<Self> {
        if text.len() > LONGEST_SOURCE {
            let text = format!("source has {} bytes, at most {LONGEST_SOURCE} are allowed", text.len());
            return Err(Error::invalid_argument(text));
        }
        if !is_file(text) && !has_scheme(text, "wf://") {
            return Err(Error::invalid_argument(format!(
                "source {} is neither a handle (1 to 128 letters, digits, - and _), an http or https URL, \
                 nor src://alias/path",
                quoted(text)
            )));
        }
        let encoded = (!encode::is_clean(text)).then(|| {
            let mut out = String::with_capacity(text.len() + 16);
            encode::push_url(&mut out, text);
            out
        });
        Ok(TransformSource { text: with_room(text), encoded, handle: false })
    }

    /// Several files at once, for the tasks `zip`, `animate`, `collage` and `pdfcreate`. Each is what
    /// [`TransformSource::parse`] takes.
    ///
    /// Fails with `InvalidArgument` for an empty list, and for one of more than 1 MiB, too.
    pub fn list(sources: &[&str]) -> Result<Self> {
        if sources.is_empty() {
            return Err(Error::invalid_argument("sources is empty: a list has at least one"));
        }
        let (mut text, mut encoded) = (String::from("["), String::from("%5B"));
        for (index, source) in sources.iter().enumerate() {
            let source = TransformSource::parse(source)?;
            if index > 0 {
                text.push(',');
                encoded.push(',');
            }
            // A comma or a slash inside an element is told from those around it by double quotes.
            if source.handle {
                text.push_str(&source.text);
                encoded.push_str(&source.text);
            } else {
                text.extend(["\"", &source.text, "\""]);
                // One inside is encoded twice, or it would end the element.
                encoded.extend(["%22", &source.element().replace("%22", "%2522"), "%22"]);
            }
            if encoded.len() > LONGEST_CHAIN {
                return Err(Error::invalid_argument("sources have more than 1 MiB in all"));
            }
        }
        text.push(']');
        encoded.push_str("%5D");
        Ok(TransformSource { text, encoded: Some(encoded), handle: false })
    }

    /// No source, for the tasks `text_sentiment` and `workflow_status`.
    pub fn none() -> Self {
        TransformSource { text: String::new(), encoded: None, handle: false }
    }

    /// The source as it stands in a URL.
    fn element(&self) -> &str {
        self.encoded.as_deref().unwrap_or(&self.text)
    }
}

fn with_room(text: &str) -> String {
    let mut own = String::with_capacity(text.len() + ROOM);
    own.push_str(text);
    own
}

/// Whether this names one file: a handle, a URL or a storage alias.
pub(super) fn is_file(text: &str) -> bool {
    is_handle(text) || is_url(text) || has_scheme(text, "src://")
}

pub(super) fn is_url(text: &str) -> bool {
    has_scheme(text, "http://") || has_scheme(text, "https://")
}

fn has_scheme(text: &str, scheme: &str) -> bool {
    text.len() > scheme.len()
        && text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        && !text.bytes().any(|byte| byte.is_ascii_control())
}
