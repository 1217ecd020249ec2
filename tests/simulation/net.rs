//! The network of a world: connections with latency and rate, that are cut, stall, or go through a network
//! that is down for a while. What arrives at the other end is the service's ([`super::service`]).

use std::collections::{BTreeMap, VecDeque};
use std::io::Read as _;
use std::net::IpAddr;

use fastrand::Rng;

use super::names::Behind;
use super::world::{MICROSECOND, MILLISECOND, SECOND, Time, World};

/// What the system takes before it can send it.
const BUFFER: usize = 192 << 10;

/// A long answer arrives in pieces of this size.
const PIECE: usize = 512 << 10;

pub struct Net {
    connections: BTreeMap<i32, Connection>,
    latency: Time,
    /// Bytes a second of one connection.
    rate: u64,
    /// When nothing arrives.
    pub down: Vec<(Time, Time)>,
    /// How likely a new connection is refused, or is never answered, in thousandths.
    pub refusals: u32,
    opened: u64,
}

/// What the service tells of an answer that its client has read.
pub type Read = Box<dyn FnOnce(&mut World)>;

struct Connection {
    /// Numbers of files are used again.
    id: u64,
    process: usize,
    state: State,
    /// What the client can read.
    inbox: VecDeque<u8>,
    read: u64,
    /// Who is told when so many bytes were read.
    marks: VecDeque<(u64, Read)>,
    end: Option<End>,
    /// How much the service has sent, and when the last of it arrives.
    answered: u64,
    in_free_at: Time,
    /// What was sent and has not arrived.
    under_way: usize,
    out_free_at: Time,
    /// When the last of what was sent arrives, and of what was answered.
    arrived_at: Time,
    answered_at: Time,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Connecting,
    Open,
    Failed(i32),
}

/// How the service's side of a connection has ended.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Closed,
    Reset,
}

impl Net {
    pub fn new(rng: &mut Rng) -> Self {
        let latency = [20 * MICROSECOND, MILLISECOND, 15 * MILLISECOND, 90 * MILLISECOND][rng.usize(..4)];
        let rate = [1 << 30, 20 << 20, 4 << 20, 500_000][rng.usize(..4)];
        Net { connections: BTreeMap::new(), latency, rate, down: Vec::new(), refusals: 0, opened: 0 }
    }

    /// The connection, if it is still the same.
    fn get(&mut self, fd: i32, id: u64) -> Option<&mut Connection> {
        self.connections.get_mut(&fd).filter(|connection| connection.id == id)
    }

    pub fn has(&self, fd: i32) -> bool {
        self.connections.contains_key(&fd)
    }

    /// About how long it takes to bring so many bytes.
    pub fn takes(&self, bytes: usize) -> Time {
        bytes as u64 * SECOND / self.rate + 2 * self.latency
    }

    pub fn count(&self) -> usize {
        self.connections.len()
    }

    pub fn is_one_ready(&self, ends: &[(i32, i16)]) -> bool {
        ends.iter().any(|(fd, events)| self.ready(*fd, *events) != 0)
    }

    /// The events of poll that have come.
    pub fn ready(&self, fd: i32, wanted: i16) -> i16 {
        let Some(connection) = self.connections.get(&fd) else { return libc::POLLNVAL };
        let mut found = 0;
        let is_open = connection.state == State::Open;
        if is_open && (!connection.inbox.is_empty() || connection.end.is_some()) {
            found |= libc::POLLIN;
        }
        let has_room = connection.under_way < BUFFER * 2 / 3 || connection.end.is_some();
        if is_open && has_room || matches!(connection.state, State::Failed(_)) {
            found |= libc::POLLOUT;
        }
        let always = if connection.end == Some(End::Reset) { libc::POLLERR | libc::POLLHUP } else { 0 };
        found & wanted | always
    }

    /// When something that leaves at `time` arrives, which takes as long as the network is down.
    fn arrival(&self, time: Time) -> Time {
        let is_in = |(begin, end): &&(Time, Time)| (*begin..*end).contains(&time);
        self.down.iter().find(is_in).map_or(time, |(_, end)| *end + self.latency)
    }

