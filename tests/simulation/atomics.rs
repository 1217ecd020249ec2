//! What a library that is compiled for ThreadSanitizer calls for every atomic access, in place of it: here
//! the access is a point at which the thread may give way, and then happens as it is.
//!
//! So schedules differ in the order of single accesses, and locks, conditions, channels and counters are
//! those of std, unchanged. Only the library is compiled so (`tests/tools/instrument`), and what it has of
//! std's inline functions: the fast paths of its locks. What is left are system calls, which [`super::calls`]
//! has.
//!
//! One thread runs at a time, so an access sees what was written last, whatever its ordering. An ordering
//! that is too weak is ThreadSanitizer's business (`make sanitize`).

#![allow(clippy::missing_safety_doc)] // the compiler writes the calls; each address is that of an atomic

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use super::world;

static IS_THERE: AtomicBool = AtomicBool::new(false);

/// Whether the library is compiled so.
pub fn are_points() -> bool {
    IS_THERE.load(Ordering::Relaxed)
}

/// What the program calls before its `main`.
#[unsafe(no_mangle)]
pub extern "C" fn __tsan_init() {
    IS_THERE.store(true, Ordering::Relaxed);
}

#[unsafe(no_mangle)]
pub extern "C" fn __tsan_atomic_thread_fence(_: i32) {}

#[unsafe(no_mangle)]
pub extern "C" fn __tsan_atomic_signal_fence(_: i32) {}

/// The accesses of one width.
macro_rules! accesses {
    ($atomic:ty, $number:ty, $load:ident, $store:ident, $swap:ident, $change:ident,
     $($name:ident $fetch:ident)+) => {
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $load(at: *const $atomic, _: i32) -> $number {
            world::preempt();
            // SAFETY: `at` is that of an atomic that lives.
            unsafe { (*at).load(Ordering::SeqCst) }
        }

        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $store(at: *const $atomic, value: $number, _: i32) {
            world::preempt();
            // SAFETY: as above.
            unsafe { (*at).store(value, Ordering::SeqCst) }
        }

        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $swap(at: *const $atomic, value: $number, _: i32) -> $number {
            world::preempt();
            // SAFETY: as above.
            unsafe { (*at).swap(value, Ordering::SeqCst) }
        }

        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $change(
            at: *const $atomic,
            from: $number,
            to: $number,
            _: i32,
            _: i32,
        ) -> $number {
            world::preempt();
            // SAFETY: as above.
            let changed = unsafe { (*at).compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst) };
            changed.unwrap_or_else(|found| found)
        }

        $(
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name(at: *const $atomic, value: $number, _: i32) -> $number {
                world::preempt();
                // SAFETY: as above.
                unsafe { (*at).$fetch(value, Ordering::SeqCst) }
            }
        )+
    };
}

accesses! {
    AtomicU8, u8, __tsan_atomic8_load, __tsan_atomic8_store, __tsan_atomic8_exchange,
    __tsan_atomic8_compare_exchange_val,
    __tsan_atomic8_fetch_add fetch_add
    __tsan_atomic8_fetch_sub fetch_sub
    __tsan_atomic8_fetch_and fetch_and
    __tsan_atomic8_fetch_or fetch_or
    __tsan_atomic8_fetch_xor fetch_xor
    __tsan_atomic8_fetch_nand fetch_nand
}

accesses! {
    AtomicU16, u16, __tsan_atomic16_load, __tsan_atomic16_store, __tsan_atomic16_exchange,
    __tsan_atomic16_compare_exchange_val,
    __tsan_atomic16_fetch_add fetch_add
    __tsan_atomic16_fetch_sub fetch_sub
    __tsan_atomic16_fetch_and fetch_and
    __tsan_atomic16_fetch_or fetch_or
    __tsan_atomic16_fetch_xor fetch_xor
    __tsan_atomic16_fetch_nand fetch_nand
}

accesses! {
    AtomicU32, u32, __tsan_atomic32_load, __tsan_atomic32_store, __tsan_atomic32_exchange,
    __tsan_atomic32_compare_exchange_val,
    __tsan_atomic32_fetch_add fetch_add
    __tsan_atomic32_fetch_sub fetch_sub
    __tsan_atomic32_fetch_and fetch_and
    __tsan_atomic32_fetch_or fetch_or
    __tsan_atomic32_fetch_xor fetch_xor
    __tsan_atomic32_fetch_nand fetch_nand
}

accesses! {
    AtomicU64, u64, __tsan_atomic64_load, __tsan_atomic64_store, __tsan_atomic64_exchange,
    __tsan_atomic64_compare_exchange_val,
    __tsan_atomic64_fetch_add fetch_add
    __tsan_atomic64_fetch_sub fetch_sub
    __tsan_atomic64_fetch_and fetch_and
    __tsan_atomic64_fetch_or fetch_or
    __tsan_atomic64_fetch_xor fetch_xor
    __tsan_atomic64_fetch_nand fetch_nand
}
