//! What happens in a call, told to a callback on the thread that made the call.
//!
//! ```c
//! static void tell(const ferry_event *event, void *user_data) {
//!     fprintf(user_data, "%s %s %s %s: %d %s, %.1f ms\n", ferry_event_kind_name(event->kind), event->step,
//!             event->method, event->url, event->http_status, event->message, event->whole_us / 1e3);
//! }
//! ```

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::c_text;
use super::errand;
use super::error::{FERRY_OK, ferry_status, status_of};
use crate::http::{Event, EventHandler, EventKind};
use crate::panic;

/// A request was sent and its answer read to the end, or that failed. A redirect that is followed makes two
/// attempts: one of each address, with the same number.
pub const FERRY_EVENT_ATTEMPT: i32 = 1;
/// A connection was opened, or could not be. Comes before the attempt that it was opened for; `attempt` is 0
/// if it was opened before a request needs it.
pub const FERRY_EVENT_CONNECTION: i32 = 2;
/// A request or a part has failed and is sent again after a pause, which begins now.
pub const FERRY_EVENT_RETRY: i32 = 3;
/// The service has forgotten an upload, which begins anew.
pub const FERRY_EVENT_RESTART: i32 = 4;
/// The number of parts or files that are sent at once has changed.
pub const FERRY_EVENT_CONCURRENCY: i32 = 5;

/// Something that has happened in a call. Lent to the callback, with its texts. A field that does not apply
/// to the kind is 0 or "". No field holds a secret. New fields are only added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_event {
    /// Size of this struct in bytes.
    pub struct_size: usize,
    /// One of `FERRY_EVENT_*`. More may come: ignore what you do not know.
    pub kind: i32,
    /// FERRY_OK, or what failed. Of an attempt: FERRY_HTTP for an answer that is neither a success nor a
    /// redirect that is followed. Of a retry and a restart: why.
    pub status: ferry_status,
    /// The HTTP status; 0 if there was no answer.
    pub http_status: i32,
    /// Which attempt it was, or has failed: 1, 2, …
    pub attempt: u32,
    /// The part that it was for, from 1; 0 if for none.
    pub part: u32,
    /// Of a change: how many parts or files are sent at once from now on.
    pub concurrency: u32,
    /// Of a retry: the pause in milliseconds.
    pub wait_ms: u32,
    /// Of an attempt: 1 if it went over a connection that was open, 0 if one was opened for it.
    pub reused: u32,
    /// The step, as `ferry_error_step` names it.
    pub step: *const c_char,
    /// "GET", "POST", …
    pub method: *const c_char,
    /// The address as errors show it, without query, user and password; of a connection "https://host:port".
    pub url: *const c_char,
    /// Where the bytes went, as "192.0.2.1:443" or "[2001:db8::1]:443": a proxy, if there is one.
    pub remote: *const c_char,
    /// What the service calls the request: the header `x-amz-request-id` or `x-request-id`, else what the
    /// body of an error says.
    pub request_id: *const c_char,
    /// What failed, in one line.
    pub message: *const c_char,
    /// When it happened or ended, in microseconds since 1970-01-01 UTC. The callback comes up to a tenth of a
    /// second later.
    pub time_us: u64,
    /// The look-up of the host's name, in microseconds as all that follow; 0 if the address was known. The
    /// first three are those of the connection that was opened, 0 for a reused one.
    pub name_us: u64,
    /// The TCP connection.
    pub connect_us: u64,
    /// The TLS handshakes.
    pub tls_us: u64,
    /// From the beginning to the first byte of the answer; 0 if none came.
    pub first_byte_us: u64,
    /// All of it: of an attempt until the last byte of the answer was read.
    pub whole_us: u64,
    /// Bytes of the request's head and body that have left, before TLS.
    pub bytes_sent: u64,
    /// Bytes of the answer's head and body that have come, after TLS.
    pub bytes_received: u64,
}

/// Receives events on the thread that made the call: in the order in which they happened, each once, while
/// the call runs and before it returns, whatever it returns. A callback that is slow slows the call down, and
/// progress callbacks and readers wait for it. It must not throw, longjmp or panic. It may pause, interrupt
/// and cancel the upload.
pub type ferry_event_fn = Option<unsafe extern "C" fn(event: *const ferry_event, user_data: *mut c_void)>;

/// Frees what belongs to an event callback. It must not throw, longjmp or panic.
pub type ferry_event_free_fn = Option<unsafe extern "C" fn(event_data: *mut c_void)>;

