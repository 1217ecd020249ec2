//! The Telestream Cloud Flip service. Section numbers in this folder are those of the project's Telestream
//! protocol notes.

pub(crate) mod account;
pub(crate) mod api;
pub(crate) mod call;
mod creation;
mod encoding;
mod event;
mod factory;
pub(crate) mod multipart;
mod notification;
pub(crate) mod output;
mod params;
pub(crate) mod place;
mod preset;
mod profile;
mod progress;
pub(crate) mod refusal;
pub(crate) mod session;
mod signature;
mod table;
mod timestamp;
mod video;
mod writer;

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::disk::Disk;
use crate::options::Options;
use crate::repeated::Counter;
use crate::reply::too_large;
use crate::state::State;
use account::Account;
use refusal::Refusal;
use session::Sessions;
use table::{Details, Table};

/// Everything that the service knows.
pub(crate) struct Flip {
    pub(crate) account: Account,
    pub(crate) disk: Disk,
    pub(crate) table: Mutex<Table>,
    pub(crate) sessions: Sessions,
    pub(crate) repeated: Counter,
    /// Bytes of a part, and how many parts at once a session allows.
    pub(crate) part_size: u64,
    pub(crate) max_connections: u32,
    /// More are refused.
    enforces_connections: bool,
    max_file_size: Option<u64>,
    /// Write the numbers of missing parts as text.
    pub(crate) missing_parts_as_text: AtomicBool,
}

impl Flip {
    pub(crate) fn open(options: &Options, data: &Path) -> io::Result<Flip> {
        let folders = ["factories", "videos", "sessions", "files"];
        let disk = Disk::open(data.join("flip"), &folders, options.storage)?;
        Ok(Flip {
            account: Account::new(&options.access_key, &options.secret_key, &options.telestream_apikey),
            table: Table::open(&disk)?,
            sessions: Sessions::open(&disk, options.session_time)?,
            repeated: Counter::open(disk.clone())?,
            disk,
            part_size: options.flip_part_size.max(1),
            max_connections: options.flip_max_connections.max(1),
            enforces_connections: options.flip_enforce_connections,
            max_file_size: options.max_file_size,
            missing_parts_as_text: AtomicBool::new(false),
        })
    }

    /// Goes on with what was at work when the process before this one ended.
    pub(crate) fn resume(&self, state: &Arc<State>) {
        progress::resume(state);
    }

    /// The sentence for a file of so many bytes, if the account does not take it.
    fn too_large(&self, size: u64) -> Option<String> {
        self.max_file_size.filter(|most| size > *most).map(too_large)
    }

    fn admit(&self, size: u64) -> Result<(), Refusal> {
        self.too_large(size).map_or(Ok(()), |error| Err(Refusal::too_large(error)))
    }
}

/// A field that is text.
fn text<'a>(details: &'a Details, name: &str) -> &'a str {
    details.get(name).and_then(Value::as_str).unwrap_or("")
}

/// An id: 32 hex digits (3.3).
fn new_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}
