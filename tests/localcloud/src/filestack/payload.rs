//! A request whose body is a file, a form with one, or the URL of one (4.3, 5.5).

use bytes::Bytes;
use hyper::StatusCode;

use super::deposit::Content;
use super::policy::Deed;
use crate::query::{self, Query};
use crate::reply::{self, Step, refuse_text};
use crate::state::State;

pub(crate) struct Payload<'a> {
    pub(crate) query: &'a Query,
    pub(crate) mimetype: &'a str,
    pub(crate) body: Bytes,
}

impl Payload<'_> {
    /// Where to fetch the bytes, if the body is not the bytes.
    pub(super) fn url(&self) -> Option<String> {
        if let Some(url) = self.query.get("url") {
            return Some(url.to_owned());
        }
        if self.mimetype.starts_with("application/x-www-form-urlencoded") {
            return Query::parse(std::str::from_utf8(&self.body).ok()?).get("url").map(str::to_owned);
        }
        let url = field(&self.body, self.boundary()?, "url")?.bytes;
        String::from_utf8(url.to_vec()).ok()
    }

    /// The body, or the field `fileUpload` of a form. Name and type are empty where nothing says them.
    pub(super) fn file(&self) -> Step<Content> {
        if !self.mimetype.starts_with("multipart/form-data") {
            if self.body.is_empty() {
                return refuse_text(StatusCode::BAD_REQUEST, "there is no file in the request");
            }
            let (filename, mimetype) = (String::new(), self.mimetype.to_owned());
            return Ok(Content { bytes: self.body.clone(), filename, mimetype });
        }
        let field = self.boundary().and_then(|boundary| field(&self.body, boundary, "fileUpload"));
        field.map_or_else(|| refuse_text(StatusCode::BAD_REQUEST, "the form has no field `fileUpload`"), Ok)
    }

    pub(super) fn authorise(&self, state: &State, deed: &Deed<'_>) -> Step<()> {
        let given = (self.query.get("policy").unwrap_or(""), self.query.get("signature").unwrap_or(""));
        match state.account.authorise(Some(given), deed) {
            Ok(_) => Ok(()),
            Err(refused) => Err(Box::new(reply::secured(refused.reason()))),
        }
    }

    fn boundary(&self) -> Option<&str> {
        let parts = self.mimetype.strip_prefix("multipart/form-data")?;
        let named = parts.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
        Some(named.trim_matches('"'))
    }
}

/// What is at a URL, and its name there.
pub(super) async fn fetched(state: &State, url: &str) -> Step<Content> {
    let fetched = match state.fetcher.get(url, &[]).await {
        Ok(fetched) => fetched,
        Err(reason) => {
            return refuse_text(StatusCode::BAD_GATEWAY, format!("the source cannot be fetched: {reason}"));
        }
    };
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let filename = query::decode(path.rsplit('/').next().unwrap_or(""));
    Ok(Content { bytes: fetched.body, filename, mimetype: fetched.mimetype.unwrap_or_default() })
}

/// One field of a multipart form, with the name and type of its file.
fn field(body: &Bytes, boundary: &str, name: &str) -> Option<Content> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter has no line before it.
    let mut at = find(body, delimiter.get(2..)?.as_bytes(), 0)?;
    let wanted = format!("name=\"{name}\"");
    loop {
        let head = find(body, b"\r\n", at)? + 2;
        let start = find(body, b"\r\n\r\n", head)? + 4;
        let end = find(body, delimiter.as_bytes(), start - 2)?;
        let headers = String::from_utf8_lossy(body.get(head..start)?).into_owned();
        let header = |name: &str| {
            let named = headers.lines().filter_map(|line| line.split_once(':'));
            named
                .into_iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(name))
                .map_or("", |(_, value)| value.trim())
        };
        let mut words = header("content-disposition").split(';').map(str::trim);
        if words.clone().any(|word| word == wanted) {
            let filename = words.find_map(|word| word.strip_prefix("filename="));
            return Some(Content {
                bytes: body.slice(start..end.max(start)),
                filename: filename.unwrap_or("").trim_matches('"').to_owned(),
                mimetype: header("content-type").to_owned(),
            });
        }
        at = end + 2;
    }
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
    rest.windows(wanted.len()).position(|window| window == wanted).map(|place| from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name() {
        let body = Bytes::from_static(
            b"--B\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; \
              name=\"fileUpload\"; filename=\"a.txt\"\r\nContent-Type: a/b\r\n\r\nhello\r\n--B--\r\n",
        );
        let found = field(&body, "B", "fileUpload").expect("the field");
        assert_eq!(
            (&found.bytes[..], found.filename.as_str(), found.mimetype.as_str()),
            (&b"hello"[..], "a.txt", "a/b")
        );
        assert!(field(&body, "B", "nothing").is_none());
        let empty = Bytes::from_static(
            b"--B\r\nContent-Disposition: form-data; name=\"fileUpload\"\r\n\r\n\r\n--B--\r\n",
        );
        assert!(field(&empty, "B", "fileUpload").expect("the field").bytes.is_empty());
    }
}
