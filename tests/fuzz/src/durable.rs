//! What another process has left of an upload: its journal, and its token, whatever has happened to them.
//!
//! The promise: an upload that succeeds has stored the bytes of its file. What is not understood is an error,
//! or the upload begins anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ferry::error::{ErrorKind, Result};
use ferry::telestream::{Upload, UploadOptions};
use ferry::transfer::checkpoint::{SealKey, listing};
use tempfile::TempDir;

use super::flip::{self, Flip};
use super::sound;

const SIZE: usize = 250;

/// Bytes before the records of a journal.
const HEADER: usize = 8;

/// An upload that was left by its process.
struct Left {
    journal: Vec<u8>,
    token: String,
    /// How the service was then.
    service: Flip,
}

struct Place {
    folder: TempDir,
    left: Vec<Left>,
    /// Where the journal of the upload is.
    journal: PathBuf,
}

impl Place {
    fn film(&self) -> String {
        text(&self.folder.path().join("film.mov"))
    }

    fn journals(&self) -> String {
        text(&self.folder.path().join("journals"))
    }

    /// Changes the bytes of the file, but nothing else of it.
    fn write(&self, bytes: &[u8]) {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        fs::write(self.film(), bytes).expect("written");
        let file = fs::File::options().write(true).open(self.film()).expect("the file");
        file.set_modified(moment).expect("a time");
    }

    fn upload(&self, restart: bool) -> Result<Upload> {
        let options = UploadOptions {
            journal_dir: Some(self.journals()),
            concurrency: 1,
            restart,
            ..UploadOptions::default()
        };
        Upload::new(&flip::client(), None, &self.film(), None, options)
    }

    /// Begins an upload that does not end.
    fn leave(&mut self, bytes: &[u8], service: Flip) {
        self.write(bytes);
        flip::set(service);
        let upload = self.upload(false).expect("an upload");
        upload.run(None).expect_err("it is left");
        let token = upload.token().expect("a token");
        drop(upload);
        let mut files = fs::read_dir(self.journals()).expect("a folder");
        self.journal = files.next().expect("a journal").expect("an entry").path();
        let journal = fs::read(&self.journal).expect("a journal");
        fs::remove_file(&self.journal).expect("removed");
        let service = Flip { takes: None, loses_last: false, ..flip::get() };
        self.left.push(Left { journal, token, service });
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn film() -> Vec<u8> {
    (0..SIZE).map(|at| (at * 11 + at / 64) as u8).collect()
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        // Journals are synchronised often.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let mut place = Place { folder, left: Vec::new(), journal: PathBuf::new() };
        let old: Vec<u8> = film().iter().map(|byte| !byte).collect();
        for takes in [0, 1, 3] {
            place.leave(&film(), Flip { takes: Some(takes), ..Flip::default() });
        }
        place.leave(&film(), Flip { loses_last: true, ..Flip::default() });
        place.leave(&old, Flip { takes: Some(2), ..Flip::default() });
        place.write(&film());
        place
    })
}

/// The first byte chooses an upload that was left, and how it is gone on with; the others say what has become
/// of its journal.
pub fn journal(data: &[u8]) {
    let [choice, recipe @ ..] = data else { return };
    let place = place();
    let left = &place.left[usize::from(*choice) % place.left.len()];
    let bytes = match choice & 0x40 {
        0 => [&left.journal[..HEADER], &*records(recipe, &left.journal[HEADER..])].concat(),
        _ => recipe.to_vec(),
    };
    flip::set(left.service.clone());
    fs::create_dir_all(place.journals()).expect("a folder");
    fs::write(&place.journal, &bytes).expect("written");
    if choice & 0x20 != 0 {
        // The same for a batch.
        let ledger = [b"FERRYBT\x01", bytes.get(HEADER..).unwrap_or_default()].concat();
        fs::write(place.journal.with_extension("batch.ferry"), &ledger).expect("written");
    }
    look_into(&place.journals());
    for _ in 0..2 {
        let upload = place.upload(choice & 0x80 != 0).expect("an upload");
        if settle(&upload) {
            break;
        }
    }
    listing::prune(&place.journals(), Duration::ZERO).expect("pruned");
    fs::remove_dir_all(place.journals()).expect("removed");
}

/// What a program is told of a folder fits together.
fn look_into(folder: &str) {
    let list = listing::list(folder).expect("a list");
    for upload in list.as_array().expect("an array") {
        let number = |name: &str| upload.get(name).and_then(serde_json::Value::as_u64);
        assert!(number("bytes_stored") <= number("size"), "{upload}");
        assert!(number("files_stored") <= number("files"), "{upload}");
    }
}

/// Runs an upload; whether it succeeds.
fn settle(upload: &Upload) -> bool {
    match upload.run(None) {
        Ok(()) => {
            let answer = upload.answer().expect("an answer");
            let videos = flip::get().videos;
            assert!(videos.contains(&film()), "a success, and the service has no such video: {answer}");
            if let Some(id) = answer.get("id").and_then(serde_json::Value::as_str) {
                let number = id.strip_prefix("video-").and_then(|number| number.parse::<usize>().ok());
                assert_eq!(number.and_then(|number| videos.get(number)), Some(&film()), "another video");
            }
            true
        }
        Err(error) => {
            sound(&error);
            assert!(error.kind() != ErrorKind::Timeout, "{error}");
            false
        }
    }
}

