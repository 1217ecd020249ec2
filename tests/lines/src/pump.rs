//! Carries packets between the two ends of a line, on a thread of its own.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::time::{ClockId, clock_gettime};
use tun_rs::SyncDevice;

use crate::Result;
use crate::changes::{Change, Changes};
use crate::line::{Counts, Direction, Settings};
use crate::namespace::MTU;

/// How often the pump looks at its devices at most. All that came meanwhile is carried at once: a system call
/// less for most packets, and no packet is later by more than this.
const TURN: Duration = Duration::from_micros(250);

/// How long nothing may happen before the pump looks whether it is to stop.
const REST: Duration = Duration::from_millis(10);

/// A packet that is delivered this much later than the line says is counted as late: the machine was busy.
const LATE: Duration = Duration::from_millis(1);

/// The time over which a connection's rate is measured.
const WINDOW: Duration = Duration::from_secs(1);

/// What has passed so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// There and back.
    pub counts: [Counts; 2],
    /// Packets that arrived more than 1 ms after their time.
    pub late: u64,
    /// CPU time of the pump's thread.
    pub cpu: Duration,
    /// How often a connection was cut.
    pub cuts: u64,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    first: OnceLock<Instant>,
    /// Bytes delivered there, for those who ask often.
    delivered: AtomicU64,
    changes: Mutex<Changes>,
    traffic: Mutex<Traffic>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A pump that runs. It stops when it is dropped.
