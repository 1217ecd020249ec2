//! Encodings at work: looks at one, or the clock, bring it nearer to its end. Nothing is transcoded: what
//! comes out has the source's bytes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::creation::set;
use super::event::{self, Event};
use super::table::{Details, Encoding, Table, Video, save_video};
use super::{preset, text, timestamp};
use crate::fault::lock;
use crate::identifier;
use crate::pace::{Pace, UNWATCHED};
use crate::state::State;

/// What a step has come to.
enum End {
    Success,
    Failure(&'static str, String),
}

/// Looks at encodings of a video; the places are theirs.
pub(crate) fn look(state: &Arc<State>, table: &mut Table, video: usize, encodings: &[usize]) {
    // By the clock a look moves nothing, so it is no progress to tell of.
    let moves = matches!(state.pace, Pace::Looks(_));
    step(state, table, video, encodings, u32::from(moves), moves);
}

/// `tells`: of progress too, not of ends alone.
fn step(state: &Arc<State>, table: &mut Table, video: usize, encodings: &[usize], polls: u32, tells: bool) {
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
        let percent = state.pace.percent(encoding.polls.saturating_add(polls), encoding.started_ms);
        let end = end(found, encoding, percent);
        let source = found.details.clone();
        let Some(encoding) = found.encodings.get_mut(*place) else { continue };
        encoding.polls = encoding.polls.saturating_add(polls);
        match end {
            None => {
                advance(encoding, percent);
                if tells {
                    events.push(Event::Progress(*place));
                }
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

fn end(video: &Video, encoding: &Encoding, percent: u32) -> Option<End> {
    let failure = |class, message: &str| Some(End::Failure(class, message.to_owned()));
    if video.status() == "fail" {
        return failure("VideoStatusInvalid", "the video failed, there is nothing to encode");
    }
    if !video.has_source {
        return failure("FileNotFound", "the source of the video has been deleted");
    }
    if percent < 100 {
        return None;
    }
    if encoding.fails {
        return failure("EncodingError", "the source could not be encoded (on purpose)");
    }
    Some(End::Success)
}

fn advance(encoding: &mut Encoding, percent: u32) {
    if text(&encoding.details, "started_encoding_at").is_empty() {
        encoding.details.insert("started_encoding_at".to_owned(), Value::from(timestamp::now()));
    }
    set(&mut encoding.details, json!({ "encoding_progress": percent, "updated_at": timestamp::now() }));
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
    encoding.started_ms = identifier::now_ms();
    for name in ["error_class", "error_message"] {
        encoding.details.shift_remove(name);
    }
    let fields = json!({
        "status": "processing", "encoding_progress": 0, "started_encoding_at": "", "files": [],
        "updated_at": timestamp::now(),
    });
    set(&mut encoding.details, fields);
}

/// The service tells of progress so often (6).
const TELLING: Duration = Duration::from_secs(10);
const SHORTEST: Duration = Duration::from_millis(10);

/// Where somebody waits for events, encodings end by themselves, whether they are looked at or not.
pub(crate) fn watch(state: &Arc<State>, table: &Table, video: &Video) {
    if table.factory(&video.factory).is_ok_and(|factory| factory.notifications.url.is_none()) {
        return;
    }
    if video.watched.swap(true, Ordering::Relaxed) {
        return;
    }
    let (state, id) = (Arc::clone(state), video.id().to_owned());
    tokio::spawn(async move {
        match state.pace {
            Pace::Looks(all) => {
                tokio::time::sleep(UNWATCHED).await;
                // One step that is seen, then the rest.
                tick(&state, &id, 1, false);
                tick(&state, &id, all, true);
            }
            // A step of the shortest work is seen too.
            Pace::Clock(all) => loop {
                tokio::time::sleep((all / 4).clamp(SHORTEST, TELLING)).await;
                if !tick(&state, &id, 0, false) {
                    break;
                }
            },
        }
    });
}

/// Whether there is more to do. If not, or at the last tick, the video is no longer watched.
fn tick(state: &Arc<State>, id: &str, polls: u32, last: bool) -> bool {
    let mut table = lock(&state.flip.table);
    let Some(place) = table.videos.iter().position(|video| video.id() == id) else { return false };
    let encodings = table.videos.get(place).map(working).unwrap_or_default();
    step(state, &mut table, place, &encodings, polls, true);
    let Some(video) = table.videos.get(place) else { return false };
    let goes_on = !last && !working(video).is_empty();
    video.watched.store(goes_on, Ordering::Relaxed);
    goes_on
}

/// The places of the encodings at work.
fn working(video: &Video) -> Vec<usize> {
    let encodings = video.encodings.iter().enumerate();
    encodings.filter(|(_, encoding)| encoding.status() == "processing").map(|(place, _)| place).collect()
}

/// Goes on with what was at work when the process before this one ended.
pub(crate) fn resume(state: &Arc<State>) {
    let table = lock(&state.flip.table);
    for video in table.videos.iter().filter(|video| !working(video).is_empty()) {
        watch(state, &table, video);
    }
}
