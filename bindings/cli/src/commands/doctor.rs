//! `ferry doctor`: what a support person would ask.

use std::net::ToSocketAddrs as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use ferry::error::Error;
use ferry::filestack::{self, security};
use ferry::http::{Endpoint, Http, Method, Payload, Request, Secrets};
use ferry::telestream::{RequestOptions, Resource};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::output::{line, paint};
use crate::profile::Origin;
use crate::session::Session;
use crate::units;

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A clock that is wrong by more ends signatures before their time, in seconds.
const SKEW: i64 = 60;

/// Look at what uploads depend on: versions, keys, hosts, names, TLS, clock, proxy and policy
///
/// Sends a HEAD request to each host, and asks Telestream for the factories where there are keys. The result
/// shows no key, and may be sent to others.
#[derive(Debug, Args)]
pub struct Doctor {}

/// What was looked at.
struct Findings<'a> {
    session: &'a Session,
    first: Option<Failure>,
}

impl Doctor {
    pub fn run(self, session: &Session) -> Result<()> {
        let mut findings = Findings { session, first: None };
        let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        findings.good("version", &format!("ferry {} on {system}", env!("CARGO_PKG_VERSION")))?;
        findings.profile()?;
        findings.policy()?;
        if let Some(client) = findings.checked("filestack", hosts(session))? {
            findings.hosts(&client)?;
        }
        findings.telestream()?;
        findings.first.map_or(Ok(()), Err)
    }
}

/// The hosts need no key; without one any other does.
fn hosts(session: &Session) -> std::result::Result<Arc<filestack::Client>, Error> {
    let mut options = session.filestack_options();
    options.connection.max_retries = 0;
    filestack::Client::new("doctor", options)
}

