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

/* A value of `proxy` in ferry_connection_options: the proxy that the environment variables name. */
#define FERRY_PROXY_FROM_ENVIRONMENT "environment"

// The version of the header: `FERRY_VERSION_MAJOR << 16 | FERRY_VERSION_MINOR << 8 | FERRY_VERSION_PATCH`.
#define FERRY_VERSION_NUMBER 256

// No value, or JSON's null.
#define FERRY_VALUE_NULL 0

// true or false.
#define FERRY_VALUE_BOOL 1

// A number without a fraction.
#define FERRY_VALUE_INT 2

// A number with a fraction or an exponent.
#define FERRY_VALUE_DOUBLE 3

// A text.
#define FERRY_VALUE_STRING 4

// A list; see `ferry_value_at`.
#define FERRY_VALUE_ARRAY 5

// Members with names; see `ferry_value_get`.
#define FERRY_VALUE_OBJECT 6

// A value of `max_retries`: a request that fails is not sent again.
#define FERRY_NO_RETRIES 4294967295

// A value of `trust`: the public certificate authorities, Mozilla's list. They are built into the library.
#define FERRY_TRUST_PUBLIC 0

// A value of `trust`: the certificate authorities that the system trusts, to which companies add their own.
// On Linux and BSD that is the bundle of the distribution, such as /etc/ssl/certs/ca-certificates.crt. On
// macOS it is /etc/ssl/cert.pem; the keychain is not read, so what was added there has to be named in
// `ca_file`. The variables `SSL_CERT_FILE` and `SSL_CERT_DIR` are not read.
#define FERRY_TRUST_SYSTEM 1

// Plain multi-part upload.
#define FERRY_INTELLIGENT_OFF 0

// Parts go up in chunks that get smaller on a bad network; plain if the account does not have it.
#define FERRY_INTELLIGENT_ON 1

// Plain until a part fails, then in chunks.
#define FERRY_INTELLIGENT_FALLBACK 2

// The size of data that is not known before its end.
#define FERRY_SIZE_UNKNOWN 18446744073709551615ull

// The resource of factories: each holds videos, encodings and profiles, and knows where their files are stored.
#define FERRY_FACTORIES 1

// The resource of videos: files that were sent to a factory.
#define FERRY_VIDEOS 2

// The resource of encodings: a video in the form that a profile asks for.
#define FERRY_ENCODINGS 3

// The resource of profiles: how a factory encodes.
#define FERRY_PROFILES 4

// Parts in any order, several at once; ranges where the service offers no parts.
#define FERRY_PROTOCOL_PARTS 0

// The older protocol: range after range on one connection.
#define FERRY_PROTOCOL_RANGES 1

// A conversion of audio or video, a job of the service. Used by any number of threads at once.
typedef struct ferry_av ferry_av;

// A buffer of bytes that the library filled. Read by any thread.
typedef struct ferry_bytes ferry_bytes;

// Why a call failed. Made by the call, read by any thread, freed by the caller.
typedef struct ferry_error ferry_error;

// A file in the cloud. Used by any number of threads at once.
typedef struct ferry_filelink ferry_filelink;

// A Filestack account and its connections. Used by any number of threads at once. Uploads and filelinks made from it keep
// what they need, so it may be freed before them.
typedef struct ferry_filestack ferry_filestack;

// A policy and its signature. Read by any thread.
typedef struct ferry_security ferry_security;

// A Telestream Cloud account and its connections. Used by any number of threads at once. Every request is signed anew each time
// it is sent, with a time that is never the same twice.
typedef struct ferry_telestream ferry_telestream;

// A file, or several, and what is done to it, task after task. A builder: changed by one thread at a time; the functions that take
// it as `const` may be used from several.
typedef struct ferry_transform ferry_transform;

// An upload that can be paused, cancelled and run again. Used by several threads at once: one runs it, others control and
// look at it.
typedef struct ferry_upload ferry_upload;

// A JSON value. What a call gives is a whole answer, owned by the caller; the values inside it are borrowed from it and must not
// be freed. Read by any thread.
typedef struct ferry_value ferry_value;

// The outcome of a call that can fail: `FERRY_OK`, or what went wrong. A value this header does not list is a failure too.
typedef int32_t ferry_status;

// How a client connects to its hosts. Initialise it with `ferry_connection_options_init`, then set what you
// need. Zero and NULL mean the default. All texts are copied when the client is made. Times are in
// milliseconds, from 1 to 4294967295 (49 days).
typedef struct ferry_connection_options {
    // The size of this struct in bytes. `ferry_connection_options_init` sets it.
    size_t struct_size;
    // The longest time to find the addresses of the host and to connect to one of them. When it has passed
    // the attempt fails with `FERRY_TIMEOUT` and counts as one of `max_retries`. Default: 10,000 (10 s).
    //
    // A host with several addresses is tried at all of them, IPv6 and IPv4 in turn, each attempt 250 ms
    // after the one before (RFC 8305). The first that answers is used.
    uint32_t connect_timeout_ms;
    // The longest time without a single byte sent or received. When it has passed the attempt fails with
    // `FERRY_TIMEOUT` and counts as one of `max_retries`. A transfer that moves is never ended, however slow
    // it is; for that there is `deadline_ms`. Default: 120,000 (2 minutes).
    uint32_t stall_timeout_ms;
    // The longest time for a whole call, with all attempts and the pauses between them. When it has passed
    // the call fails with `FERRY_TIMEOUT`, within a second. The `deadline_ms` of a call's own options wins
    // over this one. Default: no limit.
    uint32_t deadline_ms;
    // How many times a request or a part is sent again after an error that can pass: a lost connection, a
    // timeout, HTTP 408, 425, 429 and most 5xx. `FERRY_NO_RETRIES` means never. The pause before each
    // attempt is random, at most 250 ms before the first, then twice as long each time, up to 15 s; if the
    // service asks for a pause (`Retry-After`), it is that, up to 120 s. Default: 10.
    uint32_t max_retries;
    // The HTTP proxy to go through, as "http://proxy.example.com:3128", or "https://..." if the proxy itself
    // speaks TLS. The port is from 1 to 65535; without one it is 80, or 443 for https. User and password are
    // given as "http://user:password@proxy.example.com:3128", percent-encoded where they hold a reserved
    // character, and are sent by the Basic scheme. They are never in an error.
    //
    // Plain http is forwarded by the proxy, https goes through a tunnel (CONNECT), which the proxy cannot
    // read. If the proxy refuses user and password (HTTP 407), the call fails with `FERRY_HTTP` and is not
    // tried again. SOCKS is not supported.
    //
    // `FERRY_PROXY_FROM_ENVIRONMENT` takes the proxy from environment variables, which are read when the
    // client is made, as curl does: `http_proxy` for http, `https_proxy` or `HTTPS_PROXY` for https,
    // `all_proxy` or `ALL_PROXY` for both; hosts in `no_proxy` or `NO_PROXY` are reached directly. That is a
    // list of domains, addresses and networks separated by commas, such as "example.com,10.0.0.0/8"; a
    // domain stands for all hosts below it too, and "*" for all hosts.
    //
    // Default: no proxy, and no environment variable is read for one.
    const char *proxy;
    // The path of a file with certificates in PEM form. They are trusted beside those of `trust`.
    // Certificates that cannot be read are left out. Making the client fails with `FERRY_IO` if the file
    // cannot be read, and with `FERRY_INVALID_ARGUMENT` if it holds no certificate that can. Default: none.
    const char *ca_file;
    // The `User-Agent` of every request. It must not hold control characters. Default: "ferry/" and the
    // version.
    const char *user_agent;
    // Which certificate authorities are trusted: `FERRY_TRUST_PUBLIC` or `FERRY_TRUST_SYSTEM`. With the
    // latter, making the client fails with `FERRY_IO` if the system has no store. Default:
    // `FERRY_TRUST_PUBLIC`.
    int32_t trust;
    // Must be 0.
    int32_t _reserved;
} ferry_connection_options;

