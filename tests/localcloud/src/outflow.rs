//! An answer's body on its way out: slowed or cut when a fault says so, or endless.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::connection::Line;
use crate::reply::{Body, BodyError};

/// How long a cut waits for the bytes before it to leave: without it they would be thrown away together with
/// the line.
const FLUSH: Duration = Duration::from_millis(50);
/// Slow answers leave in pieces of this size, so that they are slow from the first byte on.
const PIECE: usize = 4096;

pub(crate) struct Outflow {
    body: Body,
    line: Arc<Line>,
    left: Option<u64>,
    rate: Option<u64>,
    sent: u64,
    since: Instant,
    rest: Bytes,
    pause: Option<Pin<Box<Sleep>>>,
    ending: bool,
}

impl Outflow {
    pub(crate) fn new(body: Body, line: Arc<Line>, cut_after: Option<u64>, rate: Option<u64>) -> Outflow {
        let since = Instant::now();
        Outflow {
            body,
            line,
            left: cut_after,
            rate,
            sent: 0,
            since,
            rest: Bytes::new(),
            pause: None,
            ending: false,
        }
    }
}

impl HttpBody for Outflow {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
        }
        if this.ending {
            this.line.cut();
            return Poll::Ready(Some(Err("the answer was cut on purpose".into())));
        }
        if this.left == Some(0) {
            this.ending = true;
            this.pause = Some(Box::pin(sleep(FLUSH)));
            return Pin::new(this).poll_frame(cx);
        }
        while this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(frame) => match frame?.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
        let mut length = this.rest.len();
        if this.rate.is_some() {
            length = length.min(PIECE);
        }
        if let Some(left) = &mut this.left {
            length = length.min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= length as u64;
        }
        let piece = this.rest.split_to(length);
        this.sent += length as u64;
        if let Some(rate) = this.rate {
            let due = Duration::from_secs_f64(this.sent as f64 / rate as f64);
            this.pause = Some(Box::pin(sleep_until(this.since + due)));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// JSON-like text that goes on for a given number of bytes.
pub(crate) struct Endless {
    left: u64,
    block: Bytes,
    first: bool,
}

impl Endless {
    pub(crate) fn new(length: u64) -> Endless {
        Endless { left: length, block: Bytes::from(vec![b'a'; 64 * 1024]), first: true }
    }
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let source = if std::mem::take(&mut this.first) {
            Bytes::from_static(b"{\"handle\":\"")
        } else {
            this.block.clone()
        };
        let length = source.len().min(usize::try_from(this.left).unwrap_or(usize::MAX));
        this.left -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(source.slice(..length)))))
    }
}
