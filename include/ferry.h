#ifndef FERRY_H
#define FERRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Generated from src/ffi by cbindgen (make header). Do not edit.

   Ferry carries files to media clouds. The conventions, each with its reason, are in README.md beside this file; in short:

   - A call that can fail returns a ferry_status, FERRY_OK (0) on success. Its last argument, `ferry_error **err`, may be NULL; if it is not, a
     failure leaves an error there that says why, to be freed with ferry_error_free, and a success leaves NULL.
   - `T **out` gives ownership: free with ferry_T_free, which takes NULL. After a failure it is NULL. Objects may be freed in any order.
   - Text is UTF-8 and NUL-terminated. `const char *` from a getter is borrowed until its object is freed; `char **out` is freed with
     ferry_string_free.
   - Option structs: ferry_X_options_init(&options, sizeof options), then set what you need. Zero means the default.
   - A `const` handle may be used from several threads at once.
   - Callbacks run on the thread that made the call, one at a time; no lock is held. They and their user_data must live until the call
     returns.
   - There is no initialisation and no cleanup, no environment variable, no output, no thread that outlives a call (but one, see README.md). */

#define FERRY_VERSION_MAJOR 0
#define FERRY_VERSION_MINOR 1
#define FERRY_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ferry_av ferry_av;
typedef struct ferry_bytes ferry_bytes;
typedef struct ferry_error ferry_error;
typedef struct ferry_filelink ferry_filelink;
typedef struct ferry_filestack ferry_filestack;
typedef struct ferry_response ferry_response;
typedef struct ferry_security ferry_security;
typedef struct ferry_telestream ferry_telestream;
typedef struct ferry_transform ferry_transform;
typedef struct ferry_upload ferry_upload;
typedef struct ferry_value ferry_value;

/* == Version ================================================================================================= */

/** @defgroup version Version
 * Which library this is.
 * @{ */

/// The version of the header: `FERRY_VERSION_MAJOR << 16 | FERRY_VERSION_MINOR << 8 | FERRY_VERSION_PATCH`.
#define FERRY_VERSION_NUMBER 256

/// The version of the library as text, e.g. "0.1.0". Never NULL; static.
const char *ferry_version(void);

/// The version of the library as a number, major << 16 | minor << 8 | patch; compare it with `FERRY_VERSION_NUMBER`
/// to learn whether the library is the one the program was compiled for.
uint32_t ferry_version_number(void);

/// How many handles, strings and buffers the library has handed out that are not freed yet. A test that ends with 0 leaks
/// nothing.
uint64_t ferry_live_objects(void);

/** @} */

/* == Statuses and errors ===================================================================================== */

/** @defgroup error Statuses and errors
 * Statuses and errors.
 *
 * `ferry_error`:
 * Why a call failed. Made by the call, read by any thread, freed by the caller.
 * @{ */

/// The outcome of a call that can fail: `FERRY_OK`, or what went wrong. A value this header does not list is a failure too.
typedef int32_t ferry_status;

/// Success.
#define FERRY_OK 0
/// An argument cannot be used; the message names it. Nothing was sent.
#define FERRY_INVALID_ARGUMENT 1
/// The object is not in a state for this call, e.g. it is running already.
#define FERRY_INVALID_STATE 2
/// A local file cannot be read or written.
#define FERRY_IO 3
/// The connection failed or was cut.
#define FERRY_NETWORK 4
/// A timeout or the deadline has passed.
#define FERRY_TIMEOUT 5
/// The service answered with an error; see `ferry_error_http_status` and `ferry_error_body`.
#define FERRY_HTTP 6
/// The answer was not understood.
#define FERRY_PROTOCOL 7
/// What was stored is not what was sent.
#define FERRY_INTEGRITY 8
/// The source changed while it was uploaded.
#define FERRY_FILE_CHANGED 9
/// Cancelled by the caller.
#define FERRY_CANCELLED 10
/// Paused by the caller; run it again to go on.
#define FERRY_PAUSED 11
/// The result is not there yet.
#define FERRY_NOT_READY 12
/// The signature is not that of the message.
#define FERRY_SIGNATURE_MISMATCH 13
/// The signature is right but too old.
#define FERRY_SIGNATURE_EXPIRED 14
/// Memory or threads have run out.
#define FERRY_OUT_OF_MEMORY 15
/// A bug in the library.
#define FERRY_INTERNAL 99

/// The name of a status, e.g. "FERRY_NETWORK"; "unknown" for a number that is none. Never NULL; static.
const char *ferry_status_name(ferry_status status);

/// The status the call returned; `FERRY_OK` for NULL.
ferry_status ferry_error_status(const ferry_error *error);

/// What was being done, to what, what came back, what to do: one line of text for people. "" for NULL. Borrowed until the
/// error is freed.
const char *ferry_error_message(const ferry_error *error);

/// The HTTP status of the service's answer; 0 if there was none.
int32_t ferry_error_http_status(const ferry_error *error);

/// The first 16 KiB of the body of the service's answer, secrets replaced; "" if there was none. Borrowed until the error is
/// freed.
const char *ferry_error_body(const ferry_error *error);

/// The step that failed: "start", "upload", "put", "commit", "complete", "download"; "" if the call has no steps or none had begun.
/// Borrowed until the error is freed.
const char *ferry_error_step(const ferry_error *error);

/// Whether the same call can succeed later without a change: the network, a busy service, a pause.
bool ferry_error_retryable(const ferry_error *error);

/// Frees an error; NULL is allowed.
void ferry_error_free(ferry_error *error);

/** @} */

/* == JSON values ============================================================================================= */

/** @defgroup value JSON values
 * What a service answered, as read-only JSON.
 *
 * `ferry_value`:
 * A JSON value. What a call gives is a whole answer, owned by the caller; the values inside it are borrowed from it and must not
 * be freed. Read by any thread.
 * @{ */

/// No value, or JSON's null.
#define FERRY_VALUE_NULL 0
/// true or false.
#define FERRY_VALUE_BOOL 1
/// A number without a fraction.
#define FERRY_VALUE_INT 2
/// A number with a fraction or an exponent.
#define FERRY_VALUE_DOUBLE 3
/// A text.
#define FERRY_VALUE_STRING 4
/// A list; see `ferry_value_at`.
#define FERRY_VALUE_ARRAY 5
/// Members with names; see `ferry_value_get`.
#define FERRY_VALUE_OBJECT 6

/// What the value is: one of `FERRY_VALUE_*`. `FERRY_VALUE_NULL` for NULL.
int32_t ferry_value_type(const ferry_value *value);

/// The member of an object with that name; NULL if there is none. Borrowed. The getters take NULL, so
/// `ferry_value_int(ferry_value_get(v, "size"))` needs no check in between.
const ferry_value *ferry_value_get(const ferry_value *value, const char *key);

/// The item of an array, or the member of an object in the service's order, counted from 0; NULL past the end. Borrowed.
const ferry_value *ferry_value_at(const ferry_value *value, size_t index);

/// The name of a member of an object, counted from 0; NULL past the end and for anything but an object. Borrowed.
const char *ferry_value_key(const ferry_value *value, size_t index);

