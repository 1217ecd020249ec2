//! An upload session as the service has opened it. Its address is all that its requests need, and so a secret.

use std::collections::BTreeMap;

use crate::http::{Method, Uri};
use serde_json::Value;

use super::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Payload, Request, Response, Secrets};
use crate::transfer::context::TransferContext;
use crate::transfer::plan::Plan;

/// All there is to know to go on.
#[derive(Debug, Clone)]
pub(super) struct UploadSession {
    pub location: String,
    /// Whether it takes parts; else it takes ranges.
    pub parts: bool,
    pub max_connections: Option<usize>,
    /// The parts of every file, the video's first.
    pub tracks: Vec<Track>,
    /// The video, once an answer has told it; JSON's null before.
    pub video: Value,
}

/// One file of a session.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub tag: Option<String>,
    pub plan: Plan,
}

/// Bytes of a range where the service does not say how long parts are (`specs/telestream.md` 4.3).
pub(super) const RANGE: u64 = 5 << 20;

impl UploadSession {
    /// `files` are tags and sizes, the video's first.
    pub fn new(answer: &Value, files: &[(Option<&str>, u64)]) -> Result<Self> {
        let malformed = |fault: String| {
            let text = format!("the answer to the opening of the session {fault}");
            Error::new(ErrorKind::Protocol, text).with_answer(200, redacted(answer))
        };
        let location = answer.get("location").and_then(Value::as_str).unwrap_or_default();
        check_location(location).map_err(|()| malformed("names no http or https location".into()))?;
        let parts = answer.get("parts").is_some() && answer.get("part_size").is_some();
        let mut tracks = Vec::new();
        for &(tag, size) in files {
            let own = match tag {
                None => Some(answer),
                Some(tag) => answer.get("extra_files").and_then(|extra| extra.get(tag)),
            };
            let name = tag.unwrap_or("the video");
            let plan = if parts {
                let own = own.ok_or_else(|| malformed(format!("does not have {name}")))?;
                let (count, length) = (number(own, "parts"), number(own, "part_size"));
                match (count, length.filter(|length| *length > 0)) {
                    (Some(count), Some(length))
                        if count == size.div_ceil(length) && u32::try_from(count).is_ok() =>
                    {
                        Plan::new(size, length)
                    }
                    _ => {
                        return Err(malformed(format!(
                            "cuts {name} into {count:?} parts of {length:?} bytes, which are not its {size} bytes"
                        )));
                    }
                }
            } else if tag.is_none() {
                Plan::new(size, RANGE)
            } else {
                return Err(malformed("offers no parts, which extra files need".into()));
            };
            tracks.push(Track { tag: tag.map(str::to_owned), plan });
        }
        let max_connections = number(answer, "max_connections").filter(|most| *most > 0);
        let max_connections = max_connections.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        Ok(UploadSession {
            location: location.to_owned(),
            parts,
            max_connections,
            tracks,
            video: Value::Null,
        })
    }

    pub fn request(&self, method: Method) -> Request<'static> {
        request(method, &self.location)
    }

    /// Sends one request to the session; the answer if it is a success.
    pub fn ask(
        &self,
        client: &Client,
        context: &TransferContext<'_>,
        request: Request<'_>,
    ) -> Result<Response> {
        ask(client, context, request, &self.location)
    }
}

/// An empty request to a session.
pub(super) fn request(method: Method, location: &str) -> Request<'static> {
    let empty =
        if matches!(method, Method::POST | Method::PUT) { Payload::Bytes(&[]) } else { Payload::None };
    Request {
        method,
        url: location.to_owned(),
        headers: Vec::new(),
        body: empty,
        shown: None,
        secrets: Secrets::default(),
    }
}

/// Sends a request to the session at `location`, which no error shows; the answer if it is a success.
pub(super) fn ask(
    client: &Client,
    context: &TransferContext<'_>,
    mut request: Request<'_>,
    location: &str,
) -> Result<Response> {
    request.headers.push(("user-agent".into(), client.http.product().into()));
    client
        .http
        .send(request, &context.bounds)
        .and_then(Response::success)
        .map_err(|error| hidden(error, location))
}

/// The error without the session's address.
pub(super) fn hidden(error: Error, location: &str) -> Error {
    let query = location.split_once('?').map_or("", |(_, query)| query);
    // A short id would be found in everything.
    let id = query.rsplit_once('=').map(|(_, id)| id).filter(|id| id.len() >= 8).unwrap_or_default();
    Secrets::new([location, query, id]).clean_error(error)
}

/// The service may name a plain http address: it has no other for its upload hosts (`specs/telestream.md` 4.2).
pub(super) fn check_location(location: &str) -> std::result::Result<(), ()> {
    let uri: Option<Uri> = location.parse().ok();
    let is_http = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    };
    if uri.as_ref().is_some_and(is_http) { Ok(()) } else { Err(()) }
}

/// A number, or a text of one: API 3.0 has texts, API 3.1 has numbers.
fn number(of: &Value, name: &str) -> Option<u64> {
    match of.get(name)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

/// An answer without its location.
fn redacted(answer: &Value) -> String {
    let shown: BTreeMap<&String, &Value> =
        answer.as_object().into_iter().flatten().filter(|(name, _)| *name != "location").collect();
    serde_json::to_string(&shown).unwrap_or_default()
}

/// The video in an answer that completes one.
pub(super) fn video(answer: &Response) -> Option<Value> {
    let value: Value = serde_json::from_slice(&answer.body).ok()?;
    value.get("id").is_some().then_some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_as_texts_too() {
        let answer = json!({"location": "http://u.example.com/?id=x", "parts": "3", "part_size": "10", "max_connections": 16});
        let session = UploadSession::new(&answer, &[(None, 21)]).expect("a session");
        assert_eq!((session.parts, session.max_connections), (true, Some(16)));
        assert_eq!(session.tracks.iter().map(|track| track.plan.count()).sum::<u32>(), 3);
    }

    #[test]
    fn an_answer_that_does_not_add_up_is_refused_without_its_location() {
        let location = "http://u.example.com/?id=secret";
        for answer in [
            json!({"location": location, "parts": 2, "part_size": 10}),
            json!({"location": location, "parts": 3, "part_size": 0}),
            json!({"location": location, "parts": -1, "part_size": 10}),
            json!({"location": "ftp://secret", "parts": 3, "part_size": 10}),
            json!({"parts": 3, "part_size": 10}),
        ] {
            let error = UploadSession::new(&answer, &[(None, 21)]).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Protocol);
            assert!(!format!("{}{}", error.message(), error.body()).contains("secret"), "{}", error.body());
        }
        let extra = json!({"location": location, "parts": 3, "part_size": 10, "extra_files": {}});
        assert!(UploadSession::new(&extra, &[(None, 21), (Some("srt"), 1)]).is_err());
    }
}
