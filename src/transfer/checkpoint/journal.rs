//! The file in which an upload keeps what it needs to go on. It is append-only, and locked while its upload
//! lives. The system drops the lock when the process ends, however that happens.
//!
//! The name of a file tells what makes two uploads the same. A file that was changed has another name, so
//! that its upload begins anew; the journal of the old one is removed then.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::folder::{EXTENSION, check_version, forget_all, hold, prepare};
use super::known::Known;
use super::names;
use super::record::{Intent, RawRecord, Record};
use super::seal::SealKey;
use crate::error::{Error, Result};
use crate::sys::{self, file};

/// What a journal begins with; the last byte is the version of the format.
pub(super) const HEADER: [u8; 8] = *b"FERRYUP\x01";

/// A longer one is neither written nor read: 10,000 parts take 480 KB.
const LONGEST: u64 = 64 << 20;
const TOO_LONG: &str = "it is too long for a journal";

/// How often records of stored parts are synced. What a loss of power takes is sent again.
const SYNC: Duration = Duration::from_secs(1);

/// Bytes of a journal beside its parts, and of a part: space that is set aside before anything is sent.
const SPACE: u64 = 16 << 10;
const PART_SPACE: u64 = 64;

/// The journal of one upload, held by this process.
pub struct Journal {
    file: File,
    path: PathBuf,
    synced: Instant,
    /// Whether something was written since.
    is_dirty: bool,
    /// Why it could not grow. What it says stays true, and what it lacks is sent again.
    fault: Option<io::Error>,
}

impl Drop for Journal {
    fn drop(&mut self) {
        sys::private::release(&self.file);
    }
}

impl Journal {
    /// Opens the journal of an upload, or begins it. What it says is None unless it is of this very upload.
    pub(super) fn open(folder: &str, intent: &Intent, key: &SealKey) -> Result<(Self, Option<Known>)> {
        let folder = prepare(folder)?;
        let (upload, name) = names::of(intent);
        let path = folder.join(format!("{name}.{EXTENSION}"));
        let file = hold(&path, "another upload of this file")?;
        let mut journal = Journal { file, path, synced: Instant::now(), is_dirty: false, fault: None };
        let found = journal.take_up(intent, key)?;
        // Who wrote it may have ended before it was synced.
        journal.is_dirty = found.is_some();
        if found.is_none()
            && let Err(error) = journal.begin(intent, key, &folder)
        {
            let error = journal.failed("begin", &error);
            journal.remove();
            return Err(error);
        }
        // Those of the upload of files that have changed since.
        forget_all(&folder, |other| other.starts_with(&upload) && other != name);
        Ok((journal, found))
    }

    /// Whether there is a journal of the upload to be opened.
    pub(super) fn is_there(folder: &str, intent: &Intent) -> bool {
        let (_, name) = names::of(intent);
        Path::new(folder).join(format!("{name}.{EXTENSION}")).exists()
    }

    /// What the journal says, unless it is of another upload or says nothing. Drops what is not whole.
    fn take_up(&mut self, intent: &Intent, key: &SealKey) -> Result<Option<Known>> {
        check_version(&self.file, &self.path, &HEADER)?;
        let bytes = read(&self.file).map_err(|e| self.failed("read", &e))?;
        let Some(raw) = Raw::new(&bytes) else { return Ok(None) };
        let mut understood = Vec::new();
        let mut end = HEADER.len();
        for (record, after) in raw.records() {
            let Some(record) = record.understand(Some(key)) else { break };
            understood.push(record);
            end = after;
        }
        let is_own = |own: &Intent| {
            let Intent { service, account, files, request, begun: _ } = own;
            (service, account, files, request)
                == (&intent.service, &intent.account, &intent.files, &intent.request)
        };
        if !matches!(understood.first(), Some(Record::Intent(own)) if is_own(own)) {
            return Ok(None);
        }
        if end < bytes.len() {
            self.file.set_len(end as u64).map_err(|e| self.failed("write", &e))?;
            // It gave its space away. Without it a full disk stops the journal, but not the upload.
            let _ = file::set_aside(&self.file, space(intent.files.iter().map(|file| file.identity.size)));
        }
        Ok(Known::of(understood))
    }

