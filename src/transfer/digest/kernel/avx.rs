//! AVX2 and AVX-512: the transposition, which the compiler does badly; the rounds are its own.

// See `pass_with`.
#![allow(clippy::redundant_closure)]

use std::arch::x86_64::*;
use std::mem::transmute;

use super::{Block, Input, Kernel, QUAD_TWICE, Words, pass_with, rounds};

pub(in super::super) const AVX2: Kernel = Kernel { lanes: 8, run: avx2::<1> };
pub(in super::super) const AVX2_TWICE: Kernel = Kernel { lanes: 16, run: avx2::<2> };
pub(in super::super) const AVX512: Kernel = Kernel { lanes: 16, run: avx512::<1> };
pub(in super::super) const AVX512_TWICE: Kernel = Kernel { lanes: 32, run: avx512::<2> };

fn avx2<const G: usize>(inputs: &mut [Input], count: usize) {
    #[target_feature(enable = "avx2")]
    fn with_avx2<const G: usize>(inputs: &mut [Input], count: usize) {
        pass_with::<8, G>(
            inputs,
            count,
            |blocks, words| transpose_8(blocks, words),
            |states, words| rounds(states, words),
        );
    }
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the one condition is that the processor has AVX2, which the line above has checked.
        unsafe { with_avx2::<G>(inputs, count) }
    } else {
        by_fewer(inputs, count);
    }
}

fn avx512<const G: usize>(inputs: &mut [Input], count: usize) {
    #[target_feature(enable = "avx512f")]
    fn with_avx512<const G: usize>(inputs: &mut [Input], count: usize) {
        pass_with::<16, G>(
            inputs,
            count,
            |blocks, words| transpose_16(blocks, words),
            |states, words| rounds(states, words),
        );
    }
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the one condition is that the processor has AVX-512F, which the line above has checked.
        unsafe { with_avx512::<G>(inputs, count) }
    } else {
        by_fewer(inputs, count);
    }
}

/// What a kernel does without its instructions. `kernels` does not offer it then.
fn by_fewer(inputs: &mut [Input], count: usize) {
    inputs.chunks_mut(QUAD_TWICE.lanes).for_each(|inputs| (QUAD_TWICE.run)(inputs, count));
}

/// Words 4 · `quarter` to 4 · `quarter` + 3 of a block.
#[inline(always)]
fn load(block: &Block, quarter: usize) -> __m128i {
    let (quarters, _) = block.as_chunks::<16>();
    // SAFETY: both types are 16 bytes in which every pattern of bits is a value.
    unsafe { transmute::<[u8; 16], __m128i>(quarters[quarter]) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn transpose_8(blocks: [&Block; 8], words: &mut Words<8>) {
    for (quarter, words) in words.0.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let row = |lane: usize| {
            let half = _mm256_castsi128_si256(load(blocks[lane], quarter));
            _mm256_inserti128_si256::<1>(half, load(blocks[lane + 4], quarter))
        };
        let (low01, high01) = (_mm256_unpacklo_epi32(row(0), row(1)), _mm256_unpackhi_epi32(row(0), row(1)));
        let (low23, high23) = (_mm256_unpacklo_epi32(row(2), row(3)), _mm256_unpackhi_epi32(row(2), row(3)));
        let columns = [
            _mm256_unpacklo_epi64(low01, low23),
            _mm256_unpackhi_epi64(low01, low23),
            _mm256_unpacklo_epi64(high01, high23),
            _mm256_unpackhi_epi64(high01, high23),
        ];
        // SAFETY: both types are 4 × 32 bytes in which every pattern of bits is a value.
        *words = unsafe { transmute::<[__m256i; 4], [[u32; 8]; 4]>(columns) };
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn transpose_16(blocks: [&Block; 16], words: &mut Words<16>) {
    for (quarter, words) in words.0.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let row = |lane: usize| {
            let row = _mm512_castsi128_si512(load(blocks[lane], quarter));
            let row = _mm512_inserti32x4::<1>(row, load(blocks[lane + 4], quarter));
            let row = _mm512_inserti32x4::<2>(row, load(blocks[lane + 8], quarter));
            _mm512_inserti32x4::<3>(row, load(blocks[lane + 12], quarter))
        };
        let (low01, high01) = (_mm512_unpacklo_epi32(row(0), row(1)), _mm512_unpackhi_epi32(row(0), row(1)));
        let (low23, high23) = (_mm512_unpacklo_epi32(row(2), row(3)), _mm512_unpackhi_epi32(row(2), row(3)));
        let columns = [
            _mm512_unpacklo_epi64(low01, low23),
            _mm512_unpackhi_epi64(low01, low23),
            _mm512_unpacklo_epi64(high01, high23),
            _mm512_unpackhi_epi64(high01, high23),
        ];
        // SAFETY: both types are 4 × 64 bytes in which every pattern of bits is a value.
        *words = unsafe { transmute::<[__m512i; 4], [[u32; 16]; 4]>(columns) };
    }
}
