//! A server on loopback that answers as a test says, one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    /// The header lines, without the request line.
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    /// The path of the request, without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn host(&self) -> String {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with("host:"));
        line.and_then(|line| line.split_once(": ")).map_or_else(String::new, |(_, host)| host.to_owned())
    }
}

pub enum Reply {
    /// Status, further header lines (each with its CR LF), body.
    Answer(u16, String, Vec<u8>),
    /// The request is read, and the connection closed: the answer is lost.
    Lost,
}

impl Reply {
    pub fn json(status: u16, body: &str) -> Reply {
        Reply::Answer(status, "content-type: application/json\r\n".into(), body.into())
    }
}

pub struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(&stream, &*answer, &log));
            }
        });
        Server { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the log").clone()
    }

    pub fn forget(&self) {
        self.seen.lock().expect("the log").clear();
    }

    /// How many requests had this path.
    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.path() == path).count()
    }
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&Seen) -> Reply, log: &Mutex<Vec<Seen>>) {
    let Some(seen) = read(stream) else { return };
    log.lock().expect("the log").push(seen.clone());
    let Reply::Answer(status, headers, body) = answer(&seen) else { return };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
    let mut stream = stream;
    stream.write_all(head.as_bytes()).ok();
    if seen.method != "HEAD" {
        stream.write_all(&body).ok();
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { method, target, head, body })
}
