//! A model of Telestream's upload sessions in parts (`specs/telestream.md` 4.4). No digest goes with a part:
//! nothing but what the client sends decides whether the video is the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::net::Read;
use super::server::Request;
use super::service::{ADDRESS, Answer, File};
use super::world::{Time, World};

pub const PART: u64 = 1 << 20;

#[derive(Default)]
pub struct Session {
    size: u64,
    /// The parts that are stored, counted from 0.
    parts: BTreeMap<u64, Part>,
    video: Option<String>,
    /// Since when the client knows that there is a video.
    known: Option<Time>,
}

struct Part {
    /// The versions of the file that it may be of.
    versions: BTreeSet<usize>,
    /// Since when the client knows that it is stored.
    confirmed: Option<Time>,
}

impl Session {
    /// When the client was told that parts are stored.
    fn parts_told(&self) -> Vec<Time> {
        self.parts.values().filter_map(|part| part.confirmed).collect()
    }

    /// Shows `learn` the versions of each part, where it begins, and its length.
    pub fn learn(&mut self, learn: impl Fn(&mut BTreeSet<usize>, u64, u64)) {
        for (number, part) in &mut self.parts {
            let begin = number * PART;
            learn(&mut part.versions, begin, PART.min(self.size - begin));
        }
    }
}

/// The session that a request is for.
pub fn session(line: &str) -> Option<String> {
    let path = line.split(' ').nth(1)?;
    Some(path.strip_prefix("/flip-session/")?.to_owned())
}

impl World {
    pub fn open_session(&mut self, body: &Value) -> Value {
        let size = body["file_size"].as_u64().unwrap_or(0);
        if self.service.remembers {
            let told = |session: &Session| match session.video {
                Some(_) => session.known.into_iter().collect(),
                None => session.parts_told(),
            };
            let others = self.service.flips.iter();
            let others = others.map(|(id, it)| (id.clone(), it.video.is_some(), told(it))).collect();
            self.service.begins_anew(others, self.now, self.disk.slowest);
        }
        let id = format!("s{:08}-{}", self.rng.u32(..100_000_000), self.service.flips.len());
        self.service.flips.insert(id.clone(), Session { size, ..Session::default() });
        let location = format!("{ADDRESS}/flip-session/{id}");
        json!({"location": location, "parts": size.div_ceil(PART), "part_size": PART, "max_connections": 64})
    }

    /// A part that the client knows to be stored is not to come again. Where in the file this one is.
    pub fn begin_part(&mut self, id: &str, number: u64) -> u64 {
        let session = self.service.flips.get(id);
        let confirmed = session.and_then(|session| session.parts.get(&number)?.confirmed);
        let told = session.filter(|_| confirmed.is_some()).map_or_else(Vec::new, Session::parts_told);
        self.service.comes((id, number), confirmed, &told, self.now, self.disk.slowest);
        number * PART
    }

    /// The client has read what the service said of a session, perhaps that there is a video.
    fn told_of(&mut self, id: &str, is_video: bool) {
        if let Some(session) = self.service.flips.get_mut(id).filter(|_| is_video) {
            session.known.get_or_insert(self.now);
        }
    }

    pub fn ask_session(&mut self, id: &str, request: &Request) -> Answer {
        let service = &mut self.service;
        let Some(session) = service.flips.get_mut(id) else {
            return (404, Vec::new(), "no such session".into(), None);
        };
        let count = session.size.div_ceil(PART);
        let Some(number) = request.part else {
            let missing: Vec<u64> = (0..count).filter(|number| !session.parts.contains_key(number)).collect();
            let (id, is_video) = (id.to_owned(), session.video.is_some());
            let told: Read = Box::new(move |world: &mut World| world.told_of(&id, is_video));
            return (200, Vec::new(), json!({"missing_parts": missing}).to_string(), Some(told));
        };
        if number >= count || request.length != PART.min(session.size - number * PART) {
            service.broken.push(format!("part {number} of {id} has {} bytes", request.length));
            return (400, Vec::new(), "another length".into(), None);
        }
        if request.versions.is_empty() && service.versions.len() < 2 {
            service.broken.push(format!("part {number} of {id} has bytes that the file has not"));
        }
        if session.video.is_none() {
            let confirmed = session.parts.get(&number).and_then(|part| part.confirmed);
            session.parts.insert(number, Part { versions: request.versions.clone(), confirmed });
        }
        if session.parts.len() as u64 == count && session.video.is_none() {
            let fits = |version: &usize| service.versions[*version].len() as u64 == session.size;
            let all = (0..service.versions.len()).filter(fits).collect::<BTreeSet<_>>();
            let common = |versions: BTreeSet<usize>, part: &Part| &versions & &part.versions;
            let versions = session.parts.values().fold(all, common);
            let video = format!("v{id}");
            let file = File { name: "film.mov".into(), size: session.size, versions };
            service.files.insert(video.clone(), file);
            session.video = Some(video);
        }
        let answer = match &session.video {
            Some(video) => json!({"id": video, "file_size": session.size}),
            None => json!({}),
        };
        let (id, is_video) = (id.to_owned(), session.video.is_some());
        let confirms: Read = Box::new(move |world: &mut World| {
            let now = world.confirmed();
            world.told_of(&id, is_video);
            let session = world.service.flips.get_mut(&id);
            if let Some(part) = session.and_then(|session| session.parts.get_mut(&number)) {
                part.confirmed.get_or_insert(now);
            }
        });
        (200, Vec::new(), answer.to_string(), Some(confirms))
    }
}
