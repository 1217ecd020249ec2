//! A world with its own clock, in which one thread runs at a time: which one, and when, follows from a seed.
//!
//! A thread of the world gives the others a turn whenever it waits, and sometimes when it makes a system call
//! ([`super::calls`]). When all wait, the clock jumps to the next moment at which something happens: hours of
//! a transfer take milliseconds, and a run with the same seed is the same run.
//!
//! [`Order`] says how the next thread is chosen. Points at which a thread may give way are its system calls
//! and, where the library is compiled for it ([`super::atomics`]), every atomic access.

use std::cell::{Cell, UnsafeCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use fastrand::Rng;

use super::disk::Disk;
use super::names::Names;
use super::net::Net;
use super::raw;
use super::service::Service;

/// Nanoseconds since the world began.
pub type Time = u64;

pub const MICROSECOND: Time = 1_000;
pub const MILLISECOND: Time = 1_000_000;
pub const SECOND: Time = 1_000_000_000;

/// No run takes longer: a call that is still under way then has been forgotten.
const LONGEST: Time = 48 * 3600 * SECOND;
const MOST_STEPS: u64 = 20_000_000;

/// The clocks of the world begin here.
const MONOTONIC: Time = 1_000 * SECOND;
const WALL: i64 = 1_790_000_000;

type Event = Box<dyn FnOnce(&mut World)>;

/// Which thread is the next one to run.
pub enum Order {
    /// Any. The one that runs gives way at so many of 256 points.
    Random(u8),
    /// The one with the highest priority, which is random; at these points the one that runs gets the lowest.
    /// A fault that needs few changes of the order is met soon: Burckhardt and others, "A Randomized
    /// Scheduler with Probabilistic Guarantees of Finding Bugs", 2010.
    Priorities(Vec<u64>),
}

pub struct World {
    pub rng: Rng,
    pub now: Time,
    /// Seconds by which the wall clock was set forward, or back.
    pub set: i64,
    pub net: Net,
    pub names: Names,
    pub disk: Disk,
    pub service: Service,
    threads: Vec<Thread>,
    /// Those that may run some time.
    live: Vec<usize>,
    /// What happens later, by its time, and in the order in which it was planned.
    events: BTreeMap<(Time, u64), Event>,
    planned: u64,
    pub processes: Vec<Process>,
    /// How many of them were killed.
    pub kills: u64,
    steps: u64,
    pub order: Order,
    /// Points at which a thread could give way, so far.
    pub points: u64,
    /// The lowest priority so far.
    lowest: i64,
    /// A thread has become ready that may have a higher priority than the one that runs.
    has_news: bool,
    /// What a step takes, at least.
    pub tick: Time,
    /// How many waits at a lock or a condition have ended because their time was over.
    pub expired: u64,
    /// What has happened, to compare runs by.
    pub trace: u64,
    /// Whether long waits are told.
    pub is_told: bool,
}

pub struct Process {
    main: usize,
    pub is_alive: bool,
    /// Its files that are open.
    pub files: BTreeSet<i32>,
}

struct Thread {
    process: usize,
    state: State,
    has_timed_out: bool,
    priority: i64,
    /// What libc calls it.
    handle: libc::pthread_t,
    /// 1 when it is its turn.
    baton: Arc<AtomicU32>,
}

enum State {
    Ready,
    Waits(Wait),
    Ended,
    /// Its process was killed.
    Dead,
}

/// What a thread waits for.
pub enum Wait {
    Until(Time),
    Futex {
        address: usize,
        until: Option<Time>,
    },
    Poll {
        ends: Vec<(i32, i16)>,
        until: Option<Time>,
    },
    /// The end of a process.
    Process(usize),
    /// The end of a thread.
    Thread(usize),
}

struct Global(UnsafeCell<Option<World>>);

// SAFETY: only the thread whose turn it is, or the one that begins and ends the world, looks inside.
unsafe impl Sync for Global {}

static WORLD: Global = Global(UnsafeCell::new(None));

const OUTSIDE: usize = usize::MAX;

thread_local! {
    static ME: Cell<usize> = const { Cell::new(OUTSIDE) };
    /// The thread runs the world's own code, whose system calls are real.
    static IS_BEHIND: Cell<bool> = const { Cell::new(false) };
}

/// Whether the thread is one of the world, and not in the world's own code.
pub fn is_within() -> bool {
    ME.get() != OUTSIDE && !IS_BEHIND.get()
}

/// What the world says or does; `None` outside.
pub fn with<R>(work: impl FnOnce(&mut World) -> R) -> Option<R> {
    if !is_within() {
        return None;
    }
    IS_BEHIND.set(true);
    // SAFETY: it is this thread's turn, and it is not inside yet.
    let world = unsafe { &mut *WORLD.0.get() };
    let result = world.as_mut().map(work);
    IS_BEHIND.set(false);
    result
}

/// Runs `work` as the first thread of a new world. What is left of the world when it ends.
pub fn run<R>(seed: u64, work: impl FnOnce() -> R) -> (R, World) {
    let mut rng = Rng::with_seed(seed);
    let baton = Arc::default();
    let first =
        Thread { process: 0, state: State::Ready, has_timed_out: false, priority: 0, handle: 0, baton };
    let world = World {
        net: Net::new(&mut rng),
        names: Names::new(&mut rng),
        disk: Disk::new(&mut rng),
        service: Service::default(),
        rng,
        now: 0,
        set: 0,
        threads: vec![first],
        live: vec![0],
        events: BTreeMap::new(),
        planned: 0,
        processes: vec![Process { main: 0, is_alive: true, files: BTreeSet::new() }],
        kills: 0,
        steps: 0,
        order: Order::Random(40),
        points: 0,
        lowest: 0,
        has_news: false,
        tick: MICROSECOND,
        expired: 0,
        trace: seed,
        is_told: is_told(),
    };
    // SAFETY: no thread is in a world now.
    unsafe { *WORLD.0.get() = Some(world) };
    ME.set(0);
    let result = work();
    ME.set(OUTSIDE);
    // SAFETY: the first thread ends a world when all others have ended or will never run again.
    let world = unsafe { (*WORLD.0.get()).take() };
    (result, world.expect("the world"))
}

/// Whether one seed is looked into.
pub fn is_told() -> bool {
    std::env::var_os("FERRY_SIMULATION_SEED").is_some()
}

/// Waits; whether it was for too long.
pub fn wait(wait: Wait) -> bool {
    let me = ME.get();
    with(|world| world.threads[me].state = State::Waits(wait));
    pass(me);
    with(|world| world.threads[me].has_timed_out).unwrap_or(false)
}

/// Gives the others a turn, now and then.
pub fn preempt() {
    let me = ME.get();
    if with(|world| world.gives_way(me)) == Some(true) {
        pass(me);
    }
}

/// Gives way to any other thread that can run.
pub fn give_way() {
    let me = ME.get();
    with(|world| world.lower(me));
    wait(Wait::Until(now()));
}

/// Whether the thread is in the world's own code: then a panic is the world's.
pub fn is_behind() -> bool {
    IS_BEHIND.get()
}

fn pass(me: usize) {
    let batons = with(|world| {
        let next = world.choose();
        (next != me).then(|| (Arc::clone(&world.threads[next].baton), Arc::clone(&world.threads[me].baton)))
    });
    if let Some(Some((next, own))) = batons {
        raw::give(&next);
        raw::take(&own);
    }
}

/// Another thread of the process of this one; its number, and what tells it that it is its turn.
pub fn born() -> Option<(usize, Arc<AtomicU32>)> {
    let me = ME.get();
    with(|world| {
        let process = world.threads[me].process;
        world.add(process)
    })
}

/// The first thing that a new thread does.
pub fn enter(number: usize, baton: &AtomicU32) {
    ME.set(number);
    raw::take(baton);
}

/// The last one.
pub fn leave() {
    let me = ME.get();
    let next = with(|world| {
        world.threads[me].state = State::Ended;
        world.live.retain(|thread| *thread != me);
        let next = world.choose();
        Arc::clone(&world.threads[next].baton)
    });
    ME.set(OUTSIDE);
    if let Some(next) = next {
        raw::give(&next);
    }
}

impl World {
    fn add(&mut self, process: usize) -> (usize, Arc<AtomicU32>) {
        let number = self.threads.len();
        let baton = Arc::new(AtomicU32::new(0));
        let own = Arc::clone(&baton);
        let priority = if matches!(self.order, Order::Priorities(_)) { self.rng.i64(1..1 << 40) } else { 0 };
        self.has_news = true;
        self.threads.push(Thread {
            process,
            state: State::Ready,
            has_timed_out: false,
            priority,
            handle: 0,
            baton,
        });
        self.live.push(number);
        (number, own)
    }

    /// Whether the thread that runs gives way at this point.
    fn gives_way(&mut self, me: usize) -> bool {
        self.points += 1;
        match &self.order {
            Order::Random(of_256) => self.rng.u8(..) < *of_256,
            Order::Priorities(changes) => {
                let is_change = changes.contains(&self.points);
                if is_change {
                    self.lower(me);
                }
                std::mem::take(&mut self.has_news) || is_change
            }
        }
    }

    fn lower(&mut self, thread: usize) {
        self.lowest -= 1;
        self.threads[thread].priority = self.lowest;
    }

    /// The thread that is made next begins a process.
    pub fn next_is_a_process(&mut self) -> usize {
        self.processes.push(Process { main: self.threads.len(), is_alive: true, files: BTreeSet::new() });
        self.processes.len() - 1
    }

    /// A new thread has that handle, and belongs to the process that it begins.
    pub fn settle(&mut self, thread: usize, handle: libc::pthread_t) {
        self.threads[thread].handle = handle;
        if let Some(process) = self.processes.iter().position(|process| process.main == thread) {
            self.threads[thread].process = process;
        }
    }

    /// The thread with that handle, which another one may have had before.
    pub fn thread(&self, handle: libc::pthread_t) -> Option<usize> {
        self.threads.iter().rposition(|thread| thread.handle == handle)
    }

    /// The process of the thread that runs.
    pub fn process(&self) -> usize {
        self.threads[ME.get()].process
    }

    pub fn has_ended(&self, process: usize) -> bool {
        let main = &self.threads[self.processes[process].main];
        matches!(main.state, State::Ended | State::Dead)
    }

    /// How many threads of the process have not ended.
    pub fn threads_of(&self, process: usize) -> usize {
        self.live.iter().filter(|thread| self.threads[**thread].process == process).count()
    }

    /// Ends a process as SIGKILL does: its threads never run again, its files and connections are closed.
    pub fn kill(&mut self, process: usize) {
        self.note(0xdead);
        self.processes[process].is_alive = false;
        for thread in &mut self.threads {
            if thread.process == process && !matches!(thread.state, State::Ended) {
                thread.state = State::Dead;
            }
        }
        let threads = &self.threads;
        self.live.retain(|thread| !matches!(threads[*thread].state, State::Dead));
        for file in std::mem::take(&mut self.processes[process].files) {
            // SAFETY: the threads that know the number never run again.
            unsafe { raw::syscall(libc::SYS_close, [file as usize, 0, 0, 0, 0, 0]) };
        }
        self.close_all(process);
    }

    /// Has something happen after a while.
    pub fn after(&mut self, time: Time, event: impl FnOnce(&mut World) + 'static) {
        self.planned += 1;
        let key = (self.now + time, self.planned);
        self.events.insert(key, Box::new(event));
    }

    pub fn note(&mut self, what: u64) {
        self.trace = (self.trace.rotate_left(5) ^ what ^ self.now).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    pub fn monotonic(&mut self) -> Time {
        // A loop that only looks at the clock ends too.
        self.now += self.tick;
        MONOTONIC + self.now
    }

    pub fn wall(&mut self) -> (i64, i64) {
        let now = self.monotonic();
        (WALL + self.set + (now / SECOND) as i64, (now % SECOND) as i64)
    }

    /// A moment of the monotonic clock as the program knows it.
    pub fn moment(monotonic: Time) -> Time {
        monotonic.saturating_sub(MONOTONIC)
    }

    /// Wakes up to `most` of those that wait at a futex.
    pub fn wake(&mut self, address: usize, most: usize) -> usize {
        let mut woken = 0;
        while woken < most {
            let waits = |thread: &&usize| match &self.threads[**thread].state {
                State::Waits(Wait::Futex { address: of, .. }) => *of == address,
                _ => false,
            };
            let waiting: Vec<usize> = self.live.iter().filter(waits).copied().collect();
            if waiting.is_empty() {
                break;
            }
            let one = waiting[self.rng.usize(..waiting.len())];
            self.threads[one].state = State::Ready;
            self.threads[one].has_timed_out = false;
            self.has_news = true;
            woken += 1;
        }
        woken
    }

    /// What may go on now, and whether because its time is over.
    fn may_run(&self, thread: usize) -> Option<bool> {
        let is_over = |until: &Option<Time>| until.is_some_and(|until| until <= self.now);
        match &self.threads[thread].state {
            State::Ready => Some(false),
            State::Waits(Wait::Until(time)) => (*time <= self.now).then_some(true),
            State::Waits(Wait::Futex { until, .. }) => is_over(until).then_some(true),
            State::Waits(Wait::Poll { ends, until }) => match self.net.is_one_ready(ends) {
                true => Some(false),
                false => is_over(until).then_some(true),
            },
            State::Waits(Wait::Process(process)) => self.has_ended(*process).then_some(false),
            State::Waits(Wait::Thread(other)) => {
                matches!(self.threads[*other].state, State::Ended | State::Dead).then_some(false)
            }
            State::Ended | State::Dead => None,
        }
    }

    fn waits_to_be_woken(&self, thread: usize) -> bool {
        matches!(self.threads[thread].state, State::Waits(Wait::Futex { .. }))
    }

    fn next_moment(&self) -> Option<Time> {
        let of_thread = |thread: &usize| match &self.threads[*thread].state {
            State::Waits(Wait::Until(time)) => Some(*time),
            State::Waits(Wait::Futex { until, .. } | Wait::Poll { until, .. }) => *until,
            _ => None,
        };
        let event = self.events.keys().next().map(|(time, _)| *time);
        self.live.iter().filter_map(of_thread).chain(event).min()
    }

    fn choose(&mut self) -> usize {
        loop {
            self.steps += 1;
            self.now += self.rng.u64(1..20) * self.tick;
            assert!(self.now < LONGEST, "a call has not ended after 48 hours: {}", self.describe());
            assert!(self.steps < MOST_STEPS, "a call does not end: {}", self.describe());
            while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= self.now) {
                entry.remove()(self);
            }
            let can = |thread: &usize| self.may_run(*thread).map(|timed_out| (*thread, timed_out));
            let ready: Vec<(usize, bool)> = self.live.iter().filter_map(can).collect();
            if !ready.is_empty() {
                let (one, has_timed_out) = match &self.order {
                    Order::Random(_) => ready[self.rng.usize(..ready.len())],
                    Order::Priorities(_) => *ready
                        .iter()
                        .max_by_key(|(thread, _)| self.threads[*thread].priority)
                        .expect("one is ready"),
                };
                self.expired += u64::from(has_timed_out && self.waits_to_be_woken(one));
                if !matches!(self.threads[one].state, State::Ready) {
                    self.threads[one].has_timed_out = has_timed_out;
                    self.threads[one].state = State::Ready;
                }
                self.note(one as u64);
                return one;
            }
            match self.next_moment() {
                Some(moment) => {
                    if self.is_told && moment > self.now + SECOND / 2 {
                        eprintln!("{}", self.describe());
                    }
                    self.now = self.now.max(moment);
                }
                None => panic!("all threads wait for each other: {}", self.describe()),
            }
        }
    }

    fn describe(&self) -> String {
        let state = |thread: &usize| match &self.threads[*thread].state {
            State::Ready => format!("{thread} runs"),
            State::Waits(Wait::Until(time)) => format!("{thread} sleeps until {time}"),
            State::Waits(Wait::Futex { address, until }) => {
                format!("{thread} at {address:x} until {until:?}")
            }
            State::Waits(Wait::Poll { ends, until }) => format!("{thread} polls {ends:?} until {until:?}"),
            State::Waits(Wait::Process(process)) => format!("{thread} waits for process {process}"),
            State::Waits(Wait::Thread(other)) => format!("{thread} waits for thread {other}"),
            State::Ended | State::Dead => format!("{thread} ended"),
        };
        let states: Vec<String> = self.live.iter().map(state).collect();
        format!("{} ms, {} steps; {}", self.now / MILLISECOND, self.steps, states.join("; "))
    }
}

/// Starts a process, whose first thread runs `work`.
pub fn spawn(work: impl FnOnce() + Send + 'static) -> usize {
    let process = with(World::next_is_a_process).expect("a world");
    drop(std::thread::Builder::new().stack_size(1 << 20).spawn(work).expect("a thread"));
    process
}

/// What the clock of the world says.
pub fn now() -> Time {
    with(|world| world.now).unwrap_or_default()
}
