//! `output=docinfo:true`: how many pages a document has, and how large they are (6.7).

use std::io::Cursor;
use std::path::Path;

use image::ImageReader;
use serde_json::{Value, json};

use super::deposit::Content;
use super::{intelligence, pdf};

/// From the fixture `docinfo`, or of a PDF, or of a picture, which is a page. `None`: nothing here reads such
/// a document.
pub(super) fn of(fixtures: Option<&Path>, content: &Content) -> Option<Value> {
    let given = fixtures.and_then(|folder| intelligence::fixture(folder, "docinfo", &content.filename));
    given.or_else(|| pages(content)).or_else(|| {
        let reader = ImageReader::new(Cursor::new(&content.bytes)).with_guessed_format().ok()?;
        let (width, height) = reader.into_dimensions().ok()?;
        Some(json!({ "numpages": 1, "dimensions": {"width": width, "height": height} }))
    })
}

fn pages(content: &Content) -> Option<Value> {
    let info = pdf::info(&content.bytes).ok()?;
    Some(json!({ "numpages": info["pages"], "dimensions": info["page_sizes"].get(0)? }))
}
