//! `ferry flip`.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::desk::{Desk, MIB, Told, end, json_lines, noise, send, told};

/// The factory that the cloud has from its start.
const FACTORY: &str = "fac1fac1fac1fac1fac1fac1fac1fac1";

fn flip(desk: &Desk, arguments: &[&str]) -> Told {
    told(desk.command([&["flip"], arguments].concat()).env("FERRY_FACTORY", FACTORY))
}

fn done(desk: &Desk, arguments: &[&str]) -> String {
    let told = flip(desk, arguments);
    assert_eq!(told.code, Some(0), "{told:?}");
    told.out.trim_end().to_owned()
}

/// The columns of each line.
fn cells(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn a_film_is_uploaded_and_its_encodings_are_waited_for() {
    let desk = Desk::new();
    desk.write("film.mov", &noise(400_000));
    let told =
        flip(&desk, &["upload", "film.mov", "--encode", "h264", "--wait", "--json", "--payload", "mine"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let said = &json_lines(&told.out)[0];
    let (video, encodings) = (&said["video"], said["encodings"].as_array().expect("encodings"));
    assert_eq!((&video["original_filename"], &video["payload"]), (&json!("film.mov"), &json!("mine")));
    assert_eq!((encodings.len(), &encodings[0]["status"]), (1, &json!("success")));
    assert_eq!(encodings[0]["profile_name"], "h264");
    let (id, encoding) = (video["id"].as_str().expect("an id"), encodings[0]["id"].as_str().expect("an id"));
    let videos = done(&desk, &["videos", "list"]);
    assert_eq!(cells(&videos)[0], ["ID", "NAME", "STATUS", "SIZE", "CREATED"]);
    assert_eq!(cells(&videos)[1][..4], [id, "film.mov", "success", "400000"]);
    let rows = json_lines(&done(&desk, &["videos", "list", "--json", "--status", "success"]));
    assert_eq!((rows.len(), &rows[0]["id"]), (1, &json!(id)));
    let listed = done(&desk, &["encodings", "list", "--video", id, "--profile-name", "h264"]);
    assert_eq!(cells(&listed)[1], [encoding, "h264", "success", "100", id]);
    assert_eq!(cells(&done(&desk, &["encodings", "list", "--profile-name", "webm"])).len(), 0);
    assert_eq!(cells(&done(&desk, &["videos", "encodings", id]))[1][0], encoding);
    assert!(done(&desk, &["encodings", "wait", encoding]).contains("success"));
    assert!(done(&desk, &["videos", "wait", id]).contains("success"));
    assert_eq!(done(&desk, &["videos", "delete", id]), format!("deleted {id}"));
    assert_eq!(flip(&desk, &["videos", "show", id]).code, Some(6));
}

#[test]
fn an_encoding_that_fails_is_an_error_with_the_reason() {
    let desk = Desk::new();
    desk.write("film.mov", &noise(9000));
    desk.faults(json!([{"class": "any", "action": {"job_failed": true}}]));
    let told = flip(&desk, &["upload", "film.mov", "--encode", "h264", "--wait"]);
    assert_eq!(told.code, Some(6), "{told:?}");
    assert_eq!(cells(&told.out)[1][1..3], ["h264", "fail"]);
    let id = cells(&told.out)[1][0];
    let reason =
        told.err.split(&format!("ferry: encoding {id} (h264) has failed: ")).nth(1).expect("a reason");
    assert!(reason.len() > 5 && !reason.starts_with("unknown"), "{told:?}");
    assert!(desk.cloud.fired()[0] > 0);
}

#[test]
fn a_film_whose_upload_was_interrupted_goes_on() {
    let desk = Desk::with(localcloud::Options { flip_part_size: MIB as u64, ..Default::default() });
    desk.write("film.mov", &noise(5 * MIB));
    desk.faults(json!([{"class": "flip_part", "skip": 2, "action": {"slow_bytes_per_second": 1000}}]));
    let arguments = ["flip", "upload", "film.mov", "--factory", FACTORY, "--concurrency", "1"];
    let child = desk.start(arguments);
    desk.until("two parts", |desk| {
        desk.uploads().first().is_some_and(|upload| upload["bytes_stored"] == 2 * MIB)
    });
    send(&child, Signal::INT);
    assert_eq!(end(child).code, Some(10));
    desk.faults(json!([]));
    let video = desk.done(arguments);
    assert_eq!(desk.cloud.repeated().telestream.parts, 0, "nothing was sent twice");
    assert_eq!((desk.counts("flip_session"), desk.counts("flip_part").1), ((1, 1), 5), "it began anew");
    assert_eq!(json_lines(&done(&desk, &["videos", "show", "--json", &video]))[0]["file_size"], 5 * MIB);
    assert_eq!(desk.uploads(), [] as [Value; 0]);
}

#[test]
fn factories_and_profiles_are_made_listed_and_changed() {
    let desk = Desk::new();
    let factory = json_lines(&done(&desk, &["factories", "create", "name=films", "--json"])).remove(0);
    let id = factory["id"].as_str().expect("an id");
    let listed = done(&desk, &["factories", "list"]);
    assert!(cells(&listed).iter().any(|row| row[..2] == [id, "films"]), "{listed}");
    let made = ["profiles", "create", "preset_name=h264", "name=small", "width=320", "height=240", "--json"];
    let profile = json_lines(&done(&desk, &[&made[..], &["--factory", id]].concat())).remove(0);
    assert_eq!((&profile["width"], &profile["name"]), (&json!(320), &json!("small")));
    let own = profile["id"].as_str().expect("an id");
    done(&desk, &["profiles", "update", own, "width=640", "--factory", id]);
    let listed = done(&desk, &["profiles", "list", "--factory", id]);
    assert!(cells(&listed).iter().any(|row| row[0] == own && row[4..] == ["640", "240"]), "{listed}");
    done(&desk, &["profiles", "delete", own, "--factory", id]);
    assert!(!done(&desk, &["profiles", "list", "--factory", id]).contains(own));
    let hook =
        ["notifications", "update", "url=http://127.0.0.1:1/hook", r#"events={"video_encoded": true}"#];
    done(&desk, &hook);
    assert!(done(&desk, &["notifications", "show"]).contains("http://127.0.0.1:1/hook"));
}
