//! Uploads in progress and the four calls of the upload API (3).

mod commit;
mod complete;
mod fields;
mod form;
mod part;
mod progress;
mod put;
mod start;
mod store;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use commit::commit;
pub(crate) use complete::{accepted, complete};
pub(crate) use form::{to_json as from_form, without_secrets};
pub(crate) use part::upload;
pub(crate) use put::{Target, put};
pub(crate) use start::start;

use crate::disk::Disk;
use crate::fault::lock;
use crate::identifier;
use crate::origin::Origin;
use crate::reply::{self, Reply, flatten};
use crate::state::State;
pub(crate) use fields::Fields;
use fields::{Step, refuse};
use hyper::StatusCode;
use progress::{Chunk, Event, Part, Progress};
pub(crate) use store::{LOCATIONS, Store};

use super::policy::{Deed, Refused};

/// Parts of intelligent uploads (3.7); also the smallest that S3 takes.
pub(crate) const INTELLIGENT_PART: u64 = 8 * 1024 * 1024;
pub(crate) const SMALLEST_PART: u64 = 5 * 1024 * 1024;
pub(crate) const MOST_PARTS: u64 = 10_000;

impl<'a> Call<'a> {
    pub(crate) fn origin(&self) -> Origin<'a> {
        Origin { scheme: self.scheme, host: self.host }
    }
}

/// What every call of the upload API is answered from.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) body: &'a Value,
    pub(crate) scheme: &'static str,
    /// The Host header: the calls that follow are sent there too.
    pub(crate) host: &'a str,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) apikey: String,
    /// Name of the object in the storage.
    pub(crate) object: String,
    pub(crate) filename: String,
    pub(crate) mimetype: String,
    pub(crate) size: u64,
    pub(crate) store: Store,
    pub(crate) region: String,
    /// Intelligent ingestion was asked for and granted.
    pub(crate) intelligent: bool,
    #[serde(default = "identifier::now_ms")]
    pub(crate) started_ms: u64,
    #[serde(skip)]
    pub(crate) progress: Mutex<Progress>,
    /// Held while the parts are joined: a second `complete` meanwhile is told to wait.
    #[serde(skip)]
    pub(crate) joining: tokio::sync::Mutex<()>,
}

/// All uploads. They outlive the process.
pub(crate) struct Uploads {
    disk: Disk,
    table: Mutex<Table>,
    /// How long an upload is known; `None` is for ever.
    life: Option<Duration>,
}

#[derive(Default)]
struct Table {
    by_id: HashMap<String, Arc<Upload>>,
    by_object: HashMap<String, Arc<Upload>>,
}

impl Table {
    fn insert(&mut self, upload: Upload) {
        let upload = Arc::new(upload);
        self.by_object.insert(upload.object.clone(), Arc::clone(&upload));
        self.by_id.insert(upload.id.clone(), upload);
    }
}

/// The folder of the uploads' logs.
pub(crate) const FOLDER: &str = "uploads";

impl Uploads {
    pub(crate) fn open(disk: Disk, life: Option<Duration>) -> io::Result<Uploads> {
        let mut table = Table::default();
        for (upload, events) in disk.read_logs::<Upload, Event>(FOLDER)? {
            let mut progress = lock(&upload.progress);
            events.into_iter().for_each(|event| progress.apply(event));
            drop(progress);
            table.insert(upload);
        }
        Ok(Uploads { disk, table: Mutex::new(table), life })
    }

