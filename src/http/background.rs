//! Transfers that yield to other traffic: they watch how long packets wait on the line, and keep that short
//! ([`super::steering`]).

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::pace::Pace;
use super::steering::Steering;
use crate::error::{Error, ErrorKind, Result, system_text};
use crate::sys::round_trips::{Ends, RoundTrips};

/// How often the kernel is asked, at most.
pub const LOOK: Duration = Duration::from_millis(10);

/// What steers the rate of a client.
#[derive(Debug)]
pub struct Background {
    pace: Arc<Pace>,
    /// Bytes, over all connections.
    sent: AtomicU64,
    watch: Mutex<Watch>,
}

#[derive(Debug)]
struct Watch {
    kernel: RoundTrips,
    looked: Option<Instant>,
    steering: Steering,
}

impl Background {
    /// Fails where the system does not tell how long packets take.
    pub fn new() -> Result<Self> {
        let kernel = RoundTrips::new().map_err(|cause| {
            use io::ErrorKind::{NotFound, PermissionDenied, Unsupported};
            let error = match cause.kind() {
                NotFound | PermissionDenied | Unsupported => Error::invalid_argument(format!(
                    "manners is background, but this system does not tell the round trip of a \
                     connection, which Linux does through sock_diag: {cause}"
                )),
                _ => {
                    let text = "manners is background, and the system cannot be asked for the round trip of";
                    Error::new(ErrorKind::Io, format!("{text} a connection: {}", system_text(&cause)))
                }
            };
            error.with_cause(&cause)
        })?;
        let steering = Steering::default();
        let pace = Arc::new(Pace::for_sending(steering.rate()));
        let watch = Mutex::new(Watch { kernel, looked: None, steering });
        Ok(Background { pace, sent: AtomicU64::new(0), watch })
    }

    /// The limit that the connections keep to.
    pub fn pace(&self) -> Arc<Pace> {
        Arc::clone(&self.pace)
    }

    /// Looks at a connection that has just sent bytes, if it is time to and no other thread does.
    pub fn has_sent(&self, ends: &Ends, bytes: usize) {
        let sent = self.sent.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        let Ok(mut watch) = self.watch.try_lock() else { return };
        let now = Instant::now();
        if watch.looked.is_some_and(|looked| now.saturating_duration_since(looked) < LOOK) {
            return;
        }
        watch.looked = Some(now);
        // What the kernel does not tell now it may tell in a moment.
        let Ok(measured) = watch.kernel.get(ends) else { return };
        self.pace.set(watch.steering.observe(now, ends.peer.ip(), measured, sent));
    }
}
