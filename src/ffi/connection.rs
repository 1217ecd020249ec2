//! How a client connects.
//!
//! ```c
//! ferry_connection_options connection;
//! ferry_connection_options_init(&connection, sizeof connection);
//! connection.deadline_ms = 60000;
//! connection.max_retries = FERRY_NO_RETRIES;
//! ferry_filestack_options options;
//! ferry_filestack_options_init(&options, sizeof options);
//! options.connection = &connection;
//! ferry_filestack *hasty = NULL;
//! ferry_filestack_new("APIKEY", &options, &hasty, &err);
//! ferry_filestack_free(hasty);
//! ```

use std::ffi::{c_char, c_void};
use std::time::Duration;

use super::event::{self, ferry_event_fn, ferry_event_free_fn};
use super::{option_struct, options, owned_text};
use crate::error::{Error, Result};
use crate::http::{Connection, Manners, Trust};

/// A value of `max_retries`: a request that fails is not sent again.
pub const FERRY_NO_RETRIES: u32 = 0xFFFF_FFFF;

/// A value of `trust`: the public certificate authorities, Mozilla's list. They are built into the library.
pub const FERRY_TRUST_PUBLIC: i32 = 0;
/// A value of `trust`: the certificate authorities that the system trusts, to which companies add their own.
/// On Linux and BSD that is the bundle of the distribution, such as /etc/ssl/certs/ca-certificates.crt. On
/// macOS it is /etc/ssl/cert.pem; the keychain is not read, so what was added there has to be named in
/// `ca_file`. The variables `SSL_CERT_FILE` and `SSL_CERT_DIR` are not read.
pub const FERRY_TRUST_SYSTEM: i32 = 1;

/// A value of `manners`: connections share a line with other traffic as any others do.
pub const FERRY_MANNERS_FAIR: i32 = 0;
/// A value of `manners`: what the client sends yields to other traffic, and keeps the queues of the line
/// short (as RFC 6817, "LEDBAT", does). It takes what others leave, on an idle line nearly all. What it
/// receives does not yield. Needs a system that tells the round trip of a connection, as Linux does through
/// sock_diag(7).
pub const FERRY_MANNERS_BACKGROUND: i32 = 1;

/// How a client connects to its hosts. Initialise it with `ferry_connection_options_init`, then set what you
/// need. Zero and NULL mean the default. All texts are copied when the client is made. Times are in
/// milliseconds, from 1 to 4294967295 (49 days).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_connection_options {
    /// The size of this struct in bytes. `ferry_connection_options_init` sets it.
    pub struct_size: usize,
    /// The longest time to find the addresses of the host and to connect to one of them. When it has passed
    /// the attempt fails with `FERRY_TIMEOUT` and counts as one of `max_retries`. Default: 10,000 (10 s).
    ///
    /// A host with several addresses is tried at all of them, IPv6 and IPv4 in turn, each attempt 250 ms
    /// after the one before (RFC 8305). The first that answers is used.
    pub connect_timeout_ms: u32,
    /// The longest time without a single byte sent or received. When it has passed the attempt fails with
    /// `FERRY_TIMEOUT` and counts as one of `max_retries`. A transfer that moves is never ended, however slow
    /// it is; for that there is `deadline_ms`. Default: 120,000 (2 minutes).
    pub stall_timeout_ms: u32,
    /// The longest time for a whole call, with all attempts and the pauses between them. When it has passed
    /// the call fails with `FERRY_TIMEOUT`, within a second. The `deadline_ms` of a call's own options wins
    /// over this one. Default: no limit.
    pub deadline_ms: u32,
    /// How many times a request or a part is sent again after an error that can pass: a lost connection, a
    /// timeout, HTTP 408, 425, 429 and most 5xx. `FERRY_NO_RETRIES` means never. The pause before each
    /// attempt is random, at most 250 ms before the first, then twice as long each time, up to 15 s; if the
    /// service asks for a pause (`Retry-After`), it is that, up to 120 s. Default: 10.
    pub max_retries: u32,
    /// The HTTP proxy to go through, as "http://proxy.example.com:3128", or "https://..." if the proxy itself
    /// speaks TLS. The port is from 1 to 65535; without one it is 80, or 443 for https. User and password are
    /// given as "http://user:password@proxy.example.com:3128", percent-encoded where they hold a reserved
    /// character, and are sent by the Basic scheme. They are never in an error.
    ///
    /// Plain http is forwarded by the proxy, https goes through a tunnel (CONNECT), which the proxy cannot
    /// read. If the proxy refuses user and password (HTTP 407), the call fails with `FERRY_HTTP` and is not
    /// tried again. SOCKS is not supported.
    ///
    /// `FERRY_PROXY_FROM_ENVIRONMENT` takes the proxy from environment variables, which are read when the
    /// client is made, as curl does: `http_proxy` for http, `https_proxy` or `HTTPS_PROXY` for https,
    /// `all_proxy` or `ALL_PROXY` for both; hosts in `no_proxy` or `NO_PROXY` are reached directly. That is a
    /// list of domains, addresses and networks separated by commas, such as "example.com,10.0.0.0/8"; a
    /// domain stands for all hosts below it too, and "*" for all hosts.
    ///
    /// Default: no proxy, and no environment variable is read for one.
    pub proxy: *const c_char,
    /// The path of a file with certificates in PEM form. They are trusted beside those of `trust`.
    /// Certificates that cannot be read are left out. Making the client fails with `FERRY_IO` if the file
    /// cannot be read or is no regular file, and with `FERRY_INVALID_ARGUMENT` if it has more than 16 MiB or
    /// holds no certificate that can be read. Default: none.
    pub ca_file: *const c_char,
    /// The `User-Agent` of every request. It must not hold control characters. Default: "ferry/" and the
    /// version.
    pub user_agent: *const c_char,
    /// Which certificate authorities are trusted: `FERRY_TRUST_PUBLIC` or `FERRY_TRUST_SYSTEM`. With the
    /// latter, making the client fails with `FERRY_IO` if the system has no store. Default:
    /// `FERRY_TRUST_PUBLIC`.
    pub trust: i32,
    /// How the client's connections share a line with other traffic: `FERRY_MANNERS_FAIR` or
    /// `FERRY_MANNERS_BACKGROUND`. With the latter, making the client fails with
    /// `FERRY_INVALID_ARGUMENT` where the system does not tell the round trip of a connection. Default:
    /// `FERRY_MANNERS_FAIR`.
    pub manners: i32,
    /// The most bytes a second of all calls of the client together, there and back; see @ref upload. 0: no
    /// limit.
    pub bytes_per_second: u64,
    /// How the kernel controls congestion on the client's connections, by the name that it has there, such as
    /// "bbr" or "cubic"; at most 15 bytes. Making the client fails with `FERRY_INVALID_ARGUMENT` if the
    /// system does not know the name, does not permit it to this program, or lets no program choose; the
    /// message lists what is permitted. Linux only. NULL: as the system does.
    pub congestion: *const c_char,
    /// Gets an event for each attempt of each request, each connection, each retry, each restart of an upload
    /// and each change of the number of parts sent at once. Calls that several threads make at once call it
    /// at once, each on its own thread. Default: NULL; nothing is recorded or timed then.
    pub on_event: ferry_event_fn,
    /// Given to `on_event`. It must live as long as the client and all that is made with it, such as uploads
    /// and filelinks, which keep what they need of the client.
    pub event_data: *mut c_void,
    /// Called once with `event_data` when these are all freed, by the thread that frees the last of them. Not
    /// called if the client could not be made, or if `on_event` is NULL. Default: NULL.
    pub event_free: ferry_event_free_fn,
}

