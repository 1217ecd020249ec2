//! An answer: whole or unread, and the error it stands for if it is not a success.

use std::fmt;
use std::io::Read;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use ureq::Body;
use ureq::http::{HeaderMap, Method, Version};

use super::event::Watch;
use super::failure::map_io;
use super::json::{check_bounds, parse_json};
use super::request::Address;
use super::{bounds, exchange, redirect, retry};
use crate::error::{Error, ErrorKind, KEPT_BODY, Result, excerpt};
use crate::{json, memory};

/// The largest answer that is read into memory.
pub const LARGEST_ANSWER: u64 = 16 << 20;

/// An answer, its body read completely.
pub struct Response {
    pub status: u16,
    /// Several values of one name are in the order in which they came.
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    method: Method,
    address: Address,
}

/// Without headers and body: both can carry credentials.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("address", &self.shown())
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Response {
    /// The first header of that name, in any case, if it is a text in ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The address that answered, after redirects, as people may read it.
    pub fn shown(&self) -> String {
        self.address.shown()
    }

    /// The answer if its status is 2xx, else the error it stands for.
    pub fn success(self) -> Result<Self> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(self.error())
    }

    /// The body as a JSON object or list; anything else is a `Protocol` error, whatever the status: a bad API
    /// key is answered with status 200 and the text "Invalid Application" (`specs/filestack.md` 9.1). At most
    /// 200,000 values, nested at most 127 deep.
    pub fn json(&self) -> Result<Value> {
        let failed = |error: Error| error.with_answer(self.status, self.text());
        let none = || {
            let text = format!("the answer is not JSON but \"{}\"", quoted(&self.text()));
            Error::new(ErrorKind::Protocol, text)
        };
        check_bounds(&self.body).map_err(failed)?;
        match json::parse(&self.body, |_| none()).map_err(failed)? {
            value @ (Value::Object(_) | Value::Array(_)) => Ok(value),
            _ => {
                let text = format!("the answer is JSON, but no object or list: {}", quoted(&self.text()));
                Err(failed(Error::new(ErrorKind::Protocol, text)))
            }
        }
    }

    /// The beginning of the body without secrets, for errors; empty if the body is compressed.
    pub fn text(&self) -> String {
        if self.encoding().is_some() {
            return String::new();
        }
        let secrets = self.address.secrets();
        match self.body.get(..KEPT_BODY).filter(|start| start.len() < self.body.len()) {
            // The cut may have left half a character.
            Some(start) => secrets.clean_cut(String::from_utf8_lossy(start).trim_end_matches('\u{fffd}')),
            None => secrets.clean(&String::from_utf8_lossy(&self.body)),
        }
    }

    /// The error that this answer stands for, whatever its status.
    pub fn error(&self) -> Error {
        let text = self.text();
        let code = xml_element(&text, "Code").unwrap_or_default().to_owned();
        let passing = retry::status_is_passing(self.status) || retry::s3_code_is_passing(&code)
            // An expired storage signature: a new one cures it (`specs/filestack.md` 3.9).
            || (code == "AccessDenied" && text.contains("expired"));
        let mut message = format!("HTTP {}", self.status);
        if let Some(reason) = self.reason(&text) {
            message.push_str(": ");
            message.push_str(&reason);
        }
        if redirect::is_redirect(self.status) {
            let to = redirect::target(self.address.url(), &self.headers);
            let to = to.map_or("nowhere".into(), |url| self.address.moved(url).shown());
            message.push_str(&format!(": a redirect to {to}, which a {} does not follow", self.method));
        }
        let error = Error::new(ErrorKind::Http, message)
            .with_answer(self.status, text)
            .with_retryable(passing)
            .with_retry_after(self.retry_after());
        // A reason is decoded: pieces that nothing joined in the body may be a secret now.
        self.address.secrets().clean_error(error)
    }

    /// The service's own words, in whichever form it gives them (`specs/filestack.md` 9.1,
    /// `specs/telestream.md` 5.1).
    fn reason(&self, text: &str) -> Option<String> {
        if let Ok(value) = parse_json(text.as_bytes()) {
            let words = |name: &str| value.get(name).and_then(Value::as_str);
            for more in ["message", "reason"] {
                if let (Some(class), Some(message)) = (words("error"), words(more)) {
                    return Some(quoted(&format!("{class}: {message}")));
                }
            }
            let error =
                value.get("error").or_else(|| value.get("message")).or_else(|| value.get("detail"))?;
            let inner = error.get("msg").or_else(|| error.get("message")).unwrap_or(error);
            return Some(quoted(&inner.as_str().map_or_else(|| inner.to_string(), str::to_owned)));
        }
        if let Some(code) = xml_element(text, "Code") {
            let message = xml_element(text, "Message").unwrap_or_default();
            return Some(quoted(&format!("{code}: {message}")));
        }
        let is_page = text.trim_start().starts_with('<');
        (!is_page && !text.trim().is_empty()).then(|| quoted(text))
    }

    /// The pause that the service asks for, in seconds or until a date (RFC 9110, 10.2.3). A date is measured
    /// against the answer's own `Date`, so that a wrong clock here does not matter.
    fn retry_after(&self) -> Option<Duration> {
        let asked = self.header("retry-after")?.trim();
        if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(asked.parse().map_or(Duration::MAX, Duration::from_secs));
        }
        let until = httpdate::parse_http_date(asked).ok()?;
        let now = self.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        Some(until.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
    }

    /// The encoding of the body if it has one, though none was accepted.
    fn encoding(&self) -> Option<&str> {
        encoding(&self.headers)
    }
}

