//! What a batch has stored: one append-only file for each batch, beside the journals of its uploads. Run again
//! in another process, the batch takes from it the answers of the files that are stored.
//!
//! The file is the batch's as long as its list of paths is the same. The entries are the uploads' own: those
//! of a batch whose list has changed since, or was another one, count too.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::journal::{EXTENSION, hold, open, prepare, sync_folder, unknown_version};
use super::record::{self, RawRecord};
use super::seal::SealKey;
use crate::error::{Error, Result};
use crate::http::hex;

/// What the file begins with; the last byte is the version of the format.
const HEADER: [u8; 8] = *b"FERRYBT\x01";

/// Types of records.
const BATCH: u8 = 1;
const STORED: u8 = 2;

/// The longest record in bytes that is read; the service's answers have less than 1 KiB.
const LONGEST: u32 = 1 << 20;

/// The ledger of one batch, held by this process, and what others say.
pub struct Ledger {
    key: SealKey,
    own: Volume,
    append: Mutex<()>,
    others: Vec<Volume>,
    found: HashMap<Box<str>, Entry>,
}

/// One file of entries.
struct Volume {
    file: File,
    path: PathBuf,
    length: u64,
    entries: usize,
    /// How many entries this batch has taken.
    taken: AtomicUsize,
    is_broken: AtomicBool,
}

/// Where the answer of an upload is.
struct Entry {
    /// 0 is the batch's own volume.
    volume: usize,
    offset: u64,
    length: usize,
}

impl Ledger {
    /// Opens the ledger of a batch, or begins it.
    pub fn open<'p>(
        folder: &str,
        service: &str,
        key: SealKey,
        paths: impl Iterator<Item = &'p str>,
    ) -> Result<Self> {
        let folder = prepare(folder)?;
        let (name, files) = name(service, &key, paths);
        let path = folder.join(name);
        let file = hold(&path, "another batch of these files")?;
        check_version(&file, &path)?;
        let failed = |e: io::Error| Error::file("begin the journal", &path.display().to_string(), &e);
        let mut found = HashMap::new();
        let own = match Volume::read(file.try_clone().map_err(failed)?, &path, &key, 0, &mut found) {
            Some(own) => {
                // The end of what is whole.
                file.set_len(own.length).map_err(failed)?;
                own
            }
            None => {
                found.clear();
                begin(&file, service, &key, files).map_err(failed)?;
                sync_folder(&folder).map_err(failed)?;
                Volume::new(file, path)
            }
        };
        let mut ledger = Ledger { key, own, append: Mutex::default(), others: Vec::new(), found };
        ledger.look_at_others(&folder);
        Ok(ledger)
    }

    fn look_at_others(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if !is_ledger(&path) || path == self.own.path {
                continue;
            }
            let Ok(file) = open(&path, OpenOptions::new().read(true)) else { continue };
            let number = self.others.len() + 1;
            let other = Volume::read(file, &path, &self.key, number, &mut self.found);
            self.others.extend(other);
        }
    }

    /// What the service said of an upload that is stored.
    pub fn answer(&self, upload: &str) -> Option<Value> {
        let entry = self.found.get(upload)?;
        let volume = match entry.volume {
            0 => &self.own,
            other => self.others.get(other - 1)?,
        };
        let mut bytes = vec![0; entry.length];
        volume.file.read_exact_at(&mut bytes, entry.offset).ok()?;
        let (record, _) = RawRecord::read(&bytes)?;
        let value: Value = serde_json::from_slice(record.payload).ok()?;
        let answer = self.key.open(value.get("sealed")?.as_str()?)?;
        volume.taken.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }

    /// Remembers an answer, on the disk when this returns. False if that is not possible.
    pub fn keep(&self, upload: &str, answer: &Value) -> bool {
        if self.own.is_broken.load(Ordering::Relaxed) {
            return false;
        }
        let keep = || -> io::Result<()> {
            let failed = |e: Error| io::Error::other(e.to_string());
            let value = json!({"upload": upload, "sealed": self.key.seal(answer).map_err(failed)?});
            let mut bytes = Vec::new();
            record::frame(STORED, value.to_string().as_bytes(), &mut bytes).map_err(failed)?;
            {
                let _append = self.append.lock().unwrap_or_else(PoisonError::into_inner);
                (&self.own.file).write_all(&bytes)?;
            }
            self.own.file.sync_data()
        };
        let kept = keep();
        // What follows half a record would not be read.
        self.own.is_broken.fetch_or(kept.is_err(), Ordering::Relaxed);
        kept.is_ok()
    }

    /// The batch is over: nothing is kept that it has said or taken.
    pub fn remove(&self) {
        let _ = std::fs::remove_file(&self.own.path);
        for other in &self.others {
            let is_over = other.taken.load(Ordering::Relaxed) >= other.entries
                && other.file.try_lock().is_ok()
                && other.file.metadata().is_ok_and(|now| now.len() == other.length);
            if is_over {
                let _ = std::fs::remove_file(&other.path);
            }
        }
    }
}

