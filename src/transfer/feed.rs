//! Data of an upload that comes from a reader. The calling thread reads it ([`super::report`]) while the
//! workers of the queue send what is there ([`super::queue`]).
//!
//! What was read is kept in a [`Spool`], so that a part can be digested and sent more than once, until the
//! part is stored; then its space is given back. Reading stops while the spool is full. So the disk holds a
//! few parts, memory one buffer, and an upload takes as long as the slower of reading and sending.
//!
//! A service must be told the size at the start (`specs/filestack.md` 3.2). Data of unknown size is therefore
//! read to its end first.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::MIB;
use super::signal::Signal;
use super::spool::Spool;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;

/// How much the spool holds: 64 MiB of disk, less what a file system adds to a file.
const ROOM: u64 = 63 * MIB;

/// How many parts it holds if they are so large that fewer would fit: enough to send while one is read.
const PARTS: u64 = 4;

/// What one call of the reader can give at most.
const BUFFER: usize = 256 << 10;

/// Fills the start of the buffer and returns how much, 0 at the end.
type Read = dyn FnMut(&mut [u8]) -> Result<usize> + Send;

/// Data that is read while it goes up.
pub struct Feed {
    /// The size that was announced.
    announced: Option<u64>,
    reader: Mutex<Reader>,
    spool: Spool,
    state: Mutex<State>,
}

struct Reader {
    read: Box<Read>,
    buffer: Vec<u8>,
    /// How many bytes at the start of the buffer the reader gave and the disk did not take yet.
    unkept: usize,
}

#[derive(Debug)]
struct State {
    /// The reader has given everything, and it was as much as announced.
    ended: bool,
    /// The reader gave more than announced.
    exceeded: bool,
    /// Bytes that the spool may hold.
    room: u64,
    /// The end of a part that somebody waits for.
    wanted: Option<u64>,
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("announced", &self.announced).finish_non_exhaustive()
    }
}

