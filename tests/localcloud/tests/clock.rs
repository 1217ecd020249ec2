//! Time that passes by the clock, and events that outlive the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use localcloud::{Cloud, Options};
use serde_json::{Value, json};

use crate::client::{self, Client, Server, stored};
use crate::flip::{self, FIRST, Flip, id};
use crate::process::Process;

const HOUR: Duration = Duration::from_secs(3600);

fn wait(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn at_pace(encode_time: Duration, webhook_url: Option<String>) -> Cloud {
    let options = Options { encode_time: Some(encode_time), polls: 1, webhook_url, ..flip::options() };
    Cloud::start(options).expect("the cloud starts")
}

#[test]
fn by_the_clock_no_number_of_looks_ends_anything() {
    let cloud = at_pace(HOUR, None);
    let (client, flip) = (Client::of(&cloud), Flip::of(&cloud));
    let handle = stored(&client, b"a film", json!({}));
    let path = format!("/video_convert=preset:webm/{handle}");
    let job = client.get(&format!("/run_workflow=id:w/{handle}")).json()["jobid"].clone();
    let job = format!("/workflow_status=job_id:{}", job.as_str().expect("an id"));
    let video = flip.upload("film.mp4", b"a film", &[]);
    let encoding = flip.first_encoding(id(&video));
    for _ in 0..5 {
        assert!(client.get(&path).json()["status"] != "completed");
        assert_eq!(client.get(&job).json()["status"], "Started");
        let encoding = flip.after(&encoding, 1);
        assert_eq!((&encoding["status"], &encoding["encoding_progress"]), (&json!("processing"), &json!(0)));
    }
}

#[test]
fn by_the_clock_everything_ends_although_nobody_looks() {
    let server = Server::start(|_, _| (200, Vec::new()));
    let cloud = at_pace(Duration::from_millis(300), Some(server.url.clone()));
    let (client, flip) = (Client::of(&cloud), Flip::of(&cloud));
    let url = format!("{}/flip", server.url);
    let events = [
        ("url", url.as_str()),
        ("events[encoding_progress]", "true"),
        ("events[encoding_completed]", "true"),
        ("events[video_encoded]", "true"),
    ];
    flip.call("PUT", "/notifications.json", &events);
    let handle = stored(&client, b"a film", json!({}));
    let began = Instant::now();
    client.get(&format!("/video_convert=preset:webm/{handle}"));
    client.get(&format!("/run_workflow=id:w/{handle}"));
    flip.upload("film.mp4", b"a film", &[]);
    let sent = || client.get("/_local/webhooks").json().as_array().cloned().unwrap_or_default();
    let has = |action: &str| sent().iter().any(|event| event["action"] == action);
    for action in ["fp.video_converse", "fs.workflow", "video-encoded"] {
        wait(action, || has(action));
    }
    assert!(began.elapsed() >= Duration::from_millis(300), "not before its time");
    let progress: Vec<u64> = sent()
        .iter()
        .filter(|event| event["action"] == "encoding-progress")
        .map(|event| event["event"]["progress"].as_str().expect("text").parse().expect("a number"))
        .collect();
    assert!(!progress.is_empty() && progress.iter().all(|percent| *percent < 100), "{progress:?}");
    let ends = |action: &str| sent().iter().filter(|event| event["action"] == action).count();
    assert_eq!((ends("video-encoded"), ends("encoding-complete"), ends("fs.workflow")), (1, 2, 1));
}

#[test]
fn a_notification_waits_for_its_delay() {
    let server = Server::start(|_, _| (200, Vec::new()));
    let cloud = flip::cloud();
    let flip = Flip::of(&cloud);
    let told = |delay: &str| {
        let events = [("url", server.url.as_str()), ("delay", delay), ("events[video_created]", "true")];
        flip.call("PUT", "/notifications.json", &events);
        flip.upload("film.mp4", b"a film", &[]);
    };
    told("3600");
    told("0");
    let list = || flip.client.get("/_local/webhooks").json();
    wait("the second one", || list()[1]["state"] == "delivered");
    assert_eq!((&list()[0]["state"], &list()[0]["attempts"]), (&json!("pending"), &json!(0)));
    assert_eq!(server.count(), 1);
}

#[test]
fn what_was_not_delivered_is_sent_after_a_kill() {
    static TAKES: AtomicBool = AtomicBool::new(false);
    let takes = || TAKES.load(Ordering::Relaxed);
    // Refuses until it is told to take; what is of 5 bytes it leaves without an answer for so long.
    let server = Server::start(move |_, request| {
        while String::from_utf8_lossy(&request.body).contains("\"size\":5") && !takes() {
            std::thread::sleep(Duration::from_millis(5));
        }
        (if takes() { 200 } else { 500 }, Vec::new())
    });
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path").to_owned();
    let hook = format!("{}/hook", server.url);
    let mut process = Process::start(&["--data", &data, "--webhook-url", &hook, "--webhook-secret", "W"]);
    let list = |process: &Process| process.client().get("/_local/webhooks").json();
    client::upload(&process.client(), b"one", json!({}));
    // With those of a new count there would be eight.
    wait("three attempts", || list(&process)[0]["attempts"].as_u64() >= Some(3));
    process.kill_and_start_again();
    wait("the end of the attempts", || list(&process)[0]["state"] == "failed");
    assert_eq!(list(&process)[0]["attempts"], 5, "those before the kill count");
    // Of one that was under way at the kill nothing is known.
    assert!((5..=6).contains(&server.count()), "{} came", server.count());

    client::upload(&process.client(), b"three", json!({}));
    let flip = Flip { client: process.client(), factory: FIRST.to_owned() };
    let events = [("url", hook.as_str()), ("delay", "1"), ("events[video_created]", "true")];
    flip.call("PUT", "/notifications.json", &events);
    flip.upload("film.mp4", b"a film", &[]);
    process.kill();
    let before = server.count();
    TAKES.store(true, Ordering::Relaxed);
    process.start_again();
    let known = list(&process);
    assert_eq!((&known[0]["state"], known.as_array().map(Vec::len)), (&json!("failed"), Some(3)));
    wait("both", || list(&process).as_array().is_some_and(|list| list[1..].iter().all(is_delivered)));
    let received = server.received.lock().expect("the list");
    let arrived: Vec<String> = received[before..]
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    assert!(arrived.iter().any(|body| body.contains("\"fp.upload\"")), "{arrived:?}");
    assert!(arrived.iter().any(|body| body.starts_with("event=video%2Dcreated&")), "{arrived:?}");
    assert!(!received[before].header("fs-signature").is_empty());
    drop(received);
    process.kill_and_start_again();
    assert_eq!(list(&process), json!([known[0]]), "what has arrived is forgotten");
    process.client().send("DELETE", "/_local/webhooks", &[], b"").expect("an answer");
    process.kill_and_start_again();
    assert_eq!(list(&process), json!([]));
}

fn is_delivered(event: &Value) -> bool {
    event["state"] == "delivered"
}

#[test]
fn work_by_the_clock_goes_on_while_the_cloud_is_down() {
    let server = Server::start(|_, _| (200, Vec::new()));
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path").to_owned();
    let flags = ["--data", &data, "--encode-seconds", "0.4", "--webhook-url", &server.url];
    let mut process = Process::start(&flags);
    let client = process.client();
    let flip = Flip { client: process.client(), factory: FIRST.to_owned() };
    let events = [("url", server.url.as_str()), ("events[video_encoded]", "true")];
    flip.call("PUT", "/notifications.json", &events);
    let handle = stored(&client, b"hello", json!({}));
    let job = client.get(&format!("/run_workflow=id:w/{handle}")).json()["jobid"].clone();
    flip.upload("film.mp4", b"a film", &[]);
    process.kill();
    std::thread::sleep(Duration::from_millis(400));
    process.start_again();
    let client = process.client();
    let has = |action: &str| client.get("/_local/webhooks").text().contains(action);
    wait("the workflow", || has("fs.workflow"));
    wait("the encodings", || has("video-encoded"));
    let status = client.get(&format!("/workflow_status=job_id:{}", job.as_str().expect("an id"))).json();
    assert_eq!(status["status"], "Finished");
}
