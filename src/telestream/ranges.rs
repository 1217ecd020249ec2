//! Sending one range after the other (`specs/telestream.md` 4.3): the service says where to go on.

use serde_json::Value;

use super::Client;
use super::location::Location;
use super::session::{RANGE, video};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, Payload, Request, Response};
use crate::transfer::context::TransferContext;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::source::Source;

/// Sends the file of a session.
pub(super) struct RangeSender<'a> {
    pub client: &'a Client,
    pub source: &'a Source<'static>,
    pub context: &'a TransferContext<'a>,
}

/// What the service has.
enum Stored {
    /// The first bytes, so many.
    Bytes(u64),
    /// All of them: the video they make.
    All(Value),
}

impl Stored {
    /// An error if there is not more than before: the range was sent in vain.
    fn past(self, before: u64) -> Result<Self> {
        match self {
            Stored::Bytes(now) if now <= before => {
                Err(Error::new(ErrorKind::Protocol, "the service has taken none of the bytes")
                    .with_retryable(true))
            }
            more => Ok(more),
        }
    }
}

impl RangeSender<'_> {
    /// Sends what the service does not have; the video. `location` is where the session is, and changes when
    /// it moves. A session that `is_new` has nothing.
    pub fn send(&self, location: &mut Location, is_new: bool) -> Result<Value> {
        let length = self.source.len();
        let mut stored = if is_new { Stored::Bytes(0) } else { self.status(location)? };
        let mut counted = 0;
        let mut attempts = self.client.http.attempts();
        loop {
            let done = match stored {
                Stored::All(video) => {
                    self.count(counted, length);
                    self.source.check_unchanged()?;
                    return Ok(video);
                }
                Stored::Bytes(done) if done >= length => {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "the service has every byte, but makes no video of them",
                    )
                    .at("range"));
                }
                Stored::Bytes(done) => done,
            };
            if done > counted {
                self.count(counted, done);
                self.source.stored(counted, done - counted);
                counted = done;
            }
            self.context.check()?;
            self.source.check_unchanged()?;
            self.source.wait_for(done + RANGE.min(length - done), self.context)?;
            stored = match self.put(location, done).and_then(|now| now.past(done)) {
                Ok(now) => {
                    attempts = self.client.http.attempts();
                    now
                }
                Err(error) => {
                    self.context.retry(&mut attempts, error.at("range"))?;
                    self.status(location)?
                }
            };
        }
    }

    /// Counts what is stored from one place to another. A range may arrive in pieces, so parts are counted by
    /// where it ends.
    fn count(&self, from: u64, to: u64) {
        self.context.progress.moved(to - from);
        self.context.progress.stored(to - from);
        let whole = |end: u64| if end == self.source.len() { end.div_ceil(RANGE) } else { end / RANGE };
        for _ in whole(from)..whole(to) {
            self.context.progress.part_done();
        }
    }

    fn put(&self, location: &mut Location, from: u64) -> Result<Stored> {
        let length = self.source.len();
        let count = RANGE.min(length - from);
        // What has moved is taken back when this ends, and counted by what the service then says it has.
        let mut reader = self.context.progress.counted(self.source.reader(from, count));
        let mut request = Request {
            body: Payload::Stream { reader: &mut reader, length: count },
            ..location.request(Method::POST)
        };
        let range = format!("bytes {from}-{}/{length}", from + count - 1);
        request.headers.push(("content-type".into(), "application/octet-stream".into()));
        request.headers.push(("content-range".into(), range));
        self.exchange(request, location)
    }

    /// Asks how far the session is.
    fn status(&self, location: &mut Location) -> Result<Stored> {
        let range = format!("bytes */{}", self.source.len());
        let operation = Operation {
            step: "status",
            doing: "ask how many bytes are stored".into(),
            repeat: Repeat::Idempotent,
            secrets: location.secrets.clone(),
            deadline: None,
        };
        operation.named(operation.retry(&self.client.http, self.context, || {
            let mut request = location.request(Method::POST);
            request.headers.push(("content-range".into(), range.clone()));
            self.exchange(request, location)
        }))
    }

    fn exchange(&self, request: Request<'_>, location: &mut Location) -> Result<Stored> {
        let answer = location.ask(self.client, self.context, request)?;
        let stored = self.stored(&answer).map_err(|error| location.secrets.clean_error(error))?;
        // Any answer may tell that the session has moved.
        if let Some(to) = answer.header("location") {
            *location = location.moved(to).map_err(|error| location.secrets.clean_error(error))?;
        }
        Ok(stored)
    }

    fn stored(&self, answer: &Response) -> Result<Stored> {
        if let Some(video) = video(answer)? {
            return Ok(Stored::All(video));
        }
        let Some(range) = answer.header("range") else { return Ok(Stored::Bytes(0)) };
        let bare = range.trim_start_matches("bytes").trim_start_matches(['=', ' ']);
        let end = bare.strip_prefix("0-").and_then(|end| end.parse::<u64>().ok());
        match end.filter(|end| *end < self.source.len()) {
            Some(end) => Ok(Stored::Bytes(end + 1)),
            None => Err(Error::new(
                ErrorKind::Protocol,
                format!("the service tells a range that cannot be: {range:?}"),
            )),
        }
    }
}
