//! Files that one handle at a time may write. Who may read them is what their folder says: one in the profile
//! of a user is for that user and administrators.
//!
//! The lock is what others may do while the file is open. `LockFileEx` locks against reading too, which would
//! hide an upload that is under way. The system drops it when the process ends, however that happens.

#![forbid(unsafe_code)]

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;

use windows_sys::Win32::Foundation::ERROR_SHARING_VIOLATION;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_DELETE, FILE_SHARE_READ, SECURITY_IDENTIFICATION,
};

use crate::sys::Hold;

/// Makes a folder for them, and those above it.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

/// Why a folder is none for them. Its access control list is not looked at.
pub fn fault_of_folder(_: &Metadata) -> Option<&'static str> {
    None
}

/// Opens one to read it, whoever holds it.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens one to read it and to append to it, or makes it, and holds it until the file is closed.
pub fn hold(path: &Path) -> io::Result<Hold> {
    match open_with(path, OpenOptions::new().read(true).write(true).create(true).share_mode(NO_WRITER)) {
        Ok(file) => Ok(Hold::Own(file)),
        Err(error) if is_held_by(&error) || is_being_removed(path, &error) => Ok(Hold::Taken),
        Err(error) => Err(error),
    }
}

/// Ends [`hold`], as closing the file does: no process has the handles of another there.
pub fn release(_file: &File) {}

/// Whether somebody holds it. `file` is what was opened at `path`.
pub fn is_held(_file: &File, path: &Path) -> bool {
    guard(path).is_err_and(|error| is_held_by(&error))
}

/// Makes sure that nobody holds it, nor can while the result lives, so that it can be removed. None if
/// somebody does. `file` is what was opened at `path`.
pub fn claim<'f>(_file: &'f File, path: &Path) -> Option<impl Sized + use<'f>> {
    guard(path).ok()
}

/// What others may do with an open file.
const NO_WRITER: u32 = FILE_SHARE_READ | FILE_SHARE_DELETE;

/// Fails if somebody holds the file. Nobody can while this is open.
fn guard(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true).share_mode(NO_WRITER))
}

fn is_held_by(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_SHARING_VIOLATION as i32)
}

/// Where the file system has no removal as of POSIX, a file that was removed stays until it is closed, and
/// nobody may even look at it.
fn is_being_removed(path: &Path, error: &io::Error) -> bool {
    let is_denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    is_denied(error) && path.symlink_metadata().is_err_and(|error| is_denied(&error))
}

fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // A symbolic link is opened itself.
    let options = options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    let file = options.security_qos_flags(SECURITY_IDENTIFICATION).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs::remove_file;

    use super::*;

    fn own(path: &Path) -> File {
        match hold(path).expect("opened") {
            Hold::Own(file) => file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_handle_writes_and_others_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let held = own(&path);
        crate::sys::file::append(&held, b"abc").expect("written");
        assert!(matches!(hold(&path).expect("told"), Hold::Taken));
        let reader = open(&path).expect("opened");
        assert_eq!(io::read_to_string(&reader).expect("read"), "abc");
        assert!(is_held(&reader, &path) && claim(&reader, &path).is_none());
        drop(held);
        assert!(!is_held(&reader, &path));
        let claimed = claim(&reader, &path).expect("nobody holds it");
        assert!(matches!(hold(&path).expect("told"), Hold::Taken));
        drop(claimed);
        drop(own(&path));
    }

    #[test]
    fn a_file_that_was_removed_is_made_anew_once_it_is_closed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let held = own(&path);
        crate::sys::file::append(&held, b"abc").expect("written");
        remove_file(&path).expect("removed");
        drop(held);
        assert_eq!(own(&path).metadata().expect("metadata").len(), 0);
    }
}
