//! `GET /_local/events`: all that the page shows, as server-sent events. A connection begins with everything
//! there is and goes on with what has changed, so one that was lost is made up for by the next.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::StatusCode;
use hyper::body::Frame;
use hyper::header::CACHE_CONTROL;
use serde_json::{Value, json};

use crate::control;
use crate::download::insert;
use crate::fault::lock;
use crate::journal::Entry;
use crate::mask;
use crate::page;
use crate::reply::{self, BodyError, Reply};
use crate::state::State;

/// Between two looks, at the least: a part that arrives is to be seen growing, not each block of it. Looking
/// takes no more than a tenth of the time, however much there is.
const PAUSE: Duration = Duration::from_millis(100);
/// What ends by itself, as an encoding does, is seen after so long at the latest. Nobody beats for it.
const PATIENCE: Duration = Duration::from_secs(1);
/// A page shows no more of each kind.
const MOST: usize = 200;
const MOST_REQUESTS: usize = 500;

/// Id as JSON, and a digest of what was told of it.
type Told = HashMap<String, u64>;

struct Feed {
    state: Arc<State>,
    beats: u64,
    hasher: RandomState,
    told: HashMap<&'static str, Told>,
    /// Requests that were not over, and what was told of them; all older ones are over.
    open: Vec<(Arc<Entry>, u64)>,
    last: u64,
    forgotten: u64,
    is_new: bool,
    /// How long the last look took.
    took: Duration,
}

pub(crate) fn answer(state: &Arc<State>) -> Reply {
    let feed = Feed {
        state: Arc::clone(state),
        beats: 0,
        hasher: RandomState::new(),
        told: HashMap::new(),
        open: Vec::new(),
        last: 0,
        forgotten: state.journal.forgotten(),
        is_new: true,
        took: Duration::ZERO,
    };
    let blocks = stream::unfold(feed, |mut feed| async {
        let block = feed.next().await;
        Some((Ok::<_, BodyError>(Frame::data(block)), feed))
    });
    let mut reply = reply::bytes(StatusCode::OK, "text/event-stream", "");
    *reply.body_mut() = StreamBody::new(blocks).boxed_unsync();
    insert(&mut reply, CACHE_CONTROL, "no-store");
    page::harmless(&mut reply);
    reply
}

impl Feed {
    /// What there is to tell; waits until there is something.
    async fn next(&mut self) -> Bytes {
        let mut block = String::new();
        if std::mem::take(&mut self.is_new) {
            // A page that was connected before begins anew, and connects again soon.
            block.push_str("retry: 1000\nevent: begin\ndata: {}\n\n");
            self.look(&mut block);
        }
        let mut quiet = 0;
        while block.is_empty() {
            tokio::time::sleep(PAUSE.max(self.took * 9)).await;
            let _ = tokio::time::timeout(PATIENCE, self.state.pulse.after(self.beats)).await;
            self.look(&mut block);
            quiet += 1;
            if quiet == 15 {
                block.push_str(":\n\n"); // so that a peer that is gone is noticed
            }
        }
        block.into()
    }

    fn look(&mut self, block: &mut String) {
        let since = Instant::now();
        // Before the look: what changes meanwhile is looked at again.
        self.beats = self.state.pulse.beats();
        self.requests(block);
        let state = Arc::clone(&self.state);
        let files = state.files.all().iter().map(|file| file.facts()).collect();
        self.kind(block, "files", "handle", files);
        self.kind(block, "uploads", "upload_id", state.uploads.to_json());
        self.kind(block, "sessions", "id", state.flip.sessions.to_json());
        self.kind(block, "jobs", "id", state.jobs.to_json());
        let videos = lock(&state.flip.table).to_json();
        self.kind(block, "videos", "id", videos);
        self.kind(block, "webhooks", "id", state.messenger.to_json());
        // The order of the rules counts, so they are told as a whole.
        let steered = json!([
            { "id": "faults", "rules": state.faults.to_json() },
            { "id": "settings", "settings": control::settings(&state) },
        ]);
        self.kind(block, "steered", "id", steered);
        self.took = since.elapsed();
    }

    fn requests(&mut self, block: &mut String) {
        let forgotten = self.state.journal.forgotten();
        if std::mem::replace(&mut self.forgotten, forgotten) != forgotten {
            let _ = write!(block, "event: forgotten\ndata: {forgotten}\n\n");
            self.open.retain(|(entry, _)| entry.id() > forgotten);
        }
        let new = self.state.journal.after(self.last, MOST_REQUESTS);
        self.last = new.last().map_or(self.last, |entry| entry.id());
        self.open.extend(new.into_iter().map(|entry| (entry, 0)));
        let mut told = Vec::new();
        let hasher = &self.hasher;
        self.open.retain_mut(|(entry, before)| {
            let is_over = entry.is_over();
            let mut shown = entry.to_json();
            if let Some(body) = shown.get_mut("body") {
                *body = mask::json(body);
            }
            let shown = shown.to_string();
            let digest = hasher.hash_one(&shown);
            if std::mem::replace(before, digest) != digest {
                told.push(shown);
            }
            !is_over
        });
        if !told.is_empty() {
            let _ = write!(block, "event: requests\ndata: [{}]\n\n", told.join(","));
        }
    }

    /// Things of one kind, oldest first: what is new or has changed, and the ids of what is gone.
    fn kind(&mut self, block: &mut String, kind: &'static str, key: &str, list: Value) {
        let Value::Array(list) = list else { return };
        let total = list.len();
        let told = self.told.entry(kind).or_default();
        let mut ids = HashSet::new();
        let mut set = Vec::new();
        for item in list.iter().skip(total.saturating_sub(MOST)) {
            let (id, text) = (item.get(key).unwrap_or(&Value::Null).to_string(), item.to_string());
            let digest = self.hasher.hash_one(&text);
            if told.insert(id.clone(), digest) != Some(digest) {
                set.push(text);
            }
            ids.insert(id);
        }
        let gone: Vec<String> = told.keys().filter(|id| !ids.contains(*id)).cloned().collect();
        told.retain(|id, _| ids.contains(id));
        if !set.is_empty() || !gone.is_empty() {
            let (set, gone) = (set.join(","), gone.join(","));
            let _ = write!(
                block,
                "event: {kind}\ndata: {{\"set\":[{set}],\"gone\":[{gone}],\"total\":{total}}}\n\n"
            );
        }
    }
}
