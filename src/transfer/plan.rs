//! How a file is cut into parts (`specs/filestack.md` 3.7). A plan is two numbers: it takes no memory for
//! its parts, however many they are.

#![forbid(unsafe_code)]

use crate::error::{Error, Result};

pub const MIB: u64 = 1 << 20;

/// The most parts one upload may have; S3's limit.
pub const MOST_PARTS: u64 = 10_000;

/// The smallest part but for the last; S3's limit.
pub const SMALLEST_PART: u64 = 5 * MIB;

/// The largest part; S3's limit.
pub const LARGEST_PART: u64 = 5 << 30;

/// One part: numbered from 1, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub number: u32,
    pub offset: u64,
    pub length: u64,
}

/// The parts of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    size: u64,
    part_size: u64,
}

impl Plan {
    /// Parts of `part_size` bytes; the last one may be shorter. The caller bounds how many there are.
    pub fn new(size: u64, part_size: u64) -> Self {
        Plan { size, part_size: part_size.max(1) }
    }

    /// Parts of `part_size` bytes, or larger ones if the file would need more than 10,000.
    pub fn for_storage(size: u64, part_size: u64) -> Self {
        Plan::new(size, part_size.max(size.div_ceil(MOST_PARTS)))
    }

    pub fn count(&self) -> u32 {
        u32::try_from(self.size.div_ceil(self.part_size)).unwrap_or(u32::MAX)
    }

    /// Bytes of each part but for the last.
    pub fn part_size(&self) -> u64 {
        self.part_size
    }

    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let plan = *self;
        (1..=self.count()).filter_map(move |number| plan.part(number))
    }

    /// The part with a number, counted from 1.
    pub fn part(&self, number: u32) -> Option<Part> {
        let offset = u64::from(number.checked_sub(1)?).checked_mul(self.part_size)?;
        let left = self.size.checked_sub(offset).filter(|left| *left > 0)?;
        Some(Part { number, offset, length: self.part_size.min(left) })
    }
}

/// Refuses a part size that storage would refuse. 0 stands for the default.
pub fn check_part_size(part_size: u64) -> Result<()> {
    if part_size == 0 || (SMALLEST_PART..=LARGEST_PART).contains(&part_size) {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "part_size is {part_size} bytes, but must be from {SMALLEST_PART} (5 MiB) to {LARGEST_PART} (5 GiB), \
         or 0 for the default"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(size: u64, part_size: u64) -> Vec<u64> {
        Plan::for_storage(size, part_size).parts().map(|p| p.length).collect()
    }

    #[test]
    fn the_last_part_takes_what_is_left() {
        assert_eq!(lengths(1, 5 * MIB), [1]);
        assert_eq!(lengths(5 * MIB, 5 * MIB), [5 * MIB]);
        assert_eq!(lengths(5 * MIB + 1, 5 * MIB), [5 * MIB, 1]);
        assert!(lengths(0, 5 * MIB).is_empty());
    }

    #[test]
    fn parts_cover_the_file_without_gap() {
        let mut end = 0;
        for part in Plan::for_storage(123_456_789, 5 * MIB).parts() {
            assert_eq!(part.offset, end);
            end += part.length;
        }
        assert_eq!(end, 123_456_789);
    }

    #[test]
    fn a_huge_file_has_at_most_ten_thousand_parts() {
        for size in [10_000 * 5 * MIB, 10_000 * 5 * MIB + 1, 59 << 30, 5 << 40] {
            let plan = Plan::for_storage(size, 5 * MIB);
            assert!(u64::from(plan.count()) <= MOST_PARTS, "{size}");
            assert_eq!(plan.parts().map(|p| p.length).sum::<u64>(), size);
        }
    }

    #[test]
    fn part_sizes_have_bounds() {
        assert!(check_part_size(0).is_ok() && check_part_size(5 * MIB).is_ok());
        assert!(check_part_size(5 * MIB - 1).is_err() && check_part_size(LARGEST_PART + 1).is_err());
    }
}
