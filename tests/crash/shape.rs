//! The ways in which a file goes up.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use sha2::{Digest as _, Sha256};

use super::service::FLIP_PART;
use super::support::noise;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Filestack,
    Telestream,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Filestack => "filestack",
            Kind::Telestream => "telestream",
        }
    }
}

/// A service, its protocol, and a file of a few parts of the smallest size.
#[derive(Debug)]
pub struct Shape {
    pub kind: Kind,
    pub mode: &'static str,
    pub size: u64,
    pub part: u64,
    /// How many parts at once.
    pub concurrency: &'static [u64],
}

const MIB: u64 = 1 << 20;

/// The places of the shapes.
pub const PLAIN: usize = 0;
pub const INTELLIGENT: usize = 1;
pub const PARTS: usize = 2;
pub const RANGES: usize = 3;

pub const SHAPES: [Shape; 4] = [
    Shape {
        kind: Kind::Filestack,
        mode: "plain",
        size: 10 * MIB + 1,
        part: 5 * MIB,
        concurrency: &[1, 2, 4, 20],
    },
    Shape {
        kind: Kind::Filestack,
        mode: "intelligent",
        size: 8 * MIB + 1,
        part: 8 * MIB,
        concurrency: &[1, 2, 20],
    },
    Shape {
        kind: Kind::Telestream,
        mode: "parts",
        size: 40 * FLIP_PART + 1,
        part: FLIP_PART,
        concurrency: &[1, 2, 4, 8, 16, 32],
    },
    Shape { kind: Kind::Telestream, mode: "ranges", size: 10 * MIB + 1, part: 5 * MIB, concurrency: &[1] },
];

impl Shape {
    pub fn bytes(&self) -> Vec<u8> {
        noise(self.size as usize)
    }

    /// The SHA-256 of the bytes.
    pub fn sum(&self) -> [u8; 32] {
        static SUMS: LazyLock<Mutex<HashMap<u64, [u8; 32]>>> = LazyLock::new(Mutex::default);
        let mut sums = SUMS.lock().expect("the sums");
        *sums.entry(self.size).or_insert_with(|| Sha256::digest(self.bytes()).into())
    }

    pub fn parts(&self) -> u64 {
        self.size.div_ceil(self.part)
    }
}
