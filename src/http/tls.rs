//! TLS over a wire, by rustls.
//!
//! ureq brings a TLS transport of its own. Ours exists for three reasons: a CA file *added* to the public
//! roots, all the records of a buffer sent in one system call instead of one for each 16 KiB, and reads that
//! do not wait, so that an early answer is seen.

use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, ClientConnection};

use super::exchange::MOST_FRUITLESS;
use super::failure;
use super::socket::Interest;
use super::transport::would_wait;
use super::trust::Authorities;
use super::wire::Wire;
use crate::error::{Error, ErrorKind, Result};

/// TLS as one client speaks it.
pub struct Tls {
    config: Arc<ClientConfig>,
    authorities: Authorities,
}

impl Tls {
    pub fn new(authorities: Authorities) -> Result<Self> {
        let provider = CryptoProvider { key_provider: &NoKeys, ..rustls::crypto::ring::default_provider() };
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?
            .with_root_certificates(authorities.roots()?)
            .with_no_client_auth();
        Ok(Tls { config: Arc::new(config), authorities })
    }

    /// Shakes hands over `wire` with `host`, whose certificate must be valid for that name or address.
    pub fn connect(&self, host: &str, mut wire: Wire) -> Result<Wire> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Error::invalid_argument(format!("{host} is not a name that a certificate can have"))
        })?;
        let mut session = ClientConnection::new(Arc::clone(&self.config), name)
            .map_err(|e| Error::new(ErrorKind::Internal, format!("TLS: {e}")))?;
        session.set_buffer_limit(None);
        shake_hands(&mut session, &mut wire).map_err(|e| failure::of_handshake(e, &self.authorities))?;
        Ok(Wire::Tls(Box::new(TlsSession { session, wire, fruitless: 0 })))
    }
}

/// Reads no private key: a client has no certificate of its own. rustls' provider would link code for RSA and
/// elliptic curves that no call reaches.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> std::result::Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("a client has no certificate of its own".into()))
    }
}

fn shake_hands(session: &mut ClientConnection, wire: &mut Wire) -> io::Result<()> {
    while session.is_handshaking() {
        match session.complete_io(wire) {
            Ok(_) => {}
            Err(error) if would_wait(&error) => {
                let is_blocked = session.wants_write() || wire.flush().is_err();
                wire.wait(if is_blocked { Interest::Both } else { Interest::Read })?;
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let text = "the connection was closed during the TLS handshake";
                return Err(Error::new(ErrorKind::Network, text).into_io());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A TLS session over a wire.
pub struct TlsSession {
    session: ClientConnection,
    wire: Wire,
    /// Bytes of records that have come since the last that carried something: a peer may send tickets and key
    /// updates without end.
    fruitless: usize,
}

impl TlsSession {
    /// What the session runs over.
    pub fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    pub fn peer(&self) -> SocketAddr {
        self.wire.peer()
    }
}

impl Read for TlsSession {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if would_wait(&error) => {}
                result => {
                    self.fruitless = 0;
                    return result;
                }
            }
            if self.fruitless > MOST_FRUITLESS {
                let text = "the peer sends TLS records without end that carry nothing";
                return Err(Error::new(ErrorKind::Protocol, text).into_io());
            }
            self.fruitless += self.session.read_tls(&mut self.wire)?;
            if let Err(error) = self.session.process_new_packets() {
                // An alert tells the peer why; that it may not get through changes nothing.
                self.flush().ok();
                return Err(io::Error::other(error));
            }
        }
    }
}

impl Write for TlsSession {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    /// Takes all bytes, once the records of those before have left.
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.flush()?;
        self.session.writer().write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.wire)?;
        }
        self.wire.flush()
    }
}

impl std::fmt::Debug for TlsSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TlsSession").field(&self.wire).finish()
    }
}
