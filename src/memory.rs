//! Allocations whose size comes from outside: they may fail, and then are an error. All others are small.
//! Where they fail the allocator of the C library (`src/ffi/allocator.rs`) serves them from a reserve, and
//! calls end with `OutOfMemory` at their next [`check`].

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// What has to be free for a call to go on while the reserve is in use: more than the small allocations
/// between two checks take.
const STEP: usize = 64 << 10;

/// Bytes of the reserve that are in use. 0 without the allocator of the C library.
static RESERVED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static MAY_FAIL: Cell<bool> = const { Cell::new(false) };
}

/// Whether the allocation in progress on this thread may fail: the allocator of the C library asks.
#[cfg(feature = "capi")]
pub fn may_fail() -> bool {
    MAY_FAIL.get()
}

/// The allocator of the C library tells what it takes from the reserve.
#[cfg(feature = "capi")]
pub fn took_from_reserve(bytes: usize) {
    RESERVED.fetch_add(bytes, Ordering::Relaxed);
}

#[cfg(feature = "capi")]
pub fn gave_to_reserve(bytes: usize) {
    RESERVED.fetch_sub(bytes, Ordering::Relaxed);
}

/// `what` completes "there is no memory for …".
#[cold]
pub fn lacking(what: &str) -> Error {
    Error::new(ErrorKind::OutOfMemory, format!("there is no memory for {what}"))
}

/// Makes room for so many more items, or fails with `OutOfMemory`.
pub fn reserve<T>(to: &mut Vec<T>, more: usize, what: &str) -> Result<()> {
    MAY_FAIL.set(true);
    let reserved = to.try_reserve(more);
    MAY_FAIL.set(false);
    reserved.map_err(|_| lacking(what))
}

/// Appends `bytes`, or fails with `OutOfMemory`.
pub fn append(to: &mut Vec<u8>, bytes: &[u8], what: &str) -> Result<()> {
    reserve(to, bytes.len(), what)?;
    to.extend_from_slice(bytes);
    Ok(())
}

/// So many zeros, or fails with `OutOfMemory`.
pub fn zeros(count: usize, what: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reserve(&mut bytes, count, what)?;
    bytes.resize(count, 0);
    Ok(bytes)
}

/// Fails with `OutOfMemory` if there are not so many bytes free at the moment: asked before many small
/// allocations whose number comes from outside.
#[inline(never)]
pub fn room(bytes: usize, what: &str) -> Result<()> {
    let mut space = Vec::<u8>::new();
    reserve(&mut space, bytes, what)?;
    // Else the compiler leaves out an allocation that nobody uses.
    black_box(&mut space);
    Ok(())
}

/// Fails with `OutOfMemory` while the reserve is in use and the system has no memory.
#[inline]
pub fn check() -> Result<()> {
    match RESERVED.load(Ordering::Relaxed) {
        0 => Ok(()),
        _ => look(),
    }
}

/// Not in line: each function of the C interface checks.
#[cold]
#[inline(never)]
fn look() -> Result<()> {
    room(STEP, "the call")
}
