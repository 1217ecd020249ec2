//! The records that a journal and a token are made of, byte by byte; `include/README.md` has the format for
//! people. Numbers are little-endian.
//!
//! ```text
//! length of the payload  4 bytes
//! type                   1 byte
//! payload
//! CRC-32C of all that    4 bytes
//! ```

#![forbid(unsafe_code)]

use serde_json::{Value, json};

use super::seal::{AccountId, SealKey};
use crate::error::{Error, ErrorKind, Result};
use crate::http::hex;
use crate::json;
use crate::transfer::digest::Md5;
use crate::transfer::source::{Identity, Source};

/// Bytes of a record beside its payload.
pub(super) const FRAME: usize = 9;

/// The longest payload in bytes; nothing that Ferry writes comes near.
const LONGEST: usize = 16 << 20;

const INTENT: u8 = 1;
const SESSION: u8 = 2;
const PART: u8 = 3;
const COMPLETING: u8 = 4;
const DONE: u8 = 5;
const RESET: u8 = 6;

/// One thing that became known of an upload.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// What is to be uploaded. Always the first.
    Intent(Intent),
    /// The service has opened a session.
    Session(Session),
    /// The service has confirmed bytes, or is about to get them.
    Part(PartRecord),
    /// The service is about to be told to join the parts; or it has refused to, for certain.
    Completing(bool),
    /// The service's description of what it has stored.
    Done(Value),
    /// The session is over: the upload starts anew.
    Reset,
}

/// What is to be uploaded, by whom and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    pub service: String,
    pub account: AccountId,
    /// The main file first. Data that has no file has an empty path.
    pub files: Vec<UploadedFile>,
    /// What the service is told at the start and at the end, in the service's own form.
    pub request: Value,
    /// Unix time in seconds.
    pub begun: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UploadedFile {
    /// Absolute.
    pub path: String,
    pub identity: Identity,
}

impl UploadedFile {
    /// `path` may be relative; it is empty for data that has no file.
    pub fn new(path: &str, source: &Source<'_>) -> Result<Self> {
        Ok(UploadedFile { path: absolute(path)?, identity: source.identity() })
    }
}

/// What names a file here; nothing for data that has none.
pub fn absolute(path: &str) -> Result<String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let absolute = std::path::absolute(path).map_err(|e| Error::file("find", path, &e))?;
    let absolute = absolute.into_os_string().into_string();
    absolute.map_err(|_| Error::new(ErrorKind::Io, "the working directory has a name that is not UTF-8"))
}

/// A session that the service has opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Bytes of a part, for each file.
    pub part_sizes: Vec<u64>,
    /// What the service answered, in the service's own form.
    pub answer: Value,
}

impl Session {
    /// Whether both are the same session of the service. One that may change keeps what it was at first
    /// in the member `opened`.
    pub fn is(&self, other: &Session) -> bool {
        match (self.answer.get("opened"), other.answer.get("opened")) {
            (Some(own), Some(others)) => own == others,
            _ => self == other,
        }
    }

