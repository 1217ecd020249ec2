//! One run: two clouds, the program between them, what it says, and what is wrong with that.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::cloud::Cloud;
use super::faults::Rules;
use super::ledger::Ledger;
use super::series::{Figures, Slopes, growth};
use super::tools::{STRICT, link, linked, linked_folder, linking_compiler, local_cloud, root, run};

/// How long, how much, and with what.
pub struct Plan {
    pub uploads: u64,
    pub bytes: u64,
    /// The longest time, in seconds.
    pub seconds: u64,
    /// A quiet moment after each so many uploads.
    pub quiet: u64,
    /// Of the smallest large file; the others have 4 and 16 times as much.
    pub large_mib: u64,
    /// Of a request to meet one of the faults.
    pub chance: f64,
    /// The clients stay open for the whole run.
    pub keeps: bool,
    /// What the program leaks on purpose, as soak.c names it.
    pub leak: Option<&'static str>,
    /// Where the library and the program localcloud are; `None`: where cargo has put them for this test.
    pub library: Option<PathBuf>,
    pub cloud: Option<PathBuf>,
    /// Where the figures of each second go.
    pub csv: Option<PathBuf>,
}

/// What has come of it.
pub struct Outcome {
    pub ledger: Ledger,
    pub before: Figures,
    pub rest: Vec<Figures>,
    pub quiet: Vec<Figures>,
    pub after: Figures,
    /// Memory of the two clouds at the first and the last quiet moment, in KiB.
    pub clouds: Option<([u64; 2], [u64; 2])>,
    pub fired: u64,
    pub calls: u64,
    pub seconds: f64,
    keeps: bool,
    is_long: bool,
}

/// How malloc tells and keeps no more than what is given out. What the caches of threads hold counts as given
/// out. With thresholds that follow the largest block that was freed, each arena keeps a block of 16 MiB,
/// which not even `malloc_trim` gives back where it is the last one.
const MALLOC: &str =
    "glibc.malloc.tcache_count=0:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072";

const STORE: [&str; 6] = ["start", "upload", "put", "commit", "complete", "store_api"];
const FLIP: [&str; 5] = ["flip_session", "flip_part", "flip_range", "flip_missing", "flip_api"];
const FILES: [&str; 4] = ["deliver", "metadata", "delete", "overwrite"];

pub fn soak(plan: &Plan) -> Outcome {
    // In memory where the system has such a folder: journals are synchronised often.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let program = compiled(plan, &folder);
    let cloud = plan.cloud.clone().unwrap_or_else(local_cloud);
    let start = |storage: &str, ca_out: Option<&Path>, classes: &[&str]| {
        let rules = Rules::new(classes, plan.chance);
        Cloud::start(&cloud, storage, &folder.path().join(storage), ca_out, rules)
    };
    let ca = folder.path().join("ca.pem");
    let clouds = [
        start("null", None, &[&STORE[..], &FLIP].concat()),
        start("s3", Some(&ca), &[&STORE[..], &FILES].concat()),
    ];
    let mut child = begin(plan, &program, &folder, &clouds, &ca);
    let outcome = follow(plan, &mut child, &clouds);
    let status = child.wait().expect("the program ends");
    assert!(status.success(), "the program ended with {status}");
    outcome
}

fn compiled(plan: &Plan, folder: &TempDir) -> PathBuf {
    let program = folder.path().join("soak");
    let mut cc = Command::new(linking_compiler());
    cc.args(["-std=c11", "-D_GNU_SOURCE", "-O1", "-g"]).args(STRICT).arg("-I").arg(root().join("include"));
    cc.arg(root().join("tests/soak/soak.c")).arg("-o").arg(&program);
    let library = plan.library.clone().unwrap_or_else(linked_folder);
    run(link(&mut cc, &library));
    program
}

