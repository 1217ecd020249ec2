//! Tells a program that waits for a descriptor (`poll`, `epoll`, `kqueue`) that there is something to do.

#![forbid(unsafe_code)]

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::AsRawFd as _;

/// A pipe. It can be read while it rings.
pub struct Bell {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Bell {
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Bell { reader, writer })
    }

    /// Puts one byte into it. Whoever rings once at a time never waits.
    pub fn ring(&self) -> io::Result<()> {
        (&self.writer).write_all(&[0])
    }

    /// Takes one byte out of it.
    pub fn silence(&self) -> io::Result<()> {
        (&self.reader).read_exact(&mut [0])
    }

    /// What the program waits for.
    pub fn fd(&self) -> i32 {
        self.reader.as_raw_fd()
    }
}
