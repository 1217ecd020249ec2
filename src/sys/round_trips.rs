//! The round trip of a connection, as the kernel has measured it. Linux tells it to any program through a
//! netlink socket (`sock_diag(7)`); elsewhere it is `Unsupported`.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use netlink::RoundTrips;

/// What the kernel has measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Smoothed over the last packets.
    pub now: Duration,
    /// The shortest of the last minutes.
    pub least: Duration,
    /// Since the peer has acknowledged something last.
    pub acknowledged: Duration,
}

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    #[cfg_attr(
        not(any(target_os = "linux", target_os = "android")),
        expect(dead_code, reason = "nobody is asked there")
    )]
    pub local: SocketAddr,
    pub peer: SocketAddr,
}

impl Ends {
    pub fn of(stream: &TcpStream) -> io::Result<Ends> {
        Ok(Ends { local: stream.local_addr()?, peer: stream.peer_addr()? })
    }
}

/// Where the kernel would be asked.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[derive(Debug)]
pub struct RoundTrips;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl RoundTrips {
    pub fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn get(&self, _: &Ends) -> io::Result<Measured> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod netlink;
