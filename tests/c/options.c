/* Option structs: which sizes are versions of them, what their bools and reserved fields may hold. */
#include "client.h"

/* A copy of which exactly `size` bytes can be read. Freed by the caller. */
static void *cut(const void *options, size_t size) {
    void *copy = malloc(size);
    memcpy(copy, options, size);
    memcpy(copy, &size, sizeof size);
    return copy;
}

static ferry_status upload_with_size(
    const ferry_filestack *client, const char *path, size_t size, ferry_error **err) {
    ferry_upload_options options = upload_options();
    void *copy = cut(&options, size);
    ferry_upload *upload = NULL;
    ferry_status status = ferry_filestack_upload_new(client, path, copy, &upload, err);
    CHECK((status == FERRY_OK) == (upload != NULL));
    ferry_upload_free(upload);
    free(copy);
    return status;
}

#define END(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

static void a_size_is_one_where_a_field_ends(const ferry_filestack *client) {
    static const size_t ends[] = {
        END(ferry_upload_options, struct_size),
        END(ferry_upload_options, filename),
        END(ferry_upload_options, sanitize_filename),
        END(ferry_upload_options, mimetype),
        END(ferry_upload_options, alt_text),
        END(ferry_upload_options, tags_json),
        END(ferry_upload_options, location),
        END(ferry_upload_options, path),
        END(ferry_upload_options, container),
        END(ferry_upload_options, region),
        END(ferry_upload_options, access),
        END(ferry_upload_options, workflows_json),
        END(ferry_upload_options, intelligent),
        END(ferry_upload_options, concurrency),
        END(ferry_upload_options, part_size),
        END(ferry_upload_options, security),
        END(ferry_upload_options, on_progress),
        END(ferry_upload_options, user_data),
        END(ferry_upload_options, deadline_ms),
        END(ferry_upload_options, restart),
        END(ferry_upload_options, journal_dir),
        END(ferry_upload_options, bytes_per_second),
        END(ferry_upload_options, single_request),
        END(ferry_upload_options, _reserved),
    };
    const char *path = scratch_file("sized.bin", "sized", 5);
    size_t next = 0;
    for (size_t size = sizeof size; size <= sizeof(ferry_upload_options); size++) {
        ferry_error *err = NULL;
        ferry_status status = upload_with_size(client, path, size, &err);
        if (next < sizeof ends / sizeof *ends && size == ends[next]) {
            CHECK_OK(status, err);
            next++;
        } else {
            CHECK_AT(status == FERRY_INVALID_ARGUMENT, "struct_size %zu is accepted", size);
            CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "struct_size of ferry_upload_options");
        }
    }
    CHECK_AT(next == sizeof ends / sizeof *ends, "only %zu fields end", next);
}

/* Each of the other structs, with a size that ends in its last field. */
static void every_struct_has_its_table(const ferry_filestack *client) {
    ferry_error *err = NULL;
    ferry_filelink *link = NULL;
    CHECK_OK(ferry_filelink_new(client, "ABCDEFGHIJ0123456789", &link, &err), err);

    ferry_request_options request;
    ferry_request_options_init(&request, sizeof request);
    void *copy = cut(&request, sizeof request - 1);
    ferry_value *value = NULL;
    ferry_status status = ferry_filelink_metadata(link, NULL, copy, &value, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "struct_size of ferry_request_options");
    free(copy);

    ferry_connection_options connection = connection_options();
    copy = cut(&connection, sizeof connection - 1);
    ferry_filestack_options account = client_options("http://127.0.0.1:1");
    account.connection = copy;
    ferry_filestack *other = NULL;
    status = ferry_filestack_new("KEY", &account, &other, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "struct_size of ferry_connection_options");
    free(copy);

    account.connection = NULL;
    copy = cut(&account, sizeof account - 1);
    status = ferry_filestack_new("KEY", copy, &other, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "struct_size of ferry_filestack_options");
    free(copy);

    ferry_store_options store;
    ferry_store_options_init(&store, sizeof store);
    copy = cut(&store, sizeof store - 1);
    ferry_transform *chain = NULL;
    ferry_filelink *stored = NULL;
    CHECK_OK(ferry_transform_new(client, "ABCDEFGHIJ0123456789", &chain, &err), err);
    status = ferry_transform_store(chain, copy, &stored, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "struct_size of ferry_store_options");
    free(copy);
    ferry_transform_free(chain);

    ferry_telestream_options flip;
    ferry_telestream_options_init(&flip, sizeof flip);
    copy = cut(&flip, sizeof flip - 1);
    ferry_telestream *telestream = NULL;
    status = ferry_telestream_new("access", "secret", copy, &telestream, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "struct_size of ferry_telestream_options");
    free(copy);

    ferry_telestream_upload_options film;
    ferry_telestream_upload_options_init(&film, sizeof film);
    copy = cut(&film, sizeof film - 1);
    ferry_upload *upload = NULL;
    CHECK_OK(ferry_telestream_new("access", "secret", NULL, &telestream, &err), err);
    status =
        ferry_telestream_upload_new(telestream, "factory", scratch("sized.bin"), NULL, copy, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "struct_size of ferry_telestream_upload_options");
    free(copy);
    ferry_telestream_free(telestream);
    ferry_filelink_free(link);
}

/* A byte that C has no bool for is a true one, not undefined behaviour. */
static void a_bool_may_hold_any_byte(const ferry_filestack *client) {
    static const unsigned char bytes[] = {0, 1, 2, 0x80, 0xff};
    for (size_t one = 0; one < sizeof bytes; one++) {
        cloud_reset();
        ferry_upload_options options = upload_options();
        options.filename = "a^b.txt";
        memset(&options.sanitize_filename, bytes[one], sizeof options.sanitize_filename);
        ferry_filelink *link = NULL;
        ferry_error *err = NULL;
        CHECK_OK(ferry_filestack_upload_bytes(client, "x", 1, &options, &link, &err), err);
        char *said = cloud_said("start", "filename");
        CHECK_STR(said, bytes[one] == 0 ? "a^b.txt" : "a-b.txt");
        free(said);
        ferry_filelink_free(link);
    }
}

static void a_reserved_field_must_be_zero(const ferry_filestack *client) {
    ferry_request_options request;
    ferry_request_options_init(&request, sizeof request);
    request._reserved = 7;
    ferry_value *job = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_workflow_status(client, "job", &request, &job, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "_reserved of ferry_request_options");

    ferry_filestack_options account = client_options("http://127.0.0.1:1");
    account._reserved = 7;
    ferry_filestack *other = NULL;
    status = ferry_filestack_new("KEY", &account, &other, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "_reserved of ferry_filestack_options");

    ferry_upload_options options = upload_options();
    options._reserved = 7;
    ferry_upload *upload = NULL;
    status = ferry_filestack_upload_new(client, scratch("sized.bin"), &options, &upload, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "_reserved of ferry_upload_options");

    ferry_store_options store;
    ferry_store_options_init(&store, sizeof store);
    store._reserved = 7;
    ferry_transform *chain = NULL;
    ferry_filelink *stored = NULL;
    CHECK_OK(ferry_transform_new(client, "ABCDEFGHIJ0123456789", &chain, &err), err);
    status = ferry_transform_store(chain, &store, &stored, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, "_reserved of ferry_store_options");
    ferry_transform_free(chain);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    a_size_is_one_where_a_field_ends(client);
    every_struct_has_its_table(client);
    a_bool_may_hold_any_byte(client);
    a_reserved_field_must_be_zero(client);
    ferry_filestack_free(client);
    return check_result();
}
