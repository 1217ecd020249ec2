//! The local cloud's own endpoints, under `/_local/`: what tests steer it with and look into it by.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::reply::{self, Reply};
use crate::state::State;

pub(crate) const PREFIX: &str = "/_local/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    intelligent: Option<bool>,
}

pub(crate) async fn answer(state: &State, method: &Method, path: &str, body: &Bytes) -> Reply {
    let name = path.strip_prefix(PREFIX).unwrap_or(path);
    match (method, name) {
        (&Method::PUT, "faults") => done(state.faults.replace(body)),
        (&Method::GET, "requests") => reply::json(StatusCode::OK, &state.journal.to_json()),
        (&Method::DELETE, "requests") => {
            state.journal.clear();
            done(Ok(()))
        }
        (&Method::GET, "files") => files(state).await,
        (&Method::PUT, "settings") => done(set(state, body)),
        (&Method::GET, "settings") => {
            reply::json(StatusCode::OK, &json!({ "intelligent": state.intelligent.load(Ordering::Relaxed) }))
        }
        (&Method::GET, "stats") => stats(state),
        _ => {
            let known = "PUT faults, GET or DELETE requests, GET files, GET or PUT settings, GET stats";
            reply::text(StatusCode::NOT_FOUND, format!("no such control endpoint; there are {known}\n"))
        }
    }
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
    if let Some(intelligent) = settings.intelligent {
        state.intelligent.store(intelligent, Ordering::Relaxed);
    }
    Ok(())
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
