//! The folder that journals are kept in: its rights, the files in it, and their locks.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::sys::private::{claim, create_folder, fault_of_folder, open};
use crate::sys::{self, Hold, file};

/// What the name of a journal ends with.
pub(super) const EXTENSION: &str = "ferry";

/// How often a lock is tried, and the pause: who lists journals holds each for a moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);

/// The folders whose names this process has brought onto the disk. Nobody waits for it: who finds it taken
/// syncs once more.
static NAMED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The folder, made if it is not there. One that others may write to is refused.
pub(super) fn prepare(folder: &str) -> Result<PathBuf> {
    let failed = |e: io::Error| Error::file("use the journal folder", folder, &e);
    check_named(folder)?;
    let path = std::path::absolute(folder).map_err(failed)?;
    let missing = path.ancestors().take_while(|folder| !folder.exists()).count();
    if missing > 0 {
        create_folder(&path).map_err(failed)?;
    }
    // Without its name on the disk nothing in it is there after a failure of the machine. Who has made it may
    // have ended before.
    let is_new = !NAMED.try_lock().is_ok_and(|named| named.contains(&path));
    if missing > 0 || is_new {
        let mut parents = path.ancestors().skip(1).take(missing.max(1));
        parents.try_for_each(file::sync_folder_if_possible).map_err(failed)?;
    }
    if is_new && let Ok(mut named) = NAMED.try_lock() {
        named.push(path.clone());
    }
    check_folder(&path, folder)?;
    Ok(path)
}

fn check_named(folder: &str) -> Result<()> {
    match folder {
        "" => Err(Error::invalid_argument("journal is empty; it must name a folder")),
        _ => Ok(()),
    }
}

fn check_folder(path: &Path, shown: &str) -> Result<()> {
    let metadata = path.metadata().map_err(|e| Error::file("use the journal folder", shown, &e))?;
    let fault = if metadata.is_dir() { fault_of_folder(&metadata) } else { Some("it is not a folder") };
    match fault {
        None => Ok(()),
        Some(fault) => {
            Err(Error::invalid_argument(format!("cannot use the journal folder {shown}: {fault}")))
        }
    }
}

/// The files of a folder that have the name of a journal.
pub(super) fn journals(folder: &str) -> Result<Vec<PathBuf>> {
    let failed = |e: io::Error| Error::file("read the journal folder", folder, &e);
    check_named(folder)?;
    let mut found = Vec::new();
    if !Path::new(folder).exists() {
        return Ok(found);
    }
    check_folder(Path::new(folder), folder)?;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_journal(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Removes the journal of that name, unless somebody holds it.
pub(super) fn forget(folder: &Path, name: &str) {
    let path = folder.join(format!("{name}.{EXTENSION}"));
    if let Ok(file) = open(&path)
        && let Some(_claimed) = claim(&file, &path)
    {
        let _ = std::fs::remove_file(&path);
    }
}

/// Opens a journal and locks it. `InvalidState` if another process, or another handle of this one, has it:
/// `rival` says what that is.
pub(super) fn hold(path: &Path, rival: &str) -> Result<File> {
    let shown = path.display().to_string();
    for _ in 0..TRIES {
        match sys::private::hold(path).map_err(|e| Error::file("open the journal", &shown, &e))? {
            Hold::Own(file) => return Ok(file),
            // Its upload has ended, or begun, meanwhile.
            Hold::Removed => {}
            Hold::Taken => std::thread::sleep(PAUSE),
            Hold::Unlockable(error) => return Err(Error::file("lock the journal", &shown, &error)),
        }
    }
    let text = format!(
        "{rival} is under way, or its handle is not freed yet: it holds the journal {shown} until it has ended \
         with success or is freed"
    );
    Err(Error::new(ErrorKind::InvalidState, text))
}

/// Removes the journals whose names, without their extension, `are_meant`, unless somebody holds them.
pub(super) fn forget_all(folder: &Path, are_meant: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = PathBuf::from(entry.file_name());
        let name = path.file_stem().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| is_journal(&path) && are_meant(name)) {
            forget(folder, name);
        }
    }
}

/// Whether the name says so.
pub(super) fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

/// A file of another version than `own` is neither understood nor replaced. 0 is no version: what is there of
/// the header was written when power was lost.
pub(super) fn check_version(file: &File, path: &Path, own: &[u8; 8]) -> Result<()> {
    let mut header = [0; 8];
    if file::read_exact_at(file, &mut header, 0).is_err() {
        return Ok(());
    }
    let ([name @ .., version], [own_name @ .., own_version]) = (&header, own);
    if name != own_name || version == own_version || *version == 0 {
        return Ok(());
    }
    let path = path.display();
    let text = format!(
        "the journal {path} is of version {version}, which this version of Ferry does not know: go on with the \
         version that wrote it, or remove it to begin anew"
    );
    Err(Error::new(ErrorKind::InvalidState, text))
}
