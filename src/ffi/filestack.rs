//! A Filestack account. All that is done there begins with a client.
//!
//! ```c
//! ferry_filestack *account = NULL;
//! if (ferry_filestack_new("APIKEY", NULL, &account, &err) != FERRY_OK)
//!     fprintf(stderr, "%s\n", ferry_error_message(err));
//! ferry_filestack_free(account);
//! ```

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::Arc;

use super::connection::{connection, ferry_connection_options};
use super::error::{ferry_error, ferry_status};
use super::options::{check_reserved, is_set};
use super::request::{ferry_request_options, request_options};
use super::response::ferry_response;
use super::security::{self, ferry_security};
use super::{Live, Out, borrow, guard, option_struct, optional_text, options, owned_text, run_void, text};
use crate::error::Result;
use crate::filestack::{Client, ClientOptions, rest};

/// An account and its connections. Any number of threads may use it at the same time. Uploads, filelinks and
/// other objects made from it keep what they need, so it may be freed before them.
pub struct ferry_filestack {
    pub(super) client: Arc<Client>,
    _live: Live,
}

/// Options of a client. Zero and NULL mean the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_filestack_options {
    /// Set by `ferry_filestack_options_init`.
    pub struct_size: usize,
    /// Policy and signature of every call that does not bring its own. NULL: none.
    pub security: *const ferry_security,
    /// Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox". NULL: "S3".
    pub storage: *const c_char,
    /// Your own domain, e.g. "files.example.com": every host becomes one of its subdomains.
    pub cname: *const c_char,
    /// One origin for all APIs, e.g. a gateway or the local cloud. Plain http is used only to this machine or
    /// if a base URL asks for it.
    pub base_url: *const c_char,
    /// Base URL of the upload API; takes precedence over `base_url`, as do the following.
    pub upload_url: *const c_char,
    /// Base URL of file delivery and transformations.
    pub cdn_url: *const c_char,
    /// Base URL of the REST API, including its path "/api".
    pub api_url: *const c_char,
    /// Base URL of the process API.
    pub process_url: *const c_char,
    /// NULL: the defaults.
    pub connection: *const ferry_connection_options,
    /// Leave it to the service whether a policy allows a call. Else a call fails with FERRY_INVALID_ARGUMENT
    /// before anything is sent if its policy has expired by this machine's clock, does not name what is
    /// needed (see @ref security), or is for another handle.
    pub skip_policy_checks: MaybeUninit<bool>,
    /// Must be 0.
    pub _reserved: u32,
}

option_struct!(ferry_filestack_options, ferry_filestack_options_init:
    struct_size security storage cname base_url upload_url cdn_url api_url process_url connection
    skip_policy_checks _reserved
);

/// Create a client for the application with this API key. Nothing is sent. `options` may be NULL. Free `out`
/// with `ferry_filestack_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_new(
    apikey: *const c_char,
    options: *const ferry_filestack_options,
    out: *mut *mut ferry_filestack,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, apikey, options) =
            unsafe { (Out::new(out, "out")?, text(apikey, "apikey")?, client_options(options)?) };
        out.set_boxed(ferry_filestack { client: Client::new(apikey, options)?, _live: Live::default() });
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// # Safety
/// `given` is NULL or points to valid options.
unsafe fn client_options(given: *const ferry_filestack_options) -> Result<ClientOptions> {
    // SAFETY: by this function's contract, which covers what the options point to.
    unsafe {
        let given = options(given)?;
        check_reserved(given._reserved, "ferry_filestack_options")?;
        Ok(ClientOptions {
            security: security::optional(given.security),
            storage: owned_text(given.storage, "storage")?,
            cname: owned_text(given.cname, "cname")?,
            base_url: owned_text(given.base_url, "base_url")?,
            upload_url: owned_text(given.upload_url, "upload_url")?,
            cdn_url: owned_text(given.cdn_url, "cdn_url")?,
            api_url: owned_text(given.api_url, "api_url")?,
            process_url: owned_text(given.process_url, "process_url")?,
            connection: connection(given.connection)?,
            skip_policy_checks: is_set(given.skip_policy_checks),
        })
    }
}

/// Send a request for which there is no function, and return the whole response.
///
/// `method` is GET, HEAD, PUT, DELETE, POST or PATCH. `target` is a path that begins with "/", below the base
/// URL of the REST API (`api_url`), or a URL at one of the client's own hosts. `body_json` is sent as it is;
/// NULL: no body. If `options` (which may be NULL) or the client has a security, its policy and signature are
/// added to the query. The API key is not added: write it where the service wants it.
///
/// It is repeated as often as `max_retries` says, a POST or PATCH only if it has surely not arrived.
///
/// Fails with FERRY_INVALID_ARGUMENT for another method or host, a `target` that is not percent-encoded or
/// has "..", a `body_json` that is not JSON or comes with GET or HEAD; with FERRY_HTTP for a status that is
/// not 2xx. Free `out` with `ferry_response_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_request(
    client: *const ferry_filestack,
    method: *const c_char,
    target: *const c_char,
    body_json: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_response,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, method, target, json, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(client, "client")?,
                text(method, "method")?,
                text(target, "target")?,
                optional_text(body_json, "body_json")?,
                request_options(options)?,
            )
        };
        let response = watcher
            .watch(|observer| rest::request(&client.client, method, target, json, &options, observer))?;
        out.set_boxed(ferry_response::new(response));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Free a client. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_free(client: Option<Box<ferry_filestack>>) {
    run_void(|| drop(client))
}
