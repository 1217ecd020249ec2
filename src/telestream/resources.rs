//! What the service keeps: factories, and in each of them videos, encodings and profiles (`specs/telestream.md` 3).

use crate::http::Method;
use serde_json::Value;

use super::Client;
use super::call::{Body, Call};
use super::client::Auth;
use super::params;
use crate::error::{Error, Result};
use crate::transfer::form::Form;
use crate::transfer::source::Source;

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Factories,
    Videos,
    Encodings,
    Profiles,
}

impl Resource {
    pub(super) fn plural(self) -> &'static str {
        match self {
            Resource::Factories => "factories",
            Resource::Videos => "videos",
            Resource::Encodings => "encodings",
            Resource::Profiles => "profiles",
        }
    }

    pub(super) fn singular(self) -> &'static str {
        match self {
            Resource::Factories => "factory",
            Resource::Videos => "video",
            Resource::Encodings => "encoding",
            Resource::Profiles => "profile",
        }
    }

    pub(super) fn path(self) -> String {
        format!("/{}.json", self.plural())
    }

    /// The path of an object, or of something `below` it.
    pub(super) fn object(self, id: &str, below: &str) -> Result<String> {
        let name = self.singular();
        if id.is_empty() {
            return Err(Error::invalid_argument(format!("{name} id is empty")));
        }
        if id.chars().any(|c| c.is_control() || "/?#".contains(c)) || id.trim() != id {
            return Err(Error::invalid_argument(format!(
                "{name} id {id:?} has a character that no id has: a slash, ?, # or white space around it"
            )));
        }
        Ok(format!("/{}/{id}{below}.json", self.plural()))
    }
}

/// The methods of all resources. `factory_id` is where the object is; `None` is the client's factory. Parameters are a JSON
/// object, whose true and false are sent as `true` and `false`. Each gives the service's answer.
impl Client {
    /// One page: an array. `page` counts from 1, `per_page` is at most 100, which it is by default; there are more pages
    /// until one has fewer. Videos and encodings are filtered by `status` (`success`, `fail`, `processing`), encodings by
    /// `video_id`, `profile_id` and `profile_name` too.
    pub fn list(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        params_json: Option<&str>,
    ) -> Result<Value> {
        let doing = format!("list {}", resource.plural());
        let call =
            Call { members: params::members(params_json)?, ..Call::get("list", doing, resource.path()) };
        self.within(resource, factory_id, call).map(|answer| rows(resource, answer))
    }

    /// One object, a profile also by its name. `screenshots` (encodings) and `expand` (profiles) ask for more.
    pub fn find(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        id: &str,
        params_json: Option<&str>,
    ) -> Result<Value> {
        let doing = format!("find {} {id}", resource.singular());
        let path = resource.object(id, "")?;
        let call = Call { members: params::members(params_json)?, ..Call::get("find", doing, path) };
        self.within(resource, factory_id, call)
    }

    /// Makes an object of these parameters. A video is made of what is at `source_url`, or of a local `file`, which goes up in the
    /// one request. A call that may have arrived is not repeated, else there were two.
    pub fn create(&self, resource: Resource, factory_id: Option<&str>, params_json: &str) -> Result<Value> {
        let doing = format!("create a {}", resource.singular());
        let mut call = Call {
            method: Method::POST,
            members: params::members(Some(params_json))?,
            ..Call::get("create", doing, resource.path())
        };
        if resource != Resource::Videos || !call.members.contains_key("file") {
            return self.within(resource, factory_id, call);
        }
        let file = call.members.shift_remove("file");
        let Some(path) = file.as_ref().and_then(Value::as_str) else {
            return Err(Error::invalid_argument("params_json: file must be the path of a file, as a text"));
        };
        if call.members.contains_key("source_url") {
            return Err(Error::invalid_argument("params_json: give either file or source_url"));
        }
        if matches!(self.auth, Auth::ApiKey(_)) {
            return Err(Error::invalid_argument(
                "API 3.1 takes a file only by an upload session: use an upload instead of file",
            ));
        }
        let source = Source::open(path)?;
        check_not_empty(&source, path)?;
        let form = Form::new("file", &source, base_name(path)?)?;
        call.body = Body::File(&form);
        self.in_factory(factory_id, call)
    }

    /// Changes a factory or a profile, and in API 3.1 an encoding. A factory that names no `factory_id` is signed for itself.
    pub fn update(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        id: &str,
        params_json: &str,
    ) -> Result<Value> {
        let has_key = matches!(self.auth, Auth::ApiKey(_));
        let is_factory = resource == Resource::Factories;
        let can_change = match resource {
            Resource::Factories | Resource::Profiles => true,
            Resource::Encodings => has_key,
            Resource::Videos => false,
        };
        if !can_change {
            let name = resource.plural();
            return Err(Error::invalid_argument(format!(
                "{name} cannot be changed; factories and profiles can"
            )));
        }
        let call = Call {
            method: if is_factory && has_key { Method::PATCH } else { Method::PUT },
            members: params::members(Some(params_json))?,
            ..Call::get("update", format!("update {} {id}", resource.singular()), resource.object(id, "")?)
        };
        self.within(resource, if is_factory { factory_id.or(Some(id)) } else { factory_id }, call)
    }

