//! Storing what is not on this machine: a remote file, the result of a chain (`specs/filestack.md` 4.1, 5.7).

use std::sync::Arc;

use crate::http::Method;
use serde_json::{Map, Value, json};

use super::request::{Asked, RequestOptions};
use super::spec::{Place, UploadOptions};
use super::{Client, Filelink};
use crate::error::{Error, Result};
use crate::transfer::report::Observer;

/// Where and how the result of a chain is stored; the defaults are what `ferry_store_options` documents.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    pub filename: Option<String>,
    pub place: Place,
    /// The result is base64 text, to be stored decoded.
    pub base64decode: bool,
    pub request: RequestOptions,
}

impl StoreOptions {
    /// The parameters of the `store` task. Without a location the account's own is used.
    pub(super) fn params(&self) -> Result<Map<String, Value>> {
        let mut params = self.place.params(None)?;
        if let Some(filename) = &self.filename {
            params.insert("filename".into(), filename.as_str().into());
        }
        if self.base64decode {
            params.insert("base64decode".into(), true.into());
        }
        Ok(params)
    }
}

/// Has the service fetch `url` and store it.
pub fn upload_url(
    client: &Arc<Client>,
    url: &str,
    options: UploadOptions,
    observer: Option<Observer<'_>>,
) -> Result<Filelink> {
    check_url(url)?;
    let lost = [("mimetype", options.mimetype.is_some()), ("alt_text", options.alt_text.is_some())];
    if let Some((name, _)) = lost.iter().find(|(_, given)| *given) {
        let text = format!("{name} cannot be set for a file that the service fetches: leave it NULL");
        return Err(Error::invalid_argument(text));
    }
    let mut params = options.place.params(Some(client.storage()))?;
    if let Some(filename) = &options.filename {
        super::spec::check_text("filename", filename, 1024)?;
        params.insert("filename".into(), filename.as_str().into());
    }
    let security = options.security.as_ref().or(client.security());
    let mut tasks = vec![json!({"name": "store", "params": params})];
    if let Some(security) = security {
        let params = json!({"policy": security.policy_b64(), "signature": security.signature()});
        tasks.push(json!({"name": "security", "params": params}));
    }
    let mut body = json!({"apikey": client.apikey(), "sources": [url], "tasks": tasks});
    if let (Some(tags), Some(fields)) = (options.tags()?, body.as_object_mut()) {
        fields.insert("upload_tags".into(), tags);
    }
    let body = body.to_string();
    let asked = Asked {
        client,
        step: "process",
        doing: format!("store {}", crate::http::redact::url(url)),
        method: Method::POST,
        url: format!("{}/process", client.hosts().process),
        body: Some(("application/json", body.as_bytes())),
        form: None,
        security,
        deadline: options.deadline,
    };
    let answer = asked.json(observer)?;
    asked.named(Filelink::stored(client, security.cloned(), answer))
}

/// Refuses what the service could not fetch.
pub(super) fn check_url(url: &str) -> Result<()> {
    let is_url = url
        .split_once("://")
        .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && !rest.is_empty());
    if is_url && !url.chars().any(|c| c.is_control() || c == ' ') {
        return Ok(());
    }
    Err(Error::invalid_argument(
        "url must be an http or https URL without spaces, e.g. https://example.com/picture.jpg",
    ))
}
