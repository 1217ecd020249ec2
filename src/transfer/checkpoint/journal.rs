//! A folder in which uploads keep what they need to go on: one append-only file for each, locked while its
//! upload lives. The system drops the lock when the process ends, however that happens.
//!
//! The name of a file tells what makes two uploads the same. A file that was changed has another name, so
//! that its upload begins anew; the journal of the old one is removed then.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::ledger::UploadKey;
use super::record::{Intent, RawRecord, Record};
use super::seal::{AccountId, SealKey};
use super::{Known, ledger};
use crate::error::{Error, ErrorKind, Result};
use crate::http::hex;
use crate::sys::private::{claim, create_folder, fault_of_folder, is_held, open};
use crate::sys::{self, Hold, file};

/// What a journal begins with; the last byte is the version of the format.
const HEADER: [u8; 8] = *b"FERRYUP\x01";

/// What the name of a journal ends with.
pub(super) const EXTENSION: &str = "ferry";

/// A longer one is neither written nor read: 10,000 parts take 480 KB.
const LONGEST: u64 = 64 << 20;
const TOO_LONG: &str = "it is too long for a journal";

/// How often records of stored parts are synced. What a loss of power takes is sent again.
const SYNC: Duration = Duration::from_secs(1);

/// How often a lock is tried, and the pause: who lists journals holds each for a moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);

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
        let (upload, name) = names(intent);
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
        let (_, name) = names(intent);
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

/// A file of another version than `own` is neither understood nor replaced.
pub(super) fn check_version(file: &File, path: &Path, own: &[u8; 8]) -> Result<()> {
    let mut header = [0; 8];
    if file::read_exact_at(file, &mut header, 0).is_err() {
        return Ok(());
    }
    let ([name @ .., version], [own_name @ .., own_version]) = (&header, own);
    if name != own_name || version == own_version {
        return Ok(());
    }
    let path = path.display();
    let text = format!(
        "the journal {path} is of version {version}, which this version of Ferry does not know: go on with the \
         version that wrote it, or remove it to begin anew"
    );
    Err(Error::new(ErrorKind::InvalidState, text))
}

/// What a program is told of the uploads in a folder: a list of objects with `id`, `service`, `path`, `size`,
/// `bytes_stored`, `begun`, `changed` (Unix seconds) and `in_use`. A batch has `files` and `files_stored`
/// instead of `path`, `size` and `bytes_stored`.
pub fn list(folder: &str) -> Result<Value> {
    let mut found = Vec::new();
    for path in journals(folder)? {
        // One that ended meanwhile is none.
        let Ok(file) = open(&path) else { continue };
        let in_use = is_held(&file, &path);
        let described =
            if ledger::is_ledger(&path) { ledger::describe(&file, &path) } else { describe(&file, &path) };
        let Some(mut described) = described else { continue };
        let changed = file.metadata().ok().and_then(|metadata| metadata.modified().ok());
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|d| d.as_secs());
        if let Some(members) = described.as_object_mut() {
            members.insert("changed".into(), changed.into());
            members.insert("in_use".into(), in_use.into());
        }
        found.push(described);
    }
    found.sort_by_key(|upload| upload.get("begun").and_then(Value::as_u64));
    Ok(Value::Array(found))
}

