//! One request from its head to its answer: journal, fault, work.

mod echo;
mod flip;
mod put;
mod substitute;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, ORIGIN, RANGE};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use serde_json::Value;
use tokio::time::sleep;

use crate::connection::Line;
use crate::control;
use crate::cors;
use crate::fault::{Action, Subject};
use crate::filestack::chain::Chain;
use crate::filestack::order::Order;
use crate::filestack::overwrite::{self, Overwrite};
use crate::filestack::payload::Payload;
use crate::filestack::store_api::{self, StoreApi};
use crate::filestack::upload::{self, Call};
use crate::filestack::{delivery, metadata, prefetch, process, processing, removal};
use crate::form;
use crate::intake::Intake;
use crate::journal::Entry;
use crate::mask;
use crate::origin::Origin;
use crate::outflow::Outflow;
use crate::query::Query;
use crate::receipt;
use crate::reply::{self, BodyError, Reply};
use crate::route::Route;
use crate::state::State;
use substitute::{decorate, substitute};

/// JSON bodies are small; 10,000 parts with their etags need about 1 MiB.
const LARGEST_JSON: usize = 8 * 1024 * 1024;
/// A file that comes whole.
const LARGEST_FILE: usize = 1024 * 1024 * 1024;

/// How a client reached the cloud.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) scheme: &'static str,
    pub(crate) line: Arc<Line>,
}

/// Answers a request; an error closes the connection without an answer.
pub(crate) async fn handle(
    state: Arc<State>,
    door: Door,
    request: Request<Incoming>,
) -> Result<Reply, BodyError> {
    let (parts, body) = request.into_parts();
    let is_foreign = parts.headers.contains_key(ORIGIN);
    let path = parts.uri.path().to_owned();
    if let Some(name) = control::name(&path) {
        let body = Limited::new(body, LARGEST_JSON).collect().await?.to_bytes();
        return Ok(control::answer(&state, &parts, name, &body).await);
    }
    let route = Route::of(&parts.method, &path, &parts.headers);
    let masked = mask::path(&path, parts.uri.query());
    let entry = state.journal.open(route.class(), parts.method.as_str(), masked, door.scheme, &parts.headers);
    let visit =
        Visit { state, door, entry, route, query: Query::parse(parts.uri.query().unwrap_or("")), parts };
    // The work goes on when the client hangs up half-way, as it does at a real service.
    let entry = Arc::clone(&visit.entry);
    let work = tokio::spawn(async move {
        let result = visit.run(body).await;
        entry.finish(result.as_ref().ok().map(|reply| reply.status().as_u16()));
        result
    });
    let mut reply = work.await??;
    // Only here while the client is: who hangs up ends this, not the work.
    receipt::sign(&mut reply);
    if is_foreign {
        cors::allow(&mut reply);
    }
    Ok(reply)
}

struct Visit {
    state: Arc<State>,
    door: Door,
    entry: Arc<Entry>,
    route: Route,
    query: Query,
    parts: Parts,
}

impl Visit {
    async fn run(self, body: Incoming) -> Result<Reply, BodyError> {
        match &self.route {
            Route::Put => return self.store(body).await,
            Route::Flip(place) => return self.flip(place, body).await,
            _ => {}
        }
        let bytes = self.read(body).await?;
        let json = self.describe(&bytes);
        let fault = self.choose(&json);
        if let Some(action) = &fault {
            self.disturb(action).await?;
            if action.replaces_answer() {
                return Ok(self.dress(self.replacement(action, &bytes), action));
            }
            if action.accepted && matches!(self.route, Route::Complete) {
                return Ok(self.dress(upload::accepted(), action));
            }
        }
        let reply = self.work(json.as_ref(), bytes, fault.as_ref()).await;
        self.leave(reply, fault.as_ref()).await
    }

    /// Faults before a body is streamed: gives it back, or the answer that comes in place of the work.
    async fn forestall(
        &self,
        mut intake: Intake,
        fault: Option<&Action>,
    ) -> Result<Result<Intake, Reply>, BodyError> {
        let Some(action) = fault else { return Ok(Ok(intake)) };
        if let (Some(ms), None) = (action.stall_ms, action.stall_after) {
            return self.stall(ms).await.map(Err);
        }
        if !action.replaces_answer() {
            return Ok(Ok(intake));
        }
        let body = if action.early { Vec::new() } else { echo::head(&mut intake).await? };
        Ok(Err(self.dress(self.replacement(action, &body), action)))
    }

