//! The kill loop: processes that upload with a journal are killed by SIGKILL, and run again until the file is
//! stored. Whatever was killed and when, no file is wrong, no upload is stuck, no journal is left, and of no
//! upload more parts are sent again than were under way at its kills. Parts of an upload that was begun and
//! given up for another one count too. Where a full disk or a removed folder leaves no journal, all may go
//! again.
//!
//! `make crash` does 3,000 kills (`KILLS=…`), `make test` 300. Each test prints its figures and the seed of
//! its random numbers, which `FERRY_CRASH_SEED` sets.

mod disk;
mod lab;
mod service;
mod shape;
#[path = "../support/mod.rs"]
mod support;
mod tally;
#[path = "../tools/mod.rs"]
mod tools;
mod trial;

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use lab::Lab;
use shape::SHAPES;
use trial::{End, Trial};

/// How long a run takes that nobody disturbs, for each shape; a moment to kill it is chosen within.
struct Lengths([Duration; SHAPES.len()]);

impl Lengths {
    /// Measured by the first test that wants to know.
    fn known() -> &'static Self {
        static KNOWN: LazyLock<Lengths> = LazyLock::new(|| {
            let mut lab = Lab::new("undisturbed", 0);
            let lengths = Lengths(SHAPES.each_ref().map(|shape| lab.trial_of(shape).end(&mut lab)));
            lab.end();
            lengths
        });
        &KNOWN
    }

    fn moment(&self, lab: &mut Lab, trial: &Trial<'_>) -> Duration {
        let at = SHAPES.iter().position(|shape| shape.mode == trial.shape.mode).expect("a shape");
        self.0[at].mul_f64(lab.random.f64())
    }
}

#[test]
fn client_at_random() {
    let mut lab = Lab::new("client at random", 30);
    let lengths = Lengths::known();
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        for _ in 0..lab.random.u32(1..8) {
            let moment = lengths.moment(&mut lab, &trial);
            let end = trial.killed_after(moment);
            assert!(!matches!(end, End::Failed(..)), "{end:?}");
            if end == End::Stored || trial.is_over() {
                break;
            }
        }
        trial.end(&mut lab);
    }
    lab.end();
}

/// Killed after the n-th write to the journal, of which any number of bytes may be there.
#[cfg(target_os = "linux")]
#[test]
fn client_after_a_write() {
    let mut lab = Lab::new("client after a write", 15).with_tracer();
    let writes = SHAPES.each_ref().map(|shape| stops(&mut lab, shape, "write.after").len() as u64);
    for round in 0.. {
        for (shape, writes) in SHAPES.iter().zip(writes) {
            if !lab.has_to_go_on() {
                return lab.end();
            }
            let mut trial = lab.trial_of(shape);
            // Each write in turn, then any.
            for number in [round % writes + 1, lab.random.u64(1..=writes)] {
                let (end, stops) = trial.killed_at("write.after", number);
                assert!(!matches!(end, End::Failed(..)), "{end:?}");
                let journal = trial.journal_files().pop();
                let (End::Killed, Some(journal), Some(last)) = (end, journal, stops.last()) else { break };
                let written = u64::try_from(last.returned).expect("it was written");
                let journal = std::fs::File::options().write(true).open(journal).expect("a journal");
                let length = journal.metadata().expect("its length").len();
                let lost = if lab.random.bool() { 0 } else { lab.random.u64(0..=written) };
                journal.set_len(length - lost).expect("cut");
            }
            trial.end(&mut lab);
        }
    }
}

/// The stops of that kind that a run has.
#[cfg(target_os = "linux")]
fn stops(lab: &mut Lab, shape: &'static shape::Shape, which: &str) -> Vec<trial::Stop> {
    let mut trial = lab.trial_of(shape);
    let (end, stops) = trial.killed_at(which, 0);
    assert_eq!(end, End::Stored);
    trial.end(lab);
    stops
}

