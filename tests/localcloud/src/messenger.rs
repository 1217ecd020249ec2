//! Sends events to webhooks, and again where they do not arrive. What has not arrived outlives the process.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::disk::Disk;
use crate::fault::lock;
use crate::identifier;
use crate::message::Message;
use crate::state::State;

/// Of the data folder.
pub(crate) const FOLDER: &str = "webhooks";

/// The services wait for minutes and hours between attempts; a test cannot.
const PAUSES: [u64; 4] = [50, 100, 200, 400];

#[derive(Clone, Serialize, Deserialize)]
struct Delivery {
    id: u64,
    action: String,
    url: String,
    message: Message,
    event: Value,
    /// Not to be sent before.
    due_ms: u64,
    state: Progress,
    attempts: Vec<Attempt>,
    /// Attempts before it was sent again by hand.
    before: usize,
    /// What the last attempt carried: headers and body.
    #[serde(skip)]
    carried: Option<(Vec<(String, String)>, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    Pending,
    Delivered,
    Failed,
}

#[derive(Clone, Serialize, Deserialize)]
struct Attempt {
    at_ms: u64,
    outcome: Result<u16, String>,
}

impl Attempt {
    fn to_json(&self) -> Value {
        let (status, error) = (self.outcome.as_ref().ok(), self.outcome.as_ref().err());
        json!({ "at_ms": self.at_ms, "status": status, "error": error })
    }
}

impl Delivery {
    fn to_json(&self) -> Value {
        let last = self.attempts.last().map(Attempt::to_json).unwrap_or_default();
        let (headers, body) = self.carried.clone().unwrap_or_default();
        let headers: Map<_, _> = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        json!({
            "id": self.id,
            "action": self.action,
            "url": self.url,
            "state": self.state,
            "attempts": self.attempts.len(),
            "status": last["status"],
            "error": last["error"],
            "event": self.event,
            "tried": self.attempts.iter().map(Attempt::to_json).collect::<Vec<_>>(),
            "headers": headers,
            "body": body,
        })
    }
}

pub(crate) struct Messenger {
    disk: Disk,
    deliveries: Mutex<Vec<Delivery>>,
}

impl Messenger {
    pub(crate) fn open(disk: Disk) -> io::Result<Messenger> {
        let mut deliveries: Vec<Delivery> = disk.read_all(FOLDER)?;
        deliveries.sort_by_key(|delivery| delivery.id);
        Ok(Messenger { disk, deliveries: Mutex::new(deliveries) })
    }

    pub(crate) fn clear(&self) {
        for delivery in lock(&self.deliveries).drain(..) {
            self.disk.remove(FOLDER, &delivery.id.to_string());
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        lock(&self.deliveries).iter().map(Delivery::to_json).collect()
    }

    fn add(&self, delivery: Delivery) {
        let mut deliveries = lock(&self.deliveries);
        self.save(&delivery);
        deliveries.push(delivery);
    }

    /// Nobody is here to be told of a disk that is full: what cannot be written down is sent all the same.
    fn save(&self, delivery: &Delivery) {
        let id = delivery.id.to_string();
        if delivery.state == Progress::Delivered {
            self.disk.remove(FOLDER, &id);
        } else {
            let _ = self.disk.write(FOLDER, &id, delivery);
        }
    }

    /// Changes a delivery; what comes of that. `None`: the list was cleared meanwhile.
    fn change<T>(&self, id: u64, change: impl FnOnce(&mut Delivery) -> Option<T>) -> Option<T> {
        let mut deliveries = lock(&self.deliveries);
        let delivery = deliveries.iter_mut().find(|delivery| delivery.id == id)?;
        let changed = change(delivery)?;
        self.save(delivery);
        Some(changed)
    }
}

/// Begins to send an event, after `delay`; `event` gets its id if it has a field for it.
pub(crate) fn send(
    state: &Arc<State>,
    action: &str,
    url: &str,
    message: Message,
    mut event: Value,
    delay: Duration,
) {
    // Ids survive a reset of the list: they are how a receiver knows a repetition.
    let id = identifier::serial();
    if let Some(slot) = event.get_mut("id") {
        *slot = Value::from(id);
    }
    let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let delivery = Delivery {
        id,
        action: action.to_owned(),
        url: url.to_owned(),
        message,
        event,
        due_ms: identifier::now_ms().saturating_add(delay),
        state: Progress::Pending,
        attempts: Vec::new(),
        before: 0,
        carried: None,
    };
    state.messenger.add(delivery.clone());
    tokio::spawn(deliver(Arc::clone(state), delivery));
}

/// Sends an event once more that has been delivered or given up; whether there is such a one.
pub(crate) fn send_again(state: &Arc<State>, id: u64) -> bool {
    let again = state.messenger.change(id, |delivery| {
        let is_over = delivery.state != Progress::Pending;
        is_over.then(|| {
            delivery.state = Progress::Pending;
            delivery.before = delivery.attempts.len();
            delivery.clone()
        })
    });
    let is_known = again.is_some();
    if let Some(delivery) = again {
        tokio::spawn(deliver(Arc::clone(state), delivery));
    }
    is_known
}

/// Goes on with what had not arrived when the process before this one ended.
pub(crate) fn resume(state: &Arc<State>) {
    let deliveries = lock(&state.messenger.deliveries).clone();
    for delivery in deliveries.into_iter().filter(|delivery| delivery.state == Progress::Pending) {
        tokio::spawn(deliver(Arc::clone(state), delivery));
    }
}

async fn deliver(state: Arc<State>, delivery: Delivery) {
    let Delivery { id, url, message, event, .. } = delivery;
    let wait = delivery.due_ms.saturating_sub(identifier::now_ms());
    tokio::time::sleep(Duration::from_millis(wait)).await;
    let made = delivery.attempts.len().saturating_sub(delivery.before);
    for pause in PAUSES.into_iter().map(Some).chain([None]).skip(made) {
        let (at_ms, (headers, body)) = (identifier::now_ms(), message.write(&event));
        let outcome = state.fetcher.post(&url, &headers, body.clone()).await.map(|status| status.as_u16());
        let progress = match (&outcome, pause) {
            (Ok(status), _) if message.is_delivered(*status) => Progress::Delivered,
            (_, Some(_)) => Progress::Pending,
            (_, None) => Progress::Failed,
        };
        state.messenger.change(id, |delivery| {
            delivery.attempts.push(Attempt { at_ms, outcome });
            delivery.carried = Some((headers, String::from_utf8_lossy(&body).into_owned()));
            delivery.state = progress;
            Some(())
        });
        state.pulse.beat();
        match pause {
            Some(pause) if progress == Progress::Pending => {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            _ => return,
        }
    }
}
