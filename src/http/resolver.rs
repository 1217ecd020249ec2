//! The addresses of a host, from the system's resolver.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};

use super::bounds::SLICE;
use super::{exchange, failure};
use crate::error::{Error, ErrorKind, Result, system_text};
use crate::{panic, sys, thread};

/// How long the addresses of a name are remembered: an upload opens many connections at once.
const REMEMBERED: Duration = Duration::from_secs(30);

/// How long callers share one look-up of a name. After that the name is looked up anew: the network may have
/// changed, and a look-up that began before does not notice. The time doubles with each look-up that has not
/// ended, so that a resolver that never answers costs few threads.
const SHARED: Duration = Duration::from_secs(10);

/// The most addresses of a name that one connection tries.
const MOST: usize = 8;

/// The most names whose addresses are remembered. A service may name any number of hosts over time.
const MOST_NAMES: usize = 256;

/// Looks names up and remembers them for a while. A look-up ends early when its call must end.
#[derive(Default)]
pub struct Resolver {
    names: Arc<Mutex<Names>>,
    /// Grows with every connection.
    turn: AtomicUsize,
}

#[derive(Default)]
struct Names {
    known: HashMap<String, Found>,
    /// What the system is being asked for: each name once, however many wait for it.
    asked: HashMap<String, Arc<LookUp>>,
    /// How many look-ups of a name have not ended.
    under_way: HashMap<String, u32>,
}

struct Found {
    when: Instant,
    addresses: Vec<SocketAddr>,
}

/// A look-up that is under way.
struct LookUp {
    begun: Instant,
    answer: Mutex<Option<Result<Vec<SocketAddr>>>>,
    has_answer: Condvar,
}

impl Resolver {
    /// The addresses to try, in this order. Connections to one name begin at different addresses, so that
    /// they spread over all machines behind it.
    pub fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let mut addresses = self.found(host, ask_system)?;
        for address in &mut addresses {
            address.set_port(port);
        }
        Ok(order(&addresses, self.turn.fetch_add(1, Ordering::Relaxed)))
    }

    /// What is known of the host, else the answer of `ask`, the system's resolver.
    fn found(
        &self,
        host: &str,
        ask: impl FnOnce(&str) -> Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Result<Vec<SocketAddr>> {
        let look_up = {
            let mut names = lock(&self.names);
            if let Some(known) = names.known(host) {
                return Ok(known);
            }
            let shared = names.shared(host);
            match names.asked.get(host).filter(|under_way| under_way.begun.elapsed() < shared) {
                Some(under_way) => Arc::clone(under_way),
                None => self.begin(&mut names, host, ask)?,
            }
        };
        look_up.wait(host)
    }

    /// Asks the system. It cannot be interrupted, so that is done on a thread of its own, which holds nothing
    /// of the call but the name. It is the only one that can outlive its call, by as long as the system takes
    /// to give up; who asks for the name meanwhile waits for the same thread.
    fn begin(
        &self,
        names: &mut Names,
        host: &str,
        ask: impl FnOnce(&str) -> Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Result<Arc<LookUp>> {
        let look_up = Arc::new(LookUp::begun(Instant::now()));
        let (own, shared, name) = (Arc::clone(&look_up), Arc::clone(&self.names), host.to_owned());
        thread::spawn(move || {
            let answer = panic::catch(|| ask(&name));
            lock(&shared).ended(&name, &own, answer.as_deref().ok());
            own.end(answer);
        })?;
        names.asked.insert(host.to_owned(), Arc::clone(&look_up));
        *names.under_way.entry(host.to_owned()).or_default() += 1;
        Ok(look_up)
    }
}

impl Names {
    fn known(&self, host: &str) -> Option<Vec<SocketAddr>> {
        let found = self.known.get(host).filter(|found| found.when.elapsed() < REMEMBERED);
        found.map(|found| found.addresses.clone())
    }

    /// How long the newest look-up of a host is shared: [`SHARED`], doubled for each older one that has not
    /// ended.
    fn shared(&self, host: &str) -> Duration {
        let older = self.under_way.get(host).map_or(0, |count| count.saturating_sub(1));
        SHARED.saturating_mul(1 << older.min(16))
    }

    /// A look-up has ended. Only what was found is remembered.
    fn ended(&mut self, host: &str, look_up: &Arc<LookUp>, found: Option<&[SocketAddr]>) {
        if self.asked.get(host).is_some_and(|under_way| Arc::ptr_eq(under_way, look_up)) {
            self.asked.remove(host);
        }
        if let Some(count) = self.under_way.get_mut(host) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(host);
            }
        }
        self.remember(host, found);
    }

    fn remember(&mut self, host: &str, found: Option<&[SocketAddr]>) {
        let Some(addresses) = found else { return };
        self.known.retain(|_, found| found.when.elapsed() < REMEMBERED);
        if self.known.len() < MOST_NAMES {
            let found = Found { when: Instant::now(), addresses: addresses.to_vec() };
            self.known.insert(host.to_owned(), found);
        }
    }
}

