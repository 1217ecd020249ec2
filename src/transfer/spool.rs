//! A temporary file for data that comes from a reader. It has no name, so nothing is left of it when the
//! program ends, however that happens. One thread appends to it while others read; the space of what is no
//! longer needed is given back.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result, system_text};
use crate::{memory, sys};

/// The largest block of a file system. Only whole blocks can be given back.
const LARGEST_BLOCK: u64 = 64 << 10;

/// How much moves to another folder at once. Who appends can be told to end between two pieces.
const PIECE: u64 = 1 << 20;

/// Bytes in a temporary file. When its file system is full they move to the next folder.
#[derive(Debug)]
pub(super) struct Spool(Mutex<State>);

#[derive(Debug)]
struct State {
    file: Arc<File>,
    length: u64,
    given_back: Ranges,
    /// Folders that were not tried yet.
    others: std::vec::IntoIter<PathBuf>,
    moving: Option<Moving>,
}

/// A file in the next folder, which has all bytes up to `at`.
#[derive(Debug)]
struct Moving {
    to: Arc<File>,
    at: u64,
}

impl Spool {
    pub fn new() -> Result<Self> {
        let mut folders = sys::file::temporary_folders().into_iter();
        let file = create(&mut folders).map_err(|e| failed("keep", &e))?;
        Ok(Spool::with(file, 0, folders))
    }

    pub(super) fn with(file: File, length: u64, others: std::vec::IntoIter<PathBuf>) -> Self {
        let (file, given_back) = (Arc::new(file), Ranges::default());
        Spool(Mutex::new(State { file, length, given_back, others, moving: None }))
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

    /// Appends. One thread at a time may; the lock is not held while the disk is slow. False if nothing was
    /// appended yet: the folder is full, and a piece of what it holds was moved to the next one.
    pub fn append(&self, bytes: &[u8]) -> Result<bool> {
        let (file, length, is_moving) = {
            let state = self.lock();
            (Arc::clone(&state.file), state.length, state.moving.is_some())
        };
        if is_moving {
            return self.move_piece().map(|()| false);
        }
        match sys::file::write_all_at(&file, bytes, length) {
            Ok(()) => self.lock().length += bytes.len() as u64,
            Err(error) if is_full(&error) => return self.lock().move_on(&error).map(|()| false),
            Err(error) => return Err(failed("keep", &error)),
        }
        Ok(true)
    }

    /// Moves the next piece, or ends the move.
    fn move_piece(&self) -> Result<()> {
        let (from, to, start, end) = {
            let mut state = self.lock();
            let Some(moving) = &state.moving else { return Ok(()) };
            let (from, to) = (Arc::clone(&state.file), Arc::clone(&moving.to));
            let gaps = state.given_back.gaps(state.length);
            let Some((start, end)) = gaps.into_iter().find(|(_, end)| *end > moving.at) else {
                state.end_move(to);
                return Ok(());
            };
            let start = start.max(moving.at);
            (from, to, start, end.min(start + PIECE))
        };
        let mut piece = memory::zeros((end - start) as usize, "what moves to another folder")?;
        let copied = sys::file::read_exact_at(&from, &mut piece, start)
            .and_then(|()| sys::file::write_all_at(&to, &piece, start));
        let mut state = self.lock();
        state.moving = None;
        match copied {
            Ok(()) => state.moving = Some(Moving { to, at: end }),
            Err(error) if is_full(&error) => state.move_on(&error)?,
            Err(error) => return Err(failed("keep", &error)),
        }
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
        sys::file::read_exact_at(&file, buffer, offset).map_err(|e| failed("read", &e))
    }

    /// Gives the space of these bytes back to the file system where that can be. They can no longer be read.
    pub fn give_back(&self, offset: u64, length: u64) {
        let mut state = self.lock();
        let end = offset.saturating_add(length);
        let (first, last) = state.given_back.insert(offset, end);
        // The blocks at both ends are free only now if the bytes beside these were given back before.
        let start = first.max(offset.saturating_sub(LARGEST_BLOCK));
        sys::file::punch(&state.file, start, last.min(end.saturating_add(LARGEST_BLOCK)));
    }

    /// Returns `InvalidState` if some bytes were given back.
    pub fn check_whole(&self) -> Result<()> {
        if self.lock().given_back.is_empty() { Ok(()) } else { Err(gone()) }
    }
}

impl State {
    /// Begins to move to the next folder. `full` is the error if there is none.
    fn move_on(&mut self, full: &io::Error) -> Result<()> {
        let to = create(&mut self.others).map_err(|_| failed("keep", full))?;
        self.moving = Some(Moving { to: Arc::new(to), at: 0 });
        Ok(())
    }

    /// The other file has all that is held, and of what was given back meanwhile it has too much.
    fn end_move(&mut self, to: Arc<File>) {
        for (&start, &end) in &self.given_back.0 {
            sys::file::punch(&to, start, end);
        }
        (self.file, self.moving) = (to, None);
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

fn gone() -> Error {
    let text = "the data came from a reader, and what is stored of it is no longer here to be sent again; \
                make a new upload, whose reader begins at the start";
    Error::new(ErrorKind::InvalidState, text)
}

/// A file that the system removes when it is closed, in the first of `folders` that takes one.
fn create(folders: &mut impl Iterator<Item = PathBuf>) -> io::Result<File> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for folder in folders {
        match tempfile::tempfile_in(folder) {
            Ok(file) => return Ok(file),
            Err(error) => last = error,
        }
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

    use super::*;
    use crate::sys::testing;

    const MIB: u64 = 1 << 20;

    fn content(spool: &Spool) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(spool.len()).expect("a length")];
        spool.read_exact_at(&mut bytes, 0).expect("read");
        bytes
    }

