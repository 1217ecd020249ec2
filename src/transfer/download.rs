//! Reading the body of an answer into a file ([`Target`]), into memory, or piece by piece. Whatever the
//! way, a body that is not the whole file is an error.
//!
//! An answer of known length with a strong ETag is gone on with after a cut: the rest is asked for, on
//! condition that the file is still the same (RFC 9110, 13.1.5 and 14). Every request goes to the address of
//! the first one and is redirected anew: what a redirect leads to may be signed, and live for minutes only.
//! A large file comes in several ranges at once ([`ranges`]).
//!
//! What an ETag is made of is the service's business. It is compared with other ETags ([`version`]), never
//! with the bytes: not even one that looks like an MD5 proves to be that of the file, once a CDN or an
//! encrypting storage has answered.

#![forbid(unsafe_code)]

mod ranges;
mod target;
mod version;

pub use target::Target;

use std::sync::Arc;

use super::context::TransferContext;
use super::operation::Operation;
use super::plan::Part;
use super::stragglers::Watched;
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::{Attempt, Attempts};
use crate::http::{Bounds, Http, Response, ResponseStream};
use crate::memory;
use version::Version;

/// How much an attempt must bring to renew the retries: as much as the smallest chunk of an upload.
const RENEWS: u64 = 32 << 10;

/// Bytes that are read at once.
const BUFFER: usize = 128 << 10;

/// A body on its way, and how its answers are asked for.
pub struct Download<'a> {
    pub context: &'a TransferContext<'a>,
    pub http: &'a Http,
    pub operation: &'a Operation,
    /// A body that is an error, whatever its status.
    pub refusal: &'a str,
    /// Makes one attempt within bounds, with further headers; a success, its body still to be read.
    pub open: &'a Open<'a>,
}

type Headers = [(String, String)];

pub type Open<'a> =
    dyn Fn(&TransferContext<'_>, &Arc<Bounds>, Attempt, &Headers) -> Result<ResponseStream> + Sync + 'a;

/// An answer that has begun, and who watches whether it comes.
type Begun<'a> = (ResponseStream, Watched<'a>);

/// The range of an answer that has the whole file.
const WHOLE: Part = Part { number: 0, offset: 0, length: u64::MAX };

/// Where the bytes go.
trait Sink {
    /// Takes the bytes that stand at `at` in the file.
    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<()>;

    /// Drops what it has. Fails with `why` if it has passed that on already.
    fn restart(&mut self, why: Error) -> Result<()>;

    /// How many bytes it takes from `at` on; 0 if others have them.
    fn room(&mut self, _at: u64) -> u64 {
        u64::MAX
    }

    /// The file that it writes, if it takes bytes in any order.
    fn file(&self) -> Option<&Target> {
        None
    }
}

/// The bytes that are still to come.
struct Span {
    /// The file that has them, if it can be gone on with.
    version: Option<Version>,
    /// The first of them.
    at: u64,
    /// Where they end; `None`: where the file does.
    end: Option<u64>,
    /// The range that they are of, if others come at the same time.
    part: Option<Part>,
    /// Whether a cut answer may be gone on with.
    goes_on: bool,
}

/// Why an attempt did not bring them.
enum Lost {
    /// The retry policy decides.
    Attempt(Error),
    /// It has decided.
    Failed(Error),
    /// The service has another version of the file now.
    Changed(Error),
    /// The service does not answer to a range with that range.
    NoRanges(Error),
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Lost::Attempt(error)
    }
}

impl Lost {
    fn error(&self) -> &Error {
        match self {
            Lost::Attempt(error) | Lost::Failed(error) | Lost::Changed(error) | Lost::NoRanges(error) => {
                error
            }
        }
    }
}

