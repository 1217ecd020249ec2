//! What encodings have made, at factory.url + path + extname (3.3).

use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::preset::mime_type;
use super::table::{Encoding, Video};
use super::text;
use crate::download::{self, Download};
use crate::fault::lock;
use crate::reply::{self, Reply};
use crate::state::State;

/// A file of the disk and the name it goes by, or text.
enum Found {
    File { id: String, name: String, size: u64 },
    Log(String),
}

pub(crate) async fn deliver(
    state: &State,
    method: &Method,
    headers: &HeaderMap,
    factory: &str,
    name: &str,
) -> Reply {
    let found = {
        let table = lock(&state.flip.table);
        let originals = table.factory(factory).is_ok_and(|factory| {
            factory.details.get("upload_original_video").is_some_and(|value| value == &Value::Bool(true))
        });
        let mut mine = table.videos.iter().filter(|video| video.factory == factory);
        mine.find_map(|video| in_video(video, name, originals))
    };
    match found {
        None => reply::text(StatusCode::NOT_FOUND, "File not found"),
        Some(Found::Log(log)) => reply::text(StatusCode::OK, log),
        Some(Found::File { id, name, size }) => match state.flip.disk.file(&id) {
            Some(path) => {
                let ending = name.rfind('.').and_then(|dot| name.get(dot..)).unwrap_or("").to_owned();
                let filename = name.rsplit('/').next().unwrap_or("").to_owned();
                let download = Download { path, size, mimetype: mime_type(&ending).to_owned(), filename };
                download::send(download, method, headers).await
            }
            None => {
                let error = "started with --storage null: the bytes of uploads are counted, not kept";
                reply::json(StatusCode::NOT_IMPLEMENTED, &json!({ "error": error }))
            }
        },
    }
}

fn in_video(video: &Video, name: &str, originals: bool) -> Option<Found> {
    let size = video.details.get("file_size").and_then(Value::as_u64).unwrap_or(0);
    let file = |id: &str| Some(Found::File { id: id.to_owned(), name: name.to_owned(), size });
    let (path, extname) = (text(&video.details, "path"), text(&video.details, "extname"));
    if originals && video.has_source && name == format!("{path}{extname}") {
        return file(video.id());
    }
    video.encodings.iter().find_map(|encoding| {
        if is_log(encoding, name) {
            let why = text(&encoding.details, "error_message");
            return Some(Found::Log(format!("{}: {why}\n", text(&encoding.details, "error_class"))));
        }
        if has(encoding, name) { file(encoding.id()) } else { None }
    })
}

fn is_log(encoding: &Encoding, name: &str) -> bool {
    encoding.status() == "fail" && name.strip_suffix(".log") == Some(text(&encoding.details, "path"))
}

/// Its files, and the screenshots that every encoding has.
fn has(encoding: &Encoding, name: &str) -> bool {
    if encoding.status() != "success" {
        return false;
    }
    let files = encoding.details.get("files").and_then(Value::as_array);
    if files.is_some_and(|files| files.iter().any(|file| file == name)) {
        return true;
    }
    let number = name.strip_prefix(text(&encoding.details, "path"));
    let number = number.and_then(|rest| rest.strip_prefix('_')?.strip_suffix(".jpg")?.parse::<u8>().ok());
    number.is_some_and(|number| (1..=7).contains(&number))
}
