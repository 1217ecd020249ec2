//! The account's keys, and who may call: signatures of 3.0 (2), the API key of 3.1 (7).

use std::collections::HashMap;
use std::sync::Mutex;

use hyper::Method;
use sha2::{Digest, Sha256};

use super::params::Params;
use super::refusal::Refusal;
use super::{signature, timestamp};
use crate::fault::lock;
use crate::identifier;
use crate::storage;

/// How far the timestamp of a signature may be from now, on either side, in milliseconds (2.5).
const VALID: i64 = 5 * 60 * 1000;
const VALID_FOR_A_VIDEO: i64 = 30 * 60 * 1000;

pub(crate) struct Account {
    access_key: String,
    secret_key: String,
    apikey: String,
    /// Signatures of POST requests, each good for one, and when they are forgotten.
    used: Mutex<HashMap<String, i64>>,
}

/// What a signature of version 1 or 2 is judged by.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a Method,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    /// All parameters; with version 2 those of the query.
    pub(crate) params: &'a Params,
    /// The JSON body, for version 2.
    pub(crate) json: Option<&'a [u8]>,
}

impl Account {
    pub(crate) fn new(access_key: &str, secret_key: &str, apikey: &str) -> Account {
        Account {
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            apikey: apikey.to_owned(),
            used: Mutex::default(),
        }
    }

    pub(crate) fn check_key(&self, given: Option<&str>) -> Result<(), Refusal> {
        match given {
            Some(given) if given == self.apikey => Ok(()),
            _ => Err(Refusal::unauthorised("X-Api-Key is missing or wrong")),
        }
    }

    pub(crate) fn check_signature(&self, call: &Signed<'_>) -> Result<(), Refusal> {
        let (Some(access_key), Some(given), Some(moment)) =
            (call.params.text("access_key"), call.params.text("signature"), call.params.text("timestamp"))
        else {
            let missing = |name: &&&str| call.params.text(name).is_none();
            let missing: Vec<&str> =
                ["access_key", "signature", "timestamp"].iter().filter(missing).copied().collect();
            return Err(Refusal::lacks(&missing.join(", ")));
        };
        let moment = timestamp::parse(&moment)
            .ok_or_else(|| Refusal::bad(format!("the timestamp is not one: {moment}")))?;
        self.check_body(call)?;
        let host = signature::canonical_host(call.host);
        let text = signature::string_to_sign(call.method.as_str(), &host, call.path, &call.params.0);
        if access_key != self.access_key || signature::sign(&self.secret_key, &text) != given {
            return Err(Refusal::unauthorised("Signatures do not match"));
        }
        let is_post = call.method == Method::POST;
        let valid = if is_post && call.path == "/videos.json" { VALID_FOR_A_VIDEO } else { VALID };
        let now = i64::try_from(identifier::now_ms()).unwrap_or(i64::MAX);
        if now.saturating_sub(moment).abs() > valid {
            return Err(Refusal::unauthorised("Signatures expired"));
        }
        if is_post { self.use_up(given, now, moment.saturating_add(valid)) } else { Ok(()) }
    }

    /// Version 2 signs the digest of a JSON body instead of its members (2.9).
    fn check_body(&self, call: &Signed<'_>) -> Result<(), Refusal> {
        match (call.params.text("signature_version").as_deref(), call.json) {
            (Some("2"), Some(body)) => {
                let digest = storage::hex(&Sha256::digest(body));
                match call.params.text("checksum") {
                    Some(given) if given == digest => Ok(()),
                    Some(_) => Err(Refusal::unauthorised("Signatures do not match")),
                    None => Err(Refusal::lacks("checksum")),
                }
            }
            (None | Some("1"), None) => Ok(()),
            (None | Some("1"), Some(_)) => Err(Refusal::bad("a JSON body is signed by signature_version=2")),
            (Some("2"), None) => Err(Refusal::bad("signature_version=2 is for JSON bodies")),
            (Some(other), _) => Err(Refusal::bad(format!("there is no signature_version {other}"))),
        }
    }

    fn use_up(&self, signature: String, now: i64, until: i64) -> Result<(), Refusal> {
        let mut used = lock(&self.used);
        used.retain(|_, until| *until >= now);
        match used.insert(signature, until) {
            None => Ok(()),
            Some(_) => Err(Refusal::unauthorised("Signature has been used before")),
        }
    }
}
