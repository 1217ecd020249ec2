//! Files, read and written at any place by several threads at once. std makes long paths ones that Windows
//! takes.

#![forbid(unsafe_code)]

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf, Prefix};

use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_DIRECTORY, FILE_FLAG_BACKUP_SEMANTICS, SECURITY_IDENTIFICATION,
};

use crate::sys::{Identity, Kind};

/// Opens whatever is there to read it. Windows does not wait for the other end of a pipe, but that could take
/// on the rights of this program; it can ask who this is instead.
pub fn open(path: &Path) -> io::Result<File> {
    // Without FILE_FLAG_BACKUP_SEMANTICS a folder cannot be opened, and is "Access is denied".
    OpenOptions::new()
        .read(true)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .security_qos_flags(SECURITY_IDENTIFICATION)
        .open(path)
}

/// What an open file is, and its identity now: the serial number of its volume, and its index there.
pub fn look_at(file: &File) -> io::Result<(Kind, Identity)> {
    if !winapi_util::file::typ(file)?.is_disk() {
        return Ok((Kind::Other, Identity::default()));
    }
    let information = winapi_util::file::information(file)?;
    let is_folder = information.file_attributes() & u64::from(FILE_ATTRIBUTE_DIRECTORY) != 0;
    let identity = Identity {
        device: information.volume_serial_number(),
        inode: information.file_index(),
        size: information.file_size(),
        modified: unix_time(information.last_write_time().unwrap_or(0)),
    };
    Ok((if is_folder { Kind::Folder } else { Kind::Regular }, identity))
}

/// Seconds and nanoseconds since 1970 of a FILETIME: units of 100 ns since 1601.
fn unix_time(filetime: u64) -> (i64, i64) {
    const SECOND: i64 = 10_000_000;
    let since_1970 = i64::try_from(filetime).unwrap_or(i64::MAX) - 11_644_473_600 * SECOND;
    (since_1970.div_euclid(SECOND), since_1970.rem_euclid(SECOND) * 100)
}

/// What is at `path`, and what the system says of it if it does; None if nothing is there, or if nobody may
/// know.
pub fn at(path: &Path) -> Option<(Kind, Option<Metadata>)> {
    if names_a_device(path) {
        return Some((Kind::Other, None));
    }
    let metadata = path.metadata().ok()?;
    Some((Kind::of(metadata.file_type()), Some(metadata)))
}

/// Whether Windows takes the path for that of a device: `NUL`, `COM1`, `NUL.txt` up to Windows 10, ….
fn names_a_device(path: &Path) -> bool {
    let Ok(full) = std::path::absolute(path) else { return false };
    let mut parts = full.components();
    let Some(Component::Prefix(prefix)) = parts.next() else { return false };
    let Prefix::DeviceNS(name) = prefix.kind() else { return false };
    // `\\.\C:\file` is a file.
    !name.as_encoded_bytes().ends_with(b":") || !parts.any(|part| matches!(part, Component::Normal(_)))
}

/// Fills all of `buffer` from `offset`. The next sequential read begins after it.
pub fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = file.seek_read(buffer, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = buffer.get_mut(count..).unwrap_or_default();
        offset += count as u64;
    }
    Ok(())
}

/// Writes all of `bytes` at `offset`.
pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    write_all(file, bytes, |written| offset + written)
}

/// Writes all of `bytes` to the end of a file of [`private::hold`](super::private::hold). A process that is
/// killed leaves all of it or nothing.
pub fn append(file: &File, bytes: &[u8]) -> io::Result<()> {
    /// FILE_WRITE_TO_END_OF_FILE
    const END: u64 = u64::MAX;
    write_all(file, bytes, |_| END)
}

fn write_all(file: &File, mut bytes: &[u8], at: impl Fn(u64) -> u64) -> io::Result<()> {
    let mut written = 0;
    while !bytes.is_empty() {
        let count = file.seek_write(bytes, at(written))?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(count..).unwrap_or_default();
        written += count as u64;
    }
    Ok(())
}

/// Has the names in a folder reach the disk, where the file system can be asked to: NTFS writes them in the
/// order in which they were made anyway.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let opened = OpenOptions::new().write(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(folder);
    let _ = opened.and_then(|folder| folder.sync_all());
    Ok(())
}

/// The same.
pub fn sync_folder_if_possible(folder: &Path) -> io::Result<()> {
    sync_folder(folder)
}

/// Has the file system keep space for the file, so that a disk that gets full is no harm. It is not asked.
pub fn set_aside(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Gives the space of these bytes back to the file system. The file keeps its size until it is closed.
pub fn punch(_: &File, _: u64, _: u64) {}

/// Where temporary files may be. Windows itself looks at the environment for it (`GetTempPath2`: TMP, TEMP).
pub fn temporary_folders() -> Vec<PathBuf> {
    vec![std::env::temp_dir()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_devices_are_known_wherever_they_stand() {
        for name in ["NUL", "nul", "CON", r"\\.\NUL", r"\\.\pipe\x", r"\\.\PhysicalDrive0", r"\\.\C:"] {
            assert!(names_a_device(Path::new(name)), "{name}");
        }
        for name in ["NULL", "file", r"C:\file", r"\\?\C:\file", r"\\.\C:\file", r"\\server\share\file"] {
            assert!(!names_a_device(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn times_are_those_of_unix() {
        assert_eq!(unix_time(116_444_736_000_000_000), (0, 0));
        assert_eq!(unix_time(116_444_736_000_000_000 + 10_000_001), (1, 100));
        assert_eq!(unix_time(0), (-11_644_473_600, 0));
    }

    #[test]
    fn what_is_appended_stands_at_the_end_wherever_was_read() {
        let file = tempfile::tempfile().expect("a file");
        append(&file, b"one ").expect("written");
        append(&file, b"two ").expect("written");
        let mut bytes = [0; 4];
        read_exact_at(&file, &mut bytes, 0).expect("read");
        append(&file, b"three").expect("written");
        file.set_len(12).expect("cut");
        append(&file, b"!").expect("written");
        let mut bytes = [0; 13];
        read_exact_at(&file, &mut bytes, 0).expect("read");
        assert_eq!(&bytes, b"one two thre!");
        let error = read_exact_at(&file, &mut bytes, 1).expect_err("past its end");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
