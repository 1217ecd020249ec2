/* Events: each attempt has one, on the thread that made the call, and none holds a secret. */
#include <pthread.h>

#include "client.h"

struct log {
    pthread_t thread;
    int attempts, answers, connections, retries, failures, others, freed;
    uint64_t put_bytes;
    ferry_upload *cancels; /* is cancelled by the first PUT that ends, when both have come */
    char last[256];
};

static void on_event(const ferry_event *event, void *user_data) {
    struct log *log = user_data;
    CHECK(event->struct_size == sizeof *event);
    CHECK(pthread_equal(pthread_self(), log->thread));
    const char *texts[] = {
        event->step, event->method, event->url, event->remote, event->request_id, event->message};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(texts[i] != NULL && strstr(texts[i], "TESTKEY") == NULL);
        CHECK(texts[i] != NULL && strstr(texts[i], "ignature=") == NULL);
    }
    log->failures += event->status != FERRY_OK;
    CHECK((event->status != FERRY_OK) == (*event->message != '\0'));
    CHECK(event->time_us > 1500000000000000u);
    switch (event->kind) {
    case FERRY_EVENT_ATTEMPT:
        CHECK_STR(ferry_event_kind_name(event->kind), "attempt");
        log->attempts++;
        log->answers += event->http_status != 0;
        CHECK(event->attempt >= 1 && *event->method != '\0' && event->whole_us >= event->first_byte_us);
        CHECK((event->part > 0) == (strcmp(event->step, "put") == 0 || strcmp(event->step, "upload") == 0));
        if (strcmp(event->step, "put") == 0) {
            log->put_bytes += event->bytes_sent;
            if (log->cancels != NULL) {
                cloud_await_all("put", 2);
                ferry_upload_cancel(log->cancels);
            }
        }
        snprintf(log->last, sizeof log->last, "%s %s", event->step, event->url);
        break;
    case FERRY_EVENT_CONNECTION:
        log->connections++;
        CHECK(event->connect_us > 0 && *event->remote != '\0');
        break;
    case FERRY_EVENT_RETRY:
        log->retries++;
        CHECK(event->status == FERRY_HTTP && event->http_status == 503 && event->wait_ms <= 250);
        break;
    default: log->others++;
    }
}

static void on_free(void *event_data) {
    ((struct log *)event_data)->freed++;
}

static ferry_filestack *client_of(struct log *log) {
    ferry_connection_options connection = connection_options();
    log->thread = pthread_self();
    connection.on_event = on_event;
    connection.event_data = log;
    connection.event_free = on_free;
    return client_new(&connection);
}

/* Under a checker a part is as small as it may be all the same, so there are two. */
static const size_t LENGTH = 6 * MIB;

static void every_attempt_has_its_event(void) {
    struct log log = {0};
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"times\":1,\"action\":{\"status\":503}}]");
    ferry_filestack *client = client_of(&log);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    unsigned char *data = noise(LENGTH, 1);
    CHECK_OK(ferry_filestack_upload_bytes(client, data, LENGTH, NULL, &link, &err), err);
    CHECK(cloud_fired());
    CHECK(log.attempts == cloud_count("any", 0) && log.answers == log.attempts);
    CHECK(log.retries == 1 && log.failures == 2 && log.connections >= 1);
    CHECK(log.put_bytes > LENGTH);
    check_content(link, data, LENGTH);
    CHECK(log.attempts == cloud_count("any", 0));
    CHECK_HAS(log.last, ferry_filelink_handle(link));
    ferry_filestack_free(client);
    CHECK(log.freed == 0);
    ferry_filelink_free(link);
    CHECK(log.freed == 1);
    free(data);
}

/* A callback may cancel, and what was under way is told all the same. */
static void events_come_while_it_runs(void) {
    struct log log = {0};
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"match\":{\"part\":2},\"action\":{\"stall_ms\":60000}}]");
    ferry_filestack *client = client_of(&log);
    ferry_error *err = NULL;
    unsigned char *data = noise(LENGTH, 2);
    const char *path = scratch_file("cancelled", data, LENGTH);
    CHECK_OK(ferry_filestack_upload_new(client, path, NULL, &log.cancels, &err), err);
    CHECK_STATUS(ferry_upload_run(log.cancels, &err), FERRY_CANCELLED, err);
    CHECK_STATE(log.cancels, FERRY_UPLOAD_ABORTED);
    CHECK(cloud_fired() && log.attempts == cloud_count("any", 0) && log.answers == log.attempts - 1);
    ferry_upload_free(log.cancels);
    ferry_filestack_free(client);
    CHECK(log.freed == 1);
    free(data);
}

/* A client that could not be made has taken nothing over. */
static void what_is_not_made_frees_nothing(void) {
    struct log log = {0};
    ferry_connection_options connection = connection_options();
    connection.on_event = on_event;
    connection.event_data = &log;
    connection.event_free = on_free;
    connection.proxy = "no proxy";
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTP"));
    options.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_error *err = NULL;
    CHECK_STATUS(ferry_filestack_new("TESTKEY", &options, &client, &err), FERRY_INVALID_ARGUMENT, err);
    CHECK(log.freed == 0);
    /* A program of an older version knows no events. */
    connection.proxy = NULL;
    connection.struct_size = offsetof(ferry_connection_options, on_event);
    client = client_with(&options);
    ferry_filestack_free(client);
    CHECK(log.freed == 0);
}

static void kinds_have_names(void) {
    CHECK_STR(ferry_event_kind_name(FERRY_EVENT_CONNECTION), "connection");
    CHECK_STR(ferry_event_kind_name(FERRY_EVENT_RETRY), "retry");
    CHECK_STR(ferry_event_kind_name(FERRY_EVENT_RESTART), "restart");
    CHECK_STR(ferry_event_kind_name(FERRY_EVENT_CONCURRENCY), "concurrency");
    CHECK_STR(ferry_event_kind_name(0), "unknown");
}

int main(void) {
    check_begin();
    every_attempt_has_its_event();
    events_come_while_it_runs();
    what_is_not_made_frees_nothing();
    kinds_have_names();
    return check_result();
}
