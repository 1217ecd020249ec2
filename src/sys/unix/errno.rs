//! Numbers of errors.

#![forbid(unsafe_code)]

use std::io;

/// A file was needed, and it is a folder.
pub fn is_a_folder() -> io::Error {
    io::Error::from_raw_os_error(libc::EISDIR)
}

/// Symbolic links lead to each other.
pub fn too_many_links() -> io::Error {
    io::Error::from_raw_os_error(libc::ELOOP)
}

/// Whether the process or the system has no file descriptor left.
pub fn is_out_of_descriptors(number: i32) -> bool {
    matches!(number, libc::EMFILE | libc::ENFILE)
}
