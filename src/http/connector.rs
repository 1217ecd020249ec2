//! How a connection is opened: a name becomes addresses, an address a socket; then the way through a proxy,
//! then TLS if the URL asks for it. ureq calls it when its pool has no connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, Transport};

use super::background::Background;
use super::buffers::Opened;
use super::congestion::Congestion;
use super::endpoint::Endpoint;
use super::forward::Forwarding;
use super::proxy::Proxies;
use super::resolver::Resolver;
use super::tls::Tls;
use super::transport::HttpTransport;
use super::wire::Wire;
use super::{exchange, happy_eyeballs, redact, tunnel};
use crate::error::{Error, ErrorKind, Result};

/// Opens the connections of one client.
pub struct FerryConnector {
    pub tls: Tls,
    pub proxies: Arc<Proxies>,
    pub resolver: Resolver,
    pub congestion: Option<Congestion>,
    /// Looks at all connections.
    pub background: Option<Arc<Background>>,
    pub round_trip: Arc<RoundTrip>,
    pub opened: Opened,
}

/// How long the opening of the last TCP connection took: a packet to the peer and back. In microseconds.
#[derive(Debug, Default)]
pub struct RoundTrip(AtomicU64);

impl RoundTrip {
    pub fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn set(&self, took: Duration) {
        self.0.store(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl FerryConnector {
    fn open(&self, details: &ConnectionDetails) -> Result<Box<dyn Transport>> {
        let target = Endpoint::of(details.uri).map_err(|why| {
            Error::invalid_argument(format!("{} {why}", redact::url(&details.uri.to_string())))
        })?;
        let _connecting = exchange::connecting();
        let begin = exchange::note(|_| Instant::now());
        let opened = self.open_to(&target);
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
        Ok(Some(self.open(details).map_err(|e| e.before_sending().into_io())?))
    }
}

impl fmt::Debug for FerryConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FerryConnector")
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
