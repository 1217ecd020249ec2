//! `ferry completions` and `ferry man`: what a shell and a reader need, made of the command line itself.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Ferry;
use crate::failure::{Failure, Result};

/// Print completions for a shell
///
/// bash: ferry completions bash > ~/.local/share/bash-completion/completions/ferry
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    shell: Shell,
}

/// Write the man pages into a folder
#[derive(Debug, Args)]
pub struct Man {
    folder: PathBuf,
}

impl Completions {
    pub fn run(self) -> Result<()> {
        let mut completions = Vec::new();
        clap_complete::generate(self.shell, &mut Ferry::command(), "ferry", &mut completions);
        io::Write::write_all(&mut io::stdout(), &completions)
            .map_err(|cause| crate::output::written(&cause).into())
    }
}

impl Man {
    pub fn run(self) -> Result<()> {
        let write = || {
            fs::create_dir_all(&self.folder)?;
            clap_mangen::generate_to(Ferry::command(), &self.folder)
        };
        write().map_err(|cause| Failure::file("write man pages into", &self.folder, &cause))
    }
}
