//! Filestack (`specs/filestack.md`).
//!
//! [`client`] is an account, [`upload`] sends a file, [`batch`] sends many, [`filelink`] is a stored file,
//! [`transform`] builds a chain of tasks and [`processing`] runs it. [`rest`] sends any other request.

#![forbid(unsafe_code)]

mod address;
pub mod av;
pub mod batch;
pub mod client;
mod completion;
pub mod filelink;
mod multipart;
mod parts;
pub mod processing;
mod request;
pub mod rest;
pub mod screenshot;
mod secrets;
pub mod security;
mod single;
mod spec;
pub mod store;
pub mod tasks;
pub mod transform;
pub mod upload;
pub mod webhook;
pub mod workflow;
pub mod zip;

pub use batch::{Batch, Item};
pub use client::{Client, ClientOptions};
pub use filelink::Filelink;
pub use request::RequestOptions;
pub use security::Security;
pub use spec::{Intelligent, Place, UploadOptions};
pub use upload::Upload;