impl LookUp {
    fn begun(begun: Instant) -> Self {
        LookUp { begun, answer: Mutex::default(), has_answer: Condvar::new() }
    }

    fn end(&self, answer: Result<Vec<SocketAddr>>) {
        *lock(&self.answer) = Some(answer);
        self.has_answer.notify_all();
    }

    /// The answer, unless the call must end before it comes.
    fn wait(&self, host: &str) -> Result<Vec<SocketAddr>> {
        let begin = Instant::now();
        let limit = exchange::connect_left();
        let mut answer = lock(&self.answer);
        loop {
            if let Some(answer) = &*answer {
                return answer.clone();
            }
            exchange::check_call()?;
            if begin.elapsed() >= limit {
                let reason = "the name service has not answered (connect_timeout_ms)";
                return Err(not_found(host, reason).with_kind(ErrorKind::Timeout));
            }
            let slice = SLICE.min(limit.saturating_sub(begin.elapsed()));
            let waited = self.has_answer.wait_timeout(answer, slice);
            answer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Alternates between the families, beginning with the one that the system prefers (RFC 8305, section 4).
/// `turn` rotates the addresses within each family.
fn order(addresses: &[SocketAddr], turn: usize) -> Vec<SocketAddr> {
    let prefers_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut preferred, mut other): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv6() == prefers_ipv6);
    for family in [&mut preferred, &mut other] {
        if !family.is_empty() {
            let first = turn % family.len();
            family.rotate_left(first);
        }
    }
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    let mut ordered = Vec::with_capacity(addresses.len());
    loop {
        let pair = [preferred.next(), other.next()];
        if pair.iter().all(Option::is_none) {
            ordered.truncate(MOST);
            return ordered;
        }
        ordered.extend(pair.into_iter().flatten());
    }
}

/// `ToSocketAddrs` of std would do, but it drops the code of `getaddrinfo`: a name that does not exist could
/// not be told from a name server that does not answer.
fn ask_system(host: &str) -> Result<Vec<SocketAddr>> {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
    match getaddrinfo(Some(host), None, Some(hints)) {
        Ok(found) => {
            let addresses: Vec<_> = found.flatten().map(|found| found.sockaddr).collect();
            if addresses.is_empty() {
                return Err(not_found(host, "it has no address").with_retryable(false));
            }
            Ok(addresses)
        }
        Err(error) => Err(without_descriptor(host).unwrap_or_else(|| failed(host, error))),
    }
}

/// The error of a look-up for which no file descriptor was left. The resolver needs some for its files and
/// its socket; without them it says whatever it likes, up to "no such name", so the system is asked again.
fn without_descriptor(host: &str) -> Option<Error> {
    let cause = sys::socket::try_to_open().err()?;
    let error = failure::of_system(&cause);
    error.is_out_of_descriptors().then(|| error.while_doing(format_args!("cannot find the host {host}")))
}

fn failed(host: &str, error: LookupError) -> Error {
    let kind = error.kind();
    let text = system_text(&error.into());
    // What std writes too, before the words of `gai_strerror`.
    let reason = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    of_kind(kind, not_found(host, reason))
}

fn of_kind(kind: LookupErrorKind, error: Error) -> Error {
    match kind {
        // The name does not exist, or has no address: asking again would give the same answer.
        LookupErrorKind::NoName | LookupErrorKind::NoData => error.with_retryable(false),
        LookupErrorKind::Memory => error.with_kind(ErrorKind::OutOfMemory).with_retryable(false),
        _ => error,
    }
}

fn not_found(host: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Network, format!("cannot find the host {host}: {reason}"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Sender};

    use super::super::bounds::{Bounds, Stop};
    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|ip| SocketAddr::new(ip.parse().expect("an address"), 80)).collect()
    }

    #[test]
    fn families_alternate_beginning_with_the_preferred_one() {
        let found = addresses(&["::1", "::2", "::3", "127.0.0.1", "127.0.0.2"]);
        let expected = addresses(&["::1", "127.0.0.1", "::2", "127.0.0.2", "::3"]);
        assert_eq!(order(&found, 0), expected);
        let found = addresses(&["127.0.0.1", "::1"]);
        assert_eq!(order(&found, 0), found);
    }

    #[test]
    fn connections_begin_at_different_addresses() {
        let found = addresses(&["::1", "::2", "127.0.0.1", "127.0.0.2", "127.0.0.3"]);
        let first: Vec<_> = (0..3).filter_map(|turn| order(&found, turn).into_iter().next()).collect();
        assert_eq!(first, addresses(&["::1", "::2", "::1"]));
        let second: Vec<_> = (0..4).filter_map(|turn| order(&found, turn).into_iter().nth(1)).collect();
        assert_eq!(second, addresses(&["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"]));
    }

    #[test]
    fn one_connection_tries_no_more_than_eight() {
        let found: Vec<_> = (0..20).map(|n| SocketAddr::from(([127, 0, 0, n], 80))).collect();
        assert_eq!(order(&found, 19).len(), MOST);
    }

    #[test]
    fn a_literal_is_not_looked_up() {
        let resolver = Resolver::default();
        assert_eq!(resolver.addresses("::1", 80).expect("an address"), addresses(&["::1"]));
        assert!(lock(&resolver.names).known.is_empty());
    }

    /// Looks up a name for which the resolver never has an answer, with `act` called once it has been asked.
    fn never_answered(bounds: &Arc<Bounds>, act: impl FnOnce() + Send) -> (Error, Instant) {
        let (asking, asked) = mpsc::channel();
        let (_held, answer) = mpsc::channel();
        let _entered = bounds.enter();
        let _connecting = exchange::connecting();
        std::thread::scope(|scope| {
            let acted = scope.spawn(move || {
                asked.recv().expect("asked");
                act();
                Instant::now()
            });
            let ask = move |_: &str| {
                asking.send(()).expect("heard");
                answer.recv().unwrap_or_else(|_| Ok(Vec::new()))
            };
            let error = Resolver::default().found("h.example", ask).expect_err("no answer");
            (error, acted.join().expect("no panic"))
        })
    }

    /// A resolver that counts how often it is asked, and answers when it is told what.
    fn asked(count: &Arc<AtomicUsize>) -> (Sender<Result<Vec<SocketAddr>>>, impl Fn() -> Ask) {
        let (answer, told) = mpsc::channel();
        let (count, told) = (Arc::clone(count), Arc::new(Mutex::new(told)));
        let ask = move || {
            let (count, told) = (Arc::clone(&count), Arc::clone(&told));
            let ask: Ask = Box::new(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                told.lock().expect("a lock").recv().expect("told")
            });
            ask
        };
        (answer, ask)
    }

    type Ask = Box<dyn FnOnce(&str) -> Result<Vec<SocketAddr>> + Send>;

    #[test]
    fn attempts_share_a_look_up_that_is_under_way_and_a_later_one_takes_its_result() {
        let (resolver, count) = (Resolver::default(), Arc::default());
        let (answer, ask) = asked(&count);
        let bounds = Bounds::new(Arc::default(), None, Duration::from_millis(20), Duration::from_secs(60));
        let _entered = bounds.enter();
        for _ in 0..5 {
            let _connecting = exchange::connecting();
            let error = resolver.found("h.example", ask()).expect_err("no answer");
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let found = addresses(&["127.0.0.1"]);
        answer.send(Ok(found.clone())).expect("awaited");
        let patient = Bounds::new(Arc::default(), None, Duration::from_secs(60), Duration::from_secs(60));
        let _entered = patient.enter();
        assert_eq!(resolver.found("h.example", ask()).expect("the answer"), found);
        assert_eq!(count.load(Ordering::Relaxed), 1);
        answer.send(Ok(found.clone())).expect("awaited");
        assert_eq!(resolver.found("other.example", ask()).expect("the answer"), found);
        assert_eq!(count.load(Ordering::Relaxed), 2, "another name is another look-up");
    }

    /// The look-up that is under way has begun so much earlier.
    fn make_older(resolver: &Resolver, by: Duration) {
        let mut names = lock(&resolver.names);
        let old = names.asked.remove("h.example").expect("it is under way");
        names.asked.insert("h.example".into(), Arc::new(LookUp::begun(old.begun - by)));
    }

    #[test]
    fn a_look_up_that_hangs_keeps_nobody_from_asking_anew() {
        let (resolver, count) = (Resolver::default(), Arc::default());
        let (answer, ask) = asked(&count);
        let bounds = Bounds::new(Arc::default(), None, Duration::from_millis(20), Duration::from_secs(60));
        let _entered = bounds.enter();
        let _connecting = exchange::connecting();
        resolver.found("h.example", ask()).expect_err("no answer");
        let found = addresses(&["127.0.0.1"]);
        make_older(&resolver, SHARED);
        let other = found.clone();
        let patient = Bounds::new(Arc::default(), None, Duration::from_secs(60), Duration::from_secs(60));
        let _entered = patient.enter();
        assert_eq!(resolver.found("h.example", move |_| Ok(other)).expect("the answer"), found);
        drop(answer);
    }

    /// Each that hangs is a thread.
    #[test]
    fn the_more_look_ups_hang_the_longer_the_next_one_is_waited_for() {
        let (resolver, count) = (Resolver::default(), Arc::default());
        let (answer, ask) = asked(&count);
        let bounds = Bounds::new(Arc::default(), None, Duration::from_millis(20), Duration::from_secs(60));
        let _entered = bounds.enter();
        let _connecting = exchange::connecting();
        for (hanging, times) in (1..).zip([1, 2, 4, 8, 16]) {
            resolver.found("h.example", ask()).expect_err("no answer");
            assert_eq!(lock(&resolver.names).under_way["h.example"], hanging);
            assert_eq!(lock(&resolver.names).shared("h.example"), times * SHARED);
            make_older(&resolver, times * SHARED);
        }
        drop(answer);
    }

    #[test]
    fn all_that_wait_for_a_look_up_get_its_error_which_is_not_kept() {
        let (resolver, count) = (Resolver::default(), Arc::default());
        let (answer, ask) = asked(&count);
        std::thread::scope(|scope| {
            let waiting = [ask(), ask(), ask()].map(|ask| scope.spawn(|| resolver.found("h.example", ask)));
            std::thread::sleep(Duration::from_millis(200)); // until all wait
            answer.send(Err(not_found("h.example", "why"))).expect("awaited");
            // Nobody else asks, so an answer more is for the next look-up.
            answer.send(Ok(addresses(&["127.0.0.1"]))).expect("awaited");
            for waiting in waiting {
                let error = waiting.join().expect("no panic").expect_err("the error");
                assert!(error.message().ends_with("h.example: why"), "{error}");
            }
        });
        assert_eq!(count.load(Ordering::Relaxed), 1);
        resolver.found("h.example", ask()).expect("asked again");
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_cancelled_call_stops_a_look_up() {
        let minute = Duration::from_secs(60);
        let stop = Arc::new(Stop::default());
        let bounds = Bounds::new(Arc::clone(&stop), None, minute, minute);
        let (error, cancelled) = never_answered(&bounds, || stop.cancel());
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert!(cancelled.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn a_look_up_ends_with_the_connect_timeout_and_says_what_it_waited_for() {
        let bounds = Bounds::new(Arc::default(), None, Duration::from_millis(50), Duration::from_secs(60));
        let (error, _) = never_answered(&bounds, || {});
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Timeout, true), "{error}");
        assert!(error.message().contains("h.example: the name service has not answered"), "{error}");
    }

    #[test]
    fn so_many_names_are_remembered_and_looked_up_again_only_after_a_while() {
        let resolver = Resolver::default();
        // A label begins with a hyphen, so a look-up fails.
        let (host, address) = ("-.invalid", SocketAddr::from(([127, 0, 0, 1], 0)));
        lock(&resolver.names).remember(host, Some(&[address]));
        let found = resolver.addresses(host, 81).expect("remembered");
        assert_eq!(found, [SocketAddr::from(([127, 0, 0, 1], 81))]);
        let mut names = lock(&resolver.names);
        names.known.get_mut(host).expect("remembered").when -= REMEMBERED;
        assert_eq!(names.known(host), None);
        for number in 0..2 * MOST_NAMES {
            names.remember(&number.to_string(), Some(&[address]));
        }
        assert_eq!(names.known.len(), MOST_NAMES);
    }

    #[test]
    fn only_a_name_that_does_not_exist_is_final() {
        use LookupErrorKind::{Again, Fail, Memory, NoData, NoName, System};
        let error = |kind| of_kind(kind, not_found("h", "why"));
        assert!([NoName, NoData].iter().all(|kind| !error(*kind).retryable()));
        assert!([Again, Fail, System].iter().all(|kind| error(*kind).retryable()));
        assert_eq!(error(Memory).kind(), ErrorKind::OutOfMemory);
    }
}
