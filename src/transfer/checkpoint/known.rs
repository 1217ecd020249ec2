//! What the records of an upload come to.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use serde_json::Value;

use super::names;
use super::record::{Intent, PartEvent, PartRecord, Record, Session};
use crate::transfer::digest::Md5;
use crate::transfer::plan::{Part, Plan};

/// All that is known of an upload.
#[derive(Debug, Clone)]
pub struct Known {
    pub(super) intent: Intent,
    pub(super) session: Option<Session>,
    pub(super) parts: BTreeMap<(u16, u32), PartState>,
    /// The service may have been told to join the parts.
    pub(super) completing: bool,
    /// The service may have joined the parts without our knowing.
    pub(super) in_doubt: bool,
    pub(super) answer: Option<Value>,
    /// The session is another process's: its bytes may have changed since, and it may have sent parts that
    /// it has not recorded.
    pub(super) is_unverified: bool,
}

/// How far a part has come.
#[derive(Debug, Clone, PartialEq)]
pub enum PartState {
    Whole { md5: Option<Md5>, etag: Option<String> },
    Chunks { chunks: Vec<Chunk>, committed: bool },
    Sending { md5: Option<Md5> },
}

/// Bytes of a part, stored one after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chunk {
    pub length: u64,
    pub md5: Option<Md5>,
}

/// Bytes and the MD5 that they had when they were sent.
pub type Digested = (Part, Md5);

impl Known {
    pub(super) fn new(intent: Intent) -> Self {
        Known {
            intent,
            session: None,
            parts: BTreeMap::new(),
            completing: false,
            in_doubt: false,
            answer: None,
            is_unverified: false,
        }
    }

    pub(super) fn name(&self) -> String {
        names::of(&self.intent).1
    }

    /// What the records of another process come to; None unless an intent is the first, and they fit each
    /// other.
    pub(super) fn of(records: impl IntoIterator<Item = Record>) -> Option<Self> {
        let mut records = records.into_iter();
        let Some(Record::Intent(intent)) = records.next() else { return None };
        let mut known = Known::new(intent);
        records.for_each(|record| known.learn(record));
        known.in_doubt = known.completing;
        known.is_unverified = known.session.is_some();
        known.is_sound().then_some(known)
    }

    /// Whether the files have the parts that are recorded, and each part its chunks.
    fn is_sound(&self) -> bool {
        let Some(session) = &self.session else { return true };
        let files = &self.intent.files;
        let fits = |(&(file, number), state): (&(u16, u32), &PartState)| {
            let at = usize::from(file);
            let plan = files.get(at).zip(session.part_sizes.get(at));
            let plan = plan.map(|(file, part_size)| Plan::new(file.identity.size, *part_size));
            plan.and_then(|plan| plan.part(number)).is_some_and(|part| state.fits(part))
        };
        session.part_sizes.len() == files.len() && self.parts.iter().all(fits)
    }

    pub(super) fn learn(&mut self, record: Record) {
        match record {
            Record::Intent(_) => {}
            // A thread of a session that another one has found to be over.
            Record::Part(_) | Record::Completing(_) if self.session.is_none() => {}
            Record::Session(session) => self.session = Some(session),
            Record::Part(PartRecord { file, number, event }) => self.part((file, number), event),
            Record::Completing(asked) => self.completing = asked,
            Record::Done(answer) => self.answer = Some(answer),
            Record::Reset => *self = Known::new(self.intent.clone()),
        }
    }

    fn part(&mut self, at: (u16, u32), event: PartEvent) {
        let state = match (event, self.parts.remove(&at)) {
            (PartEvent::Whole { md5, etag }, _) => PartState::Whole { md5, etag },
            (PartEvent::Sending { .. }, Some(stored @ PartState::Whole { .. })) => stored,
            (PartEvent::Sending { md5 }, _) => PartState::Sending { md5 },
            (PartEvent::Chunk { md5, length }, before) => {
                let mut chunks = match before {
                    Some(PartState::Chunks { chunks, committed: false }) => chunks,
                    _ => Vec::new(),
                };
                chunks.push(Chunk { length, md5 });
                PartState::Chunks { chunks, committed: false }
            }
            (PartEvent::Committed, Some(PartState::Chunks { chunks, .. })) => {
                PartState::Chunks { chunks, committed: true }
            }
            (PartEvent::Committed, _) => return,
        };
        self.parts.insert(at, state);
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.session.is_none() && self.answer.is_none()
    }

    /// Whether both have the same session.
    pub(super) fn continues(&self, other: &Known) -> bool {
        self.session.as_ref().zip(other.session.as_ref()).is_some_and(|(own, other)| own.is(other))
    }

