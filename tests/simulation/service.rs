//! A model of Filestack's multipart upload and of its files (`specs/filestack.md` 3) that knows what it
//! should be sent, and notes what no client may do. [`super::server`] asks it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ferry::transfer::digest::md5_slices;
use serde_json::{Value, json};

use super::flip;
use super::net::{End, Read};
use super::server::{Fault, Request, Session};
use super::world::{SECOND, Time, World};

/// Where it is, for clients and in its own answers.
pub const ADDRESS: &str = "http://service.example:8080";

#[derive(Default)]
pub struct Service {
    /// The bytes that the file has, or had before it was changed; of a batch those of all files.
    pub versions: Vec<Arc<Vec<u8>>>,
    /// Where in those the bytes of a file begin, by its name; the one file that is alone has all.
    pub begins: BTreeMap<String, u64>,
    /// How likely a request goes wrong, in thousandths.
    pub faults: u32,
    /// How long it takes for an answer.
    pub thinks: Time,
    pub grants_intelligent: bool,
    /// Whether a file can be had in ranges.
    pub has_ranges: bool,
    /// Whether a range of any version does.
    pub ignores_versions: bool,
    pub files: BTreeMap<String, File>,
    /// What a client has done wrong.
    pub broken: Vec<String>,
    pub requests: u64,
    pub fired: u64,
    pub sessions: BTreeMap<i32, Session>,
    uploads: BTreeMap<String, Upload>,
    pub flips: BTreeMap<String, flip::Session>,
    /// When runs of the client have ended: what was confirmed just before may be lost to it.
    pub ends: Vec<Time>,
    /// When a run of the client has returned with an error. What it knew half a second before, or two
    /// operations of the disk, is on the disk then.
    pub returns: Vec<Time>,
    /// When power was lost, and with it what was not on the disk.
    pub losses: Vec<Time>,
    /// What happens when the client was told so many times more that something is stored.
    pub stops: Option<(u32, Read)>,
    /// How long after the first answer with the file it changes, and how.
    pub changes: Option<(Time, Read)>,
    /// Whether the machine of the client may stop, and whether its disk may refuse to sync journals as well.
    pub loses_power: bool,
    pub loses_journals: bool,
    /// Whether its journals tell a client what others before it have done.
    pub remembers: bool,
    /// How likely it forgets an upload that is asked for, in thousandths.
    pub forgets: u32,
    pub has_forgotten: bool,
    /// Whether clients begin an upload anew of which nobody can know whether it is stored.
    pub restarts: bool,
    /// Whether it compares bytes with the digests that are sent for them.
    pub has_digests: bool,
    digests: BTreeMap<(u64, u64, usize), String>,
}

/// Status, headers and body of an answer, and what follows when the client has read it.
pub type Answer = (u16, Vec<(String, String)>, String, Option<Read>);

/// A stored file.
pub struct File {
    pub name: String,
    pub size: u64,
    /// The versions of the file that it may be.
    pub versions: BTreeSet<usize>,
}

#[derive(Default)]
struct Upload {
    name: String,
    size: u64,
    part_size: u64,
    parts: BTreeMap<u64, Part>,
    /// Answers with 202 that are left.
    joins: u32,
    handle: Option<String>,
    /// Since when the client knows that it is stored.
    known: Option<Time>,
    /// The service has refused something of it, so that the client may give it up.
    is_refused: bool,
    is_forgotten: bool,
    /// It was said that its parts are being joined.
    is_joining: bool,
}

#[derive(Default)]
struct Part {
    etag: String,
    length: u64,
    versions: BTreeSet<usize>,
    /// By offset.
    chunks: BTreeMap<u64, Chunk>,
    is_committed: bool,
    /// Since when the client knows that it is stored.
    confirmed: Option<Time>,
}

struct Chunk {
    length: u64,
    versions: BTreeSet<usize>,
    /// Since when the client knows that it is stored.
    confirmed: Option<Time>,
}

