//! The files of one upload: the video's, and those that belong to it.

use serde_json::Value;

use super::resources::{base_name, check_not_empty};
use crate::error::{Error, Result};
use crate::http::check_header;
use crate::json;
use crate::transfer::source::Source;

/// A file of the upload.
#[derive(Debug)]
pub(super) struct Extra {
    pub name: String,
    /// None for the video itself.
    pub tag: Option<String>,
    pub path: String,
    pub source: Source<'static>,
}

impl Extra {
    pub fn open(tag: Option<String>, path: &str, name: Option<&str>) -> Result<Self> {
        let source = Source::open(path)?;
        check_not_empty(&source, path)?;
        let name = match name {
            Some("") => {
                return Err(Error::invalid_argument("filename is empty; leave it out for the file's own"));
            }
            Some(name) => name,
            None => base_name(path)?,
        };
        Ok(Extra { name: name.to_owned(), tag, path: path.to_owned(), source })
    }

    /// The service must be told a name, and takes the extension of the video from it.
    pub fn unnamed(source: Source<'static>, name: Option<&str>) -> Result<Self> {
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
            Error::invalid_argument("filename is missing: data without a path has no name of its own")
        })?;
        if source.feed().is_none_or(|feed| feed.size() == Some(0)) {
            check_not_empty(&source, name)?;
        }
        Ok(Extra { name: name.to_owned(), tag: None, path: String::new(), source })
    }
}

/// `{"subtitles": ["a.srt", "b.srt"], "logo": "c.png"}`. Several files under one tag are told apart by a
/// number behind it (`specs/telestream.md` 4.4).
pub(super) fn extra_files(text: &str) -> Result<Vec<Extra>> {
    let refused = |fault: &str| Error::invalid_argument(format!("extra_files {fault}"));
    let parsed = json::parse(text.as_bytes(), |error| refused(&format!("is not JSON: {error}")))?;
    let Value::Object(members) = parsed else {
        return Err(refused("is not a JSON object of paths by tag"));
    };
    let mut files = Vec::new();
    for (tag, paths) in members {
        check_header("a tag of extra_files", &tag)?;
        let paths = match paths {
            Value::Array(paths) => paths,
            one => vec![one],
        };
        let several = paths.len() > 1;
        for (index, path) in paths.iter().enumerate() {
            let path = path
                .as_str()
                .ok_or_else(|| refused(&format!("has something else than paths under {tag}")))?;
            let tag = if several { format!("{tag}.index-{index}") } else { tag.clone() };
            if tag.is_empty() || tag.bytes().any(|byte| !byte.is_ascii_graphic()) {
                return Err(refused(&format!(
                    "has the tag {tag:?}, which must be of ASCII letters, digits and marks"
                )));
            }
            files.push(Extra::open(Some(tag), path, None)?);
        }
    }
    Ok(files)
}
