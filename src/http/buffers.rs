//! The buffers of a connection. They are as large as what has passed through them: hundreds of connections may
//! be open that carry small requests only.

use ureq::unversioned::transport::Buffers as UreqBuffers;

use super::exchange;
use super::failure::LARGEST_HEAD;

/// What a buffer has at first, in bytes.
const SMALLEST: usize = 8 << 10;

/// The most bytes of a request that leave in one piece. No line of its head can be longer.
const LARGEST_OUTPUT: usize = 128 << 10;

/// The buffers of one connection, for ureq.
#[derive(Debug, Default)]
pub struct Buffers {
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
    /// Makes room for the request of the thread's exchange.
    fn make_output(&mut self) {
        let room = exchange::length().clamp(SMALLEST, LARGEST_OUTPUT);
        if self.output.len() < room {
            self.output = vec![0; room];
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
        let mut buffers = Buffers::default();
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
        let mut buffers = Buffers::default();
        let rooms: Vec<usize> = (0..6).map(|_| fill(&mut buffers) >> 10).collect();
        assert_eq!((rooms, buffers.input().len()), (vec![8, 8, 16, 32, 0, 0], LARGEST_HEAD));
    }

    #[test]
    fn the_output_has_room_for_the_request() {
        use std::sync::Arc;
        use std::time::Duration;
        let mut buffers = Buffers::default();
        let bounds = crate::http::Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
        let _entered = bounds.enter();
        let mut room = |length| {
            exchange::set_length(length);
            buffers.output().len() >> 10
        };
        assert_eq!([room(0), room(10 << 10), room(1 << 30), room(1)], [8, 10, 128, 128]);
    }
}
