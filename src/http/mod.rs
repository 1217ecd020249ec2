//! The HTTP client of the library: one agent with its connection pool, the bounds of a call, redirects, the
//! retry policy and the redaction of secrets. No other module knows which HTTP library is used.
//!
//! A service makes a [`Request`] and sends it with an [`Http`] within [`Bounds`]. ureq writes the request and
//! reads the answer over a `transport`, on a `wire` that the `connector` has opened; `redirect` decides where
//! to go on, and [`Response`] is what came back.

#![forbid(unsafe_code)]

mod address;
mod ahead;
mod background;
pub mod bounds;
mod buffers;
mod congestion;
mod connection;
mod connector;
mod decode;
mod endpoint;
mod escape;
pub mod event;
mod exchange;
mod failure;
mod forward;
mod happy_eyeballs;
mod json;
mod pace;
mod proxy;
mod redact;
mod redirect;
mod request;
mod resolver;
mod response;
pub mod retry;
mod socket;
mod steering;
mod tls;
mod transport;
mod trust;
mod tunnel;
mod url;
mod wire;

use std::fmt;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ureq::{AsSendBody, Body, SendBody};

pub use address::{push_value, redacted, secret_parts, shown_address};
pub use bounds::{Bounds, Stop};
pub use connection::{Connection, Manners};
pub use connector::RoundTrip;
pub use endpoint::Endpoint;
pub use escape::{escaped, hex, percent_decoded, push_json_ascii, starts_encoded};
pub use event::{Event, EventHandler, EventKind, Events};
pub use json::parse_json;
pub use pace::Pace;
pub use redact::Secrets;
pub use request::{Payload, Request, check_header, check_headers};
pub use response::{Response, ResponseStream, xml_element};
pub use trust::Trust;
pub use ureq::http::{HeaderMap, Method, Uri};
pub use url::{check_base_url, check_scheme, has_dot_segment, is_plain};

use crate::error::{Error, Result};
use crate::thread;
use event::Watch;
use redirect::Redirects;
use request::{Address, is_sent};

/// Connections kept open between calls: one for each file of the most that are sent at once.
const POOL: usize = 160;

/// How ureq runs requests, for every client. Made once: ureq 3.5 has no public way to make a configuration
/// but from `Config::default`, which reads the proxies that the environment names. They are dropped here.
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
        .build()
});

/// The HTTP side of one client.
pub struct Http {
    agent: ureq::Agent,
    opener: Arc<connector::Opener>,
    proxies: Arc<proxy::Proxies>,
    connection: Connection,
    product: String,
    round_trip: Arc<RoundTrip>,
    paces: pace::Paces,
}

