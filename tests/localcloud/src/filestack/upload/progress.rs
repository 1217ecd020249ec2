//! What has come of an upload, and the events that say so. Its log is these events.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A PUT of a part was signed.
    Announced { part: u32, size: u64 },
    /// A PUT of a chunk was signed.
    Expected { part: u32, chunk: Chunk },
    /// A part was PUT.
    Stored { part: u32, size: u64, etag: String },
    /// A chunk was PUT.
    Arrived { part: u32, chunk: Chunk },
    /// The client was told that the part, or the chunk with this object, is there.
    Confirmed { part: u32, object: Option<String> },
    /// Chunks became a part.
    Committed { part: u32, size: u64, etag: String },
    /// From now on the parts are joined; the file will have this handle.
    Joining { handle: String },
    /// The answer of `complete`.
    Complete { answer: Value },
}

#[derive(Default)]
pub(crate) struct Progress {
    /// Sizes that `/multipart/upload` announced, by part.
    pub(crate) announced: BTreeMap<u32, u64>,
    /// Chunks that may be PUT and the part each belongs to, by object.
    pub(crate) expected: HashMap<String, (u32, Chunk)>,
    pub(crate) parts: BTreeMap<u32, Part>,
    /// Chunks by part, in the order of their arrival.
    pub(crate) chunks: BTreeMap<u32, Vec<Chunk>>,
    /// How often `complete` was told to wait.
    pub(crate) joined: u32,
    /// The file's, once its parts are being joined. No part is taken any more.
    pub(crate) handle: Option<String>,
    /// The last answer of `complete`, given again if it is asked again.
    pub(crate) result: Option<Value>,
}

#[derive(Clone, Serialize)]
pub(crate) struct Part {
    pub(crate) size: u64,
    pub(crate) etag: String,
    /// Made by `commit` out of chunks.
    pub(crate) committed: bool,
    /// The client knows that its bytes are there.
    pub(crate) confirmed: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) object: String,
    /// The client knows that it is there.
    pub(crate) confirmed: bool,
}

impl Chunk {
    fn range(&self) -> Range<u64> {
        self.offset..self.offset + self.size
    }
}

impl Progress {
    pub(crate) fn apply(&mut self, event: Event) {
        match event {
            Event::Announced { part, size } => {
                self.announced.insert(part, size);
            }
            Event::Expected { part, chunk } => {
                self.expected.insert(chunk.object.clone(), (part, chunk));
            }
            Event::Stored { part, size, etag } => {
                let confirmed = self.parts.get(&part).is_some_and(|part| part.confirmed && !part.committed);
                self.parts.insert(part, Part { size, etag, committed: false, confirmed });
            }
            Event::Arrived { part, chunk } => self.chunks.entry(part).or_default().push(chunk),
            Event::Confirmed { part, object: None } => {
                if let Some(part) = self.parts.get_mut(&part) {
                    part.confirmed = true;
                }
            }
            Event::Confirmed { part, object: Some(object) } => {
                for chunk in self.chunks.entry(part).or_default() {
                    chunk.confirmed |= chunk.object == object;
                }
            }
            Event::Committed { part, size, etag } => {
                let confirmed = self.confirmed(part, 0..size) == size;
                self.parts.insert(part, Part { size, etag, committed: true, confirmed });
                self.chunks.remove(&part);
                self.expected.retain(|_, (of, _)| *of != part);
            }
            Event::Joining { handle } => self.handle = Some(handle),
            Event::Complete { answer } => {
                self.result = Some(answer);
                self.expected.clear();
                self.chunks.clear();
            }
        }
    }

    /// How many bytes of a part came before, by a plain PUT, and were confirmed.
    pub(crate) fn repeated_part(&self, number: u32) -> u64 {
        let part = self.parts.get(&number).filter(|part| part.confirmed && !part.committed);
        part.map_or(0, |part| part.size)
    }

    /// The same of a chunk: bytes of this range of a part.
    pub(crate) fn repeated_chunk(&self, number: u32, range: Range<u64>) -> u64 {
        match self.parts.get(&number).filter(|part| part.confirmed && part.committed) {
            Some(_) => range.end - range.start,
            None => self.confirmed(number, range),
        }
    }

    /// How many bytes of a range confirmed chunks cover.
    fn confirmed(&self, part: u32, range: Range<u64>) -> u64 {
        let chunks = self.chunks.get(&part).into_iter().flatten();
        let mut covered: Vec<_> = chunks.filter(|chunk| chunk.confirmed).map(Chunk::range).collect();
        covered.sort_by_key(|range| range.start);
        let (mut bytes, mut reached) = (0, range.start);
        for next in covered {
            let (start, end) = (next.start.max(reached), next.end.min(range.end));
            bytes += end.saturating_sub(start);
            reached = reached.max(end);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(progress: &mut Progress, range: Range<u64>, confirmed: bool) {
        let object = format!("{range:?}");
        let chunk = Chunk { offset: range.start, size: range.end - range.start, object, confirmed: false };
        let object = Some(chunk.object.clone());
        progress.apply(Event::Arrived { part: 1, chunk });
        if confirmed {
            progress.apply(Event::Confirmed { part: 1, object });
        }
    }

    #[test]
    fn each_confirmed_byte_counts_once() {
        let mut progress = Progress::default();
        arrived(&mut progress, 40..60, true);
        arrived(&mut progress, 0..10, true);
        arrived(&mut progress, 5..20, true);
        arrived(&mut progress, 20..40, false);
        assert_eq!(progress.repeated_chunk(1, 0..100), 40);
        assert_eq!(progress.repeated_chunk(1, 8..50), 22);
        assert_eq!(progress.repeated_chunk(1, 20..40), 0);
        assert_eq!(progress.repeated_chunk(2, 0..100), 0);
    }

    #[test]
    fn a_committed_part_is_confirmed_if_its_chunks_were() {
        for confirmed in [true, false] {
            let mut progress = Progress::default();
            arrived(&mut progress, 0..10, true);
            arrived(&mut progress, 10..20, confirmed);
            progress.apply(Event::Committed { part: 1, size: 20, etag: String::new() });
            assert_eq!(progress.repeated_chunk(1, 5..15), if confirmed { 10 } else { 0 });
        }
    }
}
