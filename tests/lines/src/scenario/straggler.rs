//! One connection is cut to a tenth of its rate.

use std::path::Path;
use std::time::Duration;

use super::{line, upload};
use crate::Result;
use crate::changes::{Change, Changes};
use crate::cloud::Peer;
use crate::data;
use crate::network::Network;
use crate::options::Way;
use crate::tell::tell;
use crate::verdict::Verdict;

const BYTES: u64 = 120 << 20;
const WHEN: Duration = Duration::from_secs(3);
const SHARE: f64 = 0.1;
/// The most that it may cost, as a factor of the time.
const MOST: f64 = 1.05;

pub fn run(way: &Way) -> Result<Vec<Verdict>> {
    let folder = data::folder()?;
    let file = data::file(folder.path(), BYTES)?;
    let usual = time(&file, Changes::default(), way)?;
    let cut = time(&file, Changes::default().at(WHEN, Change::Cut(SHARE)), way)?;
    tell("");
    let factor = cut / usual;
    let text = format!(
        "one connection cut to a tenth, {}, 120 MiB: {cut:.1} s is {factor:.2} x \
         the usual {usual:.1} s, at most {MOST}",
        line(80)
    );
    Ok(vec![Verdict { kept: factor <= MOST, text }])
}

fn time(file: &Path, changes: Changes, way: &Way) -> Result<f64> {
    let cell = line(80);
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let folder = data::folder()?;
    let peer = Peer::start(&network, folder.path(), false)?;
    let cuts = u64::from(changes != Changes::default());
    network.pump.schedule(changes);
    tell(if cuts == 0 { "straggler: the usual time" } else { "straggler: with one connection cut" });
    let (ended, _) = upload(&network, &peer, &cell, file, |_| Ok(()))?;
    if network.pump.traffic().cuts != cuts {
        return Err("no connection was cut: the upload was over too early".into());
    }
    Ok(ended.seconds)
}
