//! Answers of the service: an upload of a few bytes to a service that answers one of the calls with anything.

use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use ferry::ffi::connection::{FERRY_NO_RETRIES, ferry_connection_options, ferry_connection_options_init};
use ferry::ffi::filelink::{
    ferry_filelink, ferry_filelink_answer, ferry_filelink_free, ferry_filelink_metadata, ferry_filelink_new,
};
use ferry::ffi::filestack::{ferry_filestack_free, ferry_filestack_options, ferry_filestack_options_init};
use ferry::ffi::filestack_upload::ferry_filestack_upload_bytes;
use ferry::ffi::value::{
    ferry_value, ferry_value_at, ferry_value_double, ferry_value_free, ferry_value_get, ferry_value_int,
    ferry_value_json, ferry_value_key, ferry_value_len, ferry_value_string, ferry_value_type,
};

use super::peer::{Peer, Reply, Request};
use super::{asked, call, client};

/// The calls that can be answered with anything.
const STEPS: [&str; 5] = ["start", "upload", "put", "complete", "metadata"];

pub const STATUSES: [&str; 8] = [
    "200 OK",
    "202 Accepted",
    "206 Partial",
    "301 Moved",
    "400 Bad",
    "403 Forbidden",
    "404 Gone",
    "503 Busy",
];

/// What is uploaded.
const BYTES: &[u8] = b"hello";

/// What the service says next.
struct Script {
    step: &'static str,
    status: &'static str,
    body: Vec<u8>,
}

/// Whether the bytes of the upload have come.
static HAS_BYTES: AtomicBool = AtomicBool::new(false);

static SCRIPT: Mutex<Script> = Mutex::new(Script { step: "", status: "200 OK", body: Vec::new() });

/// The first byte chooses the call, the second the status, the rest is the body of its answer.
pub fn answer(data: &[u8]) {
    let [step, status, body @ ..] = data else { return };
    let step = STEPS[usize::from(*step) % STEPS.len()];
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    if status == "202 Accepted" && step == "complete" {
        return; // means "ask again", for ten minutes
    }
    *SCRIPT.lock().expect("nobody panicked") = Script { step, status, body: body.to_vec() };
    HAS_BYTES.store(false, Ordering::Relaxed);
    service().next();
    let base = service().c_url();
    // SAFETY: handles, texts, options and outputs are valid; what is given away is freed once.
    unsafe {
        let mut connection: ferry_connection_options = std::mem::zeroed();
        ferry_connection_options_init(&mut connection, size_of::<ferry_connection_options>());
        connection.max_retries = FERRY_NO_RETRIES;
        connection.stall_timeout_ms = 2000;
        let mut options: ferry_filestack_options = std::mem::zeroed();
        ferry_filestack_options_init(&mut options, size_of::<ferry_filestack_options>());
        options.base_url = base.as_ptr();
        options.connection = &connection;
        let client = client(&options);
        let mut link: *mut ferry_filelink = null_mut();
        let stored = asked(|err| {
            ferry_filestack_upload_bytes(client, BYTES.as_ptr().cast(), BYTES.len(), null(), &mut link, err)
        });
        let mut value: *mut ferry_value = null_mut();
        if stored {
            assert!(HAS_BYTES.load(Ordering::Relaxed), "a success without all bytes");
            assert!(call(|err| ferry_filelink_answer(link, &mut value, err)));
            look_at(value);
            ferry_value_free(Some(Box::from_raw(value)));
            ferry_filelink_free(Some(Box::from_raw(link)));
        }
        assert!(call(|err| ferry_filelink_new(client, c"HANDLE".as_ptr(), &mut link, err)));
        if asked(|err| ferry_filelink_metadata(link, null(), null(), &mut value, err)) {
            look_at(value);
            ferry_value_free(Some(Box::from_raw(value)));
        }
        ferry_filelink_free(Some(Box::from_raw(link)));
        ferry_filestack_free(Some(Box::from_raw(client)));
    }
}

/// Every getter on every value inside.
///
/// # Safety
/// `value` is live.
pub unsafe fn look_at(value: *const ferry_value) {
    // SAFETY: by this function's contract; children live as long as the whole.
    unsafe {
        let _ = (
            ferry_value_type(value),
            ferry_value_int(value),
            ferry_value_double(value),
            ferry_value_string(value),
        );
        assert!(!ferry_value_json(value).is_null());
        for index in 0..=ferry_value_len(value).min(1000) {
            let name = ferry_value_key(value, index);
            if !name.is_null() {
                assert!(!ferry_value_get(value, name).is_null());
            }
            let child = ferry_value_at(value, index);
            if !child.is_null() {
                look_at(child);
            }
        }
    }
}

fn service() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| Peer::start(reply))
}

fn reply(request: &Request) -> Reply {
    if request.method == "PUT" && request.body == BYTES {
        HAS_BYTES.store(true, Ordering::Relaxed);
    }
    let Some(step) = STEPS.iter().find(|step| request.path.ends_with(**step)) else {
        return Reply::nothing();
    };
    let (status, body) = {
        let script = SCRIPT.lock().expect("nobody panicked");
        if script.step == *step {
            (script.status, script.body.clone())
        } else {
            ("200 OK", usual(step, request.header("host").unwrap_or_default()))
        }
    };
    Reply::new(status, "etag: \"5d41402abc4b2a76b9719d911017c592\"\r\n", &body)
}

/// What a service that works answers.
fn usual(step: &str, address: &str) -> Vec<u8> {
    let body = match step {
        "start" => format!(r#"{{"uri":"/u","region":"r","upload_id":"i","location_url":"{address}"}}"#),
        "upload" => format!(r#"{{"url":"http://{address}/put","headers":{{"x-amz-date":"now"}}}}"#),
        "complete" => r#"{"handle":"HANDLE","size":5}"#.to_owned(),
        "metadata" => r#"{"size":5}"#.to_owned(),
        _ => String::new(),
    };
    body.into_bytes()
}
