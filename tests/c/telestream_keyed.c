/* What is different for an account with an API key (API 3.1); what is the same is in telestream_resources.c.
 */
#include "telestream.h"

/* The newest request of that class was made like this, to a path that begins so. */
static void check_request(const char *class, const char *method, const char *path) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\"", class);
    char *log = cloud_log();
    const char *newest = NULL;
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        newest = json_is(json_get(entry, "class"), wanted) ? entry : newest;
    }
    check_member(newest, "method", method);
    char *went = json_text(json_get(newest, "path"));
    CHECK_AT(strncmp(went, path, strlen(path)) == 0, "%s instead of %s", went, path);
    free(went);
    free(log);
}

static void nothing_is_signed(const ferry_telestream *telestream) {
    char *json = (char *)&json;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_telestream_signed_params(telestream, "GET", "/videos.json", NULL, NULL, &json, &err),
        FERRY_INVALID_STATE, err, "API key");
    CHECK(json == NULL);
    cloud_reset();
    ANSWER(list, ferry_telestream_list, telestream, FERRY_VIDEOS, NULL, "{\"per_page\":3}", NULL);
    CHECK_STR(ferry_value_json(list), "[]");
    check_request("flip_api", "GET", "/flip/3.1/videos.json?factory_id=" FIRST "&per_page=3");
    ferry_value_free(list);
}

static void what_is_said_travels_as_json(const ferry_telestream *telestream) {
    cloud_reset();
    ANSWER(profile, ferry_telestream_create, telestream, FERRY_PROFILES, NULL,
        "{\"preset_name\":\"h264\",\"name\":\"p\",\"fps\":29.97,\"two_pass\":true}", NULL);
    char *said = cloud_said("flip_api", NULL);
    CHECK(json_is(json_get(said, "fps"), "29.97") && json_is(json_get(said, "two_pass"), "true"));
    free(said);
    check_request("flip_api", "POST", "/flip/3.1/profiles.json?factory_id=" FIRST);
    ANSWER(factory, ferry_telestream_update, telestream, FERRY_FACTORIES, NULL, SECOND,
        "{\"upload_original_video\":true}", NULL);
    CHECK(is_true(factory, "upload_original_video"));
    check_request("flip_api", "PATCH", "/flip/3.1/factories/" SECOND ".json");
    ANSWER(patched, telestream_request, telestream, "PATCH", "/factories/" SECOND ".json",
        "{\"upload_original_video\":false}");
    CHECK(!is_true(patched, "upload_original_video"));
    /* What the API offers and the local cloud does not. */
    FAILS(FERRY_HTTP, 501, "changes of encodings", ferry_telestream_update, telestream, FERRY_ENCODINGS, NULL,
        "e", "{\"profile_name\":\"p\"}", NULL);
    check_request("flip_api", "PUT", "/flip/3.1/encodings/e.json?factory_id=" FIRST);
    ferry_value_free(profile);
    ferry_value_free(factory);
    ferry_value_free(patched);
}

static void a_file_goes_up_by_a_session_only(const ferry_telestream *telestream) {
    const char *path = scratch_file("film.mp4", "bytes", 5);
    cloud_reset();
    FAILS(FERRY_INVALID_ARGUMENT, 0, "upload", ferry_telestream_create, telestream, FERRY_VIDEOS, NULL,
        filled("{\"file\":\"%s\"}", path), NULL);
    CHECK(cloud_count("any", 0) == 0);
    char *video = telestream_video(telestream, "film.mp4", "bytes", 5, "{\"profiles\":[\"h264\"]}");
    check_request("flip_session", "POST", "/flip/3.1/videos/upload.json?factory_id=" FIRST);
    char *said = cloud_said("flip_session", NULL);
    CHECK(json_is(json_get(said, "file_size"), "5") && json_is(json_get(said, "multi_chunk"), "true"));
    free(said);
    check_output(telestream, FIRST, video, "bytes", 5);
    free(video);
}

/* The key is in no error. */
static void a_wrong_key(void) {
    ferry_telestream_options options = telestream_local(FIRST);
    ferry_telestream *telestream = telestream_with_apikey("tcs_wrong", &options);
    ferry_value *list = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_telestream_list(telestream, FERRY_VIDEOS, NULL, NULL, NULL, &list, &err);
    CHECK(ferry_error_http_status(err) == 401 && !ferry_error_retryable(err));
    CHECK_HAS(ferry_error_body(err), "NotAuthorized");
    CHECK(strstr(ferry_error_message(err), "tcs_wrong") == NULL &&
          strstr(ferry_error_body(err), "tcs_wrong") == NULL);
    CHECK_ERROR(status, FERRY_HTTP, err, "X-Api-Key");
    ferry_telestream_free(telestream);
}

int main(void) {
    check_begin();
    ferry_telestream *telestream = telestream_keyed(FIRST);
    nothing_is_signed(telestream);
    what_is_said_travels_as_json(telestream);
    a_file_goes_up_by_a_session_only(telestream);
    ferry_telestream_free(telestream);
    a_wrong_key();
    return check_result();
}
