//! The Filestack service.

pub(crate) mod account;
mod archive;
pub(crate) mod chain;
mod conversion;
mod debug;
pub(crate) mod delivery;
mod deposit;
pub(crate) mod digest;
pub(crate) mod file;
mod intelligence;
pub(crate) mod job;
pub(crate) mod metadata;
pub(crate) mod order;
pub(crate) mod overwrite;
pub(crate) mod payload;
mod picture;
pub(crate) mod policy;
pub(crate) mod process;
pub(crate) mod processing;
pub(crate) mod removal;
mod source;
pub(crate) mod store_api;
mod storing;
pub(crate) mod upload;
pub(crate) mod webhook;
mod workflow;
