//! Uploads by a session (`specs/telestream.md` 4): parts side by side, or one range after the other as the
//! older protocol does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::call::{Body, Call, unusable};
use super::client::Auth;
use super::files::{Extra, extra_files};
use super::location::Location;
use super::params;
use super::requested::{Named, Protocol, Requested, SERVICE, unreadable};
use super::resources::check_not_empty;
use super::session::{UploadSession, is_forgotten, is_unproven, number_of};
use super::{Client, parts, ranges};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Method;
use crate::transfer::checkpoint::{
    Checkpoint, Record, SealKey, Session, UploadedFile, absolute, check_can_move, check_has_file,
};
use crate::transfer::context::TransferContext;
use crate::transfer::control::Control;
use crate::transfer::lifecycle::{Lifecycle, not_uploaded};
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::progress::Progress;
use crate::transfer::report::{self, Observer};
use crate::transfer::slots::{MOST, Slots, check_concurrency};
use crate::transfer::source::Source;
use crate::transfer::verify::{Recorded, verify, verify_while};

/// How long a cancelled run may take to tell the service, which is part of the second it has to return.
const FAREWELL: Duration = Duration::from_millis(700);

/// Options of an upload. Each default is the usual choice.
#[derive(Debug, Clone, Default)]
pub struct UploadOptions {
    /// The last element of the path by default.
    pub filename: Option<String>,
    /// How many parts are sent at once, 1 to 64, and never more than the service allows; 0: what suits the
    /// line.
    pub concurrency: u32,
    /// The most bytes a second of all connections together; 0: no limit.
    pub bytes_per_second: u64,
    pub protocol: Protocol,
    /// Files that belong to the video, such as subtitles: a JSON object of a path, or a list of paths, for
    /// every tag.
    pub extra_files: Option<String>,
    pub deadline: Option<Duration>,
    /// A folder that keeps what the upload needs to go on after the process has ended.
    pub journal_dir: Option<String>,
    /// Whether an upload starts anew whose outcome cannot be known.
    pub restart: bool,
}

/// An upload of one file and what belongs to it, as a value that can be run again until it is done.
#[derive(Debug)]
pub struct Upload {
    client: Arc<Client>,
    request: Requested,
    /// The video's file first.
    files: Vec<Extra>,
    concurrency: u32,
    deadline: Option<Duration>,
    journal_dir: Option<String>,
    restart: bool,
    lifecycle: Lifecycle,
    checkpoint: Checkpoint,
}

/// The most files of an upload: a journal counts them in 16 bits.
const MOST_FILES: usize = 1000;

/// What seals the journals and tokens of the account.
fn key(client: &Client) -> Result<SealKey> {
    let secret = match &client.auth {
        Auth::Signed(signer) => &signer.derived("ferry upload state"),
        Auth::ApiKey(key) => key,
    };
    // A session is at one address of the service, and another client may talk to another.
    SealKey::new(SERVICE, &format!("{secret} {}", client.root))
}

/// The error of an answer that opens a session, and cannot be read. What opens it may stand anywhere in it.
fn not_shown(error: &Error) -> Error {
    let message =
        "the answer is not JSON that can be read; it is not shown, for it may tell where the session is";
    Error::new(error.kind(), message).with_answer(error.http_status(), String::new())
}

/// The last bytes may have arrived, and nobody can go on with the session.
fn outcome_unknown(error: Error) -> Error {
    let message = "nobody can go on with the upload session, and the last bytes may have arrived: the video \
                   may exist already. Look for it first; with restart it is uploaded again";
    Error::new(ErrorKind::NotReady, message).with_answer(error.http_status(), error.body().to_owned())
}

impl Upload {
    /// Opens the files and checks everything that can be checked here; nothing is sent. `params_json` is a
    /// JSON object of what the video shall have: `profiles`, `path_format`, `payload` and so on
    /// (`specs/telestream.md` 3.4).
    pub fn new(
        client: &Arc<Client>,
        factory_id: Option<&str>,
        path: &str,
        params_json: Option<&str>,
        options: UploadOptions,
    ) -> Result<Self> {
        let file = Extra::open(None, path, options.filename.as_deref())?;
        Self::with(client, factory_id, file, params_json, options)
    }

