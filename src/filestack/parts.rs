//! Sends one part: asks the service for a signed address, then puts the bytes to the storage. An intelligent
//! upload sends a part in chunks and commits it (`specs/filestack.md` 3.3 to 3.5, 3.7).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::multipart::MultipartCall;
use super::request::malformed;
use super::{Intelligent, secrets};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::{Attempt, Attempts};
use crate::http::{Method, Payload, Request, Response, check_headers, check_scheme, hex, xml_element};
use crate::transfer::checkpoint::{Checkpoint, PartEvent, PartState};
use crate::transfer::context::TransferContext;
use crate::transfer::digest::Md5;
use crate::transfer::plan::Part;
use crate::transfer::queue::Wait;
use crate::transfer::source::{Source, digest_ranges};

/// No chunk gets smaller on a bad network (`specs/filestack.md` 3.7).
const SMALLEST_CHUNK: u64 = 32 << 10;

/// How long a signed address waits for its turn; the service's own live for 15 minutes or more.
const SIGNATURE_KEPT: Duration = Duration::from_secs(300);

/// The longest address of a PUT in bytes: a longer one cannot be sent.
const LONGEST_URL: usize = 60 << 10;

/// The most headers of a PUT, and their bytes in all; the service's own have less than 1 KiB.
const MOST_HEADERS: usize = 64;
const LONGEST_HEADERS: usize = 16 << 10;

/// The longest text of an answer with an upload address that is shown, in bytes.
const LONGEST_WORDS: usize = 200;

/// The longest ETag in bytes; S3's own have less than 70.
const LONGEST_ETAG: usize = 1024;

/// Headers that frame a request: they are HTTP's and never the service's to choose.
const FRAMING: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"];

/// The place of the file in the upload's files: there is one.
pub const FILE: u16 = 0;

/// Sends the parts of one run.
pub struct PartSender<'a> {
    pub call: MultipartCall<'a>,
    pub source: &'a Source<'a>,
    pub checkpoint: &'a Checkpoint,
    pub context: &'a TransferContext<'a>,
    /// A part has failed in fallback mode: all that follow are sent the intelligent way.
    pub fell_back: AtomicBool,
}

/// Bytes for one PUT.
struct Piece {
    part: u32,
    offset: u64,
    length: u64,
    /// The offset of a chunk in its part; `None` for a whole part.
    chunk: Option<u64>,
    md5: Option<Md5>,
}

impl Piece {
    fn range(&self) -> Part {
        Part { number: self.part, offset: self.offset, length: self.length }
    }
}

