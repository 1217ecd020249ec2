//! Where uploaded bytes go: a real S3 server, or nowhere.

mod bucket;
mod digest;
mod signature;

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hyper::header::{ETAG, HeaderValue};
use hyper::{Request, StatusCode};

use crate::disk::Disk;
use crate::identifier;
use crate::intake::Intake;
use crate::options::StorageKind;
use crate::reply::{self, Reply};

pub(crate) use bucket::Bucket;
pub(crate) use signature::{SignedPut, hmac};

/// The first element of every storage URL's path.
pub(crate) const BUCKET: &str = "filestack-local";
pub(crate) const REGION: &str = "us-east-1";

pub(crate) enum Storage {
    S3(Box<Bucket>),
    Null,
}

impl Storage {
    pub(crate) fn open(kind: StorageKind, data: &Path, keys: &Disk) -> io::Result<Storage> {
        match kind {
            StorageKind::S3 => Ok(Storage::S3(Box::new(Bucket::open(data, keys)?))),
            StorageKind::Null => Ok(Storage::Null),
        }
    }

    /// Begins an object that is made of parts; gives its upload id.
    pub(crate) async fn begin(&self, object: &str) -> io::Result<String> {
        match self {
            Storage::S3(bucket) => bucket.begin(object).await,
            Storage::Null => Ok(identifier::uuid()),
        }
    }

    /// Signs a PUT of one part or of one temporary object.
    pub(crate) fn sign(&self, put: &SignedPut<'_>) -> serde_json::Value {
        match self {
            Storage::S3(bucket) => bucket.sign(put),
            Storage::Null => put.sign("LOCALCLOUD", "null storage checks no signature"),
        }
    }

    /// Carries out a PUT that a client sent.
    pub(crate) async fn put(&self, request: Request<Intake>) -> Reply {
        match self {
            Storage::S3(bucket) => bucket.serve(request).await,
            Storage::Null => discard(request).await,
        }
    }

    /// Joins temporary objects into one part; gives the part's ETag.
    pub(crate) async fn assemble(
        &self,
        object: &str,
        upload_id: &str,
        part: u32,
        chunks: &[String],
    ) -> io::Result<String> {
        match self {
            Storage::S3(bucket) => bucket.assemble(object, upload_id, part, chunks).await,
            Storage::Null => Ok(String::new()),
        }
    }

    /// Joins the parts from 1 on, which have these lengths, into the object.
    pub(crate) async fn finish(&self, object: &str, upload_id: &str, lengths: &[u64]) -> io::Result<()> {
        match self {
            Storage::S3(bucket) => bucket.finish(object, upload_id, lengths).await,
            Storage::Null => Ok(()),
        }
    }

    /// Removes what is left of an upload whose object is there.
    pub(crate) async fn discard(&self, object: &str, upload_id: &str) -> io::Result<()> {
        match self {
            Storage::S3(bucket) => bucket.discard(object, upload_id).await,
            Storage::Null => Ok(()),
        }
    }

    /// Keeps an object that the cloud made itself.
    pub(crate) async fn keep(&self, object: &str, bytes: Bytes) -> io::Result<()> {
        match self {
            Storage::S3(bucket) => bucket.keep(object, bytes).await,
            Storage::Null => Ok(()),
        }
    }

    pub(crate) async fn delete(&self, object: &str) -> io::Result<()> {
        match self {
            Storage::S3(bucket) => bucket.delete(object).await,
            Storage::Null => Ok(()),
        }
    }

    /// The file that holds an object; `None` where nothing is kept.
    pub(crate) fn path(&self, object: &str) -> Option<PathBuf> {
        match self {
            Storage::S3(bucket) => Some(bucket.path(object)),
            Storage::Null => None,
        }
    }
}

/// Counts a body and answers as S3 would have, believing the digest that came with it.
async fn discard(request: Request<Intake>) -> Reply {
    let digest = request.headers().get("content-md5").cloned();
    if request.into_body().drain().await.is_err() {
        return reply::storage_error(StatusCode::BAD_REQUEST, "IncompleteBody", "The body ended early.");
    }
    let etag = digest
        .and_then(|value| digest::decode(value.to_str().ok()?))
        .map_or_else(|| identifier::token(32), |digest| hex(&digest));
    let mut reply = reply::bytes(StatusCode::OK, "application/xml", "");
    if let Ok(value) = HeaderValue::from_str(&format!("\"{etag}\"")) {
        reply.headers_mut().insert(ETAG, value);
    }
    reply
}

pub(crate) use digest::{decode as decode_md5, hex};