    /// Makes sure that an upload that the service has begun is never unknown here.
    fn begin(&self, intent: &Intent, key: &SealKey, folder: &Path) -> io::Result<()> {
        let mut bytes = HEADER.to_vec();
        Record::Intent(intent.clone()).write(key, &mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
        self.file.set_len(0)?;
        file::set_aside(&self.file, space(intent.files.iter().map(|file| file.identity.size)))?;
        file::append(&self.file, &bytes)?;
        self.file.sync_all()?;
        file::sync_folder(folder)
    }

    /// Appends a record. One that cannot be written breaks the journal, and no other is written then.
    pub(super) fn write(&mut self, record: &Record, key: &SealKey) {
        self.write_all(std::slice::from_ref(record), key);
    }

    /// Appends records, but for an intent, which is the first already.
    pub(super) fn write_all(&mut self, records: &[Record], key: &SealKey) {
        if self.is_broken() {
            return;
        }
        let mut bytes = Vec::new();
        let mut is_vital = false;
        for record in records.iter().filter(|record| !matches!(record, Record::Intent(_))) {
            is_vital |= matches!(record, Record::Completing(_));
            let written = record.write(key, &mut bytes);
            self.note(written.map_err(|error| io::Error::other(error.message().to_owned())));
        }
        if bytes.is_empty() {
            return;
        }
        // One write: a process that is killed leaves all of it or nothing.
        let length = self.file.metadata().map(|metadata| metadata.len() + bytes.len() as u64);
        let appended = match length {
            Ok(length) if length > LONGEST => Err(io::Error::other(TOO_LONG)),
            length => length.and_then(|_| file::append(&self.file, &bytes)),
        };
        self.note(appended);
        self.is_dirty = true;
        if is_vital || self.synced.elapsed() >= SYNC {
            self.sync();
        }
    }

    /// Has what was written reach the disk.
    pub(super) fn sync(&mut self) {
        if std::mem::take(&mut self.is_dirty) {
            let synced = self.file.sync_data();
            self.note(synced);
            self.synced = Instant::now();
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        if let Err(fault) = result {
            self.fault.get_or_insert(fault);
        }
    }

    /// Whether it lacks what became known.
    pub(super) fn is_broken(&self) -> bool {
        self.fault.is_some()
    }

    /// An error if it lacks what became known.
    pub(super) fn check(&self) -> Result<()> {
        self.fault.as_ref().map_or(Ok(()), |fault| Err(self.failed("write", fault)))
    }

    /// The upload is over: there is nothing to go on from.
    pub(super) fn remove(self) {
        // If it cannot be removed, the next run goes on from what it says.
        let _ = std::fs::remove_file(&self.path);
    }

    fn failed(&self, doing: &str, error: &io::Error) -> Error {
        Error::file(&format!("{doing} the journal"), &self.path.display().to_string(), error)
    }
}

/// What a program is told of one upload.
pub(super) fn describe(file: &File, path: &Path) -> Option<Value> {
    let bytes = read(file).ok()?;
    let raw = Raw::new(&bytes)?;
    let records = raw.records().map_while(|(record, _)| record.understand(None));
    let known = Known::of(records.collect::<Vec<_>>())?;
    Some(json!({
        "id": path.file_stem().and_then(|stem| stem.to_str()),
        "service": known.intent.service,
        "path": known.intent.files.first()?.path,
        "size": known.intent.files.iter().map(|file| file.identity.size).fold(0, u64::saturating_add),
        "bytes_stored": known.bytes_stored(),
        "begun": known.intent.begun,
    }))
}

fn read(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // A look at its header may have moved it.
    file.rewind()?;
    let count = file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if count as u64 > LONGEST {
        return Err(io::Error::other(TOO_LONG));
    }
    Ok(bytes)
}

/// Bytes that the journal of an upload may take, as far as the sizes of its files tell.
fn space(sizes: impl Iterator<Item = u64>) -> u64 {
    SPACE + sizes.map(|size| (size >> 20).min(20_000) * PART_SPACE).sum::<u64>()
}

/// The bytes of a journal.
struct Raw<'a>(&'a [u8]);

impl<'a> Raw<'a> {
    /// None if there is not even a header.
    fn new(bytes: &'a [u8]) -> Option<Self> {
        bytes.starts_with(&HEADER).then_some(Raw(bytes))
    }

