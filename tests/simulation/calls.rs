//! libc's functions as the world has them: those by which a program learns the time, waits, and speaks with a
//! network. The test program has them instead of libc's. Outside a world they are the system calls that they
//! are named after.

#![allow(clippy::missing_safety_doc)] // as libc says of each

use std::ffi::{c_int, c_long, c_void};
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{
    clockid_t, msghdr, nfds_t, pollfd, pthread_attr_t, pthread_t, size_t, sockaddr, socklen_t, timespec,
};

use super::names;
use super::raw::{call, fail, real};
use super::world::{self, MILLISECOND, SECOND, Time, Wait, World};

unsafe fn duration(time: *const timespec) -> Option<Time> {
    // SAFETY: NULL, or a time.
    let time = unsafe { time.as_ref() }?;
    Some((time.tv_sec as Time).saturating_mul(SECOND).saturating_add(time.tv_nsec as Time))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    let told = match clock {
        libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE => world::with(World::wall),
        libc::CLOCK_MONOTONIC | libc::CLOCK_MONOTONIC_COARSE | libc::CLOCK_BOOTTIME => {
            world::with(|world| world.monotonic()).map(|now| ((now / SECOND) as i64, (now % SECOND) as i64))
        }
        _ => None,
    };
    match told {
        Some((seconds, nanoseconds)) => {
            // SAFETY: the caller gives a place.
            unsafe { *time = timespec { tv_sec: seconds, tv_nsec: nanoseconds } };
            0
        }
        // SAFETY: the arguments are the caller's.
        None => unsafe {
            call(libc::SYS_clock_gettime, [clock as usize, time as usize, 0, 0, 0, 0]) as c_int
        },
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nanosleep(time: *const timespec, left: *mut timespec) -> c_int {
    // SAFETY: the arguments are the caller's.
    unsafe { clock_nanosleep(libc::CLOCK_MONOTONIC, 0, time, left) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    time: *const timespec,
    left: *mut timespec,
) -> c_int {
    // SAFETY: the caller gives a time.
    let asked = unsafe { duration(time) }.unwrap_or_default();
    let until = world::with(|world| match flags & libc::TIMER_ABSTIME {
        0 => world.now + asked,
        _ => World::moment(asked),
    });
    match until {
        Some(until) => {
            world::wait(Wait::Until(until));
            0
        }
        // SAFETY: the arguments are the caller's.
        None => unsafe {
            let arguments = [clock as usize, flags as usize, time as usize, left as usize, 0, 0];
            -super::raw::syscall(libc::SYS_clock_nanosleep, arguments) as c_int
        },
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn sched_yield() -> c_int {
    if world::is_within() {
        world::give_way();
    } else {
        // SAFETY: it has no arguments.
        unsafe { call(libc::SYS_sched_yield, [0; 6]) };
    }
    0
}

/// The locks and conditions of Rust's std are futexes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> c_long {
    if number == libc::SYS_futex && world::is_within() {
        // SAFETY: the arguments are those of a futex.
        return unsafe { futex(a, b as c_int, c as u32, d as *const timespec) } as c_long;
    }
    if number == libc::SYS_getrandom && world::is_within() {
        // SAFETY: the arguments are those of getrandom.
        return unsafe { getrandom(a as *mut c_void, b, c as u32) } as c_long;
    }
    // SAFETY: the arguments are the caller's.
    unsafe { call(number, [a, b, c, d, e, f]) as c_long }
}

unsafe fn futex(address: usize, operation: c_int, value: u32, time: *const timespec) -> isize {
    match operation & libc::FUTEX_CMD_MASK {
        command @ (libc::FUTEX_WAIT | libc::FUTEX_WAIT_BITSET) => {
            // SAFETY: a futex is a number in memory that only changes atomically.
            let now = unsafe { (*(address as *const AtomicU32)).load(Ordering::SeqCst) };
            if now != value {
                return fail(libc::EAGAIN);
            }
            // SAFETY: NULL, or a time.
            let time = unsafe { duration(time) };
            let until = time.map(|time| match command {
                libc::FUTEX_WAIT => world::now() + time,
                _ => World::moment(time),
            });
            if world::wait(Wait::Futex { address, until }) { fail(libc::ETIMEDOUT) } else { 0 }
        }
        libc::FUTEX_WAKE | libc::FUTEX_WAKE_BITSET => {
            let woken = world::with(|world| world.wake(address, value as usize)).unwrap_or_default();
            world::preempt();
            woken as isize
        }
        other => panic!("nobody has told the world of futex operation {other}"),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn getrandom(bytes: *mut c_void, count: size_t, flags: u32) -> isize {
    let filled = world::with(|world| {
        // SAFETY: the caller gives so many bytes.
        world.rng.fill(unsafe { slice::from_raw_parts_mut(bytes.cast::<u8>(), count) });
        count as isize
    });
    // SAFETY: the arguments are the caller's.
    filled.unwrap_or_else(|| unsafe {
        call(libc::SYS_getrandom, [bytes as usize, count, flags as usize, 0, 0, 0])
    })
}

type Start = extern "C" fn(*mut c_void) -> *mut c_void;

struct Birth {
    number: usize,
    baton: Arc<AtomicU32>,
    start: Start,
    argument: *mut c_void,
}

extern "C" fn begin(birth: *mut c_void) -> *mut c_void {
    // SAFETY: `pthread_create` below has made it for this thread alone.
    let birth = unsafe { Box::from_raw(birth.cast::<Birth>()) };
    world::enter(birth.number, &birth.baton);
    // std asks once in a thread for what its hashes begin with. In the world's own code that would be real.
    drop(std::hash::RandomState::new());
    let result = (birth.start)(birth.argument);
    world::leave();
    result
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_create(
    thread: *mut pthread_t,
    attributes: *const pthread_attr_t,
    start: Start,
    argument: *mut c_void,
) -> c_int {
    type Create = unsafe extern "C" fn(*mut pthread_t, *const pthread_attr_t, Start, *mut c_void) -> c_int;
    // SAFETY: libc has it, with this type.
    let create: Create = unsafe { real(c"pthread_create") };
    match world::born() {
        Some((number, baton)) => {
            let birth = Box::into_raw(Box::new(Birth { number, baton, start, argument }));
            // SAFETY: the birth is the new thread's.
            let answer = unsafe { create(thread, attributes, begin, birth.cast()) };
            assert_eq!(answer, 0, "the machine has no thread for the world");
            // SAFETY: there is a thread, so it has a handle.
            world::with(|world| world.settle(number, unsafe { *thread }));
            world::preempt();
            answer
        }
        // SAFETY: the arguments are the caller's.
        None => unsafe { create(thread, attributes, start, argument) },
    }
}

/// Waits in the world first: the real one would keep the turn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_join(thread: pthread_t, result: *mut *mut c_void) -> c_int {
    type Join = unsafe extern "C" fn(pthread_t, *mut *mut c_void) -> c_int;
    // SAFETY: libc has it, with this type.
    let join: Join = unsafe { real(c"pthread_join") };
    if let Some(Some(number)) = world::with(|world| world.thread(thread)) {
        world::wait(Wait::Thread(number));
    }
    // SAFETY: the arguments are the caller's.
    unsafe { join(thread, result) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int {
    if !world::is_within() {
        // SAFETY: the arguments are the caller's.
        return unsafe {
            call(libc::SYS_socket, [domain as usize, kind as usize, protocol as usize, 0, 0, 0]) as c_int
        };
    }
    // A number that nothing else has.
    // SAFETY: an event counter needs nothing.
    let fd = unsafe { call(libc::SYS_eventfd2, [0, libc::EFD_CLOEXEC as usize, 0, 0, 0, 0]) as c_int };
    world::with(|world| {
        world.opened(fd);
        let process = world.process();
        world.processes[process].files.insert(fd);
    });
    fd
}

fn is_connection(fd: c_int) -> bool {
    world::with(|world| world.net.has(fd)) == Some(true)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn connect(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int {
    if !is_connection(fd) {
        // SAFETY: the arguments are the caller's.
        return unsafe {
            call(libc::SYS_connect, [fd as usize, address as usize, length as usize, 0, 0, 0]) as c_int
        };
    }
    // SAFETY: the caller gives an address.
    let address = unsafe { names::ip(address) };
    let error = world::with(|world| world.connect(fd, address)).unwrap_or(libc::EBADF);
    fail(error) as c_int
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn getsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    length: *mut socklen_t,
) -> c_int {
    if !is_connection(fd) {
        let arguments = [fd as usize, level as usize, name as usize, value as usize, length as usize, 0];
        // SAFETY: the arguments are the caller's.
        return unsafe { call(libc::SYS_getsockopt, arguments) as c_int };
    }
    if (level, name) != (libc::SOL_SOCKET, libc::SO_ERROR) {
        return fail(libc::ENOPROTOOPT) as c_int;
    }
    let error = world::with(|world| world.net.take_error(fd)).unwrap_or_default();
    // SAFETY: SO_ERROR is an int.
    unsafe { *value.cast::<c_int>() = error };
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn setsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *const c_void,
    length: socklen_t,
) -> c_int {
    if is_connection(fd) {
        return 0;
    }
    let arguments = [fd as usize, level as usize, name as usize, value as usize, length as usize, 0];
    // SAFETY: the arguments are the caller's.
    unsafe { call(libc::SYS_setsockopt, arguments) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn poll(ends: *mut pollfd, count: nfds_t, timeout: c_int) -> c_int {
    if !world::is_within() {
        // SAFETY: the arguments are the caller's.
        return unsafe {
            call(libc::SYS_poll, [ends as usize, count as usize, timeout as usize, 0, 0, 0]) as c_int
        };
    }
    let until = u64::try_from(timeout).ok().map(|timeout| world::now() + timeout * MILLISECOND);
    // SAFETY: the caller gives so many.
    unsafe { polled(ends, count, until) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ppoll(
    ends: *mut pollfd,
    count: nfds_t,
    timeout: *const timespec,
    signals: *const c_void,
) -> c_int {
    if !world::is_within() {
        let arguments = [ends as usize, count as usize, timeout as usize, signals as usize, 8, 0];
        // SAFETY: the arguments are the caller's.
        return unsafe { call(libc::SYS_ppoll, arguments) as c_int };
    }
    // SAFETY: NULL, or a time.
    let until = unsafe { duration(timeout) }.map(|timeout| world::now() + timeout);
    // SAFETY: the caller gives so many.
    unsafe { polled(ends, count, until) }
}

unsafe fn polled(ends: *mut pollfd, count: nfds_t, until: Option<Time>) -> c_int {
    let ends = match count {
        0 => &mut [],
        // SAFETY: the caller gives so many.
        _ => unsafe { slice::from_raw_parts_mut(ends, count as usize) },
    };
    let wanted = ends.iter().map(|end| (end.fd, end.events)).collect();
    world::wait(Wait::Poll { ends: wanted, until });
    let mut found = 0;
    for end in ends {
        end.revents = world::with(|world| world.net.ready(end.fd, end.events)).unwrap_or_default();
        found += c_int::from(end.revents != 0);
    }
    found
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn recv(fd: c_int, bytes: *mut c_void, count: size_t, flags: c_int) -> isize {
    if !is_connection(fd) {
        let arguments = [fd as usize, bytes as usize, count, flags as usize, 0, 0];
        // SAFETY: the arguments are the caller's.
        return unsafe { call(libc::SYS_recvfrom, arguments) };
    }
    world::preempt();
    let received = world::with(|world| {
        // SAFETY: the caller gives so many.
        let space = unsafe { slice::from_raw_parts_mut(bytes.cast::<u8>(), count) };
        let mut rng = world.rng.fork();
        let (count, read) = world.net.receive(fd, space, &mut rng)?;
        world.note(count as u64);
        read.into_iter().for_each(|tell| tell(world));
        Ok(count as isize)
    });
    received.unwrap_or(Err(libc::EBADF)).unwrap_or_else(fail)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn send(fd: c_int, bytes: *const c_void, count: size_t, flags: c_int) -> isize {
    if !is_connection(fd) {
        let arguments = [fd as usize, bytes as usize, count, flags as usize, 0, 0];
        // SAFETY: the arguments are the caller's.
        return unsafe { call(libc::SYS_sendto, arguments) };
    }
    // SAFETY: the caller gives so many.
    let bytes = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), count) };
    sent(fd, &[bytes])
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> isize {
    if !is_connection(fd) {
        // SAFETY: the arguments are the caller's.
        return unsafe { call(libc::SYS_sendmsg, [fd as usize, message as usize, flags as usize, 0, 0, 0]) };
    }
    // SAFETY: the caller gives a message of so many slices.
    let slices: Vec<&[u8]> = unsafe {
        let slices = slice::from_raw_parts((*message).msg_iov, (*message).msg_iovlen);
        let slice = |it: &libc::iovec| slice::from_raw_parts(it.iov_base.cast::<u8>(), it.iov_len);
        slices.iter().filter(|it| it.iov_len > 0).map(slice).collect()
    };
    sent(fd, &slices)
}

fn sent(fd: c_int, slices: &[&[u8]]) -> isize {
    world::preempt();
    let sent = world::with(|world| world.send(fd, slices).map(|count| count as isize));
    sent.unwrap_or(Err(libc::EBADF)).unwrap_or_else(fail)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ioctl(fd: c_int, request: libc::c_ulong, argument: *mut c_void) -> c_int {
    if request == libc::FIONREAD && is_connection(fd) {
        let there = world::with(|world| world.net.there(fd)).unwrap_or_default();
        // SAFETY: FIONREAD gives an int.
        unsafe { *argument.cast::<c_int>() = there as c_int };
        return 0;
    }
    // SAFETY: the arguments are the caller's.
    unsafe { call(libc::SYS_ioctl, [fd as usize, request as usize, argument as usize, 0, 0, 0]) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(fd: c_int) -> c_int {
    world::preempt();
    world::with(|world| {
        world.closed(fd);
        let process = world.process();
        world.processes[process].files.remove(&fd);
    });
    // SAFETY: the number is the caller's.
    unsafe { call(libc::SYS_close, [fd as usize, 0, 0, 0, 0, 0]) as c_int }
}