/// How the body is encoded, if it is: nobody asked for that. A transfer may be chunked.
fn encoding(headers: &HeaderMap) -> Option<&str> {
    let encodings = |name: &str| headers.get_all(name).into_iter().map(|v| v.to_str().unwrap_or("something"));
    let of_content = encodings("content-encoding").flat_map(|list| list.split(','));
    let of_transfer = encodings("transfer-encoding").flat_map(|list| list.split(','));
    let of_transfer = of_transfer.filter(|name| !name.trim().eq_ignore_ascii_case("chunked"));
    let is_other = |name: &&str| !name.is_empty() && !name.eq_ignore_ascii_case("identity");
    of_content.chain(of_transfer).map(str::trim).find(is_other)
}

/// Why the body cannot be taken out of its frame, if so. HTTP/1.0 has no chunks (RFC 9112, 6.1), so that ureq
/// would take what frames them for the body, and of chunks in chunks it takes one frame away.
fn frame_fault(response: &ureq::http::Response<Body>) -> Option<&'static str> {
    let values = response.headers().get_all("transfer-encoding").into_iter();
    let names = values.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    match names.filter(|name| name.trim().eq_ignore_ascii_case("chunked")).count() {
        0 => None,
        1 if response.version() != Version::HTTP_10 => None,
        1 => Some("comes in chunks, which HTTP/1.0 does not have"),
        _ => Some("is said to be in chunks twice"),
    }
}

/// An answer whose body is still to be read, by the thread that asked.
pub struct ResponseStream {
    response: ureq::http::Response<Body>,
    method: Method,
    address: Address,
    watch: Watch,
    // Dropped after it.
    _entered: bounds::Entered,
}

impl ResponseStream {
    /// Returns a `Protocol` error for a success that is compressed, which would have to be decoded to be what
    /// was asked for, and for one whose frame is no frame.
    pub(super) fn new(
        response: ureq::http::Response<Body>,
        method: Method,
        address: Address,
        // Parameters are dropped last to first: the watch reads the exchange when it ends.
        entered: bounds::Entered,
        watch: Watch,
    ) -> Result<Self> {
        if response.status().is_success() && method != Method::HEAD {
            let encoded =
                |name| format!("the answer is encoded ({name}) though the request accepts no encoding");
            let fault = encoding(response.headers()).map(encoded);
            let fault = fault.or_else(|| frame_fault(&response).map(|fault| format!("the answer {fault}")));
            if let Some(fault) = fault {
                let error = Error::new(ErrorKind::Protocol, fault);
                watch.failed(&error);
                return Err(address.explain(error.with_answer(response.status().as_u16(), String::new())));
            }
        }
        Ok(ResponseStream { response, method, address, watch, _entered: entered })
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The first header of that name, in any case, if it is a text in ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads some bytes of the body; 0 at its end. A body shorter than its `Content-Length` is an error.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut reader = self.response.body_mut().as_reader();
        let count = reader.read(buffer).map_err(|error| self.failed(map_io(error)))?;
        match count {
            0 => self.watch.ended(),
            _ => exchange::bears(),
        }
        Ok(count)
    }

    /// The rest of the body is not needed, which is no failure.
    pub fn leave(self) {
        self.watch.ended();
    }

    /// Reads the whole body; at most 16 MiB.
    pub fn read_all(mut self) -> Result<Response> {
        let status = self.status();
        let mut body = Vec::new();
        let mut buffer = [0; 8 << 10];
        loop {
            let count = self.read(&mut buffer)?;
            let Some(bytes @ [_, ..]) = buffer.get(..count) else { break };
            if (body.len() + count) as u64 > LARGEST_ANSWER {
                let text = format!("the answer is larger than {} MiB", LARGEST_ANSWER >> 20);
                return Err(self.failed(Error::new(ErrorKind::Protocol, text)));
            }
            memory::append(&mut body, bytes, "the answer").map_err(|error| self.failed(error))?;
        }
        let headers = std::mem::take(self.response.headers_mut());
        let response = Response { status, headers, body, method: self.method, address: self.address };
        self.watch.judge(|| (!(200..300).contains(&status)).then(|| response.error()));
        Ok(response)
    }

    fn failed(&self, error: Error) -> Error {
        self.watch.failed(&error);
        self.address.explain(error)
    }
}

/// The text of the first element of that name.
pub fn xml_element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// The beginning of a service's text, whose runs of white space are each a space.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 200;
    excerpt(&text.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Secrets;

    fn answer(status: u16, body: &str) -> Response {
        let address = Address::new("https://h/".into(), None, Secrets::default());
        Response { status, headers: HeaderMap::new(), body: body.into(), method: Method::GET, address }
    }

    #[test]
    fn finds_the_reason_in_every_form() {
        let reason =
            |status, body: &str| answer(status, body).success().expect_err("an error").message().to_owned();
        assert_eq!(
            reason(403, r#"{"error": "Invalid App policy", "c": "x"}"#),
            "HTTP 403: Invalid App policy"
        );
        assert_eq!(
            reason(403, r#"{"error": "Invalid App policy", "reason": "the policy expired"}"#),
            "HTTP 403: Invalid App policy: the policy expired"
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
    fn a_single_value_is_json_but_no_answer() {
        for body in ["null", "5", "\"x\"", "true"] {
            let error = answer(200, body).json().expect_err(body);
            assert_eq!((error.kind(), error.body()), (ErrorKind::Protocol, body));
            assert_eq!(error.message(), format!("the answer is JSON, but no object or list: {body}"));
        }
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
