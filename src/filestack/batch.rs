//! Many files in one run: the threads, the connections and the digest lanes are shared by all of them.
//!
//! A worker takes the next file. Files of one part are digested side by side before they are sent, a few at a
//! time; a file of many parts takes the threads that no other file needs ([`crate::transfer::slots`]).

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Scope, scope};

use serde_json::{Value, json};

use super::upload::{SERVICE, Share, key};
use super::{Client, Filelink, Upload, UploadOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::http::bounds::SLICE;
use crate::transfer::checkpoint::Checkpoint;
use crate::transfer::checkpoint::ledger::Ledger;
use crate::transfer::context::TransferContext;
use crate::transfer::digest::{self, Md5};
use crate::transfer::lifecycle::Lifecycle;
use crate::transfer::plan::Plan;
use crate::transfer::progress::Progress;
use crate::transfer::queue::{BATCH, weight};
use crate::transfer::report::{self, Handover, Observer};
use crate::transfer::slots::Slots;
use crate::transfer::source::digest_files;
use crate::{panic, thread};

/// How many files and parts are sent at once unless the options say otherwise.
const CONCURRENCY: u32 = 8;

/// A file of a batch.
#[derive(Debug, Clone)]
pub struct Item {
    pub path: String,
    /// What is stored, and where; the batch's options if it is None.
    pub options: Option<Arc<UploadOptions>>,
}

/// Called on the calling thread when a file has ended, with its place in the list. Returning `false`
/// interrupts the batch.
pub type ItemObserver<'a> = &'a mut dyn FnMut(usize, &str, &Result<Filelink>) -> bool;

/// Uploads of many files, in one run.
#[derive(Debug)]
pub struct Batch {
    client: Arc<Client>,
    items: Vec<Item>,
    options: UploadOptions,
    lifecycle: Lifecycle,
    state: Mutex<Outcomes>,
}

/// What has become of the files.
#[derive(Debug)]
struct Outcomes {
    items: Vec<Outcome>,
    /// Of uploads that have begun and have no journal.
    begun: HashMap<usize, Checkpoint>,
}

#[derive(Debug, Clone)]
enum Outcome {
    Open,
    /// What the service said, as text, which takes less room than a value.
    Stored(Box<str>),
    Failed(Error),
}

impl Batch {
    /// Checks everything that can be checked without the files and the service. Nothing is sent.
    pub fn new(client: &Arc<Client>, items: Vec<Item>, options: UploadOptions) -> Result<Self> {
        if items.is_empty() {
            return Err(Error::invalid_argument("the batch has no items"));
        }
        check_common(&options)?;
        Upload::check_options(client, options.clone())?;
        let mut seen: HashMap<(&str, Option<*const UploadOptions>), usize> = HashMap::new();
        let mut checked = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let of_item = |error: Error| error.while_doing(format_args!("items[{index}]"));
            let own = item.options.as_ref().map(Arc::as_ptr);
            if item.path.is_empty() {
                return Err(of_item(Error::invalid_argument("path is empty")));
            }
            if let Some(before) = seen.insert((&item.path, own), index) {
                let text = format!("{} is items[{before}] already", item.path);
                return Err(of_item(Error::invalid_argument(text)));
            }
            if let Some(own) = item.options.as_ref().filter(|own| checked.insert(Arc::as_ptr(own))) {
                check_own(own).map_err(of_item)?;
                Upload::check_options(client, UploadOptions::clone(own)).map_err(of_item)?;
            }
        }
        drop(seen);
        let outcomes = Outcomes { items: vec![Outcome::Open; items.len()], begun: HashMap::new() };
        let (client, lifecycle) = (Arc::clone(client), Lifecycle::default());
        Ok(Batch { client, items, options, lifecycle, state: Mutex::new(outcomes) })
    }

    /// The state of the batch, and what pauses and cancels it.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Uploads what is not uploaded yet. One file's failure does not stop the others; the error is that of the
    /// first in the list. After a pause, an interrupt or a failure, run it again: files that are stored are
    /// not sent again.
    pub fn run(&self, observer: Option<Observer<'_>>, on_item: Option<ItemObserver<'_>>) -> Result<()> {
        self.lifecycle.run(|| self.attempt(observer, on_item))
    }

    /// What has become of the files, in their order: for each its `path`, and what the service said as
    /// `filelink` or the `error`, whose kind `name` tells.
    pub fn report(&self, name: impl Fn(ErrorKind) -> &'static str) -> Value {
        let outcomes = self.outcomes();
        let described = |(item, outcome): (&Item, &Outcome)| match outcome {
            Outcome::Open => json!({"path": item.path, "filelink": null, "error": null}),
            Outcome::Stored(answer) => {
                let answer: Value = serde_json::from_str(answer).unwrap_or_default();
                json!({"path": item.path, "filelink": answer, "error": null})
            }
            Outcome::Failed(error) => json!({"path": item.path, "filelink": null, "error": {
                "status": name(error.kind()), "message": error.message(), "step": error.step(),
                "http_status": error.http_status(), "retryable": error.retryable(),
            }}),
        };
        self.items.iter().zip(&outcomes.items).map(described).collect()
    }

    /// The filelink of one file, or why it is not stored.
    pub fn filelink(&self, index: usize) -> Result<Filelink> {
        let Some(item) = self.items.get(index) else {
            let count = self.items.len();
            return Err(Error::invalid_argument(format!(
                "index is {index}, but the batch has {count} items"
            )));
        };
        match self.outcomes().items.get(index) {
            Some(Outcome::Stored(answer)) => {
                let answer: Value = serde_json::from_str(answer).unwrap_or_default();
                let security = self.options_of(item).security.as_ref().or(self.client.security());
                Filelink::described(&self.client, security, answer)
            }
            Some(Outcome::Failed(error)) => Err(error.clone()),
            _ => Err(still_open(item)),
        }
    }

    fn outcomes(&self) -> MutexGuard<'_, Outcomes> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn options_of<'o>(&'o self, item: &'o Item) -> &'o UploadOptions {
        item.options.as_deref().unwrap_or(&self.options)
    }

    fn attempt(&self, observer: Option<Observer<'_>>, on_item: Option<ItemObserver<'_>>) -> Result<()> {
        let ledger = match self.options.journal_dir.as_deref() {
            Some(folder) => {
                let paths = self.items.iter().map(|item| item.path.as_str());
                Some(Arc::new(Ledger::open(folder, SERVICE, key(&self.client)?, paths)?))
            }
            None => None,
        };
        let progress = Arc::new(Progress::default());
        let bounds = self.client.http().bounds(self.lifecycle.control().stop(), self.options.deadline);
        let context = TransferContext::new(self.lifecycle.control(), bounds, &progress);
        let concurrency = if self.options.concurrency == 0 { CONCURRENCY } else { self.options.concurrency };
        let run = Run::new(self, &context, &progress, ledger.as_ref(), concurrency as usize);
        let result = match (observer, on_item) {
            (None, None) => run.run(&|_| Ok(())),
            (observer, None) => report::run_with_progress(&context, observer, || run.run(&|_| Ok(()))),
            (observer, Some(on_item)) => {
                let mut tell = |index: usize| {
                    let path = self.items.get(index).map_or("", |item| item.path.as_str());
                    match on_item(index, path, &self.filelink(index)) {
                        true => Ok(()),
                        false => Err(Error::interrupted()),
                    }
                };
                report::stream_with_progress(&context, observer, &mut tell, |hand| run.run(hand))
            }
        };
        let result = result.and_then(|()| self.failures());
        if let Some(ledger) = ledger.filter(|_| result.is_ok() || self.lifecycle.control().is_cancelled()) {
            ledger.remove();
        }
        result
    }

    /// The error of the batch if files have failed.
    fn failures(&self) -> Result<()> {
        let outcomes = self.outcomes();
        let failed = |(item, outcome): (&Item, &Outcome)| match outcome {
            Outcome::Stored(_) => None,
            Outcome::Failed(error) => Some(error.clone()),
            Outcome::Open => Some(still_open(item)),
        };
        let failed: Vec<Error> = self.items.iter().zip(&outcomes.items).filter_map(failed).collect();
        let retryable = failed.iter().any(Error::retryable);
        let (count, all) = (failed.len(), outcomes.items.len());
        let Some(first) = failed.into_iter().next() else { return Ok(()) };
        let told = |message: &str| match count {
            1 => format!("1 of {all} files is not stored: {message}"),
            _ => format!("{count} of {all} files are not stored; the first: {message}"),
        };
        Err(first.map_message(told).with_retryable(retryable))
    }
}

