/* Uploads that are stopped: interrupted and gone on with from a journal or a token, paused, cancelled, too
 * late; and those that run beside a loop. */
#ifndef FERRY_SOAK_STOPPED_H
#define FERRY_SOAK_STOPPED_H

#include <poll.h>

#include "worker.h"

enum { INTERRUPT = 1, PAUSE, CANCEL };

/* What is done to an upload, and at how many parts. */
struct stop {
    const ferry_upload *upload;
    int how;
    uint32_t parts;
};

static int32_t stop_it(const ferry_progress *progress, void *user_data) {
    struct stop *stop = user_data;
    const int how = progress->parts_done >= stop->parts ? stop->how : 0;
    if (how != 0 && progress->parts_done == progress->parts_total) {
        return 0; /* too late */
    }
    if (how == PAUSE) {
        ferry_upload_pause(stop->upload);
    } else if (how == CANCEL) {
        ferry_upload_cancel(stop->upload);
    }
    return how == INTERRUPT;
}

/* Options of an upload of 3 parts that is slow enough to be stopped between them. */
static ferry_upload_options stoppable(struct worker *worker, struct stop *stop, int how) {
    ferry_upload_options options = named(new_name(worker));
    *stop = (struct stop){.how = how, .parts = (uint32_t)draw(worker, 3)};
    options.on_progress = stop_it;
    options.user_data = stop;
    options.bytes_per_second = 48 * MIB;
    options.concurrency = 1 + (uint32_t)draw(worker, 2);
    options.intelligent = (int32_t)draw(worker, 3);
    atomic_fetch_add(&stops_done, 1);
    return options;
}

/* The end of a run that is stopped. 1: it was, and the upload can be run again; 0: it is over. */
static int was_stopped(
    struct worker *worker, const char *call, ferry_status status, ferry_error *err, ferry_status wanted) {
    atomic_fetch_add(&calls_done, 1);
    const int is_stopped = status == wanted;
    if (is_stopped) {
        HOLDS(ferry_error_retryable(err) == (wanted == FERRY_CANCELLED), "%s", ferry_error_message(err));
        tell("failed expected %s -\n", call);
    } else {
        judge(call, worker->name, status, err, PLANNED);
    }
    ferry_error_free(err);
    return is_stopped;
}

/* Ends an upload that has run; `status` is that of its last run. */
static void over(struct worker *worker, const char *call, ferry_upload *upload, ferry_status status,
    ferry_error *err) {
    ferry_filelink *link = NULL;
    if (status == FERRY_OK) {
        HOLDS(ferry_upload_state(upload) == FERRY_UPLOAD_UPLOADED, "%s", worker->name);
        HOLDS(ferry_upload_filelink(upload, &link, NULL) == FERRY_OK, "%s", worker->name);
    }
    ended(worker, NULL_CLOUD, call, shared.medium_size, status, link, err, PLANNED);
    ferry_upload_free(upload);
}

static void journaled(struct worker *worker) {
    struct stop stop;
    ferry_upload_options options = stoppable(worker, &stop, INTERRUPT);
    options.journal_dir = worker->journals;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const ferry_filestack *client = shared.clients[NULL_CLOUD];
    ferry_status status = ferry_filestack_upload_file(client, shared.medium, &options, &link, &err);
    if (status != FERRY_OK) {
        if (!was_stopped(worker, "journaled", status, err, FERRY_CANCELLED)) {
            ferry_journal_prune(worker->journals, 0, NULL, NULL);
            return;
        }
        err = NULL;
        stop.how = 0;
        options.bytes_per_second = 0;
        status = ferry_filestack_upload_file(client, shared.medium, &options, &link, &err);
    }
    if (ended(worker, NULL_CLOUD, "journaled", shared.medium_size, status, link, err, PLANNED)) {
        ferry_value *list = NULL;
        HOLDS(ferry_journal_list(worker->journals, &list, NULL) == FERRY_OK, "%s", worker->journals);
        HOLDS(ferry_value_len(list) == 0, "%s: %s", worker->journals, ferry_value_json(list));
        ferry_value_free(list);
    } else {
        ferry_journal_prune(worker->journals, 0, NULL, NULL);
    }
}

static ferry_upload *upload_of(
    struct worker *worker, struct stop *stop, const ferry_upload_options *options) {
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_new(
        shared.clients[NULL_CLOUD], shared.medium, options, &upload, &err);
    went_well("upload_new", worker->name, status, err, 0);
    stop->upload = upload;
    return upload;
}