/// How many items an array or members an object has; the length in bytes of a string; else 0.
size_t ferry_value_len(const ferry_value *value);

/// A string's text; NULL for anything but a string. Borrowed. NUL characters, which JSON can express and C cannot, are left out.
const char *ferry_value_string(const ferry_value *value);

/// A number as an integer, its fraction cut off, at the end of the range where it is outside; 0 for anything but a number.
int64_t ferry_value_int(const ferry_value *value);

/// A number; 0 for anything but a number.
double ferry_value_double(const ferry_value *value);

/// Whether the value is JSON's true.
bool ferry_value_bool(const ferry_value *value);

/// The value as JSON text; "null" for NULL. Borrowed until the whole answer is freed.
const char *ferry_value_json(const ferry_value *value);

/// Frees a whole answer and with it the values inside; NULL is allowed.
void ferry_value_free(ferry_value *value);

/** @} */

/* == Strings and buffers ===================================================================================== */

/** @defgroup bytes Strings and buffers
 * Owned texts and buffers.
 *
 * `ferry_bytes`:
 * A buffer of bytes that the library filled. Read by any thread.
 * @{ */

/// Frees a text that the library gave away as `char *`; NULL is allowed.
void ferry_string_free(char *string);

/// The bytes; NULL only for NULL. Borrowed until the buffer is freed.
const void *ferry_bytes_data(const ferry_bytes *bytes);

/// How many bytes there are; 0 for NULL.
size_t ferry_bytes_len(const ferry_bytes *bytes);

/// Frees a buffer; NULL is allowed.
void ferry_bytes_free(ferry_bytes *bytes);

/** @} */

/* == Progress ================================================================================================ */

/** @defgroup progress Progress
 * Telling C how far a call has come.
 * @{ */

/// How far a call has come. Lent to the callback, and grows only at its end.
typedef struct ferry_progress {
    /// How many bytes of this struct there are.
    size_t struct_size;
    /// Never goes down during a call; `bytes_total` only in the last report, when all is done and confirmed.
    uint64_t bytes_done;
    /// 0 while it is not known.
    uint64_t bytes_total;
    /// Parts confirmed by the storage.
    uint32_t parts_done;
    /// How many parts there are.
    uint32_t parts_total;
    /// Requests that had to be tried again.
    uint32_t retries;
    /// Over the last five seconds.
    uint64_t bytes_per_second;
    /// At that rate; less than 0 while it is not known.
    double seconds_left;
} ferry_progress;

/// Told about progress on the thread that made the call: at once, then two to ten times a second, and at 100 %. Return 0 to go on,
/// anything else to cancel the call. It must not throw or longjmp; it may pause and cancel.
typedef int32_t (*ferry_progress_fn)(const ferry_progress *progress, void *user_data);

/** @} */

/* == Options of a request ==================================================================================== */

/** @defgroup request Options of a request
 * Options of one request.
 * @{ */

/// Options of one request; zero and NULL are the defaults.
typedef struct ferry_request_options {
    /// Set by `ferry_request_options_init`.
    size_t struct_size;
    /// Instead of the one the object was made with.
    const ferry_security *security;
    /// Progress callback. NULL: none.
    ferry_progress_fn on_progress;
    /// Passed to `on_progress`.
    void *user_data;
    /// Time limit of the whole call in milliseconds, retries included. 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    /// Must be 0.
    uint32_t _reserved;
} ferry_request_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_request_options_init(ferry_request_options *options, size_t size);

/** @} */

/* == Responses =============================================================================================== */

/** @defgroup response Responses
 * A whole HTTP response, for requests that have no function of their own.
 *
 * `ferry_response`:
 * The response of a service, read completely: status, headers, body.
 *
 * Any number of threads may read it at the same time.
 * @{ */

/// Return the HTTP status, e.g. 200; 0 for NULL.
int32_t ferry_response_status(const ferry_response *response);

/// Return the value of the header `name`, upper and lower case being the same; NULL if there is none. Of several
/// with that name it is the first. Borrowed until the response is freed.
const char *ferry_response_header(const ferry_response *response, const char *name);

/// Return the number of headers; 0 for NULL.
size_t ferry_response_header_count(const ferry_response *response);

/// Return the name of a header in lower case, counted from 0; NULL past the end. Borrowed until the response is freed.
const char *ferry_response_header_name(const ferry_response *response, size_t index);

/// Return the value of a header, counted from 0; NULL past the end. Borrowed until the response is freed.
const char *ferry_response_header_value(const ferry_response *response, size_t index);

/// Return the body; NULL only for NULL. A NUL byte follows the last one, so that text can be used as it is. Borrowed until
/// the response is freed.
const void *ferry_response_body(const ferry_response *response);

/// Return the length of the body in bytes, without the NUL; 0 for NULL.
size_t ferry_response_body_len(const ferry_response *response);

/// Parse the body as JSON into `out`; JSON's null if the body is empty. FERRY_PROTOCOL if the body is anything else.
/// Free `out` with `ferry_value_free`.
ferry_status ferry_response_json(const ferry_response *response, ferry_value **out, ferry_error **err);

/// Return the address of the request without its secrets, as errors show it. "" for NULL. Borrowed until the response is
/// freed.
const char *ferry_response_url(const ferry_response *response);

/// Free a response; NULL is allowed.
void ferry_response_free(ferry_response *response);

/** @} */

/* == Connections ============================================================================================= */

/** @defgroup connection Connections
 * How a client connects.
 * @{ */

/// `max_retries` of a client that never tries again.
#define FERRY_NO_RETRIES 4294967295

/// How a client connects; zero and NULL are the defaults. Times are in milliseconds.
///
/// No timeout ends a transfer that moves: `stall_timeout_ms` counts only while no byte goes either way.
typedef struct ferry_connection_options {
    /// Set by `ferry_connection_options_init`.
    size_t struct_size;
    /// To find the host and reach it; 0: 10 s.
    uint32_t connect_timeout_ms;
    /// Without a byte sent or received; 0: 120 s.
    uint32_t stall_timeout_ms;
    /// For a whole call, all retries included; 0: none.
    uint32_t deadline_ms;
    /// Further attempts of one request or part; 0: 10; `FERRY_NO_RETRIES`: none. Pauses between them grow to 15 s.
    uint32_t max_retries;
    /// An HTTP proxy, e.g. "http://user:password@proxy.example.com:3128"; NULL: none. No environment variable is read.
    const char *proxy;
    /// A PEM file of certificates to trust beside the public ones; NULL: none.
    const char *ca_file;
    /// Instead of "ferry/VERSION".
    const char *user_agent;
} ferry_connection_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_connection_options_init(ferry_connection_options *options, size_t size);

/** @} */

/* == Filestack: client ======================================================================================= */

/** @defgroup filestack Filestack: client
 * A Filestack account.
 *
 * `ferry_filestack`:
 * A Filestack account and its connections. Used by any number of threads at once. Uploads and filelinks made from it keep
 * what they need, so it may be freed before them.
 * @{ */

