//! The exchange in progress on a thread: one request and its answer.
//!
//! A pooled connection serves one call after another on different threads, so it cannot hold what belongs to
//! a call. The thread holds it from [`enter`] on: the bounds, which sockets check on every pass, and what
//! sockets report back, whether the request has begun to leave and whether its body was cut short.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bounds::Bounds;
use super::event::{Observed, Opening};
use super::pace::{Flow, Packets, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::local::Local;

struct Exchange {
    bounds: Arc<Bounds>,
    /// When the connection that is being opened must be ready; `None` while none is.
    connect_by: Option<Instant>,
    length: Length,
    has_begun: bool,
    is_cut: bool,
    /// Bytes pass at once and are paid for later.
    is_probing: bool,
    /// Bytes that have come since the last one of a body.
    fruitless: usize,
    /// What events tell of it; `None` if nobody wants to know.
    observed: Option<Box<Observed>>,
}

impl Exchange {
    fn is_of_request(&self) -> bool {
        self.connect_by.is_none() && !self.is_probing
    }
}

/// The most bytes that carry nothing. A head is smaller, and so is what lies in the input before a byte of
/// the body is taken out.
pub const MOST_FRUITLESS: usize = 1 << 20;

/// Bytes of a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Length {
    pub head: usize,
    pub body: usize,
}

thread_local! {
    /// [`Entered`] takes it out.
    static CURRENT: Local<Option<Exchange>> = const { Local::new(None) };
}

fn replace(exchange: Option<Exchange>) -> Option<Exchange> {
    CURRENT.with(|current| current.replace(exchange))
}

fn with<T: Default>(work: impl FnOnce(&mut Exchange) -> T) -> T {
    CURRENT.with(|current| current.change(|current| current.as_mut().map(work).unwrap_or_default()))
}

/// Whether the exchange, if there is one, may go on.
fn look(see: impl FnOnce(&Exchange) -> Result<()>) -> Result<()> {
    CURRENT.with(|current| current.look(|current| current.as_ref().map_or(Ok(()), see)))
}

/// Puts the thread's former exchange back when dropped.
pub struct Entered(Option<Exchange>);

impl Drop for Entered {
    fn drop(&mut self) {
        drop(replace(self.0.take()));
    }
}

/// Begins an exchange within `bounds`. It ends when the result is dropped.
pub fn enter(bounds: Arc<Bounds>) -> Entered {
    let exchange = Exchange {
        bounds,
        connect_by: None,
        length: Length::default(),
        has_begun: false,
        is_cut: false,
        is_probing: false,
        fruitless: 0,
        observed: None,
    };
    Entered(replace(Some(exchange)))
}

/// A connection is being opened until this is dropped.
pub struct Connecting(());

impl Drop for Connecting {
    fn drop(&mut self) {
        with(|exchange| exchange.connect_by = None);
    }
}

/// Starts the connect timeout, which covers all that happens until the connection can carry a request: the
/// look-up of the name, TCP, the proxy's CONNECT, TLS.
pub fn connecting() -> Connecting {
    with(|exchange| exchange.connect_by = Instant::now().checked_add(exchange.bounds.connect));
    Connecting(())
}

/// A connection is looked at until this is dropped.
pub struct Probing(());

impl Drop for Probing {
    fn drop(&mut self) {
        with(|exchange| exchange.is_probing = false);
    }
}

/// Begins a look at what a connection has already: no limit may keep it from being seen.
pub fn probing() -> Probing {
    with(|exchange| exchange.is_probing = true);
    Probing(())
}

/// Whether there is a limit on how fast bytes pass that way.
pub fn is_limited(flow: Flow) -> bool {
    with(|exchange| exchange.bounds.paces.iter().any(|pace| pace.limits(flow)))
}

/// Whether bytes wait until the limits allow them. Those that open a connection do not: there is a timeout on
/// them, and they are few.
pub fn waits_for_limits() -> bool {
    with(|exchange| exchange.is_of_request())
}

/// A place behind all others that share the limits; none without a limit.
pub fn turn(flow: Flow, want: usize, packets: Packets) -> Option<Turn> {
    with(|exchange| Turn::take(&exchange.bounds.paces, flow, want, packets))
}

/// What is left of the connect timeout.
pub fn connect_left() -> Duration {
    with(|exchange| {
        let left = exchange.connect_by.map(|end| end.saturating_duration_since(Instant::now()));
        Some(left.unwrap_or(exchange.bounds.connect))
    })
    .unwrap_or(Duration::MAX)
}

