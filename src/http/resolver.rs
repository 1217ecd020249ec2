//! The addresses of a host, from the system's resolver.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};

use super::bounds::SLICE;
use super::{exchange, failure};
use crate::error::{Error, ErrorKind, Result, system_text};
use crate::{panic, sys, thread};

/// How long the addresses of a name are remembered: an upload opens many connections at once.
const REMEMBERED: Duration = Duration::from_secs(30);

/// The most addresses of a name that one connection tries.
const MOST: usize = 8;

/// Looks names up and remembers them for a while. A look-up ends early when its call must end.
#[derive(Default)]
pub struct Resolver {
    known: Mutex<HashMap<String, Found>>,
    /// Grows with every connection.
    turn: AtomicUsize,
}

struct Found {
    when: Instant,
    addresses: Vec<SocketAddr>,
}

impl Resolver {
    /// The addresses to try, in this order. Connections to one name begin at different addresses, so that
    /// they spread over all machines behind it.
    pub fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let mut addresses = match self.known(host) {
            Some(known) => known,
            None => {
                let found = look_up(host, ask_system)?;
                self.remember(host, &found);
                found
            }
        };
        for address in &mut addresses {
            address.set_port(port);
        }
        Ok(order(&addresses, self.turn.fetch_add(1, Ordering::Relaxed)))
    }

    fn known(&self, host: &str) -> Option<Vec<SocketAddr>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(host).filter(|found| found.when.elapsed() < REMEMBERED).map(|found| found.addresses.clone())
    }

    fn remember(&self, host: &str, addresses: &[SocketAddr]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A service may name any number of hosts over time.
        known.retain(|_, found| found.when.elapsed() < REMEMBERED);
        known.insert(host.to_owned(), Found { when: Instant::now(), addresses: addresses.to_vec() });
    }
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

/// The answer of `ask`, the system's resolver. It cannot be interrupted, so it runs on a thread of its own
/// that holds nothing but the name. That thread is the only one that can outlive its call, by as long as the
/// system takes to give up.
fn look_up(
    host: &str,
    ask: impl FnOnce(&str) -> Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = host.to_owned();
    // Nobody may be there any more to hear it.
    thread::spawn(move || drop(sender.send(panic::catch(|| ask(&name)))))?;
    let begin = Instant::now();
    let limit = exchange::connect_left();
    loop {
        match receiver.recv_timeout(SLICE.min(limit.saturating_sub(begin.elapsed()))) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(not_found(host, "the resolver gave no answer"));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        exchange::check_call()?;
        if begin.elapsed() >= limit {
            let reason = "the name service has not answered (connect_timeout_ms)";
            return Err(not_found(host, reason).with_kind(ErrorKind::Timeout));
        }
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
    use std::sync::Arc;

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
        assert!(resolver.known.lock().expect("the names").is_empty());
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
            let error = look_up("h.example", ask).expect_err("no answer");
            (error, acted.join().expect("no panic"))
        })
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
    fn a_name_is_looked_up_again_only_after_a_while() {
        let resolver = Resolver::default();
        // A label begins with a hyphen, so a look-up fails.
        let (host, address) = ("-.invalid", SocketAddr::from(([127, 0, 0, 1], 0)));
        resolver.remember(host, &[address]);
        let found = resolver.addresses(host, 81).expect("remembered");
        assert_eq!(found, [SocketAddr::from(([127, 0, 0, 1], 81))]);
        resolver.known.lock().expect("not poisoned").get_mut(host).expect("remembered").when -= REMEMBERED;
        assert_eq!(resolver.known(host), None);
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
