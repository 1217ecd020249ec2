//! The MD5 of many parts at once.
//!
//! Storage wants the MD5 of a part before the part is sent, and MD5 of one stream cannot go faster than 0.7
//! GB/s: each of its 64 steps needs the result of the one before, so a processor spends most of the time
//! waiting. Streams do not depend on each other. Digested side by side, one in each lane of a vector
//! register, 32 of them take twice the time of one.
//!
//! GB/s on one core of an AMD EPYC (Zen 4, AVX-512), best of 5; `make bench` measures the widest again:
//!
//! | streams | instructions    | in L2 cache | 8 MiB parts in memory | 8 MiB parts of a file, page cache |
//! |--------:|-----------------|------------:|----------------------:|----------------------------------:|
//! |       1 | (md-5 crate)    |             |                  0.65 |                                   |
//! |       1 | scalar          |        0.67 |                  0.66 |                              0.63 |
//! |       4 | SSE2            |         2.2 |                   2.1 |                               1.8 |
//! |       8 | SSE2, 4 × 2     |         3.8 |                   3.6 |                               2.8 |
//! |       8 | AVX2            |         5.1 |                   5.1 |                               3.5 |
//! |      16 | AVX2, 8 × 2     |         7.7 |                   6.1 |                               4.6 |
//! |      16 | AVX-512         |         7.6 |                   7.0 |                               4.6 |
//! |      32 | AVX-512, 16 × 2 |        10.2 |                   6.8 |                               5.6 |
//!
//! From memory, parts a power of two apart compete for the same sets of the cache; from a file, the
//! kernel's copy is half of the time. The one crate that does this, md5-many 0.1.0-alpha.4, has 14,000
//! lines: 11.4 GB/s in cache, 6.2 in memory.

mod kernel;

use std::cmp::Reverse;
use std::convert::Infallible;
use std::ops::Range;

use kernel::{Block, INITIAL, Input, Kernel, SCALAR, State, kernels};

/// The MD5 of one stream.
pub type Md5 = [u8; 16];

/// What one `read` asks of a stream, at most: smaller slices cost more calls, larger ones more than the 1
/// MiB promised.
pub const SLICE: usize = 32 * 1024;

/// The same for small files, of which there are many: the buffers of all threads together stay small.
pub const SMALL_SLICE: usize = 8 * 1024;

const BLOCK: usize = size_of::<Block>();

/// How many streams one pass digests at the best cost per byte on this machine: callers gather that many
/// parts. 32 with AVX-512, 16 with AVX2 or NEON, 8 with SSE2, 1 where there is no vector unit.
pub fn lanes() -> usize {
    kernels().last().map_or(1, |kernel| kernel.lanes)
}

/// The MD5 of each stream of the given lengths, in their order.
///
/// `read(stream, offset, buffer)` fills all of `buffer` with the stream's bytes from `offset` on. It is
/// asked for each byte once, each stream front to back, up to `slice` bytes (a multiple of a block) at a time
/// and never for none. Its first error ends the digest.
///
/// Memory: a slice for each of the [`lanes`], so 1 MiB at most with [`SLICE`], whatever the lengths, and some
/// 32 bytes for each stream.
pub fn md5_streams<E>(
    slice: usize,
    lengths: &[u64],
    read: impl FnMut(usize, u64, &mut [u8]) -> Result<(), E>,
) -> Result<Vec<Md5>, E> {
    digest(kernels(), slice, lengths, |_| &[], read)
}

/// The MD5 of each slice, in their order, without copying.
pub fn md5_slices(slices: &[&[u8]]) -> Vec<Md5> {
    let Ok(sums) = digest_slices(kernels(), slices);
    sums
}

fn digest_slices(kernels: &[Kernel], slices: &[&[u8]]) -> Result<Vec<Md5>, Infallible> {
    let lengths: Vec<u64> = slices.iter().map(|slice| slice.len() as u64).collect();
    let split = |stream: usize| slices.get(stream).copied().unwrap_or_default().as_chunks();
    // Whole blocks are digested where they are, so `read` is for the bytes after them.
    digest(
        kernels,
        BLOCK,
        &lengths,
        |stream| split(stream).0,
        |stream, _, buffer| {
            for (to, from) in buffer.iter_mut().zip(split(stream).1) {
                *to = *from;
            }
            Ok(())
        },
    )
}

