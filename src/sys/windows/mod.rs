//! Windows 10 and later.

pub mod bell;
pub mod draft;
pub mod errno;
pub mod file;
pub mod private;
pub mod socket;
pub mod trust;