    /// The records that are whole, each with the place of its end.
    fn records(&self) -> impl Iterator<Item = (RawRecord<'a>, usize)> + use<'a> {
        let all = self.0;
        let mut rest = all.get(HEADER.len()..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (record, after) = RawRecord::read(rest)?;
            rest = after;
            Some((record, all.len() - rest.len()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::checkpoint::UploadedFile;
    use crate::transfer::source::Source;

    fn journal(file: File) -> Journal {
        Journal { file, path: PathBuf::new(), synced: Instant::now(), is_dirty: false, fault: None }
    }

    fn key() -> SealKey {
        SealKey::new("filestack", "TESTKEY").expect("a key")
    }

    #[test]
    fn a_journal_that_cannot_grow_is_broken_and_stays_so() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut journal = journal(File::open(file.path()).expect("only to be read"));
        assert!(!journal.is_broken());
        journal.write(&Record::Reset, &key());
        assert!(journal.is_broken());
        journal.write_all(&[Record::Reset, Record::Reset], &key());
        assert!(journal.is_broken() && file.path().metadata().expect("a file").len() == 0);
    }

    fn intent() -> Intent {
        let source = Source::Bytes(b"film");
        let files = vec![UploadedFile::new("/film.mov", &source).expect("a file")];
        Intent { service: "filestack".into(), account: key().account(), files, request: json!({}), begun: 0 }
    }

    #[test]
    fn a_journal_whose_header_is_torn_begins_anew_and_one_of_another_version_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_str().expect("UTF-8");
        let open = || Journal::open(path, &intent(), &key());
        let journal = open().expect("a journal").0.path.clone();
        for whole in 0..HEADER.len() {
            let mut bytes = vec![0; 100];
            bytes[..whole].copy_from_slice(&HEADER[..whole]);
            std::fs::write(&journal, bytes).expect("written");
            assert!(open().expect("a journal").1.is_none(), "{whole} bytes of the header");
            assert!(open().expect("a journal").1.is_some());
        }
        std::fs::write(&journal, b"FERRYUP\x02").expect("written");
        assert!(open().map(|_| ()).expect_err("refused").message().contains("is of version 2"));
    }

    #[test]
    fn what_another_process_has_written_is_synced_before_more_is_sent() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journals").to_str().expect("UTF-8").to_owned();
        let open = || Journal::open(&path, &intent(), &key()).expect("a journal");
        let (mut journal, found) = open();
        assert!(found.is_none() && !journal.is_dirty);
        journal.write(&Record::Completing(false), &key());
        drop(journal);
        let (mut journal, found) = open();
        assert!(found.is_some());
        let before = journal.synced;
        journal.sync();
        assert!(journal.synced > before && !journal.is_dirty);
    }

    #[test]
    fn what_is_too_long_for_a_journal_breaks_it() {
        let mut journal = journal(tempfile::tempfile().expect("a file"));
        journal.write(&Record::Done(json!("x".repeat(16 << 20))), &key());
        assert!(journal.is_broken());
    }

    #[test]
    fn a_completion_reaches_the_disk_at_once_and_parts_within_a_second() {
        let mut journal = journal(tempfile::tempfile().expect("a file"));
        let synced = journal.synced;
        journal.write(&Record::Reset, &key());
        assert_eq!(journal.synced, synced);
        journal.write_all(&[Record::Completing(true), Record::Reset], &key());
        assert!(journal.synced > synced && !journal.is_broken());
        let synced = journal.synced.checked_sub(SYNC).expect("a time");
        journal.synced = synced;
        journal.write(&Record::Reset, &key());
        assert!(journal.synced > synced);
    }

    #[test]
    fn a_journal_gets_space_for_each_part_there_may_be() {
        let mib = 1 << 20;
        assert_eq!(space([0, mib - 1].into_iter()), SPACE);
        assert_eq!(space([5 * mib, 3 * mib].into_iter()), SPACE + 8 * PART_SPACE);
        assert_eq!(space([1 << 60].into_iter()), SPACE + 20_000 * PART_SPACE);
    }
}
