//! One call of the API: what it sends, signed anew for each attempt, and how its answer is judged.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::client::Auth;
use super::clock;
use super::params::{self, Booleans, Params};
use super::resources::list_of;
use super::signing;
use super::{Client, Resource};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Attempt;
use crate::http::{Method, Payload, Request, Response, Secrets, escaped, hex};
use crate::transfer::context::TransferContext;
use crate::transfer::file_body::FileBody;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::report::Observer;

/// A longer query goes into the body of a POST or PUT (`specs/telestream.md` 2.6).
const LONGEST_QUERY: usize = 4096;

/// A difference of clocks that can make a signature expire, in seconds.
const NOTEWORTHY_LEAD: i64 = 30;

/// What proves a request; callers cannot set it.
const PROOF: [&str; 3] = ["access_key", "timestamp", "signature"];

/// Options of one call.
#[derive(Debug, Clone, Default)]
pub struct RequestOptions {
    /// For the whole call, all retries included; instead of the client's.
    pub deadline: Option<Duration>,
}

pub(super) struct Call<'a> {
    pub operation: Operation,
    pub method: Method,
    /// As it is signed.
    pub path: String,
    pub members: Map<String, Value>,
    pub booleans: Booleans,
    /// Instead of the client's.
    pub factory_id: Option<&'a str>,
    /// Whether an answer without a body is a success.
    pub may_be_empty: bool,
    /// What the answer is a list of, if it must be one.
    pub list: Option<Resource>,
    pub body: Body<'a>,
}

pub(super) enum Body<'a> {
    /// The parameters, as the API usually takes them.
    Params,
    /// The parameters as JSON, lists and objects among them (`specs/telestream.md` 2.9).
    Json,
    File(&'a FileBody<'a>),
}

impl Call<'_> {
    /// A call without parameters. The method decides whether it is repeated: a GET as often as the client
    /// retries, a PUT or DELETE twice at most, a POST only if it has not arrived (`specs/telestream.md` 5.2).
    pub fn new(client: &Client, method: Method, step: &'static str, doing: String, path: String) -> Self {
        let repeat = match method {
            Method::GET => Repeat::Idempotent,
            Method::PUT | Method::PATCH | Method::DELETE => Repeat::AtMost(2),
            _ => Repeat::NotArrived,
        };
        let operation = Operation { step, doing, repeat, secrets: client.secrets.clone(), deadline: None };
        Call {
            operation,
            method,
            path,
            members: Map::new(),
            booleans: Booleans::Service,
            factory_id: None,
            may_be_empty: false,
            list: None,
            body: Body::Params,
        }
    }
}

/// A call that can be sent: its parameters are complete and have been checked.
pub(super) struct Prepared<'a> {
    pub call: Call<'a>,
    content: Content,
    /// The signature of the last attempt.
    signature: Mutex<Secrets>,
}

/// What a call sends, but for what proves whose it is.
struct Content {
    query: Params,
    json: Option<Vec<u8>>,
}

impl Prepared<'_> {
    /// What no error shows, an answer of the service to the last attempt included.
    pub fn secrets(&self) -> Secrets {
        let signature = self.signature.lock().unwrap_or_else(PoisonError::into_inner);
        self.call.operation.secrets.and(&signature)
    }
}

