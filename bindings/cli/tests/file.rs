//! `ferry info`, `overwrite`, `rm`.

use serde_json::json;

use crate::desk::{Desk, json_lines, noise, secured, sha256, signed, told};

#[test]
fn info_shows_what_the_service_knows() {
    let desk = Desk::new();
    let (first, second) = (desk.store("a.bin", b"abc"), desk.store("b.bin", b"abcd"));
    let table = desk.done(["info", &first]);
    assert!(table.lines().any(|line| line.split_whitespace().eq(["filename", "a.bin"])), "{table}");
    let said = json_lines(&desk.done(["info", "--json", "--attributes", "size,md5", &first, &second]));
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    assert_eq!((&said[0]["size"], &said[0]["md5"]), (&json!(3), &json!(md5)));
    assert_eq!((&said[1]["size"], &said[1]["handle"]), (&json!(4), &json!(second)));
}

#[test]
fn overwrite_replaces_the_bytes_and_keeps_the_handle() {
    let (desk, bytes) = (secured(), noise(50_000));
    desk.write("a.bin", b"abc");
    desk.write("b.bin", &bytes);
    let url = signed(&desk, &["upload", "a.bin"]);
    let handle = url.rsplit('/').next().expect("a handle");
    assert_eq!(signed(&desk, &["overwrite", handle, "b.bin"]), url);
    let files = desk.files();
    assert_eq!((files.len(), &files[0]["sha256"]), (1, &json!(sha256(&bytes))));
    desk.write("c.bin", b"other");
    let other = signed(&desk, &["upload", "c.bin"]);
    let other = signed(&desk, &["url", other.rsplit('/').next().expect("a handle")]);
    signed(&desk, &["overwrite", handle, &other]);
    let own = desk.files().into_iter().find(|file| file["handle"] == handle).expect("stored");
    assert_eq!(own["sha256"], json!(sha256(b"other")));
    let unsigned = desk.run(["overwrite", handle, "c.bin"]);
    assert!(unsigned.code == Some(1) && unsigned.err.contains("set FERRY_APP_SECRET"), "{unsigned:?}");
    let mut command = desk.command(["overwrite", handle, "missing.bin"]);
    assert_eq!(told(command.env("FERRY_APP_SECRET", "any")).code, Some(3));
}

#[test]
fn rm_deletes_files() {
    let desk = secured();
    desk.write("a.bin", b"abc");
    desk.write("b.bin", b"abcd");
    let urls = signed(&desk, &["upload", "a.bin", "b.bin"]);
    let handles: Vec<&str> = urls.lines().filter_map(|url| url.rsplit('/').next()).collect();
    assert_eq!(desk.files().len(), 2);
    let told = desk.run(["rm", handles[0]]);
    assert_eq!((told.code, desk.files().len()), (Some(1), 2), "a policy is needed: {told:?}");
    let said = signed(&desk, &["rm", handles[0], urls.lines().nth(1).expect("an address")]);
    assert_eq!(said, format!("removed {}\nremoved {}", handles[0], handles[1]));
    assert_eq!(desk.files().len(), 0);
}
