/* Every function of Telestream that talks takes options: a deadline, and a callback that is told and can end
 * it. */
#include "telestream.h"

typedef ferry_status (*asking)(
    const ferry_telestream *, const ferry_request_options *, ferry_value **, ferry_error **);

#define ASKING(name, ...)                                                                                    \
    static ferry_status name(const ferry_telestream *telestream, const ferry_request_options *options,       \
        ferry_value **out, ferry_error **err) {                                                              \
        return ferry_telestream_##name(telestream, __VA_ARGS__, options, out, err);                          \
    }

ASKING(list, FERRY_VIDEOS, NULL, NULL)
ASKING(list_all, FERRY_VIDEOS, NULL, NULL)
ASKING(find, FERRY_VIDEOS, NULL, "v", NULL)
ASKING(create, FERRY_VIDEOS, NULL, "{\"source_url\":\"http://127.0.0.1:9/x\"}")
ASKING(update, FERRY_PROFILES, NULL, "p", "{\"fps\":5}")
ASKING(delete, FERRY_VIDEOS, NULL, "v")
ASKING(video_encodings, NULL, "v", NULL)
ASKING(video_metadata, NULL, "v")
ASKING(video_delete_source, NULL, "v")
ASKING(encoding_retry, NULL, "e")
ASKING(encoding_cancel, NULL, "e")
ASKING(notifications, NULL)
ASKING(notifications_update, NULL, "{\"delay\":5}")
ASKING(video_wait, NULL, "v")
ASKING(encoding_wait, NULL, "e")
ASKING(video_encodings_wait, NULL, "v")

static ferry_status request(const ferry_telestream *telestream, const ferry_request_options *options,
    ferry_value **out, ferry_error **err) {
    ferry_response *response = (ferry_response *)&response;
    const ferry_status status =
        ferry_telestream_request(telestream, "GET", "/x.json", NULL, options, &response, err);
    CHECK(response == NULL);
    *out = NULL;
    return status;
}

static const asking all[] = {
    list,
    list_all,
    find,
    create,
    update,
    delete,
    video_encodings,
    video_metadata,
    video_delete_source,
    encoding_retry,
    encoding_cancel,
    notifications,
    notifications_update,
    video_wait,
    encoding_wait,
    video_encodings_wait,
    request,
};

#define COUNT (sizeof all / sizeof *all)

static void security_is_refused(const ferry_telestream *telestream) {
    ferry_security *security = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_security_new("{\"expiry\":4102444800}", "secret", &security, &err), err);
    ferry_request_options options = request_options();
    options.security = security;
    cloud_reset();
    for (size_t i = 0; i < COUNT; i++) {
        FAILS(FERRY_INVALID_ARGUMENT, 0, "security", all[i], telestream, &options);
    }
    CHECK(cloud_count("any", 0) == 0);
    ferry_security_free(security);
}

static int32_t say_no_later(const ferry_progress *progress, void *user_data) {
    collect(progress, user_data);
    return ((struct reports *)user_data)->count >= 2;
}

/* The service takes requests and does not answer. */
static void each_ends_in_time(const ferry_telestream *telestream) {
    cloud_reset();
    cloud_faults("[{\"class\":\"flip_api\",\"action\":{\"stall_ms\":30000}}]");
    for (size_t i = 0; i < COUNT; i++) {
        const int before = check_failures;
        ferry_request_options options = request_options();
        options.deadline_ms = 200;
        double began = check_now();
        FAILS(FERRY_TIMEOUT, 0, "cannot ", all[i], telestream, &options);
        CHECK_AT(
            is_small() || check_now() - began < 1.2, "the deadline came after %.2f s", check_now() - began);

        struct reports reports = {.thread = pthread_self()};
        options = request_options();
        options.on_progress = say_no_later;
        options.user_data = &reports;
        ferry_value *value = (ferry_value *)&value;
        ferry_error *err = NULL;
        began = check_now();
        const ferry_status status = all[i](telestream, &options, &value, &err);
        /* The second report comes after 0.4 s. */
        CHECK_AT(is_small() || check_now() - began < 1.5, "the end came after %.2f s", check_now() - began);
        CHECK(value == NULL);
        CHECK(reports.count == 2 && reports.elsewhere == 0);
        CHECK_ERROR(status, FERRY_CANCELLED, err, "cannot ");
        CHECK_AT(check_failures == before, "... of function %zu", i);
    }
    CHECK_AT(cloud_count("flip_api", 0) >= (int)COUNT, "%d requests", cloud_count("flip_api", 0));
    cloud_reset();
}

static void a_file_in_one_request_is_counted(const ferry_telestream *telestream) {
    const size_t length = 2 * MIB;
    unsigned char *bytes = noise(length, 7);
    const char *const params =
        filled("{\"file\":\"%s\",\"profiles\":\"none\"}", scratch_file("one.mp4", bytes, length));
    struct reports reports = {.thread = pthread_self()};
    ferry_request_options options = request_options();
    options.on_progress = collect;
    options.user_data = &reports;
    cloud_reset();
    ANSWER(video, ferry_telestream_create, telestream, FERRY_VIDEOS, NULL, params, &options);
    ANSWER(found, ferry_telestream_find, telestream, FERRY_VIDEOS, NULL, text_of(video, "id"), NULL, NULL);
    CHECK(int_of(found, "file_size") == (int64_t)length);
    ferry_value_free(found);
    const uint64_t sent = reports.newest.bytes_total;
    CHECK_AT(sent > length && sent < length + 1000, "%llu bytes were sent", (unsigned long long)sent);
    check_reports(&reports, sent, 0);
    ferry_value_free(video);
    free(bytes);
}

static void a_response_is_whole(const ferry_telestream *telestream) {
    ferry_response *response = NULL;
    ferry_value *value = NULL;
    ferry_error *err = NULL;
    CHECK_OK(
        ferry_telestream_request(telestream, "GET", "/encodings/count.json", NULL, NULL, &response, &err),
        err);
    CHECK(ferry_response_status(response) == 200);
    CHECK_HAS(ferry_response_header(response, "CONTENT-TYPE"), "application/json");
    CHECK(strlen(ferry_response_body(response)) == ferry_response_body_len(response));
    CHECK_OK(ferry_response_json(response, &value, &err), err);
    CHECK(ferry_value_type(value) == FERRY_VALUE_OBJECT);
    CHECK_HAS(ferry_response_url(response), "/v3.0/encodings/count.json");
    CHECK(strchr(ferry_response_url(response), '?') == NULL);
    ferry_value_free(value);
    ferry_response_free(response);
}

int main(void) {
    check_begin();
    ferry_telestream *telestream = telestream_signed(FIRST);
    security_is_refused(telestream);
    each_ends_in_time(telestream);
    a_file_in_one_request_is_counted(telestream);
    a_response_is_whole(telestream);
    ferry_telestream_free(telestream);
    return check_result();
}
