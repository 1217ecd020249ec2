//! A service on loopback that believes nobody: it answers what it was told to, once the signature is right.
//! Paths outside the API, such as those of upload sessions, are not signed.

#![allow(dead_code)] // every test program uses another part of it

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub const ACCESS: &str = "access";
pub const SECRET: &str = "secret";

/// What one request is answered with: status, further headers, body. Status 0 closes the connection instead.
pub type Answer = (u16, &'static str, &'static str);

/// The same, made for a request.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    /// Each ends with CR LF.
    pub headers: String,
    pub body: String,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Reply { status, headers: String::new(), body: body.into() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// Of query and form, decoded.
    pub params: BTreeMap<String, String>,
    /// In the query.
    pub in_query: Vec<String>,
    pub when: Instant,
}

impl Seen {
    /// Method and path below the version.
    pub fn call(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        format!("{} {}", self.method, path.strip_prefix("/v3.0").unwrap_or(path))
    }

    /// The parameters that sign nothing, as `a=1 b=2`.
    pub fn plain(&self) -> String {
        let auth = ["access_key", "timestamp", "signature"];
        let own = self.params.iter().filter(|(name, _)| !auth.contains(&name.as_str()));
        own.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Everything that was sent but binary bytes: what a service might echo.
    pub fn echo(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{} {}\n{headers}\n{}", self.method, self.target, String::from_utf8_lossy(&self.body))
    }

    fn is_signed(&self) -> bool {
        !self.target.starts_with("/v3.0") || signature(self) == self.params["signature"]
    }
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;

pub struct Service {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    /// Gives these answers one after the other, then the last of them for ever.
    pub fn start(answers: &'static [Answer]) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a port"), answers)
    }

    pub fn on(listener: TcpListener, answers: &'static [Answer]) -> Self {
        let next = AtomicUsize::new(0);
        Self::answering_on(listener, move |_| {
            let place = next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            let (status, headers, body) = answers[place];
            Reply { status, headers: headers.into(), body: body.into() }
        })
    }

    /// Answers each request by `handler`, each connection on a thread of its own.
    pub fn answering(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::answering_on(TcpListener::bind("127.0.0.1:0").expect("a port"), handler)
    }

    pub fn answering_on(
        listener: TcpListener,
        handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler): (_, Arc<Handler>) = (Arc::clone(&seen), Arc::new(handler));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, handler) = (Arc::clone(&log), Arc::clone(&handler));
                std::thread::spawn(move || serve(&stream, &*handler, &log));
            }
        });
        Service { address, seen }
    }

    /// Takes requests and does not answer.
    pub fn silent() -> Self {
        Self::answering(|_| {
            std::thread::sleep(Duration::from_secs(60));
            Reply::default()
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the log").clone()
    }
}

/// One request a connection, so that none waits for another.
fn serve(stream: &TcpStream, handler: &Handler, log: &Mutex<Vec<Seen>>) {
    let Some(seen) = read(stream) else { return };
    log.lock().expect("the log").push(seen.clone());
    let reply = if seen.is_signed() {
        handler(&seen)
    } else {
        Reply::new(401, r#"{"error":"NotAuthorized","message":"Signatures do not match"}"#)
    };
    let Reply { status, headers, body } = reply;
    if status > 0 {
        let length =
            if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let text = format!("HTTP/1.1 {status} X\r\n{length}connection: close\r\n{headers}\r\n{body}");
        (&*stream).write_all(text.as_bytes()).ok();
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let when = Instant::now();
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let query = pairs(target.split_once('?').map_or("", |(_, query)| query));
    let in_query = query.iter().map(|(name, _)| name.clone()).collect();
    let is_form = headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let form = if is_form { pairs(std::str::from_utf8(&body).expect("a form")) } else { Vec::new() };
    let params = query.into_iter().chain(form).collect();
    Some(Seen { method, target, headers, body, params, in_query, when })
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').expect("a pair")).map(|(n, v)| (decoded(n), decoded(v))).collect()
}

pub fn decoded(text: &str) -> String {
    let (mut bytes, mut at) = (Vec::new(), text.bytes());
    while let Some(byte) = at.next() {
        bytes.push(if byte == b'%' {
            let digits = [at.next(), at.next()].map(|d| char::from(d.expect("a digit")));
            u8::from_str_radix(&String::from_iter(digits), 16).expect("two digits")
        } else {
            byte
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

pub fn encoded(text: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The signature that the request should have.
fn signature(seen: &Seen) -> String {
    let split = |name: &str| {
        let (outer, inner) = name.strip_suffix(']').and_then(|name| name.split_once('['))?;
        Some((outer.to_owned(), inner.to_owned()))
    };
    // Sorted by the name, and within it by the name in the brackets.
    let mut sorted: BTreeMap<(String, String), String> = BTreeMap::new();
    for (name, value) in seen.params.iter().filter(|(name, _)| *name != "signature") {
        let (key, shown) = match split(name) {
            Some((outer, inner)) => {
                let shown = format!("{outer}[{}]", encoded(&inner));
                ((outer, inner), shown)
            }
            None => ((name.clone(), String::new()), encoded(name)),
        };
        sorted.insert(key, format!("{shown}={}", encoded(value)));
    }
    let query = sorted.into_values().collect::<Vec<_>>().join("&");
    let path = decoded(seen.target.split('?').next().unwrap_or_default());
    let path = path.strip_prefix("/v3.0").expect("the version");
    // The host is signed without its port.
    let host = seen.header("host").rsplit_once(':').map_or("", |(host, _)| host);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(format!("{}\n{host}\n{path}\n{query}", seen.method).as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}
