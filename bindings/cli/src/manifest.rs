//! The table of what has become of each file, as CSV.

use std::fs::File;
use std::path::{Path, PathBuf};

use ferry::error::Result as FerryResult;
use ferry::filestack::Filelink;
use serde_json::Value;

use crate::failure::{Failure, Result};

pub struct Manifest {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl Manifest {
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|cause| Failure::file("write", path, &cause))?;
        let mut manifest = Manifest { path: path.to_owned(), writer: csv::Writer::from_writer(file) };
        manifest.row(["path", "size", "handle", "url", "error"])?;
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
