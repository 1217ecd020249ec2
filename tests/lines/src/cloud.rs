//! The local cloud in a process of its own at the far end of a line.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use localcloud::{Cloud, Options, StorageKind};
use serde_json::{Value, json};

use crate::namespace::Namespace;
use crate::network::Network;
use crate::sdk;
use crate::{Error, Result};

/// The first word of the process.
pub const ROLE: &str = "--cloud";

/// The process: says where it is and serves until its input ends.
pub fn main(words: &[OsString]) -> Result<()> {
    let [address, ca, storage] = words else {
        return Err("the cloud wants an address, a file and a storage".into());
    };
    let address = address.to_string_lossy().into_owned();
    let names = sdk::HOSTS.map(String::from).into_iter().chain([address.clone()]);
    let cloud = Cloud::start(Options {
        https: Some((address.parse::<std::net::Ipv4Addr>()?, 0).into()),
        ca_out: Some(ca.into()),
        tls_names: names.collect(),
        storage: if storage == "s3" { StorageKind::S3 } else { StorageKind::Null },
        ..Options::default()
    })?;
    println!("{}", json!({"https": cloud.https_url(), "http": cloud.http_url()}));
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The cloud at the far end of a line. It ends when this is dropped.
pub struct Peer<'a> {
    /// As the near end sees it.
    pub url: String,
    pub ca: PathBuf,
    far: &'a Namespace,
    /// As the far end sees it, without TLS.
    control: String,
    process: Child,
}

impl Peer<'_> {
    /// Starts it; its authority goes into the folder. It keeps the bytes that it takes, or only counts them.
    pub fn start<'a>(network: &'a Network, folder: &Path, keeps: bool) -> Result<Peer<'a>> {
        let (far, ca) = (&network.far, folder.join("ca.pem"));
        let mut process = far.within(|| {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg(ROLE).arg(far.address.to_string()).arg(&ca).arg(if keeps { "s3" } else { "null" });
            Ok(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?)
        })?;
        let mut said = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        let said: Value = serde_json::from_str(&said).map_err(|_| "the local cloud did not start")?;
        let address = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        Ok(Peer { url: address("https"), control: address("http"), far, ca, process })
    }

    /// What the cloud tells of itself under `/_local/`.
    fn ask(&self, what: &str) -> Result<Value> {
        let url = format!("{}/_local/{what}", self.control);
        let text = self.far.within(|| {
            let mut answer = ureq::get(url).call().map_err(Error::from)?;
            Ok(answer.body_mut().with_config().limit(256 << 20).read_to_string()?)
        })?;
        Ok(serde_json::from_str(&text)?)
    }

    pub fn parts(&self) -> Result<Parts> {
        let requests = self.ask("requests")?;
        let mut parts = Parts::default();
        for put in requests.as_array().into_iter().flatten().filter(|request| request["method"] == "PUT") {
            let length =
                put["headers"]["content-length"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
            parts.received += put["received"].as_u64().unwrap_or(0);
            parts.largest = parts.largest.max(length);
        }
        parts.connections = self.ask("stats")?["open_connections"].as_u64().unwrap_or(0);
        Ok(parts)
    }

    /// The files that are stored.
    pub fn files(&self) -> Result<Value> {
        self.ask("files")
    }

    /// Connections that it has taken.
    pub fn connections(&self) -> Result<u64> {
        Ok(self.ask("stats")?["accepted_connections"].as_u64().unwrap_or(0))
    }
}

/// What the cloud knows of the parts of uploads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts {
    /// Bytes that it has taken, of parts that were sent twice too.
    pub received: u64,
    /// Connections that are open.
    pub connections: u64,
    /// Bytes of the largest part.
    pub largest: u64,
}

impl Parts {
    /// Bytes that can be under way at most: one part on each connection.
    pub fn under_way(&self) -> u64 {
        self.connections * self.largest
    }
}

impl Drop for Peer<'_> {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