impl Volume {
    fn new(file: File, path: PathBuf) -> Self {
        let (taken, is_broken) = (AtomicUsize::new(0), AtomicBool::new(false));
        Volume { file, path, length: 0, entries: 0, taken, is_broken }
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
        let batch = records.next().and_then(|(record, _, _)| json_of(record))?;
        if batch.get("account")?.as_str()? != hex(&key.account()) {
            return None;
        }
        let mut entries = 0;
        let mut length = records.offset;
        while let Some((record, offset, size)) = records.next() {
            length = offset + size as u64;
            let Some(value) = json_of(record) else { continue };
            let Some(upload) = value.get("upload").and_then(Value::as_str) else { continue };
            if found.insert(upload.into(), Entry { volume: number, offset, length: size }).is_none() {
                entries += 1;
            }
        }
        Some(Volume { length, entries, ..Volume::new(file, path.to_owned()) })
    }
}

/// What a program is told of a batch.
pub(super) fn describe(file: &File, path: &Path) -> Option<Value> {
    let mut records = Records::new(file)?;
    let batch = records.next().and_then(|(record, _, _)| json_of(record))?;
    let mut stored = 0u64;
    while records.next().is_some() {
        stored += 1;
    }
    Some(json!({
        "id": path.file_stem().and_then(|stem| stem.to_str()),
        "service": batch.get("service")?,
        "files": batch.get("files")?,
        "files_stored": stored,
        "begun": batch.get("begun")?,
    }))
}

/// A ledger of another version is neither understood nor replaced.
fn check_version(file: &File, path: &Path) -> Result<()> {
    let mut header = [0; HEADER.len()];
    let [name @ .., version] = &HEADER;
    match file.read_exact_at(&mut header, 0) {
        Ok(()) if header.starts_with(name) && !header.ends_with(&[*version]) => {
            Err(unknown_version(path, header.last().copied().unwrap_or_default()))
        }
        _ => Ok(()),
    }
}

fn begin(file: &File, service: &str, key: &SealKey, files: u64) -> io::Result<()> {
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let batch = json!({"service": service, "account": hex(&key.account()), "begun": begun, "files": files});
    let mut bytes = HEADER.to_vec();
    record::frame(BATCH, batch.to_string().as_bytes(), &mut bytes)
        .map_err(|e| io::Error::other(e.to_string()))?;
    file.set_len(0)?;
    (&*file).write_all(&bytes)?;
    file.sync_all()
}

/// The name of the ledger of a batch, and the length of its list.
fn name<'p>(service: &str, key: &SealKey, paths: impl Iterator<Item = &'p str>) -> (String, u64) {
    let mut hash = Sha256::new();
    let mut text = |text: &[u8]| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    text(service.as_bytes());
    text(&key.account());
    let mut files = 0;
    for path in paths {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
        text(absolute.as_os_str().as_encoded_bytes());
        files += 1;
    }
    let name = hex(hash.finalize().get(..20).unwrap_or_default());
    (format!("{name}{SUFFIX}.{EXTENSION}"), files)
}

/// What the name of a ledger ends with, before the extension.
const SUFFIX: &str = "-batch";

pub(super) fn is_ledger(path: &Path) -> bool {
    let is_named = |stem: &str| stem.ends_with(SUFFIX);
    path.extension().is_some_and(|extension| extension == EXTENSION)
        && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_named)
}

fn json_of(record: RawRecord<'_>) -> Option<Value> {
    serde_json::from_slice(record.payload).ok()
}

/// Reads the records of a file one by one, however long it is.
struct Records<'f> {
    reader: BufReader<&'f File>,
    offset: u64,
    record: Vec<u8>,
}

impl<'f> Records<'f> {
    /// None unless the file begins like a ledger.
    fn new(file: &'f File) -> Option<Self> {
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