    /// The answer that a fault gives in place of the work's.
    fn replacement(&self, action: &Action, body: &[u8]) -> Reply {
        if action.echo {
            return echo::echo(action, &self.parts, body);
        }
        let (Some(target), Some(origins)) = (&action.redirect, self.state.origins.get()) else {
            return substitute(action);
        };
        let path = self.parts.uri.path_and_query().map_or("/", |path| path.as_str());
        substitute(&Action { redirect: Some(origins.expand(target, path)), ..action.clone() })
    }

    async fn read(&self, body: Incoming) -> Result<Bytes, BodyError> {
        let most = if self.route.takes_file() { LARGEST_FILE } else { LARGEST_JSON };
        let bytes = Limited::new(body, most).collect().await?.to_bytes();
        self.entry.add_received(bytes.len() as u64);
        Ok(bytes)
    }

    /// Notes what a body is about, JSON or a form of the upload API; `None` if it is neither.
    fn describe(&self, bytes: &Bytes) -> Option<Value> {
        if let Some(handle) = self.route.handle() {
            self.entry.set_handle(handle);
        }
        if self.route.takes_file() {
            return None; // it may be JSON, but it is not for the journal
        }
        let form = if self.route.takes_form() { form::texts(self.header(CONTENT_TYPE), bytes) } else { None };
        let (json, shown) = match form {
            Some(form) => {
                let json = upload::from_form(&form, &self.query);
                (json.clone(), upload::without_secrets(json))
            }
            None => {
                let json: Value = serde_json::from_slice(bytes).ok()?;
                (json.clone(), json)
            }
        };
        let number = |name: &str| json.get(name).and_then(Value::as_u64);
        self.entry.set_place(number("part"), number("offset"), number("size"));
        self.entry.set_body(shown);
        Some(json)
    }

    fn choose(&self, json: &Option<Value>) -> Option<Action> {
        let field = |name: &str| json.as_ref().and_then(|json| json.get(name));
        let text = |name: &str| field(name).and_then(Value::as_str).map(str::to_owned);
        let upload =
            || self.state.uploads.get(field("upload_id")?.as_str()?).map(|upload| upload.filename.clone());
        let subject = Subject {
            part: field("part").and_then(Value::as_u64),
            offset: field("offset").and_then(Value::as_u64),
            filename: match self.route {
                Route::StoreApi { .. } => self.query.get("filename").map(str::to_owned),
                _ => text("filename").or_else(upload),
            },
            handle: self.route.handle().map(str::to_owned),
        };
        let fault = self.state.faults.choose(self.route.class(), &subject);
        if fault.is_some() {
            self.entry.set_fault();
        }
        fault
    }

    /// Faults before the work. A small body has arrived by now: for its sender a cut after any of its bytes
    /// is the same.
    async fn disturb(&self, action: &Action) -> Result<(), BodyError> {
        if let Some(ms) = action.stall_ms {
            return self.stall(ms).await.map(|_| ());
        }
        if action.cut_after.is_some() {
            self.door.line.cut();
            return Err("the connection was cut on purpose".into());
        }
        if let Some(rate) = action.slow_bytes_per_second {
            sleep(Duration::from_secs_f64(self.entry.received() as f64 / rate as f64)).await;
        }
        Ok(())
    }

    async fn stall(&self, ms: u64) -> Result<Reply, BodyError> {
        sleep(Duration::from_millis(ms)).await;
        self.door.line.cut();
        Err("the connection was stalled and cut on purpose".into())
    }

