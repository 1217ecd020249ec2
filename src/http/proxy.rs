//! Which proxy a request goes through, and what its refusal means.

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::http::header::WWW_AUTHENTICATE;
use ureq::http::{HeaderMap, Uri};

use super::connection::PROXY_FROM_ENVIRONMENT;
use super::endpoint::Endpoint;
use super::redact::Secrets;
use super::retry;
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// An HTTP proxy.
#[derive(Clone)]
pub struct Proxy {
    pub endpoint: Endpoint,
    /// User and password as `Basic` sends them: base64 of `user:password`.
    credentials: Option<String>,
    /// What no text may show, though the proxy may echo it.
    secrets: Secrets,
}

impl Proxy {
    /// `what` names the setting in an error. The URL is never shown: it may hold a password.
    fn parse(what: &str, url: &str) -> Result<Self> {
        let refused = |why: &str| {
            Error::invalid_argument(format!(
                "{what} {why}; a proxy is given as in http://user:password@proxy.example.com:3128"
            ))
        };
        let uri: Uri = url.parse().map_err(|_| refused("is not a URL"))?;
        let endpoint = Endpoint::of(&uri).map_err(refused)?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(refused("has a path"));
        }
        // It percent-decodes user and password.
        let parsed =
            ureq::Proxy::new(url).map_err(|_| refused("has a user or a password that is not UTF-8"))?;
        let user = parsed.username().unwrap_or_default();
        let password = parsed.password().unwrap_or_default();
        let credentials = (parsed.username().is_some() || parsed.password().is_some())
            .then(|| BASE64_STANDARD.encode(format!("{user}:{password}")));
        // A user without a password is a token.
        let secret = if password.is_empty() { user } else { password };
        let secrets = Secrets::new(credentials.as_deref().into_iter().chain([secret]));
        Ok(Proxy { endpoint, credentials, secrets })
    }

    /// The line of a request's head that carries user and password; empty without them.
    pub fn authorization(&self) -> String {
        match &self.credentials {
            Some(credentials) => format!("Proxy-Authorization: Basic {credentials}\r\n"),
            None => String::new(),
        }
    }

    /// The error of an answer to a request that was forwarded, if user and password are refused or missing.
    pub fn login_refused(&self, status: u16, headers: &HeaderMap) -> Option<Error> {
        // tinyproxy calls what is wrong a 401, as servers do; no server is given a user and a password.
        let is_wrong = status == 401 && self.credentials.is_some() && headers.contains_key(WWW_AUTHENTICATE);
        match status {
            407 => Some(self.refusal(407)),
            _ if is_wrong => Some(self.refusal(status).map_message(|message| {
                format!("{message} (if it was not the server behind the proxy that asked for others)")
            })),
            _ => None,
        }
    }

    /// The error of a proxy that answers with `status` instead of doing what it was asked.
    pub fn refusal(&self, status: u16) -> Error {
        let name = &self.endpoint;
        if !matches!(status, 401 | 407) {
            let text = format!("the proxy {name} refused the connection: HTTP {status}");
            return Error::new(ErrorKind::Network, text).with_retryable(retry::status_is_passing(status));
        }
        let text = match self.credentials {
            Some(_) => format!("the proxy {name} refused user and password of `proxy`: HTTP {status}"),
            None => format!(
                "the proxy {name} asks for a user and a password (HTTP {status}): give them in `proxy`, as \
                 in http://user:password@{name}"
            ),
        };
        // That is how programs know it, whatever the proxy has said.
        Error::new(ErrorKind::Http, text).with_answer(407, String::new()).with_retryable(false)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.endpoint).finish()
    }
}

/// The proxies of one client: at most one for each scheme, and the hosts that are reached without.
#[derive(Debug, Default)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exempt: Vec<Exempt>,
}

impl Proxies {
    /// What the setting `proxy` asks for.
    pub fn new(setting: Option<&str>) -> Result<Self> {
        match setting {
            None => Ok(Proxies::default()),
            Some(PROXY_FROM_ENVIRONMENT) => {
                Self::from_environment(|name| std::env::var(name).ok(), sys::VARIABLES_HAVE_CASE)
            }
            Some(url) => {
                let proxy = Proxy::parse("proxy", url)?;
                Ok(Proxies { http: Some(proxy.clone()), https: Some(proxy), exempt: Vec::new() })
            }
        }
    }

