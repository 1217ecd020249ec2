/* Requests are signed as Telestream's own SDK signs them, each with a time of its own. */
#include "telestream.h"

static char *read_vectors(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/telestream_signing.json", env("FERRY_TEST_VECTORS"));
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    CHECK(file != NULL && fread(text, 1, (1 << 20) - 1, file) > 1000);
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

/* Answers that Telestream's SDK computed. */
static void vectors(void) {
    char *text = read_vectors();
    int count = 0;
    for (const char *entry = json_first(text); entry != NULL; entry = json_next(entry)) {
        static const char *const names[] = {
            "access_key", "secret_key", "api_host", "method", "path", "timestamp", "signature", "factory_id"};
        char *said[8];
        for (int i = 0; i < 8; i++) {
            said[i] = json_text(json_get(entry, names[i]));
        }
        char *params = json_copy(json_get(entry, "params"));
        const int has_factory = !json_is(json_get(entry, "factory_id"), "null");
        ferry_telestream_options options = telestream_options();
        options.api_host = said[2];
        options.factory_id = has_factory ? said[7] : NULL;
        ferry_telestream *telestream = telestream_with(said[0], said[1], &options);
        char *json = telestream_sign(telestream, said[3], said[4], params, said[5]);
        check_member(json, "signature", said[6]);
        check_member(json, "access_key", said[0]);
        check_member(json, "timestamp", said[5]);
        if (has_factory) {
            check_member(json, "factory_id", said[7]);
        }
        CHECK(strstr(json, said[1]) == NULL || strlen(said[1]) < 8);
        ferry_string_free(json);
        ferry_telestream_free(telestream);
        free(params);
        for (int i = 0; i < 8; i++) {
            free(said[i]);
        }
        count++;
    }
    CHECK(count == 33);
    free(text);
}

/* What the caller gave is given back, but for a signature, which could only be an old one. */
static void parameters_are_given_back(void) {
    ferry_telestream *telestream = telestream_with("access", "secret", NULL);
    const char *const when = "2016-01-04T11:10:51+00:00";
    char *json = telestream_sign(telestream, "POST", "/videos.json",
        "{\"n\":5,\"b\":true,\"file\":\"a.mp4\",\"signature\":\"old\",\"pipeline\":{\"a\":1}}", when);
    char *plain = telestream_sign(
        telestream, "POST", "/videos.json", "{\"n\":5,\"b\":true,\"pipeline\":{\"a\":1}}", when);
    CHECK(json_is(json_get(json, "n"), "5") && json_is(json_get(json, "b"), "true"));
    CHECK(json_get(json, "factory_id") == NULL);
    check_member(json, "file", "a.mp4");
    check_member(json, "pipeline", "{\"a\": 1}");
    char *signature = json_text(json_get(plain, "signature"));
    check_member(json, "signature", signature);
    free(signature);
    ferry_string_free(json);
    ferry_string_free(plain);
    ferry_telestream_free(telestream);
}

/* The service takes a POST with the same signature only once. */
static void no_two_signatures_are_alike(void) {
    ferry_telestream *telestream = telestream_with("access", "secret", NULL);
    char before[64] = "";
    for (int i = 0; i < 100; i++) {
        char *json = telestream_sign(telestream, "POST", "/videos.json", NULL, NULL);
        char *timestamp = json_text(json_get(json, "timestamp"));
        CHECK_AT(strlen(timestamp) == 27 && timestamp[26] == 'Z' && strcmp(before, timestamp) < 0,
            "%s after %s", timestamp, before);
        snprintf(before, sizeof before, "%s", timestamp);
        free(timestamp);
        ferry_string_free(json);
    }
    ferry_telestream_free(telestream);
}

int main(void) {
    check_begin();
    vectors();
    parameters_are_given_back();
    no_two_signatures_are_alike();
    return check_result();
}
