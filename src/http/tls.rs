//! TLS over a socket, by rustls.
//!
//! ureq brings a TLS transport of its own. Ours exists for two reasons: a CA file *added* to the public roots, and sending all the
//! records of a buffer in one `writev` instead of a system call for each 16 KiB.

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport, TransportAdapter};

use super::socket::Socket;
use crate::error::{Error, Result};

/// TLS that trusts `roots`.
pub fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::new(crate::error::ErrorKind::Internal, e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What carries the TLS records.
#[derive(Debug)]
pub enum Wire {
    Socket(Socket),
    Tunnel(Tunnel),
}

/// A connection through a CONNECT proxy.
pub struct Tunnel(pub TransportAdapter<Box<dyn Transport>>);

impl std::fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tunnel")
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => socket.read(buffer),
            Wire::Tunnel(tunnel) => tunnel.0.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => socket.write(bytes),
            Wire::Tunnel(tunnel) => tunnel.0.write(bytes),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => socket.write_vectored(slices),
            Wire::Tunnel(tunnel) => tunnel.0.write_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A TLS connection as ureq's transport.
pub struct TlsTransport {
    session: ClientConnection,
    wire: Wire,
    buffers: LazyBuffers,
}

impl TlsTransport {
    /// Shakes hands with `host`, whose certificate must be valid for that name.
    pub fn connect(
        config: Arc<ClientConfig>,
        host: &str,
        mut wire: Wire,
        buffers: LazyBuffers,
    ) -> std::result::Result<Self, ureq::Error> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| ureq::Error::BadUri(host.to_owned()))?;
        let mut session = ClientConnection::new(config, name)?;
        session.set_buffer_limit(None);
        while session.is_handshaking() {
            session.complete_io(&mut wire)?;
        }
        Ok(TlsTransport { session, wire, buffers })
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> std::result::Result<(), ureq::Error> {
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        self.session.writer().write_all(output)?;
        while self.session.wants_write() {
            self.session.write_tls(&mut self.wire)?;
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> std::result::Result<bool, ureq::Error> {
        loop {
            match self.session.reader().read(self.buffers.input_append_buf()) {
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    return Ok(amount > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.session.complete_io(&mut self.wire)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        match &mut self.wire {
            Wire::Socket(socket) => socket.is_idle(),
            Wire::Tunnel(tunnel) => tunnel.0.get_mut().is_open(),
        }
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TlsTransport").field(&self.wire).finish()
    }
}