/// Options of a client; zero and NULL are the defaults.
typedef struct ferry_filestack_options {
    /// Set by `ferry_filestack_options_init`.
    size_t struct_size;
    /// Goes with every call that does not bring its own; NULL: none.
    const ferry_security *security;
    /// Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox"; NULL: "S3".
    const char *storage;
    /// Your own domain, e.g. "files.example.com": every host becomes one of its subdomains.
    const char *cname;
    /// One origin for every role, e.g. a gateway or the local cloud. Plain http is used only to this machine or where such a base
    /// URL asks for it.
    const char *base_url;
    /// Each of these wins over `base_url`: the upload API,
    const char *upload_url;
    /// file delivery and transformations,
    const char *cdn_url;
    /// the REST API, its path "/api" included,
    const char *api_url;
    /// and the process API.
    const char *process_url;
    /// NULL: the defaults.
    const ferry_connection_options *connection;
} ferry_filestack_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_filestack_options_init(ferry_filestack_options *options, size_t size);

/// Makes a client for the application with this API key. Nothing is sent. `options` may be NULL.
ferry_status ferry_filestack_new(const char *apikey, const ferry_filestack_options *options,
                                 ferry_filestack **out, ferry_error **err);

/// Frees a client; NULL is allowed.
void ferry_filestack_free(ferry_filestack *client);

/** @} */

/* == Filestack: policies and signatures ====================================================================== */

/** @defgroup security Filestack: policies and signatures
 * Policies and their signatures.
 *
 * `ferry_security`:
 * A policy and its signature. Read by any thread.
 * @{ */

/// Signs a policy, e.g. `{"expiry": 1767225600, "call": ["pick", "store"]}`: a JSON object with `expiry` (Unix seconds) and, if you like,
/// `call`, `handle`, `url`, `maxSize`, `minSize`, `path`, `container`. Any other key is FERRY_INVALID_ARGUMENT. `app_secret` is not kept.
ferry_status ferry_security_new(const char *policy_json, const char *app_secret, ferry_security **out,
                                ferry_error **err);

/// `ferry_security_new` with any keys and values: for what the service knows and this version of the library does not.
ferry_status ferry_security_new_unchecked(const char *policy_json, const char *app_secret,
                                          ferry_security **out, ferry_error **err);

/// The moment `seconds` from now in Unix seconds, for the `expiry` of a policy.
uint64_t ferry_security_expiry_in(uint64_t seconds);

/// Whether the policy lets a call pass, asked without the service: FERRY_OK, or FERRY_INVALID_ARGUMENT with the reason. `call` is "read",
/// "store", "convert", …; `details_json` is a JSON object of what the policy may look at: "handle", "size", "path", "container", "url", and "now" (Unix
/// seconds) instead of the clock; NULL for none.
ferry_status ferry_security_allows(const ferry_security *security, const char *call, const char *details_json,
                                   ferry_error **err);

/// Takes a policy (base64) and its signature (hex) that somebody with the secret has made.
ferry_status ferry_security_from_signed(const char *policy_b64, const char *signature, ferry_security **out,
                                        ferry_error **err);

/// The policy as the JSON text that was signed. "" for NULL. Borrowed until the security is freed, like all texts below.
const char *ferry_security_policy_json(const ferry_security *security);

/// The policy in URL-safe base64, as the service takes it. "" for NULL.
const char *ferry_security_policy_b64(const ferry_security *security);

/// The signature: 64 hexadecimal digits. "" for NULL.
const char *ferry_security_signature(const ferry_security *security);

/// Both as the element of a URL: "security=p:POLICY,s:SIGNATURE". "" for NULL.
const char *ferry_security_url_string(const ferry_security *security);

/// Frees a security; NULL is allowed. Clients and uploads made with it keep what they need.
void ferry_security_free(ferry_security *security);

/** @} */

/* == Filestack: uploads ====================================================================================== */

/** @defgroup upload Filestack: uploads
 * Uploads: the one-shot calls, and the handle that can be paused, cancelled and run again.
 *
 * `ferry_upload`:
 * An upload that can be paused, cancelled and run again. Used by several threads at once: one runs it, others control and
 * look at it.
 * @{ */

/// Plain multi-part upload.
#define FERRY_INTELLIGENT_OFF 0
/// Parts go up in chunks that get smaller on a bad network; plain if the account does not have it.
#define FERRY_INTELLIGENT_ON 1
/// Plain until a part fails, then in chunks.
#define FERRY_INTELLIGENT_FALLBACK 2
/// The size of data that is not known before its end.
#define FERRY_SIZE_UNKNOWN 18446744073709551615ull

/// Gives the next bytes: fills at most `capacity` bytes of `buffer` and returns how many, 0 at the end, less than 0 to fail the
/// call. Runs on the thread that made the call.
typedef int64_t (*ferry_read_fn)(void *buffer, size_t capacity, void *user_data);

/// Options of an upload. Zero and NULL mean the default.
typedef struct ferry_upload_options {
    /// Set by `ferry_upload_options_init`.
    size_t struct_size;
    /// Name of the stored file. NULL: the last element of the path; "unnamed_file" for data without a path.
    const char *filename;
    /// Replace each of \ { } | % ` " ' ~ [ ] # ^ < > in the name by "-", except in its extension.
    Flag sanitize_filename;
    /// MIME type. NULL: derived from the extension of the name, else "application/octet-stream".
    const char *mimetype;
    /// Description for people who cannot see the picture, up to 125 characters. NULL: none.
    const char *alt_text;
    /// Tags: a JSON object of strings; at most 10, keys up to 128, values up to 256 characters. NULL: none.
    const char *tags_json;
    /// Storage: "S3", "gcs", "azure", "rackspace", "dropbox". NULL: the client's `storage`.
    const char *location;
    /// Folder (with a slash at its end) or full key in the storage. NULL: chosen by the service.
    const char *path;
    /// Bucket or container. NULL: the account's.
    const char *container;
    /// Region of the container. NULL: the account's.
    const char *region;
    /// "public" or "private". NULL: "private".
    const char *access;
    /// Workflows to run on the stored file: a JSON array of 1 to 20 ids. NULL: none.
    const char *workflows_json;
    /// One of `FERRY_INTELLIGENT_*`.
    int32_t intelligent;
    /// Number of parts sent at the same time, 1 to 20. 0: 4.
    uint32_t concurrency;
    /// Size of a part in bytes, 5 MiB to 5 GiB. 0: 5 MiB. It is raised where the file would need more than 10,000
    /// parts. Intelligent uploads always use 8 MiB.
    uint64_t part_size;
    /// Policy and signature. NULL: the client's.
    const ferry_security *security;
    /// Progress callback. NULL: none.
    ferry_progress_fn on_progress;
    /// Passed to `on_progress`.
    void *user_data;
    /// Time limit of the whole call in milliseconds, retries included. 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    /// Must be 0.
    uint32_t _reserved;
} ferry_upload_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_upload_options_init(ferry_upload_options *options, size_t size);

/// Uploads a file and waits for it. `out` gets its filelink. `options` may be NULL.
ferry_status ferry_filestack_upload_file(const ferry_filestack *client, const char *path,
                                         const ferry_upload_options *options, ferry_filelink **out,
                                         ferry_error **err);

