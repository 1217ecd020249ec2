//! Events: what a call tells the program of its requests while it runs. Any thread of the call records them,
//! the thread that made the call delivers them ([`crate::transfer::report`]).
//!
//! Without a handler there is no queue, and nothing is recorded or timed.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ureq::http::{HeaderMap, Method};

use super::bounds::Bounds;
use super::exchange;
use super::redact::Secrets;
use super::request::Address;
use super::response::xml_element;
use super::retry::Attempt;
use crate::error::{Error, ErrorKind};

/// How many events wait to be delivered. A thread that has one more waits too.
const MOST: usize = 4096;

/// The longest request id that is told, in characters; the services' own have less than 100.
const LONGEST_ID: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A request was sent and its answer read, or that failed. Each redirect that is followed is one too.
    Attempt,
    /// A connection was opened, or could not be. It comes before the attempt that it was opened for.
    Connection,
    /// A request has failed and is sent again after a pause, which begins now.
    Retry,
    /// The service has forgotten an upload, which begins anew.
    Restart,
    /// The number of parts or files that are sent at once has changed.
    Concurrency,
}

/// Something that has happened in a call. What does not apply to its kind, and what is not known, is zero or
/// empty. It holds no secret.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: EventKind,
    /// When it happened, or ended.
    pub when: SystemTime,
    pub attempt: Attempt,
    pub method: Option<Method>,
    pub url: String,
    /// Where the bytes went: a proxy, if there is one.
    pub remote: Option<SocketAddr>,
    /// Whether the request went over a connection that had been open.
    pub reused: bool,
    /// What failed; `None` for a success.
    pub failure: Option<ErrorKind>,
    pub http_status: u16,
    pub message: String,
    /// What the service calls the request.
    pub request_id: String,
    /// How long the opening of the connection took; zero if it was open.
    pub times: Opening,
    /// From the beginning to the first byte of the answer.
    pub first_byte: Duration,
    pub whole: Duration,
    /// Bytes of heads and bodies, before they are encrypted.
    pub sent: u64,
    pub received: u64,
    /// How long the pause is.
    pub wait: Duration,
    pub concurrency: usize,
}

impl Event {
    pub fn new(kind: EventKind, attempt: Attempt) -> Self {
        Event {
            kind,
            when: SystemTime::now(),
            attempt,
            method: None,
            url: String::new(),
            remote: None,
            reused: false,
            failure: None,
            http_status: 0,
            message: String::new(),
            request_id: String::new(),
            times: Opening::default(),
            first_byte: Duration::ZERO,
            whole: Duration::ZERO,
            sent: 0,
            received: 0,
            wait: Duration::ZERO,
            concurrency: 0,
        }
    }

    /// The same with what an error says, which holds no secret any more.
    pub fn failed(self, error: &Error) -> Self {
        let attempt = if error.step().is_empty() { self.attempt } else { self.attempt.at(error.step()) };
        let (failure, message) = (Some(error.kind()), error.short_message().into_owned());
        Event { attempt, failure, message, http_status: error.http_status(), ..self }
    }
}

/// The phases of the opening of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening {
    /// The look-up of the host's name.
    pub name: Duration,
    pub tcp: Duration,
    pub tls: Duration,
}

/// Gets the events of the calls of one client, each on the thread that made the call.
#[derive(Clone)]
pub struct EventHandler {
    handle: Arc<dyn Fn(&Event) + Send + Sync>,
    release: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl EventHandler {
    pub fn new(handle: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        EventHandler { handle: Arc::new(handle), release: None }
    }

    /// The same; `release` is called when the client that was made with it has gone, and nobody uses it.
    pub fn with_release(self, release: impl Fn() + Send + Sync + 'static) -> Self {
        EventHandler { release: Some(Arc::new(release)), ..self }
    }

    pub fn tell(&self, event: &Event) {
        (self.handle)(event);
    }

    pub(super) fn release(&self) {
        if let Some(release) = &self.release {
            release();
        }
    }
}

impl fmt::Debug for EventHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventHandler")
    }
}

