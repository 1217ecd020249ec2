//! The end of an upload: the service joins the parts, and its answer proves the file or does not
//! (`specs/filestack.md` 3.6).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::filelink::{checked_handle, stored_size};
use super::multipart::{MultipartCall, Started, is_forgotten};
use super::parts::is_proof;
use super::request::malformed;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;
use crate::transfer::checkpoint::{Checkpoint, Record};
use crate::transfer::context::TransferContext;
use crate::transfer::source::Source;

/// How long the service may take to join the parts (`specs/filestack.md` 3.6).
pub const JOINING: Duration = Duration::from_secs(600);

/// Has the parts joined, all of which are sent.
pub struct Completion<'a> {
    pub call: MultipartCall<'a>,
    pub source: &'a Source<'a>,
    pub checkpoint: &'a Checkpoint,
    pub context: &'a TransferContext<'a>,
    pub joining: Duration,
}

impl Completion<'_> {
    /// Asks for the parts to be joined, until they are. The service's description of the file.
    pub fn run(&self) -> Result<Value> {
        let Completion { call, context, .. } = *self;
        let http = call.calls.client.http();
        let listed = |number, etag: Option<&str>| json!({"part_number": number, "etag": etag});
        let body = call.completion(self.checkpoint.whole_parts(listed));
        let since = Instant::now();
        let mut pause = Duration::ZERO;
        let begin = || http.attempts().of("complete", 0);
        let mut attempts = begin();
        context.check()?;
        self.checkpoint.record(Record::Completing(true));
        loop {
            match call.post(attempts.attempt(), &body, &context.bounds) {
                Ok(answer) if answer.status == 202 => {
                    self.checkpoint.doubt();
                    if since.elapsed() >= self.joining {
                        return Err(self.still_joining());
                    }
                    pause = (pause + Duration::from_millis(500)).min(Duration::from_secs(2));
                    attempts = begin();
                    context.bounds.sleep(pause, || context.check().is_err())?;
                    context.check()?;
                }
                Ok(answer) => return self.verified(&answer).inspect_err(|_| self.checkpoint.doubt()),
                Err(error) if self.is_unknown(&error) => return Err(outcome_unknown(error)),
                Err(error) => {
                    // An answer that says no is one; all others may stand for a file that is stored.
                    if error.may_have_been_done() {
                        self.checkpoint.doubt();
                    }
                    context.retry(&mut attempts, error).map_err(|error| self.not_joined(error))?;
                }
            }
        }
    }

    /// Whether the service takes no more of an upload that it may have stored, so that nobody can tell.
    fn is_unknown(&self, error: &Error) -> bool {
        let is_over = is_forgotten(error) || error.http_status() == 400;
        is_over && self.checkpoint.is_in_doubt() && !self.call.calls.spec.restart
    }

    /// The error that ends the completion. Parts that may have been joined stay known as such, and those that
    /// the service refuses to join are no base to go on from: one may have come late and replaced another.
    fn not_joined(&self, error: Error) -> Error {
        if self.checkpoint.is_in_doubt() {
            return error;
        }
        if error.http_status() != 400 {
            self.checkpoint.record(Record::Completing(false));
            return error;
        }
        self.no_base(error).with_retryable(false)
    }

    /// The error after which there is no base to go on from: the next run starts anew, unless a reader gave
    /// what would have to be sent again.
    fn no_base(&self, error: Error) -> Error {
        self.checkpoint.record(Record::Reset);
        let whole = self.source.check_whole();
        let next = whole.as_ref().err().map_or("the next run starts anew", Error::message);
        error.map_message(|message| format!("{message}; {next}")).with_retryable(whole.is_ok())
    }

    /// The service's description of the file, if it proves that the file is stored whole. If it proves that
    /// it is not, there is no base to go on from.
    fn verified(&self, answer: &Response) -> Result<Value> {
        let no_base = |error: Error| self.no_base(error.with_answer(answer.status, answer.text()));
        if answer.status == 206 {
            let message = "HTTP 206: the service misses parts that it had confirmed";
            return Err(no_base(Error::new(ErrorKind::Http, message)));
        }
        let value = answer.json()?;
        let handle = value.get("handle").and_then(Value::as_str);
        checked_handle(handle).map_err(|error| malformed(answer, error.message()))?;
        if value.get("status").and_then(Value::as_str) == Some("Failed") {
            let message = "the service says that it could not store the file";
            return Err(no_base(Error::new(ErrorKind::Integrity, message)).with_retryable(false));
        }
        let sent = self.source.len();
        let stored = stored_size(&value);
        if stored.is_none() && !self.checkpoint.all_parts(is_proof) {
            return Err(malformed(answer, "neither the size of the stored file nor its ETags prove it"));
        }
        if let Some(stored) = stored.filter(|stored| *stored != sent.to_string()) {
            let message = format!("the service stored {stored} bytes, but {sent} were sent");
            return Err(no_base(Error::new(ErrorKind::Integrity, message)));
        }
        Ok(value)
    }

    fn still_joining(&self) -> Error {
        let Started { uri, upload_id, .. } = self.call.started;
        let minutes = self.joining.as_secs() / 60;
        let message = format!(
            "all bytes are sent, but the service has not joined the parts within {minutes} minutes \
             (uri {uri}, upload_id {upload_id}); run the upload again to ask on"
        );
        Error::new(ErrorKind::NotReady, message).with_retryable(true)
    }
}

fn outcome_unknown(error: Error) -> Error {
    let message = "the service takes no more of the upload, and may have joined its parts before: the file \
                   may be stored already. Look for it first; with restart it is uploaded again";
    Error::new(ErrorKind::NotReady, message).with_answer(error.http_status(), error.body().to_owned())
}