impl Part {
    /// Since when the client knows that what begins at an offset is stored: the part, or a chunk.
    fn known_since(&self, offset: Option<u64>) -> Option<Time> {
        let has = |(begin, chunk): &(&u64, &Chunk)| offset.is_some_and(|at| at < *begin + chunk.length);
        let before = self.chunks.range(..=offset.unwrap_or(0)).next_back();
        self.confirmed.or_else(|| before.filter(has)?.1.confirmed)
    }
}

impl Upload {
    /// When the client was told that parts and chunks are stored.
    fn parts_told(&self) -> Vec<Time> {
        let chunks = self.parts.values().flat_map(|part| part.chunks.values());
        let parts = self.parts.values().filter_map(|part| part.confirmed);
        parts.chain(chunks.filter_map(|chunk| chunk.confirmed)).collect()
    }
}

impl Service {
    /// The file has another version now, of which earlier ones may have had some of the bytes.
    pub fn changed(&mut self, content: Vec<u8>) {
        let new = self.versions.len();
        self.versions.push(Arc::new(content));
        let all = &self.versions;
        let learn = |versions: &mut BTreeSet<usize>, begin: u64, length: u64| {
            let bytes = |version: usize| all[version].get(begin as usize..(begin + length) as usize);
            if versions.first().is_some_and(|old| bytes(*old).is_some() && bytes(*old) == bytes(new)) {
                versions.insert(new);
            }
        };
        for upload in self.uploads.values_mut() {
            for (number, part) in &mut upload.parts {
                let begin = (number - 1) * upload.part_size;
                learn(&mut part.versions, begin, part.length);
                for (offset, chunk) in &mut part.chunks {
                    learn(&mut chunk.versions, begin + offset, chunk.length);
                }
            }
        }
        self.flips.values_mut().for_each(|session| session.learn(learn));
    }

    /// Whether the client may not know what it was told at `confirmed`: what it was told just before its end
    /// it may not have brought onto the disk, one operation of which takes `slowest`.
    pub fn may_not_know(&self, confirmed: Time, durable: Time, now: Time, slowest: Time) -> bool {
        let late = 2 * (SECOND + slowest);
        self.ends.iter().any(|end| (confirmed..=now).contains(end) && *end < durable + late)
    }

    /// The same of a part. A journal is synced once a second, when something is written to it: a loss of
    /// power takes what came in the second after that, until the client was `told` of another part, or its
    /// run has returned.
    fn may_not_know_part(&self, confirmed: Time, told: &[Time], now: Time, slowest: Time) -> bool {
        if !self.loses_power {
            return self.may_not_know(confirmed, confirmed, now, slowest);
        }
        let late = SECOND / 2 + 2 * slowest;
        let loss = self.losses.iter().find(|loss| **loss >= confirmed).copied().unwrap_or(now);
        if self.returns.iter().any(|time| (confirmed + late..=loss).contains(time)) {
            return false;
        }
        let next = told.iter().filter(|time| **time >= confirmed + SECOND + slowest).min();
        next.is_none_or(|next| self.may_not_know(confirmed, *next, now, slowest))
    }

    /// Notes a part that comes though the client knows since `confirmed` that it is stored. It was `told` of
    /// other parts of the upload, too.
    pub fn comes(
        &mut self,
        (id, number): (&str, u64),
        confirmed: Option<Time>,
        told: &[Time],
        now: Time,
        slowest: Time,
    ) {
        let is_known = |confirmed: &Time| *confirmed <= now && !self.loses_journals;
        let Some(confirmed) = confirmed.filter(is_known) else { return };
        if !self.may_not_know_part(confirmed, told, now, slowest) {
            let text = format!("part {number} of {id} was confirmed at {confirmed} and comes again at {now}");
            self.broken.push(text);
        }
    }

