//! An upload session as the service has opened it: how the files are cut into parts.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::Resource;
use super::call::unusable;
use super::location::Location;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Response, Secrets};
use crate::transfer::checkpoint::{Checkpoint, Record, Session};
use crate::transfer::plan::{MOST_PARTS, Plan};

/// The smallest part of a file that is larger than this itself, in bytes: smaller parts cost more than they
/// carry.
const SMALLEST_PART: u64 = 64 << 10;

/// All there is to know to go on.
#[derive(Debug, Clone)]
pub(super) struct UploadSession {
    pub location: Location,
    /// Where it was at first.
    pub opened: Location,
    /// Whether it takes parts; else it takes ranges.
    pub parts: bool,
    pub max_connections: Option<usize>,
    /// The parts of every file, the video's first.
    pub tracks: Vec<Track>,
    /// The video, once an answer has told it; JSON's null before.
    pub video: Value,
    /// How often what is known of the session has changed.
    pub version: u64,
}

/// One file of a session.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub tag: Option<String>,
    pub plan: Plan,
}

/// Bytes of a range where the service does not say how long parts are (`specs/telestream.md` 4.3).
pub(super) const RANGE: u64 = 5 << 20;

impl UploadSession {
    /// `files` are tags and sizes, the video's first. Whatever the service says is bounded before it sizes
    /// anything.
    pub fn new(answer: &Value, files: &[(Option<&str>, u64)]) -> Result<Self> {
        let text = answer.get("location").and_then(Value::as_str).unwrap_or_default();
        let Some(location) = Location::new(text) else {
            let error = malformed(answer, "names no http or https location".into());
            return Err(Secrets::new([text]).clean_error(error));
        };
        let hidden = |error: Error| location.secrets.clean_error(error);
        let parts = answer.get("parts").is_some() && answer.get("part_size").is_some();
        let tracks = files.iter().map(|&(tag, size)| {
            let plan = if parts { plan(answer, tag, size) } else { whole(answer, tag, size) };
            Ok(Track { tag: tag.map(str::to_owned), plan: plan? })
        });
        let tracks = tracks.collect::<Result<_>>().map_err(hidden)?;
        let max_connections = number(answer, "max_connections").filter(|most| *most > 0);
        let max_connections = max_connections.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        let opened = location.clone();
        Ok(UploadSession { location, opened, parts, max_connections, tracks, video: Value::Null, version: 0 })
    }

    pub fn to_session(&self) -> Session {
        let tags: Vec<&Option<String>> = self.tracks.iter().map(|track| &track.tag).collect();
        let answer = json!({"location": self.location.url(), "opened": self.opened.url(),
            "parts": self.parts, "video": self.video, "max_connections": self.max_connections, "tags": tags,
            "version": self.version});
        Session { part_sizes: self.tracks.iter().map(|track| track.plan.part_size()).collect(), answer }
    }

    /// None for a session that [`UploadSession::to_session`] has not made, or that is of files of other
    /// sizes.
    pub fn from_session(session: &Session, sizes: &[u64]) -> Option<Self> {
        let answer = &session.answer;
        let tags = answer.get("tags")?.as_array().filter(|tags| tags.len() == sizes.len())?;
        let parts = answer.get("parts")?.as_bool()?;
        let is_cut = |(size, part_size): (&u64, &u64)| size.div_ceil(*part_size) <= MOST_PARTS || !parts;
        if session.part_sizes.len() != sizes.len() || !sizes.iter().zip(&session.part_sizes).all(is_cut) {
            return None;
        }
        let tracks = tags.iter().zip(sizes).zip(&session.part_sizes);
        let tracks = tracks.map(|((tag, size), part_size)| Track {
            tag: tag.as_str().map(str::to_owned),
            plan: Plan::new(*size, *part_size),
        });
        let opened = Location::new(answer.get("opened")?.as_str()?)?;
        Some(UploadSession {
            location: Location::new(answer.get("location")?.as_str()?)?.after(&opened),
            opened,
            parts,
            max_connections: number(answer, "max_connections").and_then(|most| usize::try_from(most).ok()),
            tracks: tracks.collect(),
            video: answer.get("video")?.clone(),
            version: number(answer, "version")?,
        })
    }
}

/// Whether an error says that the service does not know the session (any more).
pub(super) fn is_forgotten(error: &Error) -> bool {
    error.http_status() == 404 && matches!(error.step(), "part" | "status" | "range")
}

/// The service has bytes, or has made the video, and nobody has recorded what was sent: nothing proves that
/// they are the file's.
pub(super) fn unproven() -> Error {
    let message = "the service has bytes that nobody has recorded; run the upload again to send all";
    Error::new(ErrorKind::InvalidState, message).with_retryable(true).at("status")
}

/// An error of a part or a range says which it was. That the upload was stopped is about neither.
pub(super) fn named(error: Error, step: &'static str, piece: impl fmt::Display) -> Error {
    match error.kind() {
        ErrorKind::Cancelled | ErrorKind::Paused => error,
        _ => error.at(step).while_doing(piece),
    }
}

/// The service tells of a video before it was sent all of it: that is not the file's. Neither can it be
/// believed what it says of the session.
pub(super) fn too_early(checkpoint: &Checkpoint, video: &Value) -> Error {
    checkpoint.record(Record::Reset);
    let fault = "the service tells of a video before it was sent all bytes of the file";
    unusable(ErrorKind::Protocol, fault, video)
}

/// Whether it is that of [`unproven`].
pub(super) fn is_unproven(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidState && error.step() == "status"
}

