//! Sending one range after the other (`specs/telestream.md` 4.3): the service says where to go on.

use serde_json::Value;

use super::Client;
use super::location::Location;
use super::session::{RANGE, named, too_early, unproven, video};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Attempt;
use crate::http::{Method, Payload, Request, Response};
use crate::memory;
use crate::transfer::checkpoint::{Checkpoint, PartEvent, Record};
use crate::transfer::context::TransferContext;
use crate::transfer::digest;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::plan::{Part, Plan};
use crate::transfer::source::Source;

/// Sends the file of a session.
pub(super) struct RangeSender<'a> {
    pub client: &'a Client,
    pub source: &'a Source<'static>,
    pub context: &'a TransferContext<'a>,
    pub checkpoint: &'a Checkpoint,
}

/// Bytes that are read without a look at the bounds: slow storage takes its time.
const PIECE: usize = 256 << 10;

/// The place of the file in the upload's files: there is one.
const FILE: u16 = 0;

/// What the service has.
enum Stored {
    /// The first bytes, so many.
    Bytes(u64),
    /// All of them: the video they make.
    All(Value),
}

impl Stored {
    fn is_past(&self, before: u64) -> bool {
        !matches!(self, Stored::Bytes(now) if *now <= before)
    }

    /// An error if there is not more than before: the range was sent in vain.
    fn past(self, before: u64) -> Result<Self> {
        if self.is_past(before) {
            return Ok(self);
        }
        let error = Error::new(ErrorKind::Protocol, "the service has taken none of the bytes");
        Err(error.with_retryable(true))
    }
}

