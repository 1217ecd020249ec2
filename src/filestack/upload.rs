//! An upload: start, parts, complete (`specs/filestack.md` 3), as a value that can be run again until it is done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::client::Trace;
use super::parts::PartSender;
use super::recipe::Recipe;
use super::request::secrets;
use super::{Client, Filelink, Intelligent, Security, UploadOptions};
use crate::error::{Error, Kind, Result};
use crate::http::{Answer, check_scheme, redact};
use crate::transfer::engine::{self, Job, Observer};
use crate::transfer::lifecycle::{Lifecycle, not_uploaded};
use crate::transfer::plan::Plan;
use crate::transfer::progress::Progress;
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
pub enum Sent {
    /// Stored as a whole; its ETag as the storage gave it.
    Whole(String),
    /// The first bytes are stored as chunks.
    Chunks(u64),
    Committed,
}

/// All there is to know to go on: plain data, changed only when the service has confirmed something.
#[derive(Debug, Default)]
pub struct Session {
    pub started: Option<Started>,
    pub parts: BTreeMap<u32, Sent>,
    /// A part has failed in fallback mode: all that follow are sent the intelligent way.
    pub fell_back: bool,
    pub answer: Option<Value>,
}

/// An upload of one file.
#[derive(Debug)]
pub struct Upload<'a> {
    client: Arc<Client>,
    source: Source<'a>,
    recipe: Recipe,
    life: Lifecycle,
    session: Mutex<Session>,
}

impl<'a> Upload<'a> {
    /// Checks everything that can be checked here; nothing is sent. `name` is the file's name if `options` do not say.
    pub fn new(
        client: &Arc<Client>,
        source: Source<'a>,
        name: Option<&str>,
        options: UploadOptions,
    ) -> Result<Self> {
        Self::with(client, source, Recipe::new(client, options, name)?)
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
        let recipe = Recipe::new(client, options, None)?;
        if size == Some(0) {
            return Err(nothing_to_upload(&recipe));
        }
        Upload::with(client, Source::spool(size, read)?, recipe)
    }

    fn with(client: &Arc<Client>, source: Source<'a>, recipe: Recipe) -> Result<Self> {
        if source.is_empty() {
            return Err(nothing_to_upload(&recipe));
        }
        Ok(Upload {
            client: Arc::clone(client),
            source,
            recipe,
            life: Lifecycle::default(),
            session: Mutex::default(),
        })
    }

    /// Where it stands, and what pauses and cancels it.
    pub fn life(&self) -> &Lifecycle {
        &self.life
    }

    /// Uploads what is not uploaded yet. After a pause or a failure, run it again: what the service has confirmed is not
    /// sent again. Once uploaded, another run has nothing to do.
    pub fn run(&self, observer: Option<Observer<'_>>) -> Result<()> {
        self.life.run(|| self.attempt(observer))
    }

    /// What the service said of the stored file.
    pub fn answer(&self) -> Result<Value> {
        self.session().answer.clone().ok_or_else(not_uploaded)
    }

