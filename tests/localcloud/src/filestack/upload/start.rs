//! `POST /multipart/start` (3.2).

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use hyper::StatusCode;
use serde_json::json;

use super::fields::{Fields, Step, refuse};
use super::store::Store;
use super::{Call, Upload, allow, apikey, broken, flatten};
use crate::identifier;
use crate::reply::{self, Reply};
use crate::storage::REGION;

pub(crate) async fn start(call: &Call<'_>) -> Reply {
    flatten(begin(call).await)
}

async fn begin(call: &Call<'_>) -> Step<Reply> {
    let fields = Fields::of(call.body)?;
    let apikey = apikey(call, fields)?;
    let filename = fields.text("filename")?;
    let mimetype = fields.text("mimetype")?;
    let size = fields.number("size")?;
    if size == 0 {
        return refuse("size must be at least 1: an upload has at least one part");
    }
    let store = Store::read(fields)?;
    let wanted = fields.flag("fii")?;
    allow(call, fields.security()?, size, &store)?;
    if let Err(error) = call.state.account.admits(size) {
        let reason = format!("the file has {size} bytes");
        return Err(Box::new(reply::api_error(StatusCode::PAYLOAD_TOO_LARGE, &error, &reason)));
    }

    let object = identifier::token(24);
    let id = call.state.storage.begin(&object).await.map_err(|error| broken(&error))?;
    let intelligent = wanted && call.state.intelligent.load(Ordering::Relaxed);
    let upload = Upload {
        id,
        apikey: apikey.to_owned(),
        object,
        filename: filename.to_owned(),
        mimetype: mimetype.to_owned(),
        size,
        region: store.region.clone().unwrap_or_else(|| REGION.to_owned()),
        store,
        intelligent,
        started_ms: identifier::now_ms(),
        progress: Mutex::default(),
        joining: tokio::sync::Mutex::default(),
    };
    let mut answer = json!({
        "uri": upload.uri(),
        "region": upload.region,
        "upload_id": upload.id,
        "location_url": call.host,
        "location_region": REGION,
    });
    if intelligent {
        answer["upload_type"] = json!("intelligent_ingestion");
    }
    call.state.uploads.insert(upload).map_err(|error| broken(&error))?;
    Ok(reply::json(StatusCode::OK, &answer))
}
