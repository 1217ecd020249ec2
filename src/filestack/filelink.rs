//! A stored file: its handle, its address, its bytes (`specs/filestack.md` 5).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Method;

use super::client::Trace;
use super::{Client, Security};
use crate::error::{Error, Kind, Result};
use crate::http::{Opened, Payload, Request, redact};
use crate::transfer::control::Control;
use crate::transfer::download::{self, Target};
use crate::transfer::engine::{self, Job, Observer};
use crate::transfer::progress::Progress;

/// The largest file that is read into memory; larger ones are downloaded to a file.
const LARGEST_CONTENT: u64 = 1 << 30;

/// Options of one request.
#[derive(Debug, Default)]
pub struct RequestOptions {
    /// Instead of the client's.
    pub security: Option<Security>,
    pub deadline: Option<Duration>,
}

/// A file in the cloud.
#[derive(Debug, Clone)]
pub struct Filelink {
    client: Arc<Client>,
    handle: String,
    url: String,
    security: Option<Security>,
    answer: Value,
}

impl Filelink {
    pub fn new(client: &Arc<Client>, handle: &str) -> Result<Self> {
        let is_handle = !handle.is_empty()
            && handle.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !is_handle {
            let text =
                "handle must be a file's handle, letters, digits, - and _ only: the last element of its URL";
            return Err(Error::invalid_argument(text));
        }
        Ok(Self::with(client, handle.to_owned(), client.security().cloned(), json!({"handle": handle})))
    }

    /// The filelink of an upload, from the service's description of it.
    pub(super) fn uploaded(client: &Arc<Client>, security: Option<Security>, answer: Value) -> Result<Self> {
        match answer.get("handle").and_then(Value::as_str).map(str::to_owned) {
            Some(handle) => Ok(Self::with(client, handle, security, answer)),
            None => Err(Error::new(Kind::Protocol, "the service's description of the file has no handle")),
        }
    }

    fn with(client: &Arc<Client>, handle: String, security: Option<Security>, answer: Value) -> Self {
        let url = format!("{}/{handle}", client.hosts().cdn);
        Filelink { client: Arc::clone(client), handle, url, security, answer }
    }

    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// The address without a signature, whatever the security.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the service said when the file was stored; only the handle if this was made from one.
    pub fn answer(&self) -> &Value {
        &self.answer
    }

    /// The address with a policy and its signature: `security`, or else those the filelink was made with.
    pub fn signed_url(&self, security: Option<&Security>) -> Result<String> {
        let security = security.or(self.security.as_ref()).ok_or_else(|| {
            Error::invalid_argument("security is needed to sign a URL: pass one, or make the client with one")
        })?;
        Ok(format!("{}/{}/{}", self.client.hosts().cdn, security.url_element(), self.handle))
    }

    /// Downloads the file to `path`; how many bytes it has. Nothing stands under `path` until all of them are there.
    pub fn download(
        &self,
        path: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<u64> {
        let mut target = Target::new(path)?;
        let length = self.attended(options, observer, |job| {
            let answer = self.open(options, job)?;
            target.restart()?;
            download::to_file(job, answer, &mut target)
        })?;
        target.keep()?;
        Ok(length)
    }

    /// The bytes of the file, at most 1 GiB.
    pub fn content(&self, options: &RequestOptions, observer: Option<Observer<'_>>) -> Result<Vec<u8>> {
        self.attended(options, observer, |job| {
            download::to_memory(job, self.open(options, job)?, LARGEST_CONTENT)
        })
    }

    /// Runs `attempt` until it succeeds or has no attempt left, while the caller's thread reports.
    fn attended<T: Send>(
        &self,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
        mut attempt: impl FnMut(&Job<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let (control, progress) = (Control::default(), Progress::default());
        let bounds = self.client.http().bounds(control.cancelled(), options.deadline);
        let job = Job::new(&control, bounds, &progress);
        let mut attempts = self.client.http().attempts();
        let work = || loop {
            job.check()?;
            match attempt(&job) {
                Ok(done) => return Ok(done),
                Err(error) => job.retry(&mut attempts, error)?,
            }
        };
        engine::attend(&job, observer, work)
            .map_err(|e| e.at("download").while_doing(format_args!("cannot download {}", self.handle)))
    }

    fn open(&self, options: &RequestOptions, job: &Job<'_>) -> Result<Opened> {
        let security = options.security.as_ref().or(self.security.as_ref());
        let url = match security {
            Some(security) => self.signed_url(Some(security))?,
            None => self.url.clone(),
        };
        let headers = self.client.headers(&Trace::new());
        let request = Request { method: Method::GET, url, headers, body: Payload::None };
        let secrets = security.map_or_else(Vec::new, |s| vec![s.policy_b64(), s.signature()]);
        let answer = self.client.http().open(request, &job.bounds).and_then(download::success);
        answer.map_err(|e| redact::error(e, &secrets))
    }
}
