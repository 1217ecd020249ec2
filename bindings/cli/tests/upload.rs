//! `ferry upload` of files, standard input and addresses.

use std::fs;

use serde_json::{Value, json};

use crate::desk::{Desk, json_lines, noise, sha256, told, told_of};

#[test]
fn a_file_is_stored_and_its_address_is_all_that_is_printed() {
    let (desk, bytes) = (Desk::new(), noise(70_000));
    desk.write("film.mov", &bytes);
    let told = desk.run(["upload", "film.mov"]);
    assert_eq!((told.code, &*told.err), (Some(0), ""));
    let stored = desk.files();
    let url = format!("{}/{}", desk.cloud.http_url(), stored[0]["handle"].as_str().expect("a handle"));
    assert_eq!(told.out, format!("{url}\n"));
    assert_eq!((&stored[0]["sha256"], &stored[0]["filename"]), (&sha256(&bytes).into(), &"film.mov".into()));
    assert_eq!(desk.uploads(), [] as [Value; 0], "nothing is left to go on with");
}

#[test]
fn options_say_name_type_place_tags_and_limit() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    let line = desk.done([
        "upload",
        "a.bin",
        "--json",
        "--name",
        "b.txt",
        "--type",
        "text/x-b",
        "--path",
        "photos",
        "--tag",
        "album=holiday",
        "--limit",
        "5MB/s",
        "--concurrency",
        "2",
        "--intelligent",
    ]);
    let said = &json_lines(&line)[0];
    assert_eq!((&said["path"], &said["filename"]), (&json!("a.bin"), &json!("b.txt")));
    assert_eq!((&said["mimetype"], &said["size"]), (&json!("text/x-b"), &json!(3)));
    assert_eq!(said["upload_tags"], json!({"album": "holiday"}));
    assert!(said["key"].as_str().expect("a key").starts_with("photos/"), "{said}");
    assert_eq!(desk.ask("uploads")[0]["fii"], true, "in small pieces");
}

#[test]
fn standard_input_is_stored() {
    let (desk, bytes) = (Desk::new(), noise(200_000));
    let told = told_of(&mut desk.command(["upload", "-", "--name", "log.txt"]), &bytes);
    assert_eq!(told.code, Some(0), "{told:?}");
    told_of(&mut desk.command(["upload", "-"]), b"hello");
    let stored = desk.stored();
    assert_eq!((&stored["log.txt"], &stored["stdin"]), (&sha256(&bytes), &sha256(b"hello")));
}

#[test]
fn the_service_fetches_an_address_and_one_that_fails_stops_no_other_source() {
    let (desk, bytes) = (Desk::new(), noise(5000));
    let source = format!("{}/{}", desk.cloud.http_url(), desk.store("a.bin", &bytes));
    desk.write("other.bin", b"other");
    let missing = format!("{}/missing", desk.cloud.http_url());
    let told = desk.run(["upload", &missing, &source, "other.bin", "--json", "--manifest", "all.csv"]);
    assert_eq!(told.code, Some(6), "{told:?}");
    let said = json_lines(&told.out);
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!((&said[0]["path"], &said[0]["error"]["status"]), (&json!(missing), &json!("FERRY_HTTP")));
    assert_eq!((&said[1]["path"], &said[1]["size"]), (&json!(source), &json!(5000)));
    assert_eq!(said[2]["path"], "other.bin");
    assert_eq!(desk.files().iter().filter(|file| file["sha256"] == sha256(&bytes)).count(), 2);
    let table = String::from_utf8(desk.read("all.csv")).expect("text");
    assert_eq!(table.lines().count(), 4, "{table}");
}

#[test]
fn errors_are_words_on_standard_error_and_json_where_it_is_asked_for() {
    let desk = Desk::new();
    let told = desk.run(["upload", "missing.bin", "--manifest", "all.csv"]);
    assert_eq!((told.code, &*told.out), (Some(3), ""));
    assert!(told.err.starts_with("ferry: cannot open missing.bin: "), "{told:?}");
    let table = String::from_utf8(desk.read("all.csv")).expect("text");
    assert!(table.contains("\nmissing.bin,,,,cannot open missing.bin: "), "{table}");
    let told = desk.run(["upload", "missing.bin", "--json"]);
    let error = &json_lines(&told.out)[0]["error"];
    assert_eq!(
        (told.code, &error["status"], &error["retryable"]),
        (Some(3), &json!("FERRY_IO"), &json!(false))
    );
    desk.write("empty", b"");
    let told = desk.run(["upload", "empty"]);
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("empty is empty"), "{told:?}");
    assert_eq!(desk.requests(), 0);
}

