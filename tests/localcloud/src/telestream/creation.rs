//! How a video comes to be (3.4): from its plan over its encodings to the moment its source is there, or is
//! not.

use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::{self, Event};
use super::params::Params;
use super::refusal::Refusal;
use super::table::{Details, Encoding, Factory, Table, Video, save_video};
use super::{new_id, preset, progress, text, timestamp};
use crate::fault::lock;
use crate::identifier;
use crate::state::State;

/// A source whose name has this in it is no film, whatever its bytes; a profile named so makes encodings that
/// fail.
const BROKEN: &str = "broken";
const LONGEST_PAYLOAD: usize = 256;

/// What is to be done with a source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Ids.
    profiles: Vec<String>,
    payload: Option<String>,
    path_format: String,
}

impl Plan {
    pub(crate) fn of(params: &Params, factory: &Factory) -> Result<Plan, Refusal> {
        let names = params.list("profiles").filter(|names| !names.is_empty());
        let all = params.flag("use_all_profiles") == Some(true);
        let places = match names {
            Some(names) if !all && names == ["none"] => Vec::new(),
            Some(names) if !all => {
                names.iter().map(|name| factory.profile(name)).collect::<Result<_, _>>()?
            }
            _ => (0..factory.profiles.len()).collect(),
        };
        let chosen = places.into_iter().filter_map(|place| factory.profiles.get(place));
        let payload = params.text("payload");
        if payload.as_ref().is_some_and(|payload| payload.chars().count() > LONGEST_PAYLOAD) {
            return Err(Refusal::bad(format!("payload is longer than {LONGEST_PAYLOAD} characters")));
        }
        let path_format = params.text("path_format").unwrap_or_else(|| ":id".to_owned());
        if !path_format.contains(":id") {
            return Err(Refusal::bad("path_format must contain :id"));
        }
        Ok(Plan {
            profiles: chosen.map(|profile| text(profile, "id").to_owned()).collect(),
            payload,
            path_format,
        })
    }
}

/// A source on its way.
pub(crate) struct Source<'a> {
    /// The id of the video; its bytes are kept under this name.
    pub(crate) id: &'a str,
    pub(crate) filename: &'a str,
    pub(crate) url: Option<&'a str>,
}

/// Adds a video that is being processed, with its encodings; gives what is told of it.
pub(crate) fn begin(
    state: &Arc<State>,
    factory_id: &str,
    source: &Source<'_>,
    plan: &Plan,
    fails: bool,
) -> Result<Value, Refusal> {
    let disk = &state.flip.disk;
    let mut table = lock(&state.flip.table);
    let (now, filename) = (timestamp::now(), base_name(source.filename));
    let fields = json!({
        "id": source.id, "status": "processing", "original_filename": filename, "extname": extname(filename),
        "path": source.id, "source_url": source.url, "mime_type": null, "file_size": null, "duration": null,
        "width": null, "height": null, "fps": null, "video_codec": null, "audio_codec": null, "video_bitrate": null,
        "audio_bitrate": null, "audio_channels": null, "audio_sample_rate": null, "payload": plan.payload,
        "created_at": now, "updated_at": now,
    });
    let details = fields.as_object().cloned().unwrap_or_default();
    let mut video = Video::new(factory_id, details, plan.path_format.clone());
    let factory = table.factory(factory_id)?;
    for id in &plan.profiles {
        // A profile may be gone since the session began.
        if let Ok(place) = factory.profile(id) {
            let encoding = encoding(&video, factory.profiles.get(place).unwrap_or(&Details::new()), fails);
            video.encodings.push(encoding);
        }
    }
    let told = Value::Object(video.details.clone());
    table.add_video(disk, video).map_err(|error| Refusal::internal(&error))?;
    Ok(told)
}

/// The last part of a path of either kind.
fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn extname(filename: &str) -> String {
    filename.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default()
}

/// A new encoding of a video, not begun yet.
pub(crate) fn encoding(video: &Video, profile: &Details, fails: bool) -> Encoding {
    let (id, now, name) = (new_id(), timestamp::now(), text(profile, "name"));
    let fields = json!({
        "id": id, "video_id": video.id(), "profile_id": profile.get("id"), "profile_name": name, "status": "processing",
        "encoding_progress": 0, "encoding_time": null, "started_encoding_at": "", "path": path(video, &id, profile),
        "extname": profile.get("extname"), "files": [], "mime_type": null, "video_codec": null, "audio_codec": null,
        "file_size": null, "width": profile.get("width"), "height": profile.get("height"), "duration": null,
        "fps": profile.get("fps"), "video_bitrate": profile.get("video_bitrate"),
        "audio_bitrate": profile.get("audio_bitrate"), "audio_channels": null, "audio_sample_rate": null,
        "external_id": null, "parent_encoding_id": null, "logfile_url": null, "created_at": now, "updated_at": now,
    });
    let mut details = fields.as_object().cloned().unwrap_or_default();
    if text(profile, "preset_name") == "thumbnail" {
        let frames = profile.get("frame_count").and_then(Value::as_u64).unwrap_or(7);
        details.insert("frame_count".to_owned(), Value::from(frames));
    }
    Encoding { details, polls: 0, started_ms: identifier::now_ms(), fails: fails || name.contains(BROKEN) }
}

