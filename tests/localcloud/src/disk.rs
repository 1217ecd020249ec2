//! What outlives the process. A record is one JSON file, rewritten as a whole; a log is a file of JSON lines
//! that grows. Both are on the disk before the answer that tells of them.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::options::StorageKind;

/// The folder of one service.
#[derive(Clone)]
pub(crate) struct Disk {
    root: PathBuf,
    kind: StorageKind,
}

impl Disk {
    /// Makes the folders if they are not there yet.
    pub(crate) fn open(root: PathBuf, folders: &[&str], kind: StorageKind) -> io::Result<Disk> {
        for folder in folders {
            std::fs::create_dir_all(root.join(folder))?;
        }
        Ok(Disk { root, kind })
    }

    fn record(&self, folder: &str, id: &str) -> PathBuf {
        self.root.join(folder).join(format!("{id}.json"))
    }

    fn log(&self, folder: &str, id: &str) -> PathBuf {
        self.root.join(folder).join(format!("{id}.log"))
    }

    /// Writes a record so that a reader, also one after a crash, sees the old or the new one, never half of
    /// it. The caller holds the lock of what is written.
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

    /// `None` if it was never written.
    pub(crate) fn read<T: DeserializeOwned>(&self, folder: &str, id: &str) -> io::Result<Option<T>> {
        match std::fs::read(self.record(folder, id)) {
            Ok(record) => Ok(Some(serde_json::from_slice(&record)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn read_all<T: DeserializeOwned>(&self, folder: &str) -> io::Result<Vec<T>> {
        let records = self.paths(folder, "json")?.into_iter();
        records.map(|path| parsed(&path, &std::fs::read(&path)?)).collect()
    }

    /// Begins a log; its first line says what it is about.
    pub(crate) fn begin(&self, folder: &str, id: &str, head: &impl Serialize) -> io::Result<()> {
        append(File::options().create_new(true).append(true).open(self.log(folder, id))?, head)
    }

    /// Adds a line to a log that has been begun and not been ended. The caller holds the lock of what is
    /// written.
    pub(crate) fn append(&self, folder: &str, id: &str, line: &impl Serialize) -> io::Result<()> {
        append(File::options().append(true).open(self.log(folder, id))?, line)
    }

    pub(crate) fn end(&self, folder: &str, id: &str) {
        let _ = std::fs::remove_file(self.log(folder, id));
    }

    /// The heads of all logs, each with the lines that follow it. A last line that a crash left unfinished is
    /// cut off; of a log that has no whole line nobody was ever told.
    pub(crate) fn read_logs<H: DeserializeOwned, L: DeserializeOwned>(
        &self,
        folder: &str,
    ) -> io::Result<Vec<(H, Vec<L>)>> {
        let mut logs = Vec::new();
        for path in self.paths(folder, "log")? {
            let bytes = std::fs::read(&path)?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            if whole < bytes.len() {
                File::options().write(true).open(&path)?.set_len(whole as u64)?;
            }
            let mut lines = bytes.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
            match lines.next() {
                None => std::fs::remove_file(&path)?,
                Some(head) => {
                    let rest = lines.map(|line| parsed(&path, line)).collect::<io::Result<_>>()?;
                    logs.push((parsed(&path, head)?, rest));
                }
            }
        }
        Ok(logs)
    }

    fn paths(&self, folder: &str, extension: &str) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(self.root.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|found| found == extension) {
                paths.push(path);
            }
        }
        Ok(paths)
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

fn parsed<T: DeserializeOwned>(path: &Path, json: &[u8]) -> io::Result<T> {
    serde_json::from_slice(json).map_err(|error| {
        let error = format!("{} was not written by this version: {error}", path.display());
        io::Error::new(ErrorKind::InvalidData, error)
    })
}

/// One write, so that a crash leaves at most the last line unfinished.
fn append(mut file: File, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(folder: &Path) -> Disk {
        Disk::open(folder.to_owned(), &["logs"], StorageKind::S3).expect("a folder")
    }

    #[test]
    fn a_torn_line_is_dropped_and_the_log_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = disk(folder.path());
        disk.begin("logs", "a", &"head").expect("a log");
        disk.append("logs", "a", &1).expect("a line");
        let path = folder.path().join("logs/a.log");
        let mut file = File::options().append(true).open(&path).expect("the log");
        file.write_all(b"23").expect("half a line");
        let read = || disk.read_logs::<String, u32>("logs").expect("logs");
        assert_eq!(read(), [("head".to_owned(), vec![1])]);
        disk.append("logs", "a", &45).expect("a line");
        assert_eq!(read(), [("head".to_owned(), vec![1, 45])]);
    }

    #[test]
    fn a_log_without_a_whole_line_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = disk(folder.path());
        let path = folder.path().join("logs/a.log");
        std::fs::write(&path, "\"hea").expect("half a line");
        assert_eq!(disk.read_logs::<String, u32>("logs").expect("logs"), []);
        assert!(!path.exists());
    }

    #[test]
    fn what_has_ended_takes_no_more_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = disk(folder.path());
        disk.begin("logs", "a", &"head").expect("a log");
        assert!(disk.begin("logs", "a", &"head").is_err(), "an id is used once");
        disk.end("logs", "a");
        assert!(disk.append("logs", "a", &1).is_err());
        assert_eq!(disk.read_logs::<String, u32>("logs").expect("logs"), []);
    }
}
