//! A transfer that another thread pauses, interrupts or cancels at any moment, and that is then run again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use ferry::error::{Error, ErrorKind};
use ferry::http::Bounds;
use ferry::transfer::context::TransferContext;
use ferry::transfer::digest::Md5;
use ferry::transfer::lifecycle::{Lifecycle, UploadState};
use ferry::transfer::plan::Plan;
use ferry::transfer::progress::Progress;
use ferry::transfer::queue::{Digest, send_parts};
use ferry::transfer::slots::{Slots, Turns};
use ferry::transfer::source::{Source, digest_ranges};

use super::book::Book;
use super::{linger, since};
use crate::world::{self, MILLISECOND, Time};

const HOUR: Duration = Duration::from_secs(3600);

/// Whoever waits looks again after 100 ms, and some wait for one another.
const AT_ONCE: Time = 300 * MILLISECOND;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Pause,
    Interrupt,
    Cancel,
}

pub fn pause(rng: &mut Rng) -> (Vec<String>, bool) {
    run(rng, Act::Pause)
}

pub fn interrupt(rng: &mut Rng) -> (Vec<String>, bool) {
    run(rng, Act::Interrupt)
}

pub fn cancel(rng: &mut Rng) -> (Vec<String>, bool) {
    run(rng, Act::Cancel)
}

/// What the seed says.
struct Scene {
    parts: u32,
    slots: usize,
    ahead: bool,
    digest: bool,
    during: u32,
    /// A request takes so long, if nothing ends it.
    takes: Option<Duration>,
    /// Another thread runs the same upload: how each run ends depends on the other one.
    has_rival: bool,
}

/// What was asked for, and when.
#[derive(Default)]
struct Asked {
    acts: Vec<Act>,
    /// When the last one of this run had returned.
    at: Option<Time>,
    /// No request may begin any more: every slot was taken when the act had returned, so whoever gets one
    /// later has to have seen it.
    is_closed: bool,
    /// A cancel has returned: it holds for good.
    is_cancelled: bool,
}

struct Play {
    scene: Scene,
    lifecycle: Lifecycle,
    book: Book,
    asked: Mutex<Asked>,
    /// How many are within a run.
    inside: AtomicUsize,
    is_over: AtomicBool,
}

fn run(rng: &mut Rng, act: Act) -> (Vec<String>, bool) {
    let scene = Scene {
        parts: rng.u32(1..7),
        slots: rng.usize(1..4),
        ahead: rng.bool(),
        digest: rng.u8(..4) == 0,
        during: rng.u32(..6),
        takes: [None, Some(Duration::from_secs(1)), Some(Duration::from_secs(30))][rng.usize(..3)],
        has_rival: false,
    };
    let scene = match rng.u8(..4) {
        0 => Scene { takes: None, has_rival: true, ..scene },
        _ => scene,
    };
    let play = Play {
        scene,
        lifecycle: Lifecycle::default(),
        book: Book::default(),
        asked: Mutex::default(),
        inside: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    let acts: Vec<Act> = match rng.u8(..4) {
        0 => vec![act, [Act::Pause, Act::Interrupt, Act::Cancel][rng.usize(..3)]],
        1 => vec![[Act::Pause, Act::Interrupt, Act::Cancel][rng.usize(..3)], act],
        _ => vec![act],
    };
    let mut is_met = false;
    let mut before: Vec<(Act, u32)> = acts.iter().map(|act| (*act, rng.u32(..80))).collect();
    for attempt in 0..5 {
        play.asked(|asked| (asked.at, asked.is_closed) = (None, false));
        play.is_over.store(false, Ordering::Relaxed);
        let begin = world::now();
        let result = std::thread::scope(|scope| {
            // Each from a thread of its own.
            for (act, points) in before.drain(..) {
                scope.spawn({
                    let play = &play;
                    move || play.act(act, points)
                });
            }
            if play.scene.has_rival {
                scope.spawn(|| play.rival());
            }
            let result = play.attempt();
            play.is_over.store(true, Ordering::Relaxed);
            result
        });
        is_met |= play.check(&result, begin);
        if result.is_ok() || play.lifecycle.state() == UploadState::Aborted {
            break;
        }
        if attempt == 4 {
            play.book.wrong(format!("it does not end: {result:?}"));
        }
    }
    let again = play.lifecycle.run(|| Ok(()));
    match play.lifecycle.state() {
        UploadState::Uploaded if again.is_ok() => {}
        UploadState::Aborted
            if again.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidState) => {}
        state => play.book.wrong(format!("at the end it is {state:?}, and a run gives {again:?}")),
    }
    (std::mem::take(&mut play.book.pages().wrong), is_met)
}

