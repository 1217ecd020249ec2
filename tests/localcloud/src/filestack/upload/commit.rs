//! `POST /multipart/commit`: chunks become a part (3.5).

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::json;

use super::fields::{Fields, Step, refuse};
use super::store::Store;
use super::{Call, Chunk, Event, Upload, authorise, broken, find, flatten, part_number};
use crate::fault::lock;
use crate::reply::{self, Reply};

pub(crate) async fn commit(call: &Call<'_>) -> Reply {
    flatten(join(call).await)
}

async fn join(call: &Call<'_>) -> Step<Reply> {
    let fields = Fields::of(call.body)?;
    let upload = find(call, fields)?;
    let part = part_number(fields)?;
    let size = fields.number("size")?;
    Store::check(fields)?;
    authorise(call, fields, upload.size, &upload.store)?;
    if !upload.intelligent {
        return refuse("commit is for fii, which was not granted for this upload");
    }
    if size != upload.size {
        return refuse(format!("size must be that of the whole file, {}, not {size}", upload.size));
    }
    let done = reply::json(StatusCode::OK, &json!({}));
    let chunks = {
        let progress = lock(&upload.progress);
        match progress.chunks.get(&part) {
            Some(chunks) => chunks.clone(),
            // The answer to the first commit was lost, and the client asks again.
            None if progress.parts.get(&part).is_some_and(|part| part.committed) => return Ok(done),
            None => return refuse(format!("no chunk of part {part} was stored")),
        }
    };
    let pieces = contiguous(&upload, part, &chunks)?;
    let size = upload.part_length(part);
    let storage = &call.state.storage;
    let etag =
        storage.assemble(&upload.object, &upload.id, part, &pieces).await.map_err(|error| broken(&error))?;
    call.state
        .uploads
        .note(&upload, Event::Committed { part, size, etag })
        .map_err(|error| broken(&error))?;
    for chunk in &chunks {
        storage.delete(&chunk.object).await.map_err(|error| broken(&error))?;
    }
    Ok(done)
}

/// The objects which, one after the other, make up the part. Where a chunk was sent again (whole or split)
/// the later one counts.
fn contiguous(upload: &Arc<Upload>, part: u32, chunks: &[Chunk]) -> Step<Vec<String>> {
    let length = upload.part_length(part);
    let mut objects = Vec::new();
    let mut end = 0;
    while end < length {
        let Some(chunk) = chunks.iter().rev().find(|chunk| chunk.offset == end && chunk.size > 0) else {
            return refuse(format!("part {part} has {length} bytes, no chunk was stored at offset {end}"));
        };
        objects.push(chunk.object.clone());
        end += chunk.size;
    }
    if end > length {
        return refuse(format!("part {part} has {length} bytes, its chunks have {end}"));
    }
    Ok(objects)
}
