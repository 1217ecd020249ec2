//! Uploads that are killed or interrupted, and the same command once more.

use std::io::Write as _;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::desk::{Desk, MIB, Told, end, noise, send, sha256};

/// Two parts are stored, the third one is under way and does not end.
fn half_way(desk: &Desk, arguments: &[&str]) -> std::process::Child {
    desk.write("film.mov", &noise(16 * MIB));
    desk.faults(json!([{"class": "put", "skip": 2, "action": {"slow_bytes_per_second": 1000}}]));
    let child = desk.start(arguments);
    desk.until("two parts", |desk| {
        desk.uploads().first().is_some_and(|upload| upload["bytes_stored"] == 10 * MIB)
    });
    assert_eq!(desk.uploads()[0]["in_use"], true);
    child
}

const UPLOAD: [&str; 6] = ["upload", "film.mov", "--concurrency", "1", "--part-size", "5MiB"];

/// The same command once more sends what is missing.
fn goes_on(desk: &Desk, arguments: &[&str]) {
    desk.faults(json!([]));
    let table = desk.done(["uploads"]);
    assert!(table.contains("film.mov  10.49 MB  16.78 MB  filestack  stopped"), "{table}");
    desk.done(arguments);
    assert_eq!(desk.stored()["film.mov"], sha256(&noise(16 * MIB)));
    assert_eq!(desk.cloud.repeated().filestack.parts, 0, "nothing was sent twice");
    assert_eq!((desk.counts("start"), desk.counts("put").1), ((1, 1), 4), "it began anew");
    assert_eq!(desk.uploads(), [] as [Value; 0]);
}

#[test]
fn a_file_whose_upload_was_killed_goes_on() {
    let desk = Desk::new();
    let mut child = half_way(&desk, &UPLOAD);
    child.kill().expect("killed");
    child.wait().expect("its end");
    goes_on(&desk, &UPLOAD);
}

fn interrupted(desk: &Desk, signal: Signal) -> Told {
    let child = half_way(desk, &UPLOAD);
    let begin = Instant::now();
    send(&child, signal);
    let told = end(child);
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!((told.code, &*told.out), (Some(10), ""), "{told:?}");
    assert!(told.err.contains("Run the same command again; uploads of files go on"), "{told:?}");
    told
}

#[test]
fn ctrl_c_ends_it_within_a_second_and_it_goes_on() {
    let desk = Desk::new();
    interrupted(&desk, Signal::INT);
    goes_on(&desk, &UPLOAD);
}

#[test]
fn so_does_sigterm() {
    let desk = Desk::new();
    interrupted(&desk, Signal::TERM);
    goes_on(&desk, &UPLOAD);
}

#[test]
fn what_is_left_is_pruned() {
    let desk = Desk::new();
    interrupted(&desk, Signal::INT);
    assert_eq!(desk.done(["uploads", "--prune", "1d"]), "removed 0");
    assert_eq!(desk.done(["uploads", "--prune", "0", "--json"]), r#"{"removed":1}"#);
    let told = desk.run(["uploads"]);
    assert_eq!((&*told.out, &*told.err), ("", "none\n"));
}

#[test]
fn without_a_journal_nothing_is_kept() {
    let desk = Desk::new();
    desk.write("film.mov", &noise(6 * MIB));
    desk.faults(json!([{"class": "complete", "action": {"stall_ms": 20_000}}]));
    let child = desk.start(["upload", "film.mov", "--no-resume"]);
    desk.until_fired();
    send(&child, Signal::INT);
    assert_eq!(end(child).code, Some(10));
    assert_eq!(desk.uploads(), [] as [Value; 0]);
}

/// A read that waits for somebody to type ends too.
#[test]
fn ctrl_c_ends_the_wait_for_standard_input() {
    let desk = Desk::new();
    let mut command = desk.command(["upload", "-"]);
    command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // More than a pipe holds: the program has begun to read when this returns.
    stdin.write_all(&noise(MIB)).expect("read");
    let begin = Instant::now();
    send(&child, Signal::INT);
    while child.try_wait().expect("known").is_none() && begin.elapsed() < Duration::from_secs(3) {
        std::thread::sleep(Duration::from_millis(10));
    }
    // One that still waits for bytes ends too, with success.
    drop(stdin);
    let told = end(child);
    assert_eq!(told.code, Some(10), "{told:?}");
}

#[test]
fn a_folder_whose_upload_was_killed_stores_every_file_once() {
    let desk = Desk::new();
    for number in 0..200 {
        desk.write(format!("d/{}/{number}.bin", number % 7), &noise(1000 + number));
    }
    let arguments = ["upload", "d", "--path", "all", "--manifest", "all.csv", "--concurrency", "4"];
    for stored in [60, 60] {
        desk.faults(json!([{"class": "complete", "skip": stored, "action": {"stall_ms": 20_000}}]));
        let mut child = desk.start(arguments);
        // All four are waiting: no answer is on its way, of which the program would know nothing.
        desk.until("the stall", |desk| desk.cloud.fired()[0] == 4);
        child.kill().expect("killed");
        child.wait().expect("its end");
    }
    desk.faults(json!([]));
    let before = desk.files().len();
    assert!((120..200).contains(&before), "{before} are stored");
    let out = desk.done(arguments);
    let stored = desk.stored();
    assert_eq!((stored.len(), out.lines().count()), (200, 200), "each is stored once, and told");
    assert!((0..200).all(|number| stored[&format!("{number}.bin")] == sha256(&noise(1000 + number))));
    assert_eq!(desk.cloud.repeated().filestack.parts, 0);
    assert_eq!((desk.counts("start"), desk.counts("put").1), ((200, 200), 200), "files began anew");
    assert_eq!(desk.read("all.csv").iter().filter(|byte| **byte == b'\n').count(), 201);
    assert_eq!(desk.uploads(), [] as [Value; 0]);
}
