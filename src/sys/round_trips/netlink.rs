//! `sock_diag(7)` of Linux.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::{Ends, Measured};

/// Where the kernel is asked.
#[derive(Debug)]
pub struct RoundTrips(OwnedFd);

impl RoundTrips {
    /// Fails where the kernel does not tell.
    pub fn new() -> io::Result<Self> {
        use rustix::io::Errno;
        use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink, socket_with};
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(netlink::SOCK_DIAG))
            .map_err(|errno| match errno {
                Errno::AFNOSUPPORT | Errno::PROTONOSUPPORT => io::ErrorKind::Unsupported.into(),
                other => io::Error::from(other),
            })?;
        let own = RoundTrips(socket);
        // Whether it answers shows only when it is asked.
        let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        let stream = TcpStream::connect(listener.local_addr()?)?;
        own.get(&Ends::of(&stream)?)?;
        Ok(own)
    }

    pub fn get(&self, ends: &Ends) -> io::Result<Measured> {
        use rustix::io::retry_on_intr;
        use rustix::net::{RecvFlags, SendFlags, recv, send};
        let question = question(ends);
        retry_on_intr(|| send(&self.0, &question, SendFlags::empty()))?;
        let mut answer = [0; 4096];
        let (length, _) = retry_on_intr(|| recv(&self.0, &mut answer[..], RecvFlags::DONTWAIT))?;
        measured(answer.get(..length).unwrap_or_default()).ok_or(io::ErrorKind::Unsupported.into())
    }
}

/// `SOCK_DIAG_BY_FAMILY`: of a message, and what it asks for.
const BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
/// `INET_DIAG_INFO`: the attribute that is `struct tcp_info`.
const INFO: u16 = 2;
const TCP: u8 = 6;
/// Bytes of `struct nlmsghdr`, `inet_diag_msg` and `rtattr`.
const HEADER: usize = 16;
const MESSAGE: usize = 72;
const ATTRIBUTE: usize = 4;
/// Where `struct tcp_info` has `tcpi_last_ack_recv`, in milliseconds, `tcpi_rtt` and `tcpi_min_rtt`, in
/// microseconds.
const LAST_ACK: usize = 56;
const RTT: usize = 68;
const MIN_RTT: usize = 148;

/// `struct nlmsghdr` and `struct inet_diag_req_v2`.
fn question(ends: &Ends) -> Vec<u8> {
    let mut own = Vec::with_capacity(72);
    own.extend(72u32.to_ne_bytes());
    own.extend(BY_FAMILY.to_ne_bytes());
    own.extend(REQUEST.to_ne_bytes());
    own.extend([0; 8]); // number and sender
    let family = match ends.local {
        SocketAddr::V4(_) => 2, // AF_INET
        SocketAddr::V6(_) => 10,
    };
    own.extend([family, TCP, 1 << (INFO - 1), 0]);
    own.extend(u32::MAX.to_ne_bytes()); // in any state
    own.extend(ends.local.port().to_be_bytes());
    own.extend(ends.peer.port().to_be_bytes());
    for address in [ends.local.ip(), ends.peer.ip()] {
        let start = own.len();
        match address {
            IpAddr::V4(v4) => own.extend(v4.octets()),
            IpAddr::V6(v6) => own.extend(v6.octets()),
        }
        own.resize(start + 16, 0);
    }
    // Of the interface that a link-local address names.
    let scope = match ends.local {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(local) => local.scope_id(),
    };
    own.extend(scope.to_ne_bytes());
    own.extend([0xff; 8]); // with any cookie
    own
}

fn measured(answer: &[u8]) -> Option<Measured> {
    let number = |bytes: &[u8], at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let short = |bytes: &[u8], at: usize| Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    if short(answer, 4)? != BY_FAMILY {
        return None;
    }
    let mut rest = answer.get(HEADER + MESSAGE..)?;
    loop {
        let length = usize::from(short(rest, 0)?);
        if short(rest, 2)? == INFO {
            let info = rest.get(ATTRIBUTE..length)?;
            let time = |at| Some(Duration::from_micros(number(info, at)?.into()));
            let acknowledged = Duration::from_millis(number(info, LAST_ACK)?.into());
            return Some(Measured { now: time(RTT)?, least: time(MIN_RTT)?, acknowledged });
        }
        rest = rest.get(length.max(ATTRIBUTE).next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_kernel_tells_the_round_trip_of_a_connection() {
        let trips = RoundTrips::new().expect("sock_diag");
        for ip in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(ip) else { continue };
            let mut near = TcpStream::connect(listener.local_addr().expect("an address")).expect("connected");
            let (mut far, _) = listener.accept().expect("accepted");
            near.write_all(b"there").expect("sent");
            let mut bytes = [0; 5];
            far.read_exact(&mut bytes).expect("received");
            let measured = trips.get(&Ends::of(&near).expect("ends")).expect("told");
            assert!(!measured.now.is_zero() && measured.least <= measured.now * 100, "{measured:?}");
            assert!(measured.now < Duration::from_secs(10), "{measured:?}");
            let mut ends = Ends::of(&near).expect("ends");
            drop((near, far, listener));
            ends.peer.set_port(1);
            assert!(trips.get(&ends).is_err(), "there is no such connection");
        }
    }

    #[test]
    fn answers_that_are_cut_are_none() {
        assert_eq!(measured(&[]), None);
        let mut answer = vec![0; 400];
        answer[4] = 20;
        assert_eq!(measured(&answer), None);
        answer[HEADER + MESSAGE] = 200;
        answer[HEADER + MESSAGE + 2] = 2;
        assert!(measured(&answer).is_some());
        for length in 0..240 {
            assert_eq!(measured(&answer[..length]), None, "{length}");
        }
    }
}
