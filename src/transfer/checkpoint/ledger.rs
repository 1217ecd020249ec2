//! What a batch has stored: one append-only file for each batch, beside the journals of its uploads. Run
//! again in another process, the batch takes from it the answers of the files that are stored.
//!
//! The file is the batch's as long as its list is the same. The entries are the uploads' own: those of a
//! batch whose list has changed since, or was another one, count too. Another batch's file is removed when
//! this one has stored all that is on its list.

#![forbid(unsafe_code)]

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::folder::{self, EXTENSION, check_version, hold, is_journal, prepare};
use super::names::UploadKey;
use super::record::{self, RawRecord};
use super::seal::SealKey;
use crate::error::{Error, Result};
use crate::http::hex;
use crate::json;
use crate::sys;
use crate::sys::private::{claim, open};

/// What the file begins with; the last byte is the version of the format.
pub(super) const HEADER: [u8; 8] = *b"FERRYBT\x01";

/// Types of records.
const BATCH: u8 = 1;
const STORED: u8 = 2;
const LIST: u8 = 3;

/// How many keys one LIST record has.
const KEYS: usize = 4096;

/// The longest record in bytes that is read; the service's answers have less than 1 KiB.
const LONGEST: u32 = 1 << 20;

/// The ledger of one batch, held by this process, and what others say.
pub struct Ledger {
    key: SealKey,
    folder: PathBuf,
    own: Volume,
    /// What follows half a record would not be read.
    is_broken: Mutex<bool>,
    others: Vec<Volume>,
    found: HashMap<Box<str>, Entry>,
}

/// One file of entries.
struct Volume {
    file: File,
    path: PathBuf,
    length: u64,
    list: HashSet<UploadKey>,
}

/// Where the answer of an upload is.
struct Entry {
    /// 0 is the batch's own volume.
    volume: usize,
    offset: u64,
    length: usize,
}