fn begin(plan: &Plan, program: &Path, folder: &TempDir, clouds: &[Cloud; 2], ca: &Path) -> Child {
    let mut command = linked(program);
    command.args([&clouds[0].url, &clouds[1].url]).arg(folder.path());
    let numbers = [plan.uploads, plan.bytes, plan.seconds, plan.quiet, 1, plan.large_mib];
    command.args(numbers.map(|number| number.to_string()));
    command.env_remove("LD_LIBRARY_PATH").env("GLIBC_TUNABLES", MALLOC);
    command.env("FERRY_SOAK_CA", ca).env_remove("FERRY_SOAK_KEEPS");
    command.envs(plan.keeps.then_some(("FERRY_SOAK_KEEPS", "1")));
    command.env_remove("FERRY_SOAK_LEAK").envs(plan.leak.map(|leak| ("FERRY_SOAK_LEAK", leak)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts")
}

fn follow(plan: &Plan, child: &mut Child, clouds: &[Cloud; 2]) -> Outcome {
    let begin = Instant::now();
    let mut csv = plan.csv.as_ref().map(|path| BufWriter::new(File::create(path).expect("a file")));
    if let Some(csv) = &mut csv {
        writeln!(csv, "{}", Figures::HEAD).expect("written");
    }
    let (mut ledger, mut memory) = (Ledger::default(), Vec::new());
    let (mut before, mut after, mut rest, mut quiet) = (None, None, Vec::new(), Vec::new());
    let (mut calls, mut stops, mut told) = (0, 0, 0);
    let mut input = child.stdin.take().expect("its input");
    for line in BufReader::new(child.stdout.take().expect("its output")).lines() {
        let line = line.expect("a line");
        if ledger.read(&line) {
            continue;
        }
        let (word, words) = line.split_once(' ').expect("words");
        if word == "counts" {
            let counts: Vec<u64> = words.split(' ').map(|count| count.parse().expect("a number")).collect();
            (calls, stops) = (counts[0], counts[1]);
            continue;
        }
        let figures = Figures::read(words).unwrap_or_else(|| panic!("{line}"));
        if let Some(csv) = &mut csv {
            writeln!(csv, "{}", line.replace(' ', ",")).and_then(|()| csv.flush()).expect("written");
        }
        match word {
            "before" => before = Some(figures),
            "after" => after = Some(figures),
            "rest" => rest.push(figures),
            "quiet" => {
                ledger.check_files(clouds);
                ledger.check_errors(clouds, stops);
                clouds.iter().for_each(Cloud::forget);
                memory.push([clouds[0].memory(), clouds[1].memory()]);
                if csv.is_some() {
                    progress(plan, &figures, &ledger, &mut told);
                }
                quiet.push(figures);
                input.write_all(b"go\n").expect("the program listens");
            }
            _ => {}
        }
    }
    Outcome {
        ledger,
        before: before.expect("figures of the beginning"),
        rest,
        quiet,
        after: after.expect("figures of the end"),
        clouds: memory.first().copied().zip(memory.last().copied()),
        fired: clouds.iter().flat_map(Cloud::fired).sum(),
        calls,
        seconds: begin.elapsed().as_secs_f64(),
        keeps: plan.keeps,
        is_long: plan.uploads >= 20_000,
    }
}

/// A line, and what was found to be wrong since the one before.
fn progress(plan: &Plan, figures: &Figures, ledger: &Ledger, told: &mut usize) {
    for wrong in ledger.wrong.iter().skip(std::mem::replace(told, ledger.wrong.len())).take(20) {
        println!("{wrong}");
    }
    println!(
        "{:.0} s: {} of {} uploads, {:.1} of {:.1} GiB, heap {} KiB, {} descriptors, {} threads, {} wrong",
        figures.time,
        figures.uploads,
        plan.uploads,
        gib(figures.bytes),
        gib(plan.bytes),
        figures.heap / 1024,
        figures.descriptors,
        figures.threads,
        ledger.wrong.len(),
    );
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

impl Outcome {
    /// What is wrong, in words.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = growth(&self.before, &self.quiet, &self.after, self.keeps);
        if self.is_long {
            wrong.extend(self.ledger.idle().iter().map(|call| format!("{call}: none was ever stopped")));
        }
        wrong.extend(self.ledger.wrong.iter().cloned());
        wrong
    }

    /// Of clients that stayed open.
    pub fn print_of_open(&self) {
        let (slopes, last) = (Slopes::of(&self.quiet), self.quiet.last().expect("a quiet moment"));
        let sockets = self.quiet.iter().map(|figures| figures.sockets).max().unwrap_or(0);
        println!(
            "trust: soak.open: {} uploads by clients that stay open: heap {:+.3} bytes an upload, at most {sockets} \
             connections",
            last.uploads, slopes.heap
        );
    }

    /// The lines of `make trust`.
    pub fn print(&self) {
        let (slopes, last) = (Slopes::of(&self.quiet), self.quiet.last().expect("a quiet moment"));
        println!("trust: soak.uploads: {}", last.uploads);
        println!("trust: soak.gib: {:.1}", gib(last.bytes));
        println!("trust: soak.minutes: {:.1}", self.seconds / 60.0);
        println!("trust: soak.faults: {} fired", self.fired);
        println!("trust: soak.heap: {:+.3} bytes an upload, {} quiet moments", slopes.heap, self.quiet.len());
        println!("trust: soak.rss: {:+.3} bytes an upload", slopes.rss);
        let peak = self.rest.iter().map(|figures| figures.rss).max().unwrap_or(0);
        println!("trust: soak.peak: {} MiB resident at most, with all clients open", peak / 1024);
        println!("trust: soak.descriptors: {:+.3} in 1,000 uploads", slopes.descriptors);
        println!("trust: soak.threads: {:+.3} in 1,000 uploads", slopes.threads);
        let mut reasons = std::collections::BTreeMap::<&str, u64>::new();
        for ((reason, _), count) in &self.ledger.errors {
            *reasons.entry(reason).or_default() += count;
        }
        let errors: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        println!(
            "trust: soak.outcomes: {} calls, {} stored files looked up, {} errors ({}), {} wrong",
            self.calls,
            self.ledger.checked,
            reasons.values().sum::<u64>(),
            errors.join(", "),
            self.ledger.wrong.len(),
        );
        for ((reason, call), count) in &self.ledger.errors {
            println!("  {reason:9} {call:20} {count}");
        }
        if let Some((first, last)) = self.clouds {
            println!("  memory of the clouds: {first:?} KiB, at the end {last:?} KiB");
        }
    }
}