/// Exit codes are the statuses of the library.
#[test]
fn exit_codes_tell_what_was_wrong() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    desk.faults(json!([{"class": "start", "action": {"status": 401, "body": "Invalid Application"}}]));
    let told = desk.run(["upload", "a.bin"]);
    assert_eq!((told.code, desk.cloud.fired()[0]), (Some(6), 1), "{told:?}");
    assert!(told.err.contains("The service does not know the API key"), "{told:?}");
    let told = told_of(desk.command(["upload", "a.bin"]).env("FERRY_BASE_URL", "http://127.0.0.1:1"), b"");
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.err.contains("Run the same command again"), "{told:?}");
}

#[test]
fn a_file_that_is_named_twice_is_uploaded_once() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    desk.done(["upload", "a.bin", "./a.bin"]);
    assert_eq!(desk.files().len(), 1);
}

#[test]
fn where_an_address_cannot_be_printed_the_error_has_it() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let told = desk.command(["upload", "a.bin"]).stdout(full).output().expect("it runs");
    let handle = desk.files()[0]["handle"].as_str().expect("stored").to_owned();
    let err = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.code() == Some(3) && err.contains(&handle), "{err}");
}

#[test]
fn a_manifest_replaces_no_other_file() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    let told = desk.run(["upload", "a.bin", "--manifest", "a.bin"]);
    assert!(told.code == Some(1) && told.err.contains("no table of uploads"), "{told:?}");
    assert_eq!((desk.files().len(), desk.read("a.bin")), (0, b"abc".to_vec()));
    for _ in 0..2 {
        desk.done(["upload", "a.bin", "--manifest", "m.csv"]);
    }
}

#[test]
fn wrong_arguments_end_with_1_before_anything_is_sent() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    desk.write("d/b.bin", b"abc");
    let wrong: &[&[&str]] = &[
        &[],
        &["upload"],
        &["sing"],
        &["upload", "a.bin", "--limit", "soon"],
        &["upload", "a.bin", "--concurrency", "65"],
        &["upload", "a.bin", "--tag", "album"],
        &["upload", "a.bin", "--part-size", "1"],
        &["upload", "a.bin", "-"],
        &["upload", "d", "--name", "x"],
        &["upload", "a.bin", "--container", ""],
        &["sign", "--call", "sing"],
        &["convert", "HANDLE", "--preset", "h264", "--param", "width"],
        &["transform", "HANDLE", "sing=loud:true"],
        &["transform", "HANDLE", "-o", "x", "--store"],
        &["flip", "factories", "create", "name"],
    ];
    for arguments in wrong {
        let told = desk.run(*arguments);
        assert_eq!((told.code, &*told.out), (Some(1), ""), "{arguments:?} {told:?}");
        assert!(!told.err.is_empty(), "{arguments:?}");
        let as_json = told_of(&mut desk.command([*arguments, &["--json"]].concat()), b"");
        if !arguments.is_empty() {
            let status = &json_lines(&as_json.out)[0]["error"]["status"];
            assert_eq!((as_json.code, status), (Some(1), &json!("FERRY_INVALID_ARGUMENT")), "{arguments:?}");
        }
    }
    let told = told(desk.bare(["upload", "a.bin"]).env("FERRY_BASE_URL", desk.cloud.http_url()));
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("there is no apikey: set FERRY_APIKEY, or run `ferry login`"), "{told:?}");
    assert_eq!(desk.requests(), 0);
}

#[test]
fn a_dry_run_sends_nothing() {
    let desk = Desk::new();
    desk.write("d/a.bin", &noise(1500));
    desk.write("d/sub/b.bin", b"abc");
    desk.write("d/empty", b"");
    let told = desk.run(["upload", "d", "--dry-run"]);
    assert_eq!(told.code, Some(0));
    assert!(
        told.out.contains("   1.50 kB  d/a.bin\n") && told.out.contains("       3 B  d/sub/b.bin\n"),
        "{told:?}"
    );
    assert!(told.err.contains("skipped: d/empty is empty"), "{told:?}");
    assert!(told.err.ends_with("2 files, 1.50 kB; nothing was sent\n"), "{told:?}");
    let said = json_lines(&desk.done(["upload", "d", "--dry-run", "--json", "--path", "photos"]));
    let to = |path: &str| said.iter().find(|line| line["path"] == path).map(|line| &line["to"]);
    assert_eq!(to("d/sub/b.bin"), Some(&json!("photos/sub/")));
    assert!(said.iter().any(|line| line["path"] == "d/empty" && line["skipped"].is_string()), "{said:?}");
    assert_eq!(desk.requests(), 0);
    // Not even keys are needed.
    assert_eq!(told_of(&mut desk.bare(["upload", "d", "--dry-run"]), b"").code, Some(0));
    assert!(!fs::exists(desk.path("state")).expect("known"));
}

/// What listens to the program may go away: that is no panic.
#[test]
fn an_output_that_nobody_reads_is_no_panic() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    for arguments in [&["upload", "a.bin", "missing.bin"][..], &["upload", "missing.bin"], &["doctor"]] {
        let mut child = desk.start(arguments);
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().expect("its end").code(), Some(3), "{arguments:?}");
    }
}
