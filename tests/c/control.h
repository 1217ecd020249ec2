/* Uploads that are steered while they run, and a cloud that waits where the test wants it. */
#ifndef FERRY_TEST_CONTROL_H
#define FERRY_TEST_CONTROL_H

#include <pthread.h>

#include "client.h"

/* The requests of an upload in their order; "commit" only where it is intelligent. */
static const char *const steps[] = {"start", "upload", "put", "commit", "complete"};
enum { STEPS = sizeof steps / sizeof *steps };

typedef void (*act)(const ferry_upload *upload);

/* An upload, what is done to it and when. */
struct steered {
    ferry_upload *upload;
    const char *step; /* act once a request of this class has come; NULL: at the first report */
    act act;
    int from_thread;
    _Atomic int acted;
    double when;
    int seen; /* requests of this class that had come just after */
    unsigned char *bytes;
    size_t length;
};

static inline void steer(struct steered *s) {
    s->when = check_now();
    s->act(s->upload);
    s->seen = s->step == NULL ? 0 : cloud_count(s->step, 0);
    s->acted = 1;
}

static inline int32_t steer_from_callback(const ferry_progress *progress, void *user_data) {
    (void)progress;
    struct steered *s = user_data;
    if (s->act != NULL && !s->from_thread && !s->acted && (s->step == NULL || cloud_count(s->step, 0) > 0)) {
        steer(s);
    }
    return 0;
}

static inline void *steer_from_thread(void *data) {
    struct steered *s = data;
    cloud_await(s->step);
    steer(s);
    return NULL;
}

/* An upload of a file of its own; intelligent, so that there are commits, if that is the step to steer at. */
static inline void steered_new(struct steered *s, const ferry_filestack *client, size_t length) {
    s->length = length;
    s->bytes = noise(length, length);
    ferry_upload_options options = upload_options();
    options.on_progress = steer_from_callback;
    options.user_data = s;
    options.concurrency = 2;
    options.intelligent =
        s->step != NULL && strcmp(s->step, "commit") == 0 ? FERRY_INTELLIGENT_ON : FERRY_INTELLIGENT_OFF;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(
                 client, scratch_file("steered.bin", s->bytes, length), &options, &s->upload, &err),
        err);
    CHECK_STATE(s->upload, FERRY_UPLOAD_INITIALIZED);
}

/* Runs it, steered as it says. */
static inline ferry_status steered_run(struct steered *s, ferry_error **err) {
    pthread_t thread;
    if (s->from_thread) {
        CHECK(pthread_create(&thread, NULL, steer_from_thread, s) == 0);
    }
    ferry_status status = ferry_upload_run(s->upload, err);
    if (s->from_thread) {
        pthread_join(thread, NULL);
    }
    return status;
}

static inline void steered_free(struct steered *s) {
    ferry_upload_free(s->upload);
    free(s->bytes);
}

/* There is no result as long as the upload is not at its end. */
static inline void check_not_ready(const ferry_upload *upload) {
    ferry_value *value = (ferry_value *)&value;
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_upload_result(upload, &value, &err);
    CHECK_ERROR(status, FERRY_NOT_READY, err, "not uploaded yet");
    status = ferry_upload_filelink(upload, &link, &err);
    CHECK_ERROR(status, FERRY_NOT_READY, err, "not uploaded yet");
    CHECK(value == NULL && link == NULL);
}

/* Uploaded, with the right bytes. */
static inline void check_uploaded(const struct steered *s) {
    CHECK_STATE(s->upload, FERRY_UPLOAD_UPLOADED);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_upload_filelink(s->upload, &link, &err), err);
    check_content(link, s->bytes, s->length);
    ferry_filelink_free(link);
}

/* No part and no chunk was confirmed twice. */
static inline void check_sent_once(void) {
    char *log = cloud_log();
    for (const char *one = json_first(log); one != NULL; one = json_next(one)) {
        if (!json_is(json_get(one, "class"), "\"put\"") || !json_is(json_get(one, "status"), "200")) {
            continue;
        }
        char *part = json_copy(json_get(one, "part")), *offset = json_copy(json_get(one, "offset"));
        for (const char *other = json_next(one); other != NULL; other = json_next(other)) {
            const int is_put = json_is(json_get(other, "class"), "\"put\"");
            CHECK_AT(!is_put || !json_is(json_get(other, "part"), part) ||
                         !json_is(json_get(other, "offset"), offset),
                "part %s (offset %s) was confirmed, and then sent again", part, offset);
        }
        free(part);
        free(offset);
    }
    free(log);
    CHECK(cloud_count("start", 200) == 1);
    CHECK(cloud_count("complete", 200) == 1);
}

#endif
