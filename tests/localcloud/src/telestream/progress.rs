//! Encodings at work: every look at one brings it nearer to its end. Nothing is transcoded: what comes out
//! has the source's bytes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::creation::set;
use super::event::{self, Event};
use super::table::{Details, Encoding, Table, Video, save_video};
use super::{preset, text, timestamp};
use crate::fault::lock;
use crate::filestack::job::UNWATCHED;
use crate::state::State;

/// What a step has come to.
enum End {
    Success,
    Failure(&'static str, String),
}

/// Looks at encodings of a video; the places are theirs.
pub(crate) fn look(state: &Arc<State>, table: &mut Table, video: usize, encodings: &[usize]) {
    step(state, table, video, encodings, 1);
}

fn step(state: &Arc<State>, table: &mut Table, video: usize, encodings: &[usize], polls: u32) {
    let Some(found) = table.videos.get_mut(video) else { return };
    if found.status() == "processing" {
        return;
    }
    let mut events = Vec::new();
    for place in encodings {
        let Some(encoding) = found.encodings.get(*place).filter(|encoding| encoding.status() == "processing")
        else {
            continue;
        };
        let end = end(state, found, encoding, polls);
        let source = found.details.clone();
        let Some(encoding) = found.encodings.get_mut(*place) else { continue };
        encoding.polls = encoding.polls.saturating_add(polls);
        match end {
            None => {
                advance(encoding, state.polls);
                events.push(Event::Progress(*place));
                continue;
            }
            Some(End::Success) => match state.flip.disk.link(text(&source, "id"), encoding.id()) {
                Ok(()) => succeed(encoding, &source),
                Err(error) => fail(encoding, "UnexpectedError", &error.to_string()),
            },
            Some(End::Failure(class, message)) => fail(encoding, class, &message),
        }
        events.push(Event::Completed(*place));
    }
    if events.is_empty() {
        return;
    }
    let is_over = found.encodings.iter().all(|encoding| encoding.status() != "processing");
    if is_over && events.iter().any(|event| matches!(event, Event::Completed(_))) {
        events.push(Event::VideoEncoded);
    }
    // Of a restart an encoding at work needs to know no more than that it is.
    if events.iter().any(|event| !matches!(event, Event::Progress(_))) {
        let _ = save_video(&state.flip.disk, found);
    }
    if let Some(video) = table.videos.get(video) {
        event::announce(state, table, video, &events);
    }
}

fn end(state: &State, video: &Video, encoding: &Encoding, polls: u32) -> Option<End> {
    let failure = |class, message: &str| Some(End::Failure(class, message.to_owned()));
    if video.status() == "fail" {
        return failure("VideoStatusInvalid", "the video failed, there is nothing to encode");
    }
    if !video.has_source {
        return failure("FileNotFound", "the source of the video has been deleted");
    }
    if encoding.polls.saturating_add(polls) < state.polls {
        return None;
    }
    if encoding.fails {
        return failure("EncodingError", "the source could not be encoded (on purpose)");
    }
    Some(End::Success)
}

fn advance(encoding: &mut Encoding, polls: u32) {
    let progress = encoding.polls.saturating_mul(100) / polls.max(1);
    if text(&encoding.details, "started_encoding_at").is_empty() {
        encoding.details.insert("started_encoding_at".to_owned(), Value::from(timestamp::now()));
    }
    set(
        &mut encoding.details,
        json!({ "encoding_progress": progress.min(99), "updated_at": timestamp::now() }),
    );
}

fn succeed(encoding: &mut Encoding, source: &Details) {
    let details = &mut encoding.details;
    let (path, extname) = (text(details, "path"), text(details, "extname"));
    let frames = details.get("frame_count").and_then(Value::as_u64);
    let files: Vec<String> = match frames {
        Some(frames) => (1..=frames).map(|frame| format!("{path}_{frame}{extname}")).collect(),
        None => vec![format!("{path}{extname}")],
    };
    let mime_type = preset::mime_type(extname);
    for name in [
        "file_size",
        "duration",
        "width",
        "height",
        "fps",
        "video_codec",
        "audio_codec",
        "video_bitrate",
        "audio_bitrate",
        "audio_channels",
        "audio_sample_rate",
    ] {
        if details.get(name).is_none_or(Value::is_null) {
            details.insert(name.to_owned(), source.get(name).cloned().unwrap_or_default());
        }
    }
    let now = timestamp::now();
    if text(details, "started_encoding_at").is_empty() {
        details.insert("started_encoding_at".to_owned(), Value::from(now.as_str()));
    }
    let fields = json!({
        "status": "success", "encoding_progress": 100, "encoding_time": 3, "files": files, "mime_type": mime_type,
        "updated_at": now,
    });
    set(details, fields);
}

pub(crate) fn fail(encoding: &mut Encoding, class: &str, message: &str) {
    let now = timestamp::now();
    let fields =
        json!({ "status": "fail", "error_class": class, "error_message": message, "updated_at": now });
    set(&mut encoding.details, fields);
}

/// Puts a failed encoding back to its start.
pub(crate) fn restart(encoding: &mut Encoding) {
    encoding.polls = 0;
    for name in ["error_class", "error_message"] {
        encoding.details.shift_remove(name);
    }
    let fields = json!({
        "status": "processing", "encoding_progress": 0, "started_encoding_at": "", "files": [],
        "updated_at": timestamp::now(),
    });
    set(&mut encoding.details, fields);
}

/// Where somebody waits for events, encodings end by themselves, whether they are looked at or not.
pub(crate) fn watch(state: &Arc<State>, table: &Table, video: &Video) {
    if table.factory(&video.factory).is_ok_and(|factory| factory.notifications.url.is_none()) {
        return;
    }
    let (state, id) = (Arc::clone(state), video.id().to_owned());
    tokio::spawn(async move {
        tokio::time::sleep(UNWATCHED).await;
        let mut table = lock(&state.flip.table);
        let Some(place) = table.videos.iter().position(|video| video.id() == id) else { return };
        let waiting = |(_, encoding): &(usize, &Encoding)| encoding.status() == "processing";
        let encodings = table.videos.get(place).map(|video| {
            video.encodings.iter().enumerate().filter(waiting).map(|(place, _)| place).collect::<Vec<_>>()
        });
        // One step that is seen, then the rest.
        let encodings = encodings.unwrap_or_default();
        step(&state, &mut table, place, &encodings, 1);
        let polls = state.polls;
        step(&state, &mut table, place, &encodings, polls);
    });
}
