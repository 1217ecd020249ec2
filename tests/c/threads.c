/* One client serves many threads at once; one upload is run by one of them, the others are told so. */
#include "control.h"

struct job {
    const ferry_filestack *client;
    uint64_t number;
    int failures;
};

static void *upload_one(void *data) {
    struct job *job = data;
    const size_t length = is_small() ? 1000 + job->number : (job->number % 4) * 2 * MIB + 1 + job->number;
    unsigned char *bytes = noise(length, job->number);
    ferry_upload_options options = upload_options();
    options.intelligent = (int32_t)(job->number % 3);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_bytes(job->client, bytes, length, &options, &link, &err);
    job->failures += status != FERRY_OK;
    ferry_error_free(err);
    ferry_bytes *content = NULL;
    status = ferry_filelink_content(link, NULL, &content, NULL);
    job->failures += status != FERRY_OK || ferry_bytes_len(content) != length;
    job->failures +=
        ferry_bytes_len(content) == length && memcmp(ferry_bytes_data(content), bytes, length) != 0;
    ferry_bytes_free(content);
    ferry_filelink_free(link);
    free(bytes);
    return NULL;
}

static void many_uploads_on_one_client(ferry_filestack *client) {
    enum { MOST = 32 };
    const int count = is_small() ? 8 : MOST;
    pthread_t threads[MOST];
    struct job jobs[MOST];
    for (int i = 0; i < count; i++) {
        jobs[i] = (struct job){.client = client, .number = (uint64_t)i};
        CHECK(pthread_create(&threads[i], NULL, upload_one, &jobs[i]) == 0);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        CHECK_AT(jobs[i].failures == 0, "upload %d of %d failed", i, count);
    }
}

struct look {
    const ferry_upload *upload;
    ferry_status status;
    char state[16];
};

static void *run_too(void *data) {
    struct look *look = data;
    look->status = ferry_upload_run(look->upload, NULL);
    snprintf(
        look->state, sizeof look->state, "%s", ferry_upload_state_name(ferry_upload_state(look->upload)));
    return NULL;
}

/* In the callback: the upload runs, so it cannot be run, neither here nor in another thread, and has no
 * result. */
static void run_while_it_runs(const ferry_upload *upload) {
    ferry_error *err = NULL;
    ferry_status status = ferry_upload_run(upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_STATE, err, "running already");
    CHECK_STATE(upload, FERRY_UPLOAD_UPLOADING);
    check_not_ready(upload);
    struct look look = {.upload = upload};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run_too, &look) == 0);
    pthread_join(thread, NULL);
    CHECK(look.status == FERRY_INVALID_STATE);
    CHECK_STR(look.state, "uploading");
}

static void one_run_at_a_time(ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"action\":{\"slow_bytes_per_second\":2000000}}]");
    struct steered s = {.step = "put", .act = run_while_it_runs};
    steered_new(&s, client, 4000000);
    ferry_error *err = NULL;
    CHECK_OK(steered_run(&s, &err), err);
    CHECK(s.acted);
    check_uploaded(&s);
    steered_free(&s);
}

/* Children keep what they need: the client goes first, and nobody notices. */
static void freed_in_any_order(void) {
    ferry_filestack *client = client_new(NULL);
    ferry_upload *upload = NULL;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(client, scratch_file("small", "bytes", 5), NULL, &upload, &err), err);
    ferry_filestack_free(client);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_OK(ferry_upload_filelink(upload, &link, &err), err);
    ferry_upload_free(upload);
    check_content(link, "bytes", 5);
    ferry_filelink_free(link);
}

static pthread_key_t late;

/* The destructor of a thread's own data, when the thread-locals of C++ and Rust are gone. */
static void upload_late(void *client) {
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "late", 4, NULL, &link, &err), err);
    check_content(link, "late", 4);
    ferry_filelink_free(link);
}

static void *upload_at_its_end(void *client) {
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, "early", 5, NULL, &link, &err), err);
    ferry_filelink_free(link);
    CHECK(pthread_setspecific(late, client) == 0);
    return NULL;
}

static void a_thread_that_ends_may_call(ferry_filestack *client) {
    CHECK(pthread_key_create(&late, upload_late) == 0);
    /* Which thread sends the bytes is chance. */
    for (int i = 0; i < 20; i++) {
        /* The second upload of the thread has to wait for another attempt. */
        cloud_reset();
        cloud_faults("[{\"class\":\"start\",\"skip\":1,\"times\":1,\"action\":{\"status\":503}}]");
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, upload_at_its_end, client) == 0);
        pthread_join(thread, NULL);
        CHECK(cloud_fired());
    }
    pthread_key_delete(late);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    many_uploads_on_one_client(client);
    one_run_at_a_time(client);
    freed_in_any_order();
    a_thread_that_ends_may_call(client);
    ferry_filestack_free(client);
    return check_result();
}
