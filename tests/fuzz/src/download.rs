//! A download from a service that cuts its answers, has other bytes from one time to the next, and is wrong
//! about ranges, versions and lengths.
//!
//! The promise: what is returned is a file that the service has, or had, as a whole, or an error, and then
//! there is no file. The bytes of two versions are never mixed. This holds unless the service lies: says that
//! bytes are those of another version or range than they are.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ferry::error::{ErrorKind, Result};
use ferry::filestack::{Client, ClientOptions, Filelink, RequestOptions};
use ferry::http::Connection;
use tempfile::TempDir;

use super::peer::{Peer, Reply, Request};
use super::service::STATUSES;
use super::sound;

/// Lengths of the versions of the file.
const LENGTHS: [usize; 3] = [3000, 3000, 2000];

/// So many answers follow the first one.
const RETRIES: u32 = 3;

/// How one request is answered.
#[derive(Clone, Copy, Default)]
struct Plan {
    version: u8,
    status: u8,
    flags: u8,
    etag: u8,
    a: u16,
    b: u16,
}

const CUT: u8 = 1;
const OTHER_STATUS: u8 = 2;
const OTHER_RANGE: u8 = 4;
const NO_LENGTH: u8 = 8;
const OTHER_LENGTH: u8 = 16;
const NO_RANGES: u8 = 32;

#[derive(Default)]
struct Service {
    plans: Vec<Plan>,
    /// An ETag of the input's choice, and the version that had it.
    etag: Vec<u8>,
    etag_of: Option<usize>,
    answered: usize,
    /// What was said to be a whole file.
    wholes: Vec<Vec<u8>>,
    lies: bool,
}

static SERVICE: Mutex<Option<Service>> = Mutex::new(None);

fn version(number: usize) -> &'static [u8] {
    static ALL: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let make = |(number, length): (usize, &usize)| {
        (0..*length).map(|at| (at * (number + 3) + at / 251 + number) as u8).collect()
    };
    &ALL.get_or_init(|| LENGTHS.iter().enumerate().map(make).collect())[number]
}

fn peer() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| {
        Peer::start(|request| {
            let mut service = SERVICE.lock().expect("nobody panicked");
            service.get_or_insert_default().answer(request)
        })
    })
}

/// The first byte says where the file goes, the second how many answers follow, of eight bytes each; what is
/// left is an ETag.
pub fn download(data: &[u8]) {
    let [way, count, rest @ ..] = data else { return };
    let count = usize::from(*count % (RETRIES as u8 + 2));
    let mut service = Service::default();
    let mut rest = rest;
    while let Some(([version, status, flags, etag, a, b, c, d], after)) = rest.split_first_chunk::<8>() {
        if service.plans.len() == count {
            break;
        }
        rest = after;
        let (a, b) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
        service.plans.push(Plan { version: *version, status: *status, flags: *flags, etag: *etag, a, b });
    }
    service.etag = rest.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    *SERVICE.lock().expect("nobody panicked") = Some(service);
    peer().next();
    let result = receive(*way);
    let service = SERVICE.lock().expect("nobody panicked").take().unwrap_or_default();
    match result {
        Ok(bytes) => {
            let is_known = (0..LENGTHS.len()).any(|number| version(number) == bytes);
            let is_whole = is_known || service.wholes.contains(&bytes);
            assert!(is_whole || service.lies, "{} bytes that no file has", bytes.len());
        }
        Err(error) => {
            sound(&error);
            assert!(error.kind() != ErrorKind::Timeout, "{error}");
        }
    }
}

fn receive(way: u8) -> Result<Vec<u8>> {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let make = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let path = FOLDER.get_or_init(make).path().join("file");
    let options = RequestOptions::default();
    let link = Filelink::new(&client(), "HANDLE").expect("a link");
    match way {
        0..128 => {
            let path = path.to_str().expect("UTF-8");
            let result = link.download(path, &options, None);
            let there = std::fs::read(path);
            std::fs::remove_file(path).ok();
            assert_eq!(result.is_ok(), there.is_ok(), "a file exactly when it is whole");
            let length = result?;
            let bytes = there.expect("a file");
            assert_eq!(bytes.len() as u64, length);
            Ok(bytes)
        }
        128..255 => link.content(&options, None),
        // Another thread receives it, which takes longer; so few inputs ask for it.
        255 => {
            let mut all = Vec::new();
            let mut take = |bytes: &[u8]| {
                all.extend(bytes);
                Ok(())
            };
            let length = link.stream(&options, None, &mut take)?;
            assert_eq!(all.len() as u64, length);
            Ok(all)
        }
    }
}

