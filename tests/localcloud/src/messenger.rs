//! Events of both services on their way to whoever wants them: sent, sent again, and remembered for tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::fault::lock;
use crate::identifier;
use crate::state::State;

/// The services wait for minutes and hours between attempts; a test cannot.
const PAUSES: [u64; 4] = [50, 100, 200, 400];

/// Headers and body of one attempt.
pub(crate) type Message = (Vec<(String, String)>, Bytes);

/// An event and how it is sent: every attempt has a message of its own, and is good if its answer is.
struct Parcel {
    id: u64,
    action: String,
    url: String,
    event: Value,
    message: Box<dyn Fn(&Value) -> Message + Send + Sync>,
    is_good: fn(u16) -> bool,
}

struct Delivery {
    parcel: Arc<Parcel>,
    state: &'static str,
    attempts: Vec<Attempt>,
    /// What the last attempt carried.
    message: Option<Message>,
}

#[derive(Clone)]
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
        let (headers, body) = self.message.clone().unwrap_or_default();
        let headers: Map<_, _> = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        json!({
            "id": self.parcel.id,
            "action": self.parcel.action,
            "url": self.parcel.url,
            "state": self.state,
            "attempts": self.attempts.len(),
            "status": last["status"],
            "error": last["error"],
            "event": self.parcel.event,
            "tried": self.attempts.iter().map(Attempt::to_json).collect::<Vec<_>>(),
            "headers": headers,
            "body": String::from_utf8_lossy(&body),
        })
    }
}

#[derive(Default)]
pub(crate) struct Messenger {
    deliveries: Mutex<Vec<Delivery>>,
}

impl Messenger {
    pub(crate) fn clear(&self) {
        lock(&self.deliveries).clear();
    }

    pub(crate) fn to_json(&self) -> Value {
        lock(&self.deliveries).iter().map(Delivery::to_json).collect()
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Delivery)) {
        if let Some(delivery) = lock(&self.deliveries).iter_mut().find(|delivery| delivery.parcel.id == id) {
            change(delivery);
        }
    }
}

/// Begins to send an event; `event` gets its id if it has a field for it.
pub(crate) fn send(
    state: &Arc<State>,
    action: &str,
    url: &str,
    mut event: Value,
    message: impl Fn(&Value) -> Message + Send + Sync + 'static,
    is_good: fn(u16) -> bool,
) {
    // Ids survive a reset of the list: they are how a receiver knows a repetition.
    let id = identifier::serial();
    if let Some(slot) = event.get_mut("id") {
        *slot = Value::from(id);
    }
    let (action, url, message) = (action.to_owned(), url.to_owned(), Box::new(message));
    let parcel = Arc::new(Parcel { id, action, url, event, message, is_good });
    lock(&state.messenger.deliveries).push(Delivery {
        parcel: Arc::clone(&parcel),
        state: "pending",
        attempts: Vec::new(),
        message: None,
    });
    tokio::spawn(deliver(Arc::clone(state), parcel));
}

/// Sends an event once more that has been delivered or given up; whether there is such a one.
pub(crate) fn send_again(state: &Arc<State>, id: u64) -> bool {
    let mut deliveries = lock(&state.messenger.deliveries);
    let found =
        deliveries.iter_mut().find(|delivery| delivery.parcel.id == id && delivery.state != "pending");
    let Some(delivery) = found else { return false };
    delivery.state = "pending";
    tokio::spawn(deliver(Arc::clone(state), Arc::clone(&delivery.parcel)));
    true
}

async fn deliver(state: Arc<State>, parcel: Arc<Parcel>) {
    for pause in PAUSES.into_iter().map(Some).chain([None]) {
        let (at_ms, message) = (identifier::now_ms(), (parcel.message)(&parcel.event));
        let outcome = state.fetcher.post(&parcel.url, &message.0, message.1.clone()).await;
        let outcome = outcome.map(|status| status.as_u16());
        let good = outcome.as_ref().is_ok_and(|status| (parcel.is_good)(*status));
        state.messenger.change(parcel.id, |delivery| {
            delivery.attempts.push(Attempt { at_ms, outcome });
            delivery.message = Some(message);
            delivery.state = match (good, pause) {
                (true, _) => "delivered",
                (false, Some(_)) => "pending",
                (false, None) => "failed",
            };
        });
        state.pulse.beat();
        match pause {
            Some(pause) if !good => tokio::time::sleep(Duration::from_millis(pause)).await,
            _ => return,
        }
    }
}
