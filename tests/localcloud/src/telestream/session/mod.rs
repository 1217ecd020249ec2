//! Upload sessions (4): their files, what of them has arrived, and the video that comes of it. They outlive
//! the process.

mod create;
mod part;
mod range;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use create::create;

use super::creation::{self, Plan, Source};
use super::new_id;
use super::place::Step;
use super::refusal::Refusal;
use crate::disk::Disk;
use crate::fault::lock;
use crate::identifier;
use crate::intake::Intake;
use crate::reply::{self, BodyError, Reply};
use crate::state::State;

/// The header that says which of the further files a request is about.
pub(crate) const TAG: &str = "x-extra-file-tag";
pub(crate) const PART: &str = "x-part";

#[derive(Serialize, Deserialize)]
struct Record {
    id: String,
    /// What its URL asks for: the id, until the session moves. Older records have none.
    #[serde(default)]
    address: String,
    factory: String,
    /// The id that the video gets: so a session that is finished twice makes one video.
    video: String,
    plan: Plan,
    /// The protocol: numbered parts, or ranges.
    multi_chunk: bool,
    /// The main file, then the extra ones.
    files: Vec<File>,
    /// The video has been made.
    done: bool,
    #[serde(default = "identifier::now_ms")]
    started_ms: u64,
    /// Aborted, or forgotten by the service.
    #[serde(skip)]
    forgotten: bool,
}

#[derive(Serialize, Deserialize)]
struct File {
    /// The main file has none.
    tag: Option<String>,
    name: String,
    size: u64,
    part_size: u64,
    /// Numbers of the parts that are there.
    stored: BTreeSet<u64>,
    /// How far ranges have come.
    reached: u64,
    /// Parts that came although they were there.
    repeated: u64,
}

impl File {
    fn parts(&self) -> u64 {
        self.size.div_ceil(self.part_size)
    }

    fn missing(&self) -> Vec<u64> {
        (0..self.parts()).filter(|part| !self.stored.contains(part)).collect()
    }

    fn is_whole(&self, multi_chunk: bool) -> bool {
        if multi_chunk { self.stored.len() as u64 == self.parts() } else { self.reached == self.size }
    }
}

pub(crate) struct Session {
    id: String,
    filename: String,
    record: Mutex<Record>,
    /// Held while the video is made.
    making: tokio::sync::Mutex<()>,
    at_once: AtomicU32,
    most_at_once: AtomicU32,
}

impl Session {
    fn new(record: Record) -> Session {
        Session {
            id: record.id.clone(),
            filename: record.files.first().map(|file| file.name.clone()).unwrap_or_default(),
            record: Mutex::new(record),
            making: tokio::sync::Mutex::default(),
            at_once: AtomicU32::new(0),
            most_at_once: AtomicU32::new(0),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// As the session was told it.
    pub(crate) fn filename(&self) -> &str {
        &self.filename
    }

    /// Bytes of the file with this number, until they are those of a video.
    fn object(&self, file: usize) -> String {
        format!("{}-{file}", self.id)
    }

    fn save(&self, disk: &Disk, record: &Record) -> io::Result<()> {
        if record.forgotten { Ok(()) } else { disk.write("sessions", &self.id, record) }
    }

    /// Nothing that is under way writes it down again.
    fn drop_from(&self, disk: &Disk, record: &mut Record) {
        record.forgotten = true;
        disk.remove("sessions", &self.id);
        for file in 0..record.files.len() {
            disk.remove_file(&self.object(file));
        }
    }

    /// The number of the file that a request is about.
    fn file(&self, tag: Option<&str>) -> Result<usize, Refusal> {
        let record = lock(&self.record);
        let found = record.files.iter().position(|file| file.tag.as_deref() == tag);
        found.ok_or_else(|| {
            Refusal::missing(format!("the session has no extra file {}", tag.unwrap_or_default()))
        })
    }

    fn to_json(&self) -> Value {
        let record = lock(&self.record);
        let files = record.files.iter().map(|file| {
            json!({
                "tag": file.tag, "name": file.name, "size": file.size, "part_size": file.part_size,
                "parts": file.parts(), "stored": file.stored, "reached": file.reached, "repeated": file.repeated,
            })
        });
        json!({
            "id": self.id, "factory": record.factory, "multi_chunk": record.multi_chunk,
            "video": record.done.then_some(&record.video), "files": files.collect::<Vec<_>>(),
            "most_at_once": self.most_at_once.load(Ordering::Relaxed), "started_ms": record.started_ms,
        })
    }
}

pub(crate) struct Sessions {
    table: Mutex<HashMap<String, Arc<Session>>>,
    /// How long a session is known; `None` is for ever.
    life: Option<Duration>,
}

impl Sessions {
    pub(crate) fn open(disk: &Disk, life: Option<Duration>) -> io::Result<Sessions> {
        let records: Vec<Record> = disk.read_all("sessions")?;
        let sessions = records.into_iter().map(|mut record| {
            if record.address.is_empty() {
                record.address.clone_from(&record.id);
            }
            (record.address.clone(), Arc::new(Session::new(record)))
        });
        Ok(Sessions { table: Mutex::new(sessions.collect()), life })
    }

    /// A session whose time is over is forgotten when it is looked for.
    pub(crate) fn get(&self, disk: &Disk, address: &str) -> Option<Arc<Session>> {
        let found = lock(&self.table).get(address).cloned()?;
        if self.is_over(&found) {
            self.forget(disk, &found.id);
            return None;
        }
        Some(found)
    }

    fn is_over(&self, session: &Session) -> bool {
        let began = lock(&session.record).started_ms;
        self.life.is_some_and(|life| identifier::since(began) >= life)
    }

    /// Gives a session another address, and forgets the old one; the new one, or `None` if the session is
    /// over.
    pub(crate) fn relocate(&self, session: &Session, disk: &Disk) -> io::Result<Option<String>> {
        let mut table = lock(&self.table);
        let mut record = lock(&session.record);
        let Some(held) = table.remove(&record.address) else { return Ok(None) };
        record.address = new_id();
        table.insert(record.address.clone(), held);
        session.save(disk, &record)?;
        Ok(Some(record.address.clone()))
    }

    /// Whether there is a session with this id; its video stays.
    pub(crate) fn forget(&self, disk: &Disk, id: &str) -> bool {
        let mut table = lock(&self.table);
        let Some(session) = table.values().find(|session| session.id == id).cloned() else { return false };
        let mut record = lock(&session.record);
        table.remove(&record.address);
        session.drop_from(disk, &mut record);
        true
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        lock(&self.table).values().map(|session| session.id.clone()).collect()
    }

    /// Oldest first.
    pub(crate) fn to_json(&self) -> Value {
        let table = lock(&self.table);
        let mut sessions: Vec<_> = table.values().filter(|session| !self.is_over(session)).cloned().collect();
        drop(table);
        sessions.sort_by_key(|session| lock(&session.record).started_ms);
        sessions.iter().map(|session| session.to_json()).collect()
    }
}

/// A request to a session's URL.
pub(crate) struct Visit<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) step: Step,
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
    /// A fault wants the encodings that may begin now to fail.
    pub(crate) fails: bool,
}

