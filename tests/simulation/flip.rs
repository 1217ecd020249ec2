//! A model of Telestream's upload sessions, which take parts or ranges (`specs/telestream.md` 4.3, 4.4). No
//! digest goes with the bytes: nothing but what the client sends decides whether the video is the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::net::Read;
use super::server::Request;
use super::service::{ADDRESS, Answer, File};
use super::world::{SECOND, Time, World};

const PART: u64 = 1 << 20;

/// A request that was begun before the client was told of its part by another answer may come yet.
const BEGUN: Time = 2 * SECOND;

#[derive(Default)]
pub struct Session {
    /// The files, the video's first.
    tracks: Vec<Track>,
    takes_ranges: bool,
    /// What the video's file has become.
    video: Option<String>,
    /// Since when the client knows that all files are stored.
    known: Option<Time>,
    is_forgotten: bool,
    /// Where it is: one that takes ranges moves.
    place: u32,
    /// Where the client was told that it is, and when.
    told_place: (u32, Time),
}

/// One file of a session.
struct Track {
    name: String,
    tag: Option<String>,
    /// Where its bytes are in those of the service.
    begin: u64,
    size: u64,
    /// What is stored, by where in the file it begins.
    parts: BTreeMap<u64, Part>,
}

struct Part {
    length: u64,
    /// The versions of the file that it may be of.
    versions: BTreeSet<usize>,
    /// Since when the client knows that it is stored.
    confirmed: Option<Time>,
}

impl Track {
    fn stored(&self) -> u64 {
        self.parts.values().map(|part| part.length).sum()
    }

    /// What the client knows of: of ranges it is the beginning.
    fn confirmed(&self) -> u64 {
        self.parts.values().filter(|part| part.confirmed.is_some()).map(|part| part.length).sum()
    }
}

impl Session {
    /// When the client was told that parts are stored.
    fn parts_told(&self) -> Vec<Time> {
        let parts = self.tracks.iter().flat_map(|track| track.parts.values());
        parts.filter_map(|part| part.confirmed).collect()
    }

    fn is_whole(&self) -> bool {
        self.tracks.iter().all(|track| track.stored() == track.size)
    }

    fn track(&self, tag: Option<&str>) -> Option<usize> {
        self.tracks.iter().position(|track| track.tag.as_deref() == tag)
    }

    /// Shows `learn` the versions of each part, where it begins, and its length.
    pub fn learn(&mut self, learn: impl Fn(&mut BTreeSet<usize>, u64, u64)) {
        for track in &mut self.tracks {
            for (at, part) in &mut track.parts {
                learn(&mut part.versions, track.begin + at, part.length);
            }
        }
    }
}

/// What a session is asked.
pub struct Asked {
    id: String,
    place: u32,
    tag: Option<String>,
    what: What,
}

enum What {
    /// To go.
    Delete,
    /// Which parts it misses.
    Missing,
    Part(u64),
    /// How much it has of so many bytes.
    Reach(u64),
    /// The bytes from one place to another, of so many.
    Range(u64, u64, u64),
    /// Nothing that it knows.
    Nothing,
}

impl Asked {
    /// None if the request is for no session.
    pub fn new(line: &str, header: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let (id, place) = line.split(' ').nth(1)?.strip_prefix("/flip-session/")?.split_once('/')?;
        let part = header("x-part").and_then(|number| number.parse().ok()).map(What::Part);
        let range = header("content-range").and_then(|range| {
            let (range, all) = range.strip_prefix("bytes ")?.split_once('/')?;
            let all = all.parse().ok()?;
            if range == "*" {
                return Some(What::Reach(all));
            }
            let (from, last) = range.split_once('-')?;
            Some(What::Range(from.parse().ok()?, last.parse::<u64>().ok()? + 1, all))
        });
        let what = match line.split(' ').next()? {
            "DELETE" => What::Delete,
            "GET" => What::Missing,
            "POST" => part.or(range).unwrap_or(What::Nothing),
            _ => What::Nothing,
        };
        Some(Asked { id: id.to_owned(), place: place.parse().ok()?, tag: header("x-extra-file-tag"), what })
    }

    /// Whether bytes of a file come with it.
    pub fn has_bytes(&self) -> bool {
        matches!(self.what, What::Part(_) | What::Range(..))
    }
}

