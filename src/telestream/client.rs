//! The account a program works with, and its requests: each signed anew whenever it is sent.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use ureq::http::{Method, Uri};

use super::clock;
use super::params::{self, Booleans, Params};
use super::signing::{self, Signer};
use crate::error::{Error, Result};
use crate::http::retry::Attempts;
use crate::http::{self, Answer, Connection, Http, Payload, Request, escaped, redact};
use crate::transfer::control::Control;
use crate::transfer::engine::Job;
use crate::transfer::progress::Progress;

const DEFAULT_HOST: &str = "api-gce.pandastream.com";
const DEFAULT_VERSION: &str = "3.0";

/// A longer query goes into the body of a POST or PUT (`specs/telestream.md` 2.6).
const LONGEST_QUERY: usize = 4096;

/// A difference of clocks that can make a signature expire, in seconds.
const NOTEWORTHY_LEAD: i64 = 30;

/// What a client is made of; `None` is the default of each.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// Where calls go that name no factory.
    pub factory_id: Option<String>,
    /// The API host of the account's region, `api-gce.pandastream.com` by default. It is part of every signature.
    pub api_host: Option<String>,
    /// 443 by default; the protocol is https whatever the port.
    pub api_port: Option<u16>,
    /// `3.0` by default.
    pub api_version: Option<String>,
    /// An origin to talk to instead, https or plain http. Its host is signed, unless there is an `api_host`.
    pub base_url: Option<String>,
    pub connection: Connection,
}

/// A Telestream Cloud account. Shared by everything made from it.
pub struct Client {
    signer: Signer,
    factory_id: Option<String>,
    /// Up to the version.
    root: String,
    http: Http,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("root", &self.root)
            .field("factory_id", &self.factory_id)
            .finish_non_exhaustive()
    }
}

/// One request of the service.
pub(super) struct Call<'a> {
    /// The step that errors name.
    pub step: &'static str,
    /// Completes "cannot …".
    pub doing: String,
    pub method: Method,
    /// As it is signed.
    pub path: String,
    pub members: Map<String, Value>,
    pub booleans: Booleans,
    /// Instead of the client's.
    pub factory_id: Option<&'a str>,
    /// Whether an answer without a body is a success.
    pub may_be_empty: bool,
}

impl Client {
    /// Fails with `InvalidArgument` for an empty key and for a host, port or version that can be none.
    pub fn new(access_key: &str, secret_key: &str, options: ClientOptions) -> Result<Arc<Self>> {
        let (origin, host) = address(&options)?;
        let version = options.api_version.as_deref().unwrap_or(DEFAULT_VERSION);
        if version.is_empty() || !version.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') {
            return Err(Error::invalid_argument("api_version must be a version such as 3.0"));
        }
        check_factory(options.factory_id.as_deref())?;
        Ok(Arc::new(Client {
            signer: Signer::new(access_key, secret_key, &host)?,
            factory_id: options.factory_id,
            root: format!("{origin}/v{version}"),
            http: Http::new(options.connection)?,
        }))
    }

    /// The parameters of a request together with `factory_id`, `access_key`, `timestamp` and `signature`: what somebody without
    /// the secret key, a browser say, needs to send it. `params_json` is a JSON object; true and false are signed as `True`
    /// and `False`, as the vendor's SDK does (`specs/telestream.md` 2.7).
    pub fn signed_params(
        &self,
        method: &str,
        path: &str,
        params_json: Option<&str>,
        timestamp: Option<&str>,
    ) -> Result<Map<String, Value>> {
        let (method, path) = (signing::method(method)?, signing::path(path)?);
        if timestamp.is_some_and(str::is_empty) {
            return Err(Error::invalid_argument("timestamp is empty; leave it NULL for now"));
        }
        let mut members = params::members(params_json)?;
        if let Some(own) = &self.factory_id {
            members.insert("factory_id".into(), own.clone().into());
        }
        self.signer.signed(&method, &path, members, timestamp)
    }

    /// Any request: one of GET, POST, PUT and DELETE, a path below the version such as `/videos.json`, and its parameters as a
    /// JSON object. True and false are sent as `True` and `False`. JSON's null if the answer has no body.
    pub fn request(&self, method: &str, path: &str, params_json: Option<&str>) -> Result<Value> {
        let (method, path) = (signing::method(method)?, signing::path(path)?);
        self.call(Call {
            step: "request",
            doing: format!("{method} {path}"),
            method,
            path,
            members: params::members(params_json)?,
            booleans: Booleans::Python,
            factory_id: None,
            may_be_empty: true,
        })
    }

    /// Whose call it is: the factory that is named, or the client's.
    pub(super) fn factory<'a>(&'a self, given: Option<&'a str>) -> Result<Option<&'a str>> {
        check_factory(given)?;
        Ok(given.or(self.factory_id.as_deref()))
    }

    /// Makes a request until it succeeds or is not to be repeated.
    pub(super) fn call(&self, mut call: Call<'_>) -> Result<Value> {
        if call.members.contains_key("file") {
            return Err(Error::invalid_argument(
                "params_json: file names a file, and this call sends none; give source_url instead",
            ));
        }
        for own in ["access_key", "timestamp", "signature"] {
            call.members.shift_remove(own);
        }
        if let Some(factory) = self.factory(call.factory_id)? {
            call.members.insert("factory_id".into(), factory.into());
        }
        let params = Params::new(&call.members, call.booleans)?;
        let (control, progress) = (Control::default(), Progress::default());
        let job = Job::new(&control, self.http.bounds(control.cancelled(), None), &progress);
        job.persist(self.attempts(&call.method), || self.attempt(&call, params.clone(), &job))
            .map_err(|error| error.at(call.step).while_doing(format_args!("cannot {}", call.doing)))
    }

    /// A PUT or DELETE that arrived twice has done its work twice, which is seldom worse than once (`specs/telestream.md` 5.2).
    fn attempts(&self, method: &Method) -> Attempts {
        match *method {
            Method::PUT | Method::DELETE => self.http.attempts_at_most(2),
            _ => self.http.attempts(),
        }
    }

    fn attempt(&self, call: &Call<'_>, mut params: Params, job: &Job<'_>) -> Result<Value> {
        let signature = self.signer.sign(&call.method, &call.path, &mut params, None);
        let result = self.send(call, &params, job).and_then(|answer| read(answer, call.may_be_empty));
        result.map_err(|error| {
            // What a POST has made would be made twice. Only the service's "not now" says that it was not made.
            let is_final =
                call.method == Method::POST && error.may_have_been_sent() && error.http_status() != 429;
            let retryable = error.retryable() && !is_final;
            redact::error(error.with_retryable(retryable), &[&signature, &escaped(&signature)])
        })
    }

    fn send(&self, call: &Call<'_>, params: &Params, job: &Job<'_>) -> Result<Answer> {
        let path: Vec<String> = call.path.split('/').map(escaped).collect();
        let path = path.join("/");
        let mut headers = vec![("user-agent".into(), self.http.product().into())];
        let mut query = params.query();
        let mut form = String::new();
        let has_body = matches!(call.method, Method::POST | Method::PUT);
        if has_body && query.len() > LONGEST_QUERY {
            let (auth, others) = params.split(&["access_key", "timestamp", "signature"]);
            (query, form) = (auth.query(), others.query());
            headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        }
        let body = if has_body { Payload::Bytes(form.as_bytes()) } else { Payload::None };
        let url = format!("{}{path}?{query}", self.root);
        self.http.send(Request { method: call.method.clone(), url, headers, body }, &job.bounds)
    }
}

