/* Uploads that are started and polled: callbacks run on the thread that polls, and whatever happens, each
 * ends with a status. */
#include <poll.h>
#include <pthread.h>

#include "telestream.h"

/* What the callbacks of an upload were told, and what the progress callback does. */
struct told {
    pthread_t thread;
    ferry_upload *upload;
    int reports, events, items, reads, elsewhere;
    void (*act)(struct told *told);
    const unsigned char *bytes;
    size_t length, given;
};

static void called(struct told *told) {
    told->elsewhere += !pthread_equal(pthread_self(), told->thread);
}

static int32_t on_progress(const ferry_progress *progress, void *user_data) {
    struct told *told = user_data;
    called(told);
    told->reports++;
    CHECK(progress->struct_size == sizeof *progress);
    if (told->act != NULL && told->reports > 1) {
        told->act(told);
    }
    return 0;
}

static void on_event(const ferry_event *event, void *user_data) {
    struct told *told = user_data;
    called(told);
    told->events += event->kind == FERRY_EVENT_ATTEMPT;
}

static int32_t on_item(size_t index, const char *path, const ferry_filelink *link, const ferry_error *error,
    void *user_data) {
    struct told *told = user_data;
    called(told);
    CHECK(path != NULL && link != NULL && error == NULL && index < 3);
    told->items++;
    return 0;
}

static int64_t give(void *buffer, size_t capacity, void *user_data) {
    struct told *told = user_data;
    called(told);
    told->reads++;
    const size_t left = told->length - told->given, count = capacity < left ? capacity : left;
    memcpy(buffer, told->bytes + told->given, count);
    told->given += count;
    return (int64_t)count;
}

static ferry_upload *upload_of(
    const ferry_filestack *client, struct told *told, const unsigned char *bytes, size_t length) {
    ferry_upload_options options = upload_options();
    options.on_progress = told != NULL ? on_progress : NULL;
    options.user_data = told;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    static int number;
    char name[32];
    snprintf(name, sizeof name, "started %d.bin", number++);
    const char *path = scratch_file(name, bytes, length);
    CHECK_OK(ferry_filestack_upload_new(client, path, &options, &upload, &err), err);
    if (told != NULL) {
        *told = (struct told){.thread = pthread_self(), .upload = upload};
    }
    return upload;
}

static void start(const ferry_upload *upload) {
    ferry_error *err = NULL;
    CHECK_OK(ferry_upload_start(upload, &err), err);
}

/* Polls whenever the descriptor can be read, until the upload has ended. The last report. */
static ferry_progress poll_to_the_end(const ferry_upload *upload) {
    ferry_progress progress = {.struct_size = sizeof progress};
    ferry_status status;
    while ((status = ferry_upload_poll(upload, &progress)) == FERRY_NOT_READY) {
        struct pollfd ready = {.fd = ferry_upload_fd(upload), .events = POLLIN};
        if (poll(&ready, 1, 60000) != 1) {
            CHECK_AT(0, "nothing came within a minute");
            break;
        }
        CHECK(ready.revents == POLLIN);
    }
    CHECK(status == FERRY_OK && ferry_upload_poll(upload, NULL) == FERRY_OK);
    /* It stays to be told. */
    struct pollfd ready = {.fd = ferry_upload_fd(upload), .events = POLLIN};
    CHECK(poll(&ready, 1, 0) == 1);
    return progress;
}

static void check_finish(const ferry_upload *upload, ferry_status wanted, const char *part) {
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_upload_finish(upload, &err), wanted, err, part);
    CHECK(ferry_upload_fd(upload) == -1);
    CHECK(ferry_upload_poll(upload, NULL) == FERRY_INVALID_STATE);
}

static void check_stored(const ferry_upload *upload, const unsigned char *bytes, size_t length) {
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_STATE(upload, FERRY_UPLOAD_UPLOADED);
    CHECK_OK(ferry_upload_filelink(upload, &link, &err), err);
    check_content(link, bytes, length);
    ferry_filelink_free(link);
}

/* Callbacks of all kinds, and two uploads in one loop. */
static void in_a_loop(const unsigned char *bytes, size_t length) {
    struct told told[2], watched = {.thread = pthread_self()};
    ferry_connection_options connection = connection_options();
    connection.on_event = on_event;
    connection.event_data = &watched;
    ferry_filestack *client = client_new(&connection);
    ferry_upload *uploads[2];
    ferry_error *err = NULL;
    int open = 2, ended[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        uploads[i] = upload_of(client, &told[i], bytes, length - (size_t)i);
        start(uploads[i]);
    }
    while (open > 0) {
        struct pollfd ready[2];
        for (int i = 0; i < 2; i++) {
            ready[i] = (struct pollfd){.fd = ended[i] ? -1 : ferry_upload_fd(uploads[i]), .events = POLLIN};
        }
        CHECK(poll(ready, 2, 60000) > 0);
        for (int i = 0; i < 2; i++) {
            if (!ended[i] && ready[i].revents != 0 && ferry_upload_poll(uploads[i], NULL) == FERRY_OK) {
                ended[i] = 1;
                open--;
            }
        }
    }
    for (int i = 0; i < 2; i++) {
        CHECK_OK(ferry_upload_finish(uploads[i], &err), err);
        check_stored(uploads[i], bytes, length - (size_t)i);
        CHECK(told[i].reports >= 2 && told[i].elsewhere == 0);
        /* It can be started and run again, which does nothing. */
        start(uploads[i]);
        check_finish(uploads[i], FERRY_OK, "");
        CHECK_OK(ferry_upload_run(uploads[i], &err), err);
        ferry_upload_free(uploads[i]);
    }
    CHECK(watched.events > 6 && watched.elsewhere == 0);
    ferry_filestack_free(client);
}