/// Uploads bytes in memory and waits. They are not copied: leave them as they are until the call returns. `out` gets the filelink.
ferry_status ferry_filestack_upload_bytes(const ferry_filestack *client, const void *data, size_t len,
                                          const ferry_upload_options *options, ferry_filelink **out,
                                          ferry_error **err);

/// Uploads what `read` gives and waits. The data goes into an unlinked temporary file in /var/tmp (or /tmp) first, so that memory does not
/// grow with it and parts can be sent again; progress is reported from then on. `size` is its length, or `FERRY_SIZE_UNKNOWN`; data of another length is FERRY_FILE_CHANGED.
ferry_status ferry_filestack_upload_reader(const ferry_filestack *client, ferry_read_fn read, void *read_data,
                                           uint64_t size, const ferry_upload_options *options,
                                           ferry_filelink **out, ferry_error **err);

/// Has the service fetch and store the file at `url`. Of the options those count that say where and how to store, the tags, and the callback;
/// `mimetype` and `alt_text` must be NULL. `options` may be NULL.
ferry_status ferry_filestack_upload_url(const ferry_filestack *client, const char *url,
                                        const ferry_upload_options *options, ferry_filelink **out,
                                        ferry_error **err);

/// Prepares the upload of a file; nothing is sent. The callback of `options` and its user data must live until every
/// `ferry_upload_run` has returned.
ferry_status ferry_filestack_upload_new(const ferry_filestack *client, const char *path,
                                        const ferry_upload_options *options, ferry_upload **out,
                                        ferry_error **err);

/// Uploads, and waits until it is done, paused, cancelled or has failed. After FERRY_PAUSED or a failure run it again: what the
/// service has confirmed is not sent again. After FERRY_CANCELLED it is over: FERRY_INVALID_STATE. While it runs in another thread:
/// FERRY_INVALID_STATE. Once uploaded: FERRY_OK, and nothing happens.
ferry_status ferry_upload_run(const ferry_upload *upload, ferry_error **err);

/// Asks for a pause; returns at once. No new part starts, those under way end, then `ferry_upload_run` returns FERRY_PAUSED. From any
/// thread, also inside a callback. Asked for while nothing runs, it pauses the next run at its start. NULL is allowed.
void ferry_upload_pause(const ferry_upload *upload);

/// Ends the upload for good; returns at once, and `ferry_upload_run` within a second with FERRY_CANCELLED. From any thread, also inside
/// a callback. NULL is allowed.
void ferry_upload_cancel(const ferry_upload *upload);

/// Where the upload stands: "initialized", "uploading", "paused", "error" (failed, and would again), "uploaded", "aborted" (cancelled),
/// "interrupted" (failed, and another run can go on). Static; "" for NULL.
const char *ferry_upload_state(const ferry_upload *upload);

/// What the service said of the stored file, or of the video that it became; JSON's null if Telestream has it all but did not say. FERRY_NOT_READY
/// before it is uploaded.
ferry_status ferry_upload_result(const ferry_upload *upload, ferry_value **out, ferry_error **err);

/// The filelink of the stored file; FERRY_NOT_READY before it is uploaded. Uploads to Telestream have none: FERRY_INVALID_STATE.
ferry_status ferry_upload_filelink(const ferry_upload *upload, ferry_filelink **out, ferry_error **err);

/// Frees an upload that is not running; NULL is allowed. What the service has is left there.
void ferry_upload_free(ferry_upload *upload);

/** @} */

/* == Filestack: stored files ================================================================================= */

/** @defgroup filelink Filestack: stored files
 * Stored files.
 *
 * `ferry_filelink`:
 * A file in the cloud. Used by any number of threads at once.
 * @{ */

/// The filelink of a stored file from its handle. Nothing is sent.
ferry_status ferry_filelink_new(const ferry_filestack *client, const char *handle, ferry_filelink **out,
                                ferry_error **err);

/// The handle: the last element of the URL. "" for NULL. Borrowed until the filelink is freed.
const char *ferry_filelink_handle(const ferry_filelink *filelink);

/// The address, never signed. "" for NULL. Borrowed until the filelink is freed.
const char *ferry_filelink_url(const ferry_filelink *filelink);

/// The address with a policy and its signature: those of `security`, or for NULL those the filelink was made with. `out` is freed
/// with `ferry_string_free`.
ferry_status ferry_filelink_signed_url(const ferry_filelink *filelink, const ferry_security *security,
                                       char **out, ferry_error **err);

/// Downloads the file to `path`, replacing what is there; signed if there is a security. Until all bytes are there they are in a temporary
/// file in the same folder. `bytes` gets the length; it may be NULL, and so may `options`.
ferry_status ferry_filelink_download(const ferry_filelink *filelink, const char *path,
                                     const ferry_request_options *options, uint64_t *bytes,
                                     ferry_error **err);

/// The bytes of the file in memory, at most 1 GiB; signed if there is a security. `options` may be NULL.
ferry_status ferry_filelink_content(const ferry_filelink *filelink, const ferry_request_options *options,
                                    ferry_bytes **out, ferry_error **err);

/// What the service knows of the file. `attributes` is a list such as "size,filename,md5"; NULL for the service's choice. `options` may be NULL.
ferry_status ferry_filelink_metadata(const ferry_filelink *filelink, const char *attributes,
                                     const ferry_request_options *options, ferry_value **out,
                                     ferry_error **err);

/// What the service said when the file was stored; only its handle if the filelink was made from one. Nothing is sent.
ferry_status ferry_filelink_answer(const ferry_filelink *filelink, ferry_value **out, ferry_error **err);

/// Deletes the file, which needs a security. With `keep_stored` only the handle goes, and the object stays in the storage. `options` may be NULL.
ferry_status ferry_filelink_delete(const ferry_filelink *filelink, bool keep_stored,
                                   const ferry_request_options *options, ferry_error **err);

/// Replaces the bytes of the stored file by those of the file at `path`, which needs a security. Its name and type stay. `options` may be NULL.
ferry_status ferry_filelink_overwrite_file(const ferry_filelink *filelink, const char *path,
                                           const ferry_request_options *options, ferry_error **err);

/// The same with bytes in memory.
ferry_status ferry_filelink_overwrite_bytes(const ferry_filelink *filelink, const void *data, size_t len,
                                            const ferry_request_options *options, ferry_error **err);

/// The same with what the service finds at `url`; `base64decode` if that is base64 text, to be stored decoded.
ferry_status ferry_filelink_overwrite_url(const ferry_filelink *filelink, const char *url, bool base64decode,
                                          const ferry_request_options *options, ferry_error **err);

/// Frees a filelink; NULL is allowed. The file stays where it is.
void ferry_filelink_free(ferry_filelink *filelink);

/** @} */

/* == Filestack: options of storing a result ================================================================== */

/** @defgroup store Filestack: options of storing a result
 * Where the result of a chain is stored.
 * @{ */

