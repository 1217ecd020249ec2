//! `ferry info`, `ferry rm`, `ferry overwrite`: a stored file.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use ferry::filestack::{Client, Filelink, RequestOptions};
use ferry::transfer::source::Source;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::session::Session;

/// The filelink of a handle or of a file's address.
pub fn filelink(client: &Arc<Client>, text: &str) -> Result<Filelink> {
    let Some((_, rest)) = text.split_once("://") else { return Ok(Filelink::new(client, text)?) };
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let (before, handle) = path.trim_end_matches('/').rsplit_once('/').unwrap_or_default();
    // A signed address has the policy before the handle.
    if let Some(task) = before.split('/').skip(1).find(|element| !element.starts_with("security=")) {
        return Err(Failure::usage(format!(
            "{text} is the result of {task}, not a file: fetch it by `ferry transform {handle} TASKS -o FILE`"
        )));
    }
    Ok(Filelink::new(client, handle)?)
}

/// A source of tasks: a file's address at the service is that file, which a policy may name.
pub fn source(client: &Client, text: &str) -> String {
    let handle = text.strip_prefix(&client.hosts().cdn).and_then(|rest| rest.strip_prefix('/'));
    handle.filter(|handle| !handle.contains(['/', '?'])).unwrap_or(text).to_owned()
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
        session.need_security()?;
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
        session.need_security()?;
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
