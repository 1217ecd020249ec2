//! The disk of a world: the files are the machine's, but reads and writes can be slow, short, interrupted, or
//! fail. Only those of the simulated processes do, not those of the world.

#![allow(clippy::missing_safety_doc)] // as libc says of each

use std::ffi::{c_char, c_int, c_void};
use std::path::Path;

use fastrand::Rng;
use libc::{off64_t, size_t};

use super::durable::Durable;
use super::raw::{call, fail};
use super::world::{self, MILLISECOND, SECOND, Time, Wait, World};

#[derive(Default)]
pub struct Disk {
    /// How many operations take long, in thousandths.
    slow: u32,
    /// No operation takes longer.
    pub slowest: Time,
    /// How many fail, in thousandths.
    faults: u32,
    /// Whether nothing can be written.
    is_full: bool,
    /// What is there after a loss of power, in a world that has one.
    pub durable: Option<Durable>,
}

impl Disk {
    pub fn new(rng: &mut Rng) -> Self {
        let slow = [0, 0, 20, 200][rng.usize(..4)];
        let slowest = [5 * MILLISECOND, 300 * MILLISECOND, 3 * SECOND][rng.usize(..3)];
        Disk { slow, slowest: if slow > 0 { slowest } else { 0 }, ..Disk::default() }
    }

    /// Operations fail, too; of some disks all that write.
    pub fn trouble(&mut self, rng: &mut Rng) {
        self.faults = [2, 20, 200][rng.usize(..3)];
        self.is_full = rng.u8(..4) == 0;
    }

    pub fn heal(&mut self) {
        (self.faults, self.is_full) = (0, false);
    }

    /// The world has written a file.
    pub fn wrote(&mut self, path: &Path) {
        if let Some(durable) = &mut self.durable {
            durable.wrote(path);
        }
    }
}

/// What an operation does.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Open,
    Read,
    Write,
    Sync,
    Rename,
}

/// What becomes of an operation.
enum Fate {
    Works,
    /// With so many bytes less one as are left over.
    Short(u64),
    Fails(c_int),
}

impl World {
    /// The power is lost, and comes back.
    pub fn lose_power(&mut self) {
        let World { disk, rng, .. } = self;
        if let Some(durable) = &mut disk.durable {
            durable.lose(rng);
            self.service.losses.push(self.now);
        }
    }

    fn fate(&mut self, does: Does) -> (Time, Fate) {
        let (disk, rng) = (&self.disk, &mut self.rng);
        let pause = if rng.u32(..1000) < disk.slow { rng.u64(..disk.slowest) } else { 0 };
        let is_full = disk.is_full && matches!(does, Does::Write);
        let roll = rng.u32(..1000);
        if !is_full && roll >= disk.faults {
            return (pause, Fate::Works);
        }
        let errors: &[c_int] = match does {
            _ if is_full => &[libc::ENOSPC],
            Does::Open => &[libc::EIO, libc::EMFILE, libc::EINTR],
            Does::Read => &[libc::EIO, libc::EINTR, 0, 0],
            Does::Write => &[libc::EIO, libc::ENOSPC, libc::EINTR, 0, 0],
            Does::Sync | Does::Rename => &[libc::EIO],
        };
        let error = errors[rng.usize(..errors.len())];
        let short = rng.u64(..);
        self.service.fired += u64::from(error != 0 && error != libc::EINTR);
        self.note(error as u64);
        (pause, if error == 0 { Fate::Short(short) } else { Fate::Fails(error) })
    }
}

/// Whether a simulated process does it: the first process is the world's own.
fn fate(does: Does) -> Fate {
    let found = world::with(|world| (world.process() > 0).then(|| world.fate(does))).flatten();
    let Some((pause, fate)) = found else { return Fate::Works };
    if pause > 0 {
        world::wait(Wait::Until(world::now() + pause));
    } else {
        world::preempt();
    }
    fate
}

fn is_file(fd: c_int) -> bool {
    world::with(|world| {
        let process = world.process();
        world.processes[process].files.contains(&fd) && !world.net.has(fd)
    }) == Some(true)
}

/// The system call, if its fate is no other; of `count` bytes, or none that count.
unsafe fn done(does: Does, number: libc::c_long, arguments: [usize; 6], count: Option<usize>) -> isize {
    let mut arguments = arguments;
    match fate(does) {
        Fate::Fails(error) => return fail(error),
        Fate::Short(left) => {
            if let Some(count) = count.filter(|count| *count > 1) {
                arguments[2] = 1 + (left % (count as u64 - 1)) as usize;
            }
        }
        Fate::Works => {}
    }
    // SAFETY: the arguments are the caller's, and a smaller count is right, too.
    unsafe { call(number, arguments) }
}

