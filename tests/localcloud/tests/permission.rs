//! What each operation beside uploads needs in its policy.

use localcloud::{Cloud, Options};
use serde_json::{Value, json};

use crate::client::{Client, Server, png, sign, stored};

const SECRET: &str = "SECURITY-SECRET";
const LATER: u64 = 4_000_000_000;

fn secured() -> Cloud {
    let options =
        Options { apikey: Some("KEY".to_owned()), app_secret: Some(SECRET.to_owned()), ..Options::default() };
    Cloud::start(options).expect("the cloud starts")
}

fn element(mut policy: Value) -> String {
    policy["expiry"] = policy.get("expiry").cloned().unwrap_or(json!(LATER));
    let (policy, signature) = sign(&policy, SECRET);
    format!("security=p:{policy},s:{signature}")
}

fn file(client: &Client) -> String {
    let (policy, signature) = sign(&json!({"expiry": LATER}), SECRET);
    stored(client, &png(20, 10), json!({"policy": policy, "signature": signature}))
}

#[test]
fn chains_need_the_calls_of_their_tasks() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let handle = file(&client);
    let status =
        |task: &str, policy: Value| client.get(&format!("/KEY/{task}/{}/{handle}", element(policy))).status;
    for (task, calls) in [
        ("resize=width:5", json!(["convert"])),
        ("tags", json!(["convert"])),
        ("sfw", json!("convert")),
        ("ocr", json!(["convert"])),
        ("imagesize", json!(["convert"])),
        ("zip", json!(["read"])),
        ("metadata", json!(["stat"])),
        ("store", json!(["store"])),
        ("flip/store", json!(["store", "convert"])),
        ("run_workflow=id:w", json!(["runWorkflow"])),
        ("video_convert=preset:webm", json!(["convert"])),
    ] {
        assert_eq!(status(task, json!({"call": calls})), 200, "{task}");
        assert_eq!(status(task, json!({})), 200, "{task}: a policy without calls allows all");
        assert_eq!(status(task, json!({"call": ["exif"]})), 403, "{task}");
        assert_eq!(status(task, json!({"expiry": 5})), 403, "{task}");
        assert_eq!(status(task, json!({"handle": "another"})), 403, "{task}");
        assert_eq!(client.get(&format!("/KEY/{task}/{handle}")).status, 403, "{task}");
    }
    assert_eq!(status("flip/store", json!({"call": ["store"]})), 403);
    let forged = element(json!({})).replace(",s:", ",s:0");
    assert_eq!(client.get(&format!("/flip/{forged}/{handle}")).status, 403);
    assert_eq!(client.get(&format!("/OTHER/flip/{handle}")).text(), "Invalid Application");
}

#[test]
fn store_obeys_sizes_paths_and_containers() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let handle = file(&client);
    let task = "store=path:%22in/%22,container:mine";
    let status = |policy: Value| client.get(&format!("/{task}/{}/{handle}", element(policy))).status;
    let size = png(20, 10).len();
    assert_eq!(status(json!({"maxSize": size, "minSize": size, "path": "in/.*", "container": "mi.*"})), 200);
    assert_eq!(status(json!({"maxSize": size - 1})), 403);
    assert_eq!(status(json!({"minSize": size + 1})), 403);
    assert_eq!(status(json!({"path": "out/.*"})), 403);
    assert_eq!(status(json!({"container": "yours"})), 403);
}

#[test]
fn remote_sources_obey_the_url_of_the_policy() {
    let server = Server::start(|_, _| (200, png(9, 9)));
    let cloud = secured();
    let client = Client::of(&cloud);
    let process = |policy: Value| {
        let (policy, signature) = sign(&policy, SECRET);
        let tasks = json!([{"name": "store", "params": {}}, {"name": "security", "params": {"policy": policy, "signature": signature}}]);
        client
            .post(
                "/process",
                &json!({"apikey": "KEY", "sources": [format!("{}/a", server.url)], "tasks": tasks}),
            )
            .status
    };
    assert_eq!(process(json!({"expiry": LATER, "url": "http://127.*"})), 200);
    assert_eq!(process(json!({"expiry": LATER, "url": "https://.*"})), 403);
    assert_eq!(process(json!({"expiry": LATER, "call": ["convert"]})), 403);
    assert_eq!(process(json!({"expiry": LATER, "maxSize": 5})), 403);
    let secure = element(json!({"url": "https://.*"}));
    assert_eq!(client.get(&format!("/KEY/flip/{secure}/{}/a", server.url)).status, 403);
    let body = json!({"apikey": "KEY", "sources": [server.url], "tasks": [{"name": "store"}]});
    assert_eq!(client.post("/process", &body).status, 403);
}

#[test]
fn overwriting_needs_write_or_write_url() {
    let server = Server::start(|_, _| (200, b"new".to_vec()));
    let cloud = secured();
    let client = Client::of(&cloud);
    let handle = file(&client);
    let status = |policy: Value, more: &str| {
        let (policy, signature) = sign(&policy, SECRET);
        let path =
            format!("/api/file/{handle}?policy={}&signature={signature}{more}", policy.replace('=', "%3D"));
        client.send("POST", &path, &[("content-type", "a/b")], b"new").expect("an answer").status
    };
    let url = format!("&url={}", server.url);
    assert_eq!(status(json!({"expiry": LATER, "call": ["write"]}), ""), 200);
    assert_eq!(status(json!({"expiry": LATER, "call": ["writeUrl"]}), ""), 403);
    assert_eq!(status(json!({"expiry": LATER, "call": ["writeUrl"]}), &url), 200);
    assert_eq!(status(json!({"expiry": LATER, "call": ["write"]}), &url), 403);
    assert_eq!(status(json!({"expiry": LATER, "handle": "another"}), ""), 403);
    assert_eq!(status(json!({"expiry": LATER, "maxSize": 2}), ""), 403);
    assert_eq!(status(json!({"expiry": LATER}), "&key=OTHER"), 200);
    let bare = client
        .send("POST", &format!("/api/file/{handle}"), &[("content-type", "a/b")], b"x")
        .expect("an answer");
    assert_eq!(bare.status, 403);
}

#[test]
fn every_member_of_an_archive_must_be_allowed() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let (one, two) = (file(&client), file(&client));
    let all = element(json!({"call": ["read"]}));
    assert_eq!(client.get(&format!("/KEY/zip/{all}/[{one},{two}]")).status, 200);
    let first = element(json!({"call": ["read"], "handle": one}));
    assert_eq!(client.get(&format!("/KEY/zip/{first}/[{one},{two}]")).status, 403);
    assert_eq!(client.get(&format!("/KEY/zip/[{one},{two}]")).status, 403);
    let first = element(json!({"handle": one}));
    assert_eq!(client.get(&format!("/watermark=file:{two}/{first}/{one}")).status, 403);
}
