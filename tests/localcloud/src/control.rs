//! The local cloud's own endpoints, under `/_local/`: what tests steer it with and look into it by.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fetch;
use crate::filestack::webhook::Endpoint;
use crate::reply::{self, Reply};
use crate::state::State;

pub(crate) const PREFIX: &str = "/_local/";

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

pub(crate) async fn answer(state: &State, method: &Method, path: &str, body: &Bytes) -> Reply {
    let name = path.strip_prefix(PREFIX).unwrap_or(path);
    match (method, name) {
        (&Method::PUT, "faults") => done(state.faults.replace(body)),
        (&Method::GET, "faults") => reply::json(StatusCode::OK, &state.faults.to_json()),
        (&Method::GET, "requests") => reply::json(StatusCode::OK, &state.journal.to_json()),
        (&Method::DELETE, "requests") => {
            state.journal.clear();
            done(Ok(()))
        }
        (&Method::GET, "files") => files(state).await,
        (&Method::PUT, "settings") => done(set(state, body)),
        (&Method::GET, "settings") => settings(state),
        (&Method::GET, "webhooks") => reply::json(StatusCode::OK, &state.messenger.to_json()),
        (&Method::DELETE, "webhooks") => {
            state.messenger.clear();
            done(Ok(()))
        }
        (&Method::GET, "sessions") => reply::json(StatusCode::OK, &state.flip.sessions.to_json()),
        (&Method::GET, "uploads") => reply::json(StatusCode::OK, &state.uploads.to_json()),
        (&Method::DELETE, "sessions") => {
            state.forget_sessions();
            done(Ok(()))
        }
        (&Method::DELETE, "uploads") => {
            state.forget_uploads();
            done(Ok(()))
        }
        (&Method::GET, "repeated") => reply::json(StatusCode::OK, &json!(state.repeated())),
        (&Method::DELETE, "repeated") => done(clear_repeated(state)),
        (&Method::GET, "stats") => stats(state),
        _ => {
            if let (&Method::DELETE, Some((kind, id))) = (method, name.split_once('/'))
                && let Some(reply) = forget(state, kind, id)
            {
                return reply;
            }
            let known = "GET or PUT faults, GET or DELETE requests, GET files, GET or PUT settings, \
                         GET or DELETE uploads, DELETE uploads/ID, GET or DELETE sessions, \
                         DELETE sessions/ID, GET or DELETE repeated, GET stats, GET or DELETE webhooks";
            reply::text(StatusCode::NOT_FOUND, format!("no such control endpoint; there are {known}\n"))
        }
    }
}

/// One upload or session; `None` if there are no such things.
fn forget(state: &State, kind: &str, id: &str) -> Option<Reply> {
    let found = match kind {
        "uploads" => state.uploads.forget(id),
        "sessions" => state.flip.sessions.forget(&state.flip.disk, id),
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

fn settings(state: &State) -> Reply {
    let settings = json!({
        "intelligent": state.intelligent.load(Ordering::Relaxed),
        "webhook_url": state.webhooks.endpoint().map(|endpoint| endpoint.url),
        "joining": state.joining.load(Ordering::Relaxed),
        "kms": state.kms.load(Ordering::Relaxed),
        "missing_parts_as_text": state.flip.missing_parts_as_text.load(Ordering::Relaxed),
    });
    reply::json(StatusCode::OK, &settings)
}

async fn files(state: &State) -> Reply {
    let mut list = Vec::new();
    for file in state.files.all() {
        match file.to_json(&state.storage).await {
            Ok(file) => list.push(file),
            Err(error) => {
                let error = format!("cannot read {}: {error}", file.handle);
                return reply::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": error }));
            }
        }
    }
    reply::json(StatusCode::OK, &Value::Array(list))
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
