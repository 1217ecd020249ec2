//! `pdfinfo`: what a PDF says of itself. What the service calls its fields is not known; these are the names
//! of the PDF standard, written as the service writes names.

use bytes::Bytes;
use hayro_syntax::object::DateTime;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf, PdfVersion};
use serde_json::{Value, json};

pub(crate) fn info(bytes: &Bytes) -> Result<Value, String> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| {
        let reason = match error {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => "it has a password",
            LoadPdfError::Decryption(_) => "it is encrypted in a way that is not known",
            LoadPdfError::Invalid => "it is broken, or something else",
        };
        format!("the source is no PDF that can be read: {reason}")
    })?;
    // In points, as they are shown: cropped and turned.
    let sizes: Vec<Value> = pdf
        .pages()
        .iter()
        .map(|page| {
            let (width, height) = page.render_dimensions();
            json!({ "width": width, "height": height })
        })
        .collect();
    let metadata = pdf.metadata();
    Ok(json!({
        "pages": sizes.len(),
        "page_sizes": sizes,
        "version": version(pdf.version()),
        "file_size": bytes.len(),
        "title": metadata.title.as_deref().map(text),
        "author": metadata.author.as_deref().map(text),
        "subject": metadata.subject.as_deref().map(text),
        "keywords": metadata.keywords.as_deref().map(text),
        "creator": metadata.creator.as_deref().map(text),
        "producer": metadata.producer.as_deref().map(text),
        "creation_date": metadata.creation_date.map(date),
        "modification_date": metadata.modification_date.map(date),
    }))
}

fn version(version: PdfVersion) -> &'static str {
    match version {
        PdfVersion::Pdf10 => "1.0",
        PdfVersion::Pdf11 => "1.1",
        PdfVersion::Pdf12 => "1.2",
        PdfVersion::Pdf13 => "1.3",
        PdfVersion::Pdf14 => "1.4",
        PdfVersion::Pdf15 => "1.5",
        PdfVersion::Pdf16 => "1.6",
        PdfVersion::Pdf17 => "1.7",
        PdfVersion::Pdf20 => "2.0",
    }
}

/// UTF-16 or UTF-8 with a mark at the start, else the encoding of PDF, which is nearly Latin-1.
fn text(bytes: &[u8]) -> String {
    if let Some(bytes) = bytes.strip_prefix(b"\xFE\xFF") {
        let units = bytes.chunks(2).map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0xFFFD,
        });
        return char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    }
    match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => bytes.iter().copied().map(char::from).collect(),
    }
}

fn date(date: DateTime) -> String {
    let DateTime { year, month, day, hour, minute, second, .. } = date;
    let sign = if date.utc_offset_hour < 0 { '-' } else { '+' };
    let (hours, minutes) = (date.utc_offset_hour.unsigned_abs(), date.utc_offset_minute);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:{minutes:02}")
}
