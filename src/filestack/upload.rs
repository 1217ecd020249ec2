//! An upload: start, parts, complete (`specs/filestack.md` 3), or one request. It can be run again until it
//! is done.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::Value;

use super::client::Trace;
use super::completion::{self, Completion};
use super::multipart::{MultipartCalls, Started, is_forgotten};
use super::parts::{FILE, PartSender};
use super::security::needs::{Needs, STORE};
use super::spec::UploadSpec;
use super::{Client, Filelink, UploadOptions, single};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Attempt;
use crate::transfer::checkpoint::{
    Checkpoint, Record, SealKey, Session, UploadKey, UploadedFile, check_can_move, check_has_file, upload_key,
};
use crate::transfer::context::TransferContext;
use crate::transfer::digest::Md5;
use crate::transfer::lifecycle::{Lifecycle, not_uploaded};
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::plan::{Part, Plan};
use crate::transfer::progress::Progress;
use crate::transfer::queue;
use crate::transfer::report::{self, Observer};
use crate::transfer::slots::{MOST, Slots, Turns};
use crate::transfer::source::{Source, digest_ranges};
use crate::transfer::verify::{verify, verify_while};

/// An upload of one file.
#[derive(Debug)]
pub struct Upload<'a> {
    client: Arc<Client>,
    source: Source<'a>,
    spec: UploadSpec,
    lifecycle: Lifecycle,
    checkpoint: Checkpoint,
    /// [`completion::JOINING`], but for tests.
    joining: Duration,
}

