//! A large file in several ranges at once.
//!
//! The first answer has the whole file, so that nothing is lost if the service has no ranges after all. It is
//! read on from the beginning, while other connections take ranges from the end; where they meet it is left.
//! So it has neither to wait for a further request nor to be left before all that comes after it is asked
//! for elsewhere: nothing is received twice but what is on its way to it in the moment when it is left.
//!
//! If something is wrong with a range before that, the first answer brings everything. It also takes a range
//! over of which nothing has come when it gets there: it may be refused for the time being, or never come.

#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::scope;
use std::time::Instant;

use super::version::Version;
use super::{Begun, Download, Lost, Sink, Span, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::http::ResponseStream;
use crate::http::bounds::SLICE;
use crate::thread;
use crate::transfer::context::TransferContext;
use crate::transfer::plan::{MIB, Part, Plan};
use crate::transfer::queue::{NO_DIGEST, Wait, send_parts};
use crate::transfer::slots::{MOST, Slots, Turns};
use crate::transfer::source::Source;

/// A file from this size on is worth more than one connection.
const LARGE: u64 = 16 * MIB;

/// How many ranges a file has if they are of a reasonable size: enough for all connections to end at about
/// the same time.
const RANGES: u64 = 64;

/// The bounds of a reasonable size. Between two ranges a connection waits for a round trip.
const SIZES: (u64, u64) = (2 * MIB, 8 * MIB);

/// Whether to ask for ranges beside the answer that brings the whole file.
pub(super) fn pay(version: &Version, answer: &ResponseStream) -> bool {
    let takes_ranges = || {
        let units = answer.header("accept-ranges").unwrap_or_default();
        units.split(',').any(|unit| unit.trim().eq_ignore_ascii_case("bytes"))
    };
    version.length() >= LARGE && takes_ranges()
}

/// Receives the file of `answer` into `target`. `span` says where the first answer ended, or the file.
pub(super) fn fetch(
    download: &Download<'_>,
    context: &TransferContext<'_>,
    version: &Version,
    answer: Begun<'_>,
    target: &Target,
    span: &mut Span,
) -> std::result::Result<(), Lost> {
    let plan = Plan::new(version.length(), version.length().div_ceil(RANGES).clamp(SIZES.0, SIZES.1));
    let state = Mutex::new(State::new(&plan, version.length()));
    let ranges = Ranges { download, context, version, target, plan, state };
    let slots = Slots::new(0, MOST as usize, download.http.round_trip());
    let slot = slots.take();
    span.version = Some(version.clone());
    thread::check()?;
    let first = scope(|scope| {
        let others = thread::spawn_scoped(scope, || ranges.others(&slots));
        if others.is_err() {
            ranges.state().is_alone = true;
        }
        let first = ranges.first(answer, span);
        drop(slot);
        // What has ended them is known already.
        let _ = others.map(thread::ScopedThread::join);
        first
    });
    let state = ranges.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let outweighs =
        |lost: &Lost| first.as_ref().err().is_none_or(|first| lost.error().outweighs(first.error()));
    // What the others have met does not matter then.
    let is_over = state.is_alone || state.is_complete(version.length());
    let lost = if is_over { None } else { state.lost };
    let result = match lost.filter(outweighs) {
        Some(lost) => Err(lost),
        None => first,
    };
    let received = span.at + state.moved;
    match result {
        Ok(()) if received == version.length() => {
            span.at = received;
            Ok(())
        }
        result => {
            context.progress.took_back(state.moved);
            let text = format!("{received} of {} bytes were received", version.length());
            Err(result.err().unwrap_or_else(|| Lost::Failed(Error::new(ErrorKind::Internal, text))))
        }
    }
}

struct Ranges<'a> {
    download: &'a Download<'a>,
    context: &'a TransferContext<'a>,
    version: &'a Version,
    target: &'a Target,
    plan: Plan,
    state: Mutex<State>,
}

