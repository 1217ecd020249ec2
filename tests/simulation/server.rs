//! The server of a simulated service: it reads requests from its connections, and answers, or goes wrong in
//! one of the ways that networks and services have.

use std::collections::BTreeSet;

use super::flip;
use super::net::{End, Read};
use super::service::{Answer, put};
use super::world::{MILLISECOND, SECOND, Time, World};

/// One connection.
#[derive(Default)]
pub struct Session {
    input: Vec<u8>,
    request: Option<Request>,
    /// The connection ends when so much of the next request's head has come.
    ends_in_head: Option<usize>,
    /// Nothing more is read.
    is_deaf: bool,
}

pub struct Request {
    pub line: String,
    /// What it says of the range that it wants.
    pub range: Option<String>,
    pub if_range: Option<String>,
    /// What it asks an upload session of Telestream.
    pub asked: Option<flip::Asked>,
    /// What it says of the MD5 of its body.
    pub digest: Option<String>,
    pub length: u64,
    pub received: u64,
    /// What it had to be, as far as it has come: where in the file, and in which versions.
    pub offset: u64,
    pub versions: BTreeSet<usize>,
    pub fault: Option<Fault>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fault {
    /// An answer before the body has come.
    Early(u16),
    /// The connection ends in the body, at any byte: so many [`SHARES`] of the way.
    Cut(u64, bool),
    /// Nothing is read from there on.
    Deaf(u64),
    Status(u16),
    /// It is done, perhaps later, but nobody is told.
    Lost,
    CutAnswer,
    Slow(Time),
    Drips,
    Garbage,
    WrongEtag,
    Closes,
}

/// What a body has.
const SHARES: u64 = 1 << 32;

/// Most heads are longer.
const HEAD: usize = 400;

/// What was sent to a service that does not answer may lie there for so long.
const LATEST: Time = 60 * SECOND;

impl World {
    /// Bytes have arrived. Whether they were read.
    pub fn service_receive(&mut self, fd: i32, bytes: &[u8]) -> bool {
        let session = self.service.sessions.entry(fd).or_default();
        if session.is_deaf {
            return false;
        }
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let session = self.service.sessions.entry(fd).or_default();
            if session.is_deaf {
                return false;
            }
            if session.request.is_none() && session.input.is_empty() {
                session.ends_in_head =
                    (self.rng.u32(..8000) < self.service.faults).then(|| self.rng.usize(1..HEAD));
            }
            if session.request.is_none() {
                session.input.extend_from_slice(bytes);
                let end = session.input.windows(4).position(|it| it == b"\r\n\r\n");
                if session.ends_in_head.is_some_and(|at| end.is_some() || session.input.len() >= at) {
                    session.is_deaf = true;
                    self.service.fired += 1;
                    let end = if self.rng.bool() { End::Reset } else { End::Closed };
                    self.hang_up(fd, end);
                    return true;
                }
                let Some(end) = end else { return true };
                let rest = session.input.split_off(end + 4);
                let head = String::from_utf8_lossy(&std::mem::take(&mut session.input)).into_owned();
                self.head(fd, &head);
                bytes = &bytes[bytes.len() - rest.len()..];
                self.body(fd, &[]);
                continue;
            }
            let used = self.body(fd, bytes);
            bytes = &bytes[used..];
        }
        true
    }

    /// The client has closed a connection.
    pub fn hung_up(&mut self, fd: i32) {
        let session = self.service.sessions.remove(&fd);
        self.cut_off(session.and_then(|session| session.request));
    }

    /// No more comes of a request.
    fn cut_off(&mut self, request: Option<Request>) {
        if let Some(Request { asked: Some(asked), received, versions, .. }) = request {
            self.cut_part(&asked, received, &versions);
        }
    }

