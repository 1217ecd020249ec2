//! Every fault once, over real sockets.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use localcloud::Cloud;
use serde_json::{Value, json};

use crate::client::{self, Answer, Client, MIB, Upload, bytes, cloud, start_body, upload};

fn rule(class: &str, action: Value) -> Value {
    json!([{"class": class, "times": 1, "action": action}])
}

fn start(client: &Client) -> client::Outcome {
    client.try_post("/multipart/start", &start_body(10))
}

fn ready() -> (Cloud, Client) {
    let cloud = cloud();
    let client = Client::of(&cloud);
    (cloud, client)
}

/// One PUT of `data` under a fault, then one without.
fn put_twice(action: Value, data: &[u8]) -> (client::Outcome, Answer) {
    let (_cloud, client) = ready();
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let signed = upload.sign(1, None, data);
    client.faults(rule("put", action));
    (upload.put(&signed, data), upload.put(&signed, data).expect("no fault any more"))
}

#[test]
fn a_status_comes_with_its_body_and_pause() {
    let (_cloud, client) = ready();
    client.faults(rule(
        "start",
        json!({"status": 503, "retry_after": 1, "body": "busy", "headers": {"filestack-limit": "5"}}),
    ));
    let answer = start(&client).expect("an answer");
    assert_eq!((answer.status, answer.header("retry-after"), answer.text().as_str()), (503, "1", "busy"));
    assert_eq!(answer.header("filestack-limit"), "5");
    assert_eq!(start(&client).expect("an answer").status, 200);
}

#[test]
fn a_storage_error_is_xml() {
    let (answer, after) = put_twice(json!({"status": 403, "code": "RequestTimeTooSkewed"}), &bytes(MIB, 1));
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("<Code>RequestTimeTooSkewed</Code>"));
    assert_eq!(after.status, 200);
}

#[test]
fn a_rule_chooses_its_part() {
    let (_cloud, client) = ready();
    let data = bytes(11 * MIB, 2);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    client.faults(json!([{"class": "put", "match": {"part": 2}, "action": {"status": 500}}]));
    let status = |number: usize, part: &[u8]| {
        upload.put(&upload.sign(number, None, part), part).expect("an answer").status
    };
    let seen: Vec<u16> =
        data.chunks(5 * MIB).enumerate().map(|(index, part)| status(index + 1, part)).collect();
    assert_eq!(seen, [200, 500, 200]);
}

#[test]
fn a_cut_ends_the_connection_inside_the_body() {
    for after in [0, 65_536] {
        let (outcome, again) = put_twice(json!({"cut_after": after}), &bytes(6 * MIB, 3));
        assert!(outcome.is_err(), "{after}: {outcome:?}");
        assert_eq!(again.status, 200);
    }
}

#[test]
fn a_cut_answer_ends_too_early() {
    let (_cloud, client) = ready();
    let file = upload(&client, &bytes(MIB, 4), json!({}));
    client.faults(rule("deliver", json!({"cut_response_after": 1000})));
    let url = file["url"].as_str().expect("a URL");
    assert!(client.send("GET", url, &[], b"").is_err());
    assert_eq!(client.get(url).body.len(), MIB);
}

