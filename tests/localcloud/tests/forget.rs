//! Services that forget uploads, and answers that are lost or late.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{self, Client, MIB, Upload, bytes, cloud, upload};
use crate::flip::{self, Flip, id, location};
use crate::process::Process;

fn forget(client: &Client, what: &str) -> u16 {
    client.send("DELETE", &format!("/_local/{what}"), &[], b"").expect("an answer").status
}

#[test]
fn a_forgotten_upload_is_unknown_also_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Process::start(&["--data", folder.path().to_str().expect("a path")]);
    let client = process.client();
    let data = bytes(6 * MIB, 1);
    let file = upload(&client, b"hello", json!({}));
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let other = Upload::start(&client, data.len(), true, json!({}));
    let one = upload.part(1, &data[..5 * MIB]);
    let signed = upload.sign(2, None, &data[5 * MIB..]);
    let id = upload.started["upload_id"].as_str().expect("an id").to_owned();
    assert_eq!(forget(&client, "uploads/nobody"), 404);
    assert_eq!(forget(&client, &format!("uploads/{id}")), 200);
    assert_eq!(forget(&client, &format!("uploads/{id}")), 404);
    for _ in 0..2 {
        let answer = upload.put(&signed, &data[5 * MIB..]).expect("an answer");
        assert_eq!(answer.status, 404);
        assert!(answer.text().contains("<Code>NoSuchUpload</Code>"), "{}", answer.text());
        let body = client::merge(upload.common(), &json!({"part": 2, "size": MIB}));
        for answer in [client.post("/multipart/upload", &body), upload.complete(Some(json!([one])))] {
            assert_eq!(answer.status, 400);
            assert!(answer.text().contains("upload_id is unknown"), "{}", answer.text());
        }
        other.chunk(1, 0, &data);
        process.kill_and_start_again();
    }
    assert_eq!(client.get(&format!("/{}", file["handle"].as_str().expect("a handle"))).body, b"hello");
    assert_eq!(forget(&client, "uploads"), 200);
    assert_eq!(client.get("/_local/uploads").json(), json!([]));
    assert_eq!(other.commit(1).status, 400);
}

#[test]
fn an_upload_that_is_forgotten_while_a_part_comes_does_not_take_it() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 3);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let signed = upload.sign(1, None, &data);
    let (host, path) = signed["url"]
        .as_str()
        .and_then(|url| url.trim_start_matches("http://").split_once('/'))
        .expect("a path");
    let mut head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 1000\r\n");
    for (name, value) in signed["headers"].as_object().expect("headers") {
        head += &format!("{name}: {}\r\n", value.as_str().expect("a text"));
    }
    let mut stream = TcpStream::connect(host).expect("a connection");
    stream.write_all(&[head.as_bytes(), b"\r\n", &data[..500]].concat()).expect("half a part");
    let comes = || client.requests().iter().any(|it| it["class"] == "put" && it["received"] == 500);
    while !comes() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(forget(&client, "uploads"), 200);
    stream.write_all(&data[500..]).expect("the rest");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 404");
}

#[test]
fn removed_files_are_gone_and_uploads_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Process::start(&["--data", folder.path().to_str().expect("a path")]);
    let client = process.client();
    let data = bytes(1000, 1);
    let handles: Vec<String> = (0..3)
        .map(|_| upload(&client, &data, json!({}))["handle"].as_str().expect("a handle").to_owned())
        .collect();
    let open = Upload::start(&client, data.len(), false, json!({}));
    let part = open.part(1, &data);
    let objects = || std::fs::read_dir(folder.path().join("s3/filestack-local")).expect("a folder").count();
    assert_eq!(objects(), 3);
    assert_eq!(forget(&client, "files"), 200);
    assert_eq!(objects(), 0, "nothing is left of them on the disk");
    process.kill_and_start_again();
    assert_eq!(process.client().get("/_local/files").json(), json!([]));
    for handle in handles {
        assert_eq!(process.client().get(&format!("/{handle}")).status, 404);
    }
    assert_eq!(open.complete(Some(json!([part]))).status, 200);
    assert_eq!(process.client().get("/_local/files").json().as_array().map(Vec::len), Some(1));
}

