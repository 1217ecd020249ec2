//! One upload and back, for a test to look at.

use std::path::Path;

use serde_json::json;

use crate::Result;
use crate::cell::Cell;
use crate::client::{self, Manner, Work};
use crate::cloud::Peer;
use crate::contender::patience;
use crate::data;
use crate::network::Network;
use crate::options::Way;
use crate::process;

/// Uploads `file`, fetches what is stored into `back`, and prints what the cloud has and what the line did.
pub fn run(file: &Path, back: &Path, cell: &Cell, way: &Way) -> Result<bool> {
    let folder = data::folder()?;
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let peer = Peer::start(&network, folder.path(), true)?;
    let command = client::command(&peer, Work::There(file, back), Manner::default())?;
    let ended = process::run(&network, command, 2 * patience(cell, std::fs::metadata(file)?.len()))?;
    let files = peer.files()?;
    drop(peer);
    let [there, back] = network.pump.stop()?.counts;
    let told = json!({
        "seconds": ended.seconds,
        "files": files,
        "delivered": there.delivered + back.delivered,
        "delivered_bytes": there.delivered_bytes + back.delivered_bytes,
        "dropped": there.dropped + back.dropped,
        "lost": there.lost + back.lost,
    });
    println!("{told}");
    Ok(true)
}
