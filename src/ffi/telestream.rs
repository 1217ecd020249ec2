//! A Telestream Cloud Flip account: clients, signatures, requests of any kind.
//!
//! ```c
//! ferry_telestream_options options;
//! ferry_telestream_options_init(&options, sizeof options);
//! options.factory_id = "FACTORY";
//! ferry_telestream *account = NULL;
//! if (ferry_telestream_new("ACCESS KEY", "SECRET KEY", &options, &account, &err) != FERRY_OK)
//!     fprintf(stderr, "%s\n", ferry_error_message(err));
//! ferry_telestream_free(account);
//! ```

use std::ffi::c_char;
use std::sync::Arc;

use serde_json::Value;

use super::connection::{connection, ferry_connection_options};
use super::error::{ferry_error, ferry_status};
use super::value::ferry_value;
use super::{
    Live, Out, borrow, guard, into_c_string, option_struct, optional_text, options, owned_text, run_void,
    text,
};
use crate::error::{Error, Result};
use crate::telestream::{Client, ClientOptions};

/// A Telestream Cloud account and its connections. Used by any number of threads at once. Every request is signed anew each time
/// it is sent, with a time that is never the same twice.
pub struct ferry_telestream {
    pub(super) client: Arc<Client>,
    _live: Live,
}

/// Options of a client; zero and NULL are the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_telestream_options {
    /// Set by `ferry_telestream_options_init`.
    pub struct_size: usize,
    /// Where calls go whose `factory_id` is NULL; NULL: none.
    pub factory_id: *const c_char,
    /// The API host of the account's region; NULL: "api-gce.pandastream.com", for a client with an API key "api.cloud.telestream.net". It is part of
    /// every signature, in `base_url`'s place if that is given.
    pub api_host: *const c_char,
    /// 0: 443. The protocol is https whatever the port.
    pub api_port: u32,
    /// NULL: "3.0", for a client with an API key "3.1".
    pub api_version: *const c_char,
    /// An origin to talk to instead, e.g. a gateway or the local cloud; the one way to ask for plain http.
    pub base_url: *const c_char,
    /// NULL: the defaults.
    pub connection: *const ferry_connection_options,
}

option_struct!(ferry_telestream_options, ferry_telestream_options_init:
    struct_size factory_id api_host api_port api_version base_url connection
);

/// Makes a client for an account of API 3.0 with these keys. Nothing is sent, and the secret key is not kept as it is. `options` may be NULL.
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

/// Asks a client for a value.
///
/// # Safety
/// `telestream`, `out` and `err` are as the header demands.
pub(super) unsafe fn answer(
    telestream: *const ferry_telestream,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
    ask: impl FnOnce(&Client) -> Result<Value>,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: by this function's contract.
        let (out, telestream) = unsafe { (Out::new(out, "out")?, borrow(telestream, "telestream")?) };
        out.set_boxed(ferry_value::new(ask(&telestream.client)?));
        Ok(())
    };
    // SAFETY: by this function's contract.
    unsafe { guard(err, body) }
}

/// Makes a client for an account of API 3.1, whose one key goes with every request (the header X-Api-Key); nothing is signed. The same calls go to
/// the same resources. Nothing is sent. Of the options, `api_host` is by default "api.cloud.telestream.net" and `api_version` "3.1". They may be NULL.
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

/// Signs a request that somebody else sends, e.g. a browser that must not know the secret key. `out_json` gets a JSON object: the parameters
/// as they were given, and "factory_id" (if there is one), "access_key", "timestamp" and "signature". `method` is GET, POST, PUT or DELETE, `path`
/// begins after the version, e.g. "/videos.json". `params_json` is a JSON object or NULL; "file" is not signed, true and false are signed as True and
/// False and must be sent so, an object under "pipeline" becomes a text. `timestamp` is usually NULL: now. `out_json` is freed with
/// `ferry_string_free`. FERRY_INVALID_STATE for a client with an API key.
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

/// Sends any request: GET, POST, PUT or DELETE, a path that begins after the version, e.g. "/videos.json", and a JSON object of parameters or NULL.
/// True and false are sent as True and False; give "true" as a text where the service wants that. One level of objects is taken, e.g. "events", no list
/// but "profiles". `out` is JSON's null if the answer has no body. A GET is repeated as often as the client's `max_retries` says, PUT and DELETE twice at
/// most, a POST only where it has surely not arrived.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_request(
    telestream: *const ferry_telestream,
    method: *const c_char,
    path: *const c_char,
    params_json: *const c_char,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let ask = |client: &Client| {
        // SAFETY: texts as the header demands.
        let (method, path, params) = unsafe {
            (text(method, "method")?, text(path, "path")?, optional_text(params_json, "params_json")?)
        };
        client.request(method, path, params)
    };
    // SAFETY: pointers as the header demands.
    unsafe { answer(telestream, out, err, ask) }
}

/// Frees a client; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_telestream_free(telestream: Option<Box<ferry_telestream>>) {
    run_void(|| drop(telestream))
}
