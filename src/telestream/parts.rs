//! Sending parts in any order, several at once (`specs/telestream.md` 4.4).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::Client;
use super::session::{Track, UploadSession, named, number_of, too_early, unproven, video};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::{Attempt, Attempts};
use crate::http::{Event, EventKind, Method, Payload, Request, Response};
use crate::transfer::checkpoint::{Checkpoint, PartEvent, Record};
use crate::transfer::context::TransferContext;
use crate::transfer::digest::Md5;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::plan::Part;
use crate::transfer::queue::{self, Wait};
use crate::transfer::slots::{Slots, Turns};
use crate::transfer::source::{Source, digest_ranges};
use crate::transfer::sum::{Summed, SummingReader, sum_ranges};

/// How often parts may turn out to be missing after all of them were sent.
const ROUNDS: u32 = 5;

/// Sends one file of a session.
pub(super) struct PartSender<'a> {
    pub client: &'a Client,
    pub session: &'a UploadSession,
    pub track: &'a Track,
    /// Its place in the upload.
    pub file: u16,
    pub source: &'a Source<'static>,
    pub context: &'a TransferContext<'a>,
    pub checkpoint: &'a Checkpoint,
    /// Is told the video, once an answer has told it.
    pub told: &'a (dyn Fn(&Value) + Sync),
    /// The parts that progress has counted.
    pub counted: Mutex<BTreeSet<u32>>,
}

/// What has become of the parts that are sent side by side.
struct Round {
    /// Those that are not announced yet.
    left: BTreeSet<u32>,
    /// All are announced: any answer may be that which has the video, and none before.
    is_last: Arc<AtomicBool>,
    /// The service has them already, but nothing proves their bytes. It misses others.
    are_unproven: bool,
    /// Those whose answers are lost, so that nobody knows whether they are stored.
    lost: BTreeSet<u32>,
    /// Those of unproven bytes that were confirmed: stored if no video was made before.
    confirmed: Vec<(Part, Option<Md5>)>,
    /// The video; JSON's null before an answer has told it.
    video: Value,
}

