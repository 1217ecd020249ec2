//! The proxy of a client.

use crate::error::{Error, Result};

pub(super) fn proxy(url: &str) -> Result<ureq::Proxy> {
    let is_http = url.starts_with("http://") || url.starts_with("https://");
    match ureq::Proxy::new(url) {
        Ok(proxy) if is_http => Ok(proxy),
        _ => Err(Error::invalid_argument(
            "proxy must be an http or https URL, e.g. http://user:password@proxy.example.com:3128",
        )),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_bad_proxy_never_shows_its_password() {
        let error = super::proxy("socks9://u:hunter2@h").expect_err("refused");
        assert!(!error.message().contains("hunter2"));
    }
}
