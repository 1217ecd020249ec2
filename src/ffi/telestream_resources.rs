//! What Telestream keeps for an account: factories, and in each of them videos, encodings, profiles and
//! notifications.
//!
//! Answers are JSON values as the service gives them; its documentation has their members. A GET is sent
//! again as often as `max_retries` of the connection says, a PUT, PATCH or DELETE twice at most, a POST only
//! if it has surely not arrived.
//!
//! ```c
//! ferry_value *videos = NULL;
//! const char *params = "{\"status\": \"success\"}";
//! if (ferry_telestream_list(telestream, FERRY_VIDEOS, NULL, params, NULL, &videos, &err) == FERRY_OK) {
//!     for (size_t i = 0; i < ferry_value_len(videos); i++) {
//!         puts(ferry_value_string(ferry_value_get(ferry_value_at(videos, i), "id")));
//!     }
//! }
//! ferry_value_free(videos);
//! ```

use std::ffi::c_char;

use serde_json::Value;

use super::error::{ferry_error, ferry_status};
use super::request::ferry_request_options;
use super::telestream::{answer, ferry_telestream};
use super::value::ferry_value;
use super::{optional_text, text};
use crate::error::{Error, Result};
use crate::telestream::{Client, RequestOptions, Resource};
use crate::transfer::report::Observer;

/// Factories: each holds videos, encodings and profiles, and knows where their files are stored.
pub const FERRY_FACTORIES: i32 = 1;
/// Videos: files that were sent to a factory.
pub const FERRY_VIDEOS: i32 = 2;
/// Encodings: a video in the form that a profile asks for.
pub const FERRY_ENCODINGS: i32 = 3;
/// Profiles: how a factory encodes.
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

/// Runs a call about one object, given its id and what the argument is called.
///
/// # Safety
/// All pointers are as the header demands.
unsafe fn of_one(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    (id, name): (*const c_char, &str),
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
    call: impl Fn(&Client, Option<&str>, &str, &RequestOptions, Option<Observer<'_>>) -> Result<Value>,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: by this function's contract.
        let (factory, id) = unsafe { (optional_text(factory_id, "factory_id")?, text(id, name)?) };
        call(client, factory, id, options, observer).and_then(ferry_value::new)
    };
    // SAFETY: by this function's contract.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// List one page of a resource, which is FERRY_FACTORIES, FERRY_VIDEOS, FERRY_ENCODINGS or FERRY_PROFILES.
/// `out` receives an array.
///
/// `factory_id` says which factory to look in; NULL is that of "factory_id" in the parameters, or else the
/// client's, here and in all functions below. Two that differ are refused. "access_key", "timestamp" and
/// "signature" among parameters are left out: each request has its own.
/// `params_json` is a JSON object or NULL: "page", counted from 1, and "per_page", at most 100 and 100 by
/// default. There are more pages until one has fewer objects than that. Videos and encodings are filtered by
/// "status" ("success", "fail", "processing"), encodings also by "video_id", "profile_id" and "profile_name".
///
/// Here and below: `options` may be NULL, and its `security` must be. Free `out` with `ferry_value_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT, before anything is sent, if the resource, an id or a parameter cannot
/// be used, or if neither the call nor the client has a factory; with FERRY_HTTP if the service refuses, and
/// with FERRY_PROTOCOL if its answer is not understood. This holds for all functions below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_list(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, params_json) =
            unsafe { (optional_text(factory_id, "factory_id")?, optional_text(params_json, "params_json")?) };
        client
            .list(self::resource(resource)?, factory_id, params_json, options, observer)
            .and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// List all pages of a resource as one array. `params_json` is as for `ferry_telestream_list`, but without
/// "page".
///
/// Fails with FERRY_PROTOCOL if there are more than 100,000 objects or 128 MiB: filter the list, or ask for
/// its pages.
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
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, params_json) =
            unsafe { (optional_text(factory_id, "factory_id")?, optional_text(params_json, "params_json")?) };
        client
            .list_all(self::resource(resource)?, factory_id, params_json, options, observer)
            .and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Find one object by its id, a profile also by its name. `params_json` is a JSON object or NULL:
/// "screenshots" (encodings) and "expand" (profiles), each true, ask for more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_find(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    id: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, id, params_json) = unsafe {
            (
                optional_text(factory_id, "factory_id")?,
                text(id, "id")?,
                optional_text(params_json, "params_json")?,
            )
        };
        client
            .find(self::resource(resource)?, factory_id, id, params_json, options, observer)
            .and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Create an object with the members of a JSON object. True and false are sent as the service takes them,
