//! Allocations whose size comes from outside. They may fail, and then are an error; any other that fails ends
//! the process, since Rust knows no way back.

#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::{Error, ErrorKind, Result};

thread_local! {
    static MAY_FAIL: Cell<bool> = const { Cell::new(false) };
}

/// Whether the allocation in progress on this thread may fail: the allocator of the C library asks.
#[cfg(feature = "capi")]
pub fn may_fail() -> bool {
    MAY_FAIL.get()
}

/// Appends `bytes`, or fails with `OutOfMemory`. `what` completes "there is no memory for …".
pub fn append(to: &mut Vec<u8>, bytes: &[u8], what: &str) -> Result<()> {
    MAY_FAIL.set(true);
    let reserved = to.try_reserve(bytes.len());
    MAY_FAIL.set(false);
    match reserved {
        Ok(()) => {
            to.extend_from_slice(bytes);
            Ok(())
        }
        Err(_) => Err(Error::new(ErrorKind::OutOfMemory, format!("there is no memory for {what}"))),
    }
}