impl Play {
    fn asked<R>(&self, look: impl FnOnce(&mut Asked) -> R) -> R {
        look(&mut self.asked.lock().expect("no panic"))
    }

    fn has(&self, act: Act) -> bool {
        self.asked(|asked| asked.acts.contains(&act))
    }

    /// Runs the upload: what is not stored yet.
    fn attempt(&self) -> Result<(), Error> {
        self.lifecycle.run(|| {
            if self.inside.fetch_add(1, Ordering::Relaxed) > 0 {
                self.book.wrong("two threads are within a run");
            }
            let result = self.work();
            self.inside.fetch_sub(1, Ordering::Relaxed);
            result
        })
    }

    fn work(&self) -> Result<(), Error> {
        let Scene { parts, slots, ahead, digest, during, takes, has_rival } = self.scene;
        let control = self.lifecycle.control();
        let progress = Progress::default();
        let bounds = Bounds::new(control.stop(), None, HOUR, HOUR);
        let context = TransferContext::new(control, bounds, &progress);
        let bytes = vec![7; parts as usize];
        let slots = Slots::fixed(slots);
        let turns = if ahead { Turns::ahead(&slots) } else { Turns::new(&slots) };
        let left: Vec<_> =
            Plan::new(parts.into(), 1).parts().filter(|part| !self.book.is_stored(part.number)).collect();
        let digest = digest.then_some(digest_ranges as Digest<Md5>);
        send_parts(&context, &Source::Bytes(&bytes), left, turns, digest, None, |part, _, wait| {
            wait()?;
            self.book.begin(part.number);
            if !has_rival && self.asked(|asked| asked.is_closed) {
                self.book.wrong(format!("the request for part {} begins after the act", part.number));
            }
            linger(during);
            let result = takes.map_or(Ok(()), |takes| context.bounds.sleep(takes, || false));
            self.book.end(part.number, result.is_ok());
            result
        })
    }

    /// Asks for an act after so many points.
    fn act(&self, act: Act, points: u32) {
        let control = self.lifecycle.control();
        linger(points);
        if act == Act::Interrupt {
            // Nothing runs before: it would be forgotten.
            while self.lifecycle.state() != UploadState::Uploading {
                if self.is_over.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::yield_now();
            }
        }
        // Whoever sees what was done knows that it was asked for.
        self.asked(|asked| asked.acts.push(act));
        match act {
            Act::Pause => control.pause(),
            Act::Interrupt => control.interrupt(),
            Act::Cancel => control.cancel(),
        }
        let is_closed = self.book.pages().under_way == self.scene.slots;
        self.asked(|asked| {
            asked.at = Some(world::now());
            asked.is_closed |= is_closed;
            asked.is_cancelled |= act == Act::Cancel;
        });
    }

    /// Another thread runs the same upload.
    fn rival(&self) {
        linger(10);
        match self.attempt() {
            // It came first or last.
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::InvalidState => {}
            Err(error) if matches!(error.kind(), ErrorKind::Paused | ErrorKind::Cancelled) => {}
            Err(error) => self.book.wrong(format!("another run: {error:?}")),
        }
    }

    /// Whether an act has ended the run.
    fn check(&self, result: &Result<(), Error>, begin: Time) -> bool {
        self.book.check_end(self.scene.parts, result.is_ok());
        if self.asked(|asked| asked.is_cancelled) && !self.lifecycle.control().is_cancelled() {
            self.book.wrong("a cancel was taken back");
        }
        if self.scene.has_rival {
            return result.is_err();
        }
        let state = self.lifecycle.state();
        let expected = match result {
            Ok(()) => state == UploadState::Uploaded,
            Err(error) => match error.kind() {
                ErrorKind::Paused => {
                    self.has(Act::Pause) && (state == UploadState::Paused || self.has(Act::Cancel))
                }
                ErrorKind::Cancelled if error.retryable() => {
                    self.has(Act::Interrupt) && (state == UploadState::Interrupted || self.has(Act::Cancel))
                }
                ErrorKind::Cancelled => self.has(Act::Cancel) && state == UploadState::Aborted,
                _ => false,
            },
        };
        if !expected {
            let acts = self.asked(|asked| asked.acts.clone());
            self.book.wrong(format!("after {acts:?} it is {state:?}, with {result:?}"));
        }
        let Some(at) = self.asked(|asked| asked.at) else {
            return false;
        };
        // A pause waits for requests.
        let has_ended_them = self.has(Act::Interrupt) || self.has(Act::Cancel);
        let most = match self.scene.takes {
            Some(takes) if !has_ended_them => takes.as_nanos() as Time,
            _ => 0,
        };
        if since(at.max(begin)) > most + AT_ONCE {
            self.book.wrong(format!("it has gone on for {} ms", since(at) / MILLISECOND));
        }
        result.is_err()
    }
}
