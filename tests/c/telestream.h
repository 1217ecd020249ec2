/* Clients of Telestream. */
#ifndef FERRY_TEST_TELESTREAM_H
#define FERRY_TEST_TELESTREAM_H

#include "client.h"

static inline ferry_telestream_options telestream_options(void) {
    ferry_telestream_options options;
    ferry_telestream_options_init(&options, sizeof options);
    return options;
}

static inline ferry_telestream *telestream_with(const char *access_key, const char *secret_key, const ferry_telestream_options *options) {
    ferry_telestream *telestream = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_new(access_key, secret_key, options, &telestream, &err), err);
    return telestream;
}

/* The parameters of a request, signed; freed with ferry_string_free. */
static inline char *telestream_sign(const ferry_telestream *telestream, const char *method, const char *path, const char *params, const char *timestamp) {
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

#endif
