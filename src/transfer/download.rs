//! Bringing a file here: into a temporary file beside the target, its length checked, then renamed. Nothing half-written ever
//! stands under the final name.

#![forbid(unsafe_code)]

use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::context::TransferContext;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Response, ResponseStream};

/// A file that appears under its name only when it is complete.
pub struct Target {
    path: PathBuf,
    file: NamedTempFile,
}

impl Target {
    /// Refuses a target that cannot be written before anything is asked for.
    pub fn new(path: &str) -> Result<Self> {
        let failed = |e: io::Error| Error::file("write", path, &e);
        let target = Path::new(path);
        if path.is_empty() || target.file_name().is_none() {
            return Err(Error::invalid_argument("path names no file"));
        }
        // A pipe or a device would be replaced by a file, which is not what whoever names one wants.
        if let Ok(there) = target.metadata().map(|m| m.file_type())
            && !there.is_file()
        {
            let what = if there.is_dir() { "a directory" } else { "not a regular file" };
            return Err(Error::new(ErrorKind::Io, format!("cannot write {path}: it is {what}")));
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".ferry-").permissions(permissions(target));
        let file = builder.tempfile_in(folder).map_err(failed)?;
        Ok(Target { path: target.to_owned(), file })
    }

    /// Forgets what an earlier attempt has written.
    pub fn restart(&mut self) -> Result<()> {
        let failed = |e: io::Error| Error::file("write", &self.path.to_string_lossy(), &e);
        self.file.as_file().set_len(0).and_then(|()| self.file.rewind()).map_err(failed)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::file("write", &self.path.to_string_lossy(), &e))
    }

    /// Gives the file its name.
    pub fn keep(self) -> Result<()> {
        let name = self.path.to_string_lossy().into_owned();
        self.file.persist(&self.path).map_err(|e| Error::file("write", &name, &e.error))?;
        Ok(())
    }
}

/// Those of the file that is replaced, else what any new file gets: 0666 less the umask.
fn permissions(target: &Path) -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    target.metadata().map_or_else(|_| std::fs::Permissions::from_mode(0o666), |m| m.permissions())
}

/// Writes the body of a successful answer into `target`; the number of bytes.
pub fn to_file(
    context: &TransferContext<'_>,
    answer: ResponseStream,
    refusal: &str,
    target: &mut Target,
) -> Result<u64> {
    receive(context, answer, refusal, |bytes| target.write(bytes))
}

/// The body of a successful answer, if it has at most `most` bytes.
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
        let failed = |_| {
            Error::new(
                ErrorKind::OutOfMemory,
                "there is no memory for the file; download it to a file instead",
            )
        };
        content.try_reserve(bytes.len()).map_err(failed)?;
        content.extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(content)
}

/// Hands the body of a successful answer to `write`, and checks that it is complete. A body that is `refusal` is an error,
/// whatever its status.
pub fn receive(
    context: &TransferContext<'_>,
    mut answer: ResponseStream,
    refusal: &str,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
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

/// The answer if it is a success; else the error it stands for, its body read.
pub fn success(answer: ResponseStream) -> Result<ResponseStream> {
    if (200..300).contains(&answer.status()) {
        return Ok(answer);
    }
    Err(answer.read_all().and_then(Response::success).err().unwrap_or_else(Error::cancelled))
}
