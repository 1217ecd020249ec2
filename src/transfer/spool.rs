//! A temporary file for data that comes from a reader. It has no name, so nothing is left of it when the
//! program ends, however that happens.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result, system_text};

/// Where it may be, best first: `/tmp` is often memory. No environment variable is read.
const FOLDERS: [&str; 2] = ["/var/tmp", "/tmp"];

/// Bytes in a temporary file. When its file system is full they move to the next folder.
pub(super) struct Spool {
    file: File,
    length: u64,
    /// Folders that were not tried yet.
    others: &'static [&'static str],
}

impl Spool {
    pub fn new() -> Result<Self> {
        let (file, others) = create(&FOLDERS).map_err(|e| failed(&e))?;
        Ok(Spool { file, length: 0, others })
    }

    pub fn len(&self) -> u64 {
        self.length
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        while let Err(error) = self.file.write_all(bytes) {
            if !is_full(&error) {
                return Err(failed(&error));
            }
            self.move_on(&error)?;
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub fn into_file(self) -> File {
        self.file
    }

    /// Copies what is stored to the next folder with room for it. `full` is the error if there is none.
    fn move_on(&mut self, full: &io::Error) -> Result<()> {
        loop {
            let (mut file, others) = create(self.others).map_err(|_| failed(full))?;
            self.others = others;
            self.file.rewind().map_err(|e| failed(&e))?;
            // The failed write may have stored some of its bytes: they come again.
            match io::copy(&mut io::Read::take(&self.file, self.length), &mut file) {
                Ok(_) => {
                    self.file = file;
                    return Ok(());
                }
                Err(error) if is_full(&error) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }
}

/// An unlinked file in the first of `folders` that takes one, and the folders after that.
fn create<'f>(folders: &'f [&'f str]) -> io::Result<(File, &'f [&'f str])> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    let mut rest = folders;
    while let [folder, others @ ..] = rest {
        match tempfile::tempfile_in(Path::new(folder)) {
            Ok(file) => return Ok((file, others)),
            Err(error) => last = error,
        }
        rest = others;
    }
    Err(last)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn failed(error: &io::Error) -> Error {
    let text = format!("cannot keep the data in a temporary file: {}", system_text(error));
    Error::new(ErrorKind::Io, text).with_cause(error)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn content(spool: Spool) -> Vec<u8> {
        let mut file = spool.into_file();
        file.rewind().expect("rewound");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("read");
        bytes
    }

    fn full_device() -> File {
        File::options().write(true).open("/dev/full").expect("/dev/full")
    }

    #[test]
    fn the_next_folder_is_taken_when_one_takes_no_file() {
        let (mut file, others) = create(&["/no/such/folder", "/tmp", "/var/tmp"]).expect("a file in /tmp");
        file.write_all(b"abc").expect("written");
        assert_eq!(others, ["/var/tmp"]);
        assert_eq!(create(&["/no/such/folder"]).expect_err("no folder").kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_next_folder_is_taken_when_the_file_system_is_full() {
        let mut spool = Spool { file: full_device(), length: 0, others: &["/no/such/folder", "/tmp"] };
        spool.write(b"abc").expect("written to /tmp");
        spool.write(b"def").expect("written to /tmp");
        assert_eq!((spool.len(), content(spool)), (6, b"abcdef".to_vec()));
    }

    #[test]
    fn what_is_stored_moves_along_but_not_what_a_failed_write_left_behind() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"stored, half of the next").expect("written");
        let mut spool = Spool { file, length: 6, others: &["/tmp"] };
        spool.move_on(&io::Error::from(io::ErrorKind::StorageFull)).expect("moved");
        spool.write(b"!").expect("written");
        assert_eq!(content(spool), b"stored!");
    }

    #[test]
    fn a_full_file_system_is_an_error_where_there_is_no_other() {
        let mut spool = Spool { file: full_device(), length: 0, others: &[] };
        let error = spool.write(b"abc").expect_err("full");
        assert_eq!(error.message(), "cannot keep the data in a temporary file: No space left on device");
    }
}
