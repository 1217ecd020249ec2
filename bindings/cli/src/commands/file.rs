//! `ferry info`, `ferry rm`, `ferry overwrite`: a stored file.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use ferry::filestack::{Client, Filelink, RequestOptions};
use ferry::transfer::source::Source;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::session::Session;

/// The filelink of a handle, or of an address whose last element is one.
pub fn filelink(client: &Arc<Client>, text: &str) -> Result<Filelink> {
    let without_query = text.split(['?', '#']).next().unwrap_or(text);
    let handle = match without_query.contains("://") {
        true => without_query.trim_end_matches('/').rsplit('/').next().unwrap_or(text),
        false => text,
    };
    Ok(Filelink::new(client, handle)?)
}

/// Show what the service knows of files
#[derive(Debug, Args)]
pub struct Info {
    /// Handles or addresses
    #[arg(required = true, value_name = "HANDLE|URL")]
    files: Vec<String>,
    /// Ask for these attributes, such as size,md5,width,height
    #[arg(long, value_name = "NAMES")]
    attributes: Option<String>,
}

impl Info {
    pub fn run(self, session: &Session) -> Result<()> {
        let wants_exif = self.attributes.as_deref().is_some_and(|names| names.contains("exif"));
        let client = session.filestack(if wants_exif { &["stat", "exif"] } else { &["stat"] })?;
        for (number, file) in self.files.iter().enumerate() {
            let filelink = filelink(&client, file)?;
            let options = RequestOptions::default();
            let mut observer = session.until_stopped();
            let metadata = filelink.metadata(self.attributes.as_deref(), &options, Some(&mut observer))?;
            let mut all = json!({"handle": filelink.handle(), "url": filelink.url()});
            if let (Some(all), Value::Object(metadata)) = (all.as_object_mut(), metadata) {
                all.extend(metadata);
            }
            if number > 0 && !session.output.as_json {
                crate::output::line("")?;
            }
            session.output.object(&all)?;
        }
        Ok(())
    }
}

/// Delete files
#[derive(Debug, Args)]
pub struct Remove {
    /// Handles or addresses
    #[arg(required = true, value_name = "HANDLE|URL")]
    files: Vec<String>,
    /// Take the handle away and leave the object in the storage
    #[arg(long)]
    keep_stored: bool,
}

impl Remove {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.filestack(&["remove"])?;
        for file in &self.files {
            let filelink = filelink(&client, file)?;
            let mut observer = session.until_stopped();
            filelink.delete(self.keep_stored, &RequestOptions::default(), Some(&mut observer))?;
            let handle = filelink.handle();
            session
                .output
                .result(&json!({"handle": handle, "removed": true}), &format!("removed {handle}"))?;
        }
        Ok(())
    }
}

/// Replace the bytes of a stored file; its handle stays
#[derive(Debug, Args)]
pub struct Overwrite {
    #[arg(value_name = "HANDLE|URL")]
    file: String,
    /// A file, or an http(s) address that the service fetches
    #[arg(value_name = "PATH|URL")]
    source: String,
}

impl Overwrite {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.filestack(&["write", "writeUrl"])?;
        let filelink = filelink(&client, &self.file)?;
        let options = RequestOptions::default();
        let said = if is_address(&self.source) {
            session.with_bar(&self.source, |observer| {
                filelink.overwrite_url(&self.source, false, &options, Some(observer))
            })?
        } else {
            let name = Path::new(&self.source).file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| Failure::usage(format!("{} names no file", self.source)))?;
            let source = Source::open(&self.source)?;
            session.with_bar(&self.source, |observer| {
                filelink.overwrite(&source, name, &options, Some(observer))
            })?
        };
        Ok(session.output.result(&said, filelink.url())?)
    }
}

/// Whether the service is to fetch it.
pub fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}
