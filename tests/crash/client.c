/* Uploads one file with a journal. It is run again and again until it ends with 0: the file is stored.
 * Any other end is the ferry_status of the failure, whose message goes to standard error.
 *
 *     client SERVICE URL FILE NAME FOLDER CONCURRENCY MODE
 *
 * SERVICE and MODE are "filestack" with "plain" or "intelligent", or "telestream" with "parts" or "ranges".
 * FOLDER is that of the journals.
 *
 * FERRY_CRASH_LIMIT: no file may grow beyond so many bytes, as on a disk that is full.
 * FERRY_CRASH_USER: the user to run as, for root may write everywhere. Neither is for Windows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ferry.h"

/* Seconds. An upload that hangs is a defect, and ended then. */
#define LONGEST_RUN 120

#ifdef _WIN32
#include <windows.h>

static DWORD WINAPI end_late(void *unused) {
    (void)unused;
    Sleep(LONGEST_RUN * 1000);
    ExitProcess(93);
}

static void prepare(void) {
    if (getenv("FERRY_CRASH_LIMIT") != NULL || getenv("FERRY_CRASH_USER") != NULL ||
        CreateThread(NULL, 0, end_late, NULL, 0, NULL) == NULL) {
        exit(91);
    }
}
#else
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static void limit_files(const char *limit) {
    const struct rlimit bytes = {(rlim_t)atoi(limit), (rlim_t)atoi(limit)};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &bytes) != 0) {
        perror("setrlimit");
        exit(90);
    }
}

static void prepare(void) {
    const char *limit = getenv("FERRY_CRASH_LIMIT"), *user = getenv("FERRY_CRASH_USER");
    alarm(LONGEST_RUN);
    if (user != NULL && setuid((uid_t)atoi(user)) != 0) {
        perror("setuid");
        exit(91);
    }
    if (limit != NULL) {
        limit_files(limit);
    }
}
#endif

static ferry_status filestack(char **given, const char *mode, ferry_upload **upload, ferry_error **err) {
    ferry_filestack *client = NULL;
    ferry_filestack_options client_options;
    ferry_filestack_options_init(&client_options, sizeof client_options);
    client_options.base_url = given[0];
    ferry_upload_options options;
    ferry_upload_options_init(&options, sizeof options);
    options.filename = given[2];
    options.journal_dir = given[3];
    options.concurrency = (uint32_t)atoi(given[4]);
    const int plain = strcmp(mode, "plain") == 0;
    options.intelligent = plain ? FERRY_INTELLIGENT_OFF : FERRY_INTELLIGENT_ON;
    ferry_status status = ferry_filestack_new("TESTKEY", &client_options, &client, err);
    if (status == FERRY_OK) {
        status = ferry_filestack_upload_new(client, given[1], &options, upload, err);
    }
    ferry_filestack_free(client);
    return status;
}

static ferry_status telestream(char **given, const char *mode, ferry_upload **upload, ferry_error **err) {
    ferry_telestream *client = NULL;
    ferry_telestream_options client_options;
    ferry_telestream_options_init(&client_options, sizeof client_options);
    client_options.base_url = given[0];
    client_options.factory_id = "fac1fac1fac1fac1fac1fac1fac1fac1";
    ferry_telestream_upload_options options;
    ferry_telestream_upload_options_init(&options, sizeof options);
    options.filename = given[2];
    options.journal_dir = given[3];
    options.concurrency = (uint32_t)atoi(given[4]);
    options.protocol = strcmp(mode, "ranges") == 0 ? FERRY_PROTOCOL_RANGES : FERRY_PROTOCOL_PARTS;
    const char *secret = "LOCAL_SECRET_KEY";
    ferry_status status = ferry_telestream_new("LOCAL_ACCESS_KEY", secret, &client_options, &client, err);
    if (status == FERRY_OK) {
        const char *params = "{\"profiles\": \"none\"}";
        status = ferry_telestream_upload_new(client, NULL, given[1], params, &options, upload, err);
    }
    ferry_telestream_free(client);
    return status;
}

int main(int count, char **given) {
    if (count != 8) {
        return 92;
    }
    prepare();
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    const int is_filestack = strcmp(given[1], "filestack") == 0;
    ferry_status status = (is_filestack ? filestack : telestream)(given + 2, given[7], &upload, &err);
    if (status == FERRY_OK) {
        status = ferry_upload_run(upload, &err);
    }
    if (status != FERRY_OK) {
        fprintf(stderr, "%s: %s\n", ferry_status_name(status), ferry_error_message(err));
    }
    ferry_error_free(err);
    ferry_upload_free(upload);
    return status;
}
