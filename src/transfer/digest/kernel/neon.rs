//! NEON, which is in the baseline of nearly every 64-bit ARM target: transposition and rounds in intrinsics.
//!
//! Left to the compiler the rounds build each of the 64 constants in three instructions, in every block, and
//! the transposition loads word by word. What is below was not measured on ARM hardware. These are the
//! instructions of the loop over the blocks, and what llvm-mca 19 says of them, in bytes per cycle:
//!
//! | streams             | instructions per byte | Cortex-A57 | Neoverse N1 | Neoverse V2 |
//! |---------------------|----------------------:|-----------:|------------:|------------:|
//! | 1, scalar           |                   9.7 |       0.21 |        0.22 |        0.22 |
//! | 4, by the compiler  |                   3.6 |       0.21 |        0.29 |        0.31 |
//! | 8, by the compiler  |                   3.4 |       0.39 |        0.55 |        0.59 |
//! | 4                   |                   2.7 |       0.23 |        0.31 |        0.31 |
//! | 8, 4 × 2            |                   3.0 |       0.41 |        0.57 |        0.61 |
//! | 16, 4 × 4           |                   3.2 |       0.65 |        0.71 |        1.01 |
//!
//! One step waits 12 cycles or more for the one before, of which a single group fills a third: hence four.

use std::arch::aarch64::*;
use std::arch::is_aarch64_feature_detected;
use std::hint::black_box;
use std::mem::transmute;

use super::{Block, Input, Kernel, Lanes, ROTATE, SINE, WORD, Words, pass, pass_with};

pub(in super::super) const NEON: Kernel = Kernel { lanes: 4, run: neon::<1> };
pub(in super::super) const NEON_TWICE: Kernel = Kernel { lanes: 8, run: neon::<2> };
pub(in super::super) const NEON_FOUR_TIMES: Kernel = Kernel { lanes: 16, run: neon::<4> };

fn neon<const G: usize>(inputs: &mut [Input], count: usize) {
    #[target_feature(enable = "neon")]
    fn with_neon<const G: usize>(inputs: &mut [Input], count: usize) {
        pass_with::<4, G>(
            inputs,
            count,
            |blocks, words| transpose(blocks, words),
            |states, words| rounds(states, words),
        );
    }
    if is_aarch64_feature_detected!("neon") {
        // SAFETY: the one condition is that the processor has NEON, which the line above has checked.
        unsafe { with_neon::<G>(inputs, count) }
    } else {
        pass::<4, G>(inputs, count);
    }
}

/// Words 4 · `quarter` to 4 · `quarter` + 3 of a block.
#[inline(always)]
fn load(block: &Block, quarter: usize) -> uint32x4_t {
    let (quarters, _) = block.as_chunks::<16>();
    // SAFETY: both types are 16 bytes in which every pattern of bits is a value.
    unsafe { transmute::<[u8; 16], uint32x4_t>(quarters[quarter]) }
}

#[inline(always)]
fn vector(lanes: [u32; 4]) -> uint32x4_t {
    // SAFETY: both types are 16 bytes in which every pattern of bits is a value.
    unsafe { transmute::<[u32; 4], uint32x4_t>(lanes) }
}

#[inline(always)]
fn lanes(vector: uint32x4_t) -> [u32; 4] {
    // SAFETY: both types are 16 bytes in which every pattern of bits is a value.
    unsafe { transmute::<uint32x4_t, [u32; 4]>(vector) }
}

#[inline]
#[target_feature(enable = "neon")]
fn transpose(blocks: [&Block; 4], words: &mut Words<4>) {
    for (quarter, words) in words.0.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let row = |lane: usize| load(blocks[lane], quarter);
        let pair = |a, b| {
            let [even, odd] = [vtrn1q_u32(a, b), vtrn2q_u32(a, b)];
            [vreinterpretq_u64_u32(even), vreinterpretq_u64_u32(odd)]
        };
        let ([even01, odd01], [even23, odd23]) = (pair(row(0), row(1)), pair(row(2), row(3)));
        let columns = [
            vtrn1q_u64(even01, even23),
            vtrn1q_u64(odd01, odd23),
            vtrn2q_u64(even01, even23),
            vtrn2q_u64(odd01, odd23),
        ];
        *words = columns.map(|column| lanes(vreinterpretq_u32_u64(column)));
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn rounds<const G: usize>(states: &mut [Lanes<4>; G], words: &[Words<4>; G]) {
    // Behind it the constants stay in memory, from where one instruction brings one into all lanes.
    let sine = black_box(&SINE);
    let mut now = states.map(|state| state.map(vector));
    macro_rules! steps {
        ($function:ident $($step:literal)*) => { $(
            let constant = vdupq_n_u32(sine[$step]);
            for g in 0..G {
                const LEFT: i32 = ROTATE[$step / 16][$step % 4] as i32;
                let [a, b, c, d] = now[g];
                // What waits for b comes last.
                let sum = vaddq_u32(a, vaddq_u32(constant, vector(words[g].0[WORD[$step]])));
                let sum = vaddq_u32(sum, $function(b, c, d));
                let turned = vsraq_n_u32::<{ 32 - LEFT }>(vshlq_n_u32::<LEFT>(sum), sum);
                now[g] = [d, vaddq_u32(b, turned), b, c];
            }
        )* };
    }
    steps!(f 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    steps!(g 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
    steps!(h 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47);
    steps!(i 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
    for g in 0..G {
        for word in 0..4 {
            states[g][word] = lanes(vaddq_u32(vector(states[g][word]), now[g][word]));
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn f(b: uint32x4_t, c: uint32x4_t, d: uint32x4_t) -> uint32x4_t {
    vbslq_u32(b, c, d)
}

#[inline]
#[target_feature(enable = "neon")]
fn g(b: uint32x4_t, c: uint32x4_t, d: uint32x4_t) -> uint32x4_t {
    vbslq_u32(d, b, c)
}

#[inline]
#[target_feature(enable = "neon")]
fn h(b: uint32x4_t, c: uint32x4_t, d: uint32x4_t) -> uint32x4_t {
    veorq_u32(b, veorq_u32(c, d))
}

#[inline]
#[target_feature(enable = "neon")]
fn i(b: uint32x4_t, c: uint32x4_t, d: uint32x4_t) -> uint32x4_t {
    veorq_u32(c, vornq_u32(b, d))
}
