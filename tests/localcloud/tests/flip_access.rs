//! Who may call Flip: signatures of API 3.0, and API 3.1 with its key.

use localcloud::{Cloud, Options};
use serde_json::{Value, json};

use crate::client::bytes;
use crate::flip::{
    self, FIRST, FORM, Flip, Pairs, cloud, escape, form, id, query, signature, signed, timestamp,
};

const FACTORY: (&str, &str) = ("factory_id", FIRST);

fn error(flip: &Flip, method: &str, target: &str) -> (u16, String) {
    let answer = flip.client.send(method, target, &[], b"").expect("an answer");
    (answer.status, answer.json()["message"].as_str().expect("a message").to_owned())
}

#[test]
fn what_is_signed_wrongly_is_refused() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let moment = timestamp(0);
    let good = signed("GET", "/videos.json", &[FACTORY], &moment);
    assert_eq!(flip.client.get(&good).status, 200);
    assert_eq!(flip.client.get(&good).status, 200, "a GET may be repeated");
    let wrong = (401, "Signatures do not match".to_owned());
    for target in [
        format!("{good}&page=1"),
        good.replace("LOCAL_ACCESS_KEY", "OTHER"),
        good.replace("/videos.json", "/profiles.json"),
        good.replace("factory_id=fac1", "factory_id=fac2"),
    ] {
        assert_eq!(error(&flip, "GET", &target), wrong, "{target}");
    }
    assert_eq!(error(&flip, "DELETE", &good), wrong);
    let host = [("host", "localhost")];
    assert_eq!(flip.client.send("GET", &good, &host, b"").expect("an answer").status, 401);
    let lacking = format!("/v3.0/videos.json?factory_id={FIRST}&access_key=LOCAL_ACCESS_KEY");
    let text = "All required parameters were not supplied: signature, timestamp".to_owned();
    assert_eq!(error(&flip, "GET", &lacking), (400, text));
    let other = signed("GET", "/videos.xml", &[FACTORY], &timestamp(0));
    assert_eq!(
        error(&flip, "GET", &other),
        (400, "Currently only .json is supported as a format".to_owned())
    );
    let without = signed("GET", "/videos.json", &[], &timestamp(0));
    assert_eq!(error(&flip, "GET", &without).0, 400);
    assert_eq!(flip.client.get(&signed("GET", "/factories.json", &[], &timestamp(0))).status, 200);
    assert_eq!(
        flip.client.get(&signed("GET", "/videos.json", &[("cloud_id", FIRST)], &timestamp(0))).status,
        200
    );
    assert_eq!(error(&flip, "GET", &signed("GET", "/videos.json", &[FACTORY], "yesterday")).0, 400);
}

#[test]
fn a_signature_expires() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let at = |method: &str, path: &str, offset: i64| {
        let target =
            signed(method, path, &[FACTORY, ("source_url", "http://127.0.0.1:1/x")], &timestamp(offset));
        let answer = flip.client.send(method, &target, &[], b"").expect("an answer");
        (answer.status, answer.json()["message"].as_str().unwrap_or_default().to_owned())
    };
    let expired = (401, "Signatures expired".to_owned());
    for minutes in [-6, 6] {
        assert_eq!(at("GET", "/videos.json", minutes * 60), expired);
        assert_eq!(at("POST", "/videos/upload.json", minutes * 60), expired);
        assert_eq!(at("POST", "/videos.json", minutes * 60).0, 200);
        assert_eq!(at("GET", "/videos.json", minutes * 45).0, 200);
    }
    assert_eq!(at("POST", "/videos.json", -31 * 60), expired);
    assert_eq!(at("POST", "/videos.json", 31 * 60), expired);
}

#[test]
fn a_post_is_signed_for_once() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let target = signed("POST", "/profiles.json", &[FACTORY, ("preset_name", "ogg")], &timestamp(0));
    assert_eq!(flip.client.send("POST", &target, &[], b"").expect("an answer").status, 200);
    assert_eq!(error(&flip, "POST", &target).0, 401);
}

