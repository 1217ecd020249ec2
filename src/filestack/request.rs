//! One request of the Filestack API: its headers and its security, its answer, and the attempts that it takes
//! to get it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::client::Trace;
use super::filelink::stored_size;
use super::security::needs::Needs;
use super::{Client, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Attempt;
use crate::http::{Bounds, Method, Payload, Request, Response, ResponseStream, escaped, parse_json};
use crate::transfer::context::TransferContext;
use crate::transfer::download::{self, Download, Target};
use crate::transfer::file_body::FileBody;
use crate::transfer::operation::Operation;
use crate::transfer::report::Observer;

/// The largest answer that is kept in memory; larger ones are downloaded to a file.
const LARGEST_CONTENT: u64 = 1 << 30;

/// An error for an answer that is a success by its status alone (`specs/filestack.md` 9.1).
fn accepted(answer: &Response) -> Result<()> {
    if answer.body.trim_ascii() == REFUSAL.as_bytes() {
        return Err(answer.json().err().unwrap_or_else(|| answer.error()));
    }
    match parse_json(&answer.body) {
        Ok(value) if value.get("error").is_some() => Err(answer.error()),
        _ => Ok(()),
    }
}

/// What a service says beside an error: why, and for its own people which request it was.
const BESIDE_AN_ERROR: [&str; 6] = ["message", "reason", "status", "c", "i", "t"];

/// An answer as JSON; an error for one that is a success by its status and tells nothing but an error.
pub(super) fn told(answer: &Response) -> Result<Value> {
    let value = answer.json()?;
    let is_alone = |members: &Map<String, Value>| {
        members.get("error").is_some_and(|error| !error.is_null())
            && members.keys().all(|name| name == "error" || BESIDE_AN_ERROR.contains(&name.as_str()))
    };
    if value.as_object().is_some_and(is_alone) { Err(answer.error()) } else { Ok(value) }
}

/// How a bad API key is answered, with status 200 (`specs/filestack.md` 9.1).
const REFUSAL: &str = "Invalid Application";

/// Options of one request.
#[derive(Debug, Clone, Default)]
pub struct RequestOptions {
    /// Instead of the one the object was made with.
    pub security: Option<Security>,
    /// For the whole call, all retries included; instead of the client's.
    pub deadline: Option<Duration>,
}

/// One request; every attempt sends it anew.
pub(super) struct ApiRequest<'a> {
    pub client: &'a Client,
    /// Whose policy and signature are in the URL or the body.
    pub security: Option<&'a Security>,
    /// What it needs of the policy.
    pub needs: Needs<'a>,
    pub operation: Operation,
    pub method: Method,
    pub url: String,
    /// What errors call the address.
    pub shown: String,
    pub body: Body<'a>,
}

pub(super) enum Body<'a> {
    None,
    /// Content type and bytes.
    Bytes(&'static str, Vec<u8>),
    File(&'a FileBody<'a>),
}