// Options of a client; zero and NULL are the defaults.
typedef struct ferry_filestack_options {
    // Set by `ferry_filestack_options_init`.
    size_t struct_size;
    // Goes with every call that does not bring its own; NULL: none.
    const struct ferry_security *security;
    // Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox"; NULL: "S3".
    const char *storage;
    // Your own domain, e.g. "files.example.com": every host becomes one of its subdomains.
    const char *cname;
    // One origin for every role, e.g. a gateway or the local cloud. Plain http is used only to this machine or where such a base
    // URL asks for it.
    const char *base_url;
    // Each of these wins over `base_url`: the upload API,
    const char *upload_url;
    // file delivery and transformations,
    const char *cdn_url;
    // the REST API, its path "/api" included,
    const char *api_url;
    // and the process API.
    const char *process_url;
    // NULL: the defaults.
    const struct ferry_connection_options *connection;
} ferry_filestack_options;

// How far a call has come. Lent to the callback, and grows only at its end.
typedef struct ferry_progress {
    // How many bytes of this struct there are.
    size_t struct_size;
    // Never goes down during a call; `bytes_total` only in the last report, when all is done and confirmed.
    uint64_t bytes_done;
    // 0 while it is not known.
    uint64_t bytes_total;
    // Parts confirmed by the storage.
    uint32_t parts_done;
    // How many parts there are.
    uint32_t parts_total;
    // Requests that had to be tried again.
    uint32_t retries;
    // Over the last five seconds.
    uint64_t bytes_per_second;
    // At that rate; less than 0 while it is not known.
    double seconds_left;
} ferry_progress;

// Told about progress on the thread that made the call: at once, then two to ten times a second, and at 100 %. Return 0 to go on,
// anything else to cancel the call. It must not throw or longjmp; it may pause and cancel.
typedef int32_t (*ferry_progress_fn)(const struct ferry_progress *progress,
                                     void *user_data);

// Options of one upload; zero and NULL are the defaults.
typedef struct ferry_upload_options {
    // Set by `ferry_upload_options_init`.
    size_t struct_size;
    // NULL: the last element of the path, "unnamed_file" for data.
    const char *filename;
    // NULL: by the ending of the name, else "application/octet-stream".
    const char *mimetype;
    // Where to store; NULL: as the client says.
    const char *location;
    // Folder (with a slash at its end) or full key in the storage.
    const char *path;
    // Bucket or container; NULL: the account's.
    const char *container;
    // Of the container.
    const char *region;
    // "public" or "private"; NULL: private.
    const char *access;
    // Workflows to run on the file: a JSON array of 1 to 20 ids.
    const char *workflows_json;
    // Tags: a JSON object of texts; at most 10, names up to 128, values up to 256 characters.
    const char *tags_json;
    // One of `FERRY_INTELLIGENT_*`.
    int32_t intelligent;
    // Bytes of a part, 5 MiB to 5 GiB; 0: 5 MiB. More where the file would have over 10,000 parts. Intelligent: always 8 MiB.
    uint64_t part_size;
    // Parts under way at once, 1 to 20; 0: 4.
    uint32_t concurrency;
    // Instead of the client's; NULL: the client's.
    const struct ferry_security *security;
    // NULL: none.
    ferry_progress_fn on_progress;
    // Handed to `on_progress`.
    void *user_data;
    // A description for people who cannot see the picture, up to 125 characters.
    const char *alt_text;
    // For the whole call, in milliseconds, all retries included; 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    // Whether each of \ { } | % ` " ' ~ [ ] # ^ < > in the name, but for its ending, becomes a "-".
    bool sanitize_filename;
} ferry_upload_options;

// Gives the next bytes: fills at most `capacity` bytes of `buffer` and returns how many, 0 at the end, less than 0 to fail the
// call. Runs on the thread that made the call.
typedef int64_t (*ferry_read_fn)(void *buffer,
                                 size_t capacity,
                                 void *user_data);

// Options of one request; zero and NULL are the defaults.
typedef struct ferry_request_options {
    // Set by `ferry_request_options_init`.
    size_t struct_size;
    // Instead of the one the object was made with.
    const struct ferry_security *security;
    // For the whole call, in milliseconds, all retries included; 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    // NULL: none.
    ferry_progress_fn on_progress;
    // Handed to `on_progress`.
    void *user_data;
} ferry_request_options;

