/* A file in one request, without parts. */
#include "chain.h"

static ferry_upload_options single_options(void) {
    ferry_upload_options options = upload_options();
    options.single_request = true;
    return options;
}

/* Everything so far went up in so many requests, and none in parts. */
static void check_sent(int requests) {
    CHECK(cloud_count("store_api", 0) == requests);
    CHECK(cloud_count("start", 0) == 0 && cloud_count("put", 0) == 0);
}

static int64_t read_once(void *buffer, size_t capacity, void *user_data) {
    size_t *left = user_data;
    const size_t count = *left < capacity ? *left : capacity;
    memset(buffer, 'r', count);
    *left -= count;
    return (int64_t)count;
}

static void from_everywhere(const ferry_filestack *client) {
    cloud_reset();
    const size_t length = is_small() ? MIB : 12 * MIB;
    unsigned char *bytes = noise(length, 3);
    ferry_upload_options options = single_options();
    options.path = "a b/";
    options.container = "bucket";
    options.access = "public";
    options.location = "gcs";
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const char *path = scratch_file("sp\xc3\xa4t & 1.txt", bytes, length);
    CHECK_OK(ferry_filestack_upload_file(client, path, &options, &link, &err), err);
    check_content(link, bytes, length);
    char *asked = cloud_path("store_api");
    CHECK_HAS(asked, "/api/store/gcs?key=***&filename=sp%C3%A4t%20%26%201.txt&mimetype=text%2Fplain");
    CHECK_HAS(asked, "&path=a%20b%2F&container=bucket&access=public");
    free(asked);
    ferry_value *answer = NULL;
    CHECK_OK(ferry_filelink_answer(link, &answer, &err), err);
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "handle")), ferry_filelink_handle(link));
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "filename")), "sp\xc3\xa4t & 1.txt");
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "container")), "bucket");
    CHECK_STR(ferry_value_string(ferry_value_get(answer, "type")), "text/plain");
    ferry_value_free(answer);
    ferry_filelink_free(link);

    options = single_options();
    options.filename = "x.bin";
    options.mimetype = "a/b";
    CHECK_OK(ferry_filestack_upload_bytes(client, bytes, 1000, &options, &link, &err), err);
    check_content(link, bytes, 1000);
    ferry_filelink_free(link);
    free(bytes);

    /* More than the temporary file would hold at a time. */
    const size_t sizes[] = {5, is_small() ? MIB : 70 * MIB};
    for (size_t i = 0; i < 4; i++) {
        const size_t size = sizes[i / 2];
        size_t left = size;
        const uint64_t announced = i % 2 == 0 ? size : FERRY_SIZE_UNKNOWN;
        CHECK_OK(
            ferry_filestack_upload_reader(client, read_once, &left, announced, &options, &link, &err), err);
        unsigned char *wanted = malloc(size);
        memset(wanted, 'r', size);
        check_content(link, wanted, size);
        free(wanted);
        ferry_filelink_free(link);
    }
    check_sent(6);
    size_t left = 5;
    ferry_status status = ferry_filestack_upload_reader(client, read_once, &left, 6, &options, &link, &err);
    CHECK_ERROR(status, FERRY_FILE_CHANGED, err, "fewer bytes");
    CHECK_ERROR(ferry_filestack_upload_bytes(client, "", 0, &options, &link, &err), FERRY_INVALID_ARGUMENT,
        err, "empty");
    check_sent(6);
}

/* What cannot go with it is refused by name, before anything is sent. */
static void refused(const ferry_filestack *client) {
    cloud_reset();
    static const char *const names[] = {"intelligent", "part_size", "concurrency", "journal", "restart",
        "tags", "alt_text", "region", "workflows"};
    ferry_filelink *link = NULL;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_file("x", "x", 1));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ferry_upload_options options = single_options();
        options.intelligent = i == 0 ? FERRY_INTELLIGENT_FALLBACK : FERRY_INTELLIGENT_OFF;
        options.part_size = i == 1 ? 8 * MIB : 0;
        options.concurrency = i == 2;
        options.journal_dir = i == 3 ? env("FERRY_TEST_FOLDER") : NULL;
        options.restart = i == 4;
        options.tags_json = i == 5 ? "{\"a\":\"b\"}" : NULL;
        options.alt_text = i == 6 ? "a picture" : NULL;
        options.region = i == 7 ? "eu-west-1" : NULL;
        options.workflows_json = i == 8 ? "[\"w\"]" : NULL;
        char wanted[64];
        snprintf(wanted, sizeof wanted, "%s cannot be set with single_request", names[i]);
        CHECK_ERROR(ferry_filestack_upload_file(client, path, &options, &link, &err), FERRY_INVALID_ARGUMENT,
            err, wanted);
        CHECK_ERROR(ferry_filestack_upload_new(client, path, &options, &upload, &err), FERRY_INVALID_ARGUMENT,
            err, wanted);
        if (i == 2) {
            continue; /* of a batch it is the number of files */
        }
        const ferry_batch_item item = {path, NULL};
        CHECK_ERROR(ferry_filestack_upload_batch_new(client, &item, 1, &options, NULL, NULL, &upload, &err),
            FERRY_INVALID_ARGUMENT, err, wanted);
    }
    ferry_upload_options options = single_options();
    options._reserved = 1;
    CHECK_ERROR(ferry_filestack_upload_file(client, path, &options, &link, &err), FERRY_INVALID_ARGUMENT, err,
        "_reserved of ferry_upload_options");
    ferry_security *security = signed_policy("{\"expiry\":4102444800,\"call\":[\"read\"]}", NULL);
    options = single_options();
    options.security = security;
    CHECK_ERROR(ferry_filestack_upload_file(client, path, &options, &link, &err), FERRY_INVALID_ARGUMENT, err,
        "store");
    ferry_security_free(security);
    CHECK(cloud_count("any", 0) == 0);
}

