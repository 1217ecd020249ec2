/* An interrupted upload returns within a second, keeps what the service has confirmed, and goes on in the
 * next run. */
#include "control.h"

/* The contract is one second; under a checker everything takes longer, but nowhere near as long as the stall.
 */
static double longest(void) {
    return is_small() ? 10 : 1;
}

enum way { BY_ANSWER, IN_CALLBACK, FROM_THREAD, WAYS };

/* An upload that is interrupted once the service has confirmed two parts. */
struct interrupted {
    ferry_upload *upload;
    enum way way;
    _Atomic uint64_t parts_done; /* Known to the upload: what the cloud has answered may be on its way. */
    _Atomic int acted;
    double when;
};

static int32_t act_in_callback(const ferry_progress *progress, void *user_data) {
    struct interrupted *it = user_data;
    it->parts_done = progress->parts_done;
    if (it->acted || it->way == FROM_THREAD || progress->parts_done < 2) {
        return 0;
    }
    it->acted = 1;
    it->when = check_now();
    if (it->way == BY_ANSWER) {
        return 7;
    }
    ferry_upload_interrupt(it->upload);
    return 0;
}

static void *act_from_thread(void *data) {
    struct interrupted *it = data;
    const double end = check_now() + 60;
    while (it->parts_done < 2 && check_now() < end) {
        check_rest();
    }
    CHECK_STATE(it->upload, FERRY_UPLOAD_UPLOADING);
    it->acted = 1;
    it->when = check_now();
    ferry_upload_interrupt(it->upload);
    return NULL;
}

static ferry_status run(struct interrupted *it, ferry_error **err) {
    pthread_t thread;
    const int from_thread = it->way == FROM_THREAD && !it->acted;
    if (from_thread) {
        CHECK(pthread_create(&thread, NULL, act_from_thread, it) == 0);
    }
    ferry_status status = ferry_upload_run(it->upload, err);
    if (from_thread) {
        pthread_join(thread, NULL);
    }
    return status;
}

static void check_interrupted(const struct interrupted *it, ferry_status status, ferry_error *err) {
    const double took = check_now() - it->when;
    CHECK(it->acted);
    CHECK_AT(took < longest(), "it took %.2f s to come back", took);
    CHECK_AT(err != NULL && ferry_error_retryable(err), "an interrupted upload can be run again");
    CHECK_ERROR(status, FERRY_CANCELLED, err, "interrupted");
    CHECK_STATE(it->upload, FERRY_UPLOAD_INTERRUPTED);
    check_not_ready(it->upload);
    CHECK(cloud_count("complete", 200) == 0);
}

static void interrupted_and_run_again(const ferry_filestack *client, enum way way) {
    const int before = check_failures;
    const size_t length = (is_small() ? 10 : 25) * MIB + 3;
    const int parts = is_small() ? 3 : 6;
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"skip\":2,\"action\":{\"stall_ms\":60000}}]");
    unsigned char *bytes = noise(length, 40 + (uint64_t)way);
    struct interrupted it = {.way = way};
    ferry_upload_options options = upload_options();
    options.on_progress = act_in_callback;
    options.user_data = &it;
    options.concurrency = 2;
    ferry_error *err = NULL;
    CHECK_OK(
        ferry_filestack_upload_new(client, scratch_file("it.bin", bytes, length), &options, &it.upload, &err),
        err);
    CHECK_STATE(it.upload, FERRY_UPLOAD_INITIALIZED);
    ferry_status status = run(&it, &err);
    check_interrupted(&it, status, err);
    CHECK(cloud_count("put", 200) == 2);
    err = NULL;
    cloud_faults("[]");
    CHECK_OK(run(&it, &err), err);
    CHECK_STATE(it.upload, FERRY_UPLOAD_UPLOADED);
    CHECK_AT(cloud_count("put", 200) == parts, "%d PUTs were confirmed for %d parts", cloud_count("put", 200),
        parts);
    check_sent_once();
    ferry_filelink *link = NULL;
    CHECK_OK(ferry_upload_filelink(it.upload, &link, &err), err);
    check_content(link, bytes, length);
    ferry_filelink_free(link);
    ferry_upload_free(it.upload);
    free(bytes);
    CHECK_AT(check_failures == before, "... when interrupted in way %d", (int)way);
}

/* It ends the run in progress, and only that one. */
static void an_interrupt_while_nothing_runs_does_nothing(const ferry_filestack *client) {
    cloud_reset();
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(
        ferry_filestack_upload_new(client, scratch_file("idle.bin", "idle", 4), NULL, &upload, &err), err);
    ferry_upload_interrupt(upload);
    CHECK_STATE(upload, FERRY_UPLOAD_INITIALIZED);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    ferry_upload_interrupt(upload);
    CHECK_STATE(upload, FERRY_UPLOAD_UPLOADED);
    ferry_upload_free(upload);
}

static void an_interrupt_does_not_undo_a_cancel(const ferry_filestack *client) {
    cloud_reset();
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(
        ferry_filestack_upload_new(client, scratch_file("gone.bin", "gone", 4), NULL, &upload, &err), err);
    ferry_upload_cancel(upload);
    ferry_upload_interrupt(upload);
    CHECK_STATE(upload, FERRY_UPLOAD_ABORTED);
    ferry_status status = ferry_upload_run(upload, &err);
    CHECK(err != NULL && !ferry_error_retryable(err));
    CHECK_STATUS(status, FERRY_CANCELLED, err);
    CHECK(cloud_count("any", 0) == 0);
    ferry_upload_free(upload);
}

static void states_have_numbers_and_words(void) {
    static const struct {
        int32_t number, state;
        const char *word;
    } states[] = {
        {1, FERRY_UPLOAD_INITIALIZED, "initialized"},
        {2, FERRY_UPLOAD_UPLOADING, "uploading"},
        {3, FERRY_UPLOAD_PAUSED, "paused"},
        {4, FERRY_UPLOAD_INTERRUPTED, "interrupted"},
        {5, FERRY_UPLOAD_ERROR, "error"},
        {6, FERRY_UPLOAD_UPLOADED, "uploaded"},
        {7, FERRY_UPLOAD_ABORTED, "aborted"},
    };
    for (size_t one = 0; one < sizeof states / sizeof *states; one++) {
        CHECK(states[one].number == states[one].state);
        CHECK_STR(ferry_upload_state_name(states[one].number), states[one].word);
    }
    CHECK_STR(ferry_upload_state_name(0), "unknown");
    CHECK_STR(ferry_upload_state_name(8), "unknown");
    CHECK_STR(ferry_upload_state_name(-1), "unknown");
    CHECK(ferry_upload_state(NULL) == 0);
    ferry_upload_interrupt(NULL);
}

int main(void) {
    check_begin();
    states_have_numbers_and_words();
    ferry_filestack *client = client_new(NULL);
    for (int way = 0; way < WAYS; way++) {
        interrupted_and_run_again(client, (enum way)way);
    }
    an_interrupt_while_nothing_runs_does_nothing(client);
    an_interrupt_does_not_undo_a_cancel(client);
    ferry_filestack_free(client);
    return check_result();
}
