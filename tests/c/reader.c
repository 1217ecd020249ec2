/* Data that has no file: it goes up while it is read, to either service. */
#include <stdatomic.h>

#include "telestream.h"

static const size_t part = 5 * MIB;

/* What a reader gives, and what it does on the way. */
struct tap {
    const unsigned char *bytes;
    size_t length, given;
    size_t at;            /* before it gives more than this, it does once: */
    const char *await;    /* wait for a request of this class */
    ferry_upload *stop;   /* interrupt this */
    int64_t result;       /* return this, if it is not 0 */
    const atomic_int *go; /* wait for this */
    pthread_t thread;
    int elsewhere, met;
};

static int64_t give(void *buffer, size_t capacity, void *user_data) {
    struct tap *tap = user_data;
    tap->elsewhere += !pthread_equal(pthread_self(), tap->thread);
    if (tap->given >= tap->at && !tap->met) {
        tap->met = 1;
        if (tap->await != NULL) {
            cloud_await(tap->await);
        }
        while (tap->go != NULL && !atomic_load(tap->go)) {
            check_rest();
        }
        if (tap->stop != NULL) {
            ferry_upload_interrupt(tap->stop);
        }
        if (tap->result != 0) {
            return tap->result;
        }
    }
    const size_t left = tap->length - tap->given, most = tap->met ? left : tap->at - tap->given;
    size_t count = capacity < left ? capacity : left;
    count = count < most ? count : most;
    memcpy(buffer, tap->bytes + tap->given, count);
    tap->given += count;
    return (int64_t)count;
}

static struct tap tap_of(const unsigned char *bytes, size_t length, size_t at) {
    return (struct tap){.bytes = bytes, .length = length, .at = at, .thread = pthread_self()};
}

static ferry_upload *reader_new(const ferry_telestream *telestream, struct tap *tap, uint64_t size,
    const ferry_telestream_upload_options *options) {
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_upload_reader_new(
                 telestream, NULL, give, tap, size, "{\"profiles\":\"h264\"}", options, &upload, &err),
        err);
    return upload;
}

static void check_became_video(const ferry_telestream *telestream, const ferry_upload *upload,
    const unsigned char *bytes, size_t length) {
    CHECK_STATE(upload, FERRY_UPLOAD_UPLOADED);
    ANSWER(video, ferry_upload_result, upload);
    char *id = id_of(video);
    check_output(telestream, FIRST, id, bytes, length);
    free(id);
    ferry_value_free(video);
}

/* The reader gives its end only when a part has come, so parts are sent before; progress is reported from the
 * beginning, of the announced size. */
static void sent_while_it_is_read(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    cloud_reset();
    struct reports reports = {.thread = pthread_self()};
    struct tap tap = tap_of(bytes, length, length - 1);
    tap.await = "put";
    ferry_upload_options options = upload_options();
    options.on_progress = collect;
    options.user_data = &reports;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_reader(client, give, &tap, length, &options, &link, &err), err);
    CHECK(tap.met && tap.elsewhere == 0);
    check_reports(&reports, length, (uint32_t)((length + part - 1) / part));
    check_content(link, bytes, length);
    ferry_filelink_free(link);
}

/* A part is under way and stalls when the reader fails: it is not waited for. */
static void the_reader_fails(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"action\":{\"stall_ms\":60000}}]");
    struct tap tap = tap_of(bytes, length, length - 1);
    tap.await = "put";
    tap.result = -5;
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    const double begin = check_now();
    ferry_status status = ferry_filestack_upload_reader(client, give, &tap, length, NULL, &link, &err);
    CHECK(link == NULL && !ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_IO, err, "it returned -5");
    CHECK(check_now() - begin < 50);
    CHECK(cloud_count("complete", 0) == 0);
}

/* More or less than was announced: nothing is completed. */
static void another_length(const ferry_filestack *client, const unsigned char *bytes, size_t length) {
    for (int more = 0; more < 2; more++) {
        cloud_reset();
        struct tap tap = tap_of(bytes, length, 0);
        ferry_filelink *link = (ferry_filelink *)&link;
        ferry_error *err = NULL;
        ferry_status status = ferry_filestack_upload_reader(
            client, give, &tap, more ? length - 1 : length + 1, NULL, &link, &err);
        CHECK(link == NULL);
        CHECK_ERROR(status, FERRY_FILE_CHANGED, err, more ? "more bytes" : "fewer bytes");
        CHECK(cloud_count("complete", 0) == 0);
    }
}

struct pausing {
    ferry_upload *upload;
    atomic_int done;
};

static void *pause_after_a_part(void *data) {
    struct pausing *pausing = data;
    cloud_await("flip_part");
    ferry_upload_pause(pausing->upload);
    atomic_store(&pausing->done, 1);
    return NULL;
}

/* A pause from another thread, while the reader is asked; the next run reads on where it was. */
static void paused(const ferry_telestream *telestream, const unsigned char *bytes, size_t length) {
    cloud_reset();
    struct pausing pausing = {.upload = NULL};
    struct tap tap = tap_of(bytes, length, length - 1);
    tap.go = &pausing.done;
    ferry_telestream_upload_options options = telestream_upload_options();
    options.filename = "paused.mp4";
    pausing.upload = reader_new(telestream, &tap, length, &options);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, pause_after_a_part, &pausing) == 0);
    ferry_error *err = NULL;
    CHECK_STATUS(ferry_upload_run(pausing.upload, &err), FERRY_PAUSED, err);
    pthread_join(thread, NULL);
    CHECK_STATE(pausing.upload, FERRY_UPLOAD_PAUSED);
    CHECK_OK(ferry_upload_run(pausing.upload, &err), err);
    CHECK(tap.given == length && tap.elsewhere == 0);
    check_sent("paused.mp4", 0, "repeated", "0");
    check_became_video(telestream, pausing.upload, bytes, length);
    ferry_upload_free(pausing.upload);
}

