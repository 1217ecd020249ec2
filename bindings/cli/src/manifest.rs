//! The table of what has become of each file, as CSV.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use ferry::error::Result as FerryResult;
use ferry::filestack::Filelink;
use serde_json::Value;

use crate::failure::{Failure, Result};

const COLUMNS: [&str; 5] = ["path", "size", "handle", "url", "error"];

/// The first line of a table is shorter.
const LONGEST: u64 = 256;

pub struct Manifest {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl Manifest {
    /// Begins a table, in place of an older one. No other file is replaced.
    pub fn create(path: &Path) -> Result<Self> {
        let older = match File::open(path) {
            Ok(file) if file.metadata().is_ok_and(|file| file.is_file()) => {
                let mut first = String::new();
                let read = BufReader::new(file).take(LONGEST).read_line(&mut first);
                read.map_or(Some(String::new()), |count| Some(first).filter(|_| count > 0))
            }
            _ => None,
        };
        if older.is_some_and(|first| first.trim_end() != COLUMNS.join(",")) {
            let path = path.display();
            return Err(Failure::usage(format!(
                "{path} is there and no table of uploads: name another file"
            )));
        }
        let file = File::create(path).map_err(|cause| Failure::file("write", path, &cause))?;
        let mut manifest = Manifest { path: path.to_owned(), writer: csv::Writer::from_writer(file) };
        manifest.row(COLUMNS)?;
        Ok(manifest)
    }

    /// A file that has ended. The row is in the file when this returns.
    pub fn add(&mut self, path: &str, filelink: &FerryResult<Filelink>) -> Result<()> {
        match filelink {
            Ok(filelink) => {
                let size = filelink.answer().get("size").and_then(Value::as_u64);
                let size = size.map_or_else(String::new, |size| size.to_string());
                self.row([path, &size, filelink.handle(), filelink.url(), ""])
            }
            Err(error) => self.row([path, "", "", "", error.message()]),
        }
    }

    fn row(&mut self, cells: [&str; 5]) -> Result<()> {
        let written = self.writer.write_record(cells).map_err(std::io::Error::from);
        let written = written.and_then(|()| self.writer.flush());
        written.map_err(|cause| Failure::file("write", &self.path, &cause))
    }
}
