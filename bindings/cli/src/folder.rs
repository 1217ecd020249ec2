//! The files of the paths that a command got: folders are walked one entry at a time, so a million files take
//! no memory.

use std::path::{Path, PathBuf};

use ferry::error::Error;
use serde_json::json;
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::output::{Output, line, note, paint, visible};

/// A name as the library takes it.
pub fn utf8(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| Failure::usage("the name of the file must be UTF-8"))
}

/// A file to upload.
#[derive(Debug, Clone)]
pub struct Entry {
    pub path: String,
    /// Its folder relative to the one that was named, with a slash at its end, or nothing.
    pub folder: String,
    pub size: u64,
}

/// Something that is not uploaded, and why.
#[derive(Debug)]
pub struct Skipped {
    pub path: PathBuf,
    pub why: String,
    /// Whether there is nothing in it.
    pub is_empty: bool,
}

impl Skipped {
    pub fn tell(&self, output: Output) -> Result<(), Error> {
        let path = self.path.to_string_lossy();
        if output.as_json {
            return line(&json!({"path": path, "skipped": self.why}).to_string());
        }
        note(&format!("{} {} {}", paint("33", "skipped:"), visible(&path), self.why));
        Ok(())
    }
}

/// Walks files and folders, in the order of the system. Symbolic links are followed, to where they do not
/// lead in a circle.
pub fn files(paths: &[PathBuf]) -> impl Iterator<Item = Result<Entry, Skipped>> + '_ {
    paths.iter().flat_map(|root| {
        let found = WalkDir::new(root).follow_links(true);
        found.into_iter().filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            Ok(entry) => Some(described(root, &entry)),
            Err(error) => Some(Err(unreadable(root, &error))),
        })
    })
}

fn described(root: &Path, entry: &walkdir::DirEntry) -> Result<Entry, Skipped> {
    let path = entry.path();
    let skipped = |why: &str| Skipped { path: path.to_owned(), why: why.to_owned(), is_empty: false };
    if !entry.file_type().is_file() {
        return Err(skipped("is no regular file"));
    }
    let size = entry.metadata().map_err(|error| unreadable(root, &error))?.len();
    if size == 0 {
        return Err(Skipped { is_empty: true, ..skipped("is empty, and the service stores no empty files") });
    }
    let text = path.to_str().ok_or_else(|| skipped("has a name that is not UTF-8: rename it"))?;
    let folder =
        path.strip_prefix(root).ok().and_then(Path::parent).and_then(Path::to_str).unwrap_or_default();
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    Ok(Entry { path: text.to_owned(), folder, size })
}

fn unreadable(root: &Path, error: &walkdir::Error) -> Skipped {
    let path = error.path().unwrap_or(root).to_owned();
    let why = match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => format!("leads back to {}", ancestor.display()),
        (None, Some(cause)) => format!("cannot be read: {cause}"),
        (None, None) => "cannot be read".to_owned(),
    };
    Skipped { path, why, is_empty: false }
}