    async fn work(&self, json: Option<&Value>, body: Bytes, fault: Option<&Action>) -> Reply {
        let fails = fault.is_some_and(|action| action.job_failed);
        let origin = Origin { scheme: self.door.scheme, host: self.header(HOST) };
        match &self.route {
            Route::Start | Route::Upload | Route::Commit | Route::Complete => self.api(json).await,
            Route::Deliver(chain) => {
                let mut headers = Cow::Borrowed(&self.parts.headers);
                if fault.is_some_and(|action| action.no_ranges) {
                    headers.to_mut().remove(RANGE);
                }
                delivery::deliver(&self.state, &self.parts.method, chain, &self.query, &headers).await
            }
            Route::Metadata(chain) => metadata::metadata(&self.state, chain, &self.query).await,
            Route::Delete { handle } => removal::delete(&self.state, origin, handle, &self.query).await,
            Route::Process(chain) => self.process(chain, origin, fails).await,
            Route::ProcessJson => process::process(&self.state, origin, json, fails).await,
            Route::Overwrite { handle } => {
                let payload = Payload { query: &self.query, mimetype: self.header(CONTENT_TYPE), body };
                let call = Overwrite { state: &self.state, origin, handle, payload };
                overwrite::overwrite(&call).await
            }
            Route::StoreApi { location } => {
                let payload = Payload { query: &self.query, mimetype: self.header(CONTENT_TYPE), body };
                let call = StoreApi { state: &self.state, origin, location, payload };
                store_api::store(&call).await
            }
            Route::Prefetch => prefetch::prefetch(&self.state, json),
            Route::Preflight => cors::preflight(&self.parts.headers),
            Route::Put | Route::Flip(_) | Route::Unknown => {
                reply::text(StatusCode::NOT_FOUND, format!("nothing here answers {}\n", self.parts.method))
            }
        }
    }

    fn header(&self, name: HeaderName) -> &str {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    async fn process(&self, chain: &Chain, origin: Origin<'_>, fails: bool) -> Reply {
        let mut chain = Cow::Borrowed(chain);
        // A question mark of a remote source that was not encoded looks like the query of this request.
        if let Some(query) = self.parts.uri.query().filter(|_| chain.source.starts_with("http"))
            && !query.contains("policy=")
        {
            chain.to_mut().source = format!("{}?{query}", chain.source);
        }
        processing::run(&Order {
            state: &self.state,
            origin,
            security: delivery::security(&chain, &self.query),
            chain: &chain,
            source_headers: &[],
            tags: None,
            webp: self.header(ACCEPT).contains("image/webp"),
            job_fails: fails,
        })
        .await
    }

    async fn api(&self, json: Option<&Value>) -> Reply {
        let mimetype = self.header(CONTENT_TYPE);
        if !mimetype.starts_with("application/json") && !form::is_form(mimetype) {
            return reply::refusal(format!(
                "Content-Type must be application/json or that of a form, not {mimetype:?}"
            ));
        }
        let Some(body) = json else {
            return reply::refusal(format!("the body is not {mimetype}"));
        };
        let Some(host) = self.parts.headers.get(HOST).and_then(|host| host.to_str().ok()) else {
            return reply::refusal("the Host header is missing");
        };
        let call = Call { state: &self.state, body, scheme: self.door.scheme, host };
        match self.route {
            Route::Start => upload::start(&call).await,
            Route::Upload => upload::upload(&call),
            Route::Commit => upload::commit(&call).await,
            _ => upload::complete(&call).await,
        }
    }

    /// Faults after the work.
    async fn leave(&self, mut reply: Reply, fault: Option<&Action>) -> Result<Reply, BodyError> {
        if self.door.line.is_cut() {
            return Err("the connection was cut on purpose".into());
        }
        let Some(action) = fault else {
            return Ok(reply);
        };
        if let Some(ms) = action.hold_ms {
            sleep(Duration::from_millis(ms)).await;
        }
        if action.lost_answer {
            return Err("the answer was lost on purpose".into());
        }
        if action.spoils_answer() {
            receipt::tear(&mut reply);
        }
        Ok(self.dress(reply, action))
    }

    fn dress(&self, mut reply: Reply, action: &Action) -> Reply {
        decorate(&mut reply, action);
        let (cut, rate) = (action.cut_response_after, action.slow_bytes_per_second);
        if (cut.is_none() && rate.is_none()) || self.parts.method == Method::HEAD {
            return reply;
        }
        let line = Arc::clone(&self.door.line);
        reply.map(|body| Outflow::new(body, line, cut, rate).boxed_unsync())
    }
}
