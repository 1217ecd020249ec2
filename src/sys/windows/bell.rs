//! Tells a program that waits for a socket (`WSAPoll`, `select`) that there is something to do.

#![forbid(unsafe_code)]

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::windows::io::AsRawSocket as _;

/// A connection to itself: nothing waits for a pipe and for sockets alike. It can be read while it rings.
pub struct Bell {
    reader: TcpStream,
    writer: TcpStream,
}

impl Bell {
    pub fn new() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let writer = TcpStream::connect(listener.local_addr()?)?;
        writer.set_nodelay(true)?;
        loop {
            let (reader, peer) = listener.accept()?;
            // Any program of this machine may connect.
            if peer == writer.local_addr()? {
                return Ok(Bell { reader, writer });
            }
        }
    }

    /// Puts one byte into it. Whoever rings once at a time never waits.
    pub fn ring(&self) -> io::Result<()> {
        (&self.writer).write_all(&[0])
    }

    /// Takes one byte out of it.
    pub fn silence(&self) -> io::Result<()> {
        (&self.reader).read_exact(&mut [0])
    }

    /// What the program waits for: a SOCKET, of which Windows uses 32 bits.
    pub fn fd(&self) -> i32 {
        i32::try_from(self.reader.as_raw_socket()).unwrap_or(-1)
    }
}
