//! The calls of Flip's API 3.0: factories, videos, encodings, profiles, notifications.

use std::time::{Duration, Instant};

use localcloud::{Cloud, Options};
use serde_json::{Value, json};

use crate::client::{Server, bytes};
use crate::flip::{self, FIRST, Flip, SECOND, cloud, id};

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_else(|| panic!("{name} should be text: {object}"))
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|object| text(object, "name")).collect()
}

fn count(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

fn wait<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn factories_are_there_from_the_start_and_can_be_changed() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let factories = flip.get("/factories.json");
    assert_eq!(names(&factories), ["first-factory", "second-factory"]);
    assert_eq!(id(&factories[0]), FIRST);
    assert_eq!(factories[0]["url"], format!("{}/flip-output/{FIRST}/", cloud.http_url()));
    let path = format!("/factories/{FIRST}.json");
    let changed = flip.done(
        "PUT",
        &path,
        &[("name", "♥"), ("upload_original_video", "true"), ("s3_private_access", "True"), ("url", "x")],
    );
    assert_eq!((text(&changed, "name"), &changed["upload_original_video"]), ("♥", &json!(true)));
    assert_eq!(changed["s3_private_access"], false, "only the text true is true");
    assert_eq!(flip.get(&path), changed);
    assert_eq!(flip.refused("DELETE", &path, &[]).0, 404);
    assert_eq!(flip.refused("PATCH", &path, &[]).0, 404);
    let answer = flip.call("GET", "/factories/none.json", &[]);
    let error = json!({"error": "RecordNotFound", "message": "Couldn't find Factory with ID=none"});
    assert_eq!((answer.status, answer.json()), (404, error));
    let made = flip.done("POST", "/factories.json", &[("name", "third")]);
    assert_eq!((id(&made).len(), made["upload_original_video"].clone()), (32, json!(false)));
    assert_eq!(count(&flip.get("/factories.json")), 3);
    assert_eq!(flip.refused("POST", "/factories.json", &[]), (400, "BadRequest".to_owned()));
    let moment = text(&made, "created_at");
    assert_eq!((moment.len(), &moment[4..5], &moment[19..]), (25, "/", " +0000"), "{moment}");
}

#[test]
fn a_video_comes_by_a_form() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let data = bytes(300_000, 1);
    let video = flip.upload("żółć; film.mov", &data, &[("profiles", "h264"), ("payload", "mine")]);
    assert_eq!((text(&video, "status"), text(&video, "original_filename")), ("processing", "żółć; film.mov"));
    let path = format!("/videos/{}.json", id(&video));
    let video = flip.get(&path);
    assert_eq!((text(&video, "status"), text(&video, "mime_type")), ("success", "video/quicktime"));
    assert_eq!((&video["file_size"], text(&video, "extname")), (&json!(data.len()), ".mov"));
    let encoding = flip.first_encoding(id(&video));
    let done = flip.after(&encoding, 1);
    assert_eq!((text(&done, "status"), &done["encoding_progress"]), ("success", &json!(100)));
    assert_eq!(done["files"], json!([format!("{encoding}.mp4")]));
    let url = format!("/flip-output/{FIRST}/{encoding}.mp4");
    let answer = flip.client.get(&url);
    assert_eq!((answer.status, answer.header("content-type")), (200, "video/mp4"));
    assert!(answer.body == data);
    let range = flip.client.send("GET", &url, &[("range", "bytes=5-9")], b"").expect("an answer");
    assert_eq!((range.status, range.body.as_slice()), (206, &data[5..10]));
    let original = format!("/flip-output/{FIRST}/{}.mov", id(&video));
    assert_eq!(flip.client.get(&original).status, 404);
    flip.done("PUT", &format!("/factories/{FIRST}.json"), &[("upload_original_video", "true")]);
    assert!(flip.client.get(&original).body == data);
    let metadata = flip.get(&format!("/videos/{}/metadata.json", id(&video)));
    assert_eq!(
        (&metadata["file_size"], text(&metadata, "mime_type")),
        (&json!(data.len()), "video/quicktime")
    );
    let gone = flip.done("DELETE", &format!("/videos/{}/source.json", id(&video)), &[]);
    assert_eq!(gone, json!({"deleted": true}));
    assert_eq!(flip.client.get(&original).status, 404);
    assert!(flip.client.get(&url).body == data, "encodings stay");
    let late = flip.done("POST", "/encodings.json", &[("video_id", id(&video)), ("profile_name", "webm")]);
    assert_eq!(text(&flip.after(id(&late), 1), "error_class"), "FileNotFound");
    assert_eq!(flip.done("DELETE", &path, &[]), json!({"deleted": true}));
    assert_eq!(flip.refused("GET", &path, &[]), (404, "RecordNotFound".to_owned()));
    assert_eq!(flip.refused("GET", &format!("/encodings/{encoding}.json"), &[]).0, 404);
    assert_eq!(flip.client.get(&url).status, 404);
    assert_eq!(std::fs::read_dir(cloud.data().join("flip/files")).expect("a folder").count(), 0);
}

