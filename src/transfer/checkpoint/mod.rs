//! What is known of an upload that has begun: all that another run needs to go on, in this process or in
//! another one. It is one value ([`known`]), made of [`Record`]s. A run in memory changes it, the [`journal`]
//! keeps it in a file, and a [`token`] is its text.
//!
//! What the service has confirmed is added by `State::record` alone, which writes it to the journal first.

#![forbid(unsafe_code)]

mod folder;
mod journal;
mod known;
pub mod ledger;
pub mod listing;
mod names;
pub mod record;
mod seal;
#[cfg(test)]
mod tests;
mod token;

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
use known::Known;
pub use known::{Digested, PartState};
use ledger::Ledger;
pub use names::{UploadKey, upload_key};
pub use record::{Intent, PartEvent, PartRecord, Record, Session, UploadedFile, absolute};
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