// Options of storing a result; zero and NULL are the defaults.
typedef struct ferry_store_options {
    // Set by `ferry_store_options_init`.
    size_t struct_size;
    // NULL: as the service chooses.
    const char *filename;
    // "S3", "gcs", "azure", "rackspace", "dropbox"; NULL: the account's.
    const char *location;
    // Folder (with a slash at its end) or full key in the storage.
    const char *path;
    // Bucket or container; NULL: the account's.
    const char *container;
    // Of the container.
    const char *region;
    // "public" or "private"; NULL: private.
    const char *access;
    // Workflows to run on the stored file: a JSON array of 1 to 20 ids.
    const char *workflows_json;
    // Whether the result is base64 text, to be stored decoded.
    bool base64decode;
    // Instead of the client's; NULL: the client's.
    const struct ferry_security *security;
    // For the whole call, in milliseconds, all retries included; 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    // NULL: none.
    ferry_progress_fn on_progress;
    // Handed to `on_progress`.
    void *user_data;
} ferry_store_options;

// Takes the next bytes of a result: returns 0 to go on, anything else to fail the call. Runs on the thread that made the call.
typedef int32_t (*ferry_write_fn)(const void *data,
                                  size_t len,
                                  void *user_data);

// Options of a client; zero and NULL are the defaults.
typedef struct ferry_telestream_options {
    // Set by `ferry_telestream_options_init`.
    size_t struct_size;
    // Where calls go whose `factory_id` is NULL; NULL: none.
    const char *factory_id;
    // The API host of the account's region; NULL: "api-gce.pandastream.com", for a client with an API key "api.cloud.telestream.net". It is part of
    // every signature, in `base_url`'s place if that is given.
    const char *api_host;
    // 0: 443. The protocol is https whatever the port.
    uint32_t api_port;
    // NULL: "3.0", for a client with an API key "3.1".
    const char *api_version;
    // An origin to talk to instead, e.g. a gateway or the local cloud; the one way to ask for plain http.
    const char *base_url;
    // NULL: the defaults.
    const struct ferry_connection_options *connection;
} ferry_telestream_options;

// Options of an upload to Telestream; zero and NULL are the defaults.
typedef struct ferry_telestream_upload_options {
    // Set by `ferry_telestream_upload_options_init`.
    size_t struct_size;
    // NULL: the last element of the path.
    const char *filename;
    // Parts under way at once, 1 to 32; 0: 8. Never more than the service allows.
    uint32_t concurrency;
    // One of `FERRY_PROTOCOL_*`.
    int32_t protocol;
    // Files that belong to the video, such as subtitles: a JSON object of a path, or a list of paths, for every tag; NULL: none. They go up after
    // the video, in parts only.
    const char *extra_files_json;
    // For the whole call, in milliseconds, all retries included; 0: the client's `deadline_ms`.
    uint32_t deadline_ms;
    // NULL: none.
    ferry_progress_fn on_progress;
    // Handed to `on_progress`.
    void *user_data;
} ferry_telestream_upload_options;

// Success.
#define FERRY_OK 0

// An argument cannot be used; the message names it. Nothing was sent.
#define FERRY_INVALID_ARGUMENT 1

// The object is not in a state for this call, e.g. it is running already.
#define FERRY_INVALID_STATE 2

// A local file cannot be read or written.
#define FERRY_IO 3

// The connection failed or was cut.
#define FERRY_NETWORK 4

// A timeout or the deadline has passed.
#define FERRY_TIMEOUT 5

// The service answered with an error; see `ferry_error_http_status` and `ferry_error_body`.
#define FERRY_HTTP 6

// The answer was not understood.
#define FERRY_PROTOCOL 7

// What was stored is not what was sent.
#define FERRY_INTEGRITY 8

// The source changed while it was uploaded.
#define FERRY_FILE_CHANGED 9

// Cancelled by the caller.
#define FERRY_CANCELLED 10

// Paused by the caller; run it again to go on.
#define FERRY_PAUSED 11

// The result is not there yet.
#define FERRY_NOT_READY 12

// The signature is not that of the message.
#define FERRY_SIGNATURE_MISMATCH 13

// The signature is right but too old.
#define FERRY_SIGNATURE_EXPIRED 14

// Memory or threads have run out.
#define FERRY_OUT_OF_MEMORY 15

// A bug in the library.
#define FERRY_INTERNAL 99

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the library as text, e.g. "0.1.0". Never NULL; static.
const char *ferry_version(void);

// The version of the library as a number, major << 16 | minor << 8 | patch; compare it with `FERRY_VERSION_NUMBER`
// to learn whether the library is the one the program was compiled for.
uint32_t ferry_version_number(void);

// How many handles, strings and buffers the library has handed out that are not freed yet. A test that ends with 0 leaks
// nothing.
uint64_t ferry_live_objects(void);

// The name of a status, e.g. "FERRY_NETWORK"; "unknown" for a number that is none. Never NULL; static.
const char *ferry_status_name(ferry_status status);

// The status the call returned; `FERRY_OK` for NULL.
ferry_status ferry_error_status(const struct ferry_error *error);

// What was being done, to what, what came back, what to do: one line of text for people. "" for NULL. Borrowed until the
// error is freed.
const char *ferry_error_message(const struct ferry_error *error);

// The HTTP status of the service's answer; 0 if there was none.
int32_t ferry_error_http_status(const struct ferry_error *error);

// The first 16 KiB of the body of the service's answer, secrets replaced; "" if there was none. Borrowed until the error is
// freed.
const char *ferry_error_body(const struct ferry_error *error);

// The step that failed: "start", "upload", "put", "commit", "complete", "download"; "" if the call has no steps or none had begun.
// Borrowed until the error is freed.
const char *ferry_error_step(const struct ferry_error *error);

// Whether the same call can succeed later without a change: the network, a busy service, a pause.
bool ferry_error_retryable(const struct ferry_error *error);

// Frees an error; NULL is allowed.
void ferry_error_free(struct ferry_error *error);

// Frees a text that the library gave away as `char *`; NULL is allowed.
void ferry_string_free(char *string);

// The bytes; NULL only for NULL. Borrowed until the buffer is freed.
const void *ferry_bytes_data(const struct ferry_bytes *bytes);

// How many bytes there are; 0 for NULL.
size_t ferry_bytes_len(const struct ferry_bytes *bytes);

// Frees a buffer; NULL is allowed.
void ferry_bytes_free(struct ferry_bytes *bytes);

// What the value is: one of `FERRY_VALUE_*`. `FERRY_VALUE_NULL` for NULL.
int32_t ferry_value_type(const struct ferry_value *value);

