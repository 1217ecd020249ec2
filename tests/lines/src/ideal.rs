//! What the emulator itself can carry, and what it takes of a processor.

use crate::Result;
use crate::bare;
use crate::cell::Cell;
use crate::contender::BARE;
use crate::network::Network;
use crate::options::Way;

/// As many bytes as the line carries in so many seconds.
const SECONDS: u64 = 10;

pub fn run(cell: &Cell, way: &Way) -> Result<bool> {
    for connections in [1].into_iter().chain(BARE) {
        let network = Network::open(cell.settings(), &way.congestion, way.seed)?;
        let bytes = cell.rate * 1_000_000 / 8 * SECONDS;
        let seconds = bare::run(&network, connections, bytes)?.as_secs_f64();
        let traffic = network.pump.stop()?;
        let [there, back] = traffic.counts;
        println!(
            "{cell}, {connections} connections: {:.0} Mbit/s, {:.0} + {:.0} packets/s, {:.0} % of one processor, \
             {} dropped, {} lost, {:.2} % more than 1 ms late",
            bytes as f64 * 8.0 / 1e6 / seconds,
            there.delivered as f64 / seconds,
            back.delivered as f64 / seconds,
            100.0 * traffic.cpu.as_secs_f64() / seconds,
            there.dropped + back.dropped,
            there.lost + back.lost,
            100.0 * traffic.late as f64 / (there.delivered + back.delivered).max(1) as f64
        );
    }
    Ok(true)
}
