//! How a client connects: what `ferry_connection_options` says.

use std::fmt;
use std::time::Duration;

use super::address::redacted;
use super::event::EventHandler;
use super::retry;
use super::trust::Trust;

/// The value of `proxy` that asks for the proxies that the environment names.
pub const PROXY_FROM_ENVIRONMENT: &str = "environment";

/// How the connections of a client share a line with other traffic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manners {
    /// As any other connections do.
    #[default]
    Fair,
    /// What is sent yields to other traffic.
    Background,
}

/// How a client connects. `None` and the defaults are what `ferry_connection_options` documents.
#[derive(Clone)]
pub struct Connection {
    pub connect_timeout: Duration,
    pub stall_timeout: Duration,
    pub deadline: Option<Duration>,
    pub max_retries: u32,
    /// The URL of an HTTP proxy, or [`PROXY_FROM_ENVIRONMENT`].
    pub proxy: Option<String>,
    pub ca_file: Option<String>,
    pub user_agent: Option<String>,
    pub trust: Trust,
    pub manners: Manners,
    /// The most bytes a second of all calls together; 0: no limit.
    pub bytes_per_second: u64,
    /// How the kernel controls congestion, by the name that it has there; `None`: as the system does.
    pub congestion: Option<String>,
    /// Gets the events of all calls.
    pub on_event: Option<EventHandler>,
}

/// The proxy is shown without its user and password.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("connect_timeout", &self.connect_timeout)
            .field("stall_timeout", &self.stall_timeout)
            .field("deadline", &self.deadline)
            .field("max_retries", &self.max_retries)
            .field("proxy", &self.proxy.as_deref().map(redacted))
            .field("ca_file", &self.ca_file)
            .field("user_agent", &self.user_agent)
            .field("trust", &self.trust)
            .field("manners", &self.manners)
            .field("bytes_per_second", &self.bytes_per_second)
            .field("congestion", &self.congestion)
            .field("on_event", &self.on_event)
            .finish()
    }
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
            trust: Trust::default(),
            manners: Manners::default(),
            bytes_per_second: 0,
            congestion: None,
            on_event: None,
        }
    }
}
