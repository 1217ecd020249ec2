//! The program, and TLS.

use std::path::Path;
use std::process::Command;

use localcloud::{Cloud, Options, StorageKind};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::client::{self, Client, MIB, Upload, bytes};
use crate::process::Process;

#[test]
fn it_says_where_it_listens_and_cleans_up_when_told_to_stop() {
    for signal in ["-TERM", "-INT"] {
        let mut process = Process::start(&[]);
        assert_eq!((&process.ready["https"], &process.ready["ca"]), (&Value::Null, &Value::Null));
        client::upload(&process.client(), b"hello", json!({}));
        let data = process.ready["data"].as_str().expect("a folder").to_owned();
        assert!(Path::new(&data).exists());
        Command::new("kill").args([signal, &process.child.id().to_string()]).status().expect("kill runs");
        assert!(process.child.wait().expect("it ends").success());
        assert!(!Path::new(&data).exists(), "{data} should be gone after {signal}");
    }
}

#[test]
fn it_ends_with_its_input_if_it_is_to() {
    let mut process = Process::start(&["--exit-with-stdin"]);
    let data = process.ready["data"].as_str().expect("a folder").to_owned();
    assert!(process.child.try_wait().expect("a child").is_none(), "its input is open");
    drop(process.child.stdin.take());
    assert!(process.child.wait().expect("it ends").success());
    assert!(!Path::new(&data).exists(), "{data} should be gone");

    let mut process = Process::start(&["--exit-with-stdin"]);
    Command::new("kill").arg(process.child.id().to_string()).status().expect("kill runs");
    // A wait of the standard library would close the input first.
    let input = process.child.stdin.take();
    assert!(process.child.wait().expect("it ends").success());
    drop(input);

    let mut process = Process::start(&[]);
    drop(process.child.stdin.take());
    client::upload(&process.client(), b"hello", json!({}));
    assert!(process.child.try_wait().expect("a child").is_none(), "it was not to end");
}

#[test]
fn a_given_folder_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { data: Some(folder.path().join("data")), ..Options::default() };
    drop(Cloud::start(options).expect("the cloud starts"));
    assert!(folder.path().join("data").exists());
}

#[test]
fn the_certificate_is_good_for_the_names_that_were_asked_for() {
    let cloud = Cloud::start(Options {
        https: Some(([127, 0, 0, 1], 0).into()),
        tls_names: vec!["upload.filestackapi.com".to_owned()],
        ..Options::default()
    });
    let cloud = cloud.expect("the cloud starts");
    let ca = Certificate::from_pem(cloud.ca_pem().expect("a CA").as_bytes()).expect("a certificate");
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[ca])).build();
    let agent: Agent = Agent::config_builder().tls_config(tls).build().into();
    let port = cloud.https_url().expect("TLS").rsplit(':').next().expect("a port").to_owned();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("https://{host}:{port}/multipart/start");
        let body = client::start_body(5).to_string();
        let request = agent.post(&url).header("content-type", "application/json");
        let mut answer = request.send(body.as_bytes()).expect("a trusted connection");
        let started: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("JSON");
        assert_eq!(started["location_url"], format!("{host}:{port}"));
    }
}

#[test]
fn null_storage_counts_and_believes() {
    let cloud = Cloud::start(Options { storage: StorageKind::Null, ..Options::default() });
    let cloud = cloud.expect("the cloud starts");
    let client = Client::of(&cloud);
    let data = bytes(9 * MIB, 1);
    let file = client::upload(&client, &data, json!({}));
    assert_eq!(client.get(file["url"].as_str().expect("a URL")).status, 501);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    for (index, part) in data.chunks(8 * MIB).enumerate() {
        upload.chunk(index + 1, 0, part);
        assert_eq!(upload.commit(index + 1).status, 200);
    }
    assert_eq!(upload.complete(None).status, 200);
}

#[test]
fn the_flags_of_processing_reach_the_service() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.png"), client::png(8, 8)).expect("a file");
    std::fs::write(folder.path().join("caption.json"), r#"{"caption":"mine"}"#).expect("a file");
    let path = folder.path().to_str().expect("a path");
    let alias = format!("mine={path}");
    let process = Process::start(&[
        "--alias",
        &alias,
        "--fixtures",
        path,
        "--polls",
        "1",
        "--webhook-url",
        "http://127.0.0.1:9/",
        "--webhook-secret",
        "W",
        "--https",
        "127.0.0.1:0",
    ]);
    let client = process.client();
    assert_eq!(client.get("/KEY/resize=width:4/src://mine/a.png").status, 200);
    assert_eq!(client.get("/KEY/caption/src://mine/a.png").json()["caption"], "mine");
    let job = client.get("/KEY/run_workflow=id:w/src://mine/a.png").json()["jobid"].clone();
    let status = client.get(&format!("/workflow_status=job_id:{}", job.as_str().expect("an id"))).json();
    assert_eq!(status["status"], "Finished");
    assert_eq!(client.get("/_local/settings").json()["webhook_url"], "http://127.0.0.1:9/");
    // The cloud trusts its own certificate.
    let https = process.ready["https"].as_str().expect("an address");
    let answer = client.get(&format!("/KEY/resize=width:4/{https}/KEY/flip/src://mine/a.png"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let head = client.send("HEAD", "/KEY/resize=width:4/src://mine/a.png", &[], b"").expect("an answer");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_ne!(head.header("content-length"), "0");
    let elsewhere = Options { webhook_url: Some("http://example.org/".to_owned()), ..Options::default() };
    assert!(Cloud::start(elsewhere).is_err());
}
