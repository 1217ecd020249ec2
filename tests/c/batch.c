/* Batches: many files in one call, their report, the file that fails, and a batch as a handle. */
#include "control.h"

enum { FILES = 40, LONG = 7 };
static char paths[FILES][4200];
static unsigned char *bytes;

static size_t length_of(int index) {
    return index == LONG ? 5 * MIB + 1 : 20000 + (size_t)index;
}

static void make(int index) {
    char name[32];
    snprintf(name, sizeof name, "%d.bin", index);
    snprintf(paths[index], sizeof paths[index], "%s", scratch_file(name, bytes + index, length_of(index)));
}

static void fill(ferry_batch_item *items) {
    for (int index = 0; index < FILES; index++) {
        items[index].path = paths[index];
        items[index].options = NULL;
    }
}

/* What the callback has seen. */
struct seen {
    int stored, failed, stop_after;
    char first_error[512];
    ferry_upload *upload;
};

static int32_t look(size_t index, const char *path, const ferry_filelink *filelink, const ferry_error *error,
    void *user_data) {
    struct seen *seen = user_data;
    CHECK_STR(path, paths[index]);
    CHECK((filelink == NULL) == (error != NULL));
    if (filelink != NULL) {
        CHECK(strlen(ferry_filelink_handle(filelink)) > 8);
        seen->stored++;
    } else {
        CHECK(ferry_error_status(error) != FERRY_OK);
        snprintf(seen->first_error, sizeof seen->first_error, "%s", ferry_error_message(error));
        seen->failed++;
    }
    return seen->stored + seen->failed == seen->stop_after;
}

static int32_t count_files(const ferry_progress *progress, void *user_data) {
    uint32_t *most = user_data;
    CHECK(progress->struct_size == sizeof *progress);
    CHECK(progress->files_total == FILES && progress->files_done >= *most);
    *most = progress->files_done;
    return 0;
}

static void check_stored(const ferry_upload *upload) {
    for (int index = 0; index < FILES; index++) {
        ferry_filelink *link = NULL;
        ferry_error *err = NULL;
        CHECK_OK(ferry_upload_item_filelink(upload, (size_t)index, &link, &err), err);
        check_content(link, bytes + index, length_of(index));
        ferry_filelink_free(link);
    }
}

static void one_call_stores_all(const ferry_filestack *client) {
    cloud_reset();
    ferry_batch_item items[FILES];
    fill(items);
    ferry_upload_options options = upload_options();
    uint32_t files_done = 0;
    options.on_progress = count_files;
    options.user_data = &files_done;
    struct seen seen = {0};
    ferry_value *report = NULL;
    ferry_error *err = NULL;
    CHECK_OK(
        ferry_filestack_upload_batch(client, items, FILES, &options, look, &seen, &report, &err), err);
    CHECK(seen.stored == FILES && seen.failed == 0 && files_done == FILES);
    CHECK(ferry_value_type(report) == FERRY_VALUE_ARRAY && ferry_value_len(report) == FILES);
    for (int index = 0; index < FILES; index++) {
        const ferry_value *item = ferry_value_at(report, (size_t)index);
        CHECK_STR(ferry_value_string(ferry_value_get(item, "path")), paths[index]);
        CHECK(ferry_value_type(ferry_value_get(item, "error")) == FERRY_VALUE_NULL);
        const ferry_value *filelink = ferry_value_get(item, "filelink");
        CHECK(ferry_value_int(ferry_value_get(filelink, "size")) == (int64_t)length_of(index));
    }
    ferry_value_free(report);
    CHECK(cloud_count("complete", 200) == FILES);

    /* Callbacks and report are wishes. */
    CHECK_OK(ferry_filestack_upload_batch(client, items, 2, NULL, NULL, NULL, NULL, &err), err);
}

static void one_file_fails_and_the_others_do_not(const ferry_filestack *client) {
    cloud_reset();
    ferry_batch_item items[FILES];
    fill(items);
    items[3].path = scratch("3.bin.gone");
    snprintf(paths[3], sizeof paths[3], "%s", items[3].path);
    struct seen seen = {0};
    ferry_value *report = NULL;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_filestack_upload_batch(client, items, FILES, NULL, look, &seen, &report, &err), FERRY_IO,
        err, "1 of 40 files is not stored");
    CHECK(seen.stored == FILES - 1 && seen.failed == 1);
    CHECK_HAS(seen.first_error, "3.bin.gone");
    const ferry_value *failed = ferry_value_get(ferry_value_at(report, 3), "error");
    CHECK_STR(ferry_value_string(ferry_value_get(failed, "status")), "FERRY_IO");
    CHECK_HAS(ferry_value_string(ferry_value_get(failed, "message")), "3.bin.gone");
    CHECK(!ferry_value_bool(ferry_value_get(failed, "retryable")));
    CHECK(ferry_value_type(ferry_value_get(ferry_value_at(report, 3), "filelink")) == FERRY_VALUE_NULL);
    CHECK(ferry_value_type(ferry_value_get(ferry_value_at(report, 4), "error")) == FERRY_VALUE_NULL);
    ferry_value_free(report);
    make(3);
}

/* How many files the service has. */
static int stored_files(void) {
    char *files = cloud_ask("GET", "files", "");
    int count = 0;
    for (const char *at = files; (at = strstr(at, "\"handle\"")) != NULL; at++) {
        count++;
    }
    free(files);
    return count;
}