fn path(video: &Video, id: &str, profile: &Details) -> String {
    let filename = text(&video.details, "original_filename");
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    let size = |name: &str, other: u64| profile.get(name).and_then(Value::as_u64).unwrap_or(other);
    let resolution = format!("{}x{}", size("width", 300), size("height", 240));
    let date = timestamp::now().get(..10).unwrap_or_default().replace('/', "-");
    // `:id` last: it is the beginning of no other one, but `:video_id` ends like it.
    video
        .path_format
        .replace(":video_id", video.id())
        .replace(":original", stem)
        .replace(":date", &date)
        .replace(":profile", text(profile, "name"))
        .replace(":type", "encodings")
        .replace(":resolution", &resolution)
        .replace(":id", id)
}

/// The source is there with so many bytes, or it is not and why: class and sentence.
pub(crate) fn settle(state: &Arc<State>, id: &str, fetched: Result<u64, (&str, String)>) -> io::Result<()> {
    let mut table = lock(&state.flip.table);
    // A video that was deleted meanwhile needs nothing any more.
    let Some(place) = table.videos.iter().position(|video| video.id() == id) else { return Ok(()) };
    let Some(video) = table.videos.get_mut(place) else { return Ok(()) };
    let filename = text(&video.details, "original_filename").to_owned();
    let outcome = fetched.and_then(|size| match size {
        0 => Err(("FormatNotRecognised", "the file is empty".to_owned())),
        _ if filename.contains(BROKEN) => {
            Err(("FormatNotRecognised", format!("the format of {filename} is not recognised")))
        }
        size => Ok(size),
    });
    let mut fields = match outcome {
        // Nothing looks into the film: all but size and type is made up.
        Ok(size) => json!({
            "status": "success", "file_size": size, "mime_type": preset::mime_type(&extname(&filename)),
            "duration": 14014, "width": 300, "height": 240, "fps": 29.97, "video_codec": "h264", "audio_codec": "aac",
            "video_bitrate": 344, "audio_bitrate": 112, "audio_channels": 2, "audio_sample_rate": 44100,
        }),
        Err((class, message)) => json!({ "status": "fail", "error_class": class, "error_message": message }),
    };
    video.has_source = fields["status"] == "success";
    if !video.has_source {
        state.flip.disk.remove_file(id);
    }
    // There was nothing to encode before.
    for encoding in &mut video.encodings {
        encoding.started_ms = identifier::now_ms();
    }
    fields["updated_at"] = Value::from(timestamp::now());
    set(&mut video.details, fields);
    save_video(&state.flip.disk, video)?;
    if let Some(video) = table.videos.get(place) {
        event::announce(state, &table, video, &[Event::VideoCreated]);
        progress::watch(state, &table, video);
    }
    Ok(())
}

pub(crate) fn set(details: &mut Details, fields: Value) {
    if let Value::Object(fields) = fields {
        details.extend(fields);
    }
}

/// Fetches the source of a video; it is processed meanwhile.
pub(crate) fn fetch(state: &Arc<State>, id: &str, url: &str) {
    let (state, id, url) = (Arc::clone(state), id.to_owned(), url.to_owned());
    tokio::spawn(async move {
        let fetched = match state.fetcher.get(&url, &[]).await {
            Err(reason) => Err(("DownloadFailed", reason)),
            Ok(fetched) => match (state.flip.too_large(fetched.body.len() as u64), state.flip.disk.file(&id))
            {
                (Some(error), _) => Err(("DownloadFailed", error)),
                (None, Some(path)) => match tokio::fs::write(path, &fetched.body).await {
                    Ok(()) => Ok(fetched.body.len() as u64),
                    Err(error) => Err(("UnexpectedError", error.to_string())),
                },
                (None, None) => Ok(fetched.body.len() as u64),
            },
        };
        // A disk that is full shows in the next call; nobody is here to be told.
        let _ = settle(&state, &id, fetched);
    });
}

/// Removes a video, its bytes and its encodings.
pub(crate) fn remove(state: &State, table: &mut Table, place: usize) {
    let video = table.videos.remove(place);
    let disk = &state.flip.disk;
    disk.remove("videos", video.id());
    disk.remove_file(video.id());
    for encoding in &video.encodings {
        disk.remove_file(encoding.id());
    }
}