#[test]
fn a_stall_is_silent_and_then_closes() {
    let since = Instant::now();
    let (outcome, _) = put_twice(json!({"stall_ms": 300}), &bytes(MIB, 5));
    assert!(outcome.is_err());
    assert!(since.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_stall_may_come_in_the_middle() {
    let since = Instant::now();
    let (outcome, _) = put_twice(json!({"stall_after": 100_000, "stall_ms": 300}), &bytes(MIB, 6));
    assert!(outcome.is_err());
    assert!(since.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_slow_line_is_slow_both_ways() {
    let since = Instant::now();
    let (outcome, _) = put_twice(json!({"slow_bytes_per_second": 2_000_000}), &bytes(MIB, 7));
    assert_eq!(outcome.expect("an answer").status, 200);
    assert!(since.elapsed() >= Duration::from_millis(500));
    let (_cloud, client) = ready();
    let file = upload(&client, &bytes(MIB, 7), json!({}));
    client.faults(rule("deliver", json!({"slow_bytes_per_second": 2_000_000})));
    let since = Instant::now();
    assert_eq!(client.get(file["url"].as_str().expect("a URL")).body.len(), MIB);
    assert!(since.elapsed() >= Duration::from_millis(500));
}

#[test]
fn complete_may_be_accepted_several_times_first() {
    let (_cloud, client) = ready();
    let data = bytes(1000, 8);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let parts = json!([upload.part(1, &data)]);
    client.faults(json!([{"class": "complete", "times": 3, "action": {"accepted": true}}]));
    let statuses: Vec<u16> = (0..4).map(|_| upload.complete(Some(parts.clone())).status).collect();
    assert_eq!(statuses, [202, 202, 202, 200]);
}

#[test]
fn an_etag_may_be_wrong_or_missing() {
    let (wrong, right) = put_twice(json!({"wrong_etag": true}), &bytes(1000, 9));
    let wrong = wrong.expect("an answer");
    assert_eq!(wrong.status, 200);
    assert_ne!(wrong.header("etag"), right.header("etag"));
    let (missing, _) = put_twice(json!({"missing_etag": true}), &bytes(1000, 9));
    assert!(!missing.expect("an answer").headers.contains_key("etag"));
}

#[test]
fn work_whose_answer_is_lost_is_done_all_the_same() {
    let (_cloud, client) = ready();
    let data = bytes(1000, 10);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let parts = json!([upload.part(1, &data)]);
    client.faults(rule("complete", json!({"lost_answer": true})));
    assert!(client.try_post("/multipart/complete", &upload.complete_body(Some(parts.clone()))).is_err());
    let files = client.get("/_local/files").json();
    assert_eq!(upload.complete(Some(parts)).json()["handle"], files[0]["handle"]);
}

#[test]
fn answers_may_be_nonsense() {
    let (_cloud, client) = ready();
    client.faults(rule("start", json!({"body": "Invalid Application", "status": 200})));
    assert_eq!(start(&client).expect("an answer").text(), "Invalid Application");
    client.faults(rule("start", json!({"corrupt_answer": true})));
    assert!(start(&client).expect("an answer").text().starts_with("<html>"));
    client.faults(rule("start", json!({"redirect": "http://127.0.0.1:1/"})));
    let answer = start(&client).expect("an answer");
    assert_eq!((answer.status, answer.header("location")), (302, "http://127.0.0.1:1/"));
    client.faults(rule("start", json!({"huge_answer": 3_000_000})));
    assert_eq!(start(&client).expect("an answer").body.len(), 3_000_000);
}

#[test]
fn an_answer_may_come_before_the_body_was_read() {
    let (_cloud, client) = ready();
    let data = bytes(1000, 11);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let signed = upload.sign(1, None, &data);
    client.faults(rule("put", json!({"status": 503, "early": true})));
    let url = signed["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("a URL");
    let (host, path) = url.split_once('/').expect("a path");
    let mut head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n", data.len());
    for (name, value) in signed["headers"].as_object().expect("headers") {
        head += &format!("{name}: {}\r\n", value.as_str().expect("text"));
    }
    let mut line = TcpStream::connect(host).expect("a connection");
    line.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    line.write_all(&[head.as_bytes(), b"\r\n", &data[..500]].concat()).expect("half of it is sent");
    let mut status = [0; 12];
    line.read_exact(&mut status).expect("an answer before the rest is sent");
    assert_eq!(String::from_utf8_lossy(&status), "HTTP/1.1 503");
}

#[test]
fn the_journal_shows_what_came_in() {
    let (_cloud, client) = ready();
    let data = bytes(1000, 12);
    upload(&client, &data, json!({}));
    let requests = client.requests();
    let classes: Vec<&str> = requests.iter().filter_map(|request| request["class"].as_str()).collect();
    assert_eq!(classes, ["start", "upload", "put", "complete"]);
    assert_eq!(requests[1]["body"]["part"], 1);
    assert_eq!((&requests[2]["part"], &requests[2]["received"]), (&json!(1), &json!(1000)));
    let signed = |request: &Value| {
        let headers = &request["headers"];
        (headers["authorization"].as_bool(), headers["proxy-authorization"].as_bool())
    };
    assert_eq!(signed(&requests[2]), (Some(true), Some(false)));
    let headers = [("proxy-authorization", "Basic dXNlcjpzZWNyZXQ=")];
    client.send("GET", "/nothing", &headers, b"").expect("an answer");
    let last = client.requests().pop().expect("a request");
    assert_eq!(signed(&last), (Some(false), Some(true)));
    assert!(!last.to_string().contains("dXNlcjpz"), "{last}");
    assert_eq!(client.send("DELETE", "/_local/requests", &[], b"").expect("an answer").status, 200);
    assert!(client.requests().is_empty());
    assert!(client.get("/_local/stats").json()["open_connections"].as_u64() >= Some(1));
}

#[test]
fn wrong_rules_are_refused_with_a_reason() {
    let (cloud, client) = ready();
    let answer = client.send("PUT", "/_local/faults", &[], br#"[{"class":"pvt","action":{"status":500}}]"#);
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("pvt"), "{}", answer.text());
    assert!(cloud.set_faults(r#"[{"class":"put","action":{}}]"#).is_err());
}

#[test]
fn a_rule_tells_how_often_it_fired() {
    let (cloud, client) = ready();
    let rules = json!([
        {"class": "put", "action": {"status": 500}},
        {"class": "start", "match": {"filename": "file.bin"}, "skip": 1, "times": 2, "action": {"status": 503}},
    ]);
    client.faults(rules.clone());
    for _ in 0..5 {
        start(&client).expect("an answer");
    }
    let (mut told, found) = (rules, client.get("/_local/faults").json());
    for (rule, (seen, fired)) in [(0, (0, 0)), (1, (5, 2))] {
        told[rule]["seen"] = json!(seen);
        told[rule]["fired"] = json!(fired);
        told[rule]["id"] = found[rule]["id"].clone();
    }
    assert_eq!(found, told);
    assert!(found[0]["id"].is_u64() && found[0]["id"] != found[1]["id"], "{found}");
    assert_eq!(cloud.fired(), [0, 2]);
    client.faults(json!([]));
    assert_eq!(client.get("/_local/faults").json(), json!([]));
}

#[test]
fn headers_are_added_to_the_answer_of_the_work() {
    let (_cloud, client) = ready();
    let file = upload(&client, &bytes(1000, 13), json!({}));
    client.faults(rule("deliver", json!({"headers": {"x-mine": "1", "content-type": "text/odd"}})));
    let answer = client.get(file["url"].as_str().expect("a URL"));
    assert_eq!(
        (answer.status, answer.header("x-mine"), answer.header("content-type")),
        (200, "1", "text/odd")
    );
    assert!(answer.body == bytes(1000, 13));
}

#[test]
fn retry_after_may_be_a_date() {
    let (_cloud, client) = ready();
    client.faults(rule("start", json!({"status": 503, "retry_after_date": 3600})));
    let answer = start(&client).expect("an answer");
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date =
        time::PrimitiveDateTime::parse(answer.header("retry-after"), format).expect("a date").assume_utc();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let ahead = date.unix_timestamp() - i64::try_from(now).expect("a number");
    assert!((3590..=3600).contains(&ahead), "{ahead}");
}

#[test]
fn an_echo_shows_the_whole_request_plain_and_encoded() {
    let (_cloud, client) = ready();
    client.faults(rule("start", json!({"echo": true, "status": 502})));
    let target = "/multipart/start?token=a%2Bb";
    let headers = [("content-type", "application/json"), ("x-secret", "p=q/r")];
    let answer = client.send("POST", target, &headers, br#"{"apikey":"K=1"}"#).expect("an answer");
    assert_eq!(answer.status, 502);
    let text = answer.text();
    for shown in [
        "POST /multipart/start?token=a%2Bb\n",
        "token=a+b",
        "x-secret: p=q/r\n",
        r#"{"apikey":"K=1"}"#,
        "p%3Dq%2Fr",
        "p%3dq%2fr",
        "%22apikey%22%3A%22K%3D1%22",
        "%22apikey%22%3a%22K%3d1%22",
    ] {
        assert!(text.contains(shown), "{shown} is not in\n{text}");
    }
}

#[test]
fn an_echo_of_a_put_shows_its_signature_and_its_body() {
    let (answer, after) = put_twice(json!({"echo": true, "status": 403}), b"the bytes of the part");
    let answer = answer.expect("an answer");
    assert_eq!((answer.status, after.status), (403, 200));
    assert!(answer.text().contains("AWS4-HMAC-SHA256"), "{}", answer.text());
    assert!(answer.text().contains("the bytes of the part"), "{}", answer.text());
}

/// The answer at the end of redirects that a client follows by itself, at most five.
fn followed(client: &Client, url: &str) -> Result<Answer, usize> {
    let mut url = url.to_owned();
    for _ in 0..5 {
        let answer = client.get(&url);
        match answer.header("location") {
            "" => return Ok(answer),
            path if path.starts_with('/') => {
                let end = url.find("://").map_or(0, |at| at + 3);
                let origin = url[end..].find('/').map_or(url.len(), |at| end + at);
                url.replace_range(origin.., path);
            }
            location => url = location.to_owned(),
        }
    }
    Err(5)
}

#[test]
fn a_redirect_may_lead_to_another_path_that_has_the_file() {
    let (_cloud, client) = ready();
    let data = bytes(1000, 14);
    let file = upload(&client, &data, json!({}));
    let handle = file["handle"].as_str().expect("a handle");
    for status in [301, 302, 303, 307, 308] {
        let other = format!("/KEY/{handle}");
        client.faults(rule("deliver", json!({"redirect": other, "status": status})));
        let url = file["url"].as_str().expect("a URL");
        let first = client.get(url);
        assert_eq!((first.status, first.header("location")), (status, other.as_str()));
        client.faults(rule("deliver", json!({"redirect": other, "status": status})));
        assert!(followed(&client, url).expect("an end").body == data);
    }
}

#[test]
fn a_redirect_may_lead_to_the_other_listener_or_around_for_ever() {
    let https = Some(std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
    let cloud = Cloud::start(localcloud::Options { https, ..Default::default() }).expect("the cloud starts");
    let client = Client::of(&cloud);
    let file = upload(&client, &bytes(1000, 15), json!({}));
    let url = format!("{}?dl=true", file["url"].as_str().expect("a URL"));
    let path = &url[cloud.http_url().len()..];
    client.faults(rule("deliver", json!({"redirect": "{https}{path}"})));
    let target = format!("{}{path}", cloud.https_url().expect("TLS"));
    assert_eq!(client.get(&url).header("location"), target);
    client.faults(json!([{"class": "deliver", "action": {"redirect": "{http}{path}", "status": 307}}]));
    assert_eq!(client.get(&url).header("location"), url);
    assert_eq!(followed(&client, &url).map(|answer| answer.status), Err(5));
}

#[test]
fn a_put_may_be_sent_elsewhere() {
    let data = bytes(1000, 16);
    let (first, after) = put_twice(json!({"redirect": "{http}{path}", "status": 307}), &data);
    let first = first.expect("an answer");
    assert_eq!((first.status, after.status), (307, 200));
    assert!(first.header("location").contains("/filestack-local/"), "{first:?}");
}
