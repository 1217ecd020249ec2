//! Upload sessions of Flip: numbered parts, ranges, and what outlives the process.

use localcloud::{Cloud, Options, StorageKind};
use serde_json::{Value, json};

use crate::client::{Client, bytes};
use crate::flip::{self, Flip, cloud, id, location, options};

/// The bytes of a video's first encoding, fetched from where it says they are.
fn output(flip: &Flip, video: &str) -> Vec<u8> {
    let encoding = flip.after(&flip.first_encoding(video), 2);
    assert_eq!(encoding["status"], "success", "{encoding}");
    let factory = flip.get(&format!("/factories/{}.json", flip.factory));
    let url = format!(
        "{}{}",
        factory["url"].as_str().expect("a URL"),
        encoding["files"][0].as_str().expect("a file")
    );
    let answer = flip.client.get(&url);
    assert_eq!(answer.status, 200, "{url}");
    answer.body
}

#[test]
fn parts_come_in_any_order_and_make_a_video() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let data = bytes(3500, 1);
    let session = flip.session(
        data.len(),
        &[
            ("multi_chunk", "true"),
            ("profiles", "webm"),
            ("payload", "mine"),
            ("path_format", "a/:original-:id"),
        ],
    );
    assert_eq!((&session["parts"], &session["part_size"]), (&json!("4"), &json!("1000")));
    assert_eq!(session["max_connections"], "16");
    assert_eq!(flip.missing(&session), json!([0, 1, 2, 3]));
    let parts: Vec<&[u8]> = data.chunks(1000).collect();
    for number in [3, 0, 2, 0] {
        let answer = flip.part(&session, number, parts[number]).expect("an answer");
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    }
    assert_eq!(flip.missing(&session), json!([1]));
    let last = flip.client.send("POST", location(&session), &[("x-part", "1")], parts[1]).expect("an answer");
    let video = last.json();
    assert_eq!(
        (last.status, &video["status"], &video["payload"]),
        (200, &json!("processing"), &json!("mine"))
    );
    assert_eq!(flip.missing(&session), json!([]));
    let again = flip.part(&session, 1, parts[1]).expect("an answer").json();
    assert_eq!(again["id"], video["id"], "a repeated last part makes no second video");
    let video = flip.get(&format!("/videos/{}.json", id(&video)));
    assert_eq!((&video["status"], &video["file_size"]), (&json!("success"), &json!(3500)));
    assert_eq!(video["original_filename"], "film.mp4");
    assert!(output(&flip, id(&video)) == data);
    let encodings = flip.get(&format!("/videos/{}/encodings.json", id(&video)));
    assert_eq!(encodings.as_array().map(Vec::len), Some(1));
    let path = encodings[0]["path"].as_str().expect("a path");
    assert_eq!(path, format!("a/film-{}", id(&encodings[0])));
    let told = &flip.client.get("/_local/sessions").json()[0]["files"][0];
    assert_eq!((&told["repeated"], &told["stored"]), (&json!(2), &json!([0, 1, 2, 3])));
    let parts = |class: &str| {
        let requests = flip.client.requests();
        requests
            .iter()
            .filter(|request| request["class"] == class)
            .map(|r| r["part"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(parts("flip_part"), [3, 0, 2, 0, 1, 1].map(Value::from));
    assert_eq!(flip.client.send("DELETE", location(&session), &[], b"").expect("an answer").status, 400);
}

#[test]
fn a_part_that_is_wrong_is_refused() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let session = flip.session(2500, &[("multi_chunk", "true")]);
    let refused = |number: &str, length: usize| {
        let body = bytes(length, 1);
        flip.client.send("PUT", location(&session), &[("x-part", number)], &body).expect("an answer").status
    };
    for (number, length) in [("0", 999), ("0", 1001), ("2", 1000), ("3", 500), ("-1", 1000), ("x", 1000)] {
        assert_eq!(refused(number, length), 400, "part {number} of {length} bytes");
    }
    assert_eq!(flip.missing(&session), json!([0, 1, 2]));
    let range = [("content-range", "bytes 0-999/2500")];
    assert_eq!(
        flip.client.send("PUT", location(&session), &range, &bytes(1000, 1)).expect("an answer").status,
        400
    );
    assert_eq!(
        flip.client.send("PUT", location(&session), &[], &bytes(2500, 1)).expect("an answer").status,
        400
    );
    let status = [("content-range", "bytes */2500")];
    assert_eq!(flip.client.send("PUT", location(&session), &status, b"").expect("an answer").status, 400);
    let unknown = location(&session).replace("id=", "id=0");
    assert_eq!(flip.client.get(&unknown).status, 404);
    let plain = flip.session(10, &[]);
    assert_eq!(plain.get("parts"), None);
    assert_eq!(flip.part(&plain, 0, &bytes(10, 1)).expect("an answer").status, 400);
    assert_eq!(flip.client.get(location(&plain)).status, 400);
}

#[test]
fn an_aborted_session_is_gone() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let session = flip.session(1500, &[("multi_chunk", "true")]);
    assert_eq!(flip.part(&session, 0, &bytes(1000, 1)).expect("an answer").status, 200);
    let answer = flip.client.send("DELETE", location(&session), &[], b"").expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    assert_eq!(flip.part(&session, 1, &bytes(500, 1)).expect("an answer").status, 404);
    assert_eq!(flip.client.get(location(&session)).status, 404);
    assert_eq!(flip.client.get("/_local/sessions").json(), json!([]));
    assert_eq!(flip.get("/videos.json"), json!([]));
}

