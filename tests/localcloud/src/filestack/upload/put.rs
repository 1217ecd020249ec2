//! The storage PUT of a part or a chunk (3.4).

use std::io;
use std::sync::Arc;

use hyper::header::{ETAG, HeaderName};
use hyper::{Request, StatusCode};

use super::{Chunk, Event, Upload};
use crate::download::insert;
use crate::fault::lock;
use crate::intake::Intake;
use crate::journal::Entry;
use crate::query::{Query, decode};
use crate::receipt;
use crate::reply::{self, Reply};
use crate::state::State;

/// What a PUT is for.
pub(crate) struct Target {
    pub(crate) upload: Arc<Upload>,
    part: u32,
    /// As it was signed; `None` for a whole part.
    chunk: Option<Chunk>,
}

impl Target {
    /// `None`: nothing that was signed here.
    pub(crate) fn of(state: &State, path: &str, query: &Query) -> Option<Target> {
        let object = decode(path.rsplit('/').next()?);
        if let Some(id) = query.get("uploadId") {
            let upload = state.uploads.get(id).filter(|upload| upload.object == object)?;
            return Some(Target { upload, part: query.get("partNumber")?.parse().ok()?, chunk: None });
        }
        let upload = state.uploads.of_object(&object)?;
        let (part, chunk) = lock(&upload.progress).expected.get(&object).cloned()?;
        Some(Target { upload, part, chunk: Some(chunk) })
    }

    /// Part, offset and announced size.
    pub(crate) fn place(&self) -> (u32, Option<u64>, Option<u64>) {
        match &self.chunk {
            None => (self.part, None, lock(&self.upload.progress).announced.get(&self.part).copied()),
            Some(chunk) => (self.part, Some(chunk.offset), Some(chunk.size)),
        }
    }

    /// Bytes that are there already, and the client knows it.
    fn repeated(&self) -> u64 {
        let progress = lock(&self.upload.progress);
        match &self.chunk {
            None => progress.repeated_part(self.part),
            Some(chunk) => progress.repeated_chunk(self.part, chunk.offset..chunk.offset + chunk.size),
        }
    }

    /// Notes what has come, and, once the client knows of it, that it does.
    fn keep(self, state: &Arc<State>, size: u64, reply: &mut Reply) -> io::Result<()> {
        let Target { upload, part, chunk } = self;
        let etag = reply.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or("").to_owned();
        let object = chunk.as_ref().map(|chunk| chunk.object.clone());
        let event = match chunk {
            None => Event::Stored { part, size, etag },
            Some(chunk) => Event::Arrived { part, chunk: Chunk { size, ..chunk } },
        };
        state.uploads.note(&upload, event)?;
        let state = Arc::clone(state);
        receipt::attach(reply, move || {
            // Of an upload that was forgotten meanwhile nothing is to be known.
            let _ = state.uploads.note(&upload, Event::Confirmed { part, object: object.clone() });
        });
        Ok(())
    }
}

pub(crate) async fn put(
    state: &Arc<State>,
    target: Option<Target>,
    request: Request<Intake>,
    entry: &Entry,
    kms: bool,
) -> Reply {
    let open = target.filter(|target| lock(&target.upload.progress).handle.is_none());
    let Some(target) = open else { return unknown() };
    let repeated = target.repeated();
    let mut reply = state.storage.put(request).await;
    if reply.status() != StatusCode::OK {
        return reply;
    }
    if kms {
        encrypted(&mut reply);
    }
    let noted = state.repeated.add(repeated).and_then(|()| target.keep(state, entry.received(), &mut reply));
    match noted {
        Ok(()) => reply,
        // It was forgotten while its bytes came.
        Err(error) if error.kind() == io::ErrorKind::NotFound => unknown(),
        Err(error) => {
            let message = format!("cannot write down what came: {error}");
            reply::storage_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &message)
        }
    }
}

fn unknown() -> Reply {
    let message =
        "The specified upload does not exist. Nothing was signed for this URL, or its upload is over.";
    reply::storage_error(StatusCode::NOT_FOUND, "NoSuchUpload", message)
}

/// What S3 answers where it encrypts with a key of KMS: the ETag is no digest of the bytes.
fn encrypted(reply: &mut Reply) {
    insert(reply, HeaderName::from_static("x-amz-server-side-encryption"), "aws:kms");
    insert(reply, ETAG, &format!("\"{:032x}\"", fastrand::u128(..)));
}
