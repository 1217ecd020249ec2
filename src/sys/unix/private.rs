//! Files that only this user may read, and that one handle at a time may write. The system drops the lock
//! when the process ends, however that happens.

#![forbid(unsafe_code)]

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError, set_permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::sys::Hold;

/// Makes a folder for them, and those above it. It is no error if it is there.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let made = match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match path.parent() {
            Some(above) if !above.as_os_str().is_empty() => {
                create_folder(above)?;
                DirBuilder::new().mode(0o700).create(path)
            }
            _ => Err(error),
        },
        other => other,
    };
    match made {
        Ok(()) => keep_rights(path.symlink_metadata()?, 0o700, |rights| set_permissions(path, rights)),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives the owner of what was just made the rights that the umask has taken: nobody could open it again.
fn keep_rights(made: Metadata, mode: u32, set: impl FnOnce(Permissions) -> io::Result<()>) -> io::Result<()> {
    // Somebody may have put a symbolic link into its place.
    let is_own = made.uid() == rustix::process::geteuid().as_raw() && !made.is_symlink();
    if is_own && made.mode() & mode != mode { set(Permissions::from_mode(mode)) } else { Ok(()) }
}

/// Why a folder is none for them.
pub fn fault_of_folder(metadata: &Metadata) -> Option<&'static str> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        Some("it belongs to another user")
    } else if metadata.mode() & 0o022 != 0 {
        Some("others may write to it; take that right away (chmod go-w)")
    } else {
        None
    }
}

/// Opens one to read it, whoever holds it.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens one to read it and to append to it, or makes it, and holds it until the file is closed.
pub fn hold(path: &Path) -> io::Result<Hold> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    let file = match open_with(path, &mut options) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match open_with(path, options.create_new(true)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Hold::Removed),
                made => {
                    let file = made?;
                    keep_rights(file.metadata()?, 0o600, |rights| file.set_permissions(rights))?;
                    file
                }
            }
        }
        opened => opened?,
    };
    Ok(match uninterrupted(|| file.try_lock()) {
        Ok(()) if file.metadata()?.nlink() > 0 => Hold::Own(file),
        Ok(()) => Hold::Removed,
        Err(TryLockError::WouldBlock) => Hold::Taken,
        Err(TryLockError::Error(error)) => Hold::Unlockable(error),
    })
}

/// Tries again after a signal, as std does for its other calls.
fn uninterrupted(mut lock: impl FnMut() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    loop {
        match lock() {
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            tried => return tried,
        }
    }
}

/// Ends [`hold`]. To close the file is not enough: a child process that was forked meanwhile has it open too.
pub fn release(file: &File) {
    let _ = file.unlock();
}

/// Whether somebody holds it. `file` is what was opened at `path`.
pub fn is_held(file: &File, _path: &Path) -> bool {
    match uninterrupted(|| file.try_lock_shared()) {
        Ok(()) => {
            // Who comes next may want it, while the file is read.
            release(file);
            false
        }
        Err(error) => matches!(error, TryLockError::WouldBlock),
    }
}

/// Makes sure that nobody holds it, nor can while the result lives, so that it can be removed. None if
/// somebody does, or if it was removed meanwhile: what is at `path` then is another's. `file` is what was
/// opened at `path`.
pub fn claim<'f>(file: &'f File, _path: &Path) -> Option<impl Sized + use<'f>> {
    uninterrupted(|| file.try_lock()).ok()?;
    file.metadata().is_ok_and(|metadata| metadata.nlink() > 0).then_some(file)
}

fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Without O_NONBLOCK a named pipe in the place of a file would block; without O_NOCTTY a terminal would
    // become that of a daemon.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
    let file = options.custom_flags(flags).mode(0o600).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs::remove_file;

    use super::*;

    #[test]
    fn a_file_that_was_removed_is_not_claimed_and_its_successor_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let hold = || match hold(&path).expect("opened") {
            Hold::Own(file) => file,
            other => panic!("{other:?}"),
        };
        let first = hold();
        let seen = open(&path).expect("opened");
        assert!(claim(&seen, &path).is_none(), "it is held");
        drop(first);
        assert!(claim(&seen, &path).is_some());
        drop(seen);
        let seen = open(&path).expect("opened");
        remove_file(&path).expect("removed");
        let _successor = hold();
        assert!(claim(&seen, &path).is_none(), "another one is at its path, and is held");
    }

    #[test]
    fn who_looks_whether_it_is_held_does_not_hold_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        drop(hold(&path).expect("made"));
        let seen = open(&path).expect("opened");
        assert!(!is_held(&seen, &path));
        let held = hold(&path).expect("opened");
        assert!(matches!(held, Hold::Own(_)), "{held:?}");
        assert!(is_held(&seen, &path));
    }

    #[test]
    fn what_is_released_is_free_though_another_process_has_it_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let Hold::Own(file) = hold(&path).expect("opened") else { panic!("nobody has it") };
        // As a child has it after a fork.
        let copy = file.try_clone().expect("a copy");
        assert!(matches!(hold(&path), Ok(Hold::Taken)));
        release(&file);
        assert!(matches!(hold(&path), Ok(Hold::Own(_))));
        drop(copy);
    }
}