#[test]
fn a_session_wants_to_know_its_file() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let long = "x".repeat(257);
    for pairs in [
        &[("file_name", "a.mp4")] as flip::Pairs<'_>,
        &[("file_size", "5")],
        &[("file_name", "a.mp4"), ("file_size", "0")],
        &[("file_name", "a.mp4"), ("file_size", "many")],
        &[("file_name", "a.mp4"), ("file_size", "5"), ("payload", &long)],
        &[("file_name", "a.mp4"), ("file_size", "5"), ("path_format", "name")],
    ] {
        assert_eq!(flip.refused("POST", "/videos/upload.json", pairs).0, 400, "{pairs:?}");
    }
    let unknown = [("file_name", "a.mp4"), ("file_size", "5"), ("profiles", "h264,vhs")];
    assert_eq!(flip.refused("POST", "/videos/upload.json", &unknown), (404, "RecordNotFound".to_owned()));
}

#[test]
fn extra_files_have_parts_of_their_own() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let body = json!({
        "file_name": "film.mp4", "file_size": 1500, "multi_chunk": true, "profiles": "h264",
        "extra_files": [{"tag": "subs.index-0", "file_name": "en.srt", "file_size": 1200},
                        {"tag": "subs.index-1", "file_name": "de.srt", "file_size": 10}],
    });
    let answer = flip.json("/videos/upload.json", &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let session = answer.json();
    let told = json!({"tag": "subs.index-0", "name": "en.srt", "parts": "2", "part_size": "1000"});
    assert_eq!(session["extra_files"]["subs.index-0"], told);
    let send = |tag: &str, part: &str, size: usize| {
        let headers = [("x-extra-file-tag", tag), ("x-part", part)];
        flip.client.send("PUT", location(&session), &headers, &bytes(size, 1)).expect("an answer")
    };
    let missing = |tag: &str| {
        let answer = flip.client.send("GET", location(&session), &[("x-extra-file-tag", tag)], b"");
        answer.expect("an answer").json()["missing_parts"].clone()
    };
    assert_eq!(flip.part(&session, 0, &bytes(1000, 2)).expect("an answer").text(), "");
    let video = flip.part(&session, 1, &bytes(500, 2)).expect("an answer").json();
    assert_eq!(send("subs.index-0", "1", 200).text(), "");
    assert_eq!((missing("subs.index-0"), missing("subs.index-1")), (json!([0]), json!([0])));
    assert_eq!(send("subs.index-0", "0", 1000).json()["id"], video["id"]);
    assert_eq!(missing("subs.index-0"), json!([]));
    assert_eq!(send("subs.index-1", "0", 9).status, 400);
    assert_eq!(send("other", "0", 10).status, 404);
    let modern = flip.modern("POST", "/videos/upload.json", Some(&body)).json();
    assert_eq!((&modern["parts"], &modern["part_size"]), (&json!(2), &json!(1000)));
    assert_eq!(modern["extra_files"]["subs.index-1"]["parts"], 1);
}

