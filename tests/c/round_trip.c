/* What comes back from the cloud is what went up: every source, every mode, sizes around every boundary. */
#include "client.h"

static const int32_t modes[] = {FERRY_INTELLIGENT_OFF, FERRY_INTELLIGENT_ON, FERRY_INTELLIGENT_FALLBACK};
static const char *const mode_names[] = {"plain", "intelligent", "fallback"};

enum source { FROM_PATH, FROM_MEMORY, FROM_READER, FROM_READER_OF_UNKNOWN_SIZE, SOURCES };

struct reading {
    const unsigned char *bytes;
    size_t length, at, turn;
};

/* Gives less than it was asked for, and a different amount every time. */
static int64_t read_some(void *buffer, size_t capacity, void *user_data) {
    struct reading *reading = user_data;
    static const size_t turns[] = {1, 4095, 1 << 16, 7, SIZE_MAX};
    size_t count = turns[reading->turn++ % (sizeof turns / sizeof *turns)];
    count = count < capacity ? count : capacity;
    const size_t left = reading->length - reading->at;
    count = count < left ? count : left;
    memcpy(buffer, reading->bytes + reading->at, count);
    reading->at += count;
    return (int64_t)count;
}

static ferry_status upload(const ferry_filestack *client, enum source source, const unsigned char *bytes,
    size_t length, const ferry_upload_options *options, ferry_filelink **link, ferry_error **err) {
    struct reading reading = {.bytes = bytes, .length = length};
    switch (source) {
    case FROM_PATH:
        return ferry_filestack_upload_file(client, scratch_file("up.bin", bytes, length), options, link, err);
    case FROM_MEMORY:
        return ferry_filestack_upload_bytes(client, bytes, length, options, link, err);
    case FROM_READER:
        return ferry_filestack_upload_reader(client, read_some, &reading, length, options, link, err);
    default:
        return ferry_filestack_upload_reader(
            client, read_some, &reading, FERRY_SIZE_UNKNOWN, options, link, err);
    }
}

/* The file on disk has exactly these bytes. */
static void check_file(const char *path, const unsigned char *bytes, size_t length) {
    FILE *file = fopen(path, "rb");
    unsigned char *read = malloc(length + 1);
    CHECK(file != NULL && fread(read, 1, length + 1, file) == length && memcmp(read, bytes, length) == 0);
    if (file != NULL) {
        fclose(file);
    }
    free(read);
}

static void round_trip(const ferry_filestack *client, size_t length, enum source source, int mode) {
    const int before = check_failures;
    unsigned char *bytes = noise(length, length + (size_t)source * 3 + (size_t)mode);
    ferry_upload_options options = upload_options();
    options.intelligent = modes[mode];
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(upload(client, source, bytes, length, &options, &link, &err), err);
    if (source == FROM_PATH) {
        const char *path = scratch("down.bin");
        uint64_t received = 0;
        CHECK_OK(ferry_filelink_download(link, path, NULL, &received, &err), err);
        CHECK(received == length);
        check_file(path, bytes, length);
    } else {
        check_content(link, bytes, length);
    }
    ferry_filelink_free(link);
    free(bytes);
    CHECK_AT(check_failures == before, "... with %zu bytes from source %d, %s", length, (int)source,
        mode_names[mode]);
}

/* A part that fails makes a fallback upload go on in chunks; the bytes stay the same. */
static void fallback_after_a_failed_part(const ferry_filestack *client) {
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"match\":{\"part\":2},\"times\":1,\"action\":{\"cut_after\":1000}}]");
    round_trip(client, 9 * MIB, FROM_MEMORY, 2);
    CHECK(cloud_count("commit", 200) > 0);
    cloud_reset();
}

/* An account without intelligent ingestion gets the same bytes the plain way. */
static void intelligent_without_the_account_for_it(const ferry_filestack *client) {
    cloud_reset();
    free(cloud_ask("PUT", "settings", "{\"intelligent\":false}"));
    round_trip(client, 9 * MIB, FROM_MEMORY, 1);
    CHECK(cloud_count("commit", 0) == 0 && cloud_count("put", 200) == 2);
    free(cloud_ask("PUT", "settings", "{\"intelligent\":true}"));
}

static void over_tls(void) {
    cloud_reset();
    ferry_connection_options connection = connection_options();
    connection.ca_file = env("FERRY_TEST_CA");
    ferry_filestack_options options = client_options(env("FERRY_TEST_HTTPS"));
    options.connection = &connection;
    ferry_filestack *client = client_with(&options);
    round_trip(client, is_small() ? 1 : 5 * MIB + 1, FROM_PATH, 0);
    ferry_filestack_free(client);
    char *log = cloud_log();
    CHECK(json_first(log) != NULL);
    for (const char *entry = json_first(log); entry != NULL; entry = json_next(entry)) {
        CHECK(json_is(json_get(entry, "scheme"), "\"https\""));
    }
    free(log);
}

int main(void) {
    check_begin();
    const size_t sizes[] = {1, 5 * MIB + 1, 5 * MIB - 1, 5 * MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1};
    const size_t count = is_small() ? 2 : sizeof sizes / sizeof *sizes;
    ferry_filestack *client = client_new(NULL);
    for (size_t size = 0; size < count; size++) {
        for (int mode = 0; mode < 3; mode++) {
            for (int source = 0; source < SOURCES; source++) {
                /* Where time is short: every source and every mode once with the larger size. */
                if (!is_small() || size == 0 || source == mode + 1) {
                    round_trip(client, sizes[size], (enum source)source, mode);
                }
            }
        }
    }
    if (!is_small()) {
        for (int mode = 0; mode < 3; mode++) {
            round_trip(client, 100 * MIB + 7, (enum source)mode, mode);
        }
        round_trip(client, 100 * MIB + 7, FROM_READER_OF_UNKNOWN_SIZE, 0);
        fallback_after_a_failed_part(client);
        intelligent_without_the_account_for_it(client);
    }
    ferry_filestack_free(client);
    over_tls();
    return check_result();
}
