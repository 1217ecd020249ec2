//! Telestream Cloud Flip, APIs 3.0 and 3.1: factories, videos, encodings, profiles (`specs/telestream.md`).

#![forbid(unsafe_code)]

mod call;
pub mod client;
mod clock;
mod files;
mod location;
mod pages;
mod params;
mod parts;
mod profile;
mod ranges;
mod requested;
mod resources;
mod session;
mod signing;
mod upload;
mod wait;

pub use call::RequestOptions;
pub use client::{Client, ClientOptions};
pub use requested::Protocol;
pub use resources::Resource;
pub use upload::{Upload, UploadOptions};