/// An error once the call must end. For callers that watch the connect timeout themselves and can say more
/// about it.
pub fn check_call() -> Result<()> {
    look(|exchange| exchange.bounds.check())
}

/// An error once the call must end, or the connection that is being opened should be ready.
pub fn check() -> Result<()> {
    look(|exchange| {
        exchange.bounds.check()?;
        match exchange.connect_by {
            Some(end) if Instant::now() >= end => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "the connection was not ready within {} ms (connect_timeout_ms)",
                    exchange.bounds.connect.as_millis()
                ),
            )),
            _ => Ok(()),
        }
    })
}

/// The same for a caller that has waited since `since` without a byte moving. `what` says what the peer did
/// not do.
pub fn check_wait(since: Instant, what: &str) -> Result<()> {
    check()?;
    match with(|exchange| Some(exchange.bounds.stall)) {
        Some(stall) if since.elapsed() >= stall => Err(Error::new(
            ErrorKind::Timeout,
            format!("the peer has stalled: {what} for {} ms (stall_timeout_ms)", stall.as_millis()),
        )),
        _ => Ok(()),
    }
}

/// Tells how long the request is.
pub fn set_length(length: Length) {
    with(|exchange| exchange.length = length);
}

/// How long the request is.
pub fn length() -> Length {
    with(|exchange| exchange.length)
}

/// Notes that the request is to leave over a connection to `peer`.
pub fn leaves(peer: SocketAddr) {
    note(|observed| observed.leaves(peer));
}

/// A request begins, maybe one that follows a redirect.
pub fn begin_request() {
    with(|exchange| (exchange.has_begun, exchange.is_cut) = (false, false));
}

/// Notes that the system has taken bytes. What opens a connection, or looks at one, is not of the request.
pub fn begin() {
    with(|exchange| exchange.has_begun |= exchange.is_of_request());
}

/// Whether bytes of the request may have left.
pub fn has_begun() -> bool {
    with(|exchange| exchange.has_begun)
}

/// Notes that bytes have come. An error if so many have come that bring no body: interim answers or trailers
/// without end.
pub fn received(bytes: usize) -> Result<()> {
    let fruitless = with(|exchange| {
        if let Some(observed) = &mut exchange.observed {
            observed.received(bytes);
        }
        exchange.fruitless += bytes;
        exchange.fruitless
    });
    if fruitless <= MOST_FRUITLESS {
        return Ok(());
    }
    let most = MOST_FRUITLESS >> 20;
    let text = format!("the service has sent {most} MiB of interim answers or trailers, and no answer");
    Err(Error::new(ErrorKind::Protocol, text))
}

/// Notes that bytes of a body have come out of what was received.
pub fn bears() {
    with(|exchange| exchange.fruitless = 0);
}

/// Notes that the rest of the request is not sent: the peer has answered already, or takes no more.
pub fn cut() {
    with(|exchange| exchange.is_cut = true);
}

/// Whether a part of the request was not sent. An answer that came nevertheless can only be a refusal.
pub fn is_cut() -> bool {
    with(|exchange| exchange.is_cut)
}

/// What is known of the exchange goes into events from now on.
pub fn observe(observed: Observed) {
    with(|exchange| exchange.observed = Some(Box::new(observed)));
}

/// Notes something for events, if anybody wants to know.
pub fn note<T>(change: impl FnOnce(&mut Observed) -> T) -> Option<T> {
    with(|exchange| exchange.observed.as_deref_mut().map(change))
}

/// What was noted since [`observe`].
pub fn observed() -> Option<Box<Observed>> {
    with(|exchange| exchange.observed.take())
}

/// Runs a phase of the opening of a connection, and notes how long it took.
pub fn timed<T>(work: impl FnOnce() -> T, phase: impl FnOnce(&mut Opening) -> &mut Duration) -> T {
    let begin = note(|_| Instant::now());
    let result = work();
    if let Some(begin) = begin {
        note(|observed| *phase(&mut observed.event.times) += begin.elapsed());
    }
    result
}

/// The body of a request. Once the request is cut nobody gets the rest, so the source is not read on; the
/// length that was announced is kept because ureq insists on it.
pub struct RequestBody<'a> {
    pub reader: &'a mut dyn Read,
    pub left: u64,
}

impl Read for RequestBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = if is_cut() {
            buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX))
        } else {
            self.reader.read(buffer)?
        };
        self.left = self.left.saturating_sub(amount as u64);
        Ok(amount)
    }
}
