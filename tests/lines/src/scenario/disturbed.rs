//! A line that dies and comes back, a route that changes, a burst of loss: nothing fails, and no more is sent
//! again than the parts that were under way.

use std::time::Duration;

use super::{line, upload};
use crate::Result;
use crate::cell::Cell;
use crate::changes::{Change, Changes};
use crate::cloud::Peer;
use crate::data;
use crate::line::Settings;
use crate::network::Network;
use crate::options::Way;
use crate::tell::tell;
use crate::verdict::Verdict;

/// When it happens, and how long a file takes that is disturbed in its middle.
const MIDDLE: Duration = Duration::from_secs(4);
const BYTES: u64 = 96 << 20;

/// How long the line is dead.
const DEAD: Duration = Duration::from_secs(30);

/// The burst of loss.
const STORM: Duration = Duration::from_secs(3);
const HEAVY: f64 = 0.2;

pub fn outage(way: &Way) -> Result<Vec<Verdict>> {
    let cell = line(80);
    run("an outage of 30 s", &cell, Changes::default().outage(MIDDLE, DEAD, cell.settings()), DEAD, way)
}

pub fn route(way: &Way) -> Result<Vec<Verdict>> {
    let cell = line(20);
    let longer = cell.settings().map(|settings| Settings { delay: settings.delay * 5, ..settings });
    let changes = Changes::default().at(MIDDLE, Change::Set(longer));
    run("a round trip that becomes 5 times as long", &cell, changes, Duration::ZERO, way)
}

pub fn storm(way: &Way) -> Result<Vec<Verdict>> {
    let (cell, usual) = (line(80), line(80).settings());
    let [there, back] = usual;
    let heavy = Change::Set([Settings { loss: HEAVY, ..there }, back]);
    let changes = Changes::default().at(MIDDLE, heavy).at(MIDDLE + STORM, Change::Set(usual));
    run("20 % of loss for 3 s", &cell, changes, Duration::ZERO, way)
}

fn run(what: &str, cell: &Cell, changes: Changes, dead: Duration, way: &Way) -> Result<Vec<Verdict>> {
    let folder = data::folder()?;
    let file = data::file(folder.path(), BYTES)?;
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let peer = Peer::start(&network, folder.path(), false)?;
    network.pump.schedule(changes);
    let (mut second, mut most) = (0, 0);
    let done = upload(&network, &peer, cell, &file, |time| {
        // Not at every look, for the cloud counts its answers too.
        if time.as_secs() > second {
            second = time.as_secs();
            tell(&format!("{what}, {cell}: {second} s, {} MiB have come", network.pump.delivered() >> 20));
            most = most.max(peer.parts()?.under_way());
        }
        Ok(())
    });
    tell("");
    let parts = peer.parts()?;
    let (ended, told) = match done {
        Ok(done) => done,
        Err(error) => {
            let text =
                format!("{what}, {cell}: no failure, but {error}; {} MiB had come", parts.received >> 20);
            return Ok(vec![Verdict { kept: false, text }]);
        }
    };
    let again = parts.received.saturating_sub(BYTES);
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{what}, {cell}, {:.0} MiB: {:.1} s (the line alone takes {:.1} s), {} retries",
        mib(BYTES),
        ended.seconds,
        cell.ideal(BYTES) + dead.as_secs_f64(),
        told.retries
    );
    Ok(vec![
        Verdict { kept: true, text: format!("{what}: no failure") },
        Verdict {
            kept: again <= most,
            text: format!(
                "{what}: {:.1} MiB sent again, at most what was under way, {:.1}",
                mib(again),
                mib(most)
            ),
        },
    ])
}
