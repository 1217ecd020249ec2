//! One upload, which is killed and run again until it is over.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::lab::Lab;
use super::service::Service;
use super::shape::Shape;
use super::tools::linked;

/// How a run has ended.
#[derive(Debug, PartialEq)]
pub enum End {
    Killed,
    Stored,
    /// The number of the status and its message.
    Failed(i32, String),
}

/// A stop before or after a system call, and what the call returned.
#[derive(Debug)]
pub struct Stop {
    pub name: String,
    pub returned: i64,
}

pub struct Trial<'a> {
    pub shape: &'a Shape,
    pub service: Service,
    pub concurrency: u64,
    folder: TempDir,
    pub journals: PathBuf,
    client: PathBuf,
    tracer: PathBuf,
    file: PathBuf,
    /// What the client finds in its environment.
    pub environment: Vec<(&'static str, String)>,
    /// Parts that may be sent again, in this upload or in one that took its place.
    pub allowed: u64,
    /// How many files may be stored.
    pub files: u64,
    /// Nothing has told the next run what is stored: all may go again.
    has_forgotten: bool,
    /// The last run has said that the file is stored, and nobody has looked yet.
    is_told: bool,
    /// How many runs have said so where there was no file.
    missing: u64,
    runs: u64,
    kills: u64,
}

impl Trial<'_> {
    pub fn new<'a>(lab: &mut Lab, shape: &'a Shape) -> Trial<'a> {
        let folder = tempfile::tempdir_in(lab.folder()).expect("a folder");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("a folder");
        Trial {
            shape,
            service: Service::start(&data),
            concurrency: *lab.random.choice(shape.concurrency).expect("a number"),
            journals: folder.path().join("journals"),
            folder,
            client: lab.program("client"),
            tracer: lab.program("tracer"),
            file: lab.file(shape),
            environment: Vec::new(),
            allowed: 0,
            files: 1,
            has_forgotten: false,
            is_told: false,
            missing: 0,
            runs: 0,
            kills: 0,
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = linked(program);
        command.env_remove("LD_LIBRARY_PATH").envs(self.environment.iter().map(|(name, to)| (*name, to)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn arguments(&self, command: &mut Command) {
        command.args([self.shape.kind.name(), &self.service.url()]).arg(&self.file).arg("film.mov");
        command.arg(&self.journals).args([&self.concurrency.to_string(), self.shape.mode]);
    }

    /// What the last run has said is true, now that there is a service to be asked.
    fn look(&mut self) {
        if std::mem::take(&mut self.is_told) && self.service.stored(self.shape).is_empty() {
            self.missing += 1;
        }
    }

    /// Begins a run.
    pub fn spawn(&mut self) -> Child {
        self.look();
        let mut command = self.command(&self.client);
        self.arguments(&mut command);
        self.runs += 1;
        command.spawn().expect("the client starts")
    }

    /// Waits for the end of a run.
    pub fn wait(&mut self, client: Child) -> End {
        let output = client.wait_with_output().expect("its end");
        self.ended(output.status, &output.stderr)
    }

    /// A run that nobody disturbs.
    pub fn run(&mut self) -> End {
        let client = self.spawn();
        self.wait(client)
    }

    /// A run that is killed after a while, unless it has ended.
    pub fn killed_after(&mut self, pause: Duration) -> End {
        let mut client = self.spawn();
        std::thread::sleep(pause);
        client.kill().expect("killed");
        self.wait(client)
    }

    /// A run that is killed at the stop of that number among `which`, see `tracer.c`.
    pub fn killed_at(&mut self, which: &str, number: u64) -> (End, Vec<Stop>) {
        let mut command = self.command(&self.tracer);
        command.arg(&self.journals).args([which, &number.to_string()]).arg(&self.client);
        self.arguments(&mut command);
        self.look();
        self.runs += 1;
        let output = command.output().expect("the tracer starts");
        let text = String::from_utf8(output.stdout).expect("text");
        let stop = |line: &str| {
            let (name, returned) = line.split_once(' ')?;
            Some(Stop { name: name.to_owned(), returned: returned.parse().ok()? })
        };
        let stops = text.lines().filter_map(stop).collect();
        (self.ended(output.status, &output.stderr), stops)
    }

    fn ended(&mut self, status: ExitStatus, message: &[u8]) -> End {
        const SIGKILL: i32 = 9;
        match (status.code(), status.signal()) {
            (Some(0), _) => {
                self.is_told = true;
                End::Stored
            }
            (None, Some(SIGKILL)) | (Some(137), _) => {
                self.kills += 1;
                self.allowed += self.concurrency.min(self.shape.parts());
                End::Killed
            }
            (code, signal) => {
                let message = String::from_utf8_lossy(message).into_owned();
                End::Failed(code.unwrap_or(-signal.unwrap_or_default()), message)
            }
        }
    }

    pub fn journal_files(&self) -> Vec<PathBuf> {
        let found = fs::read_dir(&self.journals).into_iter().flatten();
        found.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// Whether the upload has ended, though its process may have been killed before it could say so.
    pub fn is_over(&self) -> bool {
        self.journal_files().is_empty() && !self.service.stored(self.shape).is_empty()
    }

    /// There is no journal any more of what was sent.
    pub fn forgets(&mut self) {
        (self.allowed, self.files, self.has_forgotten) = (self.shape.parts(), 2, true);
    }

    /// Lets the upload end undisturbed, and looks at what has come of it.
    pub fn end(mut self, lab: &mut Lab) -> Duration {
        self.look();
        let begun = Instant::now();
        let tally = &mut lab.tally;
        if !self.is_over() {
            let end = self.run();
            if end != End::Stored {
                println!("{:?} at {} at once: {end:?}", self.shape, self.concurrency);
                tally.stuck += 1;
            }
        }
        let took = begun.elapsed();
        let stored = self.service.stored(self.shape);
        let wrong = stored.iter().filter(|sum| **sum != self.shape.sum()).count() as u64;
        let mut again = self.service.repeated(self.shape);
        again += self.service.left_over(self.shape);
        let journals = self.journal_files().len() as u64;
        let is_too_many = again.parts > self.allowed;
        let missing = self.missing + u64::from(stored.is_empty());
        if wrong > 0 || missing > 0 || stored.len() as u64 > self.files || is_too_many || journals > 0 {
            println!(
                "{:?} at {} at once, {} kills: {} stored, {missing} missing, {wrong} wrong, {} parts sent again \
                 of at most {}, {journals} journals",
                self.shape,
                self.concurrency,
                self.kills,
                stored.len(),
                again.parts,
                self.allowed
            );
        }
        tally.runs += self.runs;
        tally.kills += self.kills;
        tally.wrong += wrong;
        tally.twice += (stored.len() as u64).saturating_sub(self.files);
        tally.missing += missing;
        if !self.has_forgotten {
            tally.known_repeated += again.parts;
            tally.known_allowed += self.allowed;
        }
        tally.repeated += again.parts;
        tally.allowed += self.allowed;
        tally.too_many += u64::from(is_too_many);
        tally.bytes_again += again.bytes;
        tally.journals += journals;
        took
    }

    /// The folder that has all that belongs to the upload.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
