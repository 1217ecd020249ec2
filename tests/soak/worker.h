/* A thread of the soak, and what all of them share. */
#ifndef FERRY_SOAK_WORKER_H
#define FERRY_SOAK_WORKER_H

#include <unistd.h>

#include "report.h"

enum { SMALL_FILES = 64, BATCH = 16, LARGE_FILES = 3, NAME = 64, PATH = 512 };

/* What all threads share; set before they start. */
static struct {
    const char *folder, *urls[CLOUDS];
    /* All threads use them, from one rest to the next. */
    ferry_filestack *clients[CLOUDS];
    ferry_telestream *telestream;
    /* It lives as long as the process. One thread uses it, so that it keeps few idle connections, whose
     * buffers would hide what else it keeps. */
    ferry_filestack *eldest;
    unsigned char *noise; /* NOISE bytes to upload, which never change */
    char small[SMALL_FILES][PATH], medium[PATH], large[LARGE_FILES][PATH];
    size_t small_size[SMALL_FILES], large_size[LARGE_FILES];
    size_t medium_size;
    const char *leak; /* what is leaked on purpose; NULL: nothing */
} shared;

#define NOISE (16 * MIB)

struct worker {
    pthread_t thread;
    unsigned number;
    uint64_t random, names, leaked;
    char name[NAME], journals[PATH], download[PATH];
    unsigned char *buffer; /* NOISE bytes */
};

static inline uint64_t draw(struct worker *worker, uint64_t below) {
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (worker->random >> 11) % below;
}

/* A client of the cloud that stores nothing. */
static inline const ferry_filestack *a_client(const struct worker *worker) {
    return worker->number == 0 ? shared.eldest : shared.clients[NULL_CLOUD];
}

/* A name that no other file of the run has. */
static inline const char *new_name(struct worker *worker) {
    snprintf(worker->name, NAME, "soak-%u-%" PRIu64 ".bin", worker->number, worker->names++);
    return worker->name;
}

/* Bytes to upload, `size` of them. */
static inline const unsigned char *some_bytes(struct worker *worker, size_t size) {
    return shared.noise + draw(worker, NOISE - size + 1);
}

/* 1 byte to 16 KiB, small ones more often. */
static inline size_t small_size(struct worker *worker) {
    return 1 + draw(worker, (size_t)64 << draw(worker, 9));
}

static inline ferry_upload_options named(const char *name) {
    ferry_upload_options options;
    ferry_upload_options_init(&options, sizeof options);
    options.filename = name;
    return options;
}

/* Frees a link; or leaks on purpose, so that the judge can be seen to find it. */
static inline void release(struct worker *worker, ferry_filelink *link) {
    const int is_fiftieth = ++worker->leaked % 50 == 0;
    const int leaks_handles = shared.leak != NULL && strcmp(shared.leak, "handle") == 0;
    if (shared.leak != NULL && strcmp(shared.leak, "bytes") == 0) {
        void *volatile bytes = malloc(64); /* else the compiler leaves it out */
        (void)bytes;
    } else if (shared.leak != NULL && strcmp(shared.leak, "descriptor") == 0 && is_fiftieth) {
        (void)!dup(1);
    }
    if (!leaks_handles || !is_fiftieth) {
        ferry_filelink_free(link);
    }
}

/* A file is stored: tells the driver, which asks the cloud. The service's own answer has to agree. */
static inline void stored(int cloud, const char *name, uint64_t size, const ferry_filelink *link) {
    ferry_value *answer = NULL;
    HOLDS(ferry_filelink_answer(link, &answer, NULL) == FERRY_OK, "%s", name);
    const char *told = ferry_value_string(ferry_value_get(answer, "filename"));
    HOLDS((uint64_t)ferry_value_int(ferry_value_get(answer, "size")) == size, "%s of %" PRIu64
          " bytes: %s", name, size, ferry_value_json(answer));
    HOLDS(told != NULL && strcmp(told, name) == 0, "%s: %s", name, ferry_value_json(answer));
    tell("stored %d %s %" PRIu64 " %s\n", cloud, ferry_filelink_handle(link), size, name);
    ferry_value_free(answer);
    atomic_fetch_add(&uploads_done, 1);
    atomic_fetch_add(&bytes_done, size);
}

/* Ends an upload of one file; 1 if it is stored. */
static inline int ended(struct worker *worker, int cloud, const char *call, uint64_t size,
    ferry_status status, ferry_filelink *link, ferry_error *err, int allowed) {
    const int is_stored = went_well(call, worker->name, status, err, allowed);
    HOLDS(is_stored == (link != NULL), "%s of %s", call, worker->name);
    if (is_stored) {
        stored(cloud, worker->name, size, link);
    }
    release(worker, link);
    return is_stored;
}

#endif
