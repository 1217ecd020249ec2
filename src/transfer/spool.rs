//! A temporary file for data that comes from a reader. It has no name, so nothing is left of it when the
//! program ends, however that happens. One thread appends to it while others read; the space of what is no
//! longer needed is given back.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result, system_text};

/// Where it may be, best first: `/tmp` is often memory. No environment variable is read.
const FOLDERS: [&str; 2] = ["/var/tmp", "/tmp"];

/// The largest block of a file system. Only whole blocks can be given back.
const LARGEST_BLOCK: u64 = 64 << 10;

/// Bytes in a temporary file. When its file system is full they move to the next folder.
#[derive(Debug)]
pub(super) struct Spool(Mutex<State>);

#[derive(Debug)]
struct State {
    file: Arc<File>,
    length: u64,
    given_back: Ranges,
    /// Folders that were not tried yet.
    others: &'static [&'static str],
}

impl Spool {
    pub fn new() -> Result<Self> {
        let (file, others) = create(&FOLDERS).map_err(|e| failed("keep", &e))?;
        Ok(Spool::with(file, 0, others))
    }

    fn with(file: File, length: u64, others: &'static [&'static str]) -> Self {
        Spool(Mutex::new(State { file: Arc::new(file), length, given_back: Ranges::default(), others }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes were appended, those that were given back included.
    pub fn len(&self) -> u64 {
        self.lock().length
    }

    /// How many bytes are on the disk: those that were not given back.
    pub fn held(&self) -> u64 {
        let state = self.lock();
        state.length - state.given_back.before(state.length)
    }

    /// Appends. One thread at a time may; the lock is not held while the disk is slow.
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        loop {
            let (file, length) = {
                let state = self.lock();
                (Arc::clone(&state.file), state.length)
            };
            match file.write_all_at(bytes, length) {
                Ok(()) => break,
                Err(error) if is_full(&error) => self.lock().move_on(&error)?,
                Err(error) => return Err(failed("keep", &error)),
            }
        }
        self.lock().length += bytes.len() as u64;
        Ok(())
    }

    /// Fills all of `buffer` from `offset`. `InvalidState` if some of that was given back.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let end = offset.saturating_add(buffer.len() as u64);
        let file = {
            let state = self.lock();
            if state.given_back.overlaps(offset, end) {
                return Err(gone());
            }
            if end > state.length {
                return Err(Error::new(ErrorKind::Internal, "a part reaches past what was read"));
            }
            Arc::clone(&state.file)
        };
        file.read_exact_at(buffer, offset).map_err(|e| failed("read", &e))
    }

    /// Gives the space of these bytes back to the file system where that can be. They can no longer be read.
    pub fn give_back(&self, offset: u64, length: u64) {
        let mut state = self.lock();
        let end = offset.saturating_add(length);
        let (first, last) = state.given_back.insert(offset, end);
        // The blocks at both ends are free only now if the bytes beside these were given back before.
        let start = first.max(offset.saturating_sub(LARGEST_BLOCK));
        punch(&state.file, start, last.min(end.saturating_add(LARGEST_BLOCK)));
    }

    /// Returns `InvalidState` if some bytes were given back.
    pub fn check_whole(&self) -> Result<()> {
        if self.lock().given_back.is_empty() { Ok(()) } else { Err(gone()) }
    }
}

impl State {
    /// Copies what is held to the next folder with room for it. `full` is the error if there is none.
    fn move_on(&mut self, full: &io::Error) -> Result<()> {
        loop {
            let (file, others) = create(self.others).map_err(|_| failed("keep", full))?;
            self.others = others;
            match self.copy_to(&file) {
                Ok(()) => {
                    self.file = Arc::new(file);
                    return Ok(());
                }
                Err(error) if is_full(&error) => {}
                Err(error) => return Err(failed("keep", &error)),
            }
        }
    }

    fn copy_to(&self, mut to: &File) -> io::Result<()> {
        let mut from = &*self.file;
        for (start, end) in self.given_back.gaps(self.length) {
            from.seek(SeekFrom::Start(start))?;
            to.seek(SeekFrom::Start(start))?;
            io::copy(&mut from.take(end - start), &mut to)?;
        }
        Ok(())
    }
}

/// Ranges of bytes, each from its start to its end. Those that touch are one.
#[derive(Debug, Default)]
struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a range; what it is a part of then.
    fn insert(&mut self, mut start: u64, mut end: u64) -> (u64, u64) {
        while let Some((&from, &to)) = self.0.range(..=end).next_back().filter(|(_, to)| **to >= start) {
            start = start.min(from);
            end = end.max(to);
            self.0.remove(&from);
        }
        self.0.insert(start, end);
        (start, end)
    }

    fn overlaps(&self, start: u64, end: u64) -> bool {
        self.0.range(..end).next_back().is_some_and(|(_, to)| *to > start)
    }

    /// How many bytes they have before `end`.
    fn before(&self, end: u64) -> u64 {
        self.0.range(..end).map(|(from, to)| to.min(&end) - from).sum()
    }

    /// What is not in them before `end`.
    fn gaps(&self, end: u64) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        let mut start = 0;
        for (&from, &to) in self.0.range(..end) {
            gaps.push((start, from));
            start = to;
        }
        gaps.push((start, end));
        gaps.retain(|(start, end)| start < end);
        gaps
    }
}

/// Where a file system cannot do it, the file keeps its size until it is closed.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn punch(file: &File, start: u64, end: u64) {
    use rustix::fs::{FallocateFlags, fallocate};
    let mode = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    let _ = fallocate(file, mode, start, end - start);
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn punch(_: &File, _: u64, _: u64) {}

