//! The allocator of the shared and the static library: the system's, and a reserve. Rust cannot go on where a
//! small allocation fails. Such a one is served from the reserve, and the call ends with
//! `FERRY_OUT_OF_MEMORY` at its next check (`src/memory.rs`). Where the reserve has ended too, the process
//! ends without a word: Rust's own end prints a backtrace to the standard error of the host.
//!
//! It is there with the feature `capi` only. A Rust program that links the rlib has an allocator of its own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::memory::{gave_to_reserve, may_fail, took_from_reserve};

/// The most of the reserve; pages that nobody has used take no memory.
const SIZE: usize = 1 << 20;

/// What is given out is a run of units, and aligned to one, as the channels of std are.
const UNIT: usize = 128;
const UNITS: usize = SIZE / UNIT;

#[repr(align(128))]
struct Space(UnsafeCell<[u8; SIZE]>);

struct Reserve {
    space: Space,
    /// The units that are given out.
    used: UnsafeCell<[bool; UNITS]>,
    locked: AtomicBool,
}

// SAFETY: `used` is touched by who holds `locked` only, the bytes of `space` by who was given them.
unsafe impl Sync for Reserve {}

static RESERVE: Reserve = Reserve {
    space: Space(UnsafeCell::new([0; SIZE])),
    used: UnsafeCell::new([false; UNITS]),
    locked: AtomicBool::new(false),
};

impl Reserve {
    fn begin(&self) -> *mut u8 {
        self.space.0.get().cast()
    }

    /// Which unit the memory begins with, if it is of the reserve.
    fn unit_of(&self, memory: *mut u8) -> Option<usize> {
        let offset = memory.addr().wrapping_sub(self.begin().addr());
        (offset < SIZE).then_some(offset / UNIT)
    }

    /// A lock of std may itself allocate.
    fn with_used<T>(&self, work: impl FnOnce(&mut [bool; UNITS]) -> T) -> T {
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::thread::yield_now();
        }
        // SAFETY: the lock is held, and `work` neither allocates nor panics, so it is not taken twice.
        let result = work(unsafe { &mut *self.used.get() });
        self.locked.store(false, Ordering::Release);
        result
    }

    /// The first run of units that is free and long enough; NULL if there is none.
    fn take(&self, layout: Layout) -> *mut u8 {
        let count = layout.size().div_ceil(UNIT);
        if layout.align() > UNIT {
            return null_mut();
        }
        let first = self.with_used(|used| {
            let mut first = 0;
            for (at, is_used) in used.iter().enumerate() {
                if *is_used {
                    first = at + 1;
                } else if at + 1 - first == count {
                    used.iter_mut().skip(first).take(count).for_each(|unit| *unit = true);
                    return Some(first);
                }
            }
            None
        });
        let Some(first) = first else { return null_mut() };
        took_from_reserve(count * UNIT);
        // SAFETY: a unit is less than UNITS, so the place is inside the space.
        unsafe { self.begin().add(first * UNIT) }
    }

    fn give_back(&self, first: usize, size: usize) {
        let count = size.div_ceil(UNIT);
        self.with_used(|used| used.iter_mut().skip(first).take(count).for_each(|unit| *unit = false));
        gave_to_reserve(count * UNIT);
    }
}

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// What the system has not given; does not return if nobody can give it and it may not fail.
#[cold]
fn reserved(layout: Layout) -> *mut u8 {
    if may_fail() {
        return null_mut();
    }
    let memory = RESERVE.take(layout);
    if memory.is_null() {
        std::process::abort();
    }
    memory
}

// SAFETY: what is given out is the system's, or of the reserve, where nobody else has it until it is given
// back; the reserve's is told from the system's by its address. Nothing unwinds.
unsafe impl GlobalAlloc for Allocator {
    // Inlined into each place that allocates or frees, these would take 300 KB.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is that of the system's allocator; the same holds below.
        let memory = unsafe { System.alloc(layout) };
        if memory.is_null() { reserved(layout) } else { memory }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see `alloc`.
        let mut memory = unsafe { System.alloc_zeroed(layout) };
        if memory.is_null() {
            memory = reserved(layout);
            if !memory.is_null() {
                // SAFETY: it has so many bytes.
                unsafe { memory.write_bytes(0, layout.size()) };
            }
        }
        memory
    }

    #[inline(never)]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if RESERVE.unit_of(memory).is_none() {
            // SAFETY: see `alloc`.
            let grown = unsafe { System.realloc(memory, layout, size) };
            if !grown.is_null() {
                return grown;
            }
        }
        // SAFETY: the caller promises that the size is fine with this alignment. Both have so many bytes, and
        // are not the same.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(memory, layout.size().min(size));
                self.dealloc(memory, layout);
            }
            moved
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        match RESERVE.unit_of(memory) {
            Some(first) => RESERVE.give_back(first, layout.size()),
            // SAFETY: see `alloc`.
            None => unsafe { System.dealloc(memory, layout) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `make miri` and `cargo test --lib --features capi` run it.
    #[test]
    fn the_reserve_gives_each_unit_once_and_takes_it_back() {
        let layout = |size| Layout::from_size_align(size, 8).expect("a layout");
        let small: Vec<*mut u8> = (0..3).map(|_| RESERVE.take(layout(UNIT + 1))).collect();
        for (index, memory) in small.iter().enumerate() {
            assert_eq!(RESERVE.unit_of(*memory), Some(2 * index));
            // SAFETY: it has so many bytes, and nobody else has them.
            unsafe { memory.write_bytes(7, UNIT + 1) };
        }
        assert!(RESERVE.take(layout(SIZE)).is_null() && RESERVE.unit_of(null_mut()).is_none());
        let wide = Layout::from_size_align(8, 2 * UNIT).expect("a layout");
        assert!(RESERVE.take(wide).is_null(), "no unit is aligned so");
        // Into the gap goes what fits.
        RESERVE.give_back(2, UNIT + 1);
        assert_eq!(RESERVE.unit_of(RESERVE.take(layout(3 * UNIT))), Some(6));
        assert_eq!(RESERVE.unit_of(RESERVE.take(layout(UNIT))), Some(2));
        // SAFETY: the allocator is asked for its own memory, with the layout that it has.
        let grown = unsafe { ALLOCATOR.realloc(small[0], layout(UNIT + 1), 10 * UNIT) };
        // SAFETY: it has the bytes of before.
        assert_eq!(unsafe { *grown.add(UNIT) }, 7);
        assert!(RESERVE.unit_of(grown).is_none(), "it has moved to the system's");
        // SAFETY: as above.
        unsafe { ALLOCATOR.dealloc(grown, layout(10 * UNIT)) };
        assert_eq!(RESERVE.unit_of(RESERVE.take(layout(1))), Some(0));
    }
}
