//! Everything a running cloud knows.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, OnceLock};

use crate::connection::Traffic;
use crate::fault::Faults;
use crate::fetch::Fetcher;
use crate::filestack::account::Account;
use crate::filestack::file::Files;
use crate::filestack::job::Jobs;
use crate::filestack::upload::Uploads;
use crate::filestack::webhook::Webhooks;
use crate::journal::Journal;
use crate::messenger::Messenger;
use crate::origin::Origins;
use crate::pace::Pace;
use crate::pulse::Pulse;
use crate::repeated::{Counter, Repeated};
use crate::storage::Storage;
use crate::telestream::Flip;

pub(crate) struct State {
    pub(crate) account: Account,
    pub(crate) intelligent: AtomicBool,
    /// So many times `complete` answers 202 before an upload is done.
    pub(crate) joining: AtomicU32,
    /// The storage encrypts with a key of its own.
    pub(crate) kms: AtomicBool,
    /// Where it listens, once it does.
    pub(crate) origins: OnceLock<Origins>,
    pub(crate) storage: Storage,
    pub(crate) uploads: Uploads,
    pub(crate) files: Files,
    /// What came to Filestack again.
    pub(crate) repeated: Counter,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    /// Beats with each change, for those who follow it.
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) data: PathBuf,
    pub(crate) jobs: Jobs,
    /// When a job or an encoding is done.
    pub(crate) pace: Pace,
    pub(crate) webhooks: Webhooks,
    pub(crate) messenger: Messenger,
    pub(crate) flip: Flip,
    pub(crate) fetcher: Fetcher,
    /// Folders of `src://` sources by alias.
    pub(crate) aliases: Vec<(String, PathBuf)>,
    /// Folder with answers of tasks that nothing here can compute.
    pub(crate) fixtures: Option<PathBuf>,
}

impl State {
    pub(crate) fn repeated(&self) -> Repeated {
        Repeated { filestack: self.repeated.get(), telestream: self.flip.repeated.get() }
    }

    pub(crate) fn forget_uploads(&self) {
        for id in self.uploads.ids() {
            self.uploads.forget(&id);
        }
    }

    pub(crate) fn forget_sessions(&self) {
        for id in self.flip.sessions.ids() {
            self.flip.sessions.forget(&self.flip.disk, &id);
        }
    }
}
