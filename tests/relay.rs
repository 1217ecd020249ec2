//! One upload in three languages: begun in C, gone on with in Python, ended in Go. Each process passes the
//! token to the next one, and nothing else.

mod support;
mod tools;

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;
use support::{TestCloud, noise};
use tools::{STRICT, compiler, library, library_folder, link, root, run};

const MIB: usize = 1 << 20;
const PARTS: u64 = 6;

/// Runs a program until the cloud has confirmed two more parts and has the next one, which it does not
/// answer; then interrupts the program, which prints a token.
fn interrupted(command: &mut Command, cloud: &TestCloud) -> String {
    let confirmed = cloud.confirmed("put");
    cloud.faults(json!([{"class": "put", "skip": 2, "action": {"stall_ms": 600_000}}]));
    let mut child = command.stdout(Stdio::piped()).env_remove("LD_LIBRARY_PATH").spawn().expect("it starts");
    while cloud.fired()[0] == 0 || cloud.confirmed("put") < confirmed + 2 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended");
        thread::sleep(Duration::from_millis(20));
    }
    run(Command::new("kill").arg("-INT").arg(child.id().to_string()));
    let output = child.wait_with_output().expect("a child");
    cloud.faults(json!([]));
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn an_upload_begins_in_c_goes_on_in_python_and_ends_in_go() {
    let (cloud, folder) = (TestCloud::start(), tempfile::tempdir().expect("a folder"));
    let sources = root().join("tests/relay");
    let (file, data) = (folder.path().join("film.bin"), noise(PARTS as usize * 5 * MIB));
    fs::write(&file, &data).expect("written");

    let begin = folder.path().join("begin");
    let mut cc = Command::new(compiler("CC", "cc"));
    cc.arg("-std=c11").args(STRICT).arg("-I").arg(root().join("include"));
    run(link(cc.arg(sources.join("begin.c")).arg("-o").arg(&begin), &library_folder()));
    let token = interrupted(Command::new(&begin).arg(&file).arg(cloud.url()), &cloud);

    let mut python = Command::new(tools::find("FERRY_PYTHON", "python/bin/python"));
    python.env("FERRY_LIBRARY", library()).env("PYTHONPATH", root().join("bindings/python"));
    python.arg("-B").arg(sources.join("go_on.py")).arg(&file).arg(cloud.url()).arg(&token);
    let next = interrupted(&mut python, &cloud);
    assert!(token.starts_with("ferry1.") && next.len() > token.len(), "{token}, {next}");

    let end = folder.path().join("end");
    run(tools::go_in_tree(&sources.join("end")).args(["build", "-o"]).arg(&end));
    let url = run(Command::new(&end).arg(&file).arg(cloud.url()).arg(&next));
    let mut answer = ureq::get(url.trim()).call().expect("the file");
    let stored = answer.body_mut().with_config().limit(1 << 30).read_to_vec().expect("its bytes");
    assert!(stored == data, "other bytes are stored");

    let requests = cloud.requests();
    let mut confirmed: Vec<u64> = Vec::new();
    for put in requests.iter().filter(|request| request["class"] == "put") {
        let part = put["part"].as_u64().expect("a number");
        assert!(!confirmed.contains(&part), "part {part} was confirmed, and then sent again");
        if put["status"] == 200 {
            confirmed.push(part);
        }
    }
    confirmed.sort_unstable();
    assert_eq!(confirmed, (1..=PARTS).collect::<Vec<_>>());
    assert_eq!((cloud.count("start"), cloud.confirmed("complete")), (1, 1));
}
