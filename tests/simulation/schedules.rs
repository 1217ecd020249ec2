//! Schedules of the places where threads and processes meet: the queue of parts; pause, interrupt and cancel;
//! the lock of a journal. Each is run alone, without a network, thousands of times: the seed chooses what is
//! to be done and the order of the threads ([`world::Order`]).
//!
//! The code is the library's own, with std's locks and conditions, the system's file locks and the world's
//! clock. shuttle and loom, which explore schedules as well, put their own types in the place of std's: then
//! every module here would have to name its locks through a module of our own, and the schedules would be
//! those of another program. Their clock stands still besides: a wait of shuttle's conditions never ends
//! because its time is over, and its sleep is none, while here a worker looks ten times a second whether it
//! is paused. Nor have they files. What they would see and this does not: loom also tries the reorderings of
//! weak memory.
//!
//! Without `make schedules` a thread gives way at system calls alone: when it waits, wakes others, or touches
//! a file.
//!
//! `FERRY_SCHEDULES=100000` says how many of each are run, `FERRY_SCHEDULES_SEED=17` runs one.

mod book;
mod control;
mod journal;
mod queue;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::disk::Disk;
use super::world::{self, Order, Time};
use super::{atomics, number, raw};

/// As many of each as the suite has time for.
const SCHEDULES: u64 = 400;

/// Runs `scenario` under many schedules. It returns what was wrong, and whether what it is about has
/// happened.
fn explore(name: &str, scenario: fn(&mut Rng) -> (Vec<String>, bool)) {
    let run = |seed: u64| {
        raw::apart(|| {
            let ((wrong, is_met), world) = world::run(seed, || {
                let mut rng = Rng::with_seed(seed);
                begin(&mut rng);
                scenario(&mut rng)
            });
            let wrong: String = wrong.iter().map(|line| format!("\n  {line}")).collect();
            format!("{} {} {:x}{wrong}", u8::from(is_met), world.points, world.trace)
        })
        .and_then(|told| if told.contains('\n') { Err(told) } else { Ok(told) })
    };
    if let Some(seed) = number("FERRY_SCHEDULES_SEED") {
        println!("{name} {seed}: {}", run(seed).unwrap_or_else(|wrong| panic!("{wrong}")));
        return;
    }
    assert!(
        atomics::are_points() || std::env::var_os("FERRY_SCHEDULES").is_none(),
        "the library is not compiled for it: make schedules"
    );
    // The same seed is the same run, or a failure could not be looked into.
    for seed in 0..3 {
        assert_eq!(run(seed), run(seed));
    }
    let seeds = number("FERRY_SCHEDULES").unwrap_or(SCHEDULES);
    let begin = Instant::now();
    let (mut met, mut points, mut wrong) = (0, 0, Vec::new());
    for seed in 0..seeds {
        match run(seed) {
            Ok(told) => {
                let mut numbers = told.split(' ').map_while(|word| word.parse::<u64>().ok());
                met += numbers.next().unwrap_or_default();
                points += numbers.next().unwrap_or_default();
            }
            Err(told) => wrong.push(format!("{name}: FERRY_SCHEDULES_SEED={seed}: {told}\n")),
        }
        if wrong.len() == 10 {
            break;
        }
    }
    let at = if atomics::are_points() { "every atomic access and system call" } else { "every system call" };
    println!(
        "\ntrust: schedules.{name}: {seeds} schedules with {} points each, at {at}: {met} met what they are \
         about, {} broke a promise; {} s",
        points / seeds.max(1),
        wrong.len(),
        begin.elapsed().as_secs()
    );
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert!(met * 4 > seeds, "{met} of {seeds} schedules have met what they are about");
}

/// Half of the schedules are random, half follow priorities. Nothing takes time but what sleeps, so that a
/// wait ends late only if nobody has woken it.
fn begin(rng: &mut Rng) {
    let order = match rng.bool() {
        true => Order::Random([4, 16, 64, 128][rng.usize(..4)]),
        false => {
            // How many points a run has is not known before: early ones are likelier.
            let change = |rng: &mut Rng| {
                let most = 1 << rng.u32(3..14);
                rng.u64(..most)
            };
            Order::Priorities((0..rng.u32(1..5)).map(|_| change(rng)).collect())
        }
    };
    world::with(|world| {
        world.order = order;
        world.tick = 1;
        world.disk = Disk::default();
    });
}

/// So many points.
fn linger(points: u32) {
    (0..points).for_each(|_| world::preempt());
}

/// How many waits have ended because their time was over.
fn expired() -> u64 {
    world::with(|world| world.expired).unwrap_or_default()
}

fn since(begin: Time) -> Time {
    world::now() - begin
}

#[test]
fn the_queue_hands_out_each_part_once_and_wakes_who_waits() {
    explore("queue", queue::run);
}

#[test]
fn a_pause_lets_requests_end_and_begins_no_other() {
    explore("pause", control::pause);
}

#[test]
fn a_cancel_ends_everything_at_once_and_for_good() {
    explore("cancel", control::cancel);
}

#[test]
fn an_interrupt_ends_the_run_that_has_begun_at_once() {
    explore("interrupt", control::interrupt);
}

#[test]
fn one_at_a_time_holds_a_journal() {
    explore("journal", journal::run);
}

/// A world in which nobody can go on is a failure, and says so.
#[test]
fn a_deadlock_is_seen() {
    let told = raw::apart(|| {
        let (one, two) = (Mutex::new(()), Mutex::new(()));
        let hold = |first: &Mutex<()>, second: &Mutex<()>| {
            let _first = first.lock();
            std::thread::sleep(Duration::from_secs(1));
            drop(second.lock());
        };
        let lock = || {
            std::thread::scope(|scope| {
                scope.spawn(|| hold(&one, &two));
                scope.spawn(|| hold(&two, &one));
            });
        };
        world::run(1, lock);
        String::new()
    });
    assert_eq!(told.expect_err("a deadlock"), "the process ended with status 300");
}
