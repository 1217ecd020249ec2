//! Files that the cloud makes or fetches itself, kept like uploaded ones.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::file::{Facts, File};
use super::upload::Store;
use super::webhook;
use crate::identifier;
use crate::origin::Origin;
use crate::reply::{self, Step, refuse_text};
use crate::state::State;

/// Bytes with a name and a type.
#[derive(Clone)]
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    pub(crate) filename: String,
    pub(crate) mimetype: String,
}

/// Keeps bytes under a new handle.
pub(crate) async fn deposit(state: &State, content: Content, store: &Store) -> Step<Arc<File>> {
    let handle = identifier::handle();
    let object = keep(state, &content.bytes).await?;
    let file = File::new(Facts {
        key: store.key(&handle, &content.filename),
        handle,
        object,
        size: content.bytes.len() as u64,
        filename: content.filename,
        mimetype: content.mimetype,
        location: store.location.clone(),
        container: store.container.clone(),
    });
    state.files.insert(file).map_err(reply::broken)
}

/// Keeps bytes in the storage; gives the name of the object.
pub(crate) async fn keep(state: &State, bytes: &Bytes) -> Step<String> {
    let object = identifier::token(24);
    match state.storage.keep(&object, bytes.clone()).await {
        Ok(()) => Ok(object),
        Err(error) => {
            let error = format!("cannot keep the file: {error}");
            Err(Box::new(reply::text(StatusCode::INTERNAL_SERVER_ERROR, error)))
        }
    }
}

/// Whether the account takes a file of so many bytes.
pub(crate) fn admit(state: &State, size: u64) -> Step<()> {
    state.account.admits(size).or_else(|error| refuse_text(StatusCode::PAYLOAD_TOO_LARGE, error))
}

/// What `base64decode` asks for.
pub(crate) fn decoded(bytes: &Bytes) -> Step<Bytes> {
    let compact: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    match STANDARD.decode(&compact).or_else(|_| URL_SAFE.decode(&compact)) {
        Ok(bytes) => Ok(Bytes::from(bytes)),
        Err(error) => {
            let error = format!("base64decode: the content is not base64: {error}");
            Err(Box::new(reply::text(StatusCode::BAD_REQUEST, error)))
        }
    }
}

/// The event for a file that was stored (8.4).
pub(crate) fn announce_upload(
    state: &Arc<State>,
    origin: Origin<'_>,
    file: &File,
    tags: &Map<String, Value>,
) {
    let mut text = json!({
        "container": file.container,
        "url": origin.cdn(&file.handle),
        "filename": file.filename,
        "client": "Computer",
        "key": file.key,
        "type": file.mimetype,
        "size": file.size,
        "status": "Stored",
    });
    if !tags.is_empty() {
        text["upload_tags"] = Value::Object(tags.clone());
    }
    webhook::announce(state, "fp.upload", text);
}