/// The digest of streams whose whole blocks from the start on may be `at_hand` in memory; `read` brings the
/// rest, up to `slice` bytes (a multiple of a block) at a time.
fn digest<'a, E>(
    kernels: &[Kernel],
    slice: usize,
    lengths: &[u64],
    at_hand: impl Fn(usize) -> &'a [Block],
    mut read: impl FnMut(usize, u64, &mut [u8]) -> Result<(), E>,
) -> Result<Vec<Md5>, E> {
    // The longest first, so that what remains in the end is short and no lane is alone with a long stream.
    let mut streams: Vec<(usize, u64)> = lengths.iter().copied().enumerate().collect();
    streams.sort_by_key(|&(_, length)| Reverse(length));
    let longest = streams.first().map_or(0, |&(_, length)| length);
    let slice = (longest.min(slice as u64) as usize).next_multiple_of(BLOCK);

    let widest = kernels.last().unwrap_or(&SCALAR);
    let mut waiting = streams.into_iter();
    let mut enter = |buffer| {
        let (stream, length) = waiting.next()?;
        Some(Lane::new(buffer, stream, length, at_hand(stream)))
    };
    // One block more than a slice: the padding may need it.
    let buffer = || vec![[0; BLOCK]; slice / BLOCK + 1];
    let mut lanes: Vec<Lane> = (0..widest.lanes).map_while(|_| enter(buffer())).collect();

    let mut sums = vec![[0; 16]; lengths.len()];
    while !lanes.is_empty() {
        for lane in &mut lanes {
            lane.fill(&mut read)?;
        }
        let mut inputs: Vec<Input> = lanes.iter_mut().map(Lane::input).collect();
        let kernel = kernels.iter().find(|kernel| kernel.lanes >= inputs.len()).unwrap_or(widest);
        let taken = kernel.pass(&mut inputs);
        lanes.iter_mut().for_each(|lane| lane.advance(taken));
        lanes.retain_mut(|lane| {
            if !lane.is_finished() {
                return true;
            }
            if let Some(sum) = sums.get_mut(lane.stream) {
                *sum = lane.sum();
            }
            let next = enter(std::mem::take(&mut lane.buffer));
            let refilled = next.is_some();
            if let Some(next) = next {
                *lane = next;
            }
            refilled
        });
    }
    Ok(sums)
}

/// A stream on its way through a lane.
struct Lane<'a> {
    stream: usize,
    length: u64,
    /// How many of its bytes have become blocks.
    offset: u64,
    state: State,
    /// Blocks ready in the caller's memory, taken before those ready in `buffer`.
    at_hand: &'a [Block],
    buffer: Vec<Block>,
    ready: Range<usize>,
    padded: bool,
}

impl<'a> Lane<'a> {
    fn new(buffer: Vec<Block>, stream: usize, length: u64, at_hand: &'a [Block]) -> Lane<'a> {
        let offset = size_of_val(at_hand) as u64;
        Lane { stream, length, offset, state: INITIAL, at_hand, buffer, ready: 0..0, padded: false }
    }

    /// Makes sure that a block is ready, reading if there is none.
    fn fill<E>(&mut self, read: &mut impl FnMut(usize, u64, &mut [u8]) -> Result<(), E>) -> Result<(), E> {
        if !self.at_hand.is_empty() || !self.ready.is_empty() {
            return Ok(());
        }
        let flat = self.buffer.as_flattened_mut();
        let room = (flat.len() - BLOCK) as u64;
        let count = room.min(self.length - self.offset) as usize;
        let (bytes, rest) = flat.split_at_mut(count);
        if count > 0 {
            read(self.stream, self.offset, bytes)?;
            self.offset += count as u64;
        }
        let mut blocks = count / BLOCK;
        if self.offset == self.length {
            // RFC 1321, 3.1 and 3.2: one bit set, zeros, and the length in bits in the last 8 bytes of a
            // block.
            blocks = (count + 1 + 8).div_ceil(BLOCK);
            let (padding, _) = rest.split_at_mut(blocks * BLOCK - count);
            padding.fill(0);
            if let [first, ..] = padding {
                *first = 0x80;
            }
            if let Some(bits) = padding.last_chunk_mut() {
                *bits = self.length.wrapping_mul(8).to_le_bytes();
            }
            self.padded = true;
        }
        self.ready = 0..blocks;
        Ok(())
    }

    fn input(&mut self) -> Input<'_> {
        let blocks = if self.at_hand.is_empty() {
            self.buffer.get(self.ready.clone()).unwrap_or_default()
        } else {
            self.at_hand
        };
        (&mut self.state, blocks)
    }

    fn advance(&mut self, taken: usize) {
        if self.at_hand.is_empty() {
            self.ready.start += taken;
        } else {
            self.at_hand = self.at_hand.get(taken..).unwrap_or_default();
        }
    }

    fn is_finished(&self) -> bool {
        self.padded && self.ready.is_empty()
    }

    fn sum(&self) -> Md5 {
        let mut sum = [0; 16];
        for (bytes, word) in sum.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        sum
    }
}

#[cfg(test)]
mod tests;