pub struct Pump {
    shared: Arc<Shared>,
    begin: Instant,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Pump {
    /// Carries packets from the first device to the second as the first settings say, and back as the second.
    pub fn start(devices: [SyncDevice; 2], settings: [Settings; 2], seed: u64) -> Pump {
        let shared = Arc::new(Shared::default());
        let begin = Instant::now();
        let directions = [Direction::new(settings[0], seed), Direction::new(settings[1], !seed)];
        let work = Work {
            devices,
            directions,
            lane: None,
            sent: HashMap::new(),
            window: Duration::ZERO,
            late: 0,
            cuts: 0,
            begin,
            shared: Arc::clone(&shared),
        };
        let thread = thread::spawn(move || {
            let shared = Arc::clone(&work.shared);
            let done = work.run();
            shared.stop.store(true, Ordering::Relaxed);
            done
        });
        Pump { shared, begin, thread: Some(thread) }
    }

    /// Has these changes happen, their times counted from now.
    pub fn schedule(&self, changes: Changes) {
        *lock(&self.shared.changes) = changes.from(self.begin.elapsed());
    }

    /// What has passed so far, at most 10 ms old.
    pub fn traffic(&self) -> Traffic {
        *lock(&self.shared.traffic)
    }

    /// Bytes that have arrived at the far end.
    pub fn delivered(&self) -> u64 {
        self.shared.delivered.load(Ordering::Relaxed)
    }

    /// When the first packet came from the near end.
    pub fn first(&self) -> Option<Instant> {
        self.shared.first.get().copied()
    }

    /// Ends the pump; what has passed.
    pub fn stop(mut self) -> Result<Traffic> {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().map_err(|_| "the pump panicked")??;
        }
        Ok(self.traffic())
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a connection that is cut passes before the line.
struct Lane {
    port: u16,
    direction: Direction,
}

struct Work {
    devices: [SyncDevice; 2],
    directions: [Direction; 2],
    lane: Option<Lane>,
    /// Bytes that each near port has sent since `window`.
    sent: HashMap<u16, u64>,
    window: Duration,
    late: u64,
    cuts: u64,
    begin: Instant,
    shared: Arc<Shared>,
}

impl Work {
    fn run(mut self) -> io::Result<()> {
        // Ahead of the programs that it carries for, where the system allows that.
        let _ = rustix::process::setpriority_process(None, -15);
        let mut looked = Duration::ZERO;
        while !self.shared.stop.load(Ordering::Relaxed) {
            let turn = Instant::now();
            self.change();
            self.read()?;
            self.deliver()?;
            let now = self.begin.elapsed();
            if now - looked >= REST {
                looked = now;
                self.tell();
            }
            thread::sleep(TURN.saturating_sub(turn.elapsed()));
            self.wait()?;
        }
        self.tell();
        Ok(())
    }

    /// Until a packet comes or is due, but not for long.
    fn wait(&self) -> io::Result<()> {
        let lane = self.lane.as_ref().map(|lane| &lane.direction);
        let next = self.directions.iter().chain(lane).filter_map(Direction::next).min();
        let rest = next.map_or(REST, |next| next.saturating_sub(self.begin.elapsed()).min(REST));
        if rest.is_zero() {
            return Ok(());
        }
        let mut ends = self.devices.each_ref().map(|device| PollFd::new(device, PollFlags::IN));
        let rest = Timespec { tv_sec: 0, tv_nsec: rest.subsec_nanos().into() };
        match poll(&mut ends, Some(&rest)) {
            Err(rustix::io::Errno::INTR) | Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn change(&mut self) {
        let now = self.begin.elapsed();
        let Some(change) = lock(&self.shared.changes).take(now) else { return };
        match change {
            Change::Set(settings) => {
                for (direction, settings) in self.directions.iter_mut().zip(settings) {
                    direction.set(now, settings);
                }
            }
            Change::Cut(share) => {
                let Some((port, bytes)) = self.sent.iter().max_by_key(|(_, bytes)| **bytes) else { return };
                let rate = *bytes as f64 * 8.0 / (now - self.window).as_secs_f64().max(1e-3) * share;
                let settings = Settings::new(rate as u64, Duration::ZERO, 0.0);
                self.lane = Some(Lane { port: *port, direction: Direction::new(settings, 0) });
                self.cuts += 1;
            }
        }
    }

    /// Takes all that the devices have.
    fn read(&mut self) -> io::Result<()> {
        let mut buffer = [0; MTU as usize];
        let [near, far] = &self.devices;
        while let Some(length) = unless_blocked(near.recv(&mut buffer))? {
            let _ = self.shared.first.get_or_init(Instant::now);
            let packet: Box<[u8]> = buffer[..length].into();
            let now = self.begin.elapsed();
            let port = near_port(&packet);
            if now - self.window > 2 * WINDOW {
                self.sent.clear();
                self.window = now;
            }
            *self.sent.entry(port).or_default() += length as u64;
            match &mut self.lane {
                Some(lane) if lane.port == port => lane.direction.offer(now, packet),
                _ => self.directions[0].offer(now, packet),
            }
        }
        while let Some(length) = unless_blocked(far.recv(&mut buffer))? {
            self.directions[1].offer(self.begin.elapsed(), buffer[..length].into());
        }
        Ok(())
    }

    /// Gives the devices all that has arrived.
    fn deliver(&mut self) -> io::Result<()> {
        let now = self.begin.elapsed();
        if let Some(lane) = &mut self.lane {
            while let Some((_, packet)) = lane.direction.take(now) {
                self.directions[0].offer(now, packet);
            }
        }
        let [near, far] = &self.devices;
        for (direction, device) in self.directions.iter_mut().zip([far, near]) {
            while let Some((arrival, packet)) = direction.take(now) {
                if now - arrival > LATE {
                    self.late += 1;
                }
                // A device takes a packet or drops it; it drops those that it does not want.
                unless_blocked(device.send(&packet))?;
            }
        }
        self.shared.delivered.store(self.directions[0].counts().delivered_bytes, Ordering::Relaxed);
        Ok(())
    }

    fn tell(&self) {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        let cpu = Duration::new(cpu.tv_sec.unsigned_abs(), cpu.tv_nsec as u32);
        let counts = self.directions.each_ref().map(Direction::counts);
        *lock(&self.shared.traffic) = Traffic { counts, late: self.late, cpu, cuts: self.cuts };
    }
}

fn unless_blocked(done: io::Result<usize>) -> io::Result<Option<usize>> {
    match done {
        Ok(length) => Ok(Some(length)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// The source port of a TCP packet over IPv4, else 0.
fn near_port(packet: &[u8]) -> u16 {
    let header = packet.first().map_or(0, |first| usize::from(first & 15) * 4);
    match (packet.first(), packet.get(9), packet.get(header..header + 2)) {
        (Some(first), Some(6), Some([high, low])) if first >> 4 == 4 => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_behind_the_options_of_the_header() {
        let mut packet = [0_u8; 64];
        (packet[0], packet[9]) = (0x46, 6);
        (packet[20], packet[24], packet[25]) = (9, 0x1f, 0x90);
        assert_eq!(near_port(&packet), 8080);
        packet[9] = 17;
        assert_eq!(near_port(&packet), 0);
        assert_eq!(near_port(&packet[..24]), 0);
        assert_eq!(near_port(&[]), 0);
    }
}
