/* Uploads that nobody stops: small ones, batches, large ones. */
#ifndef FERRY_SOAK_UPLOADS_H
#define FERRY_SOAK_UPLOADS_H

#include "worker.h"

static void upload_memory(
    struct worker *worker, const ferry_filestack *client, int cloud, const char *call, int intelligent) {
    const size_t size = small_size(worker);
    const unsigned char *bytes = some_bytes(worker, size);
    ferry_upload_options options = named(new_name(worker));
    options.intelligent = intelligent;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_bytes(client, bytes, size, &options, &link, &err);
    ended(worker, cloud, call, size, status, link, err, PLANNED);
}

static void small_memory(struct worker *worker) {
    upload_memory(worker, a_client(worker), NULL_CLOUD, "small_memory", FERRY_INTELLIGENT_OFF);
}

static void small_intelligent(struct worker *worker) {
    const int mode = draw(worker, 2) == 0 ? FERRY_INTELLIGENT_ON : FERRY_INTELLIGENT_FALLBACK;
    upload_memory(worker, a_client(worker), NULL_CLOUD, "small_intelligent", mode);
}

static void small_file(struct worker *worker) {
    const size_t which = draw(worker, SMALL_FILES);
    ferry_upload_options options = named(new_name(worker));
    options.intelligent = (int32_t)draw(worker, 3);
    options.tags_json = "{\"kind\": \"soak\"}";
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_file(
        a_client(worker), shared.small[which], &options, &link, &err);
    ended(worker, NULL_CLOUD, "small_file", shared.small_size[which], status, link, err, PLANNED);
}

static void small_single(struct worker *worker) {
    const size_t size = small_size(worker);
    ferry_upload_options options = named(new_name(worker));
    options.single_request = true;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_bytes(
        a_client(worker), some_bytes(worker, size), size, &options, &link, &err);
    ended(worker, NULL_CLOUD, "small_single", size, status, link, err, ONCE);
}

struct source {
    const unsigned char *bytes;
    size_t left;
};

static int64_t give(void *buffer, size_t capacity, void *user_data) {
    struct source *source = user_data;
    const size_t count = capacity < source->left ? capacity : source->left;
    memcpy(buffer, source->bytes, count);
    source->bytes += count;
    source->left -= count;
    return (int64_t)count;
}

static void small_reader(struct worker *worker) {
    const size_t size = small_size(worker);
    struct source source = {some_bytes(worker, size), size};
    ferry_upload_options options = named(new_name(worker));
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_reader(shared.clients[NULL_CLOUD], give, &source,
        draw(worker, 2) == 0 ? size : FERRY_SIZE_UNKNOWN, &options, &link, &err);
    ended(worker, NULL_CLOUD, "small_reader", size, status, link, err, PLANNED);
}

/* A batch: what each file came to is told by its callback. */
struct batch {
    struct worker *worker;
    char names[BATCH][NAME];
    size_t sizes[BATCH], ended, failed;
    int allowed;
};

static int32_t on_item(size_t index, const char *path, const ferry_filelink *link, const ferry_error *error,
    void *user_data) {
    struct batch *batch = user_data;
    (void)path;
    batch->ended++;
    if (link == NULL) {
        batch->failed++;
        judge("batch", batch->names[index], ferry_error_status(error), error, batch->allowed);
    } else {
        stored(NULL_CLOUD, batch->names[index], batch->sizes[index], link);
        release(batch->worker, NULL);
    }
    return 0;
}

static void small_batch(struct worker *worker) {
    struct batch batch = {.worker = worker};
    ferry_upload_options all = named(NULL), options[BATCH];
    ferry_batch_item items[BATCH];
    all.single_request = draw(worker, 2) == 0;
    all.concurrency = 8;
    batch.allowed = all.single_request ? ONCE : PLANNED;
    for (size_t at = 0; at < BATCH; at++) {
        const size_t which = draw(worker, SMALL_FILES);
        snprintf(batch.names[at], NAME, "%s", new_name(worker));
        batch.sizes[at] = shared.small_size[which];
        options[at] = named(batch.names[at]);
        options[at].single_request = all.single_request;
        items[at] = (ferry_batch_item){shared.small[which], &options[at]};
    }
    ferry_value *report = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_batch(
        shared.clients[NULL_CLOUD], items, BATCH, &all, on_item, &batch, &report, &err);
    HOLDS(batch.ended == BATCH && ferry_value_len(report) == BATCH, "%zu ended", batch.ended);
    HOLDS((status == FERRY_OK) == (batch.failed == 0), "%zu failed", batch.failed);
    HOLDS((err == NULL) == (status == FERRY_OK), "%s", ferry_error_message(err));
    atomic_fetch_add(&calls_done, 1);
    ferry_value_free(report);
    ferry_error_free(err);
}

/* A client of its own, which is dropped after one upload; at times one that is soon out of patience. */
static _Atomic uint64_t clients_made, clients_dropped, events_seen;

static void on_event(const ferry_event *event, void *user_data) {
    (void)user_data;
    events_seen += event->kind == FERRY_EVENT_ATTEMPT;
}

static void on_drop(void *user_data) {
    (void)user_data;
    clients_dropped++;
}

static void fresh_client(struct worker *worker) {
    ferry_connection_options connection;
    ferry_connection_options_init(&connection, sizeof connection);
    connection.on_event = on_event;
    connection.event_free = on_drop;
    connection.stall_timeout_ms = draw(worker, 2) == 0 ? 1000 : 0;
    ferry_filestack_options options;
    ferry_filestack_options_init(&options, sizeof options);
    options.base_url = shared.urls[NULL_CLOUD];
    options.connection = &connection;
    ferry_filestack *client = NULL;
    ferry_error *err = NULL;
    if (went_well("new", "-", ferry_filestack_new("SOAKKEY", &options, &client, &err), err, 0)) {
        clients_made++;
        upload_memory(worker, client, NULL_CLOUD, "fresh_client", (int)draw(worker, 3));
    }
    ferry_filestack_free(client);
}

static void large_file(struct worker *worker) {
    const size_t turn = draw(worker, 20), which = turn == 0 ? 2 : turn < 5 ? 1 : 0;
    ferry_upload_options options = named(new_name(worker));
    options.intelligent = draw(worker, 4) == 0 ? FERRY_INTELLIGENT_ON : FERRY_INTELLIGENT_OFF;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_file(
        shared.clients[NULL_CLOUD], shared.large[which], &options, &link, &err);
    ended(worker, NULL_CLOUD, "large_file", shared.large_size[which], status, link, err, PLANNED);
}

#endif
