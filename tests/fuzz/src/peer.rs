//! The other end of all targets but the TLS one: a service on loopback that says what the target wants.

use std::ffi::CString;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// As many connections are served at once. Their threads live as long as the process: to start one for each
/// connection would cost more than what it does.
const CONNECTIONS: usize = 24;

/// A request as it came.
pub struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_end())
    }
}

/// What is said to it.
#[derive(Clone)]
pub struct Reply {
    pub bytes: Vec<u8>,
    /// Whether nothing more is said on the connection.
    pub closes: bool,
}

impl Reply {
    /// A whole answer, after which the connection can be used again.
    pub fn new(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        Reply { bytes: [head.as_bytes(), body].concat(), closes: false }
    }

    /// The connection ends without an answer.
    pub fn nothing() -> Self {
        Reply { bytes: Vec::new(), closes: true }
    }
}

type Answer = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A service that runs as long as the process.
pub struct Peer {
    pub address: SocketAddr,
    /// Of the input: what was left of the one before is not answered.
    turn: Arc<AtomicU64>,
}

impl Peer {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").expect("a port"));
        let address = listener.local_addr().expect("an address");
        let turn = Arc::<AtomicU64>::default();
        let answer: Arc<Answer> = Arc::new(Box::new(answer));
        for _ in 0..CONNECTIONS {
            let (listener, answer, turn) = (Arc::clone(&listener), Arc::clone(&answer), Arc::clone(&turn));
            thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    serve(stream, &answer, &turn);
                }
            });
        }
        Peer { address, turn }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn c_url(&self) -> CString {
        CString::new(self.url()).expect("no NUL")
    }

    /// Another input begins.
    pub fn next(&self) {
        self.turn.fetch_add(1, Ordering::SeqCst);
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, turn: &AtomicU64) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let own = turn.load(Ordering::SeqCst);
    while let Some(request) = read(&mut reader) {
        if turn.load(Ordering::SeqCst) != own {
            break;
        }
        let reply = answer(&request);
        // In one write: a second one would wait for the client's delayed acknowledgement of the first.
        stream.write_all(&reply.bytes).ok()?;
        if reply.closes {
            break;
        }
    }
    stream.shutdown(Shutdown::Write).ok()?;
    // With bytes unread the end would be a reset, which takes what the client has not read yet.
    std::io::copy(&mut reader, &mut std::io::sink()).ok().map(|_| ())
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let path = target.split('?').next()?.to_owned();
    let mut request = Request { method, path, head, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok());
    request.body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
