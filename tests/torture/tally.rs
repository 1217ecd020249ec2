//! What the runs have come to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// Which calls of a scenario are made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What it is called in `tests/TRUST.md`.
    pub key: &'static str,
    pub kind: &'static str,
    pub mode: &'static str,
}

/// What fails, and whether all that follow fail too until the call has ended.
pub const PLANS: [Plan; 6] = [
    Plan { key: "allocations", kind: "allocation", mode: "once" },
    Plan { key: "memory_ended", kind: "allocation", mode: "onwards" },
    Plan { key: "calls", kind: "call", mode: "once" },
    Plan { key: "threads", kind: "thread", mode: "once" },
    Plan { key: "threads_ended", kind: "thread", mode: "onwards" },
    Plan { key: "limits", kind: "limit", mode: "onwards" },
];

/// One run of a scenario, as the driver tells it.
#[derive(Debug)]
pub struct Run {
    scenario: String,
    plan: Plan,
    /// Which call, which of its errors, its name, its size, its errno.
    number: String,
    variant: String,
    name: String,
    size: String,
    code: String,
    end: String,
    message: String,
    /// Where the process was ended, behind the size of the allocation.
    place: String,
    /// What it has printed.
    said: String,
}

/// How std begins what it prints before it ends the process: it keeps 48 bytes of each thread, and takes them
/// past the allocator of the library.
const OF_STD: &str = "memory allocation of 48 bytes failed|";

/// What std may print behind that. Nothing else may follow: that would be Ferry's.
const NOTE: &str = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace|";

/// What glibc prints before it ends the process: std registers a destructor with it as a thread begins, whose
/// stack may be one that an earlier thread has left, with not a page free beside it.
const OF_LIBC: &str = "Fatal glibc error: failed to register TLS destructor: out of memory|";

impl Run {
    fn read(scenario: &str, plan: Plan, line: &str) -> Option<Self> {
        let mut fields = line.split('\t').skip(2).map(String::from);
        let mut next = || fields.next();
        let (number, variant, name, size) = (next()?, next()?, next()?, next()?);
        let (code, end, function, _errno) = (next()?, next()?, next()?, next()?);
        let message = format!("{function}: {}", next()?);
        let (place, said) = (next()?, next()?);
        let scenario = scenario.to_owned();
        Some(Run { scenario, plan, number, variant, name, size, code, end, message, place, said })
    }

    fn is_failure(&self) -> bool {
        self.end != "nothing failed"
    }

    fn is_by_std(&self) -> bool {
        self.end == "aborted" && [OF_STD, &format!("{OF_STD}{NOTE}")].contains(&&*self.said)
    }

    fn is_by_libc(&self) -> bool {
        self.end == "aborted" && self.said == OF_LIBC
    }

    fn is_by_ferry(&self) -> bool {
        self.end == "aborted" && !self.is_by_std() && !self.is_by_libc()
    }

    /// Nothing leads back from what std and libc take for a thread. Every other end has to be one of a call.
    pub fn is_wrong(&self) -> bool {
        self.end == "WRONG" || self.is_by_ferry()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Run { scenario, plan: Plan { kind, mode, .. }, number, variant, name, size, code, .. } = self;
        let Run { end, message, said, .. } = self;
        write!(
            f,
            "{scenario} {kind} {mode} -{number} ({variant}: {name} of {size} bytes, errno {code}): {end}, "
        )?;
        write!(f, "{message} {said}")
    }
}

#[derive(Default)]
pub struct Tally {
    pub runs: Vec<Run>,
    pub called: BTreeSet<String>,
    /// How many failures of each plan there could be.
    possible: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// `printed` is what the driver has said; the runs that it tells of.
    pub fn add(&mut self, scenario: &str, plan: Plan, printed: &str) -> &[Run] {
        let before = self.runs.len();
        for line in printed.lines() {
            match line.split_once('\t') {
                Some(("run", _)) => {
                    let run = Run::read(scenario, plan, line);
                    self.runs.push(run.unwrap_or_else(|| panic!("not understood: {line}")));
                }
                Some(("count", number)) => {
                    *self.possible.entry(plan.key).or_default() += number.parse::<u64>().expect("a number");
                }
                Some(("called", name)) => _ = self.called.insert(name.to_owned()),
                _ => {}
            }
        }
        assert!(self.runs.len() > before, "{scenario} did not run: {printed}");
        &self.runs[before..]
    }

    fn failures(&self, plan: Plan) -> Vec<&Run> {
        self.runs.iter().filter(|run| run.plan == plan && run.is_failure()).collect()
    }

    /// The plans of which nothing has failed.
    pub fn idle(&self) -> Vec<Plan> {
        PLANS.into_iter().filter(|plan| self.failures(*plan).is_empty()).collect()
    }

    /// The plans of which std and libc have ended more than one process in fifty. They take some bytes for a
    /// thread; where these fail alone, or where memory ends just there, nothing else has asked before.
    pub fn aborting(&self) -> Vec<Plan> {
        let is_too_often = |plan: &Plan| {
            let failures = self.failures(*plan);
            let is_ended = |run: &&&Run| run.is_by_std() || run.is_by_libc();
            failures.iter().filter(is_ended).count() > failures.len().div_ceil(50)
        };
        PLANS.into_iter().filter(is_too_often).collect()
    }

    pub fn wrong(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.is_wrong())
    }

    /// Where the library has ended the process.
    pub fn print_ends(&self, library: &Path) {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for run in self.runs.iter().filter(|run| run.is_by_ferry()) {
            *places.entry(&run.place).or_default() += 1;
        }
        for (place, count) in places {
            let (size, frames) = place.split_once(' ').unwrap_or((place, ""));
            println!("ended {count} times, at the allocation of {size} bytes:");
            let mut names = Command::new("addr2line");
            names.args(["-f", "-C", "-e"]).arg(library).args(frames.split(' '));
            let names = names.output().map(|output| output.stdout).unwrap_or_default();
            // Of each frame there are two lines: the function, and its place.
            for name in String::from_utf8_lossy(&names).lines().step_by(2).skip(2).take(20) {
                println!("    {name}");
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for plan @ Plan { key, kind, .. } in PLANS {
            let runs = self.failures(plan);
            let possible = self.possible.get(key).copied().unwrap_or_default();
            let count = |is: &dyn Fn(&Run) -> bool| runs.iter().filter(|run| is(run)).count();
            let well = count(&|run| run.end == "succeeded");
            let status = count(&|run| run.end.starts_with("FERRY_"));
            let done = if kind == "limit" { "under a limit of memory" } else { "made to fail" };
            write!(f, "trust: torture.{key}: {} of {possible} {done}, {well} ended well", runs.len())?;
            write!(f, ", {status} in a status")?;
            if kind != "call" && kind != "thread" {
                let [by_std, by_libc, by_ferry] =
                    [Run::is_by_std, Run::is_by_libc, Run::is_by_ferry].map(|is| count(&is));
                write!(
                    f,
                    ", {by_std} aborted by Rust's std (48 bytes of a thread), {by_libc} by the C library "
                )?;
                write!(f, "(a destructor of a thread), {by_ferry} by Ferry")?;
            }
            writeln!(f, ", {} wrong", count(&|run| run.end == "WRONG"))?;
        }
        Ok(())
    }
}