#[test]
fn a_video_comes_from_a_url() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let server =
        Server::start(
            |_, request| if request.path == "/no.mp4" { (404, vec![]) } else { (200, b"film".to_vec()) },
        );
    let settled = |source: &str| {
        let video = flip.done("POST", "/videos.json", &[("source_url", source)]);
        assert_eq!((text(&video, "status"), text(&video, "source_url")), ("processing", source));
        wait(|| {
            let video = flip.get(&format!("/videos/{}.json", id(&video)));
            (video["status"] != "processing").then_some(video)
        })
    };
    let video = settled(&format!("{}/a%20b.webm?x=1", server.url));
    assert_eq!((text(&video, "status"), text(&video, "original_filename")), ("success", "a b.webm"));
    assert_eq!(video["file_size"], 4);
    let encodings = flip.get(&format!("/videos/{}/encodings.json", id(&video)));
    let profiles: Vec<_> =
        encodings.as_array().expect("a list").iter().map(|e| text(e, "profile_name")).collect();
    assert_eq!(profiles, ["h264", "webm"], "all profiles of the factory");
    for source in [format!("{}/no.mp4", server.url), "http://example.org/a.mp4".to_owned()] {
        let failed = settled(&source);
        assert_eq!((text(&failed, "status"), text(&failed, "error_class")), ("fail", "DownloadFailed"));
        let encoding = flip.after(&flip.first_encoding(id(&failed)), 1);
        assert_eq!(text(&encoding, "error_class"), "VideoStatusInvalid");
    }
    let none = flip.done("POST", "/videos.json", &[("source_url", &server.url), ("profiles", "none")]);
    assert_eq!(flip.get(&format!("/videos/{}/encodings.json", id(&none))), json!([]));
    assert_eq!(flip.refused("POST", "/videos.json", &[]).0, 400);
    let unknown = [("source_url", server.url.as_str()), ("profiles", "vhs")];
    assert_eq!(flip.refused("POST", "/videos.json", &unknown).0, 404);
}

#[test]
fn a_source_that_was_being_fetched_when_the_cloud_ended_does_not_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || Options { data: Some(folder.path().to_owned()), ..flip::options() };
    let server = Server::start(|_, _| {
        std::thread::sleep(Duration::from_secs(5));
        (200, vec![])
    });
    let cloud = Cloud::start(options()).expect("the cloud starts");
    let video = Flip::of(&cloud).done("POST", "/videos.json", &[("source_url", &server.url)]);
    drop(cloud);
    let cloud = Cloud::start(options()).expect("the cloud starts");
    let video = Flip::of(&cloud).get(&format!("/videos/{}.json", id(&video)));
    assert_eq!((text(&video, "status"), text(&video, "error_class")), ("fail", "DownloadFailed"));
}

