//! The corpora of the fuzzers (tests/fuzz), replayed on the stable toolchain: what once was interesting stays
//! right.

#[path = "fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("a corpus") {
        let path = entry.expect("an entry").path();
        target(&std::fs::read(&path).expect("a seed"));
        count += 1;
    }
    assert!(count > 0, "the corpus {} is empty", folder.display());
}

#[test]
fn policies() {
    replay("policy", targets::policy);
}

#[test]
fn webhooks() {
    replay("webhook", targets::webhook);
}

#[test]
fn transformations() {
    replay("transform", targets::transform);
}

#[test]
fn transformations_as_json() {
    replay("transform_json", targets::transform_json);
}

#[test]
fn answers() {
    replay("answer", targets::answer);
}