/// The value that an answer brings, or the error it stands for (`specs/telestream.md` 5.1).
fn read(answer: Answer, may_be_empty: bool) -> Result<Value> {
    if !(200..300).contains(&answer.status) {
        let error = answer.error();
        let is_expired = answer.status == 401 && error.message().to_ascii_lowercase().contains("expired");
        return Err(match answer.header("date").and_then(clock::lead).filter(|_| is_expired) {
            Some(lead) if lead.abs() >= NOTEWORTHY_LEAD => {
                let side = if lead > 0 { "behind" } else { "ahead of" };
                let hint = format!("your clock is {} seconds off, {side} the service's", lead.abs());
                error.map_message(|message| format!("{message} ({hint})"))
            }
            _ => error,
        });
    }
    if may_be_empty && answer.body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    let value = answer.json()?;
    let has_text = |name: &str| value.get(name).is_some_and(Value::is_string);
    if has_text("error") && has_text("message") && value.get("id").is_none() {
        return Err(answer.error());
    }
    Ok(value)
}

fn check_factory(id: Option<&str>) -> Result<()> {
    if id.is_some_and(str::is_empty) {
        return Err(Error::invalid_argument("factory_id is empty; leave it NULL if there is none"));
    }
    Ok(())
}

/// The origin that requests go to, and the host that is signed.
fn address(options: &ClientOptions) -> Result<(String, String)> {
    if let Some(host) = &options.api_host {
        let is_host =
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        if !is_host {
            return Err(Error::invalid_argument(format!(
                "api_host must be a bare host such as {DEFAULT_HOST}; a port goes into api_port"
            )));
        }
    }
    if let Some(base) = &options.base_url {
        if options.api_port.is_some() {
            return Err(Error::invalid_argument("api_port goes into base_url where there is one"));
        }
        let base = http::check_base_url("base_url", base)?;
        let uri: Option<Uri> = base.parse().ok();
        let own = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        let host = options.api_host.clone().unwrap_or_else(|| own.to_owned());
        return Ok((base, host));
    }
    let host = options.api_host.as_deref().unwrap_or(DEFAULT_HOST);
    let origin = match options.api_port {
        None | Some(443) => format!("https://{host}"),
        Some(0) => return Err(Error::invalid_argument("api_port must be between 1 and 65535")),
        Some(port) => format!("https://{host}:{port}"),
    };
    Ok((origin, host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_encrypted_unless_plain_http_is_asked_for() {
        let at = |options: ClientOptions| address(&options).map(|(origin, host)| format!("{origin} {host}"));
        let found = at(ClientOptions::default()).expect("the default");
        assert_eq!(found, "https://api-gce.pandastream.com api-gce.pandastream.com");
        let eu = ClientOptions {
            api_host: Some("eu.example.com".into()),
            api_port: Some(8080),
            ..Default::default()
        };
        assert_eq!(at(eu.clone()).expect("a port"), "https://eu.example.com:8080 eu.example.com");
        let base = ClientOptions { base_url: Some("http://127.0.0.1:99/x/".into()), ..Default::default() };
        assert_eq!(at(base.clone()).expect("a base"), "http://127.0.0.1:99/x 127.0.0.1");
        let gateway = ClientOptions { api_host: Some("eu.example.com".into()), ..base.clone() };
        assert_eq!(at(gateway).expect("a gateway"), "http://127.0.0.1:99/x eu.example.com");
        assert!(at(ClientOptions { api_port: Some(1), ..base }).is_err());
        for bad in ["", "https://x", "x:443", "x/y"] {
            assert!(at(ClientOptions { api_host: Some(bad.into()), ..Default::default() }).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_key_is_in_what_is_printed() {
        let client = Client::new("access", "secret", ClientOptions::default()).expect("a client");
        let shown = format!("{client:?} {:?}", client.signer);
        assert!(!shown.contains("access") && !shown.contains("secret"), "{shown}");
    }
}
