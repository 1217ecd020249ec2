//! A request, before it is sent.

use std::io::Read;

use ureq::http::{HeaderName, HeaderValue, Method};

use super::redact::Secrets;
use crate::error::{Error, ErrorKind, Result};

/// One request. Headers are sent as they are given; ureq adds only what HTTP itself needs.
pub struct Request<'a> {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Payload<'a>,
    /// What errors call the address; `None`: the URL without its query and credentials.
    pub shown: Option<String>,
    /// Texts that no error shows, wherever they come back from.
    pub secrets: Secrets,
}

pub enum Payload<'a> {
    None,
    Bytes(&'a [u8]),
    /// Exactly `length` bytes from `reader`.
    Stream {
        reader: &'a mut dyn Read,
        length: u64,
    },
}

/// Refuses what cannot stand in a header, `what` naming it.
pub fn check_header(what: &str, value: &str) -> Result<()> {
    if value.chars().any(char::is_control) {
        return Err(Error::invalid_argument(format!(
            "{what} has a control character (a newline?), which no header can carry"
        )));
    }
    Ok(())
}

/// Refuses headers that a service handed out if they cannot be sent.
pub fn check_headers(headers: &[(String, String)]) -> Result<()> {
    for (name, value) in headers {
        let is_sound =
            HeaderName::try_from(name.as_str()).is_ok() && HeaderValue::try_from(value.as_str()).is_ok();
        if !is_sound {
            return Err(Error::new(
                ErrorKind::Protocol,
                format!("the service asks for a header that cannot be sent: {name:?}"),
            ));
        }
    }
    Ok(())
}
