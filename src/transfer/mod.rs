//! Moving bytes. Knows neither service: what differs between them is how a part is sent.

pub mod control;
pub mod digest;
pub mod download;
pub mod engine;
pub mod form;
pub mod lifecycle;
pub mod plan;
pub mod progress;
pub mod source;
