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

use std::ffi::c_char;
use std::time::Duration;

use super::{option_struct, options, owned_text};
use crate::error::Result;
use crate::http::Connection;

/// `max_retries` of a client that never tries again.
pub const FERRY_NO_RETRIES: u32 = 0xFFFF_FFFF;

/// How a client connects; zero and NULL are the defaults. Times are in milliseconds.
///
/// No timeout ends a transfer that moves: `stall_timeout_ms` counts only while no byte goes either way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_connection_options {
    /// Set by `ferry_connection_options_init`.
    pub struct_size: usize,
    /// To find the host and reach it; 0: 10 s.
    pub connect_timeout_ms: u32,
    /// Without a byte sent or received; 0: 120 s.
    pub stall_timeout_ms: u32,
    /// For a whole call, all retries included; 0: none.
    pub deadline_ms: u32,
    /// Further attempts of one request or part; 0: 10; `FERRY_NO_RETRIES`: none. Pauses between them grow to 15 s.
    pub max_retries: u32,
    /// An HTTP proxy, e.g. "http://user:password@proxy.example.com:3128"; NULL: none. No environment variable is read.
    pub proxy: *const c_char,
    /// A PEM file of certificates to trust beside the public ones; NULL: none.
    pub ca_file: *const c_char,
    /// Instead of "ferry/VERSION".
    pub user_agent: *const c_char,
}

option_struct!(ferry_connection_options, ferry_connection_options_init:
    struct_size connect_timeout_ms stall_timeout_ms deadline_ms max_retries proxy ca_file user_agent
);

/// The connection that C asks for.
///
/// # Safety
/// `given` is NULL or points to valid options.
pub unsafe fn connection(given: *const ferry_connection_options) -> Result<Connection> {
    // SAFETY: by this function's contract.
    let given = unsafe { options(given) }?;
    let defaults = Connection::default();
    let or = |ms: u32, default| if ms == 0 { default } else { Duration::from_millis(ms.into()) };
    // SAFETY: texts of valid options.
    let (proxy, ca_file, user_agent) = unsafe {
        (
            owned_text(given.proxy, "proxy")?,
            owned_text(given.ca_file, "ca_file")?,
            owned_text(given.user_agent, "user_agent")?,
        )
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
    })
}

/// A deadline in C's form.
pub fn deadline(ms: u32) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms.into()))
}
