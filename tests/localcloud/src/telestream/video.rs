//! Videos.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::call::{Call, Version, ok};
use super::creation::{self, Plan, Source};
use super::refusal::{Outcome, Refusal};
use super::table::{Video, save_video};
use super::{encoding, factory, new_id, text};
use crate::query;

fn told(call: &Call<'_>, video: &Video) -> Value {
    let mut details = video.details.clone();
    if call.version == Version::V31 {
        details.insert("encodings_count".to_owned(), Value::from(video.encodings.len()));
    }
    Value::Object(details)
}

pub(crate) fn list(call: &Call<'_>) -> Outcome {
    by_status(call, call.params.text("status").as_deref())
}

/// `GET /videos/queued.json` of 3.1: what is being processed.
pub(crate) fn queued(call: &Call<'_>) -> Outcome {
    by_status(call, Some("processing"))
}

fn by_status(call: &Call<'_>, status: Option<&str>) -> Outcome {
    let id = call.factory()?;
    let table = call.table();
    let mine = table.videos.iter().filter(|video| video.factory == id);
    let chosen = mine.filter(|video| status.is_none_or(|status| status == video.status()));
    call.page("videos", chosen.map(|video| told(call, video)).collect())
}

pub(crate) fn find(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let table = call.table();
    let place = table.video(&factory, id)?;
    ok(table.videos.get(place).map_or(Value::Null, |video| told(call, video)))
}

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    let factory = call.factory()?;
    let plan = Plan::of(&call.params, call.table().factory(&factory)?)?;
    let state = call.state;
    let answer = match (&call.file, call.params.text("source_url")) {
        (Some(file), None) => {
            call.flip().admit(file.size)?;
            let source = Source { id: &file.id, filename: &file.name, url: None };
            let answer = creation::begin(state, &factory, &source, &plan, call.fails)?;
            creation::settle(state, &file.id, Ok(file.size)).map_err(|error| Refusal::internal(&error))?;
            answer
        }
        (None, Some(url)) => {
            let id = new_id();
            let path = url.split(['?', '#']).next().unwrap_or(&url);
            let filename = query::decode(path.rsplit('/').next().unwrap_or(""));
            let source = Source { id: &id, filename: &filename, url: Some(&url) };
            let answer = creation::begin(state, &factory, &source, &plan, call.fails)?;
            creation::fetch(state, &id, &url);
            answer
        }
        _ => return Err(Refusal::lacks("source_url or file, and not both")),
    };
    Ok((call.created(), answer))
}

pub(crate) fn delete(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let mut table = call.table();
    let place = table.video(&factory, id)?;
    creation::remove(call.state, &mut table, place);
    ok(json!({ "deleted": true }))
}

/// Deletes the source alone; what was made of it stays.
pub(crate) fn delete_source(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let mut table = call.table();
    let place = table.video(&factory, id)?;
    if let Some(video) = table.videos.get_mut(place) {
        video.has_source = false;
        call.flip().disk.remove_file(id);
        save_video(&call.flip().disk, video).map_err(|error| Refusal::internal(&error))?;
    }
    ok(json!({ "deleted": true }))
}

pub(crate) fn metadata(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let table = call.table();
    let place = table.video(&factory, id)?;
    let Some(video) = table.videos.get(place).filter(|video| video.status() == "success") else {
        return ok(json!({}));
    };
    let field = |name: &str| video.details.get(name).cloned().unwrap_or_default();
    ok(json!({
        "file_name": field("original_filename"),
        "file_size": field("file_size"),
        "mime_type": field("mime_type"),
        "duration": "14.01 s",
        "video_frame_rate": field("fps"),
        "image_width": field("width"),
        "image_height": field("height"),
        "audio_channels": field("audio_channels"),
        "audio_sample_rate": field("audio_sample_rate"),
    }))
}

pub(crate) fn encodings(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    call.table().video(&factory, id)?;
    encoding::chosen(call, &factory, Some(id.to_owned()), None)
}

/// `POST /videos/{id}/cancel.json` of 3.1: cancels its encodings.
pub(crate) fn cancel(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let mut table = call.table();
    let place = table.video(&factory, id)?;
    let Some(video) = table.videos.get_mut(place) else { return ok(json!({ "canceled": false })) };
    let running = video.encodings.iter_mut().filter(|encoding| encoding.status() == "processing");
    let count = running.map(encoding::stop).count();
    save_video(&call.flip().disk, video).map_err(|error| Refusal::internal(&error))?;
    ok(json!({ "canceled": count > 0 }))
}

/// The URL of the original, which is served where the factory uploads originals.
pub(crate) fn signed_url(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let table = call.table();
    let place = table.video(&factory, id)?;
    let details = table.videos.get(place).map(|video| video.details.clone()).unwrap_or_default();
    let url = factory::url(call.origin, &factory);
    let signed = format!("{url}{}{}", text(&details, "path"), text(&details, "extname"));
    Ok((StatusCode::OK, json!({ "signed_url": signed })))
}