fn client() -> Arc<Client> {
    let stall_timeout = Duration::from_secs(20);
    let connection = Connection { stall_timeout, max_retries: RETRIES, ..Connection::default() };
    let options = ClientOptions { base_url: Some(peer().url()), connection, ..ClientOptions::default() };
    Client::new("KEY", options).expect("a client")
}

impl Service {
    fn answer(&mut self, request: &Request) -> Reply {
        let plan = self.plans.get(self.answered).or(self.plans.last()).copied().unwrap_or_default();
        self.answered += 1;
        let is = |flag: u8| plan.flags & flag != 0;
        let number = usize::from(plan.version) % LENGTHS.len();
        let file = version(number);
        let etag = self.etag(number, plan.etag);
        let asked = asked(request, &etag, file.len()).filter(|_| !is(NO_RANGES));
        let other = || Some((usize::from(plan.a), usize::from(plan.b))).filter(|_| is(OTHER_RANGE));
        let range = other().filter(|(from, to)| from < to && *to <= file.len()).or(asked);
        let (from, to) = range.unwrap_or((0, file.len()));
        let honest = if range.is_some() { "206 Partial" } else { "200 OK" };
        let status = if is(OTHER_STATUS) { STATUSES[usize::from(plan.status) % 8] } else { honest };
        let mut head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n").into_bytes();
        if range.is_some() {
            head.extend(format!("content-range: bytes {from}-{}/{}\r\n", to - 1, file.len()).as_bytes());
        }
        if !etag.is_empty() {
            head.extend([b"etag: ", &*etag, b"\r\n"].concat());
        }
        let mut body = &file[from..to];
        let length = if is(OTHER_LENGTH) { plan.b.into() } else { body.len() };
        if !is(NO_LENGTH) {
            head.extend(format!("content-length: {length}\r\n").as_bytes());
        }
        if is(CUT) {
            body = &body[..body.len().min(plan.a.into())];
        }
        let is_whole = is(NO_LENGTH) || body.len() >= length;
        self.judge(
            status,
            &etag,
            number,
            cut(body, if is(NO_LENGTH) { body.len() } else { length }),
            is_whole,
        );
        Reply { bytes: [&*head, b"\r\n", body].concat(), closes: true }
    }

    fn etag(&mut self, number: usize, kind: u8) -> Vec<u8> {
        match kind % 5 {
            0 | 1 => strong(number),
            2 => [b"W/", &*strong(number)].concat(),
            3 => Vec::new(),
            _ => {
                self.lies |= self.etag_of.replace(number).is_some_and(|before| before != number);
                self.etag.clone()
            }
        }
    }

    /// Notes what the client may make of an answer with this body.
    fn judge(&mut self, status: &str, etag: &[u8], number: usize, body: &[u8], is_whole: bool) {
        self.lies |= (0..LENGTHS.len()).any(|other| other != number && strong(other) == etag);
        if status == "200 OK" && is_whole {
            self.wholes.push(body.to_vec());
        }
    }
}

fn strong(number: usize) -> Vec<u8> {
    format!("\"v{number}\"").into_bytes()
}

fn cut(body: &[u8], length: usize) -> &[u8] {
    &body[..body.len().min(length)]
}

/// The range that a request asks for of the version that it asks for.
fn asked(request: &Request, etag: &[u8], length: usize) -> Option<(usize, usize)> {
    let range = request.header("range")?.strip_prefix("bytes=")?;
    let (from, last) = range.split_once('-')?;
    let from = from.parse().ok()?;
    let to = if last.is_empty() { length } else { last.parse::<usize>().ok()? + 1 };
    let is_same = request.header("if-range").is_some_and(|own| own.as_bytes() == etag);
    (is_same && from < to && to <= length).then_some((from, to))
}
