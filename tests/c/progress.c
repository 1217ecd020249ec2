/* Progress is told on the caller's thread: at once, while nothing moves, never downwards, and 100 % only when
 * all is done. */
#include <pthread.h>

#include "client.h"

struct reports {
    pthread_t thread;
    double began, first, last;
    ferry_progress newest;
    int count, full, backwards, elsewhere, nested, running;
    int completed_at_full; /* how many completions the cloud had answered at the report of 100 % */
    int during_stall;      /* reports while the cloud had been asked and had not answered yet */
    const char *class;
};

static int32_t collect(const ferry_progress *progress, void *user_data) {
    struct reports *reports = user_data;
    reports->nested += reports->running++ != 0;
    reports->last = check_now();
    if (reports->count++ == 0) {
        reports->first = reports->last;
    }
    CHECK(progress->struct_size >= sizeof *progress);
    reports->elsewhere += !pthread_equal(pthread_self(), reports->thread);
    reports->backwards += progress->bytes_done < reports->newest.bytes_done ||
                          progress->parts_done < reports->newest.parts_done ||
                          progress->retries < reports->newest.retries;
    CHECK(progress->bytes_total == 0 || progress->bytes_done <= progress->bytes_total);
    CHECK(progress->parts_done <= progress->parts_total);
    reports->newest = *progress;
    if (progress->bytes_total > 0 && progress->bytes_done == progress->bytes_total) {
        reports->full++;
        CHECK(progress->seconds_left == 0);
        reports->completed_at_full = cloud_count("complete", 0);
    }
    reports->running--;
    return 0;
}

static struct reports reports_new(void) {
    return (struct reports){.thread = pthread_self(), .began = check_now()};
}

static void check_reports(const struct reports *reports, uint64_t bytes, uint32_t parts) {
    CHECK(reports->count >= 2);
    CHECK(reports->elsewhere == 0);
    CHECK(reports->nested == 0);
    CHECK(reports->backwards == 0);
    CHECK(reports->full == 1); /* exactly one, and it is the last one: */
    CHECK(reports->newest.bytes_done == bytes && reports->newest.bytes_total == bytes);
    CHECK(reports->newest.parts_done == parts && reports->newest.parts_total == parts);
    /* Ten a second, beside the first one and the last one. */
    CHECK_AT(reports->count <= (reports->last - reports->first) * 10 + 2, "%d reports in %.2f s",
        reports->count, reports->last - reports->first);
}

static ferry_status upload(const ferry_filestack *client, size_t length, struct reports *reports,
    ferry_filelink **link, ferry_error **err) {
    unsigned char *bytes = noise(length, 1);
    ferry_upload_options options = upload_options();
    options.on_progress = collect;
    options.user_data = reports;
    ferry_status status = ferry_filestack_upload_bytes(client, bytes, length, &options, link, err);
    free(bytes);
    return status;
}

static void an_upload_and_its_download(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"action\":{\"slow_bytes_per_second\":8000000}},"
                 "{\"class\":\"deliver\",\"action\":{\"slow_bytes_per_second\":10000000}}]");
    const size_t length = 11 * MIB;
    struct reports up = reports_new();
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(upload(client, length, &up, &link, &err), err);
    check_reports(&up, length, 3);
    CHECK(up.completed_at_full == 1);
    CHECK(up.newest.retries == 0);
    CHECK(up.newest.bytes_per_second > 0);

    struct reports down = reports_new();
    ferry_request_options options;
    ferry_request_options_init(&options, sizeof options);
    options.on_progress = collect;
    options.user_data = &down;
    uint64_t received = 0;
    CHECK_OK(ferry_filelink_download(link, scratch("down"), &options, &received, &err), err);
    CHECK(received == length);
    check_reports(&down, length, 1);
    ferry_filelink_free(link);
}

