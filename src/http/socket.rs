//! A TCP connection that honours the bounds of the call it serves.

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use smallvec::SmallVec;

use super::background::Background;
use super::bounds::SLICE;
use super::congestion::Congestion;
use super::exchange;
use super::pace::{Flow, Packets, Turn};
use crate::error::Error;
use crate::sys;
use crate::sys::round_trips::Ends;
use crate::sys::socket::Connecting;

/// A connected socket that does not block.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    peer: SocketAddr,
    /// Since when the caller waits for the peer; `None` once a byte has moved.
    waiting: Option<Instant>,
    packets: Packets,
    /// What the limits allow to be read and written.
    reading: Option<Turn>,
    writing: Option<Turn>,
    /// Who is told of bytes that were sent.
    watched: Option<(Arc<Background>, Ends)>,
}

/// What a caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Read,
    /// Room to write, or an answer that makes writing needless.
    Both,
}

impl Socket {
    /// Starts to connect to `address`. The socket becomes writable when it is connected or has failed.
    pub fn start(address: SocketAddr, congestion: Option<&Congestion>) -> io::Result<Connecting> {
        Connecting::start(address, congestion.map(Congestion::name))
    }

    /// Takes over a socket that was started to `peer` and has become writable. The error is why it could not
    /// connect.
    pub fn finish(started: Connecting, peer: SocketAddr) -> io::Result<Self> {
        let stream = started.finish()?;
        stream.set_nodelay(true)?;
        sys::socket::bound_unsent(&stream, UNSENT);
        let packets = packets(&stream);
        Ok(Socket { stream, peer, waiting: None, packets, reading: None, writing: None, watched: None })
    }

    /// Has `background` look at the connection whenever bytes were sent.
    pub fn watch(&mut self, background: &Arc<Background>) -> io::Result<()> {
        sys::socket::bound_unsent(&self.stream, WATCHED_UNSENT);
        self.watched = Some((Arc::clone(background), Ends::of(&self.stream)?));
        Ok(())
    }

    /// The address at the other end.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Waits until the socket is ready, for at most a slice. To write when it is over is no loss: a full send
    /// buffer takes bytes long before `poll` calls it writable, which Linux does when a third of it is free.
    ///
    /// Who waits for a limit is still told of what the limit does not hold back: of an answer while it
    /// writes.
    pub fn wait(&mut self, interest: Interest) -> io::Result<()> {
        let now = Instant::now();
        let held =
            |turn: &Option<Turn>| turn.as_ref().map(|turn| turn.wait(now)).filter(|wait| !wait.is_zero());
        let reading = held(&self.reading);
        let (writing, what) = match interest {
            Interest::Read => (None, "it sent no bytes"),
            Interest::Both => (held(&self.writing), "it took no bytes"),
        };
        let to_read = reading.is_none();
        let to_write = interest == Interest::Both && writing.is_none();
        let held = [reading, writing].into_iter().flatten().min();
        if held.is_some() {
            // The peer cannot stall while it is not its turn.
            self.waiting = None;
            exchange::check().map_err(Error::into_io)?;
        } else {
            let since = *self.waiting.get_or_insert(now);
            exchange::check_wait(since, what).map_err(Error::into_io)?;
        }
        sys::wait::wait(&self.stream, to_read, to_write, held.unwrap_or(SLICE).min(SLICE))
    }

    fn turn(&mut self, flow: Flow) -> &mut Option<Turn> {
        match flow {
            Flow::In => &mut self.reading,
            Flow::Out => &mut self.writing,
        }
    }

    /// Every read and write goes through here: the bounds are checked and the limits kept however busy the
    /// socket is. `io` moves at most as many bytes as it is told.
    fn attempt(
        &mut self,
        flow: Flow,
        want: usize,
        io: impl FnOnce(&mut TcpStream, usize) -> io::Result<usize>,
    ) -> io::Result<usize> {
        exchange::check().map_err(Error::into_io)?;
        let packets = self.packets;
        let mut most = want;
        if want > 0 && exchange::waits_for_limits() {
            let own = self.turn(flow);
            if own.is_none() {
                *own = exchange::turn(flow, want, packets);
            }
            if let Some(own) = own {
                if !own.wait(Instant::now()).is_zero() {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                most = want.min(own.bytes());
            }
        }
        // A turn that has come stays until the peer takes the bytes too.
        let amount = io(&mut self.stream, most)?;
        self.waiting = None;
        if let Some(own) = self.turn(flow).take().or_else(|| exchange::turn(flow, amount, packets)) {
            own.passed(amount);
        }
        Ok(amount)
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut want = buffer.len();
        if exchange::is_limited(Flow::In) {
            // Only what is there takes a place.
            let there = sys::socket::bytes_there(&self.stream)?;
            want = want.min(usize::try_from(there).unwrap_or(usize::MAX));
        }
        let read = |stream: &mut TcpStream, most: usize| match want {
            // There may be nothing, or the end.
            0 => stream.read(buffer),
            _ => stream.read(buffer.get_mut(..most).unwrap_or_default()),
        };
        self.attempt(Flow::In, want, read)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let want = slices.iter().map(|slice| slice.len()).sum();
        let send = |stream: &mut TcpStream, most: usize| match most < want {
            true => sys::socket::send(stream, &beginning(slices, most)),
            false => sys::socket::send(stream, slices),
        };
        let amount = self.attempt(Flow::Out, want, send)?;
        if amount > 0 {
            exchange::begin();
        }
        if let Some((background, ends)) = &self.watched {
            background.has_sent(ends, amount);
        }
        Ok(amount)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The first `most` bytes.
fn beginning<'a>(slices: &'a [IoSlice<'_>], most: usize) -> SmallVec<[IoSlice<'a>; 8]> {
    let mut left = most;
    let cut = |slice: &'a IoSlice<'_>| {
        let part = slice.get(..left.min(slice.len())).unwrap_or_default();
        left -= part.len();
        (!part.is_empty()).then(|| IoSlice::new(part))
    };
    slices.iter().filter_map(cut).collect()
}

/// The headers of IP without options, and of TCP with the time stamps that most systems send.
const HEADERS: [u64; 2] = [20 + 32, 40 + 32];

/// What the packets of a stream carry. Where the system does not tell, the usual.
fn packets(stream: &TcpStream) -> Packets {
    let payload = sys::socket::segment(stream).filter(|segment| *segment > 0).unwrap_or(1448);
    let [v4, v6] = HEADERS;
    let is_v6 = stream.peer_addr().is_ok_and(|peer| peer.is_ipv6());
    Packets { payload: payload.into(), header: if is_v6 { v6 } else { v4 } }
}

/// The most bytes that the kernel takes before it can send them, where it can be told: it takes megabytes
/// otherwise. What it has taken counts as sent, for progress and for the rate, and cannot be taken back. The
/// second is that of connections that yield to others.
const UNSENT: u32 = 256 << 10;
const WATCHED_UNSENT: u32 = 16 << 10;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::super::{Bounds, happy_eyeballs};
    use super::*;

    #[test]
    fn a_wait_for_either_ends_when_the_socket_takes_bytes() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let minute = Duration::from_secs(60);
        let bounds = Bounds::new(Arc::default(), None, minute, minute);
        let _entered = bounds.enter();
        let address = listener.local_addr().expect("an address");
        let mut socket = happy_eyeballs::connect(&[address], None).expect("connected");
        let begin = Instant::now();
        for _ in 0..50 {
            socket.wait(Interest::Both).expect("ready");
        }
        assert!(begin.elapsed() < 25 * SLICE, "each wait took a slice");
    }
}
