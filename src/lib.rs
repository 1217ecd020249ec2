//! Ferry carries files to media clouds. The public interface is the C header `include/ferry.h`; the modules
//! below are its core. They are public for the tests and the tools, and may change with any version.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing
    )
)]

pub mod error;
pub mod ffi;
pub mod filestack;
pub mod http;
mod json;
mod local;
mod memory;
mod nearest;
pub mod panic;
mod random;
mod sys;
pub mod telestream;
pub mod thread;
pub mod transfer;
