//! Audio and video conversion: a job of the service, looked at by asking for the same URL again (`specs/filestack.md` 7).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::http::Method;
use serde_json::Value;

use super::processing::incomplete;
use super::request::{Asked, RequestOptions};
use super::{Client, Filelink, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::transfer::report::Observer;

/// A conversion under way, or done.
#[derive(Debug)]
pub struct Conversion {
    client: Arc<Client>,
    /// Signed if there is a security.
    asked_url: String,
    url: String,
    uuid: String,
    timestamp: String,
    security: Option<Security>,
    deadline: Option<Duration>,
    last: Mutex<Value>,
}

impl Conversion {
    pub(super) fn start(
        client: &Arc<Client>,
        asked_url: String,
        url: String,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Self> {
        let security = options.security.clone().or_else(|| client.security().cloned());
        let mut conversion = Conversion {
            client: Arc::clone(client),
            asked_url,
            url,
            uuid: String::new(),
            timestamp: String::new(),
            security,
            deadline: options.deadline,
            last: Mutex::new(Value::Null),
        };
        let answer = conversion.asked(None).json(observer)?;
        let uuid = answer.get("uuid").and_then(Value::as_str).ok_or_else(|| incomplete(&answer, "uuid"));
        let uuid = conversion.asked(None).named(uuid)?.to_owned();
        conversion.uuid = uuid;
        // A text in some answers, a number in others (`specs/filestack.md` 7.2).
        conversion.timestamp = match answer.get("timestamp") {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        conversion.last = Mutex::new(answer);
        Ok(conversion)
    }

    /// The URL whose result the conversion is, unsigned.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// Asks the service: `started`, `pending`, `completed` or `failed`.
    pub fn status(&self, options: &RequestOptions, observer: Option<Observer<'_>>) -> Result<String> {
        let asked = self.asked(options.deadline);
        let answer = asked.json(observer)?;
        self.remember(&answer);
        asked.named(status_of(&answer))
    }

    /// Asks until the conversion has ended; the service's description of the result.
    pub fn wait(&self, options: &RequestOptions, observer: Option<Observer<'_>>) -> Result<Value> {
        self.asked(options.deadline).poll(observer, |answer| {
            self.remember(answer);
            Ok(match status_of(answer)?.as_str() {
                "failed" => return Err(failure(answer)),
                "completed" => result_url(answer).is_some(),
                _ => false,
            })
        })
    }

    fn remember(&self, answer: &Value) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = answer.clone();
    }

    /// What the service said when it was asked last.
    pub fn answer(&self) -> Value {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The result as a filelink: `NotReady` until the conversion was seen to be completed.
    pub fn filelink(&self) -> Result<Filelink> {
        let answer = self.answer();
        match (status_of(&answer)?.as_str(), result_url(&answer)) {
            ("failed", _) => Err(failure(&answer)),
            ("completed", Some(url)) => {
                let stored = serde_json::json!({"url": url, "conversion": answer});
                Filelink::stored(&self.client, self.security.clone(), stored)
            }
            (status, _) => {
                let text = format!(
                    "the conversion is \"{status}\" as of the last look: wait for it, then ask again"
                );
                Err(Error::new(ErrorKind::NotReady, text).with_retryable(true))
            }
        }
    }

    fn asked(&self, deadline: Option<Duration>) -> Asked<'_> {
        Asked {
            client: &self.client,
            step: "video_convert",
            doing: format!("convert {}", crate::http::redact::url(&self.url)),
            method: Method::GET,
            url: self.asked_url.clone(),
            body: None,
            form: None,
            security: self.security.as_ref(),
            deadline: deadline.or(self.deadline),
        }
    }
}

fn status_of(answer: &Value) -> Result<String> {
    answer
        .get("status")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| incomplete(answer, "status"))
}

fn result_url(answer: &Value) -> Option<&str> {
    answer.pointer("/data/url").and_then(Value::as_str).filter(|url| !url.is_empty())
}

fn failure(answer: &Value) -> Error {
    let reason = answer.get("message").and_then(Value::as_str).unwrap_or("the service gives no reason");
    Error::new(ErrorKind::Http, format!("the conversion has failed: {reason}"))
        .with_answer(200, answer.to_string())
}
