//! Files, read and written at any place by several threads at once.

#![forbid(unsafe_code)]

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::sys::{Identity, Kind};

/// Opens whatever is there to read it, and does not wait for anybody.
pub fn open(path: &Path) -> io::Result<File> {
    // Without O_NONBLOCK the opening of a named pipe that nobody writes to never returns; without
    // O_NOCTTY a terminal becomes that of a daemon.
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

/// What an open file is, and its identity now.
pub fn look_at(file: &File) -> io::Result<(Kind, Identity)> {
    let metadata = file.metadata()?;
    let identity = Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    };
    Ok((Kind::of(metadata.file_type()), identity))
}

/// What is at `path`, and what the system says of it if it does; None if nothing is there, or if nobody may
/// know.
pub fn at(path: &Path) -> Option<(Kind, Option<Metadata>)> {
    let metadata = path.metadata().ok()?;
    Some((Kind::of(metadata.file_type()), Some(metadata)))
}

/// Fills all of `buffer` from `offset`. Where the next sequential read begins afterwards depends on the
/// system.
pub fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    FileExt::read_exact_at(file, buffer, offset)
}

/// Writes all of `bytes` at `offset`.
pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    FileExt::write_all_at(file, bytes, offset)
}

/// Writes all of `bytes` to the end of a file of [`private::hold`](super::private::hold). A process that is
/// killed leaves all of it or nothing.
pub fn append(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)
}

/// Has the names in a folder reach the disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The same where that can be asked for: the folder must be readable.
pub fn sync_folder_if_possible(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match sync_folder(folder) {
        Err(error) if !matches!(error.kind(), PermissionDenied | InvalidInput | Unsupported) => Err(error),
        _ => Ok(()),
    }
}

/// Has the file system keep space for the file, so that a disk that gets full is no harm. Only some can.
#[cfg(target_os = "linux")]
pub fn set_aside(file: &File, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes) {
        Err(error @ (Errno::NOSPC | Errno::DQUOT)) => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
pub fn set_aside(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Gives the space of these bytes back to the file system. Where it cannot do that, the file keeps its size
/// until it is closed.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn punch(file: &File, start: u64, end: u64) {
    use rustix::fs::{FallocateFlags, fallocate};
    let mode = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    let _ = fallocate(file, mode, start, end - start);
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn punch(_: &File, _: u64, _: u64) {}

/// Where temporary files may be, best first: `/tmp` is often memory. No environment variable is read.
pub fn temporary_folders() -> Vec<PathBuf> {
    ["/var/tmp", "/tmp"].map(PathBuf::from).to_vec()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_synced_is_no_error_and_a_missing_one_is() {
        // procfs answers EINVAL.
        sync_folder_if_possible(Path::new("/proc/self")).expect("nothing to bring onto a disk");
        let error = sync_folder_if_possible(Path::new("/proc/self/missing")).expect_err("missing");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
