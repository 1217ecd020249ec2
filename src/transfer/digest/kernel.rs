//! The MD5 block function over many streams at once, and the only `unsafe` of the digest.
//!
//! [`rounds`] is the whole of MD5, written once for any number of lanes: a loop over the lanes with all 64
//! steps in its body. In that form the compiler makes each lane one element of a vector register and finds
//! the instructions worth having (`vprold` rotates, `vpternlogd` computes any function of three inputs). Each
//! step waits for the one before, which leaves half of a vector unit idle; so a lane carries `G` streams,
//! whose steps alternate and fill the gaps.
//!
//! What the compiler does badly is the **transposition**. A stream is contiguous in memory, while a vector
//! register wants the same message word of every stream side by side:
//!
//! ```text
//! stream 0   a0 a1 a2 a3 …        word 0   a0 b0 c0 d0 …
//! stream 1   b0 b1 b2 b3 …   →    word 1   a1 b1 c1 d1 …
//! stream 2   c0 c1 c2 c3 …        word 2   a2 b2 c2 d2 …
//! ```
//!
//! Left alone it gathers the 16 × N words one by one, which costs as much as the rounds do. AVX2 and AVX-512
//! therefore have this step in intrinsics (`kernel/avx.rs`). Four words of each stream are loaded at a time,
//! those of the streams 0, 4, 8 and 12 into the quarters of one register, of 1, 5, 9 and 13 into the next.
//! Transposing 4 × 4 inside every quarter, two unpack instructions deep, then puts everything in place, and
//! nothing has to cross from one quarter to another.
//!
//! GB/s on one core of an AMD EPYC (Zen 4), data in cache, lanes × `G`:
//!
//! | transposed by | SSE2 4 × 2 | AVX2 8 × 2 | AVX-512 16 × 2 |
//! |---------------|-----------:|-----------:|---------------:|
//! | the compiler  |        3.7 |        4.9 |            5.8 |
//! | intrinsics    |        4.1 |        7.7 |           10.2 |
//!
//! SSE2 keeps the compiler's. NEON has both steps in intrinsics, see `kernel/neon.rs`. 32-bit ARM is scalar,
//! unless NEON is in the target's baseline: whether the processor has it cannot be asked on stable Rust, and
//! its intrinsics are not stable either.

// Indices are bounded by the constant length of what they index, and plain loops are the shape that is
// vectorised.
#![allow(clippy::indexing_slicing, clippy::needless_range_loop)]

#[cfg(target_arch = "x86_64")]
pub(super) mod avx;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
pub(super) mod neon;

use std::array::from_fn;

/// What MD5 takes at once.
pub(super) type Block = [u8; 64];

/// The running digest of one stream: the words A, B, C, D.
pub(super) type State = [u32; 4];

/// RFC 1321, 3.3.
pub(super) const INITIAL: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/// One stream's share of a pass: its state, and the blocks it has ready.
pub(super) type Input<'a> = (&'a mut State, &'a [Block]);

/// A way to digest up to `lanes` streams at once.
pub(super) struct Kernel {
    pub(super) lanes: usize,
    run: fn(&mut [Input], usize),
}

impl Kernel {
    /// Digests as many blocks of each stream as the one with the fewest has ready, and returns how many that
    /// was. More streams than `lanes` take turns.
    pub(super) fn pass(&self, inputs: &mut [Input]) -> usize {
        let count = inputs.iter().map(|(_, blocks)| blocks.len()).min().unwrap_or(0);
        inputs.chunks_mut(self.lanes).for_each(|inputs| (self.run)(inputs, count));
        count
    }
}

/// The kernels this machine has, narrowest first; there is always the one for a single stream. For n streams
/// take the first with at least n lanes: a pass costs about the same however many of its lanes are idle.
pub(super) fn kernels() -> &'static [Kernel] {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        return const { &[SCALAR, avx::AVX2, avx::AVX512, avx::AVX512_TWICE] };
    } else if is_x86_feature_detected!("avx2") {
        return const { &[SCALAR, avx::AVX2, avx::AVX2_TWICE] };
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    if std::arch::is_aarch64_feature_detected!("neon") {
        return const { &[SCALAR, neon::NEON, neon::NEON_TWICE, neon::NEON_FOUR_TIMES] };
    }
    if cfg!(any(target_feature = "sse2", target_feature = "neon")) {
        return const { &[SCALAR, QUAD, QUAD_TWICE] };
    }
    const { &[SCALAR] }
}

pub(super) const SCALAR: Kernel = Kernel { lanes: 1, run: pass::<1, 1> };
pub(super) const QUAD: Kernel = Kernel { lanes: 4, run: pass::<4, 1> };
pub(super) const QUAD_TWICE: Kernel = Kernel { lanes: 8, run: pass::<4, 2> };

