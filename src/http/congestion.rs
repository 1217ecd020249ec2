//! How the kernel controls congestion: its algorithms by name.

use std::io;

use crate::error::{Error, ErrorKind, Result, system_text};
use crate::sys;

/// The longest name that the kernel knows, TCP_CA_NAME_MAX without its NUL. It would cut a longer one.
const LONGEST: usize = 15;

/// An algorithm that this program may use for its connections.
#[derive(Debug, Clone)]
pub struct Congestion(String);

impl Congestion {
    /// Fails if the system does not know `name`, or does not permit it.
    pub fn new(name: &str) -> Result<Self> {
        let refused = |why: &str| {
            let shown: String = name.chars().take(64).collect();
            Error::invalid_argument(format!("congestion is \"{shown}\", {why}; {}", permitted()))
        };
        if name.len() > LONGEST {
            return Err(refused("but a name has at most 15 bytes"));
        }
        let failed = |cause: &io::Error| {
            let text = format!("congestion cannot be tried: {}", system_text(cause));
            Error::new(ErrorKind::Io, text).with_cause(cause)
        };
        let tried = sys::congestion::check(name).map_err(|cause| failed(&cause))?;
        tried.map(|()| Congestion(name.to_owned())).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => refused("which the system does not know"),
            io::ErrorKind::PermissionDenied => refused("which the system does not permit to this program"),
            io::ErrorKind::OutOfMemory => failed(&cause),
            _ => refused(&format!("which the system does not take: {cause}")),
        })
    }

    pub fn name(&self) -> &str {
        &self.0
    }
}

/// What may be named.
fn permitted() -> String {
    match sys::congestion::permitted() {
        Some(names) => format!("permitted: {names}"),
        None => "this system lets no program choose: leave it out".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_know_is_refused_with_what_it_permits() {
        for name in ["", "nonsense", "a-name-of-16-byte", "cubic-with-a-tail", "cub\u{e9}c", "a b"] {
            let error = Congestion::new(name).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.message().contains(&format!("congestion is \"{name}\"")), "{error}");
            let list = match sys::congestion::permitted() {
                Some(names) => format!("permitted: {names}"),
                None => "leave it out".to_owned(),
            };
            assert!(error.message().ends_with(&list), "{error}");
        }
    }
}