#[test]
fn what_is_broken_fails() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let video = flip.upload("broken.mp4", b"film", &[]);
    let video = flip.get(&format!("/videos/{}.json", id(&video)));
    assert_eq!((text(&video, "status"), text(&video, "error_class")), ("fail", "FormatNotRecognised"));
    flip.done("POST", "/profiles.json", &[("preset_name", "h264"), ("name", "broken-h264")]);
    let video = flip.upload("film.mp4", b"film", &[("profiles", "broken-h264")]);
    let encoding = flip.first_encoding(id(&video));
    let failed = flip.after(&encoding, 1);
    assert_eq!((text(&failed, "status"), text(&failed, "error_class")), ("fail", "EncodingError"));
    let log = flip.client.get(text(&failed, "logfile_url"));
    assert!(log.text().starts_with("EncodingError: "), "{}", log.text());
    assert_eq!(
        flip.done("POST", &format!("/encodings/{encoding}/retry.json"), &[]),
        json!({"retried": true})
    );
    assert_eq!(text(&flip.after(&encoding, 1), "status"), "processing");
    assert_eq!(text(&flip.after(&encoding, 1), "status"), "fail");
    // By a fault, once.
    flip.client.faults(json!([{"class": "flip_api", "times": 1, "action": {"job_failed": true}}]));
    let again = flip.done("POST", "/encodings.json", &[("video_id", id(&video)), ("profile_name", "h264")]);
    assert_eq!(text(&flip.after(id(&again), 2), "status"), "fail");
    flip.done("POST", &format!("/encodings/{}/retry.json", id(&again)), &[]);
    let good = flip.after(id(&again), 2);
    assert_eq!((text(&good, "status"), good.get("error_class")), ("success", None));
}

#[test]
fn encodings_are_made_filtered_retried_and_cancelled() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let video = flip.upload("film.mp4", b"film", &[("profiles", "none")]);
    let profile = flip.get("/profiles/webm.json");
    let pairs = |key: &'static str, value| {
        flip.done("POST", "/encodings.json", &[("video_id", id(&video)), (key, value)])
    };
    let first = pairs("profile_name", "h264");
    let second = pairs("profile_id", id(&profile));
    assert_eq!((text(&first, "status"), &first["encoding_progress"]), ("processing", &json!(0)));
    assert_eq!(text(&first, "started_encoding_at"), "");
    let half = flip.after(id(&first), 1);
    assert_eq!((text(&half, "status"), &half["encoding_progress"]), ("processing", &json!(50)));
    let retry = format!("/encodings/{}/retry.json", id(&first));
    assert_eq!(flip.refused("POST", &retry, &[]), (400, "BadRequest".to_owned()));
    let cancel = format!("/encodings/{}/cancel.json", id(&first));
    assert_eq!(flip.done("POST", &cancel, &[]), json!({"canceled": true}));
    assert_eq!(flip.refused("POST", &cancel, &[]).0, 400);
    assert_eq!(text(&flip.after(id(&first), 1), "error_class"), "Canceled");
    assert_eq!(text(&flip.after(id(&second), 2), "status"), "success");
    let found = |pairs: flip::Pairs<'_>| {
        let list = flip.done("GET", "/encodings.json", pairs);
        list.as_array().expect("a list").iter().map(|e| id(e).to_owned()).collect::<Vec<_>>()
    };
    let (first_id, second_id) = (id(&first).to_owned(), id(&second).to_owned());
    assert_eq!(found(&[]), [first_id.clone(), second_id.clone()]);
    assert_eq!(found(&[("status", "fail")]), vec![first_id.clone()]);
    assert_eq!(found(&[("profile_name", "webm")]), vec![second_id.clone()]);
    assert_eq!(found(&[("profile_id", id(&profile)), ("status", "success")]), vec![second_id.clone()]);
    assert_eq!(found(&[("video_id", "other")]).len(), 0);
    let shown = flip.done("GET", "/encodings.json", &[("screenshots", "true"), ("status", "success")]);
    assert_eq!(count(&shown[0]["screenshots"]), 7);
    let last = shown[0]["screenshots"][6].as_str().expect("a URL");
    assert_eq!(flip.client.get(last).status, 200);
    assert_eq!(flip.done("DELETE", &format!("/encodings/{second_id}.json"), &[]), json!({"deleted": true}));
    assert_eq!(found(&[]), [first_id]);
    for pairs in [&[("video_id", id(&video))] as flip::Pairs<'_>, &[("profile_name", "h264")]] {
        assert_eq!(flip.refused("POST", "/encodings.json", pairs).0, 400);
    }
    let nothing = [("video_id", "none"), ("profile_name", "h264")];
    assert_eq!(flip.refused("POST", "/encodings.json", &nothing).0, 404);
}

