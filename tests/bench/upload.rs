//! `cargo bench --bench upload`: how fast Ferry uploads, what that costs the machine, and whether it keeps its promises.
//!
//! Every figure is that of a client process alone: this program runs itself once as the local cloud, which takes the bytes over
//! TLS and forgets them, and once for each measurement. The other processes of the machine disturb it; so what is compared is
//! measured in turns, the best of all rounds counts, and rounds are added while a promise looks broken.

mod case;
mod client;
mod cloud;
mod data;
mod process;
mod table;

use std::io::{IsTerminal, Write};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use case::{Bench, CONCURRENCIES, Case, FILES_AT_ONCE, Figures, SENDERS, Sender};
use data::{Data, SIZE, SMALL_FILES};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Rounds that are always run.
const ROUNDS: usize = 3;
/// No round is added after this long.
const ENOUGH: Duration = Duration::from_secs(80);

/// What an upload may cost beside the digest and the sending, as a factor of both.
const OVERHEAD: f64 = 1.2;
/// MiB above the empty program.
const MOST_MEMORY: f64 = 24.0;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
        Some((role, rest)) if role == "--client" => client::main(rest).map(|()| true),
        Some((role, [ca])) if role == "--cloud" => cloud::main(ca).map(|()| true),
        // `cargo test --all-targets` runs benchmarks too, without this word: it wants to know that they build.
        _ if words.iter().any(|word| word == "--bench") => bench(),
        _ => Ok(true),
    };
    match done {
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
    let start = Instant::now();
    let curl = Command::new("curl").arg("--version").output();
    let curl = curl.map_err(|e| format!("curl is needed for the comparison, but cannot be run: {e}"))?;
    let curl = String::from_utf8_lossy(&curl.stdout).split_whitespace().take(2).collect::<Vec<_>>().join(" ");

    tell("writing 1 GiB of random bytes");
    let bench = Bench::prepare(Data::make()?)?;
    let mut results: Vec<(Case, Figures)> = Vec::new();
    let mut rounds = 0;
    while rounds < ROUNDS || (start.elapsed() < ENOUGH && !verdicts(&results).iter().all(|v| v.kept)) {
        rounds += 1;
        for case in Case::all() {
            tell(&format!("round {rounds}: {case}"));
            let figures = bench.run(case)?;
            match results.iter_mut().find(|(known, _)| *known == case) {
                Some((_, best)) => best.merge(figures),
                None => results.push((case, figures)),
            }
        }
    }
    tell("");
    report(&results, &curl);
    println!(
        "  Best of {rounds} rounds, of memory the worst; {:.0} s in all.\n",
        start.elapsed().as_secs_f64()
    );
    let verdicts = verdicts(&results);
    for verdict in &verdicts {
        println!("{}  {}", if verdict.kept { "PASS" } else { "FAIL" }, verdict.text);
    }
    Ok(verdicts.iter().all(|verdict| verdict.kept))
}

/// What is going on, on a line that the next one replaces.
fn tell(text: &str) {
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let _ = write!(out, "\r\x1b[K{text}");
    } else if !text.is_empty() {
        let _ = writeln!(out, "{text}");
    }
}

fn find(results: &[(Case, Figures)], case: Case) -> Figures {
    let none = Figures { cost: process::Cost { seconds: f64::NAN, cpu: f64::NAN, peak: 0 }, connections: 0 };
    results.iter().find(|(known, _)| *known == case).map_or(none, |(_, figures)| *figures)
}

/// MB, that is 10⁶ bytes, a second.
fn speed(figures: Figures) -> f64 {
    SIZE as f64 / 1e6 / figures.cost.seconds
}

