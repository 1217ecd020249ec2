//! What an account does not take: files that are too large, uploads that take too long, too many parts at
//! once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use localcloud::{Cloud, Options};
use serde_json::json;

use crate::client::{Client, Server, Upload, bytes, start_body};
use crate::flip::{self, FORM, Flip, form, location};
use crate::process::Process;

const TEN: &str = "File size limit for this account is set to 10 bytes";

fn limited() -> Cloud {
    Cloud::start(Options { max_file_size: Some(10), ..flip::options() }).expect("the cloud starts")
}

#[test]
fn a_file_beyond_the_limit_of_the_account_is_a_413_in_every_way_it_can_come() {
    let cloud = limited();
    let client = Client::of(&cloud);
    let server = Server::start(|_, _| (200, b"eleven byte".to_vec()));
    assert_eq!(client.post("/multipart/start", &start_body(10)).status, 200);
    let refused = client.post("/multipart/start", &start_body(11));
    assert_eq!((refused.status, &refused.json()["error"]), (413, &json!(TEN)));
    let kind = [("content-type", "a/b")];
    let post = |path: &str, body: &[u8]| client.send("POST", path, &kind, body).expect("an answer");
    let kept = post("/api/store/S3?key=KEY", b"ten bytes!");
    assert_eq!(kept.status, 200, "{}", kept.text());
    let kept = kept.json()["url"].as_str().expect("a URL").to_owned();
    let handle = kept.rsplit('/').next().expect("a handle");
    let process = json!({"apikey": "KEY", "sources": [server.url], "tasks": [{"name": "store"}]});
    for answer in [
        post("/api/store/S3?key=KEY", b"eleven byte"),
        post(&format!("/api/store/S3?key=KEY&url={}", server.url), b""),
        post(&format!("/api/file/{handle}?key=KEY"), b"eleven byte"),
        client.post("/process", &process),
    ] {
        assert_eq!((answer.status, answer.text().as_str()), (413, TEN));
    }
    assert_eq!(client.get(&kept).text(), "ten bytes!");
}

#[test]
fn flip_says_the_same_of_sessions_and_forms() {
    let cloud = limited();
    let flip = Flip::of(&cloud);
    let refused = |answer: crate::client::Answer| {
        let expected = json!({"error": "FileSizeLimitExceeded", "message": TEN});
        assert_eq!((answer.status, answer.json()), (413, expected));
    };
    let session =
        |size: &str| flip.call("POST", "/videos/upload.json", &[("file_name", "f.mp4"), ("file_size", size)]);
    assert_eq!(session("10").status, 201);
    refused(session("11"));
    let send = |data: &[u8]| {
        let factory = [("factory_id", flip.factory.as_str())];
        let target = flip::signed("POST", "/videos.json", &factory, &flip::timestamp(0));
        let body = form(&[], "f.mp4", data);
        flip.client.send("POST", &target, &[("content-type", FORM)], &body).expect("an answer")
    };
    assert_eq!(send(b"ten bytes!").status, 200);
    refused(send(b"eleven byte"));
    assert_eq!(flip.get("/videos.json").as_array().map(Vec::len), Some(1));
    let files = std::fs::read_dir(cloud.data().join("flip/files")).expect("a folder");
    assert_eq!(files.count(), 1, "of what was refused nothing is kept");
}