    /// Appends, in the next folder if this one is full.
    fn keep(spool: &Spool, bytes: &[u8]) {
        while !spool.append(bytes).expect("written") {}
    }

    fn begin_to_move(spool: &Spool) {
        let mut state = spool.lock();
        state.others = folders(&[&good()]);
        state.move_on(&io::Error::from(io::ErrorKind::StorageFull)).expect("another folder");
    }

    fn folders(names: &[&str]) -> std::vec::IntoIter<PathBuf> {
        names.iter().map(PathBuf::from).collect::<Vec<_>>().into_iter()
    }

    /// A folder that takes files.
    fn good() -> String {
        std::env::temp_dir().to_str().expect("UTF-8").to_owned()
    }

    /// Where the system gives space back, no more of the disk is used.
    fn takes_at_most(spool: &Spool, bytes: u64) {
        let taken = testing::on_disk(&spool.lock().file);
        assert!(taken.is_none_or(|taken| taken <= bytes), "{taken:?}");
    }

    #[test]
    fn the_next_folder_is_taken_when_one_takes_no_file() {
        let mut all = folders(&["/no/such/folder", &good(), "/no/other"]);
        let mut file = create(&mut all).expect("a file in the second");
        file.write_all(b"abc").expect("written");
        assert!(all.as_slice() == ["/no/other"].map(PathBuf::from));
        assert_eq!(create(&mut all).expect_err("no folder").kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_kept_has_no_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_str().expect("UTF-8");
        let spool = Spool::with(create(&mut folders(&[path])).expect("a file"), 0, folders(&[]));
        keep(&spool, b"abc");
        let names = folder.path().read_dir().expect("a folder").count();
        assert_eq!(names == 0, testing::HAS_FILES_WITHOUT_A_NAME);
    }

    #[test]
    fn the_next_folder_is_taken_when_the_file_system_is_full() {
        let Some(full) = testing::full_device() else { return };
        let spool = Spool::with(full, 0, folders(&["/no/such/folder", &good()]));
        keep(&spool, b"abc");
        keep(&spool, b"def");
        assert_eq!((spool.len(), content(&spool)), (6, b"abcdef".to_vec()));
    }

    #[test]
    fn what_is_stored_moves_along_but_not_what_a_failed_write_left_behind() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"stored, half of the next").expect("written");
        let spool = Spool::with(file, 6, folders(&[]));
        begin_to_move(&spool);
        keep(&spool, b"!");
        assert_eq!(content(&spool), b"stored!");
    }

    #[test]
    fn what_was_given_back_does_not_move_along() {
        let spool = Spool::new().expect("a spool");
        keep(&spool, &vec![7; 3 * MIB as usize]);
        spool.give_back(0, 2 * MIB);
        begin_to_move(&spool);
        keep(&spool, b"!");
        takes_at_most(&spool, MIB + 2 * LARGEST_BLOCK);
        let mut bytes = vec![0; MIB as usize];
        spool.read_exact_at(&mut bytes, 2 * MIB).expect("read");
        assert!(bytes.iter().all(|byte| *byte == 7));
    }

    /// The thread that appends can be told to end between two pieces, and the others wait for none of them.
    #[test]
    fn much_moves_in_pieces_and_is_read_and_given_back_meanwhile() {
        let spool = Spool::new().expect("a spool");
        let bytes: Vec<u8> = (0..4 * MIB).map(|i| (i / 1000) as u8).collect();
        keep(&spool, &bytes);
        begin_to_move(&spool);
        let mut pieces = 0;
        let mut read = vec![0; MIB as usize];
        while !spool.append(b"!").expect("moved") {
            pieces += 1;
            spool.read_exact_at(&mut read, 3 * MIB).expect("read");
            assert!(read == bytes[3 * MIB as usize..], "after {pieces} pieces");
            match pieces {
                // It has moved already, and it has not.
                1 => spool.give_back(0, MIB),
                2 => spool.give_back(2 * MIB, MIB),
                _ => {}
            }
        }
        assert_eq!(pieces, 4, "three were moved, and one given back before; the last time ended the move");
        assert_eq!((spool.len(), spool.held()), (4 * MIB + 1, 2 * MIB + 1));
        takes_at_most(&spool, 2 * MIB + 2 * LARGEST_BLOCK);
        for place in [MIB, 3 * MIB] {
            spool.read_exact_at(&mut read, place).expect("read");
            assert!(read == bytes[place as usize..][..MIB as usize], "at {place}");
        }
        assert!(spool.read_exact_at(&mut read, 0).is_err());
    }

    #[test]
    fn a_full_file_system_is_an_error_where_there_is_no_other() {
        let Some(mut full) = testing::full_device() else { return };
        let words = system_text(&full.write(b"abc").expect_err("full"));
        let error = Spool::with(full, 0, folders(&[])).append(b"abc").expect_err("full");
        assert_eq!(error.message(), format!("cannot keep the data in a temporary file: {words}"));
    }

    #[test]
    fn the_space_of_what_is_given_back_is_free_and_never_read_again() {
        let spool = Spool::new().expect("a spool");
        // No multiple of a block, so that parts share blocks.
        let part = MIB + 1000;
        for _ in 0..8 {
            keep(&spool, &vec![7; part as usize]);
        }
        for number in [0, 3, 1, 2, 6, 5] {
            spool.give_back(number * part, part);
        }
        assert_eq!((spool.len(), spool.held()), (8 * part, 2 * part));
        takes_at_most(&spool, 2 * part + 4 * LARGEST_BLOCK);
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
        takes_at_most(&spool, LARGEST_BLOCK);
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
