//! An upload: start, parts, complete (`specs/filestack.md` 3). It can be run again until it is done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::Trace;
use super::filelink::{checked_handle, stored_size};
use super::multipart::{MultipartCall, MultipartCalls, MultipartSession, PartState, is_forgotten};
use super::parts::PartSender;
use super::request::malformed;
use super::spec::UploadSpec;
use super::{Client, Filelink, UploadOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;
use crate::transfer::context::TransferContext;
use crate::transfer::lifecycle::{Lifecycle, not_uploaded};
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::plan::Plan;
use crate::transfer::progress::Progress;
use crate::transfer::queue;
use crate::transfer::report::{self, Observer};
use crate::transfer::source::Source;

/// How long the service may take to join the parts (`specs/filestack.md` 3.6).
const JOINING: Duration = Duration::from_secs(600);

/// An upload of one file.
#[derive(Debug)]
pub struct Upload<'a> {
    client: Arc<Client>,
    source: Source<'a>,
    spec: UploadSpec,
    lifecycle: Lifecycle,
    session: MultipartSession,
    /// [`JOINING`], but for tests.
    joining: Duration,
}

impl<'a> Upload<'a> {
    /// Checks everything that can be checked without the service. `name` is the default of `filename`.
    /// Nothing is sent.
    pub fn new(
        client: &Arc<Client>,
        source: Source<'a>,
        name: Option<&str>,
        options: UploadOptions,
    ) -> Result<Self> {
        Self::with(client, source, UploadSpec::new(client, options, name)?)
    }

