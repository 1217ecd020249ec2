//! What outlives the process: one JSON file for each factory, video and upload session, and the bytes of videos.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::options::StorageKind;

pub(crate) struct Disk {
    root: PathBuf,
    kind: StorageKind,
}

impl Disk {
    pub(crate) fn open(data: &Path, kind: StorageKind) -> io::Result<Disk> {
        let root = data.join("flip");
        for folder in ["factories", "videos", "sessions", "files"] {
            std::fs::create_dir_all(root.join(folder))?;
        }
        Ok(Disk { root, kind })
    }

    fn record(&self, folder: &str, id: &str) -> PathBuf {
        self.root.join(folder).join(format!("{id}.json"))
    }

    /// Writes a record so that a reader, also one after a crash, sees the old or the new one, never half of it. The caller holds
    /// the lock of what is written.
    pub(crate) fn write(&self, folder: &str, id: &str, record: &impl Serialize) -> io::Result<()> {
        let path = self.record(folder, id);
        let draft = path.with_extension("draft");
        std::fs::write(&draft, serde_json::to_vec(record)?)?;
        std::fs::rename(&draft, &path)
    }

    pub(crate) fn remove(&self, folder: &str, id: &str) {
        // What was never written needs no removal.
        let _ = std::fs::remove_file(self.record(folder, id));
    }

    pub(crate) fn read_all<T: DeserializeOwned>(&self, folder: &str) -> io::Result<Vec<T>> {
        let mut records = Vec::new();
        for entry in std::fs::read_dir(self.root.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                records.push(serde_json::from_slice(&std::fs::read(path)?)?);
            }
        }
        Ok(records)
    }

    /// Where bytes are kept; `None` if they are counted only.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        (self.kind == StorageKind::S3).then(|| self.root.join("files").join(name))
    }

    pub(crate) fn remove_file(&self, name: &str) {
        if let Some(path) = self.file(name) {
            let _ = std::fs::remove_file(path);
        }
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        match (self.file(from), self.file(to)) {
            (Some(from), Some(to)) => std::fs::rename(from, to),
            _ => Ok(()),
        }
    }

    /// The same bytes under a second name, without a second copy where the file system can do that.
    pub(crate) fn link(&self, from: &str, to: &str) -> io::Result<()> {
        match (self.file(from), self.file(to)) {
            (Some(from), Some(to)) => {
                let _ = std::fs::remove_file(&to);
                std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(|_| ()))
            }
            _ => Ok(()),
        }
    }
}