    /// Why the connection could not be opened, once.
    pub fn take_error(&mut self, fd: i32) -> i32 {
        match self.connections.get(&fd).map(|connection| connection.state) {
            Some(State::Failed(errno)) => errno,
            _ => 0,
        }
    }

    pub fn there(&self, fd: i32) -> usize {
        self.connections.get(&fd).map_or(0, |connection| connection.inbox.len())
    }

    /// What `recv` does: the number of bytes, or what is wrong.
    pub fn receive(&mut self, fd: i32, space: &mut [u8], rng: &mut Rng) -> Result<(usize, Vec<Read>), i32> {
        let connection = self.connections.get_mut(&fd).ok_or(libc::EBADF)?;
        if connection.state != State::Open {
            return Err(libc::ENOTCONN);
        }
        if connection.inbox.is_empty() || space.is_empty() {
            return match connection.end {
                _ if space.is_empty() => Ok((0, Vec::new())),
                Some(End::Closed) => Ok((0, Vec::new())),
                Some(End::Reset) => Err(libc::ECONNRESET),
                None => Err(libc::EAGAIN),
            };
        }
        let most = connection.inbox.len().min(space.len());
        let count = if rng.u8(..) < 200 { most } else { rng.usize(1..=most) };
        connection.inbox.read_exact(&mut space[..count]).expect("as much as there is");
        connection.read += count as u64;
        let mut read = Vec::new();
        while connection.marks.front().is_some_and(|(mark, _)| *mark <= connection.read) {
            read.extend(connection.marks.pop_front().map(|(_, tell)| tell));
        }
        Ok((count, read))
    }

    /// How much `send` takes now.
    fn room(&self, fd: i32) -> Result<usize, i32> {
        let connection = self.connections.get(&fd).ok_or(libc::EBADF)?;
        match (connection.state, connection.end) {
            (State::Open, None) => {}
            (State::Open, Some(End::Closed)) => return Err(libc::EPIPE),
            (State::Open, Some(End::Reset)) => return Err(libc::ECONNRESET),
            _ => return Err(libc::ENOTCONN),
        }
        match BUFFER.saturating_sub(connection.under_way) {
            0 => Err(libc::EAGAIN),
            room => Ok(room),
        }
    }
}

impl World {
    pub fn opened(&mut self, fd: i32) {
        self.net.opened += 1;
        let connection = Connection {
            id: self.net.opened,
            process: self.process(),
            state: State::New,
            inbox: VecDeque::new(),
            read: 0,
            marks: VecDeque::new(),
            end: None,
            answered: 0,
            in_free_at: 0,
            under_way: 0,
            out_free_at: 0,
            arrived_at: 0,
            answered_at: 0,
        };
        self.net.connections.insert(fd, connection);
    }

    /// The error that `connect` ends with at once.
    pub fn connect(&mut self, fd: i32, address: IpAddr) -> i32 {
        let mut behind = self.names.behind(address);
        if behind == Behind::Service && self.rng.u32(..1000) < self.net.refusals {
            behind = if self.rng.bool() { Behind::Refusal } else { Behind::Nobody };
        }
        let Some(connection) = self.net.connections.get_mut(&fd) else { return libc::EBADF };
        if behind == Behind::Unreachable {
            return libc::ENETUNREACH;
        }
        connection.state = State::Connecting;
        let id = connection.id;
        if behind == Behind::Nobody {
            return libc::EINPROGRESS;
        }
        let time = self.net.arrival(self.now + 2 * self.net.latency) - self.now;
        self.after(time, move |world| {
            let Some(connection) = world.net.get(fd, id) else { return };
            if connection.state == State::Connecting {
                let is_open = behind == Behind::Service;
                connection.state = if is_open { State::Open } else { State::Failed(libc::ECONNREFUSED) };
            }
        });
        libc::EINPROGRESS
    }

