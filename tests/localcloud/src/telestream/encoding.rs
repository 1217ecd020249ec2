//! Encodings.

use serde_json::{Value, json};

use super::call::{Call, ok};
use super::refusal::{Outcome, Refusal};
use super::table::{Encoding, save_video};
use super::{creation, factory, progress, text};

fn told(call: &Call<'_>, factory: &str, encoding: &Encoding) -> Value {
    let mut details = encoding.details.clone();
    details.shift_remove("frame_count");
    let url = factory::url(call.origin, factory);
    let path = text(&details, "path").to_owned();
    if encoding.status() == "fail" {
        details.insert("logfile_url".to_owned(), Value::from(format!("{url}{path}.log")));
    }
    if call.params.flag("screenshots") == Some(true) {
        let count = if encoding.status() == "success" { 7 } else { 0 };
        let screenshots = (1..=count).map(|number| Value::from(format!("{url}{path}_{number}.jpg")));
        details.insert("screenshots".to_owned(), screenshots.collect());
    }
    Value::Object(details)
}

pub(crate) fn list(call: &Call<'_>) -> Outcome {
    let factory = call.factory()?;
    chosen(call, &factory, call.params.text("video_id"), call.params.text("profile_id"))
}

/// The encodings that a list is asked for, all of which have been looked at now.
pub(crate) fn chosen(
    call: &Call<'_>,
    factory: &str,
    video_id: Option<String>,
    profile_id: Option<String>,
) -> Outcome {
    let (profile_name, status) = (call.params.text("profile_name"), call.params.text("status"));
    let agrees = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
    let profile_id = profile_id.or_else(|| call.params.text("profile_id"));
    let mut table = call.table();
    let mut list = Vec::new();
    for place in 0..table.videos.len() {
        let Some(video) = table.videos.get(place) else { break };
        if video.factory != factory || !agrees(&video_id, video.id()) {
            continue;
        }
        let matches = |(_, encoding): &(usize, &Encoding)| {
            agrees(&profile_id, text(&encoding.details, "profile_id"))
                && agrees(&profile_name, text(&encoding.details, "profile_name"))
        };
        let mine: Vec<usize> =
            video.encodings.iter().enumerate().filter(matches).map(|(place, _)| place).collect();
        progress::look(call.state, &mut table, place, &mine);
        let encodings =
            table.videos.get(place).into_iter().flat_map(|video| video.encodings.iter().enumerate());
        let shown =
            encodings.filter(|(place, encoding)| mine.contains(place) && agrees(&status, encoding.status()));
        list.extend(shown.map(|(_, encoding)| told(call, factory, encoding)));
    }
    call.page("encodings", list)
}

pub(crate) fn count(call: &Call<'_>) -> Outcome {
    let factory = call.factory()?;
    let table = call.table();
    let mine = table.videos.iter().filter(|video| video.factory == factory);
    ok(json!({ "total": mine.map(|video| video.encodings.len()).sum::<usize>() }))
}

pub(crate) fn of_profile(call: &Call<'_>, key: &str) -> Outcome {
    let factory = call.factory()?;
    let id = {
        let table = call.table();
        let found = table.factory(&factory)?;
        let place = found.profile(key)?;
        found.profiles.get(place).map(|profile| text(profile, "id").to_owned())
    };
    chosen(call, &factory, None, id)
}

