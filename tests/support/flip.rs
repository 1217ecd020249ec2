//! Telestream of the local cloud: its clients, and what it has stored.

use std::io::Read;
use std::sync::Arc;

use ferry::http::Connection;
use ferry::telestream::{Client, ClientOptions, RequestOptions, Resource, Upload};
use serde_json::Value;

use super::control;

pub const FACTORY: &str = "fac1fac1fac1fac1fac1fac1fac1fac1";

pub fn client(url: impl Into<String>, connection: Connection) -> Arc<Client> {
    let options = ClientOptions {
        base_url: Some(url.into()),
        factory_id: Some(FACTORY.into()),
        connection,
        ..Default::default()
    };
    Client::new("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", options).expect("a client")
}

/// The bytes of the video, as the service gives them out. The params of the upload have to name the profile
/// `h264`.
pub fn stored(client: &Client, upload: &Upload) -> Vec<u8> {
    let options = RequestOptions::default();
    let video = upload.answer().expect("uploaded");
    let id = video["id"].as_str().expect("an id");
    let encodings = client.video_encodings_wait(None, id, &options, None).expect("encodings");
    let factory = client.find(Resource::Factories, None, FACTORY, None, &options, None).expect("the factory");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let url = text(&factory["url"]) + &text(&encodings[0]["files"][0]);
    let mut bytes = Vec::new();
    let mut answer = ureq::get(&url).call().expect("the output");
    answer.body_mut().as_reader().read_to_end(&mut bytes).expect("bytes");
    bytes
}

/// How many parts and ranges the service got although it had them.
pub fn repeated(url: &str) -> u64 {
    let sessions = control(url, "sessions");
    let files = |session: &Value| session["files"].as_array().expect("files").clone();
    let sessions = sessions.as_array().expect("sessions").iter();
    sessions.flat_map(files).map(|file| file["repeated"].as_u64().expect("a count")).sum()
}
