//! Many files in one run: the threads, the connections and the digest lanes are shared by all of them.

mod run;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::spec::UploadSpec;
use super::upload::{SERVICE, key};
use super::{Client, Filelink, Upload, UploadOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::transfer::checkpoint::ledger::Ledger;
use crate::transfer::checkpoint::{Checkpoint, absolute};
use crate::transfer::context::TransferContext;
use crate::transfer::lifecycle::Lifecycle;
use crate::transfer::progress::Progress;
use crate::transfer::report::{self, Handover, Observer};
use crate::transfer::slots::check_concurrency;
use run::Run;

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
    /// What relative paths are relative to.
    folder: String,
    outcomes: Mutex<Outcomes>,
    /// The files that are being sent, by their place in the list.
    under_way: Mutex<Vec<(usize, u64, Arc<Progress>)>>,
    /// Whether the ledger stays when all files are stored.
    is_of_series: bool,
    ledger_path: OnceLock<PathBuf>,
}

/// What has become of the files.
#[derive(Debug)]
struct Outcomes {
    items: Vec<Outcome>,
    /// Whether the observer knows the end of each file.
    told: Vec<bool>,
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
    pub fn new(client: &Arc<Client>, items: Vec<Item>, mut options: UploadOptions) -> Result<Self> {
        if items.is_empty() {
            return Err(Error::invalid_argument("the batch has no items"));
        }
        check_common(&options)?;
        check_concurrency(options.concurrency)?;
        options.journal_dir = options.journal_dir.as_deref().map(absolute).transpose()?;
        let request = |own: &UploadOptions| {
            let spec = UploadSpec::new(client, of_file(own, &options), None)?;
            Ok(spec.to_request().to_string())
        };
        // What is stored of a file, for the batch's options and for those of items.
        let mut requests = HashMap::from([(request(&options)?, 0)]);
        let mut known: HashMap<*const UploadOptions, usize> = HashMap::new();
        let mut seen: HashMap<(String, usize), usize> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let of_item = |error: Error| error.while_doing(format_args!("items[{index}]"));
            if item.path.is_empty() {
                return Err(of_item(Error::invalid_argument("path is empty")));
            }
            let stored = match &item.options {
                None => 0,
                Some(own) => match known.get(&Arc::as_ptr(own)) {
                    Some(stored) => *stored,
                    None => {
                        check_own(own).map_err(of_item)?;
                        let next = requests.len();
                        let stored = *requests.entry(request(own).map_err(of_item)?).or_insert(next);
                        known.insert(Arc::as_ptr(own), stored);
                        stored
                    }
                },
            };
            let path = absolute(&item.path).map_err(of_item)?;
            if let Some(before) = seen.insert((path, stored), index) {
                let text = format!("{} is items[{before}] already", item.path);
                return Err(of_item(Error::invalid_argument(text)));
            }
        }
        drop(seen);
        let is_relative = |item: &Item| Path::new(&item.path).is_relative();
        let folder = items.iter().any(is_relative).then(|| absolute(".")).transpose()?.unwrap_or_default();
        let (open, told) = (vec![Outcome::Open; items.len()], vec![false; items.len()]);
        let outcomes = Outcomes { items: open, told, begun: HashMap::new() };
        let (client, lifecycle) = (Arc::clone(client), Lifecycle::default());
        lifecycle.control().limit(options.bytes_per_second);
        let (outcomes, under_way) = (Mutex::new(outcomes), Mutex::default());
        let (is_of_series, ledger_path) = (false, OnceLock::new());
        Ok(Batch {
            client,
            items,
            options,
            lifecycle,
            folder,
            outcomes,
            under_way,
            is_of_series,
            ledger_path,
        })
    }

    /// Makes the batch one of a series: what it has stored is remembered, with a journal, until
    /// [`Batch::forget`], so that the series goes on where it was though this batch is over. It takes nothing
    /// over from other batches: a series may be longer than what fits into memory.
    pub fn of_series(self) -> Self {
        Batch { is_of_series: true, ..self }
    }

    /// Forgets what a batch of a series has stored; `file` is what [`Batch::ledger`] told.
    pub fn forget(file: &Path) {
        // Without it a file of some bytes stays, until it is pruned.
        let _ = std::fs::remove_file(file);
    }

    /// The file that remembers what the batch has stored, once it has run with a journal.
    pub fn ledger(&self) -> Option<PathBuf> {
        self.ledger_path.get().cloned()
    }

    /// The state of the batch, and what pauses and cancels it.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Uploads what is not uploaded yet. One file's failure does not stop the others; the error is that of
    /// the first in the list. After a pause, an interrupt or a failure, run it again: files that are stored
    /// are not sent again.
    pub fn run(&self, observer: Option<Observer<'_>>, on_item: Option<ItemObserver<'_>>) -> Result<()> {
        let ledger: OnceCell<Arc<Ledger>> = OnceCell::new();
        let abandoned = |error| {
            // A cancel is for good, and the journals may be another process's.
            if let Some(ledger) = ledger.get() {
                ledger.abandon();
            }
            error
        };
        self.lifecycle.run_to_end(|| self.attempt(observer, on_item, &ledger), abandoned)
    }

    /// What has become of the files, in their order: for each its `path`, and what the service said as
    /// `filelink` or the `error`, whose kind `name` tells.
    pub fn report(&self, name: impl Fn(ErrorKind) -> &'static str) -> Value {
        let outcomes = self.outcomes();
        let described = |(item, outcome): (&Item, &Outcome)| match outcome {
            Outcome::Open => json!({"path": item.path, "filelink": null, "error": null}),
            Outcome::Stored(answer) => {
                let answer = json::read(answer.as_bytes()).unwrap_or_default();
                json!({"path": item.path, "filelink": answer, "error": null})
            }
            Outcome::Failed(error) => json!({"path": item.path, "filelink": null, "error": {
                "status": name(error.kind()), "message": error.message(), "step": error.step(),
                "http_status": error.http_status(), "retryable": error.retryable(),
            }}),
        };
        self.items.iter().zip(&outcomes.items).map(described).collect()
    }

    /// The path of an item; empty if there is none.
    pub fn path(&self, index: usize) -> &str {
        self.items.get(index).map_or("", |item| item.path.as_str())
    }

    /// The files that are being sent: place in the list, bytes done, and all of them.
    pub fn under_way(&self) -> Vec<(usize, u64, u64)> {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.iter().map(|(index, size, progress)| (*index, progress.done().min(*size), *size)).collect()
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
                let answer = json::read(answer.as_bytes()).unwrap_or_default();
                let security = self.options_of(item).security.as_ref().or(self.client.security());
                Filelink::described(&self.client, security, answer)
            }
            Some(Outcome::Failed(error)) => Err(error.clone()),
            _ => Err(still_open(item)),
        }
    }

    fn outcomes(&self) -> MutexGuard<'_, Outcomes> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path of an item, wherever the program has moved to since.
    fn place_of(&self, item: &Item) -> String {
        Path::new(&self.folder).join(&item.path).to_string_lossy().into_owned()
    }

    fn options_of<'o>(&'o self, item: &'o Item) -> &'o UploadOptions {
        item.options.as_deref().unwrap_or(&self.options)
    }

    /// `opened` gets the ledger, if there is a folder for it.
    fn attempt(
        &self,
        observer: Option<Observer<'_>>,
        on_item: Option<ItemObserver<'_>>,
        opened: &OnceCell<Arc<Ledger>>,
    ) -> Result<()> {
        let ledger = match self.options.journal_dir.as_deref() {
            Some(folder) => {
                let key = key(&self.client)?;
                let of_item = |item: &Item| {
                    let options = self.options_of(item).clone();
                    Upload::key_of(&self.client, &key, &self.place_of(item), options).ok()
                };
                let list = self.items.iter().filter_map(of_item).collect();
                let ledger = Ledger::open(folder, SERVICE, key, list, self.is_of_series)?;
                self.ledger_path.get_or_init(|| ledger.path().to_owned());
                Some(opened.get_or_init(|| Arc::new(ledger)))
            }
            None => None,
        };
        let progress = Arc::new(Progress::default());
        let control = self.lifecycle.control();
        let bounds = self.client.http().paced_bounds(control.stop(), self.options.deadline, [control.pace()]);
        let context = TransferContext::new(control, bounds, &progress);
        let run = Run::new(self, &context, &progress, ledger);
        // Progress says 100 % only if nothing has failed.
        let work = |hand: Handover<'_, usize>| match &run {
            Ok(run) => run.run(hand).and_then(|()| self.failures()),
            Err(error) => Err(error.clone()),
        };
        let result = match (observer, on_item) {
            (observer, None) => report::run_with_progress(&context, observer, || work(&|_| Ok(()))),
            (observer, Some(on_item)) => {
                let mut tell = |index: usize| {
                    if let Some(told) = self.outcomes().told.get_mut(index) {
                        *told = true;
                    }
                    match on_item(index, self.path(index), &self.filelink(index)) {
                        true => Ok(()),
                        false => Err(Error::interrupted()),
                    }
                };
                // What ended while an earlier run was being interrupted.
                let told = self.untold().into_iter().try_for_each(&mut tell);
                told.and_then(|()| report::stream_with_progress(&context, observer, &mut tell, work))
            }
        };
        if let Some(ledger) = ledger.filter(|_| result.is_ok() && !self.is_of_series) {
            ledger.end();
        }
        result
    }

    /// The files that are stored without the observer's knowing.
    fn untold(&self) -> Vec<usize> {
        let outcomes = self.outcomes();
        let is_untold = |(outcome, told): (&Outcome, &bool)| matches!(outcome, Outcome::Stored(_)) && !told;
        let all = outcomes.items.iter().zip(&outcomes.told).enumerate();
        all.filter(|(_, file)| is_untold(*file)).map(|(index, _)| index).collect()
    }

    /// The error of the batch if files have failed.
    fn failures(&self) -> Result<()> {
        let outcomes = self.outcomes();
        let (mut first, mut count, mut retryable) = (None, 0, false);
        for (item, outcome) in self.items.iter().zip(&outcomes.items) {
            match outcome {
                Outcome::Stored(_) => continue,
                Outcome::Failed(error) => {
                    retryable |= error.retryable();
                    first.get_or_insert_with(|| error.clone());
                }
                Outcome::Open => _ = first.get_or_insert_with(|| still_open(item)),
            }
            count += 1;
        }
        let Some(first) = first else { return Ok(()) };
        let all = outcomes.items.len();
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

/// The options of one file: `own`, and what it has from those of the batch.
fn of_file(own: &UploadOptions, batch: &UploadOptions) -> UploadOptions {
    UploadOptions {
        journal_dir: batch.journal_dir.clone(),
        restart: batch.restart,
        deadline: batch.deadline,
        concurrency: 0,
        bytes_per_second: 0,
        ..own.clone()
    }
}

/// What only the batch can set.
fn check_own(options: &UploadOptions) -> Result<()> {
    let fields = [
        ("concurrency", options.concurrency != 0),
        ("bytes_per_second", options.bytes_per_second != 0),
        ("deadline", options.deadline.is_some()),
        ("journal", options.journal_dir.is_some()),
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
