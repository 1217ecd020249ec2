//! The storage PUT of a part or a chunk (3.4).

use std::sync::Arc;

use hyper::header::{ETAG, HeaderName};
use hyper::{Request, StatusCode};

use super::{Chunk, Part, Ticket, Upload};
use crate::download::insert;
use crate::fault::lock;
use crate::intake::Intake;
use crate::journal::Entry;
use crate::query::{Query, decode};
use crate::reply::{self, Reply};
use crate::state::State;

/// What a PUT is for.
pub(crate) enum Target {
    Part { upload: Arc<Upload>, part: u32 },
    Chunk { object: String, ticket: Ticket },
}

impl Target {
    /// `None`: nothing that was signed here.
    pub(crate) fn of(state: &State, path: &str, query: &Query) -> Option<Target> {
        let object = decode(path.rsplit('/').next()?);
        if let Some(id) = query.get("uploadId") {
            let upload = state.uploads.get(id).filter(|upload| upload.object == object)?;
            return Some(Target::Part { upload, part: query.get("partNumber")?.parse().ok()? });
        }
        let ticket = state.uploads.ticket(&object)?;
        Some(Target::Chunk { object, ticket })
    }

    pub(crate) fn upload(&self) -> &Upload {
        match self {
            Target::Part { upload, .. } => upload,
            Target::Chunk { ticket, .. } => &ticket.upload,
        }
    }

    /// Part, offset and announced size.
    pub(crate) fn place(&self) -> (u32, Option<u64>, Option<u64>) {
        match self {
            Target::Part { upload, part } => {
                (*part, None, lock(&upload.progress).announced.get(part).copied())
            }
            Target::Chunk { ticket, .. } => (ticket.part, Some(ticket.offset), Some(ticket.size)),
        }
    }
}

pub(crate) async fn put(
    state: &State,
    target: Option<Target>,
    request: Request<Intake>,
    entry: &Entry,
    kms: bool,
) -> Reply {
    let Some(target) = target else {
        let message = "The specified upload does not exist. Nothing was signed for this URL.";
        return reply::storage_error(StatusCode::NOT_FOUND, "NoSuchUpload", message);
    };
    let mut reply = state.storage.put(request).await;
    if reply.status() != StatusCode::OK {
        return reply;
    }
    if kms {
        encrypted(&mut reply);
    }
    let etag = reply.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or("").to_owned();
    let size = entry.received();
    match target {
        Target::Part { upload, part } => {
            lock(&upload.progress).parts.insert(part, Part { size, etag, committed: false });
        }
        Target::Chunk { object, ticket } => {
            state.uploads.spend(&object);
            let chunk = Chunk { offset: ticket.offset, size, object };
            lock(&ticket.upload.progress).chunks.entry(ticket.part).or_default().push(chunk);
        }
    }
    reply
}

/// What S3 answers where it encrypts with a key of KMS: the ETag is no digest of the bytes.
fn encrypted(reply: &mut Reply) {
    insert(reply, HeaderName::from_static("x-amz-server-side-encryption"), "aws:kms");
    insert(reply, ETAG, &format!("\"{:032x}\"", fastrand::u128(..)));
}
