//! `cargo bench --bench calls`: what calls cost that send nothing, through the C interface, beside the
//! vendor's Python SDK; and whether the time to verify a webhook tells where a wrong signature begins to
//! differ.

#[path = "calls/interface.rs"]
mod interface;
#[path = "calls/sdk.rs"]
mod sdk;
mod table;
#[path = "calls/timing.rs"]
mod timing;
#[path = "calls/token.rs"]
mod token;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use interface::{Client, Webhook};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Of each call, in turns with the others; the best one counts.
const ROUNDS: usize = 200;
/// Calls in a row for one figure.
const CALLS: u32 = 5000;

/// What building a URL of three tasks may take, in nanoseconds.
const MOST: f64 = 1500.0;
/// How many times as fast as the SDK it has to be.
const FASTER: f64 = 20.0;

fn main() -> ExitCode {
    // `cargo test --all-targets` runs benchmarks too, without this word: it wants to know that they build.
    if !std::env::args().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    match bench() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every promise is kept.
fn bench() -> Result<bool> {
    let client = Client::new()?;
    let webhook = Webhook::new()?;
    let calls: [(&str, &dyn Fn()); 3] = [
        ("URL of three tasks: new, 3 x add, url, free", &|| client.three_tasks()),
        ("policy signed and freed", &|| interface::sign_policy()),
        ("webhook of 1 KiB verified", &|| webhook.verify(&webhook.right)),
    ];
    let mut best = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        for ((_, call), best) in calls.iter().zip(&mut best) {
            *best = best.min(measure(call));
        }
    }
    let sdk = sdk::measure()?;
    let told = |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), |ns| format!("{ns:.0}"));
    let rows: Vec<Vec<String>> = calls
        .iter()
        .zip(best)
        .enumerate()
        .map(|(index, ((name, _), ns))| {
            let other = sdk.as_ref().map(|figures| figures[index]);
            let times = other.map_or_else(|| "-".to_owned(), |other| format!("{:.0}", other / ns));
            vec![(*name).to_owned(), told(Some(ns)), told(other), times]
        })
        .collect();
    println!("\nCalls that send nothing, on one thread\n");
    table::print(&["", "Ferry ns", "Python SDK ns", "times as fast"], &rows);
    println!("  Best of {ROUNDS} rounds of {CALLS} calls through the C interface.\n");

    let timing = timing::report(&webhook);

    let mut kept = verdict(best[0] <= MOST, &format!("three-task URL: {:.0} ns, at most {MOST:.0}", best[0]));
    match &sdk {
        Some(figures) => {
            let times = figures[0] / best[0];
            let text =
                format!("three-task URL: {times:.0} times as fast as the Python SDK, at least {FASTER:.0}");
            kept &= verdict(times >= FASTER, &text);
        }
        None => println!("----  the Python SDK is not there to compare with: {}", sdk::HOW_TO_GET_IT),
    }
    kept &= verdict(timing.kept, &timing.text);
    let (length, took) = token::measure(20)?;
    let text = format!(
        "token of 100 GiB in 10,000 parts, {:.0} KiB: read in {took:.1} ms, at most {:.0}",
        length as f64 / 1024.0,
        token::MOST
    );
    kept &= verdict(took <= token::MOST, &text);
    Ok(kept)
}

fn verdict(kept: bool, text: &str) -> bool {
    println!("{}  {text}", if kept { "PASS" } else { "FAIL" });
    kept
}

/// Nanoseconds of one call.
fn measure(call: &dyn Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        black_box(call)();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}
