/* Calls of Filestack about what is stored: downloads, transformations, conversions, workflows, requests. */
#include "torture.h"

enum { LENGTH = 3000 };

static ferry_filestack *client;
static ferry_bytes *small_content;
static ferry_filelink *file, *picture;
static ferry_security *security;
static unsigned char *bytes;
static char source[4096];

static void make(void) {
    client = torture_client();
    bytes = noise(LENGTH, 3);
    file = stored(client, "file.bin", bytes, LENGTH);
    security = signed_policy("{\"expiry\":4102444800}", "APPSECRET");
}

static void make_secure(void) {
    torture_has_tls = 1;
    make();
}

static void make_picture(void) {
    size_t length;
    make();
    unsigned char *image = the_picture(&length);
    picture = stored(client, "ferry.png", image, length);
    free(image);
}

static void end(void) {
    ferry_filelink_free(file);
    ferry_filelink_free(picture);
    ferry_security_free(security);
    ferry_filestack_free(client);
    ferry_bytes_free(small_content);
    free(bytes);
}

static ferry_request_options options_of(void) {
    ferry_request_options options;
    GET(ferry_request_options_init, &options, sizeof options);
    options.security = security;
    return options;
}

/* The file is there and whole, or, after a failure, what was there is untouched. A failure of what makes the
 * name outlive a loss of power comes when the file has its name. */
static void check_target(const char *path, int is_there) {
    size_t found = 0;
    unsigned char *content = read_file(path, &found);
    const int is_old = content != NULL && found == 3 && memcmp(content, "old", 3) == 0;
    CHECK((is_old && !is_there) || (found == LENGTH && memcmp(content, bytes, LENGTH) == 0));
    free(content);
    CHECK(remove(path) == 0);
    CHECK_AT(check_entries(".") == 2, "files are left beside %s", path);
}

static char *old(void) {
    static char path[4096];
    FILE *file = fopen("target", "wb");
    CHECK(file != NULL && fwrite("old", 1, 3, file) == 3 && fclose(file) == 0);
    snprintf(path, sizeof path, "target");
    return path;
}

static size_t taken;

static int32_t take(const void *data, size_t count, void *user_data) {
    (void)user_data;
    CHECK(taken + count <= LENGTH && memcmp(bytes + taken, data, count) == 0);
    taken += count;
    return 0;
}

static void downloads(void) {
    const ferry_request_options options = options_of();
    uint64_t length = 0;
    const char *path = old();
    check_target(path, MAKE(length, ferry_filelink_download, file, path, &options));
    ferry_bytes *content = NULL;
    if (MAKE(content, ferry_filelink_content, file, &options)) {
        CHECK(GET(ferry_bytes_len, content) == LENGTH);
        CHECK(memcmp(GET(ferry_bytes_data, content), bytes, LENGTH) == 0);
    }
    GET(ferry_bytes_free, content);
    taken = 0;
    if (MAKE(length, ferry_filelink_stream, file, take, NULL, &options)) {
        CHECK(taken == LENGTH && length == LENGTH);
    }
}

static void links(void) {
    ferry_filelink *same = NULL;
    ferry_value *answer = NULL, *known = NULL;
    char *url = NULL;
    if (TRY(ferry_filelink_new, client, ferry_filelink_handle(file), &same)) {
        CHECK_STR(GET(ferry_filelink_handle, same), ferry_filelink_handle(file));
        CHECK_HAS(GET(ferry_filelink_url, same), ferry_filelink_handle(file));
        MAKE(url, ferry_filelink_signed_url, same, security);
        MAKE(answer, ferry_filelink_answer, file);
        if (MAKE(known, ferry_filelink_metadata, same, "size,filename,uploaded,writeable", NULL)) {
            CHECK(GET(ferry_value_type, known) == FERRY_VALUE_OBJECT && GET(ferry_value_len, known) == 4);
            CHECK(GET(ferry_value_int, GET(ferry_value_get, known, "size")) == LENGTH);
            CHECK_STR(GET(ferry_value_string, ferry_value_get(known, "filename")), "file.bin");
            CHECK(GET(ferry_value_double, ferry_value_get(known, "uploaded")) > 1e12);
            CHECK(GET(ferry_value_bool, ferry_value_get(known, "writeable")));
            CHECK(GET(ferry_value_key, known, 0) != NULL && GET(ferry_value_at, known, 3) != NULL);
            const char *text = GET(ferry_value_json, known);
            CHECK_AT(strstr(text, "file.bin") != NULL || (*text == '\0' && !torture_is_calm()), "%s", text);
        }
    }
    GET(ferry_value_free, answer);
    GET(ferry_value_free, known);
    ferry_string_free(url);
    GET(ferry_filelink_free, same);
}

