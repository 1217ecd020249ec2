//! Uploads by a session (`specs/telestream.md` 4): parts side by side, or one range after the other as the
//! older protocol does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::call::{Body, Call, unusable};
use super::params;
use super::resources::{base_name, check_not_empty};
use super::session::{UploadSession, number_of};
use super::{Client, parts, ranges};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, check_header};
use crate::transfer::context::TransferContext;
use crate::transfer::lifecycle::{Lifecycle, not_uploaded};
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::progress::Progress;
use crate::transfer::report::{self, Observer};
use crate::transfer::source::Source;

/// Parts under way at once by default.
const DEFAULT_CONCURRENCY: u32 = 8;

/// The most of them.
const MOST_CONCURRENCY: u32 = 32;

/// How long a cancelled run may take to tell the service, which is part of the second it has to return.
const FAREWELL: Duration = Duration::from_millis(700);

/// How bytes go up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Parts in any order, several at once; ranges where the service offers no parts.
    #[default]
    Parts,
    /// The older one: range after range on one connection.
    Ranges,
}

/// Options of an upload; `None` and the defaults are the usual.
#[derive(Debug, Clone, Default)]
pub struct UploadOptions {
    /// The last element of the path by default.
    pub filename: Option<String>,
    /// 1 to 32; 8 by default, and never more than the service allows.
    pub concurrency: Option<u32>,
    pub protocol: Protocol,
    /// Files that belong to the video, such as subtitles: a JSON object of a path, or a list of paths, for
    /// every tag.
    pub extra_files: Option<String>,
    pub deadline: Option<Duration>,
}

/// An upload of one file and what belongs to it, as a value that can be run again until it is done.
#[derive(Debug)]
pub struct Upload {
    client: Arc<Client>,
    factory_id: Option<String>,
    members: Map<String, Value>,
    /// The video's file first.
    files: Vec<Extra>,
    concurrency: usize,
    protocol: Protocol,
    deadline: Option<Duration>,
    lifecycle: Lifecycle,
    session: Mutex<Option<UploadSession>>,
    video: Mutex<Option<Value>>,
}