impl Client {
    /// Sends any request and returns the whole response. `method` is GET, POST, PUT or DELETE (PATCH too for
    /// an account with an API key), `path` begins after the version, e.g. `/videos.json`, and `params_json`
    /// is a JSON object. True and false are signed and sent as `True` and `False`. A status other than 2xx is
    /// an error that has the body.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        params_json: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Response> {
        let is_patch = matches!(self.auth, Auth::ApiKey(_)) && method.eq_ignore_ascii_case("PATCH");
        let method = if is_patch { Method::PATCH } else { signing::method(method)? };
        let path = signing::path(path)?;
        let doing = format!("{method} {path}");
        let call = Call {
            members: params::members(params_json)?,
            booleans: Booleans::Python,
            ..Call::new(self, method, "request", doing, path)
        };
        self.run(call, options, observer, |context, prepared| self.ask(context, prepared))
    }

    /// Runs a call and returns what its answer says.
    pub(super) fn call(
        &self,
        call: Call<'_>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        self.run(call, options, observer, |context, prepared| self.value(context, prepared))
    }

    /// Runs `work`, which sends the prepared call once or several times, as one operation.
    pub(super) fn run<T: Send>(
        &self,
        call: Call<'_>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
        work: impl FnOnce(&TransferContext<'_>, &Prepared<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let mut prepared = self.prepare(call)?;
        prepared.call.operation.deadline = options.deadline;
        let result =
            prepared.call.operation.run_work(&self.http, observer, |context| work(context, &prepared));
        result.map_err(|error| prepared.secrets().clean_error(error))
    }

    /// Completes and checks a call. Nothing is sent.
    pub(super) fn prepare<'a>(&self, mut call: Call<'a>) -> Result<Prepared<'a>> {
        if call.members.contains_key("file") {
            return Err(Error::invalid_argument(
                "params: file names a file, and this call sends none; give source_url instead",
            ));
        }
        for own in PROOF {
            call.members.shift_remove(own);
        }
        if let Some(factory) = self.factory_of(call.factory_id, &call.members)? {
            call.members.insert("factory_id".into(), factory.into());
        }
        call.operation.secrets = call.operation.secrets.with_decoded(params::secrets(&call.members));
        let content = self.content(&call)?;
        Ok(Prepared { call, content, signature: Mutex::default() })
    }

    /// Whose call it is: the factory that is `given`, or that of the parameters, or the client's. Fails if
    /// the first two differ. `None` too if the parameters have one that is no text.
    pub(super) fn factory_of(
        &self,
        given: Option<&str>,
        members: &Map<String, Value>,
    ) -> Result<Option<String>> {
        let named = match members.get("factory_id") {
            None => return Ok(self.factory(given)?.map(str::to_owned)),
            Some(named) => named,
        };
        if given.is_some_and(|given| named.as_str() != Some(given)) {
            return Err(Error::invalid_argument(
                "params: factory_id is another one than the factory_id of the call; give one of them",
            ));
        }
        match named.as_str() {
            Some(own) => Ok(self.factory(Some(own))?.map(str::to_owned)),
            None => Ok(None),
        }
    }

    /// Sends a call, repeats it where it may be repeated, and returns the response if it is a success. The
    /// caller names the error.
    pub(super) fn ask(&self, context: &TransferContext<'_>, prepared: &Prepared<'_>) -> Result<Response> {
        let operation = &prepared.call.operation;
        operation.retry(&self.http, context, |attempt| self.attempt(prepared, context, attempt))
    }

    /// [`Client::ask`] for a call whose answer is JSON; null where the body may be empty and is.
    pub(super) fn value(&self, context: &TransferContext<'_>, prepared: &Prepared<'_>) -> Result<Value> {
        let response = self.ask(context, prepared)?;
        if prepared.call.may_be_empty && response.body.trim_ascii().is_empty() {
            return Ok(Value::Null);
        }
        let value = response.json()?;
        match prepared.call.list {
            Some(resource) => list_of(resource, prepared.call.operation.step, value),
            None => Ok(value),
        }
    }

    fn content(&self, call: &Call<'_>) -> Result<Content> {
        let reads = matches!(call.method, Method::GET | Method::DELETE);
        match (&self.auth, &call.body) {
            (Auth::Signed(_), Body::Json) => {
                let (factory, members) = apart(&call.members);
                let body = Value::Object(params::texts(members)?).to_string().into_bytes();
                let mut query = Params::new(&factory, Booleans::Service)?;
                query.set("signature_version", "2");
                query.set("checksum", &hex(&Sha256::digest(&body)));
                Ok(Content { query, json: Some(body) })
            }
            (Auth::ApiKey(_), _) if !reads => {
                let (mut factory, members) = apart(&call.members);
                if call.path.starts_with("/factories") {
                    factory.clear();
                }
                let body = Value::Object(members).to_string().into_bytes();
                Ok(Content { query: Params::new(&factory, Booleans::Service)?, json: Some(body) })
            }
            (Auth::ApiKey(_), _) => {
                Ok(Content { query: Params::new(&call.members, Booleans::Service)?, json: None })
            }
            (Auth::Signed(_), _) => {
                Ok(Content { query: Params::new(&call.members, call.booleans)?, json: None })
            }
        }
    }

    fn attempt(
        &self,
        prepared: &Prepared<'_>,
        context: &TransferContext<'_>,
        attempt: Attempt,
    ) -> Result<Response> {
        let Prepared { call, content, .. } = prepared;
        let mut headers = vec![("user-agent".to_owned(), self.http.product().to_owned())];
        let mut query = content.query.clone();
        let secrets = match &self.auth {
            Auth::Signed(signer) => {
                let signature = signer.sign(&call.method, &call.path, &mut query, None);
                *prepared.signature.lock().unwrap_or_else(PoisonError::into_inner) =
                    Secrets::new([signature]);
                prepared.secrets()
            }
            Auth::ApiKey(key) => {
                headers.push(("x-api-key".into(), key.clone()));
                call.operation.secrets.clone()
            }
        };
        let result = self.send(prepared, &query, headers, &secrets, context, attempt);
        result.and_then(judged).map_err(|error| secrets.clean_error(error))
    }

    fn send(
        &self,
        Prepared { call, content, .. }: &Prepared<'_>,
        query: &Params,
        mut headers: Vec<(String, String)>,
        secrets: &Secrets,
        context: &TransferContext<'_>,
        attempt: Attempt,
    ) -> Result<Response> {
        let path: Vec<String> = call.path.split('/').map(escaped).collect();
        let mut sent = query.query();
        let (body, kind);
        let mut reader;
        let payload = if let Body::File(file) = call.body {
            file.check_unchanged()?;
            reader = context.progress.counted(file.reader());
            kind = file.content_type().to_owned();
            Payload::Stream { reader: &mut reader, length: file.len() }
        } else if let Some(json) = &content.json {
            kind = "application/json".into();
            Payload::Bytes(json)
        } else if matches!(call.method, Method::GET | Method::DELETE) {
            kind = String::new();
            Payload::None
        } else if sent.len() > LONGEST_QUERY {
            let (proof, others) = query.split(&PROOF);
            (sent, body) = (proof.query(), others.query());
            kind = "application/x-www-form-urlencoded".into();
            Payload::Bytes(body.as_bytes())
        } else {
            kind = String::new();
            Payload::Bytes(&[])
        };
        if !kind.is_empty() {
            headers.push(("content-type".into(), kind));
        }
        let path = path.join("/");
        let separator = if sent.is_empty() { "" } else { "?" };
        let request = Request {
            method: call.method.clone(),
            url: format!("{}{path}{separator}{sent}", self.root),
            headers,
            body: payload,
            shown: Some(format!("{}{path}", self.shown_root)),
            secrets: secrets.clone(),
            attempt,
        };
        self.http.send(request, &context.bounds)
    }
}

