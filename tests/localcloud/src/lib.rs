//! The local cloud: Filestack and Telestream Cloud Flip on loopback, for tests, demos and development without
//! an account.
//!
//! ```no_run
//! let cloud = localcloud::Cloud::start(localcloud::Options::default())?;
//! println!("point base_url at {}", cloud.http_url());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! It keeps state, refuses what the service refuses and stores real bytes in an embedded S3 server that is
//! not ours. Section numbers in comments are those of the project's protocol notes: Filestack's, in
//! `telestream/` Telestream's.
#![forbid(unsafe_code)]

mod certificate;
mod cloud;
mod connection;
mod control;
mod cors;
mod disk;
mod download;
mod fault;
mod feed;
mod fetch;
mod filestack;
mod form;
mod handler;
mod identifier;
mod intake;
mod journal;
mod mask;
mod message;
mod messenger;
mod options;
mod origin;
mod outflow;
mod pace;
mod page;
mod preview;
mod pulse;
mod query;
mod receipt;
mod repeated;
mod reply;
mod route;
mod server;
mod state;
mod storage;
mod telestream;

pub use cloud::Cloud;
pub use options::{Options, StorageKind};
pub use repeated::{Count, Repeated};

/// The transformation tasks that the cloud knows, as JSON: a list of `{name, required, params}`, a parameter
/// being `{name, short, kind}`. A kind has a `type`, and `min` and `max`, `words` or `faces` where the type
/// has them.
#[must_use]
pub fn tasks() -> String {
    filestack::chain::catalogue::to_json().to_string()
}
