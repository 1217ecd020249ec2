//! Files on their way out: `GET` and `HEAD` of a filelink (5.1).

use hyper::header::{CONTENT_DISPOSITION, HeaderMap};
use hyper::{Method, StatusCode};
use serde_json::json;

use super::chain::Chain;
use super::policy::Deed;
use crate::download::{self, Download, insert};
use crate::query::Query;
use crate::reply::{self, Reply};
use crate::state::State;

pub(crate) async fn deliver(
    state: &State,
    method: &Method,
    chain: &Chain,
    query: &Query,
    headers: &HeaderMap,
) -> Reply {
    if let Some(apikey) = &chain.apikey
        && !state.account.knows(apikey)
    {
        return reply::invalid_application();
    }
    if let Err(error) = chain.check() {
        return reply::text(StatusCode::BAD_REQUEST, error);
    }
    let deed = Deed { calls: &["read"], handle: Some(&chain.source), ..Deed::default() };
    if let Err(refused) = state.account.authorise(security(chain, query), &deed) {
        return reply::secured(refused.reason());
    }
    let Some(file) = state.files.get(&chain.source) else {
        return missing();
    };
    let Some(path) = state.storage.path(&file.object) else {
        let error = "started with --storage null: the bytes of uploads are counted, not kept";
        return reply::json(StatusCode::NOT_IMPLEMENTED, &json!({ "error": error }));
    };
    let (mimetype, filename) = (file.mimetype.clone(), file.filename.clone());
    let mut reply =
        download::send(Download { path, size: file.size, mimetype, filename }, method, headers).await;
    if query.get("dl") == Some("true") {
        insert(
            &mut reply,
            CONTENT_DISPOSITION,
            &format!("attachment; filename=\"{}\"", file.filename.replace('"', "'")),
        );
    }
    reply
}

/// Policy and signature from the path, else from the query.
pub(crate) fn security<'a>(chain: &'a Chain, query: &'a Query) -> Option<(&'a str, &'a str)> {
    chain.security().or_else(|| match (query.get("policy"), query.get("signature")) {
        (None, None) => None,
        (policy, signature) => Some((policy.unwrap_or(""), signature.unwrap_or(""))),
    })
}

/// What the CDN says to an unknown handle.
pub(crate) fn missing() -> Reply {
    reply::text(StatusCode::NOT_FOUND, "File not found")
}