#[test]
fn ranges_continue_where_the_service_says() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let data = bytes(2500, 3);
    let session = flip.session(data.len(), &[]);
    let send = |range: &str, data: &[u8]| {
        let headers = [("content-range", range)];
        flip.client.send("POST", location(&session), &headers, data).expect("an answer")
    };
    let nothing = send("bytes */2500", b"");
    assert_eq!((nothing.status, nothing.header("range")), (204, ""));
    let first = send("bytes 0-999/2500", &data[..1000]);
    assert_eq!((first.status, first.header("range")), (204, "0-999"));
    for (range, length) in [
        ("bytes 1001-1999/2500", 999),
        ("bytes 1000-1999/2499", 1000),
        ("bytes 1000-1998/2500", 1000),
        ("1000-", 1),
    ] {
        assert_eq!(send(range, &data[..length]).status, 400, "{range}");
    }
    assert_eq!(send("bytes */2499", b"").status, 400);
    flip.client.faults(json!([{"class": "flip_range", "times": 1, "action": {"cut_after": 300}}]));
    let cut = flip.client.send(
        "PUT",
        location(&session),
        &[("content-range", "bytes 1000-2499/2500")],
        &data[1000..],
    );
    cut.expect_err("the connection was cut");
    let status = send("bytes */2500", b"");
    assert_eq!((status.status, status.header("range")), (204, "0-1299"), "what came before the cut counts");
    let last = 1299;
    // The vendor's SDK sends the last byte twice and announces an end beyond the file.
    let done = send(&format!("bytes {last}-9999/2500"), &data[last..]);
    assert_eq!((done.status, &done.json()["status"]), (200, &json!("processing")));
    let video = send("bytes */2500", b"");
    assert_eq!((video.status, &video.json()["id"]), (200, &done.json()["id"]));
    assert!(output(&flip, id(&video.json())) == data);
    let classes: Vec<Value> = flip.client.requests().iter().map(|request| request["class"].clone()).collect();
    for class in ["flip_session", "flip_range", "flip_missing", "flip_api", "flip_output"] {
        assert!(classes.contains(&json!(class)), "{class}");
    }
}

#[test]
fn a_file_may_come_whole_or_as_a_form() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let data = bytes(5000, 4);
    let whole = flip.session(data.len(), &[]);
    let video = flip.client.send("PUT", location(&whole), &[], &data).expect("an answer").json();
    assert!(output(&flip, id(&video)) == data);
    let session = flip.session(data.len(), &[]);
    let form = flip::form(&[], "film.mp4", &data);
    let send = |body: &[u8]| {
        flip.client
            .send("POST", location(&session), &[("content-type", flip::FORM)], body)
            .expect("an answer")
    };
    assert_eq!(send(&flip::form(&[], "film.mp4", &data[1..])).status, 400);
    assert_eq!(send(&form[..200]).status, 400);
    let video = send(&form).json();
    assert!(output(&flip, id(&video)) == data);
}

