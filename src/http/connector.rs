//! How a connection is opened: a name becomes addresses, an address a socket; then the way through a proxy,
//! then TLS if the URL asks for it.

use std::fmt;
use std::sync::Arc;

use rustls::ClientConfig;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::endpoint::Endpoint;
use super::forward::Forwarding;
use super::proxy::{Proxies, Proxy};
use super::resolver::Resolver;
use super::socket::PlainTransport;
use super::tls::{TlsTransport, Tunnel, Wire};
use super::{failure, happy_eyeballs, redact, tunnel};
use crate::error::{Error, Result};

/// Opens the connections of one client.
pub struct FerryConnector {
    pub tls: Arc<ClientConfig>,
    pub proxies: Arc<Proxies>,
    pub resolver: Resolver,
}

impl FerryConnector {
    fn open(&self, details: &ConnectionDetails) -> Result<Box<dyn Transport>> {
        let target = Endpoint::of(details.uri).map_err(|why| {
            Error::invalid_argument(format!("{} {why}", redact::url(&details.uri.to_string())))
        })?;
        match self.proxies.of(&target) {
            None => self.reach(&target, details),
            Some(proxy) => self.reach_through(proxy, &target, details),
        }
    }

    fn reach(&self, target: &Endpoint, details: &ConnectionDetails) -> Result<Box<dyn Transport>> {
        let addresses = self.resolver.addresses(&target.host, target.port)?;
        let socket = happy_eyeballs::connect(&addresses)?;
        if target.is_tls {
            self.shake_hands(target, Wire::Socket(socket), details)
        } else {
            Ok(Box::new(PlainTransport::new(socket, buffers(details))))
        }
    }

    fn reach_through(
        &self,
        proxy: &Proxy,
        target: &Endpoint,
        details: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>> {
        let connection = self
            .reach(&proxy.endpoint, details)
            .map_err(|e| e.while_doing(format!("the proxy {}", proxy.endpoint)))?;
        if !target.is_tls {
            return Ok(Box::new(Forwarding::new(connection, proxy, target)));
        }
        let mut connection = TransportAdapter::new(connection, Arc::clone(&details.current_time));
        tunnel::open(&mut connection, proxy, target)?;
        self.shake_hands(target, Wire::Tunnel(Tunnel(connection)), details)
    }

    fn shake_hands(
        &self,
        target: &Endpoint,
        wire: Wire,
        details: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>> {
        let tls = TlsTransport::connect(Arc::clone(&self.tls), &target.host, wire, buffers(details));
        Ok(Box::new(tls.map_err(failure::map)?))
    }
}

fn buffers(details: &ConnectionDetails) -> LazyBuffers {
    LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size())
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
