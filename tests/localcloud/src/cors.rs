//! What lets the scripts of web pages in: their browsers ask before a request, and look at each answer. The
//! services let every page in; a page has no cookies here, only what it sends itself.

use hyper::StatusCode;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, HeaderMap,
    HeaderName, HeaderValue,
};

use crate::reply::{self, Reply};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// Headers of answers that clients read. An SDK fails with a message about this if it cannot see an ETag.
const EXPOSED: &str = "accept-ranges, content-disposition, content-length, content-range, etag, location, \
                       range, retry-after, x-file-name, filestack-limit, filestack-remaining, filestack-reset";
const SECONDS: &str = "600";

/// The answer to `OPTIONS`.
pub(crate) fn preflight(headers: &HeaderMap) -> Reply {
    let mut reply = reply::text(StatusCode::NO_CONTENT, "");
    let asked = headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    set(&mut reply, ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    set(&mut reply, ACCESS_CONTROL_ALLOW_HEADERS, asked.unwrap_or(HeaderValue::from_static("*")));
    set(&mut reply, ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(SECONDS));
    reply
}

/// Any answer to a page of another origin.
pub(crate) fn allow(reply: &mut Reply) {
    set(reply, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    set(reply, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

fn set(reply: &mut Reply, name: HeaderName, value: HeaderValue) {
    reply.headers_mut().insert(name, value);
}
