//! Telestream Cloud Flip, API 3.0: factories, videos, encodings, profiles (`specs/telestream.md`).

#![forbid(unsafe_code)]

pub mod client;
mod clock;
mod params;
mod resources;
mod signing;

pub use client::{Client, ClientOptions};
pub use resources::Resource;
