//! Clients that yield to other traffic, over real sockets. How they share a line is tested beside
//! `src/http/background.rs`, on a simulated one.

#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry::filestack::{RequestOptions, Upload, UploadOptions};
use ferry::http::retry::Attempt;
use ferry::http::{Connection, Http, Manners, Method, Payload, Request, Secrets};
use ferry::transfer::source::Source;

use crate::nasty::Nasty;
use crate::support::{TestCloud, noise};

fn background() -> Connection {
    Connection { manners: Manners::Background, max_retries: 0, ..Connection::default() }
}

/// It begins with 1.28 MB/s at most, and doubles that every 50 ms at most.
#[test]
fn what_is_sent_in_the_background_begins_slowly() {
    let body = noise(16 << 20);
    let length = body.len();
    let peer = Nasty::start(move |peer| {
        peer.head()?;
        peer.bytes(length)?;
        peer.hit();
        peer.answer(200, "taken")
    });
    let http = Http::new(background()).expect("a client");
    let request = Request {
        method: Method::PUT,
        url: format!("{}/thing", peer.url()),
        headers: Vec::new(),
        body: Payload::Bytes(&body),
        shown: None,
        secrets: Secrets::default(),
        attempt: Attempt::default(),
    };
    let begin = Instant::now();
    let answer = http.send(request, &http.bounds(Arc::default(), None)).expect("an answer");
    assert_eq!((answer.status, peer.hits()), (200, 1));
    assert!(begin.elapsed() >= Duration::from_millis(250), "it took {:?} only", begin.elapsed());
}

#[test]
fn an_upload_in_the_background_arrives() {
    let (cloud, data) = (TestCloud::start(), noise(20 << 20));
    let client = cloud.client(background());
    let options = UploadOptions::default();
    let upload = Upload::new(&client, Source::Bytes(&data), None, options).expect("an upload");
    upload.run(None).expect("uploaded");
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("the file") == data);
}
