//! The answers that Telestream's own Python SDK (1.0.0) gave, in `tests/vectors`.

use ferry::telestream::{Client, ClientOptions};
use serde_json::Value;

#[test]
fn requests_are_signed_as_the_sdk_signs_them() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("telestream_signing.json")).expect("a list of vectors");
    assert_eq!(vectors.len(), 33);
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().unwrap_or_else(|| panic!("no {key} in {vector}"));
        let options = ClientOptions {
            factory_id: vector["factory_id"].as_str().map(str::to_owned),
            api_host: Some(text("api_host").into()),
            ..Default::default()
        };
        let client = Client::new(text("access_key"), text("secret_key"), options).expect("a client");
        let params = vector["params"].to_string();
        let signed = client
            .signed_params(text("method"), text("path"), Some(&params), Some(text("timestamp")))
            .unwrap_or_else(|error| panic!("{error}: {vector}"));
        assert_eq!(signed["signature"], vector["signature"], "{vector}");
        assert_eq!(signed["timestamp"], vector["timestamp"]);
        assert_eq!(signed["access_key"], vector["access_key"]);
        for (name, value) in vector["params"].as_object().expect("parameters") {
            let is_own = ["factory_id", "access_key", "timestamp", "pipeline"].contains(&name.as_str());
            assert!(is_own || signed[name] == *value, "{name} of {vector}");
        }
    }
}
