//! A small upload service: what one step of it does is up to the test.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::server::{Reply, Seen, Server};

pub const UPLOAD_ID: &str = "upload-1";

/// What `step` (start, upload, put, commit, complete) is answered with, or `None` for what the service does.
pub fn service(own: impl Fn(&str, &Seen) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |seen| {
        let step = step(seen);
        own(&step, seen).unwrap_or_else(|| usual(&step, seen))
    })
}

pub fn step(seen: &Seen) -> String {
    match seen.path().strip_prefix("/multipart/") {
        Some(step) => step.to_owned(),
        None if seen.method == "PUT" => "put".into(),
        None => "other".into(),
    }
}

fn usual(step: &str, seen: &Seen) -> Reply {
    let host = seen.host();
    let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    let answer = match step {
        "start" => json!({
            "uri": "/bucket/key", "region": "us-east-1", "upload_id": UPLOAD_ID, "location_url": host,
            "upload_type": if body["fii"] == true { "intelligent_ingestion" } else { "" },
        }),
        "upload" => json!({
            "url": format!("http://{host}/bucket/key?{}", super::PRESIGNED),
            "headers": {
                "Authorization": format!(
                    "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/s3/aws4_request, \
                     SignedHeaders=host, Signature={}",
                    super::ACCESS_KEY, super::STORAGE_SIGNATURE
                ),
                "x-amz-security-token": super::SECURITY_TOKEN,
            },
        }),
        "put" => {
            let etag: String = Md5::digest(&seen.body).iter().map(|byte| format!("{byte:02x}")).collect();
            return Reply::Answer(200, format!("etag: \"{etag}\"\r\n"), Vec::new());
        }
        "commit" => json!({}),
        _ => json!({"handle": "HANDLE0123456789abcd", "size": body["size"], "url": "x"}),
    };
    Reply::json(200, &answer.to_string())
}

/// The MD5 that a request for an upload address announces.
#[allow(dead_code)]
pub fn announced(seen: &Seen) -> Option<Vec<u8>> {
    let body: Value = serde_json::from_slice(&seen.body).ok()?;
    BASE64_STANDARD.decode(body["md5"].as_str()?).ok()
}
