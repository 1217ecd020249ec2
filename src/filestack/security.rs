//! Policies and their signatures: what a client may show the service instead of the app secret
//! (`specs/filestack.md` 2).
//!
//! ```
//! # use ferry::filestack::security::Security;
//! let security = Security::new(r#"{"expiry": 253381964415, "call": ["read"]}"#, "SECURITY-SECRET")?;
//! assert!(security.url_element().starts_with("security=p:eyJjYWxs"));
//! # Ok::<(), ferry::error::Error>(())
//! ```

mod call;
pub(super) mod needs;
mod policy;

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::error::{Error, ErrorKind, Result};
use crate::http::hex;

pub use call::PolicyCall;
use needs::Needs;
pub use policy::CALLS;
use policy::Policy;

/// A policy with its signature. The app secret that made the signature is not kept.
#[derive(Clone)]
pub struct Security {
    policy: Option<Policy>,
    policy_json: String,
    policy_b64: String,
    signature: String,
}

impl Security {
    /// Signs a policy: a JSON object whose `expiry` (Unix seconds) is required; `call`, `handle`, `url`,
    /// `maxSize`, `minSize`, `path` and `container` narrow it.
    ///
    /// The JSON is written anew with sorted keys, so that equal policies have equal signatures, byte for byte
    /// those of Filestack's Python SDK (`specs/filestack.md` 2.2).
    ///
    /// Fails with `InvalidArgument` for anything that is not such a policy (the service ignores a misspelt
    /// key, and with it the restriction), and for an empty secret.
    pub fn new(policy_json: &str, app_secret: &str) -> Result<Self> {
        let policy = Policy::parse(policy_json)?;
        policy.check()?;
        Security::sign(policy, app_secret)
    }

    /// Signs a policy with keys or values that [`Security::new`] does not know. It must still be a JSON
    /// object.
    pub fn unchecked(policy_json: &str, app_secret: &str) -> Result<Self> {
        Security::sign(Policy::parse(policy_json)?, app_secret)
    }

    /// Takes a policy that somebody who knows the secret has signed, usually a server of one's own.
    ///
    /// `policy_b64` is base64 in the URL-safe or the standard alphabet and is passed on as it is, since the
    /// signature covers the encoded text. The service refuses one that is not padded to a multiple of 4
    /// (`specs/filestack.md` 2.2), and so does this. `signature` is 64 hexadecimal digits. Whether the two
    /// belong together only the service can tell.
    pub fn from_signed(policy_b64: &str, signature: &str) -> Result<Self> {
        if policy_b64.is_empty() || !policy_b64.len().is_multiple_of(4) {
            return Err(Error::invalid_argument(format!(
                "policy_b64 has {} characters: the service takes base64 padded with = to a multiple of 4",
                policy_b64.len()
            )));
        }
        let decoded = URL_SAFE.decode(policy_b64).or_else(|_| STANDARD.decode(policy_b64)).map_err(|_| {
            Error::invalid_argument("policy_b64 is not base64, neither URL-safe nor standard")
        })?;
        if signature.len() != 64 || !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::invalid_argument("signature is not 64 hexadecimal digits"));
        }
        let policy_json = String::from_utf8(decoded).unwrap_or_default();
        let policy = Policy::parse(&policy_json).ok();
        Ok(Security {
            policy_json: if policy.is_some() { policy_json } else { String::new() },
            policy,
            policy_b64: policy_b64.to_owned(),
            signature: signature.to_ascii_lowercase(),
        })
    }

    fn sign(policy: Policy, app_secret: &str) -> Result<Self> {
        if app_secret.is_empty() {
            return Err(Error::invalid_argument("app_secret is empty"));
        }
        let policy_json = policy.to_json()?;
        let policy_b64 = URL_SAFE.encode(&policy_json);
        let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes())
            .map_err(|_| Error::new(ErrorKind::Internal, "HMAC refused the app secret's length"))?;
        mac.update(policy_b64.as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        Ok(Security { policy: Some(policy), policy_json, policy_b64, signature })
    }

    /// The policy as JSON; empty when the text given to [`Security::from_signed`] does not hold a JSON
    /// object.
    pub fn policy_json(&self) -> &str {
        &self.policy_json
    }

    /// The policy as it is sent and as the signature covers it.
    pub fn policy_b64(&self) -> &str {
        &self.policy_b64
    }

    /// HMAC-SHA256 over [`Security::policy_b64`], 64 lower-case hexadecimal digits.
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// The element of a CDN URL's path: `security=p:{policy},s:{signature}`.
    pub fn url_element(&self) -> String {
        let mut element = String::with_capacity(self.policy_b64.len() + 80);
        self.write_url_element(&mut element);
        element
    }

    /// Appends [`Security::url_element`]. The two characters of the standard alphabet that a path does not
    /// carry unharmed are percent-encoded.
    pub fn write_url_element(&self, out: &mut String) {
        out.push_str("security=p:");
        if self.policy_b64.contains(['+', '/']) {
            for character in self.policy_b64.chars() {
                match character {
                    '+' => out.push_str("%2B"),
                    '/' => out.push_str("%2F"),
                    other => out.push(other),
                }
            }
        } else {
            out.push_str(&self.policy_b64);
        }
        out.push_str(",s:");
        out.push_str(&self.signature);
    }

    /// Whether the policy lets a call pass, and if not, why. Says nothing about the signature.
    ///
    /// The three patterns (`url`, `path`, `container`) must match the whole text: which part the service
    /// compares is not documented, and a text that matches as a whole passes in any reading.
    pub fn allows(&self, call: &PolicyCall<'_>) -> std::result::Result<(), String> {
        match &self.policy {
            Some(policy) => call.passes(policy),
            None => Err("policy_b64 does not hold a JSON object".to_owned()),
        }
    }

    /// Why the service will surely refuse a call that needs this, if it will.
    pub(super) fn check(&self, needs: &Needs<'_>) -> std::result::Result<(), String> {
        self.policy.as_ref().and_then(|policy| needs.lacking(policy)).map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security").field("policy_json", &self.policy_json).finish_non_exhaustive()
    }
}

