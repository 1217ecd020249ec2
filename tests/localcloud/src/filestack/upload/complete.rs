//! `POST /multipart/complete`: parts become a file (3.6).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::fields::{Fields, Step, refuse};
use super::store::Store;
use super::{Call, Event, Part, Progress, SMALLEST_PART, Upload, authorise, broken, find, flatten};
use crate::fault::lock;
use crate::filestack::file::{Facts, File};
use crate::filestack::{deposit, workflow};
use crate::identifier;
use crate::reply::{self, Reply};

pub(crate) async fn complete(call: &Call<'_>) -> Reply {
    flatten(finish(call).await)
}

async fn finish(call: &Call<'_>) -> Step<Reply> {
    let fields = Fields::of(call.body)?;
    let upload = find(call, fields)?;
    same(fields.text("filename")?, &upload.filename, "filename")?;
    same(fields.text("mimetype")?, &upload.mimetype, "mimetype")?;
    let size = fields.number("size")?;
    if size != upload.size {
        return refuse(format!("size is {size}, start was told {}", upload.size));
    }
    let store = Store::read(fields)?;
    same(&store.location, &upload.store.location, "store.location")?;
    let tags = fields.tags("upload_tags")?;
    authorise(call, fields, size, &upload.store)?;
    let fii = fields.flag("fii")?;

    let Ok(joining) = upload.joining.try_lock() else {
        return Ok(accepted());
    };
    let lengths = check(&upload, fields, fii)?;
    if let Some(result) = lock(&upload.progress).result.clone() {
        return Ok(reply::json(StatusCode::OK, &result));
    }
    {
        let mut progress = lock(&upload.progress);
        if progress.joined < call.state.joining.load(Ordering::Relaxed) {
            progress.joined += 1;
            return Ok(accepted());
        }
    }
    let state = call.state;
    // A process that was killed while it joined the parts has chosen the handle: one upload never makes two
    // files.
    let chosen = lock(&upload.progress).handle.clone();
    let handle = match chosen {
        Some(handle) => handle,
        None => {
            let handle = identifier::handle();
            let joining = Event::Joining { handle: handle.clone() };
            state.uploads.note(&upload, joining).map_err(|error| broken(&error))?;
            handle
        }
    };
    let storage = &state.storage;
    storage.finish(&upload.object, &upload.id, &lengths).await.map_err(|error| broken(&error))?;
    let file = File::new(Facts {
        object: upload.object.clone(),
        filename: upload.filename.clone(),
        mimetype: upload.mimetype.clone(),
        size,
        location: upload.store.location.clone(),
        container: upload.store.container.clone(),
        key: upload.store.key(&handle, &upload.filename),
        handle,
    });
    let ids = if store.workflows.is_empty() { &upload.store.workflows } else { &store.workflows };
    let file = state.files.insert(file).map_err(|error| broken(&error))?;
    let workflows = workflow::start_all(state, call.origin(), ids, &file).map_err(|error| broken(&error))?;
    let result = answer(call, &file, &tags, workflows);
    let complete = Event::Complete { answer: result.clone() };
    state.uploads.note(&upload, complete).map_err(|error| broken(&error))?;
    // The answer stands; what cannot be removed takes space and harms nobody.
    let _ = storage.discard(&upload.object, &upload.id).await;
    deposit::announce_upload(state, call.origin(), &file, &tags);
    drop(joining);
    Ok(reply::json(StatusCode::OK, &result))
}

/// The parts are still being joined: ask again.
pub(crate) fn accepted() -> Reply {
    reply::json(StatusCode::ACCEPTED, &json!({ "status": "parts are being merged" }))
}

fn same(given: &str, started: &str, name: &str) -> Step<()> {
    if given == started { Ok(()) } else { refuse(format!("{name} is {given:?}, start was told {started:?}")) }
}

