//! The local cloud's own endpoints, under `/_local/`: what tests and the page steer it with and look into it
//! by.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use hyper::header::{HOST, HeaderMap, HeaderName, LOCATION, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::download::insert;
use crate::fault::lock;
use crate::feed;
use crate::fetch;
use crate::filestack::webhook::Endpoint;
use crate::messenger;
use crate::origin::Origin;
use crate::page;
use crate::preview;
use crate::reply::{self, Reply};
use crate::state::State;

const PREFIX: &str = "/_local";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    intelligent: Option<bool>,
    /// The empty text: no webhooks.
    webhook_url: Option<String>,
    webhook_secret: Option<String>,
    joining: Option<u32>,
    kms: Option<bool>,
    missing_parts_as_text: Option<bool>,
}

const KNOWN: &str = "GET, PUT, POST or DELETE faults, DELETE faults/ID, GET or DELETE requests, GET or DELETE files, \
                     GET files/HANDLE, GET or PUT settings, GET or DELETE uploads, DELETE uploads/ID, \
                     GET or DELETE sessions, DELETE sessions/ID, GET jobs, GET videos, \
                     GET or DELETE repeated, GET stats, GET or DELETE webhooks, POST webhooks/ID, GET tasks, \
                     GET preview/TASK=…/HANDLE, GET events, and a page at /_local/";

/// What a path asks for here; `None` if it is one of the services.
pub(crate) fn name(path: &str) -> Option<&str> {
    path.strip_prefix(PREFIX).filter(|name| name.is_empty() || name.starts_with('/'))
}

pub(crate) async fn answer(state: &Arc<State>, request: &Parts, name: &str, body: &Bytes) -> Reply {
    let method = &request.method;
    let Some(name) = name.strip_prefix('/') else {
        let mut reply = reply::text(StatusCode::PERMANENT_REDIRECT, "the page is at /_local/\n");
        insert(&mut reply, LOCATION, "/_local/");
        return reply;
    };
    if let Some(file) = page::file(name).filter(|_| method == Method::GET) {
        return file;
    }
    if let Err(why) = check_origin(&request.headers) {
        return reply::json(StatusCode::FORBIDDEN, &json!({ "error": why }));
    }
    let reply = match name.split_once('/') {
        Some(("preview", chain)) if method == Method::GET => {
            let host = text(&request.headers, HOST).unwrap_or_default();
            Some(preview::preview(state, Origin { scheme: "http", host }, chain).await)
        }
        Some((kind, id)) => one(state, method, kind, id).await,
        None => all(state, method, name, body).await,
    };
    if method != Method::GET {
        state.pulse.beat();
    }
    reply.unwrap_or_else(|| {
        let error = format!("no such control endpoint; there are {KNOWN}\n");
        reply::text(StatusCode::NOT_FOUND, error)
    })
}

/// Scripts of other origins are not to steer the cloud. A browser says which origin it speaks for; and a name
/// that leads here may be anybody's (DNS rebinding), an address cannot.
fn check_origin(headers: &HeaderMap) -> Result<(), String> {
    let Some(host) = text(headers, HOST) else { return Ok(()) };
    let name = host.parse::<Authority>().map(|host| host.host().to_owned()).unwrap_or_default();
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if !is_address && name != "localhost" {
        return Err(format!("the controls are at an IP address or at localhost, not at {host}"));
    }
    let own = |origin: &str| origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    let origin = text(headers, ORIGIN).map(own);
    let site = text(headers, HeaderName::from_static("sec-fetch-site"));
    if origin == Some(false) || site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err("the controls are not for pages of another origin".to_owned());
    }
    Ok(())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn all(state: &Arc<State>, method: &Method, name: &str, body: &Bytes) -> Option<Reply> {
    let shown = |value: &Value| reply::json(StatusCode::OK, value);
    Some(match (method.as_str(), name) {
        ("PUT", "faults") => done(state.faults.replace(body)),
        ("GET", "faults") => shown(&state.faults.to_json()),
        ("POST", "faults") => match state.faults.add(body) {
            Ok(id) => shown(&json!({ "id": id })),
            Err(error) => done(Err(error)),
        },
        ("DELETE", "faults") => {
            state.faults.clear();
            done(Ok(()))
        }
        ("GET", "requests") => shown(&state.journal.to_json()),
        ("DELETE", "requests") => {
            state.journal.clear();
            done(Ok(()))
        }
        ("GET", "files") => files(state).await,
        ("DELETE", "files") => done(remove_files(state).await),
        ("PUT", "settings") => done(set(state, body)),
        ("GET", "settings") => shown(&settings(state)),
        ("GET", "webhooks") => shown(&state.messenger.to_json()),
        ("DELETE", "webhooks") => {
            state.messenger.clear();
            done(Ok(()))
        }
        ("GET", "sessions") => shown(&state.flip.sessions.to_json()),
        ("GET", "uploads") => shown(&state.uploads.to_json()),
        ("DELETE", "sessions") => {
            state.forget_sessions();
            done(Ok(()))
        }
        ("DELETE", "uploads") => {
            state.forget_uploads();
            done(Ok(()))
        }
        ("GET", "jobs") => shown(&state.jobs.to_json()),
        ("GET", "videos") => shown(&lock(&state.flip.table).to_json()),
        ("GET", "repeated") => shown(&json!(state.repeated())),
        ("DELETE", "repeated") => done(clear_repeated(state)),
        ("GET", "stats") => stats(state),
        ("GET", "tasks") => reply::bytes(StatusCode::OK, "application/json", crate::tasks()),
        ("GET", "events") => feed::answer(state),
        _ => return None,
    })
}

