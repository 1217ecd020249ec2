//! A server of one answer per connection, and how a test asks it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ferry::error::{Error, Result};
use ferry::http::retry::Attempt;
use ferry::http::{Bounds, Connection, Http, Method, Payload, Request, Response, Secrets};

/// A server on 127.0.0.1. It records the head of each request.
pub struct Server {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request with what `answer` makes of its head and body.
    pub fn start(answer: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (record, answer) = (Arc::clone(&heads), Arc::new(answer));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (record, answer) = (Arc::clone(&record), Arc::clone(&answer));
                thread::spawn(move || serve(client, &record, &*answer));
            }
        });
        Server { address, heads }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn paths(&self) -> Vec<String> {
        self.heads().iter().map(|head| head.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
    }
}

fn serve(
    mut client: TcpStream,
    record: &Mutex<Vec<String>>,
    answer: &dyn Fn(&str, &str) -> String,
) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = values(&head, "content-length").first().and_then(|v| v.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    record.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    client.write_all(answer(&head, &String::from_utf8_lossy(&body)).as_bytes()).ok()
}

/// The values of a header.
pub fn values(head: &str, name: &str) -> Vec<String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned()).collect()
}

/// An answer; `headers` end with `\r\n` each.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
}

pub fn http() -> Http {
    let connection = Connection { stall_timeout: Duration::from_secs(5), ..Connection::default() };
    Http::new(connection).expect("a client")
}

pub fn bounds(http: &Http) -> Arc<Bounds> {
    http.bounds(Arc::default(), None)
}

pub fn request(method: Method, url: &str) -> Request<'static> {
    Request {
        method,
        url: url.to_owned(),
        headers: Vec::new(),
        body: Payload::None,
        shown: None,
        secrets: Secrets::default(),
        attempt: Attempt::default(),
    }
}

pub fn send(request: Request<'_>) -> Result<Response> {
    let http = http();
    http.send(request, &bounds(&http))
}

pub fn get(url: &str) -> Result<Response> {
    send(request(Method::GET, url))
}

/// All that people may read of an error.
pub fn texts(error: &Error) -> String {
    format!("{}\n{}\n{error:?}", error.message(), error.body())
}
