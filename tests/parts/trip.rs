//! What is sent through every program: a file of several parts, to Filestack and to Telestream, which is
//! fetched again.

use std::fs;
use std::sync::{Arc, Mutex};

use ferry::error::{Error, ErrorKind};
use ferry::filestack::{Client, ClientOptions, RequestOptions, Upload, UploadOptions};
use ferry::http::{Connection, Event, EventHandler, EventKind};
use ferry::telestream::{self, Protocol};
use ferry::transfer::source::Source;

use crate::support::{TestCloud, flip, noise};

/// How many parts the file has: three of 5 MiB, and a short one.
pub const PARTS: usize = 4;

/// Uploads the file, fetches it, and compares. Each part is confirmed once.
pub fn round_trip(cloud: &TestCloud, client: &Arc<Client>) {
    let data = data();
    arrives(cloud, client, &data, Source::Bytes(&data));
}

/// The same of a source that gives `data`.
pub fn arrives(cloud: &TestCloud, client: &Arc<Client>, data: &[u8], source: Source<'_>) {
    let before = cloud.confirmed("put");
    let upload = send(client, source).expect("uploaded");
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("fetched") == data, "other bytes are stored");
    assert_eq!(cloud.confirmed("put") - before, PARTS, "a part was sent after it was confirmed");
    assert_eq!(cloud.repeated(), 0);
}

/// Uploads the file to Telestream, in parts and in ranges, and compares.
pub fn films(cloud: &TestCloud, client: &Arc<telestream::Client>) {
    let (directly, data) = (flip::client(cloud.url(), Connection::default()), data());
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        let film = send_film(client, protocol).expect("uploaded");
        assert!(flip::stored(&directly, &film) == data, "{protocol:?}: other bytes are stored");
    }
    assert_eq!(flip::repeated(&cloud.url()), 0, "a part was sent after it was confirmed");
}

/// Uploads the file, which has to fail.
pub fn refused(client: &Arc<Client>) -> Error {
    send(client, Source::Bytes(&data())).map(|_| ()).expect_err("refused")
}

/// Uploads the file through something that takes no body of a part's size.
pub fn too_large(cloud: &TestCloud, client: impl FnOnce(Connection) -> Arc<Client>) {
    let told = Told::default();
    let error = refused(&client(told.to(Connection::default())));
    is_too_large(&error, "put", "part ", &told);
    assert_eq!(cloud.count("put") + cloud.count("complete"), 0);
}

/// The same to Telestream.
pub fn films_too_large(cloud: &TestCloud, client: impl Fn(Connection) -> Arc<telestream::Client>) {
    for (protocol, step, piece) in
        [(Protocol::Parts, "part", "part "), (Protocol::Ranges, "range", "the range from byte 0")]
    {
        let told = Told::default();
        let client = client(told.to(Connection::default()));
        let error = send_film(&client, protocol).map(|_| ()).expect_err("refused");
        is_too_large(&error, step, piece, &told);
    }
    assert_eq!(cloud.count("flip_part") + cloud.count("flip_range"), 0);
}

fn is_too_large(error: &Error, step: &str, piece: &str, told: &Told) {
    assert_eq!((error.kind(), error.http_status(), error.step()), (ErrorKind::Http, 413, step), "{error}");
    assert!(!error.retryable(), "{error}");
    for part in ["cannot upload", piece, "413"] {
        assert!(error.message().contains(part), "{part} is not in: {error}");
    }
    assert_eq!(told.repeated_for(), [0; 0], "{}", told.texts());
    let sent = told.of(EventKind::Attempt).iter().filter(|event| event.attempt.step == step).count();
    assert!((1..=PARTS).contains(&sent), "{sent}");
}

pub fn data() -> Vec<u8> {
    noise((15 << 20) + 12_345)
}

fn send<'a>(client: &Arc<Client>, source: Source<'a>) -> Result<Upload<'a>, Error> {
    let options = UploadOptions { filename: Some("noise".into()), ..UploadOptions::default() };
    let upload = Upload::new(client, source, None, options)?;
    upload.run(None)?;
    Ok(upload)
}

fn send_film(client: &Arc<telestream::Client>, protocol: Protocol) -> Result<telestream::Upload, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    fs::write(&path, data()).expect("written");
    let options = telestream::UploadOptions { protocol, ..Default::default() };
    let (path, params) = (path.to_str().expect("UTF-8"), Some(r#"{"profiles": "h264"}"#));
    let upload = telestream::Upload::new(client, None, path, params, options)?;
    upload.run(None)?;
    Ok(upload)
}

pub fn client(base_url: &str, connection: Connection) -> Arc<Client> {
    let options =
        ClientOptions { base_url: Some(base_url.to_owned()), connection, ..ClientOptions::default() };
    Client::new("TESTKEY", options).expect("a client")
}

/// What a client tells of its requests.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<Vec<Event>>>);

impl Told {
    pub fn to(&self, connection: Connection) -> Connection {
        let told = self.clone();
        let handle = move |event: &Event| told.0.lock().expect("a lock").push(event.clone());
        Connection { on_event: Some(EventHandler::new(handle)), ..connection }
    }

    pub fn of(&self, kind: EventKind) -> Vec<Event> {
        let told = self.0.lock().expect("a lock");
        told.iter().filter(|event| event.kind == kind).cloned().collect()
    }

    /// The statuses for which requests were sent again; 0 is none.
    pub fn repeated_for(&self) -> Vec<u16> {
        self.of(EventKind::Retry).iter().map(|event| event.http_status).collect()
    }

    /// Everything that people may read of it.
    pub fn texts(&self) -> String {
        let told = self.0.lock().expect("a lock");
        told.iter().map(|event| format!("{event:?}\n")).collect()
    }
}
