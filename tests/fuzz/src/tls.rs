//! What a peer sends through TLS: any bytes in place of a handshake, and the records of a real server,
//! damaged on their way.
//!
//! The promise: the call returns what the server has said, or an error; it always ends, and what ends it is
//! not a timeout.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ferry::error::ErrorKind;
use ferry::http::retry::Attempt;
use ferry::http::{Connection, Http, Method, Payload, Request, Secrets};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use tempfile::NamedTempFile;

use super::sound;

/// Bytes of the answer: several records of it.
const BODY: usize = 3000;
const FRAGMENT: usize = 600;

/// How long the server waits for a client that waits for what has been taken away.
const PATIENCE: Duration = Duration::from_millis(40);

/// What happens to the records.
#[derive(Clone, Default)]
struct Script {
    is_tls12: bool,
    /// The body ends where the connection does.
    is_open_ended: bool,
    /// What is sent instead of all.
    instead: Option<Vec<u8>>,
    steps: Vec<[u8; 4]>,
    /// What is inserted.
    foreign: Vec<u8>,
}

static SCRIPT: Mutex<Option<Script>> = Mutex::new(None);

/// The first byte chooses; then come steps of four bytes each, what is done to which record and how, until
/// one that begins with 0xff; what is left are foreign bytes.
pub fn tls(data: &[u8]) {
    let [choice, rest @ ..] = data else { return };
    let mut script =
        Script { is_tls12: choice & 1 != 0, is_open_ended: choice & 2 != 0, ..Script::default() };
    if choice & 4 != 0 {
        script.instead = Some(rest.to_vec());
    } else {
        let mut rest = rest;
        while let Some((step, after)) = rest.split_first_chunk::<4>() {
            rest = after;
            if step[0] == 0xff || script.steps.len() == 16 {
                break;
            }
            script.steps.push(*step);
        }
        script.foreign = rest.to_vec();
    }
    let is_whole = script.instead.is_none() && script.steps.is_empty();
    *SCRIPT.lock().expect("nobody panicked") = Some(script);
    let server = server();
    let ca_file = server.ca_file.path().to_str().map(str::to_owned);
    let stall_timeout = Duration::from_secs(20);
    let http = Http::new(Connection { ca_file, stall_timeout, max_retries: 0, ..Connection::default() });
    let http = http.expect("a client");
    let request = Request {
        method: Method::GET,
        url: format!("https://{}/", server.address),
        headers: Vec::new(),
        body: Payload::None,
        shown: None,
        secrets: Secrets::default(),
        attempt: Attempt::default(),
    };
    match http.send(request, &http.bounds(Arc::default(), None)) {
        Ok(response) => {
            assert!(response.status == 200 && response.body == body(), "other bytes are returned")
        }
        Err(error) => {
            sound(&error);
            assert!(error.kind() != ErrorKind::Timeout, "{error}");
            assert!(!is_whole, "an undamaged answer is refused: {error}");
        }
    }
}

fn body() -> &'static [u8] {
    static ALL: OnceLock<Vec<u8>> = OnceLock::new();
    ALL.get_or_init(|| (0..BODY).map(|at| (at * 7 + at / 251) as u8).collect())
}

struct Server {
    address: SocketAddr,
    ca_file: NamedTempFile,
}

/// It runs as long as the process.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (configs, ca_file) = configs();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let script = SCRIPT.lock().expect("nobody panicked").clone().unwrap_or_default();
                let config = &configs[usize::from(script.is_tls12)];
                // A connection that breaks is the client's business.
                let _ = Session::new(stream, script, config).serve();
            }
        });
        Server { address, ca_file }
    })
}

/// The server's sides of TLS 1.3 and 1.2, and the certificate to trust.
fn configs() -> ([Arc<ServerConfig>; 2], NamedTempFile) {
    let mut params = CertificateParams::new(Vec::new()).expect("an authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&key).expect("an authority");
    let issuer = Issuer::from_params(&params, &key);
    let own_key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
    let own = own.signed_by(&own_key, &issuer).expect("a certificate");
    let mut ca_file = NamedTempFile::new().expect("a file");
    ca_file.write_all(authority.pem().as_bytes()).expect("written");
    let config = |version: &'static rustls::SupportedProtocolVersion| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], key)
            .expect("a certificate");
        config.max_fragment_size = Some(FRAGMENT);
        Arc::new(config)
    };
    ([config(&rustls::version::TLS13), config(&rustls::version::TLS12)], ca_file)
}

