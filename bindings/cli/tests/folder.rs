//! `ferry upload` of folders.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use crate::desk::{Desk, json_lines, noise, sha256};

/// A folder with all that a folder can have.
fn odd_folder(desk: &Desk) -> bool {
    desk.write("d/a.bin", &noise(4000));
    desk.write("d/sub/b.txt", b"text");
    desk.write("d/empty", b"");
    desk.write(OsStr::from_bytes(b"d/latin-\xe9.txt"), b"name");
    symlink("../a.bin", desk.path("d/sub/link.bin")).expect("a link");
    symlink("..", desk.path("d/sub/loop")).expect("a link");
    symlink("nowhere", desk.path("d/dangling")).expect("a link");
    assert!(Command::new("mkfifo").arg(desk.path("d/fifo")).status().expect("mkfifo").success());
    desk.write("d/closed.bin", b"closed");
    fs::set_permissions(desk.path("d/closed.bin"), fs::Permissions::from_mode(0o000)).expect("closed");
    // Root can read it.
    fs::File::open(desk.path("d/closed.bin")).is_ok()
}

/// What is told of each.
const TOLD: [(&str, &str); 5] = [
    ("d/empty", "is empty, and the service stores no empty files"),
    ("d/latin-\u{FFFD}.txt", "has a name that is not UTF-8: rename it"),
    ("d/sub/loop", "leads back to d"),
    ("d/dangling", "cannot be read: No such file or directory"),
    ("d/fifo", "is no regular file"),
];

#[test]
fn what_cannot_be_stored_is_told_and_stops_no_other_file() {
    let desk = Desk::new();
    let is_root = odd_folder(&desk);
    let told = desk.run(["upload", "d", "--manifest", "all.csv"]);
    assert_eq!(told.code, Some(3), "{told:?}");
    let stored = desk.stored();
    let expected = if is_root { 4 } else { 3 };
    assert_eq!(stored.len(), expected, "{stored:?}");
    assert_eq!(stored["a.bin"], sha256(&noise(4000)));
    assert_eq!((&stored["b.txt"], &stored["link.bin"]), (&sha256(b"text"), &stored["a.bin"]));
    assert_eq!(told.out.lines().count(), expected);
    for (path, why) in TOLD {
        assert!(told.err.contains(&format!("skipped: {path} {why}")), "{path}: {}", told.err);
    }
    if !is_root {
        assert!(told.err.contains("ferry: d/closed.bin: "), "{told:?}");
    }
    let table = String::from_utf8(desk.read("all.csv")).expect("text");
    assert_eq!(table.lines().next(), Some("path,size,handle,url,error"));
    assert_eq!(table.lines().count(), 10, "a row for each: {table}");
    for (path, why) in TOLD {
        assert!(table.lines().any(|row| row.starts_with(path) && row.contains(why)), "{path}: {table}");
    }
    let file = desk.files().into_iter().find(|file| file["filename"] == "a.bin").expect("stored");
    let (handle, base) = (file["handle"].as_str().expect("a handle"), desk.cloud.http_url());
    assert!(table.contains(&format!("\nd/a.bin,4000,{handle},{base}/{handle},\n")), "{table}");
}

#[test]
fn a_line_of_json_for_each_file_and_for_each_that_is_skipped() {
    let desk = Desk::new();
    odd_folder(&desk);
    let said = json_lines(&desk.run(["upload", "d", "--json"]).out);
    assert_eq!(said.len(), 9, "{said:?}");
    for (path, why) in TOLD {
        let line = said.iter().find(|line| line["path"] == path).expect(path);
        assert!(line["skipped"].as_str().expect("why").starts_with(why), "{line}");
    }
}

#[test]
fn an_empty_file_alone_is_no_failure() {
    let desk = Desk::new();
    desk.write("d/a.bin", b"abc");
    desk.write("d/empty", b"");
    let told = desk.run(["upload", "d"]);
    assert_eq!((told.code, desk.files().len()), (Some(0), 1), "{told:?}");
    assert!(told.err.ends_with("1 file stored, 3 B, 1 skipped\n"), "{told:?}");
}

#[test]
fn a_path_keeps_the_folders_below_those_that_are_named() {
    let desk = Desk::new();
    for name in ["d/a.bin", "d/x/b.bin", "d/x/y/c.bin", "e/d.bin"] {
        desk.write(name, name.as_bytes());
    }
    desk.done(["upload", "d", "e", "--path", "photos"]);
    let mut places: Vec<String> = desk
        .files()
        .iter()
        .map(|file| {
            let key = file["key"].as_str().expect("a key");
            let folder = key.rsplit_once('/').expect("a folder").0;
            format!("{folder} {}", file["filename"].as_str().expect("a name"))
        })
        .collect();
    places.sort_unstable();
    assert_eq!(places, ["photos a.bin", "photos d.bin", "photos/x b.bin", "photos/x/y c.bin"]);
    assert_eq!(desk.stored()["c.bin"], sha256(b"d/x/y/c.bin"));
}
