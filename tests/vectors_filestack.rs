//! The answers that Filestack's own Python SDK (4.0.0) gave, in `tests/vectors`.

use ferry::filestack::security::Security;
use ferry::filestack::webhook;
use serde_json::Value;

fn vectors(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a list of vectors")
}

fn text<'a>(vector: &'a Value, key: &str) -> &'a str {
    vector[key].as_str().unwrap_or_else(|| panic!("no {key} in {vector}"))
}

#[test]
fn policies_are_signed_as_the_sdk_signs_them() {
    for vector in vectors(include_str!("vectors/security.json")) {
        let security =
            Security::new(&vector["policy"].to_string(), text(&vector, "secret")).expect("a policy");
        assert_eq!(security.policy_b64(), text(&vector, "policy_b64"));
        assert_eq!(security.signature(), text(&vector, "signature"));
        assert_eq!(security.url_element(), text(&vector, "url_part"));
        let pair = Security::from_signed(security.policy_b64(), security.signature()).expect("a pair");
        assert_eq!(pair.policy_json(), security.policy_json());
    }
}

#[test]
fn webhooks_are_verified_as_the_sdk_verifies_them() {
    for vector in vectors(include_str!("vectors/webhooks.json")) {
        let header = |name: &str| {
            let headers = vector["headers"].as_object().expect("headers");
            let (_, value) = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).expect(name);
            value.as_str().expect("text")
        };
        let (secret, body) = (text(&vector, "secret").as_bytes(), text(&vector, "body").as_bytes());
        let verdict = webhook::verify(secret, body, header("FS-Timestamp"), header("FS-Signature"), 0, 0);
        assert_eq!(verdict.is_ok(), vector["valid"], "{vector}");
    }
}