#[test]
fn profiles_are_made_of_presets_and_commands() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let profile = flip.done(
        "POST",
        "/profiles.json",
        &[
            ("preset_name", "h264"),
            ("name", "h264_1"),
            ("fps", "29.97"),
            ("width", "320"),
            ("two_pass", "true"),
        ],
    );
    assert_eq!(
        (&profile["fps"], &profile["width"], &profile["two_pass"]),
        (&json!(29.97), &json!(320), &json!(true))
    );
    assert_eq!(text(&profile, "extname"), ".mp4");
    assert_eq!(flip.get("/profiles/h264_1.json"), profile);
    assert_eq!(flip.get(&format!("/profiles/{}.json", id(&profile))), profile);
    assert!(flip.done("GET", "/profiles/h264_1.json", &[("expand", "true")])["upscale"].is_boolean());
    let changed = flip.done("PUT", "/profiles/h264_1.json", &[("name", "my profile"), ("fps", "60")]);
    assert_eq!((text(&changed, "name"), &changed["fps"]), ("my profile", &json!(60)));
    assert_eq!(names(&flip.get("/profiles.json")), ["h264", "webm", "my profile"]);
    let create = |pairs: flip::Pairs<'_>| flip.refused("POST", "/profiles.json", pairs);
    assert_eq!(create(&[("preset_name", "vhs")]), (404, "RecordNotFound".to_owned()));
    let bad = (400, "BadRequest".to_owned());
    assert_eq!(create(&[("name", "x")]), bad);
    assert_eq!(create(&[("name", "x"), ("command", "ffmpeg")]), bad);
    assert_eq!(create(&[("name", "x"), ("command", "ffmpeg"), ("extname", "mp4")]), bad);
    assert_eq!(create(&[("name", "h264"), ("preset_name", "h264")]), bad);
    assert_eq!(create(&[("name", "x"), ("preset_name", "h264"), ("width", "wide")]), bad);
    let custom = flip.done(
        "POST",
        "/profiles.json",
        &[
            ("title", "My custom"),
            ("category", "desktop"),
            ("extname", ".mp4"),
            ("command", "ffmpeg -i $input_file$"),
        ],
    );
    assert_eq!((text(&custom, "name"), custom.get("category")), ("my_custom", None));
    assert_eq!(flip.done("DELETE", "/profiles/my_custom.json", &[]), json!({"deleted": true}));
    assert_eq!(flip.refused("GET", "/profiles/my_custom.json", &[]).0, 404);
    flip.done(
        "POST",
        "/profiles.json",
        &[("preset_name", "thumbnail"), ("name", "stills"), ("frame_count", "2")],
    );
    let video = flip.upload("film.mp4", b"film", &[("profiles", "stills")]);
    let encoding = flip.after(&flip.first_encoding(id(&video)), 1);
    assert_eq!(count(&encoding["files"]), 2);
}

#[test]
fn factories_never_mix() {
    let cloud = cloud();
    let one = Flip::of(&cloud);
    let two = Flip { factory: SECOND.to_owned(), ..Flip::of(&cloud) };
    let video = one.upload("film.mp4", b"film", &[("profiles", "h264")]);
    let encoding = one.first_encoding(id(&video));
    let profile = one.done("POST", "/profiles.json", &[("preset_name", "ogg"), ("name", "mine")]);
    assert_eq!((two.get("/videos.json"), two.get("/encodings.json")), (json!([]), json!([])));
    assert_eq!(names(&two.get("/profiles.json")), ["h264", "webm"]);
    for path in [
        format!("/videos/{}.json", id(&video)),
        format!("/videos/{}/encodings.json", id(&video)),
        format!("/videos/{}/metadata.json", id(&video)),
        format!("/encodings/{encoding}.json"),
        format!("/profiles/{}.json", id(&profile)),
        "/profiles/mine.json".to_owned(),
    ] {
        one.get(&path);
        assert_eq!(two.refused("GET", &path, &[]).0, 404, "{path}");
        assert_ne!(two.call("DELETE", &path, &[]).status, 200, "{path}");
    }
    let foreign = [("video_id", id(&video)), ("profile_name", "h264")];
    assert_eq!(two.refused("POST", "/encodings.json", &foreign).0, 404);
    one.done("PUT", "/notifications.json", &[("url", "http://127.0.0.1:9/x")]);
    assert_eq!(text(&two.get("/notifications.json"), "url"), "null");
    let nowhere = Flip { factory: "none".to_owned(), ..Flip::of(&cloud) };
    assert_eq!(nowhere.refused("GET", "/videos.json", &[]).0, 404);
}