/// The `expiry` of a policy that shall be valid for `seconds` from now, in Unix seconds.
pub fn expiry_in(seconds: u64) -> u64 {
    unix_now().saturating_add(seconds)
}

/// The system clock in Unix seconds; 0 for a clock set before 1970.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(policy: &str) -> String {
        let error = Security::new(policy, "secret").expect_err(policy);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message().to_owned()
    }

    #[test]
    fn signs_like_the_sdks() {
        // specs/filestack.md 2.4, the rows made from sorted keys and separators with spaces.
        for (policy, secret, policy_b64, signature) in [
            (
                r#"{"expiry":253381964415,"call":["read"]}"#,
                "SECURITY-SECRET",
                "eyJjYWxsIjogWyJyZWFkIl0sICJleHBpcnkiOiAyNTMzODE5NjQ0MTV9",
                "f61fa1effb0638ab5b6e208d5d2fd9343f8557d8a0bf529c6d8542935f77bb3c",
            ),
            (
                r#"{"expiry":1562763146,"call":["read"]}"#,
                "SECURITY-SECRET",
                "eyJjYWxsIjogWyJyZWFkIl0sICJleHBpcnkiOiAxNTYyNzYzMTQ2fQ==",
                "89f1325dca54cfce976163fb692bb266f28129525b8c6bb0eeadf4b7d450e2f0",
            ),
            (
                r#"{"call":["read"],"expiry":10238239}"#,
                "APPSECRET",
                "eyJjYWxsIjogWyJyZWFkIl0sICJleHBpcnkiOiAxMDIzODIzOX0=",
                "858d1ee9c0a1f06283e495f78dc7950ff6e64136ce960465f35539791fcd486b",
            ),
            (
                r#"{"call":["write"],"expiry":1655992432}"#,
                "another-secret",
                "eyJjYWxsIjogWyJ3cml0ZSJdLCAiZXhwaXJ5IjogMTY1NTk5MjQzMn0=",
                "625cc5b9beab3e939fb53935f7795919c9f57f628d43adfc14566d2ad9a4ad47",
            ),
            (
                r#"{"expiry":123}"#,
                "secret",
                "eyJleHBpcnkiOiAxMjN9",
                "4de8b7441b3daf0d68b4f8ebcf7e015d07aef43a1295476a1dde1aed327abc01",
            ),
        ] {
            let security = Security::new(policy, secret).expect(policy);
            assert_eq!((security.policy_b64(), security.signature()), (policy_b64, signature));
            assert_eq!(security.url_element(), format!("security=p:{policy_b64},s:{signature}"));
        }
        for (policy, signature) in [
            (r#"{"expires":123}"#, "379d2ba0d5be34eddf09f873b7f38643dc51599b0afcd564f52733b52d698748"),
            (
                r#"{"expires":999999999999}"#,
                "8c75305f7615776a892ddd165111dba0fa24b45107024a55a7170a7d1d60157a",
            ),
        ] {
            assert_eq!(Security::unchecked(policy, "secret").expect(policy).signature(), signature);
        }
    }

    #[test]
    fn refuses_what_the_service_would_ignore() {
        assert!(refusal(r#"{"expires":123}"#).contains("\"expires\""));
        assert!(refusal(r#"{"expiry":1,"max_size":5}"#).contains("maxSize"));
        assert!(refusal(r#"{"expiry":1,"calls":["read"]}"#).contains("\"calls\""));
        assert!(refusal(r#"{"expiry":1,"call":["write_url"]}"#).contains("writeUrl"));
        assert!(refusal(r#"{"call":["read"]}"#).contains("expiry is missing"));
        assert!(refusal(r#"{"expiry":1.5}"#).contains("expiry"));
        assert!(refusal(r#"{"expiry":-1}"#).contains("expiry"));
        assert!(refusal(r#"{"expiry":"1"}"#).contains("expiry"));
        assert!(refusal(r#"{"expiry":1,"call":[1]}"#).contains("call"));
        assert!(refusal(r#"{"expiry":1,"call":{}}"#).contains("call"));
        assert!(refusal(r#"{"expiry":1,"handle":7}"#).contains("handle"));
        assert!(refusal(r#"{"expiry":1,"minSize":"7"}"#).contains("minSize"));
        assert!(refusal("[]").contains("object"));
        assert!(refusal("{").contains("JSON"));
        assert!(Security::new(r#"{"expiry":1}"#, "").is_err());
        assert!(Security::new(r#"{"expiry":1,"call":"read"}"#, "s").is_ok());
    }

    #[test]
    fn a_limit_is_within_itself() {
        assert!(Security::new(r#"{"expiry":1,"minSize":7,"maxSize":7}"#, "s").is_ok());
        assert!(refusal(r#"{"expiry":1,"minSize":8,"maxSize":7}"#).contains("no file passes"));
        assert!(Security::new(r#"{"expiry":253402300799}"#, "s").is_ok());
        assert!(refusal(r#"{"expiry":253402300800}"#).contains("year 9999"));
    }

    #[test]
    fn takes_pairs_made_elsewhere() {
        let ours = Security::new(r#"{"expiry":1,"path":"/\u00fc>>??"}"#, "s").expect("a policy");
        let theirs =
            Security::from_signed(ours.policy_b64(), &ours.signature().to_ascii_uppercase()).expect("a pair");
        assert_eq!(theirs.url_element(), ours.url_element());
        assert_eq!(theirs.policy_json(), ours.policy_json());

        let standard = STANDARD.encode(r#"{"path":"??>>","expiry":1}"#);
        assert!(standard.contains(['+', '/']), "{standard}");
        let theirs = Security::from_signed(&standard, ours.signature()).expect("standard alphabet");
        assert_eq!(theirs.policy_b64(), standard);
        assert!(!theirs.url_element().contains(['+', '/']));
        assert_eq!(theirs.policy_json(), r#"{"path":"??>>","expiry":1}"#);

        for (policy_b64, signature) in
            [("abc", ours.signature()), ("", ours.signature()), ("ab=c", ours.signature())]
        {
            assert!(Security::from_signed(policy_b64, signature).is_err());
        }
        assert!(Security::from_signed(ours.policy_b64(), "f61f").is_err());
        let opaque = Security::from_signed("AAAA", ours.signature()).expect("any bytes");
        assert_eq!(opaque.policy_json(), "");
        assert!(opaque.allows(&PolicyCall::default()).is_err());
    }

    #[test]
    fn debug_hides_the_signature() {
        let security = Security::new(r#"{"expiry":1}"#, "s").expect("a policy");
        let text = format!("{security:?}");
        assert!(!text.contains(security.signature()) && text.contains("expiry"), "{text}");
    }

    #[test]
    fn expiry_is_a_time_to_come() {
        assert!(expiry_in(3600) >= unix_now() + 3600);
        assert_eq!(expiry_in(u64::MAX), u64::MAX);
    }
}