#[test]
fn parameters_travel_in_query_form_and_multipart() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    // Everything in the form.
    let auth = [("access_key", "LOCAL_ACCESS_KEY"), ("timestamp", &timestamp(0))];
    let pairs =
        [&[FACTORY, ("preset_name", "ogg"), ("title", "a+b ♥"), ("name", "x")] as Pairs<'_>, &auth].concat();
    let canonical = query(&pairs);
    let sent = format!(
        "{canonical}&signature={}",
        escape(&signature("LOCAL_SECRET_KEY", "POST", "/profiles.json", &canonical))
    );
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let answer = flip.client.send("POST", "/v3.0/profiles.json", &kind, sent.as_bytes()).expect("an answer");
    assert_eq!((answer.status, &answer.json()["title"]), (200, &json!("a+b ♥")), "{}", answer.text());
    // The keys in the query, the rest in the form; brackets escaped.
    let auth = [("access_key", "LOCAL_ACCESS_KEY"), ("timestamp", &timestamp(0))];
    let more = [FACTORY, ("events[video_created]", "true")];
    let signature = signature(
        "LOCAL_SECRET_KEY",
        "PUT",
        "/notifications.json",
        &query(&[&more as Pairs<'_>, &auth].concat()),
    );
    let target = format!("/v3.0/notifications.json?{}&signature={}", query(&auth), escape(&signature));
    let body = query(&more).replace('[', "%5B").replace(']', "%5D");
    let answer = flip.client.send("PUT", &target, &kind, body.as_bytes()).expect("an answer");
    assert_eq!(
        (answer.status, &answer.json()["events"]["video_created"]),
        (200, &json!(true)),
        "{}",
        answer.text()
    );
    // Fields of the multipart form, before the file.
    let auth = [("access_key", "LOCAL_ACCESS_KEY"), ("timestamp", &timestamp(0))];
    let pairs = [&[FACTORY, ("profiles", "none")] as Pairs<'_>, &auth].concat();
    let signature = flip::signature("LOCAL_SECRET_KEY", "POST", "/videos.json", &query(&pairs));
    let fields = [&pairs[..], &[("signature", signature.as_str())]].concat();
    let send = |body: &[u8]| {
        flip.client.send("POST", "/v3.0/videos.json", &[("content-type", FORM)], body).expect("an answer")
    };
    let answer = send(&form(&fields, "film.mp4", &bytes(100_000, 1)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(flip.get(&format!("/videos/{}.json", id(&answer.json())))["file_size"], 100_000);
    assert_eq!(send(&form(&fields, "film.mp4", b"again")).status, 401);
    let files = std::fs::read_dir(cloud.data().join("flip/files")).expect("a folder").count();
    assert_eq!(files, 1, "of a refused form nothing is kept");
    let journal = flip.client.requests();
    assert!(!journal.iter().any(
        |entry| entry.to_string().contains("signature=") && !entry.to_string().contains("signature=***")
    ));
}

#[test]
fn json_is_signed_by_its_digest() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    let answer = flip.json("/profiles.json", &json!({"preset_name": "ogg", "fps": 25}));
    assert_eq!((answer.status, &answer.json()["fps"]), (200, &json!(25)));
    let body = r#"{"preset_name":"ogg"}"#;
    let kind = [("content-type", "application/json")];
    let send = |pairs: Pairs<'_>| {
        let target = signed("POST", "/profiles.json", pairs, &timestamp(0));
        flip.client.send("POST", &target, &kind, body.as_bytes()).expect("an answer").status
    };
    let version = ("signature_version", "2");
    assert_eq!(send(&[FACTORY]), 400);
    assert_eq!(send(&[FACTORY, version]), 400);
    assert_eq!(send(&[FACTORY, version, ("checksum", &"0".repeat(64))]), 401);
}

#[test]
fn the_newer_api_takes_a_key_and_wraps_its_lists() {
    let cloud = cloud();
    let flip = Flip::of(&cloud);
    for headers in [&[] as Pairs<'_>, &[("x-api-key", "other")]] {
        let answer = flip.client.send("GET", "/flip/3.1/factories.json", headers, b"").expect("an answer");
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("NotAuthorized")));
    }
    let typed = [("x-api-key", "LOCAL_API_KEY"), ("content-type", "application/json")];
    let answer = flip.client.send("GET", "/flip/3.1/factories.json", &typed, b"").expect("an answer");
    assert_eq!(answer.status, 200, "the vendor's SDKs name a type where there is no body");
    let call = |method: &str, path: &str, body: Option<Value>| {
        let answer = flip.modern(method, path, body.as_ref());
        (answer.status, answer.json())
    };
    let (status, page) = call("GET", "/factories.json?per_page=1&page=2", None);
    assert_eq!(
        (status, &page["page"], &page["per_page"], &page["total"]),
        (200, &json!(2), &json!(1), &json!(2))
    );
    assert_eq!(page["factories"][0]["name"], "second-factory");
    let factory = format!("/factories/{FIRST}.json");
    let change = json!({"name": "new", "upload_original_video": true});
    assert_eq!(call("PATCH", &factory, Some(change)).1["upload_original_video"], true);
    assert_eq!(call("PUT", &factory, None).0, 404);
    assert_eq!(call("POST", "/factories.json", Some(json!({"name": "third"}))).0, 201);
    let (status, profile) =
        call("POST", "/profiles.json", Some(json!({"preset_name": "h264", "name": "p", "fps": 29.97})));
    assert_eq!((status, &profile["fps"]), (200, &json!(29.97)));
    assert_eq!(call("GET", "/profiles.json", None).1["total"], 3);
    let source = json!({"source_url": "http://127.0.0.1:1/x.mp4", "profiles": "p"});
    let (status, video) = call("POST", "/videos.json", Some(source));
    assert_eq!((status, &video["encodings_count"]), (201, &Value::Null));
    let path = format!("/videos/{}.json", id(&video));
    assert_eq!(call("GET", &path, None).1["encodings_count"], 1);
    let settings = json!({"delay": 5, "events": {"video_created": true}});
    assert_eq!(call("PUT", "/notifications.json", Some(settings)).1["events"]["video_created"], true);
    assert_eq!(call("GET", "/encodings/count.json", None).1, json!({"total": 1}));
    assert_eq!(call("GET", "/profiles/p/encodings.json", None).1["encodings"][0]["profile_name"], "p");
    assert_eq!(call("DELETE", &path, None), (200, json!({"deleted": true})));
    assert_eq!(call("GET", "/workflows.json", None).0, 501);
    let without = flip.client.send("GET", "/flip/3.1/videos.json", &[("x-api-key", "LOCAL_API_KEY")], b"");
    assert_eq!(without.expect("an answer").status, 400);
    // An upload session: integers, and parts unless they are not wanted.
    let (status, session) =
        call("POST", "/videos/upload.json", Some(json!({"file_name": "a.mp4", "file_size": 1500})));
    assert_eq!((status, &session["parts"], &session["max_connections"]), (201, &json!(2), &json!(16)));
    flip.part(&session, 0, &bytes(1000, 1)).expect("an answer");
    let video = flip.part(&session, 1, &bytes(500, 1)).expect("an answer").json();
    assert_eq!(video["status"], "processing");
    let ranged = json!({"file_name": "a.mp4", "file_size": 1500, "multi_chunk": false});
    assert_eq!(call("POST", "/videos/upload.json", Some(ranged)).1.get("parts"), None);
    let bad = flip.client.send(
        "POST",
        "/flip/3.1/factories.json",
        &[("x-api-key", "LOCAL_API_KEY"), ("content-type", "application/json")],
        b"[]",
    );
    assert_eq!(bad.expect("an answer").status, 400);
}

#[test]
fn keys_can_be_chosen() {
    let options = Options {
        access_key: "A".to_owned(),
        secret_key: "S".to_owned(),
        telestream_apikey: "K".to_owned(),
        ..Options::default()
    };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let flip = Flip::of(&cloud);
    assert_eq!(flip.refused("GET", "/videos.json", &[]).0, 401);
    let canonical = query(&[("access_key", "A"), ("timestamp", &timestamp(0))]);
    let signature = escape(&signature("S", "GET", "/factories.json", &canonical));
    assert_eq!(
        flip.client.get(&format!("/v3.0/factories.json?{canonical}&signature={signature}")).status,
        200
    );
    let answer = flip.client.send("GET", "/flip/3.1/factories.json", &[("x-api-key", "K")], b"");
    assert_eq!(answer.expect("an answer").status, 200);
}
