//! AWS Signature Version 4 for the PUTs that clients are told to make.

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use super::digest::hex;
use super::{BUCKET, REGION};

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// A PUT that a client shall make.
pub(crate) struct SignedPut<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) host: &'a str,
    pub(crate) object: &'a str,
    /// Part number and upload id; `None` for a whole object.
    pub(crate) part: Option<(u32, &'a str)>,
    /// Content-MD5, if the client promised one.
    pub(crate) md5: Option<&'a str>,
}

impl SignedPut<'_> {
    /// `url` and `headers` of the answer to `/multipart/upload` (3.3).
    pub(crate) fn sign(&self, access_key: &str, secret_key: &str) -> Value {
        let now = OffsetDateTime::now_utc();
        let date = now.format(format_description!("[year][month][day]")).unwrap_or_default();
        let moment =
            now.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap_or_default();

        let path = format!("/{BUCKET}/{}", utf8_percent_encode(self.object, ENCODED));
        let query = self.part.map_or_else(String::new, |(number, upload_id)| {
            format!("partNumber={number}&uploadId={}", utf8_percent_encode(upload_id, ENCODED))
        });

        let mut headers = Vec::with_capacity(4);
        if let Some(md5) = self.md5 {
            headers.push(("content-md5", md5));
        }
        headers.extend([("host", self.host), ("x-amz-content-sha256", PAYLOAD), ("x-amz-date", &moment)]);
        let canonical: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let signed = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");

        let request = format!("PUT\n{path}\n{query}\n{canonical}\n{signed}\n{PAYLOAD}");
        let scope = format!("{date}/{REGION}/s3/aws4_request");
        let digest = hex(&Sha256::digest(request.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}");

        let mut key = format!("AWS4{secret_key}").into_bytes();
        for element in [date.as_str(), REGION, "s3", "aws4_request"] {
            key = hmac(&key, element.as_bytes());
        }
        let signature = hex(&hmac(&key, text.as_bytes()));

        let mut sent = json!({
            "Authorization":
                format!("AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={signature}"),
            "x-amz-content-sha256": PAYLOAD,
            "x-amz-date": moment,
        });
        if let Some(md5) = self.md5 {
            sent["Content-MD5"] = Value::from(md5);
        }
        let question = if query.is_empty() { "" } else { "?" };
        json!({ "url": format!("{}://{}{path}{question}{query}", self.scheme, self.host), "headers": sent })
    }
}

/// HMAC-SHA256; takes keys of every length.
pub(crate) fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        },
    )
}
