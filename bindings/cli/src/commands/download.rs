//! `ferry download`: a stored file, or what an address of a chain answers.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use ferry::filestack::RequestOptions;
use serde_json::json;

use super::file::filelink;
use crate::bars::Bars;
use crate::failure::{Failure, Result};
use crate::folder::utf8;
use crate::output::written;
use crate::session::Session;

/// Fetch a stored file
///
/// Nothing stands under its name until all of it has come.
#[derive(Debug, Args)]
pub struct Download {
    #[arg(value_name = "HANDLE|URL")]
    file: String,
    /// Where to: a file, a folder, or - for standard output; by default the stored name, in this folder
    #[arg(value_name = "PATH|-")]
    to: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(short, long)]
    force: bool,
}

impl Download {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.filestack(&["read", "stat"])?;
        let filelink = filelink(&client, &self.file)?;
        let options = RequestOptions::default();
        if self.to.as_deref() == Some(Path::new("-")) {
            if io::stdout().is_terminal() {
                return Err(Failure::usage("standard output is a terminal: name a file, or pipe it"));
            }
            let mut stdout = io::stdout().lock();
            let mut write = |bytes: &[u8]| stdout.write_all(bytes).map_err(|cause| written(&cause));
            let bars = Bars::new(session.output, filelink.handle());
            let stop = session.stop.clone();
            let mut observer = |snapshot: &_| {
                bars.show(snapshot);
                !stop.is_set()
            };
            filelink.stream(&options, Some(&mut observer), &mut write)?;
            return Ok(io::stdout().flush().map_err(|cause| written(&cause))?);
        }
        let path = match self.to {
            Some(path) if !path.is_dir() => path,
            folder => {
                let mut observer = session.until_stopped();
                let stored = filelink.metadata(Some("filename"), &options, Some(&mut observer))?;
                let name = stored.get("filename").and_then(|name| name.as_str()).unwrap_or_default();
                folder.unwrap_or_default().join(local_name(name, filelink.handle()))
            }
        };
        if path.exists() && !self.force {
            let path = path.display();
            return Err(Failure::usage(format!("{path} is there already: use --force to replace it")));
        }
        let text = utf8(&path)?;
        let bars = Bars::new(session.output, text);
        let stop = session.stop.clone();
        let mut observer = |snapshot: &_| {
            bars.show(snapshot);
            !stop.is_set()
        };
        let bytes = filelink.download(text, &options, Some(&mut observer))?;
        drop(bars);
        Ok(session
            .output
            .result(&json!({"handle": filelink.handle(), "path": text, "bytes": bytes}), text)?)
    }
}

/// A stored name as a name in a folder: what another system calls a path is none here.
fn local_name(stored: &str, handle: &str) -> String {
    let last = stored.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).collect();
    if matches!(name.as_str(), "" | "." | "..") { handle.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::local_name;

    #[test]
    fn a_stored_name_leads_into_no_other_folder() {
        assert_eq!(local_name("../../etc/passwd", "h"), "passwd");
        assert_eq!(local_name("C:\\film.mov", "h"), "film.mov");
        assert_eq!([local_name("..", "h"), local_name("", "h")], ["h", "h"]);
        assert_eq!(local_name("a\u{1b}[2Jb.png", "h"), "a[2Jb.png");
    }
}
