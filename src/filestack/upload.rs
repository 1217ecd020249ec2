//! An upload: start, parts, complete (`specs/filestack.md` 3), as a value that can be run again until it is done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::client::Trace;
use super::parts::PartSender;
use super::request::secrets;
use super::spec::UploadSpec;
use super::{Client, Filelink, Intelligent, Security, UploadOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Response, Secrets, check_scheme};
use crate::transfer::context::TransferContext;
use crate::transfer::lifecycle::{Lifecycle, not_uploaded};
use crate::transfer::plan::Plan;
use crate::transfer::progress::Progress;
use crate::transfer::queue;
use crate::transfer::report::{self, Observer};
use crate::transfer::source::Source;

/// How long the service may take to join the parts (`specs/filestack.md` 3.6).
const JOINING: Duration = Duration::from_secs(600);

/// What the service said at the start.
#[derive(Debug, Clone)]
pub struct Started {
    pub uri: String,
    pub region: String,
    pub upload_id: String,
    /// The base URL of the calls that follow.
    pub base: String,
    pub location_region: Option<String>,
    /// Whether the account has intelligent ingestion.
    pub intelligent: bool,
}

/// How far a part has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartState {
    /// Stored as a whole; its ETag as the storage gave it.
    Whole(String),
    /// The first bytes are stored as chunks.
    Chunks(u64),
    Committed,
}

/// All there is to know to go on: plain data, changed only when the service has confirmed something.
#[derive(Debug, Default)]
pub struct MultipartSession {
    pub started: Option<Started>,
    pub parts: BTreeMap<u32, PartState>,
    /// A part has failed in fallback mode: all that follow are sent the intelligent way.
    pub fell_back: bool,
    pub answer: Option<Value>,
}

/// An upload of one file.
#[derive(Debug)]
pub struct Upload<'a> {
    client: Arc<Client>,
    source: Source<'a>,
    spec: UploadSpec,
    lifecycle: Lifecycle,
    session: Mutex<MultipartSession>,
}

impl<'a> Upload<'a> {
    /// Checks everything that can be checked here; nothing is sent. `name` is the file's name if `options` do not say.
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

