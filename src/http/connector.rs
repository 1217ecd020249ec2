//! How a connection is opened: a name becomes addresses, an address a socket; then the way through a proxy,
//! then TLS if the URL asks for it. ureq calls it when its pool has no connection.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, Transport};

use super::address::redacted;
use super::ahead::Ahead;
use super::background::Background;
use super::bounds::{Bounds, SLICE};
use super::buffers::Opened;
use super::congestion::Congestion;
use super::endpoint::Endpoint;
use super::forward::Forwarding;
use super::proxy::Proxies;
use super::resolver::Resolver;
use super::tls::Tls;
use super::transport::HttpTransport;
use super::wire::Wire;
use super::{exchange, happy_eyeballs, tunnel};
use crate::error::{Error, ErrorKind, Result};

/// What ureq asks for connections.
#[derive(Debug)]
pub struct FerryConnector(pub Arc<Opener>);

/// Opens the connections of one client.
pub struct Opener {
    pub tls: Tls,
    pub proxies: Arc<Proxies>,
    pub resolver: Resolver,
    pub congestion: Option<Congestion>,
    /// Looks at all connections.
    pub background: Option<Arc<Background>>,
    pub round_trip: Arc<RoundTrip>,
    pub opened: Opened,
    pub ahead: Ahead,
}

/// How long the opening of the last TCP connection took: a packet to the peer and back. In microseconds.
#[derive(Debug, Default)]
pub struct RoundTrip {
    took: AtomicU64,
    /// Notified when it gets known.
    is_known: (Mutex<()>, Condvar),
}

impl RoundTrip {
    pub fn get(&self) -> Duration {
        Duration::from_micros(self.took.load(Ordering::Relaxed))
    }

    fn set(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        if self.took.swap(took, Ordering::Relaxed) == 0 {
            self.wake();
        }
    }

    /// Waits until it is known, or `bounds` end.
    pub fn wait(&self, bounds: &Bounds) -> Result<()> {
        let (lock, is_known) = &self.is_known;
        let mut guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.get().is_zero() {
            bounds.check()?;
            guard = is_known.wait_timeout(guard, SLICE).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Has those that wait look again.
    pub fn wake(&self) {
        let (lock, is_known) = &self.is_known;
        drop(lock.lock().unwrap_or_else(PoisonError::into_inner));
        is_known.notify_all();
    }
}

impl Opener {
    fn get(&self, details: &ConnectionDetails) -> Result<Box<dyn Transport>> {
        let target = Endpoint::of(details.uri).map_err(|why| {
            Error::invalid_argument(format!("{} {why}", redacted(&details.uri.to_string())))
        })?;
        let _connecting = exchange::connecting();
        match self.ahead.take(&target.origin())? {
            Some(open) => Ok(open),
            None => self.open(&target),
        }
    }

    /// Opens a connection that no request has asked for yet.
    pub fn open_ahead(&self, target: &Endpoint) -> Result<Box<dyn Transport>> {
        let _connecting = exchange::connecting();
        self.open(target)
    }

    fn open(&self, target: &Endpoint) -> Result<Box<dyn Transport>> {
        let begin = exchange::note(|_| Instant::now());
        let opened = self.open_to(target);
        if let Some(begin) = begin {
            let error = opened.as_ref().err();
            exchange::note(|observed| observed.opened(target.origin(), begin.elapsed(), error));
        }
        opened
    }

    fn open_to(&self, target: &Endpoint) -> Result<Box<dyn Transport>> {
        let Some(proxy) = self.proxies.of(target) else {
            return Ok(Box::new(HttpTransport::new(self.reach(target)?, &self.opened)));
        };
        let mut wire = self
            .reach(&proxy.endpoint)
            .map_err(|e| e.while_doing(format!("the proxy {}", proxy.endpoint)))?;
        if !target.is_tls {
            return Ok(Box::new(Forwarding::new(HttpTransport::new(wire, &self.opened), proxy, target)));
        }
        tunnel::open(&mut wire, proxy, target)?;
        Ok(Box::new(HttpTransport::new(self.secure(&target.host, wire)?, &self.opened)))
    }

    fn reach(&self, end: &Endpoint) -> Result<Wire> {
        let look_up = || self.resolver.addresses(&end.host, end.port);
        let addresses = exchange::timed(look_up, |times| &mut times.name)?;
        let begin = Instant::now();
        let connect = || happy_eyeballs::connect(&addresses, self.congestion.as_ref());
        let mut socket = exchange::timed(connect, |times| &mut times.tcp).map_err(|error| {
            // What has listened before may only be starting again.
            let is_new = self.round_trip.get().is_zero();
            let nobody = error.nobody_listens() && is_new;
            error.with_nobody_listening(nobody)
        })?;
        self.round_trip.set(begin.elapsed());
        if let Some(background) = &self.background {
            socket.watch(background).map_err(|cause| {
                let text = format!("cannot watch the connection to {}: {cause}", socket.peer());
                Error::new(ErrorKind::Network, text).with_retryable(true)
            })?;
        }
        exchange::note(|observed| observed.event.remote = Some(socket.peer()));
        let wire = Wire::Socket(Box::new(socket));
        if end.is_tls { self.secure(&end.host, wire) } else { Ok(wire) }
    }

    fn secure(&self, host: &str, wire: Wire) -> Result<Wire> {
        exchange::timed(|| self.tls.connect(host, wire), |times| &mut times.tls)
    }
}

impl Connector<()> for FerryConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> std::result::Result<Option<Self::Out>, ureq::Error> {
        Ok(Some(self.0.get(details).map_err(|e| e.before_sending().into_io())?))
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener")
    }
}

/// ureq looks a name up before it takes a connection from the pool. [`FerryConnector`] does so itself, and
/// only for a new one.
#[derive(Debug)]
pub struct NoResolver;

impl UreqResolver for NoResolver {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