/// What a program is told of one upload.
fn describe(file: &File, path: &Path) -> Option<Value> {
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

/// Removes the journals that nobody holds and that have not changed for so long, but not those of another
/// version of Ferry. Returns how many.
pub fn prune(folder: &str, older_than: Duration) -> Result<u64> {
    let mut removed = 0;
    for path in journals(folder)? {
        let Ok(file) = open(&path) else { continue };
        let header = if ledger::is_ledger(&path) { &ledger::HEADER } else { &HEADER };
        if check_version(&file, &path, header).is_err() {
            continue;
        }
        // Nobody writes to it from here on.
        let Some(_claimed) = claim(&file, &path) else { continue };
        let changed = file.metadata().and_then(|metadata| metadata.modified());
        let age = changed.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.unwrap_or_default() >= older_than {
            std::fs::remove_file(&path)
                .map_err(|e| Error::file("remove", &path.display().to_string(), &e))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The folders whose names this process has brought onto the disk. Nobody waits for it: who finds it taken
/// syncs once more.
static NAMED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The folder, made if it is not there. One that others may write to is refused.
pub(super) fn prepare(folder: &str) -> Result<PathBuf> {
    let failed = |e: io::Error| Error::file("use the journal folder", folder, &e);
    check_named(folder)?;
    let path = std::path::absolute(folder).map_err(failed)?;
    let missing = path.ancestors().take_while(|folder| !folder.exists()).count();
    if missing > 0 {
        create_folder(&path).map_err(failed)?;
    }
    // Without its name on the disk nothing in it is there after a failure of the machine. Who has made it may
    // have ended before.
    let is_new = !NAMED.try_lock().is_ok_and(|named| named.contains(&path));
    if missing > 0 || is_new {
        let mut parents = path.ancestors().skip(1).take(missing.max(1));
        parents.try_for_each(file::sync_folder_if_possible).map_err(failed)?;
    }
    if is_new && let Ok(mut named) = NAMED.try_lock() {
        named.push(path.clone());
    }
    check_folder(&path, folder)?;
    Ok(path)
}

fn check_named(folder: &str) -> Result<()> {
    match folder {
        "" => Err(Error::invalid_argument("journal is empty; it must name a folder")),
        _ => Ok(()),
    }
}

fn check_folder(path: &Path, shown: &str) -> Result<()> {
    let metadata = path.metadata().map_err(|e| Error::file("use the journal folder", shown, &e))?;
    let fault = if metadata.is_dir() { fault_of_folder(&metadata) } else { Some("it is not a folder") };
    match fault {
        None => Ok(()),
        Some(fault) => {
            Err(Error::invalid_argument(format!("cannot use the journal folder {shown}: {fault}")))
        }
    }
}

/// The files of a folder that have the name of a journal.
fn journals(folder: &str) -> Result<Vec<PathBuf>> {
    let failed = |e: io::Error| Error::file("read the journal folder", folder, &e);
    check_named(folder)?;
    let mut found = Vec::new();
    if !Path::new(folder).exists() {
        return Ok(found);
    }
    check_folder(Path::new(folder), folder)?;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_journal(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

/// What the names of all journals of an upload begin with, whatever the bytes of its files; and the name of
/// the one for the files as they are, without its extension.
pub(super) fn names(intent: &Intent) -> (String, String) {
    let mut bytes = Sha256::new();
    for file in &intent.files {
        let identity = &file.identity;
        let (seconds, nanoseconds) = identity.modified;
        for number in [identity.size, identity.inode, identity.device] {
            bytes.update(number.to_le_bytes());
        }
        bytes.update(seconds.to_le_bytes());
        bytes.update(nanoseconds.to_le_bytes());
    }
    let paths = intent.files.iter().map(|file| file.path.as_str());
    let upload = hex(&upload_key(&intent.service, &intent.account, &intent.request, paths));
    let upload = format!("{upload}-");
    let name = format!("{upload}{}", hex(&shortened(bytes)));
    (upload, name)
}

/// What makes two uploads the same, whatever the bytes of their files.
pub(super) fn upload_key<'p>(
    service: &str,
    account: &AccountId,
    request: &Value,
    paths: impl Iterator<Item = &'p str>,
) -> UploadKey {
    let mut hash = Sha256::new();
    let mut text = |text: &[u8]| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    text(service.as_bytes());
    text(account);
    text(request.to_string().as_bytes());
    paths.for_each(|path| text(path.as_bytes()));
    shortened(hash)
}

fn shortened(hash: Sha256) -> UploadKey {
    hash.finalize().first_chunk().copied().unwrap_or_default()
}

/// Removes the journal of that name, unless somebody holds it.
pub(super) fn forget(folder: &Path, name: &str) {
    let path = folder.join(format!("{name}.{EXTENSION}"));
    if let Ok(file) = open(&path)
        && let Some(_claimed) = claim(&file, &path)
    {
        let _ = std::fs::remove_file(&path);
    }
}

/// Opens a journal and locks it. `InvalidState` if another process, or another handle of this one, has it:
/// `rival` says what that is.
pub(super) fn hold(path: &Path, rival: &str) -> Result<File> {
    let shown = path.display().to_string();
    for _ in 0..TRIES {
        match sys::private::hold(path).map_err(|e| Error::file("open the journal", &shown, &e))? {
            Hold::Own(file) => return Ok(file),
            // Its upload has ended after the file was opened.
            Hold::Removed => {}
            Hold::Taken => std::thread::sleep(PAUSE),
            Hold::Unlockable(error) => return Err(Error::file("lock the journal", &shown, &error)),
        }
    }
    let text = format!("{rival} is under way: it holds the journal {shown}");
    Err(Error::new(ErrorKind::InvalidState, text))
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

/// Removes the journals whose names, without their extension, `are_meant`, unless somebody holds them.
pub(super) fn forget_all(folder: &Path, are_meant: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = PathBuf::from(entry.file_name());
        let name = path.file_stem().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| is_journal(&path) && are_meant(name)) {
            forget(folder, name);
        }
    }
}

/// Whether the name says so.
pub(super) fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
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

    #[test]
    fn what_another_process_has_written_is_synced_before_more_is_sent() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journals").to_str().expect("UTF-8").to_owned();
        let source = Source::Bytes(b"film");
        let files = vec![UploadedFile::new("/film.mov", &source).expect("a file")];
        let (account, request) = (key().account(), json!({}));
        let intent = Intent { service: "filestack".into(), account, files, request, begun: 0 };
        let open = || Journal::open(&path, &intent, &key()).expect("a journal");
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
