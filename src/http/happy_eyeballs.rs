//! Connecting to the first address that answers (RFC 8305, "Happy Eyeballs").
//!
//! One attempt starts after another without waiting for the first to fail, all on the calling thread. A
//! network that loses every packet to IPv6 costs 250 ms instead of the whole connect timeout.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::bounds::SLICE;
use super::congestion::Congestion;
use super::socket::Socket;
use super::{exchange, failure};
use crate::error::{Error, ErrorKind, Result, system_text};
use crate::sys::socket::Connecting;
use crate::sys::wait::wait_for_any;

/// How long an attempt is alone before the next one starts: the "Connection Attempt Delay" of RFC 8305,
/// section 5.
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to one of `addresses`, preferring the earlier ones. They share the connect timeout of the call.
pub fn connect(addresses: &[SocketAddr], congestion: Option<&Congestion>) -> Result<Socket> {
    let limit = exchange::connect_left();
    // Within a short timeout every address still gets its turn.
    let stagger = STAGGER.min(limit / u32::try_from(addresses.len() + 1).unwrap_or(u32::MAX));
    let mut waiting = addresses.iter().copied();
    let mut race = Race { congestion, running: Vec::new(), lost: Vec::new() };
    let begin = Instant::now();
    let mut next_start = begin;
    loop {
        let now = Instant::now();
        if race.running.is_empty() || now >= next_start {
            if let Some(address) = waiting.next() {
                if race.start(address) {
                    next_start = now + stagger;
                }
                continue;
            }
            if race.running.is_empty() {
                return Err(race.failure(limit));
            }
        }
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(race.failure(limit));
        }
        let until_next = match waiting.len() {
            0 => SLICE,
            _ => next_start.saturating_duration_since(now),
        };
        let lost = race.lost.len();
        if let Some(socket) = race.wait(until_next.min(left).min(SLICE))? {
            return Ok(socket);
        }
        if race.lost.len() > lost {
            next_start = now;
        }
        exchange::check_call()?;
    }
}

/// The attempts under way, and those that have failed. What is left when the race ends is closed.
struct Race<'a> {
    congestion: Option<&'a Congestion>,
    running: Vec<(SocketAddr, Connecting)>,
    lost: Vec<(SocketAddr, io::Error)>,
}

