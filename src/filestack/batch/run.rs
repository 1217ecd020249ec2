//! One run of a batch: which worker does what.
//!
//! A worker takes the next file. Files of one part are digested side by side before they are sent, a few at a
//! time; a file of many parts takes the threads that no other file needs ([`crate::transfer::slots`]).

use std::collections::VecDeque;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Scope, scope};

use super::super::upload::{Share, Upload};
use super::{Batch, Item, Outcome, Outcomes, of_file};
use crate::error::{Error, ErrorKind, Result};
use crate::http::bounds::SLICE;
use crate::transfer::checkpoint::ledger::Ledger;
use crate::transfer::context::TransferContext;
use crate::transfer::digest::Md5;
use crate::transfer::plan::Plan;
use crate::transfer::progress::Progress;
use crate::transfer::queue::GROUP_BYTES;
use crate::transfer::report::Handover;
use crate::transfer::slots::{Slot, Slots};
use crate::transfer::source::digest_files;
use crate::{panic, thread};

/// How many files are opened ahead and digested side by side, at most. That makes digests eight times as
/// fast; more would gain little, and cost memory in every thread.
const GROUP: usize = 8;

/// The most files that are sent at once: a small one waits for four round trips, and hardly uses the line.
const MOST_FILES: usize = 160;

/// How much of the service's answer the error of a file keeps, in characters: there may be many.
const KEPT_BODY: usize = 1 << 10;

