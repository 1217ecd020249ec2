//! What the service keeps: factories, and in each of them videos, encodings and profiles
//! (`specs/telestream.md` 3).

use serde_json::Value;

use super::call::{Body, Call, answered, unusable};
use super::client::Auth;
use super::params;
use super::profile;
use super::{Client, RequestOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Method;
use crate::transfer::file_body::FileBody;
use crate::transfer::report::Observer;
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
        let leads_elsewhere = matches!(id, "." | "..") || id.contains(['/', '\\', '?', '#']);
        if leads_elsewhere || id.chars().any(char::is_control) || id.trim() != id {
            return Err(Error::invalid_argument(format!(
                "{name} id {id:?} is none: a slash, a backslash, ?, #, dots alone, or white space around it"
            )));
        }
        Ok(format!("/{}/{id}{below}.json", self.plural()))
    }
}

/// The methods of all resources. `factory_id` is where the object is; `None` is the client's factory.
/// Parameters are a JSON object, whose true and false are sent as `true` and `false`. Each returns the
/// service's answer.
impl Client {
    /// One page: an array. `page` counts from 1, `per_page` is at most 100, which it is by default; there are
    /// more pages until one has fewer. Videos and encodings are filtered by `status` (`success`, `fail`,
    /// `processing`), encodings by `video_id`, `profile_id` and `profile_name` too.
    pub fn list(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        params_json: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let doing = format!("list {}", resource.plural());
        let call = Call {
            members: params::members(params_json)?,
            list: Some(resource),
            ..Call::new(self, Method::GET, "list", doing, resource.path())
        };
        self.within(resource, factory_id, call, options, observer)
    }

    /// One object, a profile also by its name. `screenshots` (encodings) and `expand` (profiles) ask for
    /// more.
    pub fn find(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        id: &str,
        params_json: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let doing = format!("find {} {id}", resource.singular());
        let call = Call {
            members: params::members(params_json)?,
            ..Call::new(self, Method::GET, "find", doing, resource.object(id, "")?)
        };
        self.within(resource, factory_id, call, options, observer)
    }

    /// Makes an object of these parameters. A video is made of what is at `source_url`, or of a local `file`,
    /// which goes up in the one request; progress counts the bytes of that request. A call that may have
    /// arrived is not repeated, or there would be two objects.
    pub fn create(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        params_json: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let doing = format!("create a {}", resource.singular());
        let mut call = Call {
            members: params::members(Some(params_json))?,
            ..Call::new(self, Method::POST, "create", doing, resource.path())
        };
        if resource == Resource::Profiles {
            profile::check(&call.members)?;
        }
        if resource != Resource::Videos || !call.members.contains_key("file") {
            return self.within(resource, factory_id, call, options, observer);
        }
        let file = call.members.shift_remove("file");
        let Some(path) = file.as_ref().and_then(Value::as_str) else {
            return Err(Error::invalid_argument("params: file must be the path of a file, as a text"));
        };
        if call.members.contains_key("source_url") {
            return Err(Error::invalid_argument("params: give either file or source_url"));
        }
        if matches!(self.auth, Auth::ApiKey(_)) {
            return Err(Error::invalid_argument(
                "API 3.1 takes a file only by an upload session: use an upload instead of file",
            ));
        }
        let source = Source::open(path)?;
        check_not_empty(&source, path)?;
        let form = FileBody::form("file", &source, base_name(path)?)?;
        let call = Call { body: Body::File(&form), factory_id, ..call };
        self.check_has_factory(&call)?;
        self.run(call, options, observer, |context, prepared| {
            context.progress.expect(form.len(), 0);
            let video = self.value(context, prepared)?;
            // The service has made a video of a mixture of two files.
            form.check_unchanged().map_err(|error| answered(error, &video))?;
            Ok(video)
        })
    }

    /// Changes a factory or a profile, and in API 3.1 an encoding. A factory that names no `factory_id` is
    /// signed for itself.
    pub fn update(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        id: &str,
        params_json: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
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
        let method = if is_factory && has_key { Method::PATCH } else { Method::PUT };
        let doing = format!("update {} {id}", resource.singular());
        let call = Call {
            members: params::members(Some(params_json))?,
            ..Call::new(self, method, "update", doing, resource.object(id, "")?)
        };
        if resource == Resource::Profiles {
            profile::check(&call.members)?;
        }
        let is_named = factory_id.is_some() || call.members.contains_key("factory_id");
        let factory_id = if is_factory && !is_named { Some(id) } else { factory_id };
        self.within(resource, factory_id, call, options, observer)
    }

    /// Deletes a video with all its files, an encoding, or a profile. JSON's null if the service says no more
    /// than that.
    pub fn delete(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        if resource == Resource::Factories {
            return Err(Error::invalid_argument("factories cannot be deleted through the API"));
        }
        let doing = format!("delete {} {id}", resource.singular());
        let call = Call {
            may_be_empty: true,
            ..Call::new(self, Method::DELETE, "delete", doing, resource.object(id, "")?)
        };
        self.within(resource, factory_id, call, options, observer)
    }

