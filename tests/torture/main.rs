//! Each allocation, each system call and each thread of the library is made to fail, one after the other, in
//! every function of the header: as curl's torture tests and SQLite's tests of memory do. Then the system
//! itself gives the process no more memory, after so much of it. A call ends well or in a status that fits,
//! within its time; nothing is printed, nothing is left, no secret is told, what is stored is right, and the
//! same objects work again when nothing fails any more.
//!
//! `make torture` makes each of them fail, of many a large sample; `make test` a small one.
//! `FERRY_TORTURE_SEED` repeats a sample, `FERRY_TORTURE_SCENARIO` names one scenario.

#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))] // what shim.c knows

#[path = "../c/declarations.rs"]
#[allow(dead_code)] // tests/abi.rs uses the rest of it
mod declarations;
mod imports;
mod tally;
#[path = "../tools/mod.rs"]
mod tools;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use localcloud::{Cloud, Options};
use tempfile::TempDir;

use declarations::Declarations;
use tally::{PLANS, Plan, Run, Tally};
use tools::{STRICT, link, linking_compiler, made_library, root, run, with_cloud};

/// How many runs of a scenario a plan has; 0: as many as there are calls.
fn samples(scenario: &str, plan: Plan, asked: u64) -> u64 {
    // Those with much data: each run takes a second.
    let is_large = scenario.starts_with("large") || scenario.contains("parts");
    match asked {
        0 if is_large => 400,
        _ if is_large => asked.div_ceil(4),
        _ if plan.kind == "thread" => asked / 2,
        _ => asked,
    }
}

/// Where the library is: the one that `make torture` has made, else one that is built fast.
fn library() -> PathBuf {
    std::env::var_os("FERRY_TORTURE_LIBRARY").map_or_else(
        || {
            tools::make(&["lib"]);
            made_library()
        },
        PathBuf::from,
    )
}

/// The program with all scenarios, and the folder that it is in.
struct Driver(TempDir);

impl Driver {
    fn new(library: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let driver = Driver(folder);
        let mut cc = Command::new(linking_compiler());
        cc.args(["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-rdynamic"]).args(STRICT);
        cc.arg("-I").arg(root().join("include")).args(sources()).arg("-o").arg(driver.program());
        run(link(&mut cc, library).arg("-ldl"));
        driver
    }

    fn program(&self) -> PathBuf {
        self.0.path().join("driver")
    }

    fn scenarios(&self) -> Vec<String> {
        run(&mut Command::new(self.program())).lines().map(String::from).collect()
    }

    /// Runs a scenario under a plan; what the driver printed.
    fn run(&self, place: &Place, scenario: &str, plan: Plan, seed: u64, samples: u64) -> String {
        let scratch = tempfile::tempdir_in(place.folder.path()).expect("a folder");
        place.cloud.set_faults("[]").expect("no faults");
        let mut command = Command::new(self.program());
        command.args([scenario, plan.kind, plan.mode, &seed.to_string(), &samples.to_string()]);
        // Else std prints where it ends the process.
        command.env_remove("RUST_BACKTRACE");
        // What is in the caches of threads counts as given out.
        command.env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0");
        run(with_cloud(&mut command, &place.cloud, &place.ca(), scratch.path()))
    }
}

/// How many runs a place has before another one takes its place.
const MOST_IN_A_PLACE: usize = 500;