// The member of an object with that name; NULL if there is none. Borrowed. The getters take NULL, so
// `ferry_value_int(ferry_value_get(v, "size"))` needs no check in between.
const struct ferry_value *ferry_value_get(const struct ferry_value *value,
                                          const char *key);

// The item of an array, or the member of an object in the service's order, counted from 0; NULL past the end. Borrowed.
const struct ferry_value *ferry_value_at(const struct ferry_value *value,
                                         size_t index);

// The name of a member of an object, counted from 0; NULL past the end and for anything but an object. Borrowed.
const char *ferry_value_key(const struct ferry_value *value,
                            size_t index);

// How many items an array or members an object has; the length in bytes of a string; else 0.
size_t ferry_value_len(const struct ferry_value *value);

// A string's text; NULL for anything but a string. Borrowed. NUL characters, which JSON can express and C cannot, are left out.
const char *ferry_value_string(const struct ferry_value *value);

// A number as an integer, its fraction cut off, at the end of the range where it is outside; 0 for anything but a number.
int64_t ferry_value_int(const struct ferry_value *value);

// A number; 0 for anything but a number.
double ferry_value_double(const struct ferry_value *value);

// Whether the value is JSON's true.
bool ferry_value_bool(const struct ferry_value *value);

// The value as JSON text; "null" for NULL. Borrowed until the whole answer is freed.
const char *ferry_value_json(const struct ferry_value *value);

// Frees a whole answer and with it the values inside; NULL is allowed.
void ferry_value_free(struct ferry_value *value);

// Sets every field of `options` to its default. `size` is `sizeof *options`.
void ferry_connection_options_init(struct ferry_connection_options *options,
                                   size_t size);

// Signs a policy, e.g. `{"expiry": 1767225600, "call": ["pick", "store"]}`: a JSON object with `expiry` (Unix seconds) and, if you like,
// `call`, `handle`, `url`, `maxSize`, `minSize`, `path`, `container`. Any other key is FERRY_INVALID_ARGUMENT. `app_secret` is not kept.
ferry_status ferry_security_new(const char *policy_json,
                                const char *app_secret,
                                struct ferry_security **out,
                                struct ferry_error **err);

// `ferry_security_new` with any keys and values: for what the service knows and this version of the library does not.
ferry_status ferry_security_new_unchecked(const char *policy_json,
                                          const char *app_secret,
                                          struct ferry_security **out,
                                          struct ferry_error **err);

// The moment `seconds` from now in Unix seconds, for the `expiry` of a policy.
uint64_t ferry_security_expiry_in(uint64_t seconds);

// Whether the policy lets a call pass, asked without the service: FERRY_OK, or FERRY_INVALID_ARGUMENT with the reason. `call` is "read",
// "store", "convert", …; `details_json` is a JSON object of what the policy may look at: "handle", "size", "path", "container", "url", and "now" (Unix
// seconds) instead of the clock; NULL for none.
ferry_status ferry_security_allows(const struct ferry_security *security,
                                   const char *call,
                                   const char *details_json,
                                   struct ferry_error **err);

// Takes a policy (base64) and its signature (hex) that somebody with the secret has made.
ferry_status ferry_security_from_signed(const char *policy_b64,
                                        const char *signature,
                                        struct ferry_security **out,
                                        struct ferry_error **err);

// The policy as the JSON text that was signed. "" for NULL. Borrowed until the security is freed, like all texts below.
const char *ferry_security_policy_json(const struct ferry_security *security);

// The policy in URL-safe base64, as the service takes it. "" for NULL.
const char *ferry_security_policy_b64(const struct ferry_security *security);

// The signature: 64 hexadecimal digits. "" for NULL.
const char *ferry_security_signature(const struct ferry_security *security);

// Both as the element of a URL: "security=p:POLICY,s:SIGNATURE". "" for NULL.
const char *ferry_security_url_string(const struct ferry_security *security);

// Frees a security; NULL is allowed. Clients and uploads made with it keep what they need.
void ferry_security_free(struct ferry_security *security);

// Sets every field to its default. `size` is `sizeof *options`.
void ferry_filestack_options_init(struct ferry_filestack_options *options,
                                  size_t size);

// Makes a client for the application with this API key. Nothing is sent. `options` may be NULL.
ferry_status ferry_filestack_new(const char *apikey,
                                 const struct ferry_filestack_options *options,
                                 struct ferry_filestack **out,
                                 struct ferry_error **err);

// Frees a client; NULL is allowed.
void ferry_filestack_free(struct ferry_filestack *client);

// Sets every field to its default. `size` is `sizeof *options`.
void ferry_upload_options_init(struct ferry_upload_options *options,
                               size_t size);

// Uploads a file and waits for it. `out` gets its filelink. `options` may be NULL.
ferry_status ferry_filestack_upload_file(const struct ferry_filestack *client,
                                         const char *path,
                                         const struct ferry_upload_options *options,
                                         struct ferry_filelink **out,
                                         struct ferry_error **err);

// Uploads bytes in memory and waits. They are not copied: leave them as they are until the call returns. `out` gets the filelink.
ferry_status ferry_filestack_upload_bytes(const struct ferry_filestack *client,
                                          const void *data,
                                          size_t len,
                                          const struct ferry_upload_options *options,
                                          struct ferry_filelink **out,
                                          struct ferry_error **err);

// Uploads what `read` gives and waits. The data goes into an unlinked temporary file in /var/tmp (or /tmp) first, so that memory does not
// grow with it and parts can be sent again; progress is reported from then on. `size` is its length, or `FERRY_SIZE_UNKNOWN`; data of another length is FERRY_FILE_CHANGED.
ferry_status ferry_filestack_upload_reader(const struct ferry_filestack *client,
                                           ferry_read_fn read,
                                           void *read_data,
                                           uint64_t size,
                                           const struct ferry_upload_options *options,
                                           struct ferry_filelink **out,
                                           struct ferry_error **err);

// Has the service fetch and store the file at `url`. Of the options those count that say where and how to store, the tags, and the callback;
// `mimetype` and `alt_text` must be NULL. `options` may be NULL.
ferry_status ferry_filestack_upload_url(const struct ferry_filestack *client,
                                        const char *url,
                                        const struct ferry_upload_options *options,
                                        struct ferry_filelink **out,
                                        struct ferry_error **err);

