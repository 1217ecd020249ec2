//! Many small files as one batch.

use std::time::Duration;

use super::line;
use crate::Result;
use crate::client::{self, Manner, Told, Work};
use crate::cloud::Peer;
use crate::data;
use crate::network::Network;
use crate::options::Way;
use crate::process;
use crate::tell::tell;
use crate::verdict::Verdict;

const BYTES: u64 = 10 << 10;
/// Files a second at least.
const LEAST: f64 = 300.0;
/// MiB of memory at most.
const MOST: f64 = 48.0;
/// So few files a second are too few to wait for.
const SLOWEST: u64 = 5;

pub fn run(files: u64, way: &Way) -> Result<Vec<Verdict>> {
    let cell = line(100);
    let folder = data::folder()?;
    let sent = data::files(folder.path(), files, BYTES)?;
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let peer = Peer::start(&network, folder.path(), false)?;
    let command = client::command(&peer, Work::Batch(&sent), Manner::default())?;
    let limit = Duration::from_secs(60 + files / SLOWEST);
    let mut second = 0;
    let ended = process::watched(&network, command, limit, |time| {
        if time.as_secs() > second {
            second = time.as_secs();
            tell(&format!("small files: {second} s, {} KiB have come", network.pump.delivered() >> 10));
        }
        Ok(())
    })?;
    tell("");
    let told = Told::parse(&ended.said)?;
    let (rate, memory) = (files as f64 / ended.seconds, told.peak as f64 / 1024.0);
    let connections = peer.connections()?;
    println!(
        "{files} files of 10 KiB, {cell}: {:.1} s, {connections} connections, {} retries",
        ended.seconds, told.retries
    );
    Ok(vec![
        Verdict { kept: rate >= LEAST, text: format!("small files: {rate:.0} a second, at least {LEAST}") },
        Verdict {
            kept: memory <= MOST,
            text: format!("small files: {memory:.1} MiB of memory, at most {MOST}"),
        },
    ])
}
