//! The name service of a world: slow, wrong for a while, and with addresses at which nobody answers.

use std::ffi::{CStr, c_char, c_int};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use fastrand::Rng;
use libc::{addrinfo, sockaddr, sockaddr_in, sockaddr_in6};

use super::raw;
use super::world::{self, MILLISECOND, SECOND, Time, Wait, World};

/// The host of the service.
pub const HOST: &str = "service.example";

/// The one address that has no name.
const ALWAYS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 9, 9));

pub struct Names {
    /// What is answered, in this order.
    addresses: Vec<(IpAddr, Behind)>,
    /// No answer takes longer.
    slowest: Time,
    /// How likely there is no answer, in thousandths.
    faults: u32,
}

/// What is behind an address.
#[derive(Clone, Copy, PartialEq)]
pub enum Behind {
    Service,
    /// A machine that refuses connections.
    Refusal,
    Nobody,
    /// A network to which there is no way.
    Unreachable,
}

impl Names {
    pub fn new(rng: &mut Rng) -> Self {
        let mut addresses = Vec::new();
        for number in 0..rng.u8(..4) {
            let behind = [Behind::Refusal, Behind::Nobody, Behind::Unreachable][rng.usize(..3)];
            let address = match rng.bool() {
                true => Ipv4Addr::new(10, 9, 9, number).into(),
                false => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number.into()).into(),
            };
            addresses.push((address, behind));
        }
        addresses.insert(rng.usize(..=addresses.len()), (ALWAYS, Behind::Service));
        Names { addresses, slowest: [MILLISECOND, 2 * SECOND][rng.usize(..2)], faults: 0 }
    }

    /// Look-ups go wrong, too.
    pub fn trouble(&mut self, rng: &mut Rng) {
        self.faults = [0, 100, 500][rng.usize(..3)];
        self.slowest = [2, 40, 200][rng.usize(..3)] * SECOND;
    }

    /// From now on each address is the service's.
    pub fn heal(&mut self) {
        (self.slowest, self.faults) = (MILLISECOND, 0);
        self.addresses.iter_mut().for_each(|(_, behind)| *behind = Behind::Service);
    }

    pub fn behind(&self, address: IpAddr) -> Behind {
        let found = self.addresses.iter().find(|(known, _)| *known == address);
        found.map_or(Behind::Unreachable, |(_, behind)| *behind)
    }

    fn answer(&self, host: &CStr, rng: &mut Rng) -> Result<Vec<IpAddr>, c_int> {
        if host.to_bytes() != HOST.as_bytes() {
            return Err(libc::EAI_NONAME);
        }
        if rng.u32(..1000) < self.faults {
            return Err([libc::EAI_AGAIN, libc::EAI_FAIL, libc::EAI_NONAME][rng.usize(..3)]);
        }
        Ok(self.addresses.iter().map(|(address, _)| *address).collect())
    }
}

/// The address that a program gives to `connect`.
///
/// # Safety
/// `address` is one of IPv4 or IPv6.
pub unsafe fn ip(address: *const sockaddr) -> IpAddr {
    // SAFETY: the family says which one it is.
    unsafe {
        match c_int::from((*address).sa_family) {
            libc::AF_INET => {
                let address = address.cast::<sockaddr_in>().read_unaligned();
                Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr)).into()
            }
            _ => Ipv6Addr::from(address.cast::<sockaddr_in6>().read_unaligned().sin6_addr.s6_addr).into(),
        }
    }
}

/// One address of an answer, with the place that its `addrinfo` points to.
#[repr(C)]
struct Entry {
    info: addrinfo,
    place: Place,
}

#[repr(C)]
union Place {
    v4: sockaddr_in,
    v6: sockaddr_in6,
}

fn entry(address: IpAddr, kind: c_int, next: *mut addrinfo) -> *mut addrinfo {
    // SAFETY: all of it are numbers and pointers, which may be 0.
    let mut entry: Box<Entry> = Box::new(unsafe { std::mem::zeroed() });
    let length = match address {
        IpAddr::V4(address) => {
            let s_addr = u32::from(address).to_be();
            entry.info.ai_family = libc::AF_INET;
            entry.place.v4 = sockaddr_in {
                sin_family: libc::AF_INET as _,
                sin_port: 0,
                sin_addr: libc::in_addr { s_addr },
                sin_zero: [0; 8],
            };
            size_of::<sockaddr_in>()
        }
        IpAddr::V6(address) => {
            entry.info.ai_family = libc::AF_INET6;
            entry.place.v6 = sockaddr_in6 {
                sin6_family: libc::AF_INET6 as _,
                sin6_port: 0,
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr { s6_addr: address.octets() },
                sin6_scope_id: 0,
            };
            size_of::<sockaddr_in6>()
        }
    };
    entry.info.ai_addrlen = length as _;
    entry.info.ai_socktype = kind;
    entry.info.ai_next = next;
    let entry = Box::into_raw(entry);
    // SAFETY: the entry is this function's, until `freeaddrinfo`.
    unsafe {
        (*entry).info.ai_addr = (&raw mut (*entry).place).cast();
        &raw mut (*entry).info
    }
}

type Ask = unsafe extern "C" fn(*const c_char, *const c_char, *const addrinfo, *mut *mut addrinfo) -> c_int;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn getaddrinfo(
    host: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    found: *mut *mut addrinfo,
) -> c_int {
    if !world::is_within() {
        // SAFETY: libc has it, with this type; the arguments are the caller's.
        return unsafe {
            let ask: Ask = raw::real(c"getaddrinfo");
            ask(host, service, hints, found)
        };
    }
    let pause = world::with(|world| world.rng.u64(..world.names.slowest)).unwrap_or_default();
    world::wait(Wait::Until(world::now() + pause));
    // SAFETY: the caller gives a name, and hints or NULL.
    let (host, hints) = unsafe { (CStr::from_ptr(host), hints.as_ref()) };
    let answer = world::with(|world| world.look_up(host));
    match answer.unwrap_or(Err(libc::EAI_FAIL)) {
        Ok(addresses) => {
            let kind = hints.map_or(0, |hints| hints.ai_socktype);
            let list = addresses.iter().rev();
            let list = list.fold(ptr::null_mut(), |next, address| entry(*address, kind, next));
            // SAFETY: the caller gives a place.
            unsafe { *found = list };
            0
        }
        Err(error) => error,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn freeaddrinfo(list: *mut addrinfo) {
    if !world::is_within() {
        // SAFETY: libc has it, with this type, and has made the list.
        return unsafe {
            let free: unsafe extern "C" fn(*mut addrinfo) = raw::real(c"freeaddrinfo");
            free(list);
        };
    }
    let mut next = list;
    while !next.is_null() {
        // SAFETY: the list is one of `getaddrinfo` above, whose entries begin with their `addrinfo`.
        let entry = unsafe { Box::from_raw(next.cast::<Entry>()) };
        next = entry.info.ai_next;
    }
}

impl World {
    fn look_up(&mut self, host: &CStr) -> Result<Vec<IpAddr>, c_int> {
        let answer = self.names.answer(host, &mut self.rng);
        self.note(answer.as_ref().map_or(0, Vec::len) as u64);
        if answer.is_err() {
            self.service.fired += 1;
        }
        answer
    }
}
