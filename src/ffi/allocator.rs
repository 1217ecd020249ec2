//! The allocator of the shared and the static library: the system's, but an allocation that fails and may not
//! ends the process without a word. Rust's own end prints a backtrace to the standard error of the host.
//!
//! It is there with the feature `capi` only. A Rust program that links the rlib has an allocator of its own.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::memory::may_fail;

struct Quiet;

#[global_allocator]
static ALLOCATOR: Quiet = Quiet;

fn checked(memory: *mut u8) -> *mut u8 {
    if memory.is_null() && !may_fail() {
        std::process::abort();
    }
    memory
}

// SAFETY: every call is passed on to the system's allocator as it is. `checked` returns what it is given or
// does not return, and does not unwind.
unsafe impl GlobalAlloc for Quiet {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is that of the system's allocator; the same holds below.
        checked(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see `alloc`.
        checked(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see `alloc`.
        checked(unsafe { System.realloc(memory, layout, size) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: see `alloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}
