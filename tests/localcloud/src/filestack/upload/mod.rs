//! Uploads in progress and the four calls of the upload API (3).

mod commit;
mod complete;
mod fields;
mod part;
mod put;
mod start;
mod store;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde_json::Value;

pub(crate) use commit::commit;
pub(crate) use complete::{accepted, complete};
pub(crate) use part::upload;
pub(crate) use put::{Target, put};
pub(crate) use start::start;

use crate::fault::lock;
use crate::origin::Origin;
use crate::reply::{self, Reply, flatten};
use crate::state::State;
pub(crate) use fields::Fields;
use fields::{Step, refuse};
use hyper::StatusCode;
pub(crate) use store::Store;

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
    pub(crate) progress: Mutex<Progress>,
    /// Held while the parts are joined: a second `complete` meanwhile is told to wait.
    pub(crate) joining: tokio::sync::Mutex<()>,
}

#[derive(Default)]
pub(crate) struct Progress {
    /// Sizes that `/multipart/upload` announced, by part.
    pub(crate) announced: BTreeMap<u32, u64>,
    pub(crate) parts: BTreeMap<u32, Part>,
    /// Chunks by part, in the order of their arrival.
    pub(crate) chunks: BTreeMap<u32, Vec<Chunk>>,
    /// How often `complete` was told to wait.
    pub(crate) joined: u32,
    /// The last answer of `complete`, given again if it is asked again.
    pub(crate) result: Option<Value>,
}

#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) size: u64,
    pub(crate) etag: String,
    /// Made by `commit` out of chunks.
    pub(crate) committed: bool,
}

#[derive(Clone)]
pub(crate) struct Chunk {
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) object: String,
}

/// A chunk that somebody may PUT.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) upload: Arc<Upload>,
    pub(crate) part: u32,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

#[derive(Default)]
pub(crate) struct Uploads {
    table: Mutex<HashMap<String, Arc<Upload>>>,
    tickets: Mutex<HashMap<String, Ticket>>,
}

impl Uploads {
    pub(crate) fn insert(&self, upload: Upload) {
        lock(&self.table).insert(upload.id.clone(), Arc::new(upload));
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Upload>> {
        lock(&self.table).get(id).cloned()
    }

    pub(crate) fn expect(&self, object: String, ticket: Ticket) {
        lock(&self.tickets).insert(object, ticket);
    }

    pub(crate) fn ticket(&self, object: &str) -> Option<Ticket> {
        lock(&self.tickets).get(object).cloned()
    }

    pub(crate) fn spend(&self, object: &str) {
        lock(&self.tickets).remove(object);
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
}

fn part_number(fields: Fields<'_>) -> Step<u32> {
    let part = fields.number("part")?;
    match u32::try_from(part) {
        Ok(number) if (1..=MOST_PARTS).contains(&part) => Ok(number),
        _ => refuse(format!("part must be between 1 and {MOST_PARTS}, not {part}")),
    }
}

/// Checks the policy of a call that stores. `required`: `upload` and `commit` need none, some SDKs send none (3.15).
fn authorise(call: &Call<'_>, fields: Fields<'_>, required: bool, size: u64, store: &Store) -> Step<()> {
    let given = fields.security()?;
    if given.is_none() && !required {
        return Ok(());
    }
    let deed = Deed {
        calls: &["pick", "store"],
        size: Some(size),
        path: Some(&store.path),
        container: Some(&store.container),
        ..Deed::default()
    };
    match call.state.account.authorise(given, &deed) {
        Ok(_) => Ok(()),
        Err(Refused::Malformed(reason)) => {
            Err(Box::new(reply::api_error(StatusCode::UNAUTHORIZED, "Invalid Policy", &reason)))
        }
        Err(Refused::Forbidden(reason)) => {
            Err(Box::new(reply::api_error(StatusCode::FORBIDDEN, "Invalid App policy", &reason)))
        }
    }
}

/// A failure of the local cloud itself, in the form that a client of the upload API expects.
fn broken(error: &std::io::Error) -> Box<Reply> {
    Box::new(reply::api_error(StatusCode::INTERNAL_SERVER_ERROR, "Internal error", &error.to_string()))
}
