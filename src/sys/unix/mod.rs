//! Linux, Android, macOS and iOS.

pub mod bell;
pub mod draft;
pub mod errno;
pub mod file;
pub mod private;
pub mod socket;
pub mod trust;
