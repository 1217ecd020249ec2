/* Limits on how fast bytes pass. That they are kept evenly is tested where no machine's speed matters. */
#include "client.h"

/* An upload that would take years, until it is told otherwise in a callback or by a thread. */
struct slow {
    ferry_upload *upload;
    int reports;
    int sent; /* requests that had come by then */
};

static int32_t lift_in_callback(const ferry_progress *progress, void *user_data) {
    (void)progress;
    struct slow *slow = user_data;
    if (++slow->reports == 3) {
        slow->sent = cloud_count("any", 0);
        ferry_upload_limit(slow->upload, 0);
    }
    return 0;
}

static void taken_away_in_a_callback(const ferry_filestack *client, uint64_t by_option) {
    cloud_reset();
    struct slow slow = {.sent = -1};
    ferry_upload_options options = upload_options();
    options.on_progress = lift_in_callback;
    options.user_data = &slow;
    options.bytes_per_second = by_option;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(
                 client, scratch_file("slow.bin", "slow", 4), &options, &slow.upload, &err),
        err);
    if (by_option == 0) {
        ferry_upload_limit(slow.upload, 1); /* while nothing runs */
    }
    CHECK_OK(ferry_upload_run(slow.upload, &err), err);
    CHECK(slow.sent == 0);
    CHECK(cloud_count("put", 200) == 1);
    ferry_upload_free(slow.upload);
}

/* The client's limit stays when that of an upload is taken away. */
static void both_hold(void) {
    cloud_reset();
    ferry_connection_options connection = connection_options();
    connection.bytes_per_second = 1;
    ferry_filestack *client = client_new(&connection);
    ferry_upload_options options = upload_options();
    options.deadline_ms = 700;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(client, scratch_file("both.bin", "both", 4), &options, &upload, &err),
        err);
    ferry_upload_limit(upload, 0);
    double begin = check_now();
    ferry_status status = ferry_upload_run(upload, &err);
    CHECK_ERROR(status, FERRY_TIMEOUT, err, "deadline");
    const double took = check_now() - begin;
    CHECK_AT(took < (is_small() ? 15 : 1.7), "the deadline came after %.2f s", took);
    CHECK(cloud_count("any", 0) == 0);
    ferry_upload_free(upload);
    ferry_filestack_free(client);
}

static void the_largest_is_none(void) {
    cloud_reset();
    ferry_connection_options connection = connection_options();
    connection.bytes_per_second = UINT64_MAX;
    ferry_filestack *client = client_new(&connection);
    ferry_upload_options options = upload_options();
    options.bytes_per_second = UINT64_MAX;
    const size_t length = 6 * MIB;
    unsigned char *bytes = noise(length, 1);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_bytes(client, bytes, length, &options, &link, &err), err);
    check_content(link, bytes, length);
    ferry_filelink_free(link);
    ferry_filestack_free(client);
    free(bytes);
}

/* Of a batch, as of one file; an item has none of its own. */
static void of_a_batch(const ferry_filestack *client) {
    cloud_reset();
    ferry_upload_options own = upload_options();
    own.bytes_per_second = 1;
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_file("item.bin", "item", 4));
    const ferry_batch_item item = {path, NULL}, limited = {path, &own};
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    ferry_status status =
        ferry_filestack_upload_batch_new(client, &limited, 1, NULL, NULL, NULL, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "bytes_per_second is for the batch as a whole");
    own.deadline_ms = 700;
    CHECK_OK(ferry_filestack_upload_batch_new(client, &item, 1, &own, NULL, NULL, &upload, &err), err);
    status = ferry_upload_run(upload, &err);
    CHECK_ERROR(status, FERRY_TIMEOUT, err, "deadline");
    CHECK(cloud_count("any", 0) == 0);
    ferry_upload_limit(upload, 0);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    ferry_upload_free(upload);
}

int main(void) {
    check_begin();
    ferry_upload_limit(NULL, 1);
    ferry_filestack *client = client_new(NULL);
    taken_away_in_a_callback(client, 1);
    taken_away_in_a_callback(client, 0);
    of_a_batch(client);
    ferry_filestack_free(client);
    both_hold();
    the_largest_is_none();
    return check_result();
}
