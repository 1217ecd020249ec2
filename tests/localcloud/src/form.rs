//! Bodies that are forms: multipart and urlencoded.

use std::sync::LazyLock;

use bytes::Bytes;
use regex_lite::Regex;

use crate::query::{self, Query};

/// One field of a multipart form.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    /// Empty where nothing says it.
    pub(crate) mimetype: String,
    pub(crate) bytes: Bytes,
}

/// The boundary that a Content-Type names.
pub(crate) fn boundary(mimetype: &str) -> Option<&str> {
    let named = mimetype.strip_prefix("multipart/form-data")?;
    let found = named.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    Some(found.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

fn is_urlencoded(mimetype: &str) -> bool {
    mimetype.starts_with("application/x-www-form-urlencoded")
}

/// Whether a Content-Type is that of a form.
pub(crate) fn is_form(mimetype: &str) -> bool {
    is_urlencoded(mimetype) || boundary(mimetype).is_some()
}

/// The fields of a form of either kind that are text; files are left out. `None`: the body is no form.
pub(crate) fn texts(mimetype: &str, body: &Bytes) -> Option<Query> {
    if is_urlencoded(mimetype) {
        return Some(Query::parse(std::str::from_utf8(body).ok()?));
    }
    let fields = fields(body, boundary(mimetype)?)?.into_iter().filter(|field| field.filename.is_none());
    Some(fields.map(|field| (field.name, String::from_utf8_lossy(&field.bytes).into_owned())).collect())
}

/// All fields of a multipart form; `None` if it is none, or is cut off.
pub(crate) fn fields(body: &Bytes, boundary: &str) -> Option<Vec<Field>> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter has no line before it.
    let mut at = find(body, delimiter.get(2..)?.as_bytes(), 0)? + boundary.len() + 2;
    let mut fields = Vec::new();
    while !body.get(at..)?.starts_with(b"--") {
        let head = find(body, b"\r\n", at)? + 2;
        let start = find(body, b"\r\n\r\n", head)? + 4;
        // A field may be empty: then the line that its delimiter begins with is that of the head.
        let end = find(body, delimiter.as_bytes(), start - 2)?;
        let headers = String::from_utf8_lossy(body.get(head..start)?).into_owned();
        let (name, filename) = disposition(&headers)?;
        let mimetype = header(&headers, "content-type").unwrap_or("").to_owned();
        fields.push(Field { name, filename, mimetype, bytes: body.slice(start..end.max(start)) });
        at = end + delimiter.len();
    }
    Some(fields)
}

fn header<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    let mut named = headers.lines().filter_map(|line| line.split_once(':'));
    named.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Name and file name of a part, from its headers.
pub(crate) fn disposition(headers: &str) -> Option<(String, Option<String>)> {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?i)[;\s]name="?([^";\r\n]*)"?"#).ok());
    static FILENAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?i)[;\s]filename="([^"\r\n]*)""#).ok());
    static EXTENDED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)[;\s]filename\*=utf-8''([^;\s]+)").ok());
    let value = header(headers, "content-disposition")?;
    let first = |regex: &Option<Regex>| Some(regex.as_ref()?.captures(value)?.get(1)?.as_str().to_owned());
    let filename = first(&EXTENDED).map(|name| query::decode(&name)).or_else(|| first(&FILENAME));
    Some((first(&NAME)?, filename))
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
    rest.windows(wanted.len()).position(|window| window == wanted).map(|place| from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_clients_write_them() {
        let head = |text: &str| disposition(&format!("Content-Disposition: form-data; {text}\r\nX: y"));
        let file = |name: &str| Some(("file".to_owned(), Some(name.to_owned())));
        assert_eq!(head("name=\"file\"; filename=\"a; b ż.mp4\""), file("a; b ż.mp4"));
        assert_eq!(head("name=\"file\"; filename*=utf-8''%C5%BC.mp4"), file("ż.mp4"));
        assert_eq!(head("filename=\"x.mp4\"; name=\"file\""), file("x.mp4"));
        assert_eq!(head("name=\"payload\""), Some(("payload".to_owned(), None)));
        assert_eq!(disposition("X: y"), None);
        assert_eq!(boundary("multipart/form-data; boundary=\"a b\""), Some("a b"));
        assert_eq!(boundary("application/json"), None);
    }

    #[test]
    fn fields_are_found_with_their_bytes_and_empty_ones_too() {
        let body = Bytes::from_static(
            b"--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Length: 1\r\n\r\nx\r\n\
              --B\r\nContent-Disposition: form-data; name=\"files\"; filename=\"f.txt\"\r\n\
              Content-Type: a/b\r\n\r\n\r\n\
              --B\r\nContent-Disposition: form-data; name=\"none\"\r\n\r\n\r\n--B--\r\n",
        );
        let found = fields(&body, "B").expect("a form");
        let found: Vec<_> = found
            .iter()
            .map(|field| {
                (field.name.as_str(), field.filename.as_deref(), &field.mimetype[..], &field.bytes[..])
            })
            .collect();
        let expected: [(&str, Option<&str>, &str, &[u8]); 3] =
            [("a", None, "", b"x"), ("files", Some("f.txt"), "a/b", b""), ("none", None, "", b"")];
        assert_eq!(found, expected);
        let texts = texts("multipart/form-data; boundary=B", &body).expect("a form");
        assert_eq!(texts.iter().collect::<Vec<_>>(), [("a", "x"), ("none", "")]);
        assert!(fields(&body.slice(..body.len() - 9), "B").is_none(), "it is cut off");
        assert!(fields(&body, "C").is_none());
    }
}