struct State {
    /// The first answer has what is before, or will have.
    front: u64,
    /// The ranges of the others begin here.
    back: u64,
    /// Where the ranges begin that the others have taken, and nothing has come of.
    not_begun: HashSet<u64>,
    is_first_reading: bool,
    /// Where the first answer was left, or ended.
    first: Option<u64>,
    /// The first answer has everything.
    is_alone: bool,
    /// What the others have received.
    moved: u64,
    /// What has ended the others.
    lost: Option<Lost>,
}

impl Ranges<'_> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the first answer until it meets the others.
    fn first(&self, answer: Begun<'_>, span: &mut Span) -> std::result::Result<(), Lost> {
        let result = self.download.fetch(self.context, span, Some(answer), &mut First(self));
        let mut state = self.state();
        state.is_first_reading = false;
        self.context.signal.notify();
        state.first = Some(span.at);
        if state.is_alone || state.is_complete(self.version.length()) || result.is_err() {
            self.context.bounds.abandon();
        }
        result
    }

    /// Receives ranges, the last one first, until there is none that the first answer will not have.
    fn others(&self, slots: &Slots) -> Result<()> {
        let plan = self.plan;
        let parts = (2..=plan.count()).rev().filter_map(move |number| plan.part(number));
        let receive = |part: Part, _, wait: Wait<'_>| {
            wait()?;
            if !self.state().take(&part) {
                return Ok(());
            }
            let (version, end) = (Some(self.version.clone()), Some(part.offset + part.length));
            let mut span = Span { version, at: part.offset, end, part: Some(part), goes_on: true };
            let mut sink = Other { ranges: self, begin: part.offset };
            let result = self.download.fetch(self.context, &mut span, None, &mut sink);
            self.ended(&part, span.at - part.offset, result)
        };
        // Nothing is to be digested.
        let source = Source::Bytes(&[]);
        let result =
            send_parts(self.context, &source, parts, Turns::watched(slots), NO_DIGEST, None, receive);
        match result {
            Ok(()) => self.attend_first(),
            Err(error) => {
                self.state().fail(Lost::Failed(error.clone()));
                Err(error)
            }
        }
    }

    /// The ranges have come, and nobody moves any more beside whom the first answer would stand still.
    fn attend_first(&self) -> Result<()> {
        let mut has_ended_it = false;
        while !has_ended_it && self.state().is_first_reading {
            let seen = self.context.signal.now();
            self.context.bounds.check()?;
            self.context.signal.wait(seen, SLICE);
            let is_held_back = self.context.bounds.is_held_back();
            has_ended_it = self.context.stragglers.look_at_the_last(Instant::now(), is_held_back);
        }
        Ok(())
    }

    /// A range has ended after so many bytes.
    fn ended(&self, part: &Part, moved: u64, result: std::result::Result<(), Lost>) -> Result<()> {
        let mut state = self.state();
        let lost = match result {
            Ok(()) if !state.is_of_first(part.offset) => {
                state.moved += moved;
                // Who still asks for a range that the first answer has brought need not.
                if state.is_complete(self.version.length()) {
                    self.context.bounds.abandon();
                }
                return Ok(());
            }
            result => result.err(),
        };
        self.context.progress.took_back(moved);
        let Some(lost) = lost.filter(|_| !state.is_of_first(part.offset)) else { return Ok(()) };
        let error = lost.error().clone();
        // The queue leaves the range to the workers that have a connection.
        if error.is_out_of_descriptors() && self.context.workers() > 1 {
            return Err(error);
        }
        let is_of_service = matches!(
            error.kind(),
            ErrorKind::Http
                | ErrorKind::Protocol
                | ErrorKind::Network
                | ErrorKind::Timeout
                | ErrorKind::FileChanged
        );
        if state.is_first_reading && (is_of_service || error.is_out_of_descriptors()) {
            state.is_alone = true;
            self.context.progress.took_back(std::mem::take(&mut state.moved));
            return Ok(());
        }
        state.fail(lost);
        // Nothing of a download is kept for another one, so the other ranges need not end first.
        self.context.bounds.abandon();
        Err(error)
    }
}

impl State {
    fn new(plan: &Plan, length: u64) -> Self {
        State {
            front: plan.part_size(),
            back: length,
            not_begun: HashSet::new(),
            is_first_reading: true,
            first: None,
            is_alone: false,
            moved: 0,
            lost: None,
        }
    }

