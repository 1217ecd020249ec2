//! `POST /multipart/upload`: a signed PUT for a part or a chunk (3.3).

use hyper::StatusCode;
use serde_json::Value;

use super::fields::{Fields, Step, refuse};
use super::store::Store;
use super::{Call, Chunk, Event, authorise, broken, find, flatten, part_number};
use crate::fault::lock;
use crate::identifier;
use crate::reply::{self, Reply};
use crate::storage::{SignedPut, decode_md5};

pub(crate) fn upload(call: &Call<'_>) -> Reply {
    flatten(sign(call))
}

fn sign(call: &Call<'_>) -> Step<Reply> {
    let fields = Fields::of(call.body)?;
    let upload = find(call, fields)?;
    let part = part_number(fields)?;
    let size = fields.number("size")?;
    if size == 0 || size > upload.size {
        return refuse(format!("size is {size}, the file has {} bytes", upload.size));
    }
    let md5 = fields.optional_text("md5")?;
    if md5.is_some_and(|md5| decode_md5(md5).is_none()) {
        return refuse("md5 must be standard base64 of 16 bytes");
    }
    Store::check(fields)?;
    authorise(call, fields, upload.size, &upload.store)?;
    if lock(&upload.progress).result.is_some() {
        return refuse("this upload is complete");
    }

    let note = |event| call.state.uploads.note(&upload, event).map_err(|error| broken(&error));
    let chunk = fields.flag("fii")?;
    let object = if chunk {
        if !upload.intelligent {
            return refuse(
                "fii is not granted for this upload: start did not answer upload_type intelligent_ingestion",
            );
        }
        // One SDK leaves an offset of 0 out.
        let offset = fields.optional_number("offset")?.unwrap_or(0);
        let length = upload.part_length(part);
        if offset.checked_add(size).is_none_or(|end| end > length) {
            return refuse(format!(
                "part {part} has {length} bytes: {size} bytes do not fit at offset {offset}"
            ));
        }
        let object = format!("{}.{part}.{offset}.{}", upload.object, identifier::token(6));
        let chunk = Chunk { offset, size, object: object.clone(), confirmed: false };
        note(Event::Expected { part, chunk })?;
        object
    } else {
        if fields.has("offset") {
            return refuse("offset is for fii only");
        }
        note(Event::Announced { part, size })?;
        upload.object.clone()
    };

    let put = SignedPut {
        scheme: call.scheme,
        host: call.host,
        object: &object,
        part: (!chunk).then_some((part, upload.id.as_str())),
        md5,
    };
    let mut answer = call.state.storage.sign(&put);
    answer["location_url"] = Value::from(call.host);
    Ok(reply::json(StatusCode::OK, &answer))
}
