//! The Filestack service.

pub(crate) mod account;
pub(crate) mod chain;
pub(crate) mod delivery;
pub(crate) mod digest;
pub(crate) mod file;
pub(crate) mod metadata;
pub(crate) mod policy;
pub(crate) mod removal;
pub(crate) mod upload;
