//! TCP sockets that do not block, are not inherited by child processes, and raise no signal.

#![forbid(unsafe_code)]

use std::io::{self, IoSlice};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SendAncillaryBuffer, SendFlags, SocketType};

use crate::sys::congestion;

/// A socket that is about to be connected.
#[derive(Debug)]
pub struct Connecting(pub(in crate::sys) OwnedFd);

impl Connecting {
    /// Starts to connect to `address`, with the congestion control of that name.
    pub fn start(address: SocketAddr, congestion: Option<&str>) -> io::Result<Self> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = open(family)?;
        if let Some(congestion) = congestion {
            congestion::set(&socket, congestion)?;
        }
        match rustix::net::connect(&socket, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(Connecting(socket)),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes over a socket that `wait_for_any` has found to be ready. The error is why it could not
    /// connect.
    pub fn finish(self) -> io::Result<TcpStream> {
        rustix::net::sockopt::socket_error(&self.0)??;
        Ok(TcpStream::from(self.0))
    }
}

/// Sends what it can of many slices at once. Not `TcpStream::write_vectored`: its `writev` raises SIGPIPE
/// when the peer has gone, which ends a C program.
pub fn send(stream: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    let mut nothing = SendAncillaryBuffer::default();
    Ok(rustix::net::sendmsg(stream, slices, &mut nothing, NO_SIGNAL)?)
}

/// How many bytes can be read at once.
pub fn bytes_there(stream: &TcpStream) -> io::Result<u64> {
    Ok(rustix::io::ioctl_fionread(stream)?)
}

/// The most bytes that a packet carries, if the system tells.
pub fn segment(stream: &TcpStream) -> Option<u32> {
    socket2::SockRef::from(stream).tcp_mss().ok()
}

/// Bounds the bytes that the kernel has not sent yet, where it can.
pub fn bound_unsent(stream: &TcpStream, bytes: u32) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(bytes);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (stream, bytes);
}

/// Opens a socket and closes it: the error is that of a program that has no descriptor left, say.
pub fn try_to_open() -> io::Result<()> {
    Ok(rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None).map(drop)?)
}

#[cfg(not(target_vendor = "apple"))]
pub(in crate::sys) fn open(family: AddressFamily) -> rustix::io::Result<OwnedFd> {
    use rustix::net::SocketFlags;
    rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)
}

/// Here a socket is born without flags.
#[cfg(target_vendor = "apple")]
pub(in crate::sys) fn open(family: AddressFamily) -> rustix::io::Result<OwnedFd> {
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
#[cfg(target_os = "linux")]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;
    use crate::sys::wait::wait_for_any;

    #[test]
    fn a_connection_has_the_congestion_control_that_was_asked_for() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let list =
            std::fs::read_to_string("/proc/sys/net/ipv4/tcp_allowed_congestion_control").expect("a list");
        for name in list.split_whitespace() {
            let connecting = Connecting::start(address, Some(name)).expect("started");
            let ready = wait_for_any(std::iter::once(&connecting), Duration::from_secs(60));
            assert_eq!(ready.expect("waited"), [true]);
            let stream = connecting.finish().expect("connected");
            assert_eq!(rustix::net::sockopt::tcp_congestion(&stream).expect("a name"), name);
        }
    }
}