// Prepares the upload of a file; nothing is sent. The callback of `options` and its user data must live until every
// `ferry_upload_run` has returned.
ferry_status ferry_filestack_upload_new(const struct ferry_filestack *client,
                                        const char *path,
                                        const struct ferry_upload_options *options,
                                        struct ferry_upload **out,
                                        struct ferry_error **err);

// Uploads, and waits until it is done, paused, cancelled or has failed. After FERRY_PAUSED or a failure run it again: what the
// service has confirmed is not sent again. After FERRY_CANCELLED it is over: FERRY_INVALID_STATE. While it runs in another thread:
// FERRY_INVALID_STATE. Once uploaded: FERRY_OK, and nothing happens.
ferry_status ferry_upload_run(const struct ferry_upload *upload,
                              struct ferry_error **err);

// Asks for a pause; returns at once. No new part starts, those under way end, then `ferry_upload_run` returns FERRY_PAUSED. From any
// thread, also inside a callback. Asked for while nothing runs, it pauses the next run at its start. NULL is allowed.
void ferry_upload_pause(const struct ferry_upload *upload);

// Ends the upload for good; returns at once, and `ferry_upload_run` within a second with FERRY_CANCELLED. From any thread, also inside
// a callback. NULL is allowed.
void ferry_upload_cancel(const struct ferry_upload *upload);

// Where the upload stands: "initialized", "uploading", "paused", "error" (failed, and would again), "uploaded", "aborted" (cancelled),
// "interrupted" (failed, and another run can go on). Static; "" for NULL.
const char *ferry_upload_state(const struct ferry_upload *upload);

// What the service said of the stored file, or of the video that it became; JSON's null if Telestream has it all but did not say. FERRY_NOT_READY
// before it is uploaded.
ferry_status ferry_upload_result(const struct ferry_upload *upload,
                                 struct ferry_value **out,
                                 struct ferry_error **err);

// The filelink of the stored file; FERRY_NOT_READY before it is uploaded. Uploads to Telestream have none: FERRY_INVALID_STATE.
ferry_status ferry_upload_filelink(const struct ferry_upload *upload,
                                   struct ferry_filelink **out,
                                   struct ferry_error **err);

// Frees an upload that is not running; NULL is allowed. What the service has is left there.
void ferry_upload_free(struct ferry_upload *upload);

// Sets every field to its default. `size` is `sizeof *options`.
void ferry_request_options_init(struct ferry_request_options *options,
                                size_t size);

// The filelink of a stored file from its handle. Nothing is sent.
ferry_status ferry_filelink_new(const struct ferry_filestack *client,
                                const char *handle,
                                struct ferry_filelink **out,
                                struct ferry_error **err);

// The handle: the last element of the URL. "" for NULL. Borrowed until the filelink is freed.
const char *ferry_filelink_handle(const struct ferry_filelink *filelink);

// The address, never signed. "" for NULL. Borrowed until the filelink is freed.
const char *ferry_filelink_url(const struct ferry_filelink *filelink);

// The address with a policy and its signature: those of `security`, or for NULL those the filelink was made with. `out` is freed
// with `ferry_string_free`.
ferry_status ferry_filelink_signed_url(const struct ferry_filelink *filelink,
                                       const struct ferry_security *security,
                                       char **out,
                                       struct ferry_error **err);

// Downloads the file to `path`, replacing what is there; signed if there is a security. Until all bytes are there they are in a temporary
// file in the same folder. `bytes` gets the length; it may be NULL, and so may `options`.
ferry_status ferry_filelink_download(const struct ferry_filelink *filelink,
                                     const char *path,
                                     const struct ferry_request_options *options,
                                     uint64_t *bytes,
                                     struct ferry_error **err);

// The bytes of the file in memory, at most 1 GiB; signed if there is a security. `options` may be NULL.
ferry_status ferry_filelink_content(const struct ferry_filelink *filelink,
                                    const struct ferry_request_options *options,
                                    struct ferry_bytes **out,
                                    struct ferry_error **err);

// What the service knows of the file. `attributes` is a list such as "size,filename,md5"; NULL for the service's choice. `options` may be NULL.
ferry_status ferry_filelink_metadata(const struct ferry_filelink *filelink,
                                     const char *attributes,
                                     const struct ferry_request_options *options,
                                     struct ferry_value **out,
                                     struct ferry_error **err);

// What the service said when the file was stored; only its handle if the filelink was made from one. Nothing is sent.
ferry_status ferry_filelink_answer(const struct ferry_filelink *filelink,
                                   struct ferry_value **out,
                                   struct ferry_error **err);

// Deletes the file, which needs a security. With `keep_stored` only the handle goes, and the object stays in the storage. `options` may be NULL.
ferry_status ferry_filelink_delete(const struct ferry_filelink *filelink,
                                   bool keep_stored,
                                   const struct ferry_request_options *options,
                                   struct ferry_error **err);

// Replaces the bytes of the stored file by those of the file at `path`, which needs a security. Its name and type stay. `options` may be NULL.
ferry_status ferry_filelink_overwrite_file(const struct ferry_filelink *filelink,
                                           const char *path,
                                           const struct ferry_request_options *options,
                                           struct ferry_error **err);

// The same with bytes in memory.
ferry_status ferry_filelink_overwrite_bytes(const struct ferry_filelink *filelink,
                                            const void *data,
                                            size_t len,
                                            const struct ferry_request_options *options,
                                            struct ferry_error **err);

// The same with what the service finds at `url`; `base64decode` if that is base64 text, to be stored decoded.
ferry_status ferry_filelink_overwrite_url(const struct ferry_filelink *filelink,
                                          const char *url,
                                          bool base64decode,
                                          const struct ferry_request_options *options,
                                          struct ferry_error **err);

// Frees a filelink; NULL is allowed. The file stays where it is.
void ferry_filelink_free(struct ferry_filelink *filelink);

// Sets every field to its default. `size` is `sizeof *options`.
void ferry_store_options_init(struct ferry_store_options *options,
                              size_t size);

// A chain without tasks yet. `source` is a file's handle, an http or https URL, or a storage alias "src://alias/path". Nothing
// is sent.
ferry_status ferry_transform_new(const struct ferry_filestack *client,
                                 const char *source,
                                 struct ferry_transform **out,
                                 struct ferry_error **err);

