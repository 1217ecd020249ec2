//! `POST /api/file/{handle}`: other bytes under the same handle (5.5).

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::json;

use super::deposit::{admit, decoded, keep};
use super::payload::{Payload, fetched};
use super::policy::Deed;
use super::webhook;
use crate::origin::Origin;
use crate::reply::{self, Reply, Step, flatten, refuse_text};
use crate::state::State;

pub(crate) struct Overwrite<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) origin: Origin<'a>,
    pub(crate) handle: &'a str,
    pub(crate) payload: Payload<'a>,
}

pub(crate) async fn overwrite(call: &Overwrite<'_>) -> Reply {
    flatten(carry_out(call).await)
}

async fn carry_out(call: &Overwrite<'_>) -> Step<Reply> {
    let (state, handle) = (call.state, call.handle);
    if call.payload.query.get("key").is_some_and(|apikey| !state.account.knows(apikey)) {
        return Err(Box::new(reply::invalid_application()));
    }
    let url = call.payload.url();
    let mut deed = Deed { handle: Some(handle), url: url.as_deref(), ..Deed::default() };
    deed.calls = if url.is_some() { &["writeUrl"] } else { &["write"] };
    call.payload.authorise(state, &deed)?;
    let Some(file) = state.files.get(handle) else {
        return refuse_text(StatusCode::NOT_FOUND, "File not found");
    };
    let mut bytes = match &url {
        Some(url) => fetched(state, url).await?.bytes,
        None => call.payload.file()?.bytes,
    };
    if call.payload.query.get("base64decode") == Some("true") {
        bytes = decoded(&bytes)?;
    }
    deed.size = Some(bytes.len() as u64);
    call.payload.authorise(state, &deed)?;
    admit(state, bytes.len() as u64)?;
    let object = keep(state, &bytes).await?;
    // Name and type stay what they were, whatever came now.
    let changed = state.files.insert(file.replaced(object, bytes.len() as u64)).map_err(reply::broken)?;
    // A download that is under way keeps its open file.
    if let Err(error) = state.storage.delete(&file.object).await {
        return refuse_text(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("cannot delete the old object: {error}"),
        );
    }
    let answer = json!({
        "url": call.origin.cdn(handle),
        "mimetype": changed.mimetype,
        "isWriteable": true,
        "size": changed.size,
        "filename": changed.filename,
    });
    let mut event = answer.clone();
    event["client"] = json!("Computer");
    webhook::announce(state, "fp.overwrite", event);
    Ok(reply::json(StatusCode::OK, &answer))
}
