/* Journals: an upload whose process is killed goes on when the same call is made again; what a folder tells
 * of its uploads, and what is removed from it. */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "control.h"

enum { PARTS = 4 };
static const size_t part = 5 * MIB;
static unsigned char *bytes;
static char source[4096], folder[4096];

static size_t length(void) {
    return PARTS * part;
}

static ferry_upload_options journaled(void) {
    ferry_upload_options options = upload_options();
    options.journal_dir = folder;
    options.concurrency = 1;
    return options;
}

/* Tells the parent, once, that the service has confirmed two parts. */
static int32_t tell_parent(const ferry_progress *progress, void *user_data) {
    int *pipe_end = user_data;
    if (progress->parts_done == 2 && *pipe_end >= 0) {
        CHECK(write(*pipe_end, "2", 1) == 1);
        close(*pipe_end);
        *pipe_end = -1;
    }
    return 0;
}

/* A process that uploads until it is killed, which waits for its third part. */
static pid_t uploader(void) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    cloud_reset();
    cloud_faults("[{\"class\":\"put\",\"skip\":2,\"action\":{\"stall_ms\":600000}}]");
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        ferry_upload_options options = journaled();
        options.on_progress = tell_parent;
        options.user_data = &ends[1];
        ferry_filelink *link = NULL;
        ferry_filestack *client = client_new(NULL);
        ferry_filestack_upload_file(client, source, &options, &link, NULL);
        _exit(1);
    }
    close(ends[1]);
    char told = 0;
    CHECK(read(ends[0], &told, 1) == 1);
    close(ends[0]);
    const double end = check_now() + 60;
    while (!cloud_fired() && check_now() < end) {
        check_rest();
    }
    CHECK(cloud_fired());
    return child;
}

static void kill_it(pid_t child) {
    int status = 0;
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    cloud_faults("[]");
}

/* The folder has one upload, of this program's file, after two parts. */
static void check_listed(int in_use) {
    ferry_value *list = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_journal_list(folder, &list, &err), err);
    CHECK(ferry_value_type(list) == FERRY_VALUE_ARRAY && ferry_value_len(list) == 1);
    const ferry_value *upload = ferry_value_at(list, 0);
    CHECK(strlen(ferry_value_string(ferry_value_get(upload, "id"))) > 8);
    CHECK_STR(ferry_value_string(ferry_value_get(upload, "service")), "filestack");
    CHECK_STR(ferry_value_string(ferry_value_get(upload, "path")), source);
    CHECK(ferry_value_int(ferry_value_get(upload, "size")) == (int64_t)length());
    CHECK(ferry_value_int(ferry_value_get(upload, "bytes_stored")) == (int64_t)(2 * part));
    const int64_t begun = ferry_value_int(ferry_value_get(upload, "begun"));
    const int64_t changed = ferry_value_int(ferry_value_get(upload, "changed"));
    CHECK(begun > 1700000000 && begun <= changed && changed <= (int64_t)time(NULL));
    CHECK(ferry_value_type(ferry_value_get(upload, "in_use")) == FERRY_VALUE_BOOL);
    CHECK(ferry_value_bool(ferry_value_get(upload, "in_use")) == (in_use != 0));
    CHECK_HAS(ferry_value_json(list), "bytes_stored");
    CHECK(strstr(ferry_value_json(list), "TESTKEY") == NULL);
    ferry_value_free(list);
}

static void check_none_listed(const char *where) {
    ferry_value *list = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_journal_list(where, &list, &err), err);
    CHECK_STR(ferry_value_json(list), "[]");
    ferry_value_free(list);
}

static uint64_t pruned(uint64_t older_than_seconds) {
    uint64_t removed = 99;
    ferry_error *err = NULL;
    CHECK_OK(ferry_journal_prune(folder, older_than_seconds, &removed, &err), err);
    return removed;
}

static void it_goes_on_after_sigkill(const ferry_filestack *client) {
    const pid_t child = uploader();
    check_listed(1);

    /* Another process cannot have it meanwhile, and nobody can remove it. */
    ferry_upload_options options = journaled();
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_file(client, source, &options, &link, &err);
    CHECK_ERROR(status, FERRY_INVALID_STATE, err, folder);
    CHECK(pruned(0) == 0);

    kill_it(child);
    check_listed(0);
    CHECK(pruned(3600) == 0);
    CHECK_OK(ferry_filestack_upload_file(client, source, &options, &link, &err), err);
    check_content(link, bytes, length());
    check_sent_once();
    ferry_filelink_free(link);
    check_none_listed(folder);
    struct stat info;
    CHECK(stat(folder, &info) == 0 && (info.st_mode & 0777) == 0700);
}

