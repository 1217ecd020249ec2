//! Whether a webhook comes from Filestack (`specs/filestack.md` 8.1).
//!
//! ```
//! # use ferry::filestack::webhook;
//! let (secret, body) = (b"webhook-secret", br#"{"id": 1}"#);
//! let signature = webhook::sign(secret, body, "1559199901")?;
//! webhook::verify(secret, body, "1559199901", &signature, 300, 1_559_199_950)?;
//! # Ok::<(), ferry::error::Error>(())
//! ```

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::error::{Error, ErrorKind, Result};
use crate::http::hex;

/// Verifies a delivery against the secret of its webhook, which is not the app secret.
///
/// `body` is the request's body as it arrived, before any parsing; `timestamp` and `signature` are the
/// headers `FS-Timestamp` (Unix seconds, as text) and `FS-Signature` (64 hexadecimal digits). A delivery more
/// than `tolerance_seconds` before or after `now` (Unix seconds) is refused; 0 takes any age, so that one
/// that was overheard can be sent again at any time.
///
/// Fails with `SignatureMismatch`, with `SignatureExpired`, or with `InvalidArgument` for an empty secret,
/// timestamp or signature. The right signature is never told, and the comparison takes the same time wherever
/// the two differ.
pub fn verify(
    secret: &[u8],
    body: &[u8],
    timestamp: &str,
    signature: &str,
    tolerance_seconds: u32,
    now: u64,
) -> Result<()> {
    verify_any(&[secret], body, timestamp, signature, tolerance_seconds, now)
}

/// [`verify`] against several secrets: one of them has to fit. For the days in which a secret is being
/// replaced.
pub fn verify_any(
    secrets: &[&[u8]],
    body: &[u8],
    timestamp: &str,
    signature: &str,
    tolerance_seconds: u32,
    now: u64,
) -> Result<()> {
    if secrets.is_empty() {
        return Err(Error::invalid_argument("secrets is empty: a webhook is verified with at least one"));
    }
    if timestamp.is_empty() {
        return Err(Error::invalid_argument("timestamp is empty: it is the header FS-Timestamp"));
    }
    if signature.is_empty() {
        return Err(Error::invalid_argument("signature is empty: it is the header FS-Signature"));
    }
    let received = unhex(signature);
    let mut fits = false;
    for secret in secrets {
        let mac = mac(secret, body, timestamp)?;
        fits |= received.is_some_and(|received| mac.verify_slice(&received).is_ok());
    }
    if !fits {
        return Err(Error::new(
            ErrorKind::SignatureMismatch,
            "the webhook's signature does not fit its body and timestamp",
        ));
    }
    if tolerance_seconds == 0 {
        return Ok(());
    }
    let sent: u64 = timestamp.parse().map_err(|_| {
        Error::invalid_argument(format!("timestamp {timestamp:?} is not a number of Unix seconds"))
    })?;
    if now.abs_diff(sent) <= u64::from(tolerance_seconds) {
        return Ok(());
    }
    let side = if sent < now { "before" } else { "after" };
    Err(Error::new(
        ErrorKind::SignatureExpired,
        format!(
            "the webhook was signed {} seconds {side} now, and {tolerance_seconds} are allowed",
            now.abs_diff(sent)
        ),
    ))
}

/// The `FS-Signature` of a delivery: what the service, or a stand-in for it, sends along.
///
/// Fails with `InvalidArgument` for an empty secret.
pub fn sign(secret: &[u8], body: &[u8], timestamp: &str) -> Result<String> {
    Ok(hex(&mac(secret, body, timestamp)?.finalize().into_bytes()))
}