    /// Which of the same is the later one. One that may change counts in the member `version` how often it
    /// has.
    pub fn version(&self) -> u64 {
        self.answer.get("version").and_then(Value::as_u64).unwrap_or(0)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct PartRecord {
    /// The place of the file in the intent.
    pub file: u16,
    /// From 1.
    pub number: u32,
    pub event: PartEvent,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PartEvent {
    /// Stored as a whole.
    Whole { md5: Option<Md5>, etag: Option<String> },
    /// The next bytes of the part are stored, so many of them.
    Chunk { md5: Option<Md5>, length: u64 },
    /// All chunks are one part.
    Committed,
    /// About to be sent: it may arrive though no answer does.
    Sending { md5: Option<Md5> },
}

/// The kinds of a PART record.
const WHOLE: u8 = 0;
/// Its ETag is its MD5 in quotes.
const WHOLE_MD5: u8 = 1;
/// Its ETag is 16 other bytes in hexadecimal digits, in quotes.
const WHOLE_HEX: u8 = 2;
/// Its ETag is the text that follows.
const WHOLE_TEXT: u8 = 3;
const CHUNK: u8 = 4;
const COMMITTED: u8 = 5;
const SENDING: u8 = 6;

impl Record {
    /// Appends the record to `bytes`; nothing for a part without a digest, which nobody could go on from.
    pub fn write(&self, key: &SealKey, bytes: &mut Vec<u8>) -> Result<()> {
        let (kind, payload) = match self {
            Record::Intent(intent) => (INTENT, intent.to_json(key)?),
            Record::Session(session) => {
                let value = json!({"part_sizes": session.part_sizes, "sealed": key.seal(&session.answer)?});
                (SESSION, value.to_string().into_bytes())
            }
            Record::Part(part) => match part.to_bytes() {
                Some(payload) => (PART, payload),
                None => return Ok(()),
            },
            Record::Completing(asked) => (COMPLETING, vec![u8::from(*asked)]),
            Record::Done(answer) => (DONE, json!({"sealed": key.seal(answer)?}).to_string().into_bytes()),
            Record::Reset => (RESET, Vec::new()),
        };
        frame(kind, &payload, bytes)
    }
}

/// Appends a record of any type.
pub(super) fn frame(kind: u8, payload: &[u8], bytes: &mut Vec<u8>) -> Result<()> {
    let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= LONGEST);
    let length = length.ok_or_else(|| Error::new(ErrorKind::Internal, "a record is too long"))?;
    let begin = bytes.len();
    bytes.extend(length.to_le_bytes());
    bytes.push(kind);
    bytes.extend(payload);
    let sum = crc32c::crc32c(bytes.get(begin..).unwrap_or_default());
    bytes.extend(sum.to_le_bytes());
    Ok(())
}

/// A record that is whole, not yet understood.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    pub(super) kind: u8,
    pub(super) payload: &'a [u8],
}

impl<'a> RawRecord<'a> {
    /// The first record of `bytes` and the bytes after it; None if it is not whole.
    pub fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (length, _) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= LONGEST)?;
        let (summed, rest) = bytes.split_at_checked(length + FRAME - 4)?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        if crc32c::crc32c(summed) != u32::from_le_bytes(*sum) {
            return None;
        }
        Some((RawRecord { kind: *summed.get(4)?, payload: summed.get(5..)? }, rest))
    }

    /// The intent, all of it that is not sealed.
    pub fn intent(&self) -> Option<Intent> {
        (self.kind == INTENT).then(|| Intent::from_json(self.payload, None)).flatten()
    }

    /// Without a key, what is sealed is JSON's null. None for a record that this version does not know, or
    /// that another account has sealed.
    pub fn understand(&self, key: Option<&SealKey>) -> Option<Record> {
        let payload = self.payload;
        match self.kind {
            INTENT => Intent::from_json(payload, key).map(Record::Intent),
            SESSION => {
                let value = json::read(payload)?;
                let sizes = value.get("part_sizes")?.as_array()?;
                let part_sizes = sizes.iter().map(|size| size.as_u64().filter(|size| *size > 0));
                let part_sizes = part_sizes.collect::<Option<Vec<u64>>>()?;
                Some(Record::Session(Session { part_sizes, answer: opened(value.get("sealed"), key)? }))
            }
            PART => PartRecord::from_bytes(payload).map(Record::Part),
            COMPLETING => match payload {
                [asked @ 0..=1] => Some(Record::Completing(*asked == 1)),
                _ => None,
            },
            DONE => {
                let value = json::read(payload)?;
                opened(value.get("sealed"), key).map(Record::Done)
            }
            RESET if payload.is_empty() => Some(Record::Reset),
            _ => None,
        }
    }
}

fn opened(sealed: Option<&Value>, key: Option<&SealKey>) -> Option<Value> {
    let sealed = sealed?.as_str()?;
    key.map_or(Some(Value::Null), |key| key.open(sealed))
}

impl Intent {
    fn to_json(&self, key: &SealKey) -> Result<Vec<u8>> {
        let file = |file: &UploadedFile| {
            let Identity { device, inode, size, modified: (seconds, nanoseconds) } = file.identity;
            json!({"path": file.path, "size": size, "mtime": [seconds, nanoseconds], "inode": inode,
                "device": device})
        };
        let value = json!({
            "service": self.service,
            "account": hex(&self.account),
            "begun": self.begun,
            "files": self.files.iter().map(file).collect::<Vec<Value>>(),
            "sealed": key.seal(&self.request)?,
        });
        Ok(value.to_string().into_bytes())
    }

