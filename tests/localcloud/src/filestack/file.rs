//! Stored files and their handles.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::digest::{Algorithm, Digests};
use crate::disk::Disk;
use crate::fault::lock;
use crate::storage::Storage;

#[derive(Serialize, Deserialize)]
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
    #[serde(skip)]
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

    /// What is known without reading it.
    pub(crate) fn facts(&self) -> Value {
        json!({
            "handle": self.handle,
            "filename": self.filename,
            "mimetype": self.mimetype,
            "size": self.size,
            "location": self.location,
            "container": self.container,
            "key": self.key,
            "uploaded_ms": self.uploaded_ms,
        })
    }

    pub(crate) async fn to_json(&self, storage: &Storage) -> io::Result<Value> {
        let mut facts = self.facts();
        facts["md5"] = self.digest(storage, Algorithm::Md5).await?.into();
        facts["sha256"] = self.digest(storage, Algorithm::Sha256).await?.into();
        Ok(facts)
    }
}

/// All files by handle. They outlive the process.
pub(crate) struct Files {
    disk: Disk,
    table: Mutex<HashMap<String, Arc<File>>>,
}

/// The folder of their records.
pub(crate) const FOLDER: &str = "handles";

impl Files {
    pub(crate) fn open(disk: Disk) -> io::Result<Files> {
        let files = disk.read_all::<File>(FOLDER)?.into_iter();
        let table = files.map(|file| (file.handle.clone(), Arc::new(file))).collect();
        Ok(Files { disk, table: Mutex::new(table) })
    }

    pub(crate) fn insert(&self, file: File) -> io::Result<Arc<File>> {
        let file = Arc::new(file);
        let mut table = lock(&self.table);
        self.disk.write(FOLDER, &file.handle, &*file)?;
        table.insert(file.handle.clone(), Arc::clone(&file));
        Ok(file)
    }

    pub(crate) fn get(&self, handle: &str) -> Option<Arc<File>> {
        lock(&self.table).get(handle).cloned()
    }

    pub(crate) fn remove(&self, handle: &str) -> Option<Arc<File>> {
        let mut table = lock(&self.table);
        let file = table.remove(handle)?;
        self.disk.remove(FOLDER, handle);
        Some(file)
    }

    pub(crate) fn all(&self) -> Vec<Arc<File>> {
        let mut files: Vec<_> = lock(&self.table).values().cloned().collect();
        files.sort_by_key(|file| file.uploaded_ms);
        files
    }
}
