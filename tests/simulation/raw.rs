//! System calls as the kernel has them, for a program that has put its own functions in place of libc's.

use std::arch::asm;
use std::ffi::CStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::FromRawFd as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::world;

/// # Safety
/// As the system call with this number says of its arguments.
pub unsafe fn syscall(number: libc::c_long, arguments: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = arguments;
    let answer: isize;
    // SAFETY: the convention of Linux on x86-64; what the call does is the caller's business.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => answer,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    answer
}

/// The same, with its errors as libc tells them.
///
/// # Safety
/// As [`syscall`].
pub unsafe fn call(number: libc::c_long, arguments: [usize; 6]) -> isize {
    // SAFETY: the caller's.
    match unsafe { syscall(number, arguments) } {
        error @ -4095..0 => fail(-error as i32),
        answer => answer,
    }
}

/// libc's own function of that name, which the program has put another one in the place of.
///
/// # Safety
/// `F` is the type of a pointer to it.
pub unsafe fn real<F: Copy>(name: &CStr) -> F {
    // SAFETY: a pointer to a function is as large as any other; the rest is the caller's.
    unsafe { std::mem::transmute_copy(&libc::dlsym(libc::RTLD_NEXT, name.as_ptr())) }
}

/// Sets errno; -1.
pub fn fail(errno: i32) -> isize {
    // SAFETY: errno is the thread's own.
    unsafe { *libc::__errno_location() = errno };
    -1
}

/// What `work` says in a process of its own, or how that has ended instead. It has ten minutes.
///
/// There a run begins with nothing but its seed, whatever ran before.
pub fn apart(work: impl Fn() -> String) -> Result<String, String> {
    loop {
        match forked(&work) {
            Err(AGAIN) => {}
            Err(status) => return Err(format!("the process ended with status {status:x}")),
            Ok(told) => return Ok(told),
        }
    }
}

/// The status of a process that cannot start threads. std has a lock for that, which another thread of this
/// process, that of another test, may have held at the fork.
const AGAIN: i32 = 77 << 8;

fn can_start_threads() -> bool {
    let (told, is_told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || told.send(()));
    is_told.recv_timeout(Duration::from_secs(5)).is_ok() && thread.join().is_ok()
}

/// What `work` says in a process of its own, or the status of that.
fn forked(work: &impl Fn() -> String) -> Result<String, i32> {
    let mut ends = [0; 2];
    // SAFETY: a pipe has two ends.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0, "a pipe");
    // SAFETY: the new process uses nothing that another thread of this one may hold but the allocator, of
    // which libc takes care.
    let process = unsafe { libc::fork() };
    if process == 0 {
        // SAFETY: the end to write to is this process's alone, and so is its end.
        unsafe {
            libc::alarm(600);
            if !can_start_threads() {
                libc::_exit(AGAIN >> 8);
            }
            std::panic::set_hook(Box::new(|panic| {
                eprintln!("{panic}");
                // Nobody has the turn any more.
                if world::is_behind() {
                    libc::_exit(3);
                }
            }));
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            let told = told.unwrap_or_else(|_| libc::_exit(4));
            File::from_raw_fd(ends[1]).write_all(told.as_bytes()).expect("told");
            libc::_exit(0);
        }
    }
    // SAFETY: both ends are this process's own.
    let mut reader = unsafe {
        libc::close(ends[1]);
        File::from_raw_fd(ends[0])
    };
    let (mut told, mut status) = (String::new(), 0);
    reader.read_to_string(&mut told).expect("text");
    // SAFETY: the process is this one's child.
    unsafe { libc::waitpid(process, &raw mut status, 0) };
    if status == 0 { Ok(told) } else { Err(status) }
}

/// The processors that this thread may run on.
pub fn processors() -> Vec<usize> {
    // SAFETY: a set of processors is a number of bits, all of which may be 0.
    let mut set = unsafe { std::mem::zeroed::<libc::cpu_set_t>() };
    // SAFETY: the set is written, and as large as it is said to be.
    assert_eq!(unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) }, 0, "processors");
    let all = 0..libc::CPU_SETSIZE as usize;
    // SAFETY: the number is one of the set's.
    all.filter(|&processor| unsafe { libc::CPU_ISSET(processor, &set) }).collect()
}

/// This thread, and the processes that it makes, stay on one processor: in each of them one thread runs at a
/// time, and wakes the next one there much faster.
pub fn stay(processor: usize) {
    // SAFETY: a set of processors is a number of bits; if this fails the run takes longer.
    unsafe {
        let mut one = std::mem::zeroed::<libc::cpu_set_t>();
        libc::CPU_SET(processor, &mut one);
        libc::sched_setaffinity(0, size_of_val(&one), &raw const one);
    }
}

/// Waits until another thread has called [`give`], which makes it 0 again.
pub fn take(baton: &AtomicU32) {
    while baton.compare_exchange(1, 0, Ordering::AcqRel, Ordering::Acquire).is_err() {
        futex(baton, libc::FUTEX_WAIT, 0);
    }
}

pub fn give(baton: &AtomicU32) {
    baton.store(1, Ordering::Release);
    futex(baton, libc::FUTEX_WAKE, 1);
}

fn futex(baton: &AtomicU32, operation: i32, value: u32) {
    let operation = (operation | libc::FUTEX_PRIVATE_FLAG) as usize;
    let arguments = [baton.as_ptr() as usize, operation, value as usize, 0, 0, 0];
    // SAFETY: the address is that of an atomic that lives.
    unsafe { syscall(libc::SYS_futex, arguments) };
}
