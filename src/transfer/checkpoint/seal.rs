//! Seals what a journal or a token must not show: the session that the service has opened, and what is to be
//! stored. The keys are derived from the account's secret, so that no other account can open it, nor sign a
//! token.

#![forbid(unsafe_code)]

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::json;

/// What names an account without telling its secret.
pub type AccountId = [u8; 16];

/// The key of one account.
pub struct SealKey {
    account: AccountId,
    key: LessSafeKey,
    signs: hmac::Key,
}

/// Bytes of a signature.
pub const SIGNATURE: usize = 32;

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

/// How many bytes HKDF expands to.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl SealKey {
    /// `service` keeps equal keys of two services apart.
    pub fn new(service: &str, secret: &str) -> Result<Self> {
        let failed = |_| Error::new(ErrorKind::Internal, "cannot derive the key of a journal");
        let secret = Salt::new(HKDF_SHA256, b"ferry upload state").extract(secret.as_bytes());
        let (mut account, mut key) = ([0; 16], [0; 32]);
        let fill = |purpose: &[u8], bytes: &mut [u8]| {
            secret.expand(&[service.as_bytes(), purpose], Length(bytes.len()))?.fill(bytes)
        };
        fill(b" account", &mut account).map_err(failed)?;
        fill(b" key", &mut key).map_err(failed)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(failed)?;
        let info: [&[u8]; 2] = [service.as_bytes(), b" token"];
        let signs = secret.expand(&info, hmac::HMAC_SHA256).map_err(failed)?.into();
        Ok(SealKey { account, key: LessSafeKey::new(key), signs })
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    pub fn sign(&self, bytes: &[u8]) -> [u8; SIGNATURE] {
        let mut signature = [0; SIGNATURE];
        signature.copy_from_slice(hmac::sign(&self.signs, bytes).as_ref());
        signature
    }

    /// Compares in constant time.
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.signs, bytes, signature).is_ok()
    }

    /// The nonce, the encrypted text and its tag, in base64.
    pub fn seal(&self, value: &Value) -> Result<String> {
        let failed = |_| Error::new(ErrorKind::Internal, "cannot seal the state of an upload");
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(failed)?;
        let mut sealed = value.to_string().into_bytes();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(unique, Aad::from(self.account), &mut sealed).map_err(failed)?;
        Ok(BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// None for what this account has not sealed.
    pub fn open(&self, sealed: &str) -> Option<Value> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let open = self.key.open_in_place(nonce, Aad::from(self.account), &mut text).ok()?;
        json::read(open)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_account_that_sealed_a_value_opens_it() {
        let key = |service, secret| SealKey::new(service, secret).expect("a key");
        let own = key("telestream", "secret");
        let value = json!({"location": "https://u.example.com/?id=opensesame"});
        let sealed = own.seal(&value).expect("sealed");
        assert!(!sealed.contains("sesame") && !sealed.contains("secret"));
        assert_eq!(key("telestream", "secret").open(&sealed), Some(value.clone()));
        assert_ne!(own.seal(&value).expect("sealed"), sealed, "each has a nonce of its own");
        for other in [key("filestack", "secret"), key("telestream", "secret2")] {
            assert_ne!(other.account(), own.account());
            assert_eq!(other.open(&sealed), None);
        }
        for (at, _) in sealed.char_indices() {
            let mut altered = sealed.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(own.open(std::str::from_utf8(&altered).expect("ASCII")), None, "at {at}");
        }
        assert_eq!(own.open(""), None);
    }
}
