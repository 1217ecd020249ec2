//! A TCP connection that honours the bounds of the call it serves.

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SendAncillaryBuffer, SendFlags, SocketType};

use super::bounds::{self, SLICE};
use super::transport::{Channel, HttpTransport};
use super::{exchange, failure};
use crate::error::{Error, ErrorKind, Result};

/// A connected socket that does not block.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
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
    /// Connects to the first of `addresses` that answers; all of them share the connect timeout.
    pub fn connect(addresses: &[SocketAddr]) -> Result<Self> {
        let end = Instant::now() + exchange::connect_left();
        let mut last = Error::new(ErrorKind::Network, "the host has no address");
        for (index, address) in addresses.iter().enumerate() {
            let left = end.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
            match connect(*address, share) {
                Ok(stream) => return Ok(Socket { stream, waiting: None }),
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
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

impl Channel for Socket {
    /// Returns after a slice even if the socket is not ready. For writing that is no loss: a full send buffer
    /// takes bytes long before `poll` calls it writable, which Linux does when a third of it is free.
    fn wait(&mut self, interest: Interest) -> io::Result<()> {
        let (flags, what) = match interest {
            Interest::Read => (PollFlags::IN, "it sent no bytes"),
            Interest::Both => (PollFlags::IN | PollFlags::OUT, "it took no bytes"),
        };
        let since = *self.waiting.get_or_insert_with(Instant::now);
        exchange::check_wait(since, what).map_err(Error::into_io)?;
        poll_once(&self.stream, flags, SLICE)?;
        Ok(())
    }
}

/// Whether the socket is ready, now or within `limit`.
fn poll_once(socket: impl AsFd, flags: PollFlags, limit: Duration) -> rustix::io::Result<bool> {
    let limit = Timespec::try_from(limit).unwrap_or_default();
    match poll(&mut [PollFd::new(&socket, flags)], Some(&limit)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error),
    }
}

fn connect(address: SocketAddr, limit: Duration) -> Result<TcpStream> {
    let start = Instant::now();
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let failed = |error: io::Error| {
        failure::of_system(&error).while_doing(format_args!("cannot connect to {address}"))
    };
    let socket = open(family).map_err(|e| failed(e.into()))?;
    match rustix::net::connect(&socket, &address) {
        Ok(()) => {}
        Err(Errno::INPROGRESS) => loop {
            if poll_once(&socket, PollFlags::OUT, SLICE.min(limit)).map_err(|e| failed(e.into()))? {
                rustix::net::sockopt::socket_error(&socket)
                    .and_then(|status| status)
                    .map_err(|e| failed(e.into()))?;
                break;
            }
            bounds::current().map_or(Ok(()), |b| b.check())?;
            if start.elapsed() >= limit {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    format!(
                        "cannot connect to {address}: no answer within {} ms (connect_timeout_ms)",
                        limit.as_millis()
                    ),
                ));
            }
        },
        Err(error) => return Err(failed(error.into())),
    }
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
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

/// HTTP without TLS.
pub type PlainTransport = HttpTransport<Socket>;
