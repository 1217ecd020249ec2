//! A file that appears under its name when it is complete.

#![forbid(unsafe_code)]

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// The bytes on their way, beside the file. Removed when dropped; stays after a process that was killed.
pub struct Draft(NamedTempFile);

impl Draft {
    /// An empty file in `folder`, with the rights that the folder gives.
    pub fn new(folder: &Path) -> io::Result<Self> {
        // Not `tempfile_in`: its files are marked as temporary, and its `persist` takes no long path.
        let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        tempfile::Builder::new().prefix(".ferry-").make_in(folder, create).map(Draft)
    }

    pub fn file(&self) -> &File {
        self.0.as_file()
    }

    /// Takes the permissions of the file that will be replaced: here a file has those of its folder.
    pub fn take_permissions(&self, _existing: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// Names the file `path`, in place of a file of that name.
    pub fn name(self, path: &Path) -> io::Result<()> {
        let (file, mut own) = self.0.into_parts();
        drop(file);
        std::fs::rename(&own, path)?;
        own.disable_cleanup(true);
        Ok(())
    }
}
