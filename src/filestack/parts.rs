//! Sending one part: a signed address from the service, then the bytes to the storage; in chunks, and committed, the
//! intelligent way (`specs/filestack.md` 3.3–3.5, 3.7).

use std::sync::{Mutex, PoisonError};

use crate::http::Method;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Intelligent;
use super::upload::{MultipartCall, MultipartSession, PartState};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Payload, Request, Response, Secrets, check_headers, check_scheme, hex, xml_element};
use crate::transfer::context::TransferContext;
use crate::transfer::digest::Md5;
use crate::transfer::plan::Part;
use crate::transfer::source::Source;
use crate::transfer::source::digest_ranges;

/// No chunk gets smaller on a bad network.
const SMALLEST_CHUNK: u64 = 32 << 10;

/// Sends the parts of one run.
pub struct PartSender<'a> {
    pub call: &'a MultipartCall<'a>,
    pub source: &'a Source<'a>,
    pub session: &'a Mutex<MultipartSession>,
    pub context: &'a TransferContext<'a>,
}

/// Bytes for one PUT.
struct Piece {
    part: u32,
    offset: u64,
    length: u64,
    /// Where it begins in its part, for a chunk; a whole part has none.
    chunk: Option<u64>,
    md5: Option<Md5>,
}

impl PartSender<'_> {
    pub fn send(&self, part: Part, md5: Option<Md5>) -> Result<()> {
        let result = if self.is_intelligent(part.number) {
            self.send_chunks(part, md5)
        } else {
            self.send_whole(part, md5)
        };
        result.map_err(|e| match e.kind() {
            ErrorKind::Cancelled | ErrorKind::Paused => e,
            _ => e.while_doing(format_args!("part {}", part.number)),
        })
    }

    fn is_intelligent(&self, part: u32) -> bool {
        let granted = self.call.started.intelligent;
        match self.call.spec.intelligent {
            Intelligent::Off => false,
            Intelligent::On => granted,
            Intelligent::Fallback => {
                let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
                granted
                    && (session.fell_back || matches!(session.parts.get(&part), Some(PartState::Chunks(_))))
            }
        }
    }

    fn record(&self, part: u32, sent: PartState) {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).parts.insert(part, sent);
    }

    fn send_whole(&self, part: Part, md5: Option<Md5>) -> Result<()> {
        let Part { number, offset, length } = part;
        let piece = Piece { part: number, offset, length, chunk: None, md5 };
        let mut attempts = self.call.client.http().attempts();
        loop {
            self.context.check()?;
            self.source.check_unchanged()?;
            match self.put(&piece) {
                Ok(Some(etag)) => {
                    self.record(number, PartState::Whole(etag));
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
                    self.session.lock().unwrap_or_else(PoisonError::into_inner).fell_back = true;
                    return self.send_chunks(part, md5);
                }
                Err(error) => self.context.retry(&mut attempts, error)?,
            }
        }
    }

    fn can_fall_back(&self, error: &Error) -> bool {
        let asked = self.call.spec.intelligent == Intelligent::Fallback && self.call.started.intelligent;
        asked && error.retryable() && error.kind() != ErrorKind::Cancelled && error.step() == "put"
    }

    /// Chunk by chunk, each half as long as the one that failed before it; then the commit.
    fn send_chunks(&self, part: Part, md5: Option<Md5>) -> Result<()> {
        let known =
            self.session.lock().unwrap_or_else(PoisonError::into_inner).parts.get(&part.number).cloned();
        let mut done = if let Some(PartState::Chunks(done)) = known { done } else { 0 };
        self.context.progress.moved(done);
        self.context.progress.stored(done);
        let mut chunk = part.length;
        let mut attempts = self.call.client.http().attempts();
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
            match self.put(&Piece { part: part.number, offset, length, chunk: Some(done), md5 }) {
                Ok(_) => {
                    done += length;
                    self.record(part.number, PartState::Chunks(done));
                    attempts = self.call.client.http().attempts();
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
        body.insert("store".into(), self.call.spec.store.clone());
        let body = Value::Object(body);
        let attempts = self.call.client.http().attempts();
        self.context.retry_until_done(attempts, || self.call.post("commit", &body, &self.context.bounds))?;
        self.record(part, PartState::Committed);
        self.context.progress.part_done();
        Ok(())
    }

    /// One attempt: a new signature, then the bytes. The ETag if the storage gave one.
    fn put(&self, piece: &Piece) -> Result<Option<String>> {
        let signed = self.sign(piece)?;
        let secrets = signed.secrets();
        let mut reader = self.context.progress.counted(self.source.reader(piece.offset, piece.length));
        let request = Request {
            method: Method::PUT,
            url: signed.url.clone(),
            headers: signed.headers.clone(),
            body: Payload::Stream { reader: &mut reader, length: piece.length },
            shown: None,
            secrets: Secrets::new(secrets.iter().map(String::as_str)),
        };
        let answer = self
            .call
            .client
            .http()
            .send(request, &self.context.bounds)
            .and_then(|answer| self.stored(piece, answer));
        match answer {
            Ok(etag) => {
                reader.stored();
                Ok(etag)
            }
            Err(error) => {
                let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
                Err(Secrets::new(secrets).clean_error(error).at("put"))
            }
        }
    }

    fn sign(&self, piece: &Piece) -> Result<Signed> {
        let mut body = self.call.body();
        body.insert("part".into(), piece.part.into());
        body.insert("size".into(), piece.length.into());
        if let Some(md5) = &piece.md5 {
            body.insert("md5".into(), BASE64_STANDARD.encode(md5).into());
        }
        body.insert("store".into(), self.call.spec.store.clone());
        if let Some(offset) = piece.chunk {
            body.insert("offset".into(), json!(offset));
            body.insert("fii".into(), true.into());
        }
        let answer = self.call.post("upload", &Value::Object(body), &self.context.bounds)?;
        Signed::new(&answer, &self.call.started.base).map_err(|e| e.at("upload"))
    }

    /// Whether the answer to a PUT proves that the storage has our bytes.
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
        let etag = answer.header("etag").map(str::to_owned);
        if let (Some(md5), Some(etag)) = (&piece.md5, &etag)
            && is_md5(etag, &answer)
            && !etag.trim_matches('"').eq_ignore_ascii_case(&hex(md5))
        {
            let message = format!(
                "the storage holds other bytes than were sent: its ETag is {etag}, the MD5 is {}",
                hex(md5)
            );
            return Err(self.damaged(
                piece,
                Error::new(ErrorKind::Integrity, message).with_answer(answer.status, String::new()),
            ));
        }
        Ok(etag)
    }

    /// The storage got other bytes than were digested: the source has changed, or they were damaged on their way.
    fn damaged(&self, piece: &Piece, error: Error) -> Error {
        if let Err(changed) = self.source.check_unchanged() {
            return changed;
        }
        let range = Part { number: piece.part, offset: piece.offset, length: piece.length };
        match digest_ranges(self.source, &self.context.bounds, &[range]) {
            Ok(again) if again.first() == piece.md5.as_ref() => {
                error.with_kind(ErrorKind::Integrity).with_retryable(true)
            }
            Ok(_) => self.source.changed(),
            Err(error) => error,
        }
    }
}

