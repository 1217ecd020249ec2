//! API keys and policies.

use std::time::{SystemTime, UNIX_EPOCH};

use localcloud::{Cloud, Options};
use serde_json::{Value, json};

use crate::client::{self, Client, Upload, bytes, merge, sign, start_body, upload};

const SECRET: &str = "SECURITY-SECRET";
const LATER: u64 = 4_000_000_000;

fn secured() -> Cloud {
    let options =
        Options { apikey: Some("KEY".to_owned()), app_secret: Some(SECRET.to_owned()), ..Options::default() };
    Cloud::start(options).expect("the cloud starts")
}

fn pair(policy: &Value) -> Value {
    let (policy, signature) = sign(policy, SECRET);
    json!({"policy": policy, "signature": signature})
}

#[test]
fn an_unknown_key_is_an_invalid_application() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let answer = client.post("/multipart/start", &merge(start_body(5), &json!({"apikey": "OTHER"})));
    assert_eq!((answer.status, answer.text().as_str()), (200, "Invalid Application"));
}

#[test]
fn start_obeys_the_policy() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let cases = [
        (json!({"expiry": LATER}), 200),
        (json!({"expiry": LATER, "call": ["pick"]}), 200),
        (json!({"expiry": LATER, "call": "store"}), 200),
        (json!({"expiry": LATER, "call": ["read"]}), 403),
        (json!({"expiry": 5}), 403),
        (json!({"expiry": "soon"}), 401),
        (json!({"call": ["pick"]}), 401),
        (json!({"expiry": LATER, "maxSize": 9}), 403),
        (json!({"expiry": LATER, "maxSize": 10}), 200),
        (json!({"expiry": LATER, "minSize": 11}), 403),
        (json!({"expiry": LATER, "path": "in/.*"}), 200),
        (json!({"expiry": LATER, "path": "out/.*"}), 403),
        (json!({"expiry": LATER, "container": "mine"}), 403),
        (json!({"expiry": LATER, "path": "("}), 401),
    ];
    let body = merge(start_body(10), &json!({"store": {"location": "s3", "path": "in/"}}));
    for (policy, status) in cases {
        let answer = client.post("/multipart/start", &merge(body.clone(), &pair(&policy)));
        assert_eq!(answer.status, status, "{policy}: {}", answer.text());
        let error = answer.json()["error"].clone();
        match status {
            401 => assert_eq!(error, "Invalid Policy"),
            403 => assert_eq!(error, "Invalid App policy"),
            _ => {}
        }
    }
    assert_eq!(client.post("/multipart/start", &body).status, 403);
    let forged = merge(pair(&json!({"expiry": LATER})), &json!({"signature": "0".repeat(64)}));
    assert_eq!(client.post("/multipart/start", &merge(body.clone(), &forged)).status, 403);
    let text = merge(body.clone(), &json!({"policy": "???", "signature": "x"}));
    assert_eq!(client.post("/multipart/start", &text).status, 401);
}

/// The SDK for Ruby, and the one for Python 2, send a policy with `start` alone.
#[test]
fn only_start_needs_a_policy_and_one_that_comes_is_judged() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let data = bytes(100, 1);
    let mut upload = Upload::start(&client, data.len(), false, pair(&json!({"expiry": LATER})));
    upload.extra = json!({});
    let parts = json!([upload.part(1, &data)]);
    upload.extra = pair(&json!({"expiry": LATER, "call": ["read"]}));
    assert_eq!(upload.complete(Some(parts.clone())).status, 403);
    upload.extra = json!({});
    assert_eq!(upload.complete(Some(parts)).status, 200);
}

#[test]
fn a_policy_is_good_until_its_last_second_is_over() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    loop {
        let second = now();
        let status = |expiry: u64| {
            let body = merge(start_body(10), &pair(&json!({"expiry": expiry})));
            client.post("/multipart/start", &body).status
        };
        let answers = [status(second - 1), status(second)];
        // Else the second was over before the answer.
        if now() == second {
            assert_eq!(answers, [403, 200]);
            break;
        }
    }
}

#[test]
fn each_call_on_a_file_needs_its_own_permission() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let file = upload(&client, b"hello", pair(&json!({"expiry": LATER})));
    let handle = file["handle"].as_str().expect("a handle");
    let query = |policy: &Value| {
        let (policy, signature) = sign(policy, SECRET);
        format!("policy={}&signature={signature}", policy.replace('=', "%3D"))
    };
    let status = |method: &str, call: &str, handle_in_policy: &str| {
        let query = query(&json!({"expiry": LATER, "call": [call], "handle": handle_in_policy}));
        let path = match method {
            "deliver" => format!("/{handle}?{query}"),
            "metadata" => format!("/{handle}/metadata?size=true&{query}"),
            "exif" => format!("/{handle}/metadata?exif=true&{query}"),
            _ => format!("/api/file/{handle}?key=KEY&{query}"),
        };
        let verb = if method == "delete" { "DELETE" } else { "GET" };
        client.send(verb, &path, &[], b"").expect("an answer").status
    };
    assert_eq!(status("deliver", "stat", handle), 403);
    assert_eq!(status("deliver", "read", "another"), 403);
    assert_eq!(status("deliver", "read", handle), 200);
    assert_eq!(status("metadata", "read", handle), 403);
    assert_eq!(status("metadata", "stat", handle), 200);
    assert_eq!(status("exif", "stat", handle), 403);
    assert_eq!(status("delete", "read", handle), 403);
    assert_eq!(status("delete", "revoke", handle), 200);
    assert_eq!(client.get(&format!("/{handle}")).status, 403);
}

#[test]
fn a_policy_in_the_path_opens_a_file() {
    let cloud = secured();
    let client = Client::of(&cloud);
    let file = upload(&client, b"hello", pair(&json!({"expiry": LATER})));
    let handle = file["handle"].as_str().expect("a handle");
    let (policy, signature) = sign(&json!({"expiry": LATER, "call": ["read"]}), SECRET);
    for path in [
        format!("/security=p:{policy},s:{signature}/{handle}"),
        format!("/security=policy:{policy},signature:{signature}/{handle}"),
        format!("/KEY/security=s:{signature},p:{policy}/{handle}"),
    ] {
        assert_eq!(client.get(&path).text(), "hello", "{path}");
    }
    let refused = client.get(&format!("/{handle}"));
    assert_eq!(refused.status, 403);
    assert!(refused.text().starts_with("[uuid="), "{}", refused.text());
    let requests = client.requests();
    assert!(requests.iter().all(|request| !request["path"].as_str().unwrap_or("").contains(&signature)));
}

#[test]
fn without_an_app_secret_a_policy_is_only_read() {
    let cloud = client::cloud();
    let client = Client::of(&cloud);
    let expired = merge(start_body(5), &pair(&json!({"expiry": 5})));
    assert_eq!(client.post("/multipart/start", &expired).status, 200);
    let malformed = merge(start_body(5), &json!({"policy": "x", "signature": "y"}));
    assert_eq!(client.post("/multipart/start", &malformed).status, 401);
}