/// One run of a batch.
pub(super) struct Run<'a> {
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
    /// The most workers: one for each file, fewer where a thread or a descriptor is lacking.
    most: usize,
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
    pub(super) fn new(
        batch: &'a Batch,
        context: &'a TransferContext<'a>,
        progress: &'a Arc<Progress>,
        ledger: Option<&'a Arc<Ledger>>,
    ) -> Result<Self> {
        let slots = Slots::new(batch.options.concurrency, MOST_FILES, batch.client.http().round_trip());
        // Many files of a slow disk take long.
        let size = |item: &Item| {
            context.check()?;
            Ok(fs::metadata(batch.place_of(item)).map_or(0, |metadata| metadata.len()))
        };
        let sizes: Vec<u64> = batch.items.iter().map(size).collect::<Result<_>>()?;
        let mut waiting = VecDeque::new();
        let (mut bytes, mut parts) = (0u64, 0u32);
        let Outcomes { items, told, .. } = &mut *batch.outcomes();
        for ((index, outcome), told) in items.iter_mut().enumerate().zip(told) {
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
                    (*other, *told) = (Outcome::Open, false);
                    waiting.push_back(index);
                }
            }
        }
        progress.expect(bytes, parts);
        progress.expect_files(u32::try_from(sizes.len()).unwrap_or(u32::MAX));
        let (ready, preparing, error) = (VecDeque::new(), 0, None);
        let most = waiting.len();
        let state = Mutex::new(State { waiting, ready, preparing, workers: 1, most, error });
        Ok(Run { batch, context, progress, ledger, slots, sizes, state })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn under_way(&self) -> MutexGuard<'_, Vec<(usize, u64, Arc<Progress>)>> {
        self.batch.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uploads all files. `hand` tells the calling thread of each that has ended.
    pub(super) fn run(&self, hand: Handover<'_, usize>) -> Result<()> {
        thread::check()?;
        scope(|scope| self.work(scope, hand, self.slots.own()));
        let ready = std::mem::take(&mut self.state().ready);
        ready.into_iter().for_each(|prepared| self.put_back(prepared.index, prepared.upload));
        self.state().error.take().map_or(Ok(()), Err)
    }

    /// Starts a worker for each slot that is free, while there are files that nobody has taken.
    fn hire<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, hand: Handover<'scope, usize>) {
        if self.context.take_throttled() {
            self.slots.slow_down(&self.context.bounds);
        }
        loop {
            let is_over = self.context.check().is_err();
            let mut state = self.state();
            if is_over || state.error.is_some() || state.waiting.is_empty() || state.workers >= state.most {
                return;
            }
            let Some(slot) = self.slots.take() else {
                drop(state);
                return self.slots.observe(self.progress.sent(), self.progress.left(), &self.context.bounds);
            };
            state.workers += 1;
            drop(state);
            let work = move || {
                self.work(scope, hand, slot);
                Ok(())
            };
            // A thread that cannot be started leaves more files to the others.
            if thread::spawn_scoped(scope, work).is_err() {
                let mut state = self.state();
                state.workers -= 1;
                state.most = state.workers;
            }
        }
    }

    /// The work of one thread, as long as it has a slot.
    fn work<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        hand: Handover<'scope, usize>,
        mut slot: Slot<'scope>,
    ) {
        loop {
            self.hire(scope, hand);
            let mut state = self.state();
            // The last one stays: a slot that another gives back may still be taken.
            if state.workers > 1 {
                match slot.leave_if_over() {
                    Some(kept) => slot = kept,
                    None => {
                        state.workers -= 1;
                        return;
                    }
                }
            }
            drop(state);
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
        let mut indices = VecDeque::from(indices);
        let mut opened: Vec<Prepared> = Vec::with_capacity(count);
        let mut stays = true;
        let mut result = Ok(());
        while let Some(index) = indices.pop_front() {
            match panic::catch(|| self.open(index)) {
                Ok(upload) => opened.push(Prepared { index, upload, md5: None }),
                // Files that are open will be closed before these are.
                Err(error) if error.is_out_of_descriptors() && !opened.is_empty() => {
                    indices.push_front(index);
                    break;
                }
                Err(error) if error.is_out_of_descriptors() && self.retires(index) => {
                    stays = false;
                    break;
                }
                Err(error) => result = result.and_then(|()| self.failed(index, error, hand)),
            }
        }
        let result = result.and_then(|()| self.digest(&mut opened));
        let mut state = self.state();
        state.preparing -= count;
        state.ready.extend(opened);
        for index in indices.into_iter().rev() {
            state.waiting.push_front(index);
        }
        drop(state);
        self.context.signal.notify();
        result.map(|()| stays)
    }

    /// Leaves a file for which there is no descriptor to the other workers, unless this is the last. The
    /// worker has to end then, and no other one comes in its place.
    fn retires(&self, index: usize) -> bool {
        let mut state = self.state();
        let others = state.workers > 1;
        if others {
            state.workers -= 1;
            state.most = state.workers;
            state.waiting.push_back(index);
        }
        others
    }

    fn open(&self, index: usize) -> Result<Upload<'static>> {
        let Some(item) = self.batch.items.get(index) else {
            return Err(Error::new(ErrorKind::Internal, "no such item"));
        };
        let options = of_file(self.batch.options_of(item), &self.batch.options);
        let begun = || self.batch.outcomes().begun.remove(&index);
        let upload = Upload::going_on(&self.batch.client, &self.batch.place_of(item), options, begun)?;
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
        let progress = Arc::new(Progress::within(self.progress));
        let context = TransferContext::new(self.context.control, self.context.bounds.renewed(), &progress)
            .within(self.context);
        let share = Share { slots: Some(&self.slots), md5 };
        self.under_way().push((index, upload.source().len(), Arc::clone(&progress)));
        let result = panic::catch(|| upload.run_within(&context, &share));
        self.under_way().retain(|(other, ..)| *other != index);
        let Err(error) = result else {
            progress.file_done(upload.source().len(), upload.plan().count());
            let answer = upload.answer()?.to_string();
            return self.ended(index, Outcome::Stored(answer.into()), hand).map(|()| true);
        };
        if self.context.control.is_cancelled() {
            upload.checkpoint().abandon(None);
        } else {
            self.put_back(index, upload);
        }
        // What ends the batch is no failure of the file.
        self.context.check()?;
        if error.is_out_of_descriptors() && self.retires(index) {
            return Ok(false);
        }
        self.failed(index, error, hand).map(|()| true)
    }

    /// Keeps what another run of the batch needs to go on with a file, unless its journal does.
    fn put_back(&self, index: usize, upload: Upload<'static>) {
        if !upload.checkpoint().has_journal() && upload.checkpoint().session().is_some() {
            let checkpoint = upload.into_checkpoint();
            checkpoint.leaves_batch();
            self.batch.outcomes().begun.insert(index, checkpoint);
        }
    }

    fn failed(&self, index: usize, error: Error, hand: Handover<'_, usize>) -> Result<()> {
        let short = |body: &str| body.chars().take(KEPT_BODY).collect();
        self.ended(index, Outcome::Failed(error.shortened().map_body(short)), hand)
    }

    fn ended(&self, index: usize, outcome: Outcome, hand: Handover<'_, usize>) -> Result<()> {
        if let Some(slot) = self.batch.outcomes().items.get_mut(index) {
            *slot = outcome;
        }
        hand(index)
    }

    fn fail(&self, error: Error) {
        error.keep_in(&mut self.state().error);
        self.context.signal.notify();
    }
}

