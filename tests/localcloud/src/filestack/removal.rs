//! `DELETE /api/file/{handle}` (5.4).

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::json;

use super::policy::Deed;
use super::webhook;
use crate::origin::Origin;
use crate::query::Query;
use crate::reply::{self, Reply};
use crate::state::State;

pub(crate) async fn delete(state: &Arc<State>, origin: Origin<'_>, handle: &str, query: &Query) -> Reply {
    if !query.get("key").is_some_and(|apikey| state.account.knows(apikey)) {
        return reply::invalid_application();
    }
    let (policy, signature) = (query.get("policy").unwrap_or(""), query.get("signature").unwrap_or(""));
    if policy.is_empty() || signature.is_empty() {
        return reply::secured("deleting a file needs policy and signature");
    }
    let deed = Deed { calls: &["remove"], handle: Some(handle), ..Deed::default() };
    if let Err(refused) = state.account.authorise(Some((policy, signature)), &deed) {
        return reply::secured(refused.reason());
    }
    let Some(file) = state.files.remove(handle) else {
        return reply::text(StatusCode::NOT_FOUND, "File not found");
    };
    if query.get("skip_storage") != Some("true")
        && let Err(error) = state.storage.delete(&file.object).await
    {
        return reply::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("cannot delete the stored object: {error}"),
        );
    }
    webhook::announce(state, "fp.delete", json!({ "url": origin.cdn(handle) }));
    reply::text(StatusCode::OK, "success")
}
