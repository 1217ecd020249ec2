//! A server on loopback that has a file, and does with each request for it what a test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The longest that the server waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A request that came.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// From 0, in the order in which they came.
    pub number: usize,
    pub path: String,
    pub range: Option<String>,
    pub if_range: Option<String>,
}

impl Asked {
    /// The first byte that is asked for, and the end.
    pub fn bytes(&self, length: usize) -> (usize, usize) {
        let Some(range) = &self.range else { return (0, length) };
        let (first, last) = range.strip_prefix("bytes=").and_then(|r| r.split_once('-')).expect("a range");
        let end = last.parse().map_or(length, |last: usize| last + 1);
        (first.parse().expect("a number"), end)
    }
}

/// An answer. Its connection is closed after it.
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: Option<usize>,
    wait: Option<(usize, Box<dyn FnOnce() + Send>)>,
    /// Between two pieces of 64 KiB.
    pause: Option<Duration>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers = vec![("content-length", body.len().to_string())];
        Reply { status, headers, body, cut: None, wait: None, pause: None }
    }

    /// The whole file, whatever was asked for.
    pub fn whole(data: &[u8], etag: &str) -> Self {
        Reply::new(200, data).with("etag", etag).with("accept-ranges", "bytes")
    }

    /// What was asked for.
    pub fn right(asked: &Asked, data: &[u8], etag: &str) -> Self {
        if asked.range.is_none() || asked.if_range.as_deref() != Some(etag) {
            return Reply::whole(data, etag);
        }
        let (first, end) = asked.bytes(data.len());
        let range = format!("bytes {first}-{}/{}", end - 1, data.len());
        Reply::new(206, &data[first..end]).with("etag", etag).with("content-range", &range)
    }

    /// With this header in place of one of that name.
    pub fn with(self, name: &'static str, value: &str) -> Self {
        let mut reply = self.without(name);
        reply.headers.push((name, value.to_owned()));
        reply
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| *own != name);
        self
    }

    /// In one chunk, without the empty one that ends a body: the connection is closed after the last byte.
    pub fn unended(self) -> Self {
        let head = format!("{:x}\r\n", self.body.len());
        let body = [head.as_bytes(), &self.body, b"\r\n"].concat();
        Reply { body, ..self.without("content-length").with("transfer-encoding", "chunked") }
    }

    /// The connection is closed after so many bytes of the body.
    pub fn cut(mut self, after: usize) -> Self {
        self.cut = Some(after);
        self
    }

    /// The body leaves in pieces of 64 KiB, with a pause before each.
    pub fn drip(mut self, pause: Duration) -> Self {
        self.pause = Some(pause);
        self
    }

    /// After so many bytes of the body `until` is called, and the rest leaves when it returns.
    pub fn wait(mut self, after: usize, until: impl FnOnce() + Send + 'static) -> Self {
        self.wait = Some((after, Box::new(until)));
        self
    }
}

/// What has happened so far.
#[derive(Default)]
pub struct Log {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    /// The numbers of the requests whose connection is closed.
    ended: Vec<usize>,
    /// Something that was waited for has not come.
    late: bool,
}

impl Log {
    fn wait(&self, reached: impl Fn(&State) -> bool) {
        let state = self.state.lock().expect("a lock");
        let (mut state, result) =
            self.changed.wait_timeout_while(state, PATIENCE, |state| !reached(state)).expect("a lock");
        // A panic in a thread of the server would be seen by nobody.
        state.late |= result.timed_out();
    }

    /// Waits for so many requests.
    pub fn wait_for(&self, requests: usize) {
        self.wait(|state| state.asked.len() >= requests);
    }

    /// Waits for a request that is so.
    pub fn wait_for_one(&self, is_it: impl Fn(&Asked) -> bool) {
        self.wait(|state| state.asked.iter().any(&is_it));
    }

    /// Waits until the connection of a request is closed, by either side.
    pub fn wait_for_end(&self, number: usize) {
        self.wait(|state| state.ended.contains(&number));
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().expect("a lock").asked.clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().expect("a lock"));
        self.changed.notify_all();
    }
}

pub struct FileServer {
    pub url: String,
    pub log: Arc<Log>,
}

impl FileServer {
    pub fn start(answer: impl Fn(&Asked, &Arc<Log>) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let log = Arc::<Log>::default();
        let (own, answer) = (Arc::clone(&log), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer) = (Arc::clone(&own), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        FileServer { url, log }
    }

    /// The ranges that were asked for, each as in its header; `None` for the whole file.
    pub fn ranges(&self) -> Vec<Option<String>> {
        self.log.asked().into_iter().map(|asked| asked.range).collect()
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        let late = self.log.state.lock().is_ok_and(|state| state.late);
        assert!(!late || std::thread::panicking(), "what an answer waited for has not come");
    }
}

fn serve(stream: TcpStream, answer: &dyn Fn(&Asked, &Arc<Log>) -> Reply, log: &Arc<Log>) {
    let Some(mut asked) = read(&stream) else { return };
    log.change(|state| {
        asked.number = state.asked.len();
        state.asked.push(asked.clone());
    });
    let reply = answer(&asked, log);
    write(&stream, reply).ok();
    drop(stream);
    log.change(|state| state.ended.push(asked.number));
}

fn write(mut stream: &TcpStream, reply: Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all((head + "\r\n").as_bytes())?;
    let body = &reply.body[..reply.cut.unwrap_or(reply.body.len())];
    let (first, second) = body.split_at(reply.wait.as_ref().map_or(0, |(after, _)| *after));
    stream.write_all(first)?;
    if let Some((_, until)) = reply.wait {
        until();
    }
    let Some(pause) = reply.pause else { return stream.write_all(second) };
    second.chunks(64 << 10).try_for_each(|piece| {
        std::thread::sleep(pause);
        stream.write_all(piece)
    })
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let mut asked = Asked { number: 0, path, range: None, if_range: None };
    for line in lines.take_while(|line| !line.is_empty()) {
        match line.split_once(": ") {
            Some(("range", value)) => asked.range = Some(value.to_owned()),
            Some(("if-range", value)) => asked.if_range = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(asked)
}
