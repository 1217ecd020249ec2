//! `POST /api/file/{handle}`: other bytes under the same handle (5.5).

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::json;

use super::deposit::{decoded, keep};
use super::policy::Deed;
use super::webhook;
use crate::origin::Origin;
use crate::query::Query;
use crate::reply::{self, Reply, Step, flatten, refuse_text};
use crate::state::State;

pub(crate) struct Overwrite<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) origin: Origin<'a>,
    pub(crate) handle: &'a str,
    pub(crate) query: &'a Query,
    pub(crate) mimetype: &'a str,
    pub(crate) body: Bytes,
}

pub(crate) async fn overwrite(call: &Overwrite<'_>) -> Reply {
    flatten(carry_out(call).await)
}

async fn carry_out(call: &Overwrite<'_>) -> Step<Reply> {
    let (state, handle) = (call.state, call.handle);
    if call.query.get("key").is_some_and(|apikey| !state.account.knows(apikey)) {
        return Err(Box::new(reply::invalid_application()));
    }
    let url = remote(call);
    let mut deed = Deed { handle: Some(handle), url: url.as_deref(), ..Deed::default() };
    deed.calls = if url.is_some() { &["writeUrl"] } else { &["write"] };
    authorise(call, &deed)?;
    let Some(file) = state.files.get(handle) else {
        return refuse_text(StatusCode::NOT_FOUND, "File not found");
    };
    let mut bytes = match &url {
        Some(url) => match state.fetcher.get(url, &[]).await {
            Ok(fetched) => fetched.body,
            Err(reason) => {
                return refuse_text(
                    StatusCode::BAD_GATEWAY,
                    format!("the source cannot be fetched: {reason}"),
                );
            }
        },
        None => content(call)?,
    };
    if call.query.get("base64decode") == Some("true") {
        bytes = decoded(&bytes)?;
    }
    deed.size = Some(bytes.len() as u64);
    authorise(call, &deed)?;
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

fn authorise(call: &Overwrite<'_>, deed: &Deed<'_>) -> Step<()> {
    let (policy, signature) =
        (call.query.get("policy").unwrap_or(""), call.query.get("signature").unwrap_or(""));
    match call.state.account.authorise(Some((policy, signature)), deed) {
        Ok(_) => Ok(()),
        Err(refused) => Err(Box::new(reply::secured(refused.reason()))),
    }
}

/// Where to fetch the bytes, if the body is not the bytes.
fn remote(call: &Overwrite<'_>) -> Option<String> {
    if let Some(url) = call.query.get("url") {
        return Some(url.to_owned());
    }
    if !call.mimetype.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    Query::parse(std::str::from_utf8(&call.body).ok()?).get("url").map(str::to_owned)
}

/// The body, or the field `fileUpload` of a form.
fn content(call: &Overwrite<'_>) -> Step<Bytes> {
    if !call.mimetype.starts_with("multipart/form-data") {
        if call.body.is_empty() {
            return refuse_text(StatusCode::BAD_REQUEST, "there is nothing to overwrite the file with");
        }
        return Ok(call.body.clone());
    }
    let boundary = call.mimetype.split(';').find_map(|part| part.trim().strip_prefix("boundary="));
    let field = boundary.and_then(|boundary| field(&call.body, boundary.trim_matches('"'), "fileUpload"));
    field.map_or_else(|| refuse_text(StatusCode::BAD_REQUEST, "the form has no field `fileUpload`"), Ok)
}

/// The content of one field of a multipart form.
fn field(body: &Bytes, boundary: &str, name: &str) -> Option<Bytes> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter has no line before it.
    let mut at = find(body, delimiter.get(2..)?.as_bytes(), 0)?;
    let wanted = format!("name=\"{name}\"");
    loop {
        let head = find(body, b"\r\n", at)? + 2;
        let start = find(body, b"\r\n\r\n", head)? + 4;
        let end = find(body, delimiter.as_bytes(), start - 2)?;
        let headers = String::from_utf8_lossy(body.get(head..start)?).into_owned();
        let disposition =
            headers.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"));
        if disposition.is_some_and(|line| line.split(';').any(|part| part.trim() == wanted)) {
            return Some(body.slice(start..end.max(start)));
        }
        at = end + 2;
    }
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
    rest.windows(wanted.len()).position(|window| window == wanted).map(|place| from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name() {
        let body = Bytes::from_static(
            b"--B\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; \
              name=\"fileUpload\"; filename=\"filename\"\r\nContent-Type: a/b\r\n\r\nhello\r\n--B--\r\n",
        );
        assert_eq!(field(&body, "B", "fileUpload").as_deref(), Some(&b"hello"[..]));
        assert_eq!(field(&body, "B", "nothing"), None);
        let empty = Bytes::from_static(
            b"--B\r\nContent-Disposition: form-data; name=\"fileUpload\"\r\n\r\n\r\n--B--\r\n",
        );
        assert_eq!(field(&empty, "B", "fileUpload").as_deref(), Some(&b""[..]));
    }
}