impl Ledger {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.own.path
    }

    /// Opens the ledger of a batch, or begins it. One that is `alone` takes nothing from others.
    pub fn open(
        folder: &str,
        service: &str,
        key: SealKey,
        list: HashSet<UploadKey>,
        alone: bool,
    ) -> Result<Self> {
        let folder = prepare(folder)?;
        let path = folder.join(name(&list));
        let file = hold(&path, "another batch of these files")?;
        check_version(&file, &path, &HEADER)?;
        let failed = |e: io::Error| Error::file("begin the journal", &path.display().to_string(), &e);
        let mut found = HashMap::new();
        let own = match Volume::read(file.try_clone().map_err(failed)?, &path, &key, 0, &mut found) {
            Some(own) if own.list == list => {
                // The end of what is whole.
                file.set_len(own.length).map_err(failed)?;
                own
            }
            _ => {
                found.clear();
                begin(&file, service, &key, &list).map_err(|error| {
                    // What has only a part of it is no ledger.
                    let _ = std::fs::remove_file(&path);
                    failed(error)
                })?;
                sys::file::sync_folder(&folder).map_err(failed)?;
                Volume::new(file, path, list)
            }
        };
        let mut ledger = Ledger { key, folder, own, is_broken: Mutex::default(), others: Vec::new(), found };
        if !alone {
            ledger.look_at_others();
        }
        Ok(ledger)
    }

    fn look_at_others(&mut self) {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if !is_ledger(&path) || path == self.own.path {
                continue;
            }
            let Ok(file) = open(&path) else { continue };
            let number = self.others.len() + 1;
            let other = Volume::read(file, &path, &self.key, number, &mut self.found);
            self.others.extend(other);
        }
    }

    /// What the service said of an upload that is stored. Its journal, if one is left, is removed.
    pub fn answer(&self, upload: &str) -> Option<Value> {
        let entry = self.found.get(upload)?;
        let volume = match entry.volume {
            0 => &self.own,
            other => self.others.get(other - 1)?,
        };
        let mut bytes = vec![0; entry.length];
        sys::file::read_exact_at(&volume.file, &mut bytes, entry.offset).ok()?;
        let (record, _) = RawRecord::read(&bytes)?;
        let value: Value = json::read(record.payload)?;
        let sealed = self.key.open(value.get("sealed")?.as_str()?)?;
        let answer =
            sealed.get("answer").filter(|_| sealed.get("upload").is_some_and(|own| own == upload))?;
        folder::forget(&self.folder, upload);
        Some(answer.clone())
    }

    /// Removes the journals of all uploads of the batch, unless somebody holds them.
    fn forget_all(&self) {
        let is_of_batch = |name: &str| {
            let mut key = UploadKey::default();
            let begin = name.split_once('-').map(|(begin, _)| begin);
            begin.is_some_and(|begin| {
                base16ct::lower::decode(begin, &mut key).is_ok_and(|key| key.len() == size_of::<UploadKey>())
                    && self.own.list.contains(&key)
            })
        };
        folder::forget_all(&self.folder, is_of_batch);
    }

    /// Remembers an answer, on the disk when this returns. False if that is not possible, or if none would
    /// read so long a record.
    pub fn keep(&self, upload: &str, answer: &Value) -> bool {
        let is_broken = || self.is_broken.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = || -> io::Result<bool> {
            let failed = |e: Error| io::Error::other(e.to_string());
            let sealed = self.key.seal(&json!({"upload": upload, "answer": answer})).map_err(failed)?;
            let value = json!({"upload": upload, "sealed": sealed}).to_string();
            if value.len() > LONGEST as usize {
                return Ok(false);
            }
            let mut bytes = Vec::new();
            record::frame(STORED, value.as_bytes(), &mut bytes).map_err(failed)?;
            let mut is_broken = is_broken();
            if *is_broken {
                return Ok(false);
            }
            sys::file::append(&self.own.file, &bytes).inspect_err(|_| *is_broken = true)?;
            drop(is_broken);
            self.own.file.sync_data().map(|()| true)
        };
        keep().unwrap_or_else(|_| {
            *is_broken() = true;
            false
        })
    }

    /// The batch is over for good: nothing is kept of it, nor of its uploads.
    pub fn abandon(&self) {
        self.forget_all();
        self.remove();
    }

    fn remove(&self) {
        let _ = std::fs::remove_file(&self.own.path);
    }

    /// All files of the batch are stored: nothing is kept, nor of other batches whose files are all among
    /// them.
    pub fn end(&self) {
        for other in &self.others {
            if other.list.is_subset(&self.own.list)
                && let Some(_claimed) = claim(&other.file, &other.path)
                && other.file.metadata().is_ok_and(|now| now.len() == other.length)
            {
                let _ = std::fs::remove_file(&other.path);
            }
        }
        self.remove();
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        sys::private::release(&self.own.file);
    }
}

impl Volume {
    fn new(file: File, path: PathBuf, list: HashSet<UploadKey>) -> Self {
        Volume { file, path, length: 0, list }
    }

    /// Reads the entries of a volume. None unless it is of this account.
    fn read(
        file: File,
        path: &Path,
        key: &SealKey,
        number: usize,
        found: &mut HashMap<Box<str>, Entry>,
    ) -> Option<Self> {
        let mut records = Records::new(&file)?;
        let batch = records.next().and_then(|(record, ..)| json::read(record.payload))?;
        if batch.get("account")?.as_str()? != hex(&key.account()) {
            return None;
        }
        let mut list = HashSet::new();
        let mut length = records.offset;
        while let Some((record, offset, size)) = records.next() {
            length = offset + size as u64;
            if record.kind == LIST {
                list.extend(record.payload.as_chunks().0);
                continue;
            }
            let Some(value) = json::read(record.payload) else { continue };
            let Some(upload) = value.get("upload").and_then(Value::as_str) else { continue };
            found.insert(upload.into(), Entry { volume: number, offset, length: size });
        }
        let mut volume = Volume::new(file, path.to_owned(), list);
        volume.length = length;
        Some(volume)
    }
}

/// What a program is told of a batch.
pub(super) fn describe(file: &File, path: &Path) -> Option<Value> {
    let mut records = Records::new(file)?;
    let batch = records.next().and_then(|(record, ..)| json::read(record.payload))?;
    let mut stored = 0u64;
    while let Some((record, ..)) = records.next() {
        stored += u64::from(record.kind == STORED);
    }
    Some(json!({
        "id": path.file_stem().and_then(|stem| stem.to_str()),
        "service": batch.get("service")?,
        "files": batch.get("files")?,
        "files_stored": stored,
        "begun": batch.get("begun")?,
    }))
}

