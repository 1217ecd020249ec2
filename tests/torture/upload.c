/* Uploads to Filestack, of every kind. */
#include <poll.h>

#include "torture.h"

enum { LENGTH = 3000, FILES = 3 };

static ferry_filestack *client;
static unsigned char *bytes;
static size_t length;

static void make(size_t of) {
    client = torture_client();
    length = of;
    bytes = noise(length, of);
}

static void make_small(void) {
    make(LENGTH);
}

static void make_secure(void) {
    torture_has_tls = 1;
    make_small();
}

/* Two parts. */
static void make_parts(void) {
    make(5 * MIB + 1);
}

static void end(void) {
    ferry_filestack_free(client);
    free(bytes);
}

static const char *source(void) {
    return torture_source(length == LENGTH ? "small.bin" : "parts.bin", bytes, length);
}

static int32_t on_progress(const ferry_progress *progress, void *user_data) {
    (void)user_data;
    return progress->struct_size == 0;
}

static ferry_upload_options options_of(void) {
    ferry_upload_options options;
    GET(ferry_upload_options_init, &options, sizeof options);
    options.on_progress = on_progress;
    options.concurrency = 2;
    return options;
}

static void upload_file(void) {
    ferry_upload_options options = options_of();
    options.filename = "f\xc3\xa4hre 1.bin";
    options.tags_json = "{\"album\":\"holiday\",\"a\":\"b\"}";
    options.workflows_json = "[\"w-1\"]";
    ferry_filelink *link = NULL;
    if (MAKE(link, ferry_filestack_upload_file, client, source(), &options)) {
        torture_stored(link, bytes, length);
    }
}

static void upload_bytes(void) {
    ferry_upload_options options = options_of();
    ferry_filelink *link = NULL;
    if (MAKE(link, ferry_filestack_upload_bytes, client, bytes, length, &options)) {
        torture_stored(link, bytes, length);
    }
}

static void upload_intelligent(void) {
    ferry_upload_options options = options_of();
    options.intelligent = FERRY_INTELLIGENT_ON;
    ferry_filelink *link = NULL;
    if (MAKE(link, ferry_filestack_upload_bytes, client, bytes, length, &options)) {
        torture_stored(link, bytes, length);
    }
}

static void upload_single(void) {
    ferry_upload_options options = upload_options();
    options.single_request = true;
    ferry_filelink *link = NULL;
    if (MAKE(link, ferry_filestack_upload_file, client, source(), &options)) {
        torture_stored(link, bytes, length);
    }
}

static void upload_what_is_given(uint64_t size) {
    ferry_upload_options options = options_of();
    ferry_filelink *link = NULL;
    struct torture_rest rest = {bytes, length};
    if (MAKE(link, ferry_filestack_upload_reader, client, torture_give, &rest, size, &options)) {
        torture_stored(link, bytes, length);
    }
}

static void upload_reader(void) {
    upload_what_is_given(FERRY_SIZE_UNKNOWN);
    upload_what_is_given(length);
}

/* Sent while it is read. */
static void upload_feed(void) {
    upload_what_is_given(length);
}

static ferry_filelink *elsewhere;

static void make_url(void) {
    make_small();
    elsewhere = stored(client, "a.bin", bytes, length);
}

static void end_url(void) {
    ferry_filelink_free(elsewhere);
    end();
}

static void upload_url(void) {
    ferry_upload_options options = upload_options();
    options.filename = "other.bin";
    options.tags_json = "{\"a\":\"b\"}";
    ferry_filelink *link = NULL;
    if (TRY(ferry_filestack_upload_url, client, ferry_filelink_url(elsewhere), &options, &link)) {
        torture_stored(link, bytes, length);
    }
}

/* A handle that is run again after a failure, as a program does. */
static void upload_handle(void) {
    ferry_upload_options options = options_of();
    ferry_upload *upload = NULL, *resumed = NULL;
    ferry_filelink *link = NULL;
    ferry_value *answer = NULL;
    char *token = NULL;
    if (MAKE(upload, ferry_filestack_upload_new, client, source(), &options)) {
        GET(ferry_upload_limit, upload, 0);
        GET(ferry_upload_interrupt, upload);
        MAKE(token, ferry_upload_token, upload);
        if (TRY(ferry_upload_run, upload) || AGAIN(TRY(ferry_upload_run, upload))) {
            CHECK(GET(ferry_upload_state, upload) == FERRY_UPLOAD_UPLOADED);
            MAKE(answer, ferry_upload_result, upload);
            if (MAKE(link, ferry_upload_filelink, upload)) {
                torture_stored(link, bytes, length);
            }
        }
        link = NULL;
        if (token != NULL && MAKE(resumed, ferry_filestack_upload_resume, client, source(), token, NULL) &&
            TRY(ferry_upload_run, resumed) && MAKE(link, ferry_upload_filelink, resumed)) {
            torture_stored(link, bytes, length);
        }
    }
    ferry_value_free(answer);
    ferry_string_free(token);
    GET(ferry_upload_free, upload);
    ferry_upload_free(resumed);
}