    fn from_json(payload: &[u8], key: Option<&SealKey>) -> Option<Self> {
        let value = json::read(payload)?;
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let account: AccountId = base16ct::lower::decode_vec(text("account")?).ok()?.try_into().ok()?;
        let file = |file: &Value| {
            let number = |name: &str| file.get(name).and_then(Value::as_u64);
            let mtime = file.get("mtime")?.as_array()?;
            let modified = (mtime.first()?.as_i64()?, mtime.get(1)?.as_i64()?);
            let (device, inode) = (number("device")?, number("inode")?);
            let identity = Identity { device, inode, size: number("size")?, modified };
            Some(UploadedFile { path: file.get("path")?.as_str()?.to_owned(), identity })
        };
        let files = value.get("files")?.as_array()?.iter().map(file).collect::<Option<Vec<_>>>()?;
        if files.is_empty() {
            return None;
        }
        // The account is compared, with a message of its own, before anything sealed is needed.
        let key = key.filter(|key| key.account() == account);
        let request = opened(value.get("sealed"), key)?;
        let service = text("service")?.to_owned();
        Some(Intent { service, account, files, request, begun: value.get("begun")?.as_u64()? })
    }
}

impl PartRecord {
    fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend(self.file.to_le_bytes());
        bytes.extend(self.number.to_le_bytes());
        let (kind, md5, rest) = match &self.event {
            PartEvent::Whole { md5, etag: None } => (WHOLE, (*md5)?, Vec::new()),
            PartEvent::Whole { md5, etag: Some(etag) } => match packed(etag) {
                Some(own) if Some(own) == *md5 => (WHOLE_MD5, own, Vec::new()),
                Some(own) => (WHOLE_HEX, (*md5)?, own.to_vec()),
                None => (WHOLE_TEXT, (*md5)?, etag.clone().into_bytes()),
            },
            PartEvent::Chunk { md5, length } => (CHUNK, (*md5)?, length.to_le_bytes().to_vec()),
            PartEvent::Sending { md5 } => (SENDING, (*md5)?, Vec::new()),
            PartEvent::Committed => {
                bytes.push(COMMITTED);
                return Some(bytes);
            }
        };
        bytes.push(kind);
        bytes.extend(md5);
        bytes.extend(rest);
        Some(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (file, rest) = bytes.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (kind, rest) = rest.split_first()?;
        let number = u32::from_le_bytes(*number);
        let event = if *kind == COMMITTED && rest.is_empty() {
            PartEvent::Committed
        } else {
            let (md5, rest) = rest.split_first_chunk::<16>()?;
            let quoted = |digest: &[u8]| Some(format!("\"{}\"", hex(digest)));
            let (own, md5) = (md5, Some(*md5));
            match (*kind, rest.len()) {
                (WHOLE, 0) => PartEvent::Whole { md5, etag: None },
                (WHOLE_MD5, 0) => PartEvent::Whole { md5, etag: quoted(own) },
                (WHOLE_HEX, 16) => PartEvent::Whole { md5, etag: quoted(rest) },
                (WHOLE_TEXT, _) => {
                    PartEvent::Whole { md5, etag: Some(std::str::from_utf8(rest).ok()?.to_owned()) }
                }
                (CHUNK, 8) => PartEvent::Chunk { md5, length: u64::from_le_bytes(rest.try_into().ok()?) },
                (SENDING, 0) => PartEvent::Sending { md5 },
                _ => return None,
            }
        };
        (number > 0).then_some(PartRecord { file: u16::from_le_bytes(*file), number, event })
    }
}

/// The bytes of an ETag that is 32 lower-case hexadecimal digits in quotes.
fn packed(etag: &str) -> Option<Md5> {
    let digits = etag.strip_prefix('"')?.strip_suffix('"').filter(|digits| digits.len() == 32)?;
    base16ct::lower::decode_vec(digits).ok()?.try_into().ok()
}