/// Killed before or after a system call that touches the journal or its folder, each kind of call first: in a
/// first run, and in one that goes on.
#[cfg(target_os = "linux")]
#[test]
fn client_at_a_system_call() {
    let mut lab = Lab::new("client at a system call", 25).with_tracer();
    let (mut all, mut kinds) = (Vec::new(), BTreeSet::new());
    for shape in &SHAPES {
        let writes = stops(&mut lab, shape, "write.after").len() as u64;
        for (stop, number) in stops(&mut lab, shape, "any").into_iter().zip(1..) {
            kinds.insert((shape.mode, stop.name.clone()));
            all.push((shape, 0, number, stop.name.clone()));
            all.push((shape, writes, number, stop.name));
        }
    }
    let (mut met, mut left) = (BTreeSet::new(), Vec::new());
    while lab.has_to_go_on() {
        if left.is_empty() {
            left.clone_from(&all);
            lab.random.shuffle(&mut left);
            let mut seen = BTreeSet::new();
            // The last ones come first: one of each kind in a first run, one of each in one that goes on.
            left.sort_by_cached_key(|(shape, writes, _, name)| {
                (seen.insert((shape.mode, *writes > 0, name.clone())), *writes == 0)
            });
        }
        let (shape, writes, number, _) = left.pop().expect("a place");
        let mut trial = lab.trial_of(shape);
        if writes > 0 {
            let before = lab.random.u64(1..=writes);
            let (end, _) = trial.killed_at("write.after", before);
            assert!(!matches!(end, End::Failed(..)), "{end:?}");
        }
        if !trial.is_over() {
            let (end, stops) = trial.killed_at("any", number);
            assert!(!matches!(end, End::Failed(..)), "{end:?}");
            if end == End::Killed && writes == 0 {
                met.extend(stops.last().map(|stop| (shape.mode, stop.name.clone())));
            }
        }
        trial.end(&mut lab);
    }
    println!("trust: crash: killed at {} of {} kinds of system calls", met.len(), kinds.len());
    let missing: Vec<_> = kinds.difference(&met).collect();
    assert!(lab.tally.kills < 2 * kinds.len() as u64 || missing.is_empty(), "never killed at {missing:?}");
    lab.end();
}

/// The client lives, and goes on when the service is there again.
#[test]
fn service_at_random() {
    let mut lab = Lab::new("service at random", 12);
    let lengths = Lengths::known();
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        let client = trial.spawn();
        for _ in 0..lab.random.u32(1..4) {
            std::thread::sleep(lengths.moment(&mut lab, &trial));
            kill_service(&mut lab, &mut trial);
            // Now and then for longer than a client waits before its second attempt.
            let outage = if lab.random.u8(..6) == 0 { 600..1500 } else { 0..20 };
            std::thread::sleep(Duration::from_millis(lab.random.u64(outage)));
            trial.service.restart();
        }
        let mut end = trial.wait(client);
        // A client that has never seen the service does not wait for it.
        let is_new = trial.service.begun(trial.shape) == 0;
        if is_new && matches!(&end, End::Failed(_, message) if message.contains("nothing listens")) {
            let another = trial.spawn();
            end = trial.wait(another);
        }
        assert_eq!(end, End::Stored, "{:?}", trial.shape);
        trial.end(&mut lab);
    }
    lab.end();
}

fn kill_service(lab: &mut Lab, trial: &mut Trial<'_>) {
    assert!(trial.service.kill(), "the service lived");
    trial.allowed += trial.concurrency.min(trial.shape.parts());
    lab.tally.service_kills += 1;
}

#[test]
fn both_at_random() {
    let mut lab = Lab::new("both at random", 8);
    let lengths = Lengths::known();
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        for _ in 0..lab.random.u32(1..5) {
            let mut client = trial.spawn();
            std::thread::sleep(lengths.moment(&mut lab, &trial));
            let is_client_first = lab.random.bool();
            if is_client_first {
                client.kill().expect("killed");
            }
            kill_service(&mut lab, &mut trial);
            client.kill().expect("killed");
            let end = trial.wait(client);
            trial.service.restart();
            assert!(!matches!(end, End::Failed(..)), "{end:?}");
            if end == End::Stored || trial.is_over() {
                break;
            }
        }
        trial.end(&mut lab);
    }
    lab.end();
}

/// Three processes want the same upload; one is killed.
#[test]
fn three_at_once() {
    let mut lab = Lab::new("three at once", 4);
    let lengths = Lengths::known();
    let mut refused = 0;
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        let mut clients = [trial.spawn(), trial.spawn(), trial.spawn()];
        std::thread::sleep(lengths.moment(&mut lab, &trial));
        lab.random.choice(&mut clients).expect("one").kill().expect("killed");
        let mut uploaded = 0;
        for client in clients {
            match trial.wait(client) {
                End::Stored => uploaded += 1,
                End::Killed => {}
                End::Failed(status, message) => {
                    assert_eq!(status, INVALID_STATE, "{message}");
                    assert!(
                        message.contains("another upload of this file is under way, or its handle"),
                        "{message}"
                    );
                    refused += 1;
                }
            }
        }
        // One that begins when another has ended uploads the file once more.
        trial.files = uploaded + 1;
        trial.end(&mut lab);
    }
    assert!(refused > 0, "no process has met another one");
    lab.end();
}

const INVALID_STATE: i32 = 2;