    /// The encodings of one video, filtered and paged as in [`Client::list`].
    pub fn video_encodings(
        &self,
        factory_id: Option<&str>,
        video_id: &str,
        params_json: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/encodings")?;
        let doing = format!("list the encodings of video {video_id}");
        let call = Call {
            members: params::members(params_json)?,
            list: Some(Resource::Encodings),
            ..Call::new(self, Method::GET, "video_encodings", doing, path)
        };
        self.within(Resource::Videos, factory_id, call, options, observer)
    }

    /// What the service read from the video's file.
    pub fn video_metadata(
        &self,
        factory_id: Option<&str>,
        video_id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/metadata")?;
        let doing = format!("get the metadata of video {video_id}");
        let call = Call::new(self, Method::GET, "video_metadata", doing, path);
        self.within(Resource::Videos, factory_id, call, options, observer)
    }

    /// Deletes the file a video was made from and keeps its encodings.
    pub fn video_delete_source(
        &self,
        factory_id: Option<&str>,
        video_id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let path = Resource::Videos.object(video_id, "/source")?;
        let doing = format!("delete the source of video {video_id}");
        let call = Call::new(self, Method::DELETE, "video_delete_source", doing, path);
        self.within(Resource::Videos, factory_id, Call { may_be_empty: true, ..call }, options, observer)
    }

    /// Begins a failed encoding again.
    pub fn encoding_retry(
        &self,
        factory_id: Option<&str>,
        encoding_id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let path = Resource::Encodings.object(encoding_id, "/retry")?;
        let doing = format!("retry encoding {encoding_id}");
        let call = Call::new(self, Method::POST, "encoding_retry", doing, path);
        self.within(Resource::Encodings, factory_id, Call { may_be_empty: true, ..call }, options, observer)
    }

    /// Stops an encoding.
    pub fn encoding_cancel(
        &self,
        factory_id: Option<&str>,
        encoding_id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let path = Resource::Encodings.object(encoding_id, "/cancel")?;
        let doing = format!("cancel encoding {encoding_id}");
        let call = Call::new(self, Method::POST, "encoding_cancel", doing, path);
        self.within(Resource::Encodings, factory_id, Call { may_be_empty: true, ..call }, options, observer)
    }

    /// Where a factory sends its notifications, and of which events.
    pub fn notifications(
        &self,
        factory_id: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let doing = "get the notifications".into();
        let call = Call::new(self, Method::GET, "notifications", doing, "/notifications.json".into());
        self.in_factory(factory_id, call, options, observer)
    }

    /// Changes some of `url`, `delay` (seconds), `send_video_payload` and `events`, an object of
    /// `video_created`, `video_encoded`, `encoding_progress` and `encoding_completed`.
    pub fn notifications_update(
        &self,
        factory_id: Option<&str>,
        params_json: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let (doing, path) = ("update the notifications".into(), "/notifications.json".into());
        let call = Call {
            members: params::members(Some(params_json))?,
            ..Call::new(self, Method::PUT, "notifications_update", doing, path)
        };
        self.in_factory(factory_id, call, options, observer)
    }

    fn within<'a>(
        &self,
        resource: Resource,
        factory_id: Option<&'a str>,
        call: Call<'a>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        match resource {
            Resource::Factories => self.call(Call { factory_id, ..call }, options, observer),
            _ => self.in_factory(factory_id, call, options, observer),
        }
    }

    fn in_factory<'a>(
        &self,
        factory_id: Option<&'a str>,
        call: Call<'a>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let call = Call { factory_id, ..call };
        self.check_has_factory(&call)?;
        self.call(call, options, observer)
    }

    /// Refuses a call that needs a factory and has none.
    pub(super) fn check_has_factory(&self, call: &Call<'_>) -> Result<()> {
        if self.factory(call.factory_id)?.is_some() || call.members.contains_key("factory_id") {
            return Ok(());
        }
        Err(Error::invalid_argument(format!(
            "factory_id is needed to {}, and the client has none either",
            call.operation.doing
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

/// [`rows`] of an answer to one call.
pub(super) fn list_of(resource: Resource, step: &'static str, answer: Value) -> Result<Value> {
    match rows(resource, answer) {
        list @ Value::Array(_) => Ok(list),
        other => Err(unusable(ErrorKind::Protocol, not_a_list(resource), &other).at(step)),
    }
}

pub(super) fn not_a_list(resource: Resource) -> String {
    format!("the answer to the list of {} is no list", resource.plural())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_leads_elsewhere_is_refused() {
        for id in ["", ".", "..", "a/b", "a?b", "a#b", "a\nb", " a", "a\\b"] {
            assert!(Resource::Videos.object(id, "/encodings").is_err(), "{id:?}");
        }
        assert_eq!(Resource::Videos.object("a.b", "").expect("an id"), "/videos/a.b.json");
    }
}
