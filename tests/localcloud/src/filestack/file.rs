//! Stored files and their handles.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::digest::{Algorithm, Digests};
use crate::fault::lock;
use crate::storage::Storage;

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
    digests: Digests,
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
            digests: Digests::default(),
        }
    }

    /// The same file with other bytes.
    pub(crate) fn replaced(&self, object: String, size: u64) -> File {
        File::new(Facts {
            handle: self.handle.clone(),
            object,
            size,
            filename: self.filename.clone(),
            mimetype: self.mimetype.clone(),
            location: self.location.clone(),
            container: self.container.clone(),
            key: self.key.clone(),
        })
    }

    /// A digest in hex; `None` where nothing is kept.
    pub(crate) async fn digest(&self, storage: &Storage, algorithm: Algorithm) -> io::Result<Option<String>> {
        match storage.path(&self.object) {
            None => Ok(None),
            Some(path) => self.digests.get(algorithm, path).await.map(Some),
        }
    }

    pub(crate) async fn to_json(&self, storage: &Storage) -> io::Result<Value> {
        Ok(json!({
            "handle": self.handle,
            "filename": self.filename,
            "mimetype": self.mimetype,
            "size": self.size,
            "md5": self.digest(storage, Algorithm::Md5).await?,
            "sha256": self.digest(storage, Algorithm::Sha256).await?,
            "location": self.location,
            "container": self.container,
            "key": self.key,
        }))
    }
}

/// All files by handle.
#[derive(Default)]
pub(crate) struct Files {
    table: Mutex<HashMap<String, Arc<File>>>,
}

impl Files {
    pub(crate) fn insert(&self, file: File) -> Arc<File> {
        let file = Arc::new(file);
        lock(&self.table).insert(file.handle.clone(), Arc::clone(&file));
        file
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
