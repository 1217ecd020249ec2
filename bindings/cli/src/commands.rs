//! The commands: what each takes is where it is done.

mod cloud;
mod completions;
mod convert;
mod doctor;
mod download;
mod file;
mod flip;
mod login;
mod sign;
mod transform;
mod upload;
mod uploads;
mod workflow;
mod zip;

use clap::{Parser, Subcommand};

use crate::failure::Result;
use crate::output::Output;
use crate::session::Session;

/// Carries files to Filestack and Telestream Cloud Flip
///
/// Keys come from the environment (FERRY_APIKEY, FERRY_APP_SECRET, …) or from a profile that `ferry login`
/// writes; they are never arguments. The exit code is 0 or the library's status: 1 for a wrong argument, 3
/// for a local file, 4 for the network, 6 for an answer of the service that is an error, 10 after Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "ferry", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Ferry {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, clap::Args)]
struct Global {
    /// Print JSON lines
    #[arg(long, global = true, help_heading = "Everywhere")]
    json: bool,
    /// Print results only: no bars, no remarks
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    quiet: bool,
    /// The profile whose keys are used (FERRY_PROFILE)
    #[arg(long, value_name = "NAME", global = true, help_heading = "Everywhere")]
    profile: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Upload(upload::Upload),
    Download(download::Download),
    Info(file::Info),
    Rm(file::Remove),
    Overwrite(file::Overwrite),
    Transform(transform::Transform),
    Url(transform::Url),
    Zip(zip::Zip),
    Convert(convert::Convert),
    #[command(subcommand)]
    Workflow(workflow::Workflow),
    Sign(sign::Sign),
    Verify(sign::Verify),
    #[command(subcommand)]
    Flip(flip::Flip),
    Uploads(uploads::Uploads),
    Cloud(cloud::Cloud),
    Doctor(doctor::Doctor),
    Login(login::Login),
    Completions(completions::Completions),
    #[command(hide = true)]
    Man(completions::Man),
}

pub fn run(ferry: Ferry) -> Result<()> {
    let Global { json, quiet, profile } = ferry.global;
    let output = Output { as_json: json, is_quiet: quiet };
    let done = match ferry.command {
        // These need no keys.
        Command::Cloud(command) => command.run(),
        Command::Login(command) => command.run(profile.as_deref(), output),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
        command => Session::new(profile.as_deref(), output).and_then(|session| run_with(command, &session)),
    };
    done.map_err(|failure| failure.with_json(json))
}

fn run_with(command: Command, session: &Session) -> Result<()> {
    match command {
        Command::Upload(command) => command.run(session),
        Command::Download(command) => command.run(session),
        Command::Info(command) => command.run(session),
        Command::Rm(command) => command.run(session),
        Command::Overwrite(command) => command.run(session),
        Command::Transform(command) => command.run(session),
        Command::Url(command) => command.run(session),
        Command::Zip(command) => command.run(session),
        Command::Convert(command) => command.run(session),
        Command::Workflow(command) => command.run(session),
        Command::Sign(command) => command.run(session),
        Command::Verify(command) => command.run(session),
        Command::Flip(command) => command.run(session),
        Command::Uploads(command) => command.run(session),
        Command::Doctor(command) => command.run(session),
        Command::Cloud(_) | Command::Login(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}
