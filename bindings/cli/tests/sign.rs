//! `ferry sign` and `ferry verify`.

use std::time::{SystemTime, UNIX_EPOCH};

use ferry::filestack::{Security, webhook};
use serde_json::json;

use crate::desk::{Desk, json_lines, told, told_of};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

#[test]
fn a_policy_is_signed_as_the_library_signs_it() {
    let desk = Desk::new();
    let sign = |more: &[&str]| {
        let arguments = [&["sign", "--call", "read,convert", "--expires", "2h"], more].concat();
        let told = told(desk.command(arguments).env("FERRY_APP_SECRET", "SECRETSECRET"));
        assert_eq!(told.code, Some(0), "{told:?}");
        told.out
    };
    let said =
        json_lines(&sign(&["--json", "--handle", "h1", "--max-size", "10MB", "--path", "^a/"])).remove(0);
    let policy = &said["json"];
    let expiry = policy["expiry"].as_u64().expect("a time");
    assert!((now() + 7190..=now() + 7200).contains(&expiry), "{policy}");
    let calls = ["read", "convert"];
    let expected =
        json!({"expiry": expiry, "call": calls, "handle": "h1", "path": "^a/", "maxSize": 10_000_000});
    assert_eq!(*policy, expected);
    let security = Security::new(&policy.to_string(), "SECRETSECRET").expect("a policy");
    assert_eq!(
        (&said["policy"], &said["signature"]),
        (&security.policy_b64().into(), &security.signature().into())
    );
    let text = sign(&[]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("policy=ey") && lines[1].starts_with("signature=") && lines.len() == 2,
        "{text}"
    );
    let told = desk.run(["sign"]);
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("set FERRY_APP_SECRET"), "{told:?}");
    assert_eq!(desk.requests(), 0);
}

#[test]
fn a_webhook_is_verified_against_its_secret() {
    let desk = Desk::new();
    let body = br#"{"id": 1, "action": "fp.upload"}"#;
    desk.write("body.json", body);
    let time = now().to_string();
    let signature = webhook::sign(b"webhook-secret", body, &time).expect("signed");
    let verify = |secret: &str, signature: &str, timestamp: &str| {
        let arguments = ["verify", "body.json", "--signature", signature, "--timestamp", timestamp];
        told_of(&mut desk.command(arguments), secret.as_bytes())
    };
    let right = verify("webhook-secret\n", &signature, &time);
    assert_eq!((right.code, &*right.out), (Some(0), "the signature is right\n"), "{right:?}");
    let wrong = verify("another-secret\n", &signature, &time);
    assert_eq!((wrong.code, &*wrong.out), (Some(13), ""), "{wrong:?}");
    assert!(!wrong.err.contains("another-secret"), "{wrong:?}");
    let old = "1559199901";
    let signed = webhook::sign(b"webhook-secret", body, old).expect("signed");
    assert_eq!(verify("webhook-secret\n", &signed, old).code, Some(14));
    desk.write("body.json", b"other");
    assert_eq!(verify("webhook-secret\n", &signature, &time).code, Some(13));
}