/// The first byte chooses an upload that was left, and what becomes of its token: any text, the token with
/// some characters changed, or a token of other records, which is whole as a token.
pub fn token(data: &[u8]) {
    let [choice, recipe @ ..] = data else { return };
    let place = place();
    let left = &place.left[usize::from(*choice) % place.left.len()];
    let token = match choice >> 6 {
        0 => String::from_utf8_lossy(recipe).into_owned(),
        1 => changed(&left.token, recipe),
        _ => made(&records(recipe, &records_of(&left.token))),
    };
    flip::set(left.service.clone());
    let options = UploadOptions { concurrency: 1, restart: choice & 0x20 != 0, ..UploadOptions::default() };
    match Upload::resume(&flip::client(), &place.film(), &token, options) {
        Ok(upload) => {
            let again = upload.token().expect("a token");
            let client = flip::client();
            Upload::resume(&client, &place.film(), &again, UploadOptions::default()).expect("its own token");
            settle(&upload);
        }
        Err(error) => {
            sound(&error);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        }
    }
}

/// Three bytes each: where, and which character stands there then.
fn changed(token: &str, recipe: &[u8]) -> String {
    let mut bytes = token.as_bytes().to_vec();
    for [high, low, byte] in recipe.as_chunks::<3>().0 {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % (bytes.len() + 1);
        bytes.truncate(at.max(bytes.len() * usize::from(*byte != 0)));
        if let Some(place) = bytes.get_mut(at) {
            *place = *byte;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn records_of(token: &str) -> Vec<u8> {
    let (_, body) = token.split_once('.').expect("a token");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(body).expect("base64");
    bytes[4..bytes.len() - 32].to_vec()
}

fn made(records: &[u8]) -> String {
    let mut bytes = (records.len() as u32).to_le_bytes().to_vec();
    bytes.extend(records);
    // As the account itself would have signed it.
    let key = SealKey::new("telestream", &flip::secret()).expect("a key");
    bytes.extend(key.sign(&bytes));
    format!("ferry1.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Makes records of those that there were, step by step.
fn records(recipe: &[u8], left: &[u8]) -> Vec<u8> {
    let left = split(left);
    let mut made = Vec::new();
    let mut rest = recipe;
    while let [what, number, how, after @ ..] = rest {
        rest = after;
        let record = left.get(usize::from(*number) % left.len().max(1)).copied().unwrap_or_default();
        let place = usize::from(*how) % record.len().max(1);
        match what % 9 {
            // As it was; changed; changed, and nobody can tell by its sum; cut.
            0 => made.extend(record),
            1 => made.extend(flipped(record, place, 1 << (what >> 5))),
            2 => made.extend(summed(&flipped(record, place, (what >> 3) | 1))),
            3 => made.extend(&record[..place]),
            // All from there on; from there on as they were before the last ones.
            4 => left.iter().skip((*number).into()).for_each(|record| made.extend(*record)),
            5 => left.iter().take((*number).into()).for_each(|record| made.extend(*record)),
            // A record of any type; any bytes; the digest of another record.
            6 => {
                let (payload, after) = rest.split_at(rest.len().min((*how).into()));
                rest = after;
                made.extend(record_of(*number, payload));
            }
            7 => {
                let (bytes, after) = rest.split_at(rest.len().min((*how).into()));
                rest = after;
                made.extend(bytes);
            }
            _ => {
                let other = left.get(usize::from(*how) % left.len().max(1)).copied().unwrap_or_default();
                made.extend(mixed(record, other));
            }
        }
        if made.len() > 64 << 10 {
            break;
        }
    }
    made
}

/// The records, each with its length, type and sum.
fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while let Some(length) = bytes.first_chunk::<4>() {
        let end = u32::from_le_bytes(*length) as usize + 9;
        if bytes.len() < end {
            break;
        }
        let (record, after) = bytes.split_at(end);
        records.push(record);
        bytes = after;
    }
    records
}

fn flipped(record: &[u8], at: usize, bits: u8) -> Vec<u8> {
    let mut record = record.to_vec();
    if let Some(byte) = record.get_mut(at) {
        *byte ^= bits;
    }
    record
}

fn record_of(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut record = (payload.len() as u32).to_le_bytes().to_vec();
    record.push(kind);
    record.extend(payload);
    record.extend(crc32c::crc32c(&record).to_le_bytes());
    record
}

/// The same with the right length and sum.
fn summed(record: &[u8]) -> Vec<u8> {
    match record {
        [_, _, _, _, kind, payload @ .., _, _, _, _] => record_of(*kind, payload),
        other => other.to_vec(),
    }
}

/// A record with the beginning of one and the end of another one: the number of one part, the digest of
/// another one.
fn mixed(one: &[u8], other: &[u8]) -> Vec<u8> {
    const NUMBERS: usize = 4 + 1 + 2 + 4;
    match (one.get(..NUMBERS), other.get(NUMBERS..)) {
        (Some(begin), Some(end)) => summed(&[begin, end].concat()),
        _ => Vec::new(),
    }
}
