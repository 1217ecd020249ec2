//! What differs between operating systems.

pub use system::{create_folder, create_private, mode, read, run_instead};

#[cfg(unix)]
mod system {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::Command;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    /// How long a look for bytes takes at most.
    const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

    /// Makes a folder, and those above it, that nobody else may read.
    pub fn create_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Makes a file that nobody else may read.
    pub fn create_private(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }

    /// Who may use a file; None where that is no number.
    pub fn mode(file: &Metadata) -> Option<u32> {
        Some(file.mode())
    }

    /// The next bytes of standard input, 0 at the end; None if there are none yet.
    pub fn read(buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let stdin = io::stdin();
        let count = match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&PATIENCE)) {
            Ok(0) => return Ok(None),
            // Not by way of `Stdin`, whose buffer the poll does not see.
            Ok(_) => rustix::io::read(&stdin, buffer),
            Err(cause) => Err(cause),
        };
        match count {
            Err(Errno::INTR | Errno::AGAIN) => Ok(None),
            result => Ok(Some(result?)),
        }
    }

    /// Runs another program instead of this one; returns if that cannot be.
    pub fn run_instead(command: &mut Command) -> io::Error {
        command.exec()
    }
}

#[cfg(windows)]
mod system {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions};
    use std::io::{self, Read as _};
    use std::path::Path;
    use std::process::Command;

    /// Makes a folder, and those above it. Who may read it is what the folder above says.
    pub fn create_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).create(path)
    }

    /// Makes a file. Who may read it is what its folder says.
    pub fn create_private(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(path)
    }

    /// Who may use a file; None where that is no number.
    pub fn mode(_: &Metadata) -> Option<u32> {
        None
    }

    /// The next bytes of standard input, 0 at the end. It waits for them: only a second Ctrl-C ends that.
    pub fn read(buffer: &mut [u8]) -> io::Result<Option<usize>> {
        io::stdin().read(buffer).map(Some)
    }

    /// Runs another program, and ends as it does; returns if that cannot be.
    pub fn run_instead(command: &mut Command) -> io::Error {
        match command.status() {
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(cause) => cause,
        }
    }
}