    /// An upload of a file; its name is the default of `filename`.
    pub fn of_file(client: &Arc<Client>, path: &str, options: UploadOptions) -> Result<Upload<'static>> {
        let name = std::path::Path::new(path).file_name().and_then(|name| name.to_str());
        Upload::new(client, Source::open(path)?, name, options)
    }

    /// An upload of what `read` gives, read while it goes up ([`crate::transfer::feed`]). `size` is the length
    /// of all if it is known.
    pub fn of_reader(
        client: &Arc<Client>,
        size: Option<u64>,
        options: UploadOptions,
        read: impl FnMut(&mut [u8]) -> Result<usize> + Send + 'static,
    ) -> Result<Upload<'static>> {
        let spec = UploadSpec::new(client, options, None)?;
        if size == Some(0) {
            return Err(nothing_to_upload(&spec));
        }
        Upload::with(client, Source::of_reader(size, read)?, spec)
    }

    fn with(client: &Arc<Client>, source: Source<'a>, spec: UploadSpec) -> Result<Self> {
        if source.is_empty() && source.feed().is_none() {
            return Err(nothing_to_upload(&spec));
        }
        Ok(Upload {
            client: Arc::clone(client),
            source,
            spec,
            lifecycle: Lifecycle::default(),
            session: MultipartSession::default(),
            joining: JOINING,
        })
    }

    /// The state of the upload, and what pauses and cancels it.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Uploads what is not uploaded yet. After a pause or a failure, run it again: confirmed parts are not
    /// sent again. Once uploaded, another run does nothing.
    ///
    /// Every request of an upload is repeatable. If the service no longer knows the upload, it starts anew,
    /// once in a run.
    pub fn run(&self, observer: Option<Observer<'_>>) -> Result<()> {
        self.lifecycle.run(|| self.attempt(observer))
    }

    /// What the service said of the stored file.
    pub fn answer(&self) -> Result<Value> {
        self.session.answer().ok_or_else(not_uploaded)
    }

    pub fn filelink(&self) -> Result<Filelink> {
        Filelink::described(&self.client, self.spec.security.as_ref(), self.answer()?)
    }

    fn attempt(&self, mut observer: Option<Observer<'_>>) -> Result<()> {
        let progress = Progress::default();
        let bounds = self.client.http().bounds(self.lifecycle.control().stop(), self.spec.deadline);
        let context = TransferContext::new(self.lifecycle.control(), bounds, &progress);
        let operation = Operation {
            step: "",
            doing: format!("upload {}", self.spec.filename),
            repeat: Repeat::Idempotent,
            secrets: self.client.secrets(self.spec.security.as_ref()),
            deadline: self.spec.deadline,
        };
        operation.named(report::read_to_size(&context, &mut observer, self.source.feed()))?;
        if self.source.is_empty() {
            return Err(nothing_to_upload(&self.spec));
        }
        let plan = Plan::for_storage(self.source.len(), self.spec.part_size);
        progress.expect(self.source.len(), plan.count());
        let work = || self.work(&context, &operation, plan);
        operation.named(report::run_with_feed(&context, observer, self.source.feed(), work))
    }

    /// Goes on with the upload, or begins it. If the service has forgotten it, starts anew, once.
    fn work(&self, context: &TransferContext<'_>, operation: &Operation, plan: Plan) -> Result<()> {
        match self.transfer(context, operation, plan) {
            Err(error) if is_forgotten(&error) => {
                self.source.check_whole().map_err(|gone| cannot_start_anew(error, &gone))?;
            }
            other => return other,
        }
        self.session.reset();
        context.progress.restart();
        let result = self.transfer(&context.renewed(), operation, plan);
        result.map_err(|error| {
            if is_forgotten(&error) {
                self.session.reset();
            }
            match error.kind() {
                ErrorKind::Cancelled | ErrorKind::Paused => error,
                _ => error.map_message(|message| {
                    format!("{message} (the service had forgotten the upload, so it was started anew)")
                }),
            }
        })
    }

    fn transfer(&self, context: &TransferContext<'_>, operation: &Operation, plan: Plan) -> Result<()> {
        self.source.check_unchanged()?;
        context.check()?;
        let trace = Trace::fresh();
        let calls = MultipartCalls {
            client: &self.client,
            spec: &self.spec,
            operation,
            trace: &trace,
            size: self.source.len(),
        };
        let started = match self.session.started() {
            Some(started) => started,
            None => {
                self.source.check_whole()?;
                let started = calls.start(context)?;
                self.session.start(started.clone());
                started
            }
        };
        let call = calls.of(&started);
        let sender = PartSender { call, source: &self.source, session: &self.session, context };
        let mut pending = Vec::new();
        for part in plan.parts() {
            match self.session.part(part.number) {
                Some(PartState::Whole(_) | PartState::Committed) => {
                    context.progress.moved(part.length);
                    context.progress.stored(part.length);
                    context.progress.part_done();
                }
                _ => pending.push(part),
            }
        }
        let concurrency = self.spec.concurrency;
        queue::send_parts(context, &self.source, pending, concurrency, self.spec.checksums, |part, md5| {
            sender.send(part, md5)
        })?;
        self.source.check_unchanged()?;
        let answer = self.complete(context, call).map_err(|e| e.at("complete"))?;
        self.session.finish(answer);
        Ok(())
    }

    /// Asks for the parts to be joined, until they are.
    fn complete(&self, context: &TransferContext<'_>, call: MultipartCall<'_>) -> Result<Value> {
        let body = call.completion(self.session.etags());
        let since = Instant::now();
        let mut pause = Duration::ZERO;
        let mut attempts = self.client.http().attempts();
        loop {
            context.check()?;
            match call.post("complete", &body, &context.bounds) {
                Ok(answer) if answer.status == 202 => {
                    self.session.complete();
                    if since.elapsed() >= self.joining {
                        return Err(self.still_joining(call));
                    }
                    pause = (pause + Duration::from_millis(500)).min(Duration::from_secs(2));
                    attempts = self.client.http().attempts();
                    context.bounds.sleep(pause, || context.check().is_err())?;
                }
                Ok(answer) => return self.verified(&answer),
                Err(error) if is_forgotten(&error) && self.session.is_completing() => {
                    self.session.reset();
                    return Err(outcome_unknown(error));
                }
                Err(error) => {
                    // An answer that says no is one; all others may stand for a file that is stored.
                    if error.may_have_been_sent() && !(400..500).contains(&error.http_status()) {
                        self.session.complete();
                    }
                    context.retry(&mut attempts, error)?;
                }
            }
        }
    }

    /// The service's description of the file, if it proves that the file is stored whole.
    fn verified(&self, answer: &Response) -> Result<Value> {
        if answer.status == 206 {
            let message = "HTTP 206: the service misses parts that it had confirmed";
            return Err(Error::new(ErrorKind::Http, message).with_answer(206, answer.text()));
        }
        let value = answer.json()?;
        let handle = value.get("handle").and_then(Value::as_str);
        checked_handle(handle).map_err(|error| malformed(answer, error.message()))?;
        if value.get("status").and_then(Value::as_str) == Some("Failed") {
            return Err(Error::new(
                ErrorKind::Integrity,
                "the service says that it could not store the file",
            )
            .with_answer(answer.status, answer.text()));
        }
        let sent = self.source.len();
        let stored = stored_size(&value);
        if stored.is_none() && !self.session.is_proven() {
            return Err(malformed(answer, "neither the size of the stored file nor its ETags prove it"));
        }
        if let Some(stored) = stored.filter(|stored| *stored != sent.to_string()) {
            // Parts that do not add up are no base to go on from.
            self.session.reset();
            let message = format!("the service stored {stored} bytes, but {sent} were sent");
            return Err(Error::new(ErrorKind::Integrity, message)
                .with_answer(answer.status, answer.text())
                .with_retryable(true));
        }
        Ok(value)
    }

    fn still_joining(&self, call: MultipartCall<'_>) -> Error {
        let (uri, upload_id) = (&call.started.uri, &call.started.upload_id);
        let minutes = self.joining.as_secs() / 60;
        let message = format!(
            "all bytes are sent, but the service has not joined the parts within {minutes} minutes \
             (uri {uri}, upload_id {upload_id}); run the upload again to ask on"
        );
        Error::new(ErrorKind::NotReady, message).with_retryable(true)
    }
}