impl ApiRequest<'_> {
    /// Downloads the answer to `path`; returns its length in bytes. Nothing stands under `path` until all
    /// bytes have come.
    pub fn download(&self, path: &str, observer: Option<Observer<'_>>) -> Result<u64> {
        self.check_policy()?;
        let mut target = Target::new(path)?;
        let length = self.operation.run_work(self.client.http(), observer, |context| {
            self.body(context, |download| download.to_file(&mut target))
        })?;
        target.keep()?;
        Ok(length)
    }

    /// The answer in memory, at most 1 GiB.
    pub fn content(&self, observer: Option<Observer<'_>>) -> Result<Vec<u8>> {
        self.check_policy()?;
        self.operation.run_work(self.client.http(), observer, |context| {
            self.body(context, |download| download.to_memory(LARGEST_CONTENT))
        })
    }

    /// Hands the answer to `write` on the caller's thread, piece by piece; returns its length in bytes. No
    /// byte is handed over twice: once a piece was, only an answer that can be gone on with is asked for
    /// again.
    pub fn stream(
        &self,
        observer: Option<Observer<'_>>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        self.check_policy()?;
        self.operation.stream(self.client.http(), observer, write, |context, send| {
            self.body(context, |download| download.pass_on(|bytes| send(bytes.to_vec())))
        })
    }

    /// Receives the body of the answer as `receive` says.
    fn body<T>(
        &self,
        context: &TransferContext<'_>,
        receive: impl FnOnce(Download<'_>) -> Result<T>,
    ) -> Result<T> {
        receive(Download {
            context,
            http: self.client.http(),
            operation: &self.operation,
            refusal: REFUSAL,
            open: &|context, bounds, attempt, headers| self.open(context, bounds, attempt, headers),
        })
    }

    /// The answer as JSON, as [`told`] says.
    pub fn json(&self, observer: Option<Observer<'_>>) -> Result<Value> {
        self.answer(observer, |answer| told(&answer))
    }

    /// What `read` makes of a successful answer. An error of `read` ends the call unless it is retryable.
    pub fn answer<T: Send>(
        &self,
        observer: Option<Observer<'_>>,
        read: impl Fn(Response) -> Result<T> + Sync,
    ) -> Result<T> {
        self.check_policy()?;
        self.operation
            .run(self.client.http(), observer, |context, attempt| read(self.send(context, attempt)?))
    }

    /// The same as a part of a call that has a context of its own, checks the policy and names the error.
    pub fn answer_within<T>(
        &self,
        context: &TransferContext<'_>,
        read: impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        self.operation
            .retry(self.client.http(), context, |attempt| read(self.send(context, attempt)?))
            .map_err(|error| error.at(self.operation.step))
    }

    /// Deletes what the URL names: it is gone too if an attempt may have arrived before the service does not
    /// find it.
    pub fn delete(&self, observer: Option<Observer<'_>>) -> Result<()> {
        self.check_policy()?;
        let mut may_have_arrived = false;
        self.operation.run(self.client.http(), observer, |context, attempt| {
            match self.send(context, attempt) {
                Ok(answer) => accepted(&answer),
                Err(error) if error.http_status() == 404 && may_have_arrived => Ok(()),
                Err(error) => {
                    may_have_arrived |= error.may_have_been_sent() && error.http_status() != 429;
                    Err(error)
                }
            }
        })
    }

    /// Asks until `read` makes something of the answer; pauses from 1 to 5 seconds in between.
    pub fn poll<T: Send>(
        &self,
        observer: Option<Observer<'_>>,
        read: impl Fn(&Response) -> Result<Option<T>> + Sync,
    ) -> Result<T> {
        self.check_policy()?;
        let http = self.client.http();
        self.operation.run_work(http, observer, |context| {
            let ask = || self.operation.retry(http, context, |attempt| self.send(context, attempt));
            context.poll(|| read(&ask()?))
        })
    }

    fn check_policy(&self) -> Result<()> {
        self.operation.named(self.client.check_policy(self.security, &self.needs))
    }

    /// One attempt; a success of any kind, 202 included: where a state is asked for, that is one.
    fn send(&self, context: &TransferContext<'_>, attempt: Attempt) -> Result<Response> {
        self.request(context, attempt, &[], |request| {
            self.client.http().send(request, &context.bounds).and_then(Response::success)
        })
    }

    /// One attempt with further `headers`; a success, its body still to be read.
    fn open(
        &self,
        context: &TransferContext<'_>,
        bounds: &Arc<Bounds>,
        attempt: Attempt,
        headers: &[(String, String)],
    ) -> Result<ResponseStream> {
        self.request(context, attempt, headers, |request| {
            self.client.http().open(request, bounds).and_then(download::success)
        })
    }

    fn request<T>(
        &self,
        context: &TransferContext<'_>,
        attempt: Attempt,
        further: &[(String, String)],
        send: impl FnOnce(Request<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut headers = self.client.headers(&Trace::fresh());
        headers.extend_from_slice(further);
        let mut reader = None;
        let body = match &self.body {
            Body::None => Payload::None,
            Body::Bytes(kind, bytes) => {
                headers.push(("content-type".into(), (*kind).into()));
                Payload::Bytes(bytes)
            }
            Body::File(file) => {
                file.check_unchanged()?;
                headers.push(("content-type".into(), file.content_type().to_owned()));
                context.progress.expect(file.len(), 1);
                let reader = reader.insert(context.progress.counted(file.reader()));
                Payload::Stream { reader, length: file.len() }
            }
        };
        let sent = send(Request {
            method: self.method.clone(),
            url: self.url.clone(),
            headers,
            body,
            shown: Some(self.shown.clone()),
            secrets: self.operation.secrets.clone(),
            attempt,
        })
        .map_err(|error| explained(error, self.security))?;
        if let Some(reader) = reader {
            reader.stored();
            context.progress.part_done();
        }
        Ok(sent)
    }
}

/// What the service said of a file that it was sent in one request, if it has stored all of it.
///
/// `Integrity` if it says that it stored another number of bytes than were sent, `FileChanged` if the source
/// changed meanwhile, an error as of [`told`] if it tells nothing but an error.
pub(super) fn stored_whole(answer: &Response, sent: &FileBody<'_>) -> Result<Value> {
    sent.check_unchanged()?;
    let value = told(answer)?;
    // The answer always tells the size (`specs/filestack.md` 4.3, 5.5). Without it nothing proves that all
    // bytes have arrived.
    let stored = stored_size(&value).unwrap_or_else(|| "an unknown number of".into());
    let sent = sent.file_len();
    if stored == sent.to_string() {
        return Ok(value);
    }
    let message = format!("the service stored {stored} bytes, but {sent} were sent");
    Err(Error::new(ErrorKind::Integrity, message).with_answer(answer.status, answer.text()))
}

/// Says what to do where the service has refused a call for its policy or for having none, and does not say
/// why.
pub(super) fn explained(error: Error, security: Option<&Security>) -> Error {
    if error.kind() != ErrorKind::Http || !matches!(error.http_status(), 401 | 403) {
        return error;
    }
    let advice = match security {
        None => {
            "no policy was sent: if security is switched on for the application, set security (a policy \
             signed with the application's secret) in the options of the client or of the call"
        }
        Some(_) if error.message().ends_with(NO_REASON) => {
            "no reason is given; is it the secret of this API key's application that signed the policy?"
        }
        Some(_) => return error,
    };
    error.map_message(|message| format!("{message} ({advice})"))
}

/// How the service refuses a policy without a word about why (`specs/filestack.md` 9.1).
const NO_REASON: &str = "Invalid App policy";

/// The query of a URL: `pairs`, then the policy and its signature; empty if there is nothing to say.
pub(super) fn query(pairs: &[(&str, &str)], security: Option<&Security>) -> String {
    let signed = security.map(|s| [("policy", s.policy_b64()), ("signature", s.signature())]);
    let mut query = String::new();
    for (name, value) in pairs.iter().copied().chain(signed.into_iter().flatten()) {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name);
        query.push('=');
        query.push_str(&escaped(value));
    }
    query
}

/// The error for a success that is not what it should be.
pub(super) fn malformed(answer: &Response, message: &str) -> Error {
    Error::new(ErrorKind::Protocol, message).with_answer(answer.status, answer.text())
}