    /// Notes an upload that begins though the client knows of `others`, earlier ones of the same file: each
    /// with its name, whether it is stored, and when the client was told so or that a part is.
    pub fn begins_anew(&mut self, others: Vec<(String, bool, Vec<Time>)>, now: Time, slowest: Time) {
        for (id, is_stored, told) in others {
            let knows = told.iter().any(|time| match is_stored {
                true => !self.may_not_know(*time, *time, now, slowest),
                false => !self.may_not_know_part(*time, &told, now, slowest),
            });
            // Before it asks for a file to be stored it has noted so.
            if knows || is_stored && told.is_empty() {
                let text =
                    format!("{id}, told {told:?}, stored: {is_stored}: the client begins anew at {now}");
                self.broken.push(text);
            }
        }
    }

    /// Whether the client knows that all files are stored. Then it is done, though its process may end
    /// before it has told anybody.
    fn is_done(&self) -> bool {
        let known: BTreeSet<&str> =
            self.uploads.values().filter(|it| it.known.is_some()).map(|it| it.name.as_str()).collect();
        known.len() == self.begins.len()
    }

    /// Whether bytes are of the file, and of the digest that was sent for them.
    fn has_right_digest(&mut self, request: &Request) -> bool {
        let Some(version) = request.versions.first().copied() else { return false };
        if !self.has_digests {
            return request.digest.is_some();
        }
        let (begin, length) = (request.offset, request.length);
        let bytes = &self.versions[version][begin as usize..(begin + length) as usize];
        let digest = || BASE64_STANDARD.encode(md5_slices(&[bytes])[0]);
        let digest = self.digests.entry((begin, length, version)).or_insert_with(digest);
        request.digest.as_ref() == Some(digest)
    }

    /// A video that is a version of its file as a whole.
    pub fn whole_video(&self) -> Option<String> {
        let is_video = |(name, file): &(&String, &File)| !name.contains('/') && !file.versions.is_empty();
        self.files.iter().find(is_video).map(|(name, _)| name.clone())
    }

    /// Joins the parts of an upload; its handle, and the size of the file.
    fn join(&mut self, id: &str) -> (String, u64) {
        let upload = self.uploads.get_mut(id).expect("an upload");
        let (name, size, handle) = (upload.name.clone(), upload.size, format!("h{id}"));
        let is_alone = self.begins.len() == 1;
        let fits = |version: &usize| !is_alone || self.versions[*version].len() as u64 == size;
        let mut versions: BTreeSet<usize> = (0..self.versions.len()).filter(fits).collect();
        for part in upload.parts.values() {
            versions = &versions & &part.versions;
        }
        upload.handle = Some(handle.clone());
        self.files.insert(handle.clone(), File { name, size, versions });
        (handle, size)
    }

    /// The upload of a file begins.
    fn begins(&mut self, name: &str, now: Time, slowest: Time) {
        if !self.remembers || self.is_done() {
            return;
        }
        let of_name = |upload: &&Upload| upload.name == name;
        if self.uploads.values().filter(of_name).any(|it| it.is_forgotten && it.is_joining) && !self.restarts
        {
            self.broken.push(format!("{name} may be stored, and the client begins anew at {now}"));
        }
        let is_other = |upload: &Upload| of_name(&upload) && !upload.is_refused;
        let told = |upload: &Upload| match upload.handle {
            Some(_) => upload.known.into_iter().collect(),
            None => upload.parts_told(),
        };
        let others = self.uploads.iter().filter(|(_, upload)| is_other(upload));
        let others = others.map(|(id, it)| (id.clone(), it.handle.is_some(), told(it))).collect();
        self.begins_anew(others, now, slowest);
    }
}

impl World {
    /// The client was told that something is stored; when.
    pub fn confirmed(&mut self) -> Time {
        if let Some((left, stop)) = self.service.stops.take() {
            match left {
                1 => stop(self),
                _ => self.service.stops = Some((left - 1, stop)),
            }
        }
        self.now
    }

