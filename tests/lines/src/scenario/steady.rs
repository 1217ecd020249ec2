//! A minute of upload: how soon it is fast, and how even it stays.

use super::{line, upload};
use crate::Result;
use crate::cloud::Peer;
use crate::data;
use crate::network::Network;
use crate::options::Way;
use crate::tell::tell;
use crate::verdict::Verdict;

/// A minute at 100 Mbit/s, about.
const BYTES: u64 = 700 << 20;
/// What counts as fast, of the steady rate.
const FAST: f64 = 0.8;
/// Seconds after which it has to be, and ten round trips.
const SOON: f64 = 2.0;
/// The seconds at the end that are not judged: there is less to send than could be.
const END: usize = 4;
/// How far a second may be from their mean, of it.
const NEAR: f64 = 0.1;
/// Seconds over which a rate is taken.
const WINDOW: f64 = 0.5;

pub fn run(way: &Way) -> Result<Vec<Verdict>> {
    let cell = line(80);
    let folder = data::folder()?;
    let file = data::file(folder.path(), BYTES)?;
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let peer = Peer::start(&network, folder.path(), false)?;
    // Bytes that have come, each with its time.
    let mut come = vec![(0.0, 0)];
    upload(&network, &peer, &cell, &file, |time| {
        let time = time.as_secs_f64();
        if come.last().is_none_or(|(last, _)| time - last >= 0.05) {
            come.push((time, network.pump.delivered()));
            tell(&format!(
                "a minute of upload: {time:.0} s, {} MiB have come",
                network.pump.delivered() >> 20
            ));
        }
        Ok(())
    })?;
    tell("");
    // Bytes a second until `end`.
    let by =
        |time: f64| come.iter().take_while(|(then, _)| *then <= time).last().map_or(0, |(_, bytes)| *bytes);
    let rate = |end: f64, window: f64| (by(end) - by(end - window)) as f64 / window;
    let seconds = come.last().map_or(0.0, |(time, _)| time.floor()) as u32;
    let rates: Vec<f64> = (1..=seconds).map(|second| rate(f64::from(second), 1.0)).collect();
    let mbit = |rate: f64| rate * 8.0 / 1e6;
    println!("Mbit/s of packets that come, second by second, {cell}:");
    for line in rates.chunks(20) {
        println!("  {}", line.iter().map(|rate| format!("{:4.0}", mbit(*rate))).collect::<String>());
    }
    let middle = rates.get(5..rates.len().saturating_sub(END)).unwrap_or_default();
    let steady = middle.iter().sum::<f64>() / middle.len() as f64;
    let off = middle.iter().map(|rate| (rate / steady - 1.0).abs()).fold(0.0, f64::max);
    let times = come.iter().map(|(time, _)| *time).filter(|time| *time >= WINDOW);
    let fast = times.into_iter().find(|time| rate(*time, WINDOW) >= FAST * steady).unwrap_or(f64::NAN);
    let soon = SOON + 10.0 * cell.round_trip.as_secs_f64();
    let text =
        format!("{cell}: 80 % of the steady {:.0} Mbit/s after {fast:.1} s, at most {soon:.1}", mbit(steady));
    let even = format!(
        "{cell}: from the sixth second on, no second is more than {:.0} % from the mean, at most {:.0}",
        100.0 * off,
        100.0 * NEAR
    );
    Ok(vec![Verdict { kept: fast <= soon, text }, Verdict { kept: off <= NEAR, text: even }])
}
