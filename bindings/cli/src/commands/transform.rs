//! `ferry transform` and `ferry url`: chains of tasks.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use clap::Args;
use ferry::filestack::processing;
use ferry::filestack::store::StoreOptions;
use ferry::filestack::transform::{Transform as Chain, TransformSource};
use ferry::filestack::{Client, Place, RequestOptions};
use serde_json::json;

use super::file::source;
use crate::failure::{Failure, Result};
use crate::folder::utf8;
use crate::session::Session;

/// A file and the tasks that are done with it.
#[derive(Debug, Args)]
struct Tasks {
    /// A handle, an http(s) address, or src://alias/path
    #[arg(value_name = "HANDLE|URL")]
    source: String,
    /// Tasks in their order, such as resize=width:500 sepia 'rotate=deg:90'
    #[arg(value_name = "TASK")]
    tasks: Vec<String>,
}

impl Tasks {
    fn chain(&self, client: &Client) -> Result<Chain> {
        let mut chain = Chain::new(TransformSource::parse(&source(client, &self.source))?);
        for task in &self.tasks {
            let (name, params) = match task.split_once([':', '=']) {
                // `resize:width:500` is a habit from elsewhere.
                Some((name, params)) => (name, Some(params)),
                None => (task.as_str(), None),
            };
            chain.add(name, params)?;
        }
        Ok(chain)
    }
}

/// Change a picture or another file: print the address, fetch the result, or store it
#[derive(Debug, Args)]
pub struct Transform {
    #[command(flatten)]
    tasks: Tasks,
    /// Write the result into a file
    #[arg(short, long, value_name = "FILE", group = "what")]
    output: Option<PathBuf>,
    /// Store the result as a new file and print its address
    #[arg(long, group = "what")]
    store: bool,
    /// Open the result in the browser
    #[arg(long, group = "what")]
    open: bool,
    /// The name of the stored result
    #[arg(long, value_name = "NAME", requires = "store")]
    name: Option<String>,
    /// The folder or path of the stored result
    #[arg(long, value_name = "PATH", requires = "store")]
    path: Option<String>,
}

impl Transform {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.filestack(&["read", "convert", "store", "stat"])?;
        let chain = self.tasks.chain(&client)?;
        if self.store {
            let options = StoreOptions {
                filename: self.name,
                place: Place { path: self.path, ..Place::default() },
                ..StoreOptions::default()
            };
            let mut observer = session.until_stopped();
            let filelink = processing::store(&client, &chain, &options, Some(&mut observer))?;
            return Ok(session.output.result(filelink.answer(), filelink.url())?);
        }
        if let Some(path) = &self.output {
            return fetch(session, &client, &chain, path);
        }
        let url = address(session, &client, &chain)?;
        if self.open {
            open(&url)?;
        }
        Ok(session.output.result(&json!({"url": url}), &url)?)
    }
}

fn fetch(session: &Session, client: &Arc<Client>, chain: &Chain, path: &Path) -> Result<()> {
    let text = utf8(path)?;
    let options = RequestOptions::default();
    let bytes = session
        .with_bar(text, |observer| processing::download(client, chain, text, &options, Some(observer)))?;
    Ok(session.output.result(&json!({"path": text, "bytes": bytes}), text)?)
}

/// Print the address of a file, or of a chain of tasks
///
/// With an app secret it is signed: whoever has it may read and convert that file until it expires.
#[derive(Debug, Args)]
pub struct Url {
    #[command(flatten)]
    tasks: Tasks,
    /// How long a signed address is valid, such as 15m, 2h or 7d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = crate::units::duration)]
    expires: std::time::Duration,
    /// Print it without a signature
    #[arg(long)]
    unsigned: bool,
}

impl Url {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.filestack(&["read", "convert"])?;
        let chain = self.tasks.chain(&client)?;
        let security = session.security(&["read", "convert"], self.expires.as_secs())?;
        let url = match security.filter(|_| !self.unsigned) {
            Some(security) => client.signed_chain_url(&chain, Some(&security))?,
            None => client.chain_url(&chain)?,
        };
        Ok(session.output.result(&json!({"url": url}), &url)?)
    }
}

/// The address of a chain, signed for an hour where there is a secret.
fn address(session: &Session, client: &Client, chain: &Chain) -> Result<String> {
    Ok(match session.security(&["read", "convert"], 3600)? {
        Some(security) => client.signed_chain_url(chain, Some(&security))?,
        None => client.chain_url(chain)?,
    })
}

fn open(url: &str) -> Result<()> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(program).arg(url).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started
        .map(drop)
        .map_err(|cause| Failure::usage(format!("cannot start {program}: {cause}; the address is {url}")))
}