impl PartSender<'_> {
    pub fn send(&self, part: Part, md5: Option<Md5>, wait: Wait<'_>) -> Result<()> {
        // How a part goes up in fallback mode is known when those before it have.
        if self.call.calls.spec.intelligent == Intelligent::Fallback {
            wait()?;
        }
        let result = if self.is_intelligent(part.number) {
            self.send_chunks(part, md5, wait)
        } else {
            self.send_whole(part, md5, wait)
        };
        result.map_err(|e| match e.kind() {
            ErrorKind::Cancelled | ErrorKind::Paused => e,
            _ => e.while_doing(format_args!("part {}", part.number)),
        })
    }

    fn is_intelligent(&self, part: u32) -> bool {
        let granted = self.call.started.intelligent;
        match self.call.calls.spec.intelligent {
            Intelligent::Off => false,
            Intelligent::On => granted,
            Intelligent::Fallback => {
                granted && (self.fell_back.load(Ordering::Relaxed) || self.chunks(part).is_some())
            }
        }
    }

    /// How many bytes of the part are stored as chunks.
    fn chunks(&self, part: u32) -> Option<u64> {
        match self.checkpoint.part(FILE, part) {
            Some(PartState::Chunks { chunks, committed: false }) => {
                Some(chunks.iter().map(|chunk| chunk.length).sum())
            }
            _ => None,
        }
    }

    fn send_whole(&self, part: Part, md5: Option<Md5>, wait: Wait<'_>) -> Result<()> {
        let Part { number, offset, length } = part;
        let piece = Piece { part: number, offset, length, chunk: None, md5 };
        let mut attempts = self.attempts(number);
        loop {
            self.context.check()?;
            self.source.check_unchanged()?;
            match self.put(&piece, &attempts, wait) {
                Ok(Some(etag)) => {
                    let event = PartEvent::Whole { md5, etag: Some(etag) };
                    self.checkpoint.part_is(FILE, number, event);
                    self.context.progress.part_done();
                    return Ok(());
                }
                Ok(None) => {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "the storage confirmed the part without an ETag",
                    )
                    .at("put"));
                }
                Err(error) if self.can_fall_back(&error) => {
                    self.fell_back.store(true, Ordering::Relaxed);
                    return self.send_chunks(part, md5, wait);
                }
                Err(error) => self.context.retry(&mut attempts, error)?,
            }
        }
    }

    fn can_fall_back(&self, error: &Error) -> bool {
        let spec = self.call.calls.spec;
        let is_asked = spec.intelligent == Intelligent::Fallback && self.call.started.intelligent;
        is_asked && error.retryable() && error.kind() != ErrorKind::Cancelled && error.step() == "put"
    }

    /// Sends the part in chunks, then commits it. A chunk that fails is halved; one that is stored renews the
    /// retries.
    fn send_chunks(&self, part: Part, md5: Option<Md5>, wait: Wait<'_>) -> Result<()> {
        let mut done = self.chunks(part.number).unwrap_or(0);
        let mut chunk = part.length;
        let mut attempts = self.attempts(part.number);
        while done < part.length {
            self.context.check()?;
            self.source.check_unchanged()?;
            let offset = part.offset + done;
            let length = chunk.min(part.length - done);
            let md5 = match md5 {
                Some(_) if length < part.length => {
                    let range = Part { number: part.number, offset, length };
                    digest_ranges(self.source, &self.context.bounds, &[range])?.first().copied()
                }
                whole => whole,
            };
            let piece = Piece { part: part.number, offset, length, chunk: Some(done), md5 };
            match self.put(&piece, &attempts, wait) {
                Ok(_) => {
                    done += length;
                    self.checkpoint.part_is(FILE, part.number, PartEvent::Chunk { md5, length });
                    attempts = self.attempts(part.number);
                }
                Err(error) => {
                    if error.step() == "put" {
                        chunk = length.div_ceil(2).max(SMALLEST_CHUNK);
                    }
                    self.context.retry(&mut attempts, error)?;
                }
            }
        }
        self.commit(part.number)
    }

    fn commit(&self, part: u32) -> Result<()> {
        let mut body = self.call.body();
        body.insert("part".into(), part.into());
        // The size of the whole file, not of the part (`specs/filestack.md` 3.5).
        body.insert("size".into(), self.source.len().into());
        body.insert("store".into(), self.call.calls.spec.store.clone());
        let body = Value::Object(body);
        let calls = self.call.calls;
        let attempt = |which: Attempt| self.call.post(which.at("commit"), &body, &self.context.bounds);
        calls.operation.retry_part(calls.client.http(), self.context, part, attempt)?;
        self.checkpoint.part_is(FILE, part, PartEvent::Committed);
        self.context.progress.part_done();
        Ok(())
    }

    fn attempts(&self, part: u32) -> Attempts {
        self.call.calls.client.http().attempts().of("put", part)
    }

    /// One attempt: a new signature, then, in a slot, the bytes. The ETag if the storage gave one.
    fn put(&self, piece: &Piece, attempts: &Attempts, wait: Wait<'_>) -> Result<Option<String>> {
        let attempt = attempts.attempt();
        let mut signed = self.sign(piece, attempt)?;
        let signed_at = Instant::now();
        wait()?;
        self.source.check_unchanged()?;
        if signed_at.elapsed() >= SIGNATURE_KEPT {
            signed = self.sign(piece, attempt)?;
        }
        let secrets = secrets::with_signed(&self.call.calls.operation.secrets, &signed.url, &signed.headers);
        // What goes up the intelligent way has rules of its own for bad connections.
        let is_plain = self.call.calls.spec.intelligent == Intelligent::Off;
        let watched = self.context.stragglers.watch(
            piece.range(),
            &self.context.bounds,
            attempts.are_left() && is_plain,
        );
        let reader = watched.reader(self.source.reader(piece.offset, piece.length));
        let mut reader = self.context.progress.counted(reader);
        let request = Request {
            method: Method::PUT,
            shown: None,
            url: signed.url,
            headers: signed.headers,
            body: Payload::Stream { reader: &mut reader, length: piece.length },
            secrets: secrets.clone(),
            attempt,
        };
        let http = self.call.calls.client.http();
        let answer = http.send(request, watched.bounds()).and_then(|answer| self.stored(piece, answer));
        match answer {
            Ok(etag) => {
                reader.stored();
                watched.stored();
                Ok(etag)
            }
            Err(error) => {
                // A redirect means that the address is out of date: the next attempt asks for another one.
                let is_redirect = (300..400).contains(&error.http_status());
                let retryable = error.retryable() || is_redirect;
                Err(secrets.clean_error(error).with_retryable(retryable).at("put"))
            }
        }
    }

    fn sign(&self, piece: &Piece, attempt: Attempt) -> Result<Signed> {
        let mut body = self.call.body();
        body.insert("part".into(), piece.part.into());
        body.insert("size".into(), piece.length.into());
        if let Some(md5) = &piece.md5 {
            body.insert("md5".into(), BASE64_STANDARD.encode(md5).into());
        }
        body.insert("store".into(), self.call.calls.spec.store.clone());
        if let Some(offset) = piece.chunk {
            body.insert("offset".into(), json!(offset));
            body.insert("fii".into(), true.into());
        }
        let answer = self.call.post(attempt.at("upload"), &Value::Object(body), &self.context.bounds)?;
        let secrets = &self.call.calls.operation.secrets;
        let clean = |error: Error| secrets.clean_error(error).at("upload");
        let value = answer.json().map_err(|error| not_shown(clean(error)))?;
        Signed::new(&answer, &value, &self.call.started.base).map_err(clean)
    }

    /// The ETag of a successful PUT; an error unless the answer proves that the storage has our bytes.
    fn stored(&self, piece: &Piece, answer: Response) -> Result<Option<String>> {
        let answer = match answer.success() {
            Ok(answer) => answer,
            Err(error) => {
                let damaged = matches!(
                    xml_element(error.body(), "Code"),
                    Some("BadDigest" | "XAmzContentSHA256Mismatch")
                );
                return Err(if damaged { self.damaged(piece, error) } else { error });
            }
        };
        if !matches!(answer.status, 200 | 201 | 204) {
            let text = format!("HTTP {} does not say that the storage has the part", answer.status);
            return Err(malformed(&answer, &text));
        }
        let etag = answer.header("etag").map(str::to_owned);
        if etag.as_ref().is_some_and(|etag| etag.len() > LONGEST_ETAG) {
            return Err(malformed(&answer, "the storage confirmed the part with an ETag that is too long"));
        }
        if let (Some(md5), Some(etag)) = (&piece.md5, &etag)
            && is_md5(etag, &answer)
            && !is_proof(Some(md5), Some(etag))
        {
            let message = format!(
                "the storage holds other bytes than were sent: its ETag is {etag}, the MD5 is {}",
                hex(md5)
            );
            return Err(self.damaged(
                piece,
                Error::new(ErrorKind::Integrity, message).with_answer(answer.status, answer.text()),
            ));
        }
        Ok(etag)
    }

    /// The storage has other bytes than were digested: `FileChanged` if the source has changed, else `error`
    /// as `Integrity`.
    fn damaged(&self, piece: &Piece, error: Error) -> Error {
        if let Err(changed) = self.source.check_unchanged() {
            return changed;
        }
        match digest_ranges(self.source, &self.context.bounds, &[piece.range()]) {
            Ok(again) if again.first() == piece.md5.as_ref() => {
                error.with_kind(ErrorKind::Integrity).with_retryable(true)
            }
            Ok(_) => self.source.changed(),
            Err(error) => error,
        }
    }
}

