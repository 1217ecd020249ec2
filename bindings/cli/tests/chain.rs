//! `ferry transform`, `url`, `zip`, `convert`, `workflow`.

use localcloud::Options;
use serde_json::json;

use crate::desk::{Desk, json_lines, secured, signed};

const PICTURE: &[u8] = include_bytes!("../../../tests/data/ferry.png");

/// Width and height of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("4 bytes"));
    assert_eq!(&png[1..4], b"PNG");
    (number(16), number(20))
}

#[test]
fn a_chain_is_printed_fetched_or_stored() {
    let desk = Desk::new();
    let handle = desk.store("ferry.png", PICTURE);
    let base = desk.cloud.http_url();
    let url = desk.done(["transform", &handle, "resize=width:50", "sepia"]);
    assert_eq!(url, format!("{base}/resize=width:50/sepia/{handle}"));
    assert_eq!(
        desk.done(["transform", &handle, "resize=width:50,height:40,fit:scale", "-o", "small.png"]),
        "small.png"
    );
    assert_eq!(size(&desk.read("small.png")), (50, 40));
    let chain = ["resize:width:30", "--store", "--name", "tiny.png"];
    let url = desk.done([&["transform", &handle][..], &chain].concat());
    let stored = desk.files().into_iter().find(|file| file["filename"] == "tiny.png").expect("stored");
    assert_eq!(url, format!("{base}/{}", stored["handle"].as_str().expect("a handle")));
    desk.done(["download", &url, "tiny.png"]);
    assert_eq!(size(&desk.read("tiny.png")).0, 30);
    let told = desk.run(["transform", &handle, "resize=widht:50"]);
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("width"), "what was meant is told: {told:?}");
}

#[test]
fn addresses_are_signed_where_there_is_a_secret() {
    let desk = secured();
    desk.write("ferry.png", PICTURE);
    let ferry = |arguments: &[&str]| signed(&desk, arguments);
    let stored = ferry(&["upload", "ferry.png"]);
    let handle = stored.rsplit('/').next().expect("a handle");
    let status = |url: &str| match ureq::get(url).call() {
        Ok(answer) => answer.status().as_u16(),
        Err(ureq::Error::StatusCode(status)) => status,
        Err(error) => panic!("{error}"),
    };
    let unsigned = ferry(&["url", "--unsigned", handle, "resize=width:50"]);
    assert_eq!(unsigned, format!("{}/resize=width:50/{handle}", desk.cloud.http_url()));
    let signed = ferry(&["url", handle, "resize=width:50", "--expires", "15m"]);
    assert!(signed.contains("/security=p:"), "{signed}");
    assert_eq!((status(&unsigned), status(&signed)), (403, 200));
    assert_eq!(status(&ferry(&["url", handle])), 200);
    ferry(&["download", &ferry(&["url", handle]), "b.png"]);
    assert!(desk.read("b.png") == PICTURE);
}

#[test]
fn a_zip_has_the_files() {
    let desk = Desk::new();
    let (first, second) = (desk.store("a.bin", b"first of both"), desk.store("b.bin", b"second"));
    assert_eq!(desk.done(["zip", &first, &second]), "files.zip");
    let archive = desk.read("files.zip");
    let has = |text: &[u8]| archive.windows(text.len()).any(|window| window == text);
    assert!(archive.starts_with(b"PK") && has(b"a.bin") && has(b"b.bin"));
    let said = &json_lines(&desk.done(["zip", &first, "-o", "one.zip", "--json"]))[0];
    assert_eq!(*said, json!({"path": "one.zip", "bytes": desk.read("one.zip").len()}));
}

#[test]
fn a_conversion_is_waited_for() {
    let desk = Desk::with(Options { polls: 1, ..Options::default() });
    let handle = desk.store("film.mov", b"film");
    let uuid = desk.done(["convert", &handle, "--preset", "h264", "--param", "width=640"]);
    assert!(!uuid.is_empty() && !uuid.contains('/'), "{uuid}");
    let told = desk.run(["convert", &handle, "--preset", "webm", "--wait"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.err.starts_with("waiting for "), "{told:?}");
    assert!(told.out.starts_with(&desk.cloud.http_url()), "{told:?}");
    desk.faults(json!([{"class": "av", "action": {"job_failed": true}}]));
    let told = desk.run(["convert", &handle, "--preset", "mp3", "--wait"]);
    assert_eq!((told.code, desk.cloud.fired()[0] > 0), (Some(6), true), "{told:?}");
}

#[test]
fn a_workflow_is_run_and_asked_for() {
    let desk = Desk::with(Options { polls: 1, ..Options::default() });
    let handle = desk.store("film.mov", b"film");
    let job = &json_lines(&desk.done(["workflow", "run", "--json", "flow-1", &handle]))[0];
    let id = job["jobid"].as_str().expect("a job");
    let mut state = String::new();
    for _ in 0..3 {
        state = desk.done(["workflow", "status", id]);
    }
    assert!(state.lines().any(|line| line.split_whitespace().eq(["status", "Finished"])), "{state}");
}
