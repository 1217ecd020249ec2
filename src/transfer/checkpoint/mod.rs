//! What is known of an upload that has begun: all that another run needs to go on, in this process or in
//! another one. It is one value, made of [`Record`]s. A run in memory changes it, the [`journal`] keeps it in
//! a file, and a [`token`] is its text.
//!
//! What the service has confirmed is added by `State::record` alone, which writes it to the journal first.

#![forbid(unsafe_code)]

pub mod journal;
pub mod ledger;
pub mod record;
mod seal;
#[cfg(test)]
mod tests;
mod token;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Attempt;
use crate::http::{Event, EventKind};
use crate::transfer::context::TransferContext;
use crate::transfer::digest::Md5;
use crate::transfer::plan::{Part, Plan};
use crate::transfer::source::Source;
use journal::Journal;
use ledger::Ledger;
pub use record::{Intent, PartEvent, PartRecord, Record, Session, UploadedFile};
pub use seal::SealKey;

/// The state of one upload at the service.
pub struct Checkpoint {
    key: SealKey,
    state: Mutex<State>,
}

struct State {
    known: Known,
    journal: Option<Journal>,
    /// What remembers the answer for the batch that the upload is a part of.
    ledger: Option<Arc<Ledger>>,
}

/// What the records of an upload come to.
#[derive(Debug, Clone)]
pub struct Known {
    intent: Intent,
    session: Option<Session>,
    parts: BTreeMap<(u16, u32), PartState>,
    /// The service may have been told to join the parts.
    completing: bool,
    /// The service may have joined the parts without our knowing.
    in_doubt: bool,
    answer: Option<Value>,
    /// The session is another process's: its bytes may have changed since, and it may have sent parts that
    /// it has not recorded.
    is_unverified: bool,
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

impl fmt::Debug for Checkpoint {
    /// Without what the service answered, which may open the session.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let known = &state.known;
        f.debug_struct("Checkpoint")
            .field("files", &known.intent.files)
            .field("has_session", &known.session.is_some())
            .field("parts", &known.parts.len())
            .finish_non_exhaustive()
    }
}

impl Checkpoint {
    /// An upload that has not begun. `request` is what the service will be told, in its own form.
    pub fn new(key: SealKey, service: &str, files: Vec<UploadedFile>, request: Value) -> Self {
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let intent = Intent { service: service.to_owned(), account: key.account(), files, request, begun };
        Checkpoint::of(key, Known::new(intent))
    }

