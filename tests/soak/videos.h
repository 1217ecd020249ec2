/* Telestream: uploads that become videos, and calls. Each video is deleted again. */
#ifndef FERRY_SOAK_VIDEOS_H
#define FERRY_SOAK_VIDEOS_H

#include "stopped.h"

/* What was stored is that video; then it is deleted. */
static void check_video(struct worker *worker, const ferry_value *video, uint64_t size) {
    const char *id = ferry_value_string(ferry_value_get(video, "id"));
    ferry_value *found = NULL, *gone = NULL;
    ferry_error *err = NULL;
    ferry_status status =
        ferry_telestream_find(shared.telestream, FERRY_VIDEOS, NULL, id, NULL, NULL, &found, &err);
    if (went_well("find", worker->name, status, err, 0)) {
        const char *name = ferry_value_string(ferry_value_get(found, "original_filename"));
        const uint64_t stored = (uint64_t)ferry_value_int(ferry_value_get(found, "file_size"));
        HOLDS(name != NULL && strcmp(name, worker->name) == 0, "%s is %s", worker->name, name ? name : "-");
        HOLDS(stored == size, "%s has %" PRIu64 " of %" PRIu64 " bytes", worker->name, stored, size);
    }
    err = NULL;
    status = ferry_telestream_delete(shared.telestream, FERRY_VIDEOS, NULL, id, NULL, &gone, &err);
    went_well("delete_video", "-", status, err, GONE);
    ferry_value_free(found);
    ferry_value_free(gone);
}

static void check_upload(struct worker *worker, const ferry_upload *upload, size_t size) {
    ferry_value *made = NULL;
    HOLDS(ferry_upload_result(upload, &made, NULL) == FERRY_OK, "%s", worker->name);
    if (ferry_value_type(made) == FERRY_VALUE_NULL) {
        /* The answer that named it was lost, and all was there when the client asked what is missing. */
        tell("unnamed %s %zu\n", worker->name, size);
    } else {
        check_video(worker, made, size);
    }
    ferry_value_free(made);
    atomic_fetch_add(&uploads_done, 1);
    atomic_fetch_add(&bytes_done, size);
}

static void video(struct worker *worker) {
    const size_t turn = draw(worker, 8), size = turn == 0 ? 7 * MIB + 1 : small_size(worker);
    ferry_telestream_upload_options options;
    ferry_telestream_upload_options_init(&options, sizeof options);
    options.filename = new_name(worker);
    options.protocol = turn % 2 == 0 ? FERRY_PROTOCOL_PARTS : FERRY_PROTOCOL_RANGES;
    const char *params = turn < 4 ? "{\"profiles\": \"none\"}" : NULL;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_telestream_upload_bytes_new(
        shared.telestream, NULL, some_bytes(worker, size), size, params, &options, &upload, &err);
    if (status == FERRY_OK) {
        status = ferry_upload_run(upload, &err);
    }
    if (went_well("video", worker->name, status, err, PLANNED)) {
        check_upload(worker, upload, size);
    }
    ferry_upload_free(upload);
}

static int32_t cancel_it(const ferry_progress *progress, void *user_data) {
    const struct stop *stop = user_data;
    if (progress->bytes_done > 0) {
        ferry_upload_cancel(stop->upload);
    }
    return 0;
}

/* Cancelled when some of it is sent, which deletes the upload at the service too. */
static void cancelled_video(struct worker *worker) {
    struct stop stop = {.how = CANCEL};
    ferry_telestream_upload_options options;
    ferry_telestream_upload_options_init(&options, sizeof options);
    options.filename = new_name(worker);
    options.on_progress = cancel_it;
    options.user_data = &stop;
    options.bytes_per_second = 48 * MIB;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_telestream_upload_bytes_new(
        shared.telestream, NULL, shared.noise, 11 * MIB, NULL, &options, &upload, &err);
    if (went_well("video_new", worker->name, status, err, 0)) {
        stop.upload = upload;
        err = NULL;
        atomic_fetch_add(&stops_done, 1);
        status = ferry_upload_run(upload, &err);
        if (status == FERRY_CANCELLED) {
            atomic_fetch_add(&calls_done, 1);
            tell("failed expected cancelled_video %s\n", worker->name);
            ferry_error_free(err);
        } else if (went_well("cancelled_video", worker->name, status, err, PLANNED)) {
            check_upload(worker, upload, 11 * MIB); /* too late */
        }
    }
    ferry_upload_free(upload);
}

static void video_calls(struct worker *worker) {
    ferry_value *list = NULL;
    char *signed_params = NULL;
    ferry_error *err = NULL;
    const int32_t resource = draw(worker, 2) == 0 ? FERRY_PROFILES : FERRY_FACTORIES;
    ferry_status status = ferry_telestream_list(
        shared.telestream, resource, NULL, "{\"per_page\": 5}", NULL, &list, &err);
    if (went_well("list", "-", status, err, 0)) {
        HOLDS(ferry_value_len(list) == 2, "%zu", ferry_value_len(list));
    }
    err = NULL;
    status = ferry_telestream_signed_params(
        shared.telestream, "POST", "/videos.json", "{\"profiles\": \"h264\"}", NULL, &signed_params, &err);
    if (went_well("signed_params", "-", status, err, 0)) {
        HOLDS(strstr(signed_params, "\"signature\"") != NULL, "%s", signed_params);
    }
    ferry_string_free(signed_params);
    ferry_value_free(list);
}

#endif
