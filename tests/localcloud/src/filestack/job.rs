//! Conversions and workflows: work that is not done when the request for it is answered (5.12, 7.2).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::webhook;
use crate::disk::Disk;
use crate::fault::lock;
use crate::identifier;
use crate::pace::Pace;
use crate::state::State;
use crate::storage::hex;

#[derive(Serialize, Deserialize)]
pub(crate) struct Job {
    /// What it is asked for by. Who begins another job with the same first one puts it in the place of this.
    pub(crate) keys: Vec<String>,
    /// Answers while it is in work, the first one first; the last of them repeats.
    pub(crate) working: Vec<Value>,
    pub(crate) done: Value,
    /// The event that tells of its end.
    pub(crate) action: Cow<'static, str>,
    pub(crate) event: Value,
    #[serde(default = "identifier::now_ms")]
    pub(crate) started_ms: u64,
    pub(crate) progress: Mutex<Progress>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    #[serde(skip)]
    polls: u32,
    /// Answered `done` from now on, whatever the number of polls.
    finished: bool,
}

impl Job {
    pub(crate) fn is_over(&self, pace: Pace) -> bool {
        let progress = lock(&self.progress);
        progress.finished || pace.percent(progress.polls, self.started_ms) == 100
    }

    /// As a poll would tell it now, which this is not.
    fn to_json(&self) -> Value {
        let progress = lock(&self.progress);
        let place = usize::try_from(progress.polls).unwrap_or(usize::MAX);
        let working = self.working.get(place).or(self.working.last());
        json!({
            "id": self.keys.last(),
            "action": self.action,
            "finished": progress.finished,
            "polls": progress.polls,
            "answer": if progress.finished { Some(&self.done) } else { working },
            "started_ms": self.started_ms,
        })
    }
}

/// All jobs. They outlive the process.
pub(crate) struct Jobs {
    disk: Disk,
    table: Mutex<HashMap<String, Arc<Job>>>,
}

/// The folder of their records.
pub(crate) const FOLDER: &str = "jobs";

impl Jobs {
    pub(crate) fn open(disk: Disk) -> io::Result<Jobs> {
        let jobs = Jobs { table: Mutex::default(), disk };
        for job in jobs.disk.read_all::<Job>(FOLDER)? {
            jobs.put(&Arc::new(job));
        }
        Ok(jobs)
    }

    fn save(&self, job: &Job) -> io::Result<()> {
        let first = job.keys.first().map(String::as_str).unwrap_or_default();
        self.disk.write(FOLDER, &hex(&Md5::digest(first)), job)
    }

    fn put(&self, job: &Arc<Job>) {
        let mut table = lock(&self.table);
        for key in &job.keys {
            table.insert(key.clone(), Arc::clone(job));
        }
    }

    /// Oldest first.
    pub(crate) fn to_json(&self) -> Value {
        let table = lock(&self.table);
        let mut jobs: Vec<_> = table.iter().filter(|(key, job)| job.keys.first() == Some(key)).collect();
        jobs.sort_by_key(|(_, job)| job.started_ms);
        jobs.iter().map(|(_, job)| job.to_json()).collect()
    }

    pub(crate) fn get(&self, key: &str) -> Option<Arc<Job>> {
        lock(&self.table).get(key).cloned()
    }

    pub(crate) fn insert(&self, state: &Arc<State>, job: Job) -> io::Result<()> {
        self.save(&job)?;
        let job = Arc::new(job);
        self.put(&job);
        watch(state, job);
        Ok(())
    }

    /// Goes on with the jobs that were at work when the process before this one ended.
    pub(crate) fn resume(&self, state: &Arc<State>) {
        // A job is in the table under each of its keys.
        let jobs: HashMap<_, _> =
            lock(&self.table).values().map(|job| (job.keys.clone(), Arc::clone(job))).collect();
        jobs.into_values().filter(|job| !lock(&job.progress).finished).for_each(|job| watch(state, job));
    }
}

/// Where somebody waits for its event, a job ends by itself.
fn watch(state: &Arc<State>, job: Arc<Job>) {
    if state.webhooks.endpoint().is_none() {
        return;
    }
    let state = Arc::clone(state);
    tokio::spawn(async move {
        tokio::time::sleep(state.pace.rest(job.started_ms)).await;
        if lock(&job.progress).polls == 0 || job.is_over(state.pace) {
            // Its event is sent; only a cloud that is started again may forget that it is done.
            let _ = finish(&state, &job);
        }
    });
}

/// One look at a job, which may bring it nearer to its end.
pub(crate) fn poll(state: &Arc<State>, job: &Job) -> io::Result<Value> {
    let polls = {
        let mut progress = lock(&job.progress);
        progress.polls = progress.polls.saturating_add(1);
        progress.polls
    };
    if job.is_over(state.pace) {
        finish(state, job)?;
        return Ok(job.done.clone());
    }
    let place = usize::try_from(polls).unwrap_or(usize::MAX);
    Ok(job.working.get(place).or(job.working.last()).cloned().unwrap_or_default())
}

fn finish(state: &Arc<State>, job: &Job) -> io::Result<()> {
    if std::mem::replace(&mut lock(&job.progress).finished, true) {
        return Ok(());
    }
    webhook::announce(state, &job.action, job.event.clone());
    state.jobs.save(job)
}
