//! Any request to the service: the way out for what has no function of its own.

use std::sync::Arc;

use super::request::{ApiRequest, Body, RequestOptions, query};
use super::security::needs::Needs;
use super::{Client, secrets};
use crate::error::{Error, Result};
use crate::http::{Endpoint, Method, Response, Uri, has_dot_segment, shown_address, starts_encoded};
use crate::json;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::report::Observer;

/// The longest target in bytes: a longer URL cannot be sent.
const LONGEST_TARGET: usize = 60 << 10;

/// Sends a request and returns its answer, which is a success (2xx); anything else is an error, as
/// everywhere.
///
/// `method` is GET, HEAD, PUT, DELETE, POST or PATCH. `target` is a path that begins with `/`, below the base
/// URL of the REST API (`api_url`), or an absolute URL at one of the client's own hosts. `body_json` is sent
/// as it is; GET and HEAD have none. If there is a security, its policy and signature are added to the query.
/// The API key is not: name it where the service wants it.
///
/// Repeated: POST and PATCH only if they have surely not arrived, the others as often as the client's retries
/// say.
///
/// Fails with `InvalidArgument` for another method, another host, a target with a fragment, a space, a
/// control character or a `..`, and a body that is not JSON. Nothing is sent then.
pub fn request(
    client: &Arc<Client>,
    method: &str,
    target: &str,
    body_json: Option<&str>,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Response> {
    let (method, repeat) = method_of(method)?;
    let security = options.security.as_ref().or(client.security());
    let mut url = url_of(client, target)?;
    let signed = query(&[], security);
    match signed.strip_prefix('?') {
        Some(signed) if url.contains('?') => url.extend(["&", signed]),
        _ => url.push_str(&signed),
    }
    let mut secrets = client.secrets(security).with_address(target);
    let body = match body_json {
        None => Body::None,
        Some(_) if matches!(method, Method::GET | Method::HEAD) => {
            return Err(Error::invalid_argument(format!("body must be left out: {method} has none")));
        }
        Some(text) => {
            let refused = |error| Error::invalid_argument(format!("body is not JSON: {error}"));
            let document = json::parse(text.as_bytes(), refused)?;
            secrets = secrets::with_json(&secrets, &document);
            Body::Bytes("application/json", text.as_bytes().to_vec())
        }
    };
    let shown = shown_address(&url);
    let operation = Operation {
        step: "request",
        doing: format!("{method} {shown}"),
        repeat,
        secrets,
        deadline: options.deadline,
    };
    let needs = Needs::default();
    ApiRequest { client, security, needs, operation, method, url, shown, body }.answer(observer, Ok)
}

fn method_of(method: &str) -> Result<(Method, Repeat)> {
    Ok(match method.to_ascii_uppercase().as_str() {
        "GET" => (Method::GET, Repeat::Idempotent),
        "HEAD" => (Method::HEAD, Repeat::Idempotent),
        "PUT" => (Method::PUT, Repeat::Idempotent),
        "DELETE" => (Method::DELETE, Repeat::Idempotent),
        "POST" => (Method::POST, Repeat::NotArrived),
        "PATCH" => (Method::PATCH, Repeat::NotArrived),
        _ => {
            return Err(Error::invalid_argument("method must be GET, HEAD, PUT, DELETE, POST or PATCH"));
        }
    })
}

fn url_of(client: &Client, target: &str) -> Result<String> {
    let refused = |why: &str| Err(Error::invalid_argument(format!("target {why}")));
    if target.len() > LONGEST_TARGET {
        return refused(&format!("has {} bytes, at most {LONGEST_TARGET} are allowed", target.len()));
    }
    if target.bytes().any(|byte| !byte.is_ascii_graphic() || matches!(byte, b'#' | b'\\')) {
        return refused(
            "has a character that no URL has (a space, a backslash, a #, no ASCII): percent-encode it",
        );
    }
    if !target.match_indices('%').all(|(at, _)| target.as_bytes().get(at..).is_some_and(starts_encoded)) {
        return refused("has a % without two hexadecimal digits after it");
    }
    let path = target.split('?').next().unwrap_or_default();
    if has_dot_segment(path) {
        return refused("has a . or .. in its path");
    }
    if target.starts_with('/') {
        return Ok(format!("{}{target}", client.hosts().api));
    }
    let hosts = client.hosts();
    let end = endpoint_of(target);
    let own = [&hosts.api, &hosts.cdn, &hosts.upload, &hosts.process];
    if end.is_some() && own.iter().any(|base| endpoint_of(base) == end) {
        return Ok(target.to_owned());
    }
    refused("must be a path that begins with /, or a URL at one of the client's own hosts")
}

/// `None` for what is not an absolute http or https URL, or names a user.
fn endpoint_of(url: &str) -> Option<Endpoint> {
    let uri: Uri = url.parse().ok()?;
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    Endpoint::of(&uri).ok().filter(|_| !has_user)
}