    fn fault(&mut self, line: &str, has_bytes: bool) -> Option<Fault> {
        if self.rng.u32(..1000) >= self.service.faults {
            return None;
        }
        self.service.fired += 1;
        let status = [500, 503, 429, 502, 408][self.rng.usize(..5)];
        let at = self.rng.u64(..SHARES);
        let body_matters =
            [Fault::Early(status), Fault::Cut(at, self.rng.bool()), Fault::Deaf(at), Fault::WrongEtag];
        let always = [
            Fault::Status(status),
            Fault::Status(status),
            Fault::Lost,
            Fault::CutAnswer,
            Fault::Slow(self.rng.u64(..45) * SECOND),
            Fault::Drips,
            Fault::Garbage,
            Fault::Closes,
        ];
        let is_cut = line.starts_with("GET") && self.rng.bool();
        let count = if has_bytes { body_matters.len() + always.len() } else { always.len() };
        let choice = self.rng.usize(..count);
        if is_cut {
            return Some(Fault::CutAnswer);
        }
        Some(always.get(choice).copied().unwrap_or_else(|| body_matters[choice - always.len()]))
    }

    fn head(&mut self, fd: i32, head: &str) {
        self.service.requests += 1;
        if self.is_told {
            eprintln!("{} ms: {:.60}", self.now / MILLISECOND, head);
        }
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let header = |name: &str| {
            head.split("\r\n").find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let length = header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let put = put(&line);
        let asked = flip::Asked::new(&line, header);
        let fault = self.fault(&line, has_bytes(&line, asked.as_ref()));
        let mut offset = 0;
        if let Some((id, number, chunk)) = &put {
            offset = self.begin_put(id, *number, *chunk);
        }
        if let Some(asked) = &asked {
            offset = self.begin_part(asked);
        }
        let versions = (0..self.service.versions.len()).collect();
        if header("expect").is_some() && !matches!(fault, Some(Fault::Early(_))) {
            self.answer(fd, b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), self.service.thinks, None, None);
        }
        if let Some(Fault::Early(status)) = fault {
            self.say(fd, status, &[], "early", None, None, true);
        }
        let session = self.service.sessions.entry(fd).or_default();
        session.is_deaf = matches!(fault, Some(Fault::Early(_)));
        let (range, if_range, digest) = (header("range"), header("if-range"), header("content-md5"));
        let received = 0;
        session.request =
            Some(Request { line, range, if_range, asked, digest, length, received, offset, versions, fault });
    }

    /// Takes some of `bytes` as the body of the request; how many.
    fn body(&mut self, fd: i32, bytes: &[u8]) -> usize {
        let Some(session) = self.service.sessions.get_mut(&fd) else { return bytes.len() };
        let Some(request) = &mut session.request else { return 0 };
        let ends_at = match request.fault {
            Some(Fault::Cut(at, _) | Fault::Deaf(at)) => at * request.length / SHARES,
            _ => request.length,
        };
        let used = bytes.len().min((ends_at - request.received) as usize);
        let piece = &bytes[..used];
        if has_bytes(&request.line, request.asked.as_ref()) {
            let at = (request.offset + request.received) as usize;
            let versions = &self.service.versions;
            request.versions.retain(|version| versions[*version].get(at..at + used) == Some(piece));
        } else {
            session.input.extend_from_slice(piece);
        }
        request.received += used as u64;
        let (fault, is_whole) = (request.fault, request.received == request.length);
        let has_come = request.received == ends_at;
        match fault {
            Some(Fault::Cut(_, is_reset)) if has_come => {
                session.is_deaf = true;
                let request = session.request.take();
                self.cut_off(request);
                self.hang_up(fd, if is_reset { End::Reset } else { End::Closed });
            }
            Some(Fault::Deaf(_)) if has_come => session.is_deaf = true,
            _ if is_whole => {
                let request = session.request.take().expect("a request");
                let body = std::mem::take(&mut session.input);
                self.serve(fd, request, &body);
            }
            _ => {}
        }
        used
    }

