//! Connections that are opened before a request needs them.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ureq::unversioned::transport::Transport;

use super::bounds::{Bounds, SLICE};
use super::exchange;
use crate::error::Result;

/// Connections that are being opened, or are open and nobody has taken them.
#[derive(Debug, Default)]
pub struct Ahead(Mutex<Vec<Awaited>>);

#[derive(Debug)]
struct Awaited {
    origin: String,
    /// Those of who has it opened.
    bounds: Arc<Bounds>,
    connection: Receiver<Box<dyn Transport>>,
}

impl Ahead {
    fn lock(&self) -> MutexGuard<'_, Vec<Awaited>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where to put a connection to `origin` when it is open. Dropping it says that there will be none.
    pub fn promise(&self, bounds: &Arc<Bounds>, origin: &str) -> SyncSender<Box<dyn Transport>> {
        let (sender, connection) = sync_channel(1);
        self.lock().push(Awaited { origin: origin.to_owned(), bounds: Arc::clone(bounds), connection });
        sender
    }

    /// Takes a connection to `origin`; waits for one that is being opened. None if there is none to wait for.
    pub fn take(&self, origin: &str) -> Result<Option<Box<dyn Transport>>> {
        loop {
            let found = {
                let mut awaited = self.lock();
                let place = awaited.iter().position(|it| it.origin == origin);
                place.map(|place| awaited.remove(place).connection)
            };
            let Some(connection) = found else { return Ok(None) };
            loop {
                match connection.recv_timeout(SLICE) {
                    Ok(mut open) => match open.is_open() {
                        true => return Ok(Some(open)),
                        false => break,
                    },
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => exchange::check()?,
                }
            }
        }
    }

    /// Drops what was opened within `bounds` and nobody has taken.
    pub fn forget(&self, bounds: &Arc<Bounds>) {
        self.lock().retain(|it| !Arc::ptr_eq(&it.bounds, bounds));
    }
}
