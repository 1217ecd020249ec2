//! What a chain works on: stored files, remote ones on loopback, and files of an alias (5.11).

use hyper::StatusCode;

use super::chain::{self, Chain};
use super::delivery::missing;
use super::deposit::Content;
use super::order::Order;
use super::policy::Deed;
use crate::fetch::LARGEST;
use crate::query;
use crate::reply::{Step, refuse_text};

/// Whether a source is one that needs the API key in the URL (6.1).
pub(crate) fn is_foreign(source: &str) -> bool {
    source.contains("://")
}

/// What filelinks begin with, and transformations of files.
const CDN: &str = "https://cdn.filestackcontent.com/";

/// The handle that a source is: itself, or the one in a filelink. A transformation is none.
pub(crate) fn handle(source: &str) -> Option<&str> {
    match source.strip_prefix(CDN) {
        Some(path) if !Chain::parse(path).is_none_or(|chain| chain.is_plain()) => None,
        Some(path) => path.rsplit('/').next().filter(|handle| !handle.is_empty()),
        None if is_foreign(source) => None,
        None => Some(source),
    }
}

/// Reads the one source of a chain.
pub(crate) async fn load(order: &Order<'_>, source: &str) -> Step<Content> {
    if source.is_empty() {
        return refuse_text(StatusCode::BAD_REQUEST, "the URL names no source");
    }
    if source.starts_with('[') {
        return refuse_text(
            StatusCode::BAD_REQUEST,
            "a list of sources is for `zip`, `collage` and `animate` only",
        );
    }
    match handle(source) {
        Some(handle) => stored(order, handle).await,
        None => match source.strip_prefix("src://") {
            Some(rest) => aliased(order, rest).await,
            None if source.starts_with("wf://") => {
                refuse_text(StatusCode::NOT_IMPLEMENTED, "the local cloud does not do the source `wf://` yet")
            }
            None => remote(order, source).await,
        },
    }
}

async fn stored(order: &Order<'_>, handle: &str) -> Step<Content> {
    // Also of files that tasks name: a policy for one handle opens no other one.
    order.authorise(&Deed { calls: ANY, handle: Some(handle), ..Deed::default() })?;
    let file = order.state.files.get(handle).ok_or_else(|| Box::new(missing()))?;
    let Some(path) = order.state.storage.path(&file.object) else {
        return refuse_text(
            StatusCode::NOT_IMPLEMENTED,
            "started with --storage null: the bytes of uploads are counted, not kept",
        );
    };
    if file.size > LARGEST as u64 {
        return refuse_text(StatusCode::PAYLOAD_TOO_LARGE, "the source is larger than 256 MB");
    }
    match tokio::fs::read(path).await {
        Ok(bytes) => Ok(Content {
            bytes: bytes.into(),
            filename: file.filename.clone(),
            mimetype: file.mimetype.clone(),
        }),
        Err(error) => {
            refuse_text(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot read the file: {error}"))
        }
    }
}

async fn remote(order: &Order<'_>, url: &str) -> Step<Content> {
    let deed = Deed { calls: ANY, url: Some(url), ..Deed::default() };
    order.authorise(&deed)?;
    // The CDN is this cloud.
    let own = url.strip_prefix(CDN).zip(order.state.origins.get());
    let address = own.map(|(path, origins)| format!("{}/{path}", origins.http));
    let address = address.as_deref().unwrap_or(url);
    let fetched = match order.state.fetcher.get(address, order.source_headers).await {
        Ok(fetched) => fetched,
        Err(reason) => {
            return refuse_text(StatusCode::BAD_GATEWAY, format!("the source cannot be fetched: {reason}"));
        }
    };
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let name = query::decode(path.rsplit('/').next().unwrap_or(""));
    let mimetype = fetched.mimetype.as_deref().and_then(|text| text.split(';').next()).map(str::trim);
    Ok(Content {
        bytes: fetched.body,
        filename: if name.is_empty() { "unnamed_file".to_owned() } else { name },
        mimetype: mimetype.filter(|text| !text.is_empty()).unwrap_or("application/octet-stream").to_owned(),
    })
}

/// The call itself was allowed before; only the source is judged.
const ANY: &[&str] =
    &["pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove", "exif", "runWorkflow"];

async fn aliased(order: &Order<'_>, rest: &str) -> Step<Content> {
    let (alias, path) = rest.split_once('/').unwrap_or((rest, ""));
    let Some((_, folder)) = order.state.aliases.iter().find(|(name, _)| name == alias) else {
        return refuse_text(StatusCode::NOT_FOUND, format!("storage alias `{alias}` is unknown"));
    };
    let read = async {
        let folder = tokio::fs::canonicalize(folder).await.ok()?;
        let file = tokio::fs::canonicalize(folder.join(path)).await.ok()?;
        // Neither `..` nor a link leads out of the alias.
        if file.starts_with(&folder) { tokio::fs::read(file).await.ok() } else { None }
    };
    match read.await {
        Some(bytes) => {
            let filename = path.rsplit('/').next().unwrap_or(path).to_owned();
            Ok(Content { bytes: bytes.into(), mimetype: mimetype(&filename).to_owned(), filename })
        }
        None => Err(Box::new(missing())),
    }
}

/// The type of a file by its name, for the few that demos use.
pub(crate) fn mimetype(filename: &str) -> &'static str {
    let extension = filename.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "bmp" => "image/bmp",
        "pdf" => "application/pdf",
        "css" => "text/css",
        "js" => "text/javascript",
        "txt" => "text/plain",
        "json" => "application/json",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "ogg" => "video/ogg",
        "mp3" => "audio/mpeg",
        "oga" => "audio/ogg",
        "m4a" | "aac" => "audio/aac",
        "m3u8" => "application/x-mpegURL",
        _ => "application/octet-stream",
    }
}

/// The members of a list source, at most 100 (5.8).
pub(crate) fn members(source: &str) -> Step<Vec<String>> {
    let members = chain::members(source);
    if members.is_empty() || members.len() > 100 {
        return refuse_text(
            StatusCode::BAD_REQUEST,
            format!("{} sources were given, 1 to 100 are allowed", members.len()),
        );
    }
    Ok(members)
}
