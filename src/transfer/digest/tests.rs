use std::cell::RefCell;

use md5::Digest;

use super::kernel::{QUAD, QUAD_TWICE};
use super::*;

/// Small, so that little data has many slices: what is not optimised is slow.
const TINY_SLICE: usize = 256;

/// Around every border there is: an empty stream, the 56th byte of a block (the length no longer fits), a
/// block, a slice.
const LENGTHS: [usize; 18] =
    [0, 1, 8, 55, 56, 57, 63, 64, 65, 119, 120, 128, 255, 256, 257, 311, 312, 3 * TINY_SLICE];

/// Splitmix: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

fn bytes(length: usize, seed: usize) -> Vec<u8> {
    let mut random = Random(seed as u64);
    (0..length).map(|_| random.below(256) as u8).collect()
}

fn streams(lengths: impl IntoIterator<Item = usize>) -> Vec<Vec<u8>> {
    lengths.into_iter().enumerate().map(|(seed, length)| bytes(length, seed)).collect()
}

/// Every kernel alone, and the sets of them. A kernel without its instructions falls back, and must be
/// right then too.
fn each_set_of_kernels(mut check: impl FnMut(&[Kernel], &str)) {
    check(&[SCALAR], "scalar");
    check(&[QUAD], "4");
    check(&[QUAD_TWICE], "4 x 2");
    #[cfg(target_arch = "x86_64")]
    {
        check(&[kernel::avx::AVX2], "AVX2");
        check(&[kernel::avx::AVX2_TWICE], "AVX2 8 x 2");
        check(&[kernel::avx::AVX512], "AVX-512");
        check(&[kernel::avx::AVX512_TWICE], "AVX-512 16 x 2");
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    {
        check(&[kernel::neon::NEON], "NEON");
        check(&[kernel::neon::NEON_TWICE], "NEON 4 x 2");
        check(&[kernel::neon::NEON_FOUR_TIMES], "NEON 4 x 4");
    }
    check(&[SCALAR, QUAD, QUAD_TWICE], "baseline");
    check(kernels(), "this machine");
}

/// Digests the streams from memory and through `read`, and compares both with the md-5 crate.
fn assert_right(streams: &[Vec<u8>]) {
    let expected: Vec<Md5> = streams.iter().map(|stream| md5::Md5::digest(stream).into()).collect();
    let slices: Vec<&[u8]> = streams.iter().map(Vec::as_slice).collect();
    let lengths: Vec<u64> = streams.iter().map(|stream| stream.len() as u64).collect();
    each_set_of_kernels(|kernels, name| {
        let Ok(from_memory) = digest_slices(kernels, &slices);
        assert!(from_memory == expected, "{name}, from memory, lengths {lengths:?}");
        let read = |stream: usize, offset: u64, buffer: &mut [u8]| {
            let from = offset as usize;
            buffer.copy_from_slice(&streams[stream][from..from + buffer.len()]);
            Ok::<(), Infallible>(())
        };
        let Ok(read) = digest(kernels, TINY_SLICE, &lengths, |_| &[], read);
        assert!(read == expected, "{name}, through read, lengths {lengths:?}");
    });
}

#[test]
fn no_streams_give_no_digests() {
    assert!(md5_slices(&[]).is_empty());
    assert_eq!(md5_streams(SLICE, &[], |_, _, _| Err("read")), Ok(Vec::new()));
}

#[test]
fn the_examples_of_rfc_1321_come_out() {
    let sums = md5_slices(&[b"", b"a", b"abc", b"message digest"]);
    let hex = |sum: &Md5| sum.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        sums.iter().map(hex).collect::<Vec<_>>(),
        [
            "d41d8cd98f00b204e9800998ecf8427e",
            "0cc175b9c0f1b6a831c399e269772661",
            "900150983cd24fb0d6963f7d28e17f72",
            "f96b697d7cb7938d525a2f31aaf161d0",
        ]
    );
}

#[test]
fn one_stream_of_any_length_is_right() {
    for length in (0..200).chain(LENGTHS) {
        assert_right(&streams([length]));
    }
}

#[test]
fn any_number_of_equal_streams_is_right() {
    for count in (1..=35).chain([63, 64, 65, 100]) {
        assert_right(&streams(vec![64 + count; count]));
    }
}

#[test]
fn border_lengths_side_by_side_are_right() {
    assert_right(&streams(LENGTHS));
    if !cfg!(miri) {
        assert_right(&streams(LENGTHS.into_iter().cycle().take(3 * LENGTHS.len() + 1)));
    }
}

#[test]
fn mixed_lengths_and_counts_are_right() {
    let mut random = Random(1);
    for _ in 0..30 {
        let count = 1 + random.below(70);
        let limit = [100, 1000, 5000][random.below(3)];
        assert_right(&streams((0..count).map(|_| random.below(limit)).collect::<Vec<_>>()));
    }
}

#[test]
fn ten_thousand_streams_are_right() {
    assert_right(&streams((0..10_000).map(|i| i % 150)));
}

#[test]
fn the_last_part_may_be_shorter() {
    let mut lengths = vec![10_000; lanes()];
    lengths.push(1_234);
    assert_right(&streams(lengths));
}

#[test]
fn each_byte_is_read_once_in_order_and_in_slices() {
    let lengths: Vec<u64> = (0..50)
        .map(|i| [0, 1, 56, 64, TINY_SLICE - 1, TINY_SLICE, 2 * TINY_SLICE + 57][i % 7] as u64)
        .collect();
    let next = RefCell::new(vec![0; lengths.len()]);
    let read = |stream: usize, offset: u64, buffer: &mut [u8]| {
        let next = &mut next.borrow_mut()[stream];
        assert_eq!(offset, *next, "stream {stream} goes on where it stopped");
        let slice = (lengths[stream] - offset).min(TINY_SLICE as u64);
        assert!(slice > 0 && buffer.len() as u64 == slice, "a whole slice, or what is left of the stream");
        *next += slice;
        buffer.fill(0);
        Ok::<(), Infallible>(())
    };
    let Ok(_) = md5_streams(TINY_SLICE, &lengths, read);
    assert_eq!(*next.borrow(), lengths);
}

#[test]
fn an_error_of_read_ends_the_digest_and_is_passed_on() {
    let mut reads = 0;
    let read = |stream: usize, offset: u64, _: &mut [u8]| {
        reads += 1;
        if stream == 3 && offset > 0 { Err("the disk is gone") } else { Ok(()) }
    };
    // With fewer lanes than streams the first ones would be digested to their ends.
    assert_eq!(digest(&[QUAD_TWICE], TINY_SLICE, &[1 << 40; 5], |_| &[], read), Err("the disk is gone"));
    assert_eq!(reads, 9, "5 first slices, 4 second ones, none after the error");
}

#[test]
fn a_callers_batch_is_as_wide_as_the_widest_kernel() {
    assert!(kernels().is_sorted_by_key(|kernel| kernel.lanes));
    assert_eq!(kernels().first().map(|kernel| kernel.lanes), Some(1));
    assert_eq!(kernels().last().map(|kernel| kernel.lanes), Some(lanes()));
    assert!(lanes() * (SLICE + BLOCK) <= 1100 * 1024, "about 1 MiB");
}
