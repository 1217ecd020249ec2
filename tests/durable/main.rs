//! Uploads that outlive what made them: the journal and the token, with both services. An upload that is
//! dropped stands for a process that ended; `tests/crash` kills real ones.

mod batch;
#[path = "../tools/emulated.rs"]
mod emulated;
mod filestack;
mod folder;
mod process;
#[path = "../support/mod.rs"]
mod support;
mod telestream;
mod token;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a file to upload and a place for journals.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// In memory where the system has such a folder: journals are synchronised often.
    pub fn new() -> Self {
        // Wine shows that folder too, under two names.
        let in_memory = cfg!(unix).then(|| tempfile::tempdir_in("/dev/shm").ok()).flatten();
        let folder = in_memory.map_or_else(tempfile::tempdir, Ok);
        Place { folder: folder.expect("a folder") }
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        text(&path)
    }

    pub fn journals(&self) -> String {
        text(&self.folder.path().join("journals"))
    }

    /// The files in the folder of the journals.
    pub fn journal_files(&self) -> Vec<PathBuf> {
        let found = fs::read_dir(self.journals()).into_iter().flatten();
        found.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// The one journal.
    pub fn journal(&self) -> PathBuf {
        let [one] = self.journal_files().try_into().expect("one journal");
        one
    }

    /// What a program is told of the journals.
    pub fn list(&self) -> Vec<Value> {
        let list = ferry::transfer::checkpoint::listing::list(&self.journals()).expect("a list");
        list.as_array().expect("an array").clone()
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// The bytes of a token.
pub(crate) fn decoded(token: &str) -> Vec<u8> {
    let body = token.rsplit('.').next().expect("a body");
    BASE64_URL_SAFE_NO_PAD.decode(body).expect("base64")
}
