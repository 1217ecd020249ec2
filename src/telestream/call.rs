//! One request of the service: made until it succeeds or is not to be repeated, each time proven anew.

use crate::http::Method;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Client;
use super::client::Auth;
use super::clock;
use super::params::{self, Booleans, Params};
use super::signing;
use crate::error::{Error, Result};
use crate::http::retry::Attempts;
use crate::http::{Payload, Request, Response, Secrets, escaped, hex};
use crate::transfer::context::TransferContext;
use crate::transfer::form::Form;

/// A longer query goes into the body of a POST or PUT (`specs/telestream.md` 2.6).
const LONGEST_QUERY: usize = 4096;

/// A difference of clocks that can make a signature expire, in seconds.
const NOTEWORTHY_LEAD: i64 = 30;

/// What proves a request; callers cannot set it.
const PROOF: [&str; 3] = ["access_key", "timestamp", "signature"];

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
    pub body: Body<'a>,
    /// Whether it does no harm to make it twice, although it is a POST.
    pub repeatable: bool,
}

pub(super) enum Body<'a> {
    /// The parameters, as the API usually takes them.
    Params,
    /// The parameters as JSON, lists and objects among them (`specs/telestream.md` 2.9).
    Json,
    File(&'a Form<'a>),
}

impl Call<'_> {
    /// A request without parameters that reads.
    pub fn get(step: &'static str, doing: String, path: String) -> Self {
        Call {
            step,
            doing,
            method: Method::GET,
            path,
            members: Map::new(),
            booleans: Booleans::Service,
            factory_id: None,
            may_be_empty: false,
            body: Body::Params,
            repeatable: false,
        }
    }
}

/// What a call sends, but for what proves whose it is.
struct Content {
    query: Params,
    json: Option<Vec<u8>>,
}

impl Client {
    /// Any request: one of GET, POST, PUT and DELETE (PATCH too for an account with an API key), a path below the version such
    /// as `/videos.json`, and its parameters as a JSON object. True and false are signed and sent as `True` and `False`. JSON's
    /// null if the answer has no body.
    pub fn request(&self, method: &str, path: &str, params_json: Option<&str>) -> Result<Value> {
        let is_patch = matches!(self.auth, Auth::ApiKey(_)) && method.eq_ignore_ascii_case("PATCH");
        let method = if is_patch { Method::PATCH } else { signing::method(method)? };
        let path = signing::path(path)?;
        let doing = format!("{method} {path}");
        self.call(Call {
            method,
            members: params::members(params_json)?,
            booleans: Booleans::Python,
            may_be_empty: true,
            ..Call::get("request", doing, path)
        })
    }

    pub(super) fn call(&self, call: Call<'_>) -> Result<Value> {
        self.with_progress(None, None, |context| self.call_in(context, call))
    }

    /// Makes a request as a part of something greater.
    pub(super) fn call_in(&self, context: &TransferContext<'_>, mut call: Call<'_>) -> Result<Value> {
        if call.members.contains_key("file") {
            return Err(Error::invalid_argument(
                "params_json: file names a file, and this call sends none; give source_url instead",
            ));
        }
        for own in PROOF {
            call.members.shift_remove(own);
        }
        if let Some(factory) = self.factory(call.factory_id)? {
            call.members.insert("factory_id".into(), factory.into());
        }
        let content = self.content(&call)?;
        context
            .retry_until_done(self.attempts(&call), || self.attempt(&call, &content, context))
            .map_err(|error| error.at(call.step).while_doing(format_args!("cannot {}", call.doing)))
    }

    /// Refuses a call that could not be made.
    pub(super) fn check_ready(&self, call: &Call<'_>) -> Result<()> {
        self.check_has_factory(call.factory_id, call)?;
        self.content(call).map(|_| ())
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

    /// What arrived twice has done its work twice. That is seldom worse than once for a PUT or DELETE (`specs/telestream.md` 5.2).
    fn attempts(&self, call: &Call<'_>) -> Attempts {
        match call.method {
            Method::PUT | Method::PATCH | Method::DELETE => self.http.attempts_at_most(2),
            _ => self.http.attempts(),
        }
    }

    fn attempt(&self, call: &Call<'_>, content: &Content, context: &TransferContext<'_>) -> Result<Value> {
        let mut headers = vec![("user-agent".to_owned(), self.http.product().to_owned())];
        let mut query = content.query.clone();
        let secret = match &self.auth {
            Auth::Signed(signer) => signer.sign(&call.method, &call.path, &mut query, None),
            Auth::ApiKey(key) => {
                headers.push(("x-api-key".into(), key.clone()));
                key.clone()
            }
        };
        let result = self.send(call, content, &query, headers, context);
        result.and_then(|answer| read(answer, call.may_be_empty)).map_err(|error| {
            // What a POST has made would be made twice. Only the service's "not now" says that it was not made.
            let is_final = call.method == Method::POST
                && !call.repeatable
                && error.may_have_been_sent()
                && error.http_status() != 429;
            let retryable = error.retryable() && !is_final;
            Secrets::new([secret.as_str()]).clean_error(error.with_retryable(retryable))
        })
    }

    fn send(
        &self,
        call: &Call<'_>,
        content: &Content,
        query: &Params,
        mut headers: Vec<(String, String)>,
        context: &TransferContext<'_>,
    ) -> Result<Response> {
        let path: Vec<String> = call.path.split('/').map(escaped).collect();
        let mut shown = query.query();
        let (body, kind);
        let mut reader;
        let payload = if let Body::File(form) = call.body {
            form.check_unchanged()?;
            reader = context.progress.counted(form.reader());
            kind = form.content_type();
            Payload::Stream { reader: &mut reader, length: form.len() }
        } else if let Some(json) = &content.json {
            kind = "application/json".into();
            Payload::Bytes(json)
        } else if matches!(call.method, Method::GET | Method::DELETE) {
            kind = String::new();
            Payload::None
        } else if shown.len() > LONGEST_QUERY {
            let (proof, others) = query.split(&PROOF);
            (shown, body) = (proof.query(), others.query());
            kind = "application/x-www-form-urlencoded".into();
            Payload::Bytes(body.as_bytes())
        } else {
            kind = String::new();
            Payload::Bytes(&[])
        };
        if !kind.is_empty() {
            headers.push(("content-type".into(), kind));
        }
        let separator = if shown.is_empty() { "" } else { "?" };
        let url = format!("{}{}{separator}{shown}", self.root, path.join("/"));
        self.http.send(
            Request {
                method: call.method.clone(),
                url,
                headers,
                body: payload,
                shown: None,
                secrets: Secrets::default(),
            },
            &context.bounds,
        )
    }
}

/// `factory_id`, which always stands in the query, and everything else.
fn apart(members: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    members.clone().into_iter().partition(|(name, _)| name == "factory_id")
}

/// The value that an answer brings, or the error it stands for (`specs/telestream.md` 5.1).
pub(super) fn read(answer: Response, may_be_empty: bool) -> Result<Value> {
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
