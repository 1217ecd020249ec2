//! Files on their way out, whole or a range of them.

use std::io;
use std::path::PathBuf;

use bytes::BytesMut;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_RANGE, RANGE,
};
use hyper::{Method, Response, StatusCode};
use md5::{Digest, Md5};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::reply::{self, Body, BodyError, Reply};
use crate::storage::hex;

const BLOCK: usize = 256 * 1024;

pub(crate) struct Download {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) mimetype: String,
    pub(crate) filename: String,
}

impl Download {
    /// A strong one, in the form that S3 gives a file stored in parts: no MD5 of the bytes. Each version of a
    /// file has a path of its own.
    fn etag(&self) -> String {
        let version = format!("{} {}", self.path.display(), self.size);
        format!("\"{}-1\"", hex(&Md5::digest(version)))
    }
}

/// Answers `GET` and `HEAD`, the first one with a range if one is asked for, of this version if that is asked
/// for too.
pub(crate) async fn send(file: Download, method: &Method, headers: &HeaderMap) -> Reply {
    let is_meant = headers.get(IF_RANGE).is_none_or(|etag| etag.as_bytes() == file.etag().as_bytes());
    let range = headers.get(RANGE).filter(|_| is_meant && method == Method::GET);
    let wanted = match range.and_then(|range| range.to_str().ok()) {
        None => Wanted::All,
        Some(range) => Wanted::parse(range, file.size),
    };
    match piece(file, method, wanted).await {
        Ok(reply) => reply,
        Err(error) => {
            reply::text(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot read the file: {error}"))
        }
    }
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

async fn piece(file: Download, method: &Method, wanted: Wanted) -> io::Result<Reply> {
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
    let etag = file.etag();
    let body =
        if method == Method::HEAD { reply::body("") } else { content(file.path, first, length).await? };
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    insert(&mut reply, CONTENT_TYPE, &file.mimetype);
    insert(&mut reply, CONTENT_LENGTH, &length.to_string());
    insert(&mut reply, ACCEPT_RANGES, "bytes");
    insert(&mut reply, ETAG, &etag);
    let name = utf8_percent_encode(&file.filename, CONTROLS).to_string();
    insert(&mut reply, HeaderName::from_static("x-file-name"), &name);
    if status == StatusCode::PARTIAL_CONTENT {
        insert(&mut reply, CONTENT_RANGE, &format!("bytes {first}-{}/{}", first + length - 1, file.size));
    }
    Ok(reply)
}

/// Text that a header cannot carry is left out.
pub(crate) fn insert(reply: &mut Reply, name: HeaderName, value: &str) {
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
