//! The program is killed at any moment, and started again where it was: Filestack.

use std::io::Write;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{self, Client, MIB, Upload, bytes, upload};
use crate::process::Process;

/// A cloud with a folder of its own.
fn cloud() -> (TempDir, Process) {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::start(&["--data", folder.path().to_str().expect("a path")]);
    (folder, process)
}

/// The same upload, at the cloud that was started again.
fn at<'a>(client: &'a Client, upload: &Upload<'_>) -> Upload<'a> {
    Upload { client, started: upload.started.clone(), size: upload.size, extra: upload.extra.clone() }
}

fn files(client: &Client) -> Value {
    client.get("/_local/files").json()
}

fn served(client: &Client, file: &Value) -> Vec<u8> {
    let answer = client.get(&format!("/{}", file["handle"].as_str().expect("a handle")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

fn entries(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

#[test]
fn a_file_outlives_a_kill_with_all_that_is_known_of_it() {
    let (_folder, mut process) = cloud();
    let client = process.client();
    let data = bytes(6 * MIB, 1);
    let file = upload(&client, &data, json!({}));
    let gone = upload(&client, b"gone", json!({}));
    let changed = upload(&client, b"old", json!({}));
    let path = |file: &Value| format!("/api/file/{}?key=KEY", file["handle"].as_str().expect("a handle"));
    let (policy, signature) = client::sign(&json!({"expiry": 9_999_999_999_u64}), "any");
    let target = format!("{}&policy={policy}&signature={signature}", path(&gone));
    assert_eq!(client.send("DELETE", &target, &[], b"").expect("an answer").status, 200);
    assert_eq!(client.send("POST", &path(&changed), &[], b"new").expect("an answer").status, 200);
    let metadata = format!("/{}/metadata", file["handle"].as_str().expect("a handle"));
    let (known, told) = (files(&client), client.get(&metadata).json());
    process.kill_and_start_again();
    let client = process.client();
    assert!(served(&client, &file) == data);
    assert_eq!(served(&client, &changed), b"new");
    let sorted = |list: &Value| {
        let mut list = list.as_array().expect("a list").clone();
        list.sort_by_key(Value::to_string);
        list
    };
    assert_eq!(sorted(&files(&client)), sorted(&known));
    assert_eq!(known.as_array().map(Vec::len), Some(2));
    assert_eq!(client.get(&metadata).json(), told);
    let handle = client::stored(&client, &data, json!({}));
    assert!(files(&client).as_array().is_some_and(|files| files.len() == 3), "{handle} is a new one");
}

#[test]
fn a_plain_upload_goes_on_after_each_kill() {
    let (_folder, mut process) = cloud();
    let data = bytes(11 * MIB + 17, 2);
    let parts: Vec<&[u8]> = data.chunks(5 * MIB).collect();
    let client = process.client();
    let first = Upload::start(&client, data.len(), false, json!({}));
    let one = first.part(1, parts[0]);
    let signed = first.sign(2, None, parts[1]);
    process.kill_and_start_again();
    // What was signed before the kill is good after it.
    assert_eq!(first.put(&signed, parts[1]).expect("an answer").status, 200);
    let client = process.client();
    let upload = at(&client, &first);
    let three = upload.part(3, parts[2]);
    let two = json!({"part_number": 2, "etag": client::hex(&Md5::digest(parts[1]))});
    process.kill_and_start_again();
    let client = process.client();
    let upload = at(&client, &first);
    let uploads = client.get("/_local/uploads").json();
    assert_eq!((&uploads[0]["parts"]["1"]["size"], &uploads[0]["handle"]), (&json!(5 * MIB), &Value::Null));
    assert_eq!(uploads[0]["parts"].as_object().map(serde_json::Map::len), Some(3));
    let body = upload.complete_body(Some(json!([one, two, three])));
    let body = client::merge(body, &json!({"upload_tags": {"a": "b"}}));
    let file = client.post("/multipart/complete", &body).json();
    assert!(served(&client, &file) == data);
    process.kill_and_start_again();
    let client = process.client();
    assert_eq!(client.post("/multipart/complete", &body).json(), file, "complete is remembered");
    assert!(served(&client, &file) == data);
    assert_eq!(files(&client).as_array().map(Vec::len), Some(1));
    // A part of another length than the one that was signed is found, although who signed it is gone.
    let upload = Upload::start(&client, 1000, false, json!({}));
    let mut signed = upload.sign(1, None, &data[..1000]);
    signed["headers"].as_object_mut().expect("headers").remove("Content-MD5");
    let plain = client::merge(upload.common(), &json!({"part": 1, "size": 1000}));
    let signed = client.post("/multipart/upload", &plain).json();
    process.kill_and_start_again();
    let answer = upload.put(&signed, &data[..900]).expect("an answer");
    let part = json!({"part_number": 1, "etag": answer.header("etag")});
    let answer = upload.complete(Some(json!([part])));
    assert!(answer.status == 400 && answer.text().contains("announced were 1000"), "{}", answer.text());
}

#[test]
fn an_intelligent_upload_goes_on_after_each_kill() {
    let (_folder, mut process) = cloud();
    let data = bytes(17 * MIB, 3);
    let parts: Vec<&[u8]> = data.chunks(8 * MIB).collect();
    let client = process.client();
    let first = Upload::start(&client, data.len(), true, json!({}));
    first.chunk(1, 0, parts[0]);
    assert_eq!(first.commit(1).status, 200);
    first.chunk(2, 3 * MIB, &parts[1][3 * MIB..]);
    let signed = first.sign(2, Some(0), &parts[1][..3 * MIB]);
    process.kill_and_start_again();
    assert_eq!(first.put(&signed, &parts[1][..3 * MIB]).expect("an answer").status, 200);
    process.kill_and_start_again();
    assert_eq!(first.commit(1).status, 200, "a committed part is remembered");
    assert_eq!(first.commit(2).status, 200);
    assert_eq!(first.complete(None).status, 206);
    process.kill_and_start_again();
    first.chunk(3, 0, parts[2]);
    assert_eq!(first.commit(3).status, 200);
    let file = first.complete(None).json();
    process.kill_and_start_again();
    assert!(served(&process.client(), &file) == data);
}

#[test]
fn a_torn_line_takes_nothing_else_with_it() {
    let (folder, mut process) = cloud();
    let data = bytes(6 * MIB, 4);
    let client = process.client();
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let one = upload.part(1, &data[..5 * MIB]);
    process.kill();
    let logs = entries(&folder.path().join("filestack/uploads"), ".log");
    let log = std::fs::OpenOptions::new().append(true).open(&logs[0]);
    log.expect("the log").write_all(br#"{"stored":{"part":2,"si"#).expect("half a line");
    process.start_again();
    let two = upload.part(2, &data[5 * MIB..]);
    process.kill_and_start_again();
    let answer = upload.complete(Some(json!([one, two])));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(served(&process.client(), &answer.json()) == data);
}

#[test]
fn a_kill_while_parts_are_joined_loses_nothing_and_makes_no_second_file() {
    let (folder, mut process) = cloud();
    let bucket = folder.path().join("s3/filestack-local");
    let data = bytes(80 * MIB, 5);
    for round in 1..=3 {
        let client = process.client();
        let upload = Upload::start(&client, data.len(), false, json!({}));
        let parts = data.chunks(5 * MIB).enumerate();
        let parts: Vec<Value> = parts.map(|(index, part)| upload.part(index + 1, part)).collect();
        std::thread::scope(|scope| {
            let completing = scope.spawn(|| {
                let body = upload.complete_body(Some(json!(parts)));
                process_client(&upload).try_post("/multipart/complete", &body)
            });
            while entries(&bucket, ".joining").is_empty() && !completing.is_finished() {
                std::hint::spin_loop();
            }
            process.kill();
        });
        process.start_again();
        let file = upload.complete(Some(json!(parts)));
        assert_eq!(file.status, 200, "{}", file.text());
        assert!(served(&client, &file.json()) == data);
        assert_eq!(files(&client).as_array().map(Vec::len), Some(round));
        assert_eq!(entries(&bucket, ".joining"), [] as [PathBuf; 0]);
    }
}

/// The process ends between the moment at which the file is there and that at which its answer is written
/// down.
#[test]
fn an_upload_that_was_almost_complete_makes_no_second_file() {
    let (folder, mut process) = cloud();
    let client = process.client();
    let upload = Upload::start(&client, 1000, false, json!({}));
    let data = bytes(1000, 6);
    let body = upload.complete_body(Some(json!([upload.part(1, &data)])));
    let file = client.post("/multipart/complete", &body).json();
    process.kill();
    let log = entries(&folder.path().join("filestack/uploads"), ".log").remove(0);
    let text = std::fs::read_to_string(&log).expect("the log");
    let (before, last) = text.trim_end().rsplit_once('\n').expect("lines");
    assert!(last.starts_with(r#"{"complete""#), "{last}");
    std::fs::write(&log, format!("{before}\n")).expect("the log");
    process.start_again();
    let answer = client.post("/multipart/complete", &body);
    assert_eq!((answer.status, &answer.json()["handle"]), (200, &file["handle"]), "{}", answer.text());
    assert!(served(&client, &file) == data);
    assert_eq!(files(&client).as_array().map(Vec::len), Some(1));
}

/// A client with connections of its own.
fn process_client(upload: &Upload<'_>) -> Client {
    let host = upload.started["location_url"].as_str().expect("a host");
    Client::at(&format!("http://{host}"))
}

#[test]
fn a_workflow_is_remembered() {
    let (_folder, mut process) = cloud();
    let client = process.client();
    let handle = client::stored(&client, b"hello", json!({}));
    let job = client.get(&format!("/KEY/run_workflow=id:w/{handle}")).json()["jobid"].clone();
    let status = format!("/workflow_status=job_id:{}", job.as_str().expect("an id"));
    process.kill_and_start_again();
    assert_eq!(process.client().get(&status).json()["status"], "Started");
    assert_eq!(process.client().get(&status).json()["status"], "Finished");
    process.kill_and_start_again();
    assert_eq!(process.client().get(&status).json()["status"], "Finished", "what is done stays done");
}

#[test]
fn who_trusts_the_certificate_authority_trusts_it_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let (data, out) = (folder.path().to_str().expect("a path"), ca.to_str().expect("a path"));
    let mut process = Process::start(&["--data", data, "--https", "127.0.0.1:0", "--ca-out", out]);
    let trusted =
        ureq::tls::Certificate::from_pem(&std::fs::read(&ca).expect("a CA")).expect("a certificate");
    process.kill_and_start_again();
    let roots = ureq::tls::RootCerts::new_with_certs(&[trusted]);
    let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
    let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).build().into();
    let url = format!("{}/_local/stats", process.ready["https"].as_str().expect("an address"));
    assert_eq!(agent.get(&url).call().expect("a trusted connection").status(), 200);
}