#[test]
fn uploads_and_sessions_are_forgotten_when_their_time_is_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let for_a_time = |time: Duration| {
        let data = Some(folder.path().to_owned());
        let options = Options { data, session_time: Some(time), ..flip::options() };
        Cloud::start(options).expect("the cloud starts")
    };
    let cloud = for_a_time(Duration::from_secs(3600));
    let (client, flip) = (Client::of(&cloud), Flip::of(&cloud));
    let upload = Upload::start(&client, 5, false, json!({}));
    let session = flip.session(2000, &[("multi_chunk", "true")]);
    let signed = upload.sign(1, None, b"hello");
    assert_eq!(flip.part(&session, 0, &bytes(1000, 1)).expect("an answer").status, 200);
    let list =
        |client: &Client, of: &str| client.get(&format!("/_local/{of}")).json().as_array().map(Vec::len);
    assert_eq!((list(&client, "uploads"), list(&client, "sessions")), (Some(1), Some(1)));
    let old = cloud.http_url();
    drop(cloud);

    let cloud = for_a_time(Duration::from_millis(1));
    let client = Client::of(&cloud);
    assert_eq!((list(&client, "uploads"), list(&client, "sessions")), (Some(0), Some(0)));
    let there = |url: &serde_json::Value| url.as_str().expect("a URL").replace(&old, &cloud.http_url());
    let answer = client.post("/multipart/complete", &upload.complete_body(Some(json!([]))));
    assert!(answer.status == 400 && answer.text().contains("upload_id is unknown"), "{}", answer.text());
    let answer = client.send("PUT", &there(&signed["url"]), &[], b"hello").expect("an answer");
    assert!(answer.status == 404 && answer.text().contains("NoSuchUpload"), "{}", answer.text());
    let part = client.send("PUT", &there(&session["location"]), &[("x-part", "1")], &bytes(1000, 1));
    assert_eq!(part.expect("an answer").status, 404);
    drop(cloud);
    let cloud = for_a_time(Duration::from_secs(3600));
    assert_eq!(list(&Client::of(&cloud), "uploads"), Some(0), "it is forgotten for good");
}

/// A part that stops half-way.
fn begin_part(session: &serde_json::Value, number: usize) -> TcpStream {
    let (host, path) = location(session).trim_start_matches("http://").split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let head =
        format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\nx-part: {number}\r\ncontent-length: 1000\r\n\r\n");
    stream.write_all(&[head.as_bytes(), &bytes(500, 1)].concat()).expect("half a part");
    stream
}

#[test]
fn more_parts_at_once_than_allowed_are_refused_only_where_asked() {
    for enforces in [false, true] {
        let options =
            Options { flip_max_connections: 2, flip_enforce_connections: enforces, ..flip::options() };
        let cloud = Cloud::start(options).expect("the cloud starts");
        let flip = Flip::of(&cloud);
        let session = flip.session(4000, &[("multi_chunk", "true")]);
        assert_eq!(session["max_connections"], "2");
        let mut waiting = [begin_part(&session, 0), begin_part(&session, 1)];
        let at_once = || flip.client.get("/_local/sessions").json()[0]["most_at_once"].clone();
        let end = Instant::now() + Duration::from_secs(10);
        while at_once() != 2 {
            assert!(Instant::now() < end, "waited in vain");
            std::thread::sleep(Duration::from_millis(5));
        }
        let third = flip.part(&session, 2, &bytes(1000, 1)).expect("an answer");
        assert_eq!(third.status, if enforces { 429 } else { 200 }, "{}", third.text());
        for stream in &mut waiting {
            stream.write_all(&bytes(500, 2)).expect("the rest");
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).expect("an answer");
            assert_eq!(&answer, b"HTTP/1.1 200");
        }
        assert_eq!(flip.part(&session, 2, &bytes(1000, 1)).expect("an answer").status, 200);
        assert_eq!(flip.missing(&session), json!([3]));
    }
}

#[test]
fn the_flags_of_limits_reach_the_services() {
    let process = Process::start(&[
        "--max-file-size",
        "10",
        "--session-seconds",
        "0",
        "--encode-seconds",
        "0.05",
        "--flip-enforce-connections",
    ]);
    let client = process.client();
    assert_eq!(client.post("/multipart/start", &start_body(11)).status, 413);
    assert_eq!(client.post("/multipart/start", &start_body(10)).status, 200);
    assert_eq!(client.get("/_local/uploads").json(), json!([]));
    let file = client.send("POST", "/api/store/S3?key=KEY", &[], b"a film").expect("an answer").json();
    let handle = file["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a handle").to_owned();
    let path = format!("/video_convert=preset:webm/{handle}");
    assert_eq!(client.get(&path).json()["status"], "started");
    let end = Instant::now() + Duration::from_secs(10);
    while client.get(&path).json()["status"] != "completed" {
        assert!(Instant::now() < end, "waited in vain");
    }
}
