//! The progress of a call, reported to a callback on the thread that made the call.
//!
//! ```c
//! static int32_t show(const ferry_progress *progress, void *user_data) {
//!     const volatile sig_atomic_t *stop = user_data; // set by a signal handler
//!     fprintf(stderr, "\r%.0f of %.0f kB", progress->bytes_done / 1e3, progress->bytes_total / 1e3);
//!     return *stop; // anything but 0 interrupts the call
//! }
//! ```

use std::ffi::c_void;

use super::errand;
use crate::transfer::progress::Snapshot;
use crate::transfer::report::Observer;

/// The progress of a call. Lent to the callback. New fields are only added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_progress {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// Bytes done. Never decreases during a call, and equals `bytes_total` only in the last report, when
    /// everything is confirmed. While a reader of unknown size is read, the bytes read; it begins again at 0
    /// when the size is known.
    pub bytes_done: u64,
    /// Total number of bytes. 0 if unknown.
    pub bytes_total: u64,
    /// Parts confirmed by the storage.
    pub parts_done: u32,
    /// Total number of parts.
    pub parts_total: u32,
    /// Requests that were repeated.
    pub retries: u32,
    /// Average of the last five seconds.
    pub bytes_per_second: u64,
    /// Estimate at that rate. Negative if unknown.
    pub seconds_left: f64,
    /// Files of a batch that are stored.
    pub files_done: u32,
    /// Number of files of a batch. 0 outside of a batch.
    pub files_total: u32,
}

/// Receives progress on the thread that made the call: at once, then two to ten times a second, and at 100 %.
/// Return 0 to go on. Any other value interrupts the call: it returns FERRY_CANCELLED within a second, and an
/// upload can be run again. The callback must not throw, longjmp or panic. It may pause, interrupt and cancel
/// the upload.
pub type ferry_progress_fn =
    Option<unsafe extern "C" fn(progress: *const ferry_progress, user_data: *mut c_void) -> i32>;

/// A callback and its data.
#[derive(Clone, Copy)]
pub struct Watcher {
    call: ferry_progress_fn,
    user_data: *mut c_void,
}

// SAFETY: the pointer is not dereferenced here. It is handed to the callback, on the thread that makes the
// call; the header demands that callback and data can be used from each thread that runs the upload they were
// given to.
unsafe impl Send for Watcher {}
// SAFETY: as above.
unsafe impl Sync for Watcher {}

impl Watcher {
    /// # Safety
    /// `call` is NULL or a function as `ferry_progress_fn` describes it, and may be called with `user_data`
    /// as long as this lives.
    pub unsafe fn new(call: ferry_progress_fn, user_data: *mut c_void) -> Self {
        Watcher { call, user_data }
    }

    /// Whether there is a callback.
    pub fn is_set(&self) -> bool {
        self.call.is_some()
    }

    /// Runs `body` with the callback as its observer.
    pub fn watch<T>(self, body: impl FnOnce(Option<Observer<'_>>) -> T) -> T {
        let started = errand::own();
        if self.call.is_none() && started.is_none() {
            return body(None);
        }
        let mut observe = |snapshot: &Snapshot| {
            let goes_on = started.as_ref().is_none_or(|errands| errands.report(snapshot));
            let Some(call) = self.call.filter(|_| goes_on) else { return goes_on };
            let progress = ferry_progress::from(snapshot);
            // SAFETY: by the contract of `new`.
            errand::run(|| unsafe { call(&raw const progress, self.user_data) == 0 }).unwrap_or(false)
        };
        body(Some(&mut observe))
    }
}

impl ferry_progress {
    /// Whether the struct says how large it is, if there is one.
    ///
    /// # Safety
    /// `progress` is NULL or points to a struct whose `struct_size` can be read.
    pub unsafe fn is_sized(progress: *const ferry_progress) -> bool {
        // SAFETY: by this function's contract; the struct begins with its size.
        progress.is_null() || unsafe { progress.cast::<usize>().read_unaligned() } >= size_of::<usize>()
    }

    /// Writes as much as there is room for, and how much that is.
    ///
    /// # Safety
    /// `to` is NULL or points to as many writable bytes as its `struct_size` says.
    pub unsafe fn write_to(mut self, to: *mut ferry_progress) {
        if !to.is_null() {
            // SAFETY: by this function's contract; no more is written than both have.
            unsafe {
                self.struct_size = to.cast::<usize>().read_unaligned().min(self.struct_size);
                to.cast::<u8>().copy_from_nonoverlapping((&raw const self).cast(), self.struct_size);
            }
        }
    }
}

impl From<&Snapshot> for ferry_progress {
    fn from(snapshot: &Snapshot) -> Self {
        let Snapshot {
            bytes_done,
            bytes_total,
            parts_done,
            parts_total,
            files_done,
            files_total,
            retries,
            bytes_per_second,
            seconds_left,
        } = *snapshot;
        ferry_progress {
            struct_size: size_of::<ferry_progress>(),
            bytes_done,
            bytes_total,
            parts_done,
            parts_total,
            files_done,
            files_total,
            retries,
            bytes_per_second,
            seconds_left,
        }
    }
}
