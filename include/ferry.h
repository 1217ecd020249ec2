#ifndef FERRY_H
#define FERRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @file
 * Ferry carries files to media clouds: Filestack and Telestream Cloud Flip.
 *
 * Generated from src/ffi by cbindgen (make header). Do not edit.
 *
 * The rules for all functions; the manual (include/README.md) gives the reasons:
 *
 * - Status: a call that can fail returns a ferry_status, FERRY_OK (0) on success. Its last argument,
 *   `ferry_error **err`, may be NULL. If it is not, a failure leaves an error there, which the caller frees
 *   with ferry_error_free, and a success leaves NULL.
 * - A function that sends requests can fail with FERRY_NETWORK, FERRY_TIMEOUT, FERRY_HTTP, FERRY_PROTOCOL,
 *   and FERRY_CANCELLED, any with FERRY_INVALID_ARGUMENT, FERRY_OUT_OF_MEMORY and FERRY_INTERNAL. Functions
 *   name what they add.
 * - Order of arguments: the object, what to do, `options`, outputs, `err`.
 * - Ownership: `T **out` receives an object that the caller frees with ferry_T_free. After a failure it is
 *   NULL. Every ferry_T_free takes NULL. Objects may be freed in any order, but not while a call uses them.
 * - Text is UTF-8 and ends with NUL. A `const char *` or `const T *` that a function returns is borrowed and
 *   valid until its object is freed. A `char *` that `char **out` receives is freed with ferry_string_free.
 * - NULL: a pointer argument may be NULL only if its function says so; else FERRY_INVALID_ARGUMENT names it.
 *   Functions that return a value take NULL and then return "", 0, false or NULL.
 * - Option structs: call ferry_X_options_init(&options, sizeof options), then set what you need. Zero and
 *   NULL mean the default. Fields called `_reserved` must stay 0.
 * - Threads: a `const` handle may be used by several threads at the same time, any other by one. An object
 *   may be freed by another thread than the one that made it.
 * - Callbacks run on the thread that made the call, one at a time; no lock is held. They and their user data
 *   must live until the call returns. They must not throw, longjmp or panic. Of an upload that was started
 *   (ferry_upload_start) they run on the thread that polls, and live until it is finished or freed.
 * - Global state: no initialisation, no cleanup, no output, no signal handler, no environment variable, and
 *   no thread that outlives a call, except that of a started upload and one that waits for the system's name
 *   resolver (see the manual).
 *
 * Repeated requests. A request that fails in a way that may pass (no connection, a cut connection, a timeout,
 * HTTP 408, 425, 429 and 5xx but 501 and 505) is repeated with growing pauses. One that makes something, and
 * so would make two, is repeated only if it has surely not arrived: there was no connection, or the service
 * answered 429. A call that fails although it may have arrived is not `ferry_error_retryable`.
 *
 * - As often as `max_retries` says: uploads with all their parts; ferry_filelink_* but _overwrite_url;
 *   ferry_transform_download, _content, _json, and _stream until its first piece;
 *   ferry_transform_av_convert, since the service starts the same conversion once (but not with "force");
 *   ferry_av_status, ferry_av_wait;
 *   ferry_filestack_workflow_status, ferry_filestack_zip; GET, HEAD, PUT and DELETE of
 *   ferry_filestack_request; what Telestream is asked by GET (_list, _list_all, _find, _wait, ...), and the
 *   opening of its upload sessions.
 * - Twice at most: PUT, PATCH and DELETE of Telestream (_update, _delete, ...).
 * - Only if it has surely not arrived: ferry_filestack_upload_url, ferry_filelink_overwrite_url,
 *   ferry_filestack_workflow_run, ferry_transform_store, POST and PATCH of ferry_filestack_request,
 *   ferry_telestream_create and every other POST of Telestream.
 */

/// Major version of this header.
#define FERRY_VERSION_MAJOR 0
/// Minor version of this header.
#define FERRY_VERSION_MINOR 1
/// Patch level of this header.
#define FERRY_VERSION_PATCH 0

/// A value of `proxy` in ferry_connection_options: the proxy that the environment variables name.
#define FERRY_PROXY_FROM_ENVIRONMENT "environment"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ferry_error ferry_error; ///< See @ref error.
typedef struct ferry_value ferry_value; ///< See @ref value.
typedef struct ferry_json ferry_json; ///< See @ref json.
typedef struct ferry_bytes ferry_bytes; ///< See @ref bytes.
typedef struct ferry_response ferry_response; ///< See @ref response.
typedef struct ferry_filestack ferry_filestack; ///< See @ref filestack.
typedef struct ferry_security ferry_security; ///< See @ref security.
typedef struct ferry_upload ferry_upload; ///< See @ref upload.
typedef struct ferry_filelink ferry_filelink; ///< See @ref filelink.
typedef struct ferry_transform ferry_transform; ///< See @ref transform.
typedef struct ferry_av ferry_av; ///< See @ref av.
typedef struct ferry_telestream ferry_telestream; ///< See @ref telestream.

/* == Version ============================================================================================= */

/** @defgroup version Version
 * Which version the header and the library have.
 *
 * @code{.c}
 * if (ferry_version_number() != FERRY_VERSION_NUMBER)
 *     fprintf(stderr, "compiled for another version than %s\n", ferry_version());
 * @endcode
 *
 * @{ */

/// The version of this header: major << 16 | minor << 8 | patch.
#define FERRY_VERSION_NUMBER 256

/// Return the version of the library as text, e.g. "0.1.0". Static.
const char *ferry_version(void);

/// Return the version of the library as a number. It differs from `FERRY_VERSION_NUMBER` if the program was
/// compiled with the header of another version.
uint32_t ferry_version_number(void);

/// Return how many handles, strings and buffers the library has handed out that are not freed yet. A test
/// that ends with 0 leaks nothing.
uint64_t ferry_live_objects(void);

/** @} */

/* == Statuses and errors ================================================================================= */

/** @defgroup error Statuses and errors
 * Why a call failed. Every call that can fail returns a status; its last argument, which may be NULL,
 * receives the error.
 *
 * @code{.c}
 * ferry_filestack *client = NULL;
 * if (ferry_filestack_new("", NULL, &client, &err) != FERRY_OK) {
 *     fprintf(stderr, "%s: %s\n", ferry_status_name(ferry_error_status(err)), ferry_error_message(err));
 *     ferry_error_free(err);
 * }
 * @endcode
 *
 * `ferry_error`:
 * Made by the call that failed, freed by the caller. Any number of threads may read it at the same time.
 *
 * @{ */

/// The result of a call that can fail: `FERRY_OK` or a reason. Treat a number that is not listed here as a
/// failure.
typedef int32_t ferry_status;

/// Success.
#define FERRY_OK 0
/// An argument cannot be used; the message names it. Nothing was sent.
#define FERRY_INVALID_ARGUMENT 1
/// The object is in the wrong state for this call, e.g. the upload is running already.
#define FERRY_INVALID_STATE 2
/// A local file cannot be read or written, or a read or write callback failed.
#define FERRY_IO 3
/// The connection failed or was cut.
#define FERRY_NETWORK 4
/// A timeout or the deadline has passed.
#define FERRY_TIMEOUT 5
/// The service answered with an error; see `ferry_error_http_status` and `ferry_error_body`.
#define FERRY_HTTP 6
/// The answer of the service was not understood.
#define FERRY_PROTOCOL 7
/// What was stored differs from what was sent.
#define FERRY_INTEGRITY 8
/// The source changed while it was uploaded, or the stored file while it was downloaded.
#define FERRY_FILE_CHANGED 9

/// The call was cancelled or interrupted. After an interrupt `ferry_error_retryable` is true, unless the call
/// makes something and may have arrived.
#define FERRY_CANCELLED 10
/// The upload was paused; run it again to go on.
#define FERRY_PAUSED 11
/// There is no result yet.
#define FERRY_NOT_READY 12
/// The signature does not belong to the message.
#define FERRY_SIGNATURE_MISMATCH 13
/// The signature is right but too old.
#define FERRY_SIGNATURE_EXPIRED 14
/// Memory or threads have run out.
#define FERRY_OUT_OF_MEMORY 15
/// A bug in the library. Please report it with the message.
#define FERRY_INTERNAL 99

/// Return the name of a status, e.g. "FERRY_NETWORK", or "unknown". Static.
const char *ferry_status_name(ferry_status status);

/// Return the status that the call returned; `FERRY_OK` for NULL.
ferry_status ferry_error_status(const ferry_error *error);

/// Return one line of text for people: what was being done, to what, what came back, what to do. It contains
/// no secret. "" for NULL. Borrowed until the error is freed.
const char *ferry_error_message(const ferry_error *error);

/// Return the HTTP status of the service's answer; 0 if there was none.
int32_t ferry_error_http_status(const ferry_error *error);

/// Return the system's number of the error, a value of `errno`: ENOENT if a file is not there, ECONNREFUSED
/// if nobody listens. On Windows one of `GetLastError` or `WSAGetLastError`. 0 if it was not the system that
/// refused.
int32_t ferry_error_errno(const ferry_error *error);

/// Return the first 16 KiB of the body of the service's answer with secrets removed; "" if there was none.
/// Borrowed until the error is freed.
const char *ferry_error_body(const ferry_error *error);

/// Return the step that failed. Of an upload to Filestack: "start", "upload", "put", "commit", "complete"; to
/// Telestream: "session", "part", "range", "status", "abort". Of other calls a word for what was asked, such
/// as "download"; "" if nothing had begun. Borrowed until the error is freed.
const char *ferry_error_step(const ferry_error *error);

/// Return whether the same call can succeed later without a change: after a network failure, a busy service
/// or an interrupt. It is false after a pause, which is no failure: whoever asked for it runs the upload
/// again. It is false if the call may have created something that a repetition would create twice.
bool ferry_error_retryable(const ferry_error *error);

/// Free an error. NULL is allowed.
void ferry_error_free(ferry_error *error);

/** @} */

/* == JSON values ========================================================================================= */

/** @defgroup value JSON values
 * JSON of a service, read-only. The getters take NULL, so that no check is needed in between.
 *
 * @code{.c}
 * ferry_value *metadata = NULL;
 * if (ferry_filelink_metadata(link, "size,filename", NULL, &metadata, &err) == FERRY_OK)
 *     printf("%lld bytes\n", (long long)ferry_value_int(ferry_value_get(metadata, "size")));
 * ferry_value_free(metadata);
 * @endcode
 *
 * `ferry_value`:
 * A JSON value. A call returns a whole document, which the caller frees; the values inside it are borrowed
 * from it and must not be freed. Any number of threads may read it at the same time.
 *
 * @{ */

/// No value, or JSON's null.
#define FERRY_VALUE_NULL 0
/// true or false.
#define FERRY_VALUE_BOOL 1
/// A number without a fraction, from -2^63 to 2^64 - 1.
#define FERRY_VALUE_INT 2

/// A number with a fraction or an exponent, or beyond the range of `FERRY_VALUE_INT`. It is the nearest
/// double: `ferry_value_json` may have other digits than the service.
#define FERRY_VALUE_DOUBLE 3
/// A string.
#define FERRY_VALUE_STRING 4
/// An array; see `ferry_value_at`.
#define FERRY_VALUE_ARRAY 5
/// An object; see `ferry_value_get`.
#define FERRY_VALUE_OBJECT 6

/// Return the type of a value: one of `FERRY_VALUE_*`; `FERRY_VALUE_NULL` for NULL.
int32_t ferry_value_type(const ferry_value *value);

/// Return the member of an object with that name; NULL if there is none. A member whose name has characters
/// U+0000, which C cannot express, is found by its index only. Borrowed.
const ferry_value *ferry_value_get(const ferry_value *value, const char *key);

/// Return an element of an array or a member of an object by its index, counted from 0; NULL past the end.
/// Members are in the service's order. Borrowed.
const ferry_value *ferry_value_at(const ferry_value *value, size_t index);

/// Return the name of a member of an object by its index, counted from 0; NULL past the end and for anything
/// but an object. Characters U+0000 are left out, though not by `ferry_value_json`. Borrowed.
const char *ferry_value_key(const ferry_value *value, size_t index);

/// Return the number of elements of an array or members of an object, or the length of a string in bytes;
/// else 0.
size_t ferry_value_len(const ferry_value *value);

