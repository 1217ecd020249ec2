//! Waiting for sockets, by `poll` or `WSAPoll`.

#![forbid(unsafe_code)]

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::socket::Connecting;

/// Waits until one of the sockets is connected or has failed, for at most `most`; which are. Before Windows
/// 10, version 2004, `WSAPoll` does not tell of those that have failed.
pub fn wait_for_any<'c>(
    connecting: impl Iterator<Item = &'c Connecting>,
    most: Duration,
) -> io::Result<Vec<bool>> {
    let mut polled: Vec<_> =
        connecting.map(|Connecting(socket)| PollFd::new(socket, PollFlags::OUT)).collect();
    wait_for(&mut polled, most)?;
    Ok(polled.iter().map(|fd| !fd.revents().is_empty()).collect())
}

/// Waits until there is something to read or room to write, as asked, for at most `most`.
pub fn wait(stream: &TcpStream, to_read: bool, to_write: bool, most: Duration) -> io::Result<()> {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::IN, to_read);
    flags.set(PollFlags::OUT, to_write);
    if flags.is_empty() {
        // The end of a connection would be told even to one who asks for nothing, and WSAPoll does not wait
        // for no socket at all.
        std::thread::sleep(most);
        return Ok(());
    }
    wait_for(&mut [PollFd::new(stream, flags)], most)
}

fn wait_for(ends: &mut [PollFd<'_>], most: Duration) -> io::Result<()> {
    match poll(ends, Some(&Timespec::try_from(most).unwrap_or_default())).map_err(io::Error::from) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(()),
    }
}
