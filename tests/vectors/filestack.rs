//! The answers that Filestack's own Python SDK (4.0.0) gave, in `tests/vectors`.

use ferry::filestack::security::Security;
use ferry::filestack::transform::{Transform, TransformSource};
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
    for vector in vectors(include_str!("security.json")) {
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
    for vector in vectors(include_str!("webhooks.json")) {
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

#[test]
fn transformations_have_the_urls_that_the_sdk_gives_them() {
    const CDN: &str = "https://cdn.filestackcontent.com";
    for vector in vectors(include_str!("transform_urls.json")) {
        let source = &vector["source"];
        let text_of = |key: &str| source[key].as_str();
        let from = text_of("handle").or(text_of("external_url")).expect("a source");
        let apikey = text_of("apikey").unwrap_or("NOT-IN-THE-URL");
        let mut transform = Transform::new(TransformSource::parse(from).expect(from));
        for task in vector["tasks"].as_array().expect("tasks") {
            for name in [text(task, "task"), text(task, "python_method")] {
                let mut one = Transform::new(TransformSource::parse(from).expect(from));
                one.add_json(name, Some(&task["params"].to_string()))
                    .unwrap_or_else(|error| panic!("{error}"));
            }
            let params = task["params"].to_string();
            transform.add_json(text(task, "task"), Some(&params)).unwrap_or_else(|error| panic!("{error}"));
        }
        assert_eq!(transform.url(CDN, apikey), text(&vector, "url"));
        let security =
            Security::new(&vector["policy"].to_string(), text(&vector, "secret")).expect("a policy");
        assert_eq!(transform.signed_url(CDN, apikey, &security), text(&vector, "signed_url"));

        // The tasks as the SDK wrote them are parameters that `add` takes.
        let chain = text(&vector, "url_as_built").strip_prefix(CDN).expect("a URL");
        let mut again = Transform::new(TransformSource::parse(from).expect(from));
        for task in vector["tasks"].as_array().expect("tasks") {
            let start = format!("/{}", text(task, "task"));
            let element = chain.split('/').find(|element| element.split('=').next() == start.get(1..));
            let params = element.expect("the task").split_once('=').map(|(_, params)| params);
            again.add(text(task, "task"), params).unwrap_or_else(|error| panic!("{error}"));
        }
        if vector["tasks"].as_array().map(Vec::len) == Some(1) {
            assert_eq!(again.url(CDN, apikey), text(&vector, "url"));
        }
    }
}
