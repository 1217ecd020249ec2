//! The only place that talks HTTP: one agent with its pool, the bounds of a call, the retry policy, redaction.

#![forbid(unsafe_code)]

mod answer;
pub mod bounds;
mod connector;
mod escape;
pub mod redact;
pub mod retry;
mod socket;
mod tls;

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ureq::http::{HeaderName, HeaderValue, Method, Uri};
use ureq::{AsSendBody, Body, SendBody};

pub use answer::{Answer, xml_element};
pub use bounds::Bounds;
pub use escape::{escaped, hex, push_json_ascii};

use crate::error::{Error, Kind, Result, system_text};

/// The largest answer that is read into memory.
pub const LARGEST_ANSWER: u64 = 16 << 20;

/// Connections kept open between calls: as many as the highest concurrency.
const POOL: usize = 32;

/// How a client connects. `None` and the defaults are what `ferry_connection_options` documents.
#[derive(Debug, Clone)]
pub struct Connection {
    pub connect_timeout: Duration,
    pub stall_timeout: Duration,
    pub deadline: Option<Duration>,
    pub max_retries: u32,
    pub proxy: Option<String>,
    pub ca_file: Option<String>,
    pub user_agent: Option<String>,
}

impl Default for Connection {
    fn default() -> Self {
        Connection {
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(120),
            deadline: None,
            max_retries: retry::DEFAULT_RETRIES,
            proxy: None,
            ca_file: None,
            user_agent: None,
        }
    }
}

/// One request. Headers are sent as they are given; ureq adds only what HTTP itself needs.
pub struct Request<'a> {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Payload<'a>,
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

/// The HTTP side of one client.
pub struct Http {
    agent: ureq::Agent,
    connection: Connection,
    product: String,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

impl Http {
    pub fn new(connection: Connection) -> Result<Self> {
        let product = match &connection.user_agent {
            Some(own) => {
                check_header("user_agent", own)?;
                own.clone()
            }
            None => format!("ferry/{}", env!("CARGO_PKG_VERSION")),
        };
        let proxy = connection.proxy.as_deref().map(proxy).transpose()?;
        let tls = tls::config(connection.ca_file.as_deref())?;
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_idle_connections(POOL)
            .max_idle_connections_per_host(POOL)
            .input_buffer_size(32 << 10)
            .output_buffer_size(128 << 10)
            .build();
        let agent = ureq::Agent::with_parts(
            config,
            connector::FerryConnector { tls },
            connector::FerryResolver::default(),
        );
        Ok(Http { agent, connection, product })
    }

    /// The product in `User-Agent`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// The retries of one call.
    pub fn attempts(&self) -> retry::Attempts {
        retry::Attempts::new(self.connection.max_retries)
    }

    /// The same for a call that must not be repeated more than `most` times, whatever the client's retries.
    pub fn attempts_at_most(&self, most: u32) -> retry::Attempts {
        retry::Attempts::new(self.connection.max_retries.min(most))
    }

    /// The bounds of an operation that starts now and ends early when `cancelled` becomes true.
    pub fn bounds(&self, cancelled: Arc<AtomicBool>, deadline: Option<Duration>) -> Arc<Bounds> {
        let connection = &self.connection;
        Bounds::new(
            cancelled,
            deadline.or(connection.deadline),
            connection.connect_timeout,
            connection.stall_timeout,
        )
    }

    /// Sends one request and reads the whole answer, whatever its status.
    pub fn send(&self, request: Request<'_>, bounds: &Arc<Bounds>) -> Result<Answer> {
        self.open(request, bounds)?.read_all()
    }

    /// Sends one request; the answer's body is still to be read.
    pub fn open(&self, request: Request<'_>, bounds: &Arc<Bounds>) -> Result<Opened> {
        bounds.check()?;
        let entered = bounds.enter();
        let shown = redact::url(&request.url);
        let failed = |error: ureq::Error| map(error).while_doing(&shown);
        let mut head = ureq::http::Request::builder().method(request.method).uri(&request.url);
        for (name, value) in &request.headers {
            head = head.header(name, value);
        }
        let response = match request.body {
            Payload::None => self.run(head, ()),
            Payload::Bytes(bytes) => self.run(head, bytes),
            Payload::Stream { reader, length } => {
                let body = SendBody::from_reader(reader);
                self.run(head.header("content-length", length), body)
            }
        };
        Ok(Opened { response: response.map_err(failed)?, shown, _entered: entered })
    }

    fn run(
        &self,
        head: ureq::http::request::Builder,
        body: impl AsSendBody,
    ) -> std::result::Result<ureq::http::Response<Body>, ureq::Error> {
        self.agent.run(head.body(body).map_err(ureq::Error::Http)?)
    }
}

/// An answer whose body is still to be read, by the thread that asked.
pub struct Opened {
    response: ureq::http::Response<Body>,
    shown: String,
    _entered: bounds::Entered,
}

impl Opened {
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads some bytes of the body; 0 at its end. A body shorter than its `Content-Length` is an error.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut reader = self.response.body_mut().as_reader();
        reader.read(buffer).map_err(|e| map_io(e).while_doing(&self.shown))
    }

    pub fn read_all(mut self) -> Result<Answer> {
        let status = self.status();
        let mut body = Vec::new();
        let mut reader = self.response.body_mut().as_reader().take(LARGEST_ANSWER + 1);
        reader.read_to_end(&mut body).map_err(|e| map_io(e).while_doing(&self.shown))?;
        if body.len() as u64 > LARGEST_ANSWER {
            return Err(Error::new(
                Kind::Protocol,
                format!("{}: the answer is larger than {} MiB", self.shown, LARGEST_ANSWER >> 20),
            ));
        }
        let headers = self.response.headers().clone();
        Ok(Answer { status, headers, body })
    }
}

