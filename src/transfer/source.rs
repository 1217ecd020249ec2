//! The bytes of an upload, in a file or in memory, and the check that they have not changed.

#![forbid(unsafe_code)]

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};

use super::digest::{self, Md5};
use super::plan::Part;
use super::spool::Spool;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Bounds;

/// Bytes that can be read at any place, by several threads at once.
#[derive(Debug)]
pub enum Source<'a> {
    File(SourceFile),
    Bytes(&'a [u8]),
}

/// An open file, and its identity when it was opened.
#[derive(Debug)]
pub struct SourceFile {
    file: File,
    /// What messages call it.
    name: String,
    identity: Identity,
}

/// What the system changes when the bytes of a file change. Data in memory has its size alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// Seconds and nanoseconds.
    pub modified: (i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl<'a> Source<'a> {
    /// Opens a regular file. What counts from then on is the open file, not its path: a file that is
    /// renamed over the path, or its removal, changes nothing, and what was opened is uploaded whole.
    pub fn open(path: &str) -> Result<Source<'static>> {
        let failed = |e: io::Error| Error::file("open", path, &e);
        if path.is_empty() {
            return Err(Error::invalid_argument("path is empty"));
        }
        // Without O_NONBLOCK the opening of a named pipe that nobody writes to never returns.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Error::new(ErrorKind::Io, format!("cannot upload {path}: it is a directory")));
        }
        if !metadata.is_file() {
            let advice =
                "it is not a regular file; read it yourself and hand the bytes over by a read callback";
            return Err(Error::new(ErrorKind::Io, format!("cannot upload {path}: {advice}")));
        }
        let identity = Identity::of(&metadata);
        Ok(Source::File(SourceFile { file, name: path.to_owned(), identity }))
    }

    /// Spools the reader into an unlinked temporary file ([`Spool`]): parts can then be read more than
    /// once, and memory does not grow with the length. `read` fills the start of its buffer and returns how
    /// much, 0 at the end. `expected` is the length in bytes if the caller knows it.
    ///
    /// `bounds` are looked at between two calls of `read`. A length other than `expected` is `FileChanged`.
    pub fn spool(
        bounds: &Bounds,
        expected: Option<u64>,
        mut read: impl FnMut(&mut [u8]) -> Result<usize>,
    ) -> Result<Source<'static>> {
        let mut spool = Spool::new()?;
        let mut buffer = vec![0; 256 << 10];
        loop {
            bounds.check()?;
            let count = read(&mut buffer)?;
            let Some(bytes) = buffer.get(..count) else {
                let claim = format!("the read callback claims {count} bytes of a buffer of {}", buffer.len());
                return Err(Error::invalid_argument(claim));
            };
            if bytes.is_empty() {
                break;
            }
            let length = spool.len() + count as u64;
            if let Some(size) = expected.filter(|size| length > *size) {
                return Err(unannounced("more", size));
            }
            spool.write(bytes)?;
        }
        match expected {
            Some(size) if size != spool.len() => Err(unannounced("fewer", size)),
            _ => SourceFile::new(spool.into_file(), "the data read").map(Source::File),
        }
    }

    pub fn len(&self) -> u64 {
        match self {
            Source::File(file) => file.identity.size,
            Source::Bytes(bytes) => bytes.len() as u64,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn identity(&self) -> Identity {
        match self {
            Source::File(file) => file.identity.clone(),
            Source::Bytes(_) => Identity { size: self.len(), ..Identity::default() },
        }
    }

    /// Fills all of `buffer` from `offset`.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        match self {
            Source::File(file) => file.file.read_exact_at(buffer, offset).map_err(|e| match e.kind() {
                io::ErrorKind::UnexpectedEof => file.changed("it has shrunk"),
                _ => Error::file("read", &file.name, &e),
            }),
            Source::Bytes(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                match bytes.get(from..).and_then(|rest| rest.get(..buffer.len())) {
                    Some(slice) => buffer.copy_from_slice(slice),
                    None => {
                        return Err(Error::new(
                            ErrorKind::Internal,
                            "a part reaches past the end of the data",
                        ));
                    }
                }
                Ok(())
            }
        }
    }

    /// The bytes themselves if they are in memory.
    pub fn slice(&self, offset: u64, length: u64) -> Option<&[u8]> {
        match self {
            Source::File(_) => None,
            Source::Bytes(bytes) => {
                let from = usize::try_from(offset).ok()?;
                bytes.get(from..)?.get(..usize::try_from(length).ok()?)
            }
        }
    }

    /// Returns `FileChanged` if the file was written to since it was opened.
    pub fn check_unchanged(&self) -> Result<()> {
        let Source::File(file) = self else { return Ok(()) };
        let metadata = file.file.metadata().map_err(|e| Error::file("look at", &file.name, &e))?;
        let now = Identity::of(&metadata);
        if now == file.identity {
            return Ok(());
        }
        let what = match now.size.cmp(&file.identity.size) {
            std::cmp::Ordering::Less => "it has shrunk",
            std::cmp::Ordering::Greater => "it has grown",
            std::cmp::Ordering::Equal => "it was written to",
        };
        Err(file.changed(what))
    }

    /// The error for bytes that differ from those read before.
    pub fn changed(&self) -> Error {
        match self {
            Source::File(file) => file.changed("its bytes differ from those read before"),
            Source::Bytes(_) => Error::new(
                ErrorKind::FileChanged,
                "the data changed in memory while it was uploaded; upload it again",
            ),
        }
    }

    /// A reader over one range.
    pub fn reader(&self, offset: u64, length: u64) -> RangeReader<'_, 'a> {
        RangeReader { source: self, offset, left: length }
    }
}