/// A file of the upload.
#[derive(Debug)]
struct Extra {
    name: String,
    /// None for the video itself.
    tag: Option<String>,
    source: Source<'static>,
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
        let members = params::members(params_json)?;
        for (name, instead) in OWN {
            if members.contains_key(name) {
                return Err(Error::invalid_argument(format!("params_json: {name} is set by {instead}")));
            }
        }
        let concurrency = options.concurrency.unwrap_or(DEFAULT_CONCURRENCY);
        if !(1..=MOST_CONCURRENCY).contains(&concurrency) {
            return Err(Error::invalid_argument(format!(
                "concurrency is {concurrency}, but must be from 1 to {MOST_CONCURRENCY}"
            )));
        }
        let mut files = vec![file];
        if let Some(extra) = &options.extra_files {
            files.extend(extra_files(extra)?);
        }
        if files.len() > 1 && options.protocol == Protocol::Ranges {
            return Err(Error::invalid_argument("extra_files go up only in parts, not in ranges"));
        }
        let upload = Upload {
            client: Arc::clone(client),
            factory_id: factory_id.map(str::to_owned),
            members,
            files,
            concurrency: usize::try_from(concurrency).unwrap_or(1),
            protocol: options.protocol,
            deadline: options.deadline,
            lifecycle: Lifecycle::default(),
            session: Mutex::default(),
            video: Mutex::default(),
        };
        client.check_has_factory(&upload.opening())?;
        client.prepare(upload.opening())?;
        Ok(upload)
    }

    /// Where it stands, and what pauses and cancels it.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Uploads what is not uploaded yet. After a pause or a failure, run it again: what the service has is
    /// not sent again. A cancelled upload is taken back at the service too.
    pub fn run(&self, observer: Option<Observer<'_>>) -> Result<()> {
        self.lifecycle.run(|| self.attempt(observer).map_err(|error| self.taken_back(error)))
    }

    /// What the service said of the video; JSON's null if it did not say.
    pub fn answer(&self) -> Result<Value> {
        self.video().clone().ok_or_else(not_uploaded)
    }

    fn session(&self) -> MutexGuard<'_, Option<UploadSession>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn video(&self) -> MutexGuard<'_, Option<Value>> {
        self.video.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt(&self, mut observer: Option<Observer<'_>>) -> Result<()> {
        let progress = Progress::default();
        let bounds = self.client.http.bounds(self.lifecycle.control().stop(), self.deadline);
        let context = TransferContext::new(self.lifecycle.control(), bounds, &progress);
        let Some(video) = self.files.first() else { return Ok(()) };
        let run = || {
            report::read_to_size(&context, &mut observer, video.source.feed())?;
            check_not_empty(&video.source, &video.name)?;
            progress.expect(self.files.iter().map(|file| file.source.len()).sum(), 0);
            report::run_with_feed(&context, observer, video.source.feed(), || self.work(&context))
        };
        run().map_err(|error| error.while_doing(format_args!("cannot upload {}", video.name)))
    }

    fn work(&self, context: &TransferContext<'_>) -> Result<()> {
        for file in &self.files {
            file.source.check_unchanged()?;
        }
        let known = self.session().clone();
        let is_new = known.is_none();
        let session = match known {
            Some(session) => session,
            None => {
                self.check_whole()?;
                let session = self.open(context)?;
                *self.session() = Some(session.clone());
                session
            }
        };
        let bytes = self.files.iter().map(|file| file.source.len()).sum();
        context.progress.expect(bytes, session.tracks.iter().map(|track| track.plan.count()).sum());
        let result = if session.parts {
            self.send_tracks(context, &session, is_new)
        } else {
            self.send_ranges(context, &session, is_new)
        };
        let video = result.map_err(|error| {
            if error.http_status() != 404 {
                return error;
            }
            *self.session() = None;
            let gone = self.check_whole().err();
            let then = gone.as_ref().map_or("another run begins anew", |gone| gone.message());
            error
                .map_message(|message| format!("{message}; the upload session is gone: {then}"))
                .with_retryable(gone.is_none())
        })?;
        self.verify(&video)?;
        *self.video() = Some(video);
        Ok(())
    }

    /// Returns an error if a new session cannot get all of the data.
    fn check_whole(&self) -> Result<()> {
        self.files.iter().try_for_each(|file| file.source.check_whole())
    }

    fn send_tracks(
        &self,
        context: &TransferContext<'_>,
        session: &UploadSession,
        is_new: bool,
    ) -> Result<Value> {
        let mut video = session.video.clone();
        let workers = self.concurrency.min(session.max_connections.unwrap_or(usize::MAX));
        for (file, track) in self.files.iter().zip(&session.tracks) {
            let sender = parts::PartSender::new(&self.client, session, track, &file.source, context);
            let told = sender.send(workers, is_new)?;
            // The answer that completes the video's file tells it, and those that complete the others may.
            if video.is_null() && !told.is_null() {
                video = told;
                if let Some(session) = &mut *self.session() {
                    session.video = video.clone();
                }
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
        let sender = ranges::RangeSender { client: &self.client, source: &file.source, context };
        let mut location = session.location.clone();
        let result = sender.send(&mut location, is_new);
        if let Some(session) = &mut *self.session() {
            session.location = location;
        }
        result
    }

    /// Whether the video is as long as its file, where the service says how long it is.
    fn verify(&self, video: &Value) -> Result<()> {
        let sent = self.files.first().map_or(0, |file| file.source.len());
        match video.get("file_size").and_then(number_of) {
            Some(stored) if stored != sent => {
                *self.session() = None;
                let fault = format!("the service stored {stored} bytes, but {sent} were sent");
                let can_start_anew = self.check_whole().is_ok();
                Err(unusable(ErrorKind::Integrity, fault, video).with_retryable(can_start_anew))
            }
            _ => Ok(()),
        }
    }

    /// The request that begins the session.
    fn opening(&self) -> Call<'_> {
        let mut members = self.members.clone();
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
        if self.protocol == Protocol::Parts {
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
            factory_id: self.factory_id.as_deref(),
            body: if has_extra { Body::Json } else { Body::Params },
            ..call
        }
    }

    fn open(&self, context: &TransferContext<'_>) -> Result<UploadSession> {
        let prepared = self.client.prepare(self.opening())?;
        let tags: Vec<(Option<&str>, u64)> =
            self.files.iter().map(|file| (file.tag.as_deref(), file.source.len())).collect();
        let answer = self.client.value(context, &prepared);
        prepared.call.operation.named(answer.and_then(|answer| UploadSession::new(&answer, &tags)))
    }

    /// Tells the service that an upload is over which was cancelled for good. One that was interrupted keeps
    /// its session.
    fn taken_back(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::Cancelled || error.retryable() {
            return error;
        }
        let Some(session) = self.session().take() else { return error };
        let operation = Operation {
            step: "abort",
            doing: "delete the upload session".into(),
            repeat: Repeat::AtMost(2),
            secrets: session.location.secrets.clone(),
            deadline: Some(FAREWELL),
        };
        let result = operation.run(&self.client.http, None, |context| {
            session.location.ask(&self.client, context, session.location.request(Method::DELETE))
        });
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
    ("extra_files", "extra_files_json of the options"),
];

impl Extra {
    fn open(tag: Option<String>, path: &str, name: Option<&str>) -> Result<Self> {
        let source = Source::open(path)?;
        check_not_empty(&source, path)?;
        let name = match name {
            Some("") => {
                return Err(Error::invalid_argument("filename is empty; leave it NULL for the file's own"));
            }
            Some(name) => name,
            None => base_name(path)?,
        };
        Ok(Extra { name: name.to_owned(), tag, source })
    }

    /// The service must be told a name, and takes the extension of the video from it.
    fn unnamed(source: Source<'static>, name: Option<&str>) -> Result<Self> {
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
            Error::invalid_argument("filename is missing: data without a path has no name of its own")
        })?;
        if source.feed().is_none_or(|feed| feed.size() == Some(0)) {
            check_not_empty(&source, name)?;
        }
        Ok(Extra { name: name.to_owned(), tag: None, source })
    }
}

