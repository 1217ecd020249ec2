//! What is measured, and how one measurement is made.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::cloud::Peer;
use crate::data::{Data, SIZE};
use crate::process::{self, Cost};
use crate::sdk::Sdk;

/// How many requests or files are under way at once.
pub const CONCURRENCIES: [usize; 3] = [1, 4, 8];
pub const FILES_AT_ONCE: [usize; 2] = [1, 8];

/// Who sends the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Ferry,
    /// With a journal, which is on a disk.
    Journaled,
    /// With a handler of events.
    Told,
    /// All files in one call.
    Batch,
    /// The same requests, but the MD5 of no part: the ceiling of any digest.
    Undigested,
    /// The PUTs alone, signed in advance.
    Curl,
}

impl Sender {
    /// Those that are measured at every number at once.
    pub const ALL: [Sender; 3] = [Sender::Ferry, Sender::Undigested, Sender::Curl];
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sender::Ferry => "Ferry",
            Sender::Journaled => "Ferry with a journal",
            Sender::Told => "Ferry with events",
            Sender::Batch => "Ferry, one batch",
            Sender::Undigested => "Ferry without digest",
            Sender::Curl => "curl, PUTs alone",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// The empty program.
    Nothing,
    PlainMd5,
    FerryMd5,
    Large(Sender, usize),
    Small(Sender, usize),
    /// As many bytes from a reader, which gives [`RATE`].
    Read,
    /// The large file by a vendor's SDK with its own defaults.
    Vendor(Sdk),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Case::Nothing => f.write_str("the empty program"),
            Case::PlainMd5 => f.write_str("MD5, one stream"),
            Case::FerryMd5 => f.write_str("MD5, Ferry's batches"),
            Case::Large(sender, at_once) => write!(f, "1 GiB, {at_once} at once, {sender}"),
            Case::Small(sender, at_once) => write!(f, "small files, {at_once} at once, {sender}"),
            Case::Read => f.write_str("1 GiB from a reader"),
            Case::Vendor(sdk) => write!(f, "1 GiB, {sdk}"),
        }
    }
}

/// The large file with a journal.
pub const JOURNALED: Case = Case::Large(Sender::Journaled, 4);

/// The large file with events.
pub const TOLD: Case = Case::Large(Sender::Told, 4);

/// The large file over as many connections as there can be.
pub const CROWD: Case = Case::Large(Sender::Ferry, 64);

/// The small files in one call.
pub const BATCH: Case = Case::Small(Sender::Batch, 8);

impl Case {
    /// All cases, those that are compared next to each other.
    pub fn all(vendors: &[Sdk]) -> Vec<Case> {
        let large = CONCURRENCIES.iter().flat_map(|n| Sender::ALL.map(|sender| Case::Large(sender, *n)));
        let large = large.chain([JOURNALED, TOLD, CROWD]);
        let small = FILES_AT_ONCE.iter().flat_map(|n| Sender::ALL.map(|sender| Case::Small(sender, *n)));
        let small = small.chain([BATCH]);
        let alone = [Case::Nothing, Case::PlainMd5, Case::FerryMd5, Case::Read];
        alone.into_iter().chain(large).chain(vendors.iter().copied().map(Case::Vendor)).chain(small).collect()
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub cost: Cost,
    pub connections: u64,
    pub reading: Option<Reading>,
}

/// What an upload from a reader tells of itself.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// How long all of it took, as a factor of the reading.
    pub factor: f64,
    /// The most bytes of its temporary file.
    pub on_disk: f64,
}

/// Bytes a second that the reader gives.
pub const RATE: u64 = 100_000_000;

/// Runs cases against one cloud with one set of files.
pub struct Bench {
    data: Data,
    peer: Peer,
    curl_parts: PathBuf,
    curl_small: PathBuf,
}

impl Bench {
    pub fn prepare(data: Data) -> Result<Bench> {
        let peer = Peer::start(data.folder.path())?;
        let curl_parts = data.folder.path().join("parts.curl");
        peer.curl_config(&data.parts, &curl_parts)?;
        let curl_small = data.folder.path().join("small.curl");
        peer.curl_config(&data.small_files, &curl_small)?;
        Ok(Bench { data, peer, curl_parts, curl_small })
    }

    pub fn run(&self, case: Case) -> Result<Figures> {
        let Data { whole, small, parts, small_files, .. } = &self.data;
        match case {
            Case::Nothing => self.ferry(["nothing"]),
            Case::PlainMd5 => self.ferry(["plain-md5", &whole.to_string_lossy()]),
            Case::FerryMd5 => self.ferry(["ferry-md5", &whole.to_string_lossy()]),
            Case::Read => self.read(),
            Case::Large(Sender::Curl, at_once) => self.curl(&self.curl_parts, parts.len(), at_once),
            Case::Small(Sender::Curl, at_once) => self.curl(&self.curl_small, small_files.len(), at_once),
            Case::Vendor(sdk) => {
                let (figures, said) = self.measure(&sdk.command(&self.peer.url, &self.peer.ca, whole)?)?;
                sdk.check(&said, SIZE)?;
                Ok(figures)
            }
            Case::Large(sender, at_once) => self.upload(whole, 1, at_once, sender),
            Case::Small(sender @ Sender::Batch, at_once) => self.upload(small, 1, at_once, sender),
            Case::Small(sender, at_once) => self.upload(small, at_once, 1, sender),
        }
    }

    fn upload(&self, path: &Path, files: usize, concurrency: usize, sender: Sender) -> Result<Figures> {
        let how = match sender {
            Sender::Journaled => "journal",
            Sender::Told => "events",
            Sender::Batch => "batch",
            Sender::Undigested => "undigested",
            _ => "digest",
        };
        let path = path.to_string_lossy();
        let (files, concurrency) = (files.to_string(), concurrency.to_string());
        self.ferry(["upload", &self.peer.url, &self.peer.ca, &path, &files, &concurrency, how])
    }

    fn ferry<const N: usize>(&self, words: [&str; N]) -> Result<Figures> {
        let mut command = Command::new(std::env::current_exe()?);
        Ok(self.measure(command.arg("--client").args(words))?.0)
    }

    fn read(&self) -> Result<Figures> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--client", "read", &self.peer.url, &self.peer.ca]).arg(RATE.to_string());
        let (figures, said) = self.measure(&command)?;
        let told: Vec<f64> =
            said.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
        let [reading, all, on_disk] = told[..] else { return Err(format!("the reader said {said}").into()) };
        Ok(Figures { reading: Some(Reading { factor: all / reading, on_disk }), ..figures })
    }

    fn curl(&self, config: &Path, transfers: usize, at_once: usize) -> Result<Figures> {
        let mut command = Command::new("curl");
        command.args(["--disable", "--no-progress-meter", "--parallel", "--parallel-immediate"]);
        command.arg("--parallel-max").arg(at_once.to_string()).arg("--config").arg(config);
        let (figures, said) = self.measure(&command)?;
        let stored = said.lines().filter(|line| line.starts_with("200 ")).count();
        if stored != transfers {
            return Err(format!("curl: {stored} of {transfers} transfers were taken").into());
        }
        Ok(figures)
    }

    fn measure(&self, command: &Command) -> Result<(Figures, String)> {
        let before = self.peer.connections()?;
        let (cost, said) = process::run(command)?;
        Ok((Figures { cost, connections: self.peer.connections()? - before, reading: None }, said))
    }
}
