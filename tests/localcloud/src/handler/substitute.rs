//! Answers that a fault gives.

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::header::{ACCEPT_RANGES, HeaderName, HeaderValue};

use crate::fault::Action;
use crate::identifier;
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
    if let Some(seconds) = action.retry_after {
        set(&mut reply, "retry-after", &seconds.to_string());
    }
    if let Some(location) = &action.redirect {
        set(&mut reply, "location", location);
    }
    reply
}

/// Headers that a fault adds to an answer, whose ever it is.
pub(super) fn decorate(reply: &mut Reply, action: &Action) {
    if let Some(seconds) = action.retry_after_date {
        set(reply, "retry-after", &identifier::http_date(seconds));
    }
    if action.no_ranges {
        reply.headers_mut().remove(ACCEPT_RANGES);
    }
    for (name, value) in &action.headers {
        set(reply, name, value);
    }
}

fn set(reply: &mut Reply, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        reply.headers_mut().insert(name, value);
    }
}

pub(super) fn status(action: &Action, default: u16) -> StatusCode {
    StatusCode::from_u16(action.status.unwrap_or(default)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