/// `{"subtitles": ["a.srt", "b.srt"], "logo": "c.png"}`. Several files under one tag are told apart by a
/// number behind it (`specs/telestream.md` 4.4).
fn extra_files(text: &str) -> Result<Vec<Extra>> {
    let refused = |fault: &str| Error::invalid_argument(format!("extra_files_json {fault}"));
    let members = match serde_json::from_str(text) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err(refused("is not a JSON object of paths by tag")),
        Err(error) => return Err(refused(&format!("is not JSON: {error}"))),
    };
    let mut files = Vec::new();
    for (tag, paths) in members {
        check_header("a tag of extra_files_json", &tag)?;
        let paths = match paths {
            Value::Array(paths) => paths,
            one => vec![one],
        };
        let several = paths.len() > 1;
        for (index, path) in paths.iter().enumerate() {
            let path = path
                .as_str()
                .ok_or_else(|| refused(&format!("has something else than paths under {tag}")))?;
            let tag = if several { format!("{tag}.index-{index}") } else { tag.clone() };
            if tag.is_empty() || tag.bytes().any(|byte| !byte.is_ascii_graphic()) {
                return Err(refused(&format!(
                    "has the tag {tag:?}, which must be of ASCII letters, digits and marks"
                )));
            }
            files.push(Extra::open(Some(tag), path, None)?);
        }
    }
    Ok(files)
}

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
        *upload.session() = Some(UploadSession::new(&answer, &[(None, 4)]).expect("a session"));
        let told = |error: Error| upload.taken_back(error).message().to_owned();
        // An interrupt.
        assert_eq!(told(Error::cancelled().with_retryable(true)), "the call was cancelled");
        assert_eq!(told(Error::new(ErrorKind::Network, "cut")), "cut");
        assert!(upload.session().is_some());
        assert!(
            told(Error::cancelled()).contains("the service was not told: cannot delete the upload session")
        );
        assert!(upload.session().is_none());
        assert!(!format!("{upload:?}").contains("id=1"));
    }
}
