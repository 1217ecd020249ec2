//! Factories with their profiles, videos with their encodings. Every change is written to the data folder.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::notification::Notifications;
use super::refusal::Refusal;
use super::{creation, factory, text};
use crate::disk::Disk;
use crate::identifier;

/// The fields of an object, as they are told.
pub(crate) type Details = Map<String, Value>;

#[derive(Serialize, Deserialize)]
pub(crate) struct Factory {
    /// Lists go by it.
    order: u64,
    pub(crate) details: Details,
    pub(crate) notifications: Notifications,
    pub(crate) profiles: Vec<Details>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Video {
    order: u64,
    pub(crate) factory: String,
    pub(crate) details: Details,
    pub(crate) path_format: String,
    /// The source is there; its bytes are the file that is named by the video's id.
    pub(crate) has_source: bool,
    pub(crate) encodings: Vec<Encoding>,
    /// Something sees to it that its encodings go on.
    #[serde(skip)]
    pub(crate) watched: AtomicBool,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Encoding {
    pub(crate) details: Details,
    pub(crate) polls: u32,
    /// When the work on it began.
    #[serde(default = "identifier::now_ms")]
    pub(crate) started_ms: u64,
    /// On purpose, at its end.
    pub(crate) fails: bool,
}

const VIDEO: &[&str] =
    &["id", "status", "original_filename", "file_size", "error_class", "error_message", "created_at"];
const ENCODING: &[&str] =
    &["id", "status", "profile_name", "encoding_progress", "files", "error_class", "error_message"];

fn chosen(details: &Details, names: &[&str]) -> Details {
    let found = |name: &&str| Some(((*name).to_owned(), details.get(*name)?.clone()));
    names.iter().filter_map(found).collect()
}

impl Factory {
    pub(crate) fn new(details: Details, profiles: Vec<Details>) -> Factory {
        Factory { order: 0, details, notifications: Notifications::default(), profiles }
    }

    /// By id or by name.
    pub(crate) fn profile(&self, key: &str) -> Result<usize, Refusal> {
        let place = self
            .profiles
            .iter()
            .position(|profile| text(profile, "id") == key || text(profile, "name") == key);
        place.ok_or_else(|| Refusal::not_found("Profile", key))
    }
}

impl Video {
    pub(crate) fn new(factory: &str, details: Details, path_format: String) -> Video {
        let factory = factory.to_owned();
        Video {
            order: 0,
            factory,
            details,
            path_format,
            has_source: false,
            encodings: Vec::new(),
            watched: AtomicBool::new(false),
        }
    }

    pub(crate) fn id(&self) -> &str {
        text(&self.details, "id")
    }

    pub(crate) fn status(&self) -> &str {
        text(&self.details, "status")
    }
}

impl Encoding {
    pub(crate) fn id(&self) -> &str {
        text(&self.details, "id")
    }

    pub(crate) fn status(&self) -> &str {
        text(&self.details, "status")
    }
}

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) factories: Vec<Factory>,
    pub(crate) videos: Vec<Video>,
    next: u64,
}

impl Table {
    pub(crate) fn open(disk: &Disk) -> io::Result<Mutex<Table>> {
        let mut table =
            Table { factories: disk.read_all("factories")?, videos: disk.read_all("videos")?, next: 0 };
        table.factories.sort_by_key(|factory| factory.order);
        table.videos.sort_by_key(|video| video.order);
        let last = table.factories.last().map_or(0, |factory| factory.order);
        for video in &mut table.videos {
            // What was being fetched when the cloud ended does not come any more.
            if video.status() == "processing" && video.details.get("source_url").is_some_and(Value::is_string)
            {
                let why = json!({
                    "status": "fail", "error_class": "DownloadFailed", "error_message": "the local cloud was stopped meanwhile",
                });
                creation::set(&mut video.details, why);
                save_video(disk, video)?;
            }
        }
        table.next = last.max(table.videos.last().map_or(0, |video| video.order)) + 1;
        if table.factories.is_empty() {
            for factory in factory::first() {
                table.add_factory(disk, factory)?;
            }
        }
        Ok(Mutex::new(table))
    }

    /// The videos with their encodings, oldest first. Told is what a person wants to see, and nobody polls by
    /// it.
    pub(crate) fn to_json(&self) -> Value {
        let video = |video: &Video| {
            let mut told = chosen(&video.details, VIDEO);
            told.insert("factory".to_owned(), video.factory.as_str().into());
            let encodings = video.encodings.iter().map(|encoding| chosen(&encoding.details, ENCODING));
            told.insert("encodings".to_owned(), encodings.collect());
            Value::Object(told)
        };
        self.videos.iter().map(video).collect()
    }

    fn order(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn factory(&self, id: &str) -> Result<&Factory, Refusal> {
        let found = self.factories.iter().find(|factory| text(&factory.details, "id") == id);
        found.ok_or_else(|| Refusal::not_found("Factory", id))
    }

    pub(crate) fn factory_mut(&mut self, id: &str) -> Result<&mut Factory, Refusal> {
        let found = self.factories.iter_mut().find(|factory| text(&factory.details, "id") == id);
        found.ok_or_else(|| Refusal::not_found("Factory", id))
    }

    pub(crate) fn add_factory(&mut self, disk: &Disk, mut factory: Factory) -> io::Result<()> {
        factory.order = self.order();
        save_factory(disk, &factory)?;
        self.factories.push(factory);
        Ok(())
    }

    pub(crate) fn add_video(&mut self, disk: &Disk, mut video: Video) -> io::Result<usize> {
        video.order = self.order();
        save_video(disk, &video)?;
        self.videos.push(video);
        Ok(self.videos.len() - 1)
    }

    /// The place of a video of this factory.
    pub(crate) fn video(&self, factory: &str, id: &str) -> Result<usize, Refusal> {
        let place = self.videos.iter().position(|video| video.factory == factory && video.id() == id);
        place.ok_or_else(|| Refusal::not_found("Video", id))
    }

    /// The video and the encoding of it that has this id.
    pub(crate) fn encoding(&self, factory: &str, id: &str) -> Result<(usize, usize), Refusal> {
        let mine = self.videos.iter().enumerate().filter(|(_, video)| video.factory == factory);
        let mut found = mine.filter_map(|(place, video)| {
            video.encodings.iter().position(|encoding| encoding.id() == id).map(|encoding| (place, encoding))
        });
        found.next().ok_or_else(|| Refusal::not_found("Encoding", id))
    }
}

pub(crate) fn save_factory(disk: &Disk, factory: &Factory) -> io::Result<()> {
    disk.write("factories", text(&factory.details, "id"), factory)
}

pub(crate) fn save_video(disk: &Disk, video: &Video) -> io::Result<()> {
    disk.write("videos", video.id(), video)
}
