//! Multipart forms, read as they come: the file goes to the disk, the fields are small.

use bytes::{Buf, BytesMut};

use super::call::FormFile;
use super::new_id;
use super::writer::Writer;
use crate::disk::Disk;
use crate::form::disposition;
use crate::intake::Intake;
use crate::reply::BodyError;

/// Fields and headers are not longer.
const LARGEST_FIELD: usize = 1024 * 1024;

#[derive(Default)]
pub(crate) struct Form {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) file: Option<FormFile>,
}

/// Where the bytes of a part go.
enum Sink {
    Text(Vec<u8>),
    File(Writer),
}

/// Reads a form; `None` if it is none. The field `file` is kept under an id of its own.
pub(crate) async fn read(
    intake: &mut Intake,
    boundary: &str,
    disk: &Disk,
) -> Result<Option<Form>, BodyError> {
    let mut reader = Reader { intake, buffer: BytesMut::from(&b"\r\n"[..]) };
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut form = Form::default();
    let mut preamble = Sink::Text(Vec::new());
    if !reader.until(&delimiter, &mut preamble).await? {
        return Ok(None);
    }
    loop {
        let mut head = Sink::Text(Vec::new());
        while reader.buffer.len() < 2 && reader.more().await? {}
        if reader.buffer.starts_with(b"--") {
            while reader.more().await? {
                reader.buffer.clear();
            }
            return Ok(Some(form));
        }
        if !reader.until(b"\r\n\r\n", &mut head).await? {
            return Ok(None);
        }
        let Some((name, filename)) = disposition(&head.text()) else { return Ok(None) };
        let id = new_id();
        let mut sink = match (name.as_str(), &form.file) {
            ("file", None) => Sink::File(Writer::open(disk.file(&id), 0).await?),
            _ => Sink::Text(Vec::new()),
        };
        let whole = reader.until(&delimiter, &mut sink).await?;
        match sink {
            Sink::File(writer) => {
                let size = writer.finish().await?;
                form.file = Some(FormFile { id, name: filename.unwrap_or(name), size });
            }
            Sink::Text(text) => form.fields.push((name, String::from_utf8_lossy(&text).into_owned())),
        }
        if !whole {
            if let Some(file) = form.file {
                disk.remove_file(&file.id);
            }
            return Ok(None);
        }
    }
}

impl Sink {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), BodyError> {
        match self {
            Sink::File(writer) => writer.write(bytes).await?,
            Sink::Text(text) if text.len() + bytes.len() > LARGEST_FIELD => {
                return Err("a field of the form is larger than 1 MiB".into());
            }
            Sink::Text(text) => text.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn text(&self) -> String {
        match self {
            Sink::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Sink::File(_) => String::new(),
        }
    }
}

struct Reader<'a> {
    intake: &'a mut Intake,
    buffer: BytesMut,
}

impl Reader<'_> {
    async fn more(&mut self) -> Result<bool, BodyError> {
        match self.intake.block().await? {
            None => Ok(false),
            Some(block) => {
                self.buffer.extend_from_slice(&block);
                Ok(true)
            }
        }
    }

    /// Gives away what is before the mark and drops the mark; false if it never comes.
    async fn until(&mut self, mark: &[u8], sink: &mut Sink) -> Result<bool, BodyError> {
        loop {
            if let Some(place) = self.buffer.windows(mark.len()).position(|window| window == mark) {
                sink.take(self.buffer.get(..place).unwrap_or_default()).await?;
                self.buffer.advance(place + mark.len());
                return Ok(true);
            }
            // The mark may have begun in the last bytes.
            let sure = self.buffer.len().saturating_sub(mark.len() - 1);
            sink.take(self.buffer.get(..sure).unwrap_or_default()).await?;
            self.buffer.advance(sure);
            if !self.more().await? {
                return Ok(false);
            }
        }
    }
}