/// Without the proxy: its URL may carry a password.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("product", &self.product).finish_non_exhaustive()
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        if let Some(handler) = &self.connection.on_event {
            handler.release();
        }
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
        let authorities = trust::Authorities { trust: connection.trust, ca_file: connection.ca_file.clone() };
        let round_trip = Arc::<RoundTrip>::default();
        let background = match connection.manners {
            Manners::Fair => None,
            Manners::Background => Some(Arc::new(background::Background::new()?)),
        };
        let paces = background.iter().map(|background| background.pace());
        let paces = paces.chain([Arc::new(Pace::new(connection.bytes_per_second))]).collect();
        let opener = Arc::new(connector::Opener {
            round_trip: Arc::clone(&round_trip),
            opened: buffers::Opened::default(),
            tls: tls::Tls::new(authorities)?,
            proxies: Arc::clone(&proxies),
            resolver: resolver::Resolver::default(),
            congestion: connection.congestion.as_deref().map(congestion::Congestion::new).transpose()?,
            background,
            ahead: ahead::Ahead::default(),
        });
        let connector = connector::FerryConnector(Arc::clone(&opener));
        let agent = ureq::Agent::with_parts(CONFIG.clone(), connector, connector::NoResolver);
        Ok(Http { agent, opener, proxies, connection, product, round_trip, paces })
    }

    /// How long a packet to a service and back takes, as far as is known.
    pub fn round_trip(&self) -> &Arc<RoundTrip> {
        &self.round_trip
    }

    /// The value of `User-Agent`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// The retry policy of one call.
    pub fn attempts(&self) -> retry::Attempts {
        retry::Attempts::new(self.connection.max_retries)
    }

    /// The same with at most `most` retries.
    pub fn attempts_at_most(&self, most: u32) -> retry::Attempts {
        retry::Attempts::new(self.connection.max_retries.min(most))
    }

    /// The bounds of an operation that starts now and ends early when `stop` says so. Without a `deadline`,
    /// the client's applies.
    pub fn bounds(&self, stop: Arc<Stop>, deadline: Option<Duration>) -> Arc<Bounds> {
        self.paced_bounds(stop, deadline, [])
    }

    /// The same for an operation that no limit may delay.
    pub fn unpaced_bounds(&self, stop: Arc<Stop>, deadline: Duration) -> Arc<Bounds> {
        let Connection { connect_timeout, stall_timeout, on_event, .. } = &self.connection;
        Bounds::with(
            stop,
            Some(deadline),
            *connect_timeout,
            *stall_timeout,
            pace::Paces::new(),
            on_event.as_ref(),
        )
    }

    /// The same for an operation that keeps to a pace of its own beside the client's.
    pub fn paced_bounds(
        &self,
        stop: Arc<Stop>,
        deadline: Option<Duration>,
        own: impl IntoIterator<Item = Arc<Pace>>,
    ) -> Arc<Bounds> {
        let connection = &self.connection;
        Bounds::with(
            stop,
            deadline.or(connection.deadline),
            connection.connect_timeout,
            connection.stall_timeout,
            own.into_iter().chain(self.paces.iter().cloned()).collect(),
            connection.on_event.as_ref(),
        )
    }

    /// Runs `work`, which sends a request to where `url` points and then many. Once the first connection is
    /// open the others are opened, `count` in all, while the first request is under way. One that cannot be
    /// opened is left out: the request that needs it says why.
    pub fn opening_ahead<T>(
        &self,
        url: &str,
        count: impl Fn() -> usize + Sync,
        bounds: &Arc<Bounds>,
        (attempt, secrets): (retry::Attempt, &Secrets),
        work: impl FnOnce() -> T,
    ) -> T {
        let Some(target) = thread::check().ok().and_then(|()| Endpoint::parse(url).ok()) else {
            return work();
        };
        let (bounds, origin) = (bounds.child(), target.origin());
        let open = |promise: SyncSender<_>| {
            let _entered = bounds.enter();
            if let Some(observed) = event::Observed::connection(&bounds, attempt, secrets) {
                exchange::observe(observed);
            }
            // Where it cannot be sent nobody waits for it any more.
            let _ = promise.send(self.opener.open_ahead(&target)?);
            Ok(())
        };
        let open = &open;
        std::thread::scope(|scope| {
            let open_all = || {
                self.round_trip.wait(&bounds)?;
                for _ in 1..count() {
                    let promise = self.opener.ahead.promise(&bounds, &origin);
                    if thread::spawn_scoped(scope, move || open(promise)).is_err() {
                        break;
                    }
                }
                Ok(())
            };
            // Without the thread the requests open their connections themselves.
            let _ = thread::spawn_scoped(scope, open_all);
            let result = work();
            bounds.abandon();
            self.round_trip.wake();
            self.opener.ahead.forget(&bounds);
            result
        })
    }

    /// Sends one request and reads the whole answer, whatever its status; at most 16 MiB.
    pub fn send(&self, request: Request<'_>, bounds: &Arc<Bounds>) -> Result<Response> {
        self.open(request, bounds)?.read_all()
    }

    /// Sends one request and returns the answer, whatever its status, with its body unread. GET and HEAD
    /// follow up to 5 redirects; the answer to any other method can be a redirect. A redirect that cannot be
    /// followed is an error, and so is a successful answer that is compressed.
    pub fn open(&self, request: Request<'_>, bounds: &Arc<Bounds>) -> Result<ResponseStream> {
        let entered = bounds.enter();
        let Request { method, url, mut headers, mut body, shown, secrets, attempt } = request;
        let mut address = Address::new(url, shown, self.proxies.hide(&secrets));
        let mut redirects = Redirects::new(&method, &body);
        loop {
            bounds.check().map_err(Error::before_sending)?;
            // A proxy that forwards sees the request, and its answer comes as the server's.
            let proxy = self.forwarding_proxy(address.url());
            let watch = Watch::new(bounds, attempt, &method, &address);
            let payload = std::mem::replace(&mut body, Payload::None);
            let failed = |error: Error| {
                watch.failed(&error);
                address.explain(error)
            };
            let response = self.exchange(&method, address.url(), &headers, payload).map_err(failed)?;
            let status = response.status().as_u16();
            watch.answered(status, response.headers());
            if let Some(refused) = proxy.and_then(|proxy| proxy.login_refused(status, response.headers())) {
                return Err(failed(refused));
            }
            let next = redirects.next(&address, status, response.headers(), &mut headers);
            match next.inspect_err(|error| watch.failed(error))? {
                Some(next) => {
                    watch.ended();
                    address = next;
                }
                None => return ResponseStream::new(response, method, address, entered, watch),
            }
        }
    }

    /// Sends one request and reads the head of its answer.
    fn exchange(
        &self,
        method: &Method,
        url: &str,
        headers: &[(String, String)],
        body: Payload<'_>,
    ) -> Result<ureq::http::Response<Body>> {
        exchange::begin_request();
        let mut head = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers.iter().filter(|(name, _)| is_sent(name)) {
            head = head.header(name, value);
        }
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept-encoding")) {
            head = head.header("accept-encoding", "identity");
        }
        exchange::set_length(length_of(url, headers, &body));
        let response = match body {
            // Without a length ureq would end the missing body with a chunk of its own, after the head.
            Payload::None if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => {
                self.run(head.header("content-length", 0), ())
            }
            Payload::None => self.run(head, ()),
            Payload::Bytes(bytes) => self.run(head, bytes),
            Payload::Stream { reader, length } => {
                let mut body = exchange::RequestBody { reader, left: length };
                self.run(head.header("content-length", length), SendBody::from_reader(&mut body))
            }
        };
        let is_sent = exchange::has_begun();
        let failed = |error: Error| if is_sent { error } else { error.before_sending() };
        let response = response.map_err(|error| failed(failure::map(error)))?;
        // What came before a byte of the request had left is no answer to it.
        if exchange::is_cut() && !is_sent {
            return Err(failure::early(response.status().as_u16()).before_sending());
        }
        if exchange::is_cut() && response.status().is_success() {
            return Err(failure::early(response.status().as_u16()));
        }
        Ok(response)
    }

    /// The proxy that sees the requests to `url`; it does not see those of https.
    fn forwarding_proxy(&self, url: &str) -> Option<&proxy::Proxy> {
        self.proxies.forward().then_some(())?;
        let target = Endpoint::parse(url).ok()?;
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

/// The head may turn out shorter.
fn length_of(url: &str, headers: &[(String, String)], body: &Payload<'_>) -> exchange::Length {
    /// Method, host and the headers that are added.
    const REST: usize = 1024;
    let head = headers.iter().fold(url.len() + REST, |sum, (name, value)| sum + name.len() + value.len() + 4);
    let body = match body {
        Payload::None => 0,
        Payload::Bytes(bytes) => bytes.len(),
        Payload::Stream { length, .. } => usize::try_from(*length).unwrap_or(usize::MAX),
    };
    exchange::Length { head, body }
}
