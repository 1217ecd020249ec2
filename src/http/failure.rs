//! What a failed exchange means: errors of ureq, rustls and the system as errors of Ferry.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError};

use super::address::redacted;
use super::trust::Authorities;
use crate::error::{Error, ErrorKind, system_text};

/// The largest head of an answer that is read, status line and headers together. It is the size of the input
/// buffer too.
pub(super) const LARGEST_HEAD: usize = 64 << 10;

/// What ureq says of a request.
pub(super) fn map(error: ureq::Error) -> Error {
    let network = |text: String| Error::new(ErrorKind::Network, text);
    match error {
        ureq::Error::Io(error) => map_io(error),
        ureq::Error::BadUri(url) => {
            Error::invalid_argument(format!("{} is not a usable URL", redacted(&url)))
        }
        ureq::Error::Http(error) => {
            Error::invalid_argument(format!("the request cannot be written: {error}"))
        }
        ureq::Error::LargeResponseHeader(..) => Error::new(
            ErrorKind::Protocol,
            format!("the answer's headers are larger than {} KiB", LARGEST_HEAD >> 10),
        ),
        ureq::Error::Protocol(error) => protocol_error(&error.to_string()),
        ureq::Error::Timeout(which) => Error::new(ErrorKind::Timeout, which.to_string()),
        other => network(other.to_string()),
    }
}

/// What reading or writing says: an error of Ferry, ureq, rustls or the system, carried as one of `io`.
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
        Ok(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)) => {
            let text = "the server asks for a certificate of the client, which Ferry does not have";
            Error::new(ErrorKind::Network, text).with_retryable(false)
        }
        Ok(inner) => Error::new(ErrorKind::Network, format!("TLS: {inner}")),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Network, "the connection was closed before the answer was complete")
        }
        Err(error) => of_system(&error),
    }
}

/// What a TLS handshake says. `trusted` are the authorities that vouch for the server.
pub(super) fn of_handshake(error: io::Error, trusted: &Authorities) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(rustls::Error::InvalidCertificate(reason)) => {
            let why = certificate_error(reason, trusted);
            let text = format!("the server's certificate is refused: {why}");
            Error::new(ErrorKind::Network, text).with_retryable(false)
        }
        Some(
            cause @ (rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
            | rustls::Error::PeerIncompatible(_)),
        ) => {
            let text = format!("the server does not speak TLS 1.2 or 1.3 as it is needed: {cause}");
            Error::new(ErrorKind::Network, text).with_retryable(false)
        }
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            let text = "what answers there does not speak TLS: is it an address with http, or another port?";
            Error::new(ErrorKind::Network, text).with_retryable(false)
        }
        _ => map_io(error),
    }
}

/// What the system said of a connection. That no file descriptor is left is no fault of the network.
pub(super) fn of_system(error: &io::Error) -> Error {
    let own = Error::new(ErrorKind::Network, system_text(error)).with_cause(error);
    if own.is_out_of_descriptors() { own.with_kind(ErrorKind::Io).with_retryable(false) } else { own }
}

/// The error of an answer that claims success though the request was not sent whole.
pub(super) fn early(status: u16) -> Error {
    let text = format!("the service answered HTTP {status} before it had the whole request");
    Error::new(ErrorKind::Network, text)
}

fn protocol_error(text: &str) -> Error {
    // The type of this error is in a crate that ureq does not export.
    if text.contains("too many headers") {
        return Error::new(ErrorKind::Protocol, "the answer has more than 128 headers");
    }
    Error::new(ErrorKind::Protocol, format!("the answer is not HTTP: {text}")).with_retryable(true)
}

fn certificate_error(reason: &CertificateError, trusted: &Authorities) -> String {
    const DAY: u64 = 24 * 60 * 60;
    match reason {
        CertificateError::Expired => "it has expired".to_owned(),
        CertificateError::ExpiredContext { time, not_after } => {
            let days = time.as_secs().saturating_sub(not_after.as_secs()) / DAY;
            format!("it expired {days} days ago")
        }
        CertificateError::NotValidYet => "it is not valid yet; is the clock right?".to_owned(),
        CertificateError::NotValidYetContext { time, not_before } => {
            let days = not_before.as_secs().saturating_sub(time.as_secs()) / DAY;
            format!("it is not valid before {days} days from now; is the clock right?")
        }
        // rustls has one word for all of these.
        CertificateError::UnknownIssuer => format!(
            "{}. It may be signed by itself, or the server does not show that of an intermediate authority",
            trusted.unknown()
        ),
        // What `openssl req -x509` makes. webpki, whose error it is, is not among our dependencies.
        CertificateError::Other(OtherError(why)) if why.to_string() == "CaUsedAsEndEntity" => {
            "it says that it is an authority's (CA:TRUE), as those do that are signed by themselves: sign the \
             server's with it, and name the authority's in ca_file"
                .to_owned()
        }
        // An authority was made anew under its old name, say.
        CertificateError::BadSignature => {
            "it is signed with another key than that of the authority of this name that is trusted".to_owned()
        }
        // A wrong name, with the names that it has, among others.
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::trust::Trust;
    use super::*;

    fn refused(reason: CertificateError, trust: Trust, ca_file: Option<&str>) -> Error {
        let error = io::Error::other(rustls::Error::InvalidCertificate(reason));
        of_handshake(error, &Authorities { trust, ca_file: ca_file.map(str::to_owned) })
    }

    #[test]
    fn a_server_that_speaks_another_tls_is_not_asked_again() {
        let trusted = Authorities { trust: Trust::Public, ca_file: None };
        let alert = rustls::Error::AlertReceived(AlertDescription::ProtocolVersion);
        let error = of_handshake(io::Error::other(alert), &trusted);
        assert!(error.message().contains("TLS 1.2 or 1.3") && !error.retryable(), "{error}");
        let error =
            map_io(io::Error::other(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)));
        assert!(error.message().contains("certificate of the client") && !error.retryable(), "{error}");
        let alert = rustls::Error::AlertReceived(AlertDescription::InternalError);
        assert!(of_handshake(io::Error::other(alert), &trusted).retryable());
    }

    #[test]
    fn an_end_is_told_from_what_the_system_says() {
        let end = map_io(io::Error::from(io::ErrorKind::UnexpectedEof));
        assert!(end.message().contains("closed before the answer was complete"), "{end}");
        let reset = map_io(io::Error::from(io::ErrorKind::ConnectionReset));
        assert!(!reset.message().contains("closed before"), "{reset}");
    }

    #[test]
    fn an_authority_made_anew_under_its_old_name_is_told() {
        let error = refused(CertificateError::BadSignature, Trust::Public, Some("/ca.pem"));
        assert!(error.message().contains("another key") && !error.retryable(), "{error}");
    }

    #[test]
    fn an_unknown_authority_is_told_with_those_that_are_trusted() {
        for (trust, ca_file, told) in [
            (Trust::Public, None, "not a public one"),
            (Trust::Public, Some("/ca.pem"), "neither in ca_file /ca.pem nor a public one"),
            (Trust::System, None, "not in the system's store"),
            (Trust::System, Some("/ca.pem"), "neither in ca_file /ca.pem nor in the system's store"),
        ] {
            let error = refused(CertificateError::UnknownIssuer, trust, ca_file);
            assert!(error.message().contains(told) && !error.retryable(), "{error}");
        }
    }
}
