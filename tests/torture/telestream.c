/* Telestream: resources, waiting, uploads. The name of the host is looked up. */
#include "torture.h"

#include <time.h>

enum { LENGTH = 3000, PART = 4096 };

static ferry_telestream *telestream;
static char *video, *encoding;
static unsigned char *bytes;
static size_t length;
static char source[4096];

enum { FILMS = 8 };
static char *films[FILMS];
static int film_count;

static void make(void) {
    telestream = torture_telestream();
    length = LENGTH;
    bytes = noise(length, 9);
}

/* A signature counts once, and runs beside this one may sign in the same microsecond: each has its own name. */
static void name_source(void) {
    char name[64];
    snprintf(name, sizeof name, "film-%zu-%d.mov", length, (int)getpid());
    snprintf(source, sizeof source, "%s", torture_source(name, bytes, length));
}

/* Several parts: the tests' cloud has small ones. */
static void make_parts(void) {
    telestream = torture_telestream();
    length = 3 * PART + 7;
    bytes = noise(length, 9);
    name_source();
}

static void make_secure_parts(void) {
    torture_has_tls = 1;
    make_parts();
}

static void make_film(void) {
    make();
    name_source();
    ferry_error *err = NULL;
    ferry_upload *upload = telestream_upload(telestream, source, "{\"profiles\":[\"h264\"]}", NULL);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    ANSWER(made, ferry_upload_result, upload);
    video = id_of(made);
    ferry_value_free(made);
    ferry_upload_free(upload);
    ANSWER(list, ferry_telestream_video_encodings, telestream, NULL, video, NULL, NULL);
    encoding = id_of(ferry_value_at(list, 0));
    ferry_value_free(list);
}

static void end(void) {
    ferry_telestream_free(telestream);
    free(bytes);
    free(video);
    free(encoding);
    video = encoding = NULL;
}

/* Numbers of processes come again, and a run that ended early has left its profile behind. */
static void name_profile(char *name, size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(name, size, "p-%lld-%ld", (long long)now.tv_sec, now.tv_nsec);
}

static void profiles(void) {
    ferry_value *made = NULL, *found = NULL, *changed = NULL, *all = NULL, *page = NULL, *gone = NULL;
    char params[128], name[64];
    name_profile(name, sizeof name);
    snprintf(params, sizeof params, "{\"preset_name\":\"h264\",\"name\":\"%s\",\"two_pass\":true}", name);
    if (MAKE(made, ferry_telestream_create, telestream, FERRY_PROFILES, NULL, params, NULL)) {
        MAKE(found, ferry_telestream_find, telestream, FERRY_PROFILES, NULL, name, "{\"expand\":true}", NULL);
        MAKE(changed, ferry_telestream_update, telestream, FERRY_PROFILES, NULL, name, "{\"fps\":60}", NULL);
        MAKE(page, ferry_telestream_list, telestream, FERRY_PROFILES, FIRST, "{\"page\":1}", NULL);
        MAKE(all, ferry_telestream_list_all, telestream, FERRY_PROFILES, NULL, NULL, NULL);
        UNLESS(FERRY_HTTP, MAKE(gone, ferry_telestream_delete, telestream, FERRY_PROFILES, NULL, name, NULL));
    }
    ferry_value *const values[] = {made, found, changed, all, page, gone};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ferry_value_free(values[i]);
    }
}

static void factories(void) {
    ferry_value *all = NULL, *found = NULL, *changed = NULL;
    ferry_response *response = NULL;
    char *signed_params = NULL;
    MAKE(all, ferry_telestream_list, telestream, FERRY_FACTORIES, NULL, NULL, NULL);
    MAKE(found, ferry_telestream_notifications, telestream, NULL, NULL);
    TRY(ferry_telestream_notifications_update, telestream, NULL, "{\"events\":{\"video_created\":true}}", NULL,
        &changed);
    TRY(ferry_telestream_signed_params, telestream, "POST", "/videos.json", "{\"payload\":\"a b\"}", NULL,
        &signed_params);
    if (MAKE(response, ferry_telestream_request, telestream, "GET", "/encodings/count.json", NULL, NULL)) {
        CHECK(ferry_response_status(response) == 200);
    }
    ferry_value_free(all);
    ferry_value_free(found);
    ferry_value_free(changed);
    ferry_string_free(signed_params);
    ferry_response_free(response);
}

static void videos(void) {
    ferry_value *known = NULL, *list = NULL, *there = NULL, *retried = NULL, *cancelled = NULL, *made = NULL;
    if (MAKE(there, ferry_telestream_video_wait, telestream, NULL, video, NULL)) {
        CHECK(int_of(there, "file_size") == LENGTH);
    }
    MAKE(known, ferry_telestream_video_metadata, telestream, NULL, video, NULL);
    MAKE(list, ferry_telestream_video_encodings, telestream, NULL, video, NULL, NULL);
    char params[256];
    snprintf(params, sizeof params, "{\"video_id\":\"%s\",\"profile_name\":\"webm\"}", video);
    if (MAKE(made, ferry_telestream_create, telestream, FERRY_ENCODINGS, NULL, params, NULL)) {
        const char *id = text_of(made, "id");
        if (MAKE(cancelled, ferry_telestream_encoding_cancel, telestream, NULL, id, NULL)) {
            MAKE(retried, ferry_telestream_encoding_retry, telestream, NULL, id, NULL);
        }
    }
    ferry_value *const values[] = {known, list, there, retried, cancelled, made};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ferry_value_free(values[i]);
    }
}

