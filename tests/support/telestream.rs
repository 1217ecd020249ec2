//! A service on loopback that believes nobody: it answers what it was told to, once the signature is right.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub const ACCESS: &str = "access";
pub const SECRET: &str = "secret";

/// What one request is answered with: status, further headers, body. Status 0 closes the connection instead.
pub type Answer = (u16, &'static str, &'static str);

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: BTreeMap<String, String>,
    /// Of query and form, decoded.
    pub params: BTreeMap<String, String>,
    /// In the query.
    pub in_query: Vec<String>,
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
}

pub struct Service {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    /// Gives these answers one after the other, then the last of them for ever.
    pub fn start(answers: &'static [Answer]) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a port"), answers)
    }

    pub fn on(listener: TcpListener, answers: &'static [Answer]) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(&stream, answers, &log);
            }
        });
        Service { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the log").clone()
    }
}

/// One request a connection, so that none waits for another.
fn serve(stream: &TcpStream, answers: &[Answer], log: &Mutex<Vec<Seen>>) {
    let Some(seen) = read(stream) else { return };
    let is_signed = signature(&seen) == seen.params.get("signature").cloned().unwrap_or_default();
    let mut log = log.lock().expect("the log");
    let (status, headers, body) = match is_signed {
        true => answers[log.len().min(answers.len() - 1)],
        false => (401, "", r#"{"error":"NotAuthorized","message":"Signatures do not match"}"#),
    };
    log.push(seen);
    drop(log);
    if status > 0 {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        );
        (&*stream).write_all(text.as_bytes()).ok();
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
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
    let form = pairs(std::str::from_utf8(&body).expect("a form"));
    let params = query.into_iter().chain(form).collect();
    Some(Seen { method, target, headers, params, in_query })
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').expect("a pair")).map(|(n, v)| (decoded(n), decoded(v))).collect()
}

fn decoded(text: &str) -> String {
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

fn encoded(text: &str) -> String {
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
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(format!("{}\n127.0.0.1\n{path}\n{query}", seen.method).as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}
