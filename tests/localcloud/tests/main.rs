//! The local cloud over real sockets. One program: each would link the whole cloud again.

mod browser;
mod client;
mod clock;
mod document;
mod durable;
mod fault;
mod flip;
mod flip_access;
mod flip_api;
mod flip_program;
mod flip_upload;
mod forget;
mod form;
mod job;
mod limit;
mod page;
mod permission;
mod picture;
mod process;
mod program;
mod range;
mod repeated;
mod security;
mod storing;
mod transform;
mod upload;
