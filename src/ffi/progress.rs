//! Telling C how far a call has come.

use std::ffi::c_void;

use crate::transfer::progress::Snapshot;
use crate::transfer::report::Observer;

/// How far a call has come. Lent to the callback, and grows only at its end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_progress {
    /// How many bytes of this struct there are.
    pub struct_size: usize,
    /// Never goes down during a call; `bytes_total` only in the last report, when all is done and confirmed.
    pub bytes_done: u64,
    /// 0 while it is not known.
    pub bytes_total: u64,
    /// Parts confirmed by the storage.
    pub parts_done: u32,
    /// How many parts there are.
    pub parts_total: u32,
    /// Requests that had to be tried again.
    pub retries: u32,
    /// Over the last five seconds.
    pub bytes_per_second: u64,
    /// At that rate; less than 0 while it is not known.
    pub seconds_left: f64,
}

/// Told about progress on the thread that made the call: at once, then two to ten times a second, and at 100 %. Return 0 to go on,
/// anything else to cancel the call. It must not throw or longjmp; it may pause and cancel.
pub type ferry_progress_fn =
    Option<unsafe extern "C" fn(progress: *const ferry_progress, user_data: *mut c_void) -> i32>;

/// A callback and its data.
#[derive(Clone, Copy)]
pub struct Watcher {
    call: ferry_progress_fn,
    user_data: *mut c_void,
}

impl Watcher {
    /// # Safety
    /// `call` is NULL or a function as `ferry_progress_fn` describes it, and may be called with `user_data` as long as this lives.
    pub unsafe fn new(call: ferry_progress_fn, user_data: *mut c_void) -> Self {
        Watcher { call, user_data }
    }

    /// Runs `body` with the callback as its observer.
    pub fn watch<T>(self, body: impl FnOnce(Option<Observer<'_>>) -> T) -> T {
        let Some(call) = self.call else { return body(None) };
        let mut observe = |snapshot: &Snapshot| {
            let progress = ferry_progress::from(snapshot);
            // SAFETY: by the contract of `new`.
            unsafe { call(&raw const progress, self.user_data) == 0 }
        };
        body(Some(&mut observe))
    }
}

impl From<&Snapshot> for ferry_progress {
    fn from(snapshot: &Snapshot) -> Self {
        let Snapshot {
            bytes_done,
            bytes_total,
            parts_done,
            parts_total,
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
            retries,
            bytes_per_second,
            seconds_left,
        }
    }
}
