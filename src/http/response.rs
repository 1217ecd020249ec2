//! What came back: a bounded answer, and the error it stands for when it is not a success.

use std::time::Duration;

use std::io::Read;

use serde_json::Value;
use ureq::Body;
use ureq::http::HeaderMap;

use super::failure::map_io;
use super::redact::Secrets;
use super::{bounds, retry};
use crate::error::{Error, ErrorKind, Result};

/// The largest answer that is read into memory.
pub const LARGEST_ANSWER: u64 = 16 << 20;

/// An answer, its body read completely.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The address of the request as errors show it.
    pub shown: String,
    /// Texts that its errors do not show.
    secrets: Secrets,
}

/// How much of an error page an error keeps.
const KEPT_BODY: usize = 16 * 1024;

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The answer if its status is 2xx, else the error it stands for.
    pub fn success(self) -> Result<Self> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(self.error())
    }

    /// The body as a JSON object; a 200 with anything else is an error too (`specs/filestack.md` 9.1: a bad API key is
    /// answered with status 200 and the text "Invalid Application").
    pub fn json(&self) -> Result<Value> {
        match serde_json::from_slice(&self.body) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(value),
            _ => {
                let text = self.text();
                let start = excerpt(&text);
                Err(Error::new(ErrorKind::Protocol, format!("the answer is not JSON but \"{start}\""))
                    .with_answer(self.status, text))
            }
        }
    }

    /// The beginning of the body as an error keeps it: cleaned of secrets first, then cut.
    pub fn text(&self) -> String {
        let window = KEPT_BODY + self.secrets.longest();
        let (start, is_cut) = match self.body.get(..window) {
            Some(start) => (start, true),
            None => (self.body.as_slice(), false),
        };
        let mut text = self.secrets.clean(&String::from_utf8_lossy(start)).replace('\0', "\u{fffd}");
        // What the cut has left of a secret is at the very end.
        let most = if is_cut { text.len().saturating_sub(self.secrets.longest()) } else { text.len() };
        let mut end = most.min(KEPT_BODY);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }

    /// The error that this answer stands for, whatever its status.
    pub fn error(&self) -> Error {
        let text = self.text();
        let code = xml_element(&text, "Code").unwrap_or_default().to_owned();
        let passing = retry::status_is_passing(self.status) || retry::s3_code_is_passing(&code)
            // An expired storage signature: a new one cures it (`specs/filestack.md` 3.9).
            || (code == "AccessDenied" && text.contains("expired"));
        let message = match self.reason(&text) {
            Some(reason) => format!("HTTP {}: {reason}", self.status),
            None if (300..400).contains(&self.status) => {
                format!("HTTP {}: a redirect, which is not followed here", self.status)
            }
            None => format!("HTTP {}", self.status),
        };
        Error::new(ErrorKind::Http, message)
            .with_answer(self.status, text)
            .with_retryable(passing)
            .with_retry_after(self.retry_after())
    }

    /// The service's own words, from any of the forms it gives them in (`specs/filestack.md` 9.1, `specs/telestream.md` 5.1).
    fn reason(&self, text: &str) -> Option<String> {
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            let words = |name: &str| value.get(name).and_then(Value::as_str);
            if let (Some(class), Some(message)) = (words("error"), words("message")) {
                return Some(format!("{class}: {message}"));
            }
            let error =
                value.get("error").or_else(|| value.get("message")).or_else(|| value.get("detail"))?;
            let inner = error.get("msg").or_else(|| error.get("message")).unwrap_or(error);
            return Some(inner.as_str().map_or_else(|| inner.to_string(), str::to_owned));
        }
        if let Some(code) = xml_element(text, "Code") {
            let message = xml_element(text, "Message").unwrap_or_default();
            return Some(format!("{code}: {message}"));
        }
        let is_page = text.trim_start().starts_with('<');
        (!is_page && !text.trim().is_empty()).then(|| excerpt(text))
    }

    fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }
}

/// An answer whose body is still to be read, by the thread that asked.
pub struct ResponseStream {
    response: ureq::http::Response<Body>,
    shown: String,
    secrets: Secrets,
    _entered: bounds::Entered,
}

impl ResponseStream {
    pub(super) fn new(
        response: ureq::http::Response<Body>,
        shown: String,
        secrets: Secrets,
        entered: bounds::Entered,
    ) -> Self {
        ResponseStream { response, shown, secrets, _entered: entered }
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads some bytes of the body; 0 at its end. A body shorter than its `Content-Length` is an error.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut reader = self.response.body_mut().as_reader();
        reader.read(buffer).map_err(|e| map_io(e).while_doing(&self.shown))
    }

    pub fn read_all(mut self) -> Result<Response> {
        let status = self.status();
        let mut body = Vec::new();
        let mut reader = self.response.body_mut().as_reader().take(LARGEST_ANSWER + 1);
        reader.read_to_end(&mut body).map_err(|e| map_io(e).while_doing(&self.shown))?;
        if body.len() as u64 > LARGEST_ANSWER {
            return Err(Error::new(
                ErrorKind::Protocol,
                format!("{}: the answer is larger than {} MiB", self.shown, LARGEST_ANSWER >> 20),
            ));
        }
        let headers = self.response.headers().clone();
        Ok(Response { status, headers, body, shown: self.shown, secrets: self.secrets })
    }
}

/// The text of the first element of that name.
pub fn xml_element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 200;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
            shown: String::new(),
            secrets: Secrets::default(),
        }
    }

    #[test]
    fn finds_the_reason_in_every_form() {
        let reason =
            |status, body: &str| answer(status, body).success().expect_err("an error").message().to_owned();
        assert_eq!(
            reason(403, r#"{"error": "Invalid App policy", "c": "x"}"#),
            "HTTP 403: Invalid App policy"
        );
        assert_eq!(reason(400, r#"{"result":"error","error":{"code":1,"msg":"bad"}}"#), "HTTP 400: bad");
        assert_eq!(
            reason(403, "<Error><Code>SlowDown</Code><Message>wait</Message></Error>"),
            "HTTP 403: SlowDown: wait"
        );
        assert_eq!(
            reason(404, r#"{"message":"Couldn't find Video with ID=x","error":"RecordNotFound"}"#),
            "HTTP 404: RecordNotFound: Couldn't find Video with ID=x"
        );
        assert_eq!(reason(404, "<html><body>gone</body></html>"), "HTTP 404");
        assert_eq!(reason(400, "invalid\n parameter"), "HTTP 400: invalid parameter");
    }

    #[test]
    fn skew_and_expiry_are_cured_by_another_signature() {
        let passing = |body: &str| answer(403, body).success().expect_err("an error").retryable();
        assert!(passing("<Error><Code>RequestTimeTooSkewed</Code></Error>"));
        assert!(passing("<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"));
        assert!(!passing("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"));
    }

    #[test]
    fn a_success_that_is_not_json_is_an_error() {
        let error = answer(200, "Invalid Application").json().expect_err("not JSON");
        assert_eq!(
            (error.kind(), error.http_status(), error.body()),
            (ErrorKind::Protocol, 200, "Invalid Application")
        );
    }
}