    /// The same for data that has no file ([`Source::Bytes`], [`Source::of_reader`]), so that it has no name
    /// either: `filename` is needed.
    pub fn of_source(
        client: &Arc<Client>,
        factory_id: Option<&str>,
        source: Source<'static>,
        params_json: Option<&str>,
        options: UploadOptions,
    ) -> Result<Self> {
        check_has_file(options.journal_dir.as_deref())?;
        let file = Extra::unnamed(source, options.filename.as_deref())?;
        Self::with(client, factory_id, file, params_json, options)
    }

    fn with(
        client: &Arc<Client>,
        factory_id: Option<&str>,
        file: Extra,
        params_json: Option<&str>,
        options: UploadOptions,
    ) -> Result<Self> {
        let mut members = params::members(params_json)?;
        for (name, instead) in OWN {
            if members.contains_key(name) {
                return Err(Error::invalid_argument(format!("params: {name} is set by {instead}")));
            }
        }
        let mut files = vec![file];
        if let Some(extra) = &options.extra_files {
            files.extend(extra_files(extra)?);
        }
        if files.len() > MOST_FILES {
            return Err(Error::invalid_argument(format!("extra_files are more than {MOST_FILES}")));
        }
        if files.len() > 1 && options.protocol == Protocol::Ranges {
            return Err(Error::invalid_argument("extra_files go up only in parts, not in ranges"));
        }
        let factory_id = client.factory_of(factory_id, &members)?;
        if factory_id.is_some() {
            members.shift_remove("factory_id");
        }
        let request = Requested { factory_id, members, protocol: options.protocol };
        let uploaded = files.iter().map(|file| UploadedFile::new(&file.path, &file.source));
        let uploaded = uploaded.collect::<Result<Vec<_>>>()?;
        let checkpoint = Checkpoint::new(key(client)?, SERVICE, uploaded, request.to_value(&files));
        let upload = Upload::made(client, request, files, options, checkpoint)?;
        client.check_has_factory(&upload.opening())?;
        client.prepare(upload.opening())?;
        Ok(upload)
    }

