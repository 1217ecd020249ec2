//! `POST /api/store/{provider}`: a whole file in one request (4.3).

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Map, json};

use super::deposit::{admit, announce_upload, decoded, deposit};
use super::payload::{Payload, fetched};
use super::policy::Deed;
use super::upload::{LOCATIONS, Store};
use crate::origin::Origin;
use crate::reply::{self, Reply, Step, flatten, refuse_text};
use crate::state::State;
use crate::storage::BUCKET;

pub(crate) struct StoreApi<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) origin: Origin<'a>,
    /// The storage, as the path names it.
    pub(crate) location: &'a str,
    pub(crate) payload: Payload<'a>,
}

pub(crate) async fn store(call: &StoreApi<'_>) -> Reply {
    flatten(carry_out(call).await)
}

async fn carry_out(call: &StoreApi<'_>) -> Step<Reply> {
    let state = call.state;
    if !call.payload.query.get("key").is_some_and(|apikey| state.account.knows(apikey)) {
        return Err(Box::new(reply::invalid_application()));
    }
    let text = |name: &str| call.payload.query.get(name).filter(|text| !text.is_empty());
    let store = Store {
        location: call.location.to_ascii_lowercase(),
        path: text("path").unwrap_or("").to_owned(),
        container: text("container").unwrap_or(BUCKET).to_owned(),
        region: None,
        workflows: Vec::new(),
    };
    if !LOCATIONS.contains(&store.location.as_str()) {
        return refuse_text(
            StatusCode::BAD_REQUEST,
            format!("the storage is none of {}", LOCATIONS.join(", ")),
        );
    }
    if text("access").is_some_and(|access| access != "public" && access != "private") {
        return refuse_text(StatusCode::BAD_REQUEST, "access must be public or private");
    }
    let url = call.payload.url();
    let mut deed = Deed {
        calls: &["store", "pick"],
        path: Some(&store.path),
        container: Some(&store.container),
        url: url.as_deref(),
        ..Deed::default()
    };
    call.payload.authorise(state, &deed)?;
    let mut content = match &url {
        Some(url) => fetched(state, url).await?,
        None => call.payload.file()?,
    };
    if text("base64decode") == Some("true") {
        content.bytes = decoded(&content.bytes)?;
    }
    deed.size = Some(content.bytes.len() as u64);
    call.payload.authorise(state, &deed)?;
    admit(state, content.bytes.len() as u64)?;
    let named = |own: Option<&str>, other: String, default: &str| match own {
        Some(own) => own.to_owned(),
        None if other.is_empty() => default.to_owned(),
        None => other,
    };
    content.filename = named(text("filename"), content.filename, "unnamed_file");
    content.mimetype = named(text("mimetype"), content.mimetype, "text/plain");
    let file = deposit(state, content, &store).await?;
    announce_upload(state, call.origin, &file, &Map::new());
    let answer = json!({
        "url": call.origin.cdn(&file.handle),
        "size": file.size,
        "type": file.mimetype,
        "filename": file.filename,
        "key": file.key,
        "container": file.container,
    });
    Ok(reply::json(StatusCode::OK, &answer))
}
