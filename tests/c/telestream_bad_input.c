/* What Telestream cannot take is refused with a reason, before anything is sent. */
#include "telestream.h"

static void clients(void) {
    ferry_telestream_options scheme = telestream_options(), port = telestream_options(),
                             both = telestream_options();
    ferry_telestream_options version = telestream_options(), factory = telestream_options(),
                             base = telestream_options();
    scheme.api_host = "https://api.example.com";
    port.api_port = 65536;
    both.base_url = "http://127.0.0.1:9";
    both.api_port = 80;
    version.api_version = "3.0/x";
    factory.factory_id = "";
    base.base_url = "api.example.com";
    const struct {
        const char *access, *secret;
        const ferry_telestream_options *options;
        const char *culprit;
    } bad[] = {
        {"", "s", NULL, "access_key is empty"},
        {"a", "", NULL, "secret_key is empty"},
        {"\xff", "s", NULL, "access_key is not UTF-8"},
        {"a", "s", &scheme, "api_host"},
        {"a", "s", &port, "api_port"},
        {"a", "s", &both, "api_port"},
        {"a", "s", &version, "api_version"},
        {"a", "s", &factory, "factory_id is empty"},
        {"a", "s", &base, "base_url"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ferry_telestream *telestream = (ferry_telestream *)&telestream;
        ferry_error *err = NULL;
        CHECK_ERROR(ferry_telestream_new(bad[i].access, bad[i].secret, bad[i].options, &telestream, &err),
            FERRY_INVALID_ARGUMENT, err, bad[i].culprit);
        CHECK(telestream == NULL);
    }
}

#define REFUSED(part, call, ...) FAILS(FERRY_INVALID_ARGUMENT, 0, part, call, telestream, __VA_ARGS__)

static void keyed_clients(void) {
    ferry_telestream_options base = telestream_options();
    base.base_url = "api.example.com";
    const struct {
        const char *apikey;
        const ferry_telestream_options *options;
        const char *culprit;
    } bad[] = {
        {"", NULL, "apikey is empty"},
        {"\xff", NULL, "apikey is not UTF-8"},
        {"a\r\nX-Other: b", NULL, "apikey"},
        {"k", &base, "base_url"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ferry_telestream *telestream = (ferry_telestream *)&telestream;
        ferry_error *err = NULL;
        CHECK_ERROR(ferry_telestream_new_with_apikey(bad[i].apikey, bad[i].options, &telestream, &err),
            FERRY_INVALID_ARGUMENT, err, bad[i].culprit);
        CHECK(telestream == NULL);
    }
}

static void parameters(const ferry_telestream *telestream) {
    const struct {
        const char *params, *culprit;
    } bad[] = {
        {"{\"a\":{\"b\":{\"c\":\"d\"}}}", "a[b] is an object in an object"},
        {"{\"tags\":[\"x\"]}", "tags is a list"},
        {"{\"a\":{\"b\":[]}}", "a[b] is a list"},
        {"{\"profiles\":[1]}", "profiles"},
        {"{\"x\":null}", "x is null"},
        {"{\"x\":99999999999999999999}", "64 bits"},
        {"{\"\":\"x\"}", "without a name"},
        {"[]", "not a JSON object"},
        {"{", "not JSON"},
        {"", "not JSON"},
        {"\xff", "params_json is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *json = (char *)&json;
        ferry_error *err = NULL;
        CHECK_ERROR(ferry_telestream_signed_params(
                        telestream, "GET", "/videos.json", bad[i].params, NULL, &json, &err),
            FERRY_INVALID_ARGUMENT, err, bad[i].culprit);
        CHECK(json == NULL);
        REFUSED(bad[i].culprit, telestream_request, "POST", "/videos.json", bad[i].params);
        REFUSED(bad[i].culprit, ferry_telestream_list, FERRY_VIDEOS, NULL, bad[i].params, NULL);
        REFUSED(bad[i].culprit, ferry_telestream_create, FERRY_VIDEOS, NULL, bad[i].params, NULL);
        REFUSED(bad[i].culprit, ferry_telestream_notifications_update, NULL, bad[i].params, NULL);
        REFUSED(bad[i].culprit, ferry_telestream_update, FERRY_PROFILES, NULL, "x", bad[i].params, NULL);
        REFUSED(bad[i].culprit, ferry_telestream_list_all, FERRY_VIDEOS, NULL, bad[i].params, NULL);
        REFUSED(bad[i].culprit, ferry_telestream_find, FERRY_VIDEOS, NULL, "x", bad[i].params, NULL);
        REFUSED(bad[i].culprit, ferry_telestream_video_encodings, NULL, "x", bad[i].params, NULL);
    }
    REFUSED("file names a file", telestream_request, "POST", "/videos.json", "{\"file\":\"movie.mp4\"}");
    REFUSED("file names a file", ferry_telestream_create, FERRY_ENCODINGS, NULL, "{\"file\":\"movie.mp4\"}",
        NULL);
    REFUSED("method \"PATCH\"", telestream_request, "PATCH", "/videos.json", NULL);
    REFUSED("path is empty", telestream_request, "GET", " / ", NULL);
    REFUSED("path is a URL", telestream_request, "GET", "https://example.com/videos.json", NULL);
    REFUSED("path has a query", telestream_request, "GET", "/videos.json?page=1", NULL);
    REFUSED("path has a control", telestream_request, "GET", "/vid\neos.json", NULL);
    char *json = NULL;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_telestream_signed_params(telestream, "GET", "/videos.json", NULL, "", &json, &err),
        FERRY_INVALID_ARGUMENT, err, "timestamp is empty");
}

static void resources(const ferry_telestream *telestream) {
    static const int32_t unknown[] = {0, -1, 5, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 5; i++) {
        char part[32];
        snprintf(part, sizeof part, "resource %d is none", unknown[i]);
        REFUSED(part, ferry_telestream_list, unknown[i], NULL, NULL, NULL);
        REFUSED(part, ferry_telestream_list_all, unknown[i], NULL, NULL, NULL);
        REFUSED(part, ferry_telestream_find, unknown[i], NULL, "x", NULL, NULL);
        REFUSED(part, ferry_telestream_create, unknown[i], NULL, "{}", NULL);
        REFUSED(part, ferry_telestream_update, unknown[i], NULL, "x", "{}", NULL);
        REFUSED(part, ferry_telestream_delete, unknown[i], NULL, "x", NULL);
    }
    REFUSED("cannot be changed", ferry_telestream_update, FERRY_VIDEOS, NULL, "x", "{}", NULL);
    REFUSED("cannot be changed", ferry_telestream_update, FERRY_ENCODINGS, NULL, "x", "{}", NULL);
    REFUSED("cannot be deleted", ferry_telestream_delete, FERRY_FACTORIES, NULL, "x", NULL);
    static const char *const ids[] = {"", "a/b", "../x", "a?b", "a#b", "a\nb", " a"};
    for (int i = 0; i < 7; i++) {
        REFUSED("video id", ferry_telestream_find, FERRY_VIDEOS, NULL, ids[i], NULL, NULL);
        REFUSED("profile id", ferry_telestream_update, FERRY_PROFILES, NULL, ids[i], "{}", NULL);
        REFUSED("video id", ferry_telestream_video_metadata, NULL, ids[i], NULL);
        REFUSED("video id", ferry_telestream_video_encodings, NULL, ids[i], NULL, NULL);
        REFUSED("video id", ferry_telestream_video_delete_source, NULL, ids[i], NULL);
        REFUSED("video id", ferry_telestream_video_wait, NULL, ids[i], NULL);
        REFUSED("video id", ferry_telestream_video_encodings_wait, NULL, ids[i], NULL);
        REFUSED("encoding id", ferry_telestream_encoding_wait, NULL, ids[i], NULL);
        REFUSED("encoding id", ferry_telestream_delete, FERRY_ENCODINGS, NULL, ids[i], NULL);
        REFUSED("encoding id", ferry_telestream_encoding_retry, NULL, ids[i], NULL);
    }
    REFUSED("factory_id is empty", ferry_telestream_list, FERRY_VIDEOS, "", NULL, NULL);
}

/* A file that goes up in one request is looked at first. */
static void files(const ferry_telestream *telestream) {
    char *empty = strdup(scratch_file("empty.mp4", "", 0)),
         *film = strdup(scratch_file("film.mp4", "bytes", 5));
    const char *const folder = env("FERRY_TEST_FOLDER");
    FAILS(FERRY_IO, 0, "movie.mp4", ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        "{\"file\":\"movie.mp4\"}", NULL);
    FAILS(FERRY_IO, 0, "directory", ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\"}", folder), NULL);
    REFUSED(
        "is empty", ferry_telestream_create, FERRY_VIDEOS, NULL, filled("{\"file\":\"%s\"}", empty), NULL);
    REFUSED("either file or source_url", ferry_telestream_create, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\",\"source_url\":\"http://e.com/x\"}", film), NULL);
    REFUSED("file must be the path", ferry_telestream_create, FERRY_VIDEOS, NULL, "{\"file\":5}", NULL);
    REFUSED("file must be the path", ferry_telestream_create, FERRY_VIDEOS, NULL, "{\"file\":null}", NULL);
    REFUSED("path is empty", ferry_telestream_create, FERRY_VIDEOS, NULL, "{\"file\":\"\"}", NULL);
    REFUSED("tags is a list", ferry_telestream_create, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\",\"tags\":[]}", film), NULL);
    free(empty);
    free(film);
}

