//! An upload over a line that is slow, long and loses packets stores what was sent. No time is judged.

use std::fs;
use std::process::Command;

use serde_json::Value;

/// The status of `lines` where the machine allows no line.
const NOT_ALLOWED: i32 = 77;

const BYTES: usize = 4 << 20;

fn lines() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lines"))
}

#[test]
fn an_upload_over_a_bad_line_stores_what_was_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sent, back) = (folder.path().join("sent.bin"), folder.path().join("back.bin"));
    let mut bytes = vec![0; BYTES];
    fastrand::Rng::with_seed(5).fill(&mut bytes);
    fs::write(&sent, &bytes).expect("the file");

    let output =
        lines().args(["carry", "--cell", "20/40/1"]).arg(&sent).arg(&back).output().expect("lines runs");
    let complained = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(NOT_ALLOWED) {
        assert!(complained.contains("no line can be emulated here: "), "{complained}");
        eprintln!("NOT RUN: {complained}");
        return;
    }
    assert!(output.status.success(), "{}: {complained}", output.status);

    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let figure = |name: &str| told[name].as_u64().unwrap_or_else(|| panic!("no {name}: {told}"));
    assert_eq!(told["files"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(told["files"][0]["size"], BYTES, "{told}");
    assert!(fs::read(&back).expect("what is stored") == bytes, "what is stored is not what was sent");
    // Both ways went over the line, and the line was bad.
    assert!(figure("delivered_bytes") > 2 * BYTES as u64, "{told}");
    assert!(figure("lost") > 0, "{told}");
}

#[test]
fn help_needs_no_line_and_names_every_task() {
    let output = lines().arg("--help").output().expect("lines runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    for task in
        ["ideal", "outage", "route", "storm", "straggler", "small", "share", "steady", "--cell", "--quick"]
    {
        assert!(said.contains(task), "{task}: {said}");
    }
}

#[test]
fn what_is_no_line_is_refused_before_anything_is_made() {
    let output = lines().args(["--cell", "fast"]).output().expect("lines runs");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complained}");
    assert!(complained.contains("a line is RATE/DELAY/LOSS in Mbit/s, ms and %"), "{complained}");
}
