//! Conversions, workflows and the events that tell of all of this.

use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use localcloud::{Cloud, Options};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::client::{self, Client, Received, Server, cloud, hex, stored, upload};

#[test]
fn a_conversion_is_polled_by_its_url() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, b"a film", json!({}));
    let path = format!("/video_convert=preset:webm,width:320,extname:.webm/{handle}");
    let started = client.get(&path).json();
    assert_eq!((&started["status"], &started["data"]), (&json!("started"), &json!({})));
    assert_eq!(client.get(&path).json()["status"], "pending");
    let done = client.get(&path).json();
    assert_eq!((&done["status"], &done["uuid"]), (&json!("completed"), &started["uuid"]));
    let film = client.get(done["data"]["url"].as_str().expect("a URL"));
    assert_eq!((film.text().as_str(), film.header("content-type")), ("a film", "video/webm"));
    let thumb = client.get(done["data"]["thumb100x100"].as_str().expect("a URL"));
    assert_eq!(image::load_from_memory(&thumb.body).expect("a picture").width(), 100);
    let again = client.get(&format!("/video_convert/{}", done["uuid"].as_str().expect("an id"))).json();
    assert_eq!(again, done);
    let forced = path.replace("preset", "force:true,preset");
    let uuid = client.get(&forced).json()["uuid"].clone();
    assert_eq!(client.get(&forced).json()["uuid"], uuid);
    assert_eq!(client.get(&forced).json()["status"], "completed");
    assert_ne!(client.get(&forced).json()["uuid"], uuid);
    assert_eq!(client.get(&format!("/video_convert=preset:vhs/{handle}")).status, 400);
    assert_eq!(client.get("/video_convert=preset:webm/NOSUCHHANDLE").status, 404);
}

#[test]
fn a_conversion_fails_by_fault_or_fixture() {
    let folder = tempfile::tempdir().expect("a folder");
    let fixture = json!({"status": "failed", "message": "no video stream"});
    std::fs::write(folder.path().join("video_playlist.json"), fixture.to_string()).expect("a file");
    let options = Options { fixtures: Some(folder.path().to_owned()), polls: 1, ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let handle = stored(&client, b"a film", json!({}));
    client.faults(json!([{"class": "av", "times": 1, "action": {"job_failed": true}}]));
    let path = format!("/video_convert=preset:h264/{handle}");
    assert_eq!(client.get(&path).json()["status"], "started");
    assert_eq!(client.get(&path).json()["status"], "failed");
    let path = format!("/video_playlist=preset:h264/{handle}");
    client.get(&path);
    let failed = client.get(&path).json();
    assert_eq!((&failed["status"], &failed["message"]), (&json!("failed"), &json!("no video stream")));
}

#[test]
fn workflows_run_on_files_and_after_uploads() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, b"hello", json!({}));
    let started = client.get(&format!("/KEY/run_workflow=id:w-1/{handle}")).json();
    assert_eq!((&started["status"], &started["workflow"]), (&json!("Started"), &json!("w-1")));
    let path = format!("/workflow_status=job_id:{}", started["jobid"].as_str().expect("an id"));
    assert_eq!(client.get(&path).json()["status"], "Started");
    let done = client.get(&path).json();
    assert_eq!((&done["status"], &done["sources"]), (&json!("Finished"), &json!([handle])));
    assert_eq!(done["results"]["store_1"]["size"], 5);
    assert_eq!(client.get("/workflow_status=job_id:nothing").status, 404);

    let mut chore = client::Upload::start(&client, 5, false, json!({}));
    let parts = json!([chore.part(1, b"hello")]);
    chore.extra = json!({"store": {"location": "s3", "workflows": ["w-2"]}});
    let body = client::merge(chore.complete_body(Some(parts)), &chore.extra);
    let file = client.post("/multipart/complete", &body).json();
    let job = file["workflows"]["w-2"]["jobid"].as_str().expect("an id").to_owned();
    assert_eq!(client.get(&format!("/workflow_status=job_id:{job}")).json()["workflow"], "w-2");
    client.faults(json!([{"class": "workflow", "times": 1, "action": {"job_failed": true}}]));
    let job = client.get(&format!("/run_workflow=id:w-3/{handle}")).json()["jobid"].clone();
    let path = format!("/workflow_status=job_id:{}", job.as_str().expect("an id"));
    client.get(&path);
    assert_eq!(client.get(&path).json()["status"], "Failed");
}