impl Feed {
    /// `announced` is the size in bytes if it is known.
    pub(super) fn new(
        announced: Option<u64>,
        read: impl FnMut(&mut [u8]) -> Result<usize> + Send + 'static,
    ) -> Result<Self> {
        Ok(Feed {
            announced,
            reader: Mutex::new(Reader { read: Box::new(read), buffer: Vec::new(), unkept: 0 }),
            spool: Spool::new()?,
            state: Mutex::new(State { ended: false, exceeded: false, room: ROOM, wanted: None }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The size of all of the data; None if it was not announced and the end was not read yet.
    pub fn size(&self) -> Option<u64> {
        self.announced.or_else(|| self.lock().ended.then(|| self.spool.len()))
    }

    /// How many bytes were read.
    pub fn bytes_read(&self) -> u64 {
        self.spool.len()
    }

    /// Calls the reader once, or moves a piece of the spool; for the calling thread. False if there is
    /// nothing to do now: everything was read, or the spool is full. Notifies `signal` when a part is there
    /// that somebody waits for.
    ///
    /// `FileChanged` if there are more or fewer bytes than announced.
    pub(super) fn pull(&self, signal: &Signal) -> Result<bool> {
        let length = self.spool.len();
        if self.lock().exceeded {
            return Err(self.unannounced("more"));
        }
        if !self.may_read(length) {
            return Ok(false);
        }
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let Reader { read, buffer, unkept } = &mut *reader;
        if buffer.is_empty() {
            *buffer = memory::zeros(BUFFER, "what the read callback gives")?;
        }
        if *unkept == 0 {
            let count = read(buffer)?;
            if count > BUFFER {
                let claim = format!("the read callback claims {count} bytes of a buffer of {BUFFER}");
                return Err(Error::invalid_argument(claim));
            }
            *unkept = count;
        }
        let count = *unkept;
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            if self.announced.is_some_and(|size| length < size) {
                return Err(self.unannounced("fewer"));
            }
            self.lock().ended = true;
            *buffer = Vec::new();
        } else if self.announced.is_some_and(|size| length + count as u64 > size) {
            self.lock().exceeded = true;
            return Err(self.unannounced("more"));
        } else if self.spool.append(bytes)? {
            *unkept = 0;
        }
        let mut state = self.lock();
        let there = self.there(&state);
        if state.wanted.take_if(|wanted| *wanted <= there).is_some() {
            signal.notify();
        }
        Ok(true)
    }

    /// Whether there is something to read, and room for it.
    fn may_read(&self, length: u64) -> bool {
        let state = self.lock();
        match self.announced {
            _ if state.ended => false,
            // Only the end is left to be read.
            Some(size) if length == size => true,
            Some(_) => self.spool.held() + BUFFER as u64 <= state.room,
            None => true,
        }
    }

    /// How many bytes from the start can be sent. The last one is not before the reader has said that it is
    /// the last: data of another size must not be complete.
    fn there(&self, state: &State) -> u64 {
        let length = self.spool.len();
        if state.ended { length } else { self.announced.map_or(0, |size| length.min(size.saturating_sub(1))) }
    }

    /// Whether everything before `end` was read. If not, [`Feed::pull`] notifies when it is.
    pub(super) fn has(&self, end: u64) -> bool {
        let mut state = self.lock();
        if self.there(&state) >= end {
            return true;
        }
        state.wanted = Some(state.wanted.map_or(end, |wanted| wanted.min(end)));
        false
    }

    /// Makes room for parts of this length.
    pub(super) fn make_room(&self, part_length: u64) {
        let room = part_length.saturating_mul(PARTS);
        let mut state = self.lock();
        state.room = state.room.max(room);
    }

    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        self.spool.read_exact_at(buffer, offset)
    }

    /// The service has these bytes: their space is given back.
    pub(super) fn stored(&self, offset: u64, length: u64) {
        self.spool.give_back(offset, length);
    }

    /// Returns `InvalidState` if some of the data is stored and no longer here.
    pub(super) fn check_whole(&self) -> Result<()> {
        self.spool.check_whole()
    }

    /// The error for a reader that gave `relation` bytes than announced.
    fn unannounced(&self, relation: &str) -> Error {
        let size = self.announced.unwrap_or_default();
        let text =
            format!("the read callback gave {relation} bytes than the size it was announced with ({size})");
        Error::new(ErrorKind::FileChanged, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing;

    /// Reads until nothing more can be read.
    fn read_all(feed: &Feed) -> Result<()> {
        while feed.pull(&Signal::default())? {}
        Ok(())
    }

    fn zeros(buffer: &mut [u8]) -> Result<usize> {
        Ok(buffer.len())
    }

    #[test]
    fn what_was_read_can_be_read_again() {
        let mut given = vec![0usize, 1, 2, 3];
        let read = move |buffer: &mut [u8]| {
            let count = given.pop().unwrap_or(0);
            buffer[..count].fill(b'a' + count as u8);
            Ok(count)
        };
        let feed = Feed::new(None, read).expect("a feed");
        assert_eq!(feed.size(), None);
        read_all(&feed).expect("read");
        let mut bytes = [0; 6];
        feed.read_exact_at(&mut bytes, 0).expect("read again");
        assert_eq!((feed.size(), &bytes), (Some(6), b"dddccb"));
    }

    #[test]
    fn another_size_than_announced_is_an_error_each_time() {
        for (size, given) in [(5, 3), (5, 8)] {
            let mut left = given;
            let feed =
                Feed::new(Some(size), move |_: &mut [u8]| Ok(std::mem::take(&mut left))).expect("a feed");
            for _ in 0..2 {
                assert_eq!(read_all(&feed).expect_err("refused").kind(), ErrorKind::FileChanged);
            }
            assert!(!feed.has(size), "the last byte can never be sent");
        }
    }

    #[test]
    fn a_part_is_there_when_it_is_whole_and_the_last_one_when_the_end_was_read() {
        let mut given = vec![0usize, 10, 9, 1];
        let feed =
            Feed::new(Some(20), move |_: &mut [u8]| Ok(given.pop().expect("not read on"))).expect("a feed");
        let signal = Signal::default();
        let mut there = Vec::new();
        for _ in 0..4 {
            assert!(feed.pull(&signal).expect("read"));
            there.push((feed.has(10), feed.has(20)));
        }
        assert_eq!(there, [(false, false), (true, false), (true, false), (true, true)]);
        assert!(!feed.pull(&signal).expect("nothing to read"));
    }

    #[test]
    fn who_waits_for_a_part_is_told_once_it_is_whole() {
        let feed = Feed::new(Some(30), |_: &mut [u8]| Ok(5)).expect("a feed");
        let signal = Signal::default();
        let mut told = Vec::new();
        for _ in 0..6 {
            feed.has(10);
            let seen = signal.now();
            feed.pull(&signal).expect("read");
            told.push(signal.now() > seen);
        }
        assert_eq!(told, [false, true, false, false, false, false]);
    }

    #[test]
    fn reading_stops_while_the_spool_is_full_and_goes_on_when_a_part_is_stored() {
        let feed = Feed::new(Some(1 << 40), zeros).expect("a feed");
        let length = 5 * MIB;
        feed.make_room(length);
        read_all(&feed).expect("read");
        assert_eq!(feed.bytes_read(), ROOM);
        feed.stored(length, length);
        read_all(&feed).expect("read");
        assert_eq!(feed.bytes_read(), ROOM + length);
        assert!(feed.check_whole().is_err());
    }

    #[test]
    fn there_is_room_for_a_few_parts_however_large() {
        let feed = Feed::new(Some(1 << 40), zeros).expect("a feed");
        feed.make_room(20 * MIB);
        read_all(&feed).expect("read");
        assert_eq!(feed.bytes_read(), 80 * MIB);
    }

    #[test]
    fn what_the_disk_did_not_take_is_not_lost() {
        let Some(full) = testing::full_device() else { return };
        let mut given = vec![&b""[..], b"second", b"first "];
        let read = move |buffer: &mut [u8]| {
            let bytes = given.pop().expect("not read on");
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        };
        let mut feed = Feed::new(None, read).expect("a feed");
        let roomy = std::mem::replace(&mut feed.spool, Spool::with(full, 0, Vec::new().into_iter()));
        for _ in 0..2 {
            assert_eq!(read_all(&feed).expect_err("full").kind(), ErrorKind::Io);
        }
        feed.spool = roomy;
        read_all(&feed).expect("read");
        let mut bytes = [0; 12];
        feed.read_exact_at(&mut bytes, 0).expect("all of it");
        assert_eq!((feed.size(), &bytes), (Some(12), b"first second"));
    }

    #[test]
    fn a_reader_that_fails_can_go_on() {
        let mut reads = 0;
        let read = move |_: &mut [u8]| {
            reads += 1;
            match reads {
                2 => Err(Error::new(ErrorKind::Io, "cut")),
                4 => Ok(0),
                _ => Ok(5),
            }
        };
        let feed = Feed::new(Some(10), read).expect("a feed");
        assert_eq!(read_all(&feed).expect_err("cut").message(), "cut");
        read_all(&feed).expect("the rest");
        assert!(feed.has(10));
    }
}
