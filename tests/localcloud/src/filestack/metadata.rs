//! Metadata of a file (5.2).

use std::path::PathBuf;

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::chain::Chain;
use super::delivery::{missing, security};
use super::digest::Algorithm;
use super::file::File;
use super::policy::Deed;
use super::{exif, picture};
use crate::query::Query;
use crate::reply::{self, Reply};
use crate::state::State;

/// What the service tells when nothing in particular is asked for.
const DEFAULT: [&str; 9] =
    ["mimetype", "uploaded", "container", "writeable", "filename", "location", "key", "path", "size"];

pub(crate) async fn metadata(state: &State, chain: &Chain, query: &Query) -> Reply {
    if let Err(error) = chain.check() {
        return reply::text(StatusCode::BAD_REQUEST, error);
    }
    if let Some(apikey) = &chain.apikey
        && !state.account.knows(apikey)
    {
        return reply::invalid_application();
    }
    let deed = Deed { calls: &["stat"], handle: Some(&chain.source), ..Deed::default() };
    let policy = match state.account.authorise(security(chain, query), &deed) {
        Ok(policy) => policy,
        Err(refused) => return reply::secured(refused.reason()),
    };
    let mut asked: Vec<&str> =
        query.iter().filter(|(_, value)| *value == "true").map(|(name, _)| name).collect();
    let exif_listed = policy.is_some_and(|policy| policy.lists("exif"));
    if asked.contains(&"exif") && state.account.is_secured() && !exif_listed {
        return reply::secured("the policy does not allow the call exif");
    }
    if asked.is_empty() {
        asked = DEFAULT.to_vec();
    }
    let Some(file) = state.files.get(&chain.source) else {
        return missing();
    };
    let measured = asked.iter().any(|name| matches!(*name, "width" | "height"));
    let size = if measured { look(state, &file, picture::dimensions).await.flatten() } else { None };
    let exif = if asked.contains(&"exif") { look(state, &file, exif::read).await } else { None };
    let mut told = Map::new();
    for name in asked {
        let value = match Algorithm::named(name) {
            None if name == "exif" => exif.clone(),
            None => attribute(&file, name, size),
            Some(algorithm) => match file.digest(&state.storage, algorithm).await {
                Ok(digest) => Some(json!(digest)),
                Err(error) => {
                    return reply::text(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        format!("cannot read the file: {error}"),
                    );
                }
            },
        };
        if let Some(value) = value {
            told.insert(name.to_owned(), value);
        }
    }
    reply::json(StatusCode::OK, &Value::Object(told))
}

/// What is found in the file itself; `None` where its bytes are not kept.
async fn look<T: Send + 'static>(state: &State, file: &File, find: fn(PathBuf) -> T) -> Option<T> {
    let path = state.storage.path(&file.object)?;
    tokio::task::spawn_blocking(move || find(path)).await.ok()
}

/// `None`: no such attribute.
fn attribute(file: &File, name: &str, size: Option<(u32, u32)>) -> Option<Value> {
    Some(match name {
        "size" => json!(file.size),
        "mimetype" => json!(file.mimetype),
        "filename" => json!(file.filename),
        // A float, though it counts whole milliseconds.
        "uploaded" => json!(file.uploaded_ms as f64),
        "writeable" => json!(true),
        "location" => json!(file.location.to_ascii_uppercase()),
        "container" => json!(file.container),
        "key" | "path" => json!(file.key),
        "width" => json!(size.map(|(width, _)| width)),
        "height" => json!(size.map(|(_, height)| height)),
        "cloud" | "source_url" => Value::Null,
        _ => return None,
    })
}