static void a_handle_goes_on(const ferry_filestack *client) {
    cloud_reset();
    const int files_before = stored_files();
    ferry_batch_item items[FILES];
    fill(items);
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", scratch("batch-journals"));
    ferry_upload_options options = upload_options();
    options.journal_dir = folder;
    struct seen seen = {.stop_after = FILES / 2};
    ferry_upload *upload = NULL;
    ferry_filelink *link = NULL;
    ferry_value *report = NULL;
    ferry_error *err = NULL;
    char *token = NULL;
    CHECK_OK(
        ferry_filestack_upload_batch_new(client, items, FILES, &options, look, &seen, &upload, &err), err);
    /* Everything was copied. */
    memset(items, 0xAA, sizeof items);
    CHECK_STATE(upload, FERRY_UPLOAD_INITIALIZED);
    CHECK_STATUS(ferry_upload_item_filelink(upload, 0, &link, &err), FERRY_NOT_READY, err);
    CHECK_STATUS(ferry_upload_item_filelink(upload, FILES, &link, &err), FERRY_INVALID_ARGUMENT, err);
    CHECK_STATUS(ferry_upload_run(upload, &err), FERRY_CANCELLED, err);
    CHECK(seen.stored == FILES / 2);
    CHECK_STATE(upload, FERRY_UPLOAD_INTERRUPTED);
    CHECK_ERROR(ferry_upload_token(upload, &token, &err), FERRY_INVALID_STATE, err, "give it a journal");
    CHECK_ERROR(
        ferry_upload_filelink(upload, &link, &err), FERRY_INVALID_STATE, err, "ask for that of an item");
    CHECK_OK(ferry_upload_result(upload, &report, &err), err);
    CHECK(ferry_value_len(report) == FILES);
    ferry_value_free(report);

    ferry_value *list = NULL;
    CHECK_OK(ferry_journal_list(folder, &list, &err), err);
    CHECK_HAS(ferry_value_json(list), "\"files\":40");
    ferry_value_free(list);

    /* Another handle, as of another process, takes over. */
    ferry_upload_free(upload);
    upload = NULL;
    fill(items);
    seen = (struct seen){0};
    CHECK_OK(
        ferry_filestack_upload_batch_new(client, items, FILES, &options, look, &seen, &upload, &err), err);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK(seen.stored == FILES);
    CHECK_STATE(upload, FERRY_UPLOAD_UPLOADED);
    check_stored(upload);
    CHECK(stored_files() == files_before + FILES);
    ferry_upload_free(upload);
}

static void *cancel_at_put(void *upload) {
    cloud_await("put");
    ferry_upload_cancel(upload);
    return NULL;
}

static void a_cancel_is_for_good(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"times\":1000,\"action\":{\"stall_ms\":600000}}]");
    ferry_batch_item items[FILES];
    fill(items);
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_batch_new(client, items, FILES, NULL, NULL, NULL, &upload, &err), err);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, cancel_at_put, upload) == 0);
    const ferry_status status = ferry_upload_run(upload, &err);
    pthread_join(thread, NULL);
    CHECK_STATUS(status, FERRY_CANCELLED, err);
    CHECK_STATE(upload, FERRY_UPLOAD_ABORTED);
    CHECK_STATUS(ferry_upload_run(upload, &err), FERRY_INVALID_STATE, err);
    ferry_upload_free(upload);
    cloud_reset();
}

static void wrong_input_is_refused(const ferry_filestack *client) {
    cloud_reset();
    ferry_batch_item items[3] = {{paths[0], NULL}, {paths[1], NULL}, {paths[2], NULL}};
    ferry_upload_options own = upload_options(), options = upload_options();
    ferry_error *err = NULL;
#define REFUSED(items, count, options, part)                                                                 \
    CHECK_ERROR(ferry_filestack_upload_batch(client, items, count, options, NULL, NULL, NULL, &err),         \
        FERRY_INVALID_ARGUMENT, err, part)
    REFUSED(NULL, 0, NULL, "no items");
    REFUSED(NULL, 3, NULL, "items is NULL");
    REFUSED(items, SIZE_MAX, NULL, "no memory is that large");
    items[2].path = NULL;
    REFUSED(items, 3, NULL, "items[2]: path is NULL");
    items[2].path = "\xff";
    REFUSED(items, 3, NULL, "items[2]: path is not UTF-8");
    items[2].path = paths[0];
    REFUSED(items, 3, NULL, "items[2]: ");
    items[2].path = paths[2];
    items[1].options = &own;
    own.struct_size = 3;
    REFUSED(items, 3, NULL, "items[1]: struct_size");
    own = upload_options();
    own.on_progress = count_files;
    REFUSED(items, 3, NULL, "items[1]: on_progress is for the batch");
    own = upload_options();
    own.concurrency = 2;
    REFUSED(items, 3, NULL, "items[1]: concurrency is for the batch");
    own = upload_options();
    options.filename = "x";
    REFUSED(items, 3, &options, "filename would be that of every file");
    options = upload_options();
    options.concurrency = 65;
    REFUSED(items, 3, &options, "concurrency is 65");
    CHECK(cloud_count("any", 0) == 0);

    /* An upload of one file has no items. */
    ferry_upload *upload = NULL;
    ferry_filelink *link = NULL;
    CHECK_OK(ferry_filestack_upload_new(client, paths[0], NULL, &upload, &err), err);
    CHECK_ERROR(ferry_upload_item_filelink(upload, 0, &link, &err), FERRY_INVALID_STATE, err, "no batch");
    ferry_upload_free(upload);
}

int main(void) {
    check_begin();
    bytes = noise(5 * MIB + 1 + FILES, 1);
    for (int index = 0; index < FILES; index++) {
        make(index);
    }
    ferry_filestack *client = client_without_retries();
    one_call_stores_all(client);
    one_file_fails_and_the_others_do_not(client);
    a_handle_goes_on(client);
    a_cancel_is_for_good(client);
    wrong_input_is_refused(client);
    ferry_filestack_free(client);
    free(bytes);
    return check_result();
}
