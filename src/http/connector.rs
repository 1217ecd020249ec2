//! How a connection is opened: a name becomes addresses, an address a socket, a socket a TLS session if the URL asks for it.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use super::bounds::{self, SLICE};
use super::exchange;
use super::socket::{PlainTransport, Socket};
use super::tls::{TlsTransport, Tunnel, Wire};
use crate::error::{Error, ErrorKind, Result};

/// Opens the connections of one client.
pub struct FerryConnector {
    pub tls: Arc<ClientConfig>,
}

impl Connector<()> for FerryConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> std::result::Result<Option<Self::Out>, ureq::Error> {
        let _connecting = exchange::connecting();
        let host = details.uri.host().unwrap_or_default();
        let buffers =
            || LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        let tunnel = ConnectProxyConnector::default().connect(details, None::<()>)?;
        let transport: Box<dyn Transport> = match tunnel {
            Some(Either::B(tunnel)) if details.needs_tls() => {
                let adapter = TransportAdapter::new(tunnel, Arc::clone(&details.current_time));
                let wire = Wire::Tunnel(Tunnel(adapter));
                Box::new(TlsTransport::connect(Arc::clone(&self.tls), host, wire, buffers())?)
            }
            Some(Either::B(tunnel)) => tunnel,
            _ => {
                let socket = Socket::connect(&details.addrs).map_err(|e| e.before_sending().into_io())?;
                if details.needs_tls() {
                    let wire = Wire::Socket(socket);
                    Box::new(TlsTransport::connect(Arc::clone(&self.tls), host, wire, buffers())?)
                } else {
                    Box::new(PlainTransport::new(socket, buffers()))
                }
            }
        };
        Ok(Some(transport))
    }
}

impl fmt::Debug for FerryConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FerryConnector")
    }
}

/// How long the addresses of a name are remembered; ureq asks before every request, also when a connection is pooled.
const REMEMBERED: Duration = Duration::from_secs(30);

/// When a name was looked up, and what was found.
type Found = (Instant, Vec<SocketAddr>);

/// Looks names up, remembers them for a while, and gives up when the call must end.
#[derive(Default)]
pub struct FerryResolver {
    known: Mutex<HashMap<(String, u16), Found>>,
}

impl Resolver for FerryResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let mut answer = self.empty();
        if let Ok(address) = host.parse::<IpAddr>() {
            answer.push(SocketAddr::new(address, port));
            return Ok(answer);
        }
        let known =
            self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&(host.to_owned(), port)).cloned();
        let addresses = match known {
            Some((when, addresses)) if when.elapsed() < REMEMBERED => addresses,
            _ => {
                let addresses = resolve(host, port).map_err(|e| e.before_sending().into_io())?;
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert((host.to_owned(), port), (Instant::now(), addresses.clone()));
                addresses
            }
        };
        for address in addresses.into_iter().take(8) {
            answer.push(address);
        }
        Ok(answer)
    }
}

impl fmt::Debug for FerryResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FerryResolver")
    }
}

/// The system's resolver cannot be interrupted. It runs on a thread of its own, which holds nothing but the name;
/// it is the one thread that can outlive its call, by as long as the system takes to give up.
fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>> {
    let failed =
        |reason: &str| Error::new(ErrorKind::Network, format!("cannot find the host {host}: {reason}"));
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = (host.to_owned(), port);
    std::thread::Builder::new()
        .name("ferry-resolver".into())
        .spawn(move || sender.send(name.to_socket_addrs().map(Vec::from_iter)).ok())
        .map_err(|e| failed(&crate::error::system_text(&e)))?;
    let start = Instant::now();
    let limit = bounds::current().map_or(Duration::from_secs(10), |b| b.connect);
    loop {
        match receiver.recv_timeout(SLICE) {
            Ok(Ok(addresses)) if addresses.is_empty() => return Err(failed("it has no address")),
            Ok(Ok(addresses)) => return Ok(addresses),
            Ok(Err(error)) => return Err(failed(&crate::error::system_text(&error))),
            Err(RecvTimeoutError::Disconnected) => return Err(failed("the resolver gave no answer")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        bounds::current().map_or(Ok(()), |b| b.check())?;
        if start.elapsed() >= limit {
            return Err(failed("the name service has not answered (connect_timeout_ms)")
                .with_kind(ErrorKind::Timeout));
        }
    }
}