unsafe fn moved(
    does: Does,
    number: libc::c_long,
    fd: c_int,
    bytes: usize,
    count: size_t,
    at: usize,
) -> isize {
    let arguments = [fd as usize, bytes, count, at, 0, 0];
    // SAFETY: the arguments are the caller's.
    unsafe { if is_file(fd) { done(does, number, arguments, Some(count)) } else { call(number, arguments) } }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, bytes: *mut c_void, count: size_t) -> isize {
    // SAFETY: the arguments are the caller's.
    unsafe { moved(Does::Read, libc::SYS_read, fd, bytes as usize, count, 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pread64(fd: c_int, bytes: *mut c_void, count: size_t, at: off64_t) -> isize {
    // SAFETY: the arguments are the caller's.
    unsafe { moved(Does::Read, libc::SYS_pread64, fd, bytes as usize, count, at as usize) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, count: size_t) -> isize {
    // SAFETY: the arguments are the caller's.
    unsafe { moved(Does::Write, libc::SYS_write, fd, bytes as usize, count, 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(fd: c_int, bytes: *const c_void, count: size_t, at: off64_t) -> isize {
    // SAFETY: the arguments are the caller's.
    unsafe { moved(Does::Write, libc::SYS_pwrite64, fd, bytes as usize, count, at as usize) }
}

unsafe fn synced(number: libc::c_long, fd: c_int) -> c_int {
    // SAFETY: the number of the file is the caller's.
    let answer = unsafe { done(Does::Sync, number, [fd as usize, 0, 0, 0, 0, 0], None) as c_int };
    if answer == 0 {
        world::with(|world| world.disk.durable.as_mut().map(|durable| durable.synced(fd)));
    }
    answer
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    // SAFETY: the number is the caller's.
    unsafe { synced(libc::SYS_fsync, fd) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: the number is the caller's.
    unsafe { synced(libc::SYS_fdatasync, fd) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(fd: c_int, length: off64_t) -> c_int {
    let arguments = [fd as usize, length as usize, 0, 0, 0, 0];
    // SAFETY: the arguments are the caller's.
    unsafe { done(Does::Sync, libc::SYS_ftruncate, arguments, None) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let arguments = [from as usize, to as usize, 0, 0, 0, 0];
    // SAFETY: the arguments are the caller's.
    unsafe { done(Does::Rename, libc::SYS_rename, arguments, None) as c_int }
}

unsafe fn opened(directory: c_int, path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int {
    let arguments = [directory as usize, path as usize, flags as usize, mode as usize, 0, 0];
    // SAFETY: the arguments are the caller's.
    let fd = unsafe { done(Does::Open, libc::SYS_openat, arguments, None) as c_int };
    if fd >= 0 {
        world::with(|world| world.disk.durable.as_mut().map(|durable| durable.opened(fd)));
    }
    owned(fd)
}

/// A process that is killed has no files any more, and no locks upon them.
pub fn owned(fd: c_int) -> c_int {
    if fd >= 0 {
        world::with(|world| {
            let process = world.process();
            world.processes[process].files.insert(fd);
        });
    }
    fd
}

/// What decides who holds a file, and whether it is still there: another thread may come before each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flock(fd: c_int, operation: c_int) -> c_int {
    world::preempt();
    // SAFETY: the arguments are the caller's.
    unsafe { call(libc::SYS_flock, [fd as usize, operation as usize, 0, 0, 0, 0]) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    world::preempt();
    // SAFETY: the arguments are the caller's.
    unsafe { call(libc::SYS_unlink, [path as usize, 0, 0, 0, 0, 0]) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn statx(
    directory: c_int,
    path: *const c_char,
    flags: c_int,
    mask: u32,
    found: *mut libc::statx,
) -> c_int {
    world::preempt();
    let arguments = [directory as usize, path as usize, flags as usize, mask as usize, found as usize, 0];
    // SAFETY: the arguments are the caller's.
    unsafe { call(libc::SYS_statx, arguments) as c_int }
}

/// Files are doubled by it, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: usize) -> c_int {
    // SAFETY: the arguments are the caller's.
    let answer =
        unsafe { call(libc::SYS_fcntl, [fd as usize, command as usize, argument, 0, 0, 0]) as c_int };
    if matches!(command, libc::F_DUPFD | libc::F_DUPFD_CLOEXEC) { owned(answer) } else { answer }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int {
    // SAFETY: the arguments are the caller's.
    unsafe { opened(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int {
    // SAFETY: the arguments are the caller's.
    unsafe { opened(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(
    directory: c_int,
    path: *const c_char,
    flags: c_int,
    mode: libc::mode_t,
) -> c_int {
    // SAFETY: the arguments are the caller's.
    unsafe { opened(directory, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(
    directory: c_int,
    path: *const c_char,
    flags: c_int,
    mode: libc::mode_t,
) -> c_int {
    // SAFETY: the arguments are the caller's.
    unsafe { opened(directory, path, flags, mode) }
}
