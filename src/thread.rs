//! The threads that the library starts.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

use crate::error::{Error, ErrorKind, Result, system_text};
use crate::memory;
use crate::panic;
use crate::sys;

/// 2 MiB, as std's default; but for that default std reads the environment variable RUST_MIN_STACK.
const STACK_SIZE: usize = 2 << 20;

/// Tells a thread from all others, from those that have ended too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id(u64);

/// That of the calling thread. std's is gone while a thread ends, and the destructors of its data may call.
pub fn id() -> Id {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static OWN: Cell<u64> = const { Cell::new(0) };
    }
    OWN.with(|own| {
        if own.get() == 0 {
            own.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        Id(own.get())
    })
}

/// Fails where memory has ended. std takes what it keeps of a thread from the system, past the allocator of
/// the library, and ends the process if it gets none: asked before a thread or a scope of threads begins.
pub fn check() -> Result<()> {
    memory::room(STACK_SIZE >> 5, "a thread")
}

/// Every thread of the library is started with this. Where only its stack finds memory, std or the C library
/// ends the process as the thread begins: under a limit there has to be more.
fn builder() -> io::Result<Builder> {
    let checked = match sys::has_memory_limit() {
        true => memory::room(STACK_SIZE + (STACK_SIZE >> 2), "a thread"),
        false => check(),
    };
    checked.map_err(|_| io::ErrorKind::OutOfMemory)?;
    Ok(Builder::new().name("ferry".into()).stack_size(STACK_SIZE))
}

/// Runs `work` on a new thread, which may outlive its call.
pub fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    builder().and_then(|builder| builder.spawn(work)).map_err(|cause| not_started(&cause))
}

/// The error of a thread that the system did not start.
pub fn not_started(cause: &io::Error) -> Error {
    Error::new(ErrorKind::OutOfMemory, format!("cannot start a thread: {}", system_text(cause)))
        .with_cause(cause)
}

/// A thread that must end before its scope does.
pub struct ScopedThread<'scope, T>(ScopedJoinHandle<'scope, Result<T>>);

/// Runs `work` on a new thread. A panic in `work` becomes its error.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> Result<T> + Send + 'scope,
) -> io::Result<ScopedThread<'scope, T>> {
    builder()?.spawn_scoped(scope, || panic::catch(work)).map(ScopedThread)
}

impl<T> ScopedThread<'_, T> {
    /// Waits for the end of the thread; the result of its work.
    pub fn join(self) -> Result<T> {
        self.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