impl World {
    pub fn open_session(&mut self, body: &Value) -> Value {
        if self.service.remembers {
            self.check_opening();
        }
        let name = |of: &Value| of["file_name"].as_str().unwrap_or_default().to_owned();
        let track = |of: &Value| {
            let (name, tag) = (name(of), of["tag"].as_str().map(str::to_owned));
            let begin = self.service.begins.get(&name).copied().unwrap_or(0);
            Track { name, tag, begin, size: of["file_size"].as_u64().unwrap_or(0), parts: BTreeMap::new() }
        };
        let extra = body["extra_files"].as_array().into_iter().flatten();
        let tracks: Vec<Track> = std::iter::once(body).chain(extra).map(track).collect();
        let offers_parts = tracks.len() > 1 || self.rng.u8(..8) > 0;
        let takes_ranges = body["multi_chunk"] != true || !offers_parts;
        let id = format!("s{:08}-{}", self.rng.u32(..100_000_000), self.service.flips.len());
        let mut answer = json!({"location": format!("{ADDRESS}/flip-session/{id}/0"), "max_connections": 64});
        if !takes_ranges {
            let cut = |track: &Track| json!({"parts": track.size.div_ceil(PART), "part_size": PART});
            let of = |track: &Track| Some((track.tag.clone()?, cut(track)));
            (answer["parts"], answer["part_size"]) = (tracks[0].size.div_ceil(PART).into(), PART.into());
            answer["extra_files"] = tracks.iter().filter_map(of).collect::<serde_json::Map<_, _>>().into();
        }
        self.service.flips.insert(id, Session { tracks, takes_ranges, ..Session::default() });
        answer
    }

    /// Notes a session that is opened though the client knows of an earlier one.
    fn check_opening(&mut self) {
        let (mut others, mut wrong) = (Vec::new(), Vec::new());
        let slowest = self.disk.slowest;
        for (id, session) in &self.service.flips {
            if session.is_forgotten {
                // A process that has just ended may have been done.
                let may_not_know = |known| self.service.may_not_know(known, known, self.now, slowest);
                let was_done = session.known.is_some_and(may_not_know);
                if session.video.is_some() && !was_done && !self.service.restarts {
                    wrong.push(format!("{id} may be a video, and the client begins anew at {}", self.now));
                }
                continue;
            }
            // What a range is, is on the disk before it goes.
            if session.takes_ranges && session.tracks[0].stored() > 0 && session.known.is_none() {
                wrong.push(format!("{id} has ranges, and the client begins anew at {}", self.now));
            }
            let told = match session.is_whole() {
                true => session.known.into_iter().collect(),
                false => session.parts_told(),
            };
            others.push((id.clone(), session.is_whole(), told));
        }
        self.service.broken.append(&mut wrong);
        self.service.begins_anew(others, self.now, slowest);
    }

    /// What the client knows to be stored is not to come again. Where in the service's bytes it begins.
    pub fn begin_part(&mut self, asked: &Asked) -> u64 {
        let Some(session) = self.service.flips.get(&asked.id) else { return 0 };
        let Some(index) = session.track(asked.tag.as_deref()) else { return 0 };
        let track = &session.tracks[index];
        let begin = track.begin;
        match asked.what {
            What::Part(number) => {
                let confirmed = track.parts.get(&(number * PART)).and_then(|part| part.confirmed);
                let told = if confirmed.is_some() { session.parts_told() } else { Vec::new() };
                self.service.comes((&asked.id, number), confirmed, &told, self.now, self.disk.slowest);
                begin + number * PART
            }
            What::Range(from, ..) => {
                let confirmed = track.confirmed();
                if from < confirmed {
                    let text = format!("{} is sent {from}, and has {confirmed}, as was said", asked.id);
                    self.service.broken.push(text);
                }
                begin + from
            }
            _ => 0,
        }
    }

    /// A range that is cut off: some services keep what has come of it.
    pub fn cut_part(&mut self, asked: &Asked, received: u64, versions: &BTreeSet<usize>) {
        let keeps = self.rng.bool();
        if let (What::Range(from, ..), true) = (&asked.what, keeps && received > 0) {
            self.store(&asked.id, 0, *from, received, versions);
        }
    }

