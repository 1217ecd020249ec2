//! What happens to uploads on a line that does not stay the same, or with unusual work.

mod background;
mod disturbed;
mod limit;
mod share;
mod small;
mod steady;
mod straggler;

use std::path::Path;
use std::time::Duration;

use crate::Result;
use crate::cell::Cell;
use crate::client::{self, Manner, Told, Work};
use crate::cloud::Peer;
use crate::contender::patience;
use crate::network::Network;
use crate::options::Task;
use crate::process::{self, Ended};
use crate::{carry, ideal, verdict};

/// Does a task; whether its promises are kept.
pub fn run(task: &Task) -> Result<bool> {
    let verdicts = match task {
        Task::Ideal { cell, way } => return ideal::run(cell, way),
        Task::Carry { file, back, cell, way } => return carry::run(file, back, cell, way),
        Task::Outage(way) => disturbed::outage(way)?,
        Task::Route(way) => disturbed::route(way)?,
        Task::Storm(way) => disturbed::storm(way)?,
        Task::Straggler(way) => straggler::run(way)?,
        Task::Small { files, way } => small::run(*files, way)?,
        Task::Share(way) => share::run(way)?,
        Task::Steady(way) => steady::run(way)?,
        Task::Limit(way) => limit::run(way)?,
        Task::Background(way) => background::run(way)?,
    };
    Ok(verdict::print(&verdicts))
}

/// 100 Mbit/s, no loss.
fn line(round_trip: u64) -> Cell {
    Cell { rate: 100, round_trip: Duration::from_millis(round_trip), loss: 0.0 }
}

/// Ferry as it comes uploads a file; `watch` is called again and again with the time since the start.
fn upload(
    network: &Network,
    peer: &Peer<'_>,
    cell: &Cell,
    file: &Path,
    watch: impl FnMut(Duration) -> Result<()>,
) -> Result<(Ended, Told)> {
    upload_as(Manner::default(), network, peer, cell, file, watch)
}

/// The same with these settings.
fn upload_as(
    manner: Manner,
    network: &Network,
    peer: &Peer<'_>,
    cell: &Cell,
    file: &Path,
    watch: impl FnMut(Duration) -> Result<()>,
) -> Result<(Ended, Told)> {
    let command = client::command(peer, Work::Upload(file), manner)?;
    let limit = patience(cell, std::fs::metadata(file)?.len());
    let ended = process::watched(network, command, limit, watch)?;
    let told = Told::parse(&ended.said)?;
    Ok((ended, told))
}
