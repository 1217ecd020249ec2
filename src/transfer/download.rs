//! Reading the body of an answer into a file ([`Target`]), into memory, or piece by piece. Whatever the
//! way, a body that is not the whole file is an error.

#![forbid(unsafe_code)]

mod target;

pub use target::Target;

use super::context::TransferContext;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Response, ResponseStream};
use crate::memory;

/// Writes the body into `target`. Returns the number of bytes.
pub fn to_file(
    context: &TransferContext<'_>,
    answer: ResponseStream,
    refusal: &str,
    target: &mut Target,
) -> Result<u64> {
    receive(context, answer, refusal, |bytes| target.write(bytes))
}

/// Returns the body if it has at most `most` bytes.
pub fn to_memory(
    context: &TransferContext<'_>,
    answer: ResponseStream,
    refusal: &str,
    most: u64,
) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    receive(context, answer, refusal, |bytes| {
        if content.len() as u64 + bytes.len() as u64 > most {
            let text = format!("the file is larger than {} MiB; download it to a file instead", most >> 20);
            return Err(Error::new(ErrorKind::OutOfMemory, text));
        }
        memory::append(&mut content, bytes, "the file; download it to a file instead")
    })?;
    Ok(content)
}

/// Passes the body to `write` and returns its length in bytes.
///
/// Only status 200 brings a file: a 206 that was not asked for is a part of one, a 202 or 204 none. A body
/// that is `refusal` is an error too, and so is one that is not as long as announced.
pub fn receive(
    context: &TransferContext<'_>,
    mut answer: ResponseStream,
    refusal: &str,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    if answer.status() != 200 {
        let text =
            format!("the service answered with status {}, which brings no whole file", answer.status());
        return Err(Error::new(ErrorKind::Protocol, text).with_answer(answer.status(), String::new()));
    }
    let expected: Option<u64> = answer.header("content-length").and_then(|v| v.parse().ok());
    context.progress.expect(expected.unwrap_or(0), 1);
    let mut buffer = vec![0; 128 << 10];
    let mut length = 0u64;
    let result = loop {
        let step = context.bounds.check().and_then(|()| answer.read(&mut buffer));
        let count = match step {
            Ok(count) => count,
            Err(error) => break Err(error),
        };
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break Ok(()) };
        if length == 0 && expected == Some(count as u64) && bytes == refusal.as_bytes() {
            let text =
                format!("the service answered with status {}, but with \"{refusal}\"", answer.status());
            break Err(Error::new(ErrorKind::Protocol, text).with_answer(answer.status(), refusal.to_owned()));
        }
        if let Err(error) = write(bytes) {
            break Err(error);
        }
        length += count as u64;
        context.progress.moved(count as u64);
    };
    let result = result.and_then(|()| match expected {
        Some(expected) if expected != length => Err(Error::new(
            ErrorKind::Network,
            format!("the answer ended after {length} of {expected} bytes"),
        )),
        _ => Ok(()),
    });
    match result {
        Ok(()) => {
            context.progress.expect(length, 1);
            context.progress.part_done();
            Ok(length)
        }
        Err(error) => {
            context.progress.took_back(length);
            Err(error)
        }
    }
}

/// Returns the answer if it is a success, else the error it stands for. Reads the body of the latter.
pub fn success(answer: ResponseStream) -> Result<ResponseStream> {
    if (200..300).contains(&answer.status()) {
        return Ok(answer);
    }
    Err(answer.read_all().and_then(Response::success).err().unwrap_or_else(Error::cancelled))
}
