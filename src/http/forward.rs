//! Plain http through a proxy: requests in absolute form (RFC 9112 section 3.2.2), `GET http://host/path
//! HTTP/1.1`.
//!
//! ureq sends plain http through a tunnel too, which most proxies allow to port 443 only, and it can write a
//! request line only in the form for the server itself. So the connection to the proxy puts the line right.

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::endpoint::Endpoint;
use super::proxy::Proxy;
use super::transport::HttpTransport;
use crate::error::{Error, ErrorKind, Result};

/// A connection to a proxy that forwards requests to one server.
#[derive(Debug)]
pub struct Forwarding {
    connection: HttpTransport,
    /// `http://host:port`.
    origin: String,
    authorization: Authorization,
    /// The next bytes are the head of a request.
    at_head: bool,
}

/// A line with a password, which `Debug` does not show.
struct Authorization(String);

impl std::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorization")
    }
}

impl Forwarding {
    pub fn new(connection: HttpTransport, proxy: &Proxy, target: &Endpoint) -> Self {
        let origin = format!("http://{}", target.host_header());
        Forwarding { connection, origin, authorization: Authorization(proxy.authorization()), at_head: true }
    }

    /// Rewrites the request line that the first `amount` bytes of the output begin with; the new amount.
    fn rewrite(&mut self, amount: usize) -> Result<usize> {
        let output = self.connection.buffers().output();
        let head = absolute(output.get(..amount).unwrap_or_default(), &self.origin, &self.authorization.0)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a request does not begin with a request line"))?;
        let room = output.get_mut(..head.len()).ok_or_else(|| {
            Error::invalid_argument("the request's head is too long to be sent through a proxy")
        })?;
        room.copy_from_slice(&head);
        Ok(head.len())
    }
}

fn absolute(head: &[u8], origin: &str, authorization: &str) -> Option<Vec<u8>> {
    let path = head.iter().position(|byte| *byte == b' ')? + 1;
    let end = head.windows(2).position(|two| two == b"\r\n")? + 2;
    let parts = [
        head.get(..path)?,
        origin.as_bytes(),
        head.get(path..end)?,
        authorization.as_bytes(),
        head.get(end..)?,
    ];
    Some(parts.concat())
}

impl Transport for Forwarding {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(
        &mut self,
        mut amount: usize,
        timeout: NextTimeout,
    ) -> std::result::Result<(), ureq::Error> {
        if std::mem::take(&mut self.at_head) {
            amount = self.rewrite(amount).map_err(Error::into_io)?;
        }
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> std::result::Result<bool, ureq::Error> {
        self.connection.await_input(timeout)
    }

    /// ureq asks when a connection goes back to the pool and when it is taken out again, and at no other
    /// time: a request follows.
    fn is_open(&mut self) -> bool {
        self.at_head = true;
        self.connection.is_open()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_request_line_becomes_absolute_and_the_rest_stays() {
        let head = b"PUT /a?b=c HTTP/1.1\r\nhost: h\r\n\r\nbody";
        let line = "PUT http://h/a?b=c HTTP/1.1\r\n";
        let expected = format!("{line}Proxy-Authorization: Basic eA==\r\nhost: h\r\n\r\nbody");
        let written = super::absolute(head, "http://h", "Proxy-Authorization: Basic eA==\r\n");
        assert_eq!(written.as_deref(), Some(expected.as_bytes()));
    }
}
