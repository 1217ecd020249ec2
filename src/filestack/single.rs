//! An upload in one request, whose body is the file (`specs/filestack.md` 4.3).

use serde_json::Value;

use super::Client;
use super::filelink::handle_of;
use super::request::{ApiRequest, Body, malformed, query, stored_whole};
use super::security::needs::{Needs, STORE};
use super::spec::UploadSpec;
use crate::error::Result;
use crate::http::{Method, escaped, shown_address};
use crate::transfer::context::TransferContext;
use crate::transfer::file_body::FileBody;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::source::Source;

/// Sends the file; returns what the service said of it, and its `handle`, which the service names in the URL
/// only. `operation` is that of the upload.
///
/// Repeated only if the request has surely not arrived: twice would store two files.
pub(super) fn send(
    client: &Client,
    source: &Source<'_>,
    spec: &UploadSpec,
    operation: &Operation,
    context: &TransferContext<'_>,
) -> Result<Value> {
    source.wait_for_all(context)?;
    let file = FileBody::plain(source, &spec.mimetype);
    let stored = |name| spec.store.get(name).and_then(Value::as_str);
    let mut pairs =
        vec![("key", client.apikey()), ("filename", &spec.filename), ("mimetype", &spec.mimetype)];
    pairs.extend(["path", "container", "access"].into_iter().filter_map(|name| Some((name, stored(name)?))));
    let security = spec.security.as_ref();
    let location = escaped(stored("location").unwrap_or_default());
    let url = format!("{}/store/{location}{}", client.hosts().api, query(&pairs, security));
    let request = ApiRequest {
        client,
        security,
        needs: Needs::of(&[STORE], None),
        operation: Operation { step: "store", repeat: Repeat::NotArrived, ..operation.clone() },
        method: Method::POST,
        shown: shown_address(&url),
        url,
        body: Body::File(&file),
    };
    request.answer_within(context, |answer| {
        let mut value = stored_whole(&answer, &file)?;
        let handle = handle_of(&value).map_err(|error| malformed(&answer, error.message()))?.to_owned();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("handle".into(), handle.into());
        }
        Ok(value)
    })
}