impl State {
    /// Takes the next file, and with it as many as can be digested side by side and leave enough to the other
    /// workers.
    fn group(&mut self, sizes: &[u64]) -> Vec<usize> {
        let fair = self.waiting.len().div_ceil(self.workers.max(1));
        let open = self.ready.len() + self.preparing;
        let most = fair.min(GROUP.saturating_sub(open)).max(1);
        let mut group = Vec::new();
        let mut bytes = 0u64;
        while group.len() < most
            && let Some(index) = self.waiting.front().copied()
        {
            let size = sizes.get(index).copied().unwrap_or(0);
            if !group.is_empty() && bytes.saturating_add(size) > GROUP_BYTES {
                break;
            }
            bytes = bytes.saturating_add(size);
            self.waiting.pop_front();
            group.push(index);
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filestack::{Client, ClientOptions, UploadOptions};
    use crate::http::Bounds;

    fn batch(paths: &[&str]) -> Batch {
        let client = Client::new("key", ClientOptions::default()).expect("a client");
        let items = paths.iter().map(|path| Item { path: (*path).to_owned(), options: None }).collect();
        Batch::new(&client, items, UploadOptions::default()).expect("a batch")
    }

    fn bounds(batch: &Batch) -> Arc<Bounds> {
        batch.client.http().bounds(batch.lifecycle.control().stop(), None)
    }

    /// The slot of the thread that began is free for the parts of others when it has nothing more to do.
    #[test]
    fn all_slots_are_free_when_a_run_has_ended() {
        let batch = batch(&["/no/such/file", "/no/such/file either"]);
        let (control, progress) = (batch.lifecycle.control(), Arc::new(Progress::default()));
        let context = TransferContext::new(control, bounds(&batch), &progress);
        let run = Run::new(&batch, &context, &progress, None).expect("a run");
        run.run(&|_| Ok(())).expect("both have ended");
        assert_eq!(run.slots.free(), run.slots.limit());
    }

    #[test]
    fn relative_paths_are_those_of_the_folder_in_which_the_batch_was_made() {
        let batch = batch(&["a/b.bin", "/c.bin"]);
        let places: Vec<String> = batch.items.iter().map(|item| batch.place_of(item)).collect();
        let here = std::env::current_dir().expect("a folder").join("a/b.bin");
        assert_eq!(places, [here.to_str().expect("UTF-8"), "/c.bin"]);
    }

    #[test]
    fn options_are_the_same_if_they_say_the_same() {
        let client = Client::new("key", ClientOptions::default()).expect("a client");
        let item = |mimetype: Option<&str>| {
            let options = UploadOptions { mimetype: mimetype.map(str::to_owned), ..Default::default() };
            Item { path: "/a".into(), options: Some(Arc::new(options)) }
        };
        let make = |items| Batch::new(&client, items, UploadOptions::default());
        make(vec![item(Some("text/plain")), item(Some("text/html"))]).expect("two that differ");
        for second in [item(Some("text/plain")), item(None)] {
            let items = vec![Item { path: "/a".into(), options: None }, item(Some("text/plain")), second];
            let error = make(items).expect_err("one is there twice");
            assert!(error.message().contains("items[2]") && error.message().contains("already"), "{error}");
        }
    }

    #[test]
    fn a_cancel_ends_the_look_at_the_sizes() {
        let batch = batch(&["/no/such/file"]);
        let (control, progress) = (batch.lifecycle.control(), Arc::new(Progress::default()));
        let context = TransferContext::new(control, bounds(&batch), &progress);
        control.cancel();
        let error = Run::new(&batch, &context, &progress, None).err().expect("cancelled");
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
