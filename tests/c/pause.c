/* A pause lets what is under way end; the next run goes on, and nothing that was confirmed is sent again. */
#include "control.h"

static void check_paused(struct steered *s, ferry_status status, ferry_error *err) {
    /* It has not failed: whoever runs it again undoes the pause. */
    CHECK(err != NULL && !ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_PAUSED, err, "run it again");
    CHECK_STATE(s->upload, FERRY_UPLOAD_PAUSED);
    check_not_ready(s->upload);
}

/* Goes on to the end; the pause must not be asked for again. */
static void go_on(struct steered *s) {
    ferry_error *err = NULL;
    s->act = NULL;
    s->from_thread = 0;
    cloud_faults("[]");
    CHECK_OK(ferry_upload_run(s->upload, &err), err);
    check_uploaded(s);
    check_sent_once();
    /* Once it is uploaded, running it does nothing. */
    const int requests = cloud_count("any", 0);
    CHECK_OK(ferry_upload_run(s->upload, &err), err);
    CHECK(cloud_count("any", 0) == requests);
}

static void pause_at(const ferry_filestack *client, const char *step, const char *action, int from_thread) {
    const int before = check_failures;
    cloud_reset();
    char faults[256];
    snprintf(faults, sizeof faults, "[{\"class\":\"%s\",\"action\":%s}]", step, action);
    cloud_faults(faults);
    struct steered s = {.step = step, .act = ferry_upload_pause, .from_thread = from_thread};
    steered_new(&s, client, (is_small() ? 10 : 25) * MIB + 3);
    ferry_error *err = NULL;
    ferry_status status = steered_run(&s, &err);
    CHECK(s.acted);
    check_paused(&s, status, err);
    CHECK(cloud_count("complete", 200) == 0);
    if (strcmp(step, "start") == 0) {
        CHECK(cloud_count("any", 0) == 1);
    }
    if (strcmp(step, "commit") == 0) {
        CHECK(cloud_count("put", 200) > 0 && cloud_count("commit", 200) == 0);
    }
    if (strcmp(step, "put") == 0) {
        /* What was under way has ended well, and no more than that was sent: at most two on their way. */
        CHECK(cloud_count("put", 200) > 0 && cloud_count("put", 200) <= s.seen + 2 &&
              cloud_count("put", 0) == cloud_count("put", 200));
    }
    go_on(&s);
    steered_free(&s);
    CHECK_AT(check_failures == before, "... when paused at %s from a %s", step,
        from_thread ? "thread" : "callback");
}

static void paused_before_it_runs(const ferry_filestack *client) {
    cloud_reset();
    struct steered s = {.step = NULL};
    steered_new(&s, client, 10);
    ferry_upload_pause(s.upload);
    ferry_error *err = NULL;
    ferry_status status = ferry_upload_run(s.upload, &err);
    check_paused(&s, status, err);
    CHECK(cloud_count("any", 0) == 0);
    go_on(&s);
    steered_free(&s);
}

static void cancelled_while_paused(const ferry_filestack *client) {
    cloud_reset();
    struct steered s = {.step = NULL};
    steered_new(&s, client, 10);
    ferry_upload_pause(s.upload);
    ferry_error *err = NULL;
    ferry_status status = ferry_upload_run(s.upload, &err);
    check_paused(&s, status, err);
    ferry_upload_cancel(s.upload);
    CHECK_STATE(s.upload, FERRY_UPLOAD_ABORTED);
    err = NULL;
    status = ferry_upload_run(s.upload, &err);
    CHECK_STATUS(status, FERRY_CANCELLED, err);
    err = NULL;
    status = ferry_upload_run(s.upload, &err);
    CHECK_STATUS(status, FERRY_INVALID_STATE, err);
    steered_free(&s);
}

/* A failure that another run can cure: what was confirmed before it is not sent again either. */
static void run_again_after_a_failure(void) {
    cloud_reset();
    ferry_filestack *client = client_without_retries();
    cloud_faults("[{\"class\":\"put\",\"skip\":1,\"action\":{\"status\":503}}]");
    struct steered s = {.step = NULL};
    steered_new(&s, client, 10 * MIB + 3);
    ferry_error *err = NULL;
    ferry_status status = ferry_upload_run(s.upload, &err);
    CHECK(err != NULL && ferry_error_retryable(err));
    CHECK_ERROR(status, FERRY_HTTP, err, "503");
    CHECK_STATE(s.upload, FERRY_UPLOAD_INTERRUPTED);
    check_not_ready(s.upload);
    CHECK(cloud_count("put", 200) == 1);
    go_on(&s);
    steered_free(&s);
    ferry_filestack_free(client);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    for (int from_thread = 0; from_thread < 2; from_thread++) {
        /* Long enough to be seen under way; a part ends well then, the other requests are cut. */
        pause_at(client, "start", "{\"stall_ms\":1500}", from_thread);
        pause_at(client, "upload", "{\"stall_ms\":1500}", from_thread);
        pause_at(client, "put", "{\"slow_bytes_per_second\":6000000}", from_thread);
        pause_at(client, "commit", "{\"stall_ms\":1500}", from_thread);
        pause_at(client, "complete", "{\"accepted\":true}", from_thread);
    }
    paused_before_it_runs(client);
    cancelled_while_paused(client);
    run_again_after_a_failure();
    ferry_upload_pause(NULL);
    ferry_filestack_free(client);
    return check_result();
}
