//! How much was sent although it was there already.

use std::io;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::disk::Disk;
use crate::fault::lock;

/// What came again, of one service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Requests that brought bytes which were there: of parts, chunks and ranges.
    pub parts: u64,
    /// The bytes that were there.
    pub bytes: u64,
}

/// What came again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repeated {
    pub filestack: Count,
    pub telestream: Count,
}

const RECORD: &str = "repeated";

/// The count of one service; it outlives the process.
pub(crate) struct Counter {
    disk: Disk,
    count: Mutex<Count>,
}

impl Counter {
    pub(crate) fn open(disk: Disk) -> io::Result<Counter> {
        let count = disk.read("", RECORD)?.unwrap_or_default();
        Ok(Counter { disk, count: Mutex::new(count) })
    }

    pub(crate) fn get(&self) -> Count {
        *lock(&self.count)
    }

    /// Counts one request; nothing came again if there are no bytes.
    pub(crate) fn add(&self, bytes: u64) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        let mut count = lock(&self.count);
        count.parts += 1;
        count.bytes += bytes;
        self.disk.write("", RECORD, &*count)
    }

    pub(crate) fn clear(&self) -> io::Result<()> {
        let mut count = lock(&self.count);
        *count = Count::default();
        self.disk.write("", RECORD, &*count)
    }
}
