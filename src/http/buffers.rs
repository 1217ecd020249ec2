//! The buffers of a connection. They are as large as what has passed through them: hundreds of connections
//! may be open that carry small requests only. Where many carry large ones, each sends smaller pieces.

use std::sync::Arc;

use ureq::unversioned::transport::Buffers as UreqBuffers;

use super::exchange;
use super::failure::LARGEST_HEAD;

/// What a buffer has at first, in bytes.
const SMALLEST: usize = 8 << 10;

/// The most bytes of a request that leave in one piece. No line of its head can be longer.
const LARGEST_OUTPUT: usize = 128 << 10;

/// What the pieces of all connections of a client have together, and the least that one has.
const ALL_OUTPUT: usize = 1 << 20;
const SMALLEST_PIECE: usize = 16 << 10;

/// Counts the connections of a client: each holds one.
pub type Opened = Arc<()>;

/// The buffers of one connection, for ureq.
#[derive(Debug)]
pub struct Buffers {
    opened: Opened,
    output: Vec<u8>,
    input: Vec<u8>,
    /// The bytes of `input` that ureq has not used.
    consumed: usize,
    filled: usize,
    /// The last bytes have filled `input`: there are more of them, so it gets larger.
    is_full: bool,
    /// ureq has used some of the input since it asked for more.
    has_progress: bool,
}

impl Buffers {
    pub fn new(opened: Opened) -> Self {
        Buffers {
            opened,
            output: Vec::new(),
            input: Vec::new(),
            consumed: 0,
            filled: 0,
            is_full: false,
            has_progress: false,
        }
    }

    /// The most bytes of a body that leave in one piece.
    fn piece(&self) -> usize {
        (ALL_OUTPUT / Arc::strong_count(&self.opened)).clamp(SMALLEST_PIECE, LARGEST_OUTPUT)
    }

    /// Forgets, between two requests, room that was made when fewer connections were open.
    pub fn shrink(&mut self) {
        if self.output.len() > self.piece() {
            self.output = Vec::new();
        }
    }

    /// Makes room for the request of the thread's exchange.
    fn make_output(&mut self) {
        let length = exchange::length();
        let room = length.body.min(self.piece()).max(length.head).clamp(SMALLEST, LARGEST_OUTPUT);
        // It may be full already: others close connections at any moment.
        if self.output.len() < room {
            self.output.resize(room, 0);
        }
    }
}

impl UreqBuffers for Buffers {
    fn output(&mut self) -> &mut [u8] {
        self.make_output();
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.consumed..self.filled).unwrap_or_default()
    }

    /// Empty once the input has as many bytes as the largest head.
    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if std::mem::take(&mut self.is_full) || self.input.is_empty() {
            self.input.resize((self.input.len() * 2).clamp(SMALLEST, LARGEST_HEAD), 0);
        }
        self.input.get_mut(self.filled..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled = (self.filled + amount).min(self.input.len());
        self.is_full = self.filled == self.input.len();
    }

    fn input_consume(&mut self, amount: usize) {
        self.has_progress = amount > 0;
        self.consumed = (self.consumed + amount).min(self.filled);
    }

    /// The scratch buffer is for bodies without a length, which Ferry never sends.
    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_output();
        (&mut [], &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.has_progress && !self.input().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(buffers: &mut Buffers) -> usize {
        let room = buffers.input_append_buf().len();
        buffers.input_appended(room);
        room
    }

    #[test]
    fn the_input_grows_as_long_as_it_is_filled() {
        let mut buffers = Buffers::new(Opened::default());
        let mut drained = || {
            let room = fill(&mut buffers);
            buffers.input_consume(room);
            room >> 10
        };
        assert_eq!([drained(), drained(), drained(), drained(), drained()], [8, 16, 32, 64, 64]);
        assert_eq!((buffers.input_append_buf().len() >> 10, buffers.input().len()), (64, 0));
        buffers.input_appended(10);
        buffers.input_consume(4);
        assert_eq!((buffers.input().len(), buffers.input_append_buf().len()), (6, (64 << 10) - 6));
        assert_eq!(buffers.input().len(), 6);
    }

    #[test]
    fn an_input_that_nobody_uses_ends_at_the_largest_head() {
        let mut buffers = Buffers::new(Opened::default());
        let rooms: Vec<usize> = (0..6).map(|_| fill(&mut buffers) >> 10).collect();
        assert_eq!((rooms, buffers.input().len()), (vec![8, 8, 16, 32, 0, 0], LARGEST_HEAD));
    }

    fn room(buffers: &mut Buffers, head: usize, body: usize) -> usize {
        exchange::set_length(exchange::Length { head, body });
        buffers.output().len() >> 10
    }

    /// Other connections are closed between the call that fills the output and the one that sends it.
    #[test]
    fn what_is_in_the_output_stays_when_there_is_more_room() {
        use std::time::Duration;
        let opened = Opened::default();
        let others: Vec<Opened> = (0..20).map(|_| Arc::clone(&opened)).collect();
        let mut buffers = Buffers::new(Arc::clone(&opened));
        let bounds = crate::http::Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
        let _entered = bounds.enter();
        let before = room(&mut buffers, 1, 1 << 30);
        buffers.output().fill(7);
        drop(others);
        assert!(room(&mut buffers, 1, 1 << 30) > before);
        assert!(buffers.output().starts_with(&vec![7; before << 10]));
    }

    #[test]
    fn the_output_has_room_for_the_request() {
        use std::time::Duration;
        let opened = Opened::default();
        let mut buffers = Buffers::new(Arc::clone(&opened));
        let bounds = crate::http::Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
        let _entered = bounds.enter();
        let rooms = [(1, 0), (1, 10 << 10), (1, 1 << 30), (1, 1)];
        assert_eq!(rooms.map(|(head, body)| room(&mut buffers, head, body)), [8, 10, 128, 128]);

        let others: Vec<Opened> = (0..62).map(|_| Arc::clone(&opened)).collect();
        assert_eq!(room(&mut buffers, 1, 1 << 30), 128, "not while a request is sent");
        buffers.shrink();
        assert_eq!(room(&mut buffers, 1, 1 << 30), 16);
        assert_eq!(room(&mut buffers, 100 << 10, 0), 100, "a head has no pieces");
        drop(others);
        assert_eq!(room(&mut buffers, 1, 1 << 30), 128);
    }
}
