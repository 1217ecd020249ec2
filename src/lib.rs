//! Ferry carries files to media clouds. The public interface is the C header `include/ferry.h`; the modules below are its core.

pub mod error;
pub mod ffi;
pub mod filestack;
pub mod http;
pub mod transfer;