#[test]
fn lists_come_in_pages() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let videos: Vec<Value> =
        (0..5).map(|n| flip.upload(&format!("{n}.mp4"), b"film", &[("profiles", "none")])).collect();
    let page = |pairs: flip::Pairs<'_>| {
        let list = flip.done("GET", "/videos.json", pairs);
        list.as_array().expect("a list").iter().map(|video| id(video).to_owned()).collect::<Vec<_>>()
    };
    let ids: Vec<String> = videos.iter().map(|video| id(video).to_owned()).collect();
    assert_eq!(page(&[("per_page", "2")]), ids[..2]);
    assert_eq!(page(&[("per_page", "2"), ("page", "3")]), ids[4..]);
    assert_eq!(page(&[("per_page", "2"), ("page", "4")]).len(), 0);
    assert_eq!(page(&[("per_page", "1000")]), ids);
    assert_eq!(page(&[("status", "fail")]).len(), 0);
    for pairs in [[("page", "0")], [("per_page", "0")], [("page", "x")]] {
        assert_eq!(flip.refused("GET", "/videos.json", &pairs).0, 400, "{pairs:?}");
    }
}

#[test]
fn notifications_arrive_as_forms() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let empty = json!({"url": "null", "delay": 0, "send_video_payload": false, "events": {
        "video_created": false, "video_encoded": false, "encoding_progress": false, "encoding_completed": false}});
    assert_eq!(flip.get("/notifications.json"), empty);
    let server = Server::start(|number, _| (if number == 0 { 500 } else { 200 }, vec![]));
    let settings = flip.done(
        "PUT",
        "/notifications.json",
        &[
            ("url", server.url.as_str()),
            ("delay", "13"),
            ("send_video_payload", "true"),
            ("events[video_created]", "true"),
            ("events[video_encoded]", "True"),
            ("events[encoding_progress]", "true"),
            ("events[encoding_completed]", "true"),
        ],
    );
    assert_eq!((&settings["delay"], &settings["events"]["video_encoded"]), (&json!(13), &json!(false)));
    flip.done("PUT", "/notifications.json", &[("events[video_encoded]", "true"), ("delay", "0")]);
    assert_eq!(flip.get("/notifications.json")["events"]["video_created"], true, "what is not sent stays");
    let video = flip.upload("film.mp4", b"film", &[("payload", "a&b")]);
    let encodings = flip.get("/encodings.json");
    let (one, two) = (id(&encodings[0]), id(&encodings[1]));
    flip.get("/encodings.json");
    let list = wait(|| {
        let list = flip.client.get("/_local/webhooks").json();
        let all = list.as_array().expect("a list").iter().all(|delivery| delivery["state"] == "delivered");
        (all && count(&list) >= 6).then_some(list)
    });
    assert!(list.as_array().expect("a list").iter().any(|delivery| delivery["attempts"] == 2), "{list}");
    let received = server.received.lock().expect("the list");
    let bodies: Vec<String> =
        received.iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect();
    assert!(received.iter().all(|r| r.header("content-type") == "application/x-www-form-urlencoded"));
    let both = format!("video_id={}&encoding_ids[0]={one}&encoding_ids[1]={two}&payload=a%26b", id(&video));
    for body in [
        format!("event=video%2Dcreated&{both}"),
        format!("event=video%2Dencoded&{both}"),
        format!("event=encoding%2Dprogress&encoding_id={one}&progress=50"),
        format!("event=encoding%2Dcomplete&encoding_id={two}"),
    ] {
        assert!(bodies.contains(&body), "{body} is not in {bodies:?}");
    }
}

#[test]
fn where_somebody_waits_for_events_encodings_end_by_themselves() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let server = Server::start(|_, _| (200, vec![]));
    let settings = [("url", server.url.as_str()), ("events[video_encoded]", "true")];
    flip.done("PUT", "/notifications.json", &settings);
    flip.upload("film.mp4", b"film", &[]);
    wait(|| (server.count() == 1).then_some(()));
}
