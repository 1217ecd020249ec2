//! The file that a download makes. It appears under its name when it is complete; until then it has no
//! name, where that can be, so nothing is left of it when the program ends, however that happens.

#![forbid(unsafe_code)]

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result, system_text};
use crate::sys::draft::Draft;
use crate::sys::{Kind, errno, file};

/// Linux follows as many symbolic links (path_resolution(7)).
const MOST_LINKS: u32 = 40;

/// A file to be written, then named.
pub struct Target {
    /// As the caller gave it.
    name: String,
    /// The same, its last element no symbolic link: a link stays, and its target is replaced.
    path: PathBuf,
    draft: Draft,
}

impl Target {
    /// Refuses a target that cannot be written, before anything is asked for.
    ///
    /// A file that exists keeps its permissions; a new one gets those of any new file.
    pub fn new(name: &str) -> Result<Self> {
        let failed = |e: io::Error| Error::file("write", name, &e);
        let path = resolve(Path::new(name)).map_err(failed)?;
        let there = file::at(&path);
        // A pipe or a device would be replaced by a file, which is not what whoever names one wants. Some
        // have no last element.
        if let Some((Kind::Other, _)) = there {
            let text = format!("cannot write {name}: it is not a regular file");
            return Err(Error::new(ErrorKind::Io, text));
        }
        if name.is_empty() || Path::new(name).file_name().is_none() {
            return Err(Error::invalid_argument("path names no file"));
        }
        let existing = match there {
            Some((Kind::Folder, _)) => return Err(Error::directory("write", name)),
            Some((_, existing)) => existing,
            None => None,
        };
        let draft = Draft::new(folder_of(&path)).map_err(failed)?;
        if let Some(existing) = existing {
            draft.take_permissions(&existing).map_err(failed)?;
        }
        Ok(Target { name: name.to_owned(), path, draft })
    }

    /// Drops what was written.
    pub(super) fn clear(&self) -> Result<()> {
        self.draft.file().set_len(0).map_err(|e| self.failed(&e))
    }

    /// Writes the bytes that stand at `at` in the file. Several threads may do so at the same time.
    pub(super) fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        file::write_all_at(self.draft.file(), bytes, at).map_err(|e| self.failed(&e))
    }

    /// Gives the file its name. When this returns, both are on the disk.
    pub fn keep(self) -> Result<()> {
        let Target { name, path, draft } = self;
        let named = draft.file().sync_all().and_then(|()| draft.name(&path));
        named.map_err(|e| Error::file("write", &name, &e))?;
        file::sync_folder_if_possible(folder_of(&path)).map_err(|cause| {
            let text = format!(
                "{name} is complete, but it may get lost if the machine stops now: cannot sync its directory: {}",
                system_text(&cause)
            );
            Error::new(ErrorKind::Io, text).with_cause(&cause)
        })
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::file("write", &self.name, error)
    }
}

/// Where the last element of `path` leads if it is a symbolic link; the target need not exist.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = path.read_link() else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(errno::too_many_links())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sys::testing::{DEVICE, symlink};

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

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let (folder, at) = folder();
        fs::create_dir(at("sub")).expect("a folder");
        fs::write(at("sub/real"), "old").expect("written");
        if !symlink("sub/link", at("link")) || !symlink("real", at("sub/link")) {
            return;
        }
        store(&at("link"), b"new").expect("stored");
        assert!(fs::symlink_metadata(at("link")).expect("the link").is_symlink());
        assert_eq!(fs::read(at("sub/real")).expect("the file"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("entries").count(), 2);
    }

    #[test]
    fn a_link_that_leads_nowhere_yet_leads_to_the_new_file() {
        let (_folder, at) = folder();
        if !symlink(at("real"), at("link")) {
            return;
        }
        store(&at("link"), b"new").expect("stored");
        assert!(fs::symlink_metadata(at("link")).expect("the link").is_symlink());
        assert_eq!(fs::read(at("real")).expect("the file"), b"new");
    }

    #[test]
    fn links_in_a_circle_are_refused() {
        let (_folder, at) = folder();
        if !symlink("b", at("a")) || !symlink("a", at("b")) {
            return;
        }
        let error = Target::new(&at("a")).err().expect("refused");
        assert!(error.message().contains(&system_text(&errno::too_many_links())), "{error}");
    }

    #[test]
    fn a_download_that_ends_early_leaves_what_was_there() {
        let (folder, at) = folder();
        fs::write(at("file"), "old").expect("written");
        let target = Target::new(&at("file")).expect("a target");
        target.write(0, b"half").expect("written");
        assert_eq!(fs::read(at("file")).expect("the file"), b"old");
        drop(target);
        assert_eq!(fs::read(at("file")).expect("the file"), b"old");
        store(&at("file"), b"new").expect("stored");
        assert_eq!(fs::read(at("file")).expect("the file"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("entries").count(), 1);
    }

    #[test]
    fn what_is_no_regular_file_is_not_replaced() {
        let (folder, at) = folder();
        fs::create_dir(at("sub")).expect("a folder");
        for (name, why) in [(at("sub"), "it is a directory"), (DEVICE.into(), "it is not a regular file")] {
            let error = Target::new(&name).err().expect("refused");
            assert_eq!(error.message(), format!("cannot write {name}: {why}"));
        }
        assert_eq!(fs::read_dir(folder.path()).expect("entries").count(), 1);
    }
}
