//! Filestack: uploads and filelinks (`specs/filestack.md`).

pub mod client;
pub mod filelink;
mod parts;
mod recipe;
pub mod security;
pub mod tasks;
pub mod transform;
pub mod upload;
pub mod webhook;

pub use client::{Client, ClientOptions};
pub use filelink::Filelink;
pub use recipe::{Intelligent, UploadOptions};
pub use security::Security;
pub use upload::Upload;
