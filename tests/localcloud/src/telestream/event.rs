//! Notifications on their way to the factory's URL (6).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::notification::Notifications;
use super::table::{Table, Video};
use super::text;
use crate::message::Message;
use crate::messenger;
use crate::state::State;

#[derive(Clone, Copy)]
pub(crate) enum Event {
    VideoCreated,
    VideoEncoded,
    /// The place of the encoding in its video.
    Progress(usize),
    Completed(usize),
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Event::VideoCreated => "video-created",
            Event::VideoEncoded => "video-encoded",
            Event::Progress(_) => "encoding-progress",
            Event::Completed(_) => "encoding-complete",
        }
    }

    fn is_wanted(self, settings: &Notifications) -> bool {
        let events = &settings.events;
        match self {
            Event::VideoCreated => events.video_created,
            Event::VideoEncoded => events.video_encoded,
            Event::Progress(_) => events.encoding_progress,
            Event::Completed(_) => events.encoding_completed,
        }
    }

    fn pairs(self, video: &Video, settings: &Notifications) -> Vec<(String, String)> {
        let mut pairs = vec![("event".to_owned(), self.name().to_owned())];
        let encoding = |place: usize| video.encodings.get(place).map(|encoding| &encoding.details);
        match self {
            Event::VideoCreated | Event::VideoEncoded => {
                pairs.push(("video_id".to_owned(), video.id().to_owned()));
                let ids = video.encodings.iter().enumerate();
                pairs.extend(
                    ids.map(|(n, encoding)| (format!("encoding_ids[{n}]"), encoding.id().to_owned())),
                );
                if settings.send_video_payload {
                    pairs.push(("payload".to_owned(), text(&video.details, "payload").to_owned()));
                }
            }
            Event::Progress(place) | Event::Completed(place) => {
                let id = encoding(place).map_or("", |details| text(details, "id"));
                pairs.push(("encoding_id".to_owned(), id.to_owned()));
            }
        }
        if let Event::Progress(place) = self {
            let progress = encoding(place).and_then(|details| details.get("encoding_progress"));
            pairs.push(("progress".to_owned(), progress.map(Value::to_string).unwrap_or_default()));
        }
        pairs
    }
}

/// Sends events of a video to who wants to hear of them; does not wait for them to arrive.
pub(crate) fn announce(state: &Arc<State>, table: &Table, video: &Video, events: &[Event]) {
    let Ok(factory) = table.factory(&video.factory) else { return };
    let settings = &factory.notifications;
    let Some(url) = &settings.url else { return };
    for event in events.iter().filter(|event| event.is_wanted(settings)) {
        let pairs = event.pairs(video, settings);
        let told: Map<String, Value> =
            pairs.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        messenger::send(state, event.name(), url, Message::Form, Value::Object(told), settings.delay());
    }
}