/// What has an id. `None` if there are no such things, or nothing like this is done with them.
async fn one(state: &Arc<State>, method: &Method, kind: &str, id: &str) -> Option<Reply> {
    let number = || id.parse().unwrap_or_default();
    let found = match (method.as_str(), kind) {
        ("GET", "files") => match state.files.get(id) {
            Some(file) => return Some(told(&file.handle, file.to_json(&state.storage).await)),
            None => false,
        },
        ("DELETE", "uploads") => state.uploads.forget(id),
        ("DELETE", "sessions") => state.flip.sessions.forget(&state.flip.disk, id),
        ("DELETE", "faults") => state.faults.remove(number()),
        ("POST", "webhooks") => messenger::send_again(state, number()),
        _ => return None,
    };
    let unknown = || {
        let error = json!({ "error": format!("{kind} has no {id}") });
        reply::json(StatusCode::NOT_FOUND, &error)
    };
    Some(if found { done(Ok(())) } else { unknown() })
}

fn clear_repeated(state: &State) -> Result<(), String> {
    let cleared = state.repeated.clear().and_then(|()| state.flip.repeated.clear());
    cleared.map_err(|error| format!("cannot write the counts: {error}"))
}

fn done(result: Result<(), String>) -> Reply {
    match result {
        Ok(()) => reply::json(StatusCode::OK, &json!({ "ok": true })),
        Err(error) => reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error })),
    }
}

fn set(state: &State, body: &Bytes) -> Result<(), String> {
    let settings: Settings =
        serde_json::from_slice(body).map_err(|error| format!("the settings are wrong: {error}"))?;
    let old = state.webhooks.endpoint();
    let secret = settings.webhook_secret.or_else(|| old.as_ref().map(|old| old.secret.clone()));
    let secret = secret.unwrap_or_else(|| "webhook-secret".to_owned());
    let endpoint = match settings.webhook_url.or_else(|| old.map(|old| old.url)).filter(|url| !url.is_empty())
    {
        Some(url) => {
            fetch::check(&url)?;
            Some(Endpoint { url, secret })
        }
        None => None,
    };
    state.webhooks.set_endpoint(endpoint);
    if let Some(intelligent) = settings.intelligent {
        state.intelligent.store(intelligent, Ordering::Relaxed);
    }
    if let Some(joining) = settings.joining {
        state.joining.store(joining, Ordering::Relaxed);
    }
    if let Some(kms) = settings.kms {
        state.kms.store(kms, Ordering::Relaxed);
    }
    if let Some(as_text) = settings.missing_parts_as_text {
        state.flip.missing_parts_as_text.store(as_text, Ordering::Relaxed);
    }
    Ok(())
}

pub(crate) fn settings(state: &State) -> Value {
    json!({
        "intelligent": state.intelligent.load(Ordering::Relaxed),
        "webhook_url": state.webhooks.endpoint().map(|endpoint| endpoint.url),
        "joining": state.joining.load(Ordering::Relaxed),
        "kms": state.kms.load(Ordering::Relaxed),
        "missing_parts_as_text": state.flip.missing_parts_as_text.load(Ordering::Relaxed),
        "secured": state.account.is_secured(),
    })
}

async fn files(state: &State) -> Reply {
    let mut list = Vec::new();
    for file in state.files.all() {
        match file.to_json(&state.storage).await {
            Ok(file) => list.push(file),
            Err(error) => return told(&file.handle, Err(error)),
        }
    }
    reply::json(StatusCode::OK, &Value::Array(list))
}

/// With their objects, and without events.
async fn remove_files(state: &State) -> Result<(), String> {
    for file in state.files.all() {
        state.files.remove(&file.handle);
        let removed = state.storage.delete(&file.object).await;
        removed.map_err(|error| format!("cannot remove {}: {error}", file.handle))?;
    }
    Ok(())
}

fn told(handle: &str, file: io::Result<Value>) -> Reply {
    match file {
        Ok(file) => reply::json(StatusCode::OK, &file),
        Err(error) => {
            let error = format!("cannot read {handle}: {error}");
            reply::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": error }))
        }
    }
}

fn stats(state: &State) -> Reply {
    let traffic = &state.traffic;
    reply::json(
        StatusCode::OK,
        &json!({
            "open_connections": traffic.open.load(Ordering::Relaxed),
            "accepted_connections": traffic.accepted.load(Ordering::Relaxed),
            "bytes_received": traffic.received.load(Ordering::Relaxed),
            "bytes_sent": traffic.sent.load(Ordering::Relaxed),
            "data": state.data,
        }),
    )
}
