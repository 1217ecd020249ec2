//! Filestack: uploads and filelinks (`specs/filestack.md`).

#![forbid(unsafe_code)]

pub mod av;
pub mod client;
pub mod filelink;
mod parts;
pub mod processing;
mod request;
pub mod security;
mod spec;
pub mod store;
pub mod tasks;
pub mod transform;
pub mod upload;
pub mod webhook;

pub use client::{Client, ClientOptions};
pub use filelink::Filelink;
pub use request::RequestOptions;
pub use security::Security;
pub use spec::{Intelligent, Place, UploadOptions};
pub use upload::Upload;