/* Whatever is in a factory needs one. */
static void no_factory(void) {
    ferry_telestream_options options = telestream_options();
    options.base_url = env("FERRY_TEST_HTTP");
    ferry_telestream *telestream = telestream_with("access", "secret", &options);
    const char *const part = "factory_id is needed";
    REFUSED(part, ferry_telestream_list, FERRY_VIDEOS, NULL, NULL, NULL);
    REFUSED(part, ferry_telestream_list_all, FERRY_VIDEOS, NULL, NULL, NULL);
    REFUSED(part, ferry_telestream_video_wait, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_encoding_wait, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_video_encodings_wait, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_find, FERRY_PROFILES, NULL, "x", NULL, NULL);
    REFUSED(part, ferry_telestream_create, FERRY_ENCODINGS, NULL, "{}", NULL);
    REFUSED(part, ferry_telestream_delete, FERRY_ENCODINGS, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_video_encodings, NULL, "x", NULL, NULL);
    REFUSED(part, ferry_telestream_video_metadata, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_video_delete_source, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_encoding_retry, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_encoding_cancel, NULL, "x", NULL);
    REFUSED(part, ferry_telestream_notifications, NULL, NULL);
    REFUSED(part, ferry_telestream_notifications_update, NULL, "{}", NULL);
    ferry_telestream_free(telestream);
}

int main(void) {
    check_begin();
    clients();
    keyed_clients();
    ferry_telestream_options options = telestream_options();
    options.base_url = env("FERRY_TEST_HTTP");
    options.factory_id = "factory";
    ferry_telestream *telestream = telestream_with("access", "secret", &options);
    parameters(telestream);
    resources(telestream);
    files(telestream);
    ferry_telestream_free(telestream);
    no_factory();
    CHECK(cloud_count("any", 0) == 0);
    return check_result();
}