static void one_that_is_removed_begins_anew(const ferry_filestack *client) {
    kill_it(uploader());
    CHECK(pruned(0) == 1);
    CHECK(pruned(0) == 0);
    check_none_listed(folder);
    ferry_upload_options options = journaled();
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_filestack_upload_file(client, source, &options, &link, &err), err);
    CHECK(cloud_count("start", 200) == 2);
    ferry_filelink_free(link);

    kill_it(uploader());
    CHECK_OK(ferry_journal_prune(folder, 0, NULL, &err), err);
    check_none_listed(folder);
}

/* A folder that cannot be used, with every function that takes one; nothing is sent. */
static void refuse(const ferry_filestack *client, const char *where, ferry_status wanted, const char *culprit,
    int is_listed) {
    cloud_reset();
    ferry_upload_options options = upload_options();
    options.journal_dir = where;
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    ferry_status status = ferry_filestack_upload_file(client, source, &options, &link, &err);
    CHECK_ERROR(status, wanted, err, culprit);
    CHECK(link == NULL);
    if (is_listed) {
        ferry_value *list = (ferry_value *)&list;
        uint64_t removed = 99;
        CHECK_ERROR(ferry_journal_list(where, &list, &err), wanted, err, culprit);
        CHECK(list == NULL);
        CHECK_ERROR(ferry_journal_prune(where, 0, &removed, &err), wanted, err, culprit);
        CHECK(removed == 0);
    }
    CHECK(cloud_count("any", 0) == 0);
}

static void folders_that_cannot_be_used(const ferry_filestack *client) {
    refuse(client, "", FERRY_INVALID_ARGUMENT, "journal is empty", 1);
    refuse(client, "\xff", FERRY_INVALID_ARGUMENT, "journal_dir is not UTF-8", 1);
    refuse(client, source, FERRY_INVALID_ARGUMENT, "it is not a folder", 0);
    char open[4096];
    snprintf(open, sizeof open, "%s", scratch("open"));
    CHECK(mkdir(open, 0700) == 0 && chmod(open, 0777) == 0);
    refuse(client, open, FERRY_INVALID_ARGUMENT, "others may write to it", 0);
    check_none_listed(scratch("no-such-folder"));
    ferry_value *list = (ferry_value *)&list;
    ferry_error *err = NULL;
    CHECK_ERROR(ferry_journal_list(NULL, &list, &err), FERRY_INVALID_ARGUMENT, err, "journal_dir is NULL");
    CHECK(list == NULL);
    CHECK_ERROR(ferry_journal_list(folder, NULL, &err), FERRY_INVALID_ARGUMENT, err, "out is NULL");
    CHECK_ERROR(ferry_journal_prune(NULL, 0, NULL, &err), FERRY_INVALID_ARGUMENT, err, "journal_dir is NULL");
}

/* Data that no other process has cannot go on there. */
static int64_t read_nothing(void *buffer, size_t capacity, void *user_data) {
    (void)buffer, (void)capacity;
    ++*(int *)user_data;
    return 0;
}

static void only_for_files(const ferry_filestack *client) {
    static const char only[] = "journal is for the upload of a file";
    cloud_reset();
    ferry_upload_options options = journaled();
    ferry_filelink *link = (ferry_filelink *)&link;
    ferry_error *err = NULL;
    int reads = 0;
    ferry_status status = ferry_filestack_upload_bytes(client, "x", 1, &options, &link, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, only);
    status = ferry_filestack_upload_reader(
        client, read_nothing, &reads, FERRY_SIZE_UNKNOWN, &options, &link, &err);
    CHECK_ERROR(status, FERRY_INVALID_ARGUMENT, err, only);
    CHECK(reads == 0 && link == NULL);
    CHECK(cloud_count("any", 0) == 0);
}

