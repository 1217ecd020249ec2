//! What came in: one entry per request, for tests to look at.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hyper::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Map, Value, json};

use crate::fault::{Class, lock};

/// Headers that tests ask about. Values of others, above all Authorization, are not kept.
const KEPT: [&str; 16] = [
    "host",
    "user-agent",
    "content-type",
    "content-length",
    "content-md5",
    "content-range",
    "range",
    "if-range",
    "filestack-source",
    "filestack-trace-id",
    "filestack-trace-span",
    "filestack-upload-region",
    "expect",
    "x-amz-content-sha256",
    "x-extra-file-tag",
    "x-part",
];

/// Older entries are dropped, so that a benchmark does not fill the memory.
const CAPACITY: usize = 50_000;

#[derive(Debug, Default)]
struct Facts {
    part: Option<u64>,
    offset: Option<u64>,
    size: Option<u64>,
    handle: Option<String>,
    status: Option<u16>,
    fault: bool,
    body: Option<Value>,
    took_ms: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    class: Class,
    method: String,
    path: String,
    scheme: &'static str,
    headers: Value,
    received: AtomicU64,
    since: Instant,
    facts: Mutex<Facts>,
}

impl Entry {
    /// Counts bytes of the request body as they arrive.
    pub(crate) fn add_received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(crate) fn set_place(&self, part: Option<u64>, offset: Option<u64>, size: Option<u64>) {
        let mut facts = lock(&self.facts);
        (facts.part, facts.offset, facts.size) = (part, offset, size);
    }

    pub(crate) fn set_handle(&self, handle: &str) {
        lock(&self.facts).handle = Some(handle.to_owned());
    }

    pub(crate) fn set_body(&self, body: Value) {
        lock(&self.facts).body = Some(body);
    }

    pub(crate) fn set_fault(&self) {
        lock(&self.facts).fault = true;
    }

    /// `None`: the connection was closed without an answer.
    pub(crate) fn finish(&self, status: Option<u16>) {
        let mut facts = lock(&self.facts);
        facts.status = status;
        facts.took_ms = Some(u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX));
    }

    fn to_json(&self) -> Value {
        let facts = lock(&self.facts);
        json!({
            "class": self.class,
            "method": self.method,
            "path": self.path,
            "scheme": self.scheme,
            "part": facts.part,
            "offset": facts.offset,
            "size": facts.size,
            "handle": facts.handle,
            "status": facts.status,
            "received": self.received(),
            "fault": facts.fault,
            "took_ms": facts.took_ms,
            "headers": self.headers,
            "body": facts.body,
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Mutex<std::collections::VecDeque<Arc<Entry>>>,
}

impl Journal {
    pub(crate) fn open(
        &self,
        class: Class,
        method: &str,
        path: String,
        scheme: &'static str,
        headers: &HeaderMap,
    ) -> Arc<Entry> {
        let mut kept = Map::new();
        for name in KEPT {
            if let Some(value) = headers.get(name) {
                kept.insert(name.to_owned(), Value::from(String::from_utf8_lossy(value.as_bytes())));
            }
        }
        kept.insert("authorization".to_owned(), Value::from(headers.contains_key(AUTHORIZATION)));
        let entry = Arc::new(Entry {
            class,
            method: method.to_owned(),
            path,
            scheme,
            headers: Value::Object(kept),
            received: AtomicU64::new(0),
            since: Instant::now(),
            facts: Mutex::default(),
        });
        let mut entries = lock(&self.entries);
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Arc::clone(&entry));
        entry
    }

    pub(crate) fn to_json(&self) -> Value {
        let entries: Vec<_> = lock(&self.entries).iter().cloned().collect();
        entries.iter().map(|entry| entry.to_json()).collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
    }
}