    /// What `send` does: takes the beginning of `bytes`.
    pub fn send(&mut self, fd: i32, slices: &[&[u8]]) -> Result<usize, i32> {
        let room = self.net.room(fd)?;
        let total: usize = slices.iter().map(|slice| slice.len()).sum();
        let most = total.min(room);
        let amount = if most < 2 || self.rng.u8(..) < 200 { most } else { self.rng.usize(1..=most) };
        let mut bytes = Vec::with_capacity(amount);
        for slice in slices {
            bytes.extend_from_slice(&slice[..slice.len().min(amount - bytes.len())]);
        }
        let (rate, latency) = (self.net.rate, self.net.latency);
        let connection = self.net.connections.get_mut(&fd).ok_or(libc::EBADF)?;
        connection.under_way += amount;
        let sent = connection.out_free_at.max(self.now) + amount as u64 * SECOND / rate;
        connection.out_free_at = sent;
        let (before, id) = (connection.arrived_at, connection.id);
        let arrival = self.net.arrival(sent + latency).max(before + 1);
        if let Some(connection) = self.net.connections.get_mut(&fd) {
            connection.arrived_at = arrival;
        }
        self.after(arrival - self.now, move |world| world.arrive(fd, id, &bytes));
        self.note(amount as u64);
        Ok(amount)
    }

    fn arrive(&mut self, fd: i32, id: u64, bytes: &[u8]) {
        let is_open = self.net.get(fd, id).is_some_and(|connection| connection.end.is_none());
        if is_open
            && self.service_receive(fd, bytes)
            && let Some(connection) = self.net.get(fd, id)
        {
            connection.under_way = connection.under_way.saturating_sub(bytes.len());
        }
    }

    /// The service sends `bytes` after a pause; `told` when the client has read all. With `drips` it comes in
    /// pieces, with such pauses between them.
    pub fn answer(&mut self, fd: i32, bytes: Vec<u8>, pause: Time, told: Option<Read>, drips: Option<Time>) {
        let (rate, latency) = (self.net.rate, self.net.latency);
        let Some(connection) = self.net.connections.get_mut(&fd) else { return };
        connection.answered += bytes.len() as u64;
        if let Some(told) = told {
            connection.marks.push_back((connection.answered, told));
        }
        let mut at = connection.in_free_at.max(self.now + pause);
        let (mut arrived, id) = (connection.answered_at, connection.id);
        let size = if drips.is_some() { bytes.len().div_ceil(5).max(1) } else { PIECE };
        for piece in bytes.chunks(size) {
            at += piece.len() as u64 * SECOND / rate + drips.unwrap_or(0);
            let arrival = self.net.arrival(at + latency).max(arrived + 1);
            arrived = arrival;
            let piece = piece.to_vec();
            self.after(arrival - self.now, move |world| {
                if let Some(connection) = world.net.get(fd, id).filter(|it| it.end.is_none()) {
                    connection.inbox.extend(piece);
                }
            });
        }
        if let Some(connection) = self.net.connections.get_mut(&fd) {
            (connection.in_free_at, connection.answered_at) = (at, arrived);
        }
    }

    /// The service's end of the connection goes after what it has sent.
    pub fn hang_up(&mut self, fd: i32, end: End) {
        let latency = self.net.latency;
        let Some(connection) = self.net.connections.get_mut(&fd) else { return };
        let at = (connection.in_free_at.max(self.now) + latency).max(connection.answered_at) + MICROSECOND;
        let id = connection.id;
        let at = self.net.arrival(at);
        self.after(at - self.now, move |world| {
            if let Some(connection) = world.net.get(fd, id) {
                connection.end.get_or_insert(end);
                if end == End::Reset {
                    connection.inbox.clear();
                }
            }
        });
    }

    pub fn closed(&mut self, fd: i32) {
        if self.net.connections.remove(&fd).is_some() {
            self.hung_up(fd);
        }
    }

    pub fn close_all(&mut self, process: usize) {
        let of = |(fd, connection): (&i32, &Connection)| (connection.process == process).then_some(*fd);
        let own: Vec<i32> = self.net.connections.iter().filter_map(of).collect();
        for fd in own {
            self.closed(fd);
        }
    }
}