fn wait(condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < end, "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn signature(secret: &str, request: &Received) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(request.header("fs-timestamp").as_bytes());
    mac.update(b".");
    mac.update(&request.body);
    hex(&mac.finalize().into_bytes())
}

#[test]
fn events_are_signed_and_sent_again_until_they_arrive() {
    let server = Server::start(|number, _| (if number == 0 { 500 } else { 200 }, Vec::new()));
    let options = Options {
        webhook_url: Some(format!("{}/hook", server.url)),
        webhook_secret: "W".to_owned(),
        ..Options::default()
    };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let file = upload(&client, &client::png(9, 9), json!({}));
    wait(|| server.count() == 2);
    let deliveries = || client.get("/_local/webhooks").json();
    wait(|| deliveries()[0]["state"] == "delivered");
    let first = deliveries()[0].clone();
    assert_eq!(
        (&first["attempts"], &first["status"], &first["action"]),
        (&json!(2), &json!(200), &json!("fp.upload"))
    );
    {
        let received = server.received.lock().expect("the list");
        for request in received.iter() {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook"));
            assert_eq!(request.header("fs-signature"), signature("W", request));
            let event: Value = serde_json::from_slice(&request.body).expect("JSON");
            assert_eq!((&event["action"], &event["id"]), (&json!("fp.upload"), &first["id"]));
            assert_eq!((&event["text"]["url"], &event["text"]["status"]), (&file["url"], &json!("Stored")));
        }
    }
    let handle = file["handle"].as_str().expect("a handle");
    client.get(&format!("/flip/store/{handle}"));
    client
        .send("POST", &format!("/api/file/{handle}"), &[("content-type", "a/b")], b"new")
        .expect("an answer");
    client.send("POST", "/api/store/S3?key=KEY", &[], b"in one request").expect("an answer");
    client.get(&format!("/video_convert=preset:webm/{handle}"));
    client.get(&format!("/run_workflow=id:w/{handle}"));
    let policy = client::sign(&json!({"expiry": 4_000_000_000_u64}), "any");
    let query = format!("key=KEY&policy={}&signature={}", policy.0.replace('=', "%3D"), policy.1);
    client.send("DELETE", &format!("/api/file/{handle}?{query}"), &[], b"").expect("an answer");
    wait(|| {
        deliveries()
            .as_array()
            .is_some_and(|list| list.len() == 7 && list.iter().all(|one| one["state"] == "delivered"))
    });
    let mut actions: Vec<String> = deliveries()
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["action"].as_str().expect("text").to_owned())
        .collect();
    actions.sort();
    let wanted = [
        "fp.converse",
        "fp.delete",
        "fp.overwrite",
        "fp.upload",
        "fp.upload",
        "fp.video_converse",
        "fs.workflow",
    ];
    assert_eq!(actions, wanted);
}

#[test]
fn webhooks_can_be_set_while_it_runs() {
    let server = Server::start(|_, _| (404, Vec::new()));
    let cloud = cloud();
    let client = Client::of(&cloud);
    client.control("settings", &json!({"webhook_url": server.url, "webhook_secret": "S"}));
    stored(&client, b"hello", json!({}));
    wait(|| client.get("/_local/webhooks").json()[0]["state"] == "failed");
    assert_eq!(server.count(), 5);
    let bad = client
        .send("PUT", "/_local/settings", &[], br#"{"webhook_url":"http://example.org"}"#)
        .expect("an answer");
    assert_eq!(bad.status, 400);
    client.control("settings", &json!({"webhook_url": ""}));
    client.send("DELETE", "/_local/webhooks", &[], b"").expect("an answer");
    stored(&client, b"hello", json!({}));
    assert_eq!(client.get("/_local/webhooks").json(), json!([]));
}