fn still_open(item: &Item) -> Error {
    let text = format!("{} is not uploaded yet: run the batch to its end first", item.path);
    Error::new(ErrorKind::NotReady, text)
}

/// What only the batch can set.
fn check_own(options: &UploadOptions) -> Result<()> {
    let fields = [
        ("concurrency", options.concurrency != 0),
        ("deadline_ms", options.deadline.is_some()),
        ("journal_dir", options.journal_dir.is_some()),
        ("restart", options.restart),
    ];
    match fields.iter().find(|(_, is_set)| *is_set) {
        Some((name, _)) => Err(Error::invalid_argument(format!(
            "{name} is for the batch as a whole: set it in the batch's options"
        ))),
        None => Ok(()),
    }
}

/// What only an item can set: every file would have it.
fn check_common(options: &UploadOptions) -> Result<()> {
    if options.filename.is_some() {
        return Err(Error::invalid_argument(
            "filename would be that of every file: set it in the options of an item",
        ));
    }
    match &options.place.path {
        Some(path) if !path.ends_with('/') => Err(Error::invalid_argument(format!(
            "path \"{path}\" would be that of every file: end it with a slash for a folder, or set it in the \
             options of an item"
        ))),
        _ => Ok(()),
    }
}

/// One run of a batch.
struct Run<'a> {
    batch: &'a Batch,
    context: &'a TransferContext<'a>,
    progress: &'a Arc<Progress>,
    ledger: Option<&'a Arc<Ledger>>,
    slots: Slots,
    /// The sizes of the files, where they can be told.
    sizes: Vec<u64>,
    /// `context.signal` is notified when it changes.
    state: Mutex<State>,
}