/// The error for a reader that gave `relation` bytes than announced.
fn unannounced(relation: &str, size: u64) -> Error {
    let text =
        format!("the read callback gave {relation} bytes than the size it was announced with ({size})");
    Error::new(ErrorKind::FileChanged, text)
}

impl SourceFile {
    fn new(file: File, name: &str) -> Result<Self> {
        let metadata = file.metadata().map_err(|e| Error::file("read", name, &e))?;
        Ok(SourceFile { file, name: name.to_owned(), identity: Identity::of(&metadata) })
    }

    fn changed(&self, what: &str) -> Error {
        let name = &self.name;
        Error::new(
            ErrorKind::FileChanged,
            format!("{name} changed while it was uploaded: {what}; upload it again"),
        )
    }
}

/// Reads one range of a source.
pub struct RangeReader<'s, 'a> {
    source: &'s Source<'a>,
    offset: u64,
    left: u64,
}

impl Read for RangeReader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.left.min(buffer.len() as u64);
        let Some(buffer) = buffer.get_mut(..usize::try_from(count).unwrap_or(usize::MAX)) else {
            return Ok(0);
        };
        self.source.read_exact_at(buffer, self.offset).map_err(Error::into_io)?;
        self.offset += count;
        self.left -= count;
        Ok(buffer.len())
    }
}

/// The most bytes digested without a look at the bounds: 0.2 seconds.
const IN_ONE_GO: u64 = 128 << 20;

/// The MD5 of each range; ranges in memory are not copied.
pub fn digest_ranges(source: &Source<'_>, bounds: &Bounds, ranges: &[Part]) -> Result<Vec<Md5>> {
    let slices: Option<Vec<&[u8]>> = ranges.iter().map(|r| source.slice(r.offset, r.length)).collect();
    match slices {
        Some(slices) if ranges.iter().map(|r| r.length).sum::<u64>() <= IN_ONE_GO => {
            Ok(digest::md5_slices(&slices))
        }
        _ => {
            let lengths: Vec<u64> = ranges.iter().map(|r| r.length).collect();
            digest::md5_streams(&lengths, |stream, offset, buffer| {
                bounds.check()?;
                let start = ranges.get(stream).map_or(0, |r| r.offset);
                source.read_exact_at(buffer, start + offset)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;

    fn file_with(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("written");
        file
    }

    fn path(file: &tempfile::NamedTempFile) -> &str {
        file.path().to_str().expect("UTF-8")
    }

    #[test]
    fn a_range_is_read_completely_and_not_past_its_end() {
        let file = file_with(b"0123456789");
        let source = Source::open(path(&file)).expect("open");
        let mut text = String::new();
        source.reader(2, 5).read_to_string(&mut text).expect("read");
        assert_eq!(text, "23456");
    }

    #[test]
    fn a_file_whose_path_is_given_to_another_is_read_as_it_was_opened() {
        let (file, other) = (file_with(b"0123456789"), file_with(b"another one"));
        let source = Source::open(path(&file)).expect("open");
        std::fs::rename(other.path(), file.path()).expect("replaced");
        let mut bytes = [0; 10];
        source.read_exact_at(&mut bytes, 0).expect("read");
        source.check_unchanged().expect("the open file is as it was");
        std::fs::remove_file(file.path()).expect("removed");
        source.check_unchanged().expect("the open file is as it was");
        assert_eq!((source.len(), &bytes), (10, b"0123456789"));
    }

    #[test]
    fn every_kind_of_change_is_seen() {
        for change in [&b"01234"[..], &b"0123456789abc"[..], &b"9876543210"[..]] {
            let file = file_with(b"0123456789");
            let source = Source::open(path(&file)).expect("open");
            source.check_unchanged().expect("nothing happened yet");
            std::thread::sleep(Duration::from_millis(20));
            std::fs::write(file.path(), change).expect("changed");
            assert_eq!(source.check_unchanged().expect_err("changed").kind(), ErrorKind::FileChanged);
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused_with_its_reason() {
        let message = |path: &str| Source::open(path).expect_err("refused").message().to_owned();
        assert!(message("/").contains("directory"));
        assert!(message("/no/such/file").contains("No such file"));
        assert!(message("/dev/null").contains("not a regular file"));
        assert!(message("").contains("empty"));
    }

    fn bounds(deadline: Option<Duration>) -> std::sync::Arc<Bounds> {
        Bounds::new(Default::default(), deadline, Duration::from_secs(1), Duration::from_secs(1))
    }

    #[test]
    fn a_reader_that_goes_on_and_on_ends_at_the_deadline() {
        let mut reads = 0;
        let read = |_: &mut [u8]| {
            std::thread::sleep(Duration::from_millis(1));
            reads += 1;
            Ok(usize::from(reads < 10_000))
        };
        let error = Source::spool(&bounds(Some(Duration::from_millis(50))), None, read).expect_err("ended");
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }

    #[test]
    fn a_spool_holds_what_was_read() {
        let mut given = vec![3usize, 2, 1, 0];
        given.reverse();
        let read = |buffer: &mut [u8]| {
            let count = given.pop().unwrap_or(0);
            buffer[..count].fill(b'a' + count as u8);
            Ok(count)
        };
        let source = Source::spool(&bounds(None), None, read).expect("spooled");
        let mut bytes = vec![0; 6];
        source.read_exact_at(&mut bytes, 0).expect("read");
        assert_eq!((source.len(), &bytes[..]), (6, &b"dddccb"[..]));
    }

    #[test]
    fn a_spool_must_match_the_announced_size() {
        for (size, given) in [(5, 3), (5, 8)] {
            let mut left = given;
            let read = |_: &mut [u8]| Ok(std::mem::take(&mut left));
            let error = Source::spool(&bounds(None), Some(size), read).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::FileChanged);
        }
    }
}
