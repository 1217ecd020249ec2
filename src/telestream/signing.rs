//! Signatures, version 1 (`specs/telestream.md` 2).
//!
//! ```
//! # use ferry::telestream::{Client, ClientOptions};
//! let client = Client::new("abcdefgh", "ijklmnop", ClientOptions {
//!     factory_id: Some("123456789".into()),
//!     api_host: Some("api.cloud.telestream.net".into()),
//!     ..Default::default()
//! })?;
//! let params = client.signed_params("GET", "/videos.json", None, Some("2011-03-01T15:39:10.260762Z"))?;
//! assert_eq!(params["signature"], "WH0ogZNRhxwvdxg2ptRGcgPi9UAgJw05IA6F/PlbFbU=");
//! # Ok::<(), ferry::error::Error>(())
//! ```

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::clock::Clock;
use super::params::{Booleans, Params};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, has_dot_segment, hex};

/// Signs the requests of one account. The secret key itself is not kept.
pub struct Signer {
    access_key: String,
    key: Hmac<Sha256>,
    host: String,
    clock: Clock,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Signer {
    /// `host` has neither scheme nor port: only the name is signed.
    pub fn new(access_key: &str, secret_key: &str, host: &str) -> Result<Self> {
        for (name, key) in [("access_key", access_key), ("secret_key", secret_key)] {
            if key.is_empty() {
                return Err(Error::invalid_argument(format!(
                    "{name} is empty; both keys are shown in the console of Telestream Cloud"
                )));
            }
        }
        let key = Hmac::<Sha256>::new_from_slice(secret_key.as_bytes())
            .map_err(|_| Error::new(ErrorKind::Internal, "HMAC refused the secret's length"))?;
        Ok(Signer { access_key: access_key.into(), key, host: host.to_lowercase(), clock: Clock::new() })
    }

    /// A text that only who has the secret key can make, in hexadecimal digits.
    pub fn derived(&self, purpose: &str) -> String {
        let mut mac = self.key.clone();
        mac.update(purpose.as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// Adds what a request needs to be believed; `timestamp` is now by default, and then never the same
    /// twice.
    pub fn sign(&self, method: &Method, path: &str, params: &mut Params, timestamp: Option<&str>) -> String {
        params.remove("file");
        params.remove("signature");
        params.set("access_key", &self.access_key);
        match timestamp {
            Some(timestamp) => params.set("timestamp", timestamp),
            None => params.set("timestamp", &self.clock.timestamp()),
        }
        let text = format!("{method}\n{}\n{path}\n{}", self.host, params.canonical());
        let mut mac = self.key.clone();
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        params.set("signature", &signature);
        signature
    }

    /// The caller's parameters as they are, and those that sign them.
    pub fn signed(
        &self,
        method: &Method,
        path: &str,
        mut members: Map<String, Value>,
        timestamp: Option<&str>,
    ) -> Result<Map<String, Value>> {
        members.shift_remove("signature");
        let timestamp = timestamp.map_or_else(|| self.clock.timestamp(), str::to_owned);
        let mut unsigned = members.clone();
        unsigned.shift_remove("file");
        for overwritten in ["access_key", "timestamp"] {
            unsigned.shift_remove(overwritten);
        }
        let mut params = Params::new(&unsigned, Booleans::Python)?;
        let signature = self.sign(method, path, &mut params, Some(&timestamp));
        members.insert("access_key".into(), self.access_key.clone().into());
        members.insert("timestamp".into(), timestamp.into());
        members.insert("signature".into(), signature.into());
        Ok(members)
    }
}

/// One of the four verbs that the service knows, in any case.
pub fn method(text: &str) -> Result<Method> {
    for known in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
        if text.eq_ignore_ascii_case(known.as_str()) {
            return Ok(known);
        }
    }
    Err(Error::invalid_argument(format!("method {text:?} is none of GET, POST, PUT and DELETE")))
}

/// A path as it is signed: with one slash before it and none behind. It is neither escaped nor does it have
/// the version.
pub fn path(text: &str) -> Result<String> {
    let bare = text.trim_matches([' ', '\t', '\n', '\r', '\0', '\u{b}', '/']);
    let refused = |fault: &str| Err(Error::invalid_argument(format!("path {fault}, e.g. /videos.json")));
    if bare.is_empty() {
        return refused("is empty");
    }
    if bare.contains("://") {
        return refused("is a URL; give what follows the version");
    }
    if bare.contains(['?', '#']) {
        return refused("has a query; parameters go into params");
    }
    if has_dot_segment(bare) {
        return refused("has a . or .. alone between slashes, which clients fold; give what it leads to");
    }
    if bare.chars().any(char::is_control) {
        return refused("has a control character");
    }
    Ok(format!("/{bare}"))
}