/// `factory_id`, which always stands in the query, and everything else.
fn apart(members: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    members.clone().into_iter().partition(|(name, _)| name == "factory_id")
}

/// The response if it is a success, or the error it stands for (`specs/telestream.md` 5.1).
fn judged(response: Response) -> Result<Response> {
    if !(200..300).contains(&response.status) {
        let error = response.error();
        let is_expired = response.status == 401 && error.message().to_ascii_lowercase().contains("expired");
        return Err(match response.header("date").and_then(clock::lead).filter(|_| is_expired) {
            Some(lead) if lead.abs() >= NOTEWORTHY_LEAD => {
                let side = if lead > 0 { "behind" } else { "ahead of" };
                let hint = format!("your clock is {} seconds off, {side} the service's", lead.abs());
                error.map_message(|message| format!("{message} ({hint})"))
            }
            _ => error,
        });
    }
    // An object that says what went wrong, and is none of the service's objects.
    let says_error = response.json().is_ok_and(|value| {
        let has_text = |name: &str| value.get(name).is_some_and(Value::is_string);
        has_text("error") && has_text("message") && value.get("id").is_none()
    });
    if says_error { Err(response.error()) } else { Ok(response) }
}

/// The error for an answer that came with a success and cannot be used; keeps the beginning of what it said.
pub(super) fn unusable(kind: ErrorKind, fault: impl Into<String>, answer: &Value) -> Error {
    answered(Error::new(kind, fault), answer)
}

/// Adds the beginning of an answer that came with a success.
pub(super) fn answered(error: Error, answer: &Value) -> Error {
    error.with_answer(200, answer.to_string())
}
