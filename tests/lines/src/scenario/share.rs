//! Two uploads at once over one line: who gets what until the first has ended.

use std::thread;

use super::{line, upload};
use crate::Result;
use crate::cloud::Peer;
use crate::data;
use crate::network::Network;
use crate::options::Way;
use crate::tell::tell;
use crate::verdict::Verdict;

const BYTES: u64 = 96 << 20;

/// The most that one of them may have, of what both have.
const MOST: f64 = 0.6;

pub fn run(way: &Way) -> Result<Vec<Verdict>> {
    let cell = line(80);
    let folder = data::folder()?;
    let file = data::file(folder.path(), BYTES)?;
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let peer = Peer::start(&network, folder.path(), false)?;
    tell("two uploads at once");
    let (network, peer, file) = (&network, &peer, &file);
    let (one, other) = thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(move || upload(network, peer, &cell, file, |_| Ok(()))));
        let [one, other] = both.map(|thread| thread.join().unwrap_or(Err("a thread panicked".into())));
        Ok::<_, crate::Error>((one?, other?))
    })?;
    tell("");
    let end = one.0.seconds.min(other.0.seconds);
    let done = [one, other].map(|(_, told)| told.done_by(end) as f64);
    let sum: f64 = done.iter().sum();
    let larger = done[0].max(done[1]) / sum;
    let text = format!(
        "two uploads of 96 MiB at once, {cell}: the first ends after {end:.1} s; they have {:.0} % and {:.0} % of \
         {:.0} MiB, one of them at most {:.0} %",
        100.0 * done[0] / sum,
        100.0 * done[1] / sum,
        sum / f64::from(1 << 20),
        100.0 * MOST
    );
    Ok(vec![Verdict { kept: larger <= MOST, text }])
}
