//! Uploads and downloads through programs that stand between Ferry and a service in earnest: nginx, HAProxy,
//! squid, tinyproxy and dnsmasq, as Debian has them; certificates as servers have them. A program that is not
//! there is said, and its tests pass.

#![cfg(unix)]

mod authority;
mod haproxy;
#[cfg(target_os = "linux")]
mod names;
mod nginx;
mod program;
mod proxy;
mod refusal;
#[path = "../support/mod.rs"]
mod support;
#[path = "../tools/mod.rs"]
mod tools;
mod trip;

use std::net::SocketAddr;

use localcloud::Options;

use crate::support::TestCloud;

/// A cloud that speaks TLS. What speaks TLS in front of it speaks TLS with it, for the addresses that the
/// cloud gives for parts have the scheme by which it was asked.
fn secure_cloud() -> TestCloud {
    let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    TestCloud::with(Options { https, ..Options::default() })
}

/// Where a cloud speaks TLS: address and port.
fn upstream(cloud: &TestCloud) -> String {
    cloud.https_url().expect("TLS").trim_start_matches("https://").to_owned()
}