/// The address of a PUT and the headers that the service has signed.
struct Signed {
    url: String,
    headers: Vec<(String, String)>,
}

impl Signed {
    fn new(answer: &Response, value: &Value, base: &str) -> Result<Self> {
        let malformed = |what: &str| {
            let text = format!("the answer to the request for an upload address has {what}");
            Error::new(ErrorKind::Protocol, text).with_answer(answer.status, shown(value))
        };
        let url = value.get("url").and_then(Value::as_str).ok_or_else(|| malformed("no url"))?;
        if url.len() > LONGEST_URL {
            return Err(malformed("a url that is too long"));
        }
        let members =
            value.get("headers").and_then(Value::as_object).ok_or_else(|| malformed("no headers"))?;
        let mut headers = Vec::new();
        let mut length = 0;
        for (name, value) in members {
            let value = value.as_str().ok_or_else(|| malformed("headers that are no texts"))?;
            length += name.len() + value.len();
            if headers.len() == MOST_HEADERS || length > LONGEST_HEADERS {
                return Err(malformed("too many headers"));
            }
            if !FRAMING.contains(&name.to_ascii_lowercase().as_str()) {
                headers.push((name.clone(), value.to_owned()));
            }
        }
        check_scheme(url, base)?;
        check_headers(&headers)?;
        Ok(Signed { url: url.to_owned(), headers })
    }
}