/* The last part's bytes are out, but the service is still joining: that is not 100 % yet. */
static void not_done_before_the_service_says_so(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"complete\",\"times\":2,\"action\":{\"accepted\":true}}]");
    struct reports reports = reports_new();
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(upload(client, 1000, &reports, &link, &err), err);
    check_reports(&reports, 1000, 1);
    CHECK(reports.completed_at_full == 3);
    CHECK(reports.newest.retries == 0);
    ferry_filelink_free(link);
}

static int32_t count_stall(const ferry_progress *progress, void *user_data) {
    struct reports *reports = user_data;
    reports->during_stall += cloud_count(reports->class, 0) == 1;
    return collect(progress, user_data);
}

/* Two a second are promised; a second less is left to a busy machine. */
static void told_while_nothing_moves(const ferry_filestack *client, const char *class) {
    const int before = check_failures;
    cloud_reset();
    char faults[128];
    snprintf(faults, sizeof faults, "[{\"class\":\"%s\",\"times\":1,\"action\":{\"stall_ms\":2500}}]", class);
    cloud_faults(faults);
    struct reports reports = reports_new();
    reports.class = class;
    ferry_upload_options options = upload_options();
    options.on_progress = count_stall;
    options.user_data = &reports;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "some bytes", 10, &options, &link, &err), err);
    check_reports(&reports, 10, 1);
    CHECK_AT(reports.first - reports.began < (is_small() ? 10 : 1), "the first report came after %.2f s",
        reports.first - reports.began);
    CHECK_AT(reports.during_stall >= 3, "only %d reports in a stall of 2.5 s", reports.during_stall);
    CHECK(reports.newest.retries == 1);
    ferry_filelink_free(link);
    CHECK_AT(check_failures == before, "... with a stall of %s", class);
}

/* What an attempt had sent before it was cut is sent again, but never counted twice, and never taken back in
 * a report. */
static void parts_that_are_cut(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"match\":{\"part\":1},\"times\":2,\"action\":{\"cut_after\":3000000}},"
                 "{\"class\":\"put\",\"match\":{\"part\":2},\"times\":1,\"action\":{\"status\":503}}]");
    struct reports reports = reports_new();
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(upload(client, 6 * MIB, &reports, &link, &err), err);
    check_reports(&reports, 6 * MIB, 2);
    CHECK(reports.newest.retries == 3);
    ferry_filelink_free(link);
}

/* An upload that fails was never at 100 %. */
static void failed(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"complete\",\"action\":{\"status\":400}}]");
    struct reports reports = reports_new();
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_STATUS(upload(client, 1000, &reports, &link, &err), FERRY_HTTP, err);
    CHECK(reports.count >= 1 && reports.full == 0 && reports.newest.bytes_done < 1000);
}

/* A second run starts from what is stored already, and ends at 100 % like any other. */
static void a_second_run(const ferry_filestack *client) {
    cloud_reset();
    unsigned char *bytes = noise(11 * MIB, 5);
    struct reports reports = reports_new();
    ferry_upload_options options = upload_options();
    options.on_progress = collect;
    options.user_data = &reports;
    options.concurrency = 1;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(
        ferry_filestack_upload_new(client, scratch_file("again", bytes, 11 * MIB), &options, &upload, &err),
        err);
    cloud_faults("[{\"class\":\"put\",\"match\":{\"part\":3},\"action\":{\"status\":400}}]");
    CHECK_STATUS(ferry_upload_run(upload, &err), FERRY_HTTP, err);
    CHECK(reports.full == 0);
    cloud_faults("[]");
    reports = reports_new();
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK(reports.full == 1 && reports.newest.parts_done == 3 && reports.newest.bytes_done == 11 * MIB);
    CHECK(cloud_count("put", 200) == 3);
    ferry_upload_free(upload);
    free(bytes);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    an_upload_and_its_download(client);
    not_done_before_the_service_says_so(client);
    told_while_nothing_moves(client, "start");
    told_while_nothing_moves(client, "put");
    parts_that_are_cut(client);
    failed(client);
    a_second_run(client);
    ferry_filestack_free(client);
    return check_result();
}
