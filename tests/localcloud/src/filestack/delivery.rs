//! Files on their way out: `GET` and `HEAD` of a filelink (5.1, 5.3).

use std::io;
use std::path::PathBuf;

use bytes::BytesMut;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, RANGE,
};
use hyper::{Method, Response, StatusCode};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::chain::Chain;
use super::file::File;
use super::policy::Deed;
use crate::query::Query;
use crate::reply::{self, Body, BodyError, Reply};
use crate::state::State;

const BLOCK: usize = 256 * 1024;

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
    let range = match headers.get(RANGE).and_then(|range| range.to_str().ok()) {
        None => Wanted::All,
        Some(range) => Wanted::parse(range, file.size),
    };
    let mut reply = match send(path, method, &file, range).await {
        Ok(reply) => reply,
        Err(error) => {
            return reply::text(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot read the file: {error}"));
        }
    };
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

enum Wanted {
    All,
    Piece { first: u64, length: u64 },
    Nothing,
}

impl Wanted {
    /// One range of bytes; anything else gets the whole file, as HTTP allows.
    fn parse(header: &str, size: u64) -> Wanted {
        let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Wanted::All;
        };
        let piece = match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => Some((first, last.min(size.saturating_sub(1)))),
            (Ok(first), Err(_)) if last.is_empty() => Some((first, size.saturating_sub(1))),
            (Err(_), Ok(count)) if first.is_empty() && count > 0 => {
                Some((size.saturating_sub(count), size.saturating_sub(1)))
            }
            (Err(_), Ok(_)) if first.is_empty() => return Wanted::Nothing,
            _ => None,
        };
        match piece {
            None => Wanted::All,
            Some((first, _)) if first >= size => Wanted::Nothing,
            Some((first, last)) => Wanted::Piece { first, length: last - first + 1 },
        }
    }
}

async fn send(path: PathBuf, method: &Method, file: &File, wanted: Wanted) -> io::Result<Reply> {
    let (status, first, length) = match wanted {
        Wanted::All => (StatusCode::OK, 0, file.size),
        Wanted::Piece { first, length } => (StatusCode::PARTIAL_CONTENT, first, length),
        Wanted::Nothing => {
            let mut reply =
                reply::text(StatusCode::RANGE_NOT_SATISFIABLE, "the range is outside of the file");
            insert(&mut reply, CONTENT_RANGE, &format!("bytes */{}", file.size));
            return Ok(reply);
        }
    };
    let body = if method == Method::HEAD { reply::body("") } else { content(path, first, length).await? };
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    insert(&mut reply, CONTENT_TYPE, &file.mimetype);
    insert(&mut reply, CONTENT_LENGTH, &length.to_string());
    insert(&mut reply, ACCEPT_RANGES, "bytes");
    let name = utf8_percent_encode(&file.filename, CONTROLS).to_string();
    insert(&mut reply, HeaderName::from_static("x-file-name"), &name);
    if status == StatusCode::PARTIAL_CONTENT {
        insert(&mut reply, CONTENT_RANGE, &format!("bytes {first}-{}/{}", first + length - 1, file.size));
    }
    Ok(reply)
}

/// Text that a header cannot carry is left out.
fn insert(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

async fn content(path: PathBuf, first: u64, length: u64) -> io::Result<Body> {
    let mut file = tokio::fs::File::open(path).await?;
    file.seek(io::SeekFrom::Start(first)).await?;
    let blocks = stream::try_unfold(file.take(length), |mut file| async move {
        let mut block = BytesMut::with_capacity(BLOCK);
        let read = file.read_buf(&mut block).await?;
        Ok::<_, BodyError>((read > 0).then(|| (Frame::data(block.freeze()), file)))
    });
    Ok(StreamBody::new(blocks).boxed_unsync())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        let piece = |header| match Wanted::parse(header, 100) {
            Wanted::Piece { first, length } => Some((first, length)),
            _ => None,
        };
        assert_eq!(piece("bytes=0-9"), Some((0, 10)));
        assert_eq!(piece("bytes=90-"), Some((90, 10)));
        assert_eq!(piece("bytes=-5"), Some((95, 5)));
        assert_eq!(piece("bytes=50-1000"), Some((50, 50)));
        assert!(matches!(Wanted::parse("bytes=100-", 100), Wanted::Nothing));
        assert!(matches!(Wanted::parse("bytes=9-1", 100), Wanted::All));
    }
}