static void upload_stopped(void) {
    ferry_upload *upload = NULL;
    if (MAKE(upload, ferry_filestack_upload_new, client, source(), NULL)) {
        GET(ferry_upload_pause, upload);
        TRY_FAILS(FERRY_PAUSED, ferry_upload_run, upload);
        GET(ferry_upload_cancel, upload);
        TRY_FAILS(FERRY_CANCELLED, ferry_upload_run, upload);
        CHECK(ferry_upload_state(upload) == FERRY_UPLOAD_ABORTED);
    }
    ferry_upload_free(upload);
}

static void upload_started(void) {
    ferry_upload_options options = options_of();
    ferry_upload *upload = NULL;
    ferry_filelink *link = NULL;
    ferry_progress progress = {.struct_size = sizeof progress};
    if (MAKE(upload, ferry_filestack_upload_new, client, source(), &options) &&
        (TRY(ferry_upload_start, upload) || AGAIN(TRY(ferry_upload_start, upload)))) {
        struct pollfd ready = {.fd = GET(ferry_upload_fd, upload), .events = POLLIN};
        for (;;) {
            const ferry_status status = GET(ferry_upload_poll, upload, &progress);
            if (status != FERRY_NOT_READY) {
                CHECK_AT(status == FERRY_OK || (status == FERRY_OUT_OF_MEMORY && !torture_is_calm()), "%s",
                    ferry_status_name(status));
                break;
            }
            poll(&ready, 1, 100);
        }
        if (TRY(ferry_upload_finish, upload) && MAKE(link, ferry_upload_filelink, upload)) {
            torture_stored(link, bytes, length);
        }
    }
    ferry_upload_free(upload);
}

/* With a journal, whose folder is removed at the end of each act, for no upload is left there. */
static void upload_journal(void) {
    ferry_upload_options options = options_of();
    options.journal_dir = "journal";
    ferry_upload *upload = NULL;
    ferry_filelink *link = NULL;
    ferry_value *list = NULL;
    uint64_t removed = 0;
    if (MAKE(upload, ferry_filestack_upload_new, client, source(), &options) &&
        (TRY(ferry_upload_run, upload) || AGAIN(TRY(ferry_upload_run, upload))) &&
        MAKE(link, ferry_upload_filelink, upload)) {
        torture_stored(link, bytes, length);
    }
    ferry_upload_free(upload);
    MAKE(list, ferry_journal_list, "journal");
    MAKE(removed, ferry_journal_prune, "journal", 0);
    if (torture_is_calm()) {
        CHECK(ferry_value_len(list) == 0);
        char command[] = "rm -r journal";
        CHECK(system(command) == 0);
    }
    ferry_value_free(list);
}

static int32_t on_item(
    size_t index, const char *path, const ferry_filelink *link, const ferry_error *error, void *user_data) {
    (void)user_data;
    CHECK(index < FILES && path != NULL && (link == NULL) == (error != NULL));
    return 0;
}

static ferry_batch_item items[FILES];

static void make_batch(void) {
    static char paths[FILES][4096];
    make_small();
    for (int i = 0; i < FILES; i++) {
        const char *path = torture_source(filled("batch-%d.bin", i), bytes + i, length - (size_t)i);
        snprintf(paths[i], sizeof paths[i], "%s", path);
        items[i].path = paths[i];
    }
}

static void upload_batch(void) {
    ferry_upload_options options = options_of();
    ferry_upload *upload = NULL;
    ferry_value *report = NULL;
    if (MAKE(upload, ferry_filestack_upload_batch_new, client, items, FILES, &options, on_item, NULL) &&
        TRY(ferry_upload_run, upload)) {
        for (int i = 0; i < FILES; i++) {
            ferry_filelink *link = NULL;
            if (TRY(ferry_upload_item_filelink, upload, (size_t)i, &link)) {
                torture_stored(link, bytes + i, length - (size_t)i);
            }
        }
    }
    ferry_upload_free(upload);
    /* It is there after a failure too. */
    TRY(ferry_filestack_upload_batch, client, items, FILES, &options, on_item, NULL, &report);
    ferry_value_free(report);
}

const struct scenario upload_scenarios[] = {
    {"upload_file", make_small, upload_file, end, NULL},
    {"upload_over_tls", make_secure, upload_file, end, NULL},
    {"upload_bytes", make_small, upload_bytes, end, NULL},
    {"upload_intelligent", make_small, upload_intelligent, end, NULL},
    {"upload_single", make_small, upload_single, end, NULL},
    {"upload_reader", make_small, upload_reader, end, NULL},
    {"upload_url", make_url, upload_url, end_url, NULL},
    {"upload_handle", make_small, upload_handle, end, NULL},
    {"upload_stopped", make_small, upload_stopped, end, NULL},
    {"upload_started", make_small, upload_started, end, NULL},
    {"upload_journal", make_small, upload_journal, end, NULL},
    {"upload_batch", make_batch, upload_batch, end, NULL},
    {"upload_parts", make_parts, upload_file, end, NULL},
    {"upload_parts_of_a_reader", make_parts, upload_feed, end, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
