//! `lines`: how fast uploads are on long lines, beside what bare TCP makes of the same line. See README.md.
#![forbid(unsafe_code)]

mod bare;
mod carry;
mod cell;
mod cells;
mod changes;
mod chart;
mod client;
mod cloud;
mod contender;
mod data;
mod enclosure;
mod ideal;
mod line;
mod namespace;
mod network;
mod options;
mod process;
mod pump;
mod refusal;
mod scenario;
// The same SDKs and the same columns as those of `make bench`.
#[path = "../../bench/sdk.rs"]
mod sdk;
#[path = "../../bench/table.rs"]
mod table;
mod tell;
mod verdict;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use options::Options;
use refusal::Refusal;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let done = match words.split_first() {
        Some((role, rest)) if role == cloud::ROLE => cloud::main(rest).map(|()| ExitCode::SUCCESS),
        Some((role, rest)) if role == client::ROLE => client::main(rest).map(|()| ExitCode::SUCCESS),
        Some((role, rest)) if role == enclosure::INSIDE => enclosure::bind().and_then(|()| {
            let program = OsString::from("lines");
            let options = Options::parse_from(std::iter::once(&program).chain(rest));
            let kept = options.task.as_ref().map_or_else(|| cells::run(&options.cells), scenario::run)?;
            Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }),
        // Outside, the words are only checked: help needs no namespace.
        _ => {
            let _ = Options::parse();
            enclosure::run(&words)
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("lines: {error}");
        if error.is::<Refusal>() { ExitCode::from(refusal::STATUS) } else { ExitCode::FAILURE }
    })
}
