//! TLS over a socket, by rustls.
//!
//! ureq brings a TLS transport of its own. Ours exists for two reasons: a CA file *added* to the public
//! roots, and sending all the records of a buffer in one `writev` instead of a system call for each 16 KiB.

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use ureq::unversioned::transport::{LazyBuffers, NextTimeout, Transport, TransportAdapter};

use super::socket::{Interest, Socket};
use super::transport::{Channel, HttpTransport, would_wait};
use crate::error::{Error, ErrorKind, Result};

/// TLS that trusts `roots`.
pub fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?
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

impl Tunnel {
    /// Whether `read` would not wait.
    fn is_ready(&mut self) -> bool {
        let transport = self.0.get_mut();
        !transport.buffers().input().is_empty() || !transport.is_open()
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Socket(socket) => socket.read(buffer),
            Wire::Tunnel(tunnel) => {
                if tunnel.is_ready() {
                    tunnel.0.read(buffer)
                } else {
                    Err(io::ErrorKind::WouldBlock.into())
                }
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
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

impl Channel for Wire {
    fn wait(&mut self, interest: Interest) -> io::Result<()> {
        match self {
            Wire::Socket(socket) => socket.wait(interest),
            // Only reads get here: what is written to a tunnel waits on its own.
            Wire::Tunnel(tunnel) => {
                let arrived = tunnel.0.get_mut().maybe_await_input(NextTimeout::default());
                arrived.map(drop).map_err(ureq::Error::into_io)
            }
        }
    }
}

/// A TLS session over a wire.
pub struct TlsChannel {
    session: ClientConnection,
    wire: Wire,
}

/// HTTP over TLS.
pub type TlsTransport = HttpTransport<TlsChannel>;

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
            match session.complete_io(&mut wire) {
                Ok(_) => {}
                Err(error) if would_wait(&error) => {
                    wire.wait(if session.wants_write() { Interest::Both } else { Interest::Read })?;
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    let text = "the connection was closed during the TLS handshake";
                    return Err(Error::new(ErrorKind::Network, text).into_io().into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(HttpTransport::new(TlsChannel { session, wire }, buffers))
    }
}

impl Read for TlsChannel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if would_wait(&error) => {}
                result => return result,
            }
            self.session.read_tls(&mut self.wire)?;
            if let Err(error) = self.session.process_new_packets() {
                // An alert tells the peer why; that it may not get through changes nothing.
                self.flush().ok();
                return Err(io::Error::other(error));
            }
        }
    }
}

impl Write for TlsChannel {
    /// Takes all of `bytes`, once the records of the bytes before have left.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush()?;
        self.session.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.wire)?;
        }
        Ok(())
    }
}

impl Channel for TlsChannel {
    fn wait(&mut self, interest: Interest) -> io::Result<()> {
        self.wire.wait(interest)
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for TlsChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TlsChannel").field(&self.wire).finish()
    }
}
