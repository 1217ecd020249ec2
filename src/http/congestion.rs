//! How the kernel controls congestion: its algorithms by name.

use std::os::fd::OwnedFd;

use crate::error::{Error, Result};

/// The longest name that the kernel knows, TCP_CA_NAME_MAX without its NUL. It would cut a longer one.
const LONGEST: usize = 15;

/// An algorithm that this program may use for its connections.
#[derive(Debug, Clone)]
pub struct Congestion(String);

impl Congestion {
    /// Fails if the system does not know `name`, or does not permit it.
    pub fn new(name: &str) -> Result<Self> {
        let refused = |why: &str| {
            let shown: String = name.chars().take(64).collect();
            Error::invalid_argument(format!("congestion is \"{shown}\", {why}; {}", permitted()))
        };
        if name.len() > LONGEST {
            return Err(refused("but a name has at most 15 bytes"));
        }
        let socket = super::socket::open(rustix::net::AddressFamily::INET)
            .map_err(|cause| refused(&format!("which cannot be tried: {cause}")))?;
        match set(&socket, name) {
            Ok(()) => Ok(Congestion(name.to_owned())),
            Err(rustix::io::Errno::NOENT) => Err(refused("which the system does not know")),
            Err(rustix::io::Errno::PERM) => Err(refused("which the system does not permit to this program")),
            Err(cause) => Err(refused(&format!("which the system does not take: {cause}"))),
        }
    }

    /// Sets it for a socket that is not connected yet.
    pub fn apply(&self, socket: &OwnedFd) -> rustix::io::Result<()> {
        set(socket, &self.0)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn set(socket: &OwnedFd, name: &str) -> rustix::io::Result<()> {
    // The kernel takes no name at all for its default.
    if name.is_empty() {
        return Err(rustix::io::Errno::NOENT);
    }
    rustix::net::sockopt::set_tcp_congestion(socket, name)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn set(_: &OwnedFd, _: &str) -> rustix::io::Result<()> {
    Err(rustix::io::Errno::OPNOTSUPP)
}

/// What may be named. Where the system has the list, root may also name the others that it has.
fn permitted() -> String {
    let list = |name: &str| std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).ok();
    let files = match rustix::process::geteuid().is_root() {
        true => ["tcp_available_congestion_control", "tcp_allowed_congestion_control"],
        false => ["tcp_allowed_congestion_control", "tcp_available_congestion_control"],
    };
    match files.into_iter().find_map(list) {
        Some(names) => format!("permitted: {}", names.split_whitespace().collect::<Vec<_>>().join(", ")),
        None => "this system lets no program choose: leave it NULL".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn what_the_system_does_not_know_is_refused_with_what_it_permits() {
        for name in ["", "nonsense", "a-name-of-16-byte", "cubic-with-a-tail", "cub\u{e9}c", "a b"] {
            let error = Congestion::new(name).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.message().contains(&format!("congestion is \"{name}\"")), "{error}");
            if cfg!(target_os = "linux") {
                assert!(error.message().contains("permitted: "), "{error}");
            }
        }
    }
}
