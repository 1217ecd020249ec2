/* Clients of Telestream, calls and what they answer, and files that become videos. */
#ifndef FERRY_TEST_TELESTREAM_H
#define FERRY_TEST_TELESTREAM_H

#include <pthread.h>
#include <stdarg.h>

#include "chain.h"

/* The factories that the local cloud has from the start. */
#define FIRST "fac1fac1fac1fac1fac1fac1fac1fac1"
#define SECOND "fac2fac2fac2fac2fac2fac2fac2fac2"

/* The calls that take a client first; they must succeed. `name` is what they answer, to be freed. */
#define ANSWER(name, call, ...)                                                                              \
    ferry_value *name = (ferry_value *)&name;                                                                \
    do {                                                                                                     \
        ferry_error *answer_err = NULL;                                                                      \
        CHECK_OK(call(__VA_ARGS__, &name, &answer_err), answer_err);                                         \
    } while (0)

/* They fail so, with that status of HTTP (0: none) and a message that has that part in it, and give nothing.
 */
#define FAILS(wanted, http, part, call, ...)                                                                 \
    do {                                                                                                     \
        ferry_value *fails_value = (ferry_value *)&fails_value;                                              \
        ferry_error *fails_err = NULL;                                                                       \
        const ferry_status fails_got = call(__VA_ARGS__, &fails_value, &fails_err);                          \
        CHECK(fails_value == NULL);                                                                          \
        CHECK_AT(ferry_error_http_status(fails_err) == (http), "HTTP status %d",                             \
            (int)ferry_error_http_status(fails_err));                                                        \
        CHECK_ERROR(fails_got, wanted, fails_err, part);                                                     \
    } while (0)

/* A request without a function of its own; what its response says. */
static inline ferry_status telestream_request(const ferry_telestream *telestream, const char *method,
    const char *path, const char *params, ferry_value **out, ferry_error **err) {
    ferry_response *response = (ferry_response *)&response;
    *out = NULL;
    ferry_status status = ferry_telestream_request(telestream, method, path, params, NULL, &response, err);
    CHECK((status == FERRY_OK) == (response != NULL));
    if (status == FERRY_OK) {
        CHECK(ferry_response_status(response) / 100 == 2);
        CHECK_HAS(ferry_response_header(response, "Content-Type"), "json");
        CHECK(strchr(ferry_response_url(response), '?') == NULL);
        status = ferry_response_json(response, out, err);
    }
    ferry_response_free(response);
    return status;
}

static inline ferry_telestream_options telestream_options(void) {
    ferry_telestream_options options;
    ferry_telestream_options_init(&options, sizeof options);
    return options;
}

static inline ferry_telestream_upload_options telestream_upload_options(void) {
    ferry_telestream_upload_options options;
    ferry_telestream_upload_options_init(&options, sizeof options);
    return options;
}

static inline ferry_telestream *telestream_with(
    const char *access_key, const char *secret_key, const ferry_telestream_options *options) {
    ferry_telestream *telestream = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_new(access_key, secret_key, options, &telestream, &err), err);
    return telestream;
}

static inline ferry_telestream *telestream_with_apikey(
    const char *apikey, const ferry_telestream_options *options) {
    ferry_telestream *telestream = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_new_with_apikey(apikey, options, &telestream, &err), err);
    return telestream;
}

/* Makes a client of the local cloud's account with that factory. */
typedef ferry_telestream *(*telestream_maker)(const char *factory_id);

static inline ferry_telestream_options telestream_local(const char *factory_id) {
    ferry_telestream_options options = telestream_options();
    options.base_url = env("FERRY_TEST_HTTP");
    options.factory_id = factory_id;
    return options;
}