/// Where the storage takes the bytes, and the headers it was promised.
struct Signed {
    url: String,
    headers: Vec<(String, String)>,
}

impl Signed {
    fn new(answer: &Response, base: &str) -> Result<Self> {
        let value = answer.json()?;
        let malformed = |what: &str| {
            Error::new(
                ErrorKind::Protocol,
                format!("the answer to the request for an upload address has no {what}"),
            )
            .with_answer(answer.status, String::new())
        };
        let url = value.get("url").and_then(Value::as_str).ok_or_else(|| malformed("url"))?.to_owned();
        let headers = value.get("headers").and_then(Value::as_object).ok_or_else(|| malformed("headers"))?;
        let headers: Option<Vec<_>> =
            headers.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
        let headers = headers.ok_or_else(|| malformed("headers that are texts"))?;
        check_scheme(&url, base)?;
        check_headers(&headers)?;
        Ok(Signed { url, headers })
    }

    /// What the storage may echo in an error.
    fn secrets(&self) -> Vec<String> {
        let authorization =
            self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let signatures = authorization.flat_map(|(_, value)| {
            let signature = value.rsplit_once("Signature=").map(|(_, hex)| hex.to_owned());
            std::iter::once(value.clone()).chain(signature)
        });
        let query = self.url.split_once('?').map(|(_, query)| query.to_owned());
        signatures.chain(query).collect()
    }
}

/// An ETag is an MD5 if it looks like one, unless the storage encrypts with a key of its own.
fn is_md5(etag: &str, answer: &Response) -> bool {
    let hex = etag.trim_matches('"');
    let encrypted =
        answer.header("x-amz-server-side-encryption").is_some_and(|how| how.starts_with("aws:kms"))
            || answer.header("x-amz-server-side-encryption-customer-algorithm").is_some();
    !encrypted && hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}