pub(crate) fn find(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let mut table = call.table();
    let (video, place) = table.encoding(&factory, id)?;
    progress::look(call.state, &mut table, video, &[place]);
    let found = table.videos.get(video).and_then(|video| video.encodings.get(place));
    ok(found.map_or(Value::Null, |encoding| told(call, &factory, encoding)))
}

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    let factory = call.factory()?;
    let video_id = call.params.needed("video_id")?;
    let key = call.params.text("profile_id").or_else(|| call.params.text("profile_name"));
    let key = key.ok_or_else(|| Refusal::lacks("profile_id or profile_name"))?;
    let mut table = call.table();
    let place = table.video(&factory, &video_id)?;
    let found = table.factory(&factory)?;
    let profile = found.profiles.get(found.profile(&key)?).cloned().unwrap_or_default();
    let Some(video) = table.videos.get_mut(place) else { return Err(Refusal::not_found("Video", &video_id)) };
    let encoding = creation::encoding(video, &profile, call.fails);
    let answer = told(call, &factory, &encoding);
    video.encodings.push(encoding);
    save_video(&call.flip().disk, video).map_err(|error| Refusal::internal(&error))?;
    if let Some(video) = table.videos.get(place) {
        progress::watch(call.state, &table, video);
    }
    ok(answer)
}

pub(crate) fn retry(call: &Call<'_>, id: &str) -> Outcome {
    change(call, id, |encoding| {
        if encoding.status() != "fail" {
            return Err(Refusal::bad(format!("Encoding with ID={id} has not failed")));
        }
        // What failed by a fault can succeed now; a profile that is broken stays so.
        encoding.fails = call.fails || text(&encoding.details, "profile_name").contains("broken");
        progress::restart(encoding);
        Ok(json!({ "retried": true }))
    })
}

pub(crate) fn cancel(call: &Call<'_>, id: &str) -> Outcome {
    change(call, id, |encoding| {
        if encoding.status() != "processing" {
            return Err(Refusal::bad(format!("Encoding with ID={id} is not being processed")));
        }
        stop(encoding);
        Ok(json!({ "canceled": true }))
    })
}

/// There is no status for it: what is cancelled has failed.
pub(crate) fn stop(encoding: &mut Encoding) {
    progress::fail(encoding, "Canceled", "the encoding has been cancelled");
}

fn change(
    call: &Call<'_>,
    id: &str,
    change: impl FnOnce(&mut Encoding) -> Result<Value, Refusal>,
) -> Outcome {
    let factory = call.factory()?;
    let mut table = call.table();
    let (place, encoding) = table.encoding(&factory, id)?;
    let gone = || Refusal::not_found("Encoding", id);
    let video = table.videos.get_mut(place).ok_or_else(gone)?;
    let answer = change(video.encodings.get_mut(encoding).ok_or_else(gone)?)?;
    save_video(&call.flip().disk, video).map_err(|error| Refusal::internal(&error))?;
    if let Some(video) = table.videos.get(place) {
        progress::watch(call.state, &table, video);
    }
    ok(answer)
}

pub(crate) fn delete(call: &Call<'_>, id: &str) -> Outcome {
    let factory = call.factory()?;
    let mut table = call.table();
    let (place, encoding) = table.encoding(&factory, id)?;
    if let Some(video) = table.videos.get_mut(place) {
        video.encodings.remove(encoding);
        call.flip().disk.remove_file(id);
        save_video(&call.flip().disk, video).map_err(|error| Refusal::internal(&error))?;
    }
    ok(json!({ "deleted": true }))
}

/// The URLs of what an encoding has made.
fn urls(call: &Call<'_>, id: &str) -> Result<Vec<String>, Refusal> {
    let factory = call.factory()?;
    let table = call.table();
    let (video, place) = table.encoding(&factory, id)?;
    let found = table.videos.get(video).and_then(|video| video.encodings.get(place));
    let files =
        found.and_then(|encoding| encoding.details.get("files")?.as_array().cloned()).unwrap_or_default();
    let url = factory::url(call.origin, &factory);
    Ok(files.iter().filter_map(Value::as_str).map(|file| format!("{url}{file}")).collect())
}

pub(crate) fn signed_urls(call: &Call<'_>, id: &str) -> Outcome {
    ok(json!({ "signed_urls": urls(call, id)? }))
}

pub(crate) fn signed_url(call: &Call<'_>, id: &str) -> Outcome {
    ok(json!({ "signed_url": urls(call, id)?.first() }))
}
