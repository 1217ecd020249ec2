//! The account a program works with.

use std::fmt;
use std::net::Ipv6Addr;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::params;
use super::signing::{self, Signer};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{self, Connection, Http, Secrets, Uri, check_header, redacted};

/// Where an account with two keys is, unless its options say otherwise.
const SIGNED: Api = Api { host: "api-gce.pandastream.com", version: "3.0", prefix: "v" };

/// The same for an account with one key (`specs/telestream.md` 7).
const KEYED: Api = Api { host: "api.cloud.telestream.net", version: "3.1", prefix: "flip/" };

struct Api {
    host: &'static str,
    version: &'static str,
    /// Of the path, before the version.
    prefix: &'static str,
}

/// What a client is made of; `None` is the default of each.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// Where calls go that name no factory.
    pub factory_id: Option<String>,
    /// The API host of the account's region, `api-gce.pandastream.com` or `api.cloud.telestream.net` by
    /// default; an IPv6 address stands in brackets. It is part of every signature.
    pub api_host: Option<String>,
    /// 443 by default; the protocol is https whatever the port.
    pub api_port: Option<u16>,
    /// `3.0` by default, `3.1` for an account with one key.
    pub api_version: Option<String>,
    /// An origin to talk to instead, https or plain http. Its host is signed, unless there is an `api_host`.
    pub base_url: Option<String>,
    pub connection: Connection,
}

/// A Telestream Cloud account. Shared by everything made from it.
pub struct Client {
    pub(super) auth: Auth,
    factory_id: Option<String>,
    /// Up to the version.
    pub(super) root: String,
    /// What errors call it: without credentials.
    pub(super) shown_root: String,
    /// Texts that no error shows.
    pub(super) secrets: Secrets,
    pub(super) http: Http,
}

/// How the service knows whose request it is.
pub(super) enum Auth {
    /// API 3.0: by its signature.
    Signed(Box<Signer>),
    /// API 3.1: by a key in a header.
    ApiKey(String),
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("root", &self.shown_root)
            .field("factory_id", &self.factory_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// An account with two keys, which sign every request. Fails with `InvalidArgument` for an empty key and
    /// for a host, port or version that can be none.
    pub fn new(access_key: &str, secret_key: &str, options: ClientOptions) -> Result<Arc<Self>> {
        Self::with(&SIGNED, options, &[access_key, secret_key], |host| {
            Ok(Auth::Signed(Box::new(Signer::new(access_key, secret_key, host)?)))
        })
    }

    /// An account with one key, which goes with every request.
    pub fn with_apikey(apikey: &str, options: ClientOptions) -> Result<Arc<Self>> {
        if apikey.is_empty() {
            return Err(Error::invalid_argument(
                "apikey is empty; it is shown in the console of Telestream Cloud",
            ));
        }
        check_header("apikey", apikey)?;
        Self::with(&KEYED, options, &[apikey], |_| Ok(Auth::ApiKey(apikey.to_owned())))
    }

    fn with(
        api: &Api,
        options: ClientOptions,
        keys: &[&str],
        auth: impl FnOnce(&str) -> Result<Auth>,
    ) -> Result<Arc<Self>> {
        let (origin, host) = address(api, &options)?;
        let version = options.api_version.as_deref().unwrap_or(api.version);
        if version.is_empty() || !version.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') {
            return Err(Error::invalid_argument("api_version must be a version such as 3.0"));
        }
        check_factory(options.factory_id.as_deref())?;
        let auth = auth(&host)?;
        let root = format!("{origin}/{}{version}", api.prefix);
        Ok(Arc::new(Client {
            secrets: Secrets::new(keys),
            auth,
            factory_id: options.factory_id,
            shown_root: redacted(&root),
            root,
            http: Http::new(options.connection)?,
        }))
    }

