//! Progress bars on standard error: one for all that goes on, and one for each large piece of it. Without a
//! terminal there are none.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use ferry::transfer::progress::Snapshot;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{Output, visible};

/// The most bars of single files.
const MOST: usize = 8;

/// The widest name in a bar, in characters.
const NAME: usize = 20;

const WHOLE: &str = "{prefix:20!} {bar:12} {decimal_bytes:>9} of {decimal_total_bytes:>9}  {msg}";
const PIECE: &str = "  {prefix:18!} {bar:12} {decimal_bytes:>9} of {decimal_total_bytes:>9}";
const PERCENT: &str = "{prefix:20!} {bar:12} {percent:>9} %  {msg}";
const OPEN: &str = "{prefix:20!} {spinner} {decimal_bytes:>9}  {msg}";

/// How many columns a bar has before its message, at most.
const BEFORE: usize = 58;

/// The bars of one command.
pub struct Bars {
    multi: MultiProgress,
    whole: ProgressBar,
    pieces: BTreeMap<usize, ProgressBar>,
}

impl Bars {
    /// `name` says what goes on.
    pub fn new(output: Output, name: &str) -> Self {
        let is_shown = !output.is_quiet && std::io::stderr().is_terminal();
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let multi = MultiProgress::with_draw_target(target);
        let whole = ticking(multi.add(bar(WHOLE, name, 0)));
        Bars { multi, whole, pieces: BTreeMap::new() }
    }

    /// One that counts percent.
    pub fn percent(output: Output, name: &str) -> Self {
        let bars = Bars::new(output, name);
        bars.whole.set_style(style(PERCENT));
        bars.whole.set_length(100);
        bars
    }

    /// Shows what a transfer tells.
    pub fn show(&self, snapshot: &Snapshot) {
        if snapshot.bytes_total == 0 {
            self.whole.set_style(style(OPEN));
        } else {
            self.whole.set_length(snapshot.bytes_total);
        }
        self.whole.set_position(snapshot.bytes_done);
        self.tell(&told(snapshot));
    }

    /// Shows a message in what is left of the line. The terminal's `^C` needs some room behind it, or the
    /// bars are a line higher than where they are wiped out.
    fn tell(&self, message: &str) {
        let width = usize::from(console::Term::stderr().size().1);
        let message: String = message.chars().take(width.saturating_sub(BEFORE + 2)).collect();
        self.whole.set_message(message);
    }

    /// Shows that so much of all is done.
    pub fn whole(&self, done: u64, total: u64, message: String) {
        self.whole.set_length(total);
        self.whole.set_position(done);
        self.tell(&message);
    }

    /// Shows the pieces under way: for each a key, the bytes done and all of them, and a name for a new bar.
    pub fn pieces(&mut self, under_way: &[(usize, u64, u64)], name: impl Fn(usize) -> String) {
        let is_over = |key: &usize| !under_way.iter().any(|(other, _, _)| other == key);
        let over: Vec<usize> = self.pieces.keys().copied().filter(is_over).collect();
        for key in over {
            if let Some(bar) = self.pieces.remove(&key) {
                self.multi.remove(&bar);
            }
        }
        for &(key, done, total) in under_way {
            if let Some(bar) = self.pieces.get(&key) {
                bar.set_position(done);
            } else if self.pieces.len() < MOST {
                let bar = bar(PIECE, &name(key), total);
                let bar = ticking(self.multi.insert_before(&self.whole, bar));
                bar.set_position(done);
                self.pieces.insert(key, bar);
            }
        }
    }

    /// Prints while the bars are away.
    pub fn suspended<T>(&self, print: impl FnOnce() -> T) -> T {
        self.multi.suspend(print)
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.pieces.values().for_each(ProgressBar::finish_and_clear);
        self.whole.finish_and_clear();
        // A terminal that is gone needs no clearing.
        let _ = self.multi.clear();
    }
}

fn bar(template: &str, name: &str, length: u64) -> ProgressBar {
    // Not `new`, which draws on the terminal until the bar is among the others, though these be hidden.
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    bar.with_style(style(template)).with_prefix(shortened(&visible(name)))
}

fn ticking(bar: ProgressBar) -> ProgressBar {
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸ ")
}

/// The end of a long name tells files apart.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    match length > NAME - 2 {
        true => format!("…{}", name.chars().skip(length + 3 - NAME).collect::<String>()),
        false => name.to_owned(),
    }
}

/// Rate, time left, files and retries.
pub fn told(snapshot: &Snapshot) -> String {
    let mut told = format!("{}/s", indicatif::DecimalBytes(snapshot.bytes_per_second));
    if snapshot.seconds_left >= 0.0 {
        let left = Duration::from_secs(snapshot.seconds_left as u64);
        told.push_str(&format!(", {:#} left", indicatif::HumanDuration(left)));
    }
    if snapshot.files_total > 1 {
        told.push_str(&format!(", {} of {}", snapshot.files_done, snapshot.files_total));
    }
    match snapshot.retries {
        0 => {}
        1 => told.push_str(", 1 retry"),
        more => told.push_str(&format!(", {more} retries")),
    }
    told
}
