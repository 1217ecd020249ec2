//! Audio and video conversion: a job of the service, looked at by asking for the same URL again
//! (`specs/filestack.md` 7).

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::address::shown_source;
use super::filelink::handle_of;
use super::processing::chain_request;
use super::request::{ApiRequest, Body, RequestOptions, malformed};
use super::security::needs::Needs;
use super::transform::Transform;
use super::{Client, Filelink, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, Response, Secrets};
use crate::json;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::report::Observer;

/// How often a wait believes that a conversion is completed of which there is no file.
const MOST_IN_VAIN: u32 = 10;

/// The longest id of a job in bytes; the service's own have 32.
const LONGEST_UUID: usize = 1024;

/// Starts the conversion of audio or video: adds `video_convert` with `params_json`, and asks for the result.
///
/// Repeatable: the same URL asks for the same job. With `force` it starts the job anew, and is repeated only
/// if the request has surely not arrived; what asks for the job after that is without it.
pub fn convert(
    client: &Arc<Client>,
    chain: &Transform,
    params_json: Option<&str>,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Conversion> {
    let (mut forced, mut chain) = (chain.clone(), chain.clone());
    forced.add_json("video_convert", params_json)?;
    chain.add_json("video_convert", without_force(params_json)?.as_deref())?;
    let mut request = chain_request(client, &forced, options)?;
    request.operation.step = "video_convert";
    request.operation.doing = format!("convert {}", shown_source(chain.source()));
    let (said, uuid, timestamp) = request.answer(observer, |answer| {
        let said = Said::new(&answer)?;
        let uuid = said.value.get("uuid").and_then(Value::as_str).filter(|uuid| uuid.len() <= LONGEST_UUID);
        let uuid = uuid.ok_or_else(|| malformed(&answer, "the answer has no uuid"))?.to_owned();
        // A text in some answers, a number in others (`specs/filestack.md` 7.2).
        let timestamp = match said.value.get("timestamp") {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        Ok((said, uuid, timestamp))
    })?;
    let ApiRequest { operation, shown, .. } = request;
    let asked_url = chain_request(client, &chain, options)?.url;
    Ok(Conversion {
        client: Arc::clone(client),
        operation: Operation { repeat: Repeat::Idempotent, ..operation },
        asked_url,
        shown,
        url: client.chain_url(&chain)?,
        uuid,
        timestamp,
        security: options.security.clone().or_else(|| client.security().cloned()),
        last: Mutex::new(said),
    })
}

/// Who looks at a job must not start it anew.
fn without_force(params_json: Option<&str>) -> Result<Option<String>> {
    let Some(text) = params_json else { return Ok(None) };
    match json::parse(text.as_bytes(), |cause| Error::invalid_argument(cause.to_string())) {
        Ok(Value::Object(mut params)) => {
            params.shift_remove("force");
            Ok(Some(Value::Object(params).to_string()))
        }
        Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(error),
        _ => Ok(Some(text.to_owned())),
    }
}

/// A conversion under way, or done. Used by any number of threads at once.
pub struct Conversion {
    client: Arc<Client>,
    operation: Operation,
    /// Signed if there is a security.
    asked_url: String,
    /// What errors call it.
    shown: String,
    url: String,
    uuid: String,
    timestamp: String,
    security: Option<Security>,
    last: Mutex<Said>,
}

impl fmt::Debug for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversion")
            .field("address", &self.shown)
            .field("uuid", &self.uuid)
            .finish_non_exhaustive()
    }
}

impl Conversion {
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

    /// Asks the service: `started`, `pending`, `completed` or `failed`. Repeatable.
    pub fn status(&self, options: &RequestOptions, observer: Option<Observer<'_>>) -> Result<String> {
        self.request(options.deadline).answer(observer, |answer| {
            let said = Said::new(&answer)?;
            let status = said.status()?.to_owned();
            *self.last() = said;
            Ok(status)
        })
    }

    /// Asks until the conversion has ended; returns the service's description of the result. Repeatable.
    ///
    /// One that is completed and has no result yet is asked for again; after ten such looks that is a
    /// `Protocol` error.
    pub fn wait(&self, options: &RequestOptions, observer: Option<Observer<'_>>) -> Result<Value> {
        let looks = AtomicU32::new(0);
        self.request(options.deadline).poll(observer, |answer| {
            let mut said = Said::new(answer)?;
            if said.is_without_result()? {
                said.in_vain = looks.fetch_add(1, Ordering::Relaxed) + 1;
            }
            *self.last() = said.clone();
            Ok(said.is_done(&self.operation.secrets)?.then_some(said.value))
        })
    }

    /// What the service said when it was asked last.
    pub fn answer(&self) -> Value {
        self.last().value.clone()
    }

