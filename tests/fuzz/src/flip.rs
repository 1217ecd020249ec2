//! Telestream's upload sessions (`specs/telestream.md` 4), as honest as a service can be: what is stored is
//! what came. Of one call it may say anything instead of what is so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ferry::http::Connection;
use ferry::telestream::{Client, ClientOptions};
use serde_json::json;

use super::peer::{Peer, Reply, Request};

/// What no error may show.
pub const KEY: &str = "tcs_opensesame_key_of_the_account";
pub const SESSION: &str = "opensesame-session";

/// The longest part; a file of these tests has a few.
pub const PART: usize = 64;

/// The calls of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Opening,
    Part,
    Missing,
    Range,
    Other,
}

#[derive(Default, Clone)]
pub struct Flip {
    pub sessions: BTreeMap<String, Session>,
    /// The files of which videos were made.
    pub videos: Vec<Vec<u8>>,
    /// Whether the answer to the last part tells the video.
    pub is_silent: bool,
    /// So many parts are taken before one is refused.
    pub takes: Option<usize>,
    /// The answer that would tell the video gets lost.
    pub loses_last: bool,
    /// A call that is answered otherwise.
    pub says: Option<(Step, Reply)>,
}

#[derive(Default, Clone)]
pub struct Session {
    size: usize,
    pub parts: BTreeMap<usize, Vec<u8>>,
    has_video: bool,
}

static FLIP: Mutex<Option<Flip>> = Mutex::new(None);

fn flip() -> MutexGuard<'static, Option<Flip>> {
    FLIP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The service is like this from now on.
pub fn set(state: Flip) {
    peer().next();
    *flip() = Some(state);
}

/// How the service is now.
pub fn get() -> Flip {
    flip().clone().unwrap_or_default()
}

pub fn peer() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| Peer::start(|request| flip().get_or_insert_default().answer(request)))
}

/// A client of the account that gives nobody a second chance.
pub fn client() -> Arc<Client> {
    let stall_timeout = Duration::from_secs(20);
    let options = ClientOptions {
        factory_id: Some("factory".into()),
        base_url: Some(peer().url()),
        connection: Connection { stall_timeout, max_retries: 0, ..Connection::default() },
        ..ClientOptions::default()
    };
    Client::with_apikey(KEY, options).expect("a client")
}

/// What seals the journals and tokens of the client.
pub fn secret() -> String {
    format!("{KEY} {}/flip/3.1", peer().url())
}

fn step_of(request: &Request) -> Step {
    let is_session = request.path.starts_with("/flip-session/");
    match request.method.as_str() {
        _ if request.path.ends_with("/videos/upload.json") => Step::Opening,
        "POST" if is_session && request.header("x-part").is_some() => Step::Part,
        "POST" if is_session => Step::Range,
        "GET" if is_session => Step::Missing,
        _ => Step::Other,
    }
}

impl Flip {
    fn answer(&mut self, request: &Request) -> Reply {
        let step = step_of(request);
        let honest = match step {
            Step::Opening => self.open(request),
            Step::Part | Step::Missing | Step::Range => self.ask(request, step),
            Step::Other => Reply::new("200 OK", "", b"{}"),
        };
        match &self.says {
            Some((own, reply)) if *own == step => reply.clone(),
            _ => honest,
        }
    }

    fn open(&mut self, request: &Request) -> Reply {
        let text = format!("{}&{}", request.head, String::from_utf8_lossy(&request.body));
        let after = text.split("file_size=").nth(1).unwrap_or_default();
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let size: usize = digits.parse().unwrap_or(0);
        let id = format!("{SESSION}-{}", self.sessions.len());
        self.sessions.insert(id.clone(), Session { size, ..Session::default() });
        let location = format!("{}/flip-session/{id}", peer().url());
        let opened = json!({"location": location, "parts": size.div_ceil(PART), "part_size": PART,
            "max_connections": 2});
        said(&opened)
    }

    fn ask(&mut self, request: &Request, step: Step) -> Reply {
        let id = request.path.trim_start_matches("/flip-session/");
        let Some(session) = self.sessions.get_mut(id) else {
            return Reply::new("404 Not Found", "", b"no such session");
        };
        let count = session.size.div_ceil(PART);
        if step == Step::Missing {
            let missing: Vec<usize> =
                (0..count).filter(|number| !session.parts.contains_key(number)).collect();
            return said(&json!({"missing_parts": missing}));
        }
        let number = match step {
            Step::Part => request.header("x-part").and_then(|number| number.parse().ok()),
            _ => first_of(request),
        };
        // Who asks how far a session is sends nothing.
        let Some(number) = number else { return Reply::new("200 OK", "", b"") };
        if self.takes.is_some_and(|most| session.parts.len() >= most) {
            return Reply::new("400 Bad Request", "", b"no more");
        }
        if !session.has_video {
            session.parts.insert(number, request.body.clone());
        }
        let stored = session.stored();
        if stored.len() < session.size {
            return said(&json!({}));
        }
        if !session.has_video {
            session.has_video = true;
            self.videos.push(stored);
        }
        if self.loses_last {
            return Reply::nothing();
        }
        let video = json!({"id": format!("video-{}", self.videos.len() - 1), "file_size": session.size});
        said(if self.is_silent { &serde_json::Value::Null } else { &video })
    }
}

impl Session {
    /// What came, one part after the other.
    pub fn stored(&self) -> Vec<u8> {
        self.parts.values().flatten().copied().collect()
    }
}

fn said(value: &serde_json::Value) -> Reply {
    Reply::new("200 OK", "", value.to_string().as_bytes())
}

/// Where the range begins that a request brings.
fn first_of(request: &Request) -> Option<usize> {
    request.header("content-range")?.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}
