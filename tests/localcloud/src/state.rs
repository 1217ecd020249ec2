//! Everything a running cloud knows.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::connection::Traffic;
use crate::fault::Faults;
use crate::filestack::account::Account;
use crate::filestack::file::Files;
use crate::filestack::upload::Uploads;
use crate::journal::Journal;
use crate::storage::Storage;

pub(crate) struct State {
    pub(crate) account: Account,
    pub(crate) intelligent: AtomicBool,
    pub(crate) storage: Storage,
    pub(crate) uploads: Uploads,
    pub(crate) files: Files,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) data: PathBuf,
}
