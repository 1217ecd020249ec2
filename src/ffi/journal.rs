//! Uploads that outlive their process.
//!
//! With `journal_dir` in its options, the upload of a file keeps what it needs to go on in a folder. The same
//! program, run again after a crash, SIGKILL or a reboot, calls the same function with the same arguments,
//! and the upload goes on: parts that the service has confirmed are compared with the file and not sent
//! again. `include/README.md` describes the files.
//!
//! ```c
//! ferry_upload_options options;
//! ferry_filelink *stored = NULL;
//! ferry_upload_options_init(&options, sizeof options);
//! options.journal_dir = "/var/lib/program/uploads";
//! if (ferry_filestack_upload_file(client, "film.mov", &options, &stored, &err) == FERRY_OK)
//!     puts(ferry_filelink_url(stored));
//! ferry_filelink_free(stored);
//! ```
//!
//! The folder is made if it is not there, readable by its owner alone; one that others may write to is
//! refused. It has one file for each upload that is not over. From its first run on, an upload has it locked
//! until it has ended with success or its handle is freed; another process, or another handle, that begins
//! the same upload meanwhile gets FERRY_INVALID_STATE. No key, policy or signature is in it. An upload is the
//! same if service and its address, account, path, options of what is stored, and the file's size,
//! modification time, inode and device are the same.

use std::ffi::c_char;
use std::time::Duration;

use super::error::{ferry_error, ferry_status};
use super::value::ferry_value;
use super::{Out, guard, text};
use crate::error::Result;
use crate::transfer::checkpoint::listing;

/// List the uploads in a journal folder: an array of objects with "id", "service" ("filestack" or
/// "telestream"), "path", "size" and "bytes_stored" in bytes, "begun" and "changed" in Unix seconds, and
/// "in_use", whether an upload holds it. A batch has "files" and "files_stored" instead of the path and the
/// bytes. A folder that is not there has none. Free `out` with `ferry_value_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_journal_list(
    journal_dir: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, folder) = unsafe { (Out::new(out, "out")?, text(journal_dir, "journal_dir")?) };
        out.set_boxed(ferry_value::new(listing::list(folder)?)?);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Remove the uploads from a journal folder that nobody holds and that have not changed for
/// `older_than_seconds`; 0 removes all of them, but not those of another version of Ferry. They cannot go on
/// then. Nothing is sent. `removed` receives
/// how many; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_journal_prune(
    journal_dir: *const c_char,
    older_than_seconds: u64,
    removed: *mut u64,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let mut removed = unsafe { removed.as_mut() };
        if let Some(removed) = &mut removed {
            **removed = 0;
        }
        // SAFETY: a text as the header demands.
        let folder = unsafe { text(journal_dir, "journal_dir")? };
        let count = listing::prune(folder, Duration::from_secs(older_than_seconds))?;
        if let Some(removed) = removed {
            *removed = count;
        }
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}