impl Visit<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// An error closes the connection without an answer.
pub(crate) async fn answer(
    visit: &Visit<'_>,
    session: Option<Arc<Session>>,
    intake: &mut Intake,
) -> Result<Reply, BodyError> {
    let Some(session) = session else {
        return Ok(Refusal::missing("Couldn't find the upload session").reply());
    };
    let reply = match visit.step {
        Step::Part => part::receive(visit, &session, intake).await?,
        Step::Range => range::receive(visit, &session, intake).await?,
        Step::Missing if visit.method == Method::GET => missing(visit, &session).await,
        Step::Missing => range::status(visit, &session).await,
        Step::Abort => Ok(abort(visit.state, &session)),
    };
    Ok(reply.unwrap_or_else(|refusal| refusal.reply()))
}

async fn missing(visit: &Visit<'_>, session: &Arc<Session>) -> Result<Reply, Refusal> {
    let file = session.file(visit.header(TAG))?;
    let (missing, multi_chunk) = {
        let record = lock(&session.record);
        (record.files.get(file).map(File::missing).unwrap_or_default(), record.multi_chunk)
    };
    if !multi_chunk {
        return Err(Refusal::bad("the session takes ranges; ask with Content-Range: bytes */L"));
    }
    // A crash may have come between the last part and the video.
    video(visit, session).await?;
    let as_text = visit.state.flip.missing_parts_as_text.load(Ordering::Relaxed);
    let number = |part: u64| if as_text { Value::from(part.to_string()) } else { Value::from(part) };
    let missing: Vec<Value> = missing.into_iter().map(number).collect();
    Ok(reply::json(StatusCode::OK, &json!({ "missing_parts": missing })))
}

fn abort(state: &State, session: &Session) -> Reply {
    let mut table = lock(&state.flip.sessions.table);
    let mut record = lock(&session.record);
    if record.done {
        return Refusal::bad("the file has been uploaded, the session is over").reply();
    }
    table.remove(&record.address);
    session.drop_from(&state.flip.disk, &mut record);
    reply::bytes(StatusCode::OK, "text/plain", "")
}

/// The video of the session if its main file is whole: made now, or made before.
async fn video(visit: &Visit<'_>, session: &Arc<Session>) -> Result<Option<Value>, Refusal> {
    let _making = session.making.lock().await;
    let flip = &visit.state.flip;
    let internal = |error: io::Error| Refusal::internal(&error);
    let (factory, id, plan, size, done) = {
        let record = lock(&session.record);
        let Some(main) = record.files.first().filter(|file| file.is_whole(record.multi_chunk)) else {
            return Ok(None);
        };
        (record.factory.clone(), record.video.clone(), record.plan.clone(), main.size, record.done)
    };
    let known = {
        let table = lock(&flip.table);
        table
            .videos
            .iter()
            .find(|video| video.id() == id)
            .map(|video| (Value::Object(video.details.clone()), video.status() == "processing"))
    };
    let told = match known {
        Some((told, false)) => told,
        // Of a session that is done nothing is made again: the video has been deleted.
        None if done => return Err(Refusal::not_found("Video", &id)),
        begun => {
            if flip.disk.file(&session.object(0)).is_some_and(|path| path.exists()) {
                flip.disk.rename(&session.object(0), &id).map_err(internal)?;
            }
            let told = match begun {
                Some((told, _)) => told,
                None => {
                    let source = Source { id: &id, filename: &session.filename, url: None };
                    creation::begin(visit.state, &factory, &source, &plan, visit.fails)?
                }
            };
            creation::settle(visit.state, &id, Ok(size)).map_err(internal)?;
            told
        }
    };
    if !done {
        let mut record = lock(&session.record);
        record.done = true;
        session.save(&flip.disk, &record).map_err(internal)?;
    }
    Ok(Some(told))
}

/// The answer to bytes that have been stored: the video if there is one.
async fn stored(visit: &Visit<'_>, session: &Arc<Session>, otherwise: Reply) -> Result<Reply, Refusal> {
    Ok(video(visit, session).await?.map_or(otherwise, |video| reply::json(StatusCode::OK, &video)))
}
