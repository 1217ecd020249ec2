//! A factory's notification settings (3.6).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, ok};
use super::params::is_true;
use super::refusal::{Outcome, Refusal};
use super::table::save_factory;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Notifications {
    pub(crate) url: Option<String>,
    delay: u64,
    pub(crate) send_video_payload: bool,
    pub(crate) events: Events,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Events {
    pub(crate) video_created: bool,
    pub(crate) video_encoded: bool,
    pub(crate) encoding_progress: bool,
    pub(crate) encoding_completed: bool,
}

impl Notifications {
    /// How long an event waits before it is sent for the first time (6).
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_secs(self.delay)
    }

    fn told(&self) -> Value {
        // The service writes the absence of a URL as text.
        json!({
            "url": self.url.as_deref().unwrap_or("null"),
            "delay": self.delay,
            "send_video_payload": self.send_video_payload,
            "events": self.events,
        })
    }
}

pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let id = call.factory()?;
    ok(call.table().factory(&id)?.notifications.told())
}

pub(crate) fn update(call: &Call<'_>) -> Outcome {
    let id = call.factory()?;
    let mut table = call.table();
    let factory = table.factory_mut(&id)?;
    let mut new = factory.notifications.clone();
    if call.params.get("url").is_some() || call.params.0.get("url").is_some_and(Value::is_null) {
        new.url = call.params.text("url").filter(|url| url != "null");
    }
    if new.url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(Refusal::bad("url is neither http nor https"));
    }
    new.delay = call.params.integer("delay")?.unwrap_or(new.delay);
    new.send_video_payload = call.params.flag("send_video_payload").unwrap_or(new.send_video_payload);
    match call.params.get("events") {
        None => {}
        Some(Value::Object(members)) => {
            for (name, value) in members {
                let slot = match name.as_str() {
                    "video_created" => &mut new.events.video_created,
                    "video_encoded" => &mut new.events.video_encoded,
                    "encoding_progress" => &mut new.events.encoding_progress,
                    "encoding_completed" => &mut new.events.encoding_completed,
                    _ => return Err(Refusal::bad(format!("there is no event {name}"))),
                };
                *slot = is_true(value);
            }
        }
        Some(_) => return Err(Refusal::bad("events is no object: events[video_created]=true")),
    }
    factory.notifications = new;
    save_factory(&call.flip().disk, factory).map_err(|error| Refusal::internal(&error))?;
    ok(factory.notifications.told())
}
