//! Waiting for the service to be done with a video or its encodings.

use serde_json::Value;

use super::call::{Call, Prepared, unusable};
use super::pages::LARGEST_PAGE;
use super::{Client, RequestOptions, Resource};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, Secrets};
use crate::transfer::context::TransferContext;
use crate::transfer::report::Observer;

/// What an encoding under way counts, finished or not: its progress is told in percent.
const WHOLE: u64 = 100;

/// Each of these asks with pauses from 1 to 5 seconds. Progress is told in percent.
impl Client {
    /// A video as soon as the service has stored it; its encodings may still be under way. One that has
    /// failed is an error with the service's reason.
    pub fn video_wait(
        &self,
        factory_id: Option<&str>,
        id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        self.wait(Resource::Videos, factory_id, id, options, observer)
    }

    /// An encoding as soon as it is done. One that has failed is an error with the service's reason.
    pub fn encoding_wait(
        &self,
        factory_id: Option<&str>,
        id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        self.wait(Resource::Encodings, factory_id, id, options, observer)
    }

    fn wait(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let call = self.waiting(resource, factory_id, id)?;
        self.check_has_factory(&call)?;
        self.run(call, options, observer, |context, prepared| {
            context.progress.expect(WHOLE, 0);
            self.ended(context, resource, id, prepared)
        })
    }

    /// All encodings of a video as soon as each of them is done or has failed, which their `status` tells. A
    /// video that has failed is an error.
    pub fn video_encodings_wait(
        &self,
        factory_id: Option<&str>,
        id: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let path = Resource::Videos.object(id, "/encodings")?;
        let doing = format!("wait for the encodings of video {id}");
        let page = |number: u64| {
            let call = Call::new(self, Method::GET, "video_encodings_wait", doing.clone(), path.clone());
            let mut call = Call { factory_id, ..call };
            call.members.insert("page".into(), number.into());
            call.members.insert("per_page".into(), LARGEST_PAGE.into());
            call
        };
        self.check_has_factory(&page(1))?;
        let video = self.prepare(self.waiting(Resource::Videos, factory_id, id)?)?;
        self.run(page(1), options, observer, |context, _| {
            self.ended(context, Resource::Videos, id, &video)?;
            let (mut told, mut over) = (0, 0);
            context.poll(|| {
                let encodings = self.gather(context, Resource::Encodings, LARGEST_PAGE, &page)?;
                let each = encodings.as_array().map_or(&[][..], Vec::as_slice);
                each.iter().try_for_each(|encoding| status(encoding).map(drop))?;
                let count = u32::try_from(each.len()).unwrap_or(u32::MAX);
                context.progress.expect(WHOLE * u64::from(count), count);
                tell(context, &mut told, each.iter().map(percent).sum());
                let now_over = each.iter().filter(|encoding| is_over(encoding)).count();
                (over..now_over).for_each(|_| context.progress.part_done());
                over = over.max(now_over);
                Ok((now_over == each.len()).then_some(encodings))
            })
        })
    }

    /// The object once it is no longer processed, unless it has failed.
    fn ended(
        &self,
        context: &TransferContext<'_>,
        resource: Resource,
        id: &str,
        prepared: &Prepared<'_>,
    ) -> Result<Value> {
        let mut told = 0;
        context.poll(|| {
            let object = self.value(context, prepared)?;
            if status(&object)? == "fail" {
                return Err(failure(resource, id, &object, &prepared.secrets()));
            }
            if resource == Resource::Encodings {
                tell(context, &mut told, percent(&object));
            }
            Ok(is_over(&object).then_some(object))
        })
    }

    fn waiting<'a>(&self, resource: Resource, factory_id: Option<&'a str>, id: &str) -> Result<Call<'a>> {
        let doing = format!("wait for {} {id}", resource.singular());
        let call = Call::new(self, Method::GET, step(resource), doing, resource.object(id, "")?);
        Ok(Call { factory_id, ..call })
    }
}

fn step(resource: Resource) -> &'static str {
    if resource == Resource::Videos { "video_wait" } else { "encoding_wait" }
}

/// Counts on from `told`; what goes back is not told.
fn tell(context: &TransferContext<'_>, told: &mut u64, now: u64) {
    context.progress.moved(now.saturating_sub(*told));
    *told = now.max(*told);
}

fn status(object: &Value) -> Result<&str> {
    let status = object.get("status").and_then(Value::as_str);
    status.ok_or_else(|| unusable(ErrorKind::Protocol, "the answer has no status to wait for", object))
}

/// Whether the service has come to an end, as only these words say (`specs/telestream.md` 3.3). A word that
/// is not known may be one of a work under way.
fn is_over(object: &Value) -> bool {
    matches!(status(object), Ok("success" | "fail"))
}

fn percent(encoding: &Value) -> u64 {
    match encoding.get("encoding_progress").and_then(Value::as_f64) {
        _ if is_over(encoding) => WHOLE,
        Some(share) => (share.max(0.0) as u64).min(WHOLE),
        None => 0,
    }
}

/// The longest reason of the service that an error quotes, in characters.
const LONGEST_REASON: usize = 1000;

fn failure(resource: Resource, id: &str, object: &Value, secrets: &Secrets) -> Error {
    let text = |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let reason = match (text("error_class"), text("error_message")) {
        (Some(class), Some(message)) => format!("{class}: {message}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "the service gives no reason".to_owned(),
    };
    let reason = secrets.excerpt(&reason, LONGEST_REASON);
    unusable(ErrorKind::Http, format!("{} {id} has failed: {reason}", resource.singular()), object)
        .at(step(resource))
}