    /// An upload of what `read` gives, kept in a temporary file; see [`Source::spool`].
    pub fn of_reader(
        client: &Arc<Client>,
        size: Option<u64>,
        options: UploadOptions,
        read: impl FnMut(&mut [u8]) -> Result<usize>,
    ) -> Result<Upload<'static>> {
        let mut spec = UploadSpec::new(client, options, None)?;
        if size == Some(0) {
            return Err(nothing_to_upload(&spec));
        }
        // The deadline covers the spooling and the run after it.
        let bounds = client.http().bounds(Arc::default(), spec.deadline);
        let source = Source::spool(&bounds, size, read)?;
        spec.deadline = bounds.time_left();
        Upload::with(client, source, spec)
    }

    fn with(client: &Arc<Client>, source: Source<'a>, spec: UploadSpec) -> Result<Self> {
        if source.is_empty() {
            return Err(nothing_to_upload(&spec));
        }
        Ok(Upload {
            client: Arc::clone(client),
            source,
            spec,
            lifecycle: Lifecycle::default(),
            session: Mutex::default(),
        })
    }

    /// Where it stands, and what pauses and cancels it.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Uploads what is not uploaded yet. After a pause or a failure, run it again: what the service has confirmed is not
    /// sent again. Once uploaded, another run has nothing to do.
    pub fn run(&self, observer: Option<Observer<'_>>) -> Result<()> {
        self.lifecycle.run(|| self.attempt(observer))
    }

    /// What the service said of the stored file.
    pub fn answer(&self) -> Result<Value> {
        self.session().answer.clone().ok_or_else(not_uploaded)
    }

    pub fn filelink(&self) -> Result<Filelink> {
        Filelink::stored(&self.client, self.spec.security.clone(), self.answer()?)
    }

    fn session(&self) -> MutexGuard<'_, MultipartSession> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt(&self, observer: Option<Observer<'_>>) -> Result<()> {
        let plan = Plan::for_storage(self.source.len(), self.spec.part_size);
        let progress = Progress::default();
        progress.expect(self.source.len(), plan.count());
        let bounds = self.client.http().bounds(self.lifecycle.control().stop(), self.spec.deadline);
        let context = TransferContext::new(self.lifecycle.control(), bounds, &progress);
        report::run_with_progress(&context, observer, || self.work(&context, plan))
            .map_err(|e| Secrets::new(secrets(self.spec.security.as_ref())).clean_error(e))
            .map_err(|e| e.while_doing(format_args!("cannot upload {}", self.spec.filename)))
    }

    fn work(&self, context: &TransferContext<'_>, plan: Plan) -> Result<()> {
        self.source.check_unchanged()?;
        context.check()?;
        let trace = Trace::fresh();
        let known = self.session().started.clone();
        let started = match known {
            Some(started) => started,
            None => {
                let started = self.start(context, &trace).map_err(|e| e.at("start"))?;
                self.session().started = Some(started.clone());
                started
            }
        };
        let call = MultipartCall { client: &self.client, spec: &self.spec, started: &started, trace: &trace };
        let sender = PartSender { call: &call, source: &self.source, session: &self.session, context };
        let mut pending = Vec::new();
        for part in plan.parts() {
            let sent = self.session().parts.get(&part.number).cloned();
            match sent {
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
        let answer = self.complete(context, &call).map_err(|e| e.at("complete"))?;
        self.session().answer = Some(answer);
        Ok(())
    }

    fn start(&self, context: &TransferContext<'_>, trace: &Trace) -> Result<Started> {
        let mut body = Map::new();
        body.insert("apikey".into(), self.client.apikey().into());
        self.describe_file(&mut body);
        if self.spec.intelligent != Intelligent::Off {
            body.insert("fii".into(), true.into());
        }
        add_security(&mut body, self.spec.security.as_ref());
        let body = Value::Object(body);
        let base = &self.client.hosts().upload;
        let answer = context.retry_until_done(self.client.http().attempts(), || {
            let url = format!("{base}/multipart/start");
            self.client.post(url, self.client.headers(trace), &body, &context.bounds)
        })?;
        let value = answer.json()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let needed = |name: &str| {
            text(name).map(str::to_owned).ok_or_else(|| {
                Error::new(ErrorKind::Protocol, format!("the answer to the start has no {name}"))
                    .with_answer(answer.status, String::from_utf8_lossy(&answer.body).into_owned())
            })
        };
        Ok(Started {
            uri: needed("uri")?,
            region: needed("region")?,
            upload_id: needed("upload_id")?,
            base: location_base(&needed("location_url")?, base)?,
            location_region: text("location_region").map(str::to_owned),
            intelligent: text("upload_type") == Some("intelligent_ingestion"),
        })
    }

    /// Asks for the parts to be joined, until they are.
    fn complete(&self, context: &TransferContext<'_>, call: &MultipartCall<'_>) -> Result<Value> {
        let mut body = call.body();
        self.describe_file(&mut body);
        if let Some(tags) = &self.spec.tags {
            body.insert("upload_tags".into(), tags.clone());
        }
        if let Some(alt) = &self.spec.alt_text {
            body.insert("alt".into(), alt.as_str().into());
        }
        if self.spec.intelligent != Intelligent::Off && call.started.intelligent {
            body.insert("fii".into(), true.into());
        }
        let etags: Vec<Value> = self
            .session()
            .parts
            .iter()
            .filter_map(|(number, sent)| match sent {
                PartState::Whole(etag) => Some(json!({"part_number": number, "etag": etag})),
                _ => None,
            })
            .collect();
        if !etags.is_empty() {
            body.insert("parts".into(), etags.into());
        }
        let body = Value::Object(body);
        let since = Instant::now();
        let mut pause = Duration::ZERO;
        let mut attempts = self.client.http().attempts();
        loop {
            context.check()?;
            match call.post("complete", &body, &context.bounds) {
                Ok(answer) if answer.status == 202 => {
                    if since.elapsed() >= JOINING {
                        return Err(call.still_joining());
                    }
                    pause = (pause + Duration::from_millis(500)).min(Duration::from_secs(2));
                    attempts = self.client.http().attempts();
                    context.bounds.sleep(pause, || context.check().is_err())?;
                }
                Ok(answer) => return self.verified(&answer),
                Err(error) => context.retry(&mut attempts, error)?,
            }
        }
    }

    /// The service's description of the file, if it is proof that the file is stored whole.
    fn verified(&self, answer: &Response) -> Result<Value> {
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status == 206 {
            let message = "HTTP 206: the service misses parts that it had confirmed";
            return Err(Error::new(ErrorKind::Http, message).with_answer(206, text()));
        }
        let value = answer.json()?;
        if value.get("handle").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Error::new(ErrorKind::Protocol, "the answer to the completion has no handle")
                .with_answer(answer.status, text()));
        }
        let stored = value.get("size").and_then(Value::as_u64);
        let sent = self.source.len();
        if stored.is_some_and(|stored| stored != sent) {
            // Parts that do not add up are no base to go on from.
            *self.session() = MultipartSession::default();
            let message = format!("the service stored {} bytes, but {sent} were sent", stored.unwrap_or(0));
            return Err(Error::new(ErrorKind::Integrity, message)
                .with_answer(answer.status, text())
                .with_retryable(true));
        }
        Ok(value)
    }

    fn describe_file(&self, body: &mut Map<String, Value>) {
        body.insert("filename".into(), self.spec.filename.as_str().into());
        body.insert("mimetype".into(), self.spec.mimetype.as_str().into());
        body.insert("size".into(), self.source.len().into());
        body.insert("store".into(), self.spec.store.clone());
    }
}

