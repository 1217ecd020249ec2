//! Numbers of errors: those of `GetLastError` and `WSAGetLastError`.

#![forbid(unsafe_code)]

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_CANT_RESOLVE_FILENAME, ERROR_DIRECTORY_NOT_SUPPORTED, ERROR_TOO_MANY_OPEN_FILES,
};
use windows_sys::Win32::Networking::WinSock::WSAEMFILE;

/// A file was needed, and it is a folder.
pub fn is_a_folder() -> io::Error {
    io::Error::from_raw_os_error(ERROR_DIRECTORY_NOT_SUPPORTED as i32)
}

/// Symbolic links lead to each other.
pub fn too_many_links() -> io::Error {
    io::Error::from_raw_os_error(ERROR_CANT_RESOLVE_FILENAME as i32)
}

/// Whether the process or the system has no handle left.
pub fn is_out_of_descriptors(number: i32) -> bool {
    number == ERROR_TOO_MANY_OPEN_FILES as i32 || number == WSAEMFILE
}