static void without_callbacks(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    ferry_upload *upload = upload_of(client, NULL, bytes, length);
    start(upload);
    const ferry_progress last = poll_to_the_end(upload);
    CHECK(last.struct_size == sizeof last && last.bytes_done == length && last.bytes_total == length);
    check_finish(upload, FERRY_OK, "");
    check_stored(upload, bytes, length);
    ferry_upload_free(upload);
}

/* Who does not poll still gets the callbacks, in ferry_upload_finish. */
static void without_polling(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    struct told told;
    ferry_upload *upload = upload_of(client, &told, bytes, length);
    start(upload);
    check_finish(upload, FERRY_OK, "");
    CHECK(told.reports >= 2 && told.elsewhere == 0);
    check_stored(upload, bytes, length);
    ferry_upload_free(upload);
}

static void batches_and_readers(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    struct told told = {.thread = pthread_self()};
    char paths[3][4096];
    ferry_batch_item items[3];
    memset(items, 0, sizeof items);
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d.bin", i);
        snprintf(paths[i], sizeof paths[i], "%s", scratch_file(name, bytes, 1000 + (size_t)i));
        items[i].path = paths[i];
    }
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_batch_new(client, items, 3, NULL, on_item, &told, &upload, &err), err);
    start(upload);
    CHECK(poll_to_the_end(upload).files_done == 3);
    check_finish(upload, FERRY_OK, "");
    CHECK(told.items == 3 && told.elsewhere == 0);
    ferry_upload_free(upload);

    ferry_telestream *telestream = telestream_signed(FIRST);
    ferry_telestream_upload_options options = telestream_upload_options();
    options.filename = "started.mp4";
    told = (struct told){.thread = pthread_self(), .bytes = bytes, .length = length};
    CHECK_OK(ferry_telestream_upload_reader_new(
                 telestream, NULL, give, &told, length, NULL, &options, &upload, &err),
        err);
    start(upload);
    CHECK(poll_to_the_end(upload).bytes_done == length);
    check_finish(upload, FERRY_OK, "");
    CHECK(told.given == length && told.reads > 1 && told.elsewhere == 0);
    ferry_upload_free(upload);
    ferry_telestream_free(telestream);
}

static void pause_upload(struct told *told) {
    told->act = NULL;
    ferry_upload_pause(told->upload);
}

static void cancel_upload(struct told *told) {
    told->act = NULL;
    ferry_upload_cancel(told->upload);
}

static void finish_inside(struct told *told) {
    told->act = NULL;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_upload_finish(told->upload, &err), FERRY_INVALID_STATE, err, "in a callback");
    CHECK(ferry_upload_poll(told->upload, NULL) == FERRY_NOT_READY);
    CHECK_ERROR(ferry_upload_start(told->upload, &err), FERRY_INVALID_STATE, err, "finish it first");
}

static void stopped(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    struct told told;
    ferry_error *err = NULL;
    ferry_upload *upload = upload_of(client, &told, bytes, length);
    told.act = pause_upload;
    cloud_faults("[{\"class\":\"put\",\"action\":{\"hold_ms\":500}}]");
    start(upload);
    poll_to_the_end(upload);
    cloud_reset();
    ferry_status status = ferry_upload_finish(upload, &err);
    CHECK(status == FERRY_PAUSED && !ferry_error_retryable(err));
    CHECK_STATUS(status, FERRY_PAUSED, err);
    CHECK_STATE(upload, FERRY_UPLOAD_PAUSED);
    /* An interrupt right after the start is not lost. */
    start(upload);
    ferry_upload_interrupt(upload);
    check_finish(upload, FERRY_CANCELLED, "interrupted");
    CHECK_STATE(upload, FERRY_UPLOAD_INTERRUPTED);
    ferry_upload_free(upload);

    upload = upload_of(client, &told, bytes, length);
    told.act = cancel_upload;
    cloud_faults("[{\"class\":\"put\",\"action\":{\"stall_ms\":60000}}]");
    start(upload);
    check_finish(upload, FERRY_CANCELLED, "cancelled");
    CHECK_STATE(upload, FERRY_UPLOAD_ABORTED);
    cloud_reset();
    start(upload);
    poll_to_the_end(upload);
    check_finish(upload, FERRY_INVALID_STATE, "cancelled");
    ferry_upload_free(upload);
}

