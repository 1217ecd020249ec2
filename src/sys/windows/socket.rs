//! TCP sockets that do not block and are not inherited by child processes.

#![forbid(unsafe_code)]

use std::io::{self, IoSlice, Write as _};
use std::net::{SocketAddr, TcpStream};

use socket2::{Domain, Socket, Type};

use crate::sys::congestion;

/// A socket that is about to be connected.
#[derive(Debug)]
pub struct Connecting(pub(in crate::sys) Socket);

impl Connecting {
    /// Starts to connect to `address`, with the congestion control of that name.
    pub fn start(address: SocketAddr, congestion: Option<&str>) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        if let Some(congestion) = congestion {
            congestion::set(&socket, congestion)?;
        }
        match socket.connect(&address.into()) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(Connecting(socket)),
        }
    }

    /// Takes over a socket that `wait_for_any` has found to be ready. The error is why it could not
    /// connect.
    pub fn finish(self) -> io::Result<TcpStream> {
        match self.0.take_error()? {
            Some(error) => Err(error),
            None => Ok(TcpStream::from(self.0)),
        }
    }
}

/// Sends what it can of many slices at once.
pub fn send(mut stream: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    stream.write_vectored(slices)
}

/// How many bytes can be read at once.
pub fn bytes_there(stream: &TcpStream) -> io::Result<u64> {
    Ok(rustix::io::ioctl_fionread(stream)?)
}

/// The most bytes that a packet carries: the system does not tell.
pub fn segment(_: &TcpStream) -> Option<u32> {
    None
}

/// Bounds the bytes that the kernel has not sent yet: it cannot.
pub fn bound_unsent(_: &TcpStream, _: u32) {}

/// Opens a socket and closes it: the error is that of a program that has no handle left, say.
pub fn try_to_open() -> io::Result<()> {
    Socket::new(Domain::IPV4, Type::DGRAM, None).map(drop)
}
