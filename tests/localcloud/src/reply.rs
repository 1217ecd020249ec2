//! Answers: JSON, text, S3 errors and bodies.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::identifier;

pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Body = UnsyncBoxBody<Bytes, BodyError>;
pub(crate) type Reply = Response<Body>;
/// A failed step is answered with this.
pub(crate) type Step<T> = Result<T, Box<Reply>>;

pub(crate) fn flatten(step: Step<Reply>) -> Reply {
    step.unwrap_or_else(|reply| *reply)
}

pub(crate) fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

pub(crate) fn bytes(status: StatusCode, mimetype: &'static str, content: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(body(content));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mimetype));
    reply
}

pub(crate) fn json(status: StatusCode, value: &Value) -> Reply {
    bytes(status, "application/json", value.to_string())
}

pub(crate) fn text(status: StatusCode, content: impl Into<String>) -> Reply {
    bytes(status, "text/plain; charset=utf-8", content.into())
}

/// An error of the CDN or the REST API: a status and a sentence.
pub(crate) fn refuse_text<T>(status: StatusCode, error: impl Into<String>) -> Step<T> {
    Err(Box::new(text(status, error)))
}

/// A failure of the local cloud itself, as the CDN or the REST API would tell it.
pub(crate) fn broken(error: std::io::Error) -> Box<Reply> {
    Box::new(text(StatusCode::INTERNAL_SERVER_ERROR, format!("the local cloud failed: {error}")))
}

/// An error of the upload API (9.1). `reason` is ours: it tells a developer what to change.
pub(crate) fn api_error(status: StatusCode, error: &str, reason: &str) -> Reply {
    json(
        status,
        &json!({
            "error": error,
            "reason": reason,
            "c": identifier::uuid(),
            "i": "UPL-local-1",
            "t": identifier::now_ms(),
        }),
    )
}

/// A request that lacks a field or has a wrong one.
pub(crate) fn refusal(error: impl AsRef<str>) -> Reply {
    api_error(StatusCode::BAD_REQUEST, error.as_ref(), "the request does not follow the upload API")
}

/// What the service says to an unknown API key: an error text with status 200 (9.1).
pub(crate) fn invalid_application() -> Reply {
    text(StatusCode::OK, "Invalid Application")
}

/// A file that is larger than the account takes, in the words of Flip (5.1 of its notes); Filestack's are not
/// known.
pub(crate) fn too_large(most: u64) -> String {
    format!("File size limit for this account is set to {most} bytes")
}

/// An error of the REST API or the CDN about security (9.1).
pub(crate) fn secured(reason: &str) -> Reply {
    let id = identifier::uuid();
    let content =
        format!("[uuid={id}] This action has been secured by the developer of this website. Error: {reason}");
    text(StatusCode::FORBIDDEN, content)
}

/// An error as S3 writes it.
pub(crate) fn storage_error(status: StatusCode, code: &str, message: &str) -> Reply {
    let request = identifier::token(16);
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message><RequestId>{request}</RequestId></Error>",
        escape(code),
        escape(message)
    );
    bytes(status, "application/xml", content)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
