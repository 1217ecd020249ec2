//! What Telestream keeps for an account: factories, videos, encodings, profiles, notifications.
//!
//! ```c
//! ferry_value *encodings = NULL;
//! if (ferry_telestream_video_encodings_wait(telestream, NULL, "VIDEO", NULL, &encodings, &err) == FERRY_OK)
//!     puts(ferry_value_json(encodings));
//! ferry_value_free(encodings);
//! ```

use std::ffi::c_char;
use std::time::Duration;

use serde_json::Value;

use super::error::{ferry_error, ferry_status};
use super::progress::Watcher;
use super::request::{ferry_request_options, request_options};
use super::telestream::{answer, ferry_telestream};
use super::value::ferry_value;
use super::{optional_text, text};
use crate::error::{Error, Result};
use crate::telestream::{Client, Resource};

/// The resource of factories: each holds videos, encodings and profiles, and knows where their files are stored.
pub const FERRY_FACTORIES: i32 = 1;
/// The resource of videos: files that were sent to a factory.
pub const FERRY_VIDEOS: i32 = 2;
/// The resource of encodings: a video in the form that a profile asks for.
pub const FERRY_ENCODINGS: i32 = 3;
/// The resource of profiles: how a factory encodes.
pub const FERRY_PROFILES: i32 = 4;

fn resource(number: i32) -> Result<Resource> {
    match number {
        FERRY_FACTORIES => Ok(Resource::Factories),
        FERRY_VIDEOS => Ok(Resource::Videos),
        FERRY_ENCODINGS => Ok(Resource::Encodings),
        FERRY_PROFILES => Ok(Resource::Profiles),
        _ => Err(Error::invalid_argument(format!(
            "resource {number} is none of FERRY_FACTORIES, FERRY_VIDEOS, FERRY_ENCODINGS and FERRY_PROFILES"
        ))),
    }
}

/// What a call that is not Filestack's takes of the options of a request.
///
/// # Safety
/// `given` is NULL or points to valid options.
unsafe fn unsigned_options(given: *const ferry_request_options) -> Result<(Option<Duration>, Watcher)> {
    // SAFETY: by this function's contract.
    let (options, watcher) = unsafe { request_options(given) }?;
    if options.security.is_some() {
        return Err(Error::invalid_argument("security of the options is Filestack's; Telestream has none"));
    }
    Ok((options.deadline, watcher))
}

/// Asks a client for a value about one object, given its id and what the argument is called.
///
/// # Safety
/// All pointers are as the header demands.
unsafe fn of_one(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    (id, name): (*const c_char, &str),
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
    ask: impl FnOnce(&Client, Option<&str>, &str) -> Result<Value>,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: by this function's contract.
        let (factory, id) = unsafe { (optional_text(factory_id, "factory_id")?, text(id, name)?) };
        ask(client, factory, id)
    };
    // SAFETY: by this function's contract.
    unsafe { answer(telestream, out, err, ask) }
}

/// One page of a resource, one of FERRY_FACTORIES, FERRY_VIDEOS, FERRY_ENCODINGS and FERRY_PROFILES: an array. `factory_id` is where to look; NULL: the
/// client's factory, here and below. `params_json` is a JSON object or NULL: "page" from 1 and "per_page" up to 100, which is the default; there are more
/// pages until one has fewer. Videos and encodings: "status" (success, fail, processing); encodings: "video_id", "profile_id", "profile_name".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_list(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    params_json: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (factory, params) =
            unsafe { (optional_text(factory_id, "factory_id")?, optional_text(params_json, "params_json")?) };
        client.list(self::resource(resource)?, factory, params)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// All pages of a resource as one array. `params_json` as for `ferry_telestream_list`, but without "page". `deadline_ms` of `options` bounds the whole
/// call, its callback is called meanwhile and can cancel it; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_list_all(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts and options as the header demands.
        let (factory, params, (deadline, watcher)) = unsafe {
            (
                optional_text(factory_id, "factory_id")?,
                optional_text(params_json, "params_json")?,
                unsigned_options(options)?,
            )
        };
        let resource = self::resource(resource)?;
        watcher.watch(|observer| client.list_all(resource, factory, params, deadline, observer))
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// One object by its id, a profile also by its name. `params_json` is a JSON object or NULL: "screenshots" (encodings) and "expand" (profiles) ask for more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_find(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    id: *const c_char,
    params_json: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (factory, id, params) = unsafe {
            (
                optional_text(factory_id, "factory_id")?,
                text(id, "id")?,
                optional_text(params_json, "params_json")?,
            )
        };
        client.find(self::resource(resource)?, factory, id, params)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// Makes an object of the members of a JSON object; true and false are sent as the service takes them, here and below. A video needs "source_url", or "file", the
