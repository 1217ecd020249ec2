//! The file that a download makes. It appears under its name when it is complete; until then it has no
//! name, so nothing is left of it when the program ends, however that happens.

#![forbid(unsafe_code)]

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};

/// Linux follows as many symbolic links (path_resolution(7)).
const MOST_LINKS: u32 = 40;

/// What the name of a file begins with that is not complete.
const PREFIX: &str = ".ferry-";

/// A file to be written, then named.
pub struct Target {
    /// As the caller gave it.
    name: String,
    /// The same, its last element no symbolic link: a link stays, and its target is replaced.
    path: PathBuf,
    draft: Draft,
}

/// The bytes on their way, on the file system of the target.
enum Draft {
    /// Made with O_TMPFILE: the system removes it with its last descriptor.
    Unnamed(File),
    /// Where the file system or the system has no O_TMPFILE. Removed when dropped; stays after a SIGKILL.
    Named(NamedTempFile),
}

impl Target {
    /// Refuses a target that cannot be written, before anything is asked for.
    ///
    /// A file that exists keeps its permissions; a new one gets 0666 less the umask.
    pub fn new(name: &str) -> Result<Self> {
        let failed = |e: io::Error| Error::file("write", name, &e);
        if name.is_empty() || Path::new(name).file_name().is_none() {
            return Err(Error::invalid_argument("path names no file"));
        }
        let path = resolve(Path::new(name)).map_err(failed)?;
        let existing = path.metadata().ok();
        // A pipe or a device would be replaced by a file, which is not what whoever names one wants.
        if let Some(what) = existing.as_ref().map(|m| m.file_type()).filter(|what| !what.is_file()) {
            return Err(match what.is_dir() {
                true => Error::directory("write", name),
                false => Error::new(ErrorKind::Io, format!("cannot write {name}: it is not a regular file")),
            });
        }
        let draft = Draft::new(folder_of(&path)).map_err(failed)?;
        if let Some(existing) = existing {
            // As a write would, this drops the bits that give a program its owner's rights.
            let mode = existing.permissions().mode() & 0o777;
            draft.file().set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
        }
        Ok(Target { name: name.to_owned(), path, draft })
    }

    /// Drops what was written.
    pub(super) fn clear(&self) -> Result<()> {
        self.draft.file().set_len(0).map_err(|e| self.failed(&e))
    }

    /// Writes the bytes that stand at `at` in the file. Several threads may do so at the same time.
    pub(super) fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.draft.file().write_all_at(bytes, at).map_err(|e| self.failed(&e))
    }

    /// Gives the file its name. When this returns, both are on the disk.
    pub fn keep(self) -> Result<()> {
        let Target { name, path, draft } = self;
        draft
            .file()
            .sync_all()
            .and_then(|()| draft.name(&path))
            .and_then(|()| sync_folder(folder_of(&path)))
            .map_err(|e| Error::file("write", &name, &e))
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::file("write", &self.name, error)
    }
}

impl Draft {
    fn new(folder: &Path) -> io::Result<Self> {
        match unnamed(folder) {
            Ok(file) => Ok(Draft::Unnamed(file)),
            Err(_) => Draft::named(folder),
        }
    }

    fn named(folder: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map(Draft::Named)
    }

    fn file(&self) -> &File {
        match self {
            Draft::Unnamed(file) => file,
            Draft::Named(file) => file.as_file(),
        }
    }

    /// Names the file `path`, in place of a file of that name.
    fn name(self, path: &Path) -> io::Result<()> {
        match self {
            Draft::Unnamed(file) => link(&file, path),
            Draft::Named(file) => file.persist(path).map(drop).map_err(|e| e.error),
        }
    }
}

/// Where the last element of `path` leads if it is a symbolic link; the target need not exist.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = path.read_link() else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(rustix::io::Errno::LOOP.into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
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
        let random: String = std::iter::repeat_with(fastrand::alphanumeric).take(12).collect();
        let other = folder_of(path).join(format!("{PREFIX}{random}"));
        if link(&other)? {
            return std::fs::rename(&other, path).inspect_err(|_| drop(std::fs::remove_file(&other)));
        }
    }
}