fn begin(file: &File, service: &str, key: &SealKey, list: &HashSet<UploadKey>) -> io::Result<()> {
    let failed = |e: Error| io::Error::other(e.to_string());
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let files = list.len();
    let batch = json!({"service": service, "account": hex(&key.account()), "begun": begun, "files": files});
    let mut bytes = HEADER.to_vec();
    record::frame(BATCH, batch.to_string().as_bytes(), &mut bytes).map_err(failed)?;
    let keys: Vec<UploadKey> = list.iter().copied().collect();
    for keys in keys.chunks(KEYS) {
        record::frame(LIST, keys.as_flattened(), &mut bytes).map_err(failed)?;
    }
    file.set_len(0)?;
    sys::file::append(file, &bytes)?;
    file.sync_all()
}

/// The name of the ledger of a batch, whatever the order of its list.
fn name(list: &HashSet<UploadKey>) -> String {
    let mut keys: Vec<&UploadKey> = list.iter().collect();
    keys.sort_unstable();
    let mut hash = Sha256::new();
    keys.into_iter().for_each(|key| hash.update(key));
    let name = hex(hash.finalize().get(..20).unwrap_or_default());
    format!("{name}{SUFFIX}.{EXTENSION}")
}

/// What the name of a ledger ends with, before the extension.
const SUFFIX: &str = "-batch";

pub(super) fn is_ledger(path: &Path) -> bool {
    let is_named = |stem: &str| stem.ends_with(SUFFIX);
    is_journal(path) && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_named)
}

/// Reads the records of a file one by one, however long it is.
struct Records<'f> {
    reader: BufReader<&'f File>,
    offset: u64,
    record: Vec<u8>,
}

impl<'f> Records<'f> {
    /// None unless the file begins like a ledger.
    fn new(mut file: &'f File) -> Option<Self> {
        // A look at its header may have moved it.
        file.rewind().ok()?;
        let mut reader = BufReader::new(file);
        let mut header = [0; HEADER.len()];
        reader.read_exact(&mut header).ok().filter(|()| header == HEADER)?;
        Some(Records { reader, offset: HEADER.len() as u64, record: Vec::new() })
    }

    /// The next record that is whole, its offset, and its length with the frame.
    fn next(&mut self) -> Option<(RawRecord<'_>, u64, usize)> {
        let mut length = [0; 4];
        self.reader.read_exact(&mut length).ok()?;
        let payload = u32::from_le_bytes(length);
        if payload > LONGEST {
            return None;
        }
        let all = payload as usize + record::FRAME;
        self.record.clear();
        self.record.extend(length);
        self.record.resize(all, 0);
        self.reader.read_exact(self.record.get_mut(length.len()..)?).ok()?;
        let offset = self.offset;
        self.offset += all as u64;
        RawRecord::read(&self.record).map(|(record, _)| (record, offset, all))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn nothing_is_kept_behind_half_a_record() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_str().expect("UTF-8");
        let key = SealKey::new("filestack", "TESTKEY").expect("a key");
        let mut ledger = Ledger::open(path, "filestack", key, HashSet::new(), false).expect("a ledger");
        assert!(ledger.keep("a", &json!({})));
        let unwritable = File::open(ledger.path()).expect("only to be read");
        let file = std::mem::replace(&mut ledger.own.file, unwritable);
        assert!(!ledger.keep("b", &json!({})));
        ledger.own.file = file;
        assert!(!ledger.keep("c", &json!({})));
    }

    #[test]
    fn records_are_read_up_to_one_that_is_too_long() {
        let mut bytes = HEADER.to_vec();
        for length in [3, LONGEST as usize, 0, LONGEST as usize + 1, 5] {
            record::frame(1, &vec![b'x'; length], &mut bytes).expect("framed");
        }
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("written");
        let mut records = Records::new(&file).expect("a ledger");
        let mut lengths = Vec::new();
        while let Some((record, ..)) = records.next() {
            lengths.push(record.payload.len());
        }
        assert_eq!(lengths, [3, LONGEST as usize, 0]);
    }
}
