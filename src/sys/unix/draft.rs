//! A file that appears under its name when it is complete.

#![forbid(unsafe_code)]

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::random;

/// What the name of a file begins with that is not complete.
const PREFIX: &str = ".ferry-";

/// The bytes on their way, on the file system of the file.
pub struct Draft(Kind);

enum Kind {
    /// Made with O_TMPFILE: the system removes it with its last descriptor.
    Unnamed(File),
    /// Where the file system or the system has no O_TMPFILE. Removed when dropped; stays after a SIGKILL.
    Named(NamedTempFile),
}

impl Draft {
    /// An empty file in `folder`. It gets 0666 less the umask.
    pub fn new(folder: &Path) -> io::Result<Self> {
        match unnamed(folder) {
            Ok(file) => Ok(Draft(Kind::Unnamed(file))),
            Err(_) => Draft::named(folder),
        }
    }

    fn named(folder: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map(|file| Draft(Kind::Named(file)))
    }

    pub fn file(&self) -> &File {
        match &self.0 {
            Kind::Unnamed(file) => file,
            Kind::Named(file) => file.as_file(),
        }
    }

    /// Takes the permissions of the file that will be replaced.
    pub fn take_permissions(&self, existing: &Metadata) -> io::Result<()> {
        // As a write would, this drops the bits that give a program its owner's rights.
        let mode = existing.permissions().mode() & 0o777;
        self.file().set_permissions(Permissions::from_mode(mode))
    }

    /// Names the file `path`, in place of a file of that name.
    pub fn name(self, path: &Path) -> io::Result<()> {
        match self.0 {
            Kind::Unnamed(file) => link(&file, path),
            Kind::Named(file) => file.persist(path).map(drop).map_err(|e| e.error),
        }
    }
}

/// A file without a name in `folder`.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666))?);
    // It can be named only where /proc is mounted.
    Path::new(&descriptor(&file)).symlink_metadata()?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives a file without a name the name `path`.
fn link(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    let descriptor = descriptor(file);
    let link = |path: &Path| match linkat(CWD, &descriptor, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::EXIST) => Ok(false),
        Err(error) => Err(io::Error::from(error)),
    };
    if link(path)? {
        return Ok(());
    }
    // linkat replaces no file, but rename does. Only a program that is killed in between leaves the other
    // name behind.
    loop {
        let other = path.with_file_name(format!("{PREFIX}{}", random::word(12)));
        if link(&other)? {
            return std::fs::rename(&other, path).inspect_err(|_| drop(std::fs::remove_file(&other)));
        }
    }
}

/// The path of an open file, whether it has a name or not.
fn descriptor(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        (folder, path)
    }

    /// Stores a file as a download does.
    fn store(path: &Path) {
        let draft = Draft::new(path.parent().expect("a folder")).expect("a draft");
        if let Ok(existing) = path.metadata() {
            draft.take_permissions(&existing).expect("taken");
        }
        draft.name(path).expect("named");
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("the file").permissions().mode() & 0o7777
    }

    #[test]
    fn a_file_that_exists_keeps_its_permissions_whatever_the_umask() {
        let (_folder, path) = folder();
        for kept in [0o664, 0o600, 0o777, 0o646] {
            fs::write(&path, "old").expect("written");
            fs::set_permissions(&path, Permissions::from_mode(kept)).expect("set");
            store(&path);
            assert_eq!(format!("{:o}", mode(&path)), format!("{kept:o}"));
        }
    }

    #[test]
    fn a_download_gives_no_program_its_owners_rights() {
        let (_folder, path) = folder();
        fs::write(&path, "old").expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o6755)).expect("set");
        store(&path);
        assert_eq!(mode(&path), 0o755);
    }

    #[test]
    fn a_new_file_has_the_permissions_of_any_new_file() {
        let (folder, path) = folder();
        let other = folder.path().join("other");
        fs::write(&other, "").expect("written");
        store(&path);
        assert_eq!(mode(&path), mode(&other));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn nothing_has_a_name_until_the_file_is_complete() {
        let (folder, path) = folder();
        let entries = || fs::read_dir(folder.path()).expect("entries").count();
        let draft = Draft::new(folder.path()).expect("a draft");
        assert_eq!(entries(), 0);
        drop(draft);
        store(&path);
        store(&path);
        assert_eq!(entries(), 1);
    }

    #[test]
    fn where_no_file_can_be_without_a_name_it_has_another_one_first() {
        let (folder, path) = folder();
        fs::write(&path, "old").expect("written");
        let draft = Draft::named(folder.path()).expect("a file");
        draft.file().set_len(5).expect("written");
        assert_eq!(fs::read(&path).expect("the file"), b"old");
        draft.name(&path).expect("named");
        assert_eq!(fs::read(&path).expect("the file"), [0; 5]);
        assert_eq!(fs::read_dir(folder.path()).expect("entries").count(), 1);
    }
}
