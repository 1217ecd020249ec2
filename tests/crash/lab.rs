//! A place for uploads that are killed: the programs, the files, and what has come of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fastrand::Rng;
use tempfile::TempDir;

use super::shape::{INTELLIGENT, PARTS, PLAIN, RANGES, SHAPES, Shape};
use super::tally::{Line, Tally};
use super::tools::{STRICT, link, linked_folder, linking_compiler, root, run};
use super::trial::Trial;

/// Kills of all tests together, if `FERRY_CRASH_KILLS` does not say.
const KILLS: u64 = 300;

pub struct Lab {
    name: &'static str,
    /// In memory where the system has such a folder: journals are synchronised often.
    folder: TempDir,
    seed: u64,
    /// How many kills this test has to do.
    kills: u64,
    pub random: Rng,
    pub tally: Tally,
}

impl Lab {
    /// `percent` is the share that this test has in all the kills.
    pub fn new(name: &'static str, percent: u64) -> Self {
        let number = |name| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
        let seed = number("FERRY_CRASH_SEED").unwrap_or_else(|| u64::from(fastrand::u32(..)));
        let kills = number("FERRY_CRASH_KILLS").unwrap_or(KILLS) * percent / 100;
        println!("{name}: FERRY_CRASH_SEED={seed}, {kills} kills");
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let lab = Lab { name, folder, seed, kills, random: Rng::with_seed(seed), tally: Tally::default() };
        run(link(&mut lab.compiling("client"), &linked_folder()));
        for shape in &SHAPES {
            fs::write(lab.file(shape), shape.bytes()).expect("a file");
        }
        lab
    }

    /// The tracer too, which needs Linux.
    pub fn with_tracer(self) -> Self {
        run(&mut self.compiling("tracer"));
        self
    }

    fn compiling(&self, name: &str) -> Command {
        let mut cc = Command::new(linking_compiler());
        cc.args(["-std=c11", "-D_GNU_SOURCE", "-g"]).args(STRICT).arg("-I").arg(root().join("include"));
        cc.arg(root().join(format!("tests/crash/{name}.c"))).arg("-o").arg(self.program(name));
        cc
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file that goes up.
    pub fn file(&self, shape: &Shape) -> PathBuf {
        self.folder.path().join(format!("{}-{}", shape.kind.name(), shape.mode))
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A new upload, of each shape in turn; the smallest, which has the most parts, is every second one.
    pub fn trial(&mut self) -> Trial<'static> {
        let turns = [PLAIN, PARTS, INTELLIGENT, PARTS, RANGES, PARTS];
        let turn = self.tally.uploads as usize % turns.len();
        self.trial_of(&SHAPES[turns[turn]])
    }

    pub fn trial_of(&mut self, shape: &'static Shape) -> Trial<'static> {
        self.tally.uploads += 1;
        Trial::new(self, shape)
    }

    pub fn has_to_go_on(&self) -> bool {
        self.tally.kills + self.tally.service_kills < self.kills
    }

    /// Prints the figures, and asserts what they have to be.
    pub fn end(self) {
        let line = Line { name: self.name, tally: &self.tally, seed: self.seed };
        println!("trust: crash: {line}");
        self.tally.check(&line);
    }
}
