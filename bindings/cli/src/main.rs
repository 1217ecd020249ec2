//! `ferry`, the program: Filestack and Telestream Cloud Flip from the command line, over the same library
//! that programs link. Each command is a file; what they share is below [`session::Session`].

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing
    )
)]

mod bars;
mod commands;
mod failure;
mod folder;
mod manifest;
mod output;
mod pair;
mod profile;
mod secret;
mod session;
mod stdin;
mod stop;
mod sys;
mod units;

use std::process::ExitCode;

use clap::Parser as _;

use commands::Ferry;

fn main() -> ExitCode {
    let ferry = match Ferry::try_parse() {
        Ok(ferry) => ferry,
        Err(error) => {
            return failure::usage(&error, std::env::args_os().any(|argument| argument == "--json"));
        }
    };
    match commands::run(ferry) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
