//! What the tests of the core share: a cloud with its switches, and data to upload.

#![allow(dead_code)] // every test program uses another part of it

pub mod flip;
mod noise;

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry::filestack::{Client, ClientOptions};
use ferry::http::Connection;
use localcloud::{Cloud, Options};
use serde_json::Value;
use socket2::{Domain, Socket, Type};

pub use noise::noise;

/// An address where nobody listens, and nobody else can while the socket lives: a port that is free would
/// soon be taken by another test.
pub fn nobody() -> (Socket, SocketAddr) {
    let taken = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    taken.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("bound");
    let address = taken.local_addr().ok().and_then(|name| name.as_socket()).expect("an address");
    (taken, address)
}

/// Waits for what has to come within 20 seconds.
pub fn wait_until(what: &str, reached: impl Fn() -> bool) {
    let begin = Instant::now();
    while !reached() {
        assert!(begin.elapsed() < Duration::from_secs(20), "{what} does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Gives a file other bytes, as many as it has, and the time that it had before.
pub fn overwrite_secretly(path: impl AsRef<Path>, bytes: &[u8]) {
    let time = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    let mut file = fs::File::options().write(true).open(path).expect("the file");
    file.write_all(bytes).expect("written");
    file.set_modified(time).expect("the time is back");
}

/// What the local cloud tells under that path of its controls.
pub fn control(url: &str, path: &str) -> Value {
    let mut answer = ureq::get(format!("{url}/_local/{path}")).call().expect(path);
    let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().expect("text");
    serde_json::from_str(&text).expect("JSON")
}

pub struct TestCloud {
    cloud: Cloud,
}

impl TestCloud {
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        TestCloud { cloud: Cloud::start(options).expect("the local cloud starts") }
    }

    pub fn url(&self) -> String {
        self.cloud.http_url()
    }

    pub fn https_url(&self) -> Option<String> {
        self.cloud.https_url()
    }

    pub fn client(&self, connection: Connection) -> Arc<Client> {
        let options = ClientOptions { base_url: Some(self.url()), connection, ..Default::default() };
        Client::new("TESTKEY", options).expect("a client")
    }

    pub fn faults(&self, rules: Value) {
        let url = format!("{}/_local/faults", self.url());
        ureq::put(url).send(rules.to_string()).expect("the faults are set");
    }

    /// How often each rule of [`TestCloud::faults`] has fired since they were set: the proof that a fault
    /// happened.
    pub fn fired(&self) -> Vec<u64> {
        self.cloud.fired()
    }

    /// How many parts of Filestack's uploads came again although they were there.
    pub fn repeated(&self) -> u64 {
        self.cloud.repeated().filestack.parts
    }

    /// Changes settings of the cloud: `joining`, `kms`, `missing_parts_as_text`, …
    pub fn settings(&self, settings: Value) {
        let url = format!("{}/_local/settings", self.url());
        ureq::put(url).send(settings.to_string()).expect("the settings are changed");
    }

    pub fn requests(&self) -> Vec<Value> {
        self.list("requests")
    }

    /// The files that are stored.
    pub fn files(&self) -> Vec<Value> {
        self.list("files")
    }

    fn list(&self, what: &str) -> Vec<Value> {
        let Value::Array(list) = control(&self.url(), what) else { panic!("a list of {what}") };
        list
    }

    /// How many requests of that class were answered with success.
    pub fn confirmed(&self, class: &str) -> usize {
        let confirmed = |r: &&Value| r["class"] == class && r["status"].as_u64().is_some_and(|s| s == 200);
        self.requests().iter().filter(confirmed).count()
    }

    pub fn count(&self, class: &str) -> usize {
        self.requests().iter().filter(|r| r["class"] == class).count()
    }
}

/// A client that gives up after few tries, so that failures can be looked at. A slow machine is no failure.
pub fn of_few_tries() -> Connection {
    Connection { max_retries: 2, ..Connection::default() }
}

/// The same, and a peer that says nothing is soon given up too.
pub fn impatient() -> Connection {
    Connection { stall_timeout: Duration::from_millis(400), ..of_few_tries() }
}