struct State {
    /// Files that no worker has taken.
    waiting: VecDeque<usize>,
    /// Files to be sent next.
    ready: VecDeque<Prepared>,
    /// How many files are being opened and digested.
    preparing: usize,
    workers: usize,
    error: Option<Error>,
}

/// A file that is open.
struct Prepared {
    index: usize,
    upload: Upload<'static>,
    /// Of the only part.
    md5: Option<Md5>,
}

/// What a worker does next.
enum Step {
    Prepare(Vec<usize>),
    Send(Box<Prepared>),
}

impl<'a> Run<'a> {
    fn new(
        batch: &'a Batch,
        context: &'a TransferContext<'a>,
        progress: &'a Arc<Progress>,
        ledger: Option<&'a Arc<Ledger>>,
        concurrency: usize,
    ) -> Self {
        let size = |item: &Item| fs::metadata(&item.path).map_or(0, |metadata| metadata.len());
        let sizes: Vec<u64> = batch.items.iter().map(size).collect();
        let mut waiting = VecDeque::new();
        let (mut bytes, mut parts) = (0u64, 0u32);
        for (index, outcome) in batch.outcomes().items.iter_mut().enumerate() {
            let size = sizes.get(index).copied().unwrap_or(0);
            let count = batch
                .items
                .get(index)
                .map_or(0, |item| Plan::for_storage(size, batch.options_of(item).part_bytes()).count());
            bytes = bytes.saturating_add(size);
            parts = parts.saturating_add(count);
            match outcome {
                Outcome::Stored(_) => Progress::within(progress).file_done(size, count),
                other => {
                    *other = Outcome::Open;
                    waiting.push_back(index);
                }
            }
        }
        progress.expect(bytes, parts);
        progress.expect_files(u32::try_from(sizes.len()).unwrap_or(u32::MAX));
        let workers = concurrency.min(waiting.len()).max(1);
        let (ready, preparing, error) = (VecDeque::new(), 0, None);
        let state = Mutex::new(State { waiting, ready, preparing, workers, error });
        Run { batch, context, progress, ledger, slots: Slots::new(concurrency), sizes, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uploads all files. `hand` tells the calling thread of each that has ended.
    fn run(&self, hand: Handover<'_, usize>) -> Result<()> {
        let workers = self.state().workers;
        scope(|scope| {
            for _ in 1..workers {
                self.hire(scope, hand);
            }
            self.work(hand);
        });
        let ready = std::mem::take(&mut self.state().ready);
        ready.into_iter().for_each(|prepared| self.put_back(prepared.index, prepared.upload));
        self.state().error.take().map_or(Ok(()), Err)
    }

    fn hire<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, hand: Handover<'scope, usize>) {
        let Some(slot) = self.slots.take() else { return };
        let work = move || {
            let _slot = slot;
            self.work(hand);
            Ok(())
        };
        // A thread that cannot be started leaves more files to the others.
        if thread::spawn_scoped(scope, work).is_err() {
            self.state().workers -= 1;
        }
    }

    fn work(&self, hand: Handover<'_, usize>) {
        loop {
            let result = panic::catch(|| match self.next()? {
                Some(Step::Prepare(indices)) => self.prepare(indices, hand),
                Some(Step::Send(prepared)) => self.send(*prepared, hand),
                None => Ok(false),
            });
            match result {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Waits for something to do; None if the worker is not needed any more.
    fn next(&self) -> Result<Option<Step>> {
        loop {
            let seen = self.context.signal.now();
            self.context.check()?;
            let mut state = self.state();
            if state.error.is_some() {
                return Ok(None);
            }
            if let Some(prepared) = state.ready.pop_front() {
                return Ok(Some(Step::Send(Box::new(prepared))));
            }
            if !state.waiting.is_empty() {
                let group = state.group(&self.sizes);
                state.preparing += group.len();
                return Ok(Some(Step::Prepare(group)));
            }
            if state.preparing == 0 {
                state.workers -= 1;
                return Ok(None);
            }
            drop(state);
            self.context.signal.wait(seen, SLICE);
        }
    }

    /// Opens files and digests those of one part. False if the worker is not needed any more.
    fn prepare(&self, indices: Vec<usize>, hand: Handover<'_, usize>) -> Result<bool> {
        let count = indices.len();
        let mut opened: Vec<Prepared> = Vec::with_capacity(count);
        let mut stays = true;
        let mut result = Ok(());
        for index in indices {
            match panic::catch(|| self.open(index)) {
                Ok(upload) => opened.push(Prepared { index, upload, md5: None }),
                Err(error) if error.is_out_of_descriptors() && self.leaves(index) => stays = false,
                Err(error) => result = result.and_then(|()| self.ended(index, Outcome::Failed(error), hand)),
            }
        }
        let result = result.and_then(|()| self.digest(&mut opened));
        let mut state = self.state();
        state.preparing -= count;
        state.ready.extend(opened);
        if !stays && state.workers > 1 {
            state.workers -= 1;
        } else {
            stays = true;
        }
        drop(state);
        self.context.signal.notify();
        result.map(|()| stays)
    }

    /// Leaves a file for which there is no descriptor to the other workers, if there are any.
    fn leaves(&self, index: usize) -> bool {
        let mut state = self.state();
        let others = state.workers > 1;
        if others {
            state.waiting.push_back(index);
        }
        others
    }

    fn open(&self, index: usize) -> Result<Upload<'static>> {
        let Some(item) = self.batch.items.get(index) else {
            return Err(Error::new(ErrorKind::Internal, "no such item"));
        };
        let own = self.batch.options_of(item);
        let common = &self.batch.options;
        let options = UploadOptions {
            journal_dir: common.journal_dir.clone(),
            restart: common.restart,
            deadline: common.deadline,
            ..own.clone()
        };
        let begun = self.batch.outcomes().begun.remove(&index);
        let upload = Upload::going_on(&self.batch.client, &item.path, options, begun)?;
        if let Some(ledger) = self.ledger {
            upload.checkpoint().belongs_to(ledger);
        }
        Ok(upload)
    }

    /// Digests the files of one part side by side.
    fn digest(&self, opened: &mut [Prepared]) -> Result<()> {
        let has_one_part = |prepared: &&mut Prepared| {
            let upload = &prepared.upload;
            upload.has_checksums() && upload.plan().count() == 1 && upload.checkpoint().answer().is_none()
        };
        let mut small: Vec<&mut Prepared> = opened.iter_mut().filter(has_one_part).collect();
        let sources: Vec<_> = small.iter().map(|prepared| prepared.upload.source()).collect();
        // What cannot be read fails when it is sent, with an error of its own.
        let Ok(sums) = digest_files(&sources, &self.context.bounds) else { return self.context.check() };
        for (prepared, md5) in small.iter_mut().zip(sums) {
            prepared.md5 = Some(md5);
        }
        Ok(())
    }

    /// Sends a file. False if the worker is not needed any more.
    fn send(&self, prepared: Prepared, hand: Handover<'_, usize>) -> Result<bool> {
        let Prepared { index, upload, md5 } = prepared;
        let progress = Progress::within(self.progress);
        let context = TransferContext::new(self.context.control, self.context.bounds.renewed(), &progress);
        let share = Share { slots: &self.slots, md5 };
        let result = panic::catch(|| upload.run_within(&context, &share));
        let Err(error) = result else {
            progress.file_done(upload.source().len(), upload.plan().count());
            let answer = upload.answer()?.to_string();
            return self.ended(index, Outcome::Stored(answer.into()), hand).map(|()| true);
        };
        if self.context.control.is_cancelled() {
            upload.checkpoint().abandon();
        }
        self.put_back(index, upload);
        // What ends the batch is no failure of the file.
        self.context.check()?;
        if error.is_out_of_descriptors() && self.leaves(index) {
            self.state().workers -= 1;
            return Ok(false);
        }
        self.ended(index, Outcome::Failed(error), hand).map(|()| true)
    }

    /// Keeps what another run of the batch needs to go on with a file. A journal does so itself.
    fn put_back(&self, index: usize, upload: Upload<'static>) {
        if self.ledger.is_none() && upload.checkpoint().session().is_some() {
            self.batch.outcomes().begun.insert(index, upload.into_checkpoint());
        }
    }

    fn ended(&self, index: usize, outcome: Outcome, hand: Handover<'_, usize>) -> Result<()> {
        if let Some(slot) = self.batch.outcomes().items.get_mut(index) {
            *slot = outcome;
        }
        hand(index)
    }

    fn fail(&self, error: Error) {
        let mut state = self.state();
        if state.error.as_ref().is_none_or(|first| weight(first) < weight(&error)) {
            state.error = Some(error);
        }
        drop(state);
        self.context.signal.notify();
    }
}

impl State {
    /// Takes the next file, and with it as many as can be digested side by side and leave enough to the other
    /// workers.
    fn group(&mut self, sizes: &[u64]) -> Vec<usize> {
        let fair = self.waiting.len().div_ceil(self.workers.max(1));
        let open = self.ready.len() + self.preparing;
        let most = fair.min(digest::lanes().saturating_sub(open)).max(1);
        let mut group = Vec::new();
        let mut bytes = 0u64;
        while group.len() < most
            && let Some(index) = self.waiting.front().copied()
        {
            let size = sizes.get(index).copied().unwrap_or(0);
            if !group.is_empty() && bytes.saturating_add(size) > BATCH {
                break;
            }
            bytes = bytes.saturating_add(size);
            self.waiting.pop_front();
            group.push(index);
        }
        group
    }
}
