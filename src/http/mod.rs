//! The only place that talks HTTP: one agent with its pool, the bounds of a call, the retry policy, redaction.

#![forbid(unsafe_code)]

pub mod bounds;
mod connection;
mod connector;
mod endpoint;
mod escape;
mod failure;
mod forward;
mod happy_eyeballs;
mod proxy;
pub mod redact;
mod request;
mod resolver;
mod response;
pub mod retry;
mod socket;
pub mod thread;
mod tls;
mod trust;
mod tunnel;
mod url;

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ureq::{AsSendBody, Body, SendBody};

pub use bounds::{Bounds, Stop};
pub use connection::Connection;
pub use escape::{escaped, hex, push_json_ascii};
pub use redact::Secrets;
pub use request::{Payload, Request, check_header, check_headers};
pub use response::{Response, ResponseStream, xml_element};
pub use trust::Trust;
pub use ureq::http::{HeaderMap, Method, Uri};
pub use url::{check_base_url, check_scheme};

use crate::error::Result;

/// Connections kept open between calls: as many as the highest concurrency.
const POOL: usize = 32;

/// How ureq runs requests, for every client. Made once: ureq reads the environment's proxies into each
/// configuration, whether they are used or, as here, not.
static CONFIG: LazyLock<ureq::config::Config> = LazyLock::new(|| {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent("")
        .accept("")
        .accept_encoding("")
        .max_idle_connections(POOL)
        .max_idle_connections_per_host(POOL)
        .input_buffer_size(32 << 10)
        .output_buffer_size(128 << 10)
        .build()
});

/// The HTTP side of one client.
pub struct Http {
    agent: ureq::Agent,
    proxies: Arc<proxy::Proxies>,
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
        let proxies = Arc::new(proxy::Proxies::new(connection.proxy.as_deref())?);
        let tls = tls::config(trust::roots(connection.trust, connection.ca_file.as_deref())?)?;
        let resolver = resolver::Resolver::default();
        let connector = connector::FerryConnector { tls, proxies: Arc::clone(&proxies), resolver };
        let agent = ureq::Agent::with_parts(CONFIG.clone(), connector, connector::NoResolver);
        Ok(Http { agent, proxies, connection, product })
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

    /// The bounds of an operation that starts now and ends early when `stop` says so.
    pub fn bounds(&self, stop: Arc<Stop>, deadline: Option<Duration>) -> Arc<Bounds> {
        let connection = &self.connection;
        Bounds::new(
            stop,
            deadline.or(connection.deadline),
            connection.connect_timeout,
            connection.stall_timeout,
        )
    }

    /// Sends one request and reads the whole answer, whatever its status.
    pub fn send(&self, request: Request<'_>, bounds: &Arc<Bounds>) -> Result<Response> {
        self.open(request, bounds)?.read_all()
    }

    /// Sends one request; the answer's body is still to be read.
    pub fn open(&self, request: Request<'_>, bounds: &Arc<Bounds>) -> Result<ResponseStream> {
        bounds.check()?;
        let entered = bounds.enter();
        let Request { shown, mut secrets, .. } = request;
        // A proxy that forwards sees the request, and its answer comes as the server's.
        let forwarded = self.forwarding_proxy(&request.url);
        if let Some(secret) = forwarded.and_then(proxy::Proxy::secret) {
            secrets = secrets.with([secret]);
        }
        let shown = shown.unwrap_or_else(|| redact::url(&request.url));
        let failed = |error: ureq::Error| secrets.clean_error(failure::map(error)).while_doing(&shown);
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
        let response = response.map_err(failed)?;
        match forwarded {
            Some(proxy) if response.status() == 407 => Err(proxy.refusal(407).while_doing(&shown)),
            _ => Ok(ResponseStream::new(response, shown, secrets, entered)),
        }
    }

    /// The proxy that sees the requests to `url`; it does not see those of https.
    fn forwarding_proxy(&self, url: &str) -> Option<&proxy::Proxy> {
        self.proxies.forward().then_some(())?;
        let target = endpoint::Endpoint::of(&url.parse().ok()?).ok()?;
        self.proxies.of(&target).filter(|_| !target.is_tls)
    }

    fn run(
        &self,
        head: ureq::http::request::Builder,
        body: impl AsSendBody,
    ) -> std::result::Result<ureq::http::Response<Body>, ureq::Error> {
        self.agent.run(head.body(body).map_err(ureq::Error::Http)?)
    }
}
