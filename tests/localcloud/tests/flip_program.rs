//! The program is killed in the middle of an upload to Flip, and started again where it was.

use serde_json::json;

use crate::client::bytes;
use crate::flip::{FIRST, Flip, escape, location, query, signature, timestamp};
use crate::process::Process;

#[test]
fn a_session_outlives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("a path");
    let flags = ["--data", folder, "--flip-part-size", "1000", "--flip-max-connections", "3"];
    let keys = ["--access-key", "A", "--secret-key", "S", "--telestream-apikey", "K"];
    let mut process = Process::start(&[flags, keys].concat());
    let pairs = [
        ("access_key", "A"),
        ("factory_id", FIRST),
        ("file_name", "film.mp4"),
        ("file_size", "3000"),
        ("multi_chunk", "true"),
        ("timestamp", &timestamp(0)),
    ];
    let canonical = query(&pairs);
    let signature = escape(&signature("S", "POST", "/videos/upload.json", &canonical));
    let target = format!("/v3.0/videos/upload.json?{canonical}&signature={signature}");
    let session = process.client().send("POST", &target, &[], b"").expect("an answer").json();
    assert_eq!((&session["parts"], &session["max_connections"]), (&json!("3"), &json!("3")));
    let part = |process: &Process, number: usize| {
        let flip = Flip { client: process.client(), factory: FIRST.to_owned() };
        flip.part(&session, number, &bytes(1000, 1)).expect("an answer")
    };
    let missing =
        |process: &Process| process.client().get(location(&session)).json()["missing_parts"].clone();
    assert_eq!(part(&process, 2).status, 200);
    process.kill_and_start_again();
    assert_eq!(missing(&process), json!([0, 1]));
    assert_eq!(part(&process, 0).status, 200);
    process.kill_and_start_again();
    assert_eq!(missing(&process), json!([1]));
    assert_eq!(part(&process, 0).status, 200);
    process.kill_and_start_again();
    let again = json!({"filestack": {"parts": 0, "bytes": 0}, "telestream": {"parts": 1, "bytes": 1000}});
    assert_eq!(process.client().get("/_local/repeated").json(), again);
    assert_eq!(part(&process, 1).json()["status"], "processing");
    let list = format!("/flip/3.1/videos.json?factory_id={FIRST}");
    let list = process.client().send("GET", &list, &[("x-api-key", "K")], b"").expect("an answer");
    assert_eq!((&list.json()["total"], &list.json()["videos"][0]["file_size"]), (&json!(1), &json!(3000)));
}