/// What the calls of one started upload have in common.
pub struct MultipartCall<'a> {
    pub client: &'a Client,
    pub spec: &'a UploadSpec,
    pub started: &'a Started,
    pub trace: &'a Trace,
}

impl MultipartCall<'_> {
    /// The fields that every call after the start carries.
    pub fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let Started { uri, region, upload_id, .. } = self.started;
        for (name, value) in
            [("apikey", self.client.apikey()), ("uri", uri), ("region", region), ("upload_id", upload_id)]
        {
            body.insert(name.into(), value.into());
        }
        add_security(&mut body, self.spec.security.as_ref());
        body
    }

    pub fn post(
        &self,
        step: &'static str,
        body: &Value,
        bounds: &Arc<crate::http::Bounds>,
    ) -> Result<Response> {
        let mut headers = self.client.headers(self.trace);
        if let Some(region) = &self.started.location_region {
            headers.push(("filestack-upload-region".into(), region.clone()));
        }
        let url = format!("{}/multipart/{step}", self.started.base);
        self.client.post(url, headers, body, bounds).map_err(|e| e.at(step))
    }

    fn still_joining(&self) -> Error {
        let Started { uri, upload_id, .. } = self.started;
        let minutes = JOINING.as_secs() / 60;
        let message = format!(
            "all bytes are sent, but the service has not joined the parts within {minutes} minutes (uri {uri}, upload_id {upload_id}); run the upload again to ask on"
        );
        Error::new(ErrorKind::NotReady, message).with_retryable(true)
    }
}

fn nothing_to_upload(spec: &UploadSpec) -> Error {
    let name = &spec.filename;
    Error::invalid_argument(format!(
        "{name} is empty, and the service cannot store an empty file: nothing is uploaded"
    ))
}

fn add_security(body: &mut Map<String, Value>, security: Option<&Security>) {
    if let Some(security) = security {
        body.insert("policy".into(), security.policy_b64().into());
        body.insert("signature".into(), security.signature().into());
    }
}

/// `location_url` is a host, or a base URL of its own (`specs/filestack.md` 3.2).
fn location_base(location: &str, base: &str) -> Result<String> {
    let url = if location.contains("://") {
        location.trim_end_matches('/').to_owned()
    } else {
        let scheme = if base.starts_with("http://") { "http" } else { "https" };
        format!("{scheme}://{}", location.trim_end_matches('/'))
    };
    check_scheme(&url, base)?;
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_host_or_a_base() {
        let base = |location, base| location_base(location, base).ok();
        assert_eq!(base("up.example.com", "https://a").as_deref(), Some("https://up.example.com"));
        assert_eq!(base("127.0.0.1:9", "http://127.0.0.1:9").as_deref(), Some("http://127.0.0.1:9"));
        assert_eq!(base("https://up.example.com/", "https://a").as_deref(), Some("https://up.example.com"));
        assert_eq!(base("http://up.example.com", "https://a"), None);
    }
}