    fn of(key: SealKey, known: Known) -> Self {
        Checkpoint { key, state: Mutex::new(State { known, journal: None, ledger: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the upload in a journal in `folder` from now on, and takes up what a journal of the same upload
    /// says. No effect if it has one. A token's upload replaces what the journal says of another session, and
    /// of its own each may know what the other does not.
    fn keep_in(&self, folder: &str) -> Result<()> {
        let mut state = self.state();
        if state.journal.is_some() {
            return Ok(());
        }
        let (mut journal, found) = Journal::open(folder, &state.known.intent, &self.key)?;
        let (known, news) = match found {
            Some(found) if state.known.is_fresh() => (found, Vec::new()),
            Some(mut found) if found.continues(&state.known) => {
                let news = found.join(&state.known);
                (found, news)
            }
            found => {
                let mut news = state.known.records();
                if found.is_some_and(|found| !found.is_fresh()) {
                    news.insert(0, Record::Reset);
                }
                (state.known.clone(), news)
            }
        };
        journal.write_all(&news, &self.key);
        journal.sync();
        journal.check()?;
        state.known = known;
        state.journal = Some(journal);
        if state.known.answer.is_some() && !state.known.is_unverified {
            state.close();
        }
        Ok(())
    }

    /// Takes up what a journal says, if there is one and no run has done so.
    pub fn take_up(&self, journal_dir: Option<&str>) {
        if let Some(folder) = journal_dir
            && Journal::is_there(folder, &self.state().known.intent)
        {
            // One that cannot be opened says nothing.
            let _ = self.keep_in(folder);
        }
    }

    /// What names the upload in journals.
    pub fn name(&self) -> String {
        self.state().known.name()
    }

    /// The upload is part of a batch: the answer is kept in its ledger, and is known if the ledger has it.
    pub fn belongs_to(&self, ledger: &Arc<Ledger>) {
        let mut state = self.state();
        if state.known.answer.is_none() {
            state.known.answer = ledger.answer(&state.known.name());
        }
        state.ledger = Some(Arc::clone(ledger));
    }

    /// Lets go of the ledger until the next [`Checkpoint::belongs_to`]: while it is held, no other run can
    /// open it.
    pub fn leaves_batch(&self) {
        self.state().ledger = None;
    }

    /// Adds a record, to the journal too.
    pub fn record(&self, record: Record) {
        self.state().record(record, &self.key);
    }

    /// Records what `change` makes of the session, if there is one.
    pub fn change_session(&self, change: impl FnOnce(&Session) -> Option<Session>) {
        let mut state = self.state();
        if let Some(changed) = state.known.session.as_ref().and_then(change) {
            state.record(Record::Session(changed), &self.key);
        }
    }

    /// Has what became known reach the disk, if there is a journal. Otherwise it is synced with the first
    /// record that follows the last sync by a second or more.
    pub fn sync(&self) {
        if let Some(journal) = &mut self.state().journal {
            journal.sync();
        }
    }

    /// Whether a journal keeps what is known. One that could not record the completion was removed.
    pub fn has_journal(&self) -> bool {
        self.state().journal.is_some()
    }

    /// The upload is over for good: nothing is kept, also of a run of another process.
    pub fn abandon(&self, journal_dir: Option<&str>) {
        self.take_up(journal_dir);
        if let Some(journal) = self.state().journal.take() {
            journal.remove();
        }
    }

    /// Records an event of a part.
    pub fn part_is(&self, file: u16, number: u32, event: PartEvent) {
        self.record(Record::Part(PartRecord { file, number, event }));
    }

    pub fn session(&self) -> Option<Session> {
        self.state().known.session.clone()
    }

    pub fn part(&self, file: u16, number: u32) -> Option<PartState> {
        self.state().known.parts.get(&(file, number)).cloned()
    }

    /// Whether the service has the part, as far as is known.
    pub fn is_stored(&self, file: u16, part: Part) -> bool {
        self.state().known.parts.get(&(file, part.number)).is_some_and(|state| state.is_stored(part))
    }

    /// How many bytes of the part the service has, as far as is known.
    pub fn bytes_stored(&self, file: u16, part: Part) -> u64 {
        self.state().known.parts.get(&(file, part.number)).map_or(0, |state| state.bytes_stored(part))
    }

    /// The digest that a part had when it was sent, or was about to be.
    pub fn md5(&self, file: u16, number: u32) -> Option<Md5> {
        match self.state().known.parts.get(&(file, number)) {
            Some(PartState::Whole { md5, .. } | PartState::Sending { md5 }) => *md5,
            _ => None,
        }
    }

    /// Whether the upload is that of a file which is `source`, unchanged.
    pub fn is_of(&self, source: &Source<'_>) -> bool {
        self.state().known.intent.files.iter().map(|file| &file.identity).eq([&source.identity()])
    }

    /// What `see` makes of the parts that are stored as a whole, in ascending order.
    pub fn whole_parts<T>(&self, see: impl Fn(u32, Option<&str>) -> T) -> Vec<T> {
        let whole = |(&(_, number), state): (&(u16, u32), &PartState)| match state {
            PartState::Whole { etag, .. } => Some(see(number, etag.as_deref())),
            _ => None,
        };
        self.state().known.parts.iter().filter_map(whole).collect()
    }

    /// Whether every part that is known is stored as a whole and `proves` so.
    pub fn all_parts(&self, proves: impl Fn(Option<&Md5>, Option<&str>) -> bool) -> bool {
        self.state().known.parts.values().all(|state| match state {
            PartState::Whole { md5, etag } => proves(md5.as_ref(), etag.as_deref()),
            _ => false,
        })
    }

    /// What another process has recorded of a file and nobody has compared with its bytes since.
    pub fn unverified(&self, file: u16, plan: Plan) -> Vec<Digested> {
        let state = self.state();
        if !state.known.is_unverified {
            return Vec::new();
        }
        let of = |part: Part| state.known.parts.get(&(file, part.number)).map(|found| found.digested(part));
        plan.parts().filter_map(of).flatten().collect()
    }

    /// The bytes are those that were recorded.
    pub fn verified(&self) {
        let mut state = self.state();
        state.known.is_unverified = false;
        if state.known.answer.is_some() {
            state.close();
        }
    }

    /// Whether the records are another process's.
    pub fn is_unverified(&self) -> bool {
        self.state().known.is_unverified
    }

    /// An answer is lost. If it was asked to, the service may have joined the parts.
    pub fn doubt(&self) {
        let known = &mut self.state().known;
        known.in_doubt |= known.completing;
    }

    /// Whether the service was sent, or is about to be, what makes it join the parts.
    pub fn is_completing(&self) -> bool {
        self.state().known.completing
    }

    pub fn is_in_doubt(&self) -> bool {
        self.state().known.in_doubt
    }

    /// The service's description of what it has stored, once it is known to be of these bytes.
    pub fn answer(&self) -> Option<Value> {
        let state = self.state();
        state.known.answer.clone().filter(|_| !state.known.is_unverified)
    }

    /// Whether nothing is left to be sent.
    pub fn is_finished(&self) -> bool {
        self.state().known.answer.is_some()
    }

    pub fn intent(&self) -> Intent {
        self.state().known.intent.clone()
    }

    /// Goes on with the upload, or begins it, with a journal if there is a folder for it. Runs `attempt`, and
    /// once more from the beginning if the service has forgotten the upload and `check_whole` says that all
    /// of the data is still here. Nothing is left to do if a journal says that the upload is done.
    pub fn go_on(
        &self,
        journal_dir: Option<&str>,
        context: &TransferContext<'_>,
        is_forgotten: &dyn Fn(&Error) -> bool,
        check_whole: &dyn Fn() -> Result<()>,
        attempt: &dyn Fn(&TransferContext<'_>) -> Result<()>,
    ) -> Result<()> {
        if let Some(folder) = journal_dir.filter(|_| !self.is_finished()) {
            context.check()?;
            self.keep_in(folder)?;
        }
        if self.answer().is_some() {
            return Ok(());
        }
        let result = self.unless_changed(match attempt(context) {
            Err(error) if is_forgotten(&error) => {
                self.record(Record::Reset);
                let why = error.clone();
                check_whole().map_err(|gone| cannot_start_anew(error, &gone)).and_then(|()| {
                    context.bounds.tell(|| Event::new(EventKind::Restart, Attempt::default()).failed(&why));
                    context.progress.restart();
                    self.anew(attempt(&context.renewed()), is_forgotten)
                })
            }
            other => other,
        });
        // Of one that was cancelled for good nothing stays.
        let is_over = |error: &Error| error.kind() == ErrorKind::Cancelled && !error.retryable();
        if result.as_ref().is_err_and(|error| !is_over(error)) {
            self.keep();
        }
        result
    }

    /// Has the journal on the disk for the next run. One that says nothing of a file in a batch goes: there
    /// may be many.
    fn keep(&self) {
        let mut state = self.state();
        if state.ledger.is_none() || !state.known.is_fresh() {
            drop(state);
            self.sync();
        } else if let Some(journal) = state.journal.take() {
            journal.remove();
        }
    }

    /// What came of an upload that was started anew.
    fn anew(&self, result: Result<()>, is_forgotten: &dyn Fn(&Error) -> bool) -> Result<()> {
        result.map_err(|error| {
            if is_forgotten(&error) {
                self.record(Record::Reset);
            }
            match error.kind() {
                ErrorKind::Cancelled | ErrorKind::Paused => error,
                _ => error.map_message(|message| {
                    format!("{message} (the service had forgotten the upload, so it was started anew)")
                }),
            }
        })
    }

    /// Parts of other bytes are no base to go on from: the next run starts anew. What this run has sent may
    /// be of other bytes than their digests. But the service may have joined them: that stays known.
    fn unless_changed(&self, result: Result<()>) -> Result<()> {
        let may_be_base = || {
            let state = self.state();
            state.known.completing && !state.known.is_unverified
        };
        let is_other = |error: &Error| error.kind() == ErrorKind::FileChanged && !may_be_base();
        result.inspect_err(|error| {
            if is_other(error) {
                self.record(Record::Reset);
            }
        })
    }

    /// The text with which another process goes on.
    pub fn token(&self) -> Result<String> {
        let known = self.state().known.clone();
        token::encode(&known.records(), &self.key)
    }

    /// The upload of a token. [`Checkpoint::take_files`] says where its bytes are.
    pub fn from_token(key: SealKey, service: &str, text: &str) -> Result<Self> {
        let known = token::decode(text, service, &key)?;
        Ok(Checkpoint::of(key, known))
    }

    /// The bytes of the upload are those of `sources`, each with its path: their sizes are compared here,
    /// their digests in the run.
    pub fn take_files(&self, sources: &[(&str, &Source<'_>)]) -> Result<()> {
        let known = &mut self.state().known;
        if known.intent.files.len() != sources.len() {
            let text = format!(
                "the token is of an upload of {} files, and {} are given",
                known.intent.files.len(),
                sources.len()
            );
            return Err(Error::invalid_argument(text));
        }
        for (file, (path, source)) in known.intent.files.iter_mut().zip(sources) {
            let (size, own) = (file.identity.size, source.len());
            if size != own {
                return Err(Error::invalid_argument(format!(
                    "{path} is not the file of the token: it has {own} bytes, and the token's has {size}"
                )));
            }
            *file = UploadedFile::new(path, source)?;
        }
        Ok(())
    }
}

/// Only the upload of a file can have a journal: nothing would tell the bytes of another run apart.
pub fn check_has_file(journal_dir: Option<&str>) -> Result<()> {
    match journal_dir {
        None => Ok(()),
        Some(_) => Err(Error::invalid_argument(
            "journal is for the upload of a file: another process could not go on with other data",
        )),
    }
}

/// What a reader gives cannot be read again elsewhere.
pub fn check_can_move(source: &Source<'_>) -> Result<()> {
    match source.feed() {
        None => Ok(()),
        Some(_) => Err(Error::new(
            ErrorKind::InvalidState,
            "the data comes from a read callback: there is no token, for nobody else could go on with it",
        )),
    }
}

/// The service has forgotten the upload, and the data cannot be sent once more.
fn cannot_start_anew(error: Error, gone: &Error) -> Error {
    let told = |message: &str| {
        format!(
            "{message}; the service has forgotten the upload, and it cannot start anew: {}",
            gone.message()
        )
    };
    error.map_message(told).with_retryable(false)
}

impl State {
    fn record(&mut self, record: Record, key: &SealKey) {
        if let Some(journal) = &mut self.journal {
            journal.write(&record, key);
        }
        // Without the record of the completion, another process would send to a session that is over.
        let is_lost = matches!(record, Record::Completing(true))
            && self.journal.as_ref().is_some_and(|journal| journal.is_broken());
        let is_over = is_lost || matches!(record, Record::Done(_));
        self.known.learn(record);
        if is_over {
            self.close();
        }
    }

    /// Nothing is left to go on with. The batch remembers the answer, if it can; else the journal does.
    fn close(&mut self) {
        let is_kept = match (&self.ledger, &self.known.answer) {
            (Some(ledger), Some(answer)) => ledger.keep(&self.known.name(), answer),
            _ => true,
        };
        if let Some(journal) = self.journal.take().filter(|_| is_kept) {
            journal.remove();
        }
    }
}

impl Known {
    fn new(intent: Intent) -> Self {
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

    fn name(&self) -> String {
        journal::names(&self.intent).1
    }

    /// What the records of another process come to; None unless an intent is the first, and they fit each
    /// other.
    fn of(records: impl IntoIterator<Item = Record>) -> Option<Self> {
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

    fn learn(&mut self, record: Record) {
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

    fn is_fresh(&self) -> bool {
        self.session.is_none() && self.answer.is_none()
    }

    /// Whether both have the same session.
    fn continues(&self, other: &Known) -> bool {
        self.session.as_ref().zip(other.session.as_ref()).is_some_and(|(own, other)| own.is(other))
    }

    /// Learns what `other` knows more of the same session; the records of that.
    fn join(&mut self, other: &Known) -> Vec<Record> {
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
    fn records(&self) -> Vec<Record> {
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
    fn bytes_stored(&self) -> u64 {
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

    fn bytes_stored(&self, part: Part) -> u64 {
        match self {
            PartState::Whole { .. } => part.length,
            PartState::Chunks { chunks, .. } => chunks.iter().map(|chunk| chunk.length).sum(),
            PartState::Sending { .. } => 0,
        }
    }

    fn is_stored(&self, part: Part) -> bool {
        match self {
            PartState::Whole { .. } => true,
            PartState::Chunks { committed, .. } => *committed && self.bytes_stored(part) == part.length,
            PartState::Sending { .. } => false,
        }
    }

    fn digested(&self, part: Part) -> Vec<Digested> {
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

impl UploadedFile {
    /// `path` may be relative; it is empty for data that has no file.
    pub fn new(path: &str, source: &Source<'_>) -> Result<Self> {
        Ok(UploadedFile { path: absolute(path)?, identity: source.identity() })
    }
}

/// What names a file here; nothing for data that has none.
pub fn absolute(path: &str) -> Result<String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let absolute = std::path::absolute(path).map_err(|e| Error::file("find", path, &e))?;
    let absolute = absolute.into_os_string().into_string();
    absolute.map_err(|_| Error::new(ErrorKind::Io, "the working directory has a name that is not UTF-8"))
}

/// What makes the upload of a file the same as another one, whatever its bytes.
pub fn upload_key(key: &SealKey, service: &str, request: &Value, path: &str) -> Result<ledger::UploadKey> {
    Ok(journal::upload_key(service, &key.account(), request, [absolute(path)?.as_str()].into_iter()))
}
