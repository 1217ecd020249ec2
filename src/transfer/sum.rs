//! A part is read twice: to be digested, and to be sent. A service that does not compare the two has both
//! compared here, by a CRC-32C: what leaves is what its digest says, though somebody writes to the file
//! meanwhile and puts its time back.

#![forbid(unsafe_code)]

use std::io::{self, Read};

use super::digest::Md5;
use super::plan::Part;
use super::source::{Source, digest_seen_ranges};
use crate::error::Result;
use crate::http::bounds::Bounds;

/// What the first reading of a part has found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summed {
    pub md5: Md5,
    pub crc: u32,
}

/// Digests ranges, and sums them up.
pub fn sum_ranges(source: &Source<'_>, bounds: &Bounds, ranges: &[Part]) -> Result<Vec<Summed>> {
    let mut sums = vec![0; ranges.len()];
    let digests = digest_seen_ranges(source, bounds, ranges, |range, bytes| {
        if let Some(sum) = sums.get_mut(range) {
            *sum = crc32c::crc32c_append(*sum, bytes);
        }
    })?;
    Ok(digests.into_iter().zip(sums).map(|(md5, crc)| Summed { md5, crc }).collect())
}

/// A reader of a part that sums up what it gives.
pub struct SummingReader<R> {
    reader: R,
    left: u64,
    crc: u32,
}

impl<R: Read> SummingReader<R> {
    pub fn new(reader: R, length: u64) -> Self {
        SummingReader { reader, left: length, crc: 0 }
    }

    /// Whether the whole part was given, and was another one.
    pub fn is_other_than(&self, first: Summed) -> bool {
        self.left == 0 && self.crc != first.crc
    }
}

impl<R: Read> Read for SummingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.crc = crc32c::crc32c_append(self.crc, buffer.get(..count).unwrap_or_default());
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::transfer::digest::md5_slices;
    use crate::transfer::plan::Plan;

    #[test]
    fn a_part_is_compared_once_all_of_it_was_given() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        let bounds = Bounds::new(Default::default(), None, Duration::from_secs(1), Duration::from_secs(1));
        let parts: Vec<Part> = Plan::new(100_000, 40_000).parts().collect();
        let sums = sum_ranges(&Source::Bytes(&bytes), &bounds, &parts).expect("sums");
        for (part, sum) in parts.iter().zip(&sums) {
            let from = part.offset as usize;
            let own = &bytes[from..from + part.length as usize];
            assert_eq!(sum.md5, md5_slices(&[own])[0]);
            let mut other = own.to_vec();
            *other.last_mut().expect("a byte") ^= 1;
            for (bytes, is_other) in [(own, false), (&other, true)] {
                let mut reader = SummingReader::new(bytes, part.length);
                reader.read_exact(&mut vec![0; bytes.len() - 1]).expect("read");
                assert!(!reader.is_other_than(*sum));
                reader.read_exact(&mut [0]).expect("read");
                assert_eq!(reader.is_other_than(*sum), is_other);
            }
        }
    }
}
