//! A TCP connection that honours the bounds of the call it serves.

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendAncillaryBuffer, SendFlags, SocketType};
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

use super::bounds::{self, SLICE};
use crate::error::Error;

/// A connected socket.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    /// The peer takes no more bytes. What is still to be sent is dropped, so that the answer, which a server often gives
    /// before it closes on a body it refuses, is read instead of lost behind a "broken pipe".
    deaf: bool,
}

impl Socket {
    /// Starts to connect to `address`. The socket becomes writable when it is connected or has failed.
    pub fn start(address: SocketAddr) -> io::Result<OwnedFd> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = open(family)?;
        match rustix::net::connect(&socket, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes over a started socket that has become writable; the error is why it could not connect.
    pub fn finish(started: OwnedFd) -> io::Result<Self> {
        rustix::net::sockopt::socket_error(&started)??;
        let stream = TcpStream::from(started);
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SLICE))?;
        stream.set_write_timeout(Some(SLICE))?;
        Ok(Socket { stream, deaf: false })
    }

    /// Whether an idle connection can serve another call: nothing to read, and not closed.
    pub fn is_idle(&self) -> bool {
        let mut byte = [0u8; 1];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        !self.deaf && matches!(rustix::net::recv(self.stream.as_fd(), &mut byte, flags), Err(Errno::AGAIN))
    }

    fn retry<T>(&self, doing: &str, mut io: impl FnMut(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        let since = Instant::now();
        loop {
            match io(&self.stream) {
                Err(error) if is_wait(&error) => {
                    bounds::check(since, doing).map_err(Error::into_io)?;
                }
                other => return other,
            }
        }
    }

    fn send(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        if self.deaf {
            return Ok(length);
        }
        // Not `TcpStream::write_vectored`: its `writev` raises SIGPIPE when the peer has gone, which ends a C program.
        let result = self.retry("it took no bytes", |stream| {
            let mut nothing = SendAncillaryBuffer::default();
            Ok(rustix::net::sendmsg(stream, slices, &mut nothing, NO_SIGNAL)?)
        });
        match result {
            Err(error) if is_closed(&error) => {
                self.deaf = true;
                Ok(length)
            }
            other => other,
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.retry("it sent no bytes", |mut stream| stream.read(buffer))
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

/// A socket that does not block, is not inherited by child processes, and raises no signal.
#[cfg(not(target_vendor = "apple"))]
fn open(family: AddressFamily) -> rustix::io::Result<OwnedFd> {
    use rustix::net::SocketFlags;
    rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)
}

/// The same where a socket is born without flags.
#[cfg(target_vendor = "apple")]
fn open(family: AddressFamily) -> rustix::io::Result<OwnedFd> {
    let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    rustix::net::sockopt::set_socket_nosigpipe(&socket, true)?;
    Ok(socket)
}

#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: SendFlags = SendFlags::empty();

/// The socket as ureq's transport, for plain http.
pub struct PlainTransport {
    socket: Socket,
    buffers: LazyBuffers,
}

impl PlainTransport {
    pub fn new(socket: Socket, buffers: LazyBuffers) -> Self {
        PlainTransport { socket, buffers }
    }
}

impl Transport for PlainTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        Ok(self.socket.write_all(output)?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let amount = self.socket.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.socket.is_idle()
    }
}

impl std::fmt::Debug for PlainTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PlainTransport").field(&self.socket).finish()
    }
}