impl RangeSender<'_> {
    /// Sends what the service does not have; the video. `location` is where the session is; `moved` is told
    /// where it is when it has moved. A session that `is_new` has nothing.
    pub fn send(&self, mut location: Location, is_new: bool, moved: impl Fn(&Location)) -> Result<Value> {
        let length = self.source.len();
        let mut stored = if is_new { Stored::Bytes(0) } else { self.status(&mut location, &moved)? };
        self.check_recorded(&stored)?;
        let mut counted = 0;
        let mut is_found = !is_new;
        let mut room = Vec::new();
        let begin = || self.client.http.attempts().of("range", 0);
        let mut attempts = begin();
        loop {
            if let Stored::All(video) = &stored
                && !self.checkpoint.is_completing()
            {
                self.check_all_was_sent(video).map_err(|error| location.secrets.clean_error(error))?;
            }
            self.check_recorded(&stored).inspect_err(|_| self.checkpoint.doubt())?;
            let done = match stored {
                Stored::All(video) => {
                    self.count(counted, length, is_found);
                    self.source.check_unchanged()?;
                    return Ok(video);
                }
                Stored::Bytes(done) if done >= length => {
                    self.checkpoint.doubt();
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "the service has every byte, but makes no video of them",
                    )
                    .at("range"));
                }
                Stored::Bytes(done) => done,
            };
            if done > counted {
                self.count(counted, done, is_found);
                self.source.stored(counted, done - counted);
                counted = done;
            }
            is_found = false;
            self.context.check()?;
            self.source.check_unchanged()?;
            self.source.wait_for(done + self.range(done), self.context)?;
            let bytes = self.read(done, &mut room)?;
            self.announce(done);
            stored = match self
                .put(&mut location, done, bytes, attempts.attempt(), &moved)
                .and_then(|now| now.past(done))
            {
                Ok(now) => {
                    // A service that has gone back takes some of it a second time.
                    if now.is_past(counted) {
                        attempts = begin();
                    }
                    now
                }
                Err(error) => {
                    if error.may_have_been_done() {
                        self.checkpoint.doubt();
                    }
                    let range = format_args!("the range from byte {done}");
                    self.context.retry(&mut attempts, named(error, "range", range))?;
                    self.status(&mut location, &moved)?
                }
            };
        }
    }

    /// How long the range is that begins at a place.
    fn range(&self, from: u64) -> u64 {
        RANGE.min(self.source.len() - from)
    }

    /// The parts of the file that a range touches. A range begins where the service says, which may be in the
    /// middle of one.
    fn touched(&self, from: u64, count: u64) -> impl Iterator<Item = Part> + use<> {
        let plan = Plan::new(self.source.len(), RANGE);
        let number = |at: u64| u32::try_from(at / RANGE).unwrap_or(u32::MAX).saturating_add(1);
        (number(from)..=number((from + count).saturating_sub(1))).filter_map(move |number| plan.part(number))
    }

    /// The bytes of a range, and records the digests of the parts that it touches: it may be stored though no
    /// answer says so. All are read once, so that what is sent is what was digested; a part that was digested
    /// before has to be as it was then.
    fn read<'r>(&self, from: u64, room: &'r mut Vec<u8>) -> Result<&'r [u8]> {
        let count = self.range(from);
        // What a reader gives has no other process.
        let is_file = self.source.feed().is_none();
        let parts: Vec<Part> = self.touched(from, count).filter(|_| is_file).collect();
        let start = parts.first().map_or(from, |part| part.offset);
        let end = parts.last().map_or(from + count, |part| part.offset + part.length);
        let within = |at: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
        room.clear();
        memory::reserve(room, within(end), "a range")?;
        room.resize(within(end), 0);
        for (piece, at) in room.chunks_mut(PIECE).zip((start..).step_by(PIECE)) {
            self.context.bounds.check()?;
            self.source.read_exact_at(piece, at)?;
        }
        let slice = |at: u64, length: u64| room.get(within(at)..within(at + length)).unwrap_or_default();
        let slices: Vec<&[u8]> = parts.iter().map(|part| slice(part.offset, part.length)).collect();
        for (part, md5) in parts.iter().zip(digest::md5_slices(&slices)) {
            match self.checkpoint.md5(FILE, part.number) {
                None => self.checkpoint.part_is(FILE, part.number, PartEvent::Sending { md5: Some(md5) }),
                Some(before) if before != md5 => {
                    // Some of what it was may be stored.
                    self.checkpoint.record(Record::Reset);
                    return Err(self.source.changed());
                }
                Some(_) => {}
            }
        }
        Ok(slice(from, count))
    }

    /// Has the digests of what is about to be sent on the disk before it goes, for the service takes no range
    /// a second time: without them nothing would prove what it has.
    fn announce(&self, from: u64) {
        if from + self.range(from) == self.source.len() {
            self.checkpoint.record(Record::Completing(true));
        }
        self.checkpoint.sync();
    }

    /// Whether another process has recorded the digests of all that the service has; else nothing proves its
    /// bytes, and the upload starts anew.
    fn check_recorded(&self, stored: &Stored) -> Result<()> {
        let length = match stored {
            Stored::Bytes(0) => return Ok(()),
            Stored::Bytes(length) => *length,
            Stored::All(_) => self.source.len(),
        };
        let is_known = |part: Part| self.checkpoint.md5(FILE, part.number).is_some();
        if !self.checkpoint.is_unverified() || self.touched(0, length).all(is_known) {
            return Ok(());
        }
        Err(unproven())
    }

    /// An error for a video that is told before the last range was announced, unless another process may have
    /// done so: then the digests that are recorded decide.
    fn check_all_was_sent(&self, video: &Value) -> Result<()> {
        if !self.checkpoint.is_unverified() {
            return Err(too_early(self.checkpoint, video).at("range"));
        }
        self.checkpoint.record(Record::Completing(true));
        Ok(())
    }

    /// Counts what is stored from one place to another, by an earlier run if it `is_found`. A range may
    /// arrive in pieces, so parts are counted by where it ends.
    fn count(&self, from: u64, to: u64, is_found: bool) {
        if is_found {
            self.context.progress.found(to - from);
        } else {
            self.context.progress.moved(to - from);
            self.context.progress.stored(to - from);
        }
        let whole = |end: u64| if end == self.source.len() { end.div_ceil(RANGE) } else { end / RANGE };
        for part in whole(from)..whole(to) {
            let number = u32::try_from(part).unwrap_or(u32::MAX).saturating_add(1);
            let md5 = self.checkpoint.md5(FILE, number);
            self.checkpoint.part_is(FILE, number, PartEvent::Whole { md5, etag: None });
            self.context.progress.part_done();
        }
    }

    fn put(
        &self,
        location: &mut Location,
        from: u64,
        bytes: &[u8],
        attempt: Attempt,
        moved: &impl Fn(&Location),
    ) -> Result<Stored> {
        let (length, count) = (self.source.len(), bytes.len() as u64);
        // What has moved is taken back when this ends, and counted by what the service then says it has.
        let mut reader = self.context.progress.counted(bytes);
        let mut request = Request {
            body: Payload::Stream { reader: &mut reader, length: count },
            ..location.request(Method::POST, attempt)
        };
        let range = format!("bytes {from}-{}/{length}", from + count - 1);
        request.headers.push(("content-type".into(), "application/octet-stream".into()));
        request.headers.push(("content-range".into(), range));
        self.exchange(request, location, moved)
    }

    /// Asks how far the session is.
    fn status(&self, location: &mut Location, moved: &impl Fn(&Location)) -> Result<Stored> {
        let range = format!("bytes */{}", self.source.len());
        let operation = Operation {
            step: "status",
            doing: "ask how many bytes are stored".into(),
            repeat: Repeat::Idempotent,
            secrets: location.secrets.clone(),
            deadline: None,
        };
        operation.named(operation.retry(&self.client.http, self.context, |attempt| {
            let mut request = location.request(Method::POST, attempt);
            request.headers.push(("content-range".into(), range.clone()));
            self.exchange(request, location, moved)
        }))
    }

    fn exchange(
        &self,
        request: Request<'_>,
        location: &mut Location,
        moved: &impl Fn(&Location),
    ) -> Result<Stored> {
        let answer = location.ask(self.client, &self.context.bounds, request)?;
        let stored = self.stored(&answer).map_err(|error| location.secrets.clean_error(error))?;
        // Any answer may tell that the session has moved; the one that has the video may say where that is.
        if let (Stored::Bytes(_), Some(to)) = (&stored, answer.header("location")) {
            let to = location.moved(to).map_err(|error| location.secrets.clean_error(error))?;
            if to.url() != location.url() {
                *location = to;
                moved(location);
            }
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
