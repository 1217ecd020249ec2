//! The core of Telestream: requests and calls, and sessions, against a service that does what the real one
//! should not; uploads against the local cloud.

mod calls;
mod readers;
mod requests;
mod service;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod uploads;