static void failed(const unsigned char *bytes, size_t length) {
    ferry_filestack *client = client_without_retries();
    ferry_error *err = NULL;
    ferry_upload *upload = upload_of(client, NULL, bytes, length);
    cloud_faults("[{\"class\":\"put\",\"times\":1,\"action\":{\"status\":503}}]");
    start(upload);
    poll_to_the_end(upload);
    CHECK_ERROR(ferry_upload_run(upload, &err), FERRY_INVALID_STATE, err, "finish it first");
    const ferry_status status = ferry_upload_finish(upload, &err);
    CHECK(ferry_error_http_status(err) == 503 && ferry_error_retryable(err));
    CHECK_STATUS(status, FERRY_HTTP, err);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    check_stored(upload, bytes, length);
    ferry_upload_free(upload);
    ferry_filestack_free(client);
}

static void misused(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    struct told told;
    ferry_error *err = NULL;
    ferry_upload *upload = upload_of(client, &told, bytes, length);
    CHECK(ferry_upload_fd(NULL) == -1 && ferry_upload_fd(upload) == -1);
    CHECK(ferry_upload_poll(NULL, NULL) == FERRY_INVALID_ARGUMENT);
    CHECK(ferry_upload_poll(upload, NULL) == FERRY_INVALID_STATE);
    CHECK_ERROR(ferry_upload_finish(upload, &err), FERRY_INVALID_STATE, err, "start it first");
    told.act = finish_inside;
    start(upload);
    CHECK_ERROR(ferry_upload_start(upload, &err), FERRY_INVALID_STATE, err, "started already");
    CHECK_ERROR(ferry_upload_run(upload, &err), FERRY_INVALID_STATE, err, "started already");
    ferry_progress unsized;
    memset(&unsized, 0, sizeof unsized);
    CHECK(ferry_upload_poll(upload, &unsized) == FERRY_INVALID_ARGUMENT);
    /* A struct of an older program is not written beyond its end. */
    ferry_progress older;
    memset(&older, 0x55, sizeof older);
    older.struct_size = offsetof(ferry_progress, parts_done);
    CHECK(ferry_upload_poll(upload, &older) <= FERRY_NOT_READY && older.parts_done == 0x55555555);
    CHECK(older.struct_size == offsetof(ferry_progress, parts_done));
    poll_to_the_end(upload);
    check_finish(upload, FERRY_OK, "");
    CHECK(told.act == NULL);
    ferry_upload_free(upload);
}

/* Whatever a started upload does, to free it ends it; no callback comes any more. */
static void *start_it(void *upload) {
    ferry_error *err = NULL;
    const ferry_status status = ferry_upload_start(upload, &err);
    ferry_error_free(err);
    return status == FERRY_OK ? upload : NULL;
}

/* Of two threads that start an upload at the same time one does. */
static void started_twice(const ferry_filestack *client, const unsigned char *bytes) {
    for (int round = 0; round < 20; round++) {
        ferry_upload *upload = upload_of(client, NULL, bytes, 1000);
        pthread_t other;
        void *other_has = NULL;
        CHECK(pthread_create(&other, NULL, start_it, upload) == 0);
        const bool has = start_it(upload) != NULL;
        CHECK(pthread_join(other, &other_has) == 0);
        CHECK(has != (other_has != NULL));
        ferry_upload_free(upload);
    }
}

static void freed(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    struct told told;
    /* A report waits to be run. */
    ferry_upload *upload = upload_of(client, &told, bytes, length);
    start(upload);
    ferry_upload_free(upload);
    CHECK(told.reports == 0);
    /* Requests are under way. */
    cloud_faults("[{\"class\":\"put\",\"action\":{\"stall_ms\":60000}}]");
    upload = upload_of(client, &told, bytes, length);
    start(upload);
    while (cloud_count("put", 0) == 0) {
        ferry_upload_poll(upload, NULL);
        check_rest();
    }
    const int reports = told.reports;
    const double begin = check_now();
    ferry_upload_free(upload);
    const double took = check_now() - begin;
    CHECK_AT(took < (is_small() ? 10 : 1), "it took %.2f s to free it", took);
    CHECK(told.reports == reports);
    cloud_reset();
    /* It has ended. */
    upload = upload_of(client, NULL, bytes, length);
    start(upload);
    poll_to_the_end(upload);
    ferry_upload_free(upload);
}

int main(void) {
    check_begin();
    const size_t length = is_small() ? 6 * MIB : 12 * MIB + 3;
    unsigned char *bytes = noise(length, 12);
    ferry_filestack *client = client_new(NULL);
    in_a_loop(bytes, length);
    without_callbacks(client, bytes, length);
    without_polling(client, bytes, length);
    batches_and_readers(client, bytes, length);
    stopped(client, bytes, length);
    failed(bytes, length);
    misused(client, bytes, length);
    started_twice(client, bytes);
    freed(client, bytes, length);
    ferry_filestack_free(client);
    free(bytes);
    return check_result();
}
