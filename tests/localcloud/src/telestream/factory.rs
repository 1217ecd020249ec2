//! Factories.

use serde_json::{Value, json};

use super::call::{Call, Version, ok};
use super::params::{is_true, text_of};
use super::refusal::{Outcome, Refusal};
use super::table::{Details, Factory, save_factory};
use super::{new_id, profile, text, timestamp};
use crate::origin::Origin;

/// The factories that are there from the start, with ids that stay.
const FIRST: [(&str, &str); 2] = [
    ("fac1fac1fac1fac1fac1fac1fac1fac1", "first-factory"),
    ("fac2fac2fac2fac2fac2fac2fac2fac2", "second-factory"),
];

/// Fields that a call may set. Of the keys of a bucket the service tells nothing, so they are not kept.
const TEXTS: &str = "name s3_videos_bucket factory_region output_bucket_name acl input_bucket_name input_bucket_file_pattern \
                     outputs_path_format store_id";
const FLAGS: &str = "s3_private_access upload_original_video input_bucket_watch input_bucket_recursive server_side_encryption";
const INTEGERS: &str = "priority input_bucket_sync_every_n_min storage_provider";

pub(crate) fn first() -> Vec<Factory> {
    FIRST.iter().map(|(id, name)| make(id, name)).collect()
}

fn make(id: &str, name: &str) -> Factory {
    let now = timestamp::now();
    let fields = json!({
        "id": id, "name": name, "url": null, "s3_videos_bucket": name, "s3_private_access": false,
        "upload_original_video": false, "created_at": now, "updated_at": now,
    });
    let profiles = ["h264", "webm"].map(profile::of_preset).to_vec();
    Factory::new(fields.as_object().cloned().unwrap_or_default(), profiles)
}

/// Where the outputs of a factory are, as seen by who asks.
pub(crate) fn url(origin: Origin<'_>, id: &str) -> String {
    origin.url(&format!("flip-output/{id}/"))
}

fn told(details: &Details, origin: Origin<'_>) -> Value {
    let mut details = details.clone();
    let url = url(origin, text(&details, "id"));
    details.insert("url".to_owned(), Value::from(url));
    Value::Object(details)
}

pub(crate) fn list(call: &Call<'_>) -> Outcome {
    let all = call.table().factories.iter().map(|factory| told(&factory.details, call.origin)).collect();
    call.page("factories", all)
}

pub(crate) fn find(call: &Call<'_>, id: &str) -> Outcome {
    ok(told(&call.table().factory(id)?.details, call.origin))
}

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    let mut factory = make(&new_id(), &call.params.needed("name")?);
    change(&mut factory.details, call)?;
    let answer = told(&factory.details, call.origin);
    call.table().add_factory(&call.flip().disk, factory).map_err(|error| Refusal::internal(&error))?;
    Ok((call.created(), answer))
}

pub(crate) fn update(call: &Call<'_>, id: &str) -> Outcome {
    let mut table = call.table();
    let factory = table.factory_mut(id)?;
    let mut details = factory.details.clone();
    change(&mut details, call)?;
    details.insert("updated_at".to_owned(), Value::from(timestamp::now()));
    factory.details = details;
    save_factory(&call.flip().disk, factory).map_err(|error| Refusal::internal(&error))?;
    ok(told(&factory.details, call.origin))
}

fn change(details: &mut Details, call: &Call<'_>) -> Result<(), Refusal> {
    for (name, value) in &call.params.0 {
        let has = |names: &str| names.split_whitespace().any(|known| known == name);
        let value = if has(FLAGS) {
            Value::Bool(is_true(value))
        } else if has(INTEGERS) {
            Value::from(call.params.integer(name)?)
        } else if has(TEXTS) {
            text_of(value).map_or(Value::Null, Value::from)
        } else {
            continue;
        };
        details.insert(name.clone(), value);
    }
    if text(details, "name").is_empty() {
        return Err(Refusal::lacks("name"));
    }
    let priority = details.get("priority").and_then(Value::as_u64);
    if call.version == Version::V30 && priority.is_some_and(|priority| !(2..=200).contains(&priority)) {
        return Err(Refusal::bad("priority is between 2 and 200"));
    }
    Ok(())
}
