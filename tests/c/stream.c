/* A result or a file is handed over piece by piece on the caller's own thread; once a piece was handed over, a failure
 * is final. */
#include <pthread.h>

#include "chain.h"

struct taken {
    pthread_t thread;
    unsigned char *bytes;
    size_t length, calls, fail_at;
    int other_thread;
};

static int32_t take(const void *data, size_t length, void *user_data) {
    struct taken *taken = user_data;
    taken->other_thread |= !pthread_equal(taken->thread, pthread_self());
    CHECK(length > 0);
    if (taken->fail_at != 0 && ++taken->calls == taken->fail_at) {
        return 5;
    }
    taken->bytes = realloc(taken->bytes, taken->length + length);
    memcpy(taken->bytes + taken->length, data, length);
    taken->length += length;
    return 0;
}

static int32_t look(const ferry_progress *progress, void *user_data) {
    struct taken *taken = user_data;
    taken->other_thread |= !pthread_equal(taken->thread, pthread_self());
    return progress->bytes_done > 50000 && taken->calls == 99;
}

/* What is handed over: the result of a chain, or a stored file. */
struct origin {
    const ferry_transform *chain;
    const ferry_filelink *link;
};

static ferry_status stream(const struct origin *origin, struct taken *taken,
                           const ferry_request_options *options, uint64_t *handed, ferry_error **err) {
    if (origin->chain != NULL) {
        return ferry_transform_stream(origin->chain, take, taken, options, handed, err);
    }
    return ferry_filelink_stream(origin->link, take, taken, options, handed, err);
}

static struct taken taker(void) {
    return (struct taken){.thread = pthread_self()};
}

static void the_same_bytes(const struct origin *origin, const void *bytes, size_t length) {
    for (int watched = 0; watched < 2; watched++) {
        struct taken taken = taker();
        ferry_request_options options = request_options();
        options.on_progress = look;
        options.user_data = &taken;
        uint64_t handed = 0;
        ferry_error *err = NULL;
        CHECK_OK(stream(origin, &taken, watched ? &options : NULL, &handed, &err), err);
        CHECK(handed == length && taken.length == length && memcmp(taken.bytes, bytes, length) == 0 &&
              !taken.other_thread);
        free(taken.bytes);
    }
}

/* The call ends as soon as the callback fails, however much is still to come. */
static void the_callback_fails(const struct origin *origin) {
    for (size_t at = 1; at < 3; at++) {
        struct taken taken = taker();
        taken.fail_at = at;
        uint64_t handed = 7;
        ferry_error *err = NULL;
        ferry_status status = stream(origin, &taken, NULL, &handed, &err);
        CHECK(taken.calls == at && !taken.other_thread);
        CHECK(!ferry_error_retryable(err));
        CHECK_ERROR(status, FERRY_IO, err, "5");
        free(taken.bytes);
    }
}

/* What was handed over stays, and only the rest is asked for. */
static void cut_half_way(const struct origin *origin, const unsigned char *bytes, size_t length) {
    cloud_faults("[{\"class\":\"deliver\",\"times\":1,\"action\":{\"cut_response_after\":200000}}]");
    free(cloud_ask("DELETE", "requests", ""));
    struct taken taken = taker();
    ferry_error *err = NULL;
    CHECK_OK(stream(origin, &taken, NULL, NULL, &err), err);
    CHECK(taken.length == length && memcmp(taken.bytes, bytes, length) == 0);
    CHECK(cloud_count("deliver", 0) == 2);
    free(taken.bytes);
    cloud_reset();
}

/* Before the first piece there is time to try again, and an error page is never handed over. */
static void before_the_first_piece(const struct origin *origin, const void *bytes, size_t length) {
    cloud_faults("[{\"class\":\"deliver\",\"times\":1,\"action\":{\"status\":503,\"body\":\"busy\"}}]");
    the_same_bytes(origin, bytes, length);
    cloud_faults("[{\"class\":\"deliver\",\"action\":{\"status\":404,\"body\":\"no such file\"}}]");
    struct taken taken = taker();
    ferry_error *err = NULL;
    ferry_status status = stream(origin, &taken, NULL, NULL, &err);
    CHECK(taken.length == 0 && ferry_error_http_status(err) == 404);
    CHECK_ERROR(status, FERRY_HTTP, err, "no such file");
    cloud_reset();
}

static void cancelled(const struct origin *origin) {
    cloud_faults("[{\"class\":\"deliver\",\"action\":{\"slow_bytes_per_second\":200000}}]");
    struct taken taken = taker();
    taken.calls = 99;
    ferry_request_options options = request_options();
    options.on_progress = look;
    options.user_data = &taken;
    ferry_error *err = NULL;
    CHECK_STATUS(stream(origin, &taken, &options, NULL, &err), FERRY_CANCELLED, err);
    CHECK(!taken.other_thread);
    free(taken.bytes);
    cloud_reset();
}

int main(void) {
    check_begin();
    const size_t length = is_small() ? MIB : 8 * MIB;
    unsigned char *bytes = noise(length, 1);
    ferry_filestack *client = client_new(NULL);
    ferry_filelink *link = stored(client, "noise.bin", bytes, length);
    ferry_transform *chain = chain_new(client, ferry_filelink_handle(link));
    const struct origin origins[] = {{.chain = chain}, {.link = link}};
    for (size_t at = 0; at < 2; at++) {
        const struct origin *origin = &origins[at];
        the_same_bytes(origin, bytes, length);
        the_callback_fails(origin);
        cut_half_way(origin, bytes, length);
        before_the_first_piece(origin, bytes, length);
        cancelled(origin);
    }
    ferry_transform_free(chain);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    free(bytes);
    return check_result();
}
