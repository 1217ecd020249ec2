//! How a client connects: what `ferry_connection_options` says.

use std::time::Duration;

use super::retry;
use super::trust::Trust;

/// The value of `proxy` that asks for the proxies that the environment names.
pub const PROXY_FROM_ENVIRONMENT: &str = "environment";

/// How a client connects. `None` and the defaults are what `ferry_connection_options` documents.
#[derive(Debug, Clone)]
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
        }
    }
}
