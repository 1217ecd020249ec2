//! Which texts of a request are secret.
//!
//! A service may echo what it was sent in another notation. [`crate::http::Secrets`] knows the notations of
//! one text; this module knows which texts there are: the parts of a policy, of a credential in an address,
//! of a signed PUT.

use serde_json::Value;

use super::Security;
use super::transform::Transform;
use crate::http::{Secrets, push_value, secret_parts};

/// The secrets of an account.
pub(super) fn of_account(apikey: &str, security: Option<&Security>) -> Secrets {
    with_security(&Secrets::default().with_decoded([apikey.to_owned()]), security)
}

/// `known`, and those of `security`: the policy in base64 and as JSON, and its signature.
pub(super) fn with_security(known: &Secrets, security: Option<&Security>) -> Secrets {
    let Some(security) = security else { return known.clone() };
    let policy = security.policy_b64();
    let texts = [policy, policy.trim_end_matches('='), security.policy_json(), security.signature()];
    known.with_decoded(texts.map(str::to_owned))
}

/// `known`, and those of all addresses in a chain: its sources and the values of its parameters.
pub(super) fn with_chain(known: &Secrets, chain: &Transform) -> Secrets {
    let mut texts = Vec::new();
    // The elements of a list that are addresses stand in double quotes.
    for source in chain.source().split('"').filter(|source| source.contains("://")) {
        texts.extend(secret_parts(source));
    }
    if chain.has_address() {
        chain.tasks().iter().for_each(|task| collect_addresses(task, &mut texts));
    }
    if texts.is_empty() { known.clone() } else { known.with_decoded(texts) }
}

/// `known`, and those of all addresses in a JSON document.
pub(super) fn with_json(known: &Secrets, document: &Value) -> Secrets {
    let mut texts = Vec::new();
    collect_addresses(document, &mut texts);
    known.with_decoded(texts)
}

/// `known`, and those of a PUT that the service has signed: what its headers and its address prove.
pub(super) fn with_signed(known: &Secrets, url: &str, headers: &[(String, String)]) -> Secrets {
    let mut texts = secret_parts(url);
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if ["authorization", "token", "signature", "secret", "credential", "key"]
            .iter()
            .any(|word| name.contains(word))
        {
            texts.push(value.clone());
            for field in value.split([',', ' ']) {
                if let Some((name, value)) = field.split_once('=') {
                    push_value(&mut texts, name, value);
                }
            }
        }
    }
    known.with_decoded(texts)
}

fn collect_addresses(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains("://") => texts.extend(secret_parts(text)),
        Value::Array(items) => items.iter().for_each(|item| collect_addresses(item, texts)),
        Value::Object(members) => members.values().for_each(|member| collect_addresses(member, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_parts_are_hidden_with_their_neighbours_only() {
        let secrets = Secrets::default().with_address("https://h/a?w=5&token=abcdefgh");
        assert_eq!(secrets.clean("5 of 25, w=5&token=abcdefgh, abcdefgh"), "5 of 25, ***, ***");
    }
}
