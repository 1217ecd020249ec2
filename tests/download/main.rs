//! Downloads that go on after a cut, and large ones in several ranges at once, from a service that is honest
//! about ranges and from services that are not.

mod going_on;
mod ranges;
mod server;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use ferry::error::Result;
use ferry::filestack::processing;
use ferry::filestack::transform::{Transform, TransformSource};
use ferry::filestack::{Client, ClientOptions, Filelink, RequestOptions};
use ferry::http::Connection;
use ferry::transfer::report::Observer;

/// What stands in the target before a download.
pub const OLD: &[u8] = b"what was there";

/// The longest that a download which must end at once may take. What it waits for would take a minute.
pub const SOON: Duration = Duration::from_secs(10);

pub fn client(url: &str, max_retries: u32) -> Arc<Client> {
    client_with(url, Connection { max_retries, ..Connection::default() })
}

pub fn client_with(url: &str, connection: Connection) -> Arc<Client> {
    let options = ClientOptions { base_url: Some(url.to_owned()), connection, ..Default::default() };
    Client::new("KEY", options).expect("a client")
}

/// Downloads into a file where one was. What stands there afterwards is checked on a failure.
pub fn to_file(client: &Arc<Client>, observer: Option<Observer<'_>>) -> Result<Vec<u8>> {
    to_file_with(client, &RequestOptions::default(), observer)
}

pub fn to_file_with(
    client: &Arc<Client>,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, OLD).expect("written");
    let link = Filelink::new(client, "handle").expect("a link");
    let result = link.download(path.to_str().expect("UTF-8"), options, observer);
    let content = std::fs::read(&path).expect("a file");
    assert_eq!(std::fs::read_dir(folder.path()).expect("entries").count(), 1);
    match result {
        Ok(length) => assert_eq!(length, content.len() as u64),
        Err(_) => assert_eq!(content, OLD, "the file is what it was"),
    }
    result.map(|_| content)
}

pub fn to_memory(client: &Arc<Client>) -> Result<Vec<u8>> {
    Filelink::new(client, "handle").expect("a link").content(&RequestOptions::default(), None)
}

pub fn chain(task: &str) -> Transform {
    let mut chain = Transform::new(TransformSource::parse("sm9IEXAMPLEQuzfJykmA").expect("a source"));
    chain.add(task, None).expect("a task");
    chain
}

/// What a stream has handed over, and how it ended.
pub fn to_stream(client: &Arc<Client>) -> (Vec<u8>, Result<u64>) {
    let mut given = Vec::new();
    let mut write = |bytes: &[u8]| {
        given.extend_from_slice(bytes);
        Ok(())
    };
    let result = processing::stream(client, &chain("flip"), &RequestOptions::default(), None, &mut write);
    (given, result)
}