/* The options of a program that was compiled before there were journals end earlier: it has none. */
static void older_options_have_none(const ferry_filestack *client) {
    cloud_reset();
    ferry_upload_options options = journaled();
    const size_t older = offsetof(ferry_upload_options, restart);
    memcpy(&options, &older, sizeof older);
    ferry_filelink *link = NULL;
    ferry_error *err = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_file("small.bin", "small", 5));
    cloud_faults("[{\"class\":\"complete\",\"times\":1,\"action\":{\"status\":400}}]");
    CHECK_STATUS(ferry_filestack_upload_file(client, path, &options, &link, &err), FERRY_HTTP, err);
    check_none_listed(folder);
    cloud_faults("[]");
}

/* The mode of the only file in a folder. */
static mode_t mode_of_the_file_in(const char *where) {
    char path[8192] = "";
    struct stat info = {0};
    DIR *list = opendir(where);
    CHECK(list != NULL);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        if (entry->d_name[0] != '.') {
            CHECK(path[0] == 0);
            snprintf(path, sizeof path, "%s/%s", where, entry->d_name);
        }
    }
    closedir(list);
    CHECK(stat(path, &info) == 0);
    return info.st_mode & 0777;
}

/* What the umask takes from the owner too, the library could not use itself. */
static void a_narrow_umask_leaves_the_owner_all_rights(const ferry_filestack *client) {
    const mode_t masks[] = {0777, 0277, 0700};
    for (size_t at = 0; at < sizeof masks / sizeof *masks; at++) {
        char above[2048], within[4096], name[32];
        struct stat info = {0};
        snprintf(name, sizeof name, "narrow-%o", (unsigned)masks[at]);
        snprintf(above, sizeof above, "%s", scratch(name));
        snprintf(within, sizeof within, "%s/journals", above);
        cloud_reset();
        cloud_faults("[{\"class\":\"put\",\"skip\":1,\"times\":1,\"action\":{\"status\":403}}]");
        ferry_upload_options options = journaled();
        options.journal_dir = within;
        ferry_filelink *link = NULL;
        ferry_error *err = NULL;
        const mode_t before = umask(masks[at]);
        CHECK_STATUS(ferry_filestack_upload_file(client, source, &options, &link, &err), FERRY_HTTP, err);
        umask(before);
        CHECK(stat(above, &info) == 0 && (info.st_mode & 0777) == 0700);
        CHECK(stat(within, &info) == 0 && (info.st_mode & 0777) == 0700);
        CHECK(mode_of_the_file_in(within) == 0600);
        CHECK_OK(ferry_filestack_upload_file(client, source, &options, &link, &err), err);
        CHECK(cloud_count("start", 200) == 1);
        ferry_filelink_free(link);
    }
}

/* A child that was forked while an upload had its journal has the journal open too. */
static void a_forked_child_holds_no_journal(const ferry_filestack *client) {
    cloud_reset();
    ferry_upload_options options = journaled();
    ferry_upload *upload = NULL;
    ferry_error *err = NULL;
    cloud_faults("[{\"class\":\"put\",\"skip\":1,\"action\":{\"status\":403}}]");
    CHECK_OK(ferry_filestack_upload_new(client, source, &options, &upload, &err), err);
    CHECK_STATUS(ferry_upload_run(upload, &err), FERRY_HTTP, err);
    cloud_faults("[]");
    const pid_t child = fork();
    if (child == 0) {
        for (;;) {
            pause();
        }
    }
    ferry_upload_free(upload);
    ferry_filelink *link = NULL;
    CHECK_OK(ferry_filestack_upload_file(client, source, &options, &link, &err), err);
    CHECK(cloud_count("start", 200) == 1);
    ferry_filelink_free(link);
    kill_it(child);
}

int main(void) {
    check_begin();
    bytes = noise(length(), 7);
    snprintf(source, sizeof source, "%s", scratch_file("film.mov", bytes, length()));
    snprintf(folder, sizeof folder, "%s", scratch("journals"));
    ferry_filestack *client = client_new(NULL);
    folders_that_cannot_be_used(client);
    only_for_files(client);
    it_goes_on_after_sigkill(client);
    one_that_is_removed_begins_anew(client);
    older_options_have_none(client);
    a_narrow_umask_leaves_the_owner_all_rights(client);
    a_forked_child_holds_no_journal(client);
    ferry_filestack_free(client);
    free(bytes);
    return check_result();
}
