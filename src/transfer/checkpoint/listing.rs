//! What is in a folder of journals: the uploads and batches that are not over.

#![forbid(unsafe_code)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::folder::{check_version, journals};
use super::{journal, ledger};
use crate::error::{Error, Result};
use crate::sys::private::{claim, is_held, open};

/// What a program is told of the uploads in a folder: a list of objects with `id`, `service`, `path`, `size`,
/// `bytes_stored`, `begun`, `changed` (Unix seconds) and `in_use`. A batch has `files` and `files_stored`
/// instead of `path`, `size` and `bytes_stored`.
pub fn list(folder: &str) -> Result<Value> {
    let mut found = Vec::new();
    for path in journals(folder)? {
        // One that ended meanwhile is none.
        let Ok(file) = open(&path) else { continue };
        let in_use = is_held(&file, &path);
        let described = if ledger::is_ledger(&path) {
            ledger::describe(&file, &path)
        } else {
            journal::describe(&file, &path)
        };
        let Some(mut described) = described else { continue };
        let changed = file.metadata().ok().and_then(|metadata| metadata.modified().ok());
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|d| d.as_secs());
        if let Some(members) = described.as_object_mut() {
            members.insert("changed".into(), changed.into());
            members.insert("in_use".into(), in_use.into());
        }
        found.push(described);
    }
    found.sort_by_key(|upload| upload.get("begun").and_then(Value::as_u64));
    Ok(Value::Array(found))
}

/// Removes the journals that nobody holds and that have not changed for so long, but not those of another
/// version of Ferry. Returns how many.
pub fn prune(folder: &str, older_than: Duration) -> Result<u64> {
    let mut removed = 0;
    for path in journals(folder)? {
        let Ok(file) = open(&path) else { continue };
        let header = if ledger::is_ledger(&path) { &ledger::HEADER } else { &journal::HEADER };
        if check_version(&file, &path, header).is_err() {
            continue;
        }
        // Nobody writes to it from here on.
        let Some(_claimed) = claim(&file, &path) else { continue };
        let changed = file.metadata().and_then(|metadata| metadata.modified());
        let age = changed.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.unwrap_or_default() >= older_than {
            std::fs::remove_file(&path)
                .map_err(|e| Error::file("remove", &path.display().to_string(), &e))?;
            removed += 1;
        }
    }
    Ok(removed)
}
