//! The state of an upload as one line of text, for another process, language or machine.
//!
//! `ferry1.` and, in URL-safe base64 without padding: the length of the records (4 bytes), the records, and
//! the HMAC-SHA256 of all that under a key of the account: a token names files to send.

#![forbid(unsafe_code)]

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::known::Known;
use super::record::{RawRecord, Record};
use super::seal::{SIGNATURE, SealKey};
use crate::error::{Error, ErrorKind, Result};

const PREFIX: &str = "ferry";
const VERSION: &str = "1";

pub(super) fn encode(records: &[Record], key: &SealKey) -> Result<String> {
    let mut bytes = vec![0; 4];
    records.iter().try_for_each(|record| record.write(key, &mut bytes))?;
    let length =
        u32::try_from(bytes.len() - 4).map_err(|_| Error::new(ErrorKind::Internal, "a token is too long"))?;
    if let Some(place) = bytes.first_chunk_mut() {
        *place = length.to_le_bytes();
    }
    bytes.extend(key.sign(&bytes));
    Ok(format!("{PREFIX}{VERSION}.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

pub(super) fn decode(text: &str, service: &str, key: &SealKey) -> Result<Known> {
    let refused = |fault: &str| Error::invalid_argument(format!("the token {fault}"));
    let parts = text.trim().strip_prefix(PREFIX).and_then(|rest| rest.split_once('.'));
    let (version, body) = parts.ok_or_else(|| refused("is none: an upload token begins with \"ferry1.\""))?;
    if version != VERSION {
        let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        return Err(match is_number {
            true => refused(&format!("is of version {version}, which this version of Ferry does not know")),
            false => refused("is none: an upload token begins with \"ferry1.\""),
        });
    }
    let cut = || refused("is cut: keep all of its characters");
    let altered = || refused("was altered: keep it as it is");
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !body.bytes().all(is_base64) {
        return Err(altered());
    }
    let whole = body.get(..body.len() - usize::from(body.len() % 4 == 1)).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(whole).map_err(|_| cut())?;
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let Some((mut records, signature)) = rest.split_at_checked(length) else { return Err(cut()) };
    match signature.len() {
        0..SIGNATURE => return Err(cut()),
        SIGNATURE if whole.len() == body.len() => {}
        _ => return Err(altered()),
    }
    let (first, _) = RawRecord::read(records).ok_or_else(altered)?;
    let intent = first.intent().ok_or_else(altered)?;
    if intent.service != service {
        let other = intent.service;
        return Err(refused(&format!("is of an upload to {other}, not to {service}")));
    }
    if intent.account != key.account() {
        return Err(refused("belongs to another account, or to another address of the service"));
    }
    if !key.has_signed(bytes.get(..length + 4).unwrap_or_default(), signature) {
        return Err(altered());
    }
    let mut understood = Vec::new();
    while !records.is_empty() {
        let (record, rest) = RawRecord::read(records).ok_or_else(altered)?;
        understood.push(record.understand(Some(key)).ok_or_else(altered)?);
        records = rest;
    }
    Known::of(understood).ok_or_else(altered)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::record::{Intent, Session, UploadedFile};
    use super::*;
    use crate::transfer::source::Identity;

    fn records(key: &SealKey, path: &str) -> Vec<Record> {
        let identity = Identity { device: 1, inode: 2, size: 3, modified: (4, 5) };
        let files = vec![UploadedFile { path: path.into(), identity }];
        let (service, request) = ("telestream".into(), json!({}));
        vec![
            Record::Intent(Intent { service, account: key.account(), files, request, begun: 1 }),
            Record::Session(Session { part_sizes: vec![3], answer: json!({"location": "https://x"}) }),
        ]
    }

    /// Whose sums are right: who changes a token can count, too.
    #[test]
    fn a_token_with_a_record_of_somebody_else_is_refused() {
        let key = SealKey::new("telestream", "secret").expect("a key");
        let decoded = |text: &str| {
            let body = text.split_once('.').expect("a token").1;
            BASE64_URL_SAFE_NO_PAD.decode(body).expect("base64")
        };
        let own = encode(&records(&key, "/films/a.mov"), &key).expect("a token");
        assert!(decode(&own, "telestream", &key).is_ok());
        let other = decoded(&encode(&records(&key, "/etc/shadow!"), &key).expect("a token"));
        let own = decoded(&own);
        assert_eq!(own.len(), other.len());
        let at = own.len() - SIGNATURE;
        let forged = [&other[..at], &own[at..]].concat();
        let forged = format!("ferry1.{}", BASE64_URL_SAFE_NO_PAD.encode(forged));
        let error = decode(&forged, "telestream", &key).expect_err("nobody has signed that");
        assert!(error.message().contains("was altered"), "{error}");
    }
}
