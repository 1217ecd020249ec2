//! Runs this program again as the first process of namespaces of its own. Whatever ends either process, the
//! system ends all others with it and removes the namespaces: they have no name anywhere.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::process::{Command, ExitCode};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use rustix::process::{Signal, getegid, geteuid, set_parent_process_death_signal};

use crate::Result;
use crate::refusal::Refusal;

/// The first word of the process inside.
pub const INSIDE: &str = "--inside";

/// Runs this program inside with the same words, and ends as it does. Before any thread is started, for the
/// system gives a process with threads no user namespace.
pub fn run(words: &[OsString]) -> Result<ExitCode> {
    enter()?;
    let folder = tempfile::Builder::new().prefix("ferry-lines-").tempdir()?;
    let mut inside = Command::new(std::env::current_exe()?);
    let status = inside.env("TMPDIR", folder.path()).arg(INSIDE).args(words).status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The process inside ends when the one outside does, and its temporary files with it.
pub fn bind() -> Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let nothing = None::<&str>;
    // Where this is not allowed they are on the disk, and stay there if the program is killed.
    let _ = unshare(CloneFlags::CLONE_NEWNS)
        .and_then(|()| mount(nothing, "/", nothing, MsFlags::MS_REC | MsFlags::MS_PRIVATE, nothing))
        .and_then(|()| {
            let folder = std::env::temp_dir();
            mount(Some("lines"), &folder, Some("tmpfs"), MsFlags::empty(), Some("mode=700"))
        });
    Ok(())
}

fn enter() -> Result<()> {
    let own = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWPID;
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    if user == 0 && unshare(own).is_ok() {
        return Ok(());
    }
    unshare(own | CloneFlags::CLONE_NEWUSER).map_err(Refusal::namespaces)?;
    let map = |what: &str, text: &str| -> io::Result<()> {
        fs::write(format!("/proc/self/{what}"), text)
            .map_err(|error| io::Error::new(error.kind(), format!("/proc/self/{what}: {error}")))
    };
    map("setgroups", "deny")
        .and_then(|()| map("uid_map", &format!("0 {user} 1")))
        .and_then(|()| map("gid_map", &format!("0 {group} 1")))
        .map_err(|error| Refusal::namespaces(error).into())
}
