//! Hostile servers on loopback: they drip, take slowly, answer early, reset, leave TLS without a goodbye.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

/// How often a dripping peer sends a byte: below every timeout, so that the peer never counts as silent.
const DRIP: Duration = Duration::from_millis(50);

/// A server that does one thing with every connection.
pub struct Nasty {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    hits: Arc<AtomicUsize>,
}

impl Nasty {
    pub fn start(serve: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::listen(None, serve)
    }

    /// The same behind TLS.
    pub fn start_tls(
        authority: &Authority,
        serve: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(Arc::clone(&authority.server)), serve)
    }

    fn listen(
        tls: Option<Arc<ServerConfig>>,
        serve: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        // What the kernel takes in for a peer that does not read; connections inherit it.
        SockRef::from(&listener).set_recv_buffer_size(24 << 10).expect("a small buffer");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let hits = Arc::new(AtomicUsize::new(0));
        let (count, hit, serve) = (Arc::clone(&connections), Arc::clone(&hits), Arc::new(serve));
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::Relaxed);
                let (tls, hit, serve) = (tls.clone(), Arc::clone(&hit), Arc::clone(&serve));
                thread::spawn(move || serve(&mut Peer::new(socket, tls, hit)?));
            }
        });
        Nasty { address, connections, hits }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn https_url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn url_of(&self, is_tls: bool) -> String {
        if is_tls { self.https_url() } else { self.url() }
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How often [`Peer::hit`] was called.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::Relaxed)
    }
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One connection, seen from the server.
pub struct Peer {
    stream: Box<dyn Stream>,
    socket: TcpStream,
    hits: Arc<AtomicUsize>,
}

impl Peer {
    fn new(socket: TcpStream, tls: Option<Arc<ServerConfig>>, hits: Arc<AtomicUsize>) -> io::Result<Self> {
        let raw = socket.try_clone()?;
        let stream: Box<dyn Stream> = match tls {
            Some(config) => {
                let session = ServerConnection::new(config).map_err(io::Error::other)?;
                Box::new(StreamOwned::new(session, raw))
            }
            None => Box::new(raw),
        };
        Ok(Peer { stream, socket, hits })
    }

    /// Notes that the nasty part begins, for a test to know that it was reached.
    pub fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// The head of the next request, without the empty line.
    pub fn head(&mut self) -> io::Result<String> {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&head).trim_end().to_owned())
    }

    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes())?;
        self.stream.flush()
    }

    /// An answer with its length, after which the connection can be used again.
    pub fn answer(&mut self, status: u16, body: &str) -> io::Result<()> {
        self.send(&format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    }

    /// The next `length` bytes of a body.
    pub fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Takes `length` bytes of a body.
    pub fn take(&mut self, length: usize) -> io::Result<()> {
        self.bytes(length).map(drop)
    }

    /// What a proxy does with CONNECT: opens the connection, then carries bytes both ways. Neither way waits
    /// for the other.
    pub fn tunnel(&mut self) -> io::Result<()> {
        let head = self.head()?;
        self.hit();
        let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
        let mut server = TcpStream::connect(target.ok_or(io::ErrorKind::InvalidData)?)?;
        self.send("HTTP/1.1 200 Connected\r\n\r\n")?;
        self.socket.set_nonblocking(true)?;
        server.set_nonblocking(true)?;
        let (mut up, mut down) = (Flow::default(), Flow::default());
        while !up.is_over && !down.is_over {
            let has_moved =
                [up.carry(&mut self.stream, &mut server)?, down.carry(&mut server, &mut self.stream)?];
            if has_moved == [false, false] {
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }

    /// Sends `start`, then a byte at a time for ever.
    pub fn drip(&mut self, start: &str) -> io::Result<()> {
        self.send(start)?;
        loop {
            thread::sleep(DRIP);
            self.send("a")?;
        }
    }

    /// Takes `piece` bytes every `pause` for ever: what comes after the end of the request too, so it never
    /// answers.
    pub fn take_slowly(&mut self, piece: usize, pause: Duration) -> io::Result<()> {
        let mut bytes = vec![0; piece];
        while self.stream.read(&mut bytes)? > 0 {
            thread::sleep(pause);
        }
        Ok(())
    }

    /// Sends `start`, then zeros, `piece` bytes every `pause`.
    pub fn send_slowly(&mut self, start: &str, piece: usize, pause: Duration) -> io::Result<()> {
        self.send(start)?;
        loop {
            self.stream.write_all(&vec![b'0'; piece])?;
            thread::sleep(pause);
        }
    }

    /// Holds the connection open and does nothing until the other side has gone.
    pub fn idle(&mut self) -> io::Result<()> {
        let mut buffer = [0; 1];
        loop {
            match self.socket.peek(&mut buffer) {
                Ok(0) | Err(_) => return Ok(()),
                Ok(_) => thread::sleep(DRIP),
            }
        }
    }

    /// Sends bytes outside of TLS.
    pub fn send_bare(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Resets the connection.
    pub fn reset(&mut self) -> io::Result<()> {
        SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))
    }

    /// Ends the TCP connection in good order; TLS, if there is any, without a close_notify.
    pub fn finish(&mut self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}

/// One way through a tunnel.
#[derive(Default)]
struct Flow {
    under_way: Vec<u8>,
    is_over: bool,
}

impl Flow {
    /// Carries what it can without waiting; whether a byte has moved.
    fn carry(&mut self, from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
        // TLS may hold back what an earlier write took.
        without_waiting(to.flush())?;
        if self.under_way.is_empty() {
            let mut bytes = [0; 16 << 10];
            let amount = without_waiting(from.read(&mut bytes))?;
            self.is_over = amount == Some(0);
            self.under_way.extend_from_slice(&bytes[..amount.unwrap_or(0)]);
        }
        if self.under_way.is_empty() {
            return Ok(false);
        }
        let amount = without_waiting(to.write(&self.under_way))?.unwrap_or(0);
        self.under_way.drain(..amount);
        Ok(amount > 0)
    }
}

/// `None` for what would have to wait.
fn without_waiting<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// A certificate authority and a server certificate of its own.
pub struct Authority {
    pub pem: String,
    server: Arc<ServerConfig>,
}

impl Authority {
    /// One whose server certificate is good.
    pub fn sound() -> Self {
        Self::with(&["127.0.0.1"], |_| {})
    }

    /// `names` are those of the server certificate, `change` is what is wrong with it.
    pub fn with(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("nasty authority {}", COUNT.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("an authority").pem();
        let issuer = Issuer::new(params, key);

        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let leaf = params.signed_by(&key, &issuer).expect("a certificate");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .expect("a server");
        Authority { pem, server: Arc::new(server) }
    }

    /// A file that names the authority, for `ca_file`.
    pub fn file(&self) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(self.pem.as_bytes()).expect("written");
        file
    }
}