impl Findings<'_> {
    fn good(&self, what: &str, text: &str) -> Result<()> {
        self.say(what, true, text)
    }

    fn bad(&mut self, what: &str, error: Error) -> Result<()> {
        self.say(what, false, error.message())?;
        self.first.get_or_insert_with(|| Failure::from(error).told());
        Ok(())
    }

    fn checked<T>(&mut self, what: &str, result: std::result::Result<T, Error>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => self.bad(what, error).map(|()| None),
        }
    }

    fn say(&self, what: &str, is_good: bool, text: &str) -> Result<()> {
        if self.session.output.as_json {
            return Ok(line(&json!({"check": what, "ok": is_good, "text": text}).to_string())?);
        }
        let mark = if is_good { paint("32", "ok   ") } else { paint("1;31", "wrong") };
        Ok(line(&format!("{mark} {what:<12} {text}"))?)
    }

    fn profile(&self) -> Result<()> {
        let profile = &self.session.profile;
        let mut shown = 0;
        for (setting, value, origin) in profile.shown() {
            let origin = match origin {
                Origin::Variable(name) => (*name).to_owned(),
                Origin::File(path) => format!("profile {} in {}", profile.name, path.display()),
            };
            self.good(setting.name, &format!("{value} ({origin})"))?;
            shown += 1;
        }
        if profile.get("apikey").is_some() {
            self.good("apikey", "no request asks only whether it is right: an upload tells")?;
        }
        if shown == 0 {
            self.good("keys", "none are set: `ferry login` keeps them, or set FERRY_APIKEY")?;
        }
        Ok(())
    }

    fn policy(&mut self) -> Result<()> {
        let given = self.session.profile.get("policy").is_some();
        let security = match self.session.security(&["read"], 3600) {
            Ok(Some(security)) => security,
            Ok(None) => return self.good("policy", "none: calls are not signed"),
            Err(failure) => return self.bad("policy", failure.error().clone()),
        };
        if !given {
            return self.good("policy", "signed with the app secret for each command");
        }
        let policy: Value = serde_json::from_str(security.policy_json()).unwrap_or_default();
        let now = i64::try_from(security::expiry_in(0)).unwrap_or(i64::MAX);
        let left = policy.get("expiry").and_then(Value::as_i64).map(|expiry| expiry.saturating_sub(now));
        let end = left.map_or_else(|| "has no expiry".to_owned(), units::until);
        let allows = |name| {
            let call = security::PolicyCall { name, now: Some(0), ..security::PolicyCall::default() };
            security.allows(&call).is_ok()
        };
        let (may, may_not): (Vec<&str>, Vec<&str>) =
            security::CALLS.iter().copied().partition(|name| allows(name));
        let mut text = format!("{end}; may {}", may.join(", "));
        if !may_not.is_empty() {
            text.push_str(&format!("; may not {}", may_not.join(", ")));
        }
        match left {
            Some(left) if left > 0 => self.good("policy", &text),
            _ => self.bad("policy", Error::invalid_argument(text)),
        }
    }

    fn hosts(&mut self, client: &filestack::Client) -> Result<()> {
        let hosts = client.hosts();
        let mut origins: Vec<Endpoint> = Vec::new();
        for url in [&hosts.upload, &hosts.cdn, &hosts.api, &hosts.process] {
            let origin = self.checked("host", Endpoint::parse(url).map_err(Error::invalid_argument))?;
            let is_new = |origin: &Endpoint| !origins.iter().any(|known| known.origin() == origin.origin());
            origins.extend(origin.filter(is_new));
        }
        let mut skew = None;
        for endpoint in &origins {
            match look(client.http(), endpoint, self.session.profile.get("proxy").is_some()) {
                Ok((text, date)) => {
                    self.good("host", &text)?;
                    skew = skew.or(date);
                }
                Err(error) => self.bad("host", error)?,
            }
        }
        match skew {
            None => Ok(()),
            Some(skew) if skew.abs() <= SKEW => self.good("clock", &format!("{skew} s from the service's")),
            Some(skew) => {
                let text = format!("this clock is {skew} s from the service's: signatures may be refused");
                self.bad("clock", Error::invalid_argument(text))
            }
        }
    }

    fn telestream(&mut self) -> Result<()> {
        let profile = &self.session.profile;
        if profile.get("telestream_apikey").is_none() && profile.get("access_key").is_none() {
            return self.good("telestream", "no keys");
        }
        let client = match self.session.telestream(None) {
            Ok(client) => client,
            Err(failure) => return self.bad("telestream", failure.error().clone()),
        };
        let options = RequestOptions { deadline: Some(PATIENCE) };
        let params = Some(r#"{"per_page": 1}"#);
        let found = client.list(Resource::Factories, None, params, &options, None);
        match self.checked("telestream", found)? {
            Some(_) => self.good("telestream", "the keys are right"),
            None => Ok(()),
        }
    }
}

/// Asks a host for its head. What it was, and how many seconds our clock is ahead.
fn look(
    http: &Http,
    endpoint: &Endpoint,
    has_proxy: bool,
) -> std::result::Result<(String, Option<i64>), Error> {
    let mut text = endpoint.origin();
    if !has_proxy {
        let begin = Instant::now();
        // What is wrong with the name, the request says better.
        if let Ok(addresses) = (endpoint.host.trim_matches(['[', ']']), endpoint.port).to_socket_addrs() {
            let mut addresses: Vec<String> = addresses.map(|address| address.ip().to_string()).collect();
            addresses.sort();
            addresses.dedup();
            text.push_str(&format!(" = {} in {} ms", addresses.join(", "), begin.elapsed().as_millis()));
        }
    }
    let request = Request {
        method: Method::HEAD,
        url: format!("{}/", endpoint.origin()),
        headers: vec![("user-agent".into(), http.product().into())],
        body: Payload::None,
        shown: None,
        secrets: Secrets::default(),
        attempt: Default::default(),
    };
    let begin = Instant::now();
    let answer = http.send(request, &http.bounds(Arc::default(), Some(PATIENCE)))?;
    let tls = if endpoint.is_tls { "TLS, " } else { "" };
    text.push_str(&format!("; {tls}HTTP {} in {} ms", answer.status, begin.elapsed().as_millis()));
    let date = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let seconds = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        i64::try_from(since).unwrap_or(i64::MAX)
    };
    Ok((text, date.map(|date| seconds(SystemTime::now()) - seconds(date))))
}
