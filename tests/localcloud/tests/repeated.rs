//! What comes although it was there is counted; what the client could not know of is not.

use std::io::Write;
use std::net::TcpStream;

use localcloud::{Count, Repeated};
use serde_json::{Value, json};

use crate::client::{self, Client, MIB, Upload, bytes, cloud};
use crate::flip::{self, Flip, location};
use crate::process::Process;

fn counted(client: &Client, service: &str) -> (u64, u64) {
    let counts = client.get("/_local/repeated").json();
    let number = |name: &str| counts[service][name].as_u64().expect("a number");
    (number("parts"), number("bytes"))
}

/// The answer of one PUT under a fault.
fn under(client: &Client, action: Value, put: impl FnOnce() -> client::Outcome) -> client::Outcome {
    client.faults(json!([{"class": "put", "times": 1, "action": action}]));
    put()
}

#[test]
fn parts_are_counted_across_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Process::start(&["--data", folder.path().to_str().expect("a path")]);
    let client = process.client();
    let data = bytes(6 * MIB, 1);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let (one, two) = data.split_at(5 * MIB);
    upload.part(1, one);
    assert_eq!(counted(&client, "filestack"), (0, 0));
    let signed = upload.sign(1, None, one);
    for count in 1..=2 {
        assert_eq!(upload.put(&signed, one).expect("an answer").status, 200);
        assert_eq!(counted(&client, "filestack"), (count, count * 5 * MIB as u64));
    }
    process.kill_and_start_again();
    upload.part(2, two);
    assert_eq!(counted(&client, "filestack"), (2, 10 * MIB as u64));
    let one = upload.part(1, one);
    let two = upload.part(2, two);
    assert_eq!(counted(&client, "filestack"), (4, 16 * MIB as u64));
    assert_eq!(counted(&client, "telestream"), (0, 0));
    // The counts stay when the upload is complete, and when it is forgotten.
    assert_eq!(upload.complete(Some(json!([one, two]))).status, 200);
    assert_eq!(client.send("DELETE", "/_local/uploads", &[], b"").expect("an answer").status, 200);
    process.kill_and_start_again();
    assert_eq!(counted(&client, "filestack"), (4, 16 * MIB as u64));
    assert_eq!(client.send("DELETE", "/_local/repeated", &[], b"").expect("an answer").status, 200);
    process.kill_and_start_again();
    assert_eq!(counted(&client, "filestack"), (0, 0));
}

#[test]
fn chunks_are_counted_by_the_byte() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(9 * MIB, 2);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    upload.chunk(1, 0, &data[..2000]);
    upload.chunk(1, 3000, &data[3000..4000]);
    assert_eq!(client.get("/_local/uploads").json()[0]["chunks"]["1"][0]["confirmed"], true);
    assert_eq!(counted(&client, "filestack"), (0, 0));
    // 500 of the first, 1000 that are new, 700 of the second.
    upload.chunk(1, 1500, &data[1500..3700]);
    assert_eq!(counted(&client, "filestack"), (1, 1200));
    // The same URL again.
    let signed = upload.sign(1, Some(4000), &data[4000..5000]);
    for _ in 0..2 {
        assert_eq!(upload.put(&signed, &data[4000..5000]).expect("an answer").status, 200);
    }
    assert_eq!(counted(&client, "filestack"), (2, 2200));
    upload.chunk(1, 0, &data[..8 * MIB]);
    assert_eq!(counted(&client, "filestack"), (3, 7200));
    assert_eq!(upload.commit(1).status, 200);
    upload.chunk(1, 10, &data[10..110]);
    let expected = Count { parts: 4, bytes: 7300 };
    assert_eq!(cloud.repeated(), Repeated { filestack: expected, telestream: Count::default() });
    assert_eq!(
        upload.put(&signed, &data[4000..5000]).expect("an answer").status,
        404,
        "its part is committed"
    );
}

#[test]
fn what_the_client_could_not_know_of_is_not_counted() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 3);
    for action in [
        json!({"lost_answer": true}),
        json!({"wrong_etag": true}),
        json!({"missing_etag": true}),
        json!({"status": 503}),
        json!({"cut_after": 500}),
    ] {
        for fii in [false, true] {
            let upload = Upload::start(&client, data.len(), fii, json!({}));
            let signed = upload.sign(1, fii.then_some(0), &data);
            let _ = under(&client, action.clone(), || upload.put(&signed, &data));
            let again = || upload.put(&signed, &data).expect("an answer").status;
            assert_eq!((again(), counted(&client, "filestack")), (200, (0, 0)), "{action} {fii}");
            assert_eq!((again(), counted(&client, "filestack")), (200, (1, 1000)), "{action} {fii}");
            assert_eq!(client.send("DELETE", "/_local/repeated", &[], b"").expect("an answer").status, 200);
        }
    }
}

#[test]
fn a_client_that_dies_before_the_answer_does_not_know_of_it() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 4);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let signed = upload.sign(1, None, &data);
    client.faults(json!([{"class": "put", "times": 1, "action": {"hold_ms": 600_000}}]));
    let address = cloud.http_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).expect("a connection");
    let (_, path) = signed["url"].as_str().expect("a URL").split_once(&address).expect("a path");
    let mut head = format!("PUT {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 1000\r\n");
    for (name, value) in signed["headers"].as_object().expect("headers") {
        head += &format!("{name}: {}\r\n", value.as_str().expect("text"));
    }
    stream.write_all(&[head.as_bytes(), b"\r\n", &data].concat()).expect("it is sent");
    let part = || client.get("/_local/uploads").json()[0]["parts"]["1"].clone();
    while part().is_null() {
        std::thread::yield_now();
    }
    assert_eq!(part()["confirmed"], false, "the answer is held back");
    drop(stream);
    upload.part(1, &data);
    assert_eq!(counted(&client, "filestack"), (0, 0));
    assert_eq!(part()["confirmed"], true);
}

#[test]
fn of_flip_parts_and_ranges_are_counted() {
    let cloud = flip::cloud();
    let flip = Flip::of(&cloud);
    let session = flip.session(2500, &[("multi_chunk", "true")]);
    let part = |number: usize, length| {
        assert_eq!(flip.part(&session, number, &bytes(length, 5)).expect("an answer").status, 200);
    };
    part(0, 1000);
    assert_eq!(counted(&flip.client, "telestream"), (0, 0));
    part(0, 1000);
    part(2, 500);
    part(2, 500);
    part(1, 1000);
    part(1, 1000);
    assert_eq!(counted(&flip.client, "telestream"), (3, 2500));
    let session = flip.session(2500, &[]);
    let range = |first: usize, last: usize| {
        let range = format!("bytes {first}-{last}/2500");
        let data = bytes(last + 1 - first, 6);
        flip.client.send("PUT", location(&session), &[("content-range", &range)], &data).expect("an answer")
    };
    assert_eq!(range(0, 999).status, 204);
    assert_eq!(range(900, 1999).status, 204);
    assert_eq!(counted(&flip.client, "telestream"), (4, 2600));
    assert_eq!(range(0, 499).status, 204);
    assert_eq!(counted(&flip.client, "telestream"), (5, 3100));
    assert_eq!(range(2000, 2499).status, 200);
    let expected = Count { parts: 5, bytes: 3100 };
    assert_eq!(cloud.repeated(), Repeated { filestack: Count::default(), telestream: expected });
}