impl PartSender<'_> {
    /// Sends what the service misses; the video, or JSON's null where no answer had it. A session that
    /// `is_new` misses everything.
    pub fn send(&self, slots: &Slots, is_new: bool) -> Result<Value> {
        let mut pending: Vec<Part> = self.track.plan.parts().collect();
        if !is_new {
            let missing = self.missing()?;
            let others: Vec<Part>;
            (pending, others) =
                self.pending(&missing)?.into_iter().partition(|part| missing.contains(&part.number));
            // The service has other bytes there, maybe: of those no video may be made.
            if !others.is_empty() && !self.round(slots, others, true)?.is_null() {
                return Err(unproven());
            }
        }
        for _ in 0..ROUNDS {
            let video = self.round(slots, pending, false)?;
            if !video.is_null() {
                return Ok(video);
            }
            // Of all parts it was said that they are stored.
            let missing = self.missing().inspect_err(|_| self.checkpoint.doubt())?;
            if missing.is_empty() {
                return Ok(Value::Null);
            }
            pending = self.track.plan.parts().filter(|part| missing.contains(&part.number)).collect();
            let lost = || Error::new(ErrorKind::Protocol, "the service misses parts that it had confirmed");
            let part = Attempt { step: "part", ..Attempt::default() };
            self.context.bounds.tell(|| Event::new(EventKind::Retry, part).failed(&lost()));
            self.context.progress.retried();
        }
        let text = format!("the service misses parts that it had confirmed, {ROUNDS} times over");
        Err(Error::new(ErrorKind::Protocol, text).with_retryable(true).at("part"))
    }

    /// Sends parts; the video, or JSON's null where no answer had it.
    fn round(&self, slots: &Slots, parts: Vec<Part>, are_unproven: bool) -> Result<Value> {
        let left = parts.iter().map(|part| part.number).collect();
        let (is_last, lost, confirmed, video) = (Arc::default(), BTreeSet::new(), Vec::new(), Value::Null);
        let round = Mutex::new(Round { left, is_last, are_unproven, lost, confirmed, video });
        let send = |part, sum, wait: Wait<'_>| match self.send_part(part, sum, wait, &round) {
            // With the video the session may be over, before a lost answer was asked for.
            Err(error) if error.http_status() == 404 && !locked(&round).video.is_null() => {
                self.count_unsent(part);
                Ok(())
            }
            other => other,
        };
        let digest = Some(sum_ranges as queue::Digest<Summed>);
        let sent = queue::send_parts(self.context, self.source, parts, Turns::new(slots), digest, None, send);
        let Round { confirmed, lost, video, .. } = round.into_inner().unwrap_or_else(PoisonError::into_inner);
        // A lost answer may have had the video.
        if video.is_null() && lost.is_empty() {
            confirmed.into_iter().for_each(|(part, md5)| self.is_stored(part, md5));
        }
        sent?;
        self.source.check_unchanged()?;
        Ok(video)
    }

    /// The parts to be sent. One that the service has is not, unless its digest is not recorded: another
    /// process has sent it, and nothing proves its bytes. What a reader gives has no other process. If the
    /// service has all parts, it takes no other bytes: the upload starts anew.
    fn pending(&self, missing: &BTreeSet<u32>) -> Result<Vec<Part>> {
        let is_own = self.source.feed().is_some();
        let mut pending = Vec::new();
        for part in self.track.plan.parts() {
            let md5 = self.checkpoint.md5(self.file, part.number);
            if missing.contains(&part.number) || !(md5.is_some() || is_own) {
                pending.push(part);
                continue;
            }
            if !self.checkpoint.is_stored(self.file, part) {
                let digest = || digest_ranges(self.source, &self.context.bounds, &[part]);
                let md5 = if md5.is_some() { md5 } else { digest()?.first().copied() };
                self.is_stored(part, md5);
            }
            self.count_unsent(part);
        }
        if missing.is_empty() && !pending.is_empty() { Err(unproven()) } else { Ok(pending) }
    }

    /// Records that a part is about to be sent, of those that are `left`: it may arrive without an answer,
    /// and the next run takes what the service then has for that. Not so where it has other bytes already.
    /// The record of the last one brings those of all onto the disk: with it the video may be made, though
    /// other files follow. What a reader gives has no other process.
    fn announce(&self, part: Part, md5: Option<Md5>, round: &Mutex<Round>) {
        let mut round = locked(round);
        let is_proof = self.source.feed().is_none() && !round.are_unproven;
        if is_proof && self.checkpoint.md5(self.file, part.number) != md5 {
            self.checkpoint.part_is(self.file, part.number, PartEvent::Sending { md5 });
        }
        if round.left.remove(&part.number) && round.left.is_empty() && !round.are_unproven {
            round.is_last.store(true, Ordering::Relaxed);
            self.checkpoint.record(Record::Completing(true));
            if !round.lost.is_empty() {
                self.checkpoint.doubt();
            }
        }
    }

    /// Refuses a video that is told before all parts were announced, in this run or in an earlier one, of
    /// which some may arrive late. Of another process's parts, those with a digest were announced.
    fn check_all_was_sent(&self, video: &Value) -> Result<()> {
        let is_own = !self.checkpoint.is_unverified();
        let is_known = |part: Part| self.checkpoint.md5(0, part.number).is_some();
        let all_are_known =
            || self.session.tracks.first().is_some_and(|film| film.plan.parts().all(is_known));
        let was_sent = if is_own { self.checkpoint.is_completing() } else { all_are_known() };
        if was_sent {
            return Ok(());
        }
        if is_own {
            return Err(too_early(self.checkpoint, video));
        }
        // Of bytes that nobody knows here.
        self.checkpoint.record(Record::Completing(true));
        self.checkpoint.doubt();
        Err(unproven())
    }

    fn is_stored(&self, part: Part, md5: Option<Md5>) {
        self.checkpoint.part_is(self.file, part.number, PartEvent::Whole { md5, etag: None });
    }

    /// Counts a part that the service has, whatever it had said of it before; whether it was new.
    fn counts(&self, part: Part) -> bool {
        let is_new = self.counted.lock().unwrap_or_else(PoisonError::into_inner).insert(part.number);
        if is_new {
            self.context.progress.part_done();
        }
        is_new
    }

    /// Counts a part that needs not be sent.
    fn count_unsent(&self, part: Part) {
        self.source.stored(part.offset, part.length);
        if self.counts(part) {
            self.context.progress.found(part.length);
        }
    }

    fn send_part(&self, part: Part, sum: Option<Summed>, wait: Wait<'_>, round: &Mutex<Round>) -> Result<()> {
        let md5 = sum.map(|sum| sum.md5);
        let mut attempts = self.client.http.attempts().of("part", part.number);
        loop {
            self.context.check()?;
            wait()?;
            self.source.check_unchanged()?;
            self.announce(part, md5, round);
            let is_last = Arc::clone(&locked(round).is_last);
            match self.put(part, sum, &attempts, &is_last) {
                Ok(answer) if locked(round).are_unproven => {
                    let video = video(&answer).map_err(|error| of_part(self.hidden(error), part));
                    if !matches!(video, Ok(None)) {
                        self.checkpoint.record(Record::Completing(true));
                        self.checkpoint.doubt();
                    }
                    let mut round = locked(round);
                    round.lost.remove(&part.number);
                    round.confirmed.push((part, md5));
                    if let Some(video) = video? {
                        round.video = video;
                    }
                    return Ok(());
                }
                Ok(answer) => {
                    let video = video(&answer).inspect_err(|_| self.checkpoint.doubt());
                    if let Ok(Some(video)) = &video
                        && !is_last.load(Ordering::Relaxed)
                    {
                        self.check_all_was_sent(video).map_err(|error| of_part(self.hidden(error), part))?;
                    }
                    // First of all: another one may learn that the session is over.
                    if let Ok(Some(video)) = &video {
                        locked(round).video.clone_from(video);
                    }
                    self.is_stored(part, md5);
                    locked(round).lost.remove(&part.number);
                    if let Some(video) = video.map_err(|error| of_part(self.hidden(error), part))? {
                        (self.told)(&video);
                    }
                    return Ok(());
                }
                Err(error) => {
                    let is_in_doubt = error.may_have_been_done();
                    // One that was ended because another one has failed completes nothing.
                    if is_in_doubt && (error.kind() != ErrorKind::Cancelled || error.retryable()) {
                        locked(round).lost.insert(part.number);
                        self.checkpoint.doubt();
                    }
                    self.context.retry(&mut attempts, error).map_err(|error| of_part(error, part))?;
                    // With the video the service has the part, and takes it no more. Without, it may be
                    // stored, and only the answer lost; what another process has sent proves nothing then.
                    let is_own = !self.checkpoint.is_unverified();
                    if is_made(round) || is_in_doubt && is_own && !self.missing()?.contains(&part.number) {
                        locked(round).lost.remove(&part.number);
                        self.is_stored(part, md5);
                        self.count_unsent(part);
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Counts all parts: it was said that the service has them.
    pub fn count_all(&self) {
        self.track.plan.parts().for_each(|part| self.count_unsent(part));
    }

    /// Sends a part. `FileChanged` if what has left is not what was digested: the service has it, so nobody
    /// goes on with the session.
    fn put(
        &self,
        part: Part,
        sum: Option<Summed>,
        attempts: &Attempts,
        is_last: &Arc<AtomicBool>,
    ) -> Result<Response> {
        let watched = self.context.stragglers.watch(part, &self.context.bounds, attempts.are_left());
        // The one that completes the file is answered when the video is made.
        let watched = watched.may_be_late(is_last);
        let mut summing = SummingReader::new(self.source.reader(part.offset, part.length), part.length);
        let answer = {
            let mut reader = self.context.progress.counted(watched.reader(&mut summing));
            let mut request = Request {
                body: Payload::Stream { reader: &mut reader, length: part.length },
                ..self.request(Method::POST, attempts.attempt())
            };
            request.headers.push(("content-type".into(), "application/octet-stream".into()));
            // The service counts from 0.
            request.headers.push(("x-part".into(), (part.number - 1).to_string()));
            let answer = self.session.location.ask(self.client, watched.bounds(), request);
            if answer.is_ok() {
                watched.stored();
                if self.counts(part) {
                    reader.stored();
                }
            }
            answer
        };
        if sum.is_some_and(|sum| summing.is_other_than(sum)) {
            self.checkpoint.record(Record::Reset);
            return Err(self.source.changed());
        }
        answer
    }

    /// The numbers of the parts that the service misses, counted from 1.
    fn missing(&self) -> Result<BTreeSet<u32>> {
        let operation = Operation {
            step: "status",
            doing: "ask which parts are missing".into(),
            repeat: Repeat::Idempotent,
            secrets: self.session.location.secrets.clone(),
            deadline: None,
        };
        let ask = |attempt| {
            self.session.location.ask(self.client, &self.context.bounds, self.request(Method::GET, attempt))
        };
        let answer = operation.retry(&self.client.http, self.context, ask);
        operation.named(answer.and_then(|answer| self.numbers(&answer)))
    }

    fn numbers(&self, answer: &Response) -> Result<BTreeSet<u32>> {
        let value = answer.json()?;
        let count = self.track.plan.count();
        let number = |value: &Value| {
            let number = u32::try_from(number_of(value)?).ok();
            number.filter(|number| *number < count).map(|number| number + 1)
        };
        let numbers = value.get("missing_parts").and_then(Value::as_array);
        numbers.and_then(|numbers| numbers.iter().map(number).collect()).ok_or_else(|| {
            let fault = format!("the answer does not list missing parts, which are numbers below {count}");
            Error::new(ErrorKind::Protocol, fault).with_answer(answer.status, answer.text())
        })
    }

    fn hidden(&self, error: Error) -> Error {
        self.session.location.secrets.clean_error(error)
    }

    fn request(&self, method: Method, attempt: Attempt) -> Request<'static> {
        let mut request = self.session.location.request(method, attempt);
        if let Some(tag) = &self.track.tag {
            request.headers.push(("x-extra-file-tag".into(), tag.clone()));
        }
        request
    }
}

fn locked(round: &Mutex<Round>) -> MutexGuard<'_, Round> {
    round.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the video was told, for which the service has all parts: it is no success where bytes of it are
/// unproven.
fn is_made(round: &Mutex<Round>) -> bool {
    let round = locked(round);
    !round.video.is_null() && !round.are_unproven
}

fn of_part(error: Error, part: Part) -> Error {
    named(error, "part", format_args!("part {}", part.number))
}