    /// Takes a range for one of the others. False if the first answer has it.
    fn take(&mut self, part: &Part) -> bool {
        let is_free = !self.is_alone && part.offset >= self.front;
        if is_free {
            self.back = self.back.min(part.offset);
            self.not_begun.insert(part.offset);
        }
        is_free
    }

    /// Whether the first answer brings what is at `offset`.
    fn is_of_first(&self, offset: u64) -> bool {
        self.is_alone || offset < self.front
    }

    fn is_complete(&self, length: u64) -> bool {
        self.first.is_some_and(|first| first + self.moved == length)
    }

    /// How much the first answer may bring from `at` on: the rest of a range, or another one that nobody has,
    /// or has anything of. 0: it is left. From then on the ranges that fail are nobody's.
    fn room(&mut self, at: u64, plan: &Plan, length: u64) -> u64 {
        if self.is_alone {
            self.front = length;
        } else if at >= self.front && (self.front < self.back || self.not_begun.contains(&self.front)) {
            self.front = (self.front + plan.part_size()).min(length);
        }
        let room = self.front.saturating_sub(at);
        self.is_first_reading = room > 0;
        room
    }

    fn fail(&mut self, lost: Lost) {
        if self.lost.as_ref().is_none_or(|first| lost.error().outweighs(first.error())) {
            self.lost = Some(lost);
        }
    }
}

/// Where the first answer goes.
struct First<'a>(&'a Ranges<'a>);

impl Sink for First<'_> {
    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        self.0.target.write(at, bytes)
    }

    fn restart(&mut self, why: Error) -> Result<()> {
        Err(why)
    }

    fn room(&mut self, at: u64) -> u64 {
        self.0.state().room(at, &self.0.plan, self.0.version.length())
    }
}

/// Where a range goes.
struct Other<'a> {
    ranges: &'a Ranges<'a>,
    begin: u64,
}

impl Sink for Other<'_> {
    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        self.ranges.state().not_begun.remove(&self.begin);
        self.ranges.target.write(at, bytes)
    }

    fn restart(&mut self, why: Error) -> Result<()> {
        Err(why)
    }

    fn room(&mut self, _: u64) -> u64 {
        if self.ranges.state().is_of_first(self.begin) { 0 } else { u64::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten ranges of 10 bytes.
    fn state() -> (Plan, State) {
        let plan = Plan::new(100, 10);
        (plan, State::new(&plan, 100))
    }

    fn takes(state: &mut State, plan: &Plan, number: u32) -> bool {
        state.take(&plan.part(number).expect("a range"))
    }

    #[test]
    fn the_first_answer_is_read_on_until_it_meets_the_others() {
        let (plan, mut state) = state();
        assert!(takes(&mut state, &plan, 10) && takes(&mut state, &plan, 9));
        assert_eq!([state.room(0, &plan, 100), state.room(4, &plan, 100)], [10, 6]);
        for number in 1..8 {
            assert_eq!(state.room(number * 10, &plan, 100), 10, "nobody else has range {number}");
        }
        assert!(!takes(&mut state, &plan, 8), "the first answer has it");
        assert!(state.is_first_reading);
        state.not_begun.clear();
        assert_eq!((state.room(80, &plan, 100), state.is_first_reading), (0, false));
    }

    #[test]
    fn the_first_answer_takes_ranges_over_of_which_nothing_has_come() {
        let (plan, mut state) = state();
        state.front = 60;
        assert!((7..=10).rev().all(|number| takes(&mut state, &plan, number)));
        state.not_begun.remove(&80);
        assert_eq!([state.room(60, &plan, 100), state.room(70, &plan, 100)], [10, 10]);
        assert!(state.is_of_first(70) && !state.is_of_first(80));
        assert_eq!((state.room(80, &plan, 100), state.is_first_reading), (0, false));
    }

    #[test]
    fn alone_the_first_answer_has_everything() {
        let (plan, mut state) = state();
        assert!(takes(&mut state, &plan, 2));
        state.is_alone = true;
        assert_eq!(state.room(10, &plan, 100), 90);
        assert!(!takes(&mut state, &plan, 9));
    }
}