/// here and below.
///
/// A video needs "source_url", or "file": the path of a local file that is sent in this one request (API 3.0
/// only). For "file", progress counts the bytes of the request, which has a few hundred more than the file.
/// An upload (`ferry_telestream_upload_new`) can go on after a failure, this cannot. An encoding needs
/// "video_id" and either "profile_id" or "profile_name"; a profile needs "preset_name", or "command" and
/// "extname". A member of a profile that is probably another one with a typing error ("widht") is refused
/// before anything is sent, also by `ferry_telestream_update`.
///
/// The request is not sent again once it may have arrived, or there would be two objects. Fails with FERRY_IO
/// if the file cannot be read, and with FERRY_FILE_CHANGED if it changes while it is sent; if it changed so
/// late that the service has made a video of it, `ferry_error_body` is that video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_create(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, params_json) =
            unsafe { (optional_text(factory_id, "factory_id")?, text(params_json, "params_json")?) };
        client
            .create(self::resource(resource)?, factory_id, params_json, options, observer)
            .and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Change the given members of a factory or a profile, with an API key also of an encoding. Other objects
/// cannot be changed. For FERRY_FACTORIES, `factory_id` NULL is the factory itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_update(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    id: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, id, params_json) = unsafe {
            (optional_text(factory_id, "factory_id")?, text(id, "id")?, text(params_json, "params_json")?)
        };
        client
            .update(self::resource(resource)?, factory_id, id, params_json, options, observer)
            .and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Delete a video with all its files, an encoding or a profile. Factories cannot be deleted. `out` receives
/// JSON's null if the answer has no body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_delete(
    telestream: *const ferry_telestream,
    resource: i32,
    factory_id: *const c_char,
    id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, id) = unsafe { (optional_text(factory_id, "factory_id")?, text(id, "id")?) };
        client.delete(self::resource(resource)?, factory_id, id, options, observer).and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// List the encodings of one video. `params_json` is as for `ferry_telestream_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_encodings(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, video_id, params_json) = unsafe {
            (
                optional_text(factory_id, "factory_id")?,
                text(video_id, "video_id")?,
                optional_text(params_json, "params_json")?,
            )
        };
        client
            .video_encodings(factory_id, video_id, params_json, options, observer)
            .and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Get what the service has read from the file of a video: duration, codecs, sizes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_metadata(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        of_one(telestream, factory_id, (video_id, "video_id"), options, out, err, Client::video_metadata)
    }
}

/// Delete the file that a video was made from, and keep its encodings. `out` receives JSON's null if the
/// answer has no body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_delete_source(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        of_one(telestream, factory_id, (video_id, "video_id"), options, out, err, Client::video_delete_source)
    }
}

/// Start a failed encoding again. `out` receives JSON's null if the answer has no body. Sent again only if it
/// has surely not arrived.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_encoding_retry(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    encoding_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        of_one(
            telestream,
            factory_id,
            (encoding_id, "encoding_id"),
            options,
            out,
            err,
            Client::encoding_retry,
        )
    }
}

/// Stop an encoding. `out` receives JSON's null if the answer has no body. Sent again only if it has surely
/// not arrived.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_encoding_cancel(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    encoding_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        of_one(
            telestream,
            factory_id,
            (encoding_id, "encoding_id"),
            options,
            out,
            err,
            Client::encoding_cancel,
        )
    }
}

/// Get where a factory sends its notifications ("url", "delay" in seconds, "send_video_payload") and of which
/// "events".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_notifications(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let factory_id = unsafe { optional_text(factory_id, "factory_id")? };
        client.notifications(factory_id, options, observer).and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Change the given members of what `ferry_telestream_notifications` returns. "events" is an object of
/// "video_created", "video_encoded", "encoding_progress" and "encoding_completed", each true or false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_notifications_update(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (factory_id, params_json) =
            unsafe { (optional_text(factory_id, "factory_id")?, text(params_json, "params_json")?) };
        client.notifications_update(factory_id, params_json, options, observer).and_then(ferry_value::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Wait until the service has stored a video. Its encodings may still be under way. The service is asked with
/// pauses from 1 to 5 seconds, without end unless there is a deadline; `deadline_ms` of `options` is that of
/// the whole wait, and its callback is called meanwhile and can end it. This holds for the two functions
/// below too.
///
/// Fails with FERRY_HTTP and the service's reason if the video has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_wait(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe { of_one(telestream, factory_id, (video_id, "video_id"), options, out, err, Client::video_wait) }
}

/// Wait until an encoding is done. Progress is told in percent: `bytes_done` of 100.
///
/// Fails with FERRY_HTTP and the service's reason if the encoding has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_encoding_wait(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    encoding_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        of_one(telestream, factory_id, (encoding_id, "encoding_id"), options, out, err, Client::encoding_wait)
    }
}

/// Wait until a video is stored and none of its encodings is under way. `out` receives the encodings as an
/// array, also those that have failed, whose "status" is "fail". Progress is told in percent: 100 for each
/// encoding.
///
/// Fails with FERRY_HTTP and the service's reason if the video itself has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_video_encodings_wait(
    telestream: *const ferry_telestream,
    factory_id: *const c_char,
    video_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    // SAFETY: pointers as the header demands.
    unsafe {
        of_one(
            telestream,
            factory_id,
            (video_id, "video_id"),
            options,
            out,
            err,
            Client::video_encodings_wait,
        )
    }
}