fn gone() -> Error {
    let text = "the data came from a reader, and what is stored of it is no longer here to be sent again; \
                make a new upload, whose reader begins at the start";
    Error::new(ErrorKind::InvalidState, text)
}

/// An unlinked file in the first of `folders` that takes one, and the folders after that.
fn create<'f>(folders: &'f [&'f str]) -> io::Result<(File, &'f [&'f str])> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    let mut rest = folders;
    while let [folder, others @ ..] = rest {
        match tempfile::tempfile_in(Path::new(folder)) {
            Ok(file) => return Ok((file, others)),
            Err(error) => last = error,
        }
        rest = others;
    }
    Err(last)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn failed(doing: &str, error: &io::Error) -> Error {
    let text = format!("cannot {doing} the data in a temporary file: {}", system_text(error));
    Error::new(ErrorKind::Io, text).with_cause(error)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const MIB: u64 = 1 << 20;

    fn content(spool: &Spool) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(spool.len()).expect("a length")];
        spool.read_exact_at(&mut bytes, 0).expect("read");
        bytes
    }

    fn full_device() -> File {
        File::options().write(true).open("/dev/full").expect("/dev/full")
    }

    fn on_disk(spool: &Spool) -> u64 {
        spool.lock().file.metadata().expect("metadata").blocks() * 512
    }

    #[test]
    fn the_next_folder_is_taken_when_one_takes_no_file() {
        let (mut file, others) = create(&["/no/such/folder", "/tmp", "/var/tmp"]).expect("a file in /tmp");
        file.write_all(b"abc").expect("written");
        assert_eq!(others, ["/var/tmp"]);
        assert_eq!(create(&["/no/such/folder"]).expect_err("no folder").kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_next_folder_is_taken_when_the_file_system_is_full() {
        let spool = Spool::with(full_device(), 0, &["/no/such/folder", "/tmp"]);
        spool.append(b"abc").expect("written to /tmp");
        spool.append(b"def").expect("written to /tmp");
        assert_eq!((spool.len(), content(&spool)), (6, b"abcdef".to_vec()));
    }

    #[test]
    fn what_is_stored_moves_along_but_not_what_a_failed_write_left_behind() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"stored, half of the next").expect("written");
        let spool = Spool::with(file, 6, &["/tmp"]);
        spool.lock().move_on(&io::Error::from(io::ErrorKind::StorageFull)).expect("moved");
        spool.append(b"!").expect("written");
        assert_eq!(content(&spool), b"stored!");
    }

    #[test]
    fn what_was_given_back_does_not_move_along() {
        let spool = Spool::new().expect("a spool");
        spool.append(&vec![7; 3 * MIB as usize]).expect("written");
        spool.give_back(0, 2 * MIB);
        let all = ["/tmp"];
        spool.lock().others = Box::leak(Box::new(all));
        spool.lock().move_on(&io::Error::from(io::ErrorKind::StorageFull)).expect("moved");
        assert!(on_disk(&spool) <= MIB + LARGEST_BLOCK, "{}", on_disk(&spool));
        let mut bytes = vec![0; MIB as usize];
        spool.read_exact_at(&mut bytes, 2 * MIB).expect("read");
        assert!(bytes.iter().all(|byte| *byte == 7));
    }

    #[test]
    fn a_full_file_system_is_an_error_where_there_is_no_other() {
        let error = Spool::with(full_device(), 0, &[]).append(b"abc").expect_err("full");
        assert_eq!(error.message(), "cannot keep the data in a temporary file: No space left on device");
    }

    #[test]
    fn the_space_of_what_is_given_back_is_free_and_never_read_again() {
        let spool = Spool::new().expect("a spool");
        // No multiple of a block, so that parts share blocks.
        let part = MIB + 1000;
        for _ in 0..8 {
            spool.append(&vec![7; part as usize]).expect("written");
        }
        for number in [0, 3, 1, 2, 6, 5] {
            spool.give_back(number * part, part);
        }
        assert_eq!((spool.len(), spool.held()), (8 * part, 2 * part));
        assert!(on_disk(&spool) <= 2 * part + 4 * LARGEST_BLOCK, "{}", on_disk(&spool));
        let mut byte = [0];
        for (number, is_here) in [(0, false), (3, false), (4, true), (5, false), (7, true)] {
            assert_eq!(spool.read_exact_at(&mut byte, number * part).is_ok(), is_here, "{number}");
            assert_eq!(spool.read_exact_at(&mut byte, (number + 1) * part - 1).is_ok(), is_here, "{number}");
        }
        spool.give_back(4 * part, part);
        spool.give_back(7 * part, part);
        assert_eq!(
            (spool.held(), spool.check_whole().expect_err("gone").kind()),
            (0, ErrorKind::InvalidState)
        );
        assert!(on_disk(&spool) <= LARGEST_BLOCK, "{}", on_disk(&spool));
    }

    #[test]
    fn ranges_that_touch_are_one() {
        let mut ranges = Ranges::default();
        assert_eq!(ranges.insert(10, 20), (10, 20));
        assert_eq!(ranges.insert(30, 40), (30, 40));
        assert_eq!(ranges.insert(20, 25), (10, 25));
        assert_eq!(ranges.gaps(50), [(0, 10), (25, 30), (40, 50)]);
        assert_eq!((ranges.before(35), ranges.before(12), ranges.before(5)), (20, 2, 0));
        assert!(ranges.overlaps(24, 26) && ranges.overlaps(0, 11) && ranges.overlaps(9, 50));
        assert!(!ranges.overlaps(25, 30) && !ranges.overlaps(0, 10) && !ranges.overlaps(40, 41));
        assert_eq!(ranges.insert(5, 45), (5, 45));
        assert_eq!(ranges.gaps(45), [(0, 5)]);
    }
}
