//! A tunnel through a proxy (`CONNECT`, RFC 9110 section 9.3.6), for https: the proxy sees names and sizes,
//! but neither requests nor answers.

use std::io::{Read, Write};

use super::endpoint::Endpoint;
use super::failure::map_io;
use super::proxy::Proxy;
use super::wire::{Waiting, Wire};
use crate::error::{Error, ErrorKind, Result};

/// The longest head of an answer that is read.
const LONGEST_HEAD: usize = 16 << 10;

/// Asks `proxy`, to which `wire` leads, to connect to `target`. What is sent over `wire` afterwards goes
/// there.
pub fn open(wire: &mut Wire, proxy: &Proxy, target: &Endpoint) -> Result<()> {
    let mut connection = Waiting(wire);
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n", proxy.authorization());
    connection.write_all(head.as_bytes()).and_then(|()| connection.flush()).map_err(map_io)?;
    match read_status(&mut connection)? {
        200..=299 => Ok(()),
        status => Err(proxy.refusal(status)),
    }
}

/// Reads the head of the answer and not one byte more: what follows belongs to the tunnel.
fn read_status(reader: &mut impl Read) -> Result<u16> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read(&mut byte).map_err(map_io)? == 0 {
            return Err(Error::new(ErrorKind::Network, "the proxy closed the connection"));
        }
        head.extend_from_slice(&byte);
        if head.len() > LONGEST_HEAD {
            return Err(not_http());
        }
    }
    let line = head.strip_prefix(b"HTTP/1.").and_then(|rest| rest.get(1..)).ok_or_else(not_http)?;
    let status = line.strip_prefix(b" ").and_then(|rest| rest.get(..3)).ok_or_else(not_http)?;
    std::str::from_utf8(status).ok().and_then(|digits| digits.parse().ok()).ok_or_else(not_http)
}

fn not_http() -> Error {
    Error::new(ErrorKind::Protocol, "the answer of the proxy is not HTTP")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_and_no_more() {
        let mut answer: &[u8] = b"HTTP/1.1 200 Connected\r\nVia: x\r\n\r\n\x16\x03";
        assert_eq!(read_status(&mut answer).expect("a status"), 200);
        assert_eq!(answer, b"\x16\x03");
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        let endless = b"HTTP/1.1 200 Connected\r\nVia: x".repeat(10_000);
        for answer in
            [b"SSH-2.0-x\r\n\r\n".as_slice(), b"HTTP/1.1 2\r\n\r\n", b"HTTP/1.1 2x0\r\n\r\n", &endless]
        {
            let error = read_status(&mut &*answer).expect_err("not HTTP");
            assert_eq!(error.kind(), ErrorKind::Protocol);
        }
        let error = read_status(&mut b"HTTP/1.1 200".as_slice()).expect_err("cut");
        assert_eq!(error.kind(), ErrorKind::Network);
    }
}