    /// The upload of a token, of the file at `path`. `extra_files` of the options say where the other files
    /// are now, if they have moved; `filename` and `protocol` are the token's.
    pub fn resume(client: &Arc<Client>, path: &str, token: &str, options: UploadOptions) -> Result<Self> {
        if options.filename.is_some() || options.protocol != Protocol::default() {
            return Err(Error::invalid_argument(
                "the token says what is uploaded and how: options may not set filename and protocol",
            ));
        }
        let checkpoint = Checkpoint::from_token(key(client)?, SERVICE, token)?;
        let (request, known) = Requested::of_intent(&checkpoint.intent())?;
        let main = known.first().ok_or_else(unreadable)?;
        let mut files = vec![Extra::open(None, path, Some(&main.name))?];
        match &options.extra_files {
            Some(extra) => files.extend(extra_files(extra)?),
            None => {
                for Named { name, tag, path } in known.iter().skip(1) {
                    files.push(Extra::open(tag.clone(), path, Some(name))?);
                }
            }
        }
        if !files.iter().map(|file| &file.tag).eq(known.iter().map(|file| &file.tag)) {
            return Err(Error::invalid_argument("extra_files does not have the tags of the token's files"));
        }
        let sources: Vec<(&str, &Source<'_>)> =
            files.iter().map(|file| (file.path.as_str(), &file.source)).collect();
        checkpoint.take_files(&sources)?;
        let upload = Upload::made(client, request, files, options, checkpoint)?;
        if upload.checkpoint.session().is_some() && upload.session().is_none() {
            return Err(unreadable());
        }
        Ok(upload)
    }

    fn made(
        client: &Arc<Client>,
        request: Requested,
        files: Vec<Extra>,
        options: UploadOptions,
        checkpoint: Checkpoint,
    ) -> Result<Self> {
        check_concurrency(options.concurrency)?;
        let lifecycle = Lifecycle::default();
        lifecycle.control().limit(options.bytes_per_second);
        Ok(Upload {
            client: Arc::clone(client),
            request,
            files,
            concurrency: options.concurrency,
            deadline: options.deadline,
            journal_dir: options.journal_dir.as_deref().map(absolute).transpose()?,
            restart: options.restart,
            lifecycle,
            checkpoint,
        })
    }

    /// Where it stands, and what pauses and cancels it.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Uploads what is not uploaded yet. After a pause or a failure, run it again: what the service has is
    /// not sent again. A cancelled upload is taken back at the service too.
    pub fn run(&self, observer: Option<Observer<'_>>) -> Result<()> {
        let taken_back = |error| {
            let error = self.taken_back(error);
            self.checkpoint.abandon(self.journal_dir.as_deref());
            error
        };
        self.lifecycle.run_to_end(|| self.attempt(observer), taken_back)
    }

    /// What the service said of the video; JSON's null if it did not say.
    pub fn answer(&self) -> Result<Value> {
        self.checkpoint.answer().ok_or_else(not_uploaded)
    }

    /// The text with which another process goes on ([`Upload::resume`]). `InvalidState` after a cancel.
    pub fn token(&self) -> Result<String> {
        self.lifecycle.check_not_aborted()?;
        self.files.iter().try_for_each(|file| check_can_move(&file.source))?;
        self.checkpoint.token()
    }

    fn session(&self) -> Option<UploadSession> {
        self.checkpoint
            .session()
            .and_then(|session| self.understood(&session))
            .map(|known| self.hiding(known))
    }

    /// A session whose requests do not show the secrets of the account and of the parameters either.
    fn hiding(&self, session: UploadSession) -> UploadSession {
        let parameters = params::secrets(&self.request.members);
        let location = session.location.clone().beside(&self.client.secrets.with_decoded(parameters));
        UploadSession { location, ..session }
    }

    fn understood(&self, session: &Session) -> Option<UploadSession> {
        let sizes: Vec<u64> = self.files.iter().map(|file| file.source.len()).collect();
        UploadSession::from_session(session, &sizes)
    }

    fn attempt(&self, mut observer: Option<Observer<'_>>) -> Result<()> {
        let progress = Progress::default();
        let control = self.lifecycle.control();
        let bounds = self.client.http.paced_bounds(control.stop(), self.deadline, [control.pace()]);
        let context = TransferContext::new(control, bounds, &progress);
        let Some(video) = self.files.first() else { return Ok(()) };
        let work = || {
            self.checkpoint.go_on(
                self.journal_dir.as_deref(),
                &context,
                &|error| is_forgotten(error) || is_unproven(error),
                &|| self.check_whole(),
                &|context| self.transfer(context),
            )
        };
        let run = || {
            report::read_to_size(&context, &mut observer, video.source.feed())?;
            check_not_empty(&video.source, &video.name)?;
            progress.expect(self.length(), 0);
            report::run_with_feed(&context, observer, video.source.feed(), work)
        };
        run().map_err(|error| error.while_doing(format_args!("cannot upload {}", video.name)))
    }

    /// Goes on with the upload, or begins it.
    fn transfer(&self, context: &TransferContext<'_>) -> Result<()> {
        for file in &self.files {
            file.source.check_unchanged()?;
        }
        let known = self.session();
        let is_new = known.is_none();
        let session = match known {
            Some(session) => session,
            None => {
                self.check_whole()?;
                let session = self.hiding(self.open(context)?);
                self.checkpoint.record(Record::Session(session.to_session()));
                session
            }
        };
        context.progress.expect(self.length(), session.tracks.iter().map(|track| track.plan.count()).sum());
        let recorded = self.files.iter().zip(&session.tracks).zip(0..);
        let recorded: Vec<Recorded<'_>> = recorded
            .map(|((file, track), index)| (&file.source, self.checkpoint.unverified(index, track.plan)))
            .collect();
        if self.checkpoint.is_finished() {
            verify(context, &recorded)?;
            self.checkpoint.verified();
            return Ok(());
        }
        let sent = verify_while(context, &recorded, || match session.parts {
            true => self.send_tracks(context, &session, is_new),
            false => self.send_ranges(context, &session, is_new),
        });
        let video = sent.map_err(|error| match self.may_be_video(&error) {
            true if !self.restart => outcome_unknown(error),
            _ => error,
        })?;
        self.checkpoint.verified();
        self.verify(&video).map_err(|error| session.location.secrets.clean_error(error))?;
        self.checkpoint.record(Record::Done(video));
        Ok(())
    }

    /// Whether the service may have made the video of a session from which an error lets nobody go on.
    fn may_be_video(&self, error: &Error) -> bool {
        let is_told = self.session().is_some_and(|session| !session.video.is_null());
        (is_told || self.checkpoint.is_in_doubt()) && (is_forgotten(error) || is_unproven(error))
    }

    /// Bytes of all files. What a reader announces may be any number.
    fn length(&self) -> u64 {
        self.files.iter().map(|file| file.source.len()).fold(0, u64::saturating_add)
    }

    /// Returns an error if a new session cannot get all of the data.
    fn check_whole(&self) -> Result<()> {
        self.files.iter().try_for_each(|file| file.source.check_whole())
    }

    /// Records what has become known of the session.
    fn change(&self, change: impl FnOnce(&mut UploadSession)) {
        self.checkpoint.change_session(|known| {
            let mut session = self.understood(known)?;
            change(&mut session);
            session.version += 1;
            Some(session.to_session())
        });
    }

    fn send_tracks(
        &self,
        context: &TransferContext<'_>,
        session: &UploadSession,
        is_new: bool,
    ) -> Result<Value> {
        let mut video = session.video.clone();
        let most = session.max_connections.unwrap_or(usize::MAX).min(MOST as usize);
        let slots = Slots::new(self.concurrency, most, self.client.http.round_trip());
        let told = |video: &Value| {
            self.change(|session| {
                if session.video.is_null() {
                    session.video.clone_from(video);
                }
            });
        };
        for ((file, track), index) in self.files.iter().zip(&session.tracks).zip(0..) {
            let sender = parts::PartSender {
                client: &self.client,
                session,
                track,
                file: index,
                source: &file.source,
                context,
                checkpoint: &self.checkpoint,
                told: &told,
                counted: Mutex::default(),
            };
            if index == 0 && !video.is_null() {
                sender.count_all();
                continue;
            }
            context.stragglers.begin_file();
            // The answer that completes the video's file tells it, and those that complete the others may.
            let other = sender.send(&slots, is_new)?;
            if video.is_null() {
                video = other;
            }
        }
        Ok(video)
    }

    fn send_ranges(
        &self,
        context: &TransferContext<'_>,
        session: &UploadSession,
        is_new: bool,
    ) -> Result<Value> {
        let Some(file) = self.files.first() else { return Ok(Value::Null) };
        let sender = ranges::RangeSender {
            client: &self.client,
            source: &file.source,
            context,
            checkpoint: &self.checkpoint,
        };
        let moved = |location: &Location| {
            self.change(|session| session.location = location.clone());
            self.checkpoint.sync();
        };
        sender.send(session.location.clone(), is_new, moved)
    }

    /// Whether the video is as long as its file, where the service says how long it is.
    fn verify(&self, video: &Value) -> Result<()> {
        let sent = self.files.first().map_or(0, |file| file.source.len());
        match video.get("file_size").and_then(number_of) {
            Some(stored) if stored != sent => {
                self.checkpoint.record(Record::Reset);
                let fault = format!("the service stored {stored} bytes, but {sent} were sent");
                let can_start_anew = self.check_whole().is_ok();
                Err(unusable(ErrorKind::Integrity, fault, video).with_retryable(can_start_anew))
            }
            _ => Ok(()),
        }
    }

    /// The request that begins the session.
    fn opening(&self) -> Call<'_> {
        let mut members = self.request.members.clone();
        let mut extra = Vec::new();
        for file in &self.files {
            let (name, size) = (file.name.as_str(), file.source.len());
            match &file.tag {
                None => {
                    members.insert("file_name".into(), name.into());
                    members.insert("file_size".into(), size.into());
                }
                Some(tag) => extra.push(json!({"tag": tag, "file_name": name, "file_size": size})),
            }
        }
        if self.request.protocol == Protocol::Parts {
            members.insert("multi_chunk".into(), true.into());
        }
        let has_extra = !extra.is_empty();
        if has_extra {
            members.insert("extra_files".into(), extra.into());
        }
        let path = "/videos/upload.json".into();
        let call = Call::new(&self.client, Method::POST, "session", "begin an upload session".into(), path);
        Call {
            // The service forgets a session that nobody uses.
            operation: Operation { repeat: Repeat::Idempotent, ..call.operation },
            members,
            factory_id: self.request.factory_id.as_deref(),
            body: if has_extra { Body::Json } else { Body::Params },
            ..call
        }
    }