/// Return the text of a string; NULL for anything but a string. Characters U+0000, which C cannot express,
/// are left out. Borrowed.
const char *ferry_value_string(const ferry_value *value);

/// Return a number as an integer; 0 for anything but a number. A fraction is cut off; a number out of range
/// becomes the end of the range.
int64_t ferry_value_int(const ferry_value *value);

/// Return a number; 0 for anything but a number.
double ferry_value_double(const ferry_value *value);

/// Return whether the value is JSON's true.
bool ferry_value_bool(const ferry_value *value);

/// Return the value as JSON text; "null" for NULL, "" if there is no memory for it. Borrowed.
const char *ferry_value_json(const ferry_value *value);

/// Free a document that a call returned, and with it the values inside. NULL is allowed.
void ferry_value_free(ferry_value *value);

/** @} */

/* == JSON to send ======================================================================================== */

/** @defgroup json JSON to send
 * JSON that a program writes: policies, tags, workflows, parameters. Whatever a text has in it, quotes, line
 * breaks, backslashes, it stays one text.
 *
 * @code{.c}
 * ferry_json *calls = ferry_json_new_array(), *policy = ferry_json_new();
 * ferry_json_add_string(calls, "read", NULL);
 * ferry_json_set_json(policy, "call", ferry_json_text(calls), NULL);
 * ferry_json_set_int(policy, "expiry", (int64_t)ferry_security_expiry_in(3600), NULL);
 * ferry_security *security = NULL;
 * if (ferry_security_new(ferry_json_text(policy), "SECRET", &security, &err) != FERRY_OK)
 *     fprintf(stderr, "%s\n", ferry_error_message(err)); // also if one of the calls above has failed
 * ferry_security_free(security);
 * ferry_json_free(policy);
 * ferry_json_free(calls);
 * @endcode
 *
 * Each call tells whether it has failed. Who does not look loses nothing silently: the text is then no JSON,
 * so that the function that it is given to refuses it.
 *
 * `ferry_json`:
 * An object or an array that is being written.
 *
 * @{ */

/// Make an object without members. Free it with `ferry_json_free`. Never returns NULL.
ferry_json *ferry_json_new(void);

/// Make an array without items. Free it with `ferry_json_free`. Never returns NULL.
ferry_json *ferry_json_new_array(void);

/// Set a member of an object to a string. Of two members of one name the later one stays. Fails with
/// FERRY_INVALID_ARGUMENT if `json` is an array.
ferry_status ferry_json_set_string(ferry_json *json, const char *name, const char *value, ferry_error **err);

/// Set a member to a whole number.
ferry_status ferry_json_set_int(ferry_json *json, const char *name, int64_t value, ferry_error **err);

/// Set a member to a number. Fails with FERRY_INVALID_ARGUMENT if it is not finite.
ferry_status ferry_json_set_double(ferry_json *json, const char *name, double value, ferry_error **err);

/// Set a member to true or false.
ferry_status ferry_json_set_bool(ferry_json *json, const char *name, bool value, ferry_error **err);

/// Set a member to what this JSON text is: an array, an object, null. Fails with FERRY_INVALID_ARGUMENT if it
/// is not JSON, or has a whole number that neither int64_t nor uint64_t can hold. Numbers with a fraction or
/// an exponent become the nearest double.
ferry_status ferry_json_set_json(ferry_json *json, const char *name, const char *value_json,
                                 ferry_error **err);

/// Append a string to an array. Fails with FERRY_INVALID_ARGUMENT if `json` is an object.
ferry_status ferry_json_add_string(ferry_json *json, const char *value, ferry_error **err);

/// Append a whole number.
ferry_status ferry_json_add_int(ferry_json *json, int64_t value, ferry_error **err);

/// Append a number. Fails with FERRY_INVALID_ARGUMENT if it is not finite.
ferry_status ferry_json_add_double(ferry_json *json, double value, ferry_error **err);

/// Append true or false.
ferry_status ferry_json_add_bool(ferry_json *json, bool value, ferry_error **err);

/// Append what this JSON text is, as `ferry_json_set_json` sets it.
ferry_status ferry_json_add_json(ferry_json *json, const char *value_json, ferry_error **err);

/// Return the JSON, for any argument that takes some. Borrowed until `json` is changed or freed. "" for NULL;
/// not JSON if a call that should have changed it has failed.
const char *ferry_json_text(const ferry_json *json);

/// Free it. NULL is allowed.
void ferry_json_free(ferry_json *json);

/** @} */

/* == Strings and buffers ================================================================================= */

/** @defgroup bytes Strings and buffers
 * Strings and buffers that the library hands out and the caller frees.
 *
 * @code{.c}
 * ferry_bytes *content = NULL;
 * if (ferry_filelink_content(link, NULL, &content, &err) == FERRY_OK)
 *     fwrite(ferry_bytes_data(content), 1, ferry_bytes_len(content), stdout);
 * ferry_bytes_free(content);
 * @endcode
 *
 * `ferry_bytes`:
 * A buffer of bytes that the library filled. Any number of threads may read it at the same time.
 *
 * @{ */

/// Free a string that the library returned as `char *`. NULL is allowed.
void ferry_string_free(char *string);

/// Return the bytes; NULL only for NULL. Borrowed until the buffer is freed.
const void *ferry_bytes_data(const ferry_bytes *bytes);

/// Return the number of bytes; 0 for NULL.
size_t ferry_bytes_len(const ferry_bytes *bytes);

/// Free a buffer. NULL is allowed.
void ferry_bytes_free(ferry_bytes *bytes);

/** @} */

/* == Progress ============================================================================================ */

/** @defgroup progress Progress
 * The progress of a call, reported to a callback on the thread that made the call.
 *
 * @code{.c}
 * static int32_t show(const ferry_progress *progress, void *user_data) {
 *     const volatile sig_atomic_t *stop = user_data; // set by a signal handler
 *     fprintf(stderr, "\r%.0f of %.0f kB", progress->bytes_done / 1e3, progress->bytes_total / 1e3);
 *     return *stop; // anything but 0 interrupts the call
 * }
 * @endcode
 *
 * @{ */

/// The progress of a call. Lent to the callback. New fields are only added at the end.
typedef struct ferry_progress {
    /// Size of this struct in bytes.
    size_t struct_size;
    /// Bytes done. Never decreases during a call, and equals `bytes_total` only in the last report, when
    /// everything is confirmed. While a reader of unknown size is read, the bytes read; it begins again at 0
    /// when the size is known.
    uint64_t bytes_done;
    /// Total number of bytes. 0 if unknown.
    uint64_t bytes_total;
    /// Parts confirmed by the storage.
    uint32_t parts_done;
    /// Total number of parts.
    uint32_t parts_total;
    /// Requests that were repeated.
    uint32_t retries;
    /// Average of the last five seconds.
    uint64_t bytes_per_second;
    /// Estimate at that rate. Negative if unknown.
    double seconds_left;
    /// Files of a batch that are stored.
    uint32_t files_done;
    /// Number of files of a batch. 0 outside of a batch.
    uint32_t files_total;
} ferry_progress;

/// Receives progress on the thread that made the call: at once, then two to ten times a second, and at 100 %.
/// Return 0 to go on. Any other value interrupts the call: it returns FERRY_CANCELLED within a second, and an
/// upload can be run again. The callback must not throw, longjmp or panic. It may pause, interrupt and cancel
/// the upload.
typedef int32_t (*ferry_progress_fn)(const ferry_progress *progress, void *user_data);

/** @} */

/* == Events ============================================================================================== */

/** @defgroup event Events
 * What happens in a call, told to a callback on the thread that made the call.
 *
 * @code{.c}
 * static void tell(const ferry_event *event, void *user_data) {
 *     fprintf(user_data, "%s %s %s %s: %d %s, %.1f ms\n", ferry_event_kind_name(event->kind), event->step,
 *             event->method, event->url, event->http_status, event->message, event->whole_us / 1e3);
 * }
 * @endcode
 *
 * @{ */

/// A request was sent and its answer read to the end, or that failed. A redirect that is followed makes two
/// attempts: one of each address, with the same number.
#define FERRY_EVENT_ATTEMPT 1

/// A connection was opened, or could not be. Comes before the attempt that it was opened for; `attempt` is 0
/// if it was opened before a request needs it.
#define FERRY_EVENT_CONNECTION 2
/// A request or a part has failed and is sent again after a pause, which begins now.
#define FERRY_EVENT_RETRY 3
/// The service has forgotten an upload, which begins anew.
#define FERRY_EVENT_RESTART 4
/// The number of parts or files that are sent at once has changed.
#define FERRY_EVENT_CONCURRENCY 5

/// Something that has happened in a call. Lent to the callback, with its texts. A field that does not apply
/// to the kind is 0 or "". No field holds a secret. New fields are only added at the end.
typedef struct ferry_event {
    /// Size of this struct in bytes.
    size_t struct_size;
    /// One of `FERRY_EVENT_*`. More may come: ignore what you do not know.
    int32_t kind;
    /// FERRY_OK, or what failed. Of an attempt: FERRY_HTTP for an answer that is neither a success nor a
    /// redirect that is followed. Of a retry and a restart: why.
    ferry_status status;
    /// The HTTP status; 0 if there was no answer.
    int32_t http_status;
    /// Which attempt it was, or has failed: 1, 2, …
    uint32_t attempt;
    /// The part that it was for, from 1; 0 if for none.
    uint32_t part;
    /// Of a change: how many parts or files are sent at once from now on.
    uint32_t concurrency;
    /// Of a retry: the pause in milliseconds.
    uint32_t wait_ms;
    /// Of an attempt: 1 if it went over a connection that was open, 0 if one was opened for it.
    uint32_t reused;
    /// The step, as `ferry_error_step` names it.
    const char *step;
    /// "GET", "POST", …
    const char *method;
    /// The address as errors show it, without query, user and password; of a connection "https://host:port".
    const char *url;
    /// Where the bytes went, as "192.0.2.1:443" or "[2001:db8::1]:443": a proxy, if there is one.
    const char *remote;
    /// What the service calls the request: the header `x-amz-request-id` or `x-request-id`, else what the
    /// body of an error says.
    const char *request_id;
    /// What failed, in one line.
    const char *message;
    /// When it happened or ended, in microseconds since 1970-01-01 UTC. The callback comes up to a tenth of a
    /// second later.
    uint64_t time_us;
    /// The look-up of the host's name, in microseconds as all that follow; 0 if the address was known. The
    /// first three are those of the connection that was opened, 0 for a reused one.
    uint64_t name_us;
    /// The TCP connection.
    uint64_t connect_us;
    /// The TLS handshakes.
    uint64_t tls_us;
    /// From the beginning to the first byte of the answer; 0 if none came.
    uint64_t first_byte_us;
    /// All of it: of an attempt until the last byte of the answer was read.
    uint64_t whole_us;
    /// Bytes of the request's head and body that have left, before TLS.
    uint64_t bytes_sent;
    /// Bytes of the answer's head and body that have come, after TLS.
    uint64_t bytes_received;
} ferry_event;

/// Receives events on the thread that made the call: in the order in which they happened, each once, while
/// the call runs and before it returns, whatever it returns. A callback that is slow slows the call down, and
/// progress callbacks and readers wait for it. It must not throw, longjmp or panic. It may pause, interrupt
/// and cancel the upload.
typedef void (*ferry_event_fn)(const ferry_event *event, void *user_data);

/// Frees what belongs to an event callback. It must not throw, longjmp or panic.
typedef void (*ferry_event_free_fn)(void *event_data);

/// Return the word for a kind of event: "attempt", "connection", "retry", "restart", "concurrency", or
/// "unknown". Static.
const char *ferry_event_kind_name(int32_t kind);

/** @} */

/* == Data without a file ================================================================================= */

/** @defgroup reader Data without a file
 * Data of an upload that has no file: a callback provides it while it goes up.
 *
 * @code{.c}
 * static int64_t read_file(void *buffer, size_t capacity, void *user_data) {
 *     FILE *file = user_data; // e.g. what popen has opened
 *     size_t count = fread(buffer, 1, capacity, file);
 *     return ferror(file) ? -1 : (int64_t)count;
 * }
 * @endcode
 *
 * The thread that makes the call reads; others send each part as soon as it is whole. Until a part is
 * stored, an unlinked temporary file in /var/tmp (or /tmp) keeps it, so that it can be sent again: at most
 * 64 MiB, or four parts if those are more. Reading stops while that is full. A file system that cannot give
 * the space of a stored part back (not Linux) keeps all of the data until the call returns.
 *
 * The service must be told the size at the start. Data of unknown size is therefore read to its end first,
 * and the temporary file grows to its size. Progress then reports the bytes read, with `bytes_total` 0;
 * `bytes_done` begins again at 0 when the size is known.
 *
 * @{ */