    /// Deletes a video with all its files, an encoding, or a profile. JSON's null if the service says no more than that.
    pub fn delete(&self, resource: Resource, factory_id: Option<&str>, id: &str) -> Result<Value> {
        if resource == Resource::Factories {
            return Err(Error::invalid_argument("factories cannot be deleted through the API"));
        }
        let doing = format!("delete {} {id}", resource.singular());
        let call = Call {
            method: Method::DELETE,
            may_be_empty: true,
            ..Call::get("delete", doing, resource.object(id, "")?)
        };
        self.within(resource, factory_id, call)
    }

    /// The encodings of one video, filtered and paged as in [`Client::list`].
    pub fn video_encodings(
        &self,
        factory_id: Option<&str>,
        video_id: &str,
        params_json: Option<&str>,
    ) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/encodings")?;
        let doing = format!("list the encodings of video {video_id}");
        let call =
            Call { members: params::members(params_json)?, ..Call::get("video_encodings", doing, path) };
        self.within(Resource::Videos, factory_id, call).map(|answer| rows(Resource::Encodings, answer))
    }

    /// What the service read from the video's file.
    pub fn video_metadata(&self, factory_id: Option<&str>, video_id: &str) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/metadata")?;
        let call = Call::get("video_metadata", format!("get the metadata of video {video_id}"), path);
        self.within(Resource::Videos, factory_id, call)
    }

    /// Deletes the file a video was made from and keeps its encodings.
    pub fn video_delete_source(&self, factory_id: Option<&str>, video_id: &str) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/source")?;
        let doing = format!("delete the source of video {video_id}");
        let call = Call {
            method: Method::DELETE,
            may_be_empty: true,
            ..Call::get("video_delete_source", doing, path)
        };
        self.within(Resource::Videos, factory_id, call)
    }

    /// Begins a failed encoding again.
    pub fn encoding_retry(&self, factory_id: Option<&str>, encoding_id: &str) -> Result<Value> {
        let path = Resource::Encodings.object(encoding_id, "/retry")?;
        let doing = format!("retry encoding {encoding_id}");
        let call =
            Call { method: Method::POST, may_be_empty: true, ..Call::get("encoding_retry", doing, path) };
        self.within(Resource::Encodings, factory_id, call)
    }

    /// Stops an encoding.
    pub fn encoding_cancel(&self, factory_id: Option<&str>, encoding_id: &str) -> Result<Value> {
        let path = Resource::Encodings.object(encoding_id, "/cancel")?;
        let doing = format!("cancel encoding {encoding_id}");
        let call =
            Call { method: Method::POST, may_be_empty: true, ..Call::get("encoding_cancel", doing, path) };
        self.within(Resource::Encodings, factory_id, call)
    }

    /// Where a factory sends its notifications, and of which events.
    pub fn notifications(&self, factory_id: Option<&str>) -> Result<Value> {
        let call = Call::get("notifications", "get the notifications".into(), "/notifications.json".into());
        self.in_factory(factory_id, call)
    }

    /// Changes some of `url`, `delay` (seconds), `send_video_payload` and `events`, an object of `video_created`,
    /// `video_encoded`, `encoding_progress` and `encoding_completed`.
    pub fn notifications_update(&self, factory_id: Option<&str>, params_json: &str) -> Result<Value> {
        let doing = "update the notifications".into();
        let call = Call {
            method: Method::PUT,
            members: params::members(Some(params_json))?,
            ..Call::get("notifications_update", doing, "/notifications.json".into())
        };
        self.in_factory(factory_id, call)
    }

    fn within<'a>(&self, resource: Resource, factory_id: Option<&'a str>, call: Call<'a>) -> Result<Value> {
        match resource {
            Resource::Factories => self.call(Call { factory_id, ..call }),
            _ => self.in_factory(factory_id, call),
        }
    }

    fn in_factory<'a>(&self, factory_id: Option<&'a str>, call: Call<'a>) -> Result<Value> {
        self.check_has_factory(factory_id, &call)?;
        self.call(Call { factory_id, ..call })
    }

    /// Refuses a call that needs a factory and has none.
    pub(super) fn check_has_factory(&self, factory_id: Option<&str>, call: &Call<'_>) -> Result<()> {
        if self.factory(factory_id)?.is_some() || call.members.contains_key("factory_id") {
            return Ok(());
        }
        Err(Error::invalid_argument(format!(
            "factory_id is needed to {}, and the client has none either",
            call.doing
        )))
    }
}

/// The objects of a list: API 3.1 wraps them up (`specs/telestream.md` 7).
pub(super) fn rows(resource: Resource, mut answer: Value) -> Value {
    match answer.get_mut(resource.plural()) {
        Some(rows @ Value::Array(_)) => rows.take(),
        _ => answer,
    }
}

pub(super) fn check_not_empty(source: &Source<'_>, path: &str) -> Result<()> {
    if source.is_empty() {
        return Err(Error::invalid_argument(format!(
            "{path} is empty, and the service takes no empty file: nothing is uploaded"
        )));
    }
    Ok(())
}

/// The last element of a path, which is the file's name for the service.
pub(super) fn base_name(path: &str) -> Result<&str> {
    let name = std::path::Path::new(path).file_name().and_then(|name| name.to_str());
    name.ok_or_else(|| Error::invalid_argument(format!("{path:?} has no file name in it")))
}
