//! Conversions and workflows: work that is not done when the request for it is answered (5.12, 7.2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::webhook;
use crate::fault::lock;
use crate::state::State;

/// How long a job that nobody polls takes, where somebody waits for its event.
pub(crate) const UNWATCHED: Duration = Duration::from_millis(500);

pub(crate) struct Job {
    /// Answers while it is in work, the first one first; the last of them repeats.
    pub(crate) working: Vec<Value>,
    pub(crate) done: Value,
    /// The event that tells of its end.
    pub(crate) action: &'static str,
    pub(crate) event: Value,
    pub(crate) progress: Mutex<Progress>,
}

#[derive(Default)]
pub(crate) struct Progress {
    polls: u32,
    /// Answered `done` from now on, whatever the number of polls.
    finished: bool,
}

impl Job {
    pub(crate) fn is_finished(&self) -> bool {
        lock(&self.progress).finished
    }
}

#[derive(Default)]
pub(crate) struct Jobs {
    table: Mutex<HashMap<String, Arc<Job>>>,
}

impl Jobs {
    pub(crate) fn get(&self, key: &str) -> Option<Arc<Job>> {
        lock(&self.table).get(key).cloned()
    }

    pub(crate) fn insert(&self, state: &Arc<State>, keys: &[&str], job: Job) -> Arc<Job> {
        let job = Arc::new(job);
        for key in keys {
            lock(&self.table).insert((*key).to_owned(), Arc::clone(&job));
        }
        if state.webhooks.endpoint().is_some() {
            let (state, job) = (Arc::clone(state), Arc::clone(&job));
            tokio::spawn(async move {
                tokio::time::sleep(UNWATCHED).await;
                if lock(&job.progress).polls == 0 {
                    finish(&state, &job);
                }
            });
        }
        job
    }
}

/// One look at a job; every look brings it nearer to its end.
pub(crate) fn poll(state: &Arc<State>, job: &Job) -> Value {
    let polls = {
        let mut progress = lock(&job.progress);
        progress.polls = progress.polls.saturating_add(1);
        progress.polls
    };
    if job.is_finished() || polls >= state.polls {
        finish(state, job);
        return job.done.clone();
    }
    let place = usize::try_from(polls).unwrap_or(usize::MAX);
    job.working.get(place).or(job.working.last()).cloned().unwrap_or_default()
}

fn finish(state: &Arc<State>, job: &Job) {
    if !std::mem::replace(&mut lock(&job.progress).finished, true) {
        webhook::announce(state, job.action, job.event.clone());
    }
}