/// Options of storing a result; zero and NULL are the defaults.
typedef struct ferry_store_options {
    /// Set by `ferry_store_options_init`.
    size_t struct_size;
    /// Name of the stored file. NULL: chosen by the service.
    const char *filename;
    /// Decode the result from base64 text before it is stored.
    Flag base64decode;
    /// Storage: "S3", "gcs", "azure", "rackspace", "dropbox". NULL: the account's.
    const char *location;
    /// Folder (with a slash at its end) or full key in the storage.
    const char *path;
    /// Bucket or container; NULL: the account's.
    const char *container;
    /// Of the container.
    const char *region;
    /// "public" or "private"; NULL: private.
    const char *access;
    /// Workflows to run on the stored file: a JSON array of 1 to 20 ids.
    const char *workflows_json;
    /// Instead of the client's; NULL: the client's.
    const ferry_security *security;
    /// Progress callback. NULL: none.
    ferry_progress_fn on_progress;
    /// Passed to `on_progress`.
    void *user_data;
    /// Time limit of the whole call in milliseconds, retries included. 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    /// Must be 0.
    uint32_t _reserved;
} ferry_store_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_store_options_init(ferry_store_options *options, size_t size);

/** @} */

/* == Filestack: transformations ============================================================================== */

/** @defgroup transform Filestack: transformations
 * Chains of tasks: built, turned into URLs, run.
 *
 * `ferry_transform`:
 * A file, or several, and what is done to it, task after task. A builder: changed by one thread at a time; the functions that take
 * it as `const` may be used from several.
 * @{ */

/// Takes the next bytes of a result: returns 0 to go on, anything else to fail the call. Runs on the thread that made the call.
typedef int32_t (*ferry_write_fn)(const void *data, size_t len, void *user_data);

/// A chain without tasks yet. `source` is a file's handle, an http or https URL, or a storage alias "src://alias/path". Nothing
/// is sent.
ferry_status ferry_transform_new(const ferry_filestack *client, const char *source, ferry_transform **out,
                                 ferry_error **err);

/// A chain over several files, each as `ferry_transform_new` takes it, for the tasks that join files ("collage", "animate", "zip").
ferry_status ferry_transform_new_list(const ferry_filestack *client, const char *const *sources, size_t count,
                                      ferry_transform **out, ferry_error **err);

/// Adds a task. `params` is as in a URL, "width:500,align:[top,left]", not percent-encoded; NULL for none. An unknown task or parameter, a value
/// out of range or a missing one is FERRY_INVALID_ARGUMENT, says what is allowed, and leaves the chain as it was.
ferry_status ferry_transform_add(ferry_transform *transform, const char *task, const char *params,
                                 ferry_error **err);

/// Adds a task, its parameters as a JSON object: {"width": 500, "align": ["top", "left"]}; NULL for none.
ferry_status ferry_transform_add_json(ferry_transform *transform, const char *task, const char *params_json,
                                      ferry_error **err);

/// Adds an element of the URL as it is, "new_task=k:v", unchecked: for what this version of the library does not know.
ferry_status ferry_transform_add_raw(ferry_transform *transform, const char *element, ferry_error **err);

/// Whether the API key stands in the URL of a handle too, as some accounts want it; it always does for other sources. NULL is
/// allowed.
void ferry_transform_with_apikey(ferry_transform *transform, bool always);

/// The URL of the result, unsigned, ready to be sent by any client. `out` is freed with `ferry_string_free`.
ferry_status ferry_transform_url(const ferry_transform *transform, char **out, ferry_error **err);

/// The URL of the result with a policy and its signature: those of `security`, or the client's for NULL. `out` is freed with
/// `ferry_string_free`.
ferry_status ferry_transform_signed_url(const ferry_transform *transform, const ferry_security *security,
                                        char **out, ferry_error **err);

/// The URL of the result in base64 form, for sources and values that no path can carry; signed with `security`, or the client's, if there is
/// one. `out` is freed with `ferry_string_free`.
ferry_status ferry_transform_base64_url(const ferry_transform *transform, const ferry_security *security,
                                        char **out, ferry_error **err);

/// Runs the chain and downloads the result to `path`, replacing what is there once all bytes have come. `bytes` gets the length; it may be
/// NULL, and so may `options`.
ferry_status ferry_transform_download(const ferry_transform *transform, const char *path,
                                      const ferry_request_options *options, uint64_t *bytes,
                                      ferry_error **err);

/// Runs the chain; the result in memory, at most 1 GiB. `options` may be NULL.
ferry_status ferry_transform_content(const ferry_transform *transform, const ferry_request_options *options,
                                     ferry_bytes **out, ferry_error **err);

/// Runs the chain and hands the result to `write`, piece by piece. Once a piece was handed over, a failure is final. `bytes` gets the length;
/// it may be NULL, and so may `options`.
ferry_status ferry_transform_stream(const ferry_transform *transform, ferry_write_fn write, void *write_data,
                                    const ferry_request_options *options, uint64_t *bytes, ferry_error **err);

/// Runs a chain whose last task answers with JSON ("tags", "sfw", "ocr", "caption", "imagesize", "metadata", …). `options` may be NULL.
ferry_status ferry_transform_json(const ferry_transform *transform, const ferry_request_options *options,
                                  ferry_value **out, ferry_error **err);

/// Runs the chain and stores the result as a new file; the chain stays as it is. Not repeatable without trace: if an answer is lost on
/// the way, the attempt that follows stores once more. `options` may be NULL.
ferry_status ferry_transform_store(const ferry_transform *transform, const ferry_store_options *options,
                                   ferry_filelink **out, ferry_error **err);

/// Starts the conversion of audio or video with the parameters of the task "video_convert" as a JSON object, e.g. {"preset": "h264"}. `options`
/// may be NULL.
ferry_status ferry_transform_av_convert(const ferry_transform *transform, const char *params_json,
                                        const ferry_request_options *options, ferry_av **out,
                                        ferry_error **err);

/// A copy, to go on in two directions.
ferry_status ferry_transform_clone(const ferry_transform *transform, ferry_transform **out,
                                   ferry_error **err);

/// Frees a chain; NULL is allowed.
void ferry_transform_free(ferry_transform *transform);

/// A chain that starts with a screenshot of the page at `url`. `params` is as in `ferry_transform_add`, "agent:mobile,width:400"; NULL for the
/// defaults. Nothing is sent.
ferry_status ferry_filestack_screenshot(const ferry_filestack *client, const char *url, const char *params,
                                        ferry_transform **out, ferry_error **err);

/// Downloads 1 to 100 files, each a handle or an http or https URL, as one ZIP archive to `path`. `bytes` gets its length; it may be NULL, and so
/// may `options`.
ferry_status ferry_filestack_zip(const ferry_filestack *client, const char *const *sources, size_t count,
                                 const char *path, const ferry_request_options *options, uint64_t *bytes,
                                 ferry_error **err);

/** @} */

/* == Filestack: audio and video conversions ================================================================== */

/** @defgroup av Filestack: audio and video conversions
 * Audio and video conversions.
 *
 * `ferry_av`:
 * A conversion of audio or video, a job of the service. Used by any number of threads at once.
 * @{ */

/// The job's id. "" for NULL. Borrowed until the conversion is freed, like all texts below.
const char *ferry_av_uuid(const ferry_av *av);

/// When the job began, as the service says it. "" for NULL.
const char *ferry_av_timestamp(const ferry_av *av);

