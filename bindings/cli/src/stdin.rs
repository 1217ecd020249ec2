//! Standard input that a signal ends: the system goes on with a read that a signal has interrupted.

use std::io;

use ferry::error::{Error, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::stop::Stop;

/// How long a look for bytes takes at most, before another look at the signals.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// The next bytes; 0 at the end.
pub fn read(buffer: &mut [u8], stop: &Stop) -> Result<usize> {
    let stdin = io::stdin();
    loop {
        if stop.is_set() {
            return Err(Error::interrupted());
        }
        let count = match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&PATIENCE)) {
            Ok(0) => continue,
            // Not by way of `Stdin`, whose buffer the poll does not see.
            Ok(_) => rustix::io::read(&stdin, &mut *buffer),
            Err(cause) => Err(cause),
        };
        match count {
            Err(Errno::INTR | Errno::AGAIN) => {}
            result => return result.map_err(|cause| Error::file("read", "standard input", &cause.into())),
        }
    }
}
