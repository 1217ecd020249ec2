//! libc's functions by which a program reaches a network, as the fuzzers have them: no connection leaves the
//! machine whatever an input names, and what arrives is handed out in pieces of the input's choice. And those
//! of time: on Linux nobody sleeps, the clock goes on instead. The program has them instead of libc's.

use std::cell::Cell;

/// How long the pieces are in which the thread receives, in turn; 0: as long as it asks for.
#[derive(Clone, Copy, Default)]
pub struct Pieces {
    pub lengths: [u8; 3],
    received: u32,
}

impl Pieces {
    pub fn new(lengths: [u8; 3]) -> Self {
        Pieces { lengths, received: 0 }
    }
}

/// So many pieces are cut; an input must not take long because it is cut into single bytes.
const MOST: u32 = 200;

thread_local! {
    static PIECES: Cell<Pieces> = const { Cell::new(Pieces { lengths: [0; 3], received: MOST }) };
}

/// Whether there is a fence. Without it an input could name any machine.
pub const STANDS: bool = cfg!(unix);

/// The calling thread receives in these pieces from now on.
pub fn receive_in(pieces: Pieces) {
    PIECES.set(pieces);
}

#[cfg(unix)]
fn next_piece() -> usize {
    let next = |cell: &Cell<Pieces>| {
        let mut pieces = cell.get();
        if pieces.received >= MOST {
            return usize::MAX;
        }
        let length = pieces.lengths[pieces.received as usize % 3];
        pieces.received += 1;
        cell.set(pieces);
        if length == 0 { usize::MAX } else { length.into() }
    };
    PIECES.try_with(next).unwrap_or(usize::MAX)
}

#[cfg(unix)]
mod functions {
    #![allow(clippy::missing_safety_doc)] // as libc says of each

    use std::ffi::{c_char, c_int, c_void};

    use libc::{addrinfo, size_t, sockaddr, sockaddr_in, sockaddr_in6, socklen_t, ssize_t};

    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn recv(fd: c_int, bytes: *mut c_void, count: size_t, flags: c_int) -> ssize_t {
        let count = count.min(super::next_piece());
        // SAFETY: the arguments are the caller's, and `recv` is defined to be this.
        unsafe { libc::recvfrom(fd, bytes, count, flags, std::ptr::null_mut(), std::ptr::null_mut()) }
    }

    /// Whether an address is this machine's own.
    unsafe fn is_near(address: *const sockaddr) -> bool {
        // SAFETY: an address is as long as its family says.
        unsafe {
            match c_int::from((*address).sa_family) {
                libc::AF_INET => u32::from_be((*address.cast::<sockaddr_in>()).sin_addr.s_addr) >> 24 == 127,
                libc::AF_INET6 => {
                    (*address.cast::<sockaddr_in6>()).sin6_addr.s6_addr
                        == std::net::Ipv6Addr::LOCALHOST.octets()
                }
                _ => true,
            }
        }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn connect(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int {
        type Connect = unsafe extern "C" fn(c_int, *const sockaddr, socklen_t) -> c_int;
        // SAFETY: libc has it, with this type; the arguments are the caller's.
        unsafe {
            if !is_near(address) {
                return refused();
            }
            let found = libc::dlsym(libc::RTLD_NEXT, c"connect".as_ptr());
            std::mem::transmute::<*mut c_void, Connect>(found)(fd, address, length)
        }
    }

    fn refused() -> c_int {
        #[cfg(not(target_vendor = "apple"))]
        use libc::__errno_location as errno;
        #[cfg(target_vendor = "apple")]
        use libc::__error as errno;
        // SAFETY: errno is the thread's own.
        unsafe { *errno() = libc::ENETUNREACH };
        -1
    }

    /// No name is known: a look-up would ask a server.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn getaddrinfo(
        _: *const c_char,
        _: *const c_char,
        _: *const addrinfo,
        _: *mut *mut addrinfo,
    ) -> c_int {
        libc::EAI_NONAME
    }
}

#[cfg(target_os = "linux")]
mod clock {
    #![allow(clippy::missing_safety_doc)] // as libc says of each

    use std::ffi::c_int;
    use std::sync::atomic::{AtomicI64, Ordering};

    use libc::{clockid_t, timespec};

    /// How far the clock is ahead, in nanoseconds: as long as was slept.
    static AHEAD: AtomicI64 = AtomicI64::new(0);

    const SECOND: i64 = 1_000_000_000;

    /// std's sleep.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn clock_nanosleep(
        _: clockid_t,
        flags: c_int,
        time: *const timespec,
        _: *mut timespec,
    ) -> c_int {
        let now = monotonic();
        // SAFETY: the time is the caller's.
        let time = unsafe { (*time).tv_sec * SECOND + (*time).tv_nsec };
        let pause = if flags & libc::TIMER_ABSTIME == 0 { time } else { time - now };
        AHEAD.fetch_add(pause.max(0), Ordering::Relaxed);
        0
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn clock_gettime(clock: clockid_t, to: *mut timespec) -> c_int {
        if clock == libc::CLOCK_MONOTONIC {
            let now = monotonic();
            // SAFETY: the place is the caller's.
            unsafe { *to = timespec { tv_sec: now / SECOND, tv_nsec: now % SECOND } };
            return 0;
        }
        // SAFETY: the arguments are the caller's.
        unsafe { libc::syscall(libc::SYS_clock_gettime, clock, to) as c_int }
    }

    fn monotonic() -> i64 {
        let mut now = timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the place is this function's own.
        unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC, &raw mut now) };
        now.tv_sec * SECOND + now.tv_nsec + AHEAD.load(Ordering::Relaxed)
    }
}
