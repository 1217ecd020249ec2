//! Running a chain: the service does the tasks, the result comes here or is stored (`specs/filestack.md` 5.6–5.12).

use std::sync::Arc;

use crate::http::Method;
use serde_json::Value;

use super::av::Conversion;
use super::request::{Asked, RequestOptions};
use super::store::StoreOptions;
use super::transform::{Transform, TransformSource};
use super::{Client, Filelink, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::transfer::report::Observer;

impl Client {
    /// The URL of a chain, unsigned.
    pub fn chain_url(&self, chain: &Transform) -> String {
        chain.url(&self.hosts().cdn, self.apikey())
    }

    /// The URL of a chain, signed with `security` or else the client's.
    pub fn signed_chain_url(&self, chain: &Transform, security: Option<&Security>) -> Result<String> {
        let security = security.or(self.security()).ok_or_else(|| {
            Error::invalid_argument("security is needed to sign a URL: pass one, or make the client with one")
        })?;
        Ok(chain.signed_url(&self.hosts().cdn, self.apikey(), security))
    }

    /// The URL of a chain in base64 form, signed if there is a security (`specs/filestack.md` 6.4).
    pub fn base64_chain_url(&self, chain: &Transform, security: Option<&Security>) -> String {
        chain.base64_url(&self.hosts().cdn, self.apikey(), security.or(self.security()))
    }

    fn run_url(&self, chain: &Transform, security: Option<&Security>) -> String {
        match security {
            Some(security) => chain.signed_url(&self.hosts().cdn, self.apikey(), security),
            None => self.chain_url(chain),
        }
    }
}

/// Downloads the result of a chain to `path`; how many bytes it has.
pub fn download(
    client: &Arc<Client>,
    chain: &Transform,
    path: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<u64> {
    asked(client, chain, options).download(path, observer)
}

/// The result of a chain in memory, at most 1 GiB.
pub fn content(
    client: &Arc<Client>,
    chain: &Transform,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Vec<u8>> {
    asked(client, chain, options).content(observer)
}

/// Hands the result of a chain to `write`, piece by piece; how many bytes it has.
pub fn stream(
    client: &Arc<Client>,
    chain: &Transform,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    asked(client, chain, options).stream(observer, write)
}

/// The result of a chain whose last task answers with JSON: tags, sfw, ocr, imagesize, …
pub fn json(
    client: &Arc<Client>,
    chain: &Transform,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    asked(client, chain, options).json(observer)
}

/// Stores the result of a chain as a new file. The chain stays as it is.
pub fn store(
    client: &Arc<Client>,
    chain: &Transform,
    options: &StoreOptions,
    observer: Option<Observer<'_>>,
) -> Result<Filelink> {
    let mut chain = chain.clone();
    let params = Value::Object(options.params()?).to_string();
    chain.add_json("store", Some(&params))?;
    let mut asked = asked(client, &chain, &options.request);
    asked.step = "store";
    asked.doing = format!("store the result of {}", shown(&chain));
    asked.method = Method::POST;
    let answer = asked.json(observer)?;
    let security = options.request.security.as_ref().or(client.security());
    asked.named(Filelink::stored(client, security.cloned(), answer))
}

/// Starts the conversion of audio or video: adds `video_convert` with `params_json`, and asks for the result.
pub fn av_convert(
    client: &Arc<Client>,
    chain: &Transform,
    params_json: Option<&str>,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Conversion> {
    let mut chain = chain.clone();
    chain.add_json("video_convert", params_json)?;
    let security = options.security.as_ref().or(client.security());
    Conversion::start(client, client.run_url(&chain, security), client.chain_url(&chain), options, observer)
}

/// Downloads several files as one archive to `path`; how many bytes it has. `sources` are handles and URLs, 1 to 100.
pub fn zip(
    client: &Arc<Client>,
    sources: &[&str],
    path: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<u64> {
    const MOST: usize = 100;
    if sources.len() > MOST {
        let text = format!("count is {}, but an archive holds at most {MOST} files", sources.len());
        return Err(Error::invalid_argument(text));
    }
    let mut chain = Transform::new(TransformSource::list(sources)?);
    chain.add("zip", None)?;
    let mut asked = asked(client, &chain, options);
    let first: Vec<String> = sources.iter().take(3).map(|source| shown_source(source)).collect();
    let more = if sources.len() > first.len() { ", …" } else { "" };
    asked.doing = format!("zip {}{more}", first.join(", "));
    asked.download(path, observer)
}

/// A chain that starts with a screenshot of the page at `url`.
pub fn screenshot(url: &str, params: Option<&str>) -> Result<Transform> {
    super::store::check_url(url)?;
    let mut chain = Transform::new(TransformSource::parse(url)?);
    chain.add("urlscreenshot", params)?;
    Ok(chain)
}

/// Runs a workflow on a file; the job, with its `jobid`.
pub fn workflow_run(
    client: &Arc<Client>,
    workflow: &str,
    source: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    workflow_task(client, "run_workflow", "id", workflow, TransformSource::parse(source)?, options, observer)
}

/// How far a workflow's job has come.
pub fn workflow_status(
    client: &Arc<Client>,
    job: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    workflow_task(client, "workflow_status", "job_id", job, TransformSource::none(), options, observer)
}

fn workflow_task(
    client: &Arc<Client>,
    task: &'static str,
    param: &str,
    id: &str,
    source: TransformSource,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    let mut chain = Transform::new(source);
    chain.add_json(task, Some(&serde_json::json!({ param: id }).to_string()))?;
    let mut asked = asked(client, &chain, options);
    asked.step = task;
    asked.json(observer)
}

fn asked<'a>(client: &'a Arc<Client>, chain: &Transform, options: &'a RequestOptions) -> Asked<'a> {
    let security = options.security.as_ref().or(client.security());
    Asked {
        client,
        step: "transform",
        doing: format!("get the result of {}", shown(chain)),
        method: Method::GET,
        url: client.run_url(chain, security),
        body: None,
        form: None,
        security,
        deadline: options.deadline,
    }
}

/// What errors call a chain.
fn shown(chain: &Transform) -> String {
    let tasks: Vec<String> =
        chain.tasks().iter().filter_map(|task| Some(task.get("name")?.as_str()?.to_owned())).collect();
    let source = shown_source(chain.source());
    if tasks.is_empty() { source } else { format!("{} of {source}", tasks.join("/")) }
}

fn shown_source(source: &str) -> String {
    if source.starts_with('[') {
        "several files".to_owned()
    } else if source.contains("://") {
        crate::http::redact::url(source)
    } else {
        source.to_owned()
    }
}

/// An answer that should have had something.
pub(super) fn incomplete(answer: &Value, what: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("the answer has no {what}")).with_answer(200, answer.to_string())
}