static void by_token(struct worker *worker) {
    struct stop stop;
    ferry_upload_options options = stoppable(worker, &stop, INTERRUPT);
    ferry_upload *upload = upload_of(worker, &stop, &options);
    ferry_error *err = NULL;
    const ferry_status status = ferry_upload_run(upload, &err);
    if (status != FERRY_OK && was_stopped(worker, "token", status, err, FERRY_CANCELLED)) {
        char *token = NULL;
        HOLDS(ferry_upload_token(upload, &token, NULL) == FERRY_OK, "%s", worker->name);
        ferry_upload_free(upload);
        upload = NULL;
        err = NULL;
        ferry_status resumed = ferry_filestack_upload_resume(
            shared.clients[NULL_CLOUD], shared.medium, token, NULL, &upload, &err);
        ferry_string_free(token);
        resumed = resumed == FERRY_OK ? ferry_upload_run(upload, &err) : resumed;
        over(worker, "token", upload, resumed, err);
    } else if (status == FERRY_OK) {
        over(worker, "token", upload, status, err);
    } else {
        ferry_upload_free(upload);
    }
}

static void paused(struct worker *worker) {
    struct stop stop;
    ferry_upload_options options = stoppable(worker, &stop, PAUSE);
    ferry_upload *upload = upload_of(worker, &stop, &options);
    ferry_error *err = NULL;
    ferry_status status = ferry_upload_run(upload, &err);
    if (status == FERRY_PAUSED) {
        HOLDS(ferry_upload_state(upload) == FERRY_UPLOAD_PAUSED, "%s", worker->name);
        was_stopped(worker, "paused", status, err, FERRY_PAUSED);
        err = NULL;
        stop.how = 0;
        ferry_upload_limit(upload, 0);
        status = ferry_upload_run(upload, &err);
    }
    over(worker, "paused", upload, status, err);
}

static void cancelled(struct worker *worker) {
    struct stop stop;
    ferry_upload_options options = stoppable(worker, &stop, CANCEL);
    ferry_upload *upload = upload_of(worker, &stop, &options);
    ferry_error *err = NULL;
    const ferry_status status = ferry_upload_run(upload, &err);
    if (status == FERRY_CANCELLED) {
        HOLDS(!ferry_error_retryable(err), "%s", ferry_error_message(err));
        HOLDS(ferry_upload_state(upload) == FERRY_UPLOAD_ABORTED, "%s", worker->name);
        tell("failed expected cancelled %s\n", worker->name);
        ferry_error_free(err);
        err = NULL;
        const ferry_status again = ferry_upload_run(upload, &err);
        had_to_fail("cancelled", again, FERRY_INVALID_STATE, err, "cancelled");
        ferry_upload_free(upload);
    } else {
        over(worker, "cancelled", upload, status, err);
    }
}

/* A deadline that is often too short. */
static void too_late(struct worker *worker) {
    ferry_upload_options options = named(new_name(worker));
    options.deadline_ms = 1 + (uint32_t)draw(worker, 100);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    const ferry_status status = ferry_filestack_upload_file(
        shared.clients[NULL_CLOUD], shared.medium, &options, &link, &err);
    atomic_fetch_add(&stops_done, 1);
    /* What failed last is the error if no time is left for another attempt. */
    const int has_no_time = strstr(ferry_error_message(err), "the deadline)") != NULL;
    if (status == FERRY_TIMEOUT || (status != FERRY_OK && has_no_time)) {
        atomic_fetch_add(&calls_done, 1);
        tell("failed expected too_late %s\n", worker->name);
        ferry_error_free(err);
    } else {
        ended(worker, NULL_CLOUD, "too_late", shared.medium_size, status, link, err, PLANNED);
    }
}

static void started(struct worker *worker) {
    struct stop stop;
    ferry_upload_options options = stoppable(worker, &stop, 0);
    ferry_upload *upload = upload_of(worker, &stop, &options);
    ferry_error *err = NULL;
    if (!went_well("start", worker->name, ferry_upload_start(upload, &err), err, 0)) {
        ferry_upload_free(upload);
        return;
    }
    err = NULL;
    const int is_left = draw(worker, 4) == 0;
    struct pollfd ready = {.fd = ferry_upload_fd(upload), .events = POLLIN};
    ferry_status status;
    for (int turn = 0; (status = ferry_upload_poll(upload, NULL)) == FERRY_NOT_READY; turn++) {
        if (is_left && turn == 2) {
            /* Nobody waits for its end. */
            tell("failed expected started %s\n", worker->name);
            ferry_upload_free(upload);
            return;
        }
        poll(&ready, 1, -1);
    }
    HOLDS(status == FERRY_OK, "%s: %s", worker->name, ferry_status_name(status));
    status = ferry_upload_finish(upload, &err);
    over(worker, "started", upload, status, err);
}

#endif