/// Whether all parts are there; gives their lengths.
fn check(upload: &Arc<Upload>, fields: Fields<'_>, fii: bool) -> Step<Vec<u64>> {
    if fii && !upload.intelligent {
        return refuse("fii was not granted for this upload");
    }
    // The SDK for Java warns that such a file is lost; the one for PHP asks for fii whenever a file has more
    // than one part, and mostly goes on the plain way (3.2).
    if upload.intelligent && !fii && upload.size <= SMALLEST_PART {
        return refuse("start asked for fii: complete of a file of one part must say fii too");
    }
    let listed = listed(fields)?;
    let progress = lock(&upload.progress);
    if fii {
        if fields.has("parts") && listed.is_empty() {
            return refuse(
                "with fii, parts lists the parts that were sent the plain way; leave it out if there are none",
            );
        }
    } else if listed.is_empty() {
        return refuse("parts must list every part with its etag");
    }
    for (number, etag) in &listed {
        match progress.parts.get(number) {
            None => return refuse(format!("part {number} was never stored")),
            Some(part) if part.committed => {
                return refuse(format!(
                    "part {number} was committed: parts lists only those sent the plain way"
                ));
            }
            Some(part) if unquoted(&part.etag) != unquoted(etag) => {
                return refuse(format!("the etag of part {number} is {}, not {etag}", part.etag));
            }
            Some(part) => {
                let announced = progress.announced.get(number).copied().unwrap_or(part.size);
                if announced != part.size {
                    return refuse(format!(
                        "part {number} has {} bytes, announced were {announced}",
                        part.size
                    ));
                }
            }
        }
    }
    let chosen = chosen(&progress, &listed, fii);
    let total: u64 = chosen.iter().map(|(_, part)| part.size).sum();
    let gap = chosen.iter().zip(1u32..).any(|((number, _), expected)| **number != expected);
    if gap || total != upload.size {
        if fii {
            let error = "not all parts were committed";
            let reason = format!("{total} of {} bytes are in committed or listed parts", upload.size);
            return Err(Box::new(reply::api_error(StatusCode::PARTIAL_CONTENT, error, &reason)));
        }
        return refuse(format!(
            "the listed parts leave a number out or add up to the wrong size: {total} bytes, the file has {}",
            upload.size
        ));
    }
    if let Some((_, before)) = chosen.split_last()
        && let Some((number, part)) = before.iter().find(|(_, part)| part.size < SMALLEST_PART)
    {
        let error = "EntityTooSmall: your proposed upload is smaller than the minimum allowed size";
        let reason = format!("part {number} has {} bytes, all but the last need {SMALLEST_PART}", part.size);
        return Err(Box::new(reply::api_error(StatusCode::BAD_REQUEST, error, &reason)));
    }
    Ok(chosen.iter().map(|(_, part)| part.size).collect())
}

/// The parts that make up the file: the listed ones and, with fii, the committed ones.
fn chosen<'a>(progress: &'a Progress, listed: &[(u32, String)], fii: bool) -> Vec<(&'a u32, &'a Part)> {
    let takes = |number: u32, part: &Part| {
        (fii && part.committed) || listed.binary_search_by_key(&number, |(number, _)| *number).is_ok()
    };
    progress.parts.iter().filter(|(number, part)| takes(**number, part)).collect()
}

fn listed(fields: Fields<'_>) -> Step<Vec<(u32, String)>> {
    let mut listed: Vec<(u32, String)> = Vec::new();
    for entry in fields.list("parts")?.into_iter().flatten() {
        let entry = Fields::of(entry)?;
        let number = entry.number("part_number")?;
        let Ok(number) = u32::try_from(number) else {
            return refuse("part_number is too large");
        };
        if listed.last().is_some_and(|(last, _)| *last >= number) {
            return refuse("parts must be ascending by part_number");
        }
        listed.push((number, entry.text("etag")?.to_owned()));
    }
    Ok(listed)
}

/// One SDK strips the quotes of an ETag (3.4).
fn unquoted(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// What is not to stay in S3 is copied after the answer; the webhook tells when it is stored.
fn answer(call: &Call<'_>, file: &File, tags: &Map<String, Value>, workflows: Map<String, Value>) -> Value {
    json!({
        "handle": file.handle,
        "url": call.origin().cdn(&file.handle),
        "filename": file.filename,
        "mimetype": file.mimetype,
        "size": file.size,
        "status": if file.location == "s3" { "Stored" } else { "InTransit" },
        "container": file.container,
        "key": file.key,
        "upload_tags": tags,
        "workflows": workflows,
    })
}
