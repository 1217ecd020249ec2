/* Clients of the local cloud, and things to upload. */
#ifndef FERRY_TEST_CLIENT_H
#define FERRY_TEST_CLIENT_H

#include "cloud.h"

#define MIB ((size_t)1 << 20)

static inline ferry_connection_options connection_options(void) {
    ferry_connection_options options;
    ferry_connection_options_init(&options, sizeof options);
    return options;
}

static inline ferry_upload_options upload_options(void) {
    ferry_upload_options options;
    ferry_upload_options_init(&options, sizeof options);
    return options;
}

static inline ferry_filestack_options client_options(const char *base_url) {
    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    options.base_url = base_url;
    return options;
}

static inline ferry_filestack *client_with(const ferry_filestack_options *options) {
    ferry_filestack *client = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_new("TESTKEY", options, &client, &err), err);
    return client;
}

/* A client over plain http with these options of its connection; NULL: the defaults. */
static inline ferry_filestack *client_new(const ferry_connection_options *connection) {
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTP"));
    options.connection = connection;
    return client_with(&options);
}

/* One that never tries again. */
static inline ferry_filestack *client_without_retries(void) {
    ferry_connection_options connection = connection_options();
    connection.max_retries = FERRY_NO_RETRIES;
    return client_new(&connection);
}

/* Bytes that differ everywhere and from one seed to the next. Freed by the caller. */
static inline unsigned char *noise(size_t length, uint64_t seed) {
    unsigned char *bytes = malloc(length + 8);
    uint64_t state = 0x9e3779b97f4a7c15ull ^ (seed * 0xbf58476d1ce4e5b9ull);
    for (size_t at = 0; at < length; at += 8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(bytes + at, &state, 8);
    }
    return bytes;
}

/* The path of a file of that name in the test's own folder; good until the next call. */
static inline const char *scratch(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", env("FERRY_TEST_FOLDER"), name);
    return path;
}

/* A file of that name with these bytes; its path is good until the next call. */
static inline const char *scratch_file(const char *name, const void *bytes, size_t length) {
    const char *path = scratch(name);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, length, file) == length);
    CHECK(file != NULL && fclose(file) == 0);
    return path;
}

/* The stored file has exactly these bytes. */
static inline void check_content(const ferry_filelink *link, const void *bytes, size_t length) {
    ferry_bytes *content = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filelink_content(link, NULL, &content, &err), err);
    CHECK(ferry_bytes_len(content) == length);
    CHECK(ferry_bytes_len(content) == length && memcmp(ferry_bytes_data(content), bytes, length) == 0);
    ferry_bytes_free(content);
}

#endif