/// The error of an answer with an upload address that cannot be read. Credentials may stand anywhere in it.
fn not_shown(error: Error) -> Error {
    if error.kind() == ErrorKind::OutOfMemory || are_words(error.body()) {
        return error;
    }
    let text = "the answer to the request for an upload address is not JSON that can be read; it is not shown, \
                for it may have credentials";
    let retryable = error.retryable();
    let error = Error::new(error.kind(), text).with_answer(error.http_status(), String::new());
    error.with_retryable(retryable).at("upload")
}

/// Whether a text is the service's words to people, with neither an address nor a parameter in it.
fn are_words(text: &str) -> bool {
    text.len() <= LONGEST_WORDS && !text.contains(['=', ':', '/', '%', '\\'])
}

/// What is shown of an answer with an upload address: the service's words. All else may be a credential,
/// whatever its name.
fn shown(answer: &Value) -> String {
    const SHOWN: [&str; 4] = ["error", "message", "status", "code"];
    let is_harmless = |value: &Value| match value {
        Value::String(text) => are_words(text),
        other => other.is_number() || other.is_boolean(),
    };
    let members = SHOWN.iter().filter_map(|name| Some(((*name).to_owned(), answer.get(name)?.clone())));
    Value::Object(members.filter(|(_, value)| is_harmless(value)).collect()).to_string()
}

/// Whether the storage has confirmed the MD5 of a part.
pub fn is_proof(md5: Option<&Md5>, etag: Option<&str>) -> bool {
    md5.zip(etag).is_some_and(|(md5, etag)| etag.trim_matches('"').eq_ignore_ascii_case(&hex(md5)))
}

/// Whether an ETag is an MD5: it looks like one, and the storage does not encrypt with KMS or a customer's
/// key.
fn is_md5(etag: &str, answer: &Response) -> bool {
    let encrypted =
        answer.header("x-amz-server-side-encryption").is_some_and(|how| how.starts_with("aws:kms"))
            || answer.header("x-amz-server-side-encryption-customer-algorithm").is_some();
    let digits = etag.trim_matches('"');
    !encrypted && digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
