//! Events of both services on their way to whoever wants them: sent, sent again, and remembered for tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::fault::lock;
use crate::identifier;
use crate::state::State;

/// The services wait for minutes and hours between attempts; a test cannot.
const PAUSES: [u64; 4] = [50, 100, 200, 400];

/// Headers and body of one attempt.
pub(crate) type Message = (Vec<(String, String)>, Bytes);

#[derive(Clone)]
struct Delivery {
    id: u64,
    action: String,
    url: String,
    attempts: u32,
    status: Option<u16>,
    error: Option<String>,
    state: &'static str,
    event: Value,
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

    fn change(&self, id: u64, change: impl FnOnce(&mut Delivery)) {
        if let Some(delivery) = lock(&self.deliveries).iter_mut().find(|delivery| delivery.id == id) {
            change(delivery);
        }
    }
}

/// Begins to send an event; `event` gets its id if it has a field for it. Every attempt has a message of its
/// own, and is good if its answer is.
pub(crate) fn send(
    state: &Arc<State>,
    action: &str,
    url: &str,
    mut event: Value,
    message: impl Fn(&Value) -> Message + Send + 'static,
    is_good: fn(u16) -> bool,
) {
    // Ids survive a reset of the list: they are how a receiver knows a repetition.
    let id = identifier::serial();
    if let Some(slot) = event.get_mut("id") {
        *slot = Value::from(id);
    }
    lock(&state.messenger.deliveries).push(Delivery {
        id,
        action: action.to_owned(),
        url: url.to_owned(),
        attempts: 0,
        status: None,
        error: None,
        state: "pending",
        event: event.clone(),
    });
    let (state, url) = (Arc::clone(state), url.to_owned());
    tokio::spawn(async move {
        for pause in PAUSES.into_iter().map(Some).chain([None]) {
            let (headers, body) = message(&event);
            let outcome = state.fetcher.post(&url, &headers, body).await;
            let good = outcome.as_ref().is_ok_and(|status| is_good(status.as_u16()));
            state.messenger.change(id, |delivery| {
                delivery.attempts += 1;
                (delivery.status, delivery.error) = match outcome {
                    Ok(status) => (Some(status.as_u16()), None),
                    Err(error) => (None, Some(error)),
                };
                delivery.state = match (good, pause) {
                    (true, _) => "delivered",
                    (false, Some(_)) => "pending",
                    (false, None) => "failed",
                };
            });
            match pause {
                Some(pause) if !good => tokio::time::sleep(Duration::from_millis(pause)).await,
                _ => return,
            }
        }
    });
}