/* A run whose reader has failed is followed by one that goes on, whether the size is known or not. */
static void read_on(const ferry_telestream *telestream, const unsigned char *bytes, size_t length) {
    for (int known = 0; known < 2; known++) {
        cloud_reset();
        struct reports reports = {.thread = pthread_self()};
        struct tap tap = tap_of(bytes, length, length / 2);
        tap.result = -1;
        ferry_telestream_upload_options options = telestream_upload_options();
        options.filename = "film.mp4";
        options.on_progress = collect;
        options.user_data = &reports;
        ferry_upload *upload =
            reader_new(telestream, &tap, known ? length : FERRY_SIZE_UNKNOWN, &options);
        ferry_error *err = NULL;
        ferry_status status = ferry_upload_run(upload, &err);
        CHECK_ERROR(status, FERRY_IO, err, "cannot upload film.mp4: the read callback has failed");
        CHECK(reports.newest.bytes_total == (known ? length : 0) && reports.count > 0);
        CHECK_STATE(upload, FERRY_UPLOAD_ERROR);
        CHECK_OK(ferry_upload_run(upload, &err), err);
        CHECK(reports.newest.bytes_done == length && reports.newest.bytes_total == length);
        check_became_video(telestream, upload, bytes, length);
        ferry_upload_free(upload);
    }
}

/* A reader that gives up after an interrupt: the run was interrupted, and has not failed. */
static void interrupted(const ferry_telestream *telestream, const unsigned char *bytes, size_t length) {
    for (int known = 0; known < 2; known++) {
        cloud_reset();
        struct tap tap = tap_of(bytes, length, length / 2);
        tap.result = -1;
        ferry_telestream_upload_options options = telestream_upload_options();
        options.filename = "film.mp4";
        tap.stop = reader_new(telestream, &tap, known ? length : FERRY_SIZE_UNKNOWN, &options);
        ferry_error *err = NULL;
        CHECK_STATUS(ferry_upload_run(tap.stop, &err), FERRY_CANCELLED, err);
        CHECK_STATE(tap.stop, FERRY_UPLOAD_INTERRUPTED);
        CHECK_OK(ferry_upload_run(tap.stop, &err), err);
        check_became_video(telestream, tap.stop, bytes, length);
        ferry_upload_free(tap.stop);
    }
}

static void from_memory(const ferry_telestream *telestream, const unsigned char *bytes, size_t length) {
    cloud_reset();
    struct reports reports = {.thread = pthread_self()};
    ferry_telestream_upload_options options = telestream_upload_options();
    options.filename = "memory.mp4";
    options.on_progress = collect;
    options.user_data = &reports;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_telestream_upload_bytes_new(
                 telestream, NULL, bytes, length, "{\"profiles\":\"h264\"}", &options, &upload, &err),
        err);
    CHECK(cloud_count("any", 0) == 0);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    check_reports(&reports, length, (uint32_t)((length + part - 1) / part));
    check_became_video(telestream, upload, bytes, length);
    ferry_upload_free(upload);
}

static void refused(const ferry_telestream *telestream) {
    cloud_reset();
    struct tap tap = tap_of((const unsigned char *)"film", 4, 0);
    ferry_telestream_upload_options options = telestream_upload_options();
    ferry_upload *upload = (ferry_upload *)&upload;
    ferry_error *err = NULL;
    ferry_status status =
        ferry_telestream_upload_reader_new(telestream, NULL, give, &tap, 4, NULL, &options, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "filename is missing");
    status = ferry_telestream_upload_bytes_new(telestream, NULL, "film", 4, NULL, NULL, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "filename is missing");
    options.filename = "film.mp4";
    status = ferry_telestream_upload_bytes_new(telestream, NULL, NULL, 0, NULL, &options, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "film.mp4 is empty");
    status =
        ferry_telestream_upload_reader_new(telestream, NULL, give, &tap, 0, NULL, &options, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "film.mp4 is empty");
    status =
        ferry_telestream_upload_reader_new(telestream, NULL, NULL, &tap, 4, NULL, &options, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "read is NULL");
    CHECK(upload == NULL && tap.given == 0 && cloud_count("any", 0) == 0);
}

int main(void) {
    check_begin();
    const size_t length = (is_small() ? 1 : 3) * part + 7;
    unsigned char *bytes = noise(length, 1);
    ferry_filestack *client = client_new(NULL);
    sent_while_it_is_read(client, bytes, length);
    the_reader_fails(client, bytes, length);
    another_length(client, bytes, length);
    ferry_filestack_free(client);
    ferry_telestream *telestream = telestream_signed(FIRST);
    paused(telestream, bytes, length);
    read_on(telestream, bytes, length);
    interrupted(telestream, bytes, length);
    from_memory(telestream, bytes, length);
    refused(telestream);
    ferry_telestream_free(telestream);
    free(bytes);
    return check_result();
}
