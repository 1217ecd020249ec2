//! Stored files and their handles.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use tokio::io::AsyncReadExt;
use tokio::sync::OnceCell;

use crate::fault::lock;
use crate::storage::{Storage, hex};

pub(crate) struct File {
    pub(crate) handle: String,
    /// Name of the object in the storage.
    pub(crate) object: String,
    pub(crate) filename: String,
    pub(crate) mimetype: String,
    pub(crate) size: u64,
    pub(crate) location: String,
    pub(crate) container: String,
    pub(crate) key: String,
    pub(crate) uploaded_ms: u64,
    digests: OnceCell<Digests>,
}

/// Hex digests of a whole file.
#[derive(Clone)]
pub(crate) struct Digests {
    pub(crate) md5: String,
    pub(crate) sha1: String,
    pub(crate) sha224: String,
    pub(crate) sha256: String,
    pub(crate) sha384: String,
    pub(crate) sha512: String,
}

/// What a file is stored with.
pub(crate) struct Facts {
    pub(crate) handle: String,
    pub(crate) object: String,
    pub(crate) filename: String,
    pub(crate) mimetype: String,
    pub(crate) size: u64,
    pub(crate) location: String,
    pub(crate) container: String,
    pub(crate) key: String,
}

impl File {
    pub(crate) fn new(facts: Facts) -> File {
        let Facts { handle, object, filename, mimetype, size, location, container, key } = facts;
        File {
            handle,
            object,
            filename,
            mimetype,
            size,
            location,
            container,
            key,
            uploaded_ms: crate::identifier::now_ms(),
            digests: OnceCell::new(),
        }
    }

    /// The digests, read from the storage once; `None` where nothing is kept.
    pub(crate) async fn digests(&self, storage: &Storage) -> io::Result<Option<&Digests>> {
        match storage.path(&self.object) {
            None => Ok(None),
            Some(path) => self.digests.get_or_try_init(|| digest(path)).await.map(Some),
        }
    }

    pub(crate) async fn to_json(&self, storage: &Storage) -> io::Result<Value> {
        let digests = self.digests(storage).await?;
        Ok(json!({
            "handle": self.handle,
            "filename": self.filename,
            "mimetype": self.mimetype,
            "size": self.size,
            "md5": digests.map(|digests| &digests.md5),
            "sha256": digests.map(|digests| &digests.sha256),
            "location": self.location,
            "container": self.container,
            "key": self.key,
        }))
    }
}

async fn digest(path: PathBuf) -> io::Result<Digests> {
    let mut file = tokio::fs::File::open(path).await?;
    let mut block = vec![0; 256 * 1024];
    let (mut md5, mut sha1, mut sha224) = (Md5::new(), Sha1::new(), Sha224::new());
    let (mut sha256, mut sha384, mut sha512) = (Sha256::new(), Sha384::new(), Sha512::new());
    loop {
        let length = file.read(&mut block).await?;
        let bytes = block.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        md5.update(bytes);
        sha1.update(bytes);
        sha224.update(bytes);
        sha256.update(bytes);
        sha384.update(bytes);
        sha512.update(bytes);
    }
    Ok(Digests {
        md5: hex(&md5.finalize()),
        sha1: hex(&sha1.finalize()),
        sha224: hex(&sha224.finalize()),
        sha256: hex(&sha256.finalize()),
        sha384: hex(&sha384.finalize()),
        sha512: hex(&sha512.finalize()),
    })
}

/// All files by handle.
#[derive(Default)]
pub(crate) struct Files {
    table: Mutex<HashMap<String, Arc<File>>>,
}

impl Files {
    pub(crate) fn insert(&self, file: File) {
        lock(&self.table).insert(file.handle.clone(), Arc::new(file));
    }

    pub(crate) fn get(&self, handle: &str) -> Option<Arc<File>> {
        lock(&self.table).get(handle).cloned()
    }

    pub(crate) fn remove(&self, handle: &str) -> Option<Arc<File>> {
        lock(&self.table).remove(handle)
    }

    pub(crate) fn all(&self) -> Vec<Arc<File>> {
        let mut files: Vec<_> = lock(&self.table).values().cloned().collect();
        files.sort_by_key(|file| file.uploaded_ms);
        files
    }
}
