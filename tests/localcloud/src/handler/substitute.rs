//! Answers that a fault gives.

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use crate::fault::Action;
use crate::outflow::Endless;
use crate::reply::{self, Reply};

/// The answer that a fault gives in place of the work's.
pub(super) fn substitute(action: &Action) -> Reply {
    let text = action.body.clone().unwrap_or_default();
    let mut reply = if action.redirect.is_some() {
        reply::text(status(action, 302), text)
    } else if let Some(length) = action.huge_answer {
        let mut reply = reply::bytes(status(action, 200), "application/json", "");
        *reply.body_mut() = Endless::new(length).boxed_unsync();
        reply
    } else if action.corrupt_answer {
        reply::bytes(status(action, 200), "text/html", "<html><body><h1>It works!</h1></body></html>")
    } else if let Some(code) = &action.code {
        let message = action.body.as_deref().unwrap_or("This error was made on purpose.");
        reply::storage_error(status(action, 400), code, message)
    } else if text.starts_with('{') {
        reply::bytes(status(action, 200), "application/json", text)
    } else {
        reply::text(status(action, 200), text)
    };
    let seconds = action.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
    let location = action.redirect.clone().map(|location| ("location", location));
    let given = action.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in seconds.into_iter().chain(location).chain(given) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

fn status(action: &Action, default: u16) -> StatusCode {
    StatusCode::from_u16(action.status.unwrap_or(default)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
