//! The table: every line, everybody.

use std::path::Path;

use crate::Result;
use crate::cell::Cell;
use crate::chart::{self, Group};
use crate::contender::{self, BARE, Contender, DEFAULTS, Measured};
use crate::data;
use crate::options::{Cells, Way};
use crate::sdk::Sdk;
use crate::table;
use crate::tell::tell;
use crate::verdict::{self, Verdict};

/// How much of the speed of the best fixed setting the defaults reach.
const OF_FIXED: f64 = 0.95;
/// How much of that of bare TCP they reach, where it takes [`LONG`] seconds or more.
const OF_BARE: f64 = 0.90;
const LONG: f64 = 10.0;
/// How much faster than every SDK they are, on lines with [`FAR`] ms of round trip or more.
const OF_SDK: f64 = 1.3;
const FAR: u128 = 80;
/// Packets that come more than 1 ms late, as a share: with more of them the machine was too busy to tell.
const LATE: f64 = 0.02;

/// What was measured on one line.
struct Row {
    cell: Cell,
    /// Of each contender the median of its seconds, or why there is none.
    times: Vec<(Contender, Result<f64>)>,
    late: f64,
}

impl Row {
    fn time(&self, contender: Contender) -> Option<f64> {
        let found = self.times.iter().find(|(other, _)| *other == contender)?;
        found.1.as_ref().ok().copied()
    }

    /// The best of those that are asked for.
    fn best(&self, wanted: impl Fn(Contender) -> bool) -> Option<(Contender, f64)> {
        let wanted = self.times.iter().filter(|(contender, _)| wanted(*contender));
        let times = wanted.filter_map(|(contender, time)| Some((*contender, *time.as_ref().ok()?)));
        times.min_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    fn bare(&self) -> Option<f64> {
        self.best(|contender| matches!(contender, Contender::Bare(_))).map(|(_, time)| time)
    }
}

pub fn run(options: &Cells) -> Result<bool> {
    let (vendors, missing) = if options.no_vendors { (Vec::new(), Vec::new()) } else { Sdk::found() };
    let cells = match (&options.cells[..], options.quick) {
        ([], false) => Cell::all(),
        ([], true) => Cell::few(),
        (cells, _) => cells.to_vec(),
    };
    let fixed = if options.no_sweep { Vec::new() } else { Contender::fixed(options.quick) };
    let uploaders: Vec<Contender> =
        [DEFAULTS].into_iter().chain(fixed).chain(vendors.into_iter().map(Contender::Vendor)).collect();
    let folder = data::folder()?;
    let mut rows = Vec::new();
    for (number, cell) in (1..).zip(&cells) {
        let size = cell.size();
        let file = data::file(folder.path(), size)?;
        let place = format!("line {number} of {}, {cell}", cells.len());
        rows.push(row(cell, &uploaders, &file, options, &place)?);
        std::fs::remove_file(file)?;
    }
    tell("");
    print(&rows, &uploaders, options);
    if let Some(file) = &options.chart {
        std::fs::write(file, picture(&rows, options))?;
    }
    let verdicts: Vec<Verdict> = rows.iter().flat_map(verdicts).collect();
    let kept = verdict::print(&verdicts);
    for text in missing {
        println!("------  {text}");
    }
    Ok(kept)
}

fn row(cell: &Cell, uploaders: &[Contender], file: &Path, options: &Cells, place: &str) -> Result<Row> {
    let contenders: Vec<Contender> = BARE.map(Contender::Bare).iter().chain(uploaders).copied().collect();
    let mut rounds: Vec<(Contender, Result<Vec<f64>>)> =
        contenders.iter().map(|c| (*c, Ok(Vec::new()))).collect();
    let (mut late, mut packets) = (0, 0);
    for round in 1..=options.rounds {
        let way = Way { seed: options.way.seed.wrapping_add(u64::from(round) - 1), ..options.way.clone() };
        for (contender, times) in &mut rounds {
            let Ok(known) = times else { continue };
            tell(&format!("{place}: {contender}, round {round} of {}", options.rounds));
            match contender::measure(*contender, cell, file, &way) {
                Ok(Measured { seconds, traffic }) => {
                    tell(&format!("{place}: {contender}, {seconds:.2} s"));
                    late += traffic.late;
                    packets += traffic.counts.iter().map(|counts| counts.delivered).sum::<u64>();
                    known.push(seconds);
                }
                // Without bare TCP there is nothing to compare with; above all where lines are not allowed.
                Err(error) if matches!(contender, Contender::Bare(_)) => return Err(error),
                Err(error) => {
                    tell(&format!("{place}: {contender}: {error}"));
                    *times = Err(error);
                }
            }
        }
    }
    let times = rounds.into_iter().map(|(contender, times)| (contender, times.map(median))).collect();
    Ok(Row { cell: *cell, times, late: late as f64 / packets.max(1) as f64 })
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn print(rows: &[Row], uploaders: &[Contender], options: &Cells) {
    println!("\nOf the speed of bare TCP, {} or {} connections, whichever is faster\n", BARE[0], BARE[1]);
    let names: Vec<String> = uploaders.iter().map(ToString::to_string).collect();
    let headings = ["", "MiB", "TCP s", "Mbit/s"].into_iter().chain(names.iter().map(String::as_str));
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let bare = row.bare().unwrap_or(f64::NAN);
            let bytes = row.cell.size();
            let first = [
                row.cell.to_string(),
                (bytes >> 20).to_string(),
                format!("{bare:.1}"),
                format!("{:.0}", bytes as f64 * 8.0 / 1e6 / bare),
            ];
            let percent = |time: f64| format!("{:.0} %", 100.0 * bare / time);
            let others = uploaders.iter().map(|who| row.time(*who).map_or_else(|| "–".into(), percent));
            first.into_iter().chain(others).collect()
        })
        .collect();
    table::print(&headings.collect::<Vec<_>>(), &lines);
    println!(
        "  {}, {}. Settings of Ferry: parts at once × bytes of a part. SDKs from their first packet on.",
        options.way.congestion,
        if options.rounds == 1 {
            "one round".into()
        } else {
            format!("medians of {} rounds", options.rounds)
        }
    );
    for row in rows {
        for (contender, time) in &row.times {
            if let Err(error) = time {
                println!("  – {}: {contender}: {error}", row.cell);
            }
        }
        if row.late > LATE {
            println!(
                "  ! {}: {:.1} % of the packets came more than 1 ms late: the machine was too busy",
                row.cell,
                100.0 * row.late
            );
        }
    }
    println!();
}