/// Provides the next bytes: writes at most `capacity` bytes into `buffer` and returns how many. Return 0 at
/// the end, a negative number to fail the call with FERRY_IO, or as it was told to end meanwhile:
/// FERRY_CANCELLED, FERRY_PAUSED. Runs on the thread that made the call; what ends the call takes effect
/// between two calls of it. It must not throw, longjmp or panic.
typedef int64_t (*ferry_read_fn)(void *buffer, size_t capacity, void *user_data);

/// The size of data that is not known before its end.
#define FERRY_SIZE_UNKNOWN 18446744073709551615ull

/** @} */

/* == Results without a file ============================================================================== */

/** @defgroup writer Results without a file
 * Results without a file: a callback receives them while they come.
 *
 * @code{.c}
 * static int32_t print(const void *data, size_t len, void *user_data) {
 *     FILE *file = user_data;
 *     return fwrite(data, 1, len, file) == len ? 0 : -1;
 * }
 * @endcode
 *
 * Each byte is handed over once, in order. After a cut only the rest is asked for, and only of what has a
 * strong ETag; of anything else a failure is final once a piece was handed over. At most two pieces wait in
 * memory, so a slow callback slows the service down. Its time counts for the deadline, and not as silence of
 * the service.
 *
 * @{ */

/// Receives the next bytes of a result. Return 0 to go on, any other value to fail the call with FERRY_IO.
/// Runs on the thread that made the call. It must not throw, longjmp or panic.
typedef int32_t (*ferry_write_fn)(const void *data, size_t len, void *user_data);

/** @} */

/* == Options of a request ================================================================================ */

/** @defgroup request Options of a request
 * What a single call can be given: another security, a deadline, a progress callback.
 *
 * @code{.c}
 * ferry_request_options options;
 * ferry_request_options_init(&options, sizeof options);
 * options.deadline_ms = 30000;
 * ferry_value *metadata = NULL;
 * ferry_filelink_metadata(link, NULL, &options, &metadata, &err);
 * ferry_value_free(metadata);
 * @endcode
 *
 * @{ */

