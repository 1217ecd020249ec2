//! The calls of the API: who may make them, and what answers which.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Method;
use hyper::header::{AsHeaderName, CONTENT_TYPE, HOST, HeaderMap};
use serde_json::Value;

use super::account::Signed;
use super::call::{Call, FormFile, Version};
use super::multipart::Form;
use super::params::Params;
use super::refusal::{self, Outcome, Refusal};
use super::signature::canonical_path;
use super::{encoding, factory, notification, profile, session, video};
use crate::journal::Entry;
use crate::origin::Origin;
use crate::query::Query;
use crate::reply::Reply;
use crate::state::State;

/// A request of the API as it came.
pub(crate) struct Request<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) entry: &'a Entry,
    pub(crate) version: Version,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a Query,
    pub(crate) origin: Origin<'a>,
    pub(crate) fails: bool,
}

pub(crate) enum Content {
    Bytes(Bytes),
    Form(Form),
}

pub(crate) fn answer(request: &Request<'_>, content: Content) -> Reply {
    let file = match &content {
        Content::Form(form) => form.file.as_ref().map(|file| file.id.clone()),
        Content::Bytes(_) => None,
    };
    let outcome = admit(request, content).and_then(|call| {
        request.entry.set_body(call.params.shown());
        let path = canonical_path(request.path);
        dispatch(&call, path.trim_start_matches('/'))
    });
    if let (Err(_), Some(file)) = (&outcome, file) {
        request.state.flip.disk.remove_file(&file);
    }
    refusal::reply(outcome)
}

fn header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Merges the parameters and checks who sent them.
fn admit<'a>(request: &Request<'a>, content: Content) -> Result<Call<'a>, Refusal> {
    if !request.path.starts_with('/') {
        return Err(unrouted(request.method, request.path));
    }
    let path = canonical_path(request.path);
    if !path.ends_with(".json") {
        return Err(Refusal::bad("Currently only .json is supported as a format"));
    }
    let mut params = Params::default();
    params.add(request.query);
    let mut file: Option<FormFile> = None;
    let (mut json, mut is_form) = (None, false);
    let mimetype = header(request.headers, CONTENT_TYPE).unwrap_or("");
    match content {
        Content::Form(form) => {
            for (name, value) in &form.fields {
                params.put(name, value);
            }
            file = form.file;
            is_form = true;
        }
        Content::Bytes(bytes) if bytes.is_empty() => {}
        Content::Bytes(bytes) if mimetype.starts_with("application/json") => json = Some(bytes),
        Content::Bytes(bytes) if mimetype.starts_with("application/x-www-form-urlencoded") => {
            params.add(&Query::parse(&String::from_utf8_lossy(&bytes)));
            is_form = true;
        }
        Content::Bytes(_) => {
            return Err(Refusal::bad(format!("a body of type {mimetype:?} is not understood")));
        }
    }
    let account = &request.state.flip.account;
    match request.version {
        Version::V30 => account.check_signature(&Signed {
            method: request.method,
            host: header(request.headers, HOST).unwrap_or(""),
            path: &path,
            params: &params,
            json: json.as_deref(),
        })?,
        Version::V31 => {
            account.check_key(header(request.headers, "x-api-key"))?;
            if is_form {
                return Err(Refusal::bad("API 3.1 takes JSON bodies"));
            }
        }
    }
    if let Some(body) = json {
        match serde_json::from_slice(&body) {
            Ok(Value::Object(members)) => params.0.extend(members),
            _ => return Err(Refusal::bad("the body is no JSON object")),
        }
    }
    let Request { state, version, method, origin, fails, .. } = *request;
    Ok(Call { state, version, method, params, origin, file, fails })
}

fn dispatch(call: &Call<'_>, path: &str) -> Outcome {
    let segments: Vec<&str> = path.strip_suffix(".json").unwrap_or(path).split('/').collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["factories"]) => factory::list(call),
        ("POST", ["factories"]) => factory::create(call),
        ("GET", ["factories", id]) => factory::find(call, id),
        ("PUT", ["factories", id]) if call.version == Version::V30 => factory::update(call, id),
        ("PATCH", ["factories", id]) if call.version == Version::V31 => factory::update(call, id),
        ("GET", ["notifications"]) => notification::get(call),
        ("PUT", ["notifications"]) => notification::update(call),
        (_, ["videos", ..]) => videos(call, &segments),
        (_, ["encodings", ..]) => encodings(call, &segments),
        ("GET", ["profiles"]) => profile::list(call),
        ("POST", ["profiles"]) => profile::create(call),
        ("GET", ["profiles", key]) => profile::find(call, key),
        ("PUT", ["profiles", key]) => profile::update(call, key),
        ("DELETE", ["profiles", key]) => profile::delete(call, key),
        ("GET", ["profiles", key, "encodings"]) => encoding::of_profile(call, key),
        ("POST", ["profiles", _, "copy"]) => Err(Refusal::unimplemented("copies of profiles")),
        ("POST", ["factories", _, "sync"]) => Err(Refusal::unimplemented("synchronisation with buckets")),
        (_, ["workflows" | "workorders"]) => Err(Refusal::unimplemented("workflows")),
        _ => Err(unrouted(call.method, path)),
    }
}

fn videos(call: &Call<'_>, segments: &[&str]) -> Outcome {
    match (call.method.as_str(), segments) {
        ("GET", ["videos"]) => video::list(call),
        ("POST", ["videos"]) => video::create(call),
        ("POST", ["videos", "upload"]) => session::create(call),
        ("GET", ["videos", "queued"]) => video::queued(call),
        ("POST", ["videos", "resubmit"]) => Err(Refusal::unimplemented("resubmitting")),
        ("GET", ["videos", id]) => video::find(call, id),
        ("DELETE", ["videos", id]) => video::delete(call, id),
        ("GET", ["videos", id, "encodings"]) => video::encodings(call, id),
        ("GET", ["videos", id, "metadata"]) => video::metadata(call, id),
        ("DELETE", ["videos", id, "source"]) => video::delete_source(call, id),
        ("POST", ["videos", id, "cancel"]) => video::cancel(call, id),
        ("GET", ["videos", id, "signed-url"]) => video::signed_url(call, id),
        _ => Err(unrouted(call.method, &segments.join("/"))),
    }
}

fn encodings(call: &Call<'_>, segments: &[&str]) -> Outcome {
    match (call.method.as_str(), segments) {
        ("GET", ["encodings"]) => encoding::list(call),
        ("POST", ["encodings"]) => encoding::create(call),
        ("GET", ["encodings", "count"]) => encoding::count(call),
        ("GET", ["encodings", id]) => encoding::find(call, id),
        ("PUT", ["encodings", _]) => Err(Refusal::unimplemented("changes of encodings")),
        ("DELETE", ["encodings", id]) => encoding::delete(call, id),
        ("POST", ["encodings", id, "retry"]) => encoding::retry(call, id),
        ("POST", ["encodings", id, "cancel"]) => encoding::cancel(call, id),
        ("GET", ["encodings", id, "signed-url"]) => encoding::signed_url(call, id),
        ("GET", ["encodings", id, "signed-urls"]) => encoding::signed_urls(call, id),
        _ => Err(unrouted(call.method, &segments.join("/"))),
    }
}

fn unrouted(method: &Method, path: &str) -> Refusal {
    Refusal::missing(format!("No route matches {method} {path}"))
}