/// The parts of the file with this tag.
fn plan(answer: &Value, tag: Option<&str>, size: u64) -> Result<Plan> {
    let own = match tag {
        None => Some(answer),
        Some(tag) => answer.get("extra_files").and_then(|extra| extra.get(tag)),
    };
    let name = tag.unwrap_or("the video");
    let own = own.ok_or_else(|| malformed(answer, format!("does not have {name}")))?;
    let (count, length) = (number(own, "parts"), number(own, "part_size").filter(|length| *length > 0));
    let (Some(count), Some(length)) = (count, length) else {
        return Err(malformed(answer, format!("does not say how {name} is cut into parts")));
    };
    if count != size.div_ceil(length) {
        return Err(malformed(
            answer,
            format!("cuts {name} into {count} parts of {length} bytes, which are not its {size} bytes"),
        ));
    }
    if count > MOST_PARTS || (length < SMALLEST_PART && size > SMALLEST_PART) {
        return Err(malformed(
            answer,
            format!(
                "cuts {name} into {count} parts of {length} bytes, but at most {MOST_PARTS} of at least \
                 {SMALLEST_PART} are sent; the protocol of ranges needs none"
            ),
        ));
    }
    Ok(Plan::new(size, length))
}

/// The ranges of the file with this tag.
fn whole(answer: &Value, tag: Option<&str>, size: u64) -> Result<Plan> {
    match tag {
        None => Ok(Plan::new(size, RANGE)),
        Some(_) => Err(malformed(answer, "offers no parts, which extra files need".into())),
    }
}

/// What of an answer is shown: numbers. Anything else may tell where the session is, whatever its name.
const SHOWN: [&str; 3] = ["parts", "part_size", "max_connections"];

fn malformed(answer: &Value, fault: String) -> Error {
    let shown = SHOWN.iter().filter_map(|name| Some((*name, answer.get(name)?)));
    let shown: BTreeMap<&str, &Value> = shown.filter(|(_, value)| number_of(value).is_some()).collect();
    let shown = serde_json::to_value(&shown).unwrap_or_default();
    unusable(ErrorKind::Protocol, format!("the answer to the opening of the session {fault}"), &shown)
}

/// The number under a name.
fn number(of: &Value, name: &str) -> Option<u64> {
    number_of(of.get(name)?)
}

/// A number, or a text of one: API 3.0 has texts, API 3.1 has numbers.
pub(super) fn number_of(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

/// The video in an answer that completes one.
pub(super) fn video(answer: &Response) -> Result<Option<Value>> {
    let value = match answer.json() {
        Ok(value) => value,
        Err(error) if error.kind() == ErrorKind::OutOfMemory => return Err(error),
        Err(_) => return Ok(None),
    };
    let Some(id) = value.get("id") else { return Ok(None) };
    // Callers put it into paths.
    if id.as_str().is_some_and(|id| Resource::Videos.object(id, "").is_ok()) {
        return Ok(Some(value));
    }
    Err(unusable(ErrorKind::Protocol, "the service names a video by an id that none can have", &value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_as_texts_too() {
        let location = "http://u.example.com/?id=x";
        let answer = json!({"location": location, "parts": "3", "part_size": "10", "max_connections": 16});
        let session = UploadSession::new(&answer, &[(None, 21)]).expect("a session");
        assert_eq!((session.parts, session.max_connections), (true, Some(16)));
        assert_eq!(session.tracks.iter().map(|track| track.plan.count()).sum::<u32>(), 3);
    }

    #[test]
    fn a_part_size_that_makes_too_many_parts_is_refused_before_anything_is_made_of_it() {
        let location = "http://u.example.com/?id=x";
        for (size, part_size) in [(300_u64 << 20, 1_u64), (20_000, 1), (1 << 40, 64 << 10), (70_000, 1000)] {
            let parts = size.div_ceil(part_size);
            let answer = json!({"location": location, "parts": parts, "part_size": part_size});
            let error = UploadSession::new(&answer, &[(None, size)]).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Protocol, "{size} bytes in parts of {part_size}");
        }
        let answer = json!({"location": location, "parts": 6, "part_size": 1000});
        assert!(UploadSession::new(&answer, &[(None, 5500)]).is_ok(), "a small file may have small parts");
    }

    #[test]
    fn what_is_printed_shows_no_location() {
        let answer = json!({"location": "http://u.example.com/?id=opensesame", "parts": 3, "part_size": 10});
        let session = UploadSession::new(&answer, &[(None, 21)]).expect("a session");
        assert!(!format!("{session:?}").contains("opensesame"), "{session:?}");
    }

    #[test]
    fn an_answer_that_does_not_add_up_is_refused_without_its_location() {
        let location = "http://u.example.com/?id=secret";
        for answer in [
            json!({"location": location, "parts": 2, "part_size": 10}),
            json!({"location": location, "parts": 3, "part_size": 0}),
            json!({"location": location, "parts": -1, "part_size": 10}),
            json!({"location": "ftp://secret", "parts": 3, "part_size": 10}),
            json!({"parts": 3, "part_size": 10}),
        ] {
            let error = UploadSession::new(&answer, &[(None, 21)]).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Protocol);
            assert!(!format!("{}{}", error.message(), error.body()).contains("secret"), "{}", error.body());
            assert!(error.body().contains("part_size") && !error.body().contains("location"), "{error:?}");
        }
        let extra = json!({"location": location, "parts": 3, "part_size": 10, "extra_files": {}});
        assert!(UploadSession::new(&extra, &[(None, 21), (Some("srt"), 1)]).is_err());
    }
}
