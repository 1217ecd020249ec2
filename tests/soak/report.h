/* What the soak says on standard output, a line each, and how the end of a call is judged. tests/soak/run.rs
 * reads it. A line of something that is wrong begins with "wrong" and fails the run. */
#ifndef FERRY_SOAK_REPORT_H
#define FERRY_SOAK_REPORT_H

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ferry.h"

#define MIB ((size_t)1 << 20)

/* The clouds, in the order in which the program is given their addresses. */
enum { NULL_CLOUD, S3_CLOUD, CLOUDS };

/* Why a call may end with an error. The driver compares how many there were with the faults that fired. */
#define EXPECTED 1 /* the program asked for it: wrong arguments, a stop, a deadline */
#define PLANNED 2  /* the cloud was told to refuse for good; its answer has the word PLAN in it */
#define ONCE 4     /* what is not sent again, since it may have arrived */
#define GONE 8     /* a repeated deletion finds nothing: the first one had arrived */

#define PLAN "soak refusal"

static _Atomic uint64_t uploads_done, bytes_done, calls_done, stops_done;

static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void tell(const char *format, ...) {
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
}

#define WRONG(...) wrong(__FILE__, __LINE__, __VA_ARGS__)
#define HOLDS(condition, ...) ((condition) ? (void)0 : WRONG(#condition " does not hold: " __VA_ARGS__))

static inline void wrong(const char *file, int line, const char *format, ...) {
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '\n' ? ' ' : *at;
    }
    tell("wrong %s:%d: %s\n", file, line, text);
}

/* The reason for which the error is allowed, 0 if there is none. */
static inline int reason_of(const ferry_error *error) {
    const ferry_status status = ferry_error_status(error);
    const int http = ferry_error_http_status(error);
    if (status == FERRY_HTTP && http == 403 && strstr(ferry_error_body(error), PLAN) != NULL) {
        return PLANNED;
    }
    if (status == FERRY_HTTP && http == 404) {
        return GONE;
    }
    const int may_have_arrived = status == FERRY_NETWORK || status == FERRY_TIMEOUT || status == FERRY_HTTP;
    return may_have_arrived && strcmp(ferry_error_step(error), "store") == 0 &&
                   !ferry_error_retryable(error)
               ? ONCE
               : 0;
}

static inline const char *reason_name(int reason) {
    return reason == PLANNED ? "planned" : reason == ONCE ? "once" : reason == GONE ? "gone" : "expected";
}

/* Judges an error that came with a status of `call`, about the file `name` ("-": none). `allowed` are the
 * reasons. */
static inline void judge(
    const char *call, const char *name, ferry_status status, const ferry_error *error, int allowed) {
    const int reason = reason_of(error);
    if (error == NULL || ferry_error_status(error) != status || *ferry_error_message(error) == '\0' ||
        (reason & allowed) == 0) {
        WRONG("%s of %s: %s, HTTP %d, step \"%s\": %s; body: %s", call, name, ferry_status_name(status),
            (int)ferry_error_http_status(error), ferry_error_step(error), ferry_error_message(error),
            ferry_error_body(error));
    }
    tell("failed %s %s %s\n", reason_name(reason), call, name);
}

/* Ends a call: 1 if it was well. An error is judged and freed. */
static inline int went_well(
    const char *call, const char *name, ferry_status status, ferry_error *error, int allowed) {
    atomic_fetch_add(&calls_done, 1);
    if (status == FERRY_OK) {
        HOLDS(error == NULL, "%s: %s", call, ferry_error_message(error));
        return 1;
    }
    judge(call, name, status, error, allowed);
    ferry_error_free(error);
    return 0;
}

/* The call had to fail with this status, and a message that has the part in it. */
static inline void had_to_fail(
    const char *call, ferry_status status, ferry_status wanted, ferry_error *error, const char *part) {
    atomic_fetch_add(&calls_done, 1);
    const char *message = ferry_error_message(error);
    if (status != wanted || ferry_error_status(error) != wanted || strstr(message, part) == NULL) {
        WRONG("%s: %s instead of %s with \"%s\": %s", call, ferry_status_name(status),
            ferry_status_name(wanted), part, message);
    }
    tell("failed expected %s -\n", call);
    ferry_error_free(error);
}

#endif