    pub fn filelink(&self) -> Result<Filelink> {
        Filelink::stored(&self.client, self.recipe.security.clone(), self.answer()?)
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt(&self, observer: Option<Observer<'_>>) -> Result<()> {
        let plan = Plan::for_storage(self.source.len(), self.recipe.part_size);
        let progress = Progress::default();
        progress.expect(self.source.len(), plan.count());
        let bounds = self.client.http().bounds(self.life.control().cancelled(), self.recipe.deadline);
        let job = Job::new(self.life.control(), bounds, &progress);
        engine::attend(&job, observer, || self.work(&job, plan))
            .map_err(|e| redact::error(e, &secrets(self.recipe.security.as_ref())))
            .map_err(|e| e.while_doing(format_args!("cannot upload {}", self.recipe.filename)))
    }

    fn work(&self, job: &Job<'_>, plan: Plan) -> Result<()> {
        self.source.check_unchanged()?;
        job.check()?;
        let trace = Trace::fresh();
        let known = self.session().started.clone();
        let started = match known {
            Some(started) => started,
            None => {
                let started = self.start(job, &trace).map_err(|e| e.at("start"))?;
                self.session().started = Some(started.clone());
                started
            }
        };
        let call = Call { client: &self.client, recipe: &self.recipe, started: &started, trace: &trace };
        let sender = PartSender { call: &call, source: &self.source, session: &self.session, job };
        let mut pending = Vec::new();
        for part in plan.parts() {
            let sent = self.session().parts.get(&part.number).cloned();
            match sent {
                Some(Sent::Whole(_) | Sent::Committed) => {
                    job.progress.moved(part.length);
                    job.progress.stored(part.length);
                    job.progress.part_done();
                }
                _ => pending.push(part),
            }
        }
        let concurrency = self.recipe.concurrency;
        engine::send_parts(job, &self.source, pending, concurrency, self.recipe.checksums, |part, md5| {
            sender.send(part, md5)
        })?;
        self.source.check_unchanged()?;
        let answer = self.complete(job, &call).map_err(|e| e.at("complete"))?;
        self.session().answer = Some(answer);
        Ok(())
    }

    fn start(&self, job: &Job<'_>, trace: &Trace) -> Result<Started> {
        let mut body = Map::new();
        body.insert("apikey".into(), self.client.apikey().into());
        self.describe_file(&mut body);
        if self.recipe.intelligent != Intelligent::Off {
            body.insert("fii".into(), true.into());
        }
        add_security(&mut body, self.recipe.security.as_ref());
        let body = Value::Object(body);
        let base = &self.client.hosts().upload;
        let answer = job.persist(self.client.http().attempts(), || {
            let url = format!("{base}/multipart/start");
            self.client.post(url, self.client.headers(trace), &body, &job.bounds)
        })?;
        let value = answer.json()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let needed = |name: &str| {
            text(name).map(str::to_owned).ok_or_else(|| {
                Error::new(Kind::Protocol, format!("the answer to the start has no {name}"))
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
    fn complete(&self, job: &Job<'_>, call: &Call<'_>) -> Result<Value> {
        let mut body = call.body();
        self.describe_file(&mut body);
        if let Some(tags) = &self.recipe.tags {
            body.insert("upload_tags".into(), tags.clone());
        }
        if let Some(alt) = &self.recipe.alt_text {
            body.insert("alt".into(), alt.as_str().into());
        }
        if self.recipe.intelligent != Intelligent::Off && call.started.intelligent {
            body.insert("fii".into(), true.into());
        }
        let etags: Vec<Value> = self
            .session()
            .parts
            .iter()
            .filter_map(|(number, sent)| match sent {
                Sent::Whole(etag) => Some(json!({"part_number": number, "etag": etag})),
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
            job.check()?;
            match call.post("complete", &body, &job.bounds) {
                Ok(answer) if answer.status == 202 => {
                    if since.elapsed() >= JOINING {
                        return Err(call.still_joining());
                    }
                    pause = (pause + Duration::from_millis(500)).min(Duration::from_secs(2));
                    attempts = self.client.http().attempts();
                    job.bounds.sleep(pause, || job.check().is_err())?;
                }
                Ok(answer) => return self.verified(&answer),
                Err(error) => job.retry(&mut attempts, error)?,
            }
        }
    }

    /// The service's description of the file, if it is proof that the file is stored whole.
    fn verified(&self, answer: &Answer) -> Result<Value> {
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status == 206 {
            let message = "HTTP 206: the service misses parts that it had confirmed";
            return Err(Error::new(Kind::Http, message).with_answer(206, text()));
        }
        let value = answer.json()?;
        if value.get("handle").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Error::new(Kind::Protocol, "the answer to the completion has no handle")
                .with_answer(answer.status, text()));
        }
        let stored = value.get("size").and_then(Value::as_u64);
        let sent = self.source.len();
        if stored.is_some_and(|stored| stored != sent) {
            // Parts that do not add up are no base to go on from.
            *self.session() = Session::default();
            let message = format!("the service stored {} bytes, but {sent} were sent", stored.unwrap_or(0));
            return Err(Error::new(Kind::Integrity, message)
                .with_answer(answer.status, text())
                .with_retryable(true));
        }
        Ok(value)
    }

    fn describe_file(&self, body: &mut Map<String, Value>) {
        body.insert("filename".into(), self.recipe.filename.as_str().into());
        body.insert("mimetype".into(), self.recipe.mimetype.as_str().into());
        body.insert("size".into(), self.source.len().into());
        body.insert("store".into(), self.recipe.store.clone());
    }
}

/// What the calls of one started upload have in common.
pub struct Call<'a> {
    pub client: &'a Client,
    pub recipe: &'a Recipe,
    pub started: &'a Started,
    pub trace: &'a Trace,
}

impl Call<'_> {
    /// The fields that every call after the start carries.
    pub fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let Started { uri, region, upload_id, .. } = self.started;
        for (name, value) in
            [("apikey", self.client.apikey()), ("uri", uri), ("region", region), ("upload_id", upload_id)]
        {
            body.insert(name.into(), value.into());
        }
        add_security(&mut body, self.recipe.security.as_ref());
        body
    }

    pub fn post(
        &self,
        step: &'static str,
        body: &Value,
        bounds: &Arc<crate::http::Bounds>,
    ) -> Result<Answer> {
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
        Error::new(Kind::NotReady, message).with_retryable(true)
    }
}

fn nothing_to_upload(recipe: &Recipe) -> Error {
    let name = &recipe.filename;
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
