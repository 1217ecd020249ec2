/* Files at the cloud that keeps them: what was stored comes back byte by byte, and is deleted. */
#ifndef FERRY_SOAK_FILES_H
#define FERRY_SOAK_FILES_H

#include "worker.h"

/* What a stream has to bring from now on, and whether it is refused. */
struct expected {
    const unsigned char *bytes;
    size_t left;
    int is_refused;
};

static int32_t compare(const void *data, size_t length, void *user_data) {
    struct expected *expected = user_data;
    if (length > expected->left || memcmp(data, expected->bytes, length) != 0) {
        WRONG("a stream brings other bytes, %zu before its end", expected->left);
        return 1;
    }
    expected->bytes += length;
    expected->left -= length;
    return expected->is_refused;
}

static void check_download(struct worker *worker, const ferry_filelink *link, const unsigned char *bytes,
    size_t size) {
    uint64_t length = 0;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filelink_download(link, worker->download, NULL, &length, &err);
    if (!went_well("download", worker->name, status, err, PLANNED)) {
        return;
    }
    FILE *file = fopen(worker->download, "rb");
    const size_t read = file != NULL ? fread(worker->buffer, 1, NOISE, file) : 0;
    HOLDS(read == size && length == size && memcmp(worker->buffer, bytes, size) == 0, "%s: %zu of %zu bytes",
        worker->name, read, size);
    if (file != NULL) {
        fclose(file);
    }
    remove(worker->download);
}

static void check_content(struct worker *worker, const ferry_filelink *link, const unsigned char *bytes,
    size_t size) {
    ferry_bytes *content = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filelink_content(link, NULL, &content, &err);
    if (went_well("content", worker->name, status, err, PLANNED)) {
        HOLDS(ferry_bytes_len(content) == size && memcmp(ferry_bytes_data(content), bytes, size) == 0,
            "%s: %zu of %zu bytes", worker->name, ferry_bytes_len(content), size);
    }
    ferry_bytes_free(content);
}

static void check_stream(struct worker *worker, const ferry_filelink *link, const unsigned char *bytes,
    size_t size) {
    struct expected expected = {bytes, size, draw(worker, 4) == 0};
    uint64_t length = 0;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filelink_stream(link, compare, &expected, NULL, &length, &err);
    if (expected.is_refused && reason_of(err) != PLANNED) {
        had_to_fail("stream", status, FERRY_IO, err, "");
    } else if (went_well("stream", worker->name, status, err, PLANNED)) {
        HOLDS(expected.left == 0 && length == size, "%s: %" PRIu64 " of %zu", worker->name, length, size);
    }
}

static void check_metadata(struct worker *worker, const ferry_filelink *link, size_t size) {
    ferry_value *metadata = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filelink_metadata(link, "size,filename,md5", NULL, &metadata, &err);
    if (went_well("metadata", worker->name, status, err, PLANNED)) {
        const char *name = ferry_value_string(ferry_value_get(metadata, "filename"));
        HOLDS((size_t)ferry_value_int(ferry_value_get(metadata, "size")) == size, "%s", worker->name);
        HOLDS(name != NULL && strcmp(name, worker->name) == 0, "%s", worker->name);
    }
    ferry_value_free(metadata);
}

/* Other bytes in the place of the file's; where they are from now on. */
static const unsigned char *overwritten(
    struct worker *worker, const ferry_filelink *link, const unsigned char *bytes, size_t size) {
    const unsigned char *other = some_bytes(worker, size);
    ferry_error *err = NULL;
    const ferry_status status = ferry_filelink_overwrite_bytes(link, other, size, NULL, &err);
    return went_well("overwrite", worker->name, status, err, PLANNED) ? other : bytes;
}

static void delete_file(struct worker *worker, const ferry_filelink *link) {
    ferry_error *err = NULL;
    const ferry_status status = ferry_filelink_delete(link, false, NULL, &err);
    const int is_gone = status != FERRY_OK && reason_of(err) == GONE;
    if (went_well("delete_file", worker->name, status, err, PLANNED | GONE) || is_gone) {
        tell("deleted %s\n", ferry_filelink_handle(link));
    }
}

static void round_trip(struct worker *worker) {
    const size_t turn = draw(worker, 128);
    const size_t size = turn == 0 ? NOISE : turn < 8 ? 6 * MIB : small_size(worker) * 4;
    const unsigned char *bytes = some_bytes(worker, size);
    ferry_upload_options options = named(new_name(worker));
    options.intelligent = (int32_t)(turn % 3);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    ferry_status status =
        ferry_filestack_upload_bytes(shared.clients[S3_CLOUD], bytes, size, &options, &link, &err);
    if (went_well("round_trip", worker->name, status, err, PLANNED)) {
        stored(S3_CLOUD, worker->name, size, link);
        if (turn % 4 == 0) {
            bytes = overwritten(worker, link, bytes, size);
        }
        check_content(worker, link, bytes, size);
        if (turn % 2 == 0) {
            check_download(worker, link, bytes, size);
        } else {
            check_stream(worker, link, bytes, size);
        }
        check_metadata(worker, link, size);
        delete_file(worker, link);
    }
    release(worker, link);
}

#endif