/* API 3.0: signed. */
static inline ferry_telestream *telestream_signed(const char *factory_id) {
    const ferry_telestream_options options = telestream_local(factory_id);
    return telestream_with("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &options);
}

/* API 3.1: with an API key. */
static inline ferry_telestream *telestream_keyed(const char *factory_id) {
    const ferry_telestream_options options = telestream_local(factory_id);
    return telestream_with_apikey("LOCAL_API_KEY", &options);
}

/* Signed, on the first factory, and never tries again. */
static inline ferry_telestream *telestream_without_retries(void) {
    ferry_connection_options connection = connection_options();
    connection.max_retries = FERRY_NO_RETRIES;
    ferry_telestream_options options = telestream_local(FIRST);
    options.connection = &connection;
    return telestream_with("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", &options);
}

/* The parameters of a request, signed; freed with ferry_string_free. */
static inline char *telestream_sign(const ferry_telestream *telestream, const char *method, const char *path,
    const char *params, const char *timestamp) {
    char *json = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_signed_params(telestream, method, path, params, timestamp, &json, &err), err);
    return json;
}

/* A member of a JSON object is this text. */
static inline void check_member(const char *json, const char *name, const char *wanted) {
    char *got = json_text(json_get(json, name));
    CHECK_STR(got, wanted);
    free(got);
}

/* Text with values in it; good until the thread's next call. */
__attribute__((format(printf, 1, 2))) static inline const char *filled(const char *format, ...) {
    static _Thread_local char text[8192];
    va_list values;
    va_start(values, format);
    CHECK(vsnprintf(text, sizeof text, format, values) < (int)sizeof text);
    va_end(values);
    return text;
}

/* Members of an object. */
static inline const char *text_of(const ferry_value *object, const char *name) {
    return ferry_value_string(ferry_value_get(object, name));
}

static inline int64_t int_of(const ferry_value *object, const char *name) {
    return ferry_value_int(ferry_value_get(object, name));
}

static inline int is_true(const ferry_value *object, const char *name) {
    return ferry_value_bool(ferry_value_get(object, name));
}

/* A copy of an object's id; freed by the caller. */
static inline char *id_of(const ferry_value *object) {
    const char *id = text_of(object, "id");
    CHECK_AT(id != NULL, "there is no id in %s", ferry_value_json(object));
    return strdup(id != NULL ? id : "none");
}

/* What the newest request of that class said; NULL for the member: that it was not said. */
static inline void check_said(const char *class, const char *member, const char *wanted) {
    char *said = cloud_said(class, member);
    CHECK_STR(said, wanted != NULL ? wanted : "");
    free(said);
}

/* An upload of the file at that path, to the client's factory. */
static inline ferry_upload *telestream_upload(const ferry_telestream *telestream, const char *path,
    const char *params, const ferry_telestream_upload_options *options) {
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_upload_new(telestream, NULL, path, params, options, &upload, &err), err);
    return upload;
}

/* A video of a file of that name with these bytes; its id, freed by the caller. */
static inline char *telestream_video(const ferry_telestream *telestream, const char *filename,
    const void *bytes, size_t length, const char *params) {
    ferry_error *err = NULL;
    ferry_upload *upload = telestream_upload(telestream, scratch_file(filename, bytes, length), params, NULL);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    ANSWER(video, ferry_upload_result, upload);
    char *id = id_of(video);
    ferry_value_free(video);
    ferry_upload_free(upload);
    return id;
}

/* The address of what an encoding has made: the factory's, and its first file behind it. Freed by the caller.
 */
static inline char *output_url(
    const ferry_telestream *telestream, const char *factory_id, const ferry_value *encoding) {
    ANSWER(factory, ferry_telestream_find, telestream, FERRY_FACTORIES, NULL, factory_id, NULL, NULL);
    const char *file = ferry_value_string(ferry_value_at(ferry_value_get(encoding, "files"), 0));
    CHECK_AT(file != NULL, "no files: %s", ferry_value_json(encoding));
    char *url = strdup(filled("%s%s", text_of(factory, "url"), file));
    ferry_value_free(factory);
    return url;
}