/// The URL of the conversion, unsigned. "" for NULL.
const char *ferry_av_url(const ferry_av *av);

/// Asks the service how far it is: "started", "pending", "completed" or "failed". `out` is freed with `ferry_string_free`; `options` may be NULL.
ferry_status ferry_av_status(const ferry_av *av, const ferry_request_options *options, char **out,
                             ferry_error **err);

/// Asks until the conversion is completed, with pauses from 1 to 5 seconds; a failed one is FERRY_HTTP with the service's reason. `deadline_ms` of
/// `options` bounds the wait, its callback is called meanwhile and can cancel it. `out` gets the service's description of the result; it
/// may be NULL, and so may `options`.
ferry_status ferry_av_wait(const ferry_av *av, const ferry_request_options *options, ferry_value **out,
                           ferry_error **err);

/// The converted file: FERRY_NOT_READY until `ferry_av_status` or `ferry_av_wait` has seen it completed. Nothing is sent.
ferry_status ferry_av_filelink(const ferry_av *av, ferry_filelink **out, ferry_error **err);

/// Frees a conversion; NULL is allowed. The job goes on.
void ferry_av_free(ferry_av *av);

/** @} */

/* == Filestack: workflows ==================================================================================== */

/** @defgroup workflow Filestack: workflows
 * Workflows: jobs of the service over a file.
 * @{ */

/// Starts a workflow on a file, a handle or an http or https URL. `out` gets the job, whose "jobid" `ferry_filestack_workflow_status` takes. `options`
/// may be NULL.
ferry_status ferry_filestack_workflow_run(const ferry_filestack *client, const char *workflow_id,
                                          const char *source, const ferry_request_options *options,
                                          ferry_value **out, ferry_error **err);

/// How far a workflow's job has come: "status" is "Started", "Finished" or "Failed", "results" has what each task gave. `options` may be
/// NULL.
ferry_status ferry_filestack_workflow_status(const ferry_filestack *client, const char *job_id,
                                             const ferry_request_options *options, ferry_value **out,
                                             ferry_error **err);

/** @} */

/* == Filestack: webhooks ===================================================================================== */

/** @defgroup webhook Filestack: webhooks
 * Webhooks: whether a message is from the service.
 * @{ */

/// Verifies a webhook: FERRY_OK, FERRY_SIGNATURE_MISMATCH or FERRY_SIGNATURE_EXPIRED. `body` is the raw body of the request, before any parsing;
/// `timestamp` and `signature` are its headers FS-Timestamp and FS-Signature. `tolerance_seconds` is the greatest age (and the greatest lead of the
/// service's clock) of a message, 300 is usual; 0: any age. Compared in constant time; the right signature is never told.
ferry_status ferry_webhook_verify(const char *secret, const void *body, size_t len, const char *timestamp,
                                  const char *signature, uint32_t tolerance_seconds, ferry_error **err);

/// `ferry_webhook_verify` while secrets change: the message may be signed with any of the `count` secrets.
ferry_status ferry_webhook_verify_any(const char *const *secrets, size_t count, const void *body, size_t len,
                                      const char *timestamp, const char *signature,
                                      uint32_t tolerance_seconds, ferry_error **err);

/// Signs a message as the service does, to test a receiver. `out` is freed with `ferry_string_free`.
ferry_status ferry_webhook_sign(const char *secret, const void *body, size_t len, const char *timestamp,
                                char **out, ferry_error **err);

/** @} */

/* == Telestream: client and requests ========================================================================= */

/** @defgroup telestream Telestream: client and requests
 * Telestream Cloud Flip: a client for an account, signatures, and requests that have no function of their
 * own.
 *
 * API 3.0 signs every request with two keys (`ferry_telestream_new`); API 3.1 sends one key with every
 * request (`ferry_telestream_new_with_apikey`). All other functions are the same for both.
 *
 * @code{.c}
 * ferry_telestream *telestream = NULL;
 * ferry_response *response = NULL;
 * ferry_error *error = NULL;
 * if (ferry_telestream_new(access_key, secret_key, NULL, &telestream, &error) == FERRY_OK &&
 *     ferry_telestream_request(telestream, "GET", "/encodings/count.json", NULL, NULL, &response, &error)
 *         == FERRY_OK) {
 *     printf("%s\n", (const char *)ferry_response_body(response));
 * }
 * @endcode
 *
 * `ferry_telestream`:
 * A Telestream Cloud account and its connections. Any number of threads may use it at the same time. Every
 * request is signed anew each time it is sent, and no two requests have the same timestamp. Uploads keep
 * what they need of it, so it may be freed before them.
 * @{ */

/// Options of a Telestream client. Zero and NULL are the defaults.
typedef struct ferry_telestream_options {
    /// Set by `ferry_telestream_options_init`.
    size_t struct_size;
    /// The factory of calls whose `factory_id` is NULL. NULL: none.
    const char *factory_id;
    /// The API host of the account's region, without scheme and port; an IPv6 address stands in brackets. It
    /// is part of every signature, also if `base_url` is set. NULL: the host of `base_url`, or else
    /// "api-gce.pandastream.com"; for a client with an API key "api.cloud.telestream.net".
    const char *api_host;
    /// The port, 1 to 65535; 0: 443. The protocol is https whatever the port.
    uint32_t api_port;
    /// The version of the API. NULL: "3.0"; for a client with an API key "3.1".
    const char *api_version;
    /// The origin to send requests to instead of `api_host`, e.g. a gateway; http or https. NULL: none.
    const char *base_url;
    /// How to connect. NULL: the defaults.
    const ferry_connection_options *connection;
} ferry_telestream_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_telestream_options_init(ferry_telestream_options *options, size_t size);

/// Create a client for an account of API 3.0, which has two keys. Nothing is sent. The secret key is not kept
/// as it is, and no error shows a key. `options` may be NULL. Free `out` with `ferry_telestream_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if a key is empty, or if an option cannot be used, with its name.
ferry_status ferry_telestream_new(const char *access_key, const char *secret_key,
                                  const ferry_telestream_options *options, ferry_telestream **out,
                                  ferry_error **err);

/// Create a client for an account of API 3.1, which has one key. The key goes with every request in the
/// header X-Api-Key, and nothing is signed. All other functions work as for API 3.0. Nothing is sent.
/// `options` may be NULL. Free `out` with `ferry_telestream_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if the key is empty or cannot stand in a header, or if an option cannot
/// be used.
ferry_status ferry_telestream_new_with_apikey(const char *apikey, const ferry_telestream_options *options,
                                              ferry_telestream **out, ferry_error **err);

/// Sign a request that somebody else sends, e.g. a browser that must not know the secret key. Nothing is
/// sent.
///
/// `method` is GET, POST, PUT or DELETE. `path` begins after the version, e.g. "/videos.json". `params_json`
/// is a JSON object or NULL. `timestamp` is usually NULL, which is now; the service takes a signature for 5
/// minutes, that of POST /videos.json for 30.
///
/// `out_json` receives a JSON object: the parameters as they were given, and "factory_id" (if there is one),
/// "access_key", "timestamp" and "signature". True and false are signed as True and False and must be sent
/// so. "file" is not signed. An object under "pipeline" becomes a text. Free `out_json` with
/// `ferry_string_free`.
///
/// Fails with FERRY_INVALID_STATE for a client with an API key, and with FERRY_INVALID_ARGUMENT for a
/// parameter that cannot be signed: null, a list other than "profiles", an object in an object.
ferry_status ferry_telestream_signed_params(const ferry_telestream *telestream, const char *method,
                                            const char *path, const char *params_json, const char *timestamp,
                                            char **out_json, ferry_error **err);

