//! Events of both services on their way to whoever wants them: sent, sent again, and remembered for tests.
//! Those that have not arrived outlive the process.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::disk::Disk;
use crate::fault::lock;
use crate::identifier;
use crate::message::Message;
use crate::state::State;

/// The services wait for minutes and hours between attempts; a test cannot.
const PAUSES: [u64; 4] = [50, 100, 200, 400];

#[derive(Clone, Serialize, Deserialize)]
struct Delivery {
    id: u64,
    action: String,
    url: String,
    message: Message,
    /// Not to be sent before.
    due_ms: u64,
    attempts: u32,
    status: Option<u16>,
    error: Option<String>,
    state: Progress,
    event: Value,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    Pending,
    Delivered,
    Failed,
}

pub(crate) struct Messenger {
    disk: Disk,
    deliveries: Mutex<Vec<Delivery>>,
}

/// The folder of the records of what has not arrived.
pub(crate) const FOLDER: &str = "webhooks";

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
        let deliveries = lock(&self.deliveries).clone();
        let told = deliveries.into_iter().map(|delivery| {
            json!({
                "id": delivery.id,
                "action": delivery.action,
                "url": delivery.url,
                "state": delivery.state,
                "attempts": delivery.attempts,
                "status": delivery.status,
                "error": delivery.error,
                "event": delivery.event,
            })
        });
        told.collect()
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

    /// Notes how an attempt went.
    fn note(&self, id: u64, outcome: Result<u16, String>, state: Progress) {
        let mut deliveries = lock(&self.deliveries);
        // None: the list was cleared meanwhile.
        if let Some(delivery) = deliveries.iter_mut().find(|delivery| delivery.id == id) {
            delivery.attempts += 1;
            delivery.state = state;
            (delivery.status, delivery.error) = match outcome {
                Ok(status) => (Some(status), None),
                Err(error) => (None, Some(error)),
            };
            self.save(delivery);
        }
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
        due_ms: identifier::now_ms().saturating_add(delay),
        attempts: 0,
        status: None,
        error: None,
        state: Progress::Pending,
        event,
    };
    state.messenger.add(delivery.clone());
    tokio::spawn(deliver(Arc::clone(state), delivery));
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
    let made = usize::try_from(delivery.attempts).unwrap_or(usize::MAX);
    for pause in PAUSES.into_iter().map(Some).chain([None]).skip(made) {
        let (headers, body) = message.write(&event);
        let outcome = state.fetcher.post(&url, &headers, body).await.map(|status| status.as_u16());
        let progress = match (&outcome, pause) {
            (Ok(status), _) if message.is_delivered(*status) => Progress::Delivered,
            (_, Some(_)) => Progress::Pending,
            (_, None) => Progress::Failed,
        };
        state.messenger.note(id, outcome, progress);
        match pause {
            Some(pause) if progress == Progress::Pending => {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            _ => return,
        }
    }
}