option_struct!(ferry_connection_options, ferry_connection_options_init:
    struct_size connect_timeout_ms stall_timeout_ms deadline_ms max_retries proxy ca_file user_agent
    trust manners bytes_per_second congestion on_event event_data event_free
);

/// The connection that C asks for.
///
/// # Safety
/// `given` is NULL or points to valid options, whose callbacks may be called as long as the connection is
/// used.
pub unsafe fn connection(given: *const ferry_connection_options) -> Result<Connection> {
    // SAFETY: by this function's contract.
    let given = unsafe { options(given) }?;
    let defaults = Connection::default();
    let or = |ms: u32, default| if ms == 0 { default } else { Duration::from_millis(ms.into()) };
    // SAFETY: texts of valid options.
    let (proxy, ca_file, user_agent, congestion) = unsafe {
        (
            owned_text(given.proxy, "proxy")?,
            owned_text(given.ca_file, "ca_file")?,
            owned_text(given.user_agent, "user_agent")?,
            owned_text(given.congestion, "congestion")?,
        )
    };
    let trust = match given.trust {
        FERRY_TRUST_PUBLIC => Trust::Public,
        FERRY_TRUST_SYSTEM => Trust::System,
        other => {
            let text = format!("trust is {other}, but must be FERRY_TRUST_PUBLIC or FERRY_TRUST_SYSTEM");
            return Err(Error::invalid_argument(text));
        }
    };
    let manners = match given.manners {
        FERRY_MANNERS_FAIR => Manners::Fair,
        FERRY_MANNERS_BACKGROUND => Manners::Background,
        other => {
            let text =
                format!("manners is {other}, but must be FERRY_MANNERS_FAIR or FERRY_MANNERS_BACKGROUND");
            return Err(Error::invalid_argument(text));
        }
    };
    Ok(Connection {
        connect_timeout: or(given.connect_timeout_ms, defaults.connect_timeout),
        stall_timeout: or(given.stall_timeout_ms, defaults.stall_timeout),
        deadline: deadline(given.deadline_ms),
        max_retries: match given.max_retries {
            0 => defaults.max_retries,
            FERRY_NO_RETRIES => 0,
            retries => retries,
        },
        proxy,
        ca_file,
        user_agent,
        trust,
        manners,
        bytes_per_second: given.bytes_per_second,
        congestion,
        // SAFETY: by this function's contract.
        on_event: unsafe { event::handler(given.on_event, given.event_data, given.event_free) },
    })
}

/// A deadline in C's form.
pub fn deadline(ms: u32) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms.into()))
}