/// Send a request for which there is no function, and return the whole response. The request is signed.
///
/// `method` is GET, POST, PUT or DELETE, with an API key also PATCH. `path` begins after the version, e.g.
/// "/encodings/count.json". `params_json` is a JSON object or NULL. True and false are sent as True and
/// False: write "true" as a text where the service wants that. One level of objects is taken, e.g. "events",
/// and no list but "profiles".
///
/// `options` may be NULL: see `ferry_request_options`. Its `security` must be NULL. This holds for all
/// functions of Telestream that take these options.
///
/// A GET is sent again as often as `max_retries` of the connection says, a PUT, PATCH or DELETE twice at
/// most, a POST only if it has surely not arrived: there was no connection, or the service answered 429.
///
/// Fails with FERRY_HTTP for a status that is not 2xx, redirects among them; `ferry_error_http_status` and
/// `ferry_error_body` tell what came. Free `out` with `ferry_response_free`.
ferry_status ferry_telestream_request(const ferry_telestream *telestream, const char *method,
                                      const char *path, const char *params_json,
                                      const ferry_request_options *options, ferry_response **out,
                                      ferry_error **err);

/// Free a client; NULL is allowed.
void ferry_telestream_free(ferry_telestream *telestream);

/** @} */

/* == Telestream: factories, videos, encodings, profiles, notifications ======================================= */

/** @defgroup telestream_resources Telestream: factories, videos, encodings, profiles, notifications
 * What Telestream keeps for an account: factories, and in each of them videos, encodings, profiles and
 * notifications.
 *
 * Answers are JSON values as the service gives them; its documentation has their members. A GET is sent
 * again as often as `max_retries` of the connection says, a PUT, PATCH or DELETE twice at most, a POST only
 * if it has surely not arrived.
 *
 * @code{.c}
 * ferry_value *videos = NULL;
 * ferry_error *error = NULL;
 * const char *params = "{\"status\": \"success\"}";
 * if (ferry_telestream_list(telestream, FERRY_VIDEOS, NULL, params, NULL, &videos, &error) == FERRY_OK) {
 *     for (size_t i = 0; i < ferry_value_len(videos); i++) {
 *         puts(ferry_value_string(ferry_value_get(ferry_value_at(videos, i), "id")));
 *     }
 * }
 * ferry_value_free(videos);
 * @endcode
 * @{ */

/// Factories: each holds videos, encodings and profiles, and knows where their files are stored.
#define FERRY_FACTORIES 1
/// Videos: files that were sent to a factory.
#define FERRY_VIDEOS 2
/// Encodings: a video in the form that a profile asks for.
#define FERRY_ENCODINGS 3
/// Profiles: how a factory encodes.
#define FERRY_PROFILES 4

/// List one page of a resource, which is FERRY_FACTORIES, FERRY_VIDEOS, FERRY_ENCODINGS or FERRY_PROFILES.
/// `out` receives an array.
///
/// `factory_id` says which factory to look in; NULL is the client's factory, here and in all functions below.
/// `params_json` is a JSON object or NULL: "page", counted from 1, and "per_page", at most 100 and 100 by
/// default. There are more pages until one has fewer objects than that. Videos and encodings are filtered by
/// "status" ("success", "fail", "processing"), encodings also by "video_id", "profile_id" and "profile_name".
///
/// Here and below: `options` may be NULL, and its `security` must be. Free `out` with `ferry_value_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT, before anything is sent, if the resource, an id or a parameter cannot
/// be used, or if neither the call nor the client has a factory; with FERRY_HTTP if the service refuses, and
/// with FERRY_PROTOCOL if its answer is not understood. This holds for all functions below.
ferry_status ferry_telestream_list(const ferry_telestream *telestream, int32_t resource,
                                   const char *factory_id, const char *params_json,
                                   const ferry_request_options *options, ferry_value **out,
                                   ferry_error **err);

/// List all pages of a resource as one array. `params_json` is as for `ferry_telestream_list`, but without
/// "page".
///
/// Fails with FERRY_PROTOCOL if there are more than 100,000 objects or 128 MiB: filter the list, or ask for
/// its pages.
ferry_status ferry_telestream_list_all(const ferry_telestream *telestream, int32_t resource,
                                       const char *factory_id, const char *params_json,
                                       const ferry_request_options *options, ferry_value **out,
                                       ferry_error **err);

/// Find one object by its id, a profile also by its name. `params_json` is a JSON object or NULL:
/// "screenshots" (encodings) and "expand" (profiles), each true, ask for more.
ferry_status ferry_telestream_find(const ferry_telestream *telestream, int32_t resource,
                                   const char *factory_id, const char *id, const char *params_json,
                                   const ferry_request_options *options, ferry_value **out,
                                   ferry_error **err);

/// Create an object with the members of a JSON object. True and false are sent as the service takes them,
/// here and below.
///
/// A video needs "source_url", or "file": the path of a local file that is sent in this one request (API 3.0
/// only). For "file", progress counts the bytes of the request, which has a few hundred more than the file.
/// An upload (`ferry_telestream_upload_new`) can go on after a failure, this cannot. An encoding needs
/// "video_id" and either "profile_id" or "profile_name"; a profile needs "preset_name", or "command" and
/// "extname".
///
/// The request is not sent again once it may have arrived, or there would be two objects. Fails with FERRY_IO
/// if the file cannot be read, and with FERRY_FILE_CHANGED if it changes while it is sent; if it changed so
/// late that the service has made a video of it, `ferry_error_body` is that video.
ferry_status ferry_telestream_create(const ferry_telestream *telestream, int32_t resource,
                                     const char *factory_id, const char *params_json,
                                     const ferry_request_options *options, ferry_value **out,
                                     ferry_error **err);

/// Change the given members of a factory or a profile, with an API key also of an encoding. Other objects
/// cannot be changed. For FERRY_FACTORIES, `factory_id` NULL is the factory itself.
ferry_status ferry_telestream_update(const ferry_telestream *telestream, int32_t resource,
                                     const char *factory_id, const char *id, const char *params_json,
                                     const ferry_request_options *options, ferry_value **out,
                                     ferry_error **err);

/// Delete a video with all its files, an encoding or a profile. Factories cannot be deleted. `out` receives
/// JSON's null if the answer has no body.
ferry_status ferry_telestream_delete(const ferry_telestream *telestream, int32_t resource,
                                     const char *factory_id, const char *id,
                                     const ferry_request_options *options, ferry_value **out,
                                     ferry_error **err);

/// List the encodings of one video. `params_json` is as for `ferry_telestream_list`.
ferry_status ferry_telestream_video_encodings(const ferry_telestream *telestream, const char *factory_id,
                                              const char *video_id, const char *params_json,
                                              const ferry_request_options *options, ferry_value **out,
                                              ferry_error **err);

