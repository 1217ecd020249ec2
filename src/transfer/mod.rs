//! Service-independent transfer code: sources, part plans, digests, workers, progress, operations.

mod adapt;
pub mod checkpoint;
pub mod context;
pub mod control;
pub mod digest;
pub mod download;
pub mod feed;
pub mod file_body;
pub mod lifecycle;
pub mod operation;
pub mod plan;
pub mod progress;
pub mod queue;
pub mod report;
pub mod signal;
pub mod slots;
pub mod source;
mod spool;
mod stragglers;
pub mod sum;
pub mod verify;
