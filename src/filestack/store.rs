//! Storing what is not on this machine: a remote file, the result of a chain (`specs/filestack.md` 4.1, 5.7).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::address::check_url;
use super::request::{ApiRequest, Body, RequestOptions};
use super::security::needs::{Needs, STORE};
use super::spec::{Place, UploadOptions};
use super::{Client, Filelink};
use crate::error::{Error, Result};
use crate::http::{Method, shown_address};
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::report::Observer;

/// Options of storing the result of a chain; `ferry_store_options` documents the defaults.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    pub filename: Option<String>,
    pub place: Place,
    /// Whether the result is base64 text that is stored decoded.
    pub base64decode: bool,
    pub request: RequestOptions,
}

impl StoreOptions {
    /// The parameters of the `store` task. Without a location the service uses the account's own.
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

/// Tells the service to fetch `url` and store it.
///
/// Repeated only if the request has surely not arrived: twice would store two files.
pub fn upload_url(
    client: &Arc<Client>,
    url: &str,
    options: UploadOptions,
    observer: Option<Observer<'_>>,
) -> Result<Filelink> {
    check_url(url)?;
    let lost = [
        ("mimetype", options.mimetype.is_some()),
        ("alt_text", options.alt_text.is_some()),
        ("journal", options.journal_dir.is_some()),
    ];
    if let Some((name, _)) = lost.iter().find(|(_, given)| *given) {
        let text = format!("{name} cannot be set for a file that the service fetches: leave it out");
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
    let shown = format!("{}/process", shown_address(&client.hosts().process));
    let operation = Operation {
        step: "process",
        doing: format!("store {}", shown_address(url)),
        repeat: Repeat::NotArrived,
        secrets: client.secrets(security).with_address(url),
        deadline: options.deadline,
    };
    let request = ApiRequest {
        client,
        security,
        needs: Needs::of(&[STORE], None),
        operation,
        method: Method::POST,
        url: format!("{}/process", client.hosts().process),
        shown,
        body: Body::Bytes("application/json", body.to_string().into_bytes()),
    };
    request.answer(observer, |answer| Filelink::stored(client, security, &answer))
}