#[test]
fn a_forgotten_session_is_unknown_and_its_video_stays() {
    let cloud = flip::cloud();
    let flip = Flip::of(&cloud);
    let sessions: Vec<Value> = (0..3).map(|_| flip.session(2000, &[("multi_chunk", "true")])).collect();
    let part = |session: &Value, number| flip.part(session, number, &bytes(1000, 2)).expect("an answer");
    part(&sessions[0], 0);
    let video = part(&sessions[0], 1).json();
    part(&sessions[1], 0);
    for session in &sessions[..2] {
        assert_eq!(forget(&flip.client, &format!("sessions/{}", id(session))), 200);
        assert_eq!(forget(&flip.client, &format!("sessions/{}", id(session))), 404);
        assert_eq!(part(session, 1).status, 404);
        assert_eq!(flip.client.get(location(session)).status, 404);
    }
    assert_eq!(flip.get(&format!("/videos/{}.json", id(&video)))["id"], video["id"]);
    assert_eq!(part(&sessions[2], 0).status, 200);
    cloud.forget_sessions();
    assert_eq!(part(&sessions[2], 1).status, 404);
    assert_eq!(flip.client.get("/_local/sessions").json(), json!([]));
}

#[test]
fn a_complete_whose_answer_is_lost_is_done() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let upload = Upload::start(&client, 1000, false, json!({}));
    let part = upload.part(1, &bytes(1000, 3));
    client.faults(json!([{"class": "complete", "times": 1, "action": {"lost_answer": true}}]));
    let body = upload.complete_body(Some(json!([part])));
    assert!(client.try_post("/multipart/complete", &body).is_err());
    let handle = client.get("/_local/files").json()[0]["handle"].clone();
    assert_eq!(client.get("/_local/uploads").json()[0]["handle"], handle);
    assert_eq!(client.post("/multipart/complete", &body).json()["handle"], handle);
    cloud.forget_uploads();
    assert_eq!(client.post("/multipart/complete", &body).status, 400);
    assert_eq!(client.get("/_local/files").json()[0]["handle"], handle);
}

#[test]
fn a_last_part_whose_answer_is_lost_makes_one_video() {
    let cloud = flip::cloud();
    let flip = Flip::of(&cloud);
    let session = flip.session(1000, &[("multi_chunk", "true")]);
    flip.client.faults(json!([{"class": "flip_part", "times": 1, "action": {"lost_answer": true}}]));
    assert!(flip.part(&session, 0, &bytes(1000, 4)).is_err());
    assert_eq!(flip.get("/videos.json").as_array().map(Vec::len), Some(1));
    let video = flip.part(&session, 0, &bytes(1000, 4)).expect("an answer").json();
    assert_eq!(flip.get("/videos.json")[0]["id"], video["id"]);
    assert_eq!(flip.get("/videos.json").as_array().map(Vec::len), Some(1));
}

#[test]
fn an_answer_is_held_back_and_the_work_is_done() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let upload = Upload::start(&client, 1000, false, json!({}));
    let part = upload.part(1, &bytes(1000, 5));
    client.faults(json!([{"class": "complete", "times": 1, "action": {"hold_ms": 600_000}}]));
    let body = upload.complete_body(Some(json!([part])));
    let target = format!("{}/multipart/complete", cloud.http_url());
    // This client does not live to see the answer.
    let late = body.clone();
    let waiting = std::thread::spawn(move || Client::at("").try_post(&target, &late));
    while client.get("/_local/files").json() == json!([]) {
        std::thread::yield_now();
    }
    // The file is there a moment before the parts are said to be joined.
    let answer = loop {
        let answer = client.post("/multipart/complete", &body);
        if answer.status != 202 {
            break answer.json();
        }
    };
    assert_eq!(answer["handle"], client.get("/_local/files").json()[0]["handle"]);
    assert!(!waiting.is_finished(), "its answer is held back");
    drop(cloud);
    assert!(waiting.join().expect("the client ends").is_err());
}