fn picture(rows: &[Row], options: &Cells) -> String {
    let groups = rows.iter().map(|row| {
        let bare = row.bare().unwrap_or(f64::NAN);
        let times = row.times.iter().filter_map(|(who, time)| Some((*who, *time.as_ref().ok()?)));
        let bars = times.filter_map(|(who, time)| match who {
            DEFAULTS => Some(("Ferry".to_owned(), bare / time)),
            Contender::Vendor(sdk) => Some((sdk.to_string(), bare / time)),
            _ => None,
        });
        Group { name: row.cell.to_string(), bars: bars.collect() }
    });
    let note = format!("100 %: bare TCP, {}. Defaults of everybody. make lines", options.way.congestion);
    chart::svg("Uploads on long lines: how much of the line is used", &note, &groups.collect::<Vec<_>>())
}

fn verdicts(row: &Row) -> Vec<Verdict> {
    let (cell, mut verdicts) = (row.cell, Vec::new());
    let Some(own) = row.time(DEFAULTS) else {
        return vec![Verdict { kept: false, text: format!("{cell}: the defaults do not upload") }];
    };
    let fixed = |contender| matches!(contender, Contender::Ferry(_)) && contender != DEFAULTS;
    if let Some((best, time)) = row.best(fixed) {
        let share = time / own;
        verdicts.push(Verdict {
            kept: share >= OF_FIXED,
            text: format!(
                "{cell}: defaults {share:.2} x the best fixed setting ({best}), at least {OF_FIXED}"
            ),
        });
    }
    if let Some(bare) = row.bare().filter(|_| own >= LONG) {
        let share = bare / own;
        verdicts.push(Verdict {
            kept: share >= OF_BARE,
            text: format!("{cell}: defaults {share:.2} x bare TCP, at least {OF_BARE}"),
        });
    }
    for (contender, time) in &row.times {
        let (Contender::Vendor(sdk), Ok(time)) = (contender, time) else { continue };
        let least = if cell.round_trip.as_millis() >= FAR { OF_SDK } else { 1.0 };
        let times = time / own;
        verdicts.push(Verdict {
            kept: times >= least,
            text: format!("{cell}: defaults {times:.2} x {sdk}, at least {least}"),
        });
    }
    verdicts
}
