//! The account a program works with: API key, hosts, security, connections.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::security::needs::Needs;
use super::{Security, secrets};
use crate::error::{Error, Result};
use crate::http::{self, Connection, Http, Secrets, shown_address};
use crate::random;

/// The longest API key in bytes; the service's own have less than 30.
const LONGEST_KEY: usize = 256;

/// Options of a client; `None` is the default.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    pub security: Option<Security>,
    /// Where files are stored unless an upload says otherwise; `S3` by default.
    pub storage: Option<String>,
    pub cname: Option<String>,
    pub base_url: Option<String>,
    pub upload_url: Option<String>,
    pub cdn_url: Option<String>,
    pub api_url: Option<String>,
    pub process_url: Option<String>,
    pub connection: Connection,
    /// Leaves it to the service whether a policy allows a call.
    pub skip_policy_checks: bool,
}

/// The base URL of every role (`specs/filestack.md` 1.1), without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    pub upload: String,
    pub cdn: String,
    pub api: String,
    pub process: String,
}

/// A Filestack account. Everything made from it shares it; used by any number of threads at once.
pub struct Client {
    apikey: String,
    security: Option<Security>,
    storage: String,
    hosts: Hosts,
    http: Http,
    skip_policy_checks: bool,
    /// Of the account; those of a request are added to them.
    secrets: Secrets,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = [&self.hosts.upload, &self.hosts.cdn, &self.hosts.api, &self.hosts.process];
        let shown = hosts.map(|host| shown_address(host));
        f.debug_struct("Client").field("hosts", &shown).finish_non_exhaustive()
    }
}

impl Client {
    pub fn new(apikey: &str, options: ClientOptions) -> Result<Arc<Self>> {
        let is_sound = (1..=LONGEST_KEY).contains(&apikey.len())
            && apikey.chars().all(|c| c.is_ascii_graphic() && !"/?#%\"".contains(c));
        if !is_sound {
            let fault = match apikey.len() {
                0 => "is empty",
                1..=LONGEST_KEY => "has a character that no API key has",
                _ => "is too long for an API key",
            };
            return Err(Error::invalid_argument(format!(
                "apikey {fault}; the key of your application is shown in the Filestack developer portal"
            )));
        }
        let storage = options.storage.clone().unwrap_or_else(|| "S3".into());
        http::check_header("storage", &storage)?;
        if storage.is_empty() {
            return Err(Error::invalid_argument("storage is empty; leave it out for S3"));
        }
        let hosts = Hosts::new(&options)?;
        let http = Http::new(options.connection)?;
        let secrets = secrets::of_account(apikey, options.security.as_ref());
        Ok(Arc::new(Client {
            apikey: apikey.to_owned(),
            security: options.security,
            storage,
            hosts,
            http,
            skip_policy_checks: options.skip_policy_checks,
            secrets,
        }))
    }

    pub fn apikey(&self) -> &str {
        &self.apikey
    }

    pub fn security(&self) -> Option<&Security> {
        self.security.as_ref()
    }

    /// Refuses what the service would surely refuse for the policy of `security`.
    pub(super) fn check_policy(&self, security: Option<&Security>, needs: &Needs<'_>) -> Result<()> {
        let Some(security) = security.filter(|_| !self.skip_policy_checks) else { return Ok(()) };
        security.check(needs).map_err(|why| {
            Error::invalid_argument(format!(
                "{why}; nothing was sent (skip_policy_checks of the client leaves this to the service)"
            ))
        })
    }

    pub fn storage(&self) -> &str {
        &self.storage
    }

    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub fn http(&self) -> &Http {
        &self.http
    }

    /// The headers of one request to the service; storage never gets them (`specs/filestack.md` 1.3). `trace`
    /// is the same for all requests of one operation.
    pub fn headers(&self, trace: &Trace) -> Vec<(String, String)> {
        let product = self.http.product();
        vec![
            ("user-agent".into(), product.into()),
            ("filestack-source".into(), format!("Ferry-{}", env!("CARGO_PKG_VERSION"))),
            ("filestack-trace-id".into(), trace.0.clone()),
            ("filestack-trace-span".into(), format!("ferry-{}", random::word(10))),
        ]
    }

    /// What no error of a request with `security` shows: the API key, the client's security, and that one.
    pub(super) fn secrets(&self, security: Option<&Security>) -> Secrets {
        match (security, self.security()) {
            (Some(other), Some(own)) if other.url_element() == own.url_element() => self.secrets.clone(),
            _ => secrets::with_security(&self.secrets, security),
        }
    }
}

/// An id that all requests of one operation share, for the service's logs.
pub struct Trace(String);

impl Trace {
    pub fn fresh() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Trace(format!("{seconds}-{}", random::word(10)))
    }
}

impl Hosts {
    /// The URL of a role takes precedence over `base_url`, and that over the CNAME (`specs/filestack.md`
    /// 1.2).
    fn new(options: &ClientOptions) -> Result<Self> {
        let base =
            options.base_url.as_deref().map(|url| http::check_base_url("base_url", url)).transpose()?;
        if let Some(cname) = &options.cname {
            let is_host =
                cname.contains('.') && cname.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c));
            if !is_host {
                return Err(Error::invalid_argument("cname must be a bare domain, e.g. files.example.com"));
            }
        }
        let role =
            |what: &str, own: &Option<String>, prefix: &str, domain: &str, path: &str| match (own, &base) {
                (Some(url), _) => http::check_base_url(what, url),
                (None, Some(base)) => Ok(format!("{base}{path}")),
                (None, None) => {
                    let domain = options.cname.as_deref().unwrap_or(domain);
                    Ok(format!("https://{prefix}.{domain}{path}"))
                }
            };
        Ok(Hosts {
            upload: role("upload_url", &options.upload_url, "upload", "filestackapi.com", "")?,
            cdn: role("cdn_url", &options.cdn_url, "cdn", "filestackcontent.com", "")?,
            api: role("api_url", &options.api_url, "www", "filestackapi.com", "/api")?,
            process: role("process_url", &options.process_url, "process", "filestackapi.com", "")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(options: ClientOptions) -> Hosts {
        Hosts::new(&options).expect("hosts")
    }

    #[test]
    fn the_most_specific_address_wins() {
        let standard = hosts(ClientOptions::default());
        assert_eq!(standard.upload, "https://upload.filestackapi.com");
        assert_eq!(standard.api, "https://www.filestackapi.com/api");
        let own = hosts(ClientOptions { cname: Some("files.example.com".into()), ..Default::default() });
        assert_eq!(
            (own.cdn.as_str(), own.api.as_str()),
            ("https://cdn.files.example.com", "https://www.files.example.com/api")
        );
        let local = hosts(ClientOptions {
            base_url: Some("http://127.0.0.1:9/".into()),
            cdn_url: Some("https://cdn.example.com".into()),
            cname: Some("files.example.com".into()),
            ..Default::default()
        });
        assert_eq!(
            (local.upload.as_str(), local.api.as_str()),
            ("http://127.0.0.1:9", "http://127.0.0.1:9/api")
        );
        assert_eq!(local.cdn, "https://cdn.example.com");
    }

    #[test]
    fn an_api_key_is_one_word() {
        for bad in ["", "a b", "a/b", "a\nb", "ä"] {
            assert!(Client::new(bad, ClientOptions::default()).is_err(), "{bad:?}");
        }
    }
}
