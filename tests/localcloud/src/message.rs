//! How the two services write an event, and what they take for its delivery.

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::identifier;
use crate::storage;

/// It outlives the process, as the event does.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Message {
    /// JSON, signed with a secret and the moment of the attempt: Filestack (8.1).
    Signed { secret: String },
    /// A form, unsigned: Telestream (6 of its notes).
    Form,
}

impl Message {
    /// Headers and body of one attempt.
    pub(crate) fn write(&self, event: &Value) -> (Vec<(String, String)>, Bytes) {
        let (body, headers) = match self {
            Message::Signed { secret } => {
                let body = event.to_string();
                let timestamp = identifier::now_seconds().to_string();
                let signed = format!("{timestamp}.{body}");
                let signature = storage::hex(&storage::hmac(secret.as_bytes(), signed.as_bytes()));
                let headers = vec![
                    ("content-type", "application/json".to_owned()),
                    ("FS-Signature", signature),
                    ("FS-Timestamp", timestamp),
                ];
                (body, headers)
            }
            Message::Form => {
                let pair = |(name, value): (&String, &Value)| {
                    let text = value.as_str().unwrap_or_default();
                    format!("{name}={}", utf8_percent_encode(text, NON_ALPHANUMERIC))
                };
                let pairs: Vec<String> = event.as_object().into_iter().flatten().map(pair).collect();
                let form = "application/x-www-form-urlencoded".to_owned();
                (pairs.join("&"), vec![("content-type", form)])
            }
        };
        (headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), Bytes::from(body))
    }

    /// Whether an answer with this status says that the event has arrived.
    pub(crate) fn is_delivered(&self, status: u16) -> bool {
        match self {
            Message::Signed { .. } => matches!(status, 200 | 201 | 204),
            Message::Form => status == 200,
        }
    }
}