/// An answer to the completion was lost, and then the service did not know the upload: it may have been
/// joined.
fn outcome_unknown(error: Error) -> Error {
    let message = "the service no longer knows the upload, and an answer to its completion was lost: the \
                   file may be stored already. Look for it first; to run the upload again stores it again";
    Error::new(ErrorKind::NotReady, message).with_answer(error.http_status(), error.body().to_owned())
}

/// The service has forgotten the upload, and the data cannot be sent once more.
fn cannot_start_anew(error: Error, gone: &Error) -> Error {
    let told = |message: &str| {
        format!(
            "{message}; the service has forgotten the upload, and it cannot start anew: {}",
            gone.message()
        )
    };
    error.map_message(told).with_retryable(false)
}

fn nothing_to_upload(spec: &UploadSpec) -> Error {
    let name = &spec.filename;
    Error::invalid_argument(format!(
        "{name} is empty, and the service cannot store an empty file: nothing is uploaded"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filestack::ClientOptions;

    #[test]
    fn a_completion_that_stays_in_work_ends_and_can_be_asked_again() {
        let faults = r#"[{"class": "complete", "times": 2, "action": {"accepted": true}}]"#;
        let options = localcloud::Options { faults: Some(faults.into()), ..Default::default() };
        let cloud = localcloud::Cloud::start(options).expect("the local cloud starts");
        let options = ClientOptions { base_url: Some(cloud.http_url()), ..Default::default() };
        let client = Client::new("TESTKEY", options).expect("a client");
        let mut upload =
            Upload::new(&client, Source::Bytes(b"hello"), None, UploadOptions::default()).expect("an upload");
        upload.joining = Duration::from_millis(100);
        let error = upload.run(None).expect_err("still in work");
        assert_eq!((error.kind(), error.step()), (ErrorKind::NotReady, "complete"), "{error}");
        assert!(error.retryable() && error.message().contains("run the upload again"), "{error}");
        upload.run(None).expect("uploaded");
        assert_eq!(
            upload.filelink().and_then(|link| link.content(&Default::default(), None)).ok(),
            Some(b"hello".into())
        );
    }
}
