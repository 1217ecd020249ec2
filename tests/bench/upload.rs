//! `cargo bench --bench upload`: how fast Ferry uploads, what that costs the machine, and whether it keeps
//! its promises.
//!
//! Every figure is that of a client process alone: this program runs itself once as the local cloud, which
//! takes the bytes over TLS and forgets them, and once for each measurement. Other work on the machine
//! disturbs it. So the number of rounds is fixed, each round measures every case once and in the reverse
//! order of the round before, a figure is the median of all rounds, and two cases are compared by the median
//! of their ratios within a round.

mod case;
mod client;
mod cloud;
mod data;
mod process;
mod sdk;
mod table;

use std::io::{IsTerminal, Write};
use std::process::{Command, ExitCode};
use std::time::Instant;

use case::{
    BATCH, Bench, CONCURRENCIES, CROWD, Case, FILES_AT_ONCE, Figures, JOURNALED, RATE, Reading, Sender, TOLD,
};
use data::{Data, SIZE, SMALL_FILES};
use sdk::Sdk;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Odd, so that a median is a figure that was measured.
const ROUNDS: usize = 7;

/// The most CPU time of an upload, as a factor of Ferry's own digest and the sending.
const OVERHEAD: f64 = 1.2;
/// How much of the speed an upload keeps with its digest.
const WITH_DIGEST: f64 = 0.85;
/// MiB above the empty program, at 4 and at 64 at once.
const MOST_MEMORY: [(Case, f64); 2] = [(Case::Large(Sender::Ferry, 4), 8.0), (CROWD, 16.0)];
/// How much of the speed an upload keeps with a journal, and with events.
const KEPT: f64 = 0.99;
/// The most time of an upload from a reader, as a factor of the reading.
const READING: f64 = 1.03;
/// MiB of disk that it takes.
const MOST_DISK: f64 = 64.0;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
        Some((role, rest)) if role == "--client" => client::main(rest).map(|()| true),
        Some((role, rest)) if role == process::LAUNCH => {
            process::launch(rest).map(|()| true).map_err(Into::into)
        }
        Some((role, [ca])) if role == "--cloud" => cloud::main(ca).map(|()| true),
        // `cargo test --all-targets` runs benchmarks too, without this word: it wants to know that they
        // build.
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
    let (vendors, missing) = Sdk::found();

    tell("writing 1 GiB of random bytes");
    let bench = Bench::prepare(Data::make()?)?;
    let mut cases = Case::all(&vendors);
    let mut results = Results::default();
    for round in 1..=ROUNDS {
        for case in &cases {
            tell(&format!("round {round} of {ROUNDS}: {case}"));
            results.add(*case, bench.run(*case)?);
        }
        cases.reverse();
    }
    tell("");
    report(&results, &curl, &vendors);
    println!("  Medians of {ROUNDS} rounds; {:.0} s in all.\n", start.elapsed().as_secs_f64());
    let verdicts = verdicts(&results, &vendors);
    for verdict in &verdicts {
        println!("{}  {}", if verdict.kept { "PASS" } else { "FAIL" }, verdict.text);
    }
    for text in missing {
        println!("----  {text}");
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

/// The figures of every case, round by round.
#[derive(Default)]
struct Results(Vec<(Case, Vec<Figures>)>);

impl Results {
    fn add(&mut self, case: Case, figures: Figures) {
        match self.0.iter_mut().find(|(known, _)| *known == case) {
            Some((_, rounds)) => rounds.push(figures),
            None => self.0.push((case, vec![figures])),
        }
    }

    fn rounds(&self, case: Case) -> &[Figures] {
        self.0.iter().find(|(known, _)| *known == case).map_or(&[], |(_, rounds)| rounds)
    }

    fn median(&self, case: Case, figure: impl Fn(&Figures) -> f64) -> f64 {
        median(self.rounds(case).iter().map(figure).collect())
    }

    fn cpu(&self, case: Case) -> f64 {
        self.median(case, |figures| figures.cost.cpu)
    }

    /// MB, that is 10⁶ bytes, a second.
    fn speed(&self, case: Case) -> f64 {
        self.median(case, speed)
    }

    /// MiB above the empty program.
    fn memory(&self, case: Case) -> f64 {
        self.median(case, peak) - self.median(Case::Nothing, peak)
    }

    /// The median of what `ratio` makes of the figures of `cases` in each round.
    fn ratio<const N: usize>(&self, cases: [Case; N], ratio: impl Fn([Figures; N]) -> f64) -> f64 {
        let rounds = cases.map(|case| self.rounds(case));
        median((0..ROUNDS).map(|round| ratio(rounds.map(|figures| figures[round]))).collect())
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn speed(figures: &Figures) -> f64 {
    SIZE as f64 / 1e6 / figures.cost.seconds
}

/// MiB.
fn peak(figures: &Figures) -> f64 {
    figures.cost.peak as f64 / 1024.0
}

fn report(results: &Results, curl: &str, vendors: &[Sdk]) {
    let name = |sender, at_once| match sender {
        Sender::Ferry | Sender::Batch => format!("{at_once} at once   {sender}"),
        _ => format!("            {sender}"),
    };
    let connections = |case| format!("{:.0}", results.median(case, |figures| figures.connections as f64));

    println!("\n1 GiB of random bytes from the page cache, in parts of 5 MiB, over TLS to the local cloud\n");
    let row = |name: String, case, connections: String| {
        vec![
            name,
            format!("{:.0}", results.speed(case)),
            format!("{:.2}", results.cpu(case)),
            format!("{:.1}", results.memory(case)),
            connections,
        ]
    };
    let mut rows = Vec::new();
    for at_once in CONCURRENCIES {
        for sender in Sender::ALL {
            let case = Case::Large(sender, at_once);
            rows.push(row(name(sender, at_once), case, connections(case)));
        }
    }
    rows.push(row(name(Sender::Ferry, 64), CROWD, connections(CROWD)));
    for sdk in vendors {
        let case = Case::Vendor(*sdk);
        rows.push(row(format!("defaults    {sdk}"), case, connections(case)));
    }
    rows.push(row("MD5 alone   crate md-5, one stream".into(), Case::PlainMd5, "-".into()));
    rows.push(row("            Ferry's batches".into(), Case::FerryMd5, "-".into()));
    table::print(&["", "MB/s", "CPU s/GiB", "peak MiB", "connections"], &rows);

    println!("{SMALL_FILES} files of 64 KiB\n");
    let mut rows = Vec::new();
    let small = FILES_AT_ONCE.iter().flat_map(|n| Sender::ALL.map(|sender| (sender, *n)));
    for (sender, at_once) in small.chain([(Sender::Batch, 8)]) {
        let case = Case::Small(sender, at_once);
        let files = SMALL_FILES as f64;
        let seconds = results.median(case, |figures| figures.cost.seconds);
        // Start, address, PUT, complete.
        let requests = if sender == Sender::Curl { files } else { 4.0 * files };
        rows.push(vec![
            name(sender, at_once),
            format!("{:.2}", seconds * 1e3 / files),
            format!("{:.0}", requests / seconds),
            format!("{:.2}", results.cpu(case) * 1e3 / files),
            format!("{:.1}", results.memory(case)),
            connections(case),
        ]);
    }
    table::print(&["", "ms/file", "requests/s", "CPU ms/file", "peak MiB", "connections"], &rows);
    println!(
        "  CPU is user and system time of the client process alone. Memory is the peak of that process above"
    );
    println!("  the peak of the empty program ({:.1} MiB).", results.median(Case::Nothing, peak));
    println!(
        "  {curl} sends the same parts with addresses signed in advance; Ferry asks for them as it goes."
    );
}

/// Whether one promise is kept, and by which figures.
struct Verdict {
    kept: bool,
    text: String,
}

fn verdicts(results: &Results, vendors: &[Sdk]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for at_once in CONCURRENCIES {
        let [upload, sending] =
            [Sender::Ferry, Sender::Undigested].map(|sender| Case::Large(sender, at_once));
        let own = results.ratio([upload, Case::FerryMd5, sending], |[upload, md5, sending]| {
            upload.cost.cpu / (md5.cost.cpu + sending.cost.cpu)
        });
        verdicts.push(Verdict {
            kept: own <= OVERHEAD,
            text: format!(
                "CPU, {at_once} at once: {:.2} s/GiB is {own:.2} x (Ferry's MD5 {:.2} + upload without digest {:.2}), at \
                 most {OVERHEAD}",
                results.cpu(upload),
                results.cpu(Case::FerryMd5),
                results.cpu(sending),
            ),
        });
    }
    for at_once in CONCURRENCIES {
        let [own, curl] = [Sender::Undigested, Sender::Curl].map(|sender| Case::Large(sender, at_once));
        let times = results.ratio([own, curl], |[own, curl]| curl.cost.seconds / own.cost.seconds);
        verdicts.push(Verdict {
            kept: times >= 1.0,
            text: format!(
                "speed without digest, {at_once} at once: {times:.2} x that of curl, at least 1 ({:.0} and {:.0} MB/s)",
                results.speed(own),
                results.speed(curl)
            ),
        });
    }
    let [ferry, undigested, curl] =
        [Sender::Ferry, Sender::Undigested, Sender::Curl].map(|sender| Case::Large(sender, 4));
    let kept = results.ratio([ferry, undigested], |[own, other]| other.cost.seconds / own.cost.seconds);
    verdicts.push(Verdict {
        kept: kept >= WITH_DIGEST,
        text: format!("speed with digest, 4 at once: {kept:.2} x that without, at least {WITH_DIGEST}"),
    });
    let times = results.ratio([ferry, curl], |[own, curl]| own.cost.cpu / curl.cost.cpu);
    verdicts.push(Verdict {
        kept: times <= 1.0,
        text: format!(
            "CPU, 4 at once: {times:.2} x that of curl, at most 1 ({:.2} and {:.2} s/GiB)",
            results.cpu(ferry),
            results.cpu(curl)
        ),
    });
    for sdk in vendors {
        let vendor = Case::Vendor(*sdk);
        let times = results.ratio([ferry, vendor], |[own, vendor]| vendor.cost.seconds / own.cost.seconds);
        verdicts.push(Verdict {
            kept: times >= 1.0,
            text: format!(
                "speed, 4 at once: {times:.2} x that of {sdk}, at least 1 ({:.0} and {:.0} MB/s)",
                results.speed(ferry),
                results.speed(vendor)
            ),
        });
    }
    for (what, case) in [("a journal", JOURNALED), ("events", TOLD)] {
        let kept = results.ratio([ferry, case], |[own, other]| own.cost.seconds / other.cost.seconds);
        verdicts.push(Verdict {
            kept: kept >= KEPT,
            text: format!(
                "speed with {what}, 4 at once: {kept:.3} x that without, at least {KEPT} ({:.0} and {:.0} MB/s)",
                results.speed(case),
                results.speed(ferry)
            ),
        });
    }
    let single = Case::Small(Sender::Ferry, 8);
    let times = results.ratio([single, BATCH], |[single, batch]| single.cost.seconds / batch.cost.seconds);
    let (most, own) = (results.memory(single), results.memory(BATCH));
    verdicts.push(Verdict {
        kept: times > 1.0 && own < most,
        text: format!(
            "{SMALL_FILES} files of 64 KiB in one batch: {times:.2} x the speed of single calls in 8 threads, more than \
             1; {own:.1} MiB < {most:.1}"
        ),
    });
    for (case, most) in MOST_MEMORY {
        let memory = results.memory(case);
        verdicts.push(Verdict {
            kept: memory <= most,
            text: format!("memory, {case}: {memory:.1} MiB <= {most} above the empty program"),
        });
    }
    let reading = |figure: fn(&Reading) -> f64| {
        results.median(Case::Read, |figures| figures.reading.as_ref().map_or(f64::NAN, figure))
    };
    let (factor, disk) = (reading(|told| told.factor), reading(|told| told.on_disk) / f64::from(1 << 20));
    verdicts.push(Verdict {
        kept: factor <= READING && disk <= MOST_DISK,
        text: format!(
            "1 GiB from a reader of {} MB/s: {factor:.3} x the reading, at most {READING}; {disk:.1} MiB of disk <= \
             {MOST_DISK}",
            RATE / 1_000_000
        ),
    });
    verdicts
}