    /// The parameters of a request together with `factory_id`, `access_key`, `timestamp` and `signature`:
    /// what somebody without the secret key, a browser say, needs to send it. `params_json` is a JSON object;
    /// true and false are signed as `True` and `False`, as the vendor's SDK does (`specs/telestream.md` 2.7).
    pub fn signed_params(
        &self,
        method: &str,
        path: &str,
        params_json: Option<&str>,
        timestamp: Option<&str>,
    ) -> Result<Map<String, Value>> {
        let Auth::Signed(signer) = &self.auth else {
            return Err(Error::new(ErrorKind::InvalidState, "a client with an API key signs nothing"));
        };
        let (method, path) = (signing::method(method)?, signing::path(path)?);
        if timestamp.is_some_and(str::is_empty) {
            return Err(Error::invalid_argument("timestamp is empty; leave it out for now"));
        }
        let mut members = params::members(params_json)?;
        if let Some(own) = &self.factory_id {
            members.insert("factory_id".into(), own.clone().into());
        }
        signer.signed(&method, &path, members, timestamp)
    }

    /// Whose call it is: the factory that is named, or the client's.
    pub(super) fn factory<'a>(&'a self, given: Option<&'a str>) -> Result<Option<&'a str>> {
        check_factory(given)?;
        Ok(given.or(self.factory_id.as_deref()))
    }
}

fn check_factory(id: Option<&str>) -> Result<()> {
    if id.is_some_and(str::is_empty) {
        return Err(Error::invalid_argument("factory_id is empty; leave it out if there is none"));
    }
    Ok(())
}

/// A name, an IPv4 address, or an IPv6 address in brackets, which is signed with them as in the vendor's SDK.
fn is_host(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)),
    }
}

/// The origin that requests go to, and the host that is signed.
fn address(api: &Api, options: &ClientOptions) -> Result<(String, String)> {
    if options.api_host.as_deref().is_some_and(|host| !is_host(host)) {
        return Err(Error::invalid_argument(format!(
            "api_host must be a bare host such as {} or [::1]; a port goes into api_port",
            api.host
        )));
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
    let host = options.api_host.as_deref().unwrap_or(api.host);
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
        let at = |options: ClientOptions| {
            address(&SIGNED, &options).map(|(origin, host)| format!("{origin} {host}"))
        };
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
        let roots = [
            Client::new("a", "s", base.clone()).map(|client| client.root.clone()),
            Client::with_apikey("k", base.clone()).map(|client| client.root.clone()),
        ];
        let roots = roots.map(|root| root.expect("a client"));
        assert_eq!(roots, ["http://127.0.0.1:99/x/v3.0", "http://127.0.0.1:99/x/flip/3.1"]);
        assert!(at(ClientOptions { api_port: Some(1), ..base }).is_err());
        for bad in ["", "https://x", "x:443", "x/y"] {
            assert!(at(ClientOptions { api_host: Some(bad.into()), ..Default::default() }).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_ipv6_address_is_a_host_and_is_signed_in_its_brackets() {
        let at = |host: &str, port| {
            let options = ClientOptions { api_host: Some(host.into()), api_port: port, ..Default::default() };
            address(&SIGNED, &options).map(|(origin, host)| format!("{origin} {host}"))
        };
        assert_eq!(at("[::1]", None).expect("a host"), "https://[::1] [::1]");
        assert_eq!(
            at("[2001:DB8::1]", Some(8443)).expect("a host"),
            "https://[2001:DB8::1]:8443 [2001:DB8::1]"
        );
        for bad in
            ["::1", "[::1", "::1]", "[::1]:443", "[]", "[::g]", "[127.0.0.1]", "[::1]x", "[fe80::1%25eth0]"]
        {
            assert!(at(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_key_is_in_what_is_printed() {
        let signed = Client::new("access", "secret", ClientOptions::default()).expect("a client");
        let keyed = Client::with_apikey("tcs_key", ClientOptions::default()).expect("a client");
        let shown = format!("{signed:?} {keyed:?}");
        assert!(["access", "secret", "tcs_key"].iter().all(|key| !shown.contains(key)), "{shown}");
    }
}