impl Download<'_> {
    /// Writes the body into `target`. Returns the number of bytes.
    pub fn to_file(&self, target: &mut Target) -> Result<u64> {
        self.run(target)
    }

    /// Returns the body if it has at most `most` bytes.
    pub fn to_memory(&self, most: u64) -> Result<Vec<u8>> {
        let mut memory = Memory { content: Vec::new(), most };
        self.run(&mut memory)?;
        Ok(memory.content)
    }

    /// Passes the body to `write`, each byte once. Returns the number of bytes.
    pub fn pass_on(&self, write: impl FnMut(&[u8]) -> Result<()>) -> Result<u64> {
        self.run(&mut Outlet { write, has_passed: false })
    }

    /// Receives the body, from its beginning a second time if the file was changed meanwhile, or if the
    /// service turns out to have no ranges.
    fn run(&self, sink: &mut dyn Sink) -> Result<u64> {
        let mut goes_on = self.operation.may_repeat();
        let mut is_second = false;
        loop {
            let context = self.context.renewed();
            let mut span = Span { version: None, at: 0, end: None, part: None, goes_on };
            let lost = match self.fetch(&context, &mut span, None, sink) {
                Ok(()) => {
                    context.progress.expect(span.at, 1);
                    context.progress.part_done();
                    return Ok(span.at);
                }
                Err(lost) => lost,
            };
            context.progress.took_back(span.at);
            goes_on &= !matches!(lost, Lost::NoRanges(_));
            match lost {
                Lost::Changed(error) | Lost::NoRanges(error) if !is_second => sink.restart(error)?,
                Lost::Attempt(error) | Lost::Failed(error) | Lost::Changed(error) | Lost::NoRanges(error) => {
                    return Err(error);
                }
            }
            is_second = true;
            self.context.progress.retried();
        }
    }

    /// Receives the bytes of `span`, in as many attempts as it takes. `first` is an answer that brings them.
    fn fetch(
        &self,
        context: &TransferContext<'_>,
        span: &mut Span,
        mut first: Option<Begun<'_>>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<(), Lost> {
        let mut attempts = self.operation.attempts(self.http, 0);
        loop {
            context.check().map_err(Lost::Failed)?;
            let before = span.at;
            let error = match self.attempt(context, &attempts, span, first.take(), sink) {
                Err(Lost::Attempt(error)) => self.operation.judged(error),
                ended => return ended,
            };
            if span.version.is_none() && span.at > 0 {
                sink.restart(error.clone()).map_err(Lost::Failed)?;
                context.progress.took_back(std::mem::take(&mut span.at));
            } else if span.at.saturating_sub(before) >= RENEWS {
                attempts = self.operation.attempts(self.http, 0);
            }
            context.retry(&mut attempts, error).map_err(Lost::Failed)?;
        }
    }

    /// Asks once, and reads what is `first` or comes.
    fn attempt(
        &self,
        context: &TransferContext<'_>,
        attempts: &Attempts,
        span: &mut Span,
        first: Option<Begun<'_>>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<(), Lost> {
        let (attempt, can_be_repeated) = (attempts.attempt(), attempts.are_left());
        let range = span.part.unwrap_or(WHOLE);
        let watch = || context.stragglers.watch_received(range, &context.bounds, can_be_repeated);
        if let Some(version) = &span.version {
            let end = span.end.unwrap_or(version.length());
            let (answer, watched) = match first {
                Some((answer, watched)) => ((answer, 0), watched),
                None => {
                    let watched = watch();
                    let open = |headers: &Headers| (self.open)(context, watched.bounds(), attempt, headers);
                    (version.rest(open, span.at, span.end)?, watched)
                }
            };
            self.read(context, &watched, answer, Some(end), span, sink)?;
            // It may have been left to the first answer.
            if span.part.is_some() && span.at == end {
                watched.stored();
            }
            return Ok(());
        }
        let watched = watch();
        let answer = (self.open)(context, watched.bounds(), attempt, &[])?;
        if answer.status() != 200 {
            let text =
                format!("the service answered with status {}, which brings no whole file", answer.status());
            let error = Error::new(ErrorKind::Protocol, text).with_answer(answer.status(), String::new());
            return Err(error.into());
        }
        let length = version::length(&answer);
        context.progress.expect(length.unwrap_or(0), 1);
        let version = if span.goes_on { Version::of(&answer) } else { None };
        if let (Some(version), Some(target)) = (&version, sink.file())
            && ranges::pay(version, &answer)
        {
            return ranges::fetch(self, context, version, (answer, watched), target, span);
        }
        let result = self.read(context, &watched, (answer, 0), length, span, sink);
        if span.at > 0 {
            span.version = version;
        }
        Ok(result?)
    }

    /// Reads the answer to its end, or for as long as the sink takes its bytes. The first `unwanted` ones are
    /// there already. `end` is where the answer must end in the file.
    fn read(
        &self,
        context: &TransferContext<'_>,
        watched: &Watched<'_>,
        (mut answer, mut unwanted): (ResponseStream, u64),
        end: Option<u64>,
        span: &mut Span,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let mut buffer = memory::zeros(BUFFER, "a piece of the file")?;
        loop {
            let left = end.map_or(u64::MAX, |end| end.saturating_sub(span.at));
            let is_all_here = (unwanted, left) == (0, 0);
            // Then nothing is asked for again, whatever becomes of the connection.
            let is_over = |error: &Error| is_all_here && error.retryable() && context.bounds.check().is_ok();
            match watched.bounds().check() {
                Err(error) if is_over(&error) => break,
                checked => checked?,
            }
            // At the end a byte more is asked for: there must be none, and then the connection can be used
            // again.
            let most = match (unwanted, left) {
                (0, 0) => 1,
                (0, left) => left.min(sink.room(span.at)),
                (unwanted, _) => unwanted,
            };
            if most == 0 {
                answer.leave();
                return Ok(());
            }
            let most = usize::try_from(most).unwrap_or(usize::MAX).min(BUFFER);
            let count = match answer.read(buffer.get_mut(..most).unwrap_or_default()) {
                Err(error) if is_over(&error) => break,
                read => read?,
            };
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            if unwanted > 0 {
                unwanted -= count as u64;
                continue;
            }
            if left == 0 {
                let text = format!("the answer has more bytes than announced, which were {}", span.at);
                return Err(Error::new(ErrorKind::Protocol, text));
            }
            if span.at == 0 && end == Some(count as u64) && bytes == self.refusal.as_bytes() {
                let (status, refusal) = (answer.status(), self.refusal);
                let text = format!("the service answered with status {status}, but with \"{refusal}\"");
                return Err(Error::new(ErrorKind::Protocol, text).with_answer(status, refusal.to_owned()));
            }
            sink.write(span.at, bytes)?;
            span.at += count as u64;
            context.progress.moved(count as u64);
            watched.moved(count);
        }
        match end {
            Some(end) if end != span.at || unwanted > 0 => {
                let text = format!("the answer ended after {} of {end} bytes", span.at);
                Err(Error::new(ErrorKind::Network, text))
            }
            _ => Ok(()),
        }
    }
}

