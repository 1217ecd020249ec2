//! Webhooks: signed events, delivered to loopback (8).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::fault::lock;
use crate::identifier;
use crate::message::Message;
use crate::messenger;
use crate::state::State;

/// Where events go, and what they are signed with.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) secret: String,
}

#[derive(Default)]
pub(crate) struct Webhooks {
    endpoint: Mutex<Option<Endpoint>>,
}

impl Webhooks {
    pub(crate) fn new(endpoint: Option<Endpoint>) -> Webhooks {
        Webhooks { endpoint: Mutex::new(endpoint) }
    }

    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        lock(&self.endpoint).clone()
    }

    pub(crate) fn set_endpoint(&self, endpoint: Option<Endpoint>) {
        *lock(&self.endpoint) = endpoint;
    }
}

/// Sends an event, if somebody wants to hear of it; does not wait for it to arrive.
pub(crate) fn announce(state: &Arc<State>, action: &str, text: Value) {
    let Some(Endpoint { url, secret }) = state.webhooks.endpoint() else {
        return;
    };
    let event = json!({ "id": 0, "action": action, "timestamp": identifier::now_seconds(), "text": text });
    messenger::send(state, action, &url, Message::Signed { secret }, event, Duration::ZERO);
}