// A chain over several files, each as `ferry_transform_new` takes it, for the tasks that join files ("collage", "animate", "zip").
ferry_status ferry_transform_new_list(const struct ferry_filestack *client,
                                      const char *const *sources,
                                      size_t count,
                                      struct ferry_transform **out,
                                      struct ferry_error **err);

// Adds a task. `params` is as in a URL, "width:500,align:[top,left]", not percent-encoded; NULL for none. An unknown task or parameter, a value
// out of range or a missing one is FERRY_INVALID_ARGUMENT, says what is allowed, and leaves the chain as it was.
ferry_status ferry_transform_add(struct ferry_transform *transform,
                                 const char *task,
                                 const char *params,
                                 struct ferry_error **err);

// Adds a task, its parameters as a JSON object: {"width": 500, "align": ["top", "left"]}; NULL for none.
ferry_status ferry_transform_add_json(struct ferry_transform *transform,
                                      const char *task,
                                      const char *params_json,
                                      struct ferry_error **err);

// Adds an element of the URL as it is, "new_task=k:v", unchecked: for what this version of the library does not know.
ferry_status ferry_transform_add_raw(struct ferry_transform *transform,
                                     const char *element,
                                     struct ferry_error **err);

// Whether the API key stands in the URL of a handle too, as some accounts want it; it always does for other sources. NULL is
// allowed.
void ferry_transform_with_apikey(struct ferry_transform *transform,
                                 bool always);

// The URL of the result, unsigned, ready to be sent by any client. `out` is freed with `ferry_string_free`.
ferry_status ferry_transform_url(const struct ferry_transform *transform,
                                 char **out,
                                 struct ferry_error **err);

// The URL of the result with a policy and its signature: those of `security`, or the client's for NULL. `out` is freed with
// `ferry_string_free`.
ferry_status ferry_transform_signed_url(const struct ferry_transform *transform,
                                        const struct ferry_security *security,
                                        char **out,
                                        struct ferry_error **err);

// The URL of the result in base64 form, for sources and values that no path can carry; signed with `security`, or the client's, if there is
// one. `out` is freed with `ferry_string_free`.
ferry_status ferry_transform_base64_url(const struct ferry_transform *transform,
                                        const struct ferry_security *security,
                                        char **out,
                                        struct ferry_error **err);

// Runs the chain and downloads the result to `path`, replacing what is there once all bytes have come. `bytes` gets the length; it may be
// NULL, and so may `options`.
ferry_status ferry_transform_download(const struct ferry_transform *transform,
                                      const char *path,
                                      const struct ferry_request_options *options,
                                      uint64_t *bytes,
                                      struct ferry_error **err);

// Runs the chain; the result in memory, at most 1 GiB. `options` may be NULL.
ferry_status ferry_transform_content(const struct ferry_transform *transform,
                                     const struct ferry_request_options *options,
                                     struct ferry_bytes **out,
                                     struct ferry_error **err);

// Runs the chain and hands the result to `write`, piece by piece. Once a piece was handed over, a failure is final. `bytes` gets the length;
// it may be NULL, and so may `options`.
ferry_status ferry_transform_stream(const struct ferry_transform *transform,
                                    ferry_write_fn write,
                                    void *write_data,
                                    const struct ferry_request_options *options,
                                    uint64_t *bytes,
                                    struct ferry_error **err);

// Runs a chain whose last task answers with JSON ("tags", "sfw", "ocr", "caption", "imagesize", "metadata", …). `options` may be NULL.
ferry_status ferry_transform_json(const struct ferry_transform *transform,
                                  const struct ferry_request_options *options,
                                  struct ferry_value **out,
                                  struct ferry_error **err);

// Runs the chain and stores the result as a new file; the chain stays as it is. Not repeatable without trace: if an answer is lost on
// the way, the attempt that follows stores once more. `options` may be NULL.
ferry_status ferry_transform_store(const struct ferry_transform *transform,
                                   const struct ferry_store_options *options,
                                   struct ferry_filelink **out,
                                   struct ferry_error **err);

// Starts the conversion of audio or video with the parameters of the task "video_convert" as a JSON object, e.g. {"preset": "h264"}. `options`
// may be NULL.
ferry_status ferry_transform_av_convert(const struct ferry_transform *transform,
                                        const char *params_json,
                                        const struct ferry_request_options *options,
                                        struct ferry_av **out,
                                        struct ferry_error **err);

// A copy, to go on in two directions.
ferry_status ferry_transform_clone(const struct ferry_transform *transform,
                                   struct ferry_transform **out,
                                   struct ferry_error **err);

// Frees a chain; NULL is allowed.
void ferry_transform_free(struct ferry_transform *transform);

// A chain that starts with a screenshot of the page at `url`. `params` is as in `ferry_transform_add`, "agent:mobile,width:400"; NULL for the
// defaults. Nothing is sent.
ferry_status ferry_filestack_screenshot(const struct ferry_filestack *client,
                                        const char *url,
                                        const char *params,
                                        struct ferry_transform **out,
                                        struct ferry_error **err);

// Downloads 1 to 100 files, each a handle or an http or https URL, as one ZIP archive to `path`. `bytes` gets its length; it may be NULL, and so
// may `options`.
ferry_status ferry_filestack_zip(const struct ferry_filestack *client,
                                 const char *const *sources,
                                 size_t count,
                                 const char *path,
                                 const struct ferry_request_options *options,
                                 uint64_t *bytes,
                                 struct ferry_error **err);

// The job's id. "" for NULL. Borrowed until the conversion is freed, like all texts below.
const char *ferry_av_uuid(const struct ferry_av *av);

// When the job began, as the service says it. "" for NULL.
const char *ferry_av_timestamp(const struct ferry_av *av);

// The URL of the conversion, unsigned. "" for NULL.
const char *ferry_av_url(const struct ferry_av *av);

// Asks the service how far it is: "started", "pending", "completed" or "failed". `out` is freed with `ferry_string_free`; `options` may be NULL.
ferry_status ferry_av_status(const struct ferry_av *av,
                             const struct ferry_request_options *options,
                             char **out,
                             struct ferry_error **err);

// Asks until the conversion is completed, with pauses from 1 to 5 seconds; a failed one is FERRY_HTTP with the service's reason. `deadline_ms` of
// `options` bounds the wait, its callback is called meanwhile and can cancel it. `out` gets the service's description of the result; it
// may be NULL, and so may `options`.
ferry_status ferry_av_wait(const struct ferry_av *av,
                           const struct ferry_request_options *options,
                           struct ferry_value **out,
                           struct ferry_error **err);