static int32_t remember(const ferry_progress *progress, void *user_data) {
    uint64_t *seen = user_data;
    seen[0] = progress->bytes_done;
    seen[1] = progress->bytes_total;
    CHECK(progress->parts_total == 1);
    return seen[2] != 0;
}

static void watched_and_ended(const ferry_filestack *client) {
    cloud_reset();
    const size_t length = 11 * MIB; /* three parts, if it had any */
    unsigned char *bytes = noise(length, 4);
    uint64_t seen[3] = {0};
    ferry_upload_options options = single_options();
    options.on_progress = remember;
    options.user_data = seen;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, bytes, length, &options, &link, &err), err);
    CHECK(seen[0] == length && seen[1] == length);
    ferry_filelink_free(link);
    free(bytes);

    cloud_faults("[{\"class\":\"store_api\",\"action\":{\"stall_ms\":20000}}]");
    options = single_options();
    options.deadline_ms = 500;
    ferry_status status = ferry_filestack_upload_bytes(client, "late", 4, &options, &link, &err);
    CHECK_STR(ferry_error_step(err), "store");
    CHECK(!ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_TIMEOUT, err, "not repeated");
    CHECK(cloud_fired());

    cloud_reset();
    options.bytes_per_second = 1;
    status = ferry_filestack_upload_bytes(client, "slow", 4, &options, &link, &err);
    CHECK_STATUS(status, FERRY_TIMEOUT, err);
    CHECK(cloud_count("any", 0) == 0);
}

/* A prepared upload: paused before it runs, run, and without a token. */
static void prepared(const ferry_filestack *client) {
    cloud_reset();
    const ferry_upload_options options = single_options();
    ferry_upload *upload = NULL;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    char *token = NULL;
    const char *path = scratch_file("prepared.txt", "prepared", 8);
    CHECK_OK(ferry_filestack_upload_new(client, path, &options, &upload, &err), err);
    ferry_upload_pause(upload);
    CHECK_STATUS(ferry_upload_run(upload, &err), FERRY_PAUSED, err);
    check_sent(0);
    CHECK_ERROR(ferry_upload_token(upload, &token, &err), FERRY_INVALID_STATE, err, "one request");
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_OK(ferry_upload_filelink(upload, &link, &err), err);
    check_content(link, "prepared", 8);
    check_sent(1);
    ferry_filelink_free(link);
    ferry_upload_free(upload);

    /* The file changes before it is sent. */
    path = scratch_file("changes.txt", "first", 5);
    CHECK_OK(ferry_filestack_upload_new(client, path, &options, &upload, &err), err);
    scratch_file("changes.txt", "longer", 6);
    CHECK_ERROR(ferry_upload_run(upload, &err), FERRY_FILE_CHANGED, err, "changes.txt changed");
    check_sent(1);
    ferry_upload_free(upload);
}

static int32_t count_item(size_t index, const char *path, const ferry_filelink *link,
    const ferry_error *error, void *user_data) {
    (void)index, (void)path;
    *(int *)user_data += link != NULL && error == NULL;
    return 0;
}

/* A batch, where one item of its own goes up in parts. */
static void many(const ferry_filestack *client) {
    cloud_reset();
    enum { FILES = 20 };
    char paths[FILES][64];
    ferry_batch_item items[FILES];
    ferry_upload_options options = single_options(), parts = upload_options();
    options.concurrency = 4;
    for (int i = 0; i < FILES; i++) {
        char name[16], full[4096];
        snprintf(name, sizeof name, "many-%d", i);
        snprintf(full, sizeof full, "%s", scratch_file(name, name, strlen(name)));
        snprintf(paths[i], sizeof paths[i], "%s", name);
        items[i] = (ferry_batch_item){strdup(full), i == 7 ? &parts : NULL};
    }
    int stored = 0;
    ferry_value *report = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_batch(client, items, FILES, &options, count_item, &stored, &report, &err),
        err);
    CHECK(stored == FILES);
    CHECK(cloud_count("store_api", 200) == FILES - 1 && cloud_count("start", 200) == 1);
    for (size_t i = 0; i < FILES; i++) {
        const ferry_value *told = ferry_value_get(ferry_value_at(report, i), "filelink");
        ferry_filelink *link = NULL;
        CHECK_OK(ferry_filelink_new(client, ferry_value_string(ferry_value_get(told, "handle")), &link, &err),
            err);
        check_content(link, paths[i], strlen(paths[i]));
        ferry_filelink_free(link);
    }
    ferry_value_free(report);
    /* A journal of the batch is one of its items too. */
    ferry_upload_options common = upload_options(), own = single_options();
    common.journal_dir = env("FERRY_TEST_FOLDER");
    const ferry_batch_item item = {items[0].path, &own};
    ferry_upload *upload = NULL;
    ferry_status status =
        ferry_filestack_upload_batch_new(client, &item, 1, &common, NULL, NULL, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "journal cannot be set with single_request");
    for (int i = 0; i < FILES; i++) {
        free((char *)items[i].path);
    }
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    from_everywhere(client);
    refused(client);
    watched_and_ended(client);
    prepared(client);
    many(client);
    ferry_filestack_free(client);
    return check_result();
}
