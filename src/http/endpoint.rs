//! The other end of a connection, as a URL names it.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// The scheme, the host and the port of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub is_tls: bool,
    /// A name in lower case, or an address; an IPv6 address has no brackets.
    pub host: String,
    pub port: u16,
}

impl Endpoint {
    /// As [`Endpoint::of`].
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        Endpoint::of(&url.parse().map_err(|_| "is not a URL")?)
    }

    /// What is wrong with the URL is the error. The port is judged here because `Uri::port_u16` takes a port
    /// out of range for none at all, and the request would go to whoever listens at the default port.
    pub fn of(uri: &Uri) -> Result<Self, &'static str> {
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err("is not an absolute http or https URL"),
        };
        let authority = uri.authority().ok_or("has no host")?;
        let after_user = authority.as_str().rsplit('@').next().unwrap_or_default();
        let host = authority.host();
        let port = match after_user.strip_prefix(host).and_then(|rest| rest.strip_prefix(':')) {
            None => default_port(is_tls),
            Some(digits) => {
                let port = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
                port.filter(|port| *port != 0).ok_or("has a port that is not a number from 1 to 65535")?
            }
        };
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err("has no host");
        }
        Ok(Endpoint { is_tls, host: host.to_ascii_lowercase(), port })
    }

    /// Host and port as a `Host` header has them: without the port that the scheme implies.
    pub fn host_header(&self) -> String {
        if self.port == default_port(self.is_tls) { self.bracketed() } else { self.to_string() }
    }

    /// `https://host`, with the port unless the scheme implies it.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.host_header())
    }

    /// Whether it is this machine, whatever the name service says.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

/// `host:port`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.bracketed(), self.port)
    }
}

fn default_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Result<String, &'static str> {
        Endpoint::parse(url).map(|end| end.to_string())
    }

    #[test]
    fn the_port_is_the_url_s_or_the_scheme_s() {
        assert_eq!(of("http://example.com/x?y").as_deref(), Ok("example.com:80"));
        assert_eq!(of("https://user:1@Example.com/x").as_deref(), Ok("example.com:443"));
        assert_eq!(of("http://[::1]:65535").as_deref(), Ok("[::1]:65535"));
        assert_eq!(of("https://[::1]").as_deref(), Ok("[::1]:443"));
    }

    #[test]
    fn a_port_that_is_none_is_an_error() {
        for url in [
            "http://h:65536",
            "http://h:0",
            "http://h:",
            "http://h:8o",
            "http://h:+8",
            "https://u:80@h:99999/x",
        ] {
            assert!(of(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_host_header_has_no_default_port() {
        let header = |url: &str| Endpoint::parse(url).map(|end| end.host_header());
        assert_eq!(header("http://h:80/").as_deref(), Ok("h"));
        assert_eq!(header("https://[::1]:80").as_deref(), Ok("[::1]:80"));
    }
}
