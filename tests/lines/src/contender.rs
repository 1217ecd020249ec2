//! Who carries the bytes of a file over a line, and how one transfer is measured.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::Result;
use crate::bare;
use crate::cell::Cell;
use crate::client::{self, Manner, Work};
use crate::cloud::Peer;
use crate::network::Network;
use crate::options::Way;
use crate::process;
use crate::pump::Traffic;
use crate::sdk::Sdk;

/// How many connections bare TCP is measured with; the best one counts.
pub const BARE: [u64; 2] = [8, 16];

/// The fixed settings that the defaults are compared with.
const CONCURRENCIES: [u32; 4] = [4, 8, 16, 32];
const PART_SIZES: [u64; 2] = [5 << 20, 16 << 20];

/// The most that a transfer may take: so many times what the line would take for its bytes, and a minute.
const PATIENCE: f64 = 20.0;
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// TCP over so many connections.
    Bare(u64),
    Ferry(Manner),
    /// A vendor's SDK as it comes.
    Vendor(Sdk),
}

/// Ferry as it comes.
pub const DEFAULTS: Contender =
    Contender::Ferry(Manner { concurrency: 0, part_size: 0, limits: [0; 2], is_in_background: false });

impl Contender {
    /// All fixed settings, or the middle of them.
    pub fn fixed(quick: bool) -> Vec<Contender> {
        let concurrencies = if quick { &CONCURRENCIES[1..3] } else { &CONCURRENCIES[..] };
        let manners = concurrencies.iter().flat_map(|concurrency| {
            PART_SIZES.map(|part_size| Manner { concurrency: *concurrency, part_size, ..Manner::default() })
        });
        manners.map(Contender::Ferry).collect()
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contender::Bare(connections) => write!(f, "TCP × {connections}"),
            Contender::Ferry(Manner { concurrency: 0, part_size: 0, .. }) => f.write_str("defaults"),
            Contender::Ferry(Manner { concurrency, part_size, .. }) => {
                write!(f, "{concurrency}×{} MiB", part_size >> 20)
            }
            Contender::Vendor(sdk) => write!(f, "{sdk}"),
        }
    }
}

/// One transfer.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub seconds: f64,
    pub traffic: Traffic,
}

/// Carries a file over a new line.
pub fn measure(contender: Contender, cell: &Cell, file: &Path, way: &Way) -> Result<Measured> {
    let bytes = std::fs::metadata(file)?.len();
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let seconds = match contender {
        Contender::Bare(connections) => bare::run(&network, connections, bytes)?.as_secs_f64(),
        Contender::Ferry(manner) => {
            let folder = tempfile::tempdir()?;
            let peer = Peer::start(&network, folder.path(), false)?;
            let command = client::command(&peer, Work::Upload(file), manner)?;
            process::run(&network, command, patience(cell, bytes))?.seconds
        }
        Contender::Vendor(sdk) => {
            let folder = tempfile::tempdir()?;
            let peer = Peer::start(&network, folder.path(), false)?;
            let command = sdk.command(&peer.url, &peer.ca, file)?;
            let ended = process::run(&network, command, patience(cell, bytes))?;
            sdk.check(&ended.said, bytes)?;
            // Starting an interpreter says nothing about the line.
            ended.sending
        }
    };
    Ok(Measured { seconds, traffic: network.pump.stop()? })
}

pub fn patience(cell: &Cell, bytes: u64) -> Duration {
    MINUTE + Duration::from_secs_f64(PATIENCE * cell.ideal(bytes))
}
