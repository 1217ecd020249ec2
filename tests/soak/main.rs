//! A process that uses the library for a long time, in eight threads, by its C interface, while the clouds go
//! wrong: nothing of it grows, each success is right, each error has a fault that explains it.
//!
//! `make soak` does 1,000,000 uploads and 200 GiB (`UPLOADS=…`, `GIB=…`), or what comes in `MINUTES`;
//! `make test` 2,000 and 1 GiB.
#![cfg(all(target_os = "linux", target_env = "gnu"))] // /proc, and mallinfo2 of glibc

mod cloud;
mod faults;
mod ledger;
mod run;
mod series;
#[path = "../tools/mod.rs"]
mod tools;

use std::path::PathBuf;

use run::{Outcome, Plan, soak};

const GIB: u64 = 1 << 30;

fn short(uploads: u64, leak: Option<&'static str>) -> Plan {
    Plan {
        uploads,
        bytes: 0,
        seconds: 300,
        quiet: uploads / 10,
        large_mib: 32,
        chance: 0.002,
        keeps: false,
        leak,
        library: None,
        cloud: None,
        csv: None,
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// As `make soak` wants it, or short.
fn plan() -> Plan {
    let Some(uploads) = number("FERRY_SOAK_UPLOADS") else {
        return Plan { bytes: GIB, ..short(2000, None) };
    };
    let path = |name| std::env::var_os(name).map(PathBuf::from);
    Plan {
        uploads,
        bytes: number("FERRY_SOAK_GIB").unwrap_or(200) * GIB,
        seconds: number("FERRY_SOAK_MINUTES").unwrap_or(120) * 60,
        quiet: (uploads / 40).max(100),
        large_mib: 64,
        chance: 0.002,
        keeps: false,
        leak: None,
        library: path("FERRY_SOAK_LIBRARY"),
        cloud: path("FERRY_SOAK_CLOUD"),
        csv: path("FERRY_SOAK_CSV"),
    }
}

#[test]
fn nothing_grows_and_every_outcome_is_right() {
    let plan = plan();
    let outcome = soak(&plan);
    outcome.print();
    is_right(&outcome);
}

/// What a client keeps of each call would not show after a few thousand of them.
#[test]
fn nothing_grows_in_clients_that_stay_open() {
    if number("FERRY_SOAK_UPLOADS").is_none() {
        return println!("clients that stay open: `make soak` alone is long enough");
    }
    let whole = plan();
    let (uploads, bytes, seconds) = (whole.uploads / 8, whole.bytes / 8, whole.seconds / 4);
    let outcome =
        soak(&Plan { uploads, bytes, seconds, quiet: uploads / 20, keeps: true, csv: None, ..whole });
    outcome.print_of_open();
    is_right(&outcome);
}

fn is_right(outcome: &Outcome) {
    let wrong = outcome.wrong();
    let shown = wrong.get(..20).unwrap_or(&wrong).join("\n");
    assert!(wrong.is_empty(), "{} things are wrong:\n{shown}\n{:#?}", wrong.len(), outcome.quiet);
    assert!(outcome.fired > 0, "no fault has fired");
    assert!(outcome.ledger.checked > 0, "no file was looked up");
}

/// The judge finds what is leaked on purpose, and only that.
fn finds(leak: &'static str, word: &str) {
    let outcome = soak(&short(800, Some(leak)));
    let wrong = outcome.wrong();
    assert!(wrong.iter().any(|text| text.starts_with(word)), "{leak} is not found: {wrong:#?}");
    assert_eq!(outcome.ledger.wrong, [""; 0], "{leak}");
}

#[test]
fn bytes_that_are_leaked_are_found() {
    finds("bytes", "heap:");
}

#[test]
fn handles_that_are_leaked_are_found() {
    finds("handle", "objects:");
}

#[test]
fn descriptors_that_are_leaked_are_found() {
    finds("descriptor", "descriptors without sockets:");
}