    /// A part that the client knows to be stored is not to come again. Where its bytes are in those of the
    /// service.
    pub fn begin_put(&mut self, id: &str, number: u64, chunk: Option<u64>) -> u64 {
        let upload = self.service.uploads.get(id);
        let known = upload.and_then(|upload| upload.parts.get(&number)?.known_since(chunk));
        let told = upload.filter(|_| known.is_some()).map_or_else(Vec::new, Upload::parts_told);
        self.service.comes((id, number), known, &told, self.now, self.disk.slowest);
        let Some(upload) = self.service.uploads.get(id) else { return 0 };
        let begin = self.service.begins.get(&upload.name).copied().unwrap_or(0);
        begin + (number - 1) * upload.part_size + chunk.unwrap_or(0)
    }

    /// The file as it is now, or a range of it.
    pub fn get(&mut self, fd: i32, request: &Request) {
        let number = self.service.versions.len();
        let Some(file) = self.service.versions.last().map(Arc::clone) else { return };
        let etag = format!("\"v{number}\"");
        if let Some((after, change)) = self.service.changes.take() {
            self.after(after, change);
        }
        let is_same =
            self.service.ignores_versions || request.if_range.as_ref().is_none_or(|wanted| *wanted == etag);
        let range = request.range.as_deref().filter(|_| self.service.has_ranges && is_same).and_then(|it| {
            let (begin, end) = it.strip_prefix("bytes=")?.split_once('-')?;
            let end = end.parse().map_or(file.len(), |last: usize| last + 1);
            Some((begin.parse().ok()?, end.min(file.len())))
        });
        let (begin, end) = range.unwrap_or((0, file.len()));
        if begin >= end {
            let head = format!(
                "HTTP/1.1 416 X\r\nContent-Range: bytes */{}\r\nContent-Length: 0\r\n\r\n",
                file.len()
            );
            return self.answer(fd, head.into_bytes(), self.service.thinks, None, None);
        }
        let mut head = format!("HTTP/1.1 {} X\r\nETag: {etag}\r\n", if range.is_some() { 206 } else { 200 });
        if self.service.has_ranges {
            head += "Accept-Ranges: bytes\r\n";
        }
        if range.is_some() {
            head += &format!("Content-Range: bytes {begin}-{}/{}\r\n", end - 1, file.len());
        }
        head += &format!("Content-Length: {}\r\n\r\n", end - begin);
        let mut answer = head.into_bytes();
        answer.extend_from_slice(&file[begin..end]);
        let (mut pause, mut drips, mut ends) = (self.service.thinks, None, None);
        match request.fault {
            Some(Fault::Slow(time)) => pause += time,
            Some(Fault::Drips) => drips = Some(3 * SECOND),
            Some(Fault::Closes) => ends = Some(End::Closed),
            Some(Fault::Lost) => return self.hang_up(fd, End::Reset),
            Some(Fault::CutAnswer) => {
                answer.truncate(self.rng.usize(..answer.len()));
                ends = Some(if self.rng.bool() { End::Closed } else { End::Reset });
            }
            _ => {}
        }
        self.answer(fd, answer, pause, None, drips);
        if let Some(end) = ends {
            self.hang_up(fd, end);
        }
    }

    pub fn put(&mut self, request: &Request, id: &str, number: u64, chunk: Option<u64>) -> Answer {
        let is_right = request.fault != Some(Fault::WrongEtag);
        // The MD5 of other bytes, which are stored in place of those that came.
        let wrong = format!("\"{:032x}\"", 7);
        let etag = if is_right { format!("\"{id}-{number}-{}\"", self.rng.u32(..)) } else { wrong };
        let versions = if is_right { request.versions.clone() } else { BTreeSet::new() };
        let has_digest = self.service.has_right_digest(request);
        let Some(upload) = self.service.uploads.get_mut(id).filter(|upload| !upload.is_forgotten) else {
            let text = "<Error><Code>NoSuchUpload</Code></Error>".to_owned();
            return (404, Vec::new(), text, Some(refuses(id)));
        };
        if !has_digest {
            // It is that of other bytes, if the file has changed meanwhile; else the client is wrong.
            if self.service.versions.len() < 2 {
                let text = format!("part {number} of {id} has bytes, or a digest, that the file has not");
                self.service.broken.push(text);
            }
            let text = "<Error><Code>BadDigest</Code></Error>".to_owned();
            return (400, Vec::new(), text, Some(refuses(id)));
        }
        let part = upload.parts.entry(number).or_default();
        match chunk {
            Some(offset) => {
                part.chunks.insert(offset, Chunk { length: request.length, versions, confirmed: None });
            }
            None => {
                part.etag.clone_from(&etag);
                (part.length, part.versions) = (request.length, versions);
            }
        }
        let id = id.to_owned();
        let confirms: Option<Read> = is_right.then(|| -> Read {
            Box::new(move |world: &mut World| {
                let now = world.confirmed();
                let part =
                    world.service.uploads.get_mut(&id).and_then(|upload| upload.parts.get_mut(&number));
                let confirmed = part.and_then(|part| match chunk {
                    None => Some(&mut part.confirmed),
                    Some(offset) => Some(&mut part.chunks.get_mut(&offset)?.confirmed),
                });
                if let Some(confirmed) = confirmed {
                    confirmed.get_or_insert(now);
                }
            })
        });
        (200, vec![("ETag".into(), etag)], String::new(), confirms)
    }