impl Race<'_> {
    /// Starts an attempt; whether it is under way.
    fn start(&mut self, address: SocketAddr) -> bool {
        match Socket::start(address, self.congestion) {
            Ok(started) => {
                self.running.push((address, started));
                true
            }
            Err(error) => {
                self.lost.push((address, error));
                false
            }
        }
    }

    /// Waits for an attempt to end, and returns the first one that has succeeded.
    fn wait(&mut self, most: Duration) -> Result<Option<Socket>> {
        let ended = wait_for_any(self.running.iter().map(|(_, started)| started), most).map_err(|cause| {
            let text = format!("cannot wait for a connection: {}", system_text(&cause));
            Error::new(ErrorKind::Network, text).with_cause(&cause)
        })?;
        let attempts = std::mem::take(&mut self.running);
        for ((address, started), has_ended) in attempts.into_iter().zip(ended) {
            if !has_ended {
                self.running.push((address, started));
                continue;
            }
            match Socket::finish(started, address) {
                Ok(socket) => return Ok(Some(socket)),
                Err(error) => self.lost.push((address, error)),
            }
        }
        Ok(None)
    }

    /// Whether all addresses are of this machine, and all refuse.
    fn nobody_listens(&self) -> bool {
        let refuses = |(address, cause): &(SocketAddr, io::Error)| {
            address.ip().is_loopback() && cause.kind() == io::ErrorKind::ConnectionRefused
        };
        self.running.is_empty() && !self.lost.is_empty() && self.lost.iter().all(refuses)
    }

    /// Why no address could be reached.
    fn failure(&self, limit: Duration) -> Error {
        let lost = self.lost.iter().map(|(address, error)| format!("{address}: {}", system_text(error)));
        let silent = self.running.iter().map(|(address, _)| {
            format!("{address}: no answer within {} ms (connect_timeout_ms)", limit.as_millis())
        });
        let reasons: Vec<String> = lost.chain(silent).collect();
        let kind = if self.running.is_empty() { ErrorKind::Network } else { ErrorKind::Timeout };
        let error = Error::new(kind, format!("cannot connect to {}", reasons.join("; ")));
        let error = match self.lost.last() {
            Some((_, cause)) if self.running.is_empty() => error.with_cause(cause),
            _ => error,
        };
        if self.nobody_listens() {
            const ADVICE: &str = "nothing listens there, on this machine: start the service, gateway or \
                                  proxy that the client was given, or correct its address";
            return error.map_message(|message| format!("{message}; {ADVICE}")).with_nobody_listening(true);
        }
        match self.lost.iter().find(|(_, cause)| failure::of_system(cause).is_out_of_descriptors()) {
            Some((_, cause)) => error.with_cause(cause).with_kind(ErrorKind::Io).with_retryable(false),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;

    use socket2::{Domain, Type};

    use super::super::bounds::{Bounds, Stop};
    use super::*;
    use crate::sys::testing::times_slept;

    /// An address that answers no packet: the queue of its listener is full.
    struct BlackHole {
        address: SocketAddr,
        _listener: socket2::Socket,
        _queued: Vec<TcpStream>,
    }

    /// A socket at a free port.
    fn bound(ip: &str) -> (socket2::Socket, SocketAddr) {
        let address = SocketAddr::new(ip.parse().expect("an address"), 0);
        let socket =
            socket2::Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
        socket.bind(&address.into()).expect("bound");
        let address = socket.local_addr().expect("a name").as_socket().expect("an address");
        (socket, address)
    }

    fn black_hole(ip: &str) -> BlackHole {
        let (listener, address) = bound(ip);
        listener.listen(0).expect("listening");
        let queue = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        let queued = std::iter::from_fn(queue).take(64).collect();
        BlackHole { address, _listener: listener, _queued: queued }
    }

    fn within(connect: Duration) -> Arc<Bounds> {
        Bounds::new(Arc::default(), None, connect, Duration::from_secs(60))
    }

    /// Connects, and sends a byte to whoever accepts.
    fn reaches(addresses: &[SocketAddr], listener: &TcpListener) {
        let mut socket = connect(addresses, None).expect("connected");
        socket.write_all(b"x").expect("sent");
        let mut byte = [0];
        listener.accept().expect("a connection").0.read_exact(&mut byte).expect("received");
        assert_eq!(byte, *b"x");
    }

    #[test]
    fn an_address_that_says_nothing_costs_a_quarter_of_a_second() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let good = listener.local_addr().expect("an address");
        let holes = [black_hole("::1"), black_hole("127.0.0.1")];
        let _entered = within(Duration::from_secs(60)).enter();
        let begin = Instant::now();
        reaches(&[holes[0].address, holes[1].address, good], &listener);
        // One after another they would have had 20 s each.
        let elapsed = begin.elapsed();
        assert!(elapsed >= 2 * STAGGER && elapsed < Duration::from_secs(10), "{elapsed:?}");
    }

    #[test]
    fn an_address_that_refuses_costs_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let good = listener.local_addr().expect("an address");
        // Nobody listens there, and nobody else can.
        let (_taken, refusing) = bound("127.0.0.1");
        let _entered = within(Duration::from_secs(60)).enter();
        reaches(&[refusing, refusing, good], &listener);
    }

    #[test]
    fn a_short_timeout_leaves_every_address_its_turn() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let good = listener.local_addr().expect("an address");
        let holes: Vec<_> = (0..3).map(|_| black_hole("127.0.0.1")).collect();
        let mut addresses: Vec<_> = holes.iter().map(|hole| hole.address).collect();
        addresses.push(good);
        let _entered = within(Duration::from_millis(500)).enter();
        reaches(&addresses, &listener);
    }

    #[test]
    fn a_failure_names_every_address_and_its_reason() {
        let hole = black_hole("127.0.0.1");
        let (_taken, refusing) = bound("127.0.0.1");
        let refused = system_text(&TcpStream::connect(refusing).expect_err("nobody listens"));
        let entered = within(Duration::from_millis(200)).enter();
        let _connecting = exchange::connecting();
        let error = connect(&[refusing, hole.address], None).expect_err("nobody there");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        for part in [format!("{refusing}: {refused}"), hole.address.to_string(), "connect_timeout_ms".into()]
        {
            assert!(error.message().contains(&part), "{part} is not in: {error}");
        }
        drop(entered);
        let error = connect(&[refusing], None).expect_err("nobody there");
        assert_eq!(error.kind(), ErrorKind::Network);
        let begin = format!("cannot connect to {refusing}: {refused}; nothing listens there");
        assert!(error.message().starts_with(&begin) && error.nobody_listens(), "{error}");
    }

    #[test]
    fn the_last_address_is_waited_for_asleep() {
        let hole = black_hole("127.0.0.1");
        let _entered = within(8 * SLICE).enter();
        let before = times_slept();
        connect(&[hole.address], None).expect_err("no answer came");
        // Where the system counts them.
        let slept = times_slept().zip(before).map(|(after, before)| after - before);
        assert!(slept.is_none_or(|times| times >= 6), "it polled without waiting");
    }

    #[test]
    fn a_cancelled_call_stops_connecting() {
        let hole = black_hole("127.0.0.1");
        let minute = Duration::from_secs(60);
        let stop = Arc::new(Stop::default());
        let _entered = Bounds::new(Arc::clone(&stop), None, minute, minute).enter();
        let _connecting = exchange::connecting();
        std::thread::scope(|scope| {
            let cancelled = scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(300)); // until it waits
                stop.cancel();
                Instant::now()
            });
            let error = connect(&[hole.address], None).expect_err("cancelled");
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
            assert!(cancelled.join().expect("no panic").elapsed() < Duration::from_secs(1));
        });
    }
}