/// What an upload has from its batch, or for itself.
pub(super) struct Share<'a> {
    /// Those of the batch; None if it has its own.
    pub slots: Option<&'a Slots>,
    /// The MD5 of its only part, where the batch has digested it.
    pub md5: Option<Md5>,
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
        let spec = UploadSpec::new(client, options, name)?;
        check_has_file(spec.journal_dir.as_deref())?;
        Self::with(client, source, "", spec)
    }

    /// An upload of a file; its name is the default of `filename`.
    pub fn of_file(client: &Arc<Client>, path: &str, options: UploadOptions) -> Result<Upload<'static>> {
        Self::going_on(client, path, options, || None)
    }

    /// The same, which goes on from what was known of it if the file is still the same. That is asked for
    /// once the file is open.
    pub(super) fn going_on(
        client: &Arc<Client>,
        path: &str,
        options: UploadOptions,
        known: impl FnOnce() -> Option<Checkpoint>,
    ) -> Result<Upload<'static>> {
        let source = Source::open(path)?;
        let spec = UploadSpec::new(client, options, file_name(path))?;
        match known().filter(|known| known.is_of(&source)) {
            Some(known) => Ok(Upload::made(client, source, spec, known)),
            None => Upload::with(client, source, path, spec),
        }
    }

    /// What makes the upload of a file the same as another one, whatever its bytes.
    pub(super) fn key_of(
        client: &Client,
        seal: &SealKey,
        path: &str,
        options: UploadOptions,
    ) -> Result<UploadKey> {
        let spec = UploadSpec::new(client, options, file_name(path))?;
        upload_key(seal, SERVICE, &spec.to_request(), path)
    }

    /// The upload of a token, of the file at `path`. The options say how it goes on; what is stored, and
    /// where, is the token's.
    pub fn resume(
        client: &Arc<Client>,
        path: &str,
        token: &str,
        options: UploadOptions,
    ) -> Result<Upload<'static>> {
        let source = Source::open(path)?;
        let checkpoint = Checkpoint::from_token(key(client)?, SERVICE, token)?;
        checkpoint.take_files(&[(path, &source)])?;
        let spec = UploadSpec::from_request(client, options, &checkpoint.intent().request)?;
        Ok(Upload::made(client, source, spec, checkpoint))
    }

    /// An upload of what `read` gives, read while it goes up ([`crate::transfer::feed`]). `size` is the
    /// length of all if it is known.
    pub fn of_reader(
        client: &Arc<Client>,
        size: Option<u64>,
        options: UploadOptions,
        read: impl FnMut(&mut [u8]) -> Result<usize> + Send + 'static,
    ) -> Result<Upload<'static>> {
        let spec = UploadSpec::new(client, options, None)?;
        check_has_file(spec.journal_dir.as_deref())?;
        if size == Some(0) {
            return Err(nothing_to_upload(&spec));
        }
        Upload::with(client, Source::of_reader(size, read)?, "", spec)
    }

    fn with(client: &Arc<Client>, source: Source<'a>, path: &str, spec: UploadSpec) -> Result<Self> {
        if source.is_empty() && source.feed().is_none() {
            return Err(nothing_to_upload(&spec));
        }
        let files = vec![UploadedFile::new(path, &source)?];
        let checkpoint = Checkpoint::new(key(client)?, SERVICE, files, spec.to_request());
        Ok(Self::made(client, source, spec, checkpoint))
    }

    fn made(client: &Arc<Client>, source: Source<'a>, spec: UploadSpec, checkpoint: Checkpoint) -> Self {
        let lifecycle = Lifecycle::default();
        lifecycle.control().limit(spec.bytes_per_second);
        Upload {
            client: Arc::clone(client),
            source,
            spec,
            lifecycle,
            checkpoint,
            joining: completion::JOINING,
        }
    }

    /// The state of the upload, and what pauses and cancels it.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Uploads what is not uploaded yet. After a pause or a failure, run it again: confirmed parts are not
    /// sent again. Once uploaded, another run does nothing.
    ///
    /// Every request of an upload is repeatable, but for the one of an upload in one request. If the service
    /// no longer knows the upload, it starts anew, once in a run.
    pub fn run(&self, observer: Option<Observer<'_>>) -> Result<()> {
        let abandoned = |error| {
            self.checkpoint.abandon(self.spec.journal_dir.as_deref());
            error
        };
        self.lifecycle.run_to_end(|| self.attempt(observer), abandoned)
    }

    pub(super) fn source(&self) -> &Source<'a> {
        &self.source
    }

    pub(super) fn has_checksums(&self) -> bool {
        self.spec.checksums && !self.spec.single_request
    }

    pub(super) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    pub(super) fn into_checkpoint(self) -> Checkpoint {
        self.checkpoint
    }

    /// The text with which another process goes on ([`Upload::resume`]). `InvalidState` after a cancel.
    pub fn token(&self) -> Result<String> {
        self.lifecycle.check_not_aborted()?;
        check_can_move(&self.source)?;
        if self.spec.single_request {
            let text = "the upload is one request: there is no token, for nothing is stored before all is";
            return Err(Error::new(ErrorKind::InvalidState, text));
        }
        self.checkpoint.token()
    }

    /// What the service said of the stored file.
    pub fn answer(&self) -> Result<Value> {
        self.checkpoint.answer().ok_or_else(not_uploaded)
    }

    pub fn filelink(&self) -> Result<Filelink> {
        Filelink::described(&self.client, self.spec.security.as_ref(), self.answer()?)
    }

    fn attempt(&self, mut observer: Option<Observer<'_>>) -> Result<()> {
        let progress = Progress::default();
        let control = self.lifecycle.control();
        let bounds = self.client.http().paced_bounds(control.stop(), self.spec.deadline, [control.pace()]);
        let context = TransferContext::new(control, bounds, &progress);
        let operation = self.operation();
        operation.named(self.check_policy())?;
        operation.named(report::read_to_size(&context, &mut observer, self.source.feed()))?;
        if self.source.is_empty() {
            return Err(nothing_to_upload(&self.spec));
        }
        progress.expect(self.source.len(), self.plan().count());
        let work = || self.work(&context, &operation, &Share { slots: None, md5: None });
        operation.named(report::run_with_feed(&context, observer, self.source.feed(), work))
    }

    /// One run as a part of a batch, whose context and threads it uses.
    pub(super) fn run_within(&self, context: &TransferContext<'_>, share: &Share<'_>) -> Result<()> {
        let operation = self.operation();
        operation.named(self.check_policy().and_then(|()| self.work(context, &operation, share)))
    }

    fn check_policy(&self) -> Result<()> {
        self.client.check_policy(self.spec.security.as_ref(), &Needs::of(&[STORE], None))
    }

    fn operation(&self) -> Operation {
        Operation {
            step: "",
            doing: format!("upload {}", self.spec.filename),
            repeat: Repeat::Idempotent,
            secrets: self.client.secrets(self.spec.security.as_ref()),
            deadline: self.spec.deadline,
        }
    }

    pub(super) fn plan(&self) -> Plan {
        Plan::for_storage(self.source.len(), self.spec.part_size)
    }

    fn work(&self, context: &TransferContext<'_>, operation: &Operation, share: &Share<'_>) -> Result<()> {
        if self.spec.single_request {
            let answer = single::send(&self.client, &self.source, &self.spec, operation, context)?;
            self.checkpoint.record(Record::Done(answer));
            return Ok(());
        }
        self.checkpoint.go_on(
            self.spec.journal_dir.as_deref(),
            context,
            &|error| is_forgotten(error) || self.is_over(error),
            &|| self.source.check_whole(),
            &|context| self.transfer(context, operation, share),
        )
    }

    /// Goes on with the upload, or begins it.
    fn transfer(
        &self,
        context: &TransferContext<'_>,
        operation: &Operation,
        share: &Share<'_>,
    ) -> Result<()> {
        let plan = self.plan();
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
        let mut pending = Vec::new();
        for part in plan.parts() {
            context.progress.found(self.checkpoint.bytes_stored(FILE, part));
            if self.checkpoint.is_stored(FILE, part) {
                context.progress.part_done();
            } else {
                pending.push(part);
            }
        }
        let (http, is_known, parts) =
            (self.client.http(), self.checkpoint.session().is_some(), pending.len());
        let work = || self.send(context, &calls, pending, share);
        if is_known || parts < 2 || !http.round_trip().get().is_zero() {
            return work();
        }
        // Each part asks for its address, on a connection of its own.
        let count = || parts.min(share.slots.map_or_else(|| self.slots().limit(), Slots::limit));
        let base = &self.client.hosts().upload;
        let first = Attempt { step: "upload", ..Attempt::default() };
        http.opening_ahead(base, count, &context.bounds, (first, &operation.secrets), work)
    }

    /// Slots of its own, by what is known of the line by now.
    fn slots(&self) -> Slots {
        Slots::new(self.spec.concurrency, MOST as usize, self.client.http().round_trip())
    }

    /// Begins the upload if it has not begun, sends the parts, and has them joined.
    fn send(
        &self,
        context: &TransferContext<'_>,
        calls: &MultipartCalls<'_>,
        pending: Vec<Part>,
        share: &Share<'_>,
    ) -> Result<()> {
        let plan = self.plan();
        let recorded = [(&self.source, self.checkpoint.unverified(FILE, plan))];
        if self.checkpoint.is_finished() {
            verify(context, &recorded)?;
            self.checkpoint.verified();
            return Ok(());
        }
        let started = match self.checkpoint.session() {
            Some(session) => Started::from_value(&session.answer)
                .ok_or_else(|| Error::new(ErrorKind::Internal, "the upload session cannot be read"))?,
            None => {
                self.source.check_whole()?;
                let started = calls.start(context)?;
                let session = Session { part_sizes: vec![plan.part_size()], answer: started.to_value() };
                self.checkpoint.record(Record::Session(session));
                started
            }
        };
        let call = calls.of(&started);
        let sender = PartSender {
            call,
            source: &self.source,
            checkpoint: &self.checkpoint,
            context,
            fell_back: AtomicBool::default(),
        };
        let own;
        let slots = match share.slots {
            Some(of_batch) => of_batch,
            None => {
                own = self.slots();
                &own
            }
        };
        verify_while(context, &recorded, || {
            queue::send_parts(
                context,
                &self.source,
                pending,
                Turns::ahead(slots),
                self.spec.checksums.then_some(digest_ranges),
                share.md5,
                |part, md5, wait| sender.send(part, md5, wait),
            )
        })?;
        self.checkpoint.verified();
        self.source.check_unchanged()?;
        let completion = Completion {
            call,
            source: &self.source,
            checkpoint: &self.checkpoint,
            context,
            joining: self.joining,
        };
        let answer = completion.run().map_err(|e| e.at("complete"))?;
        self.checkpoint.record(Record::Done(answer));
        Ok(())
    }

    /// Whether the service takes no more parts of a session that another process has opened: it may be
    /// complete, though the journal does not say so, for its end was lost. Or whether it refuses to join
    /// parts that it may have joined before, and is to store the file again.
    fn is_over(&self, error: &Error) -> bool {
        error.http_status() == 400
            && match error.step() {
                "upload" | "commit" => self.checkpoint.is_unverified(),
                "complete" => self.checkpoint.is_in_doubt() && self.spec.restart,
                _ => false,
            }
    }
}

fn file_name(path: &str) -> Option<&str> {
    std::path::Path::new(path).file_name().and_then(|name| name.to_str())
}

/// Uploads to Filestack, in journals and tokens.
pub(super) const SERVICE: &str = "filestack";

/// What seals the journals and tokens of the account.
pub(super) fn key(client: &Client) -> Result<SealKey> {
    // A session is at one address of the service, and another client may talk to another.
    SealKey::new(SERVICE, &format!("{} {}", client.apikey(), client.hosts().upload))
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
