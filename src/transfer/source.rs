//! The bytes of an upload, in a file, in memory or from a reader, and the check that they have not changed.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::context::TransferContext;
use super::digest::{self, Md5};
use super::feed::Feed;
use super::plan::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::http::bounds::{Bounds, SLICE};
use crate::memory;
pub use crate::sys::Identity;
use crate::sys::{self, Kind};

/// Bytes that can be read at any place, by several threads at once.
#[derive(Debug)]
pub enum Source<'a> {
    File(SourceFile),
    Bytes(&'a [u8]),
    /// They come while they are sent.
    Feed(Box<Feed>),
}

/// An open file, and its identity when it was opened.
#[derive(Debug)]
pub struct SourceFile {
    file: File,
    /// What messages call it.
    name: String,
    identity: Identity,
}

impl<'a> Source<'a> {
    /// Opens a regular file. What counts from then on is the open file, not its path: a file that is
    /// renamed over the path, or its removal, changes nothing, and what was opened is uploaded whole.
    pub fn open(path: &str) -> Result<Source<'static>> {
        let failed = |e: io::Error| Error::file("open", path, &e);
        if path.is_empty() {
            return Err(Error::invalid_argument("path is empty"));
        }
        let file = sys::file::open(Path::new(path)).map_err(failed)?;
        match sys::file::look_at(&file).map_err(failed)? {
            (Kind::Regular, identity) => {
                Ok(Source::File(SourceFile { file, name: path.to_owned(), identity }))
            }
            (Kind::Folder, _) => Err(Error::directory("upload", path)),
            (Kind::Other, _) => {
                let advice =
                    "it is not a regular file; read it yourself and hand the bytes over by a read callback";
                Err(Error::new(ErrorKind::Io, format!("cannot upload {path}: {advice}")))
            }
        }
    }

    /// The bytes that a reader gives. `read` fills the start of its buffer and returns how much, 0 at the
    /// end. `size` is the length of all if it is known.
    pub fn of_reader(
        size: Option<u64>,
        read: impl FnMut(&mut [u8]) -> Result<usize> + Send + 'static,
    ) -> Result<Source<'static>> {
        Feed::new(size, read).map(|feed| Source::Feed(Box::new(feed)))
    }

    pub fn feed(&self) -> Option<&Feed> {
        match self {
            Source::Feed(feed) => Some(feed),
            _ => None,
        }
    }

    /// 0 while the length of what a reader gives is unknown.
    pub fn len(&self) -> u64 {
        match self {
            Source::File(file) => file.identity.size,
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::Feed(feed) => feed.size().unwrap_or(0),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn identity(&self) -> Identity {
        match self {
            Source::File(file) => file.identity.clone(),
            Source::Bytes(_) | Source::Feed(_) => Identity { size: self.len(), ..Identity::default() },
        }
    }

    /// Fills all of `buffer` from `offset`.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        match self {
            Source::File(file) => {
                sys::file::read_exact_at(&file.file, buffer, offset).map_err(|e| match e.kind() {
                    io::ErrorKind::UnexpectedEof => file.changed("it has shrunk"),
                    _ => Error::file("read", &file.name, &e),
                })
            }
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
            Source::Feed(feed) => feed.read_exact_at(buffer, offset),
        }
    }

    /// Whether the bytes before `end` can be read. Those of a reader come later: the signal of the run tells
    /// when.
    pub fn has(&self, end: u64) -> bool {
        self.feed().is_none_or(|feed| feed.has(end))
    }

    /// Waits until the bytes before `end` can be read.
    pub fn wait_for(&self, end: u64, context: &TransferContext<'_>) -> Result<()> {
        loop {
            let seen = context.signal.now();
            if self.has(end) {
                return Ok(());
            }
            context.check()?;
            context.signal.wait(seen, SLICE);
        }
    }

    /// Waits until all bytes can be read. Those of a reader stay on the disk, however many they are.
    pub fn wait_for_all(&self, context: &TransferContext<'_>) -> Result<()> {
        if let Some(feed) = self.feed() {
            feed.make_room(self.len());
        }
        self.wait_for(self.len(), context)
    }

    /// The service has confirmed these bytes. They are not sent again, so what a reader gave of them can go.
    pub fn stored(&self, offset: u64, length: u64) {
        if let Some(feed) = self.feed() {
            feed.stored(offset, length);
        }
    }

    /// Returns an error if some of the bytes came from a reader and are stored already: no upload can begin
    /// anew with them.
    pub fn check_whole(&self) -> Result<()> {
        self.feed().map_or(Ok(()), Feed::check_whole)
    }

    /// The bytes themselves if they are in memory.
    pub fn slice(&self, offset: u64, length: u64) -> Option<&[u8]> {
        match self {
            Source::File(_) | Source::Feed(_) => None,
            Source::Bytes(bytes) => {
                let from = usize::try_from(offset).ok()?;
                bytes.get(from..)?.get(..usize::try_from(length).ok()?)
            }
        }
    }

    /// Returns `FileChanged` if the file was written to since it was opened.
    pub fn check_unchanged(&self) -> Result<()> {
        let Source::File(file) = self else { return Ok(()) };
        let (_, now) = sys::file::look_at(&file.file).map_err(|e| Error::file("look at", &file.name, &e))?;
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
            Source::Feed(_) => Error::new(
                ErrorKind::FileChanged,
                "the data in the temporary file changed while it was uploaded; upload it again",
            ),
        }
    }

    /// A reader over one range.
    pub fn reader(&self, offset: u64, length: u64) -> RangeReader<'_, 'a> {
        RangeReader { source: self, offset, left: length }
    }
}

