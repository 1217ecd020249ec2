//! What the program is told.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::cell::Cell;

/// How fast uploads are on long lines, beside what bare TCP makes of the same line.
///
/// Without a task it measures cells: for each line bare TCP, Ferry as it comes, Ferry with fixed settings,
/// and the vendors' SDKs. It ends with 1 if a promise is missed, and with 77 where the system allows no line.
#[derive(Parser)]
#[command(name = "lines", args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    pub task: Option<Task>,
    #[command(flatten)]
    pub cells: Cells,
}

/// What happens on the way, other than packets and time.
#[derive(Args, Clone)]
pub struct Way {
    /// Seed of what is lost at random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// What TCP at both ends uses, one that the kernel has
    #[arg(long, value_name = "NAME", default_value = "cubic")]
    pub congestion: String,
}

#[derive(Args, Clone)]
pub struct Cells {
    /// A line to measure: Mbit/s, round trip in ms, loss in %; may be repeated
    #[arg(long = "cell", value_name = "RATE/DELAY/LOSS")]
    pub cells: Vec<Cell>,
    /// Four lines that differ most, and only the middle of the fixed settings
    #[arg(long)]
    pub quick: bool,
    /// How often everything is measured; a figure is the median
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Leaves out the vendors' SDKs
    #[arg(long)]
    pub no_vendors: bool,
    /// Measures only bare TCP and Ferry as it comes
    #[arg(long)]
    pub no_sweep: bool,
    /// Draws the figures of Ferry as it comes and of the SDKs into this file (SVG)
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    #[command(flatten)]
    pub way: Way,
}

#[derive(Subcommand, Clone)]
pub enum Task {
    /// What the emulator itself can carry: bare TCP, 1 Gbit/s, 1 ms
    Ideal {
        /// Another line
        #[arg(long, value_name = "RATE/DELAY/LOSS", default_value = "1000/2/0")]
        cell: Cell,
        #[command(flatten)]
        way: Way,
    },
    /// Uploads FILE over a line, fetches it into BACK, and prints what happened as JSON
    Carry {
        file: PathBuf,
        back: PathBuf,
        #[arg(long, value_name = "RATE/DELAY/LOSS", default_value = "20/40/1")]
        cell: Cell,
        #[command(flatten)]
        way: Way,
    },
    /// The line dies for 30 s and comes back
    Outage(Way),
    /// The round trip becomes five times as long half-way
    Route(Way),
    /// A burst of heavy loss
    Storm(Way),
    /// One connection is cut to a tenth of its rate
    Straggler(Way),
    /// 10,000 files of 10 KiB as one batch, 100 ms
    Small {
        /// So many files
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        files: u64,
        #[command(flatten)]
        way: Way,
    },
    /// Two uploads at once: who gets what
    Share(Way),
    /// A minute of upload, second by second
    Steady(Way),
    /// Uploads with a limit that is changed half-way: whether every second has what it allows
    Limit(Way),
    /// An upload in the background: how long packets of others wait, and what that costs on an idle line
    Background(Way),
}