impl Sink for Target {
    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        Target::write(self, at, bytes)
    }

    fn restart(&mut self, _: Error) -> Result<()> {
        self.clear()
    }

    fn file(&self) -> Option<&Target> {
        Some(self)
    }
}

struct Memory {
    content: Vec<u8>,
    most: u64,
}

impl Sink for Memory {
    fn write(&mut self, _: u64, bytes: &[u8]) -> Result<()> {
        if self.content.len() as u64 + bytes.len() as u64 > self.most {
            let most = self.most >> 20;
            let text = format!("the file is larger than {most} MiB; download it to a file instead");
            return Err(Error::new(ErrorKind::OutOfMemory, text));
        }
        memory::append(&mut self.content, bytes, "the file; download it to a file instead")
    }

    fn restart(&mut self, _: Error) -> Result<()> {
        self.content.clear();
        Ok(())
    }
}

/// A function that takes the bytes in their order.
struct Outlet<F> {
    write: F,
    has_passed: bool,
}

impl<F: FnMut(&[u8]) -> Result<()>> Sink for Outlet<F> {
    fn write(&mut self, _: u64, bytes: &[u8]) -> Result<()> {
        self.has_passed = true;
        (self.write)(bytes)
    }

    fn restart(&mut self, why: Error) -> Result<()> {
        if self.has_passed { Err(why) } else { Ok(()) }
    }
}

/// Returns the answer if it is a success, else the error it stands for. Reads the body of the latter.
pub fn success(answer: ResponseStream) -> Result<ResponseStream> {
    if (200..300).contains(&answer.status()) {
        return Ok(answer);
    }
    Err(answer.read_all().and_then(Response::success).err().unwrap_or_else(Error::cancelled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn memory_takes_as_much_as_it_may_and_no_more() {
        let mut memory = Memory { content: Vec::new(), most: 4 };
        memory.write(0, b"abcd").expect("all that it may take");
        assert_eq!(memory.write(4, b"e").expect_err("too much").kind(), ErrorKind::OutOfMemory);
        assert_eq!(memory.content, b"abcd");
    }
}
