/* A file that changes while it is uploaded is never taken for the one that was announced. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

/* Three parts, one at a time, slow enough for the change to come between two of them. */
enum { LENGTH = 11 << 20 };

struct change {
    char path[4096];
    void (*make)(const char *path);
    int made;
};

static void shrink(const char *path) {
    CHECK(truncate(path, LENGTH / 2) == 0);
}

static void empty(const char *path) {
    CHECK(truncate(path, 0) == 0);
}

static void grow(const char *path) {
    FILE *file = fopen(path, "ab");
    CHECK(file != NULL && fputs("more", file) >= 0 && fclose(file) == 0);
}

static void overwrite_at(const char *path, long place) {
    FILE *file = fopen(path, "r+b");
    CHECK(
        file != NULL && fseek(file, place, SEEK_SET) == 0 && fputs("other", file) >= 0 && fclose(file) == 0);
}

static void overwrite_the_last_part(const char *path) {
    overwrite_at(path, LENGTH - 5);
}

static void overwrite_the_first_part(const char *path) {
    overwrite_at(path, 0);
}

/* A program that puts the time back cannot hide it: the bytes that go out are not those that were digested.
 */
static void overwrite_secretly(const char *path) {
    struct stat before;
    CHECK(stat(path, &before) == 0);
    overwrite_at(path, LENGTH - 5);
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static int32_t change_once(const ferry_progress *progress, void *user_data) {
    struct change *change = user_data;
    (void)progress;
    /* The first PUT is under way, so all parts that are digested together are digested. */
    if (!change->made && cloud_count("put", 0) > 0) {
        change->make(change->path);
        change->made = 1;
    }
    return 0;
}

static void upload_while(
    const ferry_filestack *client, void (*make)(const char *), int32_t intelligent, const char *what) {
    const int before = check_failures;
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"action\":{\"slow_bytes_per_second\":6000000}}]");
    unsigned char *bytes = noise(LENGTH, 3);
    struct change change = {.make = make};
    snprintf(change.path, sizeof change.path, "%s", scratch_file("changing", bytes, LENGTH));
    free(bytes);
    /* An old file: two changes within one tick of the clock of the file system would look like one. */
    const struct timespec times[] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    CHECK(utimensat(AT_FDCWD, change.path, times, 0) == 0);
    ferry_upload_options options = upload_options();
    options.on_progress = change_once;
    options.user_data = &change;
    options.concurrency = 1;
    options.intelligent = intelligent;
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_new(client, change.path, &options, &upload, &err), err);
    ferry_status status = ferry_upload_run(upload, &err);
    CHECK(change.made);
    CHECK(err != NULL && !ferry_error_retryable(err));
    CHECK_HAS(ferry_error_message(err), change.path);
    CHECK_ERROR(status, FERRY_FILE_CHANGED, err, "changed while it was uploaded");
    CHECK_STATE(upload, FERRY_UPLOAD_ERROR);
    CHECK(cloud_count("complete", 0) == 0);
    ferry_value *value = NULL;
    err = NULL;
    CHECK_STATUS(ferry_upload_result(upload, &value, &err), FERRY_NOT_READY, err);
    ferry_upload_free(upload);
    CHECK_AT(check_failures == before, "... when it was: %s", what);
}

/* Between two runs a change is seen before a single byte is sent. */
static void changed_between_two_runs(const ferry_filestack *client) {
    cloud_reset();
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_file("between", "before", 6));
    CHECK_OK(ferry_filestack_upload_new(client, path, NULL, &upload, &err), err);
    FILE *file = fopen(path, "ab");
    CHECK(file != NULL && fputs("more", file) >= 0 && fclose(file) == 0);
    ferry_status status = ferry_upload_run(upload, &err);
    CHECK_ERROR(status, FERRY_FILE_CHANGED, err, "grown");
    CHECK(cloud_count("any", 0) == 0);
    ferry_upload_free(upload);
}

/* Another file under the same name is another file: the one that was opened goes up as it was. */
static void replaced_by_another_file(const ferry_filestack *client) {
    cloud_reset();
    char path[4096];
    ferry_upload *upload = NULL;
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    snprintf(path, sizeof path, "%s", scratch_file("replaced", "before", 6));
    CHECK_OK(ferry_filestack_upload_new(client, path, NULL, &upload, &err), err);
    CHECK(unlink(path) == 0);
    scratch_file("replaced", "after!", 6);
    CHECK_OK(ferry_upload_run(upload, &err), err);
    CHECK_OK(ferry_upload_filelink(upload, &link, &err), err);
    check_content(link, "before", 6);
    ferry_filelink_free(link);
    ferry_upload_free(upload);
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_new(NULL);
    const struct {
        void (*make)(const char *);
        const char *what;
    } changes[] = {
        {shrink, "made shorter"},
        {empty, "emptied"},
        {grow, "made longer"},
        {overwrite_the_last_part, "overwritten at its end"},
        {overwrite_the_first_part, "overwritten at its start"},
        {overwrite_secretly, "overwritten and given its time back"},
    };
    const size_t count = is_small() ? 2 : sizeof changes / sizeof *changes;
    for (size_t i = 0; i < count; i++) {
        upload_while(client, changes[i].make, FERRY_INTELLIGENT_OFF, changes[i].what);
        if (!is_small()) {
            upload_while(client, changes[i].make, FERRY_INTELLIGENT_ON, changes[i].what);
        }
    }
    changed_between_two_runs(client);
    replaced_by_another_file(client);
    ferry_filestack_free(client);
    return check_result();
}
