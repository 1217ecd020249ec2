//! What makes two uploads the same, and the names of their journals.

#![forbid(unsafe_code)]

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::record::{Intent, absolute};
use super::seal::{AccountId, SealKey};
use crate::error::Result;
use crate::http::hex;

/// What an upload is, whatever the state of its file: service, account, path, and how it is stored.
pub type UploadKey = [u8; 10];

/// What the names of all journals of an upload begin with, whatever the bytes of its files; and the name of
/// the one for the files as they are, without its extension.
pub(super) fn of(intent: &Intent) -> (String, String) {
    let mut bytes = Sha256::new();
    for file in &intent.files {
        let identity = &file.identity;
        let (seconds, nanoseconds) = identity.modified;
        for number in [identity.size, identity.inode, identity.device] {
            bytes.update(number.to_le_bytes());
        }
        bytes.update(seconds.to_le_bytes());
        bytes.update(nanoseconds.to_le_bytes());
    }
    let paths = intent.files.iter().map(|file| file.path.as_str());
    let upload = hex(&key_of(&intent.service, &intent.account, &intent.request, paths));
    let upload = format!("{upload}-");
    let name = format!("{upload}{}", hex(&shortened(bytes)));
    (upload, name)
}

/// What makes two uploads the same, whatever the bytes of their files.
fn key_of<'p>(
    service: &str,
    account: &AccountId,
    request: &Value,
    paths: impl Iterator<Item = &'p str>,
) -> UploadKey {
    let mut hash = Sha256::new();
    let mut text = |text: &[u8]| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    text(service.as_bytes());
    text(account);
    text(request.to_string().as_bytes());
    paths.for_each(|path| text(path.as_bytes()));
    shortened(hash)
}

fn shortened(hash: Sha256) -> UploadKey {
    hash.finalize().first_chunk().copied().unwrap_or_default()
}

/// What makes the upload of a file the same as another one, whatever its bytes.
pub fn upload_key(key: &SealKey, service: &str, request: &Value, path: &str) -> Result<UploadKey> {
    Ok(key_of(service, &key.account(), request, [absolute(path)?.as_str()].into_iter()))
}