/// The states of `N` streams: the words A of all, then B, C, D.
type Lanes<const N: usize> = [[u32; N]; 4];

/// One block of each of `N` streams, transposed. Aligned, or every load of a 64-byte vector would touch two
/// cache lines.
#[repr(align(64))]
#[derive(Clone, Copy)]
struct Words<const N: usize>([[u32; N]; 16]);

fn pass<const N: usize, const G: usize>(inputs: &mut [Input], count: usize) {
    pass_with::<N, G>(inputs, count, transpose, rounds)
}

/// A pass over `G` groups of `N` lanes. Inlined into every kernel, so that it is compiled with that kernel's
/// instructions. Closures in a kernel have them too; the name of a function in their place is called through
/// a shim of the compiler, which has only the instructions of every processor.
#[inline(always)]
fn pass_with<const N: usize, const G: usize>(
    inputs: &mut [Input],
    count: usize,
    transpose: impl Fn([&Block; N], &mut Words<N>),
    rounds: impl Fn(&mut [Lanes<N>; G], &[Words<N>; G]),
) {
    // An idle lane digests the first stream's blocks once more, for nothing: they are in cache and cost no
    // branch. All are cut to one length here, so that the loop need not compare each lane with its own.
    let first = inputs.first().map_or(&[][..], |(_, blocks)| blocks);
    let stream = |at: usize| &inputs.get(at).map_or(first, |(_, blocks)| blocks)[..count];
    let streams: [[&[Block]; N]; G] = from_fn(|g| from_fn(|lane| stream(g * N + lane)));
    let mut states: [Lanes<N>; G] = from_fn(|g| {
        from_fn(|word| from_fn(|lane| inputs.get(g * N + lane).map_or(0, |(state, _)| state[word])))
    });

    let mut words = [Words([[0; N]; 16]); G];
    for block in 0..count {
        for g in 0..G {
            transpose(from_fn(|lane| &streams[g][lane][block]), &mut words[g]);
        }
        rounds(&mut states, &words);
    }

    for (at, (state, _)) in inputs.iter_mut().take(N * G).enumerate() {
        **state = states[at / N].map(|word| word[at % N]);
    }
}

/// The transposition without intrinsics.
#[inline(always)]
fn transpose<const N: usize>(blocks: [&Block; N], words: &mut Words<N>) {
    words.0 = from_fn(|word| {
        from_fn(|lane| {
            let (chunks, _) = blocks[lane].as_chunks();
            u32::from_le_bytes(chunks[word])
        })
    });
}

/// Adds one block to every state. The shape matters, see the top of the file.
#[inline(always)]
fn rounds<const N: usize, const G: usize>(states: &mut [Lanes<N>; G], words: &[Words<N>; G]) {
    for lane in 0..N {
        let mut now: [State; G] = from_fn(|g| from_fn(|word| states[g][word][lane]));
        macro_rules! steps {
            ($($step:literal)*) => { $( for g in 0..G { now[g] = step::<$step>(now[g], words[g].0[WORD[$step]][lane]); } )* };
        }
        steps!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        steps!(16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
        steps!(32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47);
        steps!(48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
        for g in 0..G {
            for word in 0..4 {
                states[g][word][lane] = states[g][word][lane].wrapping_add(now[g][word]);
            }
        }
    }
}

#[inline(always)]
fn step<const STEP: usize>([a, b, c, d]: State, word: u32) -> State {
    let sum = a.wrapping_add(SINE[STEP]).wrapping_add(word);
    let sum = match STEP / 16 {
        0 => sum.wrapping_add(d ^ (b & (c ^ d))),
        // Two sums where RFC 1321 has an `or` (no bit is set in both): one of them need not wait for b.
        1 => sum.wrapping_add(c & !d).wrapping_add(b & d),
        2 => sum.wrapping_add(b ^ c ^ d),
        _ => sum.wrapping_add(c ^ (b | !d)),
    };
    let turned = sum.rotate_left(ROTATE[STEP / 16][STEP % 4]);
    [d, b.wrapping_add(turned), b, c]
}

/// Which word of the block a step takes.
const WORD: [usize; 64] = {
    let mut word = [0; 64];
    let mut step = 0;
    while step < 64 {
        word[step] = [step, 5 * step + 1, 3 * step + 5, 7 * step][step / 16] % 16;
        step += 1;
    }
    word
};

const ROTATE: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// ⌊2³² · |sin(step + 1)|⌋
#[rustfmt::skip]
const SINE: [u32; 64] = [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
];
