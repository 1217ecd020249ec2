//! Uploads with a limit that is changed half-way: what comes in each second, on the line.

use std::time::Duration;

use super::upload_as;
use crate::Result;
use crate::cell::Cell;
use crate::client::{CHANGE, Manner};
use crate::cloud::Peer;
use crate::data;
use crate::network::Network;
use crate::options::Way;
use crate::tell::tell;
use crate::verdict::Verdict;

const MB: u64 = 1_000_000;

/// Bytes a second, before and after the change.
const LIMITS: [[u64; 2]; 3] = [[MB, 10 * MB], [10 * MB, 50 * MB], [50 * MB, MB]];

/// How far a second may be from the limit.
const NEAR: f64 = 0.02;

/// A second of its own begins every so often.
const STEP: f64 = 0.1;

/// The first second does not count, nor what the start of a process takes of the next.
const BEGIN: f64 = 1.5;

/// Seconds after the change.
const AFTER: f64 = 7.0;

/// Around the change the callback is late by up to half a second, and the line by a round trip.
const AROUND: f64 = 0.7;

pub fn run(way: &Way) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for limits in LIMITS {
        one(limits, way, &mut verdicts)?;
    }
    Ok(verdicts)
}

fn one(limits: [u64; 2], way: &Way, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let cell = Cell { rate: 500, round_trip: Duration::from_millis(20), loss: 0.0 };
    let change = CHANGE.as_secs_f64();
    let [before, after] = limits.map(|limit| limit as f64);
    let folder = data::folder()?;
    // Headers take a part of the bytes on the line, so this is enough for all seconds.
    let file = data::file(folder.path(), (before * change + after * (AFTER + 1.0)) as u64)?;
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let peer = Peer::start(&network, folder.path(), false)?;
    let mut come = vec![(0.0, 0)];
    let manner = Manner { limits, ..Manner::default() };
    upload_as(manner, &network, &peer, &cell, &file, |time| {
        come.push((time.as_secs_f64(), network.pump.delivered()));
        tell(&format!("{} MB/s, then {}: {:.0} s", limits[0] / MB, limits[1] / MB, time.as_secs_f64()));
        Ok(())
    })?;
    tell("");
    let by = |time: f64| {
        let next = come.partition_point(|(then, _)| *then < time).min(come.len() - 1);
        let ((t0, b0), (t1, b1)) = (come[next.saturating_sub(1)], come[next]);
        let share = if t1 > t0 { ((time - t0) / (t1 - t0)).clamp(0.0, 1.0) } else { 1.0 };
        b0 as f64 + (b1 - b0) as f64 * share
    };
    let spans = [(BEGIN, change - AROUND, before), (change + AROUND, change + AFTER, after)];
    for (from, to, limit) in spans {
        let begins = (0..).map(|step| from + f64::from(step) * STEP).take_while(|begin| begin + 1.0 <= to);
        let seconds: Vec<f64> = begins.map(|begin| (by(begin + 1.0) - by(begin)) / limit).collect();
        let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let most = seconds.iter().copied().fold(0.0, f64::max);
        verdicts.push(Verdict {
            kept: !seconds.is_empty() && least >= 1.0 - NEAR && most <= 1.0 + NEAR,
            text: format!(
                "a limit of {} MB/s: every second has {:.1} to {:.1} % of it, within 2 %",
                limit / MB as f64,
                100.0 * least,
                100.0 * most
            ),
        });
    }
    Ok(())
}
