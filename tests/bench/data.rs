//! The files that are uploaded: random bytes, written once, so that they are in the page cache. Not sparse
//! ones: the kernel makes their zeros from a single page, which stays in the processor's cache, and reading
//! them looks cheaper than it is.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Result;

pub const SIZE: u64 = 1 << 30;
/// Ferry's default.
pub const PART: u64 = 5 << 20;
pub const SMALL_FILES: u64 = 2000;
pub const SMALL_SIZE: u64 = 64 << 10;

pub struct Data {
    /// One file of `SIZE`.
    pub whole: PathBuf,
    /// The same bytes, one file for each part: curl cannot send a piece of a file.
    pub parts: Vec<PathBuf>,
    /// A folder of small files.
    pub small: PathBuf,
    pub small_files: Vec<PathBuf>,
    /// Removed with all that is in it when dropped.
    pub folder: TempDir,
}

impl Data {
    pub fn make() -> Result<Data> {
        let folder = tempfile::Builder::new().prefix("ferry-bench-").tempdir()?;
        let whole = folder.path().join("whole.bin");
        let small = folder.path().join("small");
        std::fs::create_dir(&small)?;
        let mut random = fastrand::Rng::with_seed(1);
        let mut buffer = vec![0; PART as usize];

        let mut file = File::create(&whole)?;
        let mut parts = Vec::new();
        let mut left = SIZE;
        while left > 0 {
            let bytes = &mut buffer[..left.min(PART) as usize];
            random.fill(bytes);
            file.write_all(bytes)?;
            let path = folder.path().join(format!("part-{}.bin", parts.len() + 1));
            write(&path, bytes)?;
            parts.push(path);
            left -= bytes.len() as u64;
        }
        let mut small_files = Vec::new();
        for number in 1..=SMALL_FILES {
            let bytes = &mut buffer[..SMALL_SIZE as usize];
            random.fill(bytes);
            let path = small.join(format!("{number:04}.bin"));
            write(&path, bytes)?;
            small_files.push(path);
        }
        Ok(Data { whole, parts, small, small_files, folder })
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(File::create(path)?.write_all(bytes)?)
}