/// Refuses what cannot stand in a header, `what` naming it.
pub fn check_header(what: &str, value: &str) -> Result<()> {
    if value.chars().any(char::is_control) {
        return Err(Error::invalid_argument(format!(
            "{what} has a control character (a newline?), which no header can carry"
        )));
    }
    Ok(())
}

/// Refuses headers that a service handed out if they cannot be sent.
pub fn check_headers(headers: &[(String, String)]) -> Result<()> {
    for (name, value) in headers {
        let is_sound =
            HeaderName::try_from(name.as_str()).is_ok() && HeaderValue::try_from(value.as_str()).is_ok();
        if !is_sound {
            return Err(Error::new(
                Kind::Protocol,
                format!("the service asks for a header that cannot be sent: {name:?}"),
            ));
        }
    }
    Ok(())
}

/// Refuses a base URL that is not absolute http or https; gives it back without a slash at its end.
pub fn check_base_url(what: &str, url: &str) -> Result<String> {
    let refused = |why: &str| Err(Error::invalid_argument(format!("{what} {why}, e.g. https://example.com")));
    let Ok(uri) = url.parse::<Uri>() else { return refused("must be an absolute http or https URL") };
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return refused("must be an absolute http or https URL");
    }
    if uri.query().is_some() {
        return refused("must not have a query");
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Whether `url` may be used: https always, plain http only to this machine or where the base URL `asked_by` is plain itself.
pub fn check_scheme(url: &str, asked_by: &str) -> Result<()> {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    match uri.as_ref().and_then(Uri::scheme_str) {
        Some("https") => Ok(()),
        Some("http") if asked_by.starts_with("http://") || is_loopback(host) => Ok(()),
        Some("http") => Err(Error::new(
            Kind::Protocol,
            format!(
                "the service names {}, which is not encrypted; plain http is used only to this machine or when the base URL asks for it",
                redact::url(url)
            ),
        )),
        _ => Err(Error::new(
            Kind::Protocol,
            format!("the service names an address that cannot be used: {:?}", redact::url(url)),
        )),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn proxy(url: &str) -> Result<ureq::Proxy> {
    let is_http = url.starts_with("http://") || url.starts_with("https://");
    match ureq::Proxy::new(url) {
        Ok(proxy) if is_http => Ok(proxy),
        _ => Err(Error::invalid_argument(
            "proxy must be an http or https URL, e.g. http://user:password@proxy.example.com:3128",
        )),
    }
}

fn map(error: ureq::Error) -> Error {
    let network = |text: String| Error::new(Kind::Network, text);
    match error {
        ureq::Error::Io(error) => map_io(error),
        ureq::Error::Rustls(error) => tls_error(&error),
        ureq::Error::BadUri(url) => {
            Error::invalid_argument(format!("{} is not a usable URL", redact::url(&url)))
        }
        ureq::Error::Http(error) => {
            Error::invalid_argument(format!("the request cannot be written: {error}"))
        }
        ureq::Error::ConnectProxyFailed(reason) => {
            network(format!("the proxy refused the connection: {reason}")).before_sending()
        }
        ureq::Error::LargeResponseHeader(..) => {
            Error::new(Kind::Protocol, "the answer's headers are larger than 64 KiB")
        }
        ureq::Error::Protocol(error) => {
            Error::new(Kind::Protocol, format!("the answer is not HTTP: {error}")).with_retryable(true)
        }
        ureq::Error::Timeout(which) => Error::new(Kind::Timeout, which.to_string()),
        other => network(other.to_string()),
    }
}

fn map_io(error: io::Error) -> Error {
    let error = match Error::from_io(error) {
        Ok(own) => return own,
        Err(error) => error,
    };
    let error = match error.downcast::<ureq::Error>() {
        Ok(inner) => return map(inner),
        Err(error) => error,
    };
    match error.downcast::<rustls::Error>() {
        Ok(inner) => tls_error(&inner),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::new(Kind::Network, "the connection was closed before the answer was complete")
        }
        Err(error) => Error::new(Kind::Network, system_text(&error)),
    }
}

fn tls_error(error: &rustls::Error) -> Error {
    let is_final = matches!(error, rustls::Error::InvalidCertificate(_));
    let hint = if is_final { " (to trust a private authority, name its certificate in ca_file)" } else { "" };
    Error::new(Kind::Network, format!("TLS: {error}{hint}")).with_retryable(!is_final)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_needs_loopback_or_a_plain_base() {
        assert!(check_scheme("https://s3.example.com/x", "https://a").is_ok());
        assert!(check_scheme("http://127.0.0.1:9/x", "https://a").is_ok());
        assert!(check_scheme("http://[::1]:9/x", "https://a").is_ok());
        assert!(check_scheme("http://s3.example.com/x", "http://gateway").is_ok());
        assert!(check_scheme("http://s3.example.com/x", "https://a").is_err());
        assert!(check_scheme("ftp://s3.example.com/x", "https://a").is_err());
    }

    #[test]
    fn base_urls_are_checked_and_trimmed() {
        assert_eq!(
            check_base_url("base_url", "http://127.0.0.1:80/x/").ok().as_deref(),
            Some("http://127.0.0.1:80/x")
        );
        for bad in ["", "example.com", "ftp://x", "http://", "https://x?y=1", "https:///x"] {
            assert!(check_base_url("base_url", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_proxy_never_shows_its_password() {
        let connection = Connection { proxy: Some("socks9://u:hunter2@h".into()), ..Connection::default() };
        let error = Http::new(connection).expect_err("refused");
        assert!(!error.message().contains("hunter2"));
    }
}
