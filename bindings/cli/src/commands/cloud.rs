//! `ferry cloud`: the local cloud, which is a program of its own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use ferry::error::{Error, ErrorKind};

use crate::failure::Result;
use crate::sys;

/// Start a local cloud: both services on this machine, for tests and development without an account
///
/// Runs the program `localcloud`, which is installed by `cargo install --path tests/localcloud`; all
/// arguments are its own, see `ferry cloud --help`. Set FERRY_BASE_URL to its address, and FERRY_APIKEY to
/// any key.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Cloud {
    /// Arguments of `localcloud`, such as --http 127.0.0.1:8080
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

impl Cloud {
    pub fn run(self) -> Result<()> {
        // The one beside this program belongs to it.
        let name = format!("localcloud{}", std::env::consts::EXE_SUFFIX);
        let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(name)));
        let program = beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("localcloud"));
        let arguments = match self.arguments.is_empty() {
            true => ["--console", "--http", "127.0.0.1:8080"].map(OsString::from).to_vec(),
            false => self.arguments,
        };
        let cause = sys::run_instead(Command::new(&program).args(arguments));
        let text = match cause.kind() {
            std::io::ErrorKind::NotFound => {
                "localcloud is not installed: run `cargo install --path tests/localcloud` in Ferry's sources"
                    .into()
            }
            _ => format!("cannot start {}: {cause}", program.display()),
        };
        Err(Error::new(ErrorKind::Io, text).into())
    }
}