/// One connection, from the server's side.
struct Session {
    stream: TcpStream,
    script: Script,
    tls: ServerConnection,
    /// How many records were made.
    count: u8,
    /// One that comes after the next one.
    held: Option<Vec<u8>>,
    /// Nothing is sent any more.
    is_cut: bool,
}

impl Session {
    fn new(stream: TcpStream, script: Script, config: &Arc<ServerConfig>) -> Self {
        let tls = ServerConnection::new(Arc::clone(config)).expect("a session");
        Session { stream, script, tls, count: 0, held: None, is_cut: false }
    }

    fn serve(mut self) -> std::io::Result<()> {
        let is_damaged = self.script.instead.is_some() || !self.script.steps.is_empty();
        self.stream.set_read_timeout(is_damaged.then_some(PATIENCE))?;
        let result = match self.script.instead.take() {
            Some(bytes) => self.stream.write_all(&bytes),
            None => self.talk(),
        };
        if let Some(held) = self.held.take() {
            self.stream.write_all(&held)?;
        }
        self.stream.shutdown(Shutdown::Write)?;
        // With bytes unread the end would be a reset, which takes what the client has not read yet.
        self.stream.set_read_timeout(None)?;
        std::io::copy(&mut self.stream, &mut std::io::sink())?;
        result
    }

    fn talk(&mut self) -> std::io::Result<()> {
        let mut request = Vec::new();
        while !self.is_cut && !request.ends_with(b"\r\n\r\n") {
            if self.tls.read_tls(&mut self.stream)? == 0 {
                return Ok(());
            }
            let state = self.tls.process_new_packets();
            let has_failed = state.is_err();
            if let Ok(state) = state {
                let mut plain = vec![0; state.plaintext_bytes_to_read()];
                self.tls.reader().read_exact(&mut plain)?;
                request.extend(plain);
            }
            self.send()?;
            if has_failed {
                return Ok(());
            }
        }
        let length = format!("content-length: {BODY}\r\n");
        let length = if self.script.is_open_ended { "" } else { &length };
        self.tls.writer().write_all(format!("HTTP/1.1 200 OK\r\n{length}\r\n").as_bytes())?;
        self.tls.writer().write_all(body())?;
        self.tls.send_close_notify();
        self.send()
    }

    /// Sends the records that are there, as the script has them.
    fn send(&mut self) -> std::io::Result<()> {
        let mut made = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut made)?;
        }
        let mut sent = Vec::new();
        let mut rest = made.as_slice();
        while let Some(header) = rest.first_chunk::<5>() {
            let length = 5 + usize::from(u16::from_be_bytes([header[3], header[4]]));
            let (record, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            self.damage(record.to_vec(), &mut sent);
        }
        self.stream.write_all(&sent)
    }

    /// Appends what becomes of one record.
    fn damage(&mut self, mut record: Vec<u8>, sent: &mut Vec<u8>) {
        let number = self.count;
        self.count = self.count.saturating_add(1);
        let (mut copies, mut is_held) = (1, false);
        let steps: Vec<[u8; 4]> =
            self.script.steps.iter().copied().filter(|step| step[0] & 0x1f == number).collect();
        for [_, what, a, b] in steps {
            let place = (usize::from(a) << 8 | usize::from(b)) % record.len().max(1);
            match what % 10 {
                0 => flip(&mut record, place, 1 << (a % 8)),
                1 => flip(&mut record, place, b | 1),
                2 => record.truncate(place),
                3 => copies = 2,
                4 => copies = 0,
                5 => is_held = true,
                6 => flip(&mut record, usize::from(a % 5), b),
                7 => sent.extend(&self.script.foreign),
                8 => record.splice(place..place, self.script.foreign.iter().copied()).for_each(drop),
                _ => {
                    record.truncate(place);
                    sent.extend(&record);
                    self.is_cut = true;
                    return;
                }
            }
        }
        if self.is_cut {
            return;
        }
        let copied = record.repeat(copies);
        if is_held {
            sent.extend(self.held.replace(copied).into_iter().flatten());
        } else {
            sent.extend(copied);
            sent.extend(self.held.take().into_iter().flatten());
        }
    }
}

fn flip(record: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = record.get_mut(at) {
        *byte ^= bits;
    }
}
