//! The program is killed in the middle of an upload, and started again where it was.

mod client;
mod flip;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use client::{Client, bytes};
use flip::{FIRST, Flip, escape, location, query, signature, timestamp};
use serde_json::{Value, json};

fn run(http: &str, data: &str) -> (Child, String) {
    let flags = ["--http", http, "--data", data, "--flip-part-size", "1000", "--flip-max-connections", "3"];
    let keys = ["--access-key", "A", "--secret-key", "S", "--telestream-apikey", "K"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_localcloud"));
    let mut child =
        command.args(flags).args(keys).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("its output")).read_line(&mut line).expect("a line");
    let ready: Value = serde_json::from_str(&line).expect("one line of JSON");
    (child, ready["http"].as_str().expect("an address").to_owned())
}

fn kill(mut child: Child) {
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

#[test]
fn a_session_outlives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("a path");
    let (child, base) = run("127.0.0.1:0", folder);
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
    let flip = Flip { client: Client::at(&base), factory: FIRST.to_owned() };
    let target = format!("/v3.0/videos/upload.json?{canonical}&signature={signature}");
    let session = flip.client.send("POST", &target, &[], b"").expect("an answer").json();
    assert_eq!((&session["parts"], &session["max_connections"]), (&json!("3"), &json!("3")));
    let part = |number: usize| {
        let flip = Flip { client: Client::at(&base), factory: FIRST.to_owned() };
        flip.part(&session, number, &bytes(1000, 1)).expect("an answer")
    };
    assert_eq!(part(2).status, 200);
    kill(child);
    let address = base.trim_start_matches("http://");
    let (child, _) = run(address, folder);
    let missing = || Client::at(&base).get(location(&session)).json()["missing_parts"].clone();
    assert_eq!(missing(), json!([0, 1]));
    assert_eq!(part(0).status, 200);
    kill(child);
    let (child, _) = run(address, folder);
    assert_eq!(missing(), json!([1]));
    assert_eq!(part(1).json()["status"], "processing");
    let list = format!("/flip/3.1/videos.json?factory_id={FIRST}");
    let list = Client::at(&base).send("GET", &list, &[("x-api-key", "K")], b"").expect("an answer");
    assert_eq!((&list.json()["total"], &list.json()["videos"][0]["file_size"]), (&json!(1), &json!(3000)));
    kill(child);
}