/// The events of one call that were not delivered yet.
#[derive(Debug)]
pub struct Events {
    handler: EventHandler,
    queue: Mutex<Queue>,
    /// Notified when there is room for more.
    delivered: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Event>,
    /// Nobody delivers before the call has ended, so nobody waits for room.
    is_ending: bool,
}

impl Events {
    pub(super) fn new(handler: EventHandler) -> Self {
        Events { handler, queue: Mutex::default(), delivered: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event. Waits while there are too many: a slow handler slows the call down, and memory stays
    /// bounded.
    pub fn record(&self, event: Event) {
        let is_full = |queue: &mut Queue| queue.events.len() >= MOST && !queue.is_ending;
        let mut queue =
            self.delivered.wait_while(self.lock(), is_full).unwrap_or_else(PoisonError::into_inner);
        // In their order: another thread's may have been made earlier.
        queue.events.push_back(Event { when: SystemTime::now(), ..event });
    }

    /// Hands the events of this moment to the handler; whether there were any. For the thread that made the
    /// call.
    pub fn deliver(&self) -> bool {
        let count = self.lock().events.len();
        for _ in 0..count {
            let Some(event) = self.lock().events.pop_front() else { break };
            self.delivered.notify_all();
            self.handler.tell(&event);
        }
        count > 0
    }

    /// The call ends, and events are delivered when it has: nobody may wait for room any more.
    pub fn end(&self) {
        self.lock().is_ending = true;
        self.delivered.notify_all();
    }
}

/// What is known of the request under way on a thread. Sockets and the connector fill it
/// ([`exchange::note`]).
pub(super) struct Observed {
    events: Arc<Events>,
    pub event: Event,
    begin: Instant,
    /// Texts that no event shows.
    secrets: Secrets,
    /// The answer was read to its end, or the attempt has failed before.
    is_over: bool,
}

impl Observed {
    /// Of a connection that is opened before a request needs it: it has an event, which is of `attempt`.
    pub fn connection(bounds: &Bounds, attempt: Attempt, secrets: &Secrets) -> Option<Self> {
        bounds.events().map(|events| Observed {
            events: Arc::clone(events),
            event: Event::new(EventKind::Connection, attempt),
            begin: Instant::now(),
            secrets: secrets.clone(),
            is_over: false,
        })
    }

    /// The request leaves over a connection to `peer`.
    pub fn leaves(&mut self, peer: SocketAddr) {
        // That of a connection that was opened for it is known already.
        self.event.reused |= self.event.remote.is_none();
        self.event.remote = Some(peer);
    }

    pub fn received(&mut self, bytes: usize) {
        if self.event.received == 0 {
            self.event.first_byte = self.begin.elapsed();
        }
        self.event.received += bytes as u64;
    }

    /// A connection to `origin` was opened, or could not be.
    pub fn opened(&self, origin: String, took: Duration, error: Option<&Error>) {
        // The request that needs it opens it and tells why it cannot.
        if error.is_some() && self.event.kind == EventKind::Connection {
            return;
        }
        let event = Event {
            url: self.secrets.clean(&origin),
            remote: self.event.remote,
            times: self.event.times,
            whole: took,
            ..Event::new(EventKind::Connection, self.event.attempt)
        };
        self.events.record(match error {
            Some(error) => event.failed(&self.secrets.clean_error(error.clone())),
            None => event,
        });
    }

    fn fail(&mut self, error: &Error) {
        let error = self.secrets.clean_error(error.clone());
        self.is_over = true;
        self.event.failure = Some(error.kind());
        self.event.message = error.short_message().into_owned();
        if self.event.request_id.is_empty() {
            self.identify(id_in_body(error.body()));
        }
    }

    fn identify(&mut self, id: &str) {
        let id: String = id.chars().filter(|c| !c.is_control()).collect();
        self.event.request_id = self.secrets.clean(&id).chars().take(LONGEST_ID).collect();
    }
}

/// Watches an exchange, if there is a handler, and records it when this is dropped.
pub(super) struct Watch(());

impl Watch {
    pub fn new(bounds: &Bounds, attempt: Attempt, method: &Method, address: &Address) -> Self {
        if let Some(events) = bounds.events() {
            let event = Event {
                method: Some(method.clone()),
                url: address.shown(),
                ..Event::new(EventKind::Attempt, attempt)
            };
            exchange::observe(Observed {
                events: Arc::clone(events),
                event,
                begin: Instant::now(),
                secrets: address.secrets().clone(),
                is_over: false,
            });
        }
        Watch(())
    }

    /// The head of an answer has come.
    pub fn answered(&self, status: u16, headers: &HeaderMap) {
        exchange::note(|observed| {
            observed.event.http_status = status;
            observed.identify(id_in_headers(headers));
        });
    }

    /// The answer was read to its end, or needs not be.
    pub fn ended(&self) {
        exchange::note(|observed| observed.is_over = true);
    }

    pub fn failed(&self, error: &Error) {
        exchange::note(|observed| observed.fail(error));
    }

    /// The whole answer has come, and may be an error.
    pub fn judge(&self, error: impl FnOnce() -> Option<Error>) {
        exchange::note(|observed| {
            if let Some(error) = error() {
                observed.fail(&error);
            }
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(mut observed) = exchange::observed() else { return };
        if !observed.is_over {
            let end = exchange::check_call().err();
            observed.fail(
                &end.unwrap_or_else(|| {
                    Error::new(ErrorKind::Cancelled, "the answer was not read to its end")
                }),
            );
        }
        observed.event.whole = observed.begin.elapsed();
        observed.events.record(observed.event);
    }
}

/// What S3 and most gateways call a request.
fn id_in_headers(headers: &HeaderMap) -> &str {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    header("x-amz-request-id").or_else(|| header("x-request-id")).unwrap_or_default()
}

/// Where the body of an error names the request (`specs/filestack.md` 9.1): as "c" of an object, after
/// "[uuid=", or in an element of S3's errors.
fn id_in_body(body: &str) -> &str {
    let until = |text: &'static str, end| {
        let (_, rest) = body.split_once(text)?;
        rest.split_once(end).map(|(id, _)| id)
    };
    let found = xml_element(body, "RequestId").or_else(|| until("[uuid=", ']'));
    found.or_else(|| until("\"c\": \"", '"')).or_else(|| until("\"c\":\"", '"')).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event::new(EventKind::Retry, Attempt::default())
    }

    #[test]
    fn a_full_queue_waits_for_the_handler_and_loses_nothing() {
        let delivered = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&delivered);
        let handler = EventHandler::new(move |_| *counter.lock().expect("a lock") += 1);
        let events = Events::new(handler);
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| (0..3 * MOST).for_each(|_| events.record(event())));
            while !thread.is_finished() {
                assert!(events.lock().events.len() <= MOST);
                events.deliver();
            }
        });
        while events.deliver() {}
        assert_eq!(*delivered.lock().expect("a lock"), 3 * MOST);
    }

    #[test]
    fn an_event_is_not_before_the_one_that_was_delivered_before_it() {
        let times = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&times);
        let events = Events::new(EventHandler::new(move |it| seen.lock().expect("a lock").push(it.when)));
        let first = event();
        std::thread::sleep(Duration::from_millis(2));
        events.record(event());
        events.record(first);
        events.deliver();
        assert!(times.lock().expect("a lock").is_sorted(), "{times:?}");
    }

    #[test]
    fn nobody_waits_for_room_at_the_end() {
        let events = Events::new(EventHandler::new(|_| {}));
        std::thread::scope(|scope| {
            scope.spawn(|| (0..3 * MOST).for_each(|_| events.record(event())));
            events.end();
        });
        assert_eq!(events.lock().events.len(), 3 * MOST);
    }

    #[test]
    fn a_request_is_named_by_the_body_where_no_header_does() {
        for (body, id) in [
            (
                "<Error><Code>SlowDown</Code><RequestId>4442587FB7D0A2F9</RequestId></Error>",
                "4442587FB7D0A2F9",
            ),
            (r#"{"error": "Invalid App policy", "c": "5e8c-11", "i": "UPL-eu-w-1-10"}"#, "5e8c-11"),
            (r#"{"c":"5e8c-12"}"#, "5e8c-12"),
            ("[uuid=5e8c-13] this action has been secured", "5e8c-13"),
            ("[uuid=", ""),
            ("", ""),
        ] {
            assert_eq!(id_in_body(body), id, "{body}");
        }
    }
}