    /// Learns what `other` knows more of the same session; the records of that.
    pub(super) fn join(&mut self, other: &Known) -> Vec<Record> {
        let version = |known: &Known| known.session.as_ref().map(Session::version);
        let is_more = |at: &(u16, u32), state: &PartState| {
            self.parts.get(at).is_none_or(|own| own.rank() < state.rank())
        };
        let is_news = |record: &Record| match record {
            Record::Session(_) => version(other) > version(self),
            Record::Part(PartRecord { file, number, .. }) => {
                let at = (*file, *number);
                other.parts.get(&at).is_some_and(|state| is_more(&at, state))
            }
            Record::Completing(_) => !self.completing,
            Record::Done(_) => self.answer.is_none(),
            Record::Intent(_) | Record::Reset => false,
        };
        let news: Vec<Record> = other.records().into_iter().filter(is_news).collect();
        news.iter().cloned().for_each(|record| self.learn(record));
        self.in_doubt |= other.in_doubt;
        news
    }

    /// The fewest records that come to this.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records = vec![Record::Intent(self.intent.clone())];
        records.extend(self.session.clone().map(Record::Session));
        // Before the parts: where only some of these can be written, it is not what is missing.
        if self.completing || self.in_doubt {
            records.push(Record::Completing(true));
        }
        for (&(file, number), state) in &self.parts {
            let of = |event| Record::Part(PartRecord { file, number, event });
            match state {
                PartState::Whole { md5, etag } => {
                    records.push(of(PartEvent::Whole { md5: *md5, etag: etag.clone() }));
                }
                PartState::Sending { md5 } => records.push(of(PartEvent::Sending { md5: *md5 })),
                PartState::Chunks { chunks, committed } => {
                    let event = |chunk: &Chunk| PartEvent::Chunk { md5: chunk.md5, length: chunk.length };
                    records.extend(chunks.iter().map(|chunk| of(event(chunk))));
                    records.extend(committed.then(|| of(PartEvent::Committed)));
                }
            }
        }
        records.extend(self.answer.clone().map(Record::Done));
        records
    }

    /// The bytes that the service has confirmed.
    pub(super) fn bytes_stored(&self) -> u64 {
        if self.answer.is_some() {
            return self.intent.files.iter().map(|file| file.identity.size).fold(0, u64::saturating_add);
        }
        let Some(session) = &self.session else { return 0 };
        let stored = |(&(file, number), state): (&(u16, u32), &PartState)| {
            let at = usize::from(file);
            let (size, part_size) = (self.intent.files.get(at)?.identity.size, *session.part_sizes.get(at)?);
            Plan::new(size, part_size).part(number).map(|part| state.bytes_stored(part))
        };
        self.parts.iter().filter_map(stored).fold(0, u64::saturating_add)
    }
}

impl PartState {
    fn fits(&self, part: Part) -> bool {
        let PartState::Chunks { chunks, .. } = self else { return true };
        let lengths = chunks.iter().try_fold(0, |sum: u64, chunk| sum.checked_add(chunk.length));
        lengths.is_some_and(|length| length <= part.length)
    }

    /// What is higher tells more of the same part, and its records take the place of what is lower. Of two
    /// that are in chunks either does.
    fn rank(&self) -> u8 {
        match self {
            PartState::Sending { .. } => 0,
            PartState::Chunks { .. } => 1,
            PartState::Whole { .. } => 2,
        }
    }

    pub(super) fn bytes_stored(&self, part: Part) -> u64 {
        match self {
            PartState::Whole { .. } => part.length,
            PartState::Chunks { chunks, .. } => chunks.iter().map(|chunk| chunk.length).sum(),
            PartState::Sending { .. } => 0,
        }
    }

    pub(super) fn is_stored(&self, part: Part) -> bool {
        match self {
            PartState::Whole { .. } => true,
            PartState::Chunks { committed, .. } => *committed && self.bytes_stored(part) == part.length,
            PartState::Sending { .. } => false,
        }
    }

    pub(super) fn digested(&self, part: Part) -> Vec<Digested> {
        match self {
            PartState::Whole { md5, .. } | PartState::Sending { md5 } => {
                md5.iter().map(|md5| (part, *md5)).collect()
            }
            PartState::Chunks { chunks, .. } => {
                let mut offset = part.offset;
                let mut digested = |chunk: &Chunk| {
                    let range = Part { number: part.number, offset, length: chunk.length };
                    offset += chunk.length;
                    chunk.md5.map(|md5| (range, md5))
                };
                chunks.iter().filter_map(&mut digested).collect()
            }
        }
    }
}