fn report(results: &[(Case, Figures)], curl: &str) {
    let find = |case| find(results, case);
    let empty = find(Case::Nothing).cost.peak;
    let memory = |figures: Figures| format!("{:.1}", mib_above(empty, figures));
    let name = |sender, at_once| match sender {
        Sender::Ferry => format!("{at_once} at once   {sender}"),
        _ => format!("            {sender}"),
    };

    println!("\n1 GiB of random bytes from the page cache, in parts of 5 MiB, over TLS to the local cloud\n");
    let mut rows = Vec::new();
    for at_once in CONCURRENCIES {
        for sender in SENDERS {
            let figures = find(Case::Large(sender, at_once));
            let speed = format!("{:.0}", speed(figures));
            let cpu = format!("{:.2}", figures.cost.cpu);
            rows.push(vec![
                name(sender, at_once),
                speed,
                cpu,
                memory(figures),
                figures.connections.to_string(),
            ]);
        }
    }
    let digests = [
        (Case::PlainMd5, "MD5 alone   crate md-5, one stream"),
        (Case::FerryMd5, "            Ferry's batches"),
    ];
    for (case, name) in digests {
        let figures = find(case);
        rows.push(vec![
            name.into(),
            format!("{:.0}", speed(figures)),
            format!("{:.2}", figures.cost.cpu),
            memory(figures),
            "-".into(),
        ]);
    }
    table::print(&["", "MB/s", "CPU s/GiB", "peak MiB", "connections"], &rows);

    println!("{SMALL_FILES} files of 64 KiB\n");
    let mut rows = Vec::new();
    for at_once in FILES_AT_ONCE {
        for sender in SENDERS {
            let figures = find(Case::Small(sender, at_once));
            let files = SMALL_FILES as f64;
            // Start, address, PUT, complete.
            let requests = if sender == Sender::Curl { files } else { 4.0 * files };
            rows.push(vec![
                name(sender, at_once),
                format!("{:.2}", figures.cost.seconds * 1e3 / files),
                format!("{:.0}", requests / figures.cost.seconds),
                format!("{:.2}", figures.cost.cpu * 1e3 / files),
                memory(figures),
                figures.connections.to_string(),
            ]);
        }
    }
    table::print(&["", "ms/file", "requests/s", "CPU ms/file", "peak MiB", "connections"], &rows);
    println!(
        "  CPU is user and system time of the client process alone. Memory is its VmHWM above that of the empty program"
    );
    println!(
        "  ({:.1} MiB). {curl} sends the same parts with addresses signed in advance; Ferry asks for them as it goes.",
        empty as f64 / 1024.0
    );
}

fn mib_above(empty: u64, figures: Figures) -> f64 {
    figures.cost.peak.saturating_sub(empty) as f64 / 1024.0
}

/// Whether one promise is kept, and by which figures.
struct Verdict {
    kept: bool,
    text: String,
}

fn verdicts(results: &[(Case, Figures)]) -> Vec<Verdict> {
    let find = |case| find(results, case);
    let md5 = find(Case::PlainMd5).cost.cpu;
    let own_md5 = find(Case::FerryMd5).cost.cpu;
    let mut verdicts = Vec::new();
    for at_once in CONCURRENCIES {
        let cpu = find(Case::Large(Sender::Ferry, at_once)).cost.cpu;
        let sending = find(Case::Large(Sender::Undigested, at_once)).cost.cpu;
        let most = OVERHEAD * (md5 + sending);
        let own = cpu / (own_md5 + sending);
        verdicts.push(Verdict {
            kept: cpu <= most,
            text: format!(
                "CPU, {at_once} at once: {cpu:.2} s/GiB <= {most:.2} = {OVERHEAD} x (MD5 {md5:.2} + upload without digest \
                 {sending:.2}); {own:.2} x (Ferry's MD5 {own_md5:.2} + upload without digest)"
            ),
        });
    }
    for at_once in CONCURRENCIES {
        let own = speed(find(Case::Large(Sender::Undigested, at_once)));
        let curl = speed(find(Case::Large(Sender::Curl, at_once)));
        verdicts.push(Verdict {
            kept: own >= curl,
            text: format!("speed without digest, {at_once} at once: {own:.0} MB/s >= {curl:.0} of curl"),
        });
    }
    let peak = mib_above(find(Case::Nothing).cost.peak, find(Case::Large(Sender::Ferry, 4)));
    verdicts.push(Verdict {
        kept: peak <= MOST_MEMORY,
        text: format!("memory, 4 at once: {peak:.1} MiB <= {MOST_MEMORY} above the empty program"),
    });
    verdicts
}
