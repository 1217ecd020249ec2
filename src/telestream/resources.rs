//! What the service keeps: factories, and in each of them videos, encodings and profiles (`specs/telestream.md` 3).

use serde_json::{Map, Value};
use ureq::http::Method;

use super::Client;
use super::client::Call;
use super::params::{self, Booleans};
use crate::error::{Error, Result};

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Factories,
    Videos,
    Encodings,
    Profiles,
}

impl Resource {
    fn plural(self) -> &'static str {
        match self {
            Resource::Factories => "factories",
            Resource::Videos => "videos",
            Resource::Encodings => "encodings",
            Resource::Profiles => "profiles",
        }
    }

    fn singular(self) -> &'static str {
        match self {
            Resource::Factories => "factory",
            Resource::Videos => "video",
            Resource::Encodings => "encoding",
            Resource::Profiles => "profile",
        }
    }

    fn path(self) -> String {
        format!("/{}.json", self.plural())
    }

    /// The path of an object, or of something `below` it.
    fn object(self, id: &str, below: &str) -> Result<String> {
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
        let call = Call { members: params::members(params_json)?, ..get("list", doing, resource.path()) };
        self.within(resource, factory_id, call)
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
        let call = Call { members: params::members(params_json)?, ..get("find", doing, path) };
        self.within(resource, factory_id, call)
    }

    /// Makes an object of these parameters. A call that may have arrived is not repeated, else there were two.
    pub fn create(&self, resource: Resource, factory_id: Option<&str>, params_json: &str) -> Result<Value> {
        let doing = format!("create a {}", resource.singular());
        let call = Call {
            method: Method::POST,
            members: params::members(Some(params_json))?,
            ..get("create", doing, resource.path())
        };
        self.within(resource, factory_id, call)
    }

    /// Changes a factory or a profile; API 3.0 cannot change videos and encodings. A factory that names no `factory_id` is
    /// signed for itself.
    pub fn update(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        id: &str,
        params_json: &str,
    ) -> Result<Value> {
        let is_factory = resource == Resource::Factories;
        if !is_factory && resource != Resource::Profiles {
            let name = resource.plural();
            return Err(Error::invalid_argument(format!(
                "{name} cannot be changed; factories and profiles can"
            )));
        }
        let call = Call {
            method: Method::PUT,
            members: params::members(Some(params_json))?,
            ..get("update", format!("update {} {id}", resource.singular()), resource.object(id, "")?)
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
            ..get("delete", doing, resource.object(id, "")?)
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
        let call = Call { members: params::members(params_json)?, ..get("video_encodings", doing, path) };
        self.within(Resource::Videos, factory_id, call)
    }

    /// What the service read from the video's file.
    pub fn video_metadata(&self, factory_id: Option<&str>, video_id: &str) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/metadata")?;
        let call = get("video_metadata", format!("get the metadata of video {video_id}"), path);
        self.within(Resource::Videos, factory_id, call)
    }

    /// Deletes the file a video was made from and keeps its encodings.
    pub fn video_delete_source(&self, factory_id: Option<&str>, video_id: &str) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/source")?;
        let doing = format!("delete the source of video {video_id}");
        let call =
            Call { method: Method::DELETE, may_be_empty: true, ..get("video_delete_source", doing, path) };
        self.within(Resource::Videos, factory_id, call)
    }

    /// Begins a failed encoding again.
    pub fn encoding_retry(&self, factory_id: Option<&str>, encoding_id: &str) -> Result<Value> {
        let path = Resource::Encodings.object(encoding_id, "/retry")?;
        let doing = format!("retry encoding {encoding_id}");
        let call = Call { method: Method::POST, may_be_empty: true, ..get("encoding_retry", doing, path) };
        self.within(Resource::Encodings, factory_id, call)
    }

    /// Stops an encoding.
    pub fn encoding_cancel(&self, factory_id: Option<&str>, encoding_id: &str) -> Result<Value> {
        let path = Resource::Encodings.object(encoding_id, "/cancel")?;
        let doing = format!("cancel encoding {encoding_id}");
        let call = Call { method: Method::POST, may_be_empty: true, ..get("encoding_cancel", doing, path) };
        self.within(Resource::Encodings, factory_id, call)
    }

    /// Where a factory sends its notifications, and of which events.
    pub fn notifications(&self, factory_id: Option<&str>) -> Result<Value> {
        let call = get("notifications", "get the notifications".into(), "/notifications.json".into());
        self.in_factory(factory_id, call)
    }

    /// Changes some of `url`, `delay` (seconds), `send_video_payload` and `events`, an object of `video_created`,
    /// `video_encoded`, `encoding_progress` and `encoding_completed`.
    pub fn notifications_update(&self, factory_id: Option<&str>, params_json: &str) -> Result<Value> {
        let doing = "update the notifications".into();
        let call = Call {
            method: Method::PUT,
            members: params::members(Some(params_json))?,
            ..get("notifications_update", doing, "/notifications.json".into())
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
        if self.factory(factory_id)?.is_none() && !call.members.contains_key("factory_id") {
            return Err(Error::invalid_argument(format!(
                "factory_id is needed to {}, and the client has none either",
                call.doing
            )));
        }
        self.call(Call { factory_id, ..call })
    }
}

/// A request without parameters that reads.
fn get<'a>(step: &'static str, doing: String, path: String) -> Call<'a> {
    Call {
        step,
        doing,
        method: Method::GET,
        path,
        members: Map::new(),
        booleans: Booleans::Service,
        factory_id: None,
        may_be_empty: false,
    }
}
