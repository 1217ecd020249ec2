//! Profiles (3.5): what a video is encoded to.

use serde_json::{Value, json};

use super::call::{Call, ok};
use super::refusal::{Outcome, Refusal};
use super::table::{Details, Factory, save_factory};
use super::{new_id, preset, text, timestamp};

/// A profile that a new factory has.
pub(crate) fn of_preset(name: &str) -> Details {
    let mut profile = empty();
    let extname = preset::extname(name).unwrap_or(".mp4");
    for (field, value) in [("name", name), ("title", name), ("preset_name", name), ("extname", extname)] {
        profile.insert(field.to_owned(), Value::from(value));
    }
    profile
}

fn empty() -> Details {
    let now = timestamp::now();
    let fields = json!({
        "id": new_id(), "name": null, "title": null, "preset_name": null, "command": null, "extname": null,
        "width": null, "height": null, "video_bitrate": null, "audio_bitrate": null, "fps": null,
        "aspect_mode": "letterbox", "created_at": now, "updated_at": now,
    });
    fields.as_object().cloned().unwrap_or_default()
}

fn told(profile: &Details, expand: bool) -> Value {
    let mut profile = profile.clone();
    if expand {
        for (name, value) in preset::defaults() {
            profile.entry(name).or_insert(value);
        }
    }
    Value::Object(profile)
}

pub(crate) fn list(call: &Call<'_>) -> Outcome {
    let (id, expand) = (call.factory()?, call.params.flag("expand").unwrap_or(false));
    let all = call.table().factory(&id)?.profiles.iter().map(|profile| told(profile, expand)).collect();
    call.page("profiles", all)
}

pub(crate) fn find(call: &Call<'_>, key: &str) -> Outcome {
    let (id, expand) = (call.factory()?, call.params.flag("expand").unwrap_or(false));
    let table = call.table();
    let factory = table.factory(&id)?;
    let place = factory.profile(key)?;
    ok(factory.profiles.get(place).map_or(Value::Null, |profile| told(profile, expand)))
}

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    let id = call.factory()?;
    let mut profile = empty();
    change(&mut profile, call)?;
    let preset = text(&profile, "preset_name").to_owned();
    if preset.is_empty() {
        if text(&profile, "command").is_empty() || text(&profile, "extname").is_empty() {
            return Err(Refusal::lacks("preset_name, or command and extname"));
        }
    } else {
        let extname = preset::extname(&preset)?;
        if text(&profile, "extname").is_empty() {
            profile.insert("extname".to_owned(), Value::from(extname));
        }
    }
    // The name is for machines; who gives none gets one.
    if text(&profile, "name").is_empty() {
        let given = [text(&profile, "title"), &preset, "profile"];
        let name = given.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let plain = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "_");
        profile.insert("name".to_owned(), Value::from(plain));
    }
    if text(&profile, "title").is_empty() {
        let name = profile.get("name").cloned().unwrap_or_default();
        profile.insert("title".to_owned(), name);
    }
    let mut table = call.table();
    let factory = table.factory_mut(&id)?;
    check(factory, &profile)?;
    factory.profiles.push(profile.clone());
    save_factory(&call.flip().disk, factory).map_err(|error| Refusal::internal(&error))?;
    ok(Value::Object(profile))
}

pub(crate) fn update(call: &Call<'_>, key: &str) -> Outcome {
    let id = call.factory()?;
    let mut table = call.table();
    let factory = table.factory_mut(&id)?;
    let place = factory.profile(key)?;
    let mut profile = factory.profiles.get(place).cloned().unwrap_or_default();
    change(&mut profile, call)?;
    if !text(&profile, "preset_name").is_empty() {
        preset::extname(text(&profile, "preset_name"))?;
    }
    check(factory, &profile)?;
    profile.insert("updated_at".to_owned(), Value::from(timestamp::now()));
    if let Some(slot) = factory.profiles.get_mut(place) {
        slot.clone_from(&profile);
    }
    save_factory(&call.flip().disk, factory).map_err(|error| Refusal::internal(&error))?;
    ok(Value::Object(profile))
}

pub(crate) fn delete(call: &Call<'_>, key: &str) -> Outcome {
    let id = call.factory()?;
    let mut table = call.table();
    let factory = table.factory_mut(&id)?;
    let place = factory.profile(key)?;
    factory.profiles.remove(place);
    save_factory(&call.flip().disk, factory).map_err(|error| Refusal::internal(&error))?;
    ok(json!({ "deleted": true }))
}

/// Takes over what a profile has; other parameters say nothing.
fn change(profile: &mut Details, call: &Call<'_>) -> Result<(), Refusal> {
    for (name, value) in &call.params.0 {
        if let Some(value) = preset::typed(name, value) {
            profile.insert(name.clone(), value?);
        }
    }
    Ok(())
}

fn check(factory: &Factory, profile: &Details) -> Result<(), Refusal> {
    let (id, name) = (text(profile, "id"), text(profile, "name"));
    if name.is_empty() || name.contains(['/', ',']) {
        return Err(Refusal::bad("a profile needs a name, without commas and slashes"));
    }
    if factory.profiles.iter().any(|other| text(other, "id") != id && text(other, "name") == name) {
        return Err(Refusal::bad(format!("the name {name} is taken by another profile")));
    }
    if !text(profile, "extname").starts_with('.') {
        return Err(Refusal::bad("extname must begin with a dot"));
    }
    Ok(())
}