    /// The variables that curl reads, in the same order. `HTTP_PROXY` is not among them: a web server hands
    /// its programs the header `Proxy` of any request under that name ("httpoxy"). Where names have no case,
    /// `http_proxy` is no better in such a program, which is known by `REQUEST_METHOD` (RFC 3875).
    fn from_environment(read: impl Fn(&str) -> Option<String>, names_have_case: bool) -> Result<Self> {
        let is_of_a_request = !names_have_case && read("REQUEST_METHOD").is_some();
        let read = |name: &str| if is_of_a_request && name == "http_proxy" { None } else { read(name) };
        let first = |names: &[&'static str]| {
            names
                .iter()
                .find_map(|name| read(name).filter(|value| !value.is_empty()).map(|value| (*name, value)))
        };
        let proxy = |names: &[&'static str]| match first(names) {
            None => Ok(None),
            Some((name, url)) if url.contains("://") => Proxy::parse(name, &url).map(Some),
            Some((name, address)) => Proxy::parse(name, &format!("http://{address}")).map(Some),
        };
        let exempt = first(&["no_proxy", "NO_PROXY"]).map_or_else(Vec::new, |(_, list)| Exempt::list(&list));
        Ok(Proxies {
            http: proxy(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
            https: proxy(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            exempt,
        })
    }

    /// Whether any plain http goes through a proxy.
    pub fn forward(&self) -> bool {
        self.http.is_some()
    }

    /// `secrets` and those of all proxies: a redirect may lead through another one, or past them all.
    pub fn hide(&self, secrets: &Secrets) -> Secrets {
        [&self.http, &self.https].into_iter().flatten().fold(secrets.clone(), |all, p| all.and(&p.secrets))
    }

    /// The proxy of requests to `target`; `None`: they go there directly.
    pub fn of(&self, target: &Endpoint) -> Option<&Proxy> {
        let proxy = if target.is_tls { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.exempt.iter().any(|exempt| exempt.covers(&target.host)))
    }
}

/// One entry of `NO_PROXY`.
#[derive(Debug, PartialEq)]
enum Exempt {
    All,
    /// The host and all below it; lower case, without a dot at either end.
    Domain(String),
    /// All addresses with these first bits.
    Network(IpAddr, u8),
}

impl Exempt {
    fn list(text: &str) -> Vec<Self> {
        text.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()).filter_map(Self::parse).collect()
    }

    /// An entry that is none of the known forms exempts nothing, as in curl.
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Exempt::All);
        }
        let (address, bits) = match entry.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (entry, None),
        };
        let bare = address.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(address);
        match bare.parse::<IpAddr>() {
            Ok(ip) => {
                let most = if ip.is_ipv4() { 32 } else { 128 };
                bits.is_none_or(|bits| bits <= most).then(|| Exempt::Network(ip, bits.unwrap_or(most)))
            }
            Err(_) if bits.is_some() => None,
            Err(_) => Some(Exempt::Domain(entry.trim_matches('.').to_ascii_lowercase())),
        }
    }

    /// `host` is in lower case.
    fn covers(&self, host: &str) -> bool {
        match (self, host.parse::<IpAddr>()) {
            (Exempt::All, _) => true,
            (Exempt::Domain(domain), Err(_)) => {
                let host = host.trim_end_matches('.');
                host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Exempt::Network(IpAddr::V4(network), bits), Ok(IpAddr::V4(ip))) => {
                (network.to_bits() ^ ip.to_bits()).leading_zeros() >= u32::from(*bits)
            }
            (Exempt::Network(IpAddr::V6(network), bits), Ok(IpAddr::V6(ip))) => {
                (network.to_bits() ^ ip.to_bits()).leading_zeros() >= u32::from(*bits)
            }
            (Exempt::Domain(_) | Exempt::Network(..), _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Endpoint {
        Endpoint::parse(url).expect("an endpoint")
    }

    fn from(variables: &[(&str, &str)]) -> Result<Proxies> {
        from_names(variables, true)
    }

    fn from_names(variables: &[(&str, &str)], have_case: bool) -> Result<Proxies> {
        let is = |a: &str, b: &str| if have_case { a == b } else { a.eq_ignore_ascii_case(b) };
        let read =
            |name: &str| variables.iter().find(|(n, _)| is(n, name)).map(|(_, value)| (*value).to_owned());
        Proxies::from_environment(read, have_case)
    }

    fn chosen(variables: &[(&str, &str)], url: &str) -> Option<String> {
        from(variables).expect("proxies").of(&target(url)).map(|proxy| proxy.endpoint.to_string())
    }

    #[test]
    fn a_bad_proxy_never_shows_its_password() {
        for url in [
            "socks9://u:hunter2@h",
            "http://u:hunter2@h:99999",
            "u:hunter2@h",
            "http://u:hunter2@h/x",
            "http://u:hunter2%ff@h",
        ] {
            let error = Proxies::new(Some(url)).expect_err(url);
            assert!(error.message().starts_with("proxy ") && !error.message().contains("hunter2"), "{error}");
        }
        let proxies = Proxies::new(Some("http://u:hunter2@h")).expect("a proxy");
        assert!(!format!("{proxies:?}").contains("hunter2"));
        assert!(!format!("{proxies:?}").contains(&BASE64_STANDARD.encode("u:hunter2")));
    }

    #[test]
    fn user_and_password_are_decoded_once() {
        let proxies = Proxies::new(Some("http://a%40b:p%2525+@h:1")).expect("a proxy");
        let expected = format!("Proxy-Authorization: Basic {}\r\n", BASE64_STANDARD.encode("a@b:p%25+"));
        assert_eq!(proxies.of(&target("http://x")).map(Proxy::authorization), Some(expected));
    }

    #[test]
    fn variables_are_read_in_the_order_of_curl() {
        let all = [
            ("http_proxy", "http://a"),
            ("HTTP_PROXY", "http://b"),
            ("https_proxy", "http://c"),
            ("HTTPS_PROXY", "http://d"),
            ("all_proxy", "http://e"),
            ("ALL_PROXY", "f:1"),
        ];
        assert_eq!(chosen(&all, "http://x").as_deref(), Some("a:80"));
        assert_eq!(chosen(&all, "https://x").as_deref(), Some("c:80"));
        assert_eq!(chosen(&all[1..2], "http://x"), None);
        assert_eq!(chosen(&all[3..], "http://x").as_deref(), Some("e:80"));
        assert_eq!(chosen(&all[3..], "https://x").as_deref(), Some("d:80"));
        assert_eq!(chosen(&all[5..], "https://x").as_deref(), Some("f:1"));
        assert_eq!(
            chosen(&[("http_proxy", ""), ("all_proxy", "http://e")], "http://x").as_deref(),
            Some("e:80")
        );
    }

    #[test]
    fn the_header_of_a_request_is_no_proxy_where_names_have_no_case_either() {
        let of = |variables: &[(&str, &str)]| {
            let proxies = from_names(variables, false).expect("proxies");
            proxies.of(&target("http://x")).map(|proxy| proxy.endpoint.to_string())
        };
        let (header, served) = (("HTTP_PROXY", "http://a"), ("REQUEST_METHOD", "GET"));
        assert_eq!(of(&[header]).as_deref(), Some("a:80"));
        assert_eq!(of(&[header, served]), None);
        assert_eq!(of(&[header, served, ("ALL_PROXY", "http://e")]).as_deref(), Some("e:80"));
        assert_eq!(chosen(&[("http_proxy", "http://a"), served], "http://x").as_deref(), Some("a:80"));
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_named() {
        let error = from(&[("ALL_PROXY", "socks5://u:hunter2@h")]).expect_err("not an HTTP proxy");
        assert!(error.message().starts_with("ALL_PROXY ") && !error.message().contains("hunter2"), "{error}");
    }

    #[test]
    fn no_proxy_exempts_domains_addresses_and_networks() {
        let is_exempt =
            |list: &str, url: &str| chosen(&[("ALL_PROXY", "http://p"), ("NO_PROXY", list)], url).is_none();
        for (list, url) in [
            ("*", "https://example.com"),
            ("a.org, example.com", "https://example.com:444"),
            ("example.com", "https://www.Example.com."),
            (".example.com", "https://example.com"),
            ("a.org .EXAMPLE.com.", "http://www.example.com"),
            ("127.0.0.1", "http://127.0.0.1:80"),
            ("192.168.0.0/16", "http://192.168.255.1"),
            ("0.0.0.0/0", "http://192.168.255.1"),
            ("[::1]", "http://[::1]:80"),
            ("fd00::/8", "http://[fdff::1]"),
        ] {
            assert!(is_exempt(list, url), "{list} {url}");
        }
        for (list, url) in [
            ("example.com", "https://notexample.com"),
            ("www.example.com", "https://example.com"),
            ("127.0.0.1", "http://127.0.0.11"),
            ("0.0.1", "http://127.0.0.1"),
            ("192.168.0.0/16", "http://192.169.0.1"),
            ("192.168.0.0/99", "http://192.168.0.1"),
            ("::/0", "http://127.0.0.1"),
            ("", "http://127.0.0.1"),
            (".", "http://example.com"),
        ] {
            assert!(!is_exempt(list, url), "{list} {url}");
        }
    }
}