impl SourceFile {
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
    digest_seen_ranges(source, bounds, ranges, |_, _| ())
}

/// The same. `see` gets the bytes that are digested, those of each range in their order, and which it is.
pub(super) fn digest_seen_ranges(
    source: &Source<'_>,
    bounds: &Bounds,
    ranges: &[Part],
    mut see: impl FnMut(usize, &[u8]),
) -> Result<Vec<Md5>> {
    let slices: Option<Vec<&[u8]>> = ranges.iter().map(|r| source.slice(r.offset, r.length)).collect();
    match slices {
        Some(slices) if ranges.iter().map(|r| r.length).sum::<u64>() <= IN_ONE_GO => {
            slices.iter().enumerate().for_each(|(range, bytes)| see(range, bytes));
            Ok(digest::md5_slices(&slices))
        }
        _ => {
            let lengths: Vec<u64> = ranges.iter().map(|r| r.length).collect();
            digest_streams(digest::SLICE, bounds, &lengths, |stream, offset, buffer| {
                let start = ranges.get(stream).map_or(0, |r| r.offset);
                source.read_exact_at(buffer, start + offset)?;
                see(stream, buffer);
                Ok(())
            })
        }
    }
}

fn digest_streams(
    slice: usize,
    bounds: &Bounds,
    lengths: &[u64],
    mut read: impl FnMut(usize, u64, &mut [u8]) -> Result<()>,
) -> Result<Vec<Md5>> {
    memory::room(lengths.len().min(digest::lanes()) * slice, "the digests")?;
    digest::md5_streams(slice, lengths, |stream, offset, buffer| {
        bounds.check()?;
        read(stream, offset, buffer)
    })
}

/// The most bytes of a file that is read in small slices: for more, the calls would cost more than memory.
const SMALL: u64 = 256 << 10;

/// The MD5 of each of several sources as a whole.
pub fn digest_files(sources: &[&Source<'_>], bounds: &Bounds) -> Result<Vec<Md5>> {
    let lengths: Vec<u64> = sources.iter().map(|source| source.len()).collect();
    let are_small = lengths.iter().all(|length| *length <= SMALL);
    let slice = if are_small { digest::SMALL_SLICE } else { digest::SLICE };
    digest_streams(slice, bounds, &lengths, |stream, offset, buffer| {
        sources.get(stream).map_or(Ok(()), |source| source.read_exact_at(buffer, offset))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;
    use crate::error::system_text;
    use crate::sys::testing;

    fn file_with(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("written");
        file
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        fastrand::Rng::with_seed(3).fill(&mut bytes);
        bytes
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
        if testing::REPLACES_OPEN_FILES {
            std::fs::rename(other.path(), file.path()).expect("replaced");
        }
        let mut bytes = [0; 10];
        source.read_exact_at(&mut bytes, 0).expect("read");
        source.check_unchanged().expect("the open file is as it was");
        std::fs::remove_file(file.path()).expect("removed");
        source.check_unchanged().expect("the open file is as it was");
        assert_eq!((source.len(), &bytes), (10, b"0123456789"));
    }

    #[test]
    fn files_are_digested_one_beside_another() {
        let contents = [noise(70_000), Vec::new(), noise(SMALL as usize + 1)];
        let bounds = Bounds::new(Default::default(), None, Duration::from_secs(1), Duration::from_secs(1));
        for contents in [&contents[..2], &contents[..]] {
            let sources: Vec<Source<'_>> = contents.iter().map(|bytes| Source::Bytes(bytes)).collect();
            let sources: Vec<&Source<'_>> = sources.iter().collect();
            let slices: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
            let digests = digest_files(&sources, &bounds).expect("digested");
            assert_eq!(digests, digest::md5_slices(&slices));
        }
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
        let missing = File::open("/no/such/file").expect_err("no file");
        assert!(message("/no/such/file").contains(&system_text(&missing)));
        assert!(message(testing::DEVICE).contains("not a regular file"));
        assert!(message("").contains("empty"));
    }
}
