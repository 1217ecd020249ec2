//! What came in: one entry per request, for tests to look at.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hyper::header::{AUTHORIZATION, HeaderMap, PROXY_AUTHORIZATION};
use serde_json::{Map, Value, json};

use crate::fault::{Class, lock};
use crate::identifier;
use crate::pulse::Pulse;

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

/// Who hears of each request that has been answered: a line about it.
pub(crate) type Listener = fn(&str);

#[derive(Debug)]
pub(crate) struct Entry {
    /// They are counted, also from one reset to the next.
    id: u64,
    at_ms: u64,
    class: Class,
    method: String,
    path: String,
    scheme: &'static str,
    headers: Value,
    received: AtomicU64,
    since: Instant,
    facts: Mutex<Facts>,
    pulse: Arc<Pulse>,
    listener: Option<Listener>,
}

impl Entry {
    /// Counts bytes of the request body as they arrive.
    pub(crate) fn add_received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
        self.pulse.beat();
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
        drop(facts);
        if let Some(listener) = self.listener {
            listener(&self.line());
        }
        self.pulse.beat();
    }

    /// For a person: method, status, how long, path, part.
    fn line(&self) -> String {
        let facts = lock(&self.facts);
        let status = facts.status.map_or("cut".to_owned(), |status| status.to_string());
        let took = facts.took_ms.unwrap_or_default();
        let part = facts.part.map(|part| format!("  part {part}")).unwrap_or_default();
        let fault = if facts.fault { "  fault" } else { "" };
        format!("{:<6} {status:>3} {took:>6} ms  {}{part}{fault}", self.method, self.path)
    }

    /// Whether all is known of it.
    pub(crate) fn is_over(&self) -> bool {
        lock(&self.facts).took_ms.is_some()
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn to_json(&self) -> Value {
        let facts = lock(&self.facts);
        json!({
            "id": self.id,
            "at_ms": self.at_ms,
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
struct Table {
    entries: VecDeque<Arc<Entry>>,
    /// Id of the last entry, and of the last one that has been forgotten.
    last: u64,
    forgotten: u64,
}

#[derive(Debug)]
pub(crate) struct Journal {
    table: Mutex<Table>,
    pulse: Arc<Pulse>,
    listener: Option<Listener>,
}

impl Journal {
    pub(crate) fn new(pulse: Arc<Pulse>, listener: Option<Listener>) -> Journal {
        Journal { table: Mutex::default(), pulse, listener }
    }

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
        for name in [AUTHORIZATION, PROXY_AUTHORIZATION] {
            kept.insert(name.to_string(), Value::from(headers.contains_key(&name)));
        }
        let mut table = lock(&self.table);
        table.last += 1;
        let entry = Arc::new(Entry {
            id: table.last,
            at_ms: identifier::now_ms(),
            class,
            method: method.to_owned(),
            path,
            scheme,
            headers: Value::Object(kept),
            received: AtomicU64::new(0),
            since: Instant::now(),
            facts: Mutex::default(),
            pulse: Arc::clone(&self.pulse),
            listener: self.listener,
        });
        if table.entries.len() == CAPACITY {
            table.entries.pop_front();
        }
        table.entries.push_back(Arc::clone(&entry));
        drop(table);
        self.pulse.beat();
        entry
    }

    /// The entries with higher ids, oldest first; of many the last ones.
    pub(crate) fn after(&self, id: u64, most: usize) -> Vec<Arc<Entry>> {
        let table = lock(&self.table);
        let newest = table.entries.iter().rev().take_while(|entry| entry.id > id).take(most);
        let mut entries: Vec<_> = newest.cloned().collect();
        entries.reverse();
        entries
    }

    /// The id of the last entry that has been forgotten on demand.
    pub(crate) fn forgotten(&self) -> u64 {
        lock(&self.table).forgotten
    }

    pub(crate) fn to_json(&self) -> Value {
        let entries: Vec<_> = lock(&self.table).entries.iter().cloned().collect();
        entries.iter().map(|entry| entry.to_json()).collect()
    }

    pub(crate) fn clear(&self) {
        let mut table = lock(&self.table);
        table.entries.clear();
        table.forgotten = table.last;
    }
}
