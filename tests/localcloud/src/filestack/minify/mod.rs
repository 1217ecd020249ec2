//! `minify_css` and `minify_js`: comments and blanks go, everything else stays as it was written. Nothing is
//! renamed, joined or computed: tasks that ask for this are refused.

mod css;
mod js;
mod script;

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::chain::Task;
use super::deposit::Content;

pub(crate) const TASKS: &[&str] = &["minify_css", "minify_js"];

/// What a script stays true to without doing anything.
const KEPT: &[&str] = &["keep_fn_name", "keep_class_name"];

/// What is really done.
const DONE: &[&str] = &["gzip", "remove_console", "removeDebugger", "booleans"];

/// The parameter that asks for more than is done here.
pub(crate) fn refused(task: &Task) -> Option<String> {
    let mut params = task.params.iter().map(|(name, _)| name.as_str());
    let name = match task.name.as_str() {
        "minify_css" => params.find(|name| *name == "level" && task.text(name) == Some("2")),
        "minify_js" => params.find(|name| {
            !KEPT.contains(name) && !DONE.contains(name) && (task.flag(name) || *name == "targets")
        }),
        _ => None,
    }?;
    Some(format!("{name}:{}", task.text(name).unwrap_or_default()))
}

/// The error is a sentence for the client.
pub(crate) fn minify(content: &Content, task: &Task) -> Result<Content, String> {
    let source = std::str::from_utf8(&content.bytes)
        .map_err(|error| format!("the source of `{}` is no text in UTF-8: {error}", task.name))?;
    let (small, mimetype) = match task.name.as_str() {
        "minify_css" => (css::minify(source), "text/css"),
        _ => (js::minify(source, task), "text/javascript"),
    };
    let small = small.map_err(|error| format!("the source of `{}` cannot be read: {error}", task.name))?;
    let bytes = if task.flag("gzip") { Bytes::from(gzip(small.as_bytes())) } else { Bytes::from(small) };
    Ok(Content { bytes, filename: content.filename.clone(), mimetype: mimetype.to_owned() })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Nothing can go wrong in memory.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// The number of the line at a place, for errors.
fn line(source: &str, at: usize) -> usize {
    source.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