/// Options of a call. Zero and NULL mean the default.
typedef struct ferry_request_options {
    /// Set by `ferry_request_options_init`.
    size_t struct_size;
    /// Policy and signature. NULL: those of the object. Must be NULL in calls of Telestream.
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

/* == Responses =========================================================================================== */

/** @defgroup response Responses
 * The whole response of a service, for requests that have no function of their own.
 *
 * @code{.c}
 * ferry_response *response = NULL;
 * ferry_value *answer = NULL;
 * if (ferry_filestack_request(client, "GET", "/file/HANDLE", NULL, NULL, &response, &err) == FERRY_OK) {
 *     const char *type = ferry_response_header(response, "content-type");
 *     printf("%d %s\n", (int)ferry_response_status(response), type != NULL ? type : "");
 *     if (ferry_response_json(response, &answer, &err) == FERRY_OK)
 *         puts(ferry_value_json(answer));
 * }
 * ferry_value_free(answer);
 * ferry_response_free(response);
 * @endcode
 *
 * `ferry_response`:
 * The response of a service: status, headers and the whole body. Any number of threads may read it at the
 * same time.
 *
 * @{ */

/// Return the HTTP status, e.g. 200; 0 for NULL.
int32_t ferry_response_status(const ferry_response *response);

/// Return the value of the header `name`, which is not case-sensitive; NULL if there is none. If the header
/// occurs several times, it is the first. Bytes of it that are not UTF-8 become U+FFFD. Borrowed until the
/// response is freed.
const char *ferry_response_header(const ferry_response *response, const char *name);

/// Return the number of headers; 0 for NULL.
size_t ferry_response_header_count(const ferry_response *response);

/// Return the name of a header in lower case by its index, counted from 0; NULL past the end. Borrowed until
/// the response is freed.
const char *ferry_response_header_name(const ferry_response *response, size_t index);

/// Return the value of a header by its index, counted from 0; NULL past the end. Bytes of it that are not
/// UTF-8 become U+FFFD. Borrowed until the response is freed.
const char *ferry_response_header_value(const ferry_response *response, size_t index);

/// Return the body; NULL only for NULL. A NUL byte follows the last byte, so that text can be used as a
/// string. Borrowed until the response is freed.
const void *ferry_response_body(const ferry_response *response);

/// Return the length of the body in bytes, without that NUL; 0 for NULL.
size_t ferry_response_body_len(const ferry_response *response);

/// Parse the body as JSON. `out` receives it, or JSON's null if the body is empty; free it with
/// `ferry_value_free`. Fails with FERRY_PROTOCOL if the body is anything else.
ferry_status ferry_response_json(const ferry_response *response, ferry_value **out, ferry_error **err);

/// Return the URL of the request as errors show it, without secrets; "" for NULL. Borrowed until the response
/// is freed.
const char *ferry_response_url(const ferry_response *response);

/// Free a response. NULL is allowed.
void ferry_response_free(ferry_response *response);

/** @} */

/* == Connections ========================================================================================= */

/** @defgroup connection Connections
 * How a client connects.
 *
 * @code{.c}
 * ferry_connection_options connection;
 * ferry_connection_options_init(&connection, sizeof connection);
 * connection.deadline_ms = 60000;
 * connection.max_retries = FERRY_NO_RETRIES;
 * ferry_filestack_options options;
 * ferry_filestack_options_init(&options, sizeof options);
 * options.connection = &connection;
 * ferry_filestack *hasty = NULL;
 * ferry_filestack_new("APIKEY", &options, &hasty, &err);
 * ferry_filestack_free(hasty);
 * @endcode
 *
 * @{ */

/// A value of `max_retries`: a request that fails is not sent again.
#define FERRY_NO_RETRIES 4294967295
/// A value of `trust`: the public certificate authorities, Mozilla's list. They are built into the library.
#define FERRY_TRUST_PUBLIC 0

/// A value of `trust`: the certificate authorities that the system trusts, to which companies add their own.
/// On Linux and BSD that is the bundle of the distribution, such as /etc/ssl/certs/ca-certificates.crt. On
/// macOS it is /etc/ssl/cert.pem; the keychain is not read, so what was added there has to be named in
/// `ca_file`. The variables `SSL_CERT_FILE` and `SSL_CERT_DIR` are not read.
#define FERRY_TRUST_SYSTEM 1
/// A value of `manners`: connections share a line with other traffic as any others do.
#define FERRY_MANNERS_FAIR 0

/// A value of `manners`: what the client sends yields to other traffic, and keeps the queues of the line
/// short (as RFC 6817, "LEDBAT", does). It takes what others leave, on an idle line nearly all. What it
/// receives does not yield. Needs a system that tells the round trip of a connection, as Linux does through
/// sock_diag(7).
#define FERRY_MANNERS_BACKGROUND 1

/// How a client connects to its hosts. Initialise it with `ferry_connection_options_init`, then set what you
/// need. Zero and NULL mean the default. All texts are copied when the client is made. Times are in
/// milliseconds, from 1 to 4294967295 (49 days).
typedef struct ferry_connection_options {
    /// The size of this struct in bytes. `ferry_connection_options_init` sets it.
    size_t struct_size;
    /// The longest time to find the addresses of the host and to connect to one of them. When it has passed
    /// the attempt fails with `FERRY_TIMEOUT` and counts as one of `max_retries`. Default: 10,000 (10 s).
    ///
    /// A host with several addresses is tried at all of them, IPv6 and IPv4 in turn, each attempt 250 ms
    /// after the one before (RFC 8305). The first that answers is used.
    uint32_t connect_timeout_ms;
    /// The longest time without a single byte sent or received. When it has passed the attempt fails with
    /// `FERRY_TIMEOUT` and counts as one of `max_retries`. A transfer that moves is never ended, however slow
    /// it is; for that there is `deadline_ms`. Default: 120,000 (2 minutes).
    uint32_t stall_timeout_ms;
    /// The longest time for a whole call, with all attempts and the pauses between them. When it has passed
    /// the call fails with `FERRY_TIMEOUT`, within a second. The `deadline_ms` of a call's own options wins
    /// over this one. Default: no limit.
    uint32_t deadline_ms;
    /// How many times a request or a part is sent again after an error that can pass: a lost connection, a
    /// timeout, HTTP 408, 425, 429 and most 5xx. `FERRY_NO_RETRIES` means never. The pause before each
    /// attempt is random, at most 250 ms before the first, then twice as long each time, up to 15 s; if the
    /// service asks for a pause (`Retry-After`), it is that, up to 120 s. Default: 10.
    uint32_t max_retries;
    /// The HTTP proxy to go through, as "http://proxy.example.com:3128", or "https://..." if the proxy itself
    /// speaks TLS. The port is from 1 to 65535; without one it is 80, or 443 for https. User and password are
    /// given as "http://user:password@proxy.example.com:3128", percent-encoded where they hold a reserved
    /// character, and are sent by the Basic scheme. They are never in an error.
    ///
    /// Plain http is forwarded by the proxy, https goes through a tunnel (CONNECT), which the proxy cannot
    /// read. If the proxy refuses user and password (HTTP 407), the call fails with `FERRY_HTTP` and is not
    /// tried again. SOCKS is not supported.
    ///
    /// `FERRY_PROXY_FROM_ENVIRONMENT` takes the proxy from environment variables, which are read when the
    /// client is made, as curl does: `http_proxy` for http, `https_proxy` or `HTTPS_PROXY` for https,
    /// `all_proxy` or `ALL_PROXY` for both; hosts in `no_proxy` or `NO_PROXY` are reached directly. That is a
    /// list of domains, addresses and networks separated by commas, such as "example.com,10.0.0.0/8"; a
    /// domain stands for all hosts below it too, and "*" for all hosts.
    ///
    /// Default: no proxy, and no environment variable is read for one.
    const char *proxy;
    /// The path of a file with certificates in PEM form. They are trusted beside those of `trust`.
    /// Certificates that cannot be read are left out. Making the client fails with `FERRY_IO` if the file
    /// cannot be read or is no regular file, and with `FERRY_INVALID_ARGUMENT` if it has more than 16 MiB or
    /// holds no certificate that can be read. Default: none.
    const char *ca_file;
    /// The `User-Agent` of every request. It must not hold control characters. Default: "ferry/" and the
    /// version.
    const char *user_agent;
    /// Which certificate authorities are trusted: `FERRY_TRUST_PUBLIC` or `FERRY_TRUST_SYSTEM`. With the
    /// latter, making the client fails with `FERRY_IO` if the system has no store. Default:
    /// `FERRY_TRUST_PUBLIC`.
    int32_t trust;
    /// How the client's connections share a line with other traffic: `FERRY_MANNERS_FAIR` or
    /// `FERRY_MANNERS_BACKGROUND`. With the latter, making the client fails with
    /// `FERRY_INVALID_ARGUMENT` where the system does not tell the round trip of a connection. Default:
    /// `FERRY_MANNERS_FAIR`.
    int32_t manners;
    /// The most bytes a second of all calls of the client together, there and back; see @ref upload. 0: no
    /// limit.
    uint64_t bytes_per_second;
    /// How the kernel controls congestion on the client's connections, by the name that it has there, such as
    /// "bbr" or "cubic"; at most 15 bytes. Making the client fails with `FERRY_INVALID_ARGUMENT` if the
    /// system does not know the name, does not permit it to this program, or lets no program choose; the
    /// message lists what is permitted. Linux only. NULL: as the system does.
    const char *congestion;
    /// Gets an event for each attempt of each request, each connection, each retry, each restart of an upload
    /// and each change of the number of parts sent at once. Calls that several threads make at once call it
    /// at once, each on its own thread. Default: NULL; nothing is recorded or timed then.
    ferry_event_fn on_event;
    /// Given to `on_event`. It must live as long as the client and all that is made with it, such as uploads
    /// and filelinks, which keep what they need of the client.
    void *event_data;
    /// Called once with `event_data` when these are all freed, by the thread that frees the last of them. Not
    /// called if the client could not be made, or if `on_event` is NULL. Default: NULL.
    ferry_event_free_fn event_free;
} ferry_connection_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_connection_options_init(ferry_connection_options *options, size_t size);

/** @} */

/* == Filestack: client =================================================================================== */

/** @defgroup filestack Filestack: client
 * A Filestack account. All that is done there begins with a client.
 *
 * @code{.c}
 * ferry_filestack *account = NULL;
 * if (ferry_filestack_new("APIKEY", NULL, &account, &err) != FERRY_OK)
 *     fprintf(stderr, "%s\n", ferry_error_message(err));
 * ferry_filestack_free(account);
 * @endcode
 *
 * `ferry_filestack`:
 * An account and its connections. Any number of threads may use it at the same time. Uploads, filelinks and
 * other objects made from it keep what they need, so it may be freed before them.
 *
 * @{ */

/// Options of a client. Zero and NULL mean the default.
typedef struct ferry_filestack_options {
    /// Set by `ferry_filestack_options_init`.
    size_t struct_size;
    /// Policy and signature of every call that does not bring its own. NULL: none.
    const ferry_security *security;
    /// Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox". NULL: "S3".
    const char *storage;
    /// Your own domain, e.g. "files.example.com": every host becomes one of its subdomains.
    const char *cname;
    /// One origin for all APIs, e.g. a gateway or the local cloud. Plain http is used only to this machine or
    /// if a base URL asks for it.
    const char *base_url;
    /// Base URL of the upload API; takes precedence over `base_url`, as do the following.
    const char *upload_url;
    /// Base URL of file delivery and transformations.
    const char *cdn_url;
    /// Base URL of the REST API, including its path "/api".
    const char *api_url;
    /// Base URL of the process API.
    const char *process_url;
    /// NULL: the defaults.
    const ferry_connection_options *connection;
    /// Leave it to the service whether a policy allows a call. Else a call fails with FERRY_INVALID_ARGUMENT
    /// before anything is sent if its policy has expired by this machine's clock, does not name what is
    /// needed (see @ref security), or is for another handle.
    bool skip_policy_checks;
    /// Must be 0.
    uint32_t _reserved;
} ferry_filestack_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_filestack_options_init(ferry_filestack_options *options, size_t size);

/// Create a client for the application with this API key. Nothing is sent. `options` may be NULL. Free `out`
/// with `ferry_filestack_free`.
ferry_status ferry_filestack_new(const char *apikey, const ferry_filestack_options *options,
                                 ferry_filestack **out, ferry_error **err);

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
ferry_status ferry_filestack_request(const ferry_filestack *client, const char *method, const char *target,
                                     const char *body_json, const ferry_request_options *options,
                                     ferry_response **out, ferry_error **err);

/// Free a client. NULL is allowed.
void ferry_filestack_free(ferry_filestack *client);

/** @} */

/* == Filestack: policies and signatures ================================================================== */

/** @defgroup security Filestack: policies and signatures
 * Policies and their signatures: what whoever holds them may do, and until when.
 *
 * @code{.c}
 * char policy[100];
 * snprintf(policy, sizeof policy, "{\"expiry\": %llu, \"call\": [\"read\"]}",
 *          (unsigned long long)ferry_security_expiry_in(3600));
 * ferry_security *security = NULL;
 * char *url = NULL;
 * if (ferry_security_new(policy, "SECRET", &security, &err) == FERRY_OK &&
 *     ferry_filelink_signed_url(link, security, &url, &err) == FERRY_OK)
 *     puts(url);
 * ferry_string_free(url);
 * ferry_security_free(security);
 * @endcode
 *
 * The calls that a policy has to name. Without `call` it allows all but "exif".
 *
 * | Function | `call` |
 * |---|---|
 * | `ferry_filestack_upload_*`, `ferry_upload_run`, `ferry_upload_start` | "store" or "pick" |
 * | `ferry_filelink_content`, `_download`, `_stream` | "read" |
 * | `ferry_filelink_metadata` | "stat"; for the attribute `exif` "exif" too, which has to be named |
 * | `ferry_filelink_overwrite_file`, `_overwrite_bytes` | "write" |
 * | `ferry_filelink_overwrite_url` | "writeUrl" |
 * | `ferry_filelink_delete` | "remove" |
 * | `ferry_transform_content`, `_download`, `_stream`, `_json` | "convert"; without tasks "read" |
 * | `ferry_transform_store` | as above, and "store" or "pick" |
 * | `ferry_transform_av_convert`, `ferry_av_status`, `ferry_av_wait` | "convert" |
 * | `ferry_filestack_zip` | "read" or "convert" |
 * | `ferry_filestack_screenshot` | what is done with the chain: "convert" |
 * | `ferry_filestack_workflow_run`, `ferry_filestack_workflow_status` | "runWorkflow" |
 * | `ferry_filestack_request` | as the address that it asks for |
 * | `ferry_filelink_signed_url`, `ferry_transform_signed_url` | what is done with the URL, as above |
 *
 * A call whose policy has expired by this machine's clock, does not name what is needed or is for another
 * handle fails with FERRY_INVALID_ARGUMENT before anything is sent. `skip_policy_checks` of the client's
 * options leaves that to the service, which may see it otherwise. What else a policy can hold (`url`,
 * `path`, `container`, sizes) and its signature only the service looks at; `ferry_security_allows` tries the
 * former.
 *
 * `ferry_security`:
 * A policy and its signature. Any number of threads may use it at the same time. Clients, uploads and calls
 * copy what they need of it.
 *
 * @{ */

/// Sign a policy with the application's secret, which is not kept. `policy_json` is a JSON object with
/// `expiry` (Unix seconds) and optionally `call` (the table above), `handle`, `url`, `maxSize`, `minSize`,
/// `path`, `container`. Of these `url`, `path` and `container` are regular expressions.
///
/// Fails with FERRY_INVALID_ARGUMENT if it has another key, a value of the wrong kind or a broken expression.
/// Free `out` with `ferry_security_free`.
ferry_status ferry_security_new(const char *policy_json, const char *app_secret, ferry_security **out,
                                ferry_error **err);

/// Do the same with any keys and values, for what the service knows and this version of the library does not.
ferry_status ferry_security_new_unchecked(const char *policy_json, const char *app_secret,
                                          ferry_security **out, ferry_error **err);

/// Return the time `seconds` from now in Unix seconds, for the `expiry` of a policy.
uint64_t ferry_security_expiry_in(uint64_t seconds);

/// Check whether the policy allows a call, without asking the service. Returns FERRY_OK, or
/// FERRY_INVALID_ARGUMENT with the reason. `call` is "read", "store", "convert" and so on. `details_json` is
/// a JSON object of what the policy may restrict: "handle", "size", "path", "container", "url", and "now"
/// (Unix seconds) instead of the clock; NULL: none.
ferry_status ferry_security_allows(const ferry_security *security, const char *call, const char *details_json,
                                   ferry_error **err);

/// Take a policy (base64) and its signature (64 hexadecimal digits) that were made elsewhere. Fails with
/// FERRY_INVALID_ARGUMENT if they cannot be such. Free `out` with `ferry_security_free`.
ferry_status ferry_security_from_signed(const char *policy_b64, const char *signature, ferry_security **out,
                                        ferry_error **err);

/// Return the policy as the JSON text that was signed; "" for NULL. Borrowed until the security is freed,
/// like all texts below.
const char *ferry_security_policy_json(const ferry_security *security);

/// Return the policy in URL-safe base64, as the service takes it; "" for NULL.
const char *ferry_security_policy_b64(const ferry_security *security);

/// Return the signature: 64 hexadecimal digits; "" for NULL.
const char *ferry_security_signature(const ferry_security *security);

/// Return both as the element of a URL, "security=p:POLICY,s:SIGNATURE"; "" for NULL.
const char *ferry_security_url_string(const ferry_security *security);

/// Free a security. NULL is allowed.
void ferry_security_free(ferry_security *security);

/** @} */

/* == Filestack: uploads ================================================================================== */

/** @defgroup filestack_upload Filestack: uploads
 * Uploads to Filestack: one call for a whole upload, or a handle that can be stopped and run again.
 *
 * @code{.c}
 * ferry_filelink *stored = NULL;
 * if (ferry_filestack_upload_file(client, "photo.jpg", NULL, &stored, &err) == FERRY_OK)
 *     puts(ferry_filelink_url(stored));
 * ferry_filelink_free(stored);
 * @endcode
 *
 * An upload is at least four requests: start, one address and one PUT for each part, and completion. With
 * `single_request` of the options it is one, whose body is the file. This is for small files, alone or in
 * batches: the service has a limit of its own, and what breaks off begins anew.
 *
 * - `filename`, `sanitize_filename`, `mimetype`, `location`, `path`, `container`, `access`, `security` and
 *   what is about the call can be set. `intelligent`, `part_size`, `concurrency` (but of a batch),
 *   `journal_dir`, `restart`, `tags_json`, `alt_text`, `region` and `workflows_json` cannot: that is
 *   FERRY_INVALID_ARGUMENT.
 * - The request is sent again only if it has surely not arrived: there was no connection, or the answer was
 *   429. Else a failure is final (`ferry_error_retryable` is false), and the file may be stored all the
 *   same; who uploads it again may store a second one. The call itself never does. The error's step is
 *   "store".
 * - The size of what is stored is compared with what was sent (FERRY_INTEGRITY). The parts of other uploads
 *   are compared by their MD5 as well.
 * - A reader's data is read to its end first, into the temporary file.
 * - A prepared upload can be run again, and is sent again from its first byte; it has no token. A batch that
 *   is run again sends what is not known to be stored.
 *
 * @{ */

/// Plain multipart upload.
#define FERRY_INTELLIGENT_OFF 0
/// Send parts in chunks that get smaller on a bad network. Plain if the account does not have it.
#define FERRY_INTELLIGENT_ON 1
/// Plain until a part fails, then in chunks.
#define FERRY_INTELLIGENT_FALLBACK 2

/// Options of an upload. Zero and NULL mean the default.
typedef struct ferry_upload_options {
    /// Set by `ferry_upload_options_init`.
    size_t struct_size;
    /// Name of the stored file. NULL: the last element of the path; "unnamed_file" for data without a path.
    const char *filename;
    /// Replace each of \ { } | % ` " ' ~ [ ] # ^ < > in the name by "-", except in its extension.
    bool sanitize_filename;
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
    /// Number of parts, and of files of a batch, sent at the same time, 1 to 64. 0: as many as make it
    /// faster; the number follows the line.
    uint32_t concurrency;
    /// Size of a part in bytes, 5 MiB to 5 GiB. 0: 5 MiB. It is raised where the file would need more than
    /// 10,000 parts. Intelligent uploads always use 8 MiB.
    uint64_t part_size;
    /// Policy and signature. NULL: the client's.
    const ferry_security *security;
    /// Progress callback. NULL: none.
    ferry_progress_fn on_progress;
    /// Passed to `on_progress`.
    void *user_data;
    /// Time limit of the whole call in milliseconds, retries included. 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    /// Start anew where the file may be stored already and the service cannot tell (FERRY_NOT_READY): then a
    /// second one is possible.
    bool restart;
    /// Folder that keeps what the upload of a file needs to go on after the process has ended, however that
    /// happened; see @ref journal. NULL: none.
    const char *journal_dir;
    /// The most bytes a second of all connections of the upload together, there and back; see @ref upload.
    /// `ferry_upload_limit` changes it. The client's limit holds too. 0: no limit.
    uint64_t bytes_per_second;
    /// Send the file in one request instead of parts; for small files, see @ref filestack_upload.
    bool single_request;
    /// Must be 0.
    uint32_t _reserved;
} ferry_upload_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_upload_options_init(ferry_upload_options *options, size_t size);

/// Upload a file and wait until it is stored. `out` receives its filelink; free it with
/// `ferry_filelink_free`. `options` may be NULL.
///
/// Fails with FERRY_IO if the file cannot be read, FERRY_FILE_CHANGED if it changes meanwhile,
/// FERRY_INTEGRITY if what is stored differs from it, and with the statuses of every request. An upload that
/// fails starts from the beginning in the next call, unless `journal_dir` of the options is set;
/// `ferry_filestack_upload_new` makes one that can be run again.
ferry_status ferry_filestack_upload_file(const ferry_filestack *client, const char *path,
                                         const ferry_upload_options *options, ferry_filelink **out,
                                         ferry_error **err);

/// Upload bytes in memory and wait until they are stored. They are not copied: do not change them until the
/// call returns. Otherwise as `ferry_filestack_upload_file`.
ferry_status ferry_filestack_upload_bytes(const ferry_filestack *client, const void *data, size_t len,
                                          const ferry_upload_options *options, ferry_filelink **out,
                                          ferry_error **err);

/// Upload what `read` provides while it is read, and wait until it is stored; see @ref reader. `size` is its
/// length or `FERRY_SIZE_UNKNOWN`. Otherwise as `ferry_filestack_upload_file`.
///
/// Fails with FERRY_FILE_CHANGED if the data has another length than `size`, FERRY_INVALID_ARGUMENT if it is
/// empty or the callback claims more than the capacity, and FERRY_IO if the callback fails or the disk is
/// full. The requests under way then end at once, and nothing is stored. If the service forgets the upload
/// when parts are stored already, it cannot start anew: the error is final.
ferry_status ferry_filestack_upload_reader(const ferry_filestack *client, ferry_read_fn read, void *read_data,
                                           uint64_t size, const ferry_upload_options *options,
                                           ferry_filelink **out, ferry_error **err);

/// Have the service fetch and store the file at `url`. Of `options`, which may be NULL, it uses where and how
/// to store, the tags, the callback and the deadline; `mimetype`, `alt_text` and `journal_dir` must be NULL.
/// `out` receives the filelink; free it with `ferry_filelink_free`. Fails with FERRY_HTTP if the service
/// cannot fetch the file.
ferry_status ferry_filestack_upload_url(const ferry_filestack *client, const char *url,
                                        const ferry_upload_options *options, ferry_filelink **out,
                                        ferry_error **err);

/// Prepare the upload of a file. Nothing is sent. The callback of `options`, which may be NULL, and its user
/// data must live until every `ferry_upload_run` has returned. Fails with FERRY_IO if the file cannot be
/// opened. Free `out` with `ferry_upload_free`.
ferry_status ferry_filestack_upload_new(const ferry_filestack *client, const char *path,
                                        const ferry_upload_options *options, ferry_upload **out,
                                        ferry_error **err);

/// Prepare the upload of a token (`ferry_upload_token`), of the file at `path`. Nothing is sent. Its run
/// sends what the service lacks, and compares what it has with the file: the file may be elsewhere or a copy,
/// on another machine too, if its bytes are the same. The client's API key must be that of the token.
///
/// The token says what is stored and how. `options` may set `concurrency`, `bytes_per_second`, `security`,
/// `on_progress`, `user_data`, `deadline_ms`, `journal_dir` and `restart`; it may be NULL. Otherwise as
/// `ferry_filestack_upload_new`. Fails with FERRY_INVALID_ARGUMENT if the token is cut, altered, of another
/// version, service or account, or of a file of another size. Free `out` with `ferry_upload_free`.
ferry_status ferry_filestack_upload_resume(const ferry_filestack *client, const char *path, const char *token,
                                           const ferry_upload_options *options, ferry_upload **out,
                                           ferry_error **err);

/** @} */

/* == Filestack: uploads of many files ==================================================================== */

/** @defgroup batch Filestack: uploads of many files
 * Many files in one call: they share threads and connections, and their requests overlap, so that small
 * files cost little more than their bytes.
 *
 * @code{.c}
 * static int32_t stored(size_t index, const char *path, const ferry_filelink *file,
 *                       const ferry_error *error, void *user_data) {
 *     (void)index, (void)user_data;
 *     printf("%s: %s\n", path, file ? ferry_filelink_url(file) : ferry_error_message(error));
 *     return 0; // anything else interrupts the batch
 * }
 *
 * ferry_batch_item items[] = {{"a.jpg", NULL}, {"b.jpg", NULL}};
 * ferry_filestack_upload_batch(client, items, 2, NULL, stored, NULL, NULL, &err);
 * @endcode
 *
 * The options of the batch hold for every item that has none of its own. `concurrency`, `bytes_per_second`,
 * `on_progress`, `deadline_ms`, `journal_dir` and `restart` are for the batch as a whole, and are set there
 * alone. `filename`, and a `path` that is not a folder, are for one file, and are set in the options of its
 * item alone.
 *
 * One file's failure does not stop the others. The call then fails with the error of the first of the list
 * that failed; the report has all of them. A batch that is run again uploads what is not stored yet. With
 * `journal_dir` so does the same call in another process: it takes the filelinks of stored files from the
 * journal, and goes on with those that were under way.
 *
 * @{ */

/// A file of a batch.
typedef struct ferry_batch_item {
    /// Path of the file. The same path twice needs two options.
    const char *path;
    /// What is stored, and where. NULL: as the options of the batch say.
    const ferry_upload_options *options;
} ferry_batch_item;

/// Receives the end of a file of a batch, on the thread that made the call, in the order in which files end.
/// `filelink` is NULL if the file is not stored, else `error` is NULL; both are lent, and `path` too. A file
/// that another process had stored ends as well. Return 0 to go on. Any other value interrupts the batch. The
/// callback must not throw, longjmp or panic.
typedef int32_t (*ferry_item_fn)(size_t index, const char *path, const ferry_filelink *filelink,
                                 const ferry_error *error, void *user_data);

/// Upload files and wait until all of them are stored. `items` has `count` elements; they and `options`,
/// which may be NULL, are copied. `on_item` may be NULL.
///
/// `report` receives an array with an object for each item, in their order, also when the call fails: "path",
/// "filelink" (what the service said: "handle", "url", "size", …) or null, and "error" ("status", "message",
/// "step", "http_status", "retryable") or null; both are null for a file that the batch did not come to. It
/// may be NULL. Free it with `ferry_value_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if there are no items, an option is refused or an item is there twice;
/// nothing is sent then. If files fail, the error is that of the first of them in the list, with 1 KiB of the
/// service's answer, and `ferry_error_retryable` tells whether the call can succeed for any. Otherwise as
/// `ferry_filestack_upload_file`.
ferry_status ferry_filestack_upload_batch(const ferry_filestack *client, const ferry_batch_item *items,
                                          size_t count, const ferry_upload_options *options,
                                          ferry_item_fn on_item, void *item_data, ferry_value **report,
                                          ferry_error **err);

/// Prepare a batch that can be paused, interrupted, cancelled and run again, as one upload can
/// (`ferry_upload_run`). Nothing is sent. `ferry_upload_result` gives the report at any time, and
/// `ferry_upload_item_filelink` the filelink of one file. A batch has no token. The callbacks and their data
/// must live until every `ferry_upload_run` has returned. Arguments as of `ferry_filestack_upload_batch`.
/// Free `out` with `ferry_upload_free`.
ferry_status ferry_filestack_upload_batch_new(const ferry_filestack *client, const ferry_batch_item *items,
                                              size_t count, const ferry_upload_options *options,
                                              ferry_item_fn on_item, void *item_data, ferry_upload **out,
                                              ferry_error **err);

/// Get the filelink of the file at `index` of a batch, counted from 0. Fails with the file's own error if it
/// is not stored; with FERRY_NOT_READY if the batch has not come to it; with FERRY_INVALID_STATE for an
/// upload of one file. Call it from any thread. Free `out` with `ferry_filelink_free`.
ferry_status ferry_upload_item_filelink(const ferry_upload *upload, size_t index, ferry_filelink **out,
                                        ferry_error **err);

/** @} */

/* == Uploads that can be stopped and run again =========================================================== */

/** @defgroup upload Uploads that can be stopped and run again
 * An upload as a handle: it can be paused, interrupted, cancelled and run again, whatever service it is to,
 * and whether it is of one file or of many.
 *
 * An upload that goes on after the network was away:
 *
 * @code{.c}
 * ferry_upload *upload = NULL;
 * ferry_status status = ferry_filestack_upload_new(client, "film.mov", NULL, &upload, &err);
 * if (status == FERRY_OK)
 *     status = ferry_upload_run(upload, &err);
 * for (int runs = 1; status != FERRY_CANCELLED && ferry_error_retryable(err) && runs < 5; runs++) {
 *     fprintf(stderr, "%s\n", ferry_error_message(err));
 *     ferry_error_free(err);
 *     status = ferry_upload_run(upload, &err); // what has arrived is not sent again
 * }
 * ferry_error_free(err);
 * ferry_upload_free(upload);
 * @endcode
 *
 * Three ways to stop an upload, each from any thread:
 *
 * - Pause (`ferry_upload_pause`): requests under way end first, then the run returns FERRY_PAUSED. It can be
 *   run again.
 * - Interrupt (`ferry_upload_interrupt`, or a progress callback that does not return 0): the run returns
 *   FERRY_CANCELLED within a second. It can be run again; parts that were under way are sent again.
 * - Cancel (`ferry_upload_cancel`): the run returns FERRY_CANCELLED within a second. It cannot be run again.
 *   An upload to Telestream is deleted at the service.
 *
 * A limit (`bytes_per_second` of the options, `ferry_upload_limit`) is kept evenly, in steps of a few
 * milliseconds, by all connections of the upload together; that of the client by all its calls together.
 * Where both are set the lower one wins. What counts is what a meter on the line shows, there and back:
 * bodies, the heads of requests and answers, TLS, and the headers of the packets that carry them. The
 * opening of a connection does not wait, but counts. To wait for a limit is no stall (`stall_timeout_ms`).
 * Any limit works, but a service may give up a connection on which little moves: below 64 KiB/s set
 * `concurrency` to 1.
 *
 * `ferry_upload`:
 * An upload that can be paused, interrupted, cancelled and run again. Threads may share it: one runs it,
 * others control and watch it.
 *
 * @{ */

/// Run an upload until it is stored, stopped or has failed.
///
/// After FERRY_PAUSED, an interrupt or a failure, run it again: parts that the service has confirmed are not
/// sent again. Fails with FERRY_CANCELLED if it is cancelled, or interrupted (`ferry_error_retryable` is then
/// true); with FERRY_INVALID_STATE if it is running in another thread, was started (`ferry_upload_start`),
/// was cancelled in an earlier run, or another process holds its journal; with FERRY_FILE_CHANGED if the file
/// is no longer what it was. Once it is uploaded, it returns FERRY_OK and sends nothing.
ferry_status ferry_upload_run(const ferry_upload *upload, ferry_error **err);

/// Request a pause and return at once. No new request starts, those under way end, then `ferry_upload_run`
/// returns FERRY_PAUSED; on a slow line that takes as long as a part does. Without a run in progress it
/// pauses the next one at its start. Call it from any thread, also inside a callback. NULL is allowed.
void ferry_upload_pause(const ferry_upload *upload);

/// Interrupt the run in progress and return at once. `ferry_upload_run` returns FERRY_CANCELLED within a
/// second, `ferry_error_retryable` is true, and the upload can be run again: parts that the service has
/// confirmed are not sent again, those under way are. Without a run in progress it does nothing. Call it from
/// any thread, also inside a callback, but not from a signal handler. NULL is allowed.
void ferry_upload_interrupt(const ferry_upload *upload);

/// Cancel an upload for good and return at once. `ferry_upload_run` returns FERRY_CANCELLED within a second,
/// and the upload cannot be run again. That run also deletes an upload to Telestream at the service. If none
/// is in progress, the next run does so and ends. Call it from any thread, also inside a callback. NULL is
/// allowed.
void ferry_upload_cancel(const ferry_upload *upload);

/// Set the most bytes a second of all connections of an upload together, and return at once; 0 takes the
/// limit away. It holds from now on, for a run in progress and for those that follow, and replaces
/// `bytes_per_second` of the options; the client's limit stays. Call it from any thread, also inside a
/// callback. NULL is allowed.
void ferry_upload_limit(const ferry_upload *upload, uint64_t bytes_per_second);

/// Not run yet.
#define FERRY_UPLOAD_INITIALIZED 1
/// Running.
#define FERRY_UPLOAD_UPLOADING 2
/// The last run ended because of a pause; another run goes on.
#define FERRY_UPLOAD_PAUSED 3
/// The last run was interrupted, or failed and `ferry_error_retryable` was true; another run goes on.
#define FERRY_UPLOAD_INTERRUPTED 4
/// The last run failed, and another one fails too unless the cause is removed.
#define FERRY_UPLOAD_ERROR 5
/// Stored. Final.
#define FERRY_UPLOAD_UPLOADED 6
/// Cancelled. Final.
#define FERRY_UPLOAD_ABORTED 7

/// Return the state of an upload: one of `FERRY_UPLOAD_*`; 0 for NULL. Call it from any thread.
int32_t ferry_upload_state(const ferry_upload *upload);

/// Return the word for a state of an upload, e.g. "interrupted" for FERRY_UPLOAD_INTERRUPTED, or "unknown".
/// Static.
const char *ferry_upload_state_name(int32_t state);

/// Get the text with which another process, language or machine goes on with an upload:
/// `ferry_filestack_upload_resume`, `ferry_telestream_upload_resume`. It says what the service has confirmed
/// so far, in one line of ASCII: about 64 bytes for each part, or for each chunk of an intelligent upload,
/// and some KiB. Call it at any time, from any thread, also inside a callback and after a failure. It has no
/// key, policy or signature in it, and only clients of the same account and the same address of the service
/// can use it. One of them at a time: two that go on with the same token at once can store the bytes of
/// either, and one that goes on when the upload is complete stores the file once more. Fails with
/// FERRY_INVALID_STATE after a cancel, and for a batch.
/// Free `out` with `ferry_string_free`.
ferry_status ferry_upload_token(const ferry_upload *upload, char **out, ferry_error **err);

/// Get what the service said of the stored file, or of the video that was made of it; JSON's null if
/// Telestream said nothing. Fails with FERRY_NOT_READY until it is uploaded. Of a batch it is the report, at
/// any time (`ferry_filestack_upload_batch`). Free `out` with `ferry_value_free`.
ferry_status ferry_upload_result(const ferry_upload *upload, ferry_value **out, ferry_error **err);

/// Get the filelink of the stored file. Fails with FERRY_NOT_READY until it is uploaded, and with
/// FERRY_INVALID_STATE for an upload to Telestream and for a batch, which make none or many. Free `out` with
/// `ferry_filelink_free`.
ferry_status ferry_upload_filelink(const ferry_upload *upload, ferry_filelink **out, ferry_error **err);

/// Free an upload that is not running. One that was started is interrupted, without another callback, and its
/// thread has ended when this returns. What the service has received stays there. NULL is allowed.
void ferry_upload_free(ferry_upload *upload);

/** @} */

/* == Uploads in a loop of the program's own ============================================================== */

/** @defgroup started Uploads in a loop of the program's own
 * An upload beside a loop of the program's own (poll, epoll, libuv, asyncio, Qt): it is started, and the
 * loop polls it whenever its descriptor can be read.
 *
 * @code{.c}
 * ferry_upload *upload = NULL;
 * ferry_progress progress = {.struct_size = sizeof progress};
 * if (ferry_filestack_upload_new(client, "film.mov", NULL, &upload, &err) == FERRY_OK &&
 *     ferry_upload_start(upload, &err) == FERRY_OK) {
 *     struct pollfd ready = {.fd = ferry_upload_fd(upload), .events = POLLIN};
 *     while (ferry_upload_poll(upload, &progress) == FERRY_NOT_READY)
 *         poll(&ready, 1, -1); // beside whatever else the program waits for
 *     if (ferry_upload_finish(upload, &err) == FERRY_OK)
 *         puts("stored");
 * }
 * ferry_error_free(err);
 * ferry_upload_free(upload);
 * @endcode
 *
 * A started upload has a thread of its own until `ferry_upload_finish` or `ferry_upload_free` returns. Its
 * callbacks (progress, events, `read`, `on_item`) do not run there, but on the thread that polls, inside
 * `ferry_upload_poll` or `ferry_upload_finish`, one in a call; the upload waits for them. Pause, interrupt,
 * cancel, limit and the getters work as during `ferry_upload_run`.
 *
 * @{ */

/// Start an upload and return at once; it goes on in a thread of its own. The result is that of
/// `ferry_upload_finish`, which has to follow before another start or run.
///
/// Fails with FERRY_INVALID_STATE if it is started or running already, FERRY_IO if there is no descriptor
/// left, FERRY_OUT_OF_MEMORY if there is no thread.
ferry_status ferry_upload_start(const ferry_upload *upload, ferry_error **err);

/// Return the descriptor of a started upload, on Windows its SOCKET: it can be read (POLLIN) when there is
/// progress, a callback to run or the end, until `ferry_upload_poll` was called, or for the end
/// `ferry_upload_finish`. Only wait for it: do not read it and do not close it. It is closed by
/// `ferry_upload_finish` and `ferry_upload_free`: take it out of the loop before. Returns -1 for NULL and for
/// an upload that is not started.
int32_t ferry_upload_fd(const ferry_upload *upload);

/// Look at a started upload without waiting, and run the callback that is due, if one is. Returns
/// FERRY_NOT_READY while the upload is running and FERRY_OK when it has ended, well or not, which
/// `ferry_upload_finish` tells; FERRY_INVALID_STATE if it is not started.
///
/// `progress` receives the last report; NULL: none. Set its `struct_size` to `sizeof *progress` before: no
/// more is written, and 0 is FERRY_INVALID_ARGUMENT.
ferry_status ferry_upload_poll(const ferry_upload *upload, ferry_progress *progress);

/// Wait for the end of a started upload, running its callbacks meanwhile, and return what `ferry_upload_run`
/// would. Its thread has ended then, and the upload can be started or run again. Does not wait if
/// `ferry_upload_poll` has returned FERRY_OK.
///
/// Fails with FERRY_INVALID_STATE if it is not started, and in a callback of the upload.
ferry_status ferry_upload_finish(const ferry_upload *upload, ferry_error **err);

/** @} */

/* == Filestack: stored files ============================================================================= */

/** @defgroup filelink Filestack: stored files
 * Stored files: download, describe, overwrite, delete.
 *
 * @code{.c}
 * ferry_filelink *file = NULL;
 * uint64_t length = 0;
 * if (ferry_filelink_new(client, "HANDLE", &file, &err) == FERRY_OK &&
 *     ferry_filelink_download(file, "photo.jpg", NULL, &length, &err) == FERRY_OK)
 *     printf("%llu bytes\n", (unsigned long long)length);
 * ferry_filelink_free(file);
 * @endcode
 *
 * `ferry_filelink`:
 * A stored file. Any number of threads may use it at the same time.
 *
 * @{ */

/// Make the filelink of a stored file from its handle. Nothing is sent. Fails with FERRY_INVALID_ARGUMENT if
/// `handle` cannot be one: 1 to 128 letters, digits, - and _. Free `out` with `ferry_filelink_free`.
ferry_status ferry_filelink_new(const ferry_filestack *client, const char *handle, ferry_filelink **out,
                                ferry_error **err);

/// Return the handle, which is the last element of the URL; "" for NULL. Borrowed until the filelink is
/// freed.
const char *ferry_filelink_handle(const ferry_filelink *filelink);

/// Return the URL without a signature; "" for NULL. Borrowed until the filelink is freed.
const char *ferry_filelink_url(const ferry_filelink *filelink);

/// Make the URL with a policy and its signature: those of `security`, or of the client if it is NULL. Fails
/// with FERRY_INVALID_ARGUMENT if there is neither. Free `out` with `ferry_string_free`.
ferry_status ferry_filelink_signed_url(const ferry_filelink *filelink, const ferry_security *security,
                                       char **out, ferry_error **err);

/// Download the file to `path`, replacing what is there. The bytes go into a temporary file in the same
/// folder, which is renamed when it is whole, so `path` is either new and whole or untouched. Where the
/// service has ranges, a file of 16 MiB or more comes over several connections at once, and after a cut the
/// download goes on where it was. `bytes`, which may be NULL, receives the length. `options` may be NULL.
/// Fails with FERRY_IO if the file cannot be written, FERRY_FILE_CHANGED if the stored file is changed
/// meanwhile and then once more.
ferry_status ferry_filelink_download(const ferry_filelink *filelink, const char *path,
                                     const ferry_request_options *options, uint64_t *bytes,
                                     ferry_error **err);

/// Download the file into memory, over one connection. Goes on after a cut as `ferry_filelink_download` does.
/// `options` may be NULL. Fails with FERRY_OUT_OF_MEMORY if it is larger than 1 GiB or than the memory. Free
/// `out` with `ferry_bytes_free`.
ferry_status ferry_filelink_content(const ferry_filelink *filelink, const ferry_request_options *options,
                                    ferry_bytes **out, ferry_error **err);

/// Download the file and pass it to `write` piece by piece, over one connection. `bytes`, which may be NULL,
/// receives the length. `options` may be NULL. Fails with FERRY_IO if `write` does not return 0,
/// FERRY_FILE_CHANGED if the stored file is changed meanwhile.
ferry_status ferry_filelink_stream(const ferry_filelink *filelink, ferry_write_fn write, void *write_data,
                                   const ferry_request_options *options, uint64_t *bytes, ferry_error **err);

/// Ask the service for what it knows of the file. `attributes` is a list such as "size,filename,md5"; NULL:
/// those that the service chooses. `options` may be NULL. Free `out` with `ferry_value_free`.
ferry_status ferry_filelink_metadata(const ferry_filelink *filelink, const char *attributes,
                                     const ferry_request_options *options, ferry_value **out,
                                     ferry_error **err);

/// Get what the service said when the file was stored; only its handle if the filelink was made from one.
/// Nothing is sent. Free `out` with `ferry_value_free`.
ferry_status ferry_filelink_answer(const ferry_filelink *filelink, ferry_value **out, ferry_error **err);

/// Delete the file. With `keep_stored` only the handle is deleted and the object stays in the storage. Needs
/// a security, of `options` (which may be NULL) or of the client.
ferry_status ferry_filelink_delete(const ferry_filelink *filelink, bool keep_stored,
                                   const ferry_request_options *options, ferry_error **err);

/// Replace the content of the stored file by that of the file at `path`. Its name and type stay. Needs a
/// security, of `options` (which may be NULL) or of the client.
///
/// An empty file is no error here: it empties the stored one. Fails with FERRY_FILE_CHANGED if the file has
/// more bytes than its size, as under /proc, and otherwise as `ferry_filestack_upload_file`.
ferry_status ferry_filelink_overwrite_file(const ferry_filelink *filelink, const char *path,
                                           const ferry_request_options *options, ferry_error **err);

/// Replace the content of the stored file by bytes in memory. Otherwise as `ferry_filelink_overwrite_file`.
ferry_status ferry_filelink_overwrite_bytes(const ferry_filelink *filelink, const void *data, size_t len,
                                            const ferry_request_options *options, ferry_error **err);

/// Replace the content of the stored file by what the service finds at `url`, decoded if `base64decode` says
/// that it is base64 text. Otherwise as `ferry_filelink_overwrite_file`.
ferry_status ferry_filelink_overwrite_url(const ferry_filelink *filelink, const char *url, bool base64decode,
                                          const ferry_request_options *options, ferry_error **err);

/// Free a filelink. The stored file stays. NULL is allowed.
void ferry_filelink_free(ferry_filelink *filelink);

/** @} */

/* == Filestack: options of storing a result ============================================================== */

/** @defgroup store Filestack: options of storing a result
 * Where and how the result of a chain is stored.
 *
 * @code{.c}
 * ferry_store_options options;
 * ferry_store_options_init(&options, sizeof options);
 * options.filename = "small.jpg";
 * options.path = "thumbnails/";
 * @endcode
 *
 * @{ */

/// Options of storing a result. Zero and NULL mean the default.
typedef struct ferry_store_options {
    /// Set by `ferry_store_options_init`.
    size_t struct_size;
    /// Name of the stored file. NULL: chosen by the service.
    const char *filename;
    /// Decode the result from base64 text before it is stored.
    bool base64decode;
    /// Storage: "S3", "gcs", "azure", "rackspace", "dropbox". NULL: the account's.
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
} ferry_store_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_store_options_init(ferry_store_options *options, size_t size);

/** @} */

/* == Filestack: transformations ========================================================================== */

/** @defgroup transform Filestack: transformations
 * Chains of tasks: built, turned into URLs, run. A chain is checked while it is built; building it sends
 * nothing.
 *
 * @code{.c}
 * ferry_transform *chain = NULL;
 * char *url = NULL;
 * if (ferry_transform_new(client, ferry_filelink_handle(link), &chain, &err) == FERRY_OK &&
 *     ferry_transform_add(chain, "resize", "width:500,fit:crop", &err) == FERRY_OK &&
 *     ferry_transform_add_json(chain, "rotate", "{\"deg\": 90}", &err) == FERRY_OK &&
 *     ferry_transform_url(chain, &url, &err) == FERRY_OK)
 *     puts(url);
 * ferry_string_free(url);
 * ferry_transform_free(chain);
 * @endcode
 *
 * `ferry_transform`:
 * One or several sources and the tasks to apply, in order. A builder: only one thread at a time may change
 * it, and none may use it meanwhile. Functions that take it as `const` may run in several threads at the
 * same time.
 *
 * @{ */

/// Create a chain without tasks. `source` is a handle (as for `ferry_filelink_new`), an http or https URL, or
/// a storage alias "src://alias/path". Nothing is sent. Free `out` with `ferry_transform_free`.
ferry_status ferry_transform_new(const ferry_filestack *client, const char *source, ferry_transform **out,
                                 ferry_error **err);

/// Create a chain over several sources, for tasks that join files ("collage", "animate", "zip"). Nothing is
/// sent. Free `out` with `ferry_transform_free`.
ferry_status ferry_transform_new_list(const ferry_filestack *client, const char *const *sources, size_t count,
                                      ferry_transform **out, ferry_error **err);

/// Add a task. `params` is written as in a URL but not percent-encoded, "width:500,align:[top,left]"; NULL:
/// none. Fails with FERRY_INVALID_ARGUMENT, and leaves the chain as it was, if the task or a parameter is
/// unknown, out of range or missing; the message says what is allowed.
ferry_status ferry_transform_add(ferry_transform *transform, const char *task, const char *params,
                                 ferry_error **err);

/// Add a task with its parameters as a JSON object, {"width": 500, "align": ["top", "left"]}; NULL: none.
/// Fails as `ferry_transform_add`.
ferry_status ferry_transform_add_json(ferry_transform *transform, const char *task, const char *params_json,
                                      ferry_error **err);

/// Add an element of the URL as it is, "new_task=k:v": for what this version of the library does not know.
/// Only that it can stand in a URL is checked.
ferry_status ferry_transform_add_raw(ferry_transform *transform, const char *element, ferry_error **err);

/// Put the API key into the URL even if the source is a handle, as some accounts need it. With other sources
/// it is always there. NULL is allowed.
void ferry_transform_with_apikey(ferry_transform *transform, bool always);

/// Make the URL of the result, unsigned, ready to be sent by any client. Free `out` with `ferry_string_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if the source or a parameter has a "." or ".." alone between slashes,
/// "%2e" too: clients fold these, and the URL would ask for something else. `ferry_transform_base64_url`
/// carries them; all other functions fail alike.
ferry_status ferry_transform_url(const ferry_transform *transform, char **out, ferry_error **err);

/// Make the URL of the result with a policy and its signature: those of `security`, or of the client if it is
/// NULL. Fails with FERRY_INVALID_ARGUMENT if there is neither. Free `out` with `ferry_string_free`.
ferry_status ferry_transform_signed_url(const ferry_transform *transform, const ferry_security *security,
                                        char **out, ferry_error **err);

/// Make the URL of the result in base64 form, for sources and values that no path can carry; signed if there
/// is a `security` or the client has one. Free `out` with `ferry_string_free`.
ferry_status ferry_transform_base64_url(const ferry_transform *transform, const ferry_security *security,
                                        char **out, ferry_error **err);

/// Run the chain and download the result to `path`, as `ferry_filelink_download` does. `bytes`, which may be
/// NULL, receives the length. `options` may be NULL.
ferry_status ferry_transform_download(const ferry_transform *transform, const char *path,
                                      const ferry_request_options *options, uint64_t *bytes,
                                      ferry_error **err);

/// Run the chain and get the result in memory. `options` may be NULL. Fails with FERRY_OUT_OF_MEMORY if it is
/// larger than 1 GiB or than the memory. Free `out` with `ferry_bytes_free`.
ferry_status ferry_transform_content(const ferry_transform *transform, const ferry_request_options *options,
                                     ferry_bytes **out, ferry_error **err);

/// Run the chain and pass the result to `write` piece by piece. `bytes`, which may be NULL, receives the
/// length. `options` may be NULL. Fails with FERRY_IO if `write` does not return 0, FERRY_FILE_CHANGED if the
/// service has another result when the rest is asked for.
ferry_status ferry_transform_stream(const ferry_transform *transform, ferry_write_fn write, void *write_data,
                                    const ferry_request_options *options, uint64_t *bytes, ferry_error **err);

/// Run a chain whose last task answers with JSON ("tags", "sfw", "ocr", "caption", "imagesize", "metadata"
/// and others). `options` may be NULL. Fails with FERRY_PROTOCOL if the result is not JSON. Free `out` with
/// `ferry_value_free`.
ferry_status ferry_transform_json(const ferry_transform *transform, const ferry_request_options *options,
                                  ferry_value **out, ferry_error **err);

/// Run the chain and store the result as a new file. The chain does not change. `options` may be NULL. Free
/// `out` with `ferry_filelink_free`.
ferry_status ferry_transform_store(const ferry_transform *transform, const ferry_store_options *options,
                                   ferry_filelink **out, ferry_error **err);

/// Start a conversion of audio or video. `params_json` is a JSON object of the parameters of the task
/// "video_convert", e.g. {"preset": "h264"}; NULL: none. `options` may be NULL. Free `out` with
/// `ferry_av_free`.
ferry_status ferry_transform_av_convert(const ferry_transform *transform, const char *params_json,
                                        const ferry_request_options *options, ferry_av **out,
                                        ferry_error **err);

/// Copy a chain, to go on in two directions. Free `out` with `ferry_transform_free`.
ferry_status ferry_transform_clone(const ferry_transform *transform, ferry_transform **out,
                                   ferry_error **err);

/// Free a chain. NULL is allowed.
void ferry_transform_free(ferry_transform *transform);

/** @} */

/* == Filestack: screenshots ============================================================================== */

/** @defgroup screenshot Filestack: screenshots
 * Screenshots of web pages: each is a chain, to which tasks can be added.
 *
 * @code{.c}
 * ferry_transform *page = NULL;
 * if (ferry_filestack_screenshot(client, "https://example.com", "width:1280", &page, &err) == FERRY_OK)
 *     ferry_transform_download(page, "page.png", NULL, NULL, &err);
 * ferry_transform_free(page);
 * @endcode
 *
 * @{ */

/// Create a chain that starts with a screenshot of the page at `url`. `params` is written as for
/// `ferry_transform_add`, "agent:mobile,width:400"; NULL: the defaults. Nothing is sent. Free `out` with
/// `ferry_transform_free`.
ferry_status ferry_filestack_screenshot(const ferry_filestack *client, const char *url, const char *params,
                                        ferry_transform **out, ferry_error **err);

/** @} */

/* == Filestack: ZIP archives ============================================================================= */

/** @defgroup zip Filestack: ZIP archives
 * ZIP archives of several files.
 *
 * @code{.c}
 * const char *const sources[] = {"HANDLE", "https://example.com/photo.jpg"};
 * if (ferry_filestack_zip(client, sources, 2, "photos.zip", NULL, NULL, &err) != FERRY_OK)
 *     fprintf(stderr, "%s\n", ferry_error_message(err));
 * @endcode
 *
 * @{ */

/// Download 1 to 100 files as one ZIP archive to `path`, as `ferry_filelink_download` does. Each source is a
/// handle or an http or https URL. `bytes`, which may be NULL, receives the length. `options` may be NULL.
ferry_status ferry_filestack_zip(const ferry_filestack *client, const char *const *sources, size_t count,
                                 const char *path, const ferry_request_options *options, uint64_t *bytes,
                                 ferry_error **err);

/** @} */

/* == Filestack: audio and video conversions ============================================================== */

/** @defgroup av Filestack: audio and video conversions
 * Conversions of audio and video: jobs that run at the service.
 *
 * @code{.c}
 * ferry_transform *chain = NULL;
 * ferry_av *conversion = NULL;
 * ferry_filelink *converted = NULL;
 * if (ferry_transform_new(client, "HANDLE", &chain, &err) == FERRY_OK &&
 *     ferry_transform_av_convert(chain, "{\"preset\": \"h264\"}", NULL, &conversion, &err) == FERRY_OK &&
 *     ferry_av_wait(conversion, NULL, NULL, &err) == FERRY_OK &&
 *     ferry_av_filelink(conversion, &converted, &err) == FERRY_OK)
 *     puts(ferry_filelink_url(converted));
 * ferry_filelink_free(converted);
 * ferry_av_free(conversion);
 * ferry_transform_free(chain);
 * @endcode
 *
 * `ferry_av`:
 * A conversion of audio or video, which is a job of the service. Any number of threads may use it at the
 * same time.
 *
 * @{ */

/// Return the id of the job; "" for NULL. Borrowed until the conversion is freed, like all texts below.
const char *ferry_av_uuid(const ferry_av *av);

/// Return when the job began, as the service tells it; "" for NULL.
const char *ferry_av_timestamp(const ferry_av *av);

/// Return the URL of the conversion, unsigned; "" for NULL.
const char *ferry_av_url(const ferry_av *av);

/// Ask the service for the state of the job: "started", "pending", "completed" or "failed". `options` may be
/// NULL. Free `out` with `ferry_string_free`.
ferry_status ferry_av_status(const ferry_av *av, const ferry_request_options *options, char **out,
                             ferry_error **err);

/// Ask repeatedly, with pauses from 1 to 5 seconds, until the conversion is completed. Fails with FERRY_HTTP
/// and the service's reason if the conversion fails, with FERRY_PROTOCOL if it was completed ten times and
/// had no file, with FERRY_TIMEOUT after `deadline_ms` of `options`, and with FERRY_CANCELLED if its callback
/// ends the wait. `out` receives the service's description of the result; free it with `ferry_value_free`.
/// `out` and `options` may be NULL.
ferry_status ferry_av_wait(const ferry_av *av, const ferry_request_options *options, ferry_value **out,
                           ferry_error **err);

/// Get the converted file. Fails with FERRY_NOT_READY until `ferry_av_status` or `ferry_av_wait` has seen it
/// completed, and with FERRY_PROTOCOL if it has become no file. Nothing is sent. Free `out` with
/// `ferry_filelink_free`.
ferry_status ferry_av_filelink(const ferry_av *av, ferry_filelink **out, ferry_error **err);

/// Free a conversion. The job goes on. NULL is allowed.
void ferry_av_free(ferry_av *av);

/** @} */

/* == Filestack: workflows ================================================================================ */

/** @defgroup workflow Filestack: workflows
 * Workflows: jobs of the service over a file.
 *
 * @code{.c}
 * ferry_value *job = NULL, *state = NULL;
 * if (ferry_filestack_workflow_run(client, "WORKFLOW", "HANDLE", NULL, &job, &err) == FERRY_OK &&
 *     ferry_filestack_workflow_status(client, ferry_value_string(ferry_value_get(job, "jobid")), NULL,
 *                                     &state, &err) == FERRY_OK)
 *     puts(ferry_value_json(ferry_value_get(state, "status")));
 * ferry_value_free(state);
 * ferry_value_free(job);
 * @endcode
 *
 * @{ */

/// Start a workflow on a file: a handle or an http or https URL. `out` receives the job, whose "jobid" is for
/// `ferry_filestack_workflow_status`; free it with `ferry_value_free`. `options` may be NULL.
ferry_status ferry_filestack_workflow_run(const ferry_filestack *client, const char *workflow_id,
                                          const char *source, const ferry_request_options *options,
                                          ferry_value **out, ferry_error **err);

/// Get the state of a job: "status" is "Started", "Finished" or "Failed", "results" has what each task
/// returned. `options` may be NULL. Free `out` with `ferry_value_free`.
ferry_status ferry_filestack_workflow_status(const ferry_filestack *client, const char *job_id,
                                             const ferry_request_options *options, ferry_value **out,
                                             ferry_error **err);

/** @} */

/* == Filestack: webhooks ================================================================================= */

/** @defgroup webhook Filestack: webhooks
 * Webhooks: proof that a message comes from the service.
 *
 * @code{.c}
 * const char *body = "{}", *timestamp = "1559199901", *signature = "0000"; // of the HTTP request
 * if (ferry_webhook_verify("SECRET", body, strlen(body), timestamp, signature, 300, &err) != FERRY_OK)
 *     fprintf(stderr, "refused: %s\n", ferry_error_message(err));
 * ferry_error_free(err);
 * @endcode
 *
 * @{ */

/// Verify a webhook. `body` is the raw body of the request before any parsing; `timestamp` and `signature`
/// are its headers FS-Timestamp and FS-Signature. `tolerance_seconds` is the greatest age of a message, and
/// the greatest lead of the service's clock; 300 is usual, 0 accepts any age. Returns FERRY_OK,
/// FERRY_SIGNATURE_MISMATCH or FERRY_SIGNATURE_EXPIRED. Signatures are compared in constant time; no error
/// contains the right one.
ferry_status ferry_webhook_verify(const char *secret, const void *body, size_t len, const char *timestamp,
                                  const char *signature, uint32_t tolerance_seconds, ferry_error **err);

/// Verify a webhook while secrets change: the message may be signed with any of the `count` secrets.
ferry_status ferry_webhook_verify_any(const char *const *secrets, size_t count, const void *body, size_t len,
                                      const char *timestamp, const char *signature,
                                      uint32_t tolerance_seconds, ferry_error **err);

/// Sign a message as the service does, to test a receiver. Free `out` with `ferry_string_free`.
ferry_status ferry_webhook_sign(const char *secret, const void *body, size_t len, const char *timestamp,
                                char **out, ferry_error **err);

/** @} */

/* == Telestream: client and requests ===================================================================== */

/** @defgroup telestream Telestream: client and requests
 * Telestream Cloud Flip: a client for an account, signatures, and requests that have no function of their
 * own.
 *
 * API 3.0 signs every request with two keys (`ferry_telestream_new`); API 3.1 sends one key with every
 * request (`ferry_telestream_new_with_apikey`). All other functions are the same for both.
 *
 * @code{.c}
 * ferry_telestream *account = NULL;
 * ferry_response *response = NULL;
 * const char *path = "/encodings/count.json";
 * if (ferry_telestream_new("ACCESS_KEY", "SECRET_KEY", NULL, &account, &err) == FERRY_OK &&
 *     ferry_telestream_request(account, "GET", path, NULL, NULL, &response, &err) == FERRY_OK) {
 *     puts(ferry_response_body(response));
 * }
 * ferry_response_free(response);
 * ferry_telestream_free(account);
 * @endcode
 *
 * `ferry_telestream`:
 * A Telestream Cloud account and its connections. Any number of threads may use it at the same time. Every
 * request is signed anew each time it is sent, and no two requests have the same timestamp. Uploads keep
 * what they need of it, so it may be freed before them.
 *
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

/// Create a client for an account of API 3.0, which has two keys. Nothing is sent. No error shows a key.
/// `options` may be NULL. Free `out` with `ferry_telestream_free`.
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
/// "access_key", "timestamp" and "signature". The client's factory and these three stand in place of what was
/// given under their names, as in the vendor's SDK. True and false are signed as True and False and must be
/// sent so. "file" is not signed. An object under "pipeline" becomes a text. Free `out_json` with
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
ferry_status ferry_telestream_request(const ferry_telestream *telestream, const char *method,
                                      const char *path, const char *params_json,
                                      const ferry_request_options *options, ferry_response **out,
                                      ferry_error **err);

/// Free a client; NULL is allowed.
void ferry_telestream_free(ferry_telestream *telestream);

/** @} */

/* == Telestream: factories, videos, encodings, profiles, notifications =================================== */

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
 * const char *params = "{\"status\": \"success\"}";
 * if (ferry_telestream_list(telestream, FERRY_VIDEOS, NULL, params, NULL, &videos, &err) == FERRY_OK) {
 *     for (size_t i = 0; i < ferry_value_len(videos); i++) {
 *         puts(ferry_value_string(ferry_value_get(ferry_value_at(videos, i), "id")));
 *     }
 * }
 * ferry_value_free(videos);
 * @endcode
 *
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
/// "extname". A member of a profile that is probably another one with a typing error ("widht") is refused
/// before anything is sent, also by `ferry_telestream_update`.
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

/* == Telestream: uploads ================================================================================= */

/** @defgroup telestream_upload Telestream: uploads
 * Uploads to Telestream. A file becomes a video, and the service encodes it.
 *
 * @code{.c}
 * ferry_upload *upload = NULL;
 * ferry_value *video = NULL;
 * const char *params = "{\"profiles\": \"h264\"}";
 * if (ferry_telestream_upload_new(telestream, NULL, "film.mov", params, NULL, &upload, &err) == FERRY_OK &&
 *     ferry_upload_run(upload, &err) == FERRY_OK && ferry_upload_result(upload, &video, &err) == FERRY_OK) {
 *     puts(ferry_value_string(ferry_value_get(video, "id")));
 * }
 * ferry_value_free(video);
 * ferry_upload_free(upload);
 * @endcode
 *
 * @{ */

/// Send parts in any order, several at a time; ranges if the service offers no parts.
#define FERRY_PROTOCOL_PARTS 0
/// Send one range after the other on one connection: the older protocol.
#define FERRY_PROTOCOL_RANGES 1

/// Options of an upload to Telestream. Zero and NULL are the defaults.
typedef struct ferry_telestream_upload_options {
    /// Set by `ferry_telestream_upload_options_init`.
    size_t struct_size;
    /// The name of the file at the service. NULL: the last element of the path. Data without a path needs
    /// one.
    const char *filename;
    /// Files that belong to the video, such as subtitles: a JSON object with a path, or a list of paths, for
    /// each tag, e.g. {"subtitles": ["de.srt", "en.srt"]}. They are sent after the video, and only in parts.
    /// NULL: none.
    const char *extra_files_json;
    /// Number of parts sent at the same time, 1 to 64. 0: as many as make it faster; the number follows the
    /// line. The service may allow fewer.
    uint32_t concurrency;
    /// One of `FERRY_PROTOCOL_*`.
    int32_t protocol;
    /// Called with the progress of a run, on the thread of that run. NULL: none.
    ferry_progress_fn on_progress;
    /// Passed to `on_progress`.
    void *user_data;
    /// The longest time one run may take, in milliseconds, all retries included. 0: `deadline_ms` of the
    /// client.
    uint32_t deadline_ms;
    /// Start anew where the video may exist already and the service cannot tell (FERRY_NOT_READY): then a
    /// second one is possible.
    bool restart;
    /// Folder that keeps what the upload needs to go on after the process has ended, however that happened;
    /// see @ref journal. NULL: none.
    const char *journal_dir;
    /// The most bytes a second of all connections of the upload together, there and back; see @ref upload.
    /// `ferry_upload_limit` changes it. The client's limit holds too. 0: no limit.
    uint64_t bytes_per_second;
} ferry_telestream_upload_options;

/// Set every field of `options` to its default. `size` is `sizeof *options`. NULL is allowed.
void ferry_telestream_upload_options_init(ferry_telestream_upload_options *options, size_t size);

/// Prepare the upload of a file that becomes a video. The file is opened and the arguments are checked;
/// nothing is sent.
///
/// `factory_id` NULL is that of "factory_id" in the parameters, or else the client's; two that differ are
/// refused. `params_json` is a JSON object or NULL: "profiles" (a list, or a text with commas; without it all
/// profiles of the factory, "none" for no encoding yet), "path_format", "payload", "pipeline" and so on.
/// `options` may be NULL. Its callback and user data must live until every `ferry_upload_run` has returned.
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

/// Prepare the upload of a token (`ferry_upload_token`), of the file at `path`. Nothing is sent. Its run
/// sends what the service lacks, and compares what it has with the file: the file may be elsewhere or a copy,
/// on another machine too, if its bytes are the same. The client must be of the token's account.
///
/// The token says what is uploaded and how. `options` may set all but `filename` and `protocol`;
/// `extra_files_json` says where the other files are now, with the token's tags, and NULL that they are where
/// they were. Otherwise as `ferry_telestream_upload_new`. Fails with FERRY_INVALID_ARGUMENT if the token is
/// cut, altered, of another version, service or account, or of a file of another size.
ferry_status ferry_telestream_upload_resume(const ferry_telestream *telestream, const char *path,
                                            const char *token, const ferry_telestream_upload_options *options,
                                            ferry_upload **out, ferry_error **err);

/// Prepare the upload of what `read` provides while it is read; see @ref reader. `size` is its length or
/// `FERRY_SIZE_UNKNOWN`; then the first run reads to the end before it sends. `filename` of `options` is
/// needed, since data has no name of its own and the service takes the extension of the video from it.
///
/// A run that was stopped or has failed can be followed by another one, which goes on reading where it was.
/// Each run may call the callback from its thread. The callback and its data must live until the last run has
/// returned.
///
/// A run also fails with FERRY_FILE_CHANGED if the data has another length than `size`,
/// FERRY_INVALID_ARGUMENT if it is empty, and FERRY_IO if the callback fails or the disk is full. The
/// requests under way then end at once, and there is no video. If the service forgets the upload when parts
/// are stored already, it cannot begin anew: make another one. Otherwise as `ferry_telestream_upload_new`.
ferry_status ferry_telestream_upload_reader_new(const ferry_telestream *telestream, const char *factory_id,
                                                ferry_read_fn read, void *read_data, uint64_t size,
                                                const char *params_json,
                                                const ferry_telestream_upload_options *options,
                                                ferry_upload **out, ferry_error **err);

/// Prepare the upload of bytes in memory. They are not copied: do not change or free them until `out` is
/// freed. `filename` of `options` is needed, since data has no name of its own and the service takes the
/// extension of the video from it. Otherwise as `ferry_telestream_upload_new`.
ferry_status ferry_telestream_upload_bytes_new(const ferry_telestream *telestream, const char *factory_id,
                                               const void *data, size_t len, const char *params_json,
                                               const ferry_telestream_upload_options *options,
                                               ferry_upload **out, ferry_error **err);

/** @} */

/* == Uploads that outlive their process ================================================================== */

/** @defgroup journal Uploads that outlive their process
 * Uploads that outlive their process.
 *
 * With `journal_dir` in its options, the upload of a file keeps what it needs to go on in a folder. The same
 * program, run again after a crash, SIGKILL or a reboot, calls the same function with the same arguments,
 * and the upload goes on: parts that the service has confirmed are compared with the file and not sent
 * again. `include/README.md` describes the files.
 *
 * @code{.c}
 * ferry_upload_options options;
 * ferry_filelink *stored = NULL;
 * ferry_upload_options_init(&options, sizeof options);
 * options.journal_dir = "/var/lib/program/uploads";
 * if (ferry_filestack_upload_file(client, "film.mov", &options, &stored, &err) == FERRY_OK)
 *     puts(ferry_filelink_url(stored));
 * ferry_filelink_free(stored);
 * @endcode
 *
 * The folder is made if it is not there, readable by its owner alone; one that others may write to is
 * refused. It has one file for each upload that is not over. From its first run on, an upload has it locked
 * until it has ended with success or its handle is freed; another process, or another handle, that begins
 * the same upload meanwhile gets FERRY_INVALID_STATE. No key, policy or signature is in it. An upload is the
 * same if service and its address, account, path, options of what is stored, and the file's size,
 * modification time, inode and device are the same.
 *
 * @{ */

/// List the uploads in a journal folder: an array of objects with "id", "service" ("filestack" or
/// "telestream"), "path", "size" and "bytes_stored" in bytes, "begun" and "changed" in Unix seconds, and
/// "in_use", whether an upload holds it. A batch has "files" and "files_stored" instead of the path and the
/// bytes. A folder that is not there has none. Free `out` with `ferry_value_free`.
ferry_status ferry_journal_list(const char *journal_dir, ferry_value **out, ferry_error **err);

/// Remove the uploads from a journal folder that nobody holds and that have not changed for
/// `older_than_seconds`; 0 removes all of them, but not those of another version of Ferry. They cannot go on
/// then. Nothing is sent. `removed` receives
/// how many; it may be NULL.
ferry_status ferry_journal_prune(const char *journal_dir, uint64_t older_than_seconds, uint64_t *removed,
                                 ferry_error **err);

/** @} */

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* FERRY_H */