/// path of a local file that goes up in this one request (API 3.0 only; uploads can do more), an encoding "video_id" and one of "profile_id" and "profile_name", a profile "preset_name", or "command" and "extname". It is not repeated once it may have
/// arrived, else there were two.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_create(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    params_json: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (factory, params) =
            unsafe { (optional_text(factory_id, "factory_id")?, text(params_json, "params_json")?) };
        client.create(self::resource(resource)?, factory, params)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// Changes the given members of a factory or a profile, with an API key also of an encoding; nothing else can be changed. `factory_id` NULL is the factory itself for
/// FERRY_FACTORIES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_update(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    id: *const c_char,
    params_json: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (factory, id, params) = unsafe {
            (optional_text(factory_id, "factory_id")?, text(id, "id")?, text(params_json, "params_json")?)
        };
        client.update(self::resource(resource)?, factory, id, params)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// Deletes a video with all its files, an encoding or a profile; factories cannot be deleted. `out` is JSON's null if the service says no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_delete(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    id: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (factory, id) = unsafe { (optional_text(factory_id, "factory_id")?, text(id, "id")?) };
        client.delete(self::resource(resource)?, factory, id)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// The encodings of one video. `params_json` as for `ferry_telestream_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_encodings(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    params_json: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (factory, video, params) = unsafe {
            (
                optional_text(factory_id, "factory_id")?,
                text(video_id, "video_id")?,
                optional_text(params_json, "params_json")?,
            )
        };
        client.video_encodings(factory, video, params)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// What the service has read from the video's file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_metadata(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (video_id, "video_id"), out, err, Client::video_metadata) }
}

/// Deletes the file a video was made from, and keeps its encodings. `out` is JSON's null if the service says no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_delete_source(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (video_id, "video_id"), out, err, Client::video_delete_source) }
}

/// Begins a failed encoding again. `out` is JSON's null if the service says no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_encoding_retry(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    encoding_id: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (encoding_id, "encoding_id"), out, err, Client::encoding_retry) }
}

/// Stops an encoding. `out` is JSON's null if the service says no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_encoding_cancel(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    encoding_id: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (encoding_id, "encoding_id"), out, err, Client::encoding_cancel) }
}

/// Where a factory sends its notifications ("url", "delay" in seconds, "send_video_payload") and of which "events".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_notifications(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let factory = unsafe { optional_text(factory_id, "factory_id")? };
        client.notifications(factory)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// Changes the given members of what `ferry_telestream_notifications` tells. "events" is an object of "video_created", "video_encoded",
/// "encoding_progress" and "encoding_completed", each true or false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_notifications_update(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    params_json: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (factory, params) =
            unsafe { (optional_text(factory_id, "factory_id")?, text(params_json, "params_json")?) };
        client.notifications_update(factory, params)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// Asks until the service has stored a video, with pauses from 1 to 5 seconds; its encodings may still be under way. One that has failed is FERRY_HTTP with
/// the service's reason. `deadline_ms` of `options` bounds the wait, its callback is called meanwhile and can cancel it, and it may be NULL; the same
/// holds for the calls below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_wait(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client, factory: Option<&str>, id: &str| {
        // SAFETY: options as the header demands.
        let (deadline, watcher) = unsafe { unsigned_options(options) }?;
        watcher.watch(|observer| client.wait(Resource::Videos, factory, id, deadline, observer))
    };
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (video_id, "video_id"), out, err, ask) }
}

/// Asks until an encoding is done. One that has failed is FERRY_HTTP with the service's reason. Progress is told in percent: `bytes_done` of 100.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_encoding_wait(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    encoding_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client, factory: Option<&str>, id: &str| {
        // SAFETY: options as the header demands.
        let (deadline, watcher) = unsafe { unsigned_options(options) }?;
        watcher.watch(|observer| client.wait(Resource::Encodings, factory, id, deadline, observer))
    };
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (encoding_id, "encoding_id"), out, err, ask) }
}

/// Asks until a video is stored and none of its encodings is under way; `out` gets them as an array. One that failed is among them, its "status" is
/// "fail". Progress is told in percent: 100 for each encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_encodings_wait(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client, factory: Option<&str>, id: &str| {
        // SAFETY: options as the header demands.
        let (deadline, watcher) = unsafe { unsigned_options(options) }?;
        watcher.watch(|observer| client.video_encodings_wait(factory, id, deadline, observer))
    };
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (video_id, "video_id"), out, err, ask) }
}
