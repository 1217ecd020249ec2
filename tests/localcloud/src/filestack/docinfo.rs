//! `output=docinfo:true`: how many pages a document has, and how large they are (6.7).

use std::io::Cursor;
use std::path::Path;

use image::ImageReader;
use serde_json::{Value, json};

use super::deposit::Content;
use super::intelligence;

/// From the fixture `docinfo`, or of a picture, which is a page. `None`: nothing here reads such a document.
pub(super) fn of(fixtures: Option<&Path>, content: &Content) -> Option<Value> {
    let given = fixtures.and_then(|folder| intelligence::fixture(folder, "docinfo", &content.filename));
    given.or_else(|| {
        let reader = ImageReader::new(Cursor::new(&content.bytes)).with_guessed_format().ok()?;
        let (width, height) = reader.into_dimensions().ok()?;
        Some(json!({ "numpages": 1, "dimensions": {"width": width, "height": height} }))
    })
}