    fn open(&self, context: &TransferContext<'_>) -> Result<UploadSession> {
        let prepared = self.client.prepare(self.opening())?;
        let tags: Vec<(Option<&str>, u64)> =
            self.files.iter().map(|file| (file.tag.as_deref(), file.source.len())).collect();
        let answer = self.client.ask(context, &prepared);
        let answer = answer.and_then(|answer| answer.json().map_err(|error| not_shown(&error)));
        prepared.call.operation.named(answer.and_then(|answer| UploadSession::new(&answer, &tags)))
    }

    /// Tells the service that an upload is over which was cancelled for good. One that was interrupted keeps
    /// its session.
    fn taken_back(&self, error: Error) -> Error {
        if !self.lifecycle.control().is_cancelled() {
            return error;
        }
        self.checkpoint.take_up(self.journal_dir.as_deref());
        let Some(session) = self.session() else { return error };
        self.checkpoint.record(Record::Reset);
        let operation = Operation {
            step: "abort",
            doing: "delete the upload session".into(),
            repeat: Repeat::AtMost(2),
            secrets: session.location.secrets.clone(),
            deadline: Some(FAREWELL),
        };
        let (control, progress) = (Control::default(), Progress::default());
        let bounds = self.client.http.unpaced_bounds(control.stop(), FAREWELL);
        let context = TransferContext::new(&control, bounds, &progress);
        let ask = |attempt| {
            let request = session.location.request(Method::DELETE, attempt);
            session.location.ask(&self.client, &context.bounds, request)
        };
        let work = || operation.retry(&self.client.http, &context, ask);
        let result = operation.named(report::run_with_progress(&context, None, work));
        match result {
            Ok(_) => error,
            Err(cause) if cause.http_status() == 404 => error,
            Err(cause) => error
                .map_message(|message| format!("{message}; the service was not told: {}", cause.message())),
        }
    }
}