static unsigned char *other_bytes;

static void make_other(void) {
    make();
    other_bytes = noise(LENGTH, 4);
    snprintf(source, sizeof source, "%s", torture_source("over.bin", bytes, LENGTH));
}

static void end_other(void) {
    free(other_bytes);
    end();
}

/* What the file has; NULL: the one content or the other, for one that was to replace it has failed. */
static const unsigned char *expected;

static void replaced(const unsigned char *given, int succeeded) {
    expected = succeeded ? given : NULL;
    if (torture_is_calm()) {
        check_content(file, given, LENGTH);
    }
}

static void overwritten(void) {
    const ferry_request_options options = options_of();
    replaced(other_bytes, TRY(ferry_filelink_overwrite_bytes, file, other_bytes, LENGTH, &options));
    replaced(bytes, TRY(ferry_filelink_overwrite_file, file, source, &options));
    const int succeeded = TRY(ferry_filelink_overwrite_url, file, ferry_filelink_url(file), false, &options);
    replaced(expected, succeeded && expected != NULL);
}

static void check_overwritten(void) {
    ferry_bytes *content = NULL;
    ferry_error *error = NULL;
    CHECK_OK(ferry_filelink_content(file, NULL, &content, &error), error);
    const void *found = ferry_bytes_data(content);
    CHECK(ferry_bytes_len(content) == LENGTH);
    CHECK(memcmp(found, bytes, LENGTH) == 0 || (expected != bytes && memcmp(found, other_bytes, LENGTH) == 0));
    ferry_bytes_free(content);
}

/* A file of this act's own is deleted. */
static void deleted(void) {
    ferry_filelink *link = NULL;
    const ferry_request_options options = options_of();
    if (MAKE(link, ferry_filestack_upload_bytes, client, "x", 1, NULL)) {
        TRY(ferry_filelink_delete, link, false, &options);
    }
    ferry_filelink_free(link);
}

static void transformed(void) {
    ferry_transform *chain = NULL, *tags = NULL;
    ferry_bytes *content = NULL;
    ferry_value *size = NULL;
    ferry_filelink *small = NULL;
    ferry_store_options options;
    GET(ferry_store_options_init, &options, sizeof options);
    options.filename = "small.png";
    uint64_t length = 0;
    if (TRY(ferry_transform_new, client, ferry_filelink_handle(picture), &chain) &&
        TRY(ferry_transform_add, chain, "resize", "width:20")) {
        if (MAKE(content, ferry_transform_content, chain, NULL)) {
            CHECK(picture_dimensions(ferry_bytes_data(content), ferry_bytes_len(content)).width == 20);
            if (MAKE(small, ferry_transform_store, chain, &options)) {
                torture_stored(small, ferry_bytes_data(content), ferry_bytes_len(content));
            }
        }
        const char *path = old();
        const int is_there = MAKE(length, ferry_transform_download, chain, path, NULL);
        size_t found = 0;
        unsigned char *downloaded = read_file(path, &found);
        CHECK((found == 3 && !is_there) || picture_dimensions(downloaded, found).width == 20);
        free(downloaded);
        CHECK(remove(path) == 0 && check_entries(".") == 2);
    }
    if (TRY(ferry_transform_new, client, ferry_filelink_handle(picture), &tags) &&
        TRY(ferry_transform_add, tags, "imagesize", NULL) && MAKE(size, ferry_transform_json, tags, NULL)) {
        CHECK(ferry_value_int(ferry_value_get(size, "width")) == 480);
    }
    ferry_value_free(size);
    ferry_transform_free(chain);
    ferry_transform_free(tags);
    ferry_bytes_free(small_content);
    small_content = content; /* what was stored is compared with it */
}

static void streamed(void) {
    ferry_transform *chain = NULL;
    uint64_t length = 0;
    taken = 0;
    if (TRY(ferry_transform_new, client, ferry_filelink_handle(file), &chain) &&
        MAKE(length, ferry_transform_stream, chain, take, NULL, NULL)) {
        CHECK(taken == LENGTH);
    }
    ferry_transform_free(chain);
}

static void zipped(void) {
    const char *const sources[] = {ferry_filelink_handle(file), ferry_filelink_url(file)};
    uint64_t length = 0;
    const char *path = old();
    const int is_there = MAKE(length, ferry_filestack_zip, client, sources, 2, path, NULL);
    size_t found = 0;
    free(read_file(path, &found));
    CHECK((found > LENGTH && (found == length || !is_there)) || (found == 3 && !is_there));
    CHECK(remove(path) == 0 && check_entries(".") == 2);
}

static ferry_filelink *made;

/* Conversions of the same have the same file. */
static void check_converted(void) {
    if (made != NULL) {
        check_content(made, bytes, LENGTH);
        ferry_filelink_free(made);
        made = NULL;
    }
}

