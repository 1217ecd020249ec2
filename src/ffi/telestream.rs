//! Telestream Cloud Flip: a client for an account, signatures, and requests that have no function of their
//! own.
//!
//! API 3.0 signs every request with two keys (`ferry_telestream_new`); API 3.1 sends one key with every
//! request (`ferry_telestream_new_with_apikey`). All other functions are the same for both.
//!
//! ```c
//! ferry_telestream *account = NULL;
//! ferry_response *response = NULL;
//! const char *path = "/encodings/count.json";
//! if (ferry_telestream_new("ACCESS_KEY", "SECRET_KEY", NULL, &account, &err) == FERRY_OK &&
//!     ferry_telestream_request(account, "GET", path, NULL, NULL, &response, &err) == FERRY_OK) {
//!     puts(ferry_response_body(response));
//! }
//! ferry_response_free(response);
//! ferry_telestream_free(account);
//! ```

use std::ffi::c_char;
use std::sync::Arc;

use serde_json::Value;

use super::connection::{connection, ferry_connection_options};
use super::error::{ferry_error, ferry_status};
use super::progress::Watcher;
use super::request::{ferry_request_options, request_options};
use super::response::ferry_response;
use super::{
    Live, Out, borrow, guard, into_c_string, option_struct, optional_text, options, owned_text, run_void,
    text,
};
use crate::error::{Error, Result};
use crate::telestream::{Client, ClientOptions, RequestOptions};
use crate::transfer::report::Observer;

/// A Telestream Cloud account and its connections. Any number of threads may use it at the same time. Every
/// request is signed anew each time it is sent, and no two requests have the same timestamp. Uploads keep
/// what they need of it, so it may be freed before them.
pub struct ferry_telestream {
    pub(super) client: Arc<Client>,
    _live: Live,
}

/// Options of a Telestream client. Zero and NULL are the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_telestream_options {
    /// Set by `ferry_telestream_options_init`.
    pub struct_size: usize,
    /// The factory of calls whose `factory_id` is NULL. NULL: none.
    pub factory_id: *const c_char,
    /// The API host of the account's region, without scheme and port; an IPv6 address stands in brackets. It
    /// is part of every signature, also if `base_url` is set. NULL: the host of `base_url`, or else
    /// "api-gce.pandastream.com"; for a client with an API key "api.cloud.telestream.net".
    pub api_host: *const c_char,
    /// The port, 1 to 65535; 0: 443. The protocol is https whatever the port.
    pub api_port: u32,
    /// The version of the API. NULL: "3.0"; for a client with an API key "3.1".
    pub api_version: *const c_char,
    /// The origin to send requests to instead of `api_host`, e.g. a gateway; http or https. NULL: none.
    pub base_url: *const c_char,
    /// How to connect. NULL: the defaults.
    pub connection: *const ferry_connection_options,
}

option_struct!(ferry_telestream_options, ferry_telestream_options_init:
    struct_size factory_id api_host api_port api_version base_url connection
);

/// Create a client for an account of API 3.0, which has two keys. Nothing is sent. No error shows a key.
/// `options` may be NULL. Free `out` with `ferry_telestream_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if a key is empty, or if an option cannot be used, with its name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_new(
    access_key: *const c_char,
    secret_key: *const c_char,
    options: *const ferry_telestream_options,
    out: *mut *mut ferry_telestream,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, access_key, secret_key, options) = unsafe {
            (
                Out::new(out, "out")?,
                text(access_key, "access_key")?,
                text(secret_key, "secret_key")?,
                client_options(options)?,
            )
        };
        let client = Client::new(access_key, secret_key, options)?;
        out.set_boxed(ferry_telestream { client, _live: Live::default() });
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// # Safety
/// `given` is NULL or points to valid options.
unsafe fn client_options(given: *const ferry_telestream_options) -> Result<ClientOptions> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
        let port = u16::try_from(given.api_port)
            .map_err(|_| Error::invalid_argument("api_port must be between 1 and 65535; 0 is 443"))?;
        Ok(ClientOptions {
            factory_id: owned_text(given.factory_id, "factory_id")?,
            api_host: owned_text(given.api_host, "api_host")?,
            api_port: (port > 0).then_some(port),
            api_version: owned_text(given.api_version, "api_version")?,
            base_url: owned_text(given.base_url, "base_url")?,
            connection: connection(given.connection)?,
        })
    }
}

/// What Telestream takes of the options of a request.
///
/// # Safety
/// `given` is NULL or points to valid options.
unsafe fn unsigned_options(given: *const ferry_request_options) -> Result<(RequestOptions, Watcher)> {
    // SAFETY: by this function's contract.
    let (options, watcher) = unsafe { request_options(given) }?;
    if options.security.is_some() {
        return Err(Error::invalid_argument("security of the options is Filestack's; Telestream has none"));
    }
    Ok((RequestOptions { deadline: options.deadline }, watcher))
}

