//! What a failed exchange means: errors of ureq, rustls and the system as errors of Ferry.

use std::io;

use super::redact;
use crate::error::{Error, ErrorKind, system_text};

pub(super) fn map(error: ureq::Error) -> Error {
    let network = |text: String| Error::new(ErrorKind::Network, text);
    match error {
        ureq::Error::Io(error) => map_io(error),
        ureq::Error::Rustls(error) => tls_error(&error),
        ureq::Error::BadUri(url) => {
            Error::invalid_argument(format!("{} is not a usable URL", redact::url(&url)))
        }
        ureq::Error::Http(error) => {
            Error::invalid_argument(format!("the request cannot be written: {error}"))
        }
        ureq::Error::LargeResponseHeader(..) => {
            Error::new(ErrorKind::Protocol, "the answer's headers are larger than 64 KiB")
        }
        ureq::Error::Protocol(error) => {
            Error::new(ErrorKind::Protocol, format!("the answer is not HTTP: {error}")).with_retryable(true)
        }
        ureq::Error::Timeout(which) => Error::new(ErrorKind::Timeout, which.to_string()),
        other => network(other.to_string()),
    }
}

pub(super) fn map_io(error: io::Error) -> Error {
    let error = match Error::from_io(error) {
        Ok(own) => return own,
        Err(error) => error,
    };
    let error = match error.downcast::<ureq::Error>() {
        Ok(inner) => return map(inner),
        Err(error) => error,
    };
    match error.downcast::<rustls::Error>() {
        Ok(inner) => tls_error(&inner),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Network, "the connection was closed before the answer was complete")
        }
        Err(error) => Error::new(ErrorKind::Network, system_text(&error)),
    }
}

fn tls_error(error: &rustls::Error) -> Error {
    let is_final = matches!(error, rustls::Error::InvalidCertificate(_));
    let hint = if is_final { " (to trust a private authority, name its certificate in ca_file)" } else { "" };
    Error::new(ErrorKind::Network, format!("TLS: {error}{hint}")).with_retryable(!is_final)
}
