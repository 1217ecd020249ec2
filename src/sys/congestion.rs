//! How the kernel controls congestion: its algorithms by name. Only Linux lets a program choose.

use std::io;

/// Whether a connection may have the algorithm `name`; the outer error is that it could not be tried.
/// `NotFound` if the system does not know it, `PermissionDenied` if this program may not use it.
pub fn check(name: &str) -> io::Result<io::Result<()>> {
    system::check(name)
}

/// The algorithms that may be named; None where no program may choose.
pub fn permitted() -> Option<String> {
    system::permitted()
}

/// Sets it for a socket that is not connected yet.
pub(super) use system::set;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::io::Errno;
    use rustix::net::AddressFamily;

    use crate::sys::socket;

    pub fn check(name: &str) -> io::Result<io::Result<()>> {
        let socket = socket::open(AddressFamily::INET)?;
        Ok(set(&socket, name))
    }

    pub fn set(socket: &OwnedFd, name: &str) -> io::Result<()> {
        // The kernel takes no name at all for its default.
        if name.is_empty() {
            return Err(Errno::NOENT.into());
        }
        Ok(rustix::net::sockopt::set_tcp_congestion(socket, name)?)
    }

    /// Root may also name those that the system has and permits to nobody else.
    pub fn permitted() -> Option<String> {
        let list = |name: &str| std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).ok();
        let files = match rustix::process::geteuid().is_root() {
            true => ["tcp_available_congestion_control", "tcp_allowed_congestion_control"],
            false => ["tcp_allowed_congestion_control", "tcp_available_congestion_control"],
        };
        let names = files.into_iter().find_map(list)?;
        Some(names.split_whitespace().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::io;

    pub fn check(_: &str) -> io::Result<io::Result<()>> {
        Ok(Err(io::ErrorKind::Unsupported.into()))
    }

    pub fn set<S>(_: &S, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn permitted() -> Option<String> {
        None
    }
}
