/* Checks for the C tests: a failure is printed with its place, and counted; `return check_result();` ends
 * every program. */
#ifndef FERRY_TEST_CHECK_H
#define FERRY_TEST_CHECK_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ferry.h"

static int check_failures;

#define CHECK_AT(condition, ...)                                                                             \
    ((condition) ? (void)0                                                                                   \
                 : (check_failures++, fprintf(stderr, "%s:%d: ", __FILE__, __LINE__),                        \
                       fprintf(stderr, __VA_ARGS__), (void)fputc('\n', stderr)))

#define CHECK(condition) CHECK_AT(condition, "%s", #condition)

/* The texts are equal; NULL is equal to nothing. */
#define CHECK_STR(got, wanted) check_text(got, wanted, 1, __FILE__, __LINE__)

/* The first text has the second one in it. */
#define CHECK_HAS(text, part) check_text(text, part, 0, __FILE__, __LINE__)

/* The call ends with that status, and its error agrees, which is freed and set to NULL. */
#define CHECK_STATUS(call, wanted, err) CHECK_ERROR(call, wanted, err, "")
#define CHECK_OK(call, err) CHECK_ERROR(call, FERRY_OK, err, "")

/* The same, and the message names the culprit. */
#define CHECK_ERROR(call, wanted, err, part)                                                                 \
    do {                                                                                                     \
        const ferry_status check_got = (call);                                                               \
        check_status(check_got, wanted, err, part, __FILE__, __LINE__);                                      \
        (err) = NULL;                                                                                        \
    } while (0)

/* The upload is in that state, one of FERRY_UPLOAD_*. */
#define CHECK_STATE(upload, wanted)                                                                          \
    CHECK_STR(ferry_upload_state_name(ferry_upload_state(upload)), ferry_upload_state_name(wanted))

static inline void check_text(const char *got, const char *wanted, int whole, const char *file, int line) {
    const int fine = got != NULL && (whole ? strcmp(got, wanted) == 0 : strstr(got, wanted) != NULL);
    if (!fine) {
        check_failures++;
        fprintf(stderr, "%s:%d: \"%s\" %s \"%s\"\n", file, line, got ? got : "(NULL)",
            whole ? "is not" : "lacks", wanted);
    }
}

static inline void check_status(ferry_status status, ferry_status wanted, ferry_error *err, const char *part,
    const char *file, int line) {
    const char *message = ferry_error_message(err);
    if (status != wanted || (status == FERRY_OK) != (err == NULL) ||
        (err != NULL && ferry_error_status(err) != status)) {
        check_failures++;
        fprintf(stderr, "%s:%d: %s instead of %s: %s\n", file, line, ferry_status_name(status),
            ferry_status_name(wanted), err == NULL ? "no error" : message);
    } else if (*part != '\0') {
        check_text(message, part, 0, file, line);
    }
    ferry_error_free(err);
}

static inline double check_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A short rest between two looks at something that another thread or process does. */
static inline void check_rest(void) {
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static inline int check_entries(const char *folder) {
    DIR *directory = opendir(folder);
    int count = 0;
    while (directory != NULL && readdir(directory) != NULL) {
        count++;
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count;
}

static int check_threads_before, check_files_before;

static inline void check_begin(void) {
    setvbuf(stderr, NULL, _IOLBF, 0);
    check_threads_before = check_entries("/proc/self/task");
    check_files_before = check_entries("/proc/self/fd");
}

/* No thread of the library is left. One that was joined may stay in /proc for a moment. */
static inline void check_no_thread(void) {
    const double end = check_now() + 10;
    while (check_entries("/proc/self/task") > check_threads_before && check_now() < end) {
        check_rest();
    }
    CHECK(check_entries("/proc/self/task") == check_threads_before);
}

/* Nothing of the library is left: no object, no thread, no descriptor. The number of failures. */
static inline int check_result(void) {
    check_no_thread();
    CHECK(check_entries("/proc/self/fd") == check_files_before);
    CHECK_AT(ferry_live_objects() == 0, "%llu objects are left", (unsigned long long)ferry_live_objects());
    return check_failures > 100 ? 100 : check_failures;
}

#endif
