//! `ferry zip`: several stored files as one archive.

use std::path::PathBuf;

use clap::Args;
use ferry::filestack::{RequestOptions, zip};
use serde_json::json;

use super::file::source;
use crate::failure::Result;
use crate::folder::utf8;
use crate::session::Session;

/// Fetch several files as one archive
#[derive(Debug, Args)]
pub struct Zip {
    /// 1 to 100 handles or addresses
    #[arg(required = true, value_name = "HANDLE|URL")]
    sources: Vec<String>,
    /// The archive
    #[arg(short, long, value_name = "FILE", default_value = "files.zip")]
    output: PathBuf,
}

impl Zip {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.filestack(&["read", "convert"])?;
        let path = utf8(&self.output)?;
        let sources: Vec<String> = self.sources.iter().map(|text| source(&client, text)).collect();
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let options = RequestOptions::default();
        let bytes = session
            .with_bar(path, |observer| zip::download(&client, &sources, path, &options, Some(observer)))?;
        Ok(session.output.result(&json!({"path": path, "bytes": bytes}), path)?)
    }
}