// The converted file: FERRY_NOT_READY until `ferry_av_status` or `ferry_av_wait` has seen it completed. Nothing is sent.
ferry_status ferry_av_filelink(const struct ferry_av *av,
                               struct ferry_filelink **out,
                               struct ferry_error **err);

// Frees a conversion; NULL is allowed. The job goes on.
void ferry_av_free(struct ferry_av *av);

// Starts a workflow on a file, a handle or an http or https URL. `out` gets the job, whose "jobid" `ferry_filestack_workflow_status` takes. `options`
// may be NULL.
ferry_status ferry_filestack_workflow_run(const struct ferry_filestack *client,
                                          const char *workflow_id,
                                          const char *source,
                                          const struct ferry_request_options *options,
                                          struct ferry_value **out,
                                          struct ferry_error **err);

// How far a workflow's job has come: "status" is "Started", "Finished" or "Failed", "results" has what each task gave. `options` may be
// NULL.
ferry_status ferry_filestack_workflow_status(const struct ferry_filestack *client,
                                             const char *job_id,
                                             const struct ferry_request_options *options,
                                             struct ferry_value **out,
                                             struct ferry_error **err);

// Verifies a webhook: FERRY_OK, FERRY_SIGNATURE_MISMATCH or FERRY_SIGNATURE_EXPIRED. `body` is the raw body of the request, before any parsing;
// `timestamp` and `signature` are its headers FS-Timestamp and FS-Signature. `tolerance_seconds` is the greatest age (and the greatest lead of the
// service's clock) of a message, 300 is usual; 0: any age. Compared in constant time; the right signature is never told.
ferry_status ferry_webhook_verify(const char *secret,
                                  const void *body,
                                  size_t len,
                                  const char *timestamp,
                                  const char *signature,
                                  uint32_t tolerance_seconds,
                                  struct ferry_error **err);

// `ferry_webhook_verify` while secrets change: the message may be signed with any of the `count` secrets.
ferry_status ferry_webhook_verify_any(const char *const *secrets,
                                      size_t count,
                                      const void *body,
                                      size_t len,
                                      const char *timestamp,
                                      const char *signature,
                                      uint32_t tolerance_seconds,
                                      struct ferry_error **err);

// Signs a message as the service does, to test a receiver. `out` is freed with `ferry_string_free`.
ferry_status ferry_webhook_sign(const char *secret,
                                const void *body,
                                size_t len,
                                const char *timestamp,
                                char **out,
                                struct ferry_error **err);

// Sets every field to its default. `size` is `sizeof *options`.
void ferry_telestream_options_init(struct ferry_telestream_options *options,
                                   size_t size);

// Makes a client for an account of API 3.0 with these keys. Nothing is sent, and the secret key is not kept as it is. `options` may be NULL.
ferry_status ferry_telestream_new(const char *access_key,
                                  const char *secret_key,
                                  const struct ferry_telestream_options *options,
                                  struct ferry_telestream **out,
                                  struct ferry_error **err);

// Makes a client for an account of API 3.1, whose one key goes with every request (the header X-Api-Key); nothing is signed. The same calls go to
// the same resources. Nothing is sent. Of the options, `api_host` is by default "api.cloud.telestream.net" and `api_version` "3.1". They may be NULL.
ferry_status ferry_telestream_new_with_apikey(const char *apikey,
                                              const struct ferry_telestream_options *options,
                                              struct ferry_telestream **out,
                                              struct ferry_error **err);

// Signs a request that somebody else sends, e.g. a browser that must not know the secret key. `out_json` gets a JSON object: the parameters
// as they were given, and "factory_id" (if there is one), "access_key", "timestamp" and "signature". `method` is GET, POST, PUT or DELETE, `path`
// begins after the version, e.g. "/videos.json". `params_json` is a JSON object or NULL; "file" is not signed, true and false are signed as True and
// False and must be sent so, an object under "pipeline" becomes a text. `timestamp` is usually NULL: now. `out_json` is freed with
// `ferry_string_free`. FERRY_INVALID_STATE for a client with an API key.
ferry_status ferry_telestream_signed_params(const struct ferry_telestream *telestream,
                                            const char *method,
                                            const char *path,
                                            const char *params_json,
                                            const char *timestamp,
                                            char **out_json,
                                            struct ferry_error **err);

// Sends any request: GET, POST, PUT or DELETE, a path that begins after the version, e.g. "/videos.json", and a JSON object of parameters or NULL.
// True and false are sent as True and False; give "true" as a text where the service wants that. One level of objects is taken, e.g. "events", no list
// but "profiles". `out` is JSON's null if the answer has no body. A GET is repeated as often as the client's `max_retries` says, PUT and DELETE twice at
// most, a POST only where it has surely not arrived.
ferry_status ferry_telestream_request(const struct ferry_telestream *telestream,
                                      const char *method,
                                      const char *path,
                                      const char *params_json,
                                      struct ferry_value **out,
                                      struct ferry_error **err);

// Frees a client; NULL is allowed.
void ferry_telestream_free(struct ferry_telestream *telestream);

// One page of a resource, one of FERRY_FACTORIES, FERRY_VIDEOS, FERRY_ENCODINGS and FERRY_PROFILES: an array. `factory_id` is where to look; NULL: the
// client's factory, here and below. `params_json` is a JSON object or NULL: "page" from 1 and "per_page" up to 100, which is the default; there are more
// pages until one has fewer. Videos and encodings: "status" (success, fail, processing); encodings: "video_id", "profile_id", "profile_name".
ferry_status ferry_telestream_list(const struct ferry_telestream *telestream,
                                   int32_t resource,
                                   const char *factory_id,
                                   const char *params_json,
                                   struct ferry_value **out,
                                   struct ferry_error **err);

// All pages of a resource as one array. `params_json` as for `ferry_telestream_list`, but without "page". `deadline_ms` of `options` bounds the whole
// call, its callback is called meanwhile and can cancel it; it may be NULL.
ferry_status ferry_telestream_list_all(const struct ferry_telestream *telestream,
                                       int32_t resource,
                                       const char *factory_id,
                                       const char *params_json,
                                       const struct ferry_request_options *options,
                                       struct ferry_value **out,
                                       struct ferry_error **err);