    /// What the service answers to a call, and what the client knows when it has read that.
    pub fn call(&mut self, line: &str, body: &[u8]) -> (u16, Value, Option<Read>) {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            self.service.broken.push(format!("{line}: the body is no JSON"));
            return (400, json!({"error": "no JSON"}), None);
        };
        let id = body["upload_id"].as_str().unwrap_or_default().to_owned();
        let (status, answer) = self.asked(line, &body, &id);
        if (400..500).contains(&status) {
            return (status, answer, Some(refuses(&id)));
        }
        let is_stored = line.contains("/complete") && status == 200;
        let committed = body["part"].as_u64().filter(|_| line.contains("/commit") && status == 200);
        let told: Option<Read> = (is_stored || committed.is_some()).then(|| -> Read {
            Box::new(move |world: &mut World| {
                let now = world.confirmed();
                let Some(upload) = world.service.uploads.get_mut(&id) else { return };
                let known = match committed {
                    None => Some(&mut upload.known),
                    Some(number) => upload.parts.get_mut(&number).map(|part| &mut part.confirmed),
                };
                if let Some(known) = known {
                    known.get_or_insert(now);
                }
            })
        });
        (status, answer, told)
    }

    fn asked(&mut self, line: &str, body: &Value, id: &str) -> (u16, Value) {
        let path = line.split(' ').nth(1).unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let (size, number) = (body["size"].as_u64().unwrap_or(0), body["part"].as_u64().unwrap_or(0));
        let fresh = format!("u{:06}-{}", self.rng.u32(..1_000_000), self.service.uploads.len());
        let joins = self.rng.u32(..4).saturating_sub(2);
        if name.starts_with("upload.json") {
            return (200, self.open_session(body));
        }
        if name == "start" {
            let is_intelligent = body["fii"] == true && self.service.grants_intelligent;
            // Those of an upload that may not be intelligent stay as large as they were asked for.
            let part_size = if body["fii"] == true { 8 << 20 } else { 5 << 20 };
            let name = body["filename"].as_str().unwrap_or_default().to_owned();
            self.service.begins(&name, self.now, self.disk.slowest);
            let upload = Upload { name, size, part_size, joins, ..Upload::default() };
            self.service.uploads.insert(fresh.clone(), upload);
            let mut answer = json!({"uri": format!("/b/{fresh}"), "region": "us-east-1", "upload_id": fresh,
                "location_url": ADDRESS});
            if is_intelligent {
                answer["upload_type"] = json!("intelligent_ingestion");
            }
            return (200, answer);
        }
        let service = &mut self.service;
        let is_forgetful = service.forgets > 0 && self.rng.u32(..1000) < service.forgets;
        let is_stored_first = is_forgetful && self.rng.bool();
        let Some(upload) = service.uploads.get_mut(id).filter(|upload| !upload.is_forgotten) else {
            return (404, json!({"error": "upload not found"}));
        };
        if is_forgetful && upload.handle.is_none() && (name == "upload" || upload.is_joining) {
            (upload.is_forgotten, service.has_forgotten) = (true, true);
            if upload.is_joining && is_stored_first {
                service.join(id);
            }
            return (404, json!({"error": "upload not found"}));
        }
        match name.as_str() {
            "upload" => {
                let chunk = body["offset"].as_u64().filter(|_| body["fii"] == true);
                let chunk = chunk.map_or_else(String::new, |offset| offset.to_string());
                let url = format!("{ADDRESS}/store/{id}/{number}/{chunk}");
                let mut headers = json!({"Authorization": "x"});
                if body["md5"].is_string() {
                    headers["Content-MD5"] = body["md5"].clone();
                }
                (200, json!({"url": url, "headers": headers, "location_url": ADDRESS}))
            }
            "commit" => {
                let part_size = upload.part_size;
                let wanted = part_size.min(upload.size - (number - 1) * part_size);
                let Some(part) = upload.parts.get_mut(&number) else {
                    return (400, json!({"error": "no chunks"}));
                };
                let (mut at, mut versions) = (0, (0..service.versions.len()).collect::<BTreeSet<_>>());
                while let Some(chunk) = part.chunks.get(&at).filter(|chunk| chunk.length > 0) {
                    at += chunk.length;
                    versions = versions.intersection(&chunk.versions).copied().collect();
                }
                if at != wanted {
                    service
                        .broken
                        .push(format!("part {number} of {id} is committed with {at} of {wanted} bytes"));
                    return (400, json!({"error": "a hole"}));
                }
                (part.length, part.versions, part.is_committed) = (at, versions, true);
                (200, json!({}))
            }
            "complete" if upload.handle.is_some() => (
                200,
                json!({"handle": upload.handle, "url": "http://c/h", "size": upload.size, "status": "Stored"}),
            ),
            "complete" if upload.joins > 0 => {
                upload.joins -= 1;
                upload.is_joining = true;
                (202, json!({}))
            }
            "complete" => {
                let length: u64 = upload.parts.values().map(|part| part.length).sum();
                let named: Vec<(u64, String)> = body["parts"].as_array().map_or_else(Vec::new, |parts| {
                    let of = |it: &Value| {
                        (
                            it["part_number"].as_u64().unwrap_or(0),
                            it["etag"].as_str().unwrap_or("").to_owned(),
                        )
                    };
                    parts.iter().map(of).collect()
                });
                let plain = upload.parts.iter().filter(|(_, part)| !part.is_committed);
                let wanted: Vec<(u64, String)> =
                    plain.map(|(number, part)| (*number, part.etag.clone())).collect();
                if length != upload.size || named != wanted {
                    let is_stale = length == upload.size;
                    let text = format!(
                        "{id} is completed with {length} bytes of {}: {named:?}, not {wanted:?}",
                        upload.size
                    );
                    // An ETag of an attempt before: another one has replaced the part since.
                    if !is_stale {
                        service.broken.push(text.clone());
                    }
                    return (400, json!({"error": text}));
                }
                let (handle, size) = service.join(id);
                (
                    200,
                    json!({"handle": handle, "url": "http://c/h", "size": size, "status": "Stored",
                    "filename": "f", "mimetype": "m"}),
                )
            }
            _ => {
                service.broken.push(format!("nobody knows {line:.40?}"));
                (404, json!({}))
            }
        }
    }
}

/// The client has read that something of an upload is refused.
fn refuses(id: &str) -> Read {
    let id = id.to_owned();
    Box::new(move |world: &mut World| {
        if let Some(upload) = world.service.uploads.get_mut(&id) {
            upload.is_refused = true;
        }
    })
}

/// The upload, the part, and the offset of the chunk that a PUT is for.
pub fn put(line: &str) -> Option<(String, u64, Option<u64>)> {
    let mut path = line.strip_prefix("PUT ")?.split(' ').next()?.split('/').skip(2);
    Some((path.next()?.to_owned(), path.next()?.parse().ok()?, path.next()?.parse().ok()))
}