fn mac(secret: &[u8], body: &[u8], timestamp: &str) -> Result<Hmac<Sha256>> {
    if secret.is_empty() {
        return Err(Error::invalid_argument(
            "secret is empty: it is the webhook's own secret from the account portal",
        ));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .map_err(|_| Error::new(ErrorKind::Internal, "HMAC refused the secret's length"))?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Ok(mac)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for &digit in pair {
            let value = char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())?;
            *byte = (*byte << 4) | value;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"Y5cWb1rdRDSTSqEjF5pv";
    const BODY: &[u8] = br#"{"id": 6844, "action": "fp.upload", "timestamp": 1559199901, "text": {"url": "http://cdn.filestackapi.dev/xK88QArxRiyVvFzo4p33", "client": "Computer", "data": {"filename": "01 (1).png", "type": "image/png", "size": 881855}}}"#;
    const SENT: &str = "1559199901";
    const SIGNATURE: &str = "14495b54b246e1352bb69cd91c5c1bfe2221f2d0330414b3df8f5fb2903db730";

    fn kind(result: Result<()>) -> ErrorKind {
        result.expect_err("a refusal").kind()
    }

    #[test]
    fn signs_as_the_service_does() {
        // specs/filestack.md 8.2
        assert_eq!(sign(SECRET, BODY, SENT).expect("a signature"), SIGNATURE);
        let body = br#"{"text": {"filename": "filename.jpg", "key": "kGaeljnga9wkysK6Z_filename.jpg"}}"#;
        let signature = "57cbb25386c3d6ff758a7a75cf52ba02cf2b0a1a2d6d5dfb9c886553ca6011cb";
        assert_eq!(sign(b"webhook-secret", body, "123456789999").expect("a signature"), signature);
    }

    #[test]
    fn takes_the_right_signature_and_no_other() {
        verify(SECRET, BODY, SENT, SIGNATURE, 0, 0).expect("the service's own");
        verify(SECRET, BODY, SENT, &SIGNATURE.to_ascii_uppercase(), 0, 0).expect("the same bytes");
        let others = [
            verify(b"x", BODY, SENT, SIGNATURE, 0, 0),
            verify(SECRET, b"{}", SENT, SIGNATURE, 0, 0),
            verify(SECRET, BODY, "1559199902", SIGNATURE, 0, 0),
            verify(SECRET, BODY, SENT, &SIGNATURE.replace('1', "2"), 0, 0),
            verify(SECRET, BODY, SENT, "abc", 0, 0),
            verify(SECRET, BODY, SENT, &"ü".repeat(32), 0, 0),
        ];
        for other in others {
            let error = other.expect_err("a mismatch");
            assert_eq!(error.kind(), ErrorKind::SignatureMismatch);
            assert!(!error.message().contains(SIGNATURE));
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_bytes() {
        let signature = sign(b"\xff", b"\xff\x00", "1").expect("a signature");
        verify(b"\xff", b"\xff\x00", "1", &signature, 0, 0).expect("the same");
    }

    #[test]
    fn age_counts_both_ways() {
        let sent = 1_559_199_901;
        for now in [sent - 300, sent, sent + 300] {
            verify(SECRET, BODY, SENT, SIGNATURE, 300, now).expect("in time");
        }
        for now in [0, sent - 301, sent + 301, u64::MAX] {
            assert_eq!(kind(verify(SECRET, BODY, SENT, SIGNATURE, 300, now)), ErrorKind::SignatureExpired);
        }
        // Only one who knows the secret learns that the timestamp is no number.
        let signature = sign(SECRET, BODY, "soon").expect("a signature");
        assert_eq!(kind(verify(SECRET, BODY, "soon", &signature, 300, sent)), ErrorKind::InvalidArgument);
        assert_eq!(kind(verify(SECRET, BODY, "soon", SIGNATURE, 300, sent)), ErrorKind::SignatureMismatch);
    }

    #[test]
    fn one_of_several_secrets_is_enough() {
        verify_any(&[b"old", SECRET], BODY, SENT, SIGNATURE, 0, 0).expect("the second");
        assert_eq!(
            kind(verify_any(&[b"old", b"older"], BODY, SENT, SIGNATURE, 0, 0)),
            ErrorKind::SignatureMismatch
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (result, name) in [
            (verify(b"", BODY, SENT, SIGNATURE, 0, 0), "secret"),
            (verify(SECRET, BODY, "", SIGNATURE, 0, 0), "timestamp"),
            (verify(SECRET, BODY, SENT, "", 0, 0), "signature"),
            (verify_any(&[], BODY, SENT, SIGNATURE, 0, 0), "secrets"),
        ] {
            let error = result.expect_err(name);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.message().starts_with(name));
        }
    }
}