/* A look brings the encodings nearer to their end, so that no wait pauses for long. */
static void waits(void) {
    ferry_value *look = NULL, *first = NULL, *all = NULL;
    MAKE(look, ferry_telestream_video_encodings, telestream, NULL, video, NULL, NULL);
    if (MAKE(first, ferry_telestream_encoding_wait, telestream, NULL, encoding, NULL)) {
        CHECK_STR(text_of(first, "status"), "success");
    }
    MAKE(all, ferry_telestream_video_encodings_wait, telestream, NULL, video, NULL);
    ferry_value_free(look);
    ferry_value_free(first);
    ferry_value_free(all);
}

/* The source may be gone already; then the service says so. */
static void without_its_source(void) {
    ferry_value *made = NULL, *gone = NULL;
    char params[5000];
    snprintf(params, sizeof params, "{\"file\":\"%s\",\"profiles\":\"none\"}", source);
    if (MAKE(made, ferry_telestream_create, telestream, FERRY_VIDEOS, NULL, params, NULL)) {
        TRY(ferry_telestream_video_delete_source, telestream, NULL, text_of(made, "id"), NULL, &gone);
    }
    ferry_value_free(made);
    ferry_value_free(gone);
}

/* Each video is there, whole. */
static void check_films(void) {
    while (film_count > 0) {
        char *id = films[--film_count];
        ANSWER(there, ferry_telestream_video_wait, telestream, NULL, id, NULL);
        CHECK_AT(int_of(there, "file_size") == (int64_t)length, "%s", ferry_value_json(there));
        ferry_value_free(there);
        free(id);
    }
}

/* Runs it, again if that has failed. */
static void run_upload(ferry_upload *upload, int has_journal) {
    ferry_value *made = NULL;
    if ((TRY(ferry_upload_run, upload) || AGAIN(TRY(ferry_upload_run, upload))) &&
        MAKE(made, ferry_upload_result, upload)) {
        /* Of a video that was made while the answer was lost the service says nothing, nor when the journal of
           that upload is gone on with. */
        if (ferry_value_type(made) != FERRY_VALUE_NULL) {
            CHECK(film_count < FILMS);
            films[film_count++] = id_of(made);
        } else {
            CHECK(!torture_is_calm() || has_journal);
        }
    }
    ferry_value_free(made);
    ferry_upload_free(upload);
}

static ferry_telestream_upload_options options_of(void) {
    ferry_telestream_upload_options options;
    GET(ferry_telestream_upload_options_init, &options, sizeof options);
    options.filename = strrchr(source, '/') + 1;
    options.concurrency = 2;
    return options;
}

static void upload_file(void) {
    ferry_telestream_upload_options options = options_of();
    ferry_upload *upload = NULL, *resumed = NULL;
    char *token = NULL;
    char extra[5000];
    snprintf(extra, sizeof extra, "{\"subtitles\":[\"%s\"]}", source);
    options.extra_files_json = extra;
    if (TRY(ferry_telestream_upload_new, telestream, NULL, source, "{\"profiles\":\"h264\",\"payload\":\"x\"}",
            &options, &upload)) {
        MAKE(token, ferry_upload_token, upload);
        run_upload(upload, 0);
    }
    options = options_of();
    options.filename = NULL;
    if (token != NULL && MAKE(resumed, ferry_telestream_upload_resume, telestream, source, token, &options)) {
        run_upload(resumed, 0);
    }
    ferry_string_free(token);
}

static void upload_ranges(void) {
    ferry_telestream_upload_options options = options_of();
    options.protocol = FERRY_PROTOCOL_RANGES;
    ferry_upload *upload = NULL;
    if (MAKE(upload, ferry_telestream_upload_bytes_new, telestream, NULL, bytes, length, NULL, &options)) {
        run_upload(upload, 0);
    }
}

static void upload_reader(void) {
    ferry_telestream_upload_options options = options_of();
    ferry_upload *upload = NULL;
    struct torture_rest rest = {bytes, length};
    if (TRY(ferry_telestream_upload_reader_new, telestream, NULL, torture_give, &rest, FERRY_SIZE_UNKNOWN, NULL,
            &options, &upload)) {
        run_upload(upload, 0);
    }
}

static void upload_journal(void) {
    ferry_telestream_upload_options options = options_of();
    options.journal_dir = "journal";
    ferry_upload *upload = NULL;
    if (MAKE(upload, ferry_telestream_upload_new, telestream, NULL, source, NULL, &options)) {
        run_upload(upload, 1);
    }
    if (torture_is_calm()) {
        CHECK_AT(check_entries("journal") == 2, "a journal is left");
        char command[] = "rm -r journal";
        CHECK(system(command) == 0);
    }
}

const struct scenario telestream_scenarios[] = {
    {"profiles", make, profiles, end, NULL},
    {"factories", make, factories, end, NULL},
    {"videos", make_film, videos, end, NULL},
    {"waits", make_film, waits, end, NULL},
    {"without_its_source", make_film, without_its_source, end, NULL},
    {"film", make_parts, upload_file, end, check_films},
    {"film_over_tls", make_secure_parts, upload_file, end, check_films},
    {"film_in_ranges", make_parts, upload_ranges, end, check_films},
    {"film_of_a_reader", make_parts, upload_reader, end, check_films},
    {"film_with_a_journal", make_parts, upload_journal, end, check_films},
    {NULL, NULL, NULL, NULL, NULL},
};
