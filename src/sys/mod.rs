//! All that differs between operating systems. Nothing else under `src/` names one, or calls one but through
//! std. Each module says the same on every system; what a system cannot do is `Unsupported` or has no effect,
//! as the item says.
//!
//! It knows nothing of Ferry: errors are those of std.

use std::fs::{File, FileType};
use std::io;

pub mod congestion;
pub mod round_trips;
#[cfg(test)]
pub mod testing;
#[cfg(unix)]
mod unix;
pub mod wait;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{bell, draft, errno, file, private, socket, trust};
#[cfg(windows)]
pub use windows::{bell, draft, errno, file, private, socket, trust};

/// Whether environment variables may differ in the case of their names alone.
pub const VARIABLES_HAVE_CASE: bool = cfg!(unix);

/// Whether the process may have no more than so much memory (`ulimit -v`, `ulimit -d`).
pub fn has_memory_limit() -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        [Resource::As, Resource::Data].into_iter().any(|limit| getrlimit(limit).current.is_some())
    }
    #[cfg(not(unix))]
    false
}

/// What the system changes when the bytes of a file change. Data in memory has its size alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// Seconds and nanoseconds.
    pub modified: (i64, i64),
}

/// What an open file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Regular,
    Folder,
    /// A pipe, a terminal, another device.
    Other,
}

impl Kind {
    fn of(kind: FileType) -> Self {
        match kind {
            kind if kind.is_file() => Kind::Regular,
            kind if kind.is_dir() => Kind::Folder,
            _ => Kind::Other,
        }
    }
}

/// What came of the attempt to hold a file ([`private::hold`]).
#[derive(Debug)]
pub enum Hold {
    Own(File),
    /// Another handle has it, of this process or of another one.
    Taken,
    /// It was removed, or made, meanwhile: whoever wants it tries once more.
    #[cfg_attr(windows, allow(dead_code, reason = "what is about to be removed cannot be held there"))]
    Removed,
    /// The file system has no locks.
    #[cfg_attr(windows, allow(dead_code, reason = "each has them there"))]
    Unlockable(io::Error),
}