#[test]
fn a_session_outlives_the_server_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = bytes(5500, 5);
    let parts: Vec<&[u8]> = data.chunks(1000).collect();
    let start = |http| {
        let options = Options { data: Some(folder.path().to_owned()), http, ..options() };
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            match Cloud::start(options.clone()) {
                Ok(cloud) => return cloud,
                Err(error) if std::time::Instant::now() > deadline => panic!("{error}"),
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
            }
        }
    };
    let cloud = start(([127, 0, 0, 1], 0).into());
    let address = cloud.http_url().trim_start_matches("http://").parse().expect("an address");
    let flip = Flip::of(&cloud);
    let session = flip.session(data.len(), &[("multi_chunk", "true")]);
    let ranged = flip.session(data.len(), &[]);
    let send = |flip: &Flip, range: &str, data: &[u8]| {
        flip.client.send("PUT", location(&ranged), &[("content-range", range)], data).expect("an answer")
    };
    assert_eq!(flip.part(&session, 4, parts[4]).expect("an answer").status, 200);
    assert_eq!(send(&flip, "bytes 0-1999/5500", &data[..2000]).status, 204);
    flip.client.faults(json!([{"class": "flip_part", "times": 1, "action": {"cut_after": 100}}]));
    flip.part(&session, 0, parts[0]).expect_err("the connection was cut");
    drop(cloud);
    let cloud = start(address);
    let flip = Flip::of(&cloud);
    assert_eq!(flip.missing(&session), json!([0, 1, 2, 3, 5]));
    assert_eq!(send(&flip, "bytes */5500", b"").header("range"), "0-1999");
    for number in [0, 1, 5] {
        assert_eq!(flip.part(&session, number, parts[number]).expect("an answer").status, 200);
    }
    drop(cloud);
    let cloud = start(address);
    let flip = Flip::of(&cloud);
    assert_eq!(flip.missing(&session), json!([2, 3]));
    flip.part(&session, 3, parts[3]).expect("an answer");
    let video = flip.part(&session, 2, parts[2]).expect("an answer").json();
    drop(cloud);
    let cloud = start(address);
    let flip = Flip::of(&cloud);
    assert_eq!(flip.missing(&session), json!([]));
    assert_eq!(flip.part(&session, 2, parts[2]).expect("an answer").json()["id"], video["id"]);
    assert!(output(&flip, id(&video)) == data);
    let video = send(&flip, "bytes 2000-5499/5500", &data[2000..]).json();
    assert!(output(&flip, id(&video)) == data);
    assert_eq!(flip.get("/videos.json").as_array().map(Vec::len), Some(2));
}

#[test]
fn faults_choose_parts_and_sessions() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let data = bytes(2000, 6);
    let session = flip.session(data.len(), &[("multi_chunk", "true")]);
    flip.client.faults(json!([
        {"class": "flip_part", "match": {"part": 1, "filename": "film.mp4"}, "times": 2, "action": {"status": 503}},
        {"class": "flip_part", "times": 1, "action": {"lost_answer": true}},
        {"class": "flip_missing", "times": 1, "action": {"status": 500}},
        {"class": "flip_session", "times": 1, "action": {"corrupt_answer": true}},
        {"class": "flip_abort", "times": 1, "action": {"status": 502}},
        {"class": "flip_api", "skip": 1, "times": 1, "action": {"cut_after": 0}},
    ]));
    let status = |number: usize| {
        let part = &data[number * 1000..][..1000];
        flip.part(&session, number, part).map(|answer| answer.status)
    };
    assert_eq!((status(1).expect("503"), status(1).expect("503")), (503, 503));
    status(0).expect_err("the answer was lost");
    assert_eq!(flip.client.get(location(&session)).status, 500);
    assert_eq!(flip.missing(&session), json!([1]), "the work was done although the answer was lost");
    assert_eq!(flip.client.send("DELETE", location(&session), &[], b"").expect("an answer").status, 502);
    let made = flip.call("POST", "/videos/upload.json", &[("file_name", "a.mp4"), ("file_size", "5")]);
    assert_eq!((made.status, made.header("content-type")), (200, "text/html"));
    flip.get("/videos.json");
    flip.try_call("GET", "/videos.json", &[]).expect_err("the connection was cut");
    assert_eq!(status(1).expect("an answer"), 200);
}