    /// The result as a filelink: `NotReady` until the conversion was seen to be completed. Nothing is sent.
    pub fn filelink(&self) -> Result<Filelink> {
        let said = self.last().clone();
        match (said.status()?, said.result_url()) {
            ("failed", _) => Err(said.failure(&self.operation.secrets)),
            ("completed", Some(url)) => {
                let description = json!({"url": url, "conversion": said.value});
                Filelink::described(&self.client, self.security.as_ref(), description)
                    .map_err(|error| said.as_answer_of(error))
            }
            ("completed", None) if said.in_vain >= MOST_IN_VAIN => Err(said.no_result()),
            (status, _) => {
                let lacks = if status == "completed" { " and has no result yet" } else { "" };
                let text = format!(
                    "the conversion is \"{status}\"{lacks} as of the last look: wait for it, then ask again"
                );
                Err(Error::new(ErrorKind::NotReady, text).with_retryable(true))
            }
        }
        .map_err(|error| self.operation.secrets.clean_error(error))
    }

    fn last(&self) -> MutexGuard<'_, Said> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, deadline: Option<Duration>) -> ApiRequest<'_> {
        let mut operation = self.operation.clone();
        operation.deadline = deadline.or(operation.deadline);
        ApiRequest {
            client: &self.client,
            security: self.security.as_ref(),
            needs: Needs::of_tasks(std::iter::once("video_convert"), None),
            operation,
            method: Method::GET,
            url: self.asked_url.clone(),
            shown: self.shown.clone(),
            body: Body::None,
        }
    }
}

/// An answer about the job.
#[derive(Clone)]
struct Said {
    value: Value,
    /// Of the answer.
    status: u16,
    /// The answer as an error keeps it.
    text: String,
    /// How often a wait was told so far that the conversion is completed, and of no result.
    in_vain: u32,
}

impl Said {
    fn new(answer: &Response) -> Result<Self> {
        Ok(Said { value: answer.json()?, status: answer.status, text: answer.text(), in_vain: 0 })
    }

    fn status(&self) -> Result<&str> {
        let status = self.value.get("status").and_then(Value::as_str);
        status.ok_or_else(|| {
            self.as_answer_of(Error::new(ErrorKind::Protocol, "the answer has no status of the conversion"))
        })
    }

    fn result_url(&self) -> Option<&str> {
        self.value.pointer("/data/url").and_then(Value::as_str).filter(|url| !url.is_empty())
    }

    /// Whether the conversion is completed, but no file can be had.
    fn is_without_result(&self) -> Result<bool> {
        let has_file = |url: &str| handle_of(&json!({ "url": url })).is_ok();
        Ok(self.status()? == "completed" && !self.result_url().is_some_and(has_file))
    }

    /// Whether the wait is over. Some SDKs take a conversion without a result for one under way
    /// (`specs/filestack.md` 7.2), so that this is an error only if it stays so.
    fn is_done(&self, secrets: &Secrets) -> Result<bool> {
        match self.status()? {
            "failed" => Err(self.failure(secrets)),
            _ if self.in_vain >= MOST_IN_VAIN => Err(self.no_result()),
            "completed" => Ok(!self.is_without_result()?),
            _ => Ok(false),
        }
    }

    fn no_result(&self) -> Error {
        let text = format!(
            "the service has said {MOST_IN_VAIN} times that the conversion is completed, and named no file: \
             convert it again with force"
        );
        self.as_answer_of(Error::new(ErrorKind::Protocol, text))
    }

    fn failure(&self, secrets: &Secrets) -> Error {
        let reason = self.value.get("message").and_then(Value::as_str);
        let reason = secrets.excerpt(reason.unwrap_or("the service gives no reason"), 200);
        let failed = Error::new(ErrorKind::Http, format!("the conversion has failed: {reason}"));
        self.as_answer_of(failed)
    }

    fn as_answer_of(&self, error: Error) -> Error {
        error.with_answer(self.status, self.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: Value, in_vain: u32) -> Said {
        Said { value, status: 200, text: String::new(), in_vain }
    }

    #[test]
    fn a_wait_for_a_file_that_is_not_named_ends() {
        for data in
            [json!({}), json!({"url": ""}), json!({"url": "https://h/.."}), json!({"url": "https://h/"})]
        {
            let value = json!({"status": "completed", "data": data});
            assert!(said(value.clone(), 0).is_without_result().expect("a status"), "{data}");
            assert!(
                !said(value.clone(), MOST_IN_VAIN - 1).is_done(&Secrets::default()).expect("asked again"),
                "{data}"
            );
            let error = said(value, MOST_IN_VAIN).is_done(&Secrets::default()).expect_err("in vain");
            assert_eq!(error.kind(), ErrorKind::Protocol, "{data}: {error}");
        }
        let done = said(json!({"status": "completed", "data": {"url": "https://h/x"}}), 0);
        assert!(
            done.is_done(&Secrets::default()).expect("done") && !done.is_without_result().expect("a status")
        );
        let started = said(json!({"status": "started"}), 0);
        assert!(
            !started.is_done(&Secrets::default()).expect("a status")
                && !started.is_without_result().expect("a status")
        );
    }
}