    /// Stores bytes of a file, and what is made of the files; whether these complete theirs.
    fn store(&mut self, id: &str, index: usize, at: u64, length: u64, versions: &BTreeSet<usize>) -> bool {
        let service = &mut self.service;
        let Some(session) = service.flips.get_mut(id) else { return false };
        let track = &mut session.tracks[index];
        // What is whole stays as it is; ranges are taken one after the other.
        let is_next = !session.takes_ranges || track.stored() == at;
        if track.stored() == track.size || !is_next {
            return false;
        }
        let confirmed = track.parts.get(&at).and_then(|part| part.confirmed);
        track.parts.insert(at, Part { length, versions: versions.clone(), confirmed });
        if track.stored() < track.size {
            return false;
        }
        let is_alone = service.begins.len() == 1;
        let fits = |version: &usize| !is_alone || service.versions[*version].len() as u64 == track.size;
        let all = (0..service.versions.len()).filter(fits).collect::<BTreeSet<_>>();
        let versions = track.parts.values().fold(all, |common, part| &common & &part.versions);
        let name = if index == 0 { format!("v{id}") } else { format!("v{id}/{index}") };
        service.files.insert(name.clone(), File { name: track.name.clone(), size: track.size, versions });
        if index == 0 {
            session.video = Some(name);
        }
        true
    }

    pub fn ask_session(&mut self, asked: &Asked, request: &Request) -> Answer {
        // One that is done soon has no more to remember.
        let is_whole = self.service.flips.get(&asked.id).is_some_and(Session::is_whole);
        let chance = if is_whole { 400 } else { [1000, 8000][usize::from(asked.has_bytes())] };
        let forgets = self.service.forgets > 0 && self.rng.u32(..chance) < self.service.forgets;
        if let Some(session) = self.service.flips.get_mut(&asked.id).filter(|_| forgets) {
            session.is_forgotten = true;
            self.service.has_forgotten = true;
        }
        let session = self.service.flips.get(&asked.id).filter(|session| !session.is_forgotten);
        // It is not where it was, unless the client may not have kept where it went.
        let slowest = self.disk.slowest;
        let is_there = |session: &&Session| {
            let (place, told_at) = session.told_place;
            asked.place >= place || self.service.may_not_know(told_at, told_at, self.now, slowest)
        };
        let session = session.filter(is_there);
        let Some((session, index)) =
            session.and_then(|session| Some((session, session.track(asked.tag.as_deref())?)))
        else {
            return (404, Vec::new(), "no such session".into(), None);
        };
        let (size, is_of_ranges) = (session.tracks[index].size, session.takes_ranges);
        let (bytes, is_fit) = match asked.what {
            What::Delete => {
                self.service.flips.remove(&asked.id);
                return (200, Vec::new(), String::new(), None);
            }
            What::Missing => (None, !is_of_ranges),
            What::Part(number) => (Some((number * PART, ((number + 1) * PART).min(size))), !is_of_ranges),
            What::Reach(all) => (None, is_of_ranges && all == size),
            What::Range(from, to, all) => (Some((from, to)), is_of_ranges && all == size),
            What::Nothing => (None, false),
        };
        let mut completes = false;
        if !is_fit {
            self.service.broken.push(format!("{}: {}", asked.id, request.line));
            return (400, Vec::new(), "another request".into(), None);
        }
        if let Some((from, to)) = bytes {
            let is_hole = is_of_ranges && from > session.tracks[index].stored();
            let is_none = from >= to || to > size;
            if is_none || is_hole || request.length != to - from {
                let text = format!("{} is sent {from} to {to} in {} bytes", asked.id, request.length);
                self.service.broken.push(text);
                return (400, Vec::new(), "another length".into(), None);
            }
            if request.versions.is_empty() && self.service.versions.len() < 2 {
                let text = format!("{from} to {to} of {} are bytes that the file has not", asked.id);
                self.service.broken.push(text);
            }
            completes = self.store(&asked.id, index, from, to - from, &request.versions);
        }
        if is_of_ranges { self.tell_ranges(&asked.id) } else { self.tell_parts(asked, index, completes) }
    }

