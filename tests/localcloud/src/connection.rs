//! One TCP connection: counts its bytes and can be cut.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Totals over all connections, for `GET /_local/stats`.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) open: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
}

/// The handle that a request has on the connection it came by.
#[derive(Debug, Default)]
pub(crate) struct Line {
    cut: AtomicBool,
}

impl Line {
    /// Makes the connection end with a reset, whatever is still waiting to be sent.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }
}

pub(crate) struct Socket {
    stream: TcpStream,
    line: Arc<Line>,
    traffic: Arc<Traffic>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, line: Arc<Line>, traffic: Arc<Traffic>) -> Socket {
        traffic.open.fetch_add(1, Ordering::Relaxed);
        traffic.accepted.fetch_add(1, Ordering::Relaxed);
        Socket { stream, line, traffic }
    }

    fn check(&self) -> io::Result<()> {
        if self.line.is_cut() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.line.is_cut() {
            // A plain close would still deliver what is buffered; a cut line is a reset to the peer.
            let _ = self.stream.set_zero_linger();
        }
        self.traffic.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(cx, buf);
        let read = buf.filled().len().saturating_sub(before);
        self.traffic.received.fetch_add(read as u64, Ordering::Relaxed);
        poll
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        let poll = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.count(&poll);
        poll
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.count(&poll);
        poll
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Socket {
    fn count(&self, poll: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(written)) = poll {
            self.traffic.sent.fetch_add(*written as u64, Ordering::Relaxed);
        }
    }
}
