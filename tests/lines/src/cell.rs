//! A line to be measured: rate, round trip and loss.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::line::Settings;

const MBIT: u64 = 1_000_000;
const MIB: u64 = 1 << 20;

/// A transfer is to take about this many seconds, but a file has from [`LEAST`] to [`MOST`] MiB. A part has
/// at least 5 MiB (S3): with fewer than 16 parts an upload could not have as many connections as bare TCP.
const SECONDS: u64 = 10;
const LEAST: u64 = 80;
const MOST: u64 = 192;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Mbit/s.
    pub rate: u64,
    pub round_trip: Duration,
    /// Percent of the packets on the way there.
    pub loss: f64,
}

impl Cell {
    /// All that promises are made of.
    pub fn all() -> Vec<Cell> {
        let mut cells = Vec::new();
        for rate in [20, 100, 500] {
            for round_trip in [20, 80, 200] {
                for loss in [0.0, 0.1, 1.0] {
                    cells.push(Cell { rate, round_trip: Duration::from_millis(round_trip), loss });
                }
            }
        }
        cells
    }

    /// Those that differ most.
    pub fn few() -> Vec<Cell> {
        let cell =
            |rate, round_trip, loss| Cell { rate, round_trip: Duration::from_millis(round_trip), loss };
        vec![cell(20, 80, 1.0), cell(100, 20, 0.0), cell(100, 200, 0.1), cell(500, 80, 0.0)]
    }

    /// There and back. Packets are lost on the way there only, where the data goes.
    pub fn settings(&self) -> [Settings; 2] {
        [self.loss / 100.0, 0.0].map(|loss| Settings::new(self.rate * MBIT, self.round_trip, loss))
    }

    /// Bytes of a file that fits, in whole MiB.
    pub fn size(&self) -> u64 {
        (self.rate * MBIT / 8 * SECONDS).div_ceil(MIB).clamp(LEAST, MOST) * MIB
    }

    /// Seconds that the bottleneck takes for so many bytes.
    pub fn ideal(&self, bytes: u64) -> f64 {
        bytes as f64 * 8.0 / (self.rate * MBIT) as f64
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Mbit/s, {} ms, {} %", self.rate, self.round_trip.as_millis(), self.loss)
    }
}

impl FromStr for Cell {
    type Err = String;

    fn from_str(text: &str) -> Result<Cell, String> {
        let parsed = || {
            let mut words = text.split('/');
            let (rate, delay, loss) = (words.next()?, words.next()?, words.next()?);
            let (rate, delay): (u64, f64) = (rate.parse().ok()?, delay.parse().ok()?);
            let loss: f64 = loss.parse().ok()?;
            let fits = words.next().is_none() && (1..=100_000).contains(&rate);
            let fits = fits && (0.0..=100_000.0).contains(&delay) && (0.0..=100.0).contains(&loss);
            fits.then(|| Cell { rate, round_trip: Duration::from_secs_f64(delay / 1e3), loss })
        };
        parsed()
            .ok_or_else(|| "a line is RATE/DELAY/LOSS in Mbit/s, ms and %, for example 100/80/0.1".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read() {
        let cell: Cell = "100/80/0.1".parse().expect("a line");
        assert_eq!(cell, Cell { rate: 100, round_trip: Duration::from_millis(80), loss: 0.1 });
        assert_eq!(cell.to_string(), "100 Mbit/s, 80 ms, 0.1 %");
        let [there, back] = cell.settings();
        assert_eq!((there.rate, there.loss, there.queue), (100_000_000, 0.001, 1_000_000));
        assert_eq!((there.delay + back.delay, back.loss), (cell.round_trip, 0.0));
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for text in
            ["", "100", "100/80", "100/80/0.1/1", "0/80/0", "100/-1/0", "100/80/101", "a/b/c", "1/NaN/0"]
        {
            assert!(text.parse::<Cell>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_takes_about_ten_seconds_but_has_from_80_to_192_mib() {
        let size = |text: &str| text.parse::<Cell>().expect("a line").size() / MIB;
        assert_eq!((size("20/20/0"), size("100/20/0"), size("500/20/0")), (80, 120, 192));
    }

    #[test]
    fn there_are_27_cells() {
        assert_eq!(Cell::all().len(), 27);
    }
}
