//! HTTP over a wire: what ureq asks of a transport. It looks for an answer while it sends, so that a body is
//! not sent on to a peer that has refused it.

use std::io::{self, Read, Write};
use std::time::Instant;

use ureq::unversioned::transport::{Buffers as UreqBuffers, NextTimeout, Transport, time};

use super::buffers::{Buffers, Opened};
use super::exchange;
use super::failure::LARGEST_HEAD;
use super::socket::Interest;
use super::wire::Wire;
use crate::error::{Error, ErrorKind, system_text};

/// A wire as ureq's transport.
#[derive(Debug)]
pub struct HttpTransport {
    wire: Wire,
    buffers: Buffers,
    /// A request was cut short here, so the peer would take the next one for the rest of it.
    is_spent: bool,
    /// What the system said then: why there is no answer, if none comes.
    broken: Option<io::Error>,
    /// The input has bytes that came while ureq was not looking for an answer. It would wait for more before
    /// it parses them.
    has_unseen: bool,
}

impl HttpTransport {
    pub fn new(wire: Wire, opened: &Opened) -> Self {
        let buffers = Buffers::new(Opened::clone(opened));
        HttpTransport { wire, buffers, is_spent: false, broken: None, has_unseen: false }
    }

    /// Whether there is no use in sending on: the peer has given its answer, or it has gone. Reads what is
    /// there.
    fn is_answered(&mut self) -> io::Result<bool> {
        loop {
            let space = self.buffers.input_append_buf();
            if space.is_empty() {
                let input = self.buffers.input();
                // Nobody takes interim answers out before the body is sent. What is no HTTP ureq tells.
                return match input.starts_with(b"HTTP/1.") && !has_final_answer(input) {
                    true => Err(no_answer().into_io()),
                    false => Ok(true),
                };
            }
            match self.wire.read(space) {
                Ok(0) => return Ok(true),
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    exchange::received(amount).map_err(Error::into_io)?;
                    self.has_unseen = true;
                }
                Err(error) if would_wait(&error) => return Ok(has_final_answer(self.buffers.input())),
                Err(error) if is_gone(&error) => {
                    self.breaks(error);
                    return Ok(true);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The peer takes nothing more. It may have answered before.
    fn breaks(&mut self, error: io::Error) {
        let has_answer = !self.buffers.input().is_empty();
        self.broken = Some(error).filter(|error| !has_answer && error.raw_os_error().is_some());
    }

    /// Sends the output from `sent` to `amount`, as far as it goes without waiting.
    fn push(&mut self, sent: &mut usize, amount: usize) -> io::Result<()> {
        while let Some(unsent @ [_, ..]) = self.buffers.output().get(*sent..amount) {
            let amount = self.wire.write(unsent)?;
            exchange::note(|observed| observed.event.sent += amount as u64);
            *sent += amount;
        }
        self.wire.flush()
    }

    fn send(&mut self, amount: usize) -> io::Result<()> {
        exchange::leaves(self.wire.peer());
        let mut sent = 0;
        while !self.is_spent && !self.is_answered()? {
            match self.push(&mut sent, amount) {
                Ok(()) => return Ok(()),
                Err(error) if would_wait(&error) => self.wire.wait(Interest::Both)?,
                Err(error) if is_gone(&error) => {
                    self.breaks(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        self.is_spent = true;
        exchange::cut();
        Ok(())
    }

    /// Waits for input, `until` a moment if ureq only looks for "100 Continue". That may be the answer, for
    /// which it asks again.
    fn receive(&mut self, until: Option<Instant>) -> Result<usize, ureq::Error> {
        let filled = self.buffers.input().len();
        if std::mem::replace(&mut self.has_unseen, until.is_some()) && until.is_none() && filled > 0 {
            return Ok(filled);
        }
        loop {
            let space = self.buffers.input_append_buf();
            // ureq takes what it can use before it asks for more. It uses a head only when it is complete.
            if space.is_empty() {
                return Err(ureq::Error::LargeResponseHeader(filled, filled));
            }
            match self.wire.read(space) {
                Ok(amount) => {
                    if let (0, Some(cause)) = (amount, self.broken.take()) {
                        return Err(cut_answer(cause).into());
                    }
                    self.buffers.input_appended(amount);
                    exchange::received(amount).map_err(Error::into_io)?;
                    return Ok(amount);
                }
                Err(error) if would_wait(&error) => {}
                Err(error) if is_gone(&error) => {
                    return Err(cut_answer(self.broken.take().unwrap_or(error)).into());
                }
                Err(error) => return Err(error.into()),
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(0);
            }
            self.wire.wait(Interest::Read)?;
        }
    }
}

impl Transport for HttpTransport {
    fn buffers(&mut self) -> &mut dyn UreqBuffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        Ok(self.send(amount)?)
    }

    /// Of ureq's timeouts only the one for "100 Continue" is in use; the others are [`super::bounds`].
    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let until = match timeout.after {
            time::Duration::Exact(after) => Instant::now().checked_add(after),
            time::Duration::NotHappening => None,
        };
        match self.receive(until)? {
            0 if until.is_some_and(|until| Instant::now() >= until) => {
                Err(ureq::Error::Timeout(timeout.reason))
            }
            amount => Ok(amount > 0),
        }
    }

    /// An idle connection has nothing to read. A closed one has: its end.
    fn is_open(&mut self) -> bool {
        self.buffers.shrink();
        let _probing = exchange::probing();
        match self.wire.read(&mut [0]) {
            Ok(_unwanted) => false,
            Err(error) => would_wait(&error) && !self.is_spent,
        }
    }

    fn is_tls(&self) -> bool {
        self.wire.is_tls()
    }
}

/// The error of a peer that fills the input while a body is sent, and does not answer.
fn no_answer() -> Error {
    let most = LARGEST_HEAD >> 10;
    Error::new(
        ErrorKind::Protocol,
        format!("the service has sent {most} KiB of interim answers, and no answer"),
    )
}

/// Whether `error` says: not now.
pub fn would_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Whether `error` says that the peer takes nothing more. An answer that came before can still be read.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::UnexpectedEof
    )
}

/// The error of an answer that was cut, because the peer is gone. In its own kind ureq would take it for the
/// end of a body without a length.
fn cut_answer(error: io::Error) -> io::Error {
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the connection was closed without TLS close_notify, so the answer may be incomplete".to_owned()
        }
        _ => format!("the connection broke before the answer ended: {}", system_text(&error)),
    };
    Error::new(ErrorKind::Network, text).with_cause(&error).into_io()
}

/// Whether `input` has more than interim answers (1xx), which a peer may send before it has the whole
/// request.
fn has_final_answer(mut input: &[u8]) -> bool {
    loop {
        // "HTTP/1.1 403": the first digit is the ninth byte.
        match (input.strip_prefix(b"HTTP/1."), input.get(9)) {
            (Some(_), Some(b'1')) => {}
            (Some(_), Some(_)) => return true,
            _ => return false,
        }
        match input.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(end) => input = input.get(end + 4..).unwrap_or_default(),
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_final_answer;

    #[test]
    fn interim_answers_are_told_from_final_ones() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
        for text in ["", "HTTP/1.1 ", "HTTP/1.1 100 Continue\r\n", interim] {
            assert!(!has_final_answer(text.as_bytes()), "{text}");
        }
        for text in ["HTTP/1.1 403 Forbidden", "HTTP/1.0 200", &format!("{interim}HTTP/1.1 5")] {
            assert!(has_final_answer(text.as_bytes()), "{text}");
        }
    }
}
