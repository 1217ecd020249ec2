//! Webhooks: signed events, delivered to loopback (8).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::fault::lock;
use crate::identifier;
use crate::state::State;
use crate::storage;

/// The service waits for minutes and hours between attempts (8.3); a test cannot.
const PAUSES: [u64; 4] = [50, 100, 200, 400];

/// Where events go, and what they are signed with.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) secret: String,
}

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
pub(crate) struct Webhooks {
    endpoint: Mutex<Option<Endpoint>>,
    deliveries: Mutex<Vec<Delivery>>,
}

impl Webhooks {
    pub(crate) fn new(endpoint: Option<Endpoint>) -> Webhooks {
        Webhooks { endpoint: Mutex::new(endpoint), deliveries: Mutex::default() }
    }

    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        lock(&self.endpoint).clone()
    }

    pub(crate) fn set_endpoint(&self, endpoint: Option<Endpoint>) {
        *lock(&self.endpoint) = endpoint;
    }

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

/// Sends an event, if somebody wants to hear of it; does not wait for it to arrive.
pub(crate) fn announce(state: &Arc<State>, action: &str, text: Value) {
    let Some(endpoint) = state.webhooks.endpoint() else {
        return;
    };
    // Ids survive a reset of the list: they are how a receiver knows a repetition.
    let id = identifier::serial();
    let event = json!({ "id": id, "action": action, "timestamp": identifier::now_seconds(), "text": text });
    lock(&state.webhooks.deliveries).push(Delivery {
        id,
        action: action.to_owned(),
        url: endpoint.url.clone(),
        attempts: 0,
        status: None,
        error: None,
        state: "pending",
        event: event.clone(),
    });
    let state = Arc::clone(state);
    tokio::spawn(async move { deliver(&state, &endpoint, id, &event).await });
}

async fn deliver(state: &State, endpoint: &Endpoint, id: u64, event: &Value) {
    let body = event.to_string();
    for pause in PAUSES.into_iter().map(Some).chain([None]) {
        let timestamp = identifier::now_seconds().to_string();
        let signed = format!("{timestamp}.{body}");
        let signature = storage::hex(&storage::hmac(endpoint.secret.as_bytes(), signed.as_bytes()));
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("FS-Signature", signature),
            ("FS-Timestamp", timestamp),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let outcome = state.fetcher.post(&endpoint.url, &headers, Bytes::from(body.clone())).await;
        let good = outcome.as_ref().is_ok_and(|status| matches!(status.as_u16(), 200 | 201 | 204));
        state.webhooks.change(id, |delivery| {
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
}
