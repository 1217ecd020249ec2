//! Answers of Telestream: to calls, and in the course of an upload.
//!
//! The promise: an error, or what the service said; no error tells a secret that the service echoes; an
//! upload that succeeds has sent every byte of its file.

use std::sync::OnceLock;

use ferry::error::{ErrorKind, Result};
use ferry::ffi::value::ferry_value;
use ferry::telestream::{Client, Protocol, RequestOptions, Resource, Upload, UploadOptions};
use ferry::transfer::source::Source;
use serde_json::Value;

use super::fence;
use super::flip::{self, Flip, Step};
use super::peer::Reply;
use super::service::{STATUSES, look_at};
use super::sound;

/// Stands for where the service is.
const HOST: &[u8] = b"@HOST@";

type Call = fn(&Client) -> Result<Value>;

const CALLS: [Call; 8] = [
    |client| client.list(Resource::Videos, None, None, &RequestOptions::default(), None),
    |client| client.list(Resource::Factories, None, None, &RequestOptions::default(), None),
    |client| client.find(Resource::Videos, None, "v", None, &RequestOptions::default(), None),
    |client| client.list_all(Resource::Encodings, None, None, &RequestOptions::default(), None),
    |client| client.video_encodings(None, "v", None, &RequestOptions::default(), None),
    |client| client.video_metadata(None, "v", &RequestOptions::default(), None),
    |client| client.notifications(None, &RequestOptions::default(), None),
    |client| client.delete(Resource::Videos, None, "v", &RequestOptions::default(), None),
];

/// The steps of an upload that are answered with anything, and how it goes up.
const STEPS: [(Step, Protocol); 5] = [
    (Step::Opening, Protocol::Parts),
    (Step::Part, Protocol::Parts),
    (Step::Missing, Protocol::Parts),
    (Step::Opening, Protocol::Ranges),
    (Step::Range, Protocol::Ranges),
];

/// The first byte chooses the call, the second the status; what is before a NUL byte are headers, if there is
/// one; then comes the body.
pub fn telestream(data: &[u8]) {
    let [choice, status, said @ ..] = data else { return };
    if !fence::STANDS {
        return;
    }
    let said = with_host(said);
    let (headers, body) = match said.iter().position(|byte| *byte == 0) {
        Some(end) => (&said[..end], &said[end + 1..]),
        None => (&b""[..], &*said),
    };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let reply = reply(status, headers, body);
    let choice = usize::from(*choice) % (CALLS.len() + STEPS.len());
    match CALLS.get(choice) {
        Some(call) => {
            flip::set(Flip { says: Some((Step::Other, reply)), ..Flip::default() });
            judge(call(&flip::client()), &[flip::KEY]);
        }
        None => {
            let (step, protocol) = STEPS[choice - CALLS.len()];
            let is_told =
                step == Step::Opening && (!status.starts_with('2') || is_refusal(body) || is_host(body));
            let secrets = if is_told { &[flip::KEY][..] } else { &[flip::KEY, flip::SESSION] };
            judge(upload(step, protocol, reply), secrets);
        }
    }
}

fn with_host(said: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(said.len());
    let mut rest = said;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(HOST) {
            Some(after) => {
                all.extend(flip::peer().address.to_string().as_bytes());
                rest = after;
            }
            None => {
                all.push(*first);
                rest = after;
            }
        }
    }
    all
}

fn reply(status: &str, headers: &[u8], body: &[u8]) -> Reply {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
    let end: &[u8] = if headers.is_empty() { b"\r\n" } else { b"\r\n\r\n" };
    // What the headers make of the length may wait for more.
    Reply { bytes: [head.as_bytes(), headers, end, body].concat(), closes: !headers.is_empty() }
}

/// What the service says in words when it opens no session is shown.
fn is_refusal(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.get("error").is_some())
}

/// The name of a host is no secret: who cannot be found is named.
fn is_host(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let value = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let location = value.get("location").and_then(Value::as_str).unwrap_or(&text);
    location.split("//").skip(1).any(|after| {
        let authority = after.split(['/', '?', '#', '"']).next().unwrap_or_default();
        authority.rsplit('@').next().is_some_and(|host| host.contains(flip::SESSION))
    })
}

fn judge(result: Result<Value>, secrets: &[&str]) {
    match result {
        Ok(value) => {
            let value = ferry_value::new(value).expect("memory");
            // SAFETY: the value lives.
            unsafe { look_at(&value) };
        }
        Err(error) => {
            sound(&error);
            assert!(error.kind() != ErrorKind::Timeout, "{error}");
            let told = format!("{error} {} {error:?}", error.body());
            for secret in secrets {
                assert!(!told.contains(*secret), "an error tells a secret: {told}");
            }
        }
    }
}

fn upload(step: Step, protocol: Protocol, reply: Reply) -> Result<Value> {
    static FILM: OnceLock<Vec<u8>> = OnceLock::new();
    let film = FILM.get_or_init(|| (0..150).collect());
    flip::set(Flip { says: Some((step, reply)), is_silent: step == Step::Missing, ..Flip::default() });
    let options = UploadOptions {
        filename: Some("film.mov".into()),
        concurrency: 1,
        protocol,
        ..UploadOptions::default()
    };
    let upload =
        Upload::of_source(&flip::client(), None, Source::Bytes(film), None, options).expect("an upload");
    let result = upload.run(None).and_then(|()| upload.answer());
    if result.is_ok() {
        let sessions = flip::get().sessions;
        let is_there = sessions.values().any(|session| session.stored() == *film);
        assert!(is_there, "a success, and bytes were not sent");
    }
    result
}