/// Get what the service has read from the file of a video: duration, codecs, sizes.
ferry_status ferry_telestream_video_metadata(const ferry_telestream *telestream, const char *factory_id,
                                             const char *video_id, const ferry_request_options *options,
                                             ferry_value **out, ferry_error **err);

/// Delete the file that a video was made from, and keep its encodings. `out` receives JSON's null if the
/// answer has no body.
ferry_status ferry_telestream_video_delete_source(const ferry_telestream *telestream, const char *factory_id,
                                                  const char *video_id, const ferry_request_options *options,
                                                  ferry_value **out, ferry_error **err);

/// Start a failed encoding again. `out` receives JSON's null if the answer has no body. Sent again only if it
/// has surely not arrived.
ferry_status ferry_telestream_encoding_retry(const ferry_telestream *telestream, const char *factory_id,
                                             const char *encoding_id, const ferry_request_options *options,
                                             ferry_value **out, ferry_error **err);

/// Stop an encoding. `out` receives JSON's null if the answer has no body. Sent again only if it has surely
/// not arrived.
ferry_status ferry_telestream_encoding_cancel(const ferry_telestream *telestream, const char *factory_id,
                                              const char *encoding_id, const ferry_request_options *options,
                                              ferry_value **out, ferry_error **err);

/// Get where a factory sends its notifications ("url", "delay" in seconds, "send_video_payload") and of which
/// "events".
ferry_status ferry_telestream_notifications(const ferry_telestream *telestream, const char *factory_id,
                                            const ferry_request_options *options, ferry_value **out,
                                            ferry_error **err);

/// Change the given members of what `ferry_telestream_notifications` returns. "events" is an object of
/// "video_created", "video_encoded", "encoding_progress" and "encoding_completed", each true or false.
ferry_status ferry_telestream_notifications_update(const ferry_telestream *telestream, const char *factory_id,
                                                   const char *params_json,
                                                   const ferry_request_options *options, ferry_value **out,
                                                   ferry_error **err);

/// Wait until the service has stored a video. Its encodings may still be under way. The service is asked with
/// pauses from 1 to 5 seconds, without end unless there is a deadline; `deadline_ms` of `options` is that of
/// the whole wait, and its callback is called meanwhile and can end it. This holds for the two functions
/// below too.
///
/// Fails with FERRY_HTTP and the service's reason if the video has failed.
ferry_status ferry_telestream_video_wait(const ferry_telestream *telestream, const char *factory_id,
                                         const char *video_id, const ferry_request_options *options,
                                         ferry_value **out, ferry_error **err);

/// Wait until an encoding is done. Progress is told in percent: `bytes_done` of 100.
///
/// Fails with FERRY_HTTP and the service's reason if the encoding has failed.
ferry_status ferry_telestream_encoding_wait(const ferry_telestream *telestream, const char *factory_id,
                                            const char *encoding_id, const ferry_request_options *options,
                                            ferry_value **out, ferry_error **err);

/// Wait until a video is stored and none of its encodings is under way. `out` receives the encodings as an
/// array, also those that have failed, whose "status" is "fail". Progress is told in percent: 100 for each
/// encoding.
///
/// Fails with FERRY_HTTP and the service's reason if the video itself has failed.
ferry_status ferry_telestream_video_encodings_wait(const ferry_telestream *telestream, const char *factory_id,
                                                   const char *video_id, const ferry_request_options *options,
                                                   ferry_value **out, ferry_error **err);

/** @} */

/* == Telestream: uploads ===================================================================================== */

/** @defgroup telestream_upload Telestream: uploads
 * Uploads to Telestream. A file becomes a video, and the service encodes it.
 *
 * @code{.c}
 * ferry_upload *upload = NULL;
 * ferry_value *video = NULL;
 * ferry_error *error = NULL;
 * const char *params = "{\"profiles\": \"h264\"}";
 * if (ferry_telestream_upload_new(telestream, NULL, "film.mov", params, NULL, &upload, &error) == FERRY_OK &&
 *     ferry_upload_run(upload, &error) == FERRY_OK &&
 *     ferry_upload_result(upload, &video, &error) == FERRY_OK) {
 *     puts(ferry_value_string(ferry_value_get(video, "id")));
 * }
 * @endcode
 * @{ */

/// Send parts in any order, several at a time; ranges if the service offers no parts.
#define FERRY_PROTOCOL_PARTS 0
/// Send one range after the other on one connection: the older protocol.
#define FERRY_PROTOCOL_RANGES 1

/// Options of an upload to Telestream. Zero and NULL are the defaults.
typedef struct ferry_telestream_upload_options {
    /// Set by `ferry_telestream_upload_options_init`.
    size_t struct_size;
    /// The name of the file at the service. NULL: the last element of the path.
    const char *filename;
    /// How many parts are sent at a time, 1 to 32; 0: 8. The service may allow fewer.
    uint32_t concurrency;
    /// One of `FERRY_PROTOCOL_*`.
    int32_t protocol;
    /// Files that belong to the video, such as subtitles: a JSON object with a path, or a list of paths, for
    /// each tag, e.g. {"subtitles": ["de.srt", "en.srt"]}. They are sent after the video, and only in parts.
    /// NULL: none.
    const char *extra_files_json;
    /// The longest time one run may take, in milliseconds, all retries included. 0: `deadline_ms` of the
    /// client.
    uint32_t deadline_ms;
    /// Called with the progress of a run, on the thread of that run. NULL: none.
    ferry_progress_fn on_progress;
    /// Passed to `on_progress`.
    void *user_data;
} ferry_telestream_upload_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_telestream_upload_options_init(ferry_telestream_upload_options *options, size_t size);

/// Prepare the upload of a file that becomes a video. The file is opened and the arguments are checked;
/// nothing is sent.
///
/// `factory_id` NULL is the client's factory. `params_json` is a JSON object or NULL: "profiles" (a list, or
/// a text with commas; without it all profiles of the factory, "none" for no encoding yet), "path_format",
/// "payload", "pipeline" and so on. `options` may be NULL. Its callback and user data must live until every
/// `ferry_upload_run` has returned.
///
/// The handle works like that of `ferry_filestack_upload_new`: run it, and after a failure run it again,
/// which sends only what the service lacks. A run that ends by `ferry_upload_cancel` also deletes the upload
/// at the service; one that is interrupted or paused does not. The service chooses the address that the bytes
/// are sent to, and this may be plain http. Free `out` with `ferry_upload_free`.
///
/// Fails with FERRY_IO if a file cannot be read, and with FERRY_INVALID_ARGUMENT if a file is empty, a
/// parameter or an option cannot be used, or there is no factory. A run can fail with FERRY_FILE_CHANGED if a
/// file changes meanwhile, and with FERRY_INTEGRITY if the service stored another number of bytes.
ferry_status ferry_telestream_upload_new(const ferry_telestream *telestream, const char *factory_id,
                                         const char *path, const char *params_json,
                                         const ferry_telestream_upload_options *options, ferry_upload **out,
                                         ferry_error **err);

/** @} */

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* FERRY_H */
