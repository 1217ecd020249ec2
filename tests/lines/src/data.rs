//! The files that are uploaded: random bytes, in the page cache.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Result;

/// A folder that is removed with all that is in it.
pub fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("ferry-lines-").tempdir()?)
}

/// A file of this many bytes.
pub fn file(folder: &Path, bytes: u64) -> Result<PathBuf> {
    let path = folder.join(format!("{bytes}.bin"));
    fill(&path, bytes, 1)?;
    Ok(path)
}

/// A folder of this many files, which differ.
pub fn files(folder: &Path, files: u64, bytes: u64) -> Result<PathBuf> {
    let folder = folder.join("files");
    std::fs::create_dir(&folder)?;
    for number in 0..files {
        fill(&folder.join(format!("{number:05}.bin")), bytes, number)?;
    }
    Ok(folder)
}

fn fill(path: &Path, bytes: u64, seed: u64) -> Result<()> {
    let (mut file, mut random) = (File::create(path)?, fastrand::Rng::with_seed(seed));
    let mut buffer = vec![0; 1 << 20];
    let mut left = bytes;
    while left > 0 {
        let bytes = &mut buffer[..left.min(1 << 20) as usize];
        random.fill(bytes);
        file.write_all(bytes)?;
        left -= bytes.len() as u64;
    }
    Ok(())
}
