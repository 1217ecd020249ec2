//! Uploads in the background beside fair ones: how long the packets of others wait, and what yielding costs
//! on an idle line.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::upload_as;
use crate::Result;
use crate::cell::Cell;
use crate::client::Manner;
use crate::cloud::Peer;
use crate::data;
use crate::network::Network;
use crate::options::Way;
use crate::tell::tell;
use crate::verdict::Verdict;

/// As many bytes as the line carries in so many seconds.
const SECONDS: u64 = 20;

/// Between two packets of a probe.
const STEP: Duration = Duration::from_millis(10);

/// How much longer 95 % of the packets may take, in milliseconds.
const MOST: f64 = 50.0;

/// What yielding may cost, of the time.
const COST: f64 = 1.1;

pub fn run(way: &Way) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for (rate, round_trip) in [(20, 60), (100, 80), (100, 200)] {
        let cell = Cell { rate, round_trip: Duration::from_millis(round_trip), loss: 0.0 };
        let [fair, own] = [false, true].map(|is_in_background| one(is_in_background, &cell, way));
        let ((fair_took, fair_added), (took, added)) = (fair?, own?);
        verdicts.push(Verdict {
            kept: added <= MOST,
            text: format!(
                "in the background, {cell}: a packet of others takes {added:.0} ms more at the 95th percentile, at \
                 most {MOST:.0}; beside a fair upload {fair_added:.0} ms"
            ),
        });
        verdicts.push(Verdict {
            kept: took <= COST * fair_took,
            text: format!(
                "in the background, {cell}: {took:.1} s instead of {fair_took:.1} s on an idle line, at most {:.0} %",
                100.0 * COST
            ),
        });
    }
    Ok(verdicts)
}

/// Seconds that an upload takes, and milliseconds that 19 of 20 packets of a probe take more at most.
fn one(is_in_background: bool, cell: &Cell, way: &Way) -> Result<(f64, f64)> {
    let folder = data::folder()?;
    let file = data::file(folder.path(), cell.rate * 1_000_000 / 8 * SECONDS)?;
    let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
    let peer = Peer::start(&network, folder.path(), false)?;
    let manner = Manner { is_in_background, ..Manner::default() };
    let is_over = AtomicBool::new(false);
    let (ended, times) = thread::scope(|scope| {
        let probe = scope.spawn(|| probe(&network, &is_over));
        tell(&format!("{cell}, {}", if is_in_background { "in the background" } else { "fair" }));
        let ended = upload_as(manner, &network, &peer, cell, &file, |_| Ok(()));
        is_over.store(true, Ordering::Relaxed);
        Ok::<_, crate::Error>((ended?.0, probe.join().unwrap_or(Err("a thread panicked".into()))?))
    })?;
    tell("");
    let late = times.get(times.len() * 95 / 100).ok_or("no packet of the probe came back")?;
    Ok((ended.seconds, 1e3 * (late.as_secs_f64() - cell.round_trip.as_secs_f64())))
}

/// How long packets take there and back, the shortest time first, until it is over.
fn probe(network: &Network, is_over: &AtomicBool) -> Result<Vec<Duration>> {
    let socket = |address: Ipv4Addr| Ok(UdpSocket::bind((address, 0))?);
    let far = network.far.within(|| socket(network.far.address))?;
    let near = network.near.within(|| socket(network.near.address))?;
    near.connect(far.local_addr()?)?;
    for socket in [&near, &far] {
        socket.set_read_timeout(Some(Duration::from_millis(500)))?;
    }
    let begin = Instant::now();
    let is_open = || !is_over.load(Ordering::Relaxed);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut bytes = [0; 8];
            while is_open() {
                if let Ok((_, from)) = far.recv_from(&mut bytes) {
                    let _ = far.send_to(&bytes, from);
                }
            }
        });
        scope.spawn(|| {
            while is_open() {
                let now = begin.elapsed().as_micros() as u64;
                let _ = near.send(&now.to_ne_bytes());
                thread::sleep(STEP);
            }
        });
        let (mut times, mut bytes) = (Vec::new(), [0; 8]);
        while is_open() {
            if near.recv(&mut bytes).is_ok() {
                let then = Duration::from_micros(u64::from_ne_bytes(bytes));
                times.push(begin.elapsed().saturating_sub(then));
            }
        }
        times.sort();
        Ok(times)
    })
}