#[test]
fn null_storage_counts_parts() {
    let options = Options { storage: StorageKind::Null, ..options() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let flip = Flip::of(&cloud);
    let session = flip.session(1500, &[("multi_chunk", "true")]);
    assert_eq!(flip.part(&session, 0, &bytes(999, 1)).expect("an answer").status, 400);
    flip.part(&session, 0, &bytes(1000, 1)).expect("an answer");
    let video = flip.part(&session, 1, &bytes(500, 1)).expect("an answer").json();
    let encoding = flip.after(&flip.first_encoding(id(&video)), 2);
    let file = encoding["files"][0].as_str().expect("a file");
    assert_eq!(flip.client.get(&format!("/flip-output/{}/{file}", flip.factory)).status, 501);
    let stored = std::fs::read_dir(cloud.data().join("flip/files")).expect("a folder").count();
    assert_eq!(stored, 0);
    assert_eq!(Client::of(&cloud).get("/_local/sessions").json()[0]["video"], video["id"]);
}

#[test]
fn a_session_of_parts_may_move() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let data = bytes(2500, 20);
    let parts: Vec<&[u8]> = data.chunks(1000).collect();
    let old = flip.session(data.len(), &[("multi_chunk", "true")]);
    flip.client.faults(json!([{"class": "flip_part", "times": 1, "action": {"moved": true}}]));
    let answer = flip.part(&old, 0, parts[0]).expect("an answer");
    assert_eq!((answer.status, cloud.fired()), (200, vec![1]));
    let new = json!({"location": answer.header("location")});
    assert_ne!(location(&new), location(&old));
    assert_eq!(flip.part(&old, 1, parts[1]).expect("an answer").status, 404);
    assert_eq!(flip.client.get(location(&old)).status, 404);
    assert_eq!(flip.missing(&new), json!([1, 2]));
    assert_eq!(flip.part(&new, 1, parts[1]).expect("an answer").header("location"), "");
    let video = flip.part(&new, 2, parts[2]).expect("an answer").json();
    assert!(output(&flip, id(&video)) == data);
}

#[test]
fn a_session_of_ranges_may_move_with_each_answer() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let data = bytes(2500, 21);
    let mut session = flip.session(data.len(), &[("profiles", "webm")]);
    flip.client.faults(json!([{"class": "flip_range", "action": {"moved": true}},
        {"class": "flip_missing", "action": {"moved": true}}]));
    let mut reached = 0;
    let video = loop {
        let end = (reached + 1000).min(data.len());
        let range = format!("bytes {reached}-{}/{}", end - 1, data.len());
        let headers = [("content-range", range.as_str())];
        let answer = flip.client.send("PUT", location(&session), &headers, &data[reached..end]);
        let answer = answer.expect("an answer");
        let moved = answer.header("location").to_owned();
        assert_eq!(
            flip.client.send("PUT", location(&session), &headers, b"x").expect("an answer").status,
            404
        );
        session["location"] = json!(moved);
        if answer.status == 200 {
            break answer.json();
        }
        let ask = [("content-range", format!("bytes */{}", data.len()))].map(|(name, value)| (name, value));
        let status = flip.client.send("PUT", location(&session), &[(ask[0].0, &ask[0].1)], b"");
        let status = status.expect("an answer");
        assert_eq!((status.status, status.header("range")), (204, format!("0-{}", end - 1).as_str()));
        session["location"] = json!(status.header("location"));
        reached = end;
    };
    assert!(output(&flip, id(&video)) == data);
    assert_eq!(cloud.fired()[0], 6, "three ranges, and three times the address that had been left");
}

#[test]
fn a_session_that_moved_is_found_again_and_can_be_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { data: Some(folder.path().to_owned()), ..options() };
    let cloud = Cloud::start(options.clone()).expect("the cloud starts");
    let flip = Flip::of(&cloud);
    let data = bytes(2000, 22);
    let session = flip.session(data.len(), &[("multi_chunk", "true")]);
    flip.client.faults(json!([{"class": "flip_part", "action": {"moved": true}}]));
    let answer = flip.part(&session, 0, &data[..1000]).expect("an answer");
    let moved = answer.header("location").trim_start_matches(&cloud.http_url()).to_owned();
    drop(cloud);
    let cloud = Cloud::start(options).expect("the cloud starts again");
    let client = Client::of(&cloud);
    assert_eq!(client.get(&moved).json()["missing_parts"], json!([1]));
    assert_eq!(client.send("DELETE", &moved, &[], b"").expect("an answer").status, 200);
    assert_eq!(client.get(&moved).status, 404);
}

#[test]
fn missing_parts_may_be_texts() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let session = flip.session(2500, &[("multi_chunk", "true")]);
    flip.client.control("settings", &json!({"missing_parts_as_text": true}));
    flip.part(&session, 1, &bytes(1000, 23)).expect("an answer");
    assert_eq!(flip.missing(&session), json!(["0", "2"]));
}