/// Parameters that say what the upload itself knows, and what sets them.
const OWN: [(&str, &str); 5] = [
    ("file", "path"),
    ("file_name", "filename of the options"),
    ("file_size", "the file"),
    ("multi_chunk", "protocol of the options"),
    ("extra_files", "extra_files of the options"),
];

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::super::ClientOptions;
    use super::*;

    /// Nobody listens, so a request that is sent makes the message longer.
    #[test]
    fn only_an_upload_that_was_cancelled_for_good_is_taken_back() {
        let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let options = ClientOptions {
            base_url: Some(format!("http://{address}")),
            factory_id: Some("F".into()),
            ..Default::default()
        };
        let client = Client::new("access", "secret", options).expect("a client");
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"film").expect("written");
        let path = file.path().to_str().expect("UTF-8");
        let upload = Upload::new(&client, None, path, None, UploadOptions::default()).expect("an upload");
        let answer = json!({"location": format!("http://{address}/?id=1"), "parts": 1, "part_size": 4});
        let session = UploadSession::new(&answer, &[(None, 4)]).expect("a session");
        upload.checkpoint.record(Record::Session(session.to_session()));
        let told = |error: Error| upload.taken_back(error).message().to_owned();
        // An interrupt, and one that was ended because another one had failed. Later, whatever comes first.
        assert_eq!(told(Error::cancelled().with_retryable(true)), "the call was cancelled");
        assert_eq!(told(Error::cancelled()), "the call was cancelled");
        assert_eq!(told(Error::new(ErrorKind::Network, "cut")), "cut");
        assert!(upload.session().is_some());
        upload.lifecycle().control().cancel();
        assert!(
            told(Error::new(ErrorKind::Network, "cut")).contains("the service was not told: cannot delete")
        );
        assert!(upload.session().is_none());
        assert!(!format!("{upload:?}").contains("id=1"));
    }
}
