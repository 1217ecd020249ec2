//! Digests of stored files, each computed once when somebody asks.

use std::io::{self, Read};
use std::path::PathBuf;

use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use tokio::sync::OnceCell;

use crate::storage::hex;

#[derive(Clone, Copy)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// By the name that metadata uses.
    pub(crate) fn named(name: &str) -> Option<Algorithm> {
        Some(match name {
            "md5" => Algorithm::Md5,
            "sha1" => Algorithm::Sha1,
            "sha224" => Algorithm::Sha224,
            "sha256" => Algorithm::Sha256,
            "sha384" => Algorithm::Sha384,
            "sha512" => Algorithm::Sha512,
            _ => return None,
        })
    }

    fn of(self, path: PathBuf) -> io::Result<String> {
        match self {
            Algorithm::Md5 => read::<Md5>(path),
            Algorithm::Sha1 => read::<Sha1>(path),
            Algorithm::Sha224 => read::<Sha224>(path),
            Algorithm::Sha256 => read::<Sha256>(path),
            Algorithm::Sha384 => read::<Sha384>(path),
            Algorithm::Sha512 => read::<Sha512>(path),
        }
    }
}

fn read<D: Digest>(path: PathBuf) -> io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut digest = D::new();
    let mut block = vec![0; 256 * 1024];
    loop {
        let length = file.read(&mut block)?;
        match block.get(..length) {
            None | Some([]) => return Ok(hex(&digest.finalize())),
            Some(bytes) => digest.update(bytes),
        }
    }
}

/// What has been computed so far.
#[derive(Default)]
pub(crate) struct Digests {
    md5: OnceCell<String>,
    sha1: OnceCell<String>,
    sha224: OnceCell<String>,
    sha256: OnceCell<String>,
    sha384: OnceCell<String>,
    sha512: OnceCell<String>,
}

impl Digests {
    pub(crate) async fn get(&self, algorithm: Algorithm, path: PathBuf) -> io::Result<String> {
        let cell = match algorithm {
            Algorithm::Md5 => &self.md5,
            Algorithm::Sha1 => &self.sha1,
            Algorithm::Sha224 => &self.sha224,
            Algorithm::Sha256 => &self.sha256,
            Algorithm::Sha384 => &self.sha384,
            Algorithm::Sha512 => &self.sha512,
        };
        let compute = || async move { tokio::task::spawn_blocking(move || algorithm.of(path)).await? };
        cell.get_or_try_init(compute).await.cloned()
    }
}
