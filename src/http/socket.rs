//! A TCP connection that honours the bounds of the call it serves.

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SendAncillaryBuffer, SendFlags, SocketType};

use super::bounds::SLICE;
use super::exchange;
use crate::error::Error;

/// A connected socket that does not block.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    peer: SocketAddr,
    /// Since when the caller waits; `None` once a byte has moved.
    waiting: Option<Instant>,
}

/// What a caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Read,
    /// Room to write, or an answer that makes writing needless.
    Both,
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

    /// Takes over a socket that was started to `peer` and has become writable. The error is why it could not
    /// connect.
    pub fn finish(started: OwnedFd, peer: SocketAddr) -> io::Result<Self> {
        rustix::net::sockopt::socket_error(&started)??;
        let stream = TcpStream::from(started);
        stream.set_nodelay(true)?;
        bound_unsent(&stream);
        Ok(Socket { stream, peer, waiting: None })
    }

    /// The address at the other end.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Waits until the socket is ready, for at most a slice. To write when it is over is no loss: a full send
    /// buffer takes bytes long before `poll` calls it writable, which Linux does when a third of it is free.
    pub fn wait(&mut self, interest: Interest) -> io::Result<()> {
        let (flags, what) = match interest {
            Interest::Read => (PollFlags::IN, "it sent no bytes"),
            Interest::Both => (PollFlags::IN | PollFlags::OUT, "it took no bytes"),
        };
        let since = *self.waiting.get_or_insert_with(Instant::now);
        exchange::check_wait(since, what).map_err(Error::into_io)?;
        let slice = Timespec::try_from(SLICE).unwrap_or_default();
        match poll(&mut [PollFd::new(&self.stream, flags)], Some(&slice)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every read and write goes through here: the bounds are checked however busy the socket is.
    fn attempt(&mut self, io: impl FnOnce(&mut TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        exchange::check().map_err(Error::into_io)?;
        let amount = io(&mut self.stream)?;
        self.waiting = None;
        Ok(amount)
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.attempt(|stream| stream.read(buffer))
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        // Not `TcpStream::write_vectored`: its `writev` raises SIGPIPE when the peer has gone, which ends a C
        // program.
        self.attempt(|stream| {
            let mut nothing = SendAncillaryBuffer::default();
            Ok(rustix::net::sendmsg(stream, slices, &mut nothing, NO_SIGNAL)?)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most bytes that the kernel takes before it can send them. What it has taken counts as sent, for progress
/// and for the rate, and cannot be taken back.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 256 << 10;

/// Bounds the bytes that the kernel has not sent yet, where it can: it takes megabytes otherwise.
fn bound_unsent(stream: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::{Bounds, happy_eyeballs};
    use super::*;

    #[test]
    fn a_wait_for_either_ends_when_the_socket_takes_bytes() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let minute = Duration::from_secs(60);
        let bounds = Bounds::new(Arc::default(), None, minute, minute);
        let _entered = bounds.enter();
        let address = listener.local_addr().expect("an address");
        let mut socket = happy_eyeballs::connect(&[address]).expect("connected");
        let begin = Instant::now();
        for _ in 0..50 {
            socket.wait(Interest::Both).expect("ready");
        }
        assert!(begin.elapsed() < 25 * SLICE, "each wait took a slice");
    }
}
