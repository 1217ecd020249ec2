//! `POST /videos/upload.json` (4.2).

use std::collections::BTreeSet;
use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::{File, Record, Session};
use crate::fault::lock;
use crate::identifier;
use crate::telestream::call::{Call, Version};
use crate::telestream::creation::Plan;
use crate::telestream::params::Params;
use crate::telestream::refusal::{Outcome, Refusal};
use crate::telestream::{Flip, new_id, place};

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    let factory = call.factory()?;
    let plan = Plan::of(&call.params, call.table().factory(&factory)?)?;
    let flip = call.flip();
    let multi_chunk = call.params.flag("multi_chunk").unwrap_or(call.version == Version::V31);
    let mut files = vec![file(flip, &call.params, None)?];
    for extra in extra_files(call)? {
        let tag = extra.needed("tag")?;
        if files.iter().any(|file| file.tag.as_ref() == Some(&tag)) {
            return Err(Refusal::bad(format!(
                "two extra files have the tag {tag}; call them {tag}.index-0, {tag}.index-1"
            )));
        }
        files.push(file(flip, &extra, Some(tag))?);
    }
    if files.len() > 1 && !multi_chunk {
        return Err(Refusal::bad("extra_files need multi_chunk"));
    }
    let id = new_id();
    let address = id.clone();
    let record = Record {
        id,
        address,
        factory,
        video: new_id(),
        plan,
        multi_chunk,
        files,
        done: false,
        started_ms: identifier::now_ms(),
        forgotten: false,
    };
    let answer = told(call, &record);
    let session = Session::new(record);
    session.save(&flip.disk, &lock(&session.record)).map_err(|error| Refusal::internal(&error))?;
    lock(&flip.sessions.table).insert(session.id.clone(), Arc::new(session));
    Ok((StatusCode::CREATED, answer))
}

fn file(flip: &Flip, params: &Params, tag: Option<String>) -> Result<File, Refusal> {
    let (Some(size), Some(name)) = (params.integer("file_size")?, params.text("file_name")) else {
        return Err(Refusal::lacks("file_size, file_name"));
    };
    if size == 0 {
        return Err(Refusal::bad("file_size must be greater than 0"));
    }
    flip.admit(size)?;
    Ok(File { tag, name, size, part_size: flip.part_size, stored: BTreeSet::new(), reached: 0, repeated: 0 })
}

/// Objects in an array, which only JSON can carry.
fn extra_files(call: &Call<'_>) -> Result<Vec<Params>, Refusal> {
    let wrong = || Refusal::bad("extra_files is no array of {\"tag\",\"file_name\",\"file_size\"}");
    match call.params.get("extra_files") {
        None => Ok(Vec::new()),
        Some(Value::Array(members)) => {
            let members =
                members.iter().map(|member| member.as_object().cloned().map(Params).ok_or_else(wrong));
            members.collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn told(call: &Call<'_>, record: &Record) -> Value {
    // 3.0 writes numbers as text.
    let number = |number: u64| match call.version {
        Version::V30 => Value::from(number.to_string()),
        Version::V31 => Value::from(number),
    };
    let location = call.origin.url(&format!("{}?id={}", place::SESSION, record.id));
    let mut answer = json!({ "id": record.id, "location": location });
    if let (true, Some(main)) = (record.multi_chunk, record.files.first()) {
        answer["parts"] = number(main.parts());
        answer["part_size"] = number(main.part_size);
        answer["max_connections"] = number(u64::from(call.flip().max_connections));
    }
    let extra = record.files.iter().filter_map(|file| {
        let tag = file.tag.clone()?;
        let told = json!({
            "tag": tag, "name": file.name, "parts": number(file.parts()), "part_size": number(file.part_size),
        });
        Some((tag, told))
    });
    let extra: Map<String, Value> = extra.collect();
    if !extra.is_empty() {
        answer["extra_files"] = Value::Object(extra);
    }
    answer
}
