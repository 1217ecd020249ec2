//! A file as a request body, as it is or in a multipart form. The file is streamed; only the lines around it
//! are in memory.

#![forbid(unsafe_code)]

use std::io::{Cursor, Read};

use super::source::Source;
use crate::error::Result;
use crate::http::check_header;
use crate::random;

/// A file as the body of a request.
#[derive(Debug)]
pub struct FileBody<'a> {
    source: &'a Source<'a>,
    head: String,
    tail: String,
    content_type: String,
}

impl<'a> FileBody<'a> {
    /// The bytes alone.
    pub fn plain(source: &'a Source<'a>, mimetype: &str) -> Self {
        FileBody { source, head: String::new(), tail: String::new(), content_type: mimetype.to_owned() }
    }

    /// A multipart form with one field.
    pub fn form(field: &str, source: &'a Source<'a>, filename: &str) -> Result<Self> {
        check_header("filename", filename)?;
        let boundary = random::word(32);
        let name = filename.replace('\\', "\\\\").replace('"', "%22");
        let kind = mime_guess::from_path(filename).first_or_octet_stream();
        let head = format!(
            "--{boundary}\r\n\
             Content-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n\r\n"
        );
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Ok(FileBody { source, head, tail: format!("\r\n--{boundary}--\r\n"), content_type })
    }

    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Bytes of the file, without its frame.
    pub fn file_len(&self) -> u64 {
        self.source.len()
    }

    /// Bytes of the body.
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> u64 {
        self.head.len() as u64 + self.source.len() + self.tail.len() as u64
    }

    pub fn reader(&self) -> impl Read {
        Cursor::new(&self.head).chain(self.source.reader(0, self.source.len())).chain(Cursor::new(&self.tail))
    }

    /// Returns `FileChanged` if the file has changed.
    pub fn check_unchanged(&self) -> Result<()> {
        self.source.check_unchanged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_what_is_read() {
        let source = Source::Bytes(b"hello");
        let form = FileBody::form("file", &source, "a\"b.png").expect("a form");
        let mut text = String::new();
        form.reader().read_to_string(&mut text).expect("read");
        assert_eq!(form.len(), text.len() as u64);
        assert!(
            text.contains("filename=\"a%22b.png\"\r\nContent-Type: image/png\r\n\r\nhello\r\n--"),
            "{text}"
        );
        assert!(FileBody::form("file", &source, "a\nb").is_err());
    }
}
