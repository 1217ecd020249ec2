//! Which version the header and the library have.
//!
//! ```c
//! if (ferry_version_number() != FERRY_VERSION_NUMBER)
//!     fprintf(stderr, "compiled for another version than %s\n", ferry_version());
//! ```

use std::ffi::c_char;

use super::{Live, get_or};

/// The version of this header: major << 16 | minor << 8 | patch.
pub const FERRY_VERSION_NUMBER: u32 = 0x000100;

/// Return the version of the library as text, e.g. "0.1.0". Static.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Return the version of the library as a number. It differs from `FERRY_VERSION_NUMBER` if the program was
/// compiled with the header of another version.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_version_number() -> u32 {
    FERRY_VERSION_NUMBER
}

/// Return how many handles, strings and buffers the library has handed out that are not freed yet. A test
/// that ends with 0 leaks nothing.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_live_objects() -> u64 {
    get_or(0, || Some(Live::count()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_that_of_the_package() {
        let number = super::FERRY_VERSION_NUMBER;
        let text = format!("{}.{}.{}", number >> 16, number >> 8 & 0xff, number & 0xff);
        assert_eq!(text, env!("CARGO_PKG_VERSION"));
    }
}