/// The path of an open file, whether it has a name or not.
fn descriptor(file: &File) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Brings the names in `folder` onto the disk, where that can be asked for: the folder must be readable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if !matches!(error.kind(), PermissionDenied | InvalidInput | Unsupported) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> (tempfile::TempDir, impl Fn(&str) -> String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        (folder, move |name| path.join(name).to_str().expect("UTF-8").to_owned())
    }

    fn store(path: &str, bytes: &[u8]) -> Result<()> {
        let target = Target::new(path)?;
        target.write(0, bytes)?;
        target.keep()
    }

    fn mode(path: &str) -> u32 {
        fs::metadata(path).expect("the file").permissions().mode() & 0o7777
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_that_cannot_be_synced_is_no_error_and_a_missing_one_is() {
        // procfs answers EINVAL.
        sync_folder(Path::new("/proc/self")).expect("nothing to bring onto a disk");
        let error = sync_folder(Path::new("/proc/self/missing")).expect_err("missing");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let (folder, at) = folder();
        fs::create_dir(at("sub")).expect("a folder");
        fs::write(at("sub/real"), "old").expect("written");
        symlink("sub/link", at("link")).expect("a link");
        symlink("real", at("sub/link")).expect("a link");
        store(&at("link"), b"new").expect("stored");
        assert!(fs::symlink_metadata(at("link")).expect("the link").is_symlink());
        assert_eq!(fs::read(at("sub/real")).expect("the file"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("entries").count(), 2);
    }

    #[test]
    fn a_link_that_leads_nowhere_yet_leads_to_the_new_file() {
        let (_folder, at) = folder();
        symlink(at("real"), at("link")).expect("a link");
        store(&at("link"), b"new").expect("stored");
        assert!(fs::symlink_metadata(at("link")).expect("the link").is_symlink());
        assert_eq!(fs::read(at("real")).expect("the file"), b"new");
    }

    #[test]
    fn links_in_a_circle_are_refused() {
        let (_folder, at) = folder();
        symlink("b", at("a")).expect("a link");
        symlink("a", at("b")).expect("a link");
        let error = Target::new(&at("a")).err().expect("refused");
        assert!(error.message().contains("Too many levels of symbolic links"), "{error}");
    }

    #[test]
    fn a_file_that_exists_keeps_its_permissions_whatever_the_umask() {
        let (_folder, at) = folder();
        for kept in [0o664, 0o600, 0o777, 0o646] {
            fs::write(at("file"), "old").expect("written");
            fs::set_permissions(at("file"), Permissions::from_mode(kept)).expect("set");
            store(&at("file"), b"new").expect("stored");
            assert_eq!(format!("{:o}", mode(&at("file"))), format!("{kept:o}"));
        }
    }

    #[test]
    fn a_download_gives_no_program_its_owners_rights() {
        let (_folder, at) = folder();
        fs::write(at("file"), "old").expect("written");
        fs::set_permissions(at("file"), Permissions::from_mode(0o6755)).expect("set");
        store(&at("file"), b"new").expect("stored");
        assert_eq!(mode(&at("file")), 0o755);
    }

    #[test]
    fn a_new_file_has_the_permissions_of_any_new_file() {
        let (_folder, at) = folder();
        fs::write(at("other"), "").expect("written");
        store(&at("file"), b"new").expect("stored");
        assert_eq!(mode(&at("file")), mode(&at("other")));
    }

    #[test]
    fn nothing_has_a_name_until_the_file_is_complete() {
        let (folder, at) = folder();
        let entries = || fs::read_dir(folder.path()).expect("entries").count();
        let target = Target::new(&at("file")).expect("a target");
        target.write(0, b"half").expect("written");
        assert_eq!(entries(), 0);
        drop(target);
        store(&at("file"), b"first").expect("stored");
        store(&at("file"), b"second").expect("stored");
        assert_eq!((entries(), fs::read(at("file")).expect("the file")), (1, b"second".to_vec()));
    }

    #[test]
    fn where_no_file_can_be_without_a_name_it_has_another_one_first() {
        let (folder, at) = folder();
        fs::write(at("file"), "old").expect("written");
        let draft = Draft::named(folder.path()).expect("a file");
        let target = Target { name: at("file"), path: at("file").into(), draft };
        target.write(0, b"new").expect("written");
        assert_eq!(fs::read(at("file")).expect("the file"), b"old");
        target.keep().expect("kept");
        assert_eq!(fs::read(at("file")).expect("the file"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("entries").count(), 1);
    }
}
