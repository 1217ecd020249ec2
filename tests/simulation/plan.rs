//! What the seed says of a world: what is transferred, what goes wrong, and when.

use std::iter;
use std::ops::Range;

use fastrand::Rng;

use super::world::{SECOND, Time};

/// What the seed says.
#[derive(Clone, Debug)]
pub struct Plan {
    pub work: Work,
    pub size: usize,
    /// Where in the bytes each file is.
    pub files: Vec<Range<usize>>,
    pub intelligent: bool,
    pub has_journal: bool,
    pub concurrency: u32,
    pub limit: u64,
    pub deadline: Option<Time>,
    pub faults: u32,
    /// Whether the disk fails.
    pub has_disk_faults: bool,
    /// What happens to the upload, and when.
    pub act: Act,
    pub act_at: Time,
    pub changes_at: Option<Time>,
    pub change: Change,
    /// How likely the service forgets an upload, in thousandths.
    pub forgets: u32,
    /// Whether Telestream is to get ranges.
    pub has_ranges: bool,
    /// Whether a process that comes to its end hands a token to the next one.
    pub has_token: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    Upload,
    Batch,
    /// To Telestream.
    Flip,
    Download,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    Nothing,
    Cancel,
    Interrupt,
    Pause,
    Kill,
    /// The machine stops in its middle, and after the end of a process.
    PowerLoss,
}

/// How the file becomes another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Another file takes its place, as an editor does it.
    Replaced,
    /// It is written to, perhaps while it is read.
    Written,
    /// It is written to between two processes, and has the time of before.
    Hidden,
}

impl Act {
    /// Whether the process itself does nothing.
    pub fn leaves_alone(self) -> bool {
        matches!(self, Act::Nothing | Act::Kill | Act::PowerLoss)
    }
}

impl Plan {
    pub fn new(rng: &mut Rng) -> Self {
        let work = [Work::Upload, Work::Upload, Work::Download, Work::Download, Work::Batch, Work::Flip]
            [rng.usize(..6)];
        let acts = [
            Act::Nothing,
            Act::Nothing,
            Act::Nothing,
            Act::Cancel,
            Act::Interrupt,
            Act::Pause,
            Act::Kill,
            Act::Kill,
            Act::PowerLoss,
            Act::PowerLoss,
        ];
        let act = acts[rng.usize(..acts.len())];
        // What is lost with the power are parts and seconds of a transfer that has many.
        let is_lost = act == Act::PowerLoss;
        let (small, changes) = if work == Work::Download { (2, 2) } else { (6, 6) };
        let size = match rng.u8(..10) {
            kind if kind < small && !(is_lost && work == Work::Flip) => rng.usize(1..100_000),
            kind if kind == 9 || is_lost && (kind > 6 || work == Work::Flip) => rng.usize(12 << 20..26 << 20),
            _ => rng.usize(5 << 20..11 << 20),
        };
        // A millisecond to a minute, each size as likely as another.
        let moment = |rng: &mut Rng| {
            let most = 1 << rng.u32(20..37);
            rng.u64(..most)
        };
        let has_extra = work == Work::Flip && rng.u8(..4) == 0;
        let files = match work {
            Work::Batch => cut(rng, size),
            _ if has_extra => cut_extra(rng, size),
            _ => iter::once(0..size).collect(),
        };
        let is_alone = work != Work::Batch && files.len() == 1;
        let mut plan = Plan {
            work,
            size,
            files,
            intelligent: rng.u8(..4) == 0,
            has_journal: rng.bool() || is_lost && rng.bool(),
            concurrency: [0, 0, 1, 3, 8, 24][rng.usize(..6)],
            limit: if rng.u8(..8) == 0 { rng.u64(100_000..20_000_000) } else { 0 },
            deadline: (rng.u8(..5) == 0).then(|| rng.u64(..120) * SECOND + SECOND),
            faults: [0, 20, 100, 300][rng.usize(..4)],
            has_disk_faults: rng.u8(..6) == 0,
            act,
            act_at: moment(rng),
            changes_at: (rng.u8(..changes) == 0 && is_alone).then(|| moment(rng)),
            change: [Change::Replaced, Change::Written, Change::Hidden, Change::Hidden][rng.usize(..4)],
            forgets: [0, 0, 50, 300][rng.usize(..4)],
            has_ranges: work == Work::Flip && is_alone && rng.u8(..3) < 1 + u8::from(is_lost),
            has_token: matches!(work, Work::Upload | Work::Flip) && rng.u8(..4) == 0,
        };
        // It tells only who goes on with parts of before.
        if plan.changes_hidden() && rng.bool() {
            (plan.act, plan.has_journal, plan.size) = (Act::Kill, true, plan.size.max(11 << 20));
            plan.files = iter::once(0..plan.size).collect();
        }
        plan
    }

    /// The name of each file; one that is alone has the first.
    pub fn name(&self, index: usize) -> String {
        match index {
            _ if self.work == Work::Batch => format!("{index}.bin"),
            0 => "film.mov".to_owned(),
            _ => format!("{index}.srt"),
        }
    }

    /// Whether an old token is as good as a new one, as a journal has what it lacks. One of a session that
    /// the service has forgotten is not.
    pub fn keeps_token(&self) -> bool {
        self.has_journal && (self.forgets == 0 || self.faults == 0)
    }

    /// Whether each process knows what those before it have done, unless the disk fails.
    pub fn remembers(&self) -> bool {
        let ends = !matches!(self.act, Act::Kill | Act::PowerLoss);
        (self.has_journal || self.has_token && ends) && self.changes_at.is_none()
    }

    /// Whether the file changes so that its time does not tell. Only what is uploaded knows of times.
    pub fn changes_hidden(&self) -> bool {
        self.changes_at.is_some() && self.change == Change::Hidden && self.work != Work::Download
    }

    /// Whether each file is stored once by this process and those before it: none was cut off or has given
    /// up, and each knows what those before it have done.
    pub fn stores_once(&self, attempt: usize) -> bool {
        let goes_on = self.remembers()
            && !self.has_disk_faults
            && matches!(self.act, Act::Nothing | Act::Interrupt | Act::Pause);
        goes_on || attempt == 0
    }
}

/// The video's file, and one or two that belong to it.
fn cut_extra(rng: &mut Rng, size: usize) -> Vec<Range<usize>> {
    let second = rng.usize(size / 2..size).max(1);
    if second == size {
        return iter::once(0..size).collect();
    }
    match rng.usize(second..size) {
        third if third > second => vec![0..second, second..third, third..size],
        _ => vec![0..second, second..size],
    }
}

/// Up to 24 files, most of them small, and none that is empty.
fn cut(rng: &mut Rng, size: usize) -> Vec<Range<usize>> {
    let mut files = Vec::new();
    let mut begin = 0;
    while begin < size {
        let left = size - begin;
        let length = if files.len() == 23 { left } else { rng.usize(1..=left.min(300_000)) };
        files.push(begin..begin + length);
        begin += length;
    }
    files
}
