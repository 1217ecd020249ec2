//! A request, before it is sent.

use std::io::Read;

use ureq::http::{HeaderName, HeaderValue, Method};

use super::address::redacted;
use super::endpoint::Endpoint;
use super::redact::Secrets;
use super::retry::Attempt;
use crate::error::{Error, ErrorKind, Result};

/// The shortest part of a secret path that is hidden where it stands alone, in bytes: shorter ones are words
/// such as "upload" and "session".
const SHORTEST_SEGMENT: usize = 8;

/// One request. Its headers are sent as given, except `Host` and `Content-Length`, which are made from the
/// URL and the body. `Accept-Encoding: identity` is added.
pub struct Request<'a> {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Payload<'a>,
    /// What errors call the address; `None`: the URL as [`redacted`] shows it. Cleaned of `secrets` either
    /// way. Words in place of a URL say that the path is secret, and so is that of what it redirects to.
    pub shown: Option<String>,
    /// Texts that no error of this request shows.
    pub secrets: Secrets,
    /// What events call it.
    pub attempt: Attempt,
}

pub enum Payload<'a> {
    None,
    Bytes(&'a [u8]),
    /// Exactly `length` bytes from `reader`.
    Stream {
        reader: &'a mut dyn Read,
        length: u64,
    },
}

/// Where a request goes, and how its errors tell that. Nothing is redacted before an error needs it.
pub(super) struct Address {
    url: String,
    shown: Option<String>,
    secrets: Secrets,
}

impl Address {
    pub fn new(url: String, shown: Option<String>, secrets: Secrets) -> Self {
        Address { url, shown, secrets }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The address as people may read it.
    pub fn shown(&self) -> String {
        self.secrets.clean(&self.shown.clone().unwrap_or_else(|| redacted(&self.url)))
    }

    /// The address that a redirect to `url` leads to. What is secret in `url` is added to the secrets: of an
    /// address that is shown in words, because its path is secret, that is the path too.
    pub fn moved(&self, url: String) -> Self {
        let secrets = self.secrets.with_address(&url);
        let has_secret_path = self.shown.as_ref().is_some_and(|shown| !shown.starts_with("http"));
        if !has_secret_path {
            return Address { url, shown: None, secrets };
        }
        let origin = Endpoint::parse(&url).map_or("an address".into(), |end| end.origin());
        let place = url.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        let path = place.and_then(|place| place.split(['?', '#']).next()).unwrap_or_default();
        let segments = path.split('/').filter(|segment| segment.len() >= SHORTEST_SEGMENT);
        let secrets = secrets.with([path].into_iter().chain(place).chain(segments));
        Address { url, shown: Some(format!("a secret place at {origin}")), secrets }
    }

    /// An error of the exchange: cleaned of secrets, after the address.
    pub fn explain(&self, error: Error) -> Error {
        self.secrets.clean_error(error).while_doing(self.shown())
    }
}

/// Returns an error if `value` cannot stand in a header. `what` names it.
pub fn check_header(what: &str, value: &str) -> Result<()> {
    if value.chars().any(char::is_control) {
        return Err(Error::invalid_argument(format!(
            "{what} has a control character (a newline?), which no header can carry"
        )));
    }
    Ok(())
}

/// Headers that belong to one connection or frame the body (RFC 9110, 7.6.1; RFC 9112, 6.1). Those that begin
/// with `proxy-` are treated alike.
const OF_THE_CONNECTION: [&str; 7] =
    ["connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// Headers that are made from the URL and the body. A service may hand them out, because they can be part of
/// what it signed (`specs/filestack.md` 3.3); they are never sent as handed out.
const OF_THE_REQUEST: [&str; 2] = ["host", "content-length"];

/// Whether a header of this name is sent as given.
pub(super) fn is_sent(name: &str) -> bool {
    !OF_THE_REQUEST.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Checks headers that a service handed out for another request. Returns a `Protocol` error if one cannot be
/// sent, or would change how the request is framed or its connection is used.
pub fn check_headers(headers: &[(String, String)]) -> Result<()> {
    for (name, value) in headers {
        let is_sound =
            HeaderName::try_from(name.as_str()).is_ok() && HeaderValue::try_from(value.as_str()).is_ok();
        let is_foreign = OF_THE_CONNECTION.iter().any(|known| name.eq_ignore_ascii_case(known))
            || name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("proxy-"));
        if !is_sound || is_foreign {
            let shown = HeaderName::try_from(name.as_str()).map_or(String::new(), |name| format!(": {name}"));
            let text = format!("the service asks for a header that is not sent for it{shown}");
            return Err(Error::new(ErrorKind::Protocol, text));
        }
    }
    Ok(())
}