/* What is at that address on the local cloud has exactly these bytes; Filestack's side of it fetches them. */
static inline void check_at(const char *url, const void *bytes, size_t length) {
    ferry_filestack *client = client_new(NULL);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_url(client, url, NULL, &link, &err), err);
    check_content(link, bytes, length);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
}

/* What the cloud knows of the upload session for a video of that name, as JSON; "" if there is none. Freed by
 * the caller. */
static inline char *cloud_session(const char *filename) {
    char wanted[256], *sessions = cloud_ask("GET", "sessions", "");
    snprintf(wanted, sizeof wanted, "\"%s\"", filename);
    const char *found = NULL;
    for (const char *session = json_first(sessions); session != NULL; session = json_next(session)) {
        const char *name = json_get(json_first(json_get(session, "files")), "name");
        found = json_is(name, wanted) ? session : found;
    }
    char *copy = json_copy(found);
    free(sessions);
    return copy;
}

/* A member of a file of that session, counted from 0, the video's; it is written so. */
static inline void check_sent(const char *filename, int number, const char *member, const char *wanted) {
    char *session = cloud_session(filename);
    const char *file = json_first(json_get(session, "files"));
    for (; number > 0 && file != NULL; number--) {
        file = json_next(file);
    }
    char *found = json_copy(json_get(file, member));
    CHECK_STR(found, wanted);
    free(found);
    free(session);
}

/* Waits for the first encoding of a video; it must have been made, of these bytes. */
static inline void check_output(const ferry_telestream *telestream, const char *factory_id,
    const char *video_id, const void *bytes, size_t length) {
    /* Every look brings the local cloud's encodings nearer to their end: so the wait need not pause. */
    ANSWER(look, ferry_telestream_video_encodings, telestream, factory_id, video_id, NULL, NULL);
    ferry_value_free(look);
    ANSWER(encodings, ferry_telestream_video_encodings_wait, telestream, factory_id, video_id, NULL);
    const ferry_value *encoding = ferry_value_at(encodings, 0);
    CHECK_STR(text_of(encoding, "status"), "success");
    char *url = output_url(telestream, factory_id, encoding);
    check_at(url, bytes, length);
    free(url);
    ferry_value_free(encodings);
}

/* What a progress callback was told. */
struct reports {
    pthread_t thread;
    ferry_progress newest;
    int count, full, backwards, elsewhere;
};

static inline int32_t collect(const ferry_progress *progress, void *user_data) {
    struct reports *reports = user_data;
    reports->count++;
    reports->elsewhere += !pthread_equal(pthread_self(), reports->thread);
    reports->backwards += progress->bytes_done < reports->newest.bytes_done ||
                          progress->parts_done < reports->newest.parts_done;
    CHECK_AT(progress->bytes_total == 0 || progress->bytes_done <= progress->bytes_total,
        "more bytes done than there are");
    CHECK_AT(progress->parts_done <= progress->parts_total, "%u of %u parts", progress->parts_done,
        progress->parts_total);
    reports->full += progress->bytes_total > 0 && progress->bytes_done == progress->bytes_total;
    reports->newest = *progress;
    return 0;
}

/* On this thread, never downwards, and 100 % once, at the end. */
static inline void check_reports(const struct reports *reports, uint64_t total, uint32_t parts) {
    CHECK(reports->count >= 2 && reports->elsewhere == 0 && reports->backwards == 0);
    CHECK_AT(reports->full == 1, "100 %% was told %d times", reports->full);
    const ferry_progress *newest = &reports->newest;
    CHECK_AT(newest->bytes_done == total && newest->bytes_total == total, "%llu of %llu",
        (unsigned long long)newest->bytes_done, (unsigned long long)newest->bytes_total);
    CHECK_AT(newest->parts_done == parts && newest->parts_total == parts, "%u of %u parts",
        newest->parts_done, newest->parts_total);
}

#endif
