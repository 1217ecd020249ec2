//! One request of the service, its answer, and the attempts it takes to get it.

use std::sync::Arc;
use std::time::Duration;

use crate::http::Method;
use serde_json::Value;

use super::client::Trace;
use super::{Client, Security};
use crate::error::Result;
use crate::http::{Payload, Request, ResponseStream, Secrets, escaped};
use crate::transfer::context::TransferContext;
use crate::transfer::control::Control;
use crate::transfer::download::{self, Target};
use crate::transfer::form::Form;
use crate::transfer::progress::Progress;
use crate::transfer::report::{self, Observer};

/// The largest answer that is kept in memory; larger ones are downloaded to a file.
const LARGEST_CONTENT: u64 = 1 << 30;

/// How a bad API key is answered, with status 200 (`specs/filestack.md` 9.1).
const REFUSAL: &str = "Invalid Application";

/// Options of one request.
#[derive(Debug, Clone, Default)]
pub struct RequestOptions {
    /// Instead of the one the object was made with.
    pub security: Option<Security>,
    pub deadline: Option<Duration>,
}

/// Something asked of the service. Every attempt sends it anew.
pub(super) struct Asked<'a> {
    pub client: &'a Arc<Client>,
    /// The step that errors name.
    pub step: &'static str,
    /// Completes "cannot …".
    pub doing: String,
    pub method: Method,
    pub url: String,
    /// Content type and body.
    pub body: Option<(&'a str, &'a [u8])>,
    /// Instead of a body.
    pub form: Option<&'a Form<'a>>,
    /// Whose texts no error shows.
    pub security: Option<&'a Security>,
    pub deadline: Option<Duration>,
}

impl Asked<'_> {
    /// Downloads the answer to `path`; how many bytes it has. Nothing stands under `path` until all of them are there.
    pub fn download(&self, path: &str, observer: Option<Observer<'_>>) -> Result<u64> {
        let mut target = Target::new(path)?;
        let length = self.run(observer, |context| {
            let answer = self.open(context)?;
            target.restart()?;
            download::to_file(context, answer, REFUSAL, &mut target)
        })?;
        target.keep()?;
        Ok(length)
    }

    /// The answer in memory, at most 1 GiB.
    pub fn content(&self, observer: Option<Observer<'_>>) -> Result<Vec<u8>> {
        self.run(observer, |context| {
            download::to_memory(context, self.open(context)?, REFUSAL, LARGEST_CONTENT)
        })
    }

    /// The answer as JSON.
    pub fn json(&self, observer: Option<Observer<'_>>) -> Result<Value> {
        self.run(observer, |context| self.open(context)?.read_all()?.json())
    }

    /// Asks until `done` says that the answer is the last one; pauses from 1 to 5 seconds in between.
    pub fn poll(
        &self,
        observer: Option<Observer<'_>>,
        done: impl Fn(&Value) -> Result<bool> + Sync,
    ) -> Result<Value> {
        self.with_progress(observer, |context| {
            context.poll(|| {
                let answer = self.retry_until_done(context, || self.open(context)?.read_all()?.json())?;
                Ok(done(&answer)?.then_some(answer))
            })
        })
    }

    /// Hands the answer to `write` on the caller's thread, piece by piece; how many bytes it has. Once a piece was handed over, a
    /// failure is final.
    pub fn stream(
        &self,
        observer: Option<Observer<'_>>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        let (control, progress) = (Control::default(), Progress::default());
        let context = self.context(&control, &progress);
        let result = report::stream_with_progress(&context, observer, write, |send| {
            let answer = self.retry_until_done(&context, || self.open(&context))?;
            download::receive(&context, answer, REFUSAL, |bytes| send(bytes.to_vec()))
        });
        self.named(result)
    }

    /// Runs `attempt` until it succeeds or has no attempt left, while the caller's thread reports.
    fn run<T: Send>(
        &self,
        observer: Option<Observer<'_>>,
        mut attempt: impl FnMut(&TransferContext<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        self.with_progress(observer, |context| self.retry_until_done(context, || attempt(context)))
    }

    fn with_progress<T: Send>(
        &self,
        observer: Option<Observer<'_>>,
        work: impl FnOnce(&TransferContext<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let (control, progress) = (Control::default(), Progress::default());
        let context = self.context(&control, &progress);
        self.named(report::run_with_progress(&context, observer, || work(&context)))
    }

    fn retry_until_done<T>(
        &self,
        context: &TransferContext<'_>,
        attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        context.retry_until_done(self.client.http().attempts(), attempt)
    }

    fn context<'j>(&self, control: &'j Control, progress: &'j Progress) -> TransferContext<'j> {
        TransferContext::new(control, self.client.http().bounds(control.stop(), self.deadline), progress)
    }

    /// The result, its error told by what was being done.
    pub fn named<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|e| {
            Secrets::new(secrets(self.security))
                .clean_error(e)
                .at(self.step)
                .while_doing(format_args!("cannot {}", self.doing))
        })
    }

    fn open(&self, context: &TransferContext<'_>) -> Result<ResponseStream> {
        let mut headers = self.client.headers(&Trace::fresh());
        let mut reader = self.form.map(|form| form.reader());
        let body = match (self.body, self.form, &mut reader) {
            (Some((kind, bytes)), ..) => {
                headers.push(("content-type".into(), kind.into()));
                Payload::Bytes(bytes)
            }
            (None, Some(form), Some(reader)) => {
                form.check_unchanged()?;
                headers.push(("content-type".into(), form.content_type()));
                Payload::Stream { reader, length: form.len() }
            }
            _ => Payload::None,
        };
        let request = Request {
            method: self.method.clone(),
            url: self.url.clone(),
            headers,
            body,
            shown: None,
            secrets: Secrets::new(secrets(self.security)),
        };
        self.client.http().open(request, &context.bounds).and_then(download::success)
    }
}

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

/// What must not show up in an error.
pub(super) fn secrets(security: Option<&Security>) -> Vec<&str> {
    security.map_or_else(Vec::new, |s| vec![s.policy_b64(), s.signature()])
}
