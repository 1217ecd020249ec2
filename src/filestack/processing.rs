//! Running a chain: the service does the tasks, the result comes here or is stored (`specs/filestack.md` 5.6
//! to 5.7).
//!
//! All but [`store`] are repeatable, unless a task of the chain makes something (`store`, `run_workflow`, a
//! conversion with `force`): such a chain is repeated only if the request has surely not arrived.

use std::sync::Arc;

use serde_json::Value;

use super::address::shown_source;
use super::request::{ApiRequest, Body, RequestOptions};
use super::security::needs::Needs;
use super::store::StoreOptions;
use super::transform::Transform;
use super::{Client, Filelink, Security, secrets};
use crate::error::{Error, Result};
use crate::http::{Method, shown_address};
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::report::Observer;

impl Client {
    /// The URL of a chain, unsigned. Fails as [`Transform::check_path`].
    pub fn chain_url(&self, chain: &Transform) -> Result<String> {
        chain.check_path()?;
        Ok(chain.url(&self.hosts().cdn, self.apikey()))
    }

    /// The URL of a chain, signed with `security` or else the client's. Fails as [`Transform::check_path`].
    pub fn signed_chain_url(&self, chain: &Transform, security: Option<&Security>) -> Result<String> {
        let security = security.or(self.security()).ok_or_else(|| {
            Error::invalid_argument("security is needed to sign a URL: pass one, or make the client with one")
        })?;
        chain.check_path()?;
        Ok(chain.signed_url(&self.hosts().cdn, self.apikey(), security))
    }

    /// The URL of a chain in base64 form, signed if there is a security (`specs/filestack.md` 6.4).
    pub fn base64_chain_url(&self, chain: &Transform, security: Option<&Security>) -> String {
        chain.base64_url(&self.hosts().cdn, self.apikey(), security.or(self.security()))
    }
}

/// Downloads the result of a chain to `path`; returns its length in bytes.
pub fn download(
    client: &Arc<Client>,
    chain: &Transform,
    path: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<u64> {
    chain_request(client, chain, options)?.download(path, observer)
}

/// The result of a chain in memory, at most 1 GiB.
pub fn content(
    client: &Arc<Client>,
    chain: &Transform,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Vec<u8>> {
    chain_request(client, chain, options)?.content(observer)
}

/// Hands the result of a chain to `write`, piece by piece; returns its length in bytes.
pub fn stream(
    client: &Arc<Client>,
    chain: &Transform,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    chain_request(client, chain, options)?.stream(observer, write)
}

/// The result of a chain whose last task answers with JSON: tags, sfw, ocr, imagesize, …
pub fn json(
    client: &Arc<Client>,
    chain: &Transform,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    chain_request(client, chain, options)?.json(observer)
}

/// Stores the result of a chain as a new file. The chain stays as it is.
///
/// Repeated only if the request has surely not arrived: twice would store two files.
pub fn store(
    client: &Arc<Client>,
    chain: &Transform,
    options: &StoreOptions,
    observer: Option<Observer<'_>>,
) -> Result<Filelink> {
    let mut stored = chain.clone();
    let params = Value::Object(options.params()?).to_string();
    stored.add_json("store", Some(&params))?;
    let mut request = chain_request(client, &stored, &options.request)?;
    request.operation.step = "store";
    request.operation.doing = format!("store the result of {}", named(&stored));
    request.method = Method::POST;
    let security = options.request.security.as_ref().or(client.security());
    request.answer(observer, |answer| Filelink::stored(client, security, &answer))
}

/// The request that runs a chain. Fails as [`Transform::check_path`].
pub(super) fn chain_request<'a>(
    client: &'a Client,
    chain: &'a Transform,
    options: &'a RequestOptions,
) -> Result<ApiRequest<'a>> {
    let security = options.security.as_ref().or(client.security());
    let url = match security {
        Some(_) => client.signed_chain_url(chain, security)?,
        None => client.chain_url(chain)?,
    };
    let operation = Operation {
        step: "transform",
        doing: format!("get the result of {}", named(chain)),
        repeat: if chain.makes_something() { Repeat::NotArrived } else { Repeat::Idempotent },
        secrets: secrets::with_chain(&client.secrets(security), chain),
        deadline: options.deadline,
    };
    Ok(ApiRequest {
        client,
        security,
        needs: Needs::of_tasks(chain.elements().map(|element| split(element).0), chain.handle()),
        operation,
        method: Method::GET,
        url,
        shown: shown(client, chain),
        body: Body::None,
    })
}

/// What errors call a chain: its tasks, and its source without what is secret in it.
fn named(chain: &Transform) -> String {
    let tasks: Vec<&str> = chain.elements().map(|element| split(element).0).collect();
    let source = shown_source(chain.source());
    match (tasks.join("/"), source) {
        (tasks, source) if source.is_empty() => tasks,
        (tasks, source) if tasks.is_empty() => source,
        (tasks, source) => format!("{tasks} of {source}"),
    }
}

/// What errors call the address of a chain: `https://cdn.filestackcontent.com/***/resize=width:5/HANDLE`.
fn shown(client: &Client, chain: &Transform) -> String {
    /// Longer parameters are not worth reading.
    const LONGEST: usize = 100;
    let mut shown = shown_address(&client.hosts().cdn);
    shown.push_str(if chain.names_apikey() { "/***" } else { "" });
    for element in chain.elements() {
        let (name, params) = split(element);
        let is_plain = params.len() <= LONGEST && !Transform::has_address_in(params);
        shown.extend(["/", if is_plain { element } else { name }]);
        shown.push_str(if is_plain { "" } else { "=***" });
    }
    if !chain.source().is_empty() {
        shown.extend(["/", &shown_source(chain.source())]);
    }
    shown
}

fn split(element: &str) -> (&str, &str) {
    element.split_once('=').unwrap_or((element, ""))
}