/// A call of a client, with the options and the observer that the caller gave.
type Call<'a, T> = &'a dyn Fn(&Client, &RequestOptions, Option<Observer<'_>>) -> Result<T>;

/// Runs a call of a client and hands out what it returns.
///
/// # Safety
/// All pointers are as the header demands.
pub(super) unsafe fn answer<T>(
    telestream: *const ferry_telestream,
    options: *const ferry_request_options,
    out: *mut *mut T,
    err: *mut *mut ferry_error,
    call: Call<'_, T>,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: by this function's contract.
        let (out, telestream, (options, watcher)) =
            unsafe { (Out::new(out, "out")?, borrow(telestream, "telestream")?, unsigned_options(options)?) };
        out.set_boxed(watcher.watch(|observer| call(&telestream.client, &options, observer))?);
        Ok(())
    };
    // SAFETY: by this function's contract.
    unsafe { guard(err, body) }
}

/// Create a client for an account of API 3.1, which has one key. The key goes with every request in the
/// header X-Api-Key, and nothing is signed. All other functions work as for API 3.0. Nothing is sent.
/// `options` may be NULL. Free `out` with `ferry_telestream_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if the key is empty or cannot stand in a header, or if an option cannot
/// be used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_new_with_apikey(
    apikey: *const c_char,
    options: *const ferry_telestream_options,
    out: *mut *mut ferry_telestream,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, apikey, options) =
            unsafe { (Out::new(out, "out")?, text(apikey, "apikey")?, client_options(options)?) };
        let client = Client::with_apikey(apikey, options)?;
        out.set_boxed(ferry_telestream { client, _live: Live::default() });
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Sign a request that somebody else sends, e.g. a browser that must not know the secret key. Nothing is
/// sent.
///
/// `method` is GET, POST, PUT or DELETE. `path` begins after the version, e.g. "/videos.json". `params_json`
/// is a JSON object or NULL. `timestamp` is usually NULL, which is now; the service takes a signature for 5
/// minutes, that of POST /videos.json for 30.
///
/// `out_json` receives a JSON object: the parameters as they were given, and "factory_id" (if there is one),
/// "access_key", "timestamp" and "signature". The client's factory and these three stand in place of what was
/// given under their names, as in the vendor's SDK. True and false are signed as True and False and must be
/// sent so. "file" is not signed. An object under "pipeline" becomes a text. Free `out_json` with
/// `ferry_string_free`.
///
/// Fails with FERRY_INVALID_STATE for a client with an API key, and with FERRY_INVALID_ARGUMENT for a
/// parameter that cannot be signed: null, a list other than "profiles", an object in an object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_signed_params(
    telestream: *const ferry_telestream,
    method: *const c_char,
    path: *const c_char,
    params_json: *const c_char,
    timestamp: *const c_char,
    out_json: *mut *mut c_char,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, telestream, method, path, params, timestamp) = unsafe {
            (
                Out::new(out_json, "out_json")?,
                borrow(telestream, "telestream")?,
                text(method, "method")?,
                text(path, "path")?,
                optional_text(params_json, "params_json")?,
                optional_text(timestamp, "timestamp")?,
            )
        };
        let signed = telestream.client.signed_params(method, path, params, timestamp)?;
        out.set(into_c_string(Value::Object(signed).to_string()));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Send a request for which there is no function, and return the whole response. The request is signed.
///
/// `method` is GET, POST, PUT or DELETE, with an API key also PATCH. `path` begins after the version, e.g.
/// "/encodings/count.json". `params_json` is a JSON object or NULL. True and false are sent as True and
/// False: write "true" as a text where the service wants that. One level of objects is taken, e.g. "events",
/// and no list but "profiles". A "factory_id" among them is the call's, instead of the client's.
/// "access_key", "timestamp" and "signature" are left out: the request has its own.
///
/// `options` may be NULL: see `ferry_request_options`. Its `security` must be NULL. This holds for all
/// functions of Telestream that take these options.
///
/// A GET is sent again as often as `max_retries` of the connection says, a PUT, PATCH or DELETE twice at
/// most, a POST only if it has surely not arrived: there was no connection, or the service answered 429.
///
/// A GET follows up to 5 redirects. Fails with FERRY_HTTP for any other status that is not 2xx;
/// `ferry_error_http_status` and `ferry_error_body` tell what came. Free `out` with `ferry_response_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_request(
    telestream: *const ferry_telestream,
    method: *const c_char,
    path: *const c_char,
    params_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_response,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let call = |client: &Client, options: &RequestOptions, observer: Option<Observer<'_>>| {
        // SAFETY: texts as the header demands.
        let (method, path, params) = unsafe {
            (text(method, "method")?, text(path, "path")?, optional_text(params_json, "params_json")?)
        };
        client.request(method, path, params, options, observer).map(ferry_response::new)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, options, out, err, &call) }
}

/// Free a client; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_free(telestream: Option<Box<ferry_telestream>>) {
    run_void(|| drop(telestream))
}
