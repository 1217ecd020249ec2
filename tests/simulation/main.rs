//! Uploads in a simulated world: the library as it is, with a clock, threads, connections, names, a disk and
//! a service that follow from a seed. What must hold holds in every one of them.
//!
//! `FERRY_SIMULATION_SEED=17` runs one seed and says what happened; `FERRY_SIMULATION_SEEDS=100000` how many
//! are run.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod atomics;
mod calls;
mod checks;
mod disk;
mod durable;
mod flip;
mod names;
mod net;
mod plan;
mod raw;
mod scenario;
mod schedules;
mod server;
mod service;
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// As many as the suite has time for: 10,000 uploads, and downloads beside them.
const SEEDS: u64 = 3_050;

/// Seeds that have found something, in the library or in the world itself. What was in the library has a test
/// of its own as well: a seed is another run after the next change.
const FOUND: [u64; 11] = [
    1_002_417, 1_006_447, 1_007_013, 1_021_035, 1_064_749, 1_072_944, 1_075_836, 1_085_157, 1_091_439,
    1_108_754, 1_115_311,
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A long run says how far it is.
fn tell(seed: u64) {
    if seed % 10_000 == 9_999 {
        eprintln!("seed {seed}");
    }
}

/// What follows from a seed, or what was wrong.
fn run(seed: u64, folder: &Path, noise: &[u8]) -> Result<String, String> {
    let told = raw::apart(|| {
        let (wrong, told, trace) = scenario::run(seed, &folder.join(format!("{seed}")), noise);
        let wrong: String = wrong.iter().map(|line| format!("\n  {line}")).collect();
        format!("{told}; {trace:x}{wrong}")
    });
    told.and_then(|told| if told.contains('\n') { Err(told) } else { Ok(told) })
}

/// Adds the numbers at the beginning, each with its name behind it.
fn add(told: &str, counts: &mut BTreeMap<String, u64>) {
    let numbers = told.split(": ").next().unwrap_or_default();
    for (number, name) in numbers.split(", ").filter_map(|it| it.split_once(' ')) {
        *counts.entry(name.to_owned()).or_default() += number.parse::<u64>().expect("a number");
    }
}

#[test]
fn uploads_keep_their_promises_in_every_world() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let mut noise = vec![0; 32 << 20];
    fastrand::Rng::with_seed(7).fill(&mut noise);
    let run = |seed| run(seed, folder.path(), &noise);
    if let Some(seed) = number("FERRY_SIMULATION_SEED") {
        println!("{seed}: {}", run(seed).unwrap_or_else(|wrong| panic!("{wrong}")));
        return;
    }
    let first = number("FERRY_SIMULATION_FIRST").unwrap_or(0);
    let count = number("FERRY_SIMULATION_SEEDS").unwrap_or(SEEDS);
    // A run of other seeds has them among its own, or tells figures of its own alone.
    let found: &[u64] = if first == 0 { &FOUND } else { &[] };
    let seeds = Mutex::new(found.iter().copied().chain(first..first + count));
    let wrong = Mutex::new(String::new());
    let counts = Mutex::new(BTreeMap::new());
    let work = &|| {
        loop {
            let Some(seed) = seeds.lock().expect("no panic").next() else { return };
            tell(seed);
            let mut told = run(seed);
            // The same seed is the same run, or a failure could not be looked into.
            if seed % count.div_ceil(60) == 0 && run(seed) != told {
                told = Err("it is another run the second time".into());
            }
            match told {
                Ok(told) => add(&told, &mut counts.lock().expect("no panic")),
                Err(text) => {
                    eprintln!("FERRY_SIMULATION_SEED={seed}: {text}");
                    *wrong.lock().expect("no panic") += &format!("FERRY_SIMULATION_SEED={seed}: {text}\n");
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for processor in raw::processors() {
            scope.spawn(move || {
                raw::stay(processor);
                work();
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{wrong}");
    let (last, counts) = (first + count - 1, counts.into_inner().expect("no panic"));
    if count >= 1_000 {
        // What never happens would prove nothing.
        assert!(counts.len() == 7 && counts.values().all(|count| *count > 100), "{counts:?}");
        assert!(count < SEEDS || counts["uploads"] >= 10_000, "{counts:?}");
    }
    let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    println!("trust: simulation: seeds {first} to {last}: {}: nothing was wrong", counts.join(", "));
}