    fn serve(&mut self, fd: i32, request: Request, body: &[u8]) {
        let pause = match request.fault {
            Some(Fault::Slow(time)) => time,
            _ => 0,
        };
        match request.fault {
            Some(Fault::Status(status)) => {
                return self.say(fd, status, &[], "it is overloaded", None, None, false);
            }
            Some(Fault::Garbage) => {
                self.answer(fd, b"\x16\x03\x01 what?\r\n\r\n".to_vec(), self.service.thinks, None, None);
                return self.hang_up(fd, End::Closed);
            }
            _ => {}
        }
        if request.asked.is_none() && request.line.starts_with("GET") {
            return self.get(fd, &request);
        }
        // A late chunk could take the place of a longer one, and no client would know.
        let is_chunk = put(&request.line).is_some_and(|(.., chunk)| chunk.is_some());
        let may_be_late = has_bytes(&request.line, request.asked.as_ref()) && !is_chunk;
        if request.fault == Some(Fault::Lost) && may_be_late && self.rng.bool() {
            let late = self.rng.u64(..LATEST);
            self.after(late, move |world| _ = world.act(&request, &[]));
            return self.hang_up(fd, End::Closed);
        }
        let (status, headers, text, confirms) = self.act(&request, body);
        let fault = match &request.asked {
            Some(asked) if request.fault.is_none() && self.loses_last(asked) => Some(Fault::Lost),
            _ => request.fault,
        };
        if self.is_told {
            eprintln!("{} ms: {status} to {:.40}, {fault:?}", self.now / MILLISECOND, request.line);
        }
        match fault {
            Some(Fault::Lost) => self.hang_up(fd, End::Closed),
            Some(Fault::CutAnswer) => {
                let whole = answer_text(status, &headers, &text, false);
                let at = self.rng.usize(..whole.len());
                // A refusal is known by its head.
                let told = confirms.filter(|_| status >= 400 && at >= whole.len() - text.len());
                self.answer(fd, whole.into_bytes()[..at].to_vec(), self.service.thinks, told, None);
                let end = if self.rng.bool() { End::Closed } else { End::Reset };
                self.hang_up(fd, end);
            }
            fault => {
                let drips = (fault == Some(Fault::Drips)).then_some(400 * MILLISECOND);
                let closes = fault == Some(Fault::Closes);
                let thinks = self.service.thinks;
                self.service.thinks += pause;
                self.say(fd, status, &headers, &text, confirms, drips, closes);
                self.service.thinks = thinks;
            }
        }
    }

    fn act(&mut self, request: &Request, body: &[u8]) -> Answer {
        match (put(&request.line), &request.asked) {
            (Some((id, number, chunk)), _) => self.put(request, &id, number, chunk),
            (None, Some(asked)) => self.ask_session(asked, request),
            (None, None) => {
                let (status, answer, told) = self.call(&request.line, body);
                (status, Vec::new(), answer.to_string(), told)
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // an answer has as many sides
    fn say(
        &mut self,
        fd: i32,
        status: u16,
        headers: &[(String, String)],
        text: &str,
        told: Option<Read>,
        drips: Option<Time>,
        closes: bool,
    ) {
        let bytes = answer_text(status, headers, text, closes).into_bytes();
        self.answer(fd, bytes, self.service.thinks, told, drips);
        if closes {
            self.hang_up(fd, End::Closed);
        }
    }
}

/// Whether bytes of a file come with a request.
fn has_bytes(line: &str, asked: Option<&flip::Asked>) -> bool {
    line.starts_with("PUT") || asked.is_some_and(flip::Asked::has_bytes)
}

fn answer_text(status: u16, headers: &[(String, String)], text: &str, closes: bool) -> String {
    let mut answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", text.len());
    for (name, value) in headers {
        answer += &format!("{name}: {value}\r\n");
    }
    if closes {
        answer += "Connection: close\r\n";
    }
    answer + "\r\n" + text
}