    /// Whether the answer is lost that tells that all is stored: with it goes the knowledge of that, where
    /// the service forgets the session, too.
    pub fn loses_last(&mut self, asked: &Asked) -> bool {
        let session = self.service.flips.get(&asked.id);
        let is_last = session.is_some_and(|session| session.is_whole() && session.known.is_none());
        is_last && self.service.forgets > 0 && self.rng.bool()
    }

    /// How far a session is that takes ranges, and sometimes that it has moved.
    fn tell_ranges(&mut self, id: &str) -> Answer {
        let moves = self.rng.u8(..16) == 0;
        let Some(session) = self.service.flips.get_mut(id) else { return (404, Vec::new(), "".into(), None) };
        let stored = session.tracks[0].stored();
        // Beside a video it would be where that is.
        let moves = moves && session.video.is_none();
        let (status, mut headers, text) = match &session.video {
            Some(video) => (200, Vec::new(), json!({"id": video, "file_size": stored}).to_string()),
            None if stored == 0 => (204, Vec::new(), String::new()),
            None => (204, vec![("Range".into(), format!("0-{}", stored - 1))], String::new()),
        };
        if moves {
            session.place += 1;
            headers.push(("Location".into(), format!("{ADDRESS}/flip-session/{id}/{}", session.place)));
        }
        let (id, place) = (id.to_owned(), session.place);
        let told: Read = Box::new(move |world: &mut World| {
            world.told_of(&id, 0, stored);
            let now = world.now;
            if let Some(session) = world.service.flips.get_mut(&id).filter(|_| moves) {
                session.told_place = (place, now);
            }
        });
        (status, headers, text, Some(told))
    }

    /// Which parts of a file are missing, or of the one that came that it is stored; the video if that
    /// `completes` it.
    fn tell_parts(&mut self, asked: &Asked, index: usize, completes: bool) -> Answer {
        let Some(session) = self.service.flips.get(&asked.id) else {
            return (404, Vec::new(), "".into(), None);
        };
        let track = &session.tracks[index];
        let missing = |number: &u64| !track.parts.contains_key(&(number * PART));
        let missing: Vec<u64> = (0..track.size.div_ceil(PART)).filter(missing).collect();
        let answer = match (&asked.what, &session.video) {
            (What::Missing, _) => json!({"missing_parts": missing}),
            (_, Some(video)) if completes => {
                json!({"id": video, "file_size": session.tracks[0].size})
            }
            _ => json!({}),
        };
        // An answer that says nothing tells of no other part.
        let stored = if missing.is_empty() && answer != json!({}) { track.size } else { 0 };
        let (id, part) = (
            asked.id.clone(),
            match asked.what {
                What::Part(number) => Some(number * PART),
                _ => None,
            },
        );
        let told: Read = Box::new(move |world: &mut World| {
            if let Some(at) = part {
                world.told_of_part(&id, index, at);
            }
            world.told_of(&id, index, stored);
        });
        (200, Vec::new(), answer.to_string(), Some(told))
    }

    /// The client has read that a part is stored.
    fn told_of_part(&mut self, id: &str, index: usize, at: u64) {
        let now = self.confirmed();
        let session = self.service.flips.get_mut(id);
        if let Some(part) = session.and_then(|session| session.tracks[index].parts.get_mut(&at)) {
            part.confirmed.get_or_insert(now);
        }
    }

    /// The client has read that the first bytes of a file are `stored`.
    fn told_of(&mut self, id: &str, index: usize, stored: u64) {
        let Some(session) = self.service.flips.get_mut(id) else { return };
        let is_new = |(at, part): &(&u64, &mut Part)| **at < stored && part.confirmed.is_none();
        let mut new: Vec<&mut Part> =
            session.tracks[index].parts.iter_mut().filter(is_new).map(|(_, part)| part).collect();
        if !new.is_empty() {
            new.iter_mut().for_each(|part| part.confirmed = Some(self.now + BEGUN));
            self.confirmed();
        }
        let now = self.now;
        let Some(session) = self.service.flips.get_mut(id) else { return };
        let is_told = |track: &Track| track.confirmed() == track.size;
        if session.tracks.iter().all(is_told) {
            session.known.get_or_insert(now);
        }
    }
}