// One object by its id, a profile also by its name. `params_json` is a JSON object or NULL: "screenshots" (encodings) and "expand" (profiles) ask for more.
ferry_status ferry_telestream_find(const struct ferry_telestream *telestream,
                                   int32_t resource,
                                   const char *factory_id,
                                   const char *id,
                                   const char *params_json,
                                   struct ferry_value **out,
                                   struct ferry_error **err);

// Makes an object of the members of a JSON object; true and false are sent as the service takes them, here and below. A video needs "source_url", or "file", the
// path of a local file that goes up in this one request (API 3.0 only; uploads can do more), an encoding "video_id" and one of "profile_id" and "profile_name", a profile "preset_name", or "command" and "extname". It is not repeated once it may have
// arrived, else there were two.
ferry_status ferry_telestream_create(const struct ferry_telestream *telestream,
                                     int32_t resource,
                                     const char *factory_id,
                                     const char *params_json,
                                     struct ferry_value **out,
                                     struct ferry_error **err);

// Changes the given members of a factory or a profile, with an API key also of an encoding; nothing else can be changed. `factory_id` NULL is the factory itself for
// FERRY_FACTORIES.
ferry_status ferry_telestream_update(const struct ferry_telestream *telestream,
                                     int32_t resource,
                                     const char *factory_id,
                                     const char *id,
                                     const char *params_json,
                                     struct ferry_value **out,
                                     struct ferry_error **err);

// Deletes a video with all its files, an encoding or a profile; factories cannot be deleted. `out` is JSON's null if the service says no more.
ferry_status ferry_telestream_delete(const struct ferry_telestream *telestream,
                                     int32_t resource,
                                     const char *factory_id,
                                     const char *id,
                                     struct ferry_value **out,
                                     struct ferry_error **err);

// The encodings of one video. `params_json` as for `ferry_telestream_list`.
ferry_status ferry_telestream_video_encodings(const struct ferry_telestream *telestream,
                                              const char *factory_id,
                                              const char *video_id,
                                              const char *params_json,
                                              struct ferry_value **out,
                                              struct ferry_error **err);

// What the service has read from the video's file.
ferry_status ferry_telestream_video_metadata(const struct ferry_telestream *telestream,
                                             const char *factory_id,
                                             const char *video_id,
                                             struct ferry_value **out,
                                             struct ferry_error **err);

// Deletes the file a video was made from, and keeps its encodings. `out` is JSON's null if the service says no more.
ferry_status ferry_telestream_video_delete_source(const struct ferry_telestream *telestream,
                                                  const char *factory_id,
                                                  const char *video_id,
                                                  struct ferry_value **out,
                                                  struct ferry_error **err);

// Begins a failed encoding again. `out` is JSON's null if the service says no more.
ferry_status ferry_telestream_encoding_retry(const struct ferry_telestream *telestream,
                                             const char *factory_id,
                                             const char *encoding_id,
                                             struct ferry_value **out,
                                             struct ferry_error **err);

// Stops an encoding. `out` is JSON's null if the service says no more.
ferry_status ferry_telestream_encoding_cancel(const struct ferry_telestream *telestream,
                                              const char *factory_id,
                                              const char *encoding_id,
                                              struct ferry_value **out,
                                              struct ferry_error **err);

// Where a factory sends its notifications ("url", "delay" in seconds, "send_video_payload") and of which "events".
ferry_status ferry_telestream_notifications(const struct ferry_telestream *telestream,
                                            const char *factory_id,
                                            struct ferry_value **out,
                                            struct ferry_error **err);

// Changes the given members of what `ferry_telestream_notifications` tells. "events" is an object of "video_created", "video_encoded",
// "encoding_progress" and "encoding_completed", each true or false.
ferry_status ferry_telestream_notifications_update(const struct ferry_telestream *telestream,
                                                   const char *factory_id,
                                                   const char *params_json,
                                                   struct ferry_value **out,
                                                   struct ferry_error **err);

// Asks until the service has stored a video, with pauses from 1 to 5 seconds; its encodings may still be under way. One that has failed is FERRY_HTTP with
// the service's reason. `deadline_ms` of `options` bounds the wait, its callback is called meanwhile and can cancel it, and it may be NULL; the same
// holds for the calls below.
ferry_status ferry_telestream_video_wait(const struct ferry_telestream *telestream,
                                         const char *factory_id,
                                         const char *video_id,
                                         const struct ferry_request_options *options,
                                         struct ferry_value **out,
                                         struct ferry_error **err);

// Asks until an encoding is done. One that has failed is FERRY_HTTP with the service's reason. Progress is told in percent: `bytes_done` of 100.
ferry_status ferry_telestream_encoding_wait(const struct ferry_telestream *telestream,
                                            const char *factory_id,
                                            const char *encoding_id,
                                            const struct ferry_request_options *options,
                                            struct ferry_value **out,
                                            struct ferry_error **err);

// Asks until a video is stored and none of its encodings is under way; `out` gets them as an array. One that failed is among them, its "status" is
// "fail". Progress is told in percent: 100 for each encoding.
ferry_status ferry_telestream_video_encodings_wait(const struct ferry_telestream *telestream,
                                                   const char *factory_id,
                                                   const char *video_id,
                                                   const struct ferry_request_options *options,
                                                   struct ferry_value **out,
                                                   struct ferry_error **err);

// Sets every field to its default. `size` is `sizeof *options`.
void ferry_telestream_upload_options_init(struct ferry_telestream_upload_options *options,
                                          size_t size);

// Prepares the upload of a file that becomes a video; nothing is sent. `factory_id` NULL: the client's factory. `params_json` says what the video shall
// have, a JSON object or NULL: "profiles" (a list, or a text with commas; none given: all of the factory; "none": none yet), "path_format", "payload",
// "pipeline" and so on. `options` may be NULL; its callback and user data must live until every `ferry_upload_run` has returned. The handle is used like
// that of `ferry_filestack_upload_new`: run it, and run it again after a failure. A run that was cancelled also takes the upload back at the service.
// The address that bytes go to is the service's choice, and may be plain http.
ferry_status ferry_telestream_upload_new(const struct ferry_telestream *telestream,
                                         const char *factory_id,
                                         const char *path,
                                         const char *params_json,
                                         const struct ferry_telestream_upload_options *options,
                                         struct ferry_upload **out,
                                         struct ferry_error **err);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FERRY_H */