/// A cloud and a folder, for the runs of several scenarios and plans.
struct Place {
    cloud: Cloud,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let ca_out = Some(folder.path().join("ca.pem"));
        let options = Options { https, ca_out, flip_part_size: FLIP_PART, ..Options::default() };
        Place { cloud: Cloud::start(options).expect("the local cloud starts"), folder }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

/// Small, so that a small film has several parts.
const FLIP_PART: u64 = 4096;

fn sources() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("tests/torture")).expect("a folder");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "c")).collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_call_ends_well_or_in_a_status() {
    let library = library();
    let driver = Driver::new(&library);
    let seed = number("FERRY_TORTURE_SEED").unwrap_or(1);
    let asked = number("FERRY_TORTURE_SAMPLES").unwrap_or(SAMPLES);
    println!("FERRY_TORTURE_SEED={seed} FERRY_TORTURE_SAMPLES={asked}");
    let named = std::env::var("FERRY_TORTURE_SCENARIO").ok();
    let scenarios: Vec<String> = driver.scenarios();
    let scenarios = scenarios.iter().filter(|name| named.as_ref().is_none_or(|named| *name == named));
    let jobs: Vec<(&String, Plan)> =
        scenarios.flat_map(|scenario| PLANS.map(|plan| (scenario, plan))).collect();
    let (jobs, tally) = (Mutex::new(jobs.into_iter()), Mutex::new(Tally::default()));
    let next = || jobs.lock().expect("a lock").next();
    std::thread::scope(|scope| {
        // Some runs wait for their next attempt.
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let (mut place, mut runs) = (Place::new(), 0);
                while let Some((scenario, plan)) = next() {
                    // What failed uploads leave behind makes a cloud slow: it looks at all of it whenever an
                    // upload is aborted.
                    if runs > MOST_IN_A_PLACE {
                        (place, runs) = (Place::new(), 0);
                    }
                    let printed = driver.run(&place, scenario, plan, seed, samples(scenario, plan, asked));
                    runs += printed.lines().count();
                    let mut tally = tally.lock().expect("a lock");
                    // A long run says at once what is wrong.
                    for run in tally.add(scenario, plan, &printed).iter().filter(|run| run.is_wrong()).take(3)
                    {
                        println!("{run}");
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().expect("a lock");
    println!("{tally}");
    tally.print_ends(&library.join("libferry.so"));
    let header = Declarations::read(&tools::header());
    let functions: BTreeSet<&str> = header.functions.iter().map(|function| &*function.name).collect();
    let called: BTreeSet<&str> = tally.called.iter().map(String::as_str).collect();
    println!("trust: torture.functions: {} of {}", called.len(), functions.len());
    if named.is_none() {
        let missing: Vec<&&str> = functions.difference(&called).collect();
        assert!(missing.is_empty(), "no scenario of tests/torture calls {missing:?}");
        assert_eq!(tally.idle(), [], "the shim makes nothing of that fail");
    }
    assert_eq!(tally.aborting(), [], "std and libc end the process too often");
    let wrong: Vec<&Run> = tally.wrong().collect();
    let shown: String = wrong.iter().take(20).map(|run| format!("{run}\n")).collect();
    assert!(wrong.is_empty(), "{} of {} runs:\n{shown}", wrong.len(), tally.runs.len());
}

/// Of each scenario and plan, if `FERRY_TORTURE_SAMPLES` does not say.
const SAMPLES: u64 = 4;

const AT_ONCE: usize = 2;

/// Whatever the library takes from the C library is made to fail, or cannot.
#[test]
fn every_import_can_fail_or_is_known_not_to() {
    let library = library();
    let folder = tempfile::tempdir().expect("a folder");
    let shim = folder.path().join("shim.o");
    let mut cc = Command::new(linking_compiler());
    cc.args(["-std=c11", "-D_GNU_SOURCE", "-c", "tests/torture/shim.c", "-o"]).arg(&shim).current_dir(root());
    run(&mut cc);
    let imported = symbols(&["-D", "--undefined-only"], &library.join("libferry.so"));
    let shimmed = symbols(&["--defined-only"], &shim);
    let (unknown, idle) = imports::compare(&imported, &shimmed);
    assert!(
        unknown.is_empty(),
        "tests/torture/shim.c does not make {unknown:?} fail, nor does imports.rs say why"
    );
    assert!(idle.is_empty(), "imports.rs has {idle:?}, which the library does not import");
}

fn symbols(which: &[&str], file: &Path) -> BTreeSet<String> {
    let listed = run(Command::new("nm").args(which).arg(file));
    let names = listed.lines().filter_map(|line| line.split_whitespace().last());
    names.map(|name| name.split('@').next().unwrap_or_default().to_owned()).collect()
}
