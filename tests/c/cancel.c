/* A cancelled call returns within a second, whatever the peer does, and the upload is over for good. */
#include "control.h"

/* The contract is one second; under a checker everything takes longer, but nowhere near as long as the stall.
 */
static double longest(void) {
    return is_small() ? 10 : 1;
}

static void check_cancelled(struct steered *s, ferry_status status, ferry_error *err) {
    const double took = check_now() - s->when;
    CHECK(s->acted);
    CHECK_AT(took < longest(), "it took %.2f s to come back", took);
    CHECK(err != NULL && !ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_CANCELLED, err, "cancelled");
    CHECK_STATE(s->upload, FERRY_UPLOAD_ABORTED);
    check_not_ready(s->upload);
    err = NULL;
    status = ferry_upload_run(s->upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_STATE, err, "cancelled");
    CHECK_STATE(s->upload, FERRY_UPLOAD_ABORTED);
}

static size_t length_for(const char *step) {
    /* A single part: the others must not get ahead of the step that is held. */
    return is_small() ? 100000 : strcmp(step, "commit") == 0 ? 9 * MIB : 11 * MIB;
}

static void cancel_at(const ferry_filestack *client, const char *step, const char *action, int from_thread) {
    const int before = check_failures;
    cloud_reset();
    char faults[256];
    snprintf(faults, sizeof faults, "[{\"class\":\"%s\",\"action\":%s}]", step, action);
    cloud_faults(faults);
    struct steered s = {.step = step, .act = ferry_upload_cancel, .from_thread = from_thread};
    steered_new(&s, client, length_for(step));
    ferry_error *err = NULL;
    ferry_status status = steered_run(&s, &err);
    check_cancelled(&s, status, err);
    steered_free(&s);
    CHECK_AT(check_failures == before, "... when cancelled at %s from a %s: %s", step,
        from_thread ? "thread" : "callback", action);
}

/* What a callback returns ends any call. */
static int32_t refuse(const ferry_progress *progress, void *user_data) {
    (void)progress;
    double *when = user_data;
    *when = check_now();
    return 1;
}

static void a_callback_ends_a_call_by_its_answer(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"start\",\"action\":{\"stall_ms\":60000}}]");
    ferry_upload_options options = upload_options();
    double when = 0;
    options.on_progress = refuse;
    options.user_data = &when;
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_bytes(client, "x", 1, &options, &link, &err);
    CHECK(check_now() - when < longest());
    CHECK(link == NULL);
    CHECK_STATUS(status, FERRY_CANCELLED, err);
}

static void a_download_is_cancelled_too(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"deliver\",\"action\":{\"stall_ms\":60000}}]");
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "x", 1, NULL, &link, &err), err);
    double when = 0;
    ferry_request_options options;
    ferry_request_options_init(&options, sizeof options);
    options.on_progress = refuse;
    options.user_data = &when;
    ferry_bytes *content = (ferry_bytes *)&content;
    ferry_status status = ferry_filelink_content(link, &options, &content, &err);
    CHECK(check_now() - when < longest());
    CHECK(content == NULL);
    CHECK_STATUS(status, FERRY_CANCELLED, err);
    /* Neither the file nor anything half-written is left in the folder. */
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", env("FERRY_TEST_FOLDER"));
    const int entries = check_entries(folder);
    status = ferry_filelink_download(link, scratch("never.bin"), &options, NULL, &err);
    CHECK_STATUS(status, FERRY_CANCELLED, err);
    CHECK(check_entries(folder) == entries);
    ferry_filelink_free(link);
}

/* Also one that waits for its next attempt is woken. */
static void cancelled_between_two_attempts(const ferry_filestack *client) {
    cancel_at(client, "start", "{\"status\":503,\"retry_after\":60}", 1);
    cancel_at(client, "complete", "{\"accepted\":true}", 0);
}

static void cancelled_before_it_runs(const ferry_filestack *client) {
    cloud_reset();
    struct steered s = {.step = NULL};
    steered_new(&s, client, 10);
    steer(&(struct steered){.upload = s.upload, .act = ferry_upload_cancel});
    CHECK_STATE(s.upload, FERRY_UPLOAD_ABORTED);
    ferry_error *err = NULL;
    s.when = check_now();
    s.acted = 1;
    ferry_status status = ferry_upload_run(s.upload, &err);
    check_cancelled(&s, status, err);
    CHECK(cloud_count("any", 0) == 0);
    steered_free(&s);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    for (int step = 0; step < STEPS; step++) {
        for (int from_thread = 0; from_thread < 2; from_thread++) {
            cancel_at(client, steps[step], "{\"stall_ms\":60000}", from_thread);
        }
    }
    cancel_at(client, "put", "{\"stall_after\":70000,\"stall_ms\":60000}", 1);
    cancel_at(client, "put", "{\"slow_bytes_per_second\":1000}", 0);
    a_callback_ends_a_call_by_its_answer(client);
    a_download_is_cancelled_too(client);
    cancelled_between_two_attempts(client);
    cancelled_before_it_runs(client);
    ferry_upload_cancel(NULL);
    ferry_filestack_free(client);
    return check_result();
}
