//! Ferry in a process of its own at the near end of a line.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry::filestack::{Batch, Client, ClientOptions, Item, Upload, UploadOptions};
use ferry::http::{Connection, Manners};
use serde_json::{Value, json};

use crate::Result;
use crate::cloud::Peer;

/// The first word of the process.
pub const ROLE: &str = "--client";

/// How often the process notes how much it has stored.
const SAMPLE: Duration = Duration::from_millis(100);

/// How Ferry uploads; 0 is what it chooses itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    pub concurrency: u32,
    pub part_size: u64,
    /// Bytes a second: of the first seconds ([`CHANGE`]), and of those that follow.
    pub limits: [u64; 2],
    /// Whether it yields to other traffic.
    pub is_in_background: bool,
}

/// When the limit of an upload changes.
pub const CHANGE: Duration = Duration::from_secs(8);

/// What the process does.
#[derive(Debug, Clone, Copy)]
pub enum Work<'a> {
    /// Uploads a file.
    Upload(&'a Path),
    /// Uploads all files of a folder in one batch.
    Batch(&'a Path),
    /// Uploads the first file, fetches it again and writes it to the second.
    There(&'a Path, &'a Path),
}

/// The command that does it.
pub fn command(peer: &Peer<'_>, work: Work<'_>, manner: Manner) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([ROLE, &peer.url]).arg(&peer.ca);
    command.args([manner.concurrency.to_string(), manner.part_size.to_string()]);
    command.args(manner.limits.map(|limit| limit.to_string()));
    command.arg(if manner.is_in_background { "background" } else { "fair" });
    match work {
        Work::Upload(file) => command.arg("upload").arg(file),
        Work::Batch(folder) => command.arg("batch").arg(folder),
        Work::There(file, back) => command.arg("there").arg(file).arg(back),
    };
    Ok(command)
}

/// What the process tells of itself.
#[derive(Debug, Clone)]
pub struct Told {
    /// The most memory that it has held, in KiB.
    pub peak: u64,
    pub retries: u64,
    /// Seconds since its start, and the bytes done by then.
    pub samples: Vec<(f64, u64)>,
}

impl Told {
    pub fn parse(said: &str) -> Result<Told> {
        let said: Value = serde_json::from_str(said)?;
        let sample = |sample: &Value| Some((sample[0].as_f64()?, sample[1].as_u64()?));
        Ok(Told {
            peak: said["peak"].as_u64().ok_or("a client that does not tell its memory")?,
            retries: said["retries"].as_u64().unwrap_or(0),
            samples: said["samples"].as_array().into_iter().flatten().filter_map(sample).collect(),
        })
    }

    /// Bytes done by this second.
    pub fn done_by(&self, second: f64) -> u64 {
        self.samples.iter().take_while(|(time, _)| *time <= second).last().map_or(0, |(_, bytes)| *bytes)
    }
}

/// The process.
pub fn main(words: &[OsString]) -> Result<()> {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let [url, ca, concurrency, part_size, first, then, manners, ref work @ ..] = words[..] else {
        return Err("the client wants an address and an authority".into());
    };
    let manners = if manners == "background" { Manners::Background } else { Manners::Fair };
    let connection = Connection { ca_file: Some(ca.into()), manners, ..Connection::default() };
    let options = ClientOptions { base_url: Some(url.into()), connection, ..ClientOptions::default() };
    let client = Client::new("LINES", options)?;
    let options = UploadOptions {
        concurrency: concurrency.parse()?,
        part_size: part_size.parse()?,
        bytes_per_second: first.parse()?,
        ..UploadOptions::default()
    };
    let (mut retries, mut samples, begin) = (0, Vec::new(), Instant::now());
    let mut watch = |progress: &ferry::transfer::progress::Snapshot| {
        retries = progress.retries;
        let now = begin.elapsed();
        if samples.last().is_none_or(|(then, _)| now - *then >= SAMPLE) {
            samples.push((now, progress.bytes_done));
        }
        true
    };
    match work {
        ["upload", file] => {
            let upload = Upload::of_file(&client, file, options)?;
            let then: u64 = then.parse()?;
            let mut watch = |progress: &_| {
                if begin.elapsed() >= CHANGE {
                    upload.lifecycle().control().limit(then);
                }
                watch(progress)
            };
            upload.run(Some(&mut watch))?;
        }
        ["batch", folder] => batch(&client, folder, options)?.run(Some(&mut watch), None)?,
        ["there", file, back] => {
            let upload = Upload::of_file(&client, file, options)?;
            upload.run(Some(&mut watch))?;
            upload.filelink()?.download(back, &Default::default(), None)?;
        }
        _ => return Err(format!("unknown work {work:?}").into()),
    }
    let samples: Vec<Value> =
        samples.into_iter().map(|(time, bytes)| json!([time.as_secs_f64(), bytes])).collect();
    println!("{}", json!({"peak": peak()?, "retries": retries, "samples": samples}));
    Ok(())
}

fn batch(client: &Arc<Client>, folder: &str, options: UploadOptions) -> Result<Batch> {
    let mut items = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        items.push(Item { path: entry?.path().display().to_string(), options: None });
    }
    items.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Batch::new(client, items, options)?)
}

/// The most memory that this process has held, in KiB.
fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmHWM in /proc/self/status")?
        .parse()?)
}
