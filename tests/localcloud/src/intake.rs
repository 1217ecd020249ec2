//! A request body on its way in: counted, and slowed, stalled or cut when a fault says so.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::connection::Line;
use crate::fault::{Action, lock};
use crate::journal::Entry;
use crate::reply::BodyError;

pub(crate) struct Intake {
    body: Arc<Mutex<Incoming>>,
    entry: Arc<Entry>,
    line: Arc<Line>,
    end: Option<End>,
    rate: Option<u64>,
    since: Instant,
    pause: Option<Pin<Box<Sleep>>>,
    ending: bool,
}

/// The byte after which the line goes dead, and how long it stays silent before it is cut.
struct End {
    after: u64,
    silence: Duration,
}

impl Intake {
    pub(crate) fn new(body: Incoming, entry: Arc<Entry>, line: Arc<Line>, fault: Option<&Action>) -> Intake {
        let end = fault.and_then(|action| match (action.cut_after, action.stall_after, action.stall_ms) {
            (Some(after), ..) => Some(End { after, silence: Duration::ZERO }),
            (None, Some(after), Some(ms)) => Some(End { after, silence: Duration::from_millis(ms) }),
            _ => None,
        });
        let rate = fault.and_then(|action| action.slow_bytes_per_second);
        Intake {
            body: Arc::new(Mutex::new(body)),
            entry,
            line,
            end,
            rate,
            since: Instant::now(),
            pause: None,
            ending: false,
        }
    }

    /// A hold on what nobody has read when the body itself is gone.
    pub(crate) fn rest(&self) -> Rest {
        Rest { body: Arc::clone(&self.body), entry: Arc::clone(&self.entry) }
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn block(&mut self) -> Result<Option<Bytes>, BodyError> {
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Reads the body to its end and forgets it.
    pub(crate) async fn drain(mut self) -> Result<(), BodyError> {
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await {
            frame?;
        }
        Ok(())
    }
}

impl HttpBody for Intake {
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
            return Poll::Ready(Some(Err("the connection was cut on purpose".into())));
        }
        if let Some(end) = &this.end
            && this.entry.received() >= end.after
        {
            this.ending = true;
            this.pause = Some(Box::pin(sleep(end.silence)));
            return Pin::new(this).poll_frame(cx);
        }
        let mut frame = match ready!(Pin::new(&mut *lock(&this.body)).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(frame) => frame?,
        };
        // What came together with the last byte that counts did not come.
        if let (Some(end), Some(data)) = (&this.end, frame.data_mut()) {
            let left = end.after.saturating_sub(this.entry.received());
            data.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        }
        if let Some(data) = frame.data_ref() {
            this.entry.add_received(data.len() as u64);
            if let Some(rate) = this.rate {
                let due = Duration::from_secs_f64(this.entry.received() as f64 / rate as f64);
                this.pause = Some(Box::pin(sleep_until(this.since + due)));
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        // Also when all bytes are in, a fault that waits for the last one must still be polled.
        self.end.is_none() && lock(&self.body).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        lock(&self.body).size_hint()
    }
}

/// The unread rest of a request body.
pub(crate) struct Rest {
    body: Arc<Mutex<Incoming>>,
    entry: Arc<Entry>,
}

impl Rest {
    /// Reads what is left, so that a client which is still sending gets to see the answer instead of a broken
    /// pipe.
    pub(crate) async fn drain(self) {
        let reading = async {
            while let Some(Ok(frame)) =
                std::future::poll_fn(|cx| Pin::new(&mut *lock(&self.body)).poll_frame(cx)).await
            {
                self.entry.add_received(frame.data_ref().map_or(0, |data| data.len() as u64));
            }
        };
        // Whoever sends for longer than this can live with a broken pipe.
        let _ = tokio::time::timeout(Duration::from_secs(10), reading).await;
    }
}