    pub(crate) fn insert(&self, upload: Upload) -> io::Result<()> {
        self.disk.begin(FOLDER, &upload.id, &upload)?;
        lock(&self.table).insert(upload);
        Ok(())
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Upload>> {
        let found = lock(&self.table).by_id.get(id).cloned();
        found.filter(|upload| self.is_alive(upload))
    }

    /// An upload whose time is over is forgotten when it is looked for.
    fn is_alive(&self, upload: &Upload) -> bool {
        let is_over = self.life.is_some_and(|life| identifier::since(upload.started_ms) >= life);
        if is_over {
            self.forget(&upload.id);
        }
        !is_over
    }

    /// By its object or that of one of its chunks.
    pub(crate) fn of_object(&self, object: &str) -> Option<Arc<Upload>> {
        let object = object.split('.').next().unwrap_or_default();
        let found = lock(&self.table).by_object.get(object).cloned();
        found.filter(|upload| self.is_alive(upload))
    }

    /// Something has happened to an upload. An upload that was forgotten meanwhile is an error.
    pub(crate) fn note(&self, upload: &Upload, event: Event) -> io::Result<()> {
        let mut progress = lock(&upload.progress);
        self.disk.append(FOLDER, &upload.id, &event)?;
        progress.apply(event);
        Ok(())
    }

    /// Files that were made of uploads stay; whether there is such an upload.
    pub(crate) fn forget(&self, id: &str) -> bool {
        let mut table = lock(&self.table);
        let Some(upload) = table.by_id.remove(id) else { return false };
        table.by_object.remove(&upload.object);
        let _progress = lock(&upload.progress);
        self.disk.end(FOLDER, id);
        true
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        lock(&self.table).by_id.keys().cloned().collect()
    }

    /// Oldest first.
    pub(crate) fn to_json(&self) -> Value {
        let mut uploads: Vec<_> = self.ids().iter().filter_map(|id| self.get(id)).collect();
        uploads.sort_by_key(|upload| upload.started_ms);
        uploads.iter().map(|upload| upload.to_json()).collect()
    }
}

impl Upload {
    /// Bytes that belong to a part of an intelligent upload; 0 beyond the end of the file.
    pub(crate) fn part_length(&self, part: u32) -> u64 {
        let length = if self.size.div_ceil(INTELLIGENT_PART) > MOST_PARTS {
            self.size.div_ceil(MOST_PARTS)
        } else {
            INTELLIGENT_PART
        };
        let start = u64::from(part.saturating_sub(1)).saturating_mul(length);
        self.size.saturating_sub(start).min(length)
    }
}

/// The API key of a call, if the account has it.
fn apikey<'a>(call: &Call<'_>, fields: Fields<'a>) -> Step<&'a str> {
    let apikey = fields.text("apikey")?;
    if call.state.account.knows(apikey) { Ok(apikey) } else { Err(Box::new(reply::invalid_application())) }
}

/// The upload that a call is about; `uri`, `region` and `upload_id` must be those that `start` gave.
fn find(call: &Call<'_>, fields: Fields<'_>) -> Step<Arc<Upload>> {
    let apikey = apikey(call, fields)?;
    let (uri, region, id) = (fields.text("uri")?, fields.text("region")?, fields.text("upload_id")?);
    let Some(upload) = call.state.uploads.get(id) else {
        return refuse("upload_id is unknown");
    };
    if upload.apikey != apikey {
        return refuse("upload_id belongs to another apikey");
    }
    if upload.uri() != uri {
        return refuse("uri is not the one that start gave for this upload_id");
    }
    if upload.region != region {
        return refuse("region is not the one that start gave for this upload_id");
    }
    Ok(upload)
}

impl Upload {
    pub(crate) fn uri(&self) -> String {
        format!("/{}/{}", crate::storage::BUCKET, self.object)
    }

    fn to_json(&self) -> Value {
        let progress = lock(&self.progress);
        // A client chooses the length of plain parts; it is known once one of them has been signed.
        let part_size = match self.intelligent {
            true => Some(self.part_length(1)),
            false => progress.announced.values().max().copied(),
        };
        json!({
            "upload_id": self.id, "uri": self.uri(), "region": self.region, "filename": self.filename,
            "size": self.size, "fii": self.intelligent, "parts": progress.parts, "chunks": progress.chunks,
            "handle": progress.result.as_ref().map(|result| &result["handle"]),
            "part_size": part_size, "started_ms": self.started_ms,
        })
    }
}

fn part_number(fields: Fields<'_>) -> Step<u32> {
    let part = fields.number("part")?;
    match u32::try_from(part) {
        Ok(number) if (1..=MOST_PARTS).contains(&part) => Ok(number),
        _ => refuse(format!("part must be between 1 and {MOST_PARTS}, not {part}")),
    }
}

/// Checks the policy of a call on an upload, if it has one. `start` had one if it was needed; of the later
/// calls some SDKs send none with `upload` and `commit`, the one for Ruby and Python 2 none with `complete`
/// (2.3).
fn authorise(call: &Call<'_>, fields: Fields<'_>, size: u64, store: &Store) -> Step<()> {
    match fields.security()? {
        None => Ok(()),
        given => allow(call, given, size, store),
    }
}

fn allow(call: &Call<'_>, given: Option<(&str, &str)>, size: u64, store: &Store) -> Step<()> {
    let deed = Deed {
        calls: &["pick", "store"],
        size: Some(size),
        path: Some(&store.path),
        container: Some(&store.container),
        ..Deed::default()
    };
    call.state.account.authorise(given, &deed).map(|_| ()).map_err(refused)
}

/// How the upload API tells that a policy is not good enough (9.1).
pub(crate) fn refused(refused: Refused) -> Box<Reply> {
    let (status, error) = match refused {
        Refused::Malformed(_) => (StatusCode::UNAUTHORIZED, "Invalid Policy"),
        Refused::Forbidden(_) => (StatusCode::FORBIDDEN, "Invalid App policy"),
    };
    Box::new(reply::api_error(status, error, refused.reason()))
}

/// A failure of the local cloud itself, in the form that a client of the upload API expects.
fn broken(error: &io::Error) -> Box<Reply> {
    Box::new(reply::api_error(StatusCode::INTERNAL_SERVER_ERROR, "Internal error", &error.to_string()))
}
