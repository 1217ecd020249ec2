/* Chains of tasks, options of what they do, stored files, and pictures. */
#ifndef FERRY_TEST_CHAIN_H
#define FERRY_TEST_CHAIN_H

#include "client.h"

#define CDN "https://cdn.filestackcontent.com"
#define HANDLE "sm9IEXAMPLEQuzfJykmA"

static inline ferry_request_options request_options(void) {
    ferry_request_options options;
    ferry_request_options_init(&options, sizeof options);
    return options;
}

static inline ferry_store_options store_options(void) {
    ferry_store_options options;
    ferry_store_options_init(&options, sizeof options);
    return options;
}

static inline ferry_transform *chain_new(const ferry_filestack *client, const char *source) {
    ferry_transform *chain = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_new(client, source, &chain, &err), err);
    return chain;
}

/* A chain of one task. */
static inline ferry_transform *chain_of(
    const ferry_filestack *client, const char *source, const char *task, const char *params) {
    ferry_transform *chain = chain_new(client, source);
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_add(chain, task, params, &err), err);
    return chain;
}

static inline void check_url(const ferry_transform *chain, const char *wanted) {
    char *url = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_url(chain, &url, &err), err);
    CHECK_STR(url, wanted);
    ferry_string_free(url);
}

/* Stores these bytes under that name. */
static inline ferry_filelink *stored(
    const ferry_filestack *client, const char *filename, const void *bytes, size_t length) {
    ferry_upload_options options = upload_options();
    options.filename = filename;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, bytes, length, &options, &link, &err), err);
    return link;
}

/* A security with this policy; NULL for the secret: one that a cloud without security takes. */
static inline ferry_security *signed_policy(const char *policy, const char *secret) {
    ferry_security *security = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_security_new(policy, secret != NULL ? secret : "any secret", &security, &err), err);
    return security;
}

/* The bytes of a file; NULL if it is not there. Freed by the caller. */
static inline unsigned char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    *length = 0;
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = calloc(1, *length + 1);
    CHECK(fread(bytes, 1, *length, file) == *length);
    fclose(file);
    return bytes;
}

/* The file has exactly these bytes. */
static inline void check_file(const char *path, const void *bytes, size_t length) {
    size_t found = 0;
    unsigned char *content = read_file(path, &found);
    CHECK_AT(content != NULL && found == length && memcmp(content, bytes, length) == 0,
        "%s has other bytes, or is not there", path);
    free(content);
}

/* The picture of tests/data, 480 by 320. Freed by the caller. */
static inline unsigned char *the_picture(size_t *length) {
    char path[4096];
    snprintf(path, sizeof path, "%s/ferry.png", env("FERRY_TEST_DATA"));
    unsigned char *bytes = read_file(path, length);
    CHECK(*length > 1000);
    return bytes;
}

struct dimensions {
    const char *format;
    int width, height;
};

/* Of a PNG or a JPEG, from its header; an empty format for anything else. */
static inline struct dimensions picture_dimensions(const unsigned char *bytes, size_t length) {
    if (length > 24 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0 && memcmp(bytes + 12, "IHDR", 4) == 0) {
        return (struct dimensions){"png", bytes[18] << 8 | bytes[19], bytes[22] << 8 | bytes[23]};
    }
    /* A JPEG is a row of segments; the one that begins a frame has the size. */
    for (size_t at = 2;
        length > 4 && bytes[0] == 0xff && bytes[1] == 0xd8 && at + 9 < length && bytes[at] == 0xff;) {
        const int marker = bytes[at + 1];
        if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
            return (struct dimensions){
                "jpg", bytes[at + 7] << 8 | bytes[at + 8], bytes[at + 5] << 8 | bytes[at + 6]};
        }
        at += 2u + (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
    }
    return (struct dimensions){"", 0, 0};
}

/* Paths of the requests of that class, the newest; freed by the caller. */
static inline char *cloud_path(const char *class) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\"", class);
    char *log = cloud_log();
    const char *path = NULL;
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        if (json_is(json_get(entry, "class"), wanted)) {
            path = json_get(entry, "path");
        }
    }
    char *text = json_text(path);
    free(log);
    return text;
}

#endif
