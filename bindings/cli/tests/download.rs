//! `ferry download`.

use std::fs;

use serde_json::json;

use crate::desk::{Desk, json_lines, noise};

#[test]
fn a_file_comes_under_its_stored_name_and_replaces_none() {
    let (desk, bytes) = (Desk::new(), noise(300_000));
    let handle = desk.store("film.mov", &bytes);
    desk.write("film.mov", b"mine");
    let told = desk.run(["download", &handle]);
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("film.mov is there already: use --force to replace it"), "{told:?}");
    assert_eq!(desk.read("film.mov"), b"mine");
    assert_eq!(desk.done(["download", &handle, "--force"]), "film.mov");
    assert!(desk.read("film.mov") == bytes);
    let url = format!("{}/{handle}", desk.cloud.http_url());
    let said = &json_lines(&desk.done(["download", &url, "b.mov", "--json"]))[0];
    assert_eq!(*said, json!({"handle": handle, "path": "b.mov", "bytes": 300_000}));
    assert!(desk.read("b.mov") == bytes);
    fs::create_dir(desk.path("films")).expect("a folder");
    assert_eq!(desk.done(["download", &handle, "films"]), "films/film.mov");
    assert!(desk.read("films/film.mov") == bytes);
}

#[test]
fn standard_output_has_the_bytes_alone() {
    let (desk, bytes) = (Desk::new(), noise(300_000));
    let handle = desk.store("film.mov", &bytes);
    let output = desk.command(["download", &handle, "-"]).output().expect("the program runs");
    assert!(output.status.success() && output.stdout == bytes && output.stderr.is_empty());
}

#[test]
fn a_stored_name_leads_out_of_no_folder() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    let mut handles = Vec::new();
    for name in ["../escaped.bin", "..", "/tmp/escaped.bin"] {
        let url = desk.done(["upload", "a.bin", "--name", name]);
        handles.push(url.rsplit('/').next().expect("a handle").to_owned());
    }
    assert!(desk.files().iter().any(|file| file["filename"] == "../escaped.bin"), "{:?}", desk.files());
    fs::create_dir(desk.path("in")).expect("a folder");
    assert_eq!(desk.done(["download", &handles[0], "in"]), "in/escaped.bin");
    assert_eq!(desk.done(["download", &handles[1], "in"]), format!("in/{}", handles[1]));
    assert_eq!(desk.run(["download", &handles[2], "in"]).code, Some(1), "that name is taken now");
    assert!(!desk.path("escaped.bin").exists() && desk.read("in/escaped.bin") == b"abc");
}

#[test]
fn the_address_of_a_chain_is_refused_in_words() {
    let desk = Desk::new();
    let url = format!("{}/TESTKEY/resize=width:50/HANDLE", desk.cloud.http_url());
    let told = desk.run(["download", &url]);
    assert_eq!((told.code, desk.requests()), (Some(1), 0));
    assert!(told.err.contains("not a file: fetch it by `ferry transform HANDLE TASKS -o FILE`"), "{told:?}");
}

#[test]
fn what_is_not_there_is_an_error_with_advice_and_leaves_nothing() {
    let desk = Desk::new();
    let told = desk.run(["download", "missing", "a.bin"]);
    assert_eq!(told.code, Some(6), "{told:?}");
    assert!(told.err.ends_with("Nothing is there: check the handle or the id.\n"), "{told:?}");
    assert_eq!(fs::read_dir(desk.path("")).expect("the folder").count(), 0);
}