static void converted(void) {
    ferry_transform *chain = NULL;
    ferry_av *av = NULL;
    ferry_filelink *link = NULL;
    ferry_value *answer = NULL;
    char *first = NULL, *second = NULL;
    if (TRY(ferry_transform_new, client, ferry_filelink_handle(file), &chain) &&
        MAKE(av, ferry_transform_av_convert, chain, "{\"preset\":\"webm\",\"force\":false}", NULL)) {
        CHECK(*GET(ferry_av_uuid, av) != '\0' && *GET(ferry_av_timestamp, av) != '\0');
        CHECK_HAS(GET(ferry_av_url, av), "video_convert");
        MAKE(first, ferry_av_status, av, NULL);
        MAKE(second, ferry_av_status, av, NULL);
        if (MAKE(answer, ferry_av_wait, av, NULL) && MAKE(link, ferry_av_filelink, av)) {
            ferry_filelink_free(made);
            made = link;
        }
    }
    ferry_string_free(first);
    ferry_string_free(second);
    ferry_value_free(answer);
    GET(ferry_av_free, av);
    ferry_transform_free(chain);
}

static void workflows(void) {
    ferry_value *job = NULL, *state = NULL;
    if (TRY(ferry_filestack_workflow_run, client, "w-1", ferry_filelink_handle(file), NULL, &job)) {
        const char *id = ferry_value_string(ferry_value_get(job, "jobid"));
        if (MAKE(state, ferry_filestack_workflow_status, client, id, NULL)) {
            CHECK(ferry_value_get(state, "status") != NULL);
        }
    }
    ferry_value_free(job);
    ferry_value_free(state);
}

static void requests(void) {
    ferry_response *response = NULL;
    ferry_value *value = NULL;
    char target[256];
    snprintf(target, sizeof target, "/file/%s/metadata?size=true", ferry_filelink_handle(file));
    if (MAKE(response, ferry_filestack_request, client, "GET", target, NULL, NULL)) {
        CHECK(GET(ferry_response_status, response) == 200 && GET(ferry_response_header_count, response) > 0);
        CHECK_HAS(GET(ferry_response_header, response, "Content-Type"), "json");
        CHECK(GET(ferry_response_header_name, response, 0) != NULL);
        CHECK(GET(ferry_response_header_value, response, 0) != NULL);
        CHECK(strlen(GET(ferry_response_body, response)) == GET(ferry_response_body_len, response));
        CHECK_HAS(GET(ferry_response_url, response), "/metadata");
        if (MAKE(value, ferry_response_json, response)) {
            CHECK(ferry_value_int(ferry_value_get(value, "size")) == LENGTH);
        }
    }
    ferry_value_free(value);
    GET(ferry_response_free, response);
}

/* == What is as large as the service's answer == */

enum { MANY = 20000 };

static void make_large(void) {
    make();
    char *rules = malloc(MANY * 24 + 256), *to = rules;
    to += sprintf(to, "[{\"class\":\"metadata\",\"action\":{\"body\":\"[");
    for (int i = 0; i < MANY; i++) {
        to += sprintf(to, "%s[\\\"t%d\\\"]", i > 0 ? "," : "", i);
    }
    strcpy(to, "]\"}}]");
    cloud_faults(rules);
    free(rules);
}

static void large_answers(void) {
    ferry_response *response = NULL;
    ferry_value *value = NULL;
    char target[256];
    snprintf(target, sizeof target, "/file/%s/metadata?size=true", ferry_filelink_handle(file));
    if (MAKE(response, ferry_filestack_request, client, "GET", target, NULL, NULL) &&
        MAKE(value, ferry_response_json, response)) {
        CHECK_AT(ferry_value_len(value) == MANY, "%zu values", ferry_value_len(value));
        const char *text = ferry_value_json(value);
        CHECK_AT(strlen(text) > MANY * 6, "%zu bytes: %.80s", strlen(text), text);
    }
    ferry_value_free(value);
    ferry_response_free(response);
}

const struct scenario filestack_scenarios[] = {
    {"downloads", make, downloads, end, NULL},
    {"downloads_over_tls", make_secure, downloads, end, NULL},
    {"links", make, links, end, NULL},
    {"overwritten", make_other, overwritten, end_other, check_overwritten},
    {"deleted", make, deleted, end, NULL},
    {"transformed", make_picture, transformed, end, NULL},
    {"streamed", make, streamed, end, NULL},
    {"zipped", make, zipped, end, NULL},
    {"converted", make, converted, end, check_converted},
    {"workflows", make, workflows, end, NULL},
    {"requests", make, requests, end, NULL},
    {"large_answers", make_large, large_answers, end, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
