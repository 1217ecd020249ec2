//! Bytes on their way to a place in a file, a block at a time; nowhere, where bytes are only counted.

use std::io;
use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

pub(crate) struct Writer {
    file: Option<File>,
    pub(crate) written: u64,
}

impl Writer {
    /// Makes the file if it is not there yet; what it has before and behind is left alone.
    pub(crate) async fn open(path: Option<PathBuf>, offset: u64) -> io::Result<Writer> {
        let file = match path {
            None => None,
            Some(path) => {
                let mut file = File::options().create(true).truncate(false).write(true).open(path).await?;
                file.seek(io::SeekFrom::Start(offset)).await?;
                Some(file)
            }
        };
        Ok(Writer { file, written: 0 })
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(bytes).await?;
        }
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Waits until the system has all of it.
    pub(crate) async fn finish(mut self) -> io::Result<u64> {
        if let Some(file) = &mut self.file {
            file.flush().await?;
        }
        Ok(self.written)
    }
}
