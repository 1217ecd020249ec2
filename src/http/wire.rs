//! What carries bytes to a server: a socket, or TLS over another wire. [`super::connector`] builds it,
//! [`super::transport`] speaks HTTP over it.

use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;

use super::socket::{Interest, Socket};
use super::tls::TlsSession;
use super::transport::would_wait;

/// A connection whose `read`, `write` and `flush` do not wait: they fail with `WouldBlock` instead, and
/// `wait` waits.
#[derive(Debug)]
pub enum Wire {
    Socket(Box<Socket>),
    /// Through a proxy that speaks TLS itself, one session runs over another.
    Tls(Box<TlsSession>),
}

impl Wire {
    /// Waits until `read` or `write` can go on, for at most a slice. Fails when the exchange must end.
    pub fn wait(&mut self, interest: Interest) -> io::Result<()> {
        match self {
            Wire::Socket(socket) => socket.wait(interest),
            Wire::Tls(tls) => tls.wire().wait(interest),
        }
    }

    /// The address at the other end.
    pub fn peer(&self) -> SocketAddr {
        match self {
            Wire::Socket(socket) => socket.peer(),
            Wire::Tls(tls) => tls.peer(),
        }
    }

    pub fn is_tls(&self) -> bool {
        matches!(self, Wire::Tls(_))
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => socket.read(buffer),
            Wire::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => socket.write_vectored(slices),
            Wire::Tls(tls) => tls.write_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Socket(socket) => socket.flush(),
            Wire::Tls(tls) => tls.flush(),
        }
    }
}

/// A wire whose reads and writes wait.
pub struct Waiting<'a>(pub &'a mut Wire);

impl Waiting<'_> {
    fn retry<T>(
        &mut self,
        interest: Interest,
        mut attempt: impl FnMut(&mut Wire) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match attempt(self.0) {
                Err(error) if would_wait(&error) => self.0.wait(interest)?,
                result => return result,
            }
        }
    }
}

impl Read for Waiting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.retry(Interest::Read, |wire| wire.read(buffer))
    }
}

impl Write for Waiting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.retry(Interest::Both, |wire| wire.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.retry(Interest::Both, Wire::flush)
    }
}