/// Return the word for a kind of event: "attempt", "connection", "retry", "restart", "concurrency", or
/// "unknown". Static.
#[unsafe(no_mangle)]
pub extern "C" fn ferry_event_kind_name(kind: i32) -> *const c_char {
    let name = match kind {
        FERRY_EVENT_ATTEMPT => c"attempt",
        FERRY_EVENT_CONNECTION => c"connection",
        FERRY_EVENT_RETRY => c"retry",
        FERRY_EVENT_RESTART => c"restart",
        FERRY_EVENT_CONCURRENCY => c"concurrency",
        _ => c"unknown",
    };
    name.as_ptr()
}

/// A callback and its data.
struct Listener {
    call: unsafe extern "C" fn(event: *const ferry_event, user_data: *mut c_void),
    free: ferry_event_free_fn,
    user_data: *mut c_void,
}

// SAFETY: the pointer is not dereferenced here. It is handed to the callback, on the thread that makes a
// call; the header demands that callback and data can be used from each thread that uses the client.
unsafe impl Send for Listener {}
// SAFETY: as above.
unsafe impl Sync for Listener {}

impl Listener {
    fn tell(&self, event: &Event) {
        let texts = Texts {
            step: c_text(event.attempt.step),
            method: c_text(event.method.as_ref().map_or("", |method| method.as_str())),
            url: c_text(event.url.as_str()),
            remote: c_text(event.remote.map_or_else(String::new, |remote| remote.to_string())),
            request_id: c_text(event.request_id.as_str()),
            message: c_text(event.message.as_str()),
        };
        let event = texts.lend(event);
        // SAFETY: by the contract of `handler`; what is lent lives until the callback returns.
        errand::run(|| unsafe { (self.call)(&raw const event, self.user_data) });
    }

    fn release(&self) {
        if let Some(free) = self.free {
            // SAFETY: by the contract of `handler`.
            panic::outside(|| unsafe { free(self.user_data) });
        }
    }
}

/// The texts of an event.
struct Texts {
    step: CString,
    method: CString,
    url: CString,
    remote: CString,
    request_id: CString,
    message: CString,
}

impl Texts {
    fn lend(&self, event: &Event) -> ferry_event {
        ferry_event {
            struct_size: size_of::<ferry_event>(),
            kind: match event.kind {
                EventKind::Attempt => FERRY_EVENT_ATTEMPT,
                EventKind::Connection => FERRY_EVENT_CONNECTION,
                EventKind::Retry => FERRY_EVENT_RETRY,
                EventKind::Restart => FERRY_EVENT_RESTART,
                EventKind::Concurrency => FERRY_EVENT_CONCURRENCY,
            },
            status: event.failure.map_or(FERRY_OK, status_of),
            http_status: event.http_status.into(),
            attempt: event.attempt.number,
            part: event.attempt.part,
            concurrency: u32::try_from(event.concurrency).unwrap_or(u32::MAX),
            wait_ms: u32::try_from(event.wait.as_millis()).unwrap_or(u32::MAX),
            reused: event.reused.into(),
            step: self.step.as_ptr(),
            method: self.method.as_ptr(),
            url: self.url.as_ptr(),
            remote: self.remote.as_ptr(),
            request_id: self.request_id.as_ptr(),
            message: self.message.as_ptr(),
            time_us: micros(event.when.duration_since(UNIX_EPOCH).unwrap_or_default()),
            name_us: micros(event.times.name),
            connect_us: micros(event.times.tcp),
            tls_us: micros(event.times.tls),
            first_byte_us: micros(event.first_byte),
            whole_us: micros(event.whole),
            bytes_sent: event.sent,
            bytes_received: event.received,
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The handler that C asks for.
///
/// # Safety
/// `call` is NULL or a function as `ferry_event_fn` describes it, and may be called with `user_data`, from
/// any thread that makes a call, until the handler is released. `free` is NULL or a function as
/// `ferry_event_free_fn` describes it, and may be called with `user_data` then.
pub unsafe fn handler(
    call: ferry_event_fn,
    user_data: *mut c_void,
    free: ferry_event_free_fn,
) -> Option<EventHandler> {
    let listener = Arc::new(Listener { call: call?, free, user_data });
    let told = Arc::clone(&listener);
    Some(EventHandler::new(move |event| told.tell(event)).with_release(move || listener.release()))
}
